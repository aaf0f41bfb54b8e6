"""Bring a file to the version this program works with. Append only: a step that has left here is never edited.

Each step is a file of SQL, and may have a function beside it. All pending steps run in one transaction, after a
verified backup, and the triggers that feed the journal are made again at the end of it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from clientctl.errors import StorageError
from clientctl.store.catalog import TABLES
from clientctl.store.opening import APPLICATION_ID, DAMAGE, connect, storage_errors

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

    from clientctl.store.finding import Finding
    from clientctl.store.layout import SchemaObjects

_SCHEMA = Path(__file__).parent / "schema"

STEPS = (
    "clients",
    "memberships",
    "imports",
    "client file",
    "money",
    "vcards",
    "moving",
    "journal",
    "lines",
    "cancellations",
    "uids",
    "pauses",
    "crowds",
)
"""The steps there are, each the SQL of a file in the folder ``schema``, and what ``_BESIDE`` says."""

VERSION = len(STEPS)
"""The version this program makes and works with, kept in SQLite's ``user_version``."""


_JOURNALED = STEPS.index("journal") + 1
"""The version from which on a file that is laid out has logs and triggers; older ones had others."""


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Read the version of a file of ours.

    Raise StorageError when a newer program made it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StorageError(
            f"{path} was made by a newer clientctl (version {version} of the file; this is {VERSION}): update clientctl"
        )
    return version


def refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StorageError for a file that a newer program made, as far as damage lets that be known."""
    with suppress(*DAMAGE):
        version_of(connection, path)


def apply_schema(connection: sqlite3.Connection, version: int = VERSION) -> None:
    """Run the pending steps up to a version, inside the transaction that is open."""
    from sqlite_utils import Database

    from clientctl.store import digests, journal, layout

    database = Database(connection, execute_plugins=False)
    stop = STEPS[version] if version < VERSION else None
    _migrations().apply(database, stop_before=stop)
    if version >= _JOURNALED:
        for table in TABLES.values():
            if database[table.name].exists():
                journal.install(connection, table)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version}")
    if version >= _JOURNALED:
        layout.record(connection)
        digests.seal_counters(connection)


@cache
def schema_objects(version: int = VERSION) -> "SchemaObjects":
    """List what is in a new file of a version."""
    from clientctl.store import layout

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        apply_schema(connection, version)
        return layout.list_objects(connection)


def find_version_problem(connection: sqlite3.Connection, version: int) -> "Finding | None":
    """Find something in a file that is not as in the older version that it says it is of: the number is damaged.

    The steps that such a file has had already would be taken for done, and what is damaged be sealed as it is.
    """
    from clientctl.store import layout

    was = schema_objects(max(version, 0))
    return layout.find_mismatch(connection, version, was, schema_objects(), with_logs=version >= _JOURNALED)


def migrate(path: Path, back_up: Callable[[Path, int], None], version: int = VERSION) -> None:
    """Bring an older file to a version: one transaction, a verified backup before it.

    Several programs may start on the old file at once: the first migrates, the others
    find it done. ``back_up`` is given the file and its version.
    """
    with storage_errors(path):
        connection = connect(path, writing=True)
        try:
            connection.execute("PRAGMA foreign_keys=OFF")  # not possible inside a transaction
            connection.execute("BEGIN IMMEDIATE")
            before = version_of(connection, path)
            if before < version:
                connection.execute(f"PRAGMA user_version={before}")  # fails here where nothing can be written
                back_up(path, before)  # reads the file beside this transaction, which has changed nothing yet
                _run_steps(connection, path, version)
            connection.execute("COMMIT")
        finally:
            connection.close()  # rolls back what was not committed


def upgrade(copy: sqlite3.Connection, path: Path) -> None:
    """Bring a private copy of an older file to this version."""
    copy.execute("PRAGMA foreign_keys=OFF")
    copy.execute("BEGIN")
    _run_steps(copy, path, VERSION)
    copy.execute("COMMIT")
    copy.execute("PRAGMA foreign_keys=ON")


def _run_steps(connection: sqlite3.Connection, path: Path, version: int) -> None:
    apply_schema(connection, version)
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise StorageError(f"{path} can't be brought up to date: {broken[0]} refers to a missing {broken[2]}")


def _migrations() -> "Migrations":
    from sqlite_utils import Migrations

    migrations = Migrations("clientctl")
    for number, name in enumerate(STEPS, start=1):
        migrations(name=name)(_step(_SCHEMA / f"{number}-{name.replace(' ', '-')}.sql", _FUNCTIONS.get(name)))
    return migrations


def _step(script: Path, beside: Callable[[sqlite3.Connection], None] | None) -> Callable[["Database"], None]:
    def apply(database: "Database") -> None:
        for statement in _statements(script.read_text(encoding="utf-8")):
            database.conn.execute(statement)
        if beside:
            beside(database.conn)

    return apply


def _statements(script: str) -> Iterator[str]:
    """Part a script into its statements: sqlite3 ends the transaction for one, sqlite-utils asks at every letter."""
    statement = ""
    for part in script.split(";")[:-1]:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _list_changes(connection: sqlite3.Connection) -> None:
    """List what each command changed, which each log had an index for; keep but digests of request ids; digest all.

    What is damaged already would be sealed as it is: `migrate` has it looked for before.
    """
    from clientctl.store import digests, journal

    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in TABLES.values():
        if table.log in there:
            connection.execute(
                f"""INSERT INTO changes SELECT command_id, {table.number}, id, op FROM
                    (SELECT command_id, id, op, min(seq) FROM {table.log} GROUP BY command_id, id)"""
            )
            connection.execute(f"DROP INDEX IF EXISTS {table.log}_command")
            digests.seal_images(connection, table)
    asked = "SELECT id, request_id FROM commands WHERE request_id IS NOT NULL AND name <> 'db init'"  # whose are digits
    for number, request_id in connection.execute(asked).fetchall():
        digest = journal.request_digest(request_id)
        connection.execute("UPDATE commands SET request_id = ? WHERE id = ?", (digest, number))
    for (number,) in connection.execute("SELECT id FROM commands").fetchall():
        digests.seal_command(connection, number)


_FUNCTIONS = {"journal": _list_changes}
"""What a step does after its SQL, in the same transaction."""
