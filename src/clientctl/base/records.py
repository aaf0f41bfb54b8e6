"""Describe a row of a file from elsewhere, as it is handed from those who read formats to those who know the rules."""

from collections.abc import Mapping
from typing import NamedTuple


class Record(NamedTuple):
    """One row: the line it starts on, its values by field, what is wrong with it if so.

    Values are texts as written in the file, without blanks around them and never empty, but
    days are ISO days; ``every`` is how often the rate's name says it is paid, like ``1m``;
    ``status`` is one of our words where it could be understood.
    """

    line: int
    values: Mapping[str, str]
    problem: str | None = None
