"""Detect corrupted bytes in data that is written once: images, past commands, the counters of numbers.

The images of a table are digested in blocks of at most 1,000, each of one command, so that undoing
an edit need not read a whole import. A block's digest covers the first ``width`` columns: columns are
only ever appended. A command has a digest of its own row and of its list of changes; one in ``journal``
covers the data that exists only once.
"""

import marshal
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from clientctl.base.words import say
from clientctl.errors import StorageError
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES, Table
from clientctl.store.finding import Finding

BLOCK = 1_000
"""The maximum number of images in a block."""

_COMMAND = "id, at, who, name, touched, request_id, final, reverts"
_NUMBERED = ("commands", *TABLES)
"""The tables whose counters are checked: those of other tools' tables may change freely."""

_NONE = bytes(16)
"""A digest that never matches."""


class _Block(NamedTuple):
    """A block of images: the first and last one, the number of columns covered, and the digest."""

    first: int
    last: int
    width: int
    digest: bytes


def digest_rows(*cursors: sqlite3.Cursor) -> bytes:
    """Return the digest of all the rows of some queries."""
    return _digest_parts(rows for cursor in cursors for rows in iter(partial(cursor.fetchmany, BLOCK), []))


def _digest_parts(parts: Iterable[list[Any]]) -> bytes:
    from hashlib import blake2b

    digest = blake2b(digest_size=16)
    for rows in parts:
        digest.update(marshal.dumps(rows, 2))  # version 2 is the same in every Python
    return digest.digest()


# -- writing ------------------------------------------------------------------------------------


def seal(connection: sqlite3.Connection, tables: list[Table], number: int) -> None:
    """Digest what a command wrote, at its end: its images, which are the last of each log, and its row."""
    for table in tables:
        seal_images(connection, table)
    seal_command(connection, number)
    seal_counters(connection)


def seal_counters(connection: sqlite3.Connection) -> None:
    """Digest the last used numbers and other single data, unless damage was found there before."""
    connection.execute("UPDATE journal SET digest = ? WHERE digest IS NOT ?", (_digest_counters(connection), _NONE))


def seal_images(connection: sqlite3.Connection, table: Table) -> None:
    """Digest the images of a table that are not in a block yet."""
    sealed = connection.execute(_BLOCKS.format("ORDER BY first DESC LIMIT 1"), (table.number,)).fetchone()
    last = sealed[1] if sealed else 0
    images = connection.execute(f"SELECT * FROM {table.log} WHERE seq > ? ORDER BY seq", (last,))
    while rows := images.fetchmany(BLOCK):
        block = (table.number, rows[0][0], rows[-1][0], len(rows[0]), _digest_parts([rows]))
        connection.execute("INSERT INTO digests VALUES (?, ?, ?, ?, ?)", block)


def seal_command(connection: sqlite3.Connection, number: int) -> None:
    """Digest the row of a command."""
    connection.execute("UPDATE commands SET digest = ? WHERE id = ?", (_digest_command(connection, number), number))


def _digest_command(connection: sqlite3.Connection, number: int) -> bytes:
    return digest_rows(
        connection.execute(f"SELECT {_COMMAND} FROM commands WHERE id = ?", (number,)),
        connection.execute("SELECT of, id, op FROM changes WHERE command_id = ? ORDER BY of, id", (number,)),
    )


def _digest_counters(connection: sqlite3.Connection) -> bytes:
    return digest_rows(
        connection.execute(
            f"SELECT name, seq FROM sqlite_sequence WHERE name IN {AMONG} ORDER BY name", (json_array(_NUMBERED),)
        ),
        connection.execute("SELECT line, layout, tables, (SELECT max(id) FROM commands) FROM journal"),
    )


@contextmanager
def renew_blocks(connection: sqlite3.Connection, table: Table, which: str, values: dict[str, Any]) -> Iterator[None]:
    """Recompute the digests of the blocks with some images of a table, which the caller changes inside.

    One that did not match before never matches afterwards: its damage is still found.
    """
    seqs = f"SELECT seq FROM {table.log} WHERE {which}"
    blocks = [
        (block, _fits(connection, table, block)) for block in _blocks_of(connection, table, seqs, values) if block
    ]
    yield
    for block, fitted in blocks:
        digest = digest_rows(_images(connection, table, block)) if fitted else _NONE
        sql = "UPDATE digests SET digest = ? WHERE of = ? AND first = ?"
        connection.execute(sql, (digest, table.number, block.first))


# -- reading ------------------------------------------------------------------------------------


def images_fit(connection: sqlite3.Connection, table: Table, seqs: str, values: dict[str, Any]) -> bool:
    """Return whether the blocks with the images selected by SQL are unchanged."""
    return all(block and _fits(connection, table, block) for block in _blocks_of(connection, table, seqs, values))


def command_fits(connection: sqlite3.Connection, number: int) -> bool:
    """Return whether the row of a command is unchanged."""
    stored = connection.execute("SELECT digest FROM commands WHERE id = ?", (number,)).fetchone()
    return stored is not None and bool(stored[0] == _digest_command(connection, number))


