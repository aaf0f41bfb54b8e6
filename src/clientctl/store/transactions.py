"""Read on a connection that can't write; write in one transaction that is one command of the journal."""

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from clientctl.base import clock, leftovers
from clientctl.base.text import fold, refuse_cards
from clientctl.base.words import say
from clientctl.errors import RefusedError, StorageError
from clientctl.store import opening
from clientctl.store.catalog import TABLES

if TYPE_CHECKING:
    from clientctl.store.selective_revert import Reverted
    from clientctl.store.undoing import Entry

Value = str | int | float | None
Committing = Callable[[int], AbstractContextManager[None]]
Parameters = Sequence[Value] | Mapping[str, Value]

_BATCH = 200
"""Rows inserted by one statement."""

_CHANGED = 28 << 20
"""Bytes of changed pages that a long command keeps in memory: nearly enough for a hundred thousand clients."""

_CACHE = 2 << 20
"""Bytes of cache for a long command or a query of many rows; as many again for sorting."""

_MOST_TOUCHED = 1_000
"""The maximum number of record numbers in a journal entry."""


@contextmanager
def no_guard(_command: int) -> Iterator[None]:
    """Do nothing around the commit."""
    yield


class Replay(NamedTuple):
    """An earlier command with the same request id: its number, and the records it touched."""

    command: int
    touched: tuple[str, ...]


