"""What `db verify` tells."""

from typing import NamedTuple


class Finding(NamedTuple):
    """One thing that is not as it should be: where, and what."""

    table: str
    row: int | None
    column: str | None
    problem: str

    @property
    def place(self) -> str:
        """Name the table, the row and the column, as far as they are known."""
        return " ".join(str(part) for part in self[:3] if part is not None)
