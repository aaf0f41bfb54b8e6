"""Take all that the file keeps to another file: every table, row by row, and the names of past commands.

The images of the journal stay behind. What comes in is laid down in a private file without a name first, as
the program that wrote it laid out its tables, checked there, and brought up to date.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from clientctl.errors import BadInputError
from clientctl.store import journal, migrations
from clientctl.store.tables import TABLES
from clientctl.store.transactions import Reader, Value, Writer

COMMANDS = "commands"
"""The table of past commands, of which only the names are taken along."""

BEGUN = ("settings", "staff", "payment_types")
"""The tables that a new file has rows in: those that are taken in come in their place."""

NAMES = (COMMANDS, *TABLES)
"""The tables that are taken along."""

_OF_COMMANDS = ("at", "who", "name", "touched")
_TYPES: dict[str, type] = {"TEXT": str, "INTEGER": int}
_BATCH = 1_000
_CACHE = 4 << 20


def numbers(db: Reader) -> dict[str, int]:
    """Give the last number that each table has used, of a row that may be gone."""
    used = db.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name")
    return {name: last for name, last in used if name in TABLES}


def columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """List the columns of a table that are taken along."""
    return ("id", *(_OF_COMMANDS if table == COMMANDS else journal.columns(connection, TABLES[table])))


def rows(db: Reader, table: str) -> Iterator[dict[str, Value]]:
    """Give every row of a table, by id, as they are read."""
    names = columns(db.connection, table)
    for row in db.stream(f"SELECT {', '.join(names)} FROM {table} ORDER BY id"):
        yield dict(zip(names, row, strict=True))


class Landing:
    """A private file, laid out as a version of the program did, that takes rows and finds what is wrong with them."""

    def __init__(self, version: int) -> None:
        connection = sqlite3.connect("", isolation_level=None)  # no name: a private file, made when needed
        self._connection = connection
        try:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", f"cache_size=-{_CACHE >> 10}"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
            migrations.lay_out(connection, version)
            known = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            self.tables = (COMMANDS, *(name for name in TABLES if name in known))
            for name in self.tables[1:]:
                for op in "iud":
                    connection.execute(f"DROP TRIGGER {journal.trigger(TABLES[name], op)}")
        except BaseException:
            connection.close()
            raise
        self._columns = {name: columns(connection, name) for name in self.tables}
        self._types = {
            name: {row[1]: _TYPES[row[2]] for row in connection.execute(f"PRAGMA table_info({name})")}
            for name in self.tables
        }
        self._count = dict.fromkeys(self.tables, 0)

    def take(self, table: str, row: Mapping[str, Any]) -> None:
        """Take a row of a table there is. Raise BadInputError for one that the table can't hold."""
        self._count[table] += 1
        names = self._columns[table]
        if row.keys() != set(names):
            odd = ", ".join(sorted(row.keys() ^ set(names)))[:200]
            raise BadInputError(f"{self._where(table)} has other columns than it should: {odd}")
        values = [row[name] for name in names]
        for name, each in zip(names, values, strict=True):
            if (each is not None or name == "id") and type(each) is not self._types[table].get(name, int):
                raise BadInputError(f"{self._where(table)} has a {name} that is not of its type")
        if any(isinstance(each, str) and "\0" in each for each in values):
            raise BadInputError(f"{self._where(table)} holds a NUL")
        sql = f"INSERT INTO {table}({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        try:
            self._connection.execute(sql, values)
        except (sqlite3.Error, OverflowError, UnicodeEncodeError) as error:
            reason = str(error) if isinstance(error, sqlite3.IntegrityError) else "a value is not to be stored"
            raise BadInputError(f"{self._where(table)} is not as it should be: {reason}") from None

    def finish(self) -> None:
        """Check what refers to what, and bring it up to date. Raise BadInputError."""
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            raise BadInputError(f"id {broken[1]} of {broken[0]} refers to a row of {broken[2]} that is missing")
        self._connection.execute("COMMIT")
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version < migrations.VERSION:
            migrations.upgrade(self._connection, Path("the import"))

    def pour(self, db: Writer, used: Mapping[str, int]) -> dict[str, int]:
        """Put everything into a file that has nothing but what it was made with; return how many rows, by table.

        The commands come before the one that does this, whose number changes; they can't be undone.
        ``used`` are the last numbers that tables have used.
        """
        shift = self._put_commands(db)
        for name in BEGUN:
            for (row_id,) in db.rows(f"SELECT id FROM {name}"):
                db.delete(name, row_id)
        counts = {}
        for name in TABLES:
            names = columns(self._connection, name)
            keys = self._connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
            shifted = {key[3] for key in keys if key[2] == COMMANDS}
            cells = (f"{each} + {shift}" if each in shifted else each for each in names)
            found = self._connection.execute(f"SELECT {', '.join(cells)} FROM {name} ORDER BY id")
            counts[name] = 0
            while batch := found.fetchmany(_BATCH):
                db.insert_many(name, (dict(zip(names, row, strict=True)) for row in batch))
                counts[name] += len(batch)
            last = min(used.get(name, 0), 2**53)
            db.connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ? AND seq < ?", (last, name, last))
            if counts[name] == 0 and last:
                db.connection.execute(
                    "INSERT INTO sqlite_sequence(name, seq) SELECT ?, ? WHERE NOT EXISTS"
                    " (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
                    (name, last, name),
                )
        return counts

    def close(self) -> None:
        """Let go of the private file."""
        self._connection.close()

    def _put_commands(self, db: Writer) -> int:
        """Put the names of past commands before the one at work; return what is to be added to their numbers."""
        first, last = self._connection.execute("SELECT min(id), max(id) FROM commands").fetchone()
        if first is None:
            return 0
        shift = db.command - 1 - int(first)
        new = int(last) + shift + 1
        if new > db.command:
            db.connection.execute("UPDATE journal SET command_id = NULL")
            db.connection.execute("UPDATE commands SET id = ? WHERE id = ?", (new, db.command))
            db.connection.execute("UPDATE journal SET command_id = ?", (new,))
            db.command = new
        rest = self._connection.execute(
            f"SELECT id + ?, {', '.join(_OF_COMMANDS)}, 1 FROM commands WHERE id > ? ORDER BY id", (shift, first)
        )
        marks = f"?{', ?' * (len(_OF_COMMANDS) + 1)}"
        db.connection.executemany(f"INSERT INTO commands(id, {', '.join(_OF_COMMANDS)}, final) VALUES ({marks})", rest)
        return shift

    def _where(self, table: str) -> str:
        return f"row {self._count[table]} of {table}"
