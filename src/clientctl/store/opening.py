"""Open the file, refuse files of other programs, and convert SQLite's errors into ours."""

import os
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from clientctl.base.words import say
from clientctl.errors import ClientctlError, RefusedError, StorageError

APPLICATION_ID = 0x636C6374
"""``clct``: the application id of a clientctl file in SQLite's header."""

BUSY_SECONDS = 30.0

_MINIMUM_SQLITE = (3, 38, 0)
_PRAGMAS = ("foreign_keys=ON", "trusted_schema=OFF", "temp_store=MEMORY", "cache_size=-65536")
_WRITE_PRAGMAS = (
    "journal_mode=DELETE",
    "synchronous=EXTRA",
    "secure_delete=ON",
    "recursive_triggers=ON",
    "cache_spill=OFF",  # spilling takes the exclusive lock long before the commit
)


def default_path() -> Path:
    """Return the file used without ``--db`` and ``CLIENTCTL_DB``."""
    from platformdirs import user_data_path

    return user_data_path("clientctl", appauthor=False) / "clients.db"


def connect(path: Path, *, writing: bool, damaged: bool = False) -> sqlite3.Connection:
    """Open an existing clientctl file of any version; with ``damaged``, even one that can't be queried.

    Reading connections are opened read-write, or they could not roll back the journal of a killed
    writer, and then made read-only.
    """
    _check_file(path)
    if writing:
        _check_folder(path)
    connection = sqlite3.connect(
        path.absolute().as_uri() + "?mode=rw", uri=True, isolation_level=None, timeout=BUSY_SECONDS
    )
    try:
        try:
            _set(connection, _PRAGMAS)
            is_ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        except DAMAGE as error:
            is_ours = damaged and is_beyond_reading(error)
            if not is_ours:
                raise
        if not is_ours:
            raise StorageError(say("{path} is not a clientctl database: name another with --db", path=path))
        # Not before: the journal mode is stored in the file, which may be another program's.
        _set(connection, _WRITE_PRAGMAS if writing else ("query_only=ON",))
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def create(path: Path, *, dry_run: bool = False) -> Iterator[sqlite3.Connection]:
    """Create an empty file that only its owner can read; it gets its name when it is complete.

    In a dry run it is in memory, and no folder is created. Raise RefusedError if the file already exists, even
    if it was created in the meantime.
    """
    from clientctl.base import atomic_files

    refusal = RefusedError(say("{path} already exists: clientctl uses it as it is", path=path))
    try:
        if path.exists():
            raise refusal
        if not dry_run:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or say("no reason given")).lower()
        raise StorageError(say("{path} can't be created: {reason}", path=path, reason=reason)) from error
    if dry_run:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            _set(connection, (*_PRAGMAS, *_WRITE_PRAGMAS))
            yield connection
        return
    made = False
    try:
        with atomic_files.replace_file(path, force=False) as file:
            with closing(sqlite3.connect(file.name, isolation_level=None)) as connection:
                # No other process knows of it yet, and `replace_file` flushes it.
                _set(connection, (*_PRAGMAS, *_WRITE_PRAGMAS, "journal_mode=MEMORY", "synchronous=OFF"))
                yield connection
            made = True
    except RefusedError:
        if made:
            raise refusal from None
        raise


def memory_copy(connection: sqlite3.Connection, *, writing: bool = False) -> sqlite3.Connection:
    """Copy the whole file into memory for reading; with ``writing``, with the settings of a writing connection.

    The caller closes it.
    """
    copy = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.backup(copy)
        _set(copy, (*_PRAGMAS, *_WRITE_PRAGMAS) if writing else ("trusted_schema=OFF",))
    except BaseException:
        copy.close()
        raise
    return copy


