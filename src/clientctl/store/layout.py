"""Tell a schema that is not as this program laid it out from one that somebody added something of their own to.

A digest of all that the schema says, and of its version, is kept in the file, so that a write need only read it.
Where it differs, everything of ours is compared with a new file's: triggers, views and indexes by their text, tables by
their columns, and all tables' texts by a digest from when they were laid out (SQLite words what it alters in its own
way).
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from clientctl.errors import StorageError
from clientctl.store import digests
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES
from clientctl.store.finding import Finding

_ALL = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name"

_OWN_TABLES = (
    *("commands", "journal", "changes", "digests", "client_search", "client_fts"),
    *(name for table in TABLES.values() for name in (table.name, table.log)),
)
"""The tables of ours, but those in which others keep what is theirs."""


class SchemaObject(NamedTuple):
    """Something that a schema says is there."""

    type: str
    name: str
    table: str
    said: object


SchemaObjects = dict[tuple[str, str], SchemaObject]
"""By type and name."""


def record(connection: sqlite3.Connection) -> None:
    """Note the schema as it is now, when it has been laid out."""
    connection.execute("UPDATE journal SET layout = ?, tables = ?", (_digest(connection), _tables(connection)))


def check(connection: sqlite3.Connection, path: Path, new: Callable[[], SchemaObjects]) -> None:
    """Check before a write that nothing of ours is missing or replaced, and nothing foreign meddles with our tables.

    ``new`` lists what is in a new file. What was added beside is noted, so that it is looked at only once. Raise
    StorageError.
    """
    now = _digest(connection)
    if connection.execute("SELECT layout FROM journal").fetchone() == (now,):
        return
    for found in find_problems(connection, new()):
        raise StorageError(
            f"{path} is not as clientctl laid it out ({found.table}: {found.problem}); nothing was changed:"
            " `clientctl db verify` says what else, a backup brings it back"
        )
    connection.execute("UPDATE journal SET layout = ?", (now,))


def find_problems(connection: sqlite3.Connection, ours: SchemaObjects) -> Iterator[Finding]:
    """List what of ours is missing or replaced, and what is not ours and meddles with our tables."""
    there = list_objects(connection)
    for key, each in ours.items():
        if key not in there:
            yield Finding(each.table, None, None, f"the {each.type} {each.name} is missing")
        elif each != there[key]:
            yield Finding(each.table, None, None, f"the {each.type} {each.name} is not as clientctl made it")
    tables = {each.name for each in ours.values() if each.type in {"table", "view"}}
    for key, each in there.items():  # whose trigger it is, is kept in capitals if it was typed so
        if key not in ours and each.type == "trigger" and each.table.lower() in tables:
            yield Finding(each.table, None, None, f"the trigger {each.name} is not clientctl's")
    if connection.execute("SELECT tables FROM journal").fetchone() != (_tables(connection),):
        yield Finding("sqlite_schema", None, None, "what it says of the tables differs from what was written")


def find_mismatch(
    connection: sqlite3.Connection, version: int, was: SchemaObjects, new: SchemaObjects, *, with_logs: bool
) -> Finding | None:
    """Find a table, a view or an index that is not as an older version laid out, ``was``, or that only ``new`` has.

    Before the version from which on there are logs ``with_logs``, they were others.
    """
    there = list_objects(connection)
    for key in sorted(was.keys() | new.keys(), key=lambda key: (key[0] != "table", key)):
        each = was.get(key) or new[key]
        is_compared = each.type != "trigger" and (with_logs or not each.table.endswith("_log"))
        if is_compared and there.get(key) != was.get(key):
            problem = f"says it is of version {version}, and the {each.type} {each.name} is not as in that version"
            return Finding("(file)", None, None, problem)
    return None


def list_additions(connection: sqlite3.Connection, ours: SchemaObjects) -> list[str]:
    """Name what is in the file and is not ours, and changes nothing of ours: a view, an index, another tool's table."""
    return [f"{each.type} {each.name}" for key, each in list_objects(connection).items() if key not in ours]


def foreign_tables(connection: sqlite3.Connection) -> list[str]:
    """Name the tables in which others, or SQLite itself for its plans, keep what is theirs."""
    tables = connection.execute(
        f"""SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
            AND name NOT IN {AMONG}
            AND name NOT LIKE 'client_fts%' AND name NOT IN ('sqlite_sequence', '_sqlite_migrations')""",
        (json_array(_OWN_TABLES),),
    )
    return [name for (name,) in tables.fetchall()]


def list_objects(connection: sqlite3.Connection) -> SchemaObjects:
    """List what a schema says is there, by type and name; a table by its columns."""
    found = {}
    for kind, name, table, sql in connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall():
        is_plain = kind == "table" and not sql.startswith("CREATE VIRTUAL")
        columns = connection.execute("SELECT * FROM pragma_table_xinfo(?)", (name,)).fetchall() if is_plain else sql
        found[kind, name] = SchemaObject(kind, name, table, columns)
    return found


def _digest(connection: sqlite3.Connection) -> bytes:
    return digests.digest_rows(connection.execute(_ALL), connection.execute("PRAGMA user_version"))


def _tables(connection: sqlite3.Connection) -> bytes:
    mine = f"SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name IN {AMONG} ORDER BY name"
    return digests.digest_rows(connection.execute(mine, (json_array(_OWN_TABLES),)))
