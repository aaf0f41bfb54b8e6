"""Ids of merged clients: a merged client keeps its row and values, and its id leads to the survivor."""

from clientctl.store import Reader

FAMILY = "(SELECT id FROM clients WHERE id = :wanted OR merged_into = :wanted)"
"""A client and those merged into it, in SQL. No client is merged into one that is itself merged: see merge.py."""


def survivor(db: Reader, client_id: int) -> int:
    """Return the id of the client into whom a client was merged; the same id unless it was merged."""
    return int(db.value("SELECT merged_into FROM clients WHERE id = ?", (client_id,)) or client_id)


def list_merged(db: Reader, client_id: int) -> list[int]:
    """List the ids of all the clients that were merged into one."""
    return [row[0] for row in db.rows("SELECT id FROM clients WHERE merged_into = ? ORDER BY id", (client_id,))]


def without_survivor(db: Reader) -> int | None:
    """Find a client who is merged into one that is itself merged; None if there is none."""
    found: int | None = db.value(
        "SELECT id FROM clients WHERE merged_into IN (SELECT id FROM clients WHERE merged_into IS NOT NULL)"
    )
    return found
