"""Take a text as it is typed: as an argument, on standard input, or in the editor."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from clientctl.base.files import UNSAVED
from clientctl.cli import work
from clientctl.errors import AbortedError, ClientctlError, UsageError
from clientctl.output.streams import is_terminal


def given(text: str | None, use_editor: bool, before: str = "") -> str | None:
    """Give the text that was typed: the argument, all of standard input for ``-``, or what the editor makes of one.

    None when there is no text. Raise UsageError for both an argument and the editor.
    """
    work.only_one({"TEXT": text, "--editor": use_editor})
    if use_editor:
        return edit(before, ".txt")
    return _standard_input() if text == "-" else text


def edit(text: str, suffix: str) -> str:
    """Let the user change a text in the editor that ``VISUAL`` or ``EDITOR`` names, else vi; return what became of it.

    The file, with that suffix, can be read by its owner only and is gone afterwards, with all
    that the editor left beside it. Raise AbortedError for a text that is empty or as it was, or an
    editor that failed; UsageError when there is no such editor.
    """
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="clientctl-"))  # 0700
    try:
        path = folder / f"text{suffix}"
        path.touch(0o600)
        path.write_text(f"{text}\n" if text else "", encoding="utf-8")
        _run_editor(path)
        changed = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        changed = ""
    except UnicodeDecodeError:
        raise UsageError("what the editor saved is not valid UTF-8: save it as UTF-8") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if changed.strip() in {"", text.strip()}:
        raise AbortedError("the text was left empty or as it was; nothing was changed")
    return changed


@contextmanager
def keeping(typed: str | None, folder: Path, stem: str) -> Iterator[None]:
    """Keep what was typed in the editor when the command then fails, like ``unsaved-notes-1.txt``, and say where."""
    try:
        yield
    except ClientctlError as error:
        path = _keep(typed, folder, stem) if typed else None
        if path is None:
            raise
        raise type(error)(
            f"{error.message}; what you typed is in {path}, to be removed by you", error.details
        ) from error


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
            process.kill()
            raise


def _not_for_us(_number: int, _frame: object) -> None:
    """Do nothing. Unlike a signal that is ignored, one with a handler is at its default in the editor."""


def _keep(typed: str, folder: Path, stem: str) -> Path | None:
    """Write a text to the first free name, readable by its owner only; None when that can't be done."""
    with suppress(OSError):
        for number in count(1):
            path = folder / f"{UNSAVED}-{stem}-{number}.txt"
            with suppress(FileExistsError):
                path.touch(0o600, exist_ok=False)
                path.write_text(typed, encoding="utf-8")
                return path
    return None


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise UsageError("standard input is not valid UTF-8: convert it first") from None
