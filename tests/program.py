"""Run the program as a person does: in a process of its own, with nothing of this machine's settings."""

import os
import subprocess
import sys
from pathlib import Path

import clientctl

SOURCE = Path(clientctl.__file__).parent.parent
PROGRAM = (sys.executable, "-m", "clientctl")


def environment(**more: str) -> dict[str, str]:
    """Give an environment with no locale, no terminal and no setting but those named."""
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(SOURCE), **more}


def run(
    *arguments: str | bytes, program: tuple[str, ...] = PROGRAM, stdin: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end; stdout and stderr are UTF-8 text."""
    return subprocess.run(
        [*program, *arguments],
        input=stdin,
        env=environment(**variables),
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
