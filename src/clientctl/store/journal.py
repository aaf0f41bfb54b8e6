"""Record an image of every row that a command changes: one mechanism for audit, history, undo and time travel.

Every table ``T`` has a ``T_log`` with the same columns plus ``seq``, ``command_id`` and
``op``: i(nserted), u(pdated) or d(eleted); the old value of a row is its previous image. Three
triggers mark in ``changes`` which rows a command touches; at its end the rows that differ from
before are copied into their logs, one table at a time, and the other marks are removed.

Guarantees: a write outside a command fails; undo, redo, time travel and verify are exact;
erasing leaves nothing. A command that changes nothing leaves no entry, and intermediate states
of one are not kept. Code that reads a log inside a command calls ``flush`` first. Files from before
version 8 may have several images of a row from one command.
"""

import sqlite3
from typing import NamedTuple

from clientctl.store import digests
from clientctl.store.catalog import NUMBERED, TABLES, Table


def columns(connection: sqlite3.Connection, table: Table) -> list[str]:
    """List the stored columns of a table except ``id``; generated ones are not stored."""
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})") if row[1] != "id"]


def install(connection: sqlite3.Connection, table: Table) -> None:
    """Create or widen the log of a table, and recreate its three triggers.

    A new column has its default in existing images, as in existing rows.
    """
    kinds = {
        name: kind if default is None else f"{kind} DEFAULT {default}"
        for _, name, kind, _, default, _ in connection.execute(f"PRAGMA table_info({table.name})")
        if name != "id"
    }
    _install_log(connection, table, kinds)
    remove_triggers(connection, table)
    for op, event, row in (("i", "INSERT", "NEW"), ("u", "UPDATE", "NEW"), ("d", "DELETE", "OLD")):
        connection.execute(  # as short as possible: they are half of the schema that SQLite reads when it opens a file
            f"CREATE TRIGGER {trigger(table, op)} AFTER {event} ON {table.name}"
            f" BEGIN INSERT INTO changed VALUES({table.number},{row}.id,'{op}');END"
        )


def remove_triggers(connection: sqlite3.Connection, table: Table) -> None:
    """Drop the triggers of a table, in a private copy that needs no journal."""
    for op in "iud":
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger(table, op)}")


def trigger(table: Table, op: str) -> str:
    """Return the name of the trigger that marks a table's rows on i(nsert), u(pdate) or d(elete)."""
    return f"{table.name}_log_{op}"


def _install_log(connection: sqlite3.Connection, table: Table, kinds: dict[str, str]) -> None:
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS {table.log}(seq INTEGER PRIMARY KEY, command_id INTEGER NOT NULL,"
        f" op TEXT NOT NULL, id INTEGER NOT NULL, {', '.join(f'{n} {k}' for n, k in kinds.items())}) STRICT"
    )
    present = {row[1] for row in connection.execute(f"PRAGMA table_info({table.log})")}
    for name, kind in kinds.items():
        if name not in present:
            connection.execute(f"ALTER TABLE {table.log} ADD COLUMN {name} {kind}")
    connection.execute(f"CREATE INDEX IF NOT EXISTS {table.log}_row ON {table.log}(id, seq)")
    if table.client not in {None, "id"}:
        connection.execute(f"CREATE INDEX IF NOT EXISTS {table.log}_client ON {table.log}({table.client})")


class Images(NamedTuple):
    """The SQL to compare a table's live rows ``t`` with the images ``f`` in its log."""

    table: Table
    names: list[str]
    same: str

    @classmethod
    def read(cls, connection: sqlite3.Connection, table: Table) -> "Images":
        """Return the SQL for a table, reading its columns."""
        names = columns(connection, table)
        equal = " AND ".join(f"t.{name} IS f.{name}" for name in names)
        same = f"CASE WHEN f.op = 'd' THEN t.id IS NULL ELSE t.id IS NOT NULL AND {equal} END"
        return cls(table, names, same)


# -- writing ------------------------------------------------------------------------------------


def begin(connection: sqlite3.Connection, at: str, who: str, name: str, request_id: str | None, final: bool) -> int:
    """Begin a command inside the open transaction; return its number."""
    number = connection.execute(
        "INSERT INTO commands(at, who, name, request_id, final) VALUES (?, ?, ?, ?, ?)",
        (at, who, name, request_id, int(final)),
    ).lastrowid
    connection.execute("UPDATE journal SET command_id = ?", (number,))
    assert number is not None  # noqa: S101 - an INSERT into a rowid table has one; this tells mypy
    return number


def request_digest(request_id: str) -> str:
    """Return the digest of a request id that the journal stores, as the id itself may name a person."""
    from hashlib import blake2b

    return blake2b(request_id.encode(), digest_size=16).hexdigest()


