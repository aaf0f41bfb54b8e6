"""Run the program as a user does: in a separate process, without this machine's settings."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import forked
import inprocess

import clientctl

SOURCE = Path(clientctl.__file__).parent.parent
PROGRAM = (sys.executable, "-m", "clientctl")

PATIENCE = 600
"""Seconds after which a program counts as hanging: far more than any needs on a busy machine."""


def environment(**more: str) -> dict[str, str]:
    """Return an environment without locale, terminal or settings, except those given."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(SOURCE), **more}


def run(
    *arguments: str | bytes, program: tuple[str, ...] = PROGRAM, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command, and the commands that its messages suggest; stdout and stderr are UTF-8 text."""
    words, env = [*program, *arguments], environment(**variables)
    if forked.is_possible(words, env, stdin.encode()):
        status, *written = forked.run(words, env, stdin.encode())
        done = subprocess.CompletedProcess(words, status, *(each.decode() for each in written))
    else:
        done = subprocess.run(
            words, input=stdin, env=env, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False
        )
    if program == PROGRAM:
        inprocess.take_ways_out([*map(os.fsdecode, arguments)], done.stderr, variables, failed=done.returncode != 0)
    return done


def reset_signals() -> None:
    """Set default signal handling for every program started from here.

    Child processes inherit the signals that this process ignores, as under ``nohup`` and after ``&``.
    Signals with a handler are reset to their defaults in them; here, the handler does nothing.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def wait(over: Callable[[], bool]) -> None:
    """Wait until a condition is true."""
    until = time.monotonic() + PATIENCE
    while not over():
        assert time.monotonic() < until, "it never happens"


def cpu_seconds(process: subprocess.Popen[str]) -> float:
    """Return the CPU seconds used by a process, which may have just ended; a busy machine does not matter."""
    return time.clock_gettime(~process.pid << 3 | 2)  # Linux's number of the clock of a process
