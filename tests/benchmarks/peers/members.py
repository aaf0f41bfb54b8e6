"""Take a sheet of members in as sqlite-utils does it, with what is asked of us: ``members.py SHEET DATABASE``.

Three indexes, a trigram index over names, e-mails and phones that triggers keep up, and a history of each row by
triggers of the form that sqlite-history gives them. Types are detected, as `insert --csv` does unless it is told not
to, and not applied, as the table is there; nobody is looked for, nothing checked.
"""

import csv
import sys
from pathlib import Path

import sqlite_utils
from sqlite_utils.cli import cli


def main(sheet: Path, target: Path) -> None:
    with sheet.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    database = sqlite_utils.Database(target)
    table = database.create_table("members", dict.fromkeys(columns, str))
    for indexed in ("last name", "email", "phone"):
        table.create_index([indexed])
    table.enable_fts(["first name", "last name", "email", "phone"], tokenize="trigram", create_triggers=True)
    keep_history(database, columns)
    database.close()
    cli(["insert", str(target), "members", str(sheet), "--csv", "--silent"])


def keep_history(database: sqlite_utils.Database, columns: list[str]) -> None:
    """Keep each state of a row, with its version, when it came to be, and a mask of what changed."""
    names = ", ".join(f"[{name}]" for name in columns)
    new = ", ".join(f"new.[{name}]" for name in columns)
    mask = " + ".join(f"(old.[{name}] IS NOT new.[{name}]) * {1 << place}" for place, name in enumerate(columns))
    version = "(SELECT max(_version) FROM _members_history WHERE _rowid = old.rowid) + 1"
    now = "cast((julianday('now') - 2440587.5) * 86400 * 1000 as integer)"
    database.executescript(
        f"""CREATE TABLE _members_history(_rowid INTEGER, {names}, _version INTEGER, _updated INTEGER, _mask INTEGER);
        CREATE INDEX idx__members_history_rowid ON _members_history(_rowid);
        CREATE TRIGGER members_insert_history AFTER INSERT ON members BEGIN
            INSERT INTO _members_history VALUES (new.rowid, {new}, 1, {now}, {(1 << len(columns)) - 1}); END;
        CREATE TRIGGER members_update_history AFTER UPDATE ON members BEGIN
            INSERT INTO _members_history VALUES (old.rowid, {new}, {version}, {now}, {mask}); END;"""
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
