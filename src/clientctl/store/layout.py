"""Check the schema of the file: damage and interference are errors, harmless additions are not.

A digest of the whole schema and its version is stored in the file, so that a write need only compare that.
If it differs, every object of ours is compared with a new file's: triggers, views and indexes by their SQL, tables by
their columns, and the SQL of all tables by a digest from their creation (SQLite rewrites the SQL of altered
tables).
"""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from clientctl.base.words import say
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
"""The program's own tables."""


class SchemaObject(NamedTuple):
    """An object in a schema."""

    type: str
    name: str
    table: str
    said: object


SchemaObjects = dict[tuple[str, str], SchemaObject]
"""The objects of a schema by type and name."""


def record(connection: sqlite3.Connection) -> None:
    """Record the digests of the schema after it was created or migrated."""
    connection.execute("UPDATE journal SET layout = ?, tables = ?", (_digest(connection), _tables(connection)))


def check(connection: sqlite3.Connection, path: Path, new: Callable[[], SchemaObjects]) -> None:
    """Check before a write that no object of ours is missing or changed, and no foreign trigger is on our tables.

    ``new`` lists the objects of a new file. Harmless additions are recorded, so that they are checked only once. Raise
    StorageError.
    """
    now = _digest(connection)
    if connection.execute("SELECT layout FROM journal").fetchone() == (now,):
        return
    for found in find_problems(connection, new()):
        raise StorageError(
            say(
                "the schema of {path} was altered ({table}: {problem}); nothing was changed: `clientctl db "
                "verify` says what else; restore a backup",
                path=path,
                table=found.table,
                problem=found.problem,
            )
        )
    connection.execute("UPDATE journal SET layout = ?", (now,))


def find_problems(connection: sqlite3.Connection, ours: SchemaObjects) -> Iterator[Finding]:
    """Yield objects of ours that are missing or changed, and foreign triggers on our tables."""
    present = list_objects(connection)
    for key, each in ours.items():
        if key not in present:
            yield Finding(each.table, None, None, f"the {each.type} {each.name} is missing")
        elif each != present[key]:
            yield Finding(each.table, None, None, f"the {each.type} {each.name} is not as clientctl made it")
    tables = {each.name for each in ours.values() if each.type in {"table", "view"}}
    for key, each in present.items():  # the table of a trigger is stored in the case it was typed in
        if key not in ours and each.type == "trigger" and each.table.lower() in tables:
            yield Finding(each.table, None, None, f"the trigger {each.name} is not clientctl's")
    if connection.execute("SELECT tables FROM journal").fetchone() != (_tables(connection),):
        yield Finding("sqlite_schema", None, None, "what it says of the tables differs from what was written")


def find_mismatch(
    connection: sqlite3.Connection, version: int, was: SchemaObjects, new: SchemaObjects, *, with_logs: bool
) -> Finding | None:
    """Find a table, view or index that differs from the older version's schema ``was``, or that only ``new`` has.

    Versions without ``with_logs`` had other logs, which are not compared.
    """
    present = list_objects(connection)
    for key in sorted(was.keys() | new.keys(), key=lambda key: (key[0] != "table", key)):
        each = was.get(key) or new[key]
        is_compared = each.type != "trigger" and (with_logs or not each.table.endswith("_log"))
        if is_compared and present.get(key) != was.get(key):
            problem = f"says it is of version {version}, and the {each.type} {each.name} is not as in that version"
            return Finding("(file)", None, None, problem)
    return None


def list_additions(connection: sqlite3.Connection, ours: SchemaObjects) -> list[str]:
    """List harmless additions to the file: a view, an index, another tool's table."""
    return [f"{each.type} {each.name}" for key, each in list_objects(connection).items() if key not in ours]


def foreign_tables(connection: sqlite3.Connection) -> list[str]:
    """List the tables of other tools, and of SQLite's own statistics."""
    tables = connection.execute(
        f"""SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
            AND name NOT IN {AMONG}
            AND name NOT LIKE 'client_fts%' AND name NOT IN ('sqlite_sequence', '_sqlite_migrations')""",
        (json_array(_OWN_TABLES),),
    )
    return [name for (name,) in tables.fetchall()]


def list_objects(connection: sqlite3.Connection) -> SchemaObjects:
    """List the objects of the schema by type and name; tables by their columns."""
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
