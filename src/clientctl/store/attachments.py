"""Keep documents and pictures as files beside the database, each named by the SHA-256 of what is in it.

A file is in its place before the row that names it is committed, and stays as long as any row or
any image of one in the journal names it, so that whatever is undone finds it again. A folder is noted as
one of the `leftovers` while files come into it: those that came to nothing are gone with the next write.
"""

import os
import re
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clientctl.base import atomic_files, leftovers
from clientctl.errors import BadInputError, ClientctlError, StorageError
from clientctl.store import opening
from clientctl.store.finding import Finding

MOST_BYTES = 100 << 20
"""The biggest file that is kept, in bytes."""

_NAMING_COLUMNS = (("documents", "digest"), ("clients", "photo"))
"""The tables and columns that name files."""

_CHUNK = 1 << 20
_ENDING = ".files"
_OURS = r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+\.tmp"


class StoredFile(NamedTuple):
    """A file as it is kept: its digest in hexadecimal, how many bytes it has."""

    digest: str
    bytes: int


class FolderSize(NamedTuple):
    """What lies in a folder of files: how many, and their bytes together."""

    files: int
    bytes: int


def folder_of(path: Path) -> Path:
    """Name the folder of the files that belong to a database.

    The whole name of the database is in it: two that differ in their extension only, like a file
    and its backup, never share one.
    """
    return path.with_name(f"{path.name}{_ENDING}")


def path_of(path: Path, digest: str) -> Path:
    """Name the file of a digest."""
    return folder_of(path) / digest


def store(path: Path, source: BinaryIO, *, dry_run: bool) -> StoredFile:
    """Keep what is in a file that can be read twice, for the row that a command is about to make; not in a dry run.

    Raise BadInputError when it is over MOST_BYTES or changes meanwhile, StorageError when it can't be written.
    """
    kept = _hash(source)
    if dry_run:
        return kept
    target = path_of(path, kept.digest)
    _make(target.parent)
    if target.is_symlink():
        target.unlink()
    source.seek(0)
    with atomic_files.replace_file(target, force=True, over_database=True) as file:
        if _copy_and_hash(source, file) != kept:
            raise BadInputError("the file was changed while it was read: try again")
    return kept


@contextmanager
def open_verified(path: Path, digest: str) -> Iterator[BinaryIO]:
    """Lend the file of a digest, found to be what was kept. Raise StorageError when it is missing or has changed."""
    with _open_plain(path_of(path, digest)) as file:
        if file is None or _hash(file).digest != digest:
            what = "missing" if file is None else "not what was kept"
            raise StorageError(f"the file {path_of(path, digest)} is {what}: a backup may have it")
        file.seek(0)
        yield file


def list_digests(path: Path) -> set[str]:
    """List the digests of the files in the folder, whether anything names them or not."""
    return {entry.name for entry in _entries(path) if not entry.name.startswith(".")}


def is_whole(path: Path, digest: str) -> bool:
    """Return whether the file of a digest is there and what it was."""
    return _problem(path, digest) is None


def measure_folder(path: Path) -> FolderSize:
    """Count the files that belong to a database."""
    sizes = [entry.stat(follow_symlinks=False).st_size for entry in _entries(path) if not entry.name.startswith(".")]
    return FolderSize(len(sizes), sum(sizes))


def expect_sweep(path: Path) -> None:
    """Note that `sweep` will be called after the commit: if it is not, for whatever reason, the next write does it."""
    if _entries(path):
        leftovers.note(folder_of(path))


def clear_note(path: Path) -> None:
    """Take the note of the folder of a database back: what came into it is named."""
    leftovers.forget(folder_of(path))


@contextmanager
def discard_on_failure(path: Path) -> Iterator[None]:
    """Remove what came into the folder of a database for a command that fails in here, and has rolled back."""
    try:
        yield
    except BaseException:
        if leftovers.is_noted(folder_of(path)):
            _try_sweep(path)
        raise


def sweep_leftovers(path: Path) -> list[Path]:
    """Finish or remove what commands that were killed have left of a database; return what is out of reach."""
    swept = leftovers.sweep(path)
    done = [note for note in swept.unfinished if _finish(note.path, path)]
    if done:
        leftovers.drop_notes(path, done)
    left = [note.path for note in swept.unfinished if note not in done]
    return [*swept.unreachable, *(each for each in left if each != path)]


def _finish(noted: Path, path: Path) -> bool:
    """Write the database anew if that was noted, or sweep the folder of one; say whether that could be done now."""
    if noted != path:
        return _try_sweep(noted.with_name(noted.name.removesuffix(_ENDING)))
    try:
        opening.rewrite(path)
    except ClientctlError:
        return False
    leftovers.forget(path)
    return True


def _try_sweep(path: Path) -> bool:
    """Remove the files that nobody names, all where there is no database; say whether that could be done now."""
    try:
        if path.exists():
            sweep(path)
        else:
            remove(path)
    except (ClientctlError, OSError):
        return False
    return True


def sweep(path: Path) -> int:
    """Remove the files that no row and no image names any more; return how many.

    To be called after the commit that took the names away. It waits for a writer who may have put
    a file in place for a row to come.
    """
    orphans = _remove_unnamed(path) if _entries(path) else 0
    clear_note(path)
    return orphans


