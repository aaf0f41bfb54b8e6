"""Gather what is to be looked at in the rows of a file: of each kind the first ones and their number, or all."""

from collections import Counter
from collections.abc import Iterable

from clientctl.base.import_records import Note

LEFT_OUT = "left-out"
"""Of a row that is nobody's."""

ODD_PHONE = "odd-phone"
"""Of a phone that is kept as it was typed."""

ODD_VALUE = "odd-value"
"""Of a value that its column can't hold: it is in a note."""

STATUS = "status"
"""Of a membership that has another status in the file than here."""

ODD_STATUS = "odd-status"
"""Of a status in the file that is none of those known."""

BAD_ROW = "bad-row"
"""Of a row that is left out, for its reason."""

OTHER_NAME = "other-name"
"""Of a row that was taken for a client of another name."""

SHARED_EMAIL = "shared-email"
"""Of a row that was taken for somebody else than those who have its e-mail."""

FIRST = 20
"""Notes of each kind that are kept in any case."""


class Notes:
    """Notes about rows by kind: the first of each, and ``all`` of them where that is wanted."""

    def __init__(self, *, keeps_all: bool = False) -> None:
        self._keeps_all = keeps_all
        self.counts: Counter[str] = Counter()
        self._kept: list[Note] = []

    def add(self, notes: Iterable[Note]) -> None:
        """Take notes in the order of their lines, as far as they are of one kind."""
        for each in notes:
            self.counts[each.kind] += 1
            if self._keeps_all or self.counts[each.kind] <= FIRST:
                self._kept.append(each)

    def first(self, kind: str) -> list[Note]:
        """List the first notes of a kind."""
        return [each for each in self._kept if each.kind == kind][:FIRST]

    def all(self) -> list[Note]:
        """List what was kept, by line."""
        return sorted(self._kept, key=lambda each: each.line)
