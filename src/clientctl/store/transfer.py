"""Move a whole practice to another file: every table, row by row, and the names of past commands.

The images of the journal are left out. An import is first loaded into an unnamed private file with the
schema of the program that wrote it, checked there, and migrated.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from clientctl.base.words import say
from clientctl.errors import BadInputError
from clientctl.store import belonging, digests, journal, migrations
from clientctl.store.catalog import CONSENT_MADE_BY, TABLES
from clientctl.store.transactions import Reader, Value, Writer

COMMANDS = "commands"
"""The table of past commands, of which only the names are moved."""

PREFILLED = ("settings", "staff", "payment_types")
"""The tables that have rows in a new file; imported rows replace these."""

NAMES = (COMMANDS, *TABLES)
"""The tables that are moved."""

HINT = "nothing was imported: correct it in the file, or export again"
"""The advice at the end of every message about a bad row."""

Checker = Callable[[str, Sequence[str]], Callable[[Sequence[Value]], None]]
"""A function that returns, for a table and its columns, a function that raises for an invalid row."""

_RowKey = tuple[str, int]
"""A row: its table and its id."""

_OF_COMMANDS = ("at", "who", "name", "touched")
_TYPES: dict[str, type] = {"TEXT": str, "INTEGER": int}
_TYPE_NAMES = {str: "a text", int: "a whole number"}
_MOST_ID = 2**53
_BATCH = 1_000
_CACHE = 4 << 20


def numbers(db: Reader) -> dict[str, int]:
    """Return the last number that each table has used, of a row that may be gone."""
    used = db.rows("SELECT name, seq FROM sqlite_sequence ORDER BY name")
    return {name: last for name, last in used if name in TABLES}


def columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """List the columns of a table that are moved."""
    return ("id", *(_OF_COMMANDS if table == COMMANDS else journal.columns(connection, TABLES[table])))


def rows(db: Reader, table: str) -> Iterator[dict[str, Value]]:
    """Yield every row of a table by id."""
    names = columns(db.connection, table)
    cells = [CONSENT_MADE_BY.format(table) if (table, name) == ("consents", "made_by") else name for name in names]
    for row in db.stream(f"SELECT {', '.join(cells)} FROM {table} ORDER BY id"):
        yield dict(zip(names, row, strict=True))


def adopt_lineage(db: Writer, line: str) -> None:
    """Adopt the digits of the original file, so that the clients keep their UIDs."""
    db.connection.execute("UPDATE journal SET line = ?", (line,))


class _TableColumns(NamedTuple):
    """The columns of a table with their types, and the statement that inserts a row."""

    kinds: dict[str, type]
    insert: str

    @classmethod
    def read(cls, connection: sqlite3.Connection, table: str) -> "_TableColumns":
        types = {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}
        names = columns(connection, table)
        insert = f"INSERT INTO {table}({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        return cls({name: _TYPES[types[name]] for name in names}, insert)


class StagingDatabase:
    """A private database with the schema of some version, which accepts rows and checks them."""

    def __init__(self, version: int) -> None:
        connection = sqlite3.connect("", isolation_level=None)  # no name: a private file, made when needed
        self._connection = connection
        try:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", f"cache_size=-{_CACHE >> 10}"):
                connection.execute(f"PRAGMA {pragma}")
            connection.execute("BEGIN")
            migrations.apply_schema(connection, version)
            known = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            self.tables = (COMMANDS, *(name for name in TABLES if name in known))
            for name in self.tables[1:]:
                journal.remove_triggers(connection, TABLES[name])
        except BaseException:
            connection.close()
            raise
        self._layouts = {name: _TableColumns.read(connection, name) for name in self.tables}
        self._count = dict.fromkeys(self.tables, 0)

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Add a row to an existing table. Raise BadInputError for one that the table can't store."""
        self._count[table] += 1
        layout = self._layouts[table]
        if row.keys() != layout.kinds.keys():
            odd = ", ".join(sorted(row.keys() ^ layout.kinds.keys()))[:200]
            raise self._wrong(table, say("it has the wrong columns: {odd}", odd=odd))
        values: list[Any] = [row[name] for name in layout.kinds]
        for (name, kind), each in zip(layout.kinds.items(), values, strict=True):
            if type(each) is not kind:
                if each is not None or name == "id":
                    raise self._wrong(table, say("its {name} is not {kind}", name=name, kind=say(_TYPE_NAMES[kind])))
            elif isinstance(each, str) and "\0" in each:
                raise self._wrong(table, say("its {name} holds a NUL character", name=name))
        if not 0 < row["id"] <= _MOST_ID:
            raise self._wrong(table, say("its id is less than 1 or too large"))
        try:
            self._connection.execute(layout.insert, values)
        except sqlite3.IntegrityError as error:
            raise self._wrong(table, _describe_violation(str(error), layout.kinds)) from None
        except OverflowError:
            raise self._wrong(table, say("a number is too large")) from None
        except (sqlite3.Error, UnicodeEncodeError):
            raise self._wrong(table, say("a text can't be stored")) from None

    def finish(self) -> None:
        """Check all references, and migrate to the current version. Raise BadInputError."""
        broken = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken:
            raise BadInputError(
                say(
                    "id {id} of {table} refers to a row of {other} that is missing; {hint}",
                    id=broken[1],
                    table=broken[0],
                    other=broken[2],
                    hint=say(HINT),
                )
            )
        self._connection.execute("COMMIT")
        version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version < migrations.VERSION:
            migrations.upgrade(self._connection, Path("the import"))
        for found in belonging.find_problems(self._connection):
            raise BadInputError(
                say(
                    "id {row} of {table}: {column} {problem}; {hint}",
                    row=found.row,
                    table=found.table,
                    column=found.column,
                    problem=found.problem,
                    hint=say(HINT),
                )
            )
        _check_circles(self._connection)

    def copy_into(self, db: Writer, used: Mapping[str, int], checker: Checker) -> dict[str, int]:
        """Copy everything into a new file; return the number of rows by table.

        The commands are put before the current one, whose number changes; they can't be undone.
        ``used`` are the last numbers that tables have used. ``checker`` is called for each table after the
        previous ones are copied; its result raises for rows that must not be imported.
        """
        shift = self._put_commands(db, checker(COMMANDS, columns(self._connection, COMMANDS)))
        for name in PREFILLED:
            for (row_id,) in db.rows(f"SELECT id FROM {name}"):
                db.delete(name, row_id)
        counts = {}
        for name in TABLES:
            names = columns(self._connection, name)
            keys = self._connection.execute(f"PRAGMA foreign_key_list({name})").fetchall()
            shifted = {key[3] for key in keys if key[2] == COMMANDS}
            cells = (f"{each} + {shift}" if each in shifted else each for each in names)
            found = self._connection.execute(f"SELECT {', '.join(cells)} FROM {name} ORDER BY id")
            check = checker(name, names)
            counts[name] = 0
            while batch := found.fetchmany(_BATCH):
                for row in batch:
                    check(row)
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
        """Close the private file."""
        self._connection.close()

    def _put_commands(self, db: Writer, check: Callable[[Sequence[Value]], None]) -> int:
        """Insert past commands before the current one; return the offset of their numbers."""
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
        names = ", ".join(_OF_COMMANDS)
        insert = f"INSERT INTO commands(id, {names}, final) VALUES (?{', ?' * len(_OF_COMMANDS)}, 1)"
        for row in self._connection.execute(f"SELECT id, {names} FROM commands WHERE id > ? ORDER BY id", (first,)):
            check(row)
            db.connection.execute(insert, (row[0] + shift, *row[1:]))
            digests.seal_command(db.connection, row[0] + shift)
        return shift

    def _wrong(self, table: str, what: str) -> BadInputError:
        return BadInputError(
            say(
                "row {count} of {table}: {what}; {hint}",
                count=self._count[table],
                table=table,
                what=what,
                hint=say(HINT),
            )
        )


