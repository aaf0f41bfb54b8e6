"""Run the program as a person does: in a process of its own, with nothing of this machine's settings."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import inprocess

import clientctl

SOURCE = Path(clientctl.__file__).parent.parent
PROGRAM = (sys.executable, "-m", "clientctl")

PATIENCE = 600
"""Seconds after which a program is taken to hang: so many that none comes near, however busy the machine is."""


def environment(**more: str) -> dict[str, str]:
    """Return an environment with no locale, no terminal and no setting but those named."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(SOURCE), **more}


def run(
    *arguments: str | bytes, program: tuple[str, ...] = PROGRAM, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; stdout and stderr are UTF-8 text. The ways out that it names are taken."""
    done = subprocess.run(
        [*program, *arguments],
        input=stdin,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    if program == PROGRAM:
        inprocess.take_ways_out([*map(os.fsdecode, arguments)], done.stderr, variables, failed=done.returncode != 0)
    return done


def heed_signals() -> None:
    """Let every program that is started from here have its signals at their defaults.

    Those that this process ignores, as it does under ``nohup`` and behind ``&``, all that it starts would ignore too.
    One with a handler is at its default there; here, nothing is done at it as before.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def wait(over: Callable[[], bool]) -> None:
    """Look again and again until something is so."""
    until = time.monotonic() + PATIENCE
    while not over():
        assert time.monotonic() < until, "it never happens"


def worked(process: subprocess.Popen[str]) -> float:
    """Return the seconds that a program has worked, which a busy machine does not make more; it may have just ended."""
    return time.clock_gettime(~process.pid << 3 | 2)  # Linux's number of the clock of a process
