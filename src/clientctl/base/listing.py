"""The data that is shown, independent of how: one Listing per list, one Card per record.

Cells hold values as SQLite returns them; the kind of their column says what they mean:

========== ================================================ ======================
kind       cell                                             JSON
========== ================================================ ======================
text       str                                              string
number     a record's number with its letter, ``M-42``      string
integer    int                                              number
day        ISO day, ``2026-12-31``                          string
instant    ISO instant in UTC, ``2026-12-31T13:30:00Z``     string
decimal    a number as text, ``3.5``                        number
money      minor units and currency, ``4990 EUR``           string, ``"49.90"``
amount     the same, with no column for the currency        object
amounts    cells of kind ``amount`` joined by ``SEPARATOR`` array of objects
flag       0 or 1                                           true, false
status     str, colored on a terminal                       string
words      names joined by ``SEPARATOR``                    array of strings
phone      E.164, or as it was typed; grouped for people    string
========== ================================================ ======================

An empty cell is None in every kind.
"""

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple, get_args

Kind = Literal[
    "text",
    "number",
    "integer",
    "decimal",
    "day",
    "instant",
    "money",
    "amount",
    "amounts",
    "flag",
    "status",
    "words",
    "phone",
]
Format = Literal["table", "tsv", "csv", "json", "jsonl"]
"""How a list or a card is written."""

FORMATS: tuple[Format, ...] = get_args(Format)

Cell = str | int | float | None

SEPARATOR = "\x1f"
"""Between the names or amounts in a cell of kind ``words`` or ``amounts``: ASCII's unit separator."""


class Column(NamedTuple):
    """One column: its key in ``--columns`` and JSON, its title for people, the kind of its cells."""

    key: str
    title: str
    kind: Kind = "text"


class Page(NamedTuple):
    """The part of a list that is shown: page ``number`` of ``pages``, both counted from 1.

    ``beyond`` is the requested page if it does not exist, and the last one is shown instead.
    """

    number: int
    pages: int
    beyond: int | None = None


class Listing(NamedTuple):
    """A list ready to be rendered: its columns, its rows, and which page it is."""

    columns: tuple[Column, ...]
    rows: Iterable[tuple[Cell, ...]]
    page: Page | None = None


class Card(NamedTuple):
    """One record ready to be rendered: a title, its fields in order, its lists by section key."""

    title: str
    columns: tuple[Column, ...]
    values: tuple[Cell, ...]
    sections: Mapping[str, tuple[str, Listing]] = {}