def _check_circles(connection: sqlite3.Connection) -> None:
    """Raise BadInputError if a row refers to itself, directly or through others."""
    from graphlib import CycleError, TopologicalSorter

    keys = [
        (name, key[3], key[2])
        for name in TABLES
        for key in connection.execute(f"PRAGMA foreign_key_list({name})")
        if key[2] in TABLES
    ]
    columns: dict[tuple[_RowKey, _RowKey], str] = {}
    for table, column, other in keys:
        if table in _reachable_tables(other, keys):
            rows = connection.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")
            columns |= {((table, row_id), (other, refers)): column for row_id, refers in rows}
    sorter = TopologicalSorter[_RowKey]()
    for row, refers in columns:
        sorter.add(row, refers)
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[_RowKey] = error.args[1][::-1]
        (table, row_id), way = circle[0], " → ".join(f"{name} {number}" for name, number in circle)
        column = columns[circle[0], circle[1]]
        raise BadInputError(
            say(
                "id {row_id} of {table}: {column} refers back to itself ({way}); {hint}",
                row_id=row_id,
                table=table,
                column=column,
                way=way,
                hint=say(HINT),
            )
        ) from None


def _reachable_tables(table: str, keys: Sequence[tuple[str, str, str]]) -> set[str]:
    """Return a table and all tables it refers to, directly or through others."""
    reached, left = {table}, [table]
    while left:
        at = left.pop()
        new = {other for name, _, other in keys if name == at} - reached
        reached |= new
        left += new
    return reached


def _describe_violation(message: str, names: Iterable[str]) -> str:
    """Describe in plain words why SQLite refused a row."""
    rule, _, where = message.partition(" constraint failed: ")
    blamed = " and ".join(name for name in names if re.search(rf"\b{name}\b", where)) or "it"
    if rule == "UNIQUE":
        return say("another row has the same {blamed}", blamed=blamed)
    if rule == "NOT NULL":
        return say("its {blamed} is missing", blamed=blamed)
    return say("its {blamed} has an invalid value", blamed=blamed)
