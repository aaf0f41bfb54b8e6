"""Look after the file itself: what is in it, a copy of it, whether it is whole."""

from pathlib import Path

from clientctl.base.listing import Card, Cell, Column, Listing
from clientctl.store import Reader, backup, migrations
from clientctl.store import verify as verifying
from clientctl.store.tables import TABLES


def info(db: Reader) -> Card:
    """Show where the file is, how big, and how many rows of what it holds."""
    fields: list[tuple[Column, Cell]] = [
        (Column("path", "File"), str(db.path)),
        (Column("bytes", "Bytes", "integer"), db.path.stat().st_size),
        (Column("version", "Version of the file", "integer"), migrations.VERSION),
        (Column("last_command", "Last command", "number"), f"#{db.value('SELECT max(id) FROM commands')}"),
        (
            Column("last_change", "Last change", "instant"),
            db.value("SELECT at FROM commands ORDER BY id DESC LIMIT 1"),
        ),
    ]
    for table in TABLES:
        count = int(db.value(f"SELECT count(*) FROM {table}"))
        fields.append((Column(table, table.replace("_", " ").capitalize(), "integer"), count))
    return Card(db.path.name, tuple(column for column, _ in fields), tuple(value for _, value in fields))


def back_up(db: Reader, target: Path | None, *, force: bool) -> tuple[Path, int]:
    """Copy the file to a target, else beside it; return where it is and the number of its last command."""
    if target is None:
        last = int(db.value("SELECT max(id) FROM commands"))
        target = backup.default_target(db.path, str(last))
    return target, backup.back_up(db.path, target, force=force)


def verify(db: Reader) -> Listing:
    """List what is damaged; no row when nothing is."""
    columns = (
        Column("table", "Table"),
        Column("row", "Row", "integer"),
        Column("column", "Column"),
        Column("problem", "Problem"),
    )
    return Listing(columns, [tuple(finding) for finding in verifying.verify(db.connection)])
