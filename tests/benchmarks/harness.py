"""Time two commands in turn, and say what one is of the other.

A machine is never twice as fast as it was: only the ratio of two commands that took turns means anything.
"""

import os
import pty
import resource
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

import clientctl

_BETWEEN = 0.005
"""Seconds between two looks at a database in use."""

PEERS = Path(__file__).parent / "peers"
_SCRIPT = Path(sys.executable).with_name("clientctl")
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "PYTHONPATH": os.pathsep.join((str(Path(clientctl.__file__).parent.parent), str(PEERS))),
    "TERM": "xterm-256color",
    "COLUMNS": "120",
}


class Command(NamedTuple):
    """What is timed: its words, whether on a terminal, and what is done before each run, untimed."""

    words: tuple[str, ...]
    terminal: bool = False
    before: Callable[[], object] | None = None


class Result(NamedTuple):
    """A line of the table; times are medians in seconds, no target is for interest only, ``by`` is how it is found."""

    row: str
    size: str
    ours: float
    theirs: float
    ratio: float
    target: float | None
    spread: tuple[float, float]
    by: str = ""

    @property
    def over(self) -> bool:
        """Whether the target is missed."""
        return self.target is not None and self.ratio > self.target


def program(*words: str | Path, **settings: object) -> Command:
    """Return a command of ours, started as people start it: by its script, if it is installed."""
    start = (str(_SCRIPT),) if _SCRIPT.exists() else (sys.executable, "-m", "clientctl")
    return Command((*start, *map(str, words)), **settings)  # type: ignore[arg-type] # those of Command


def peer(name: str, *words: str | Path, **settings: object) -> Command:
    """Return one of the peers beside this file, started in the same way as the program."""
    start = (str(PEERS / f"{name}.py"),) if _SCRIPT.exists() else ("-m", name)
    return Command((sys.executable, *start, *map(str, words)), **settings)  # type: ignore[arg-type] # as above


def compare(
    row: str,
    size: str,
    ours: Command,
    theirs: Command,
    *,
    target: float | None,
    runs: int,
    measure: Callable[[Command], float] | None = None,
) -> Result:
    """Run both in turn, once to warm up and then so many times, and compare their medians; once is only a try.

    What is compared is how long they take, unless it is to be measured otherwise.
    """
    measure = measure or run
    if runs > 1:
        run(ours)
        run(theirs)
    return _compared(row, size, [(measure(ours), measure(theirs)) for _ in range(runs)], target)


def compare_calls(
    row: str, ours: Callable[[], object], theirs: Callable[[], object], *, target: float, runs: int
) -> Result:
    """Call both in turn, in this process, and compare the medians of the processor's time they take."""
    return _compared(row, "", [(_cost(ours), _cost(theirs)) for _ in range(runs)], target)


def _cost(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def _compared(row: str, size: str, times: list[tuple[float, float]], target: float | None) -> Result:
    first, second = median(one for one, _ in times), median(other for _, other in times)
    ratios = (
        quantiles([one / other for one, other in times], n=10, method="inclusive")
        if len(times) > 1
        else [first / second]
    )
    return Result(row, size, first, second, first / second, target, (ratios[0], ratios[-1]))


def weigh(row: str, size: str, ours: Command, most: Command | float, *, target: float) -> Result:
    """Compare the peak of memory of a command with another's, or with megabytes; both stand in the table as MB."""
    mine = peak(ours)
    other = most if isinstance(most, float) else peak(most)
    ratio = mine / other
    return Result(f"{row} (MB)", size, mine / 1000, other / 1000, ratio, target, (ratio, ratio))


def peak(command: Command) -> float:
    """Run a command to its end, what it writes thrown away, and return the most memory it took, in MB."""
    if command.before:
        command.before()
    launched = Command((sys.executable, "-I", "-S", "-c", _LAUNCHER, *command.words))
    # Kilobytes, but for macOS, where they are bytes.
    return int(output(launched)) / (1 << 20 if sys.platform == "darwin" else 1 << 10)


# A child's peak begins with what its parent has in memory, so its parent has to be small.
_LAUNCHER = """
import os, resource, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(status)
"""


def beside(command: Command, book: Path) -> tuple[float, float]:
    """Run a command, reading a database again and again meanwhile; return the longest wait, and the whole time."""
    if command.before:
        command.before()
    start = time.perf_counter()
    process = subprocess.Popen(command.words, env=_ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    longest = 0.0
    while process.poll() is None:
        asked = time.perf_counter()
        with closing(sqlite3.connect(book, timeout=600)) as reader:
            reader.execute("SELECT count(*) FROM settings").fetchone()
        longest = max(longest, time.perf_counter() - asked)
        time.sleep(_BETWEEN)
    return longest, time.perf_counter() - start


def run(command: Command) -> float:
    """Run a command to its end and return the seconds it took. Raise RuntimeError when it fails."""
    if command.before:
        command.before()
    start = time.perf_counter()
    output(command)
    return time.perf_counter() - start


def cost(command: Command) -> float:
    """Run a command to its end and return the seconds of the processor that it took: no wait for a disk, no other's."""
    if command.before:
        command.before()
    start = _of_children()
    output(command)
    return _of_children() - start


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def output(command: Command) -> str:
    """Run a command and return what it writes to stdout. Raise RuntimeError when it fails."""
    status, shown, errors = (_on_terminal if command.terminal else _in_pipe)(command.words)
    if status != 0:
        raise RuntimeError(f"{' '.join(command.words)} ended with {status}: {errors}")
    return shown


def _in_pipe(words: tuple[str, ...]) -> tuple[int, str, str]:
    done = subprocess.run(words, env=_ENVIRONMENT, capture_output=True, encoding="utf-8", check=False)
    return done.returncode, done.stdout, done.stderr


def _on_terminal(words: tuple[str, ...]) -> tuple[int, str, str]:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(words, env=_ENVIRONMENT, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = bytearray()
    try:
        while part := os.read(ours, 65_536):
            shown += part
    except OSError:  # Linux ends a terminal with EIO, others with nothing
        pass
    finally:
        os.close(ours)
    text = shown.decode(errors="replace")
    return process.wait(), text, text


HEADER = (
    f"{'row':<30} {'size':>9} {'ours ms':>9} {'peer ms':>9} {'ratio':>7} {'10–90 %':>12} {'target':>7}      found by"
)


def line(result: Result) -> str:
    """Return a line of the table."""
    verdict = "" if result.target is None else "over" if result.over else "ok"
    target = "" if result.target is None else f"{result.target:.2f}"
    spread = f"{result.spread[0]:.2f}–{result.spread[1]:.2f}"
    return (
        f"{result.row:<30} {result.size:>9} {result.ours * 1000:>9.1f} {result.theirs * 1000:>9.1f} "
        f"{result.ratio:>7.3f} {spread:>12} {target:>7} {verdict:<4} {result.by}"
    ).rstrip()
