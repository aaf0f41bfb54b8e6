"""File names that every system accepts, and none takes for the same."""

import re
import unicodedata
from collections.abc import Iterable

from clientctl.base.text import show_controls

_LONGEST = 200
"""In bytes: file systems accept at most 255."""

# Patterns are plain texts: ``re`` compiles them when they are first used, not at every start.
_REFUSED = r'[<>:"/\\|?*]'
_DEVICES = r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?"


def make_unique(names: Iterable[str]) -> list[str]:
    """Return names made safe and unique, ignoring case and Unicode form.

    A repeated name gets a number before its extension: ``a.pdf``, ``a (2).pdf``.
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
    """Return a name that is not a path, hides nothing and that every system accepts; ``file`` if nothing is left."""
    plain = re.sub(_REFUSED, "_", show_controls(unicodedata.normalize("NFC", name)).replace("<U+", "U+"))
    plain = plain.encode("utf-8", "replace")[:_LONGEST].decode("utf-8", "ignore").strip(" .")
    return f"_{plain}" if re.fullmatch(_DEVICES, plain) else plain or "file"


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
