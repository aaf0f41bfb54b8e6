"""Split full names of people: without titles, into first and last name."""

from itertools import takewhile

_TITLES = frozenset(
    """m. mr mr. mrs mrs. ms ms. miss mme mme. mlle mlle. mmes mm. madame monsieur mademoiselle dr dr. docteur doctor
    dott dott. dott.ssa dottore dottoressa sig sig. sig.ra sig.na signor signora signorina pr pr. prof prof. professeur
    veuve vve""".split()  # noqa: SIM905 - shorter
)
_LEAST_CAPITALS = 3
"""Length from which a leading word in capitals is a last name, not initials."""


def parse_name(name: str) -> tuple[str, str]:
    """Return the first and last name of a full name as typed; either may be empty."""
    return split(arrange(name))


def arrange(name: str, *, last_first: bool = False) -> str:
    """Remove titles from a full name; return ``Last, First`` if capitals or its sheet show which is last."""
    words = strip_titles(name).split()
    if "," in name or len(words) < 2:
        return " ".join(words)
    capitals = list(takewhile(str.isupper, words))
    if max(map(len, capitals), default=0) >= _LEAST_CAPITALS and not words[-1].isupper():
        return f"{' '.join(capitals)}, {' '.join(words[len(capitals) :])}"
    return f"{words[0]}, {' '.join(words[1:])}" if last_first else " ".join(words)


def strip_titles(name: str) -> str:
    """Remove the titles at the start of a name."""
    first, _, rest = name.partition(" ")
    return strip_titles(rest.strip()) if rest and first.lower() in _TITLES else name


def split(name: str) -> tuple[str, str]:
    """Split an arranged name into first and last: ``Ana Müller``, or ``Müller, Ana``."""
    last, comma, first = name.partition(", ")
    if comma:
        return first, last
    first, _, last = name.partition(" ")
    return first, last
