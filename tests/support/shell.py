"""Run shell lines and scripts as a person at a terminal does, or cron: with ``clientctl`` found on the PATH."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

from program import PATIENCE, SOURCE

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def install(folder: Path) -> Path:
    """Put a program ``clientctl`` that runs this source into a folder; return its path."""
    program = folder / "clientctl"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{SOURCE}' exec '{sys.executable}' -m clientctl \"$@\"\n")
    program.chmod(0o700)
    return program


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the few variables that a job of cron has, on the first of March 2026, and some more.

    The PATH finds ``clientctl`` in ``home/bin``, if ``prepare`` put it there.
    """
    return {
        "HOME": str(home),
        "PATH": f"{home / 'bin'}:/usr/local/bin:/usr/bin:/bin",
        "CLIENTCTL_TODAY": "2026-03-01",
        "CLIENTCTL_NOW": "2026-03-01T09:00:00Z",
        "TZ": "UTC",
        **more,
    }


def prepare(home: Path) -> dict[str, str]:
    """Make a home folder with ``clientctl`` on its PATH; return its environment."""
    (home / "bin").mkdir(parents=True)
    install(home / "bin")
    return environment(home)


def run(line: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a line of shell to its end, without a terminal; stdout and stderr are UTF-8 text."""
    return run_program(["sh", "-c", line], cwd, env)


def run_program(command: Sequence[str | Path], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, without a terminal."""
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def run_on_terminal(line: str, cwd: Path, env: dict[str, str], columns: int = 100) -> tuple[str, int]:
    """Run a line of shell whose output goes to a terminal; return all it shows, and its exit status.

    The terminal redraws no line: no progress bar comes where the machine is busy.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    env = {**env, "TERM": "dumb", "NO_COLOR": "1"}
    process = subprocess.Popen(
        ["sh", "-c", line], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while chunk := _read(ours):
        shown += chunk
    os.close(ours)
    return re.sub("\r+\n", "\n", shown.decode()), process.wait()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so when the last program at the other end is gone, macOS gives nothing
        return b""