def rewrite(path: Path) -> None:
    """Rewrite the file without any byte of removed data. Raise StorageError if that is impossible now."""
    with storage_errors(path), closing(connect(path, writing=True)) as connection:
        connection.execute("VACUUM")


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Convert errors of SQLite into errors with one line that names the file."""
    try:
        yield
    except sqlite3.Error as error:
        if str(error).startswith("Could not decode to UTF-8"):  # its message contains the text, which is personal
            raise StorageError(say(_FAULTS[sqlite3.SQLITE_CORRUPT], path=path)) from None
        raise _translate(error, path) from error
    except UnicodeDecodeError:  # from a message of SQLite that quotes a damaged schema
        raise StorageError(say(_FAULTS[sqlite3.SQLITE_CORRUPT], path=path)) from None


def is_beyond_reading(error: sqlite3.DatabaseError | UnicodeDecodeError) -> bool:
    """Return whether SQLite can't read a file at all, or its message quotes a damaged schema."""
    if isinstance(error, UnicodeDecodeError):
        return True
    return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR}  # or the format is unknown


@contextmanager
def open_unchecked(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file of any version, however damaged, for reading; damaged characters are replaced."""
    with storage_errors(path):
        connection = connect(path, writing=False, damaged=True)
        try:
            connection.text_factory = lambda stored: stored.decode(errors="replace")
            yield connection
        finally:
            connection.close()


def _set(connection: sqlite3.Connection, pragmas: Sequence[str]) -> None:
    for pragma in pragmas:
        connection.execute(f"PRAGMA {pragma}")


def _check_file(path: Path) -> None:
    if sqlite3.sqlite_version_info < _MINIMUM_SQLITE:
        raise StorageError(
            say(
                "SQLite {sqlite_version} is too old: clientctl needs 3.38 or newer",
                sqlite_version=sqlite3.sqlite_version,
            )
        )
    try:
        status = path.stat()
    except PermissionError:
        raise StorageError(say("no permission to reach {path}: ask its owner", path=path)) from None
    except OSError:
        raise StorageError(say("no database at {path}: `clientctl db init` creates one", path=path)) from None
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(say("{path} is not a file: name a database with --db", path=path))
    if not status.st_size:
        raise StorageError(say("{path} is empty: remove it, or name another with --db", path=path))
    if not os.access(path, os.R_OK):
        raise StorageError(say("no permission to read {path}: ask its owner", path=path))


def _check_folder(path: Path) -> None:
    """Check that SQLite can write beside the file; its own error would look like a broken disk."""
    folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120 - a string for the message
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StorageError(
            say(
                "{path} can't be changed: the folder {folder} can't be written; nothing was changed: check who owns it",
                path=path,
                folder=folder,
            )
        )


DAMAGE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""The errors of a damaged file: SQLite's own, and decoding its message if that quotes a damaged schema."""

_FAULTS = {
    sqlite3.SQLITE_BUSY: "another clientctl is writing; nothing was changed: try again in a moment",
    sqlite3.SQLITE_LOCKED: "another clientctl is writing; nothing was changed: try again in a moment",
    sqlite3.SQLITE_FULL: "disk full; nothing was changed: make room and try again",
    sqlite3.SQLITE_READONLY: "{path} or its folder can't be written; nothing was changed: check who owns them",
    sqlite3.SQLITE_CANTOPEN: "{path} or its folder can't be opened; nothing was changed: check who owns them",
    sqlite3.SQLITE_PERM: "{path} or its folder can't be opened; nothing was changed: check who owns them",
    sqlite3.SQLITE_NOTADB: "{path} is not a clientctl database: name another with --db",
    sqlite3.SQLITE_CORRUPT: "{path} is damaged: `clientctl db verify` says where; restore a backup",
    sqlite3.SQLITE_IOERR: "{path} can't be read or written: the disk reports an error; nothing was changed",
}
"""Messages for SQLite's errors by their primary result code."""


def _translate(error: sqlite3.Error, path: Path) -> ClientctlError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_CONSTRAINT:
        return RefusedError(say("another record already has it or still refers to it; nothing was changed"))
    if code not in _FAULTS:
        raise error
    return StorageError(say(_FAULTS[code], path=path))
