"""Take what is sold or used out of use, and bring it back, without losing where it was used."""

from clientctl.store import Writer


def archive(db: Writer, table: str, row_id: int, since: str | None) -> bool:
    """Archive a row that may be archived since a day; say whether that is new."""
    db.note_number(str(row_id))
    if since is None:
        db.update(table, row_id, archived_on=db.today.isoformat())
    return since is None


def restore(db: Writer, table: str, row_id: int, since: str | None) -> bool:
    """Bring a row back that may be archived since a day; say whether that is new."""
    db.note_number(str(row_id))
    if since is not None:
        db.update(table, row_id, archived_on=None)
    return since is not None
