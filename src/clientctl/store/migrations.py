"""Migrate a file to the current version. Append only: a released step is never edited.

Each step is a file of SQL, and may also have a function. All pending steps run in one transaction, after a
verified backup, and the triggers of the journal are recreated at the end of it.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from clientctl.base.words import say
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
    "services",
)
"""The steps in order, each a file of SQL in the folder ``schema``; some have a function in ``_FUNCTIONS``."""

VERSION = len(STEPS)
"""The version that this program works with, stored in SQLite's ``user_version``."""


_JOURNALED = STEPS.index("journal") + 1
"""The first version with logs and triggers as they are now; older ones had others."""


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Read the version of a file.

    Raise StorageError if a newer program made it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StorageError(
            say(
                "{path} was made by a newer clientctl (version {version} of the file; this is {own}): update clientctl",
                path=path,
                version=version,
                own=VERSION,
            )
        )
    return version


def refuse_newer(connection: sqlite3.Connection, path: Path) -> None:
    """Raise StorageError for a file that a newer program made, as far as damage allows to read it."""
    with suppress(*DAMAGE):
        version_of(connection, path)


def apply_schema(connection: sqlite3.Connection, version: int = VERSION) -> None:
    """Run the pending steps up to a version, inside the open transaction."""
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
    """List the objects of a new file of a version."""
    from clientctl.store import layout

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        apply_schema(connection, version)
        return layout.list_objects(connection)


def find_version_problem(connection: sqlite3.Connection, version: int) -> "Finding | None":
    """Find an object that does not match the older version that a file claims to have: the number is damaged.

    Otherwise the wrong steps would run, and damaged data would be sealed.
    """
    from clientctl.store import layout

    was = schema_objects(max(version, 0))
    return layout.find_mismatch(connection, version, was, schema_objects(), with_logs=version >= _JOURNALED)


def migrate(path: Path, back_up: Callable[[Path, int], None], version: int = VERSION) -> None:
    """Migrate an older file to a version in one transaction, after a verified backup.

    Several programs may start on the old file at once: the first migrates, the others
    find it done. ``back_up`` is called with the path and its version.
    """
    with storage_errors(path):
        connection = connect(path, writing=True)
        try:
            connection.execute("PRAGMA foreign_keys=OFF")  # not possible inside a transaction
            connection.execute("BEGIN IMMEDIATE")
            before = version_of(connection, path)
            if before < version:
                connection.execute(f"PRAGMA user_version={before}")  # fails here if the file is not writable
                back_up(path, before)  # reads the file during this transaction, which has changed nothing yet
                _run_steps(connection, path, version)
            connection.execute("COMMIT")
        finally:
            connection.close()  # rolls back what was not committed


def upgrade(copy: sqlite3.Connection, path: Path) -> None:
    """Migrate a private copy of an older file to the current version."""
    copy.execute("PRAGMA foreign_keys=OFF")
    copy.execute("BEGIN")
    _run_steps(copy, path, VERSION)
    copy.execute("COMMIT")
    copy.execute("PRAGMA foreign_keys=ON")


def _run_steps(connection: sqlite3.Connection, path: Path, version: int) -> None:
    apply_schema(connection, version)
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise StorageError(
            say(
                "{path} can't be brought up to date: {table} refers to a missing {other}",
                path=path,
                table=broken[0],
                other=broken[2],
            )
        )


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
    """Split a script into statements: sqlite3 commits before a script, and sqlite-utils tests every character."""
    statement = ""
    for part in script.split(";")[:-1]:
        statement += f"{part};"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _list_changes(connection: sqlite3.Connection) -> None:
    """Fill ``changes`` from the logs, replace request ids by their digests, and digest everything.

    Existing damage would be sealed: `migrate` verifies the file before.
    """
    from clientctl.store import digests, journal

    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in TABLES.values():
        if table.log in tables:
            connection.execute(
                f"""INSERT INTO changes SELECT command_id, {table.number}, id, op FROM
                    (SELECT command_id, id, op, min(seq) FROM {table.log} GROUP BY command_id, id)"""
            )
            connection.execute(f"DROP INDEX IF EXISTS {table.log}_command")
            digests.seal_images(connection, table)
    # The request id of `db init` is the file's digits.
    asked = "SELECT id, request_id FROM commands WHERE request_id IS NOT NULL AND name <> 'db init'"
    for number, request_id in connection.execute(asked).fetchall():
        digest = journal.request_digest(request_id)
        connection.execute("UPDATE commands SET request_id = ? WHERE id = ?", (digest, number))
    for (number,) in connection.execute("SELECT id FROM commands").fetchall():
        digests.seal_command(connection, number)


_FUNCTIONS = {"journal": _list_changes}
"""The functions that run after the SQL of a step, in the same transaction."""
