"""Join several names in one cell so that they can be split again: ``VIP; "yoga, evening"``.

Names are separated by semicolons; one with a semicolon, a comma, a quotation mark or the ``:::`` of
address books in it is put in quotation marks, its own doubled, as RFC 4180 does with cells.
"""

from collections.abc import Iterable, Sequence

from clientctl.base.text import pattern

_SPECIAL = '[;,"]|:::'
_PARTS = tuple(rf'\s*(?:"((?:[^"]|"")*)"|([^"{sign}]*))\s*({sign}|\Z)' for sign in ";,")
"""A name and its separator: we write semicolons, Mailchimp writes commas."""


def join(names: Iterable[str]) -> str:
    """Join names with semicolons, quoted where needed."""
    return "; ".join('"' + name.replace('"', '""') + '"' if pattern(_SPECIAL).search(name) else name for name in names)


def join_for_people(names: Sequence[str]) -> str:
    """Join names with commas for people; like ``join`` if one could be mistaken for several."""
    return join(names) if any(map(pattern(_SPECIAL).search, names)) else ", ".join(names)


def split_quoted(text: str) -> list[str] | None:
    """Return the names in a text if at least one is in quotation marks; None for any other text."""
    if '"' not in text:
        return None
    return _split(text, _PARTS[0]) or _split(text, _PARTS[1])


def _split(text: str, expression: str) -> list[str] | None:
    names, at = [], 0
    while at < len(text):
        part = pattern(expression).match(text, at)
        if part is None:
            return None
        quoted, bare, end = part.groups()
        names.append(quoted.replace('""', '"') if quoted is not None else bare.strip())
        at = part.end() if end else len(text)
    return [name for name in names if name]
