"""Write a whole practice as one JSON object, one row per line, and read it with one row in memory."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from clientctl.base.practice_format import FORMAT, ExportPiece, PracticeExport
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import BadInputError
from clientctl.exchange.tables.csv_reader import open_regular

_CHUNK = 1 << 16
LONGEST = 8 << 20
"""Characters of one row, or of one piece of a file."""


def write(file: BinaryIO, whole: PracticeExport) -> None:
    """Write everything. The order of the parts is part of the format."""
    head = {
        "clientctl": FORMAT,
        "schema": whole.schema,
        "exported_on": whole.on,
        "line": whole.line,
        "numbers": whole.numbers,
    }
    lines = [f"{json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items()]
    file.write(f"{{\n{''.join(lines)}".encode())
    _write_part(file, "tables", whole.tables)
    file.write(b",\n")
    _write_part(file, "files", whole.files)
    file.write(b"\n}\n")


def _write_part(file: BinaryIO, part: str, named: Iterable[tuple[str, Iterable[Mapping[str, Any] | str]]]) -> None:
    file.write(f'"{part}": {{'.encode())
    between = "\n"
    for name, items in named:
        file.write(f"{between}{json.dumps(name)}: [".encode())
        comma = "\n"
        for item in items:
            file.write(f"{comma}{json.dumps(item)}".encode())
            comma = ",\n"
        file.write(b"]")
        between = ",\n"
    file.write(b"}")


def read(path: Path) -> Iterator[ExportPiece]:
    """Read everything piece by piece, from standard input if the path is ``-``.

    Raise BadInputError for what is no such object, naming the line.
    """
    is_stdin = str(path) == "-"
    with nullcontext(sys.stdin.buffer) if is_stdin else open_regular(path) as file:
        text = _Text(file, say("standard input") if is_stdin else quoted(path.name))
        text.read_char("{")
        yield from _members(text)
        if text.peek():
            raise text.wrong(say("something follows the end"))


def _members(text: "_Text") -> Iterator[ExportPiece]:
    parts: tuple[Literal["tables", "files"], ...] = ("tables", "files")
    while True:
        name = text.name()
        if name in parts:
            yield from _part(text, "tables" if name == "tables" else "files")
        else:
            yield ExportPiece("head", name, text.value())
        if text.read_char(",}") == "}":
            return


def _part(text: "_Text", part: Literal["tables", "files"]) -> Iterator[ExportPiece]:
    text.read_char("{")
    if text.peek() == "}":
        text.read_char("}")
        return
    while True:
        name = text.name()
        text.read_char("[")
        while text.peek() != "]":
            value = text.value()
            if not isinstance(value, dict if part == "tables" else str):
                raise text.wrong(say("a row is no object") if part == "tables" else say("a piece of a file is no text"))
            yield ExportPiece(part, name, value)
            if text.peek() != "]":
                text.read_char(",")
        text.read_char("]")
        yield ExportPiece(part, name, None)
        if text.read_char(",}") == "}":
            return


class _Text:
    """A JSON text that is read value by value."""

    def __init__(self, file: IO[bytes], title: str) -> None:
        import codecs

        self._file, self._title = file, title
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._json = json.JSONDecoder(parse_constant=self._no_constant)
        self._buffer, self._at, self._line, self._ended = "", 0, 1, False

    def peek(self) -> str:
        """Return the next character that is not a space; nothing at the end."""
        while True:
            while self._at < len(self._buffer):
                char = self._buffer[self._at]
                if char not in " \t\r\n":
                    return char
                self._at += 1
            if not self._more():
                return ""

    def read_char(self, wanted: str) -> str:
        """Read the next character, one of those wanted."""
        char = self.peek()
        if not char or char not in wanted:
            raise self.wrong(say("{wanted} is missing", wanted=say(" or ").join(wanted)))
        self._at += 1
        return char

    def name(self) -> str:
        """Read a name and its colon."""
        name = self.value() if self.peek() == '"' else None
        if not isinstance(name, str):
            raise self.wrong(say("a name is missing"))
        self.read_char(":")
        return name

    def value(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """Read a whole value."""
        self.peek()
        while True:
            problem = say("it ends too early")
            try:
                value, end = self._json.raw_decode(self._buffer, self._at)
                # A number may go on in what is not read yet.
                if end < len(self._buffer) or self._ended:
                    self._at = end
                    return value
            except RecursionError:
                raise self.wrong(say("it is nested too deep")) from None
            except json.JSONDecodeError as error:
                problem = error.msg
            except ValueError:
                raise self.wrong(say("a number is too long")) from None
            if len(self._buffer) - self._at > LONGEST:
                raise self.wrong(say("a value has over {longest} million characters", longest=LONGEST >> 20))
            # Twice as much each time: what is long is not tried too often.
            if not self._more(len(self._buffer) - self._at):
                raise self.wrong(problem)

    def wrong(self, what: str) -> BadInputError:
        """Return an error with its place in the file."""
        line = self._line + self._buffer.count("\n", 0, self._at)
        return BadInputError(
            say(
                "line {line} of {title}: {what}; nothing was imported: export it anew",
                line=line,
                title=self._title,
                what=what,
            )
        )

    def _more(self, least: int = 0) -> bool:
        """Read more, and forget what was used; return whether there was more."""
        if self._ended:
            return False
        try:
            chunk = self._file.read(max(_CHUNK, least))
        except OSError as error:
            reason = (error.strerror or say("input error")).lower()
            raise self.wrong(say("it can't be read: {reason}", reason=reason)) from None
        self._ended = not chunk
        self._line += self._buffer.count("\n", 0, self._at)
        try:
            self._buffer = self._buffer[self._at :] + self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError:
            self._at = 0
            raise self.wrong(say("it is not UTF-8")) from None
        self._at = 0
        return True

    def _no_constant(self, name: str) -> Any:  # noqa: ANN401 - it never returns
        raise self.wrong(say("{name} is no number", name=name))
