"""Name files so that every system takes the names, and no two are the same to any of them."""

import re
import unicodedata
from collections.abc import Iterable

from clientctl.base.text import inert

_LONGEST = 200
"""In bytes: file systems take no more than 255."""

# Patterns are plain texts: ``re`` compiles them when they are first used, not at every start.
_REFUSED = r'[<>:"/\\|?*]'
_DEVICES = r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?"


def make_unique(names: Iterable[str]) -> list[str]:
    """Make each of some names safe and unlike all others, case and accents' forms not counting.

    A name that comes again gets a number before its extension: ``a.pdf``, ``a (2).pdf``.
    """
    taken: set[str] = set()
    found = []
    for name in names:
        wanted = make_safe(name)
        stem, dot, extension = wanted.rpartition(".")
        if not stem:
            stem, dot, extension = wanted, "", ""
        number, each = 1, wanted
        while _key(each) in taken:
            number += 1
            each = f"{stem} ({number}){dot}{extension}"
        taken.add(_key(each))
        found.append(each)
    return found


def make_safe(name: str) -> str:
    """Return a name that is no path, hides nothing, and that every system takes; ``file`` when nothing is left."""
    plain = re.sub(_REFUSED, "_", inert(unicodedata.normalize("NFC", name)).replace("<U+", "U+"))
    plain = plain.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore").strip(" .")
    return f"_{plain}" if re.fullmatch(_DEVICES, plain) else plain or "file"


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
