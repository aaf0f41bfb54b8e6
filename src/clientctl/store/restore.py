"""Restore a backup over the file while others may use it: the old file or the new one, never a mix.

The backup is loaded into memory, verified, migrated, and made to continue where the
present file stopped: no number is used twice, and people erased since are erased again. It is then
written over the file in one transaction of SQLite, while others wait.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clientctl.base import atomic_files, clock, leftovers
from clientctl.base.text import word
from clientctl.base.words import say
from clientctl.errors import RefusedError, StorageError
from clientctl.store import attachments, backup, erase, journal, migrations, opening, transactions, verify
from clientctl.store.erase import FirstEntry
from clientctl.store.finding import Finding
from clientctl.store.transactions import Committing, Reader, Replay, Writer

_APPLICATION_ID = 68
"""The offset of the four bytes of the application id in the file."""


class Present(NamedTuple):
    """The data of the present file that the backup needs. What damage makes unreadable is None.

    ``numbers`` are the last ones used, by table; ``first`` identifies the file and its copies.
    """

    first: tuple[str, ...] | None
    numbers: dict[str, int]
    erased: list[FirstEntry] | None


class Restored(NamedTuple):
    """The result of a restore: the command, the copy of the old file, who was erased again, which files are missing.

    ``within`` are clients into whom erased ones were merged when the backup was made, and who may have
    their data. ``blind`` means that damage made it unknown who was erased since.
    """

    command: int
    erased: tuple[int, ...] = ()
    within: tuple[int, ...] = ()
    kept: Path | None = None
    missing: tuple[str, ...] = ()
    blind: bool = False
    replay: Replay | None = None


@contextmanager
def load_verified(source: Path) -> Iterator[Reader]:
    """Load a backup into memory, migrated to this version and verified.

    Raise StorageError if it is damaged, or made by another or a newer program.
    """
    with opening.storage_errors(source), closing(opening.connect(source, writing=False)) as connection:
        version = migrations.version_of(connection, source)
        copy = opening.memory_copy(connection, writing=True)
    with closing(copy), opening.storage_errors(source):
        _check(source, list(verify.check_pages(copy)))
        if version < migrations.VERSION:
            other = migrations.find_version_problem(copy, version)
            _check(source, [other] if other else [])
            migrations.upgrade(copy, source)
        _check(source, verify.verify(copy))
        yield Reader(copy, source)


def restore(
    path: Path,
    candidate: Reader,
    *,
    who: Callable[[Reader], str],
    on: str,
    request_id: str | None = None,
    dry_run: bool = False,
    committing: Committing = transactions.no_guard,
) -> Restored:
    """Write a verified backup over the file, a copy of which is kept beside it; create the file if there is none.

    ``on`` is the day recorded for people who are erased again. A dry run does everything except write.
    """
    leftovers.work_on(path)
    if not dry_run:
        attachments.sweep_leftovers(path)
    write = _overwrite if path.exists() else _create
    try:
        return write(path, candidate, who, on, request_id, dry_run, committing)
    finally:
        attachments.clear_note(path)


def _overwrite(
    path: Path,
    candidate: Reader,
    who: Callable[[Reader], str],
    on: str,
    request_id: str | None,
    dry_run: bool,
    committing: Committing,
) -> Restored:
    """Write a verified backup over the file."""
    made: list[Path] = []
    # Closed last: closing any handle of a file releases the locks of this process on it.
    with path.open("rb") as raw, opening.storage_errors(path), closing(_open_locked(path, raw)) as target:
        present = _read_present(target)
        done = _find_replay(target, request_id)
        if done:
            return Restored(done.command, replay=done)
        writer, restored = _continue_from(path, candidate, present, who, on, request_id)
        if dry_run:
            return restored
        try:
            kept = _keep_original(path, raw, made)
            missing = _bring_files(candidate, path, made)
            with committing(writer.command):
                _write(writer.connection, target)
        except BaseException:
            attachments.discard(made)
            raise
    attachments.sweep(path)
    return restored._replace(kept=kept, missing=missing)


def shares_lineage(candidate: Reader, path: Path) -> bool:
    """Return whether a backup and the present file are copies of one file; True if that can't be read."""
    try:
        with closing(opening.connect(path, writing=False)) as connection:
            first = _first_entry(connection)
    except (*opening.DAMAGE, StorageError):
        return True
    return first == _first_entry(candidate.connection)


# -- the present file ---------------------------------------------------------------------------


def _open_locked(path: Path, raw: BinaryIO) -> sqlite3.Connection:
    """Open the file with an exclusive lock, even if it is too damaged to be read; others wait."""
    try:
        with closing(opening.connect(path, writing=False)) as connection:
            migrations.version_of(connection, path)
    except opening.DAMAGE as error:
        ours = opening.APPLICATION_ID.to_bytes(4) == os.pread(raw.fileno(), 4, _APPLICATION_ID)
        if not ours or not opening.is_beyond_reading(error):
            raise
    where = path.as_uri() + "?mode=rw"
    connection = sqlite3.connect(where, uri=True, isolation_level=None, timeout=opening.BUSY_SECONDS)
    try:
        with suppress(*opening.DAMAGE):
            connection.execute("PRAGMA synchronous=EXTRA")
        connection.execute("BEGIN EXCLUSIVE")
        # Keeps the lock after the transaction: SQLite can't write a copy over the file during one.
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("COMMIT")
    except opening.DAMAGE as error:
        connection.close()
        if not opening.is_beyond_reading(error):
            raise
        raise StorageError(
            say(
                "{path} is too damaged to be overwritten; nothing was changed: move it elsewhere, and repeat the "
                "command",
                path=path,
            )
        ) from error
    return connection