class Reader:
    """A read-only view of the file.

    ``today`` is the day used by all rules; ``day_first`` says whether days may be typed as 31/12/2026,
    None if the practitioner has not chosen.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self.connection = connection
        self.path = path
        self.today = date.min
        self.day_first: bool | None = None
        self.notices: list[str] = []
        # For queries only: SQLite lets no trigger, view or index of the file use it (trusted_schema=OFF).
        connection.create_function("fold", 1, lambda text: text and fold(text), deterministic=True)

    def notify(self, line: str) -> None:
        """Add a notice for the user, shown once with the result."""
        if line not in self.notices:
            self.notices.append(line)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple[Any, ...]]:
        """Fetch all rows of a query."""
        return self.connection.execute(sql, parameters).fetchall()

    def stream(self, sql: str, parameters: Parameters = ()) -> Iterator[tuple[Any, ...]]:
        """Return an iterator over the rows of a query; the file stays locked for writers until its end.

        Memory use does not depend on their number.
        """
        if not isinstance(self, Writer):  # a writer needs the memory for its changes
            self.connection.execute(f"PRAGMA cache_size=-{_CACHE >> 10}")
        return iter(self.connection.execute(sql, parameters))

    def row(self, sql: str, parameters: Parameters = ()) -> tuple[Any, ...] | None:
        """Fetch the first row of a query, or None."""
        found: tuple[Any, ...] | None = self.connection.execute(sql, parameters).fetchone()
        return found

    def value(self, sql: str, parameters: Parameters = ()) -> Any:  # noqa: ANN401 - as SQLite gives it
        """Fetch the first cell of a query, or None."""
        found = self.row(sql, parameters)
        return found[0] if found else None


class Writer(Reader):
    """A view of the file inside one command. Any exception rolls everything back.

    With ``compact``, the file is rewritten after the commit: removed data is then nowhere in it, not
    even in the gaps between the rows of a page. With ``lasting``, the command is kept in the
    journal even if it changed no row.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        from sqlite_utils import Database

        super().__init__(connection, path)
        self.database: Database = Database(connection, execute_plugins=False)
        self.command = 0
        self.replay: Replay | None = None
        self.changed = False
        self.dry_run = False
        self.compact = False
        self.lasting = False
        self.numbers: list[str] = []

    def insert(self, table: str, **values: Value) -> int:
        """Insert a row; return its id."""
        _refuse_cards(table, list(values), list(values.values()))
        return int(self.database.table(_checked_name(table)).insert(values).last_pk or 0)

    def next_id(self, table: str) -> int:
        """Return the id of the next new row of a table, which was never used before."""
        used = self.value("SELECT seq FROM sqlite_sequence WHERE name = ?", (_checked_name(table),))
        return int(used or 0) + 1

    def insert_many(self, table: str, rows: Iterable[dict[str, Value]]) -> None:
        """Insert rows with the same columns in the same order."""
        remaining = iter(rows)
        if first := next(remaining, None):
            self.insert_rows(table, list(first), (row.values() for row in chain((first,), remaining)))

    def insert_rows(self, table: str, columns: Sequence[str], rows: Iterable[Iterable[Value]]) -> None:
        """Insert rows given as their values.

        Many in one statement: SQLite saves what it needs to roll back a statement that fires
        triggers, which takes half of the time if each row has its own.
        """
        row = f"({', '.join('?' * len(columns))})"
        remaining = iter(rows)
        while chunk := list(islice(remaining, _BATCH)):
            values = list(chain.from_iterable(chunk))
            _refuse_cards(table, columns, values)
            self.connection.execute(
                f"INSERT INTO {_checked_name(table)}({', '.join(columns)}) VALUES {', '.join([row] * len(chunk))}",
                values,
            )

    def update(self, table: str, row_id: int, **values: Value) -> None:
        """Update columns of a row."""
        _refuse_cards(table, list(values), list(values.values()))
        self.database.table(_checked_name(table)).update(row_id, values)

    def update_many(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Update the same columns of many rows, each given as its new values followed by its id."""
        assignments = ", ".join(f"{column} = ?" for column in columns)
        changed = list(rows)
        _refuse_cards(table, (*columns, "id"), list(chain.from_iterable(changed)))
        self.connection.executemany(f"UPDATE {_checked_name(table)} SET {assignments} WHERE id = ?", changed)

    def delete(self, table: str, row_id: int) -> None:
        """Delete a row."""
        self.database.table(_checked_name(table)).delete(row_id)

    def flush(self) -> None:
        """Copy the changes so far into the logs, so that history read inside the command includes them."""
        from clientctl.store import journal

        if self.command:
            journal.flush(self.connection)

    def has_changed(self) -> bool:
        """Return whether the command has changed anything so far; writing a row unchanged does not count."""
        from clientctl.store import journal

        self.flush()
        return journal.has_changed(self.connection, -self.command)

    def has_person(self, client_id: int) -> bool:
        """Return whether a client exists and is not erased."""
        return self.row("SELECT 1 FROM clients WHERE id = ? AND erased_on IS NULL", (client_id,)) is not None

    def note_number(self, *numbers: str) -> None:
        """Add the numbers of records that the command is about to its journal entry; never typed text."""
        self.numbers += [number for number in numbers if number not in self.numbers]


@contextmanager
def read(path: Path) -> Iterator[Reader]:
    """Open the file for one consistent read. Fetch, leave, then format."""
    with opening.storage_errors(path):
        connection = _open_current(path, writing=False)
        try:
            # Large sorts use an unnamed private file instead of memory.
            connection.execute("PRAGMA temp_store=FILE")
            connection.execute("BEGIN")
            yield Reader(connection, path)
        finally:
            connection.close()


@contextmanager
def as_of(path: Path, number: Callable[[Reader], int]) -> Iterator[Reader]:
    """Open a private copy of the file as it was after a command; ``number`` returns its number."""
    from clientctl.store import journal, search

    with read(path) as db:
        command = number(db)
        copy = opening.memory_copy(db.connection)
    try:
        moved = search.list_affected(copy, ">", command)
        journal.rewind(copy, command)
        search.refresh(copy, moved)
        copy.execute("PRAGMA query_only=ON")
        yield Reader(copy, path)
    finally:
        copy.close()


@contextmanager
def write(
    path: Path,
    name: str,
    *,
    who: Callable[[Reader], str],
    request_id: str | None = None,
    final: bool = False,
    dry_run: bool = False,
    bulk: bool = False,
    committing: Committing = no_guard,
) -> Iterator[Writer]:
    """Run one command: completely or not at all, as one entry in the journal.

    ``who`` returns who acts, given the file. If a command with the same request id was run
    before, ``replay`` is set and the caller does nothing. A dry run, and a command that
    changed no row, roll back; but one with a request id is kept, or it would run again when it is
    repeated. A ``bulk`` command may write changes to the file before its end if they exceed memory:
    readers then wait for the end. ``committing`` is a context manager, given the command's number, around
    the commit. Raise RefusedError if the id belongs to another command.
    """
    from clientctl.store import attachments, digests, drafts, journal, layout, migrations

    with opening.storage_errors(path), attachments.discard_on_failure(path):
        connection = _open_current(path, writing=True)
        try:
            unreachable = [] if dry_run else attachments.sweep_leftovers(path)
            if bulk:
                page = connection.execute("PRAGMA page_size").fetchone()[0]
                connection.execute(f"PRAGMA cache_size=-{_CACHE >> 10}")
                connection.execute(f"PRAGMA cache_spill={_CHANGED // page}")  # the number of pages; enabled only by ON
                connection.execute("PRAGMA cache_spill=ON")
                connection.execute("PRAGMA temp_store=FILE")  # unnamed, for this process only
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA defer_foreign_keys=ON")
            fit = digests.counters_fit(connection)  # before the check of the schema, which updates the digest
            layout.check(connection, path, migrations.schema_objects)
            if not fit:
                digests.refuse_counters(connection, final=final)
            writer = Writer(connection, path)
            for left in unreachable:
                writer.notify(
                    say("{left}, left by a command that was killed, is out of reach: remove it yourself", left=left)
                )
            writer.dry_run = dry_run
            writer.replay = find_replay(writer, name, request_id)
            if writer.replay:
                yield writer
                return
            writer.lasting = request_id is not None
            request = request_id and journal.request_digest(request_id)
            writer.command = journal.begin(connection, clock.stamp(clock.now()), who(writer), name, request, final)
            yield writer
            if writer.compact and not dry_run:
                attachments.expect_sweep(path)
                leftovers.note(path)  # if this process is killed after the commit, the next write does the rest
            finish(writer, dry_run, committing)
            if not dry_run:
                drafts.sweep(path, writer.has_person)
        finally:
            _close(connection)
        if not writer.compact:
            attachments.clear_note(path)


@contextmanager
def initialize(path: Path, name: str, who: str, *, dry_run: bool = False) -> Iterator[Writer]:
    """Create a file and fill it in one final command. Raise RefusedError if it already exists."""
    from clientctl.store import journal, migrations

    with opening.storage_errors(path), opening.create(path, dry_run=dry_run) as connection:
        connection.execute("BEGIN")
        migrations.apply_schema(connection)
        writer = Writer(connection, path)
        line = os.urandom(8).hex()  # identifies this file and its copies: see restore.py
        writer.command = journal.begin(connection, clock.stamp(clock.now()), who, name, line, final=True)
        yield writer
        finish(writer, dry_run)


def undo(writer: Writer, describe: Callable[["Entry"], str], named: int | None = None) -> "Entry":
    """Undo the last command in effect, or a named one before final ones; return it.

    ``describe`` says of a command what it was.
    """
    from clientctl.store import undoing

    target = undoing.next_undo(writer.connection, writer.command, describe, named)
    undoing.revert(writer.connection, target, writer.command)
    return target


def redo(writer: Writer) -> "Entry":
    """Undo the last undo; return the command that is in effect again."""
    from clientctl.store import undoing

    target = undoing.next_redo(writer.connection, writer.command)
    undoing.revert(writer.connection, target, writer.command)
    return undoing.find_entry(writer.connection, target.reverts or 0) or target


def take_back(writer: Writer, number: int) -> "Reverted":
    """Revert a command at any later time, except for what was changed since."""
    from clientctl.store import selective_revert

    return selective_revert.take_back(writer.connection, number)


def finish(writer: Writer, dry_run: bool = False, committing: Committing = no_guard) -> None:
    """End a command: complete its entry, update the search index, then commit or roll back."""
    from clientctl.store import erased_people, journal, search

    touched = " ".join(writer.numbers[:_MOST_TOUCHED])
    writer.connection.execute("UPDATE commands SET touched = ? WHERE id = ?", (touched, writer.command))
    writer.changed = journal.end(writer.connection, writer.command)
    erased_people.check(writer.connection, writer.command)
    search.update(writer.connection, writer.command)
    if dry_run or not (writer.changed or writer.lasting):
        writer.connection.execute("ROLLBACK")
        return
    with committing(writer.command):
        writer.connection.execute("COMMIT")
    if writer.compact:
        _compact(writer)


def _compact(writer: Writer) -> None:
    try:
        writer.connection.execute("VACUUM")
    except sqlite3.OperationalError as error:
        raise StorageError(
            say(
                "#{command} was done, but {path} could not be rewritten ({error}): bytes of removed data may be "
                "left in it until the next change, or `clientctl db compact`, rewrites it",
                command=writer.command,
                path=writer.path,
                error=error,
            )
        ) from error
    leftovers.forget(writer.path)


def _open_current(path: Path, *, writing: bool) -> sqlite3.Connection:
    """Open the file, migrating it first if an older program made it."""
    from clientctl.store import migrations

    leftovers.work_on(path)
    connection = opening.connect(path, writing=writing)
    try:
        if migrations.version_of(connection, path) == migrations.VERSION:
            return connection
    except BaseException:
        connection.close()
        raise
    connection.close()
    from clientctl.store import backup

    migrations.migrate(path, backup.back_up_before_migration)
    return opening.connect(path, writing=writing)


def _close(connection: sqlite3.Connection) -> None:
    """Roll back uncommitted changes and close: closing alone keeps the locks while a query is unfinished.

    An error being raised keeps such a query alive, and the file is checked for damage before it is reported.
    """
    try:
        connection.rollback()
    finally:
        connection.close()


def find_replay(db: Reader, name: str, request_id: str | None) -> Replay | None:
    """Find the earlier run of a command by its request id. Raise RefusedError if it was another command."""
    row = find_by_request(db, request_id) if request_id is not None else None
    if row is None:
        return None
    if row[1] != name:
        raise RefusedError(
            say(
                "request id {request_id} belongs to #{number} {command}: use another one for this command",
                request_id=request_id,
                number=row[0],
                command=row[1],
            )
        )
    return Replay(row[0], tuple(row[2].split()))


def find_by_request(db: Reader, request_id: str) -> tuple[Any, ...] | None:
    """Find a command by its request id: its number, its name, the records it touched."""
    from clientctl.store import journal

    sql = "SELECT id, name, touched FROM commands WHERE request_id = ?"
    return db.row(sql, (journal.request_digest(request_id),))


def _refuse_cards(table: str, columns: Sequence[str], values: Sequence[Value]) -> None:
    """Raise RefusedError for a full card number in typed columns, given the values of one or more rows."""
    typed = TABLES[table].typed
    places = [place for place, column in enumerate(columns) if column in typed]
    of_columns = chain.from_iterable(values[place :: len(columns)] for place in places)
    refuse_cards(value for value in of_columns if isinstance(value, str))


def _checked_name(table: str) -> str:
    """Return the name of a table of ours; raise KeyError for any other, which sqlite-utils would create."""
    return TABLES[table].name


def real_path(path: str | os.PathLike[str]) -> Path:
    """Return the real path of a file: ``~`` expanded and links followed."""
    return Path(path).expanduser().resolve()
