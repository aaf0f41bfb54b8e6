"""Collect remarks on the rows of a file: the first ones of each kind and their count, or all."""

from collections import Counter
from collections.abc import Iterable

from clientctl.base.import_records import RowNote

LEFT_OUT = "left-out"
"""A row without a person."""

ODD_PHONE = "odd-phone"
"""A phone that is stored as typed."""

ODD_VALUE = "odd-value"
"""A value that its field can't store: it is added as a note."""

STATUS = "status"
"""A membership whose status in the file differs from the computed one."""

ODD_STATUS = "odd-status"
"""An unknown status in the file."""

BAD_ROW = "bad-row"
"""A row that is left out, with the reason."""

OTHER_NAME = "other-name"
"""A row that was matched to a client with another name."""

SHARED_EMAIL = "shared-email"
"""A row that was matched to someone other than those who have its e-mail."""

FIRST = 20
"""Notes of each kind that are always kept."""


class Notes:
    """Notes about rows by kind: the first of each, or all of them with ``keeps_all``."""

    def __init__(self, *, keeps_all: bool = False) -> None:
        self._keeps_all = keeps_all
        self.counts: Counter[str] = Counter()
        self._kept: list[RowNote] = []

    def add(self, notes: Iterable[RowNote]) -> None:
        """Add notes; those of one kind must be in the order of their lines."""
        for each in notes:
            self.counts[each.kind] += 1
            if self._keeps_all or self.counts[each.kind] <= FIRST:
                self._kept.append(each)

    def first(self, kind: str) -> list[RowNote]:
        """List the first notes of a kind."""
        return [each for each in self._kept if each.kind == kind][:FIRST]

    def all(self) -> list[RowNote]:
        """List the notes that were kept, by line."""
        return sorted(self._kept, key=lambda each: each.line)
