"""Read the lines of vCards (2.1, 3.0 and 4.0) one card at a time, and repair where programs break the standard.

The library takes a line apart: parameters, quoted-printable, character sets, escapes. What comes before it
is here: lines that were folded, a soft line end of quoted-printable, pictures without a space before
their further lines, values with a bare line end, types without a name, a card that the next one ends.
A line is given to it only if it is sure to match at once: its pattern needs hours for 30 types and a stray quote.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import BadInputError
from clientctl.exchange.tables import encodings

LONGEST = 8 << 20
"""Bytes in a line, folded or not, and in a card: a photo of five megabytes has that many."""

_LEAST = 40
"""Bytes that a line counts for at least: a card of nothing but line ends has an end too."""

_CHUNK = 1 << 16
_NAME = r"[A-Za-z0-9_-]++"
_VALUE = r'(?:"[^"]*+"|[^";:,]*+)'
_PARAMETER = rf"{_NAME}(?:={_VALUE}(?:,{_VALUE})*+)?+"
_LINE = re.compile(rf"(?:{_NAME}\.)?{_NAME}(?:;{_PARAMETER})*+:", re.ASCII)
_USUAL = re.compile(
    rf"(?:({_NAME})\.)?({_NAME})((?:;(?!(?i:ENCODING=Q|QUOTED-P)){_NAME}(?:=[A-Za-z0-9_,.-]*+)?+)*+):", re.ASCII
)
_HEAD = re.compile(r'((?:[^":;]|"[^"]*+")*+)((?:;(?:[^":;]|"[^"]*+")*+)*+):', re.ASCII)
_START = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*BEGIN\s*:\s*VCARD\s*", re.IGNORECASE)
_END = re.compile(rb"\s*END\s*:\s*VCARD\s*", re.IGNORECASE)
_GLUED = re.compile(rb"(?<![ \t])END:VCARD(?=(?:\xef\xbb\xbf|\s)*BEGIN:VCARD|\Z)", re.IGNORECASE)
_PROPERTY = re.compile(rb"[A-Za-z0-9_.-]+(?::| *;)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=\s]+")
_LONGEST_HEAD = 500
"""Bytes of a line in which its parameters are looked for."""
_LOWER = re.compile(r"quoted-printable|base64|(?<=charset=)[^;:]+", re.IGNORECASE)


class VCard(NamedTuple):
    """A card as in the file: its first line, its unfolded lines, what is wrong, if anything."""

    line: int
    lines: list[bytes]
    problem: str | None = None


class Property(NamedTuple):
    """One property: ``types`` and ``params`` folded to lower case, the value decoded but for its escapes.

    ``text`` is the line as it was written.
    """

    name: str
    group: str | None
    types: frozenset[str]
    params: dict[str, list[str]]
    value: str
    text: str


def cards(file: BinaryIO, name: str) -> Iterator[VCard]:
    """Yield the cards of a file, one in memory at a time. Raise BadInputError for what is not a vCard file."""
    current: _OpenCard | None = None
    agents, found = 0, False
    for number, line in _unglue(_lines(file, name)):
        starts, ends = _START.fullmatch(line), _END.fullmatch(line)
        if agents or (starts and current and current.is_before_agent):
            agents += bool(starts) - bool(ends)  # a card within a card
        elif starts or ends:
            if current:
                yield current.card()  # even if its end is missing
            current, found = _OpenCard(number) if starts else None, True
        elif current:
            current.put(line)
            if current.size > LONGEST:
                raise _too_long(name, current.line, "card")
        elif line.strip():
            current = _outside(line, number, name, found=found)
    if current:
        yield current.card(say("has no end: the file is cut off there"))
    elif not found:
        raise BadInputError(say("{name} is empty: it has no vCard", name=quoted(name)))


def _outside(line: bytes, number: int, name: str, *, found: bool) -> "_OpenCard | None":
    """Handle a line outside of cards as the first of one that lost its BEGIN, if it may be one."""
    if not found:
        raise BadInputError(
            say("{name} is not a vCard file: line {number} should be BEGIN:VCARD", name=quoted(name), number=number)
        )
    if not _PROPERTY.match(line):
        return None
    card = _OpenCard(number, "stands outside of any card: put BEGIN:VCARD before it")
    card.put(line)
    return card


def _unglue(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield numbered lines, with the end of a card on its own line: in joined files two cards meet on a line."""
    for number, line in enumerate(lines, 1):
        rest = line
        while (end := _GLUED.search(rest)) and rest[:5].upper() != b"AGENT":
            if end.start():
                yield number, rest[: end.start()]
            yield number, end[0]
            rest = rest[end.end() :]
        if rest or not line:
            yield number, rest


class _OpenCard:
    """A card that is being read."""

    def __init__(self, line: int, problem: str | None = None) -> None:
        self.line, self.size = line, 0
        self._problem = problem
        self._lines: list[bytearray] = []

    @property
    def is_before_agent(self) -> bool:
        """Return whether a card within this one is about to come."""
        return bool(self._lines) and self._lines[-1][:5].upper() == b"AGENT"

    def card(self, problem: str | None = None) -> VCard:
        """Return the card as it was read."""
        return VCard(self.line, [bytes(line) for line in self._lines], problem or self._problem)

    def put(self, line: bytes) -> None:
        """Add a line, or a continuation of the one before."""
        self.size += max(len(line), _LEAST)
        last = self._lines[-1] if self._lines else None
        if last is None or (last[-1:] != b"=" and line[:1] not in {b" ", b"\t"} and _PROPERTY.match(line)):
            if line.strip():
                self._lines.append(bytearray(line))
            return
        head = bytes(last[:_LONGEST_HEAD]).partition(b":")[0].upper()
        if last[-1:] == b"=" and b"QUOTED-PRINTABLE" in head:
            last[-1:] = line
        elif line[:1] in {b" ", b"\t"}:
            last += line[1:]
        elif _PROPERTY.match(line):
            self._lines.append(bytearray(line))
        elif line.strip():
            is_encoded = (b"BASE64" in head or b"ENCODING=B" in head) and _BASE64.fullmatch(line)
            last += (b"" if is_encoded else b"=0A" if b"QUOTED-PRINTABLE" in head else b"\\n") + line


