"""Write to standard output and standard error, and ask what is at their other end."""

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO, Literal, TextIO

from clientctl.base.text import inert

Color = Literal["auto", "always", "never"]

_CHUNK = 1 << 20


def write(parts: Iterable[str]) -> None:
    """Write text to standard output as UTF-8, whatever the locale, and flush it.

    Raises OSError (of a closed pipe, a full disk, a closed standard output) as it comes.
    """
    _write(part.encode("utf-8", "backslashreplace") for part in parts)


def write_file(file: BinaryIO) -> None:
    """Write what is in a file to standard output, as it is. Raises OSError as `write` does."""
    _write(iter(lambda: file.read(_CHUNK), b""))


def _write(parts: Iterable[bytes]) -> None:
    if sys.stdout is None:
        raise OSError("standard output is closed")
    sys.stdout.flush()
    stream = sys.stdout.buffer
    for part in parts:
        # Unbuffered (python -u), the stream is a raw file, which may take a part only.
        rest = memoryview(part)
        while rest:
            rest = rest[stream.write(rest) :]
    stream.flush()


def note(text: str) -> None:
    """Write one line for people to standard error; where it can't be written, nobody reads it and nothing fails."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.flush()
        sys.stderr.buffer.write(f"{inert(text)}\n".encode("utf-8", "backslashreplace"))
        sys.stderr.buffer.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            # What stays in the buffer would fail once more as the interpreter ends, which then exits with 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Say whether a person sees the stream."""
    return stream is not None and stream.isatty()


def is_colored(color: Color, stream: TextIO | None) -> bool:
    """Say whether the stream takes escape codes; ``NO_COLOR`` and ``TERM=dumb`` turn ``auto`` off."""
    if color != "auto":
        return color == "always"
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width() -> int | None:
    """Return how many columns the terminal at standard output has; None when it is no terminal."""
    import shutil

    return shutil.get_terminal_size().columns if is_terminal(sys.stdout) else None
