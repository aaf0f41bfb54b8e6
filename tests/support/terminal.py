"""Run the program on a real terminal of any width, with keys typed."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from pathlib import Path
from typing import NamedTuple

import forked
import inprocess
from program import PATIENCE, PROGRAM, environment


class Screen(NamedTuple):
    """The output on the terminal without the typed keys, the output elsewhere, and the exit status."""

    shown: str
    status: int
    out: str = ""


def run(
    *arguments: str | Path,
    width: int = 200,
    typed: str | None = None,
    terminal: tuple[str, ...] = ("stdin", "stdout", "stderr"),
    program: tuple[str, ...] = PROGRAM,
    cwd: Path | None = None,
    **variables: str | None,
) -> Screen:
    """Run one command with some streams on a terminal, by default a very wide one.

    The other streams are /dev/null, stdout is given back.
    No line of it can be redrawn, so no progress bar comes where the machine is busy, unless TERM says otherwise.
    ``typed`` is what the person types, all at once. Colours are off unless NO_COLOR is None. Where nothing is
    typed, the ways out that are shown are taken.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    modes = termios.tcgetattr(theirs)
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    words = [*program, *map(str, arguments)]
    given = {"TERM": "dumb", "NO_COLOR": "1"} | variables
    env = environment(**{name: value for name, value in given.items() if value is not None})
    nothing = os.open(os.devnull, os.O_RDWR)
    reads, writes = os.pipe()
    elsewhere = {"stdin": nothing, "stdout": writes, "stderr": nothing}
    streams = [theirs if name in terminal else other for name, other in elsewhere.items()]
    process: forked.Process | subprocess.Popen[bytes]
    if forked.is_possible(words, env):
        process = forked.start(words, streams, env, cwd, new_session=True)
    else:
        stdin, stdout, stderr = streams
        process = subprocess.Popen(
            words, stdin=stdin, stdout=stdout, stderr=stderr, env=env, cwd=cwd, start_new_session=True
        )
    for descriptor in (theirs, nothing, writes):
        os.close(descriptor)
    if typed is not None:
        os.write(ours, typed.encode())
    shown = _read_all(ours, process)
    with os.fdopen(reads, "rb") as piped:
        out = piped.read()
    os.close(ours)
    seen = Screen(shown.decode().replace("\r\n", "\n"), process.wait(), out.decode())
    if program == PROGRAM and typed is None:  # else it may have been said before an answer changed all
        given = {name: value for name, value in variables.items() if value is not None}
        unfolded = seen.shown.replace("\n", " ")
        inprocess.take_ways_out([*map(str, arguments)], unfolded, given, failed=seen.status != 0)
    return seen


def _read_all(terminal: int, process: forked.Process | subprocess.Popen[bytes]) -> bytes:
    """Read until the last process closes the terminal: Linux raises an error then, macOS returns nothing.

    One that says nothing for long waits for an answer that nobody gives: it is ended.
    """
    shown = b""
    while True:
        if not select.select([terminal], [], [], PATIENCE)[0]:
            process.kill()
            raise AssertionError(f"it waits for an answer: {shown!r}")
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:
            return shown
        if not part:
            return shown
        shown += part