def properties(card: VCard) -> Iterator[Property]:
    """Parse the lines of a card; lines that are not properties are ignored."""
    for raw in card.lines:
        found = _property(raw)
        if found:
            yield found


def _property(raw: bytes) -> Property | None:
    text = _decode(raw)
    usual = _USUAL.match(text)
    if usual:
        return _usual(usual, text)
    mended = _repair(text)
    if mended is None:
        return None
    return _by_library(mended, text)


def _usual(found: re.Match[str], text: str) -> Property:
    """Parse a simple line, as most are: the library takes ten times as long."""
    types: list[str] = []
    params: dict[str, list[str]] = {}
    for parameter in found[3].split(";")[1:]:
        key, equals, value = parameter.partition("=")
        if equals:
            params.setdefault(key.lower(), []).extend(value.split(","))
        else:
            types.append(parameter)
    folded = frozenset(each.lower() for each in (*types, *params.get("type", ())))
    return Property(found[2].upper().replace("_", "-"), found[1], folded, params, text[found.end() :], _kept(text))


def _kept(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\\n")


def _by_library(mended: str, text: str) -> Property | None:
    from vobject.base import VObjectError, textLineToContentLine

    try:
        try:
            line = textLineToContentLine(mended)
        except UnicodeDecodeError:  # quoted-printable without its character set, or with a wrong one
            line = textLineToContentLine(_with_charset(mended, "cp1252"))
        except LookupError:
            line = textLineToContentLine(_with_charset(mended, "utf-8"))
    except (VObjectError, ValueError, LookupError):
        return None
    params = {key.lower(): list(values) for key, values in line.params.items()}
    named = [each for value in params.get("type", ()) for each in value.split(",")]
    types = frozenset(each.strip().lower() for each in (*line.singletonparams, *named))
    return Property(line.name, line.group, types, params, str(line.value), _kept(text))


def _decode(raw: bytes) -> str:
    """Decode a line as UTF-8; else by the character set it names, else as Windows or the Mac writes it."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        named = re.match(rb"[^:]*CHARSET=\"?([\w.-]+)", raw, re.IGNORECASE)
        try:
            return raw.decode(named[1].decode() if named else encodings.of_bytes(raw))
        except (UnicodeDecodeError, LookupError):
            return raw.decode("cp1252", "replace")


def _repair(text: str) -> str | None:
    """Return a line that the library accepts; None for one that can't be repaired."""
    if not _LINE.match(text):
        head = _HEAD.match(text)
        if head is None:
            return None
        name = re.sub(r"[^A-Za-z0-9_.-]", "", head[1])
        params = re.findall(r';((?:[^";]|"[^"]*+")*+)', head[2])
        good = [each for each in ("".join(param.split()) for param in params) if re.fullmatch(_PARAMETER, each)]
        text = f"{';'.join([name, *good])}:{text[head.end() :]}"
        if not _LINE.match(text):
            return None
    head_end = text.index(":") if '"' not in text else 0
    if head_end and _LOWER.search(text, 0, head_end):
        text = _LOWER.sub(lambda match: match[0].upper(), text[:head_end]) + text[head_end:]
    return text


def _with_charset(text: str, charset: str) -> str:
    head, _, value = text.partition(":")
    return f"{re.sub(r';CHARSET=[^;]*', '', head, flags=re.IGNORECASE)};CHARSET={charset}:{value}"


def _lines(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Read the lines of a file, whatever ends them, in UTF-8 if the file is in UTF-16."""
    rest = b""
    for chunk in _chunks(file, name):
        if b"\0" in chunk:
            raise BadInputError(say("{name} is not text (a NUL in it): it is not a vCard file", name=quoted(name)))
        text = rest + chunk
        if len(text) > LONGEST + _CHUNK:
            raise _too_long(name, None, "line")
        if b"\n" not in chunk and b"\r" not in chunk:
            rest = text
            continue
        lines = text.splitlines(keepends=True)
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
        yield from (line.rstrip(b"\r\n") for line in lines)
    yield from rest.splitlines()


def _chunks(file: BinaryIO, name: str) -> Iterable[bytes]:
    chunk = file.read(_CHUNK)
    codec = encodings.of_start(chunk)
    if codec == "utf-8":
        yield chunk.removeprefix(codecs.BOM_UTF8)
        yield from iter(lambda: file.read(_CHUNK), b"")
        return
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        chunk = chunk.removeprefix(codecs.BOM_UTF16_LE if codec == "utf-16-le" else codecs.BOM_UTF16_BE)
        while chunk:
            yield decoder.decode(chunk).encode()
            chunk = file.read(_CHUNK)
    except UnicodeError:
        raise BadInputError(say("{name} is not UTF-16, as it says: save it as UTF-8", name=quoted(name))) from None


def _too_long(name: str, line: int | None, what: str) -> BadInputError:
    where = say(" at line {line}", line=line) if line else ""
    return BadInputError(
        say(
            "a {what}{where} of {name} has over {longest} MB: is it a vCard file?",
            what=what,
            where=where,
            name=quoted(name),
            longest=LONGEST >> 20,
        )
    )
