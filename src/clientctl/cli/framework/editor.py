"""Texts from an argument, standard input or the editor."""

import os
import signal
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from clientctl.base.words import say
from clientctl.domain.session import opened
from clientctl.errors import AbortedError, NotFoundError, UsageError
from clientctl.output.streams import is_terminal, note

if TYPE_CHECKING:
    import subprocess

    from clientctl.cli.framework.shared_options import Session
    from clientctl.domain.session.drafts import Draft

Resume = Annotated[bool, typer.Option("--resume", help="Continue in $EDITOR with the text that was not stored.")]
Discard = Annotated[bool, typer.Option("--discard", help="Discard the text from $EDITOR that was not stored.")]

_SHOWN = 3
"""The most drafts that are offered one by one."""

_PATIENCE = 5
"""Seconds that an editor gets to save its text before it is killed."""


class About(NamedTuple):
    """The client and the record that a text is about; ``others`` are ids that were merged into the record."""

    client_id: int
    command: str
    record: int
    others: Collection[int] = ()


def read_argument(text: str | None) -> str | None:
    """Return the text of an argument, which is all of standard input for ``-``; None when there is none."""
    return _standard_input() if text == "-" else text


@contextmanager
def edit_text(session: "Session", about: About, before: str, *, resume: bool) -> Iterator[tuple["Draft", str]]:
    """Open a text in the editor that ``VISUAL`` or ``EDITOR`` names, else vi; yield the draft and the edited text.

    The draft is removed once the text is stored, or was left empty or unchanged. Until then it is kept beside the
    database, whatever ends the program, and can be resumed; ``before`` is then ignored. Raise AbortedError for a text
    that is empty or unchanged, or an editor that failed; UsageError when there is no such editor.
    """
    from clientctl.domain.session import drafts

    path, (client_id, command, record, others) = opened.path_of(session.db), about
    with (
        drafts.resume(path, command, {record, *others})
        if resume
        else drafts.begin(path, client_id, command, record, f"{before}\n" if before else "")
    ) as draft:
        try:
            yield draft, _edit(draft)
        except BaseException as error:
            if session.committed is not None:
                draft.remove()
            elif draft.is_worth_keeping():
                # A draft about something that no longer exists can't be resumed.
                where = draft.text if isinstance(error, NotFoundError) else _describe_draft(draft)
                error.add_note(say("what you typed was saved: {where}", where=where))
            raise
        if not session.dry_run:
            draft.remove()


def discard(session: "Session", command: str, records: Collection[int]) -> None:
    """Discard the newest draft for one of some records, which may no longer exist."""
    from clientctl.domain.session import drafts

    draft = drafts.find_newest(opened.path_of(session.db), command, records)
    if not session.dry_run:
        draft.remove()
    note(say("Discarded the draft of {command} {record}", command=draft.command, record=draft.record))
    if session.dry_run:
        note(say("Dry run: nothing was changed."))


def report_drafts(session: "Session") -> None:
    """Report the drafts that were not stored, and how to resume them, each command once."""
    from clientctl.domain.session import drafts

    idle = drafts.list_idle(opened.path_of(session.db))
    lines = list(dict.fromkeys(say("Unsaved draft: {draft}", draft=_describe_draft(draft)) for draft in idle))
    for line in lines[-_SHOWN:]:
        note(line)
    if len(lines) > _SHOWN:
        note(say("… and {lines} more", lines=len(lines) - _SHOWN))


def _describe_draft(draft: "Draft") -> str:
    typed = f"{draft.command} {draft.record}"
    return say("`clientctl {typed} --resume` continues it, `clientctl {typed} --discard` discards it", typed=typed)


def _edit(draft: "Draft") -> str:
    """Open a draft in the editor; return the edited text."""
    _run_editor(draft.text)
    if not draft.is_changed():
        draft.remove()
        raise AbortedError(say("the text is empty or unchanged; nothing was changed"))
    try:
        return draft.text.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(say("the text from the editor is not valid UTF-8: save it as UTF-8")) from None


def _run_editor(path: Path) -> None:
    """Run the editor and wait for it. Ctrl-C meanwhile is for the editor, not for this program."""
    import shlex

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    # The editor's screen is not data, so it is kept out of a pipe or file.
    output = None if is_terminal(sys.stdout) else 2
    before = signal.signal(signal.SIGINT, _ignore_signal)
    try:
        status = _run_process([*shlex.split(editor), str(path)], output)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            say(
                "the editor {editor} did not start ({reason}): set EDITOR to another one",
                editor=repr(editor),
                reason=reason,
            )
        ) from None
    finally:
        signal.signal(signal.SIGINT, before)
    if status:
        raise AbortedError(say("the editor failed ({status}); nothing was changed", status=status))


def _run_process(command: list[str], output: int | None) -> int:
    """Run a program and return its status; end it if this one is ended.

    A signal that arrives while it is starting is held until it can be ended.
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
            _end_process(process)
            raise


def _end_process(process: "subprocess.Popen[bytes]") -> None:
    """End an editor, with time to save its text."""
    import subprocess

    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()


def _ignore_signal(_number: int, _frame: object) -> None:
    """Do nothing. Unlike a signal that is ignored, one with a handler is at its default in the editor."""


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise UsageError(say("standard input is not valid UTF-8: convert it first")) from None
