"""Write to standard output and standard error, and find out what they are connected to."""

import os
import re
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import BinaryIO, Literal, TextIO, get_args

from clientctl.base.text import show_controls
from clientctl.base.words import say

Color = Literal["auto", "always", "never"]
COLORS: tuple[Color, ...] = get_args(Color)

_CHUNK = 1 << 20
_USUAL = 80
_COMMAND = r"[^\s`]*(?:`[^`]*`[^\s`]*)+"
_OPTION = r"[^\s`]*--[a-z][a-z-]*\x20(?:'[^']*'[^\s`]*|[A-Z0-9+][^\s`]*|[^\s`]*[,;:.)]|[^\s`]+$)(?!\S)"
_WORD = rf"{_COMMAND}|{_OPTION}|\S+"
"""A command in backquotes with the characters around it, an option with its apparent value, or a word."""


def write(parts: Iterable[str]) -> None:
    """Write text to standard output as UTF-8, whatever the locale, and flush it.

    Raise OSError (for a closed pipe, a full disk, a closed standard output).
    """
    _write(part.encode("utf-8", "backslashreplace") for part in parts)


def write_file(file: BinaryIO) -> None:
    """Write the bytes of a file to standard output. Raise OSError as `write` does."""
    _write(iter(lambda: file.read(_CHUNK), b""))


def _write(parts: Iterable[bytes]) -> None:
    if sys.stdout is None:
        raise OSError(say("standard output is closed"))
    sys.stdout.flush()
    stream = sys.stdout.buffer
    for part in parts:
        # Unbuffered (python -u), the stream is a raw file, which may write only part of it.
        rest = memoryview(part)
        while rest:
            rest = rest[stream.write(rest) :]
    stream.flush()


def note(text: str) -> None:
    """Write one line for people to standard error, folded on a terminal; errors are ignored."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.flush()
        sys.stderr.buffer.write(f"{fold_line(show_controls(text))}\n".encode("utf-8", "backslashreplace"))
        sys.stderr.buffer.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            # The rest of the buffer would fail again when the interpreter exits, with status 120.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether the stream is a terminal."""
    return stream is not None and stream.isatty()


def is_colored(color: Color, stream: TextIO | None) -> bool:
    """Return whether to write colors to the stream; ``NO_COLOR`` and ``TERM=dumb`` turn ``auto`` off."""
    if color != "auto":
        return color == "always"
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO | None = None) -> int | None:
    """Return how many columns the terminal at a stream has, standard output unless given; None when it is no terminal.

    ``COLUMNS`` says it, else the terminal; 80 where neither does.
    """
    stream = stream or sys.stdout
    if not is_terminal(stream):
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except OSError:
        return _USUAL


def fold_line(text: str, stream: TextIO | None = None) -> str:
    """Fold a line at words to the width of the terminal at a stream, standard error unless given; else it stays one.

    A command in backquotes stays on one line if one can hold it, so that it can be copied, and so does an option with
    its value. Further lines begin below the first. A word wider than the line is cut.
    """
    width = terminal_width(stream or sys.stderr)
    if width is None or (len(text) <= width and cell_width(text) <= width):
        return text
    indent = text[: len(text) - len(text.lstrip(" "))]
    if 2 * len(indent) > width:
        indent = ""
    room = width - len(indent)
    lines: list[str] = []
    for token in re.findall(_WORD, text):
        for word in [token] if cell_width(token) <= room else token.split():
            joined = f"{lines[-1]} {word}" if lines else word
            if cell_width(joined) <= room:
                lines[-1:] = [joined]
            else:
                lines += _split_word(word, room)
    return "\n".join(f"{indent}{line}" for line in lines)


def cell_width(text: str) -> int:
    """Return the width of a text in columns: two for most East Asian letters, none for a combining mark."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _split_word(word: str, width: int) -> list[str]:
    """Split a word into parts of at most a width."""
    parts = [""]
    for letter in word:
        if cell_width(parts[-1] + letter) > width and parts[-1]:
            parts.append("")
        parts[-1] += letter
    return parts
