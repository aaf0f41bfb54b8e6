"""Archiving and restoring of rows that others refer to."""

from clientctl.store import Writer


def archive(db: Writer, table: str, row_id: int, since: str | None) -> bool:
    """Archive a row, unless it has been archived since a day; return whether it changed."""
    db.note_number(str(row_id))
    if since is None:
        db.update(table, row_id, archived_on=db.today.isoformat())
    return since is None


def restore(db: Writer, table: str, row_id: int, since: str | None) -> bool:
    """Restore a row that has been archived since a day; return whether it changed."""
    db.note_number(str(row_id))
    if since is not None:
        db.update(table, row_id, archived_on=None)
    return since is not None
