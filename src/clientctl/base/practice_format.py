"""A whole practice, independent of any file format."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

FORMAT = 1
"""The version of the format: which parts there are, and in which order."""


class PracticeExport(NamedTuple):
    """A whole practice: the schema version, the day, the last numbers used, each table's rows, each file's text.

    Files are base64 in pieces, by their SHA-256. ``line`` are the digits that the UIDs of its clients,
    their names in other files, start with.
    """

    schema: int
    on: str
    line: str
    numbers: Mapping[str, int]
    tables: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]
    files: Iterable[tuple[str, Iterable[str]]]


class ExportPiece(NamedTuple):
    """A piece of an export being read: a row of a table, part of a file; ``value`` is None after the last of a name.

    In the part ``head`` it is a single value.
    """

    part: Literal["head", "tables", "files"]
    name: str
    value: Any
