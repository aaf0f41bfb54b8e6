"""The entry point: ``main`` is the only exit, where every failure becomes a message and a status."""

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from clientctl.base import words
from clientctl.base.words import say
from clientctl.errors import ClientctlError, StorageError, UsageError

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BROKEN_PIPE = 141  # what a shell reports for a program ended by SIGPIPE


class InterruptedBySignal(BaseException):
    """A signal to end the program: everything unwinds, so that changes roll back."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Failure(NamedTuple):
    """A failure: the exit status, and the message for stderr (nothing is written if it is empty)."""

    status: int
    code: str
    message: str
    details: tuple[str, ...] = ()


def main() -> NoReturn:
    """Run the command in ``sys.argv`` and exit with its status; never with a traceback."""
    gc.disable()  # importing creates no garbage; collecting took 4 ms of 56
    _ensure_utf8()
    _open_standard_streams()
    status = _run(sys.argv[1:])
    gc.freeze()  # or the interpreter collects once more at exit: 8 ms of 56
    sys.exit(status)


def _run(arguments: Sequence[str]) -> int:
    session = None
    try:
        _refuse_undecodable(arguments)
        words.use(_find_value(arguments, "--lang") or os.environ.get("CLIENTCTL_LANG") or "en")
        from clientctl.cli.framework.app import run
        from clientctl.cli.framework.shared_options import Session

        session = Session()
        _catch_signals(session)
        status = run(arguments, session)
        sys.stdout.flush()
        _ignore_signals()
    except (Exception, InterruptedBySignal, KeyboardInterrupt) as raised:  # noqa: BLE001 - a traceback may hold personal data
        _ignore_signals()
        error = _find_interruption(raised)
        failure = _explain(error, session)
        failure = failure._replace(details=(*failure.details, *getattr(error, "__notes__", ())))
        _report(failure, error, as_json=_is_json_requested(arguments))
        return failure.status
    return status


def _find_interruption(raised: BaseException) -> BaseException:
    """Return the interruption that caused an error, if one did: a library may catch it and raise its own error."""
    error: BaseException | None = raised
    while error and not isinstance(raised, ClientctlError):
        if isinstance(error, InterruptedBySignal):
            return error
        error = error.__context__
    return raised


def _explain(error: BaseException, session: "Session | None") -> Failure:
    """Return the failure to report for an error.

    An OSError without a file name comes from standard output: those of files have a name, and
    database errors are a StorageError.
    """
    committed = session.committed if session else None
    changed = (
        say("the change was made (#{committed})", committed=committed) if committed else say("nothing was changed")
    )
    unwritten = (
        say("{changed}; its output could not be written", changed=changed)
        if committed
        else say("the output could not be written")
    )
    match error:
        case ClientctlError():
            return Failure(error.status, error.code, error.message, error.details)
        case InterruptedBySignal() | KeyboardInterrupt():
            number = getattr(error, "number", signal.SIGINT)
            return Failure(128 + number, "interrupted", say("interrupted; {changed}", changed=changed))
        case BrokenPipeError():
            return Failure(_BROKEN_PIPE, StorageError.code, unwritten if committed else "")
        case OSError(filename=None):
            return Failure(StorageError.status, StorageError.code, f"{unwritten} ({error.strerror})")
        case OSError():
            message = f"{error.filename}: {error.strerror}; {changed}"
            return Failure(StorageError.status, StorageError.code, message)
    fault = say("a fault in clientctl ({name}): {changed}", name=type(error).__name__, changed=changed)
    return Failure(1, ClientctlError.code, say("{fault}; set CLIENTCTL_DEBUG=1 to see where", fault=fault))


def _report(failure: Failure, error: BaseException, *, as_json: bool) -> None:
    """Write a failure to stderr, ignoring errors."""
    try:
        if failure.code == ClientctlError.code and os.environ.get("CLIENTCTL_DEBUG") == "1":
            _trace(error)
        if failure.message:
            sys.stderr.write(_format_json(failure) if as_json else _format_lines(failure))
            sys.stderr.flush()
    except OSError:
        _discard_output(2)
    if isinstance(error, InterruptedBySignal):
        _discard_output(1)  # a reader that does not read must not block the exit
    else:
        try:
            sys.stdout.flush()
        except OSError:
            _discard_output(1)  # or the same error is raised and shown again at exit


def _trace(error: BaseException) -> None:
    """Write the tracebacks of an error and its causes without their messages, which may hold personal data."""
    import traceback

    if before := error.__cause__ or error.__context__:
        _trace(before)
    sys.stderr.write("Traceback (most recent call last):\n")
    traceback.print_tb(error.__traceback__)
    sys.stderr.write(f"{type(error).__name__}\n")


def _format_lines(failure: Failure) -> str:
    from clientctl.base.text import show_controls
    from clientctl.output.streams import fold_line

    lines = [f"clientctl: {failure.message}", *(f"  {detail}".rstrip() for detail in failure.details)]
    return "".join(f"{fold_line(show_controls(line))}\n" for line in lines)


def _format_json(failure: Failure) -> str:
    import json

    error = {"code": failure.code, "message": failure.message, "details": failure.details}
    return json.dumps({"error": error}) + "\n"


def _is_json_requested(arguments: Sequence[str]) -> bool:
    """Return whether the last format on a command line is JSON."""
    given = ["--format=json" if argument == "--json" else argument for argument in arguments]
    return _find_value(given, "--format").lower() == "json"


def _find_value(arguments: Sequence[str], option: str) -> str:
    """Find the value of an option, even on a command line that can't be parsed; the last one wins."""
    found = ""
    previous = ""
    for argument in arguments:
        if argument == "--":
            break
        if previous == option:
            found = argument
        elif argument.startswith(f"{option}="):
            found = argument.removeprefix(f"{option}=")
        previous = argument
    return found


def _refuse_undecodable(arguments: Sequence[str]) -> None:
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(say("argument {number} is not valid UTF-8: type it again", number=number)) from None


def _ensure_utf8() -> None:
    """Restart the program in UTF-8 mode if the locale and environment set another encoding."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        os.execv(  # noqa: S606 - this program itself, with unchanged arguments
            sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        )


def _open_standard_streams() -> None:
    """Make the three standard streams UTF-8 in any locale, and replace closed ones.

    If 0, 1 or 2 were left free, the next file opened would get the number, and text for the
    terminal would be written into it. A closed stdout is replaced by one that can't be written.
    """
    while (descriptor := os.open(os.devnull, os.O_RDONLY)) <= 2:
        pass
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, encoding="utf-8")
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    if sys.stderr is None:
        _discard_output(2)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8")
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding != "utf-8":
            stream.reconfigure(encoding="utf-8", errors=stream.errors)


def _discard_output(descriptor: int) -> None:
    """Redirect a standard stream to the null device."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _catch_signals(session: "Session") -> None:
    """Install handlers that raise InterruptedBySignal, once, unless a commit is under way.

    A signal that was ignored at the start (``nohup``) stays ignored.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if not session.committing:
            _ignore_signals()
            raise InterruptedBySignal(number)

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def _ignore_signals() -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    main()
