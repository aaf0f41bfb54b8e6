"""Run the program: ``main`` is its one exit, where every failure becomes a line and a status."""

import gc
import io
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from clientctl.errors import ClientctlError, StorageError, UsageError

if TYPE_CHECKING:
    from clientctl.cli.framework.options import Session

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BROKEN_PIPE = 141  # what a shell reports of a program that SIGPIPE ended


class InterruptedBySignal(BaseException):
    """A signal asked the program to end: everything unwinds, so that changes roll back."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Failure(NamedTuple):
    """Why the program ends: its exit status, and what is said on stderr (nothing if ``message`` is empty)."""

    status: int
    code: str
    message: str
    details: tuple[str, ...] = ()


def main() -> NoReturn:
    """Run the command in ``sys.argv`` and exit with its status; never with a traceback."""
    gc.disable()  # importing makes no garbage; looking for it took 4 ms of 56
    _ensure_utf8()
    _open_standard_streams()
    status = _run(sys.argv[1:])
    gc.freeze()  # or the interpreter looks through it all once more as it ends: 8 ms of 56
    sys.exit(status)


def _run(arguments: Sequence[str]) -> int:
    session = None
    try:
        _refuse_undecodable(arguments)
        from clientctl.cli.framework.app import run
        from clientctl.cli.framework.options import Session

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
        _report(failure, error, as_json=_find_format(arguments) == "json")
        return failure.status
    return status


def _find_interruption(raised: BaseException) -> BaseException:
    """Return the interruption that an error came of, if it did: a library that catches everything raises its own."""
    error: BaseException | None = raised
    while error and not isinstance(raised, ClientctlError):
        if isinstance(error, InterruptedBySignal):
            return error
        error = error.__context__
    return raised


def _explain(error: BaseException, session: "Session | None") -> Failure:
    """Return what an error means to the user.

    An OSError without a file name is about standard output: those of files name them, and those
    of the database are a StorageError.
    """
    committed = session.committed if session else None
    changed = f"the change was made (#{committed})" if committed else "nothing was changed"
    unwritten = f"{changed}; its output could not be written" if committed else "the output could not be written"
    match error:
        case ClientctlError():
            return Failure(error.status, error.code, error.message, error.details)
        case InterruptedBySignal() | KeyboardInterrupt():
            number = getattr(error, "number", signal.SIGINT)
            return Failure(128 + number, "interrupted", f"interrupted; {changed}")
        case BrokenPipeError():
            return Failure(_BROKEN_PIPE, StorageError.code, unwritten if committed else "")
        case OSError(filename=None):
            return Failure(StorageError.status, StorageError.code, f"{unwritten} ({error.strerror})")
        case OSError():
            message = f"{error.filename}: {error.strerror}; {changed}"
            return Failure(StorageError.status, StorageError.code, message)
    fault = f"a fault in clientctl ({type(error).__name__}): {changed}"
    return Failure(1, ClientctlError.code, f"{fault}; set CLIENTCTL_DEBUG=1 to see where")


def _report(failure: Failure, error: BaseException, *, as_json: bool) -> None:
    """Write a failure to stderr, as well as that can be written to."""
    try:
        if failure.code == ClientctlError.code and os.environ.get("CLIENTCTL_DEBUG") == "1":
            _trace(error)
        if failure.message:
            sys.stderr.write(_format_json(failure) if as_json else _format_lines(failure))
            sys.stderr.flush()
    except OSError:
        _discard_output(2)
    if isinstance(error, InterruptedBySignal):
        _discard_output(1)  # a reader who does not read must not hold up the end
    else:
        try:
            sys.stdout.flush()
        except OSError:
            _discard_output(1)  # or the same failure is met again, and shown, as the interpreter ends


def _trace(error: BaseException) -> None:
    """Write where an error and those that led to it came from; not what they say, which may be personal data."""
    import traceback

    if before := error.__cause__ or error.__context__:
        _trace(before)
    sys.stderr.write("Traceback (most recent call last):\n")
    traceback.print_tb(error.__traceback__)
    sys.stderr.write(f"{type(error).__name__}\n")


def _format_lines(failure: Failure) -> str:
    from clientctl.base.text import inert
    from clientctl.output.streams import fold_line

    lines = [f"clientctl: {failure.message}", *(f"  {detail}".rstrip() for detail in failure.details)]
    return "".join(f"{fold_line(inert(line))}\n" for line in lines)


def _format_json(failure: Failure) -> str:
    import json

    error = {"code": failure.code, "message": failure.message, "details": failure.details}
    return json.dumps({"error": error}) + "\n"


def _find_format(arguments: Sequence[str]) -> str:
    """Find the format asked for, also on a command line that can't be parsed; the last one wins."""
    found = ""
    previous = ""
    for argument in arguments:
        if argument == "--":
            break
        if previous == "--format":
            found = argument.lower()
        elif argument == "--json":
            found = "json"
        elif argument.startswith("--format="):
            found = argument.removeprefix("--format=").lower()
        previous = argument
    return found


def _refuse_undecodable(arguments: Sequence[str]) -> None:
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(f"argument {number} is not valid UTF-8: type it again") from None


def _ensure_utf8() -> None:
    """Start again with UTF-8 arguments and file names where the locale and the environment gave others."""
    if sys.getfilesystemencoding() != "utf-8" and sys.executable:
        os.execv(  # noqa: S606 - this very program, with the arguments as they came
            sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]]
        )


def _open_standard_streams() -> None:
    """Make the three standard streams UTF-8, whatever the locale, and stand in for closed ones.

    Were 0, 1 or 2 left free, the next file opened would get its number, and text meant for the
    terminal would be written into it. A closed stdout is one that can't be written to.
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
    """Send to nowhere whatever is still written to a standard stream."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _catch_signals(session: "Session") -> None:
    """Let a signal that asks to end raise Interrupted, once, unless a commit is on its way.

    One that was ignored when the program was started (``nohup``) stays ignored.
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