def flush(connection: sqlite3.Connection) -> None:
    """Copy what the current command has changed so far into the logs, for code inside it that reads them."""
    number = connection.execute("SELECT command_id FROM journal").fetchone()[0]
    _copy_images(connection, number)
    # Hidden from the next flush; `end` restores them.
    connection.execute("UPDATE OR REPLACE changes SET command_id = -command_id WHERE command_id = ?", (number,))


def end(connection: sqlite3.Connection, number: int) -> bool:
    """End a command: copy and digest its images, remove the marks of unchanged rows; return whether any row changed."""
    _copy_images(connection, number)
    connection.execute("UPDATE OR REPLACE changes SET command_id = -command_id WHERE command_id = ?", (-number,))
    digests.seal(connection, list_touched(connection, number), number)
    connection.execute("UPDATE journal SET command_id = NULL")
    return has_changed(connection, number)


def has_changed(connection: sqlite3.Connection, number: int) -> bool:
    """Return whether a command changed any row."""
    return connection.execute("SELECT 1 FROM changes WHERE command_id = ? LIMIT 1", (number,)).fetchone() is not None


def list_touched(connection: sqlite3.Connection, number: int) -> list[Table]:
    """List the tables with rows changed by a command, in the order of the catalog."""
    rows = connection.execute("SELECT DISTINCT of FROM changes WHERE command_id = ?", (number,))
    numbers = {row[0] for row in rows}
    return [table for table in TABLES.values() if table.number in numbers]


def newest(table: Table) -> str:
    """Return SQL for the last image by command ``:number`` of each row of a table."""
    return f"""SELECT max(l.seq) FROM changes c CROSS JOIN {table.log} l ON l.id = c.id AND l.command_id = c.command_id
        WHERE c.command_id = :number AND c.of = {table.number} GROUP BY c.id"""


def _copy_images(connection: sqlite3.Connection, number: int) -> None:
    """Copy each marked row that differs from its newest image into its log, and remove the other marks."""
    for table in list_touched(connection, number):
        images = Images.read(connection, table)
        into = f"INSERT INTO {table.log}(command_id, op, id, {', '.join(images.names)})"
        row = ", ".join(f"t.{name}" for name in images.names)
        mine = f"c.command_id = :number AND c.of = {table.number}"
        values = {"number": number}
        copied = connection.execute(
            f"""{into} SELECT :number,
                    CASE WHEN t.id IS NULL THEN 'd' WHEN f.op = 'd' THEN 'i' ELSE 'u' END, c.id, {row}
                FROM changes c LEFT JOIN {table.name} t ON t.id = c.id
                LEFT JOIN {table.log} f ON f.seq = (SELECT max(seq) FROM {table.log} WHERE id = c.id)
                WHERE {mine} AND c.op <> 'i' AND NOT {images.same}""",
            values,
        ).rowcount
        # Inserted rows have no image to compare with, and looking for one is most of the work of an import.
        copied += connection.execute(
            f"""{into} SELECT :number, 'i', c.id, {row} FROM changes c CROSS JOIN {table.name} t ON t.id = c.id
                WHERE {mine} AND c.op = 'i'""",
            values,
        ).rowcount
        marked = f"SELECT count(*) FROM changes c WHERE {mine}"
        if copied < connection.execute(marked, values).fetchone()[0]:
            connection.execute(
                f"""DELETE FROM changes AS c WHERE {mine} AND :number IS NOT
                    (SELECT command_id FROM {table.log} WHERE id = c.id ORDER BY seq DESC LIMIT 1)""",
                values,
            )


# -- time travel --------------------------------------------------------------------------------


def rewind(copy: sqlite3.Connection, number: int) -> None:
    """Revert a private copy of the file to its state after command ``number``."""
    copy.execute("PRAGMA foreign_keys=OFF")
    copy.execute("PRAGMA ignore_check_constraints=ON")  # images of erased people lack values that CHECKs require
    copy.execute("CREATE TEMP TABLE rewound(of INTEGER, id INTEGER, PRIMARY KEY(of, id)) WITHOUT ROWID")
    copy.execute("INSERT INTO rewound SELECT DISTINCT of, id FROM changes WHERE command_id > ?", (number,))
    for (of,) in copy.execute("SELECT DISTINCT of FROM rewound").fetchall():
        table = NUMBERED[of]
        names = ", ".join(columns(copy, table))
        rows = f"(SELECT id FROM rewound WHERE of = {of})"
        newest = f"SELECT max(seq) FROM {table.log} WHERE command_id <= :number AND id IN {rows} GROUP BY id"
        digests.check_images(copy, table, newest, {"number": number})
        remove_triggers(copy, table)
        copy.execute(f"DELETE FROM {table.name} WHERE id IN {rows}")
        copy.execute(
            f"""INSERT INTO {table.name}(id, {names})
                SELECT id, {names} FROM {table.log} WHERE op <> 'd' AND seq IN ({newest})""",
            {"number": number},
        )
    copy.execute("DROP TABLE rewound")
    copy.execute("DELETE FROM commands WHERE id > ?", (number,))