def _write(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Write a database over another, completely or not at all, and release the lock."""
    target.execute("PRAGMA locking_mode=NORMAL")  # from the next commit on
    source.backup(target)


def _read_present(connection: sqlite3.Connection) -> Present:
    """Read the data that the backup needs from the file, as far as it can be read."""
    first, numbers, erased = None, dict[str, int](), None
    with suppress(*opening.DAMAGE):
        first = _first_entry(connection)
    with suppress(*opening.DAMAGE):
        numbers = dict(connection.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    with suppress(*opening.DAMAGE):
        has_erasures = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'erasures'").fetchone()
        erased = erase.list_erased(Reader(connection, Path())) if has_erasures else []
    return Present(first, numbers, erased)


def _first_entry(connection: sqlite3.Connection) -> tuple[str, ...] | None:
    """Return the first entry of the journal, which only copies of one file have in common."""
    found: tuple[str, ...] | None = connection.execute(
        "SELECT at, who, name, coalesce(request_id, '') FROM commands ORDER BY id LIMIT 1"
    ).fetchone()
    return found


def _find_replay(connection: sqlite3.Connection, request_id: str | None) -> Replay | None:
    with suppress(*opening.DAMAGE):
        return transactions.find_replay(Reader(connection, Path()), "db restore", request_id)
    return None


def _keep_original(path: Path, raw: BinaryIO, made: list[Path]) -> Path:
    """Copy the file, damaged or not, and its attached files."""
    original = backup.restore_target(path)
    with atomic_files.replace_file(original, force=False) as copy:
        raw.seek(0)
        shutil.copyfileobj(raw, copy, 1 << 20)
    made.append(original)
    attachments.copy(path, original, attachments.list_digests(path), made, link=True)
    attachments.clear_note(original)
    return original


# -- the backup ---------------------------------------------------------------------------------


def _check(source: Path, found: list[Finding]) -> None:
    if found:
        raise StorageError(
            say(
                "{source} is damaged ({place}: {problem}); nothing was changed: `clientctl db verify --db "
                "{file}` says where; another backup may be intact",
                source=source,
                place=found[0].place,
                problem=found[0].problem,
                file=word(str(source)),
            )
        )


def _continue_from(
    path: Path,
    candidate: Reader,
    present: Present | None,
    who: Callable[[Reader], str],
    on: str,
    request_id: str | None,
) -> tuple[Writer, Restored]:
    """Make a backup continue where the present file stopped, in a final command of its own."""
    connection = candidate.connection
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("PRAGMA defer_foreign_keys=ON")
    writer = Writer(connection, path)
    if transactions.find_replay(candidate, "db restore", request_id):
        raise RefusedError(
            say(
                "the backup itself was made after the request {request_id}: give this one another id",
                request_id=request_id,
            )
        )
    kin = present if present and present.first in {None, _first_entry(connection)} else None
    if kin:
        _raise_numbers(connection, kin.numbers)
    at = clock.stamp(clock.now())
    request = request_id and journal.request_digest(request_id)
    writer.command = journal.begin(connection, at, who(candidate), "db restore", request, final=True)
    since = (kin.erased or []) if kin else []
    again = _list_still_known(writer, [*since, *erase.list_erased(writer)])
    merged = [row[0] for each in again for row in writer.rows("SELECT merged_into FROM clients WHERE id = ?", (each,))]
    within = {each for each in merged if each and each not in again}
    if again:
        erase.erase(writer, again, on)
    erase.record_erased(writer, since)
    writer.compact = writer.lasting = True
    transactions.finish(writer)
    blind = kin is not None and kin.erased is None
    return writer, Restored(writer.command, tuple(again), tuple(sorted(within)), blind=blind)


def _raise_numbers(connection: sqlite3.Connection, numbers: dict[str, int]) -> None:
    """Raise the counters so that no number is used again that the present file has used."""
    for table, last in numbers.items():
        known = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
        if known is None:
            connection.execute("INSERT INTO sqlite_sequence(name, seq) VALUES (?, ?)", (table, last))
        elif known[0] < last:
            connection.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (last, table))


def _list_still_known(db: Reader, erased: list[FirstEntry]) -> list[int]:
    """List the erased clients that the file still has data of: the same id, added by the same command."""
    wanted = set(erased)
    ids = [each for each in sorted({each.client_id for each in wanted}) if erase.knows(db.connection, [each])]
    return [each.client_id for each in erase.list_first_entries(db, ids) if each in wanted]


def _bring_files(candidate: Reader, path: Path, made: list[Path]) -> tuple[str, ...]:
    """Copy attached files that the backup has and the present file lacks; return those that neither has."""
    needed = (each for each in attachments.named_digests(candidate.connection) if not attachments.is_whole(path, each))
    return tuple(attachments.copy(candidate.path, path, needed, made, link=False))


def _create(
    path: Path,
    candidate: Reader,
    who: Callable[[Reader], str],
    on: str,
    request_id: str | None,
    dry_run: bool,
    committing: Committing,
) -> Restored:
    """Create the file from a verified backup."""
    writer, restored = _continue_from(path, candidate, None, who, on, request_id)
    if dry_run:
        return restored
    made: list[Path] = []
    try:
        with opening.storage_errors(path), committing(writer.command), opening.create(path) as target:
            missing = _bring_files(candidate, path, made)
            writer.connection.backup(target)
    except BaseException:
        attachments.discard(made)
        raise
    return restored._replace(missing=missing)
