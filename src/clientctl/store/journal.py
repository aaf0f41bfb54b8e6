"""Keep an image of every row each command leaves: one idea for audit, history, undo and time travel.

Every table ``T`` has a ``T_log`` with the same columns plus ``seq``, ``command_id`` and
``op``: i(nserted), u(pdated) or d(eleted); the old value of a row is its previous image. Three
triggers mark in ``changes`` which rows a command touches; at its end the rows that it leaves other
than it found them are copied into their logs, a table at a time, and the other marks removed.

What is promised: a write outside a command fails; undo, redo, time travel and verify are exact;
erasing leaves nothing. A command that ends where it began leaves no entry, and what stood only
inside of one is not kept. Who reads a log inside a command calls ``flush`` first. Files from before
version 8 may have several images of a row by one command.
"""

import sqlite3
from typing import NamedTuple

from clientctl.store import digests
from clientctl.store.catalog import NUMBERED, TABLES, Table


def columns(connection: sqlite3.Connection, table: Table) -> list[str]:
    """List the stored columns of a table but ``id``; generated ones are not stored."""
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})") if row[1] != "id"]


def install(connection: sqlite3.Connection, table: Table) -> None:
    """Make or widen the log of a table, and make its three triggers again.

    A column that comes later has its default in the images there are, as in the rows there are.
    """
    kinds = {
        name: kind if default is None else f"{kind} DEFAULT {default}"
        for _, name, kind, _, default, _ in connection.execute(f"PRAGMA table_info({table.name})")
        if name != "id"
    }
    _install_log(connection, table, kinds)
    remove_triggers(connection, table)
    for op, event, row in (("i", "INSERT", "NEW"), ("u", "UPDATE", "NEW"), ("d", "DELETE", "OLD")):
        connection.execute(  # in as few words as can be: they are half of what SQLite reads of a file before all else
            f"CREATE TRIGGER {trigger(table, op)} AFTER {event} ON {table.name}"
            f" BEGIN INSERT INTO changed VALUES({table.number},{row}.id,'{op}');END"
        )


def remove_triggers(connection: sqlite3.Connection, table: Table) -> None:
    """Let what is done to a table go unmarked: in a private copy, where nobody asks for it."""
    for op in "iud":
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger(table, op)}")


def trigger(table: Table, op: str) -> str:
    """Name the trigger that marks a table's rows on i(nsert), u(pdate) or d(elete)."""
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
    """The SQL words that compare a table's live rows ``t`` with the images ``f`` in its log."""

    table: Table
    names: list[str]
    same: str

    @classmethod
    def of(cls, connection: sqlite3.Connection, table: Table) -> "Images":
        """Read the columns of a table once, for the statements that need them."""
        names = columns(connection, table)
        equal = " AND ".join(f"t.{name} IS f.{name}" for name in names)
        same = f"CASE WHEN f.op = 'd' THEN t.id IS NULL ELSE t.id IS NOT NULL AND {equal} END"
        return cls(table, names, same)


# -- writing ------------------------------------------------------------------------------------


def begin(connection: sqlite3.Connection, at: str, who: str, name: str, request_id: str | None, final: bool) -> int:
    """Open a command inside the transaction that is open; return its number."""
    number = connection.execute(
        "INSERT INTO commands(at, who, name, request_id, final) VALUES (?, ?, ?, ?, ?)",
        (at, who, name, request_id, int(final)),
    ).lastrowid
    connection.execute("UPDATE journal SET command_id = ?", (number,))
    assert number is not None  # noqa: S101 - an INSERT into a rowid table has one; this tells mypy
    return number


def request_digest(request_id: str) -> str:
    """Return what the journal keeps of a request id, which may name a person: enough to know it again."""
    from hashlib import blake2b

    return blake2b(request_id.encode(), digest_size=16).hexdigest()


def flush(connection: sqlite3.Connection) -> None:
    """Copy into the logs what the command under way has changed so far, for whoever reads them inside of it."""
    number = connection.execute("SELECT command_id FROM journal").fetchone()[0]
    _copy_images(connection, number)
    # Out of the way of the next look, and of `end`, which puts them back.
    connection.execute("UPDATE OR REPLACE changes SET command_id = -command_id WHERE command_id = ?", (number,))


def end(connection: sqlite3.Connection, number: int) -> bool:
    """Close a command: its images are copied and digested, the marks of what it left as it was go; say if any stay."""
    _copy_images(connection, number)
    connection.execute("UPDATE OR REPLACE changes SET command_id = -command_id WHERE command_id = ?", (-number,))
    digests.seal(connection, list_touched(connection, number), number)
    connection.execute("UPDATE journal SET command_id = NULL")
    return has_changed(connection, number)


def has_changed(connection: sqlite3.Connection, number: int) -> bool:
    """Return whether a command changed any row."""
    return connection.execute("SELECT 1 FROM changes WHERE command_id = ? LIMIT 1", (number,)).fetchone() is not None


def list_touched(connection: sqlite3.Connection, number: int) -> list[Table]:
    """List the tables of which a command changed rows, in the order of the catalog."""
    rows = connection.execute("SELECT DISTINCT of FROM changes WHERE command_id = ?", (number,))
    numbers = {row[0] for row in rows}
    return [table for table in TABLES.values() if table.number in numbers]


def newest(table: Table) -> str:
    """Find in SQL the last image that command ``:number`` left of each row of a table."""
    return f"""SELECT max(l.seq) FROM changes c CROSS JOIN {table.log} l ON l.id = c.id AND l.command_id = c.command_id
        WHERE c.command_id = :number AND c.of = {table.number} GROUP BY c.id"""


def _copy_images(connection: sqlite3.Connection, number: int) -> None:
    """Copy each marked row that is not as its newest image into its log, and remove the marks of the others."""
    for table in list_touched(connection, number):
        images = Images.of(connection, table)
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
        # What was inserted has no image to be compared with, and looking for one is most of the work of an import.
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
    """Turn a private copy of the file into what it was after command ``number``."""
    copy.execute("PRAGMA foreign_keys=OFF")
    copy.execute("PRAGMA ignore_check_constraints=ON")  # images of the erased have lost what a CHECK asks for
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
