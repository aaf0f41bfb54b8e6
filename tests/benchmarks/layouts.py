"""Files that differ in their schema alone: as it was before version 8, as it is, with thirty journaled tables more."""

import re
from contextlib import closing
from pathlib import Path

from looking import make_old

from clientctl.store import journal, migrations, opening
from clientctl.store.catalog import TABLES

_MORE = 30


def before(path: Path) -> None:
    """Make a file whose triggers keep the images themselves, with an index of each log by command."""
    make_old(path, 7)


def now(path: Path) -> None:
    """Make a file as it is made now."""
    make_old(path, migrations.VERSION)


def with_more(path: Path) -> None:
    """Make a file with copies of the first thirty tables besides: their columns, indexes, logs and triggers."""
    now(path)
    with closing(opening.connect(path, writing=True)) as connection:
        connection.execute("BEGIN")
        for table in list(TABLES.values())[:_MORE]:
            copied = table._replace(number=100 + table.number, name=f"more_{table.name}")
            made = "SELECT sql FROM sqlite_schema WHERE tbl_name = ? AND type IN ('table', 'index') AND sql IS NOT NULL"
            for (sql,) in connection.execute(made, (table.name,)).fetchall():
                renamed = re.sub(r"INDEX (\w+) ON", r"INDEX more_\1 ON", sql)
                of = rf'(TABLE|ON) "?{table.name}"?\s*\('
                connection.execute(re.sub(of, rf"\1 {copied.name}(", renamed, count=1))
            journal.install(connection, copied)
        connection.execute("COMMIT")


def read_a_row(path: Path) -> None:
    """Open a file as a reading command does, and read one row."""
    with closing(opening.connect(path, writing=False)) as connection:
        connection.execute("SELECT first_name FROM clients WHERE id = 1").fetchone()
