"""Say what every reader of people gives, whatever the file was."""

from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Protocol

from clientctl.base.import_records import Note, Record


class Source(Protocol):
    """A file of people that was recognized.

    ``said`` is how it was read and what of it is left out, a line each, complete when ``records`` has
    ended. ``records`` can be gone through once. ``write_rejects`` writes the rows of some lines as they
    were, each with its reason, in a form that can be imported when it is mended.
    """

    @property
    def name(self) -> str:
        """Name the file."""

    @property
    def said(self) -> list[str]:
        """Return how it was read."""

    @property
    def notes(self) -> Sequence[Note]:
        """Return what of the rows is left out or not as it was written, complete when ``records`` has ended."""

    def count(self) -> int:
        """Count the rows, which may take another reading of the file."""

    def records(self) -> Iterator[Record]:
        """Return the rows as they are read."""

    def write_rejects(self, file: BinaryIO, reasons: Mapping[int, str]) -> None:
        """Write the rows of some lines."""
