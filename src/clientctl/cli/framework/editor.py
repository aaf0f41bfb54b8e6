"""Take a text as it is typed: as an argument, on standard input, or in the editor."""

import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from clientctl.domain.session import opened
from clientctl.errors import AbortedError, NotFoundError, UsageError
from clientctl.output.streams import is_terminal, note

if TYPE_CHECKING:
    import subprocess

    from clientctl.cli.framework.options import Session
    from clientctl.domain.session.drafts import Draft

Resume = Annotated[bool, typer.Option("--resume", help="Go on in $EDITOR with what was typed and not stored.")]
Discard = Annotated[bool, typer.Option("--discard", help="Drop what was typed in $EDITOR and not stored.")]

_SHOWN = 3
"""How many texts that were not stored are offered one by one."""

_PATIENCE = 5
"""Seconds that an editor gets to save what is in it when it is to end."""


class About(NamedTuple):
    """What a text is about: a client, and the record that a command is given; ``others`` were merged into that one."""

    client_id: int
    command: str
    record: int
    others: Collection[int] = ()


def given(text: str | None) -> str | None:
    """Return the text that was typed: the argument, or all of standard input for ``-``; None when there is none."""
    return _standard_input() if text == "-" else text


@contextmanager
def typed(session: "Session", about: About, before: str, *, resume: bool) -> Iterator[tuple["Draft", str]]:
    """Lend the text that the user makes of one in the editor that ``VISUAL`` or ``EDITOR`` names, else vi.

    What was typed is gone when it is stored, or left empty or as it was. Whatever ends the program until then, it is
    kept beside the database, to be resumed: then ``before`` does not count. Raise AbortedError for a text that is empty
    or as it was, or an editor that failed; UsageError when there is no such editor.
    """
    from clientctl.domain.session import drafts

    path, (client_id, command, record, others) = opened.path_of(session.db), about
    with (
        drafts.resumed(path, command, {record, *others})
        if resume
        else drafts.begun(path, client_id, command, record, f"{before}\n" if before else "")
    ) as draft:
        try:
            yield draft, _edited(draft)
        except BaseException as error:
            if session.committed is not None:
                draft.remove()
            elif draft.is_worth_keeping():
                # Of whom or what is gone there is no going on with it.
                where = draft.text if isinstance(error, NotFoundError) else _offer(draft)
                error.add_note(f"what you typed is kept: {where}")
            raise
        if not session.dry_run:
            draft.remove()


def discard(session: "Session", command: str, records: Collection[int]) -> None:
    """Drop the newest text that was typed and not stored for one of some records, which may be gone."""
    from clientctl.domain.session import drafts

    draft = drafts.newest(opened.path_of(session.db), command, records)
    if not session.dry_run:
        draft.remove()
    note(f"Dropped what was typed for {draft.command} {draft.record}")
    if session.dry_run:
        note("Dry run: nothing was changed.")


def offer(session: "Session") -> None:
    """Describe what was typed and not stored, and how to go on with it, each command once."""
    from clientctl.domain.session import drafts

    kept = drafts.listed(opened.path_of(session.db))
    lines = list(dict.fromkeys(f"Typed and not stored: {_offer(draft)}" for draft in kept))
    for line in lines[-_SHOWN:]:
        note(line)
    if len(lines) > _SHOWN:
        note(f"… and {len(lines) - _SHOWN} more")


def _offer(draft: "Draft") -> str:
    typed = f"{draft.command} {draft.record}"
    return f"`clientctl {typed} --resume` goes on with it, `clientctl {typed} --discard` drops it"


def _edited(draft: "Draft") -> str:
    """Let the user change the text of a draft; return what became of it."""
    _run_editor(draft.text)
    if not draft.is_changed():
        draft.remove()
        raise AbortedError("the text was left empty or as it was; nothing was changed")
    try:
        return draft.text.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError("what the editor saved is not valid UTF-8: save it as UTF-8") from None


def _run_editor(path: Path) -> None:
    """Run the editor to its end. Ctrl-C meanwhile is for the editor, not for this program."""
    import shlex

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    # What the editor shows is no data, so it is kept out of a pipe or file.
    output = None if is_terminal(sys.stdout) else 2
    before = signal.signal(signal.SIGINT, _not_for_us)
    try:
        status = _call([*shlex.split(editor), str(path)], output)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"the editor {editor!r} does not start ({reason}): name another in EDITOR") from None
    finally:
        signal.signal(signal.SIGINT, before)
    if status:
        raise AbortedError(f"the editor failed ({status}); nothing was changed")


def _call(command: list[str], output: int | None) -> int:
    """Run a program to its end, or end it with this one; return its status.

    A signal that comes while it is being started is held until there is something to end.
    """
    import subprocess

    held: list[int] = []
    ending = [each for each in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, lambda number, _frame: held.append(number)) for each in ending}
    try:
        process = subprocess.Popen(command, stdout=output)  # noqa: S603 - the user's own editor
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    with process:
        try:
            for number in held:
                signal.raise_signal(number)
            return process.wait()
        except BaseException:
            _end(process)
            raise


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End an editor; those that can save what is in them before."""
    import subprocess

    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def _not_for_us(_number: int, _frame: object) -> None:
    """Do nothing. Unlike a signal that is ignored, one with a handler is at its default in the editor."""


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise UsageError("standard input is not valid UTF-8: convert it first") from None
