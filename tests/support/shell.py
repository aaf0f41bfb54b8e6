"""Run shell commands and scripts as a person at a terminal does, or cron, with ``clientctl`` on the PATH."""

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
    """Create a program ``clientctl`` that runs this source in a folder; return its path."""
    program = folder / "clientctl"
    program.write_text(f"#!/bin/sh\nPYTHONPATH='{SOURCE}' exec '{sys.executable}' -m clientctl \"$@\"\n")
    program.chmod(0o700)
    return program


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return the environment of a cron job on 1 March 2026, with more variables.

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
    """Create a home folder with ``clientctl`` on its PATH; return its environment."""
    (home / "bin").mkdir(parents=True)
    install(home / "bin")
    return environment(home)


def run(line: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a shell command without a terminal; stdout and stderr are UTF-8 text."""
    return run_program(["sh", "-c", line], cwd, env)


def run_program(command: Sequence[str | Path], cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a program without a terminal."""
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
    """Run a shell command with output to a terminal; return the output and the exit status.

    The terminal can't redraw lines, so no progress bar appears on a busy machine.
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