def check_images(connection: sqlite3.Connection, table: Table, seqs: str, values: dict[str, Any]) -> None:
    """Raise StorageError if a block with the images selected by SQL is damaged."""
    if not images_fit(connection, table, seqs, values):
        raise StorageError(
            say(
                "the history of {replace} is damaged; nothing was changed: `clientctl db verify` says where; "
                "restore a backup",
                replace=table.name.replace("_", " "),
            )
        )


def check_command(connection: sqlite3.Connection, number: int) -> None:
    """Raise StorageError if the row of a command is damaged."""
    if not command_fits(connection, number):
        raise StorageError(
            say(
                "the journal entry #{number} is damaged; nothing was changed: `clientctl db verify` says where; "
                "restore a backup",
                number=number,
            )
        )


def counters_fit(connection: sqlite3.Connection) -> bool:
    """Return whether the last used numbers and other single data are unchanged."""
    stored = connection.execute("SELECT digest FROM journal").fetchone()
    return bool(stored == (_digest_counters(connection),))


def refuse_counters(connection: sqlite3.Connection, *, final: bool) -> None:
    """Raise StorageError for damaged last used numbers, from which a command would continue.

    A ``final`` command runs even so, or nobody could be erased any more; the digest never matches from then on.
    """
    if not final:
        raise StorageError(
            say(
                "the last used numbers in the file are damaged; nothing was changed: `clientctl db verify` says "
                "where; restore a backup"
            )
        )
    connection.execute("UPDATE journal SET digest = ?", (_NONE,))


def find_problems(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield everything that does not match its digest."""
    for table in TABLES.values():
        yield from find_log_problems(connection, table)
    for number, stored in connection.execute("SELECT id, digest FROM commands").fetchall():
        if stored != _digest_command(connection, number):
            yield Finding("commands", number, None, "differs from what was written")
    for (number,) in connection.execute(
        "SELECT DISTINCT command_id FROM changes WHERE command_id NOT IN (SELECT id FROM commands)"
    ):
        yield Finding("changes", number, None, "is of a command that is not there")
    if not counters_fit(connection):
        yield Finding("sqlite_sequence", None, None, "the numbers used last differ from what was written")


def find_log_problems(connection: sqlite3.Connection, table: Table) -> Iterator[Finding]:
    """Yield the blocks of a table's images that do not match, and the images in no block."""
    last = 0
    stray = f"SELECT min(seq) FROM {table.log} WHERE seq > ? AND seq < ?"
    for block in map(_Block._make, connection.execute(_BLOCKS.format("ORDER BY first"), (table.number,)).fetchall()):
        if block.first <= last or not (_is_bounded(connection, table, block) and _fits(connection, table, block)):
            where = f"one of the images {block.first} to {block.last} differs from what was written"
            yield Finding(table.log, block.first, None, where)
        yield from _find_strays(connection, table, stray, (last, block.first))
        last = max(last, block.last)
    yield from _find_strays(connection, table, f"SELECT min(seq) FROM {table.log} WHERE seq > ?", (last,))


def _is_bounded(connection: sqlite3.Connection, table: Table, block: _Block) -> bool:
    """Return whether the first and last image of a block and all its columns exist."""
    ends = f"SELECT min(seq), max(seq) FROM {table.log} WHERE seq BETWEEN ? AND ?"
    found = connection.execute(ends, (block.first, block.last)).fetchone()
    return found == (block.first, block.last) and block.width <= len(_columns(connection, table))


def _find_strays(connection: sqlite3.Connection, table: Table, sql: str, between: tuple[int, ...]) -> Iterator[Finding]:
    for (seq,) in connection.execute(sql, between):
        if seq is not None:
            yield Finding(table.log, seq, None, "is an image that no command wrote")


_BLOCKS = "SELECT first, last, width, digest FROM digests WHERE of = ? {}"


def _blocks_of(
    connection: sqlite3.Connection, table: Table, seqs: str, values: dict[str, Any]
) -> Iterator[_Block | None]:
    """Yield the blocks with the images selected by SQL, in order; None for an image in no block."""
    last = 0
    in_order = f"WITH wanted(seq) AS ({seqs}) SELECT seq FROM wanted WHERE seq IS NOT NULL ORDER BY seq"
    for (seq,) in connection.execute(in_order, values).fetchall():
        if seq > last:
            sql = _BLOCKS.format("AND first <= ? ORDER BY first DESC LIMIT 1")
            row = connection.execute(sql, (table.number, seq)).fetchone()
            last = row[1] if row and row[1] >= seq else seq
            yield _Block._make(row) if row and row[1] >= seq else None


def _fits(connection: sqlite3.Connection, table: Table, block: _Block) -> bool:
    try:
        return digest_rows(_images(connection, table, block)) == block.digest
    except sqlite3.OperationalError:  # a text that is no longer valid
        return False


def _images(connection: sqlite3.Connection, table: Table, block: _Block) -> sqlite3.Cursor:
    names = ", ".join(_columns(connection, table)[: block.width])
    sql = f"SELECT {names} FROM {table.log} WHERE seq BETWEEN ? AND ? ORDER BY seq"
    return connection.execute(sql, (block.first, block.last))


def _columns(connection: sqlite3.Connection, table: Table) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table.log})")]
