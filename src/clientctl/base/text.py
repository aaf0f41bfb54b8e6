"""Prepare text to be stored (``clean``), compared (``fold``) and shown (``show_controls``)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from clientctl.base.words import say
from clientctl.errors import UsageError

# Rarely needed patterns are texts: ``re`` compiles them on first use, not at every start.
_UNSTORABLE = "[\0\ud800-\udfff]"
_SHORTEST_CARD = 13
_CARD_DIGITS = r"(?:\d\D*){13}"
_QUOTED_LENGTH = 60


@cache
def pattern(expression: str) -> re.Pattern[str]:
    """Return a pattern, compiled on first use, not at every start; the cache of ``re`` is slower."""
    return re.compile(expression)


def clean(text: str) -> str:
    """Return a text as it is stored: NFC, trimmed.

    Raise UsageError for NUL and lone surrogates, RefusedError for a full card number.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable() and re.search(_UNSTORABLE, text):
        raise UsageError(say("a character in {text} can't be stored: leave it out", text=quoted(text)))
    refuse_card(text)
    return text.strip()


def refuse_card(text: str) -> None:
    """Raise RefusedError if a text contains a full card number; most texts are ruled out quickly."""
    if len(text) < _SHORTEST_CARD or len(_possible_digits(text)) < _SHORTEST_CARD:
        return
    if text.isascii() or pattern(_CARD_DIGITS).search(text):
        from clientctl.base import card_numbers  # only for what may be a card

        card_numbers.refuse(text)


def refuse_cards(texts: Iterable[str]) -> None:
    """Raise RefusedError if one of many texts contains a full card number, like ``refuse_card`` for one."""
    long = [text for text in texts if len(text) >= _SHORTEST_CARD]
    digits = _possible_digits("\0".join(long)).split(b"\0")
    if len(digits) != len(long):  # a NUL is in one of them too, or there are none
        digits = list(map(_possible_digits, long))
    for text, of_it in zip(long, digits, strict=True):
        if len(of_it) >= _SHORTEST_CARD:
            refuse_card(text)


def _possible_digits(text: str) -> bytes:
    """Return a text's digits, NUL, and characters beyond ASCII, which may be digits of other scripts."""
    return text.encode(errors="replace").translate(None, _NO_DIGITS)


_NO_DIGITS = bytes(code for code in range(1, 0x80) if not chr(code).isdecimal())


def clean_line(text: str) -> str:
    """Return a single-line text as it is stored: ``clean``, with every run of white space as one space."""
    return " ".join(clean(text).split())


def clean_optional_line(text: str | None) -> str | None:
    """Return a single-line text that may be left out as it is stored; None for one with nothing in it."""
    return clean_line(text) or None if text else None


def parse_name(text: str, what: str) -> tuple[str, str]:
    """Return the name of ``what`` (a label, a plan) as it is stored, and its lookup key.

    Raise UsageError for a name without a letter or digit.
    """
    name = clean_line(text)
    key = fold(name)
    if not key:
        raise UsageError(
            say("{text} is not a name for {what}: it needs a letter or a digit", text=quoted(text), what=what)
        )
    return name, key


def quoted(text: str) -> str:
    """Return a text for an error message: in quotes, with controls shown, cut after 60 characters."""
    return f"'{show_controls(text if len(text) <= _QUOTED_LENGTH else text[:_QUOTED_LENGTH] + '…')}'"


def word(text: str) -> str:
    """Return a text as one word of a command in a message, quoted for the shell."""
    import shlex

    return shlex.quote(show_controls(text))


def name_word(text: str) -> str:
    """Return a text as the name in a suggested command that adds it; NAME if it can't be a name."""
    return word(text) if fold(text) else "NAME"


_CONTROLS = "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"


def show_controls(text: str) -> str:
    """Return a text that a terminal shows and never acts on.

    C0 controls and DEL become their pictures: ESC is ``␛``. C1 controls, marks that turn the
    direction of writing, line and paragraph separators and lone surrogates become ``<U+202E>``.
    Any other text is returned unchanged.
    """
    return text if text.isprintable() else re.sub(_CONTROLS, _picture, text)


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def fold(text: str) -> str:
    """Return the key by which a text is compared and searched; folding is idempotent.

    Case, accents, punctuation and symbols are ignored: ``Łukasz O'Brien-Smith`` is
    ``lukasz o brien smith``. Letters of every script are kept, and so are the marks that form
    other letters in Indian and Japanese scripts.
    """
    if text.isascii():
        if text.isalnum():
            return text.lower()
        return b" ".join(text.encode().translate(_ASCII_KEYS, _ASCII_DROPPED).split()).decode()
    folded = unicodedata.normalize("NFKD", text).translate(_KEYS)
    # Again, as marks may now be adjacent that a dropped character had separated.
    return unicodedata.normalize("NFKD", " ".join(folded.split()))


def squeeze(folded: str) -> str:
    """Return a folded text without its spaces: ``obriensmith``."""
    return folded.replace(" ", "")


_ASCII_KEYS = bytes(ord(chr(code).lower()) if chr(code).isalnum() and code < 0x80 else 0x20 for code in range(256))
_ASCII_DROPPED = bytes(code for code in range(0x80) if not chr(code).isprintable() and not chr(code).isspace())

# Letters that Unicode does not decompose into a letter and a mark.
_PLAIN = {
    "æ": "ae",
    "ð": "d",
    "ø": "o",
    "þ": "th",
    "đ": "d",
    "ħ": "h",
    "ı": "i",
    "ł": "l",
    "ŋ": "n",
    "œ": "oe",
    "ŧ": "t",
}
# Letters by their category, apostrophes by their use: ʻokina, ʼ and the like.
_APOSTROPHES = frozenset("ʹʺʻʼʽʾʿˈ")
# Invisible, though their category is that of letters or marks.
_INVISIBLE = "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
# The combining classes of marks that form another letter: nukta, kana voicing, virama.
_LETTER_MARKS = range(7, 10)


class _Keys(dict[int, str]):
    """A mapping from code points to their text in a key, computed on first use."""

    def __missing__(self, code: int) -> str:
        self[code] = key = self._key(chr(code))
        return key

    def _key(self, char: str) -> str:
        kind = unicodedata.category(char)
        lower = char.casefold()
        mark = unicodedata.combining(lower[0])
        if (mark and mark not in _LETTER_MARKS) or re.match(_INVISIBLE, char):
            return ""
        if char.isspace() or kind[0] in "PSZ" or char in _APOSTROPHES:
            return " "
        if kind in {"Cc", "Cf"}:
            return ""
        plain = _PLAIN.get(lower) or unicodedata.normalize("NFKD", lower)
        return plain if plain == char else plain.translate(self)


_KEYS = _Keys()
