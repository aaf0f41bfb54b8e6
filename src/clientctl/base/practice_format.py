"""Describe everything that a practice keeps, apart from any file format."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

FORMAT = 1
"""The version of the form: which parts there are, and in which order."""


class PracticeExport(NamedTuple):
    """Everything: the version of the tables, the day, the last numbers used, each table's rows, each file's text.

    Files are base64 in pieces, by the SHA-256 of what is in them. ``line`` are the digits that the names of
    clients in other files, their UIDs, begin with.
    """

    schema: int
    on: str
    line: str
    numbers: Mapping[str, int]
    tables: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]
    files: Iterable[tuple[str, Iterable[str]]]


class ExportPiece(NamedTuple):
    """A piece of it as it is read: a row of a table, a piece of a file; ``value`` None after the last of a name.

    In the part ``head`` it is a value of its own.
    """

    part: Literal["head", "tables", "files"]
    name: str
    value: Any