def _remove_unnamed(path: Path) -> int:
    with opening.storage_errors(path):
        connection = opening.connect(path, writing=True)
        try:
            connection.execute("BEGIN IMMEDIATE")
            needed = named_digests(connection)
            orphans = [entry for entry in _entries(path) if entry.name not in needed]
            discard(Path(entry.path) for entry in orphans)
        finally:
            connection.close()
    return len(orphans)


def named_digests(connection: sqlite3.Connection) -> set[str]:
    """List the digests that rows or images name, also in a file of an older version."""
    found: set[str] = set()
    for table, column in _NAMING_COLUMNS:
        for each in (table, f"{table}_log"):
            if column in {row[1] for row in connection.execute(f"PRAGMA table_info({each})")}:
                rows = connection.execute(f"SELECT DISTINCT {column} FROM {each} WHERE {column} IS NOT NULL")
                found.update(row[0] for row in rows)
    return found


def find_problems(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    """Read every file that is named, and find those that are missing or have changed."""
    whole: dict[str, str | None] = {}
    for table, column in _NAMING_COLUMNS:
        for each in (table, f"{table}_log"):
            sql = f"SELECT min(id), {column} FROM {each} WHERE {column} IS NOT NULL GROUP BY 2 ORDER BY 1"
            for row_id, digest in connection.execute(sql).fetchall():
                if digest not in whole:
                    whole[digest] = _problem(path, digest)
                    if whole[digest]:
                        yield Finding(each, row_id, column, f"the file {digest} {whole[digest]}")


def copy(source: Path, target: Path, digests: Iterable[str], made: list[Path], *, link: bool) -> list[str]:
    """Give another database, there or still to come, the files of some digests; return those missing or changed.

    ``link`` makes hard links where the file system has them: they cost no room, but share what
    happens to the file itself. ``made`` is told of every file that is new there, to be discarded
    should something fail later.
    """
    bad = []
    for digest in sorted(digests):
        new = path_of(target, digest)
        with _open_plain(path_of(source, digest)) as file:
            if file is None:
                bad.append(digest)
                continue
            _make(new.parent)
            made += [] if new.exists() else [new]
            if not (link and _link(path_of(source, digest), new)) and not _copy_verified(file, new, digest):
                bad.append(digest)
    _flush(folder_of(target))
    return bad


def discard(made: Iterable[Path]) -> None:
    """Remove files that came to nothing, and their folder if nothing else is in it."""
    for file in made:
        file.unlink(missing_ok=True)
        with suppress(OSError):
            file.parent.rmdir()


def remove(path: Path) -> None:
    """Remove all the files of a database that is gone."""
    discard([Path(entry.path) for entry in _entries(path)])


def _make(place: Path) -> None:
    """Make the folder, for its owner only whatever the umask. Raise StorageError when that can't be."""
    leftovers.note(place)
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        if place.is_symlink():
            raise StorageError(f"{place} is a link: put the folder itself there")
        place.chmod(0o700)
    except OSError as error:
        raise StorageError(f"{place} can't be made ({error.strerror}); nothing was changed") from error


def _entries(path: Path) -> list["os.DirEntry[str]"]:
    """List the files in the folder that are ours, and what a killed writer left of one."""
    place = folder_of(path)
    if not place.is_dir() or place.is_symlink():
        return []
    with os.scandir(place) as entries:
        return [entry for entry in entries if re.fullmatch(_OURS, entry.name)]


@contextmanager
def _open_plain(path: Path) -> Iterator[BinaryIO | None]:
    """Open an ordinary file, no link; give None when there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    with os.fdopen(descriptor, "rb") as file:
        yield file if stat.S_ISREG(os.fstat(descriptor).st_mode) else None


def _hash(file: BinaryIO) -> StoredFile:
    return _copy_and_hash(file, None)


def _copy_and_hash(source: BinaryIO, target: BinaryIO | None) -> StoredFile:
    """Read a file to its end, into another if there is one; return what was read. Raise BadInputError over the cap."""
    import hashlib  # slow, and not needed where documents are only listed

    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadInputError(f"the file is over {MOST_BYTES >> 20} MB: make it smaller first")
        if target:
            target.write(chunk)
    return StoredFile(digest.hexdigest(), size)


def _problem(path: Path, digest: str) -> str | None:
    with _open_plain(path_of(path, digest)) as file:
        if file is None:
            return "is missing"
        return None if _hash(file).digest == digest else "is not what was kept"


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:  # no links here, or something has that name
        return False
    return True


def _copy_verified(file: BinaryIO, target: Path, digest: str) -> bool:
    """Copy a file; say whether it was what was kept, otherwise nothing is copied."""
    try:
        with atomic_files.replace_file(target, force=True, over_database=True) as copied:
            if _copy_and_hash(file, copied).digest != digest:
                raise _ChangedError
    except _ChangedError:
        return False
    return True


class _ChangedError(Exception):
    """What is read is no longer what was kept."""


def _flush(place: Path) -> None:
    """Make new names last before something relies on them; some file systems can't."""
    with suppress(OSError):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
