"""Take whole names of people apart: titles off, and which words are the last name."""

from itertools import takewhile

_TITLES = frozenset(
    """m. mr mr. mrs mrs. ms ms. miss mme mme. mlle mlle. mmes mm. madame monsieur mademoiselle dr dr. docteur doctor
    dott dott. dott.ssa dottore dottoressa sig sig. sig.ra sig.na signor signora signorina pr pr. prof prof. professeur
    veuve vve""".split()  # noqa: SIM905 - shorter
)
_LEAST_CAPITALS = 3
"""Letters of the longest word in capitals at the beginning that makes those a last name: no initials."""


def parse_name(name: str) -> tuple[str, str]:
    """Return the first and the last name of a whole name as somebody types it, of which either may be empty."""
    return split(arrange(name))


def arrange(name: str, *, last_first: bool = False) -> str:
    """Leave titles out of a whole name, and put ``Last, First`` where capitals or its sheet say what is last."""
    words = strip_titles(name).split()
    if "," in name or len(words) < 2:
        return " ".join(words)
    capitals = list(takewhile(str.isupper, words))
    if max(map(len, capitals), default=0) >= _LEAST_CAPITALS and not words[-1].isupper():
        return f"{' '.join(capitals)}, {' '.join(words[len(capitals) :])}"
    return f"{words[0]}, {' '.join(words[1:])}" if last_first else " ".join(words)


def strip_titles(name: str) -> str:
    """Leave the titles out that a name begins with."""
    first, _, rest = name.partition(" ")
    return strip_titles(rest.strip()) if rest and first.lower() in _TITLES else name


def split(name: str) -> tuple[str, str]:
    """Split a name that was arranged into first and last: ``Ana Müller``, or ``Müller, Ana``."""
    last, comma, first = name.partition(", ")
    if comma:
        return first, last
    first, _, last = name.partition(" ")
    return first, last
