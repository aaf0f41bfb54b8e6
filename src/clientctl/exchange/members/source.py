"""The interface of all readers of people, whatever the file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

from clientctl.base.import_records import Record, RowNote


class PeopleSource(Protocol):
    """A file of people that was recognized.

    ``summary`` is how it was read and what of it is left out, a line each, complete when ``records`` has
    ended. ``records`` can be gone through once. ``write_rejects`` writes the rows of some lines as they
    were, each with its reason, in a form that can be imported when it is mended.
    """

    @property
    def name(self) -> str:
        """Return the name of the file."""

    @property
    def summary(self) -> list[str]:
        """Return how it was read, a line each."""

    @property
    def notes(self) -> Sequence[RowNote]:
        """Return notes on what is ignored or changed in rows, complete when ``records`` has ended."""

    def count(self) -> int:
        """Count the rows, which may read the file again."""

    def records(self) -> Iterator[Record]:
        """Yield the rows as they are read."""

    def write_rejects(self, file: BinaryIO, reasons: Mapping[int, str]) -> None:
        """Write the rows on some lines."""
