"""The findings of `db verify`."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A problem in the file: where, and what."""

    table: str
    row: int | None
    column: str | None
    problem: str

    @property
    def place(self) -> str:
        """Return the table, the row and the column, as far as known."""
        return " ".join(str(part) for part in self[:3] if part is not None)
