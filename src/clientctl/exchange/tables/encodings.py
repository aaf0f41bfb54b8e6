"""Detect the encoding of text files.

UTF-8 is proven by its form, UTF-16 by its mark or by where its NULs stand. The rest is what Windows writes in
western Europe, cp1252, or what the Mac wrote, Mac Roman: the one in which no word looks as no language writes it,
``NoŽmie``. A file that looks so in both is refused rather than read wrongly.
"""

import codecs
import io
import re
from collections import Counter
from typing import BinaryIO, NamedTuple

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import BadInputError, UsageError

LONGEST_ROW = 1_000_000
"""Characters in a row, its line ends included: more is an open quote or no list of people."""

_CHUNK = 1 << 18
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_SHOWN = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-16": "UTF-16",
    "mac_roman": "Mac Roman",
}
_UTF8_IN_CP1252 = re.compile(rb"\xc3[\x80-\xbf]|\xe2\x80[\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
_BESIDE = re.compile(rb"(?=(.[\x80-\xff].))", re.DOTALL)

_BETWEEN = "’´–—·\xa0"
"""What is no letter and may stand between two: ``l’Isle``, ``Paris–Lyon``."""

_AFTER = "’´–—\xa0”»°ºª…€™®©²³½¼¾"
"""What may follow a letter that no other one follows: ``n°``, ``m²``, ``…``."""

_BEFORE = "’´–—\xa0‘“„‚«•¿¡"
"""What may stand before a word."""

_ALONE = "àÀâÂáÁèÈéÉêÊìÌòÒóÓôÔùÙ"
"""Letters that are a word in some language."""

_DOUBTFUL = "šŠžŽÕ–—"
"""What cp1252 makes of letters that Mac Roman has, and what looks right in it all the same: ``Schršder``."""

_NEVER = "\ufffdƒπΩµ∂∑∏∫√≈∆◊≠≤≥∞˘˙˚˝˛ˇ¸¯ﬁﬂˆ˜¤¦¬"
"""What stands nowhere in a list of people, and what an encoding has no character for."""

_FEW = 4
"""How many times as many places must look right as wrong for an encoding to be taken in spite of these."""


class _Plausibility(NamedTuple):
    """The plausibility of a file in an encoding: how many places look wrong, how many are ambiguous."""

    wrong: int
    doubtful: int


def recognize(file: BinaryIO, title: str, asked: str | None) -> tuple[str, str]:
    """Return the codec that decodes the whole file, and its name for people; ``asked`` is the user's choice."""
    file.seek(0)
    start = file.read(_CHUNK)
    mark = next((mark for mark in _MARKS if start.startswith(mark)), None)
    codec = of_start(start) if asked is None else _known_codec(asked)
    flaw = _look_through(file, title, codec)
    shown = _SHOWN.get(codec, codec)
    if flaw is None:
        return codec, say("UTF-8 with BOM") if codec == "utf-8" and mark == codecs.BOM_UTF8 else shown
    if asked is not None or mark is not None or codec != "utf-8":
        raise BadInputError(
            say(
                "{title} is not {shown}: save the file as UTF-8, or use --encoding",
                title=flaw.describe(title),
                shown=shown,
            )
        )
    if _holds_utf8(file):
        raise BadInputError(
            say(
                "{title} is not UTF-8, other lines are: save it as UTF-8, or use --encoding", title=flaw.describe(title)
            )
        )
    found = _told_apart(_places(file))
    if found is None or _look_through(file, title, found):
        raise BadInputError(
            say(
                "{title} is not UTF-8, and may be cp1252, mac-roman or another encoding: say which with "
                "--encoding, or save the file as UTF-8",
                title=flaw.describe(title),
            )
        )
    return found, _SHOWN.get(found, found)


def of_start(start: bytes) -> str:
    """Return the UTF that the start of a file shows by a mark, or UTF-16 by its NULs; else UTF-8.

    Latin letters, commas and line ends have a NUL in UTF-16, all on the same side.
    """
    for mark, codec in _MARKS.items():
        if start.startswith(mark):
            return codec
    sides = start[::2].count(0), start[1::2].count(0)
    if min(sides) == 0 and max(sides) * 4 > len(start) // 2:
        return "utf-16-be" if sides[0] else "utf-16-le"
    return "utf-8"


def of_bytes(text: bytes) -> str:
    """Return the encoding of a text that is not UTF-8: Mac Roman if only that looks right, else cp1252."""
    return _told_apart(Counter(_BESIDE.findall(b"\n" + text + b"\n"))) or "cp1252"


def _told_apart(places: Counter[bytes]) -> str | None:
    """Choose between cp1252 and Mac Roman by the neighbors of characters; return None if in doubt."""
    windows, mac = _look(places, "cp1252"), _look(places, "mac_roman")
    if not windows.wrong:
        return None if windows.doubtful and not mac.wrong else "cp1252"
    if not mac.wrong:
        return "mac_roman"
    fewest, codec = min((windows.wrong, "cp1252"), (mac.wrong, "mac_roman"))
    is_clear = fewest * _FEW <= min(max(windows.wrong, mac.wrong), places.total())
    return codec if is_clear else None


def _places(file: BinaryIO) -> Counter[bytes]:
    """Count the non-ASCII bytes, each with its neighbors."""
    file.seek(0)
    found: Counter[bytes] = Counter()
    before = b"\n"
    while chunk := file.read(_CHUNK):
        found.update(_BESIDE.findall(before + chunk))
        before = chunk[-2:]
    found.update(_BESIDE.findall(before + b"\n"))
    return found


def _look(places: Counter[bytes], codec: str) -> _Plausibility:
    wrong = doubtful = 0
    for place, times in places.items():
        before, char, after = list(place.decode(codec, "replace"))
        wrong += times * _looks_wrong(before, char, after)
        doubtful += times * (char in _DOUBTFUL and (char.isalpha() or (before.isalpha() and after.isalpha())))
    return _Plausibility(wrong, doubtful)


def _looks_wrong(before: str, char: str, after: str) -> bool:
    """Return whether no language writes a character so: a capital letter or a sign inside a lower-case word."""
    follows, leads = before.isalpha(), after.isalpha()
    if char in _NEVER:
        return True
    if not char.isalpha() or char in "ºª":
        if follows and leads:
            return char not in _BETWEEN
        return (follows and char not in _AFTER) or (leads and char not in _BEFORE)
    if not (follows or leads):
        return char not in _ALONE
    if char.isupper():
        return before.islower() or (follows and after.islower())
    return follows and after.isupper()


def _known_codec(asked: str) -> str:
    """Find the encoding that the user named, which must contain ASCII as those of spreadsheets do."""
    ascii_text = "".join(map(chr, range(32, 127)))
    try:
        codec = codecs.lookup(asked).name.replace("utf-8-sig", "utf-8")
        if codec.startswith(("utf-16", "utf-32")) or ascii_text.encode(codec) == ascii_text.encode():
            return codec
    except (LookupError, ValueError):
        pass
    raise UsageError(
        say("no encoding {asked}: use utf-8, utf-16, cp1252, mac-roman, iso8859-15 or the like", asked=quoted(asked))
    )


class _Flaw(NamedTuple):
    """The first place where a file does not match its encoding: the line, and the byte as a number."""

    line: int
    byte: int

    def describe(self, title: str) -> str:
        """Return the place in the file."""
        return say("line {line} of {title} (byte 0x{byte})", line=self.line, title=title, byte=f"{self.byte:02x}")


def _look_through(file: BinaryIO, title: str, codec: str) -> _Flaw | None:
    """Decode the whole file in chunks; return the first place that can't be decoded.

    Raises BadInputError for what no encoding makes a list: NUL characters, and a line without an end,
    which is noticed at once however long it is.
    """
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    file.seek(0)
    line, length = 1, 0
    while True:
        chunk = file.read(_CHUNK)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(codec, "ignore")
            return _Flaw(line + len(re.findall("\r\n|\r|\n", good)), error.object[error.start])
        if "\0" in text:
            line += text.count("\n", 0, text.index("\0"))
            raise BadInputError(
                say("{title} is not text (a NUL in line {line}): save the list as CSV, UTF-8", title=title, line=line)
            )
        if not chunk:
            return None
        before, newline, rest = text.rpartition("\n")
        line += before.count("\n") + len(newline)
        length = len(rest) if newline else length + len(rest)
        if length > LONGEST_ROW:
            raise BadInputError(
                say(
                    "line {line} of {title} has over {longest_row} characters: is it a CSV file?",
                    line=line,
                    title=title,
                    longest_row=f"{LONGEST_ROW:,}",
                )
            )


def _holds_utf8(file: BinaryIO) -> bool:
    """Find accented letters, dashes, quotes or half surrogate pairs in UTF-8: odd characters in cp1252."""
    file.seek(0)
    return any(_UTF8_IN_CP1252.search(chunk) for chunk in iter(lambda: file.read(_CHUNK), b""))
