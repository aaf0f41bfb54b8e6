"""Documents and pictures, stored as files beside the database, each named by the SHA-256 of its content.

A file is in place before the row that names it is committed, and stays as long as any row or
any image of one in the journal names it, so that undo finds it again. The folder is noted in
`leftovers` while files are added to it: files without a row are removed by the next write.
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
from clientctl.base.words import say
from clientctl.errors import BadInputError, ClientctlError, StorageError
from clientctl.store import opening
from clientctl.store.finding import Finding

MOST_BYTES = 100 << 20
"""The largest file that is stored, in bytes."""

_NAMING_COLUMNS = (("documents", "digest"), ("clients", "photo"))
"""The tables and columns that refer to files."""

_CHUNK = 1 << 20
_ENDING = ".files"
_OURS = r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+\.tmp"


class StoredFile(NamedTuple):
    """A stored file: its digest in hexadecimal, its size in bytes."""

    digest: str
    bytes: int


class FolderSize(NamedTuple):
    """The content of a folder: the number of files, and their total size in bytes."""

    files: int
    bytes: int


def folder_of(path: Path) -> Path:
    """Return the folder of the files that belong to a database.

    Its name contains the whole name of the database: two that differ only in their extension, like
    a file and its backup, never share a folder.
    """
    return path.with_name(f"{path.name}{_ENDING}")


def path_of(path: Path, digest: str) -> Path:
    """Return the path of the file with a digest."""
    return folder_of(path) / digest


def store(path: Path, source: BinaryIO, *, dry_run: bool) -> StoredFile:
    """Store a copy of a file, which can be read twice, for a row that a command will add; not in a dry run.

    Raise BadInputError if it is over MOST_BYTES or changes meanwhile, StorageError if it can't be written.
    """
    stored = _hash(source)
    if dry_run:
        return stored
    target = path_of(path, stored.digest)
    _make(target.parent)
    if target.is_symlink():
        target.unlink()
    source.seek(0)
    with atomic_files.replace_file(target, force=True, over_database=True) as file:
        if _copy_and_hash(source, file) != stored:
            raise BadInputError(say("the file was changed while it was read: try again"))
    return stored


@contextmanager
def open_verified(path: Path, digest: str) -> Iterator[BinaryIO]:
    """Open the file with a digest after checking it. Raise StorageError if it is missing or has changed."""
    with _open_plain(path_of(path, digest)) as file:
        if file is None or _hash(file).digest != digest:
            place = path_of(path, digest)
            raise StorageError(
                say("the file {place} is missing: a backup may have it", place=place)
                if file is None
                else say("the file {place} is not what was kept: a backup may have it", place=place)
            )
        file.seek(0)
        yield file


def list_digests(path: Path) -> set[str]:
    """List the digests of the files in the folder, used or not."""
    return {entry.name for entry in _entries(path) if not entry.name.startswith(".")}


def is_whole(path: Path, digest: str) -> bool:
    """Return whether the file with a digest exists and is unchanged."""
    return _problem(path, digest) is None


def measure_folder(path: Path) -> FolderSize:
    """Count the files that belong to a database, and add up their sizes."""
    sizes = [entry.stat(follow_symlinks=False).st_size for entry in _entries(path) if not entry.name.startswith(".")]
    return FolderSize(len(sizes), sum(sizes))


def expect_sweep(path: Path) -> None:
    """Record that `sweep` is due after the commit: if it does not happen, the next write does it."""
    if _entries(path):
        leftovers.note(folder_of(path))


def clear_note(path: Path) -> None:
    """Remove the note of a database's folder: all new files are in use."""
    leftovers.forget(folder_of(path))


@contextmanager
def discard_on_failure(path: Path) -> Iterator[None]:
    """Remove the files that the command inside added to a database's folder if it fails and rolls back."""
    try:
        yield
    except BaseException:
        if leftovers.is_noted(folder_of(path)):
            _try_sweep(path)
        raise


def sweep_leftovers(path: Path) -> list[Path]:
    """Finish or remove what killed commands left; return the paths that are out of reach."""
    swept = leftovers.sweep(path)
    done = [note for note in swept.unfinished if _finish(note.path, path)]
    if done:
        leftovers.drop_notes(path, done)
    left = [note.path for note in swept.unfinished if note not in done]
    return [*swept.unreachable, *(each for each in left if each != path)]


def _finish(noted: Path, path: Path) -> bool:
    """Rewrite the database if that was noted, or sweep the folder of one; return whether it succeeded."""
    if noted != path:
        return _try_sweep(noted.with_name(noted.name.removesuffix(_ENDING)))
    try:
        opening.rewrite(path)
    except ClientctlError:
        return False
    leftovers.forget(path)
    return True


def _try_sweep(path: Path) -> bool:
    """Remove unused files, all if there is no database; return whether it succeeded."""
    try:
        if path.exists():
            sweep(path)
        else:
            remove(path)
    except (ClientctlError, OSError):
        return False
    return True


def sweep(path: Path) -> int:
    """Remove the files that no row or image refers to any more; return how many.

    Call it after the commit that removed the references. It waits for a writer that may have added
    a file for a row that is not committed yet.
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
    """List the digests that rows or images refer to, also in a file of an older version."""
    found: set[str] = set()
    for table, column in _NAMING_COLUMNS:
        for each in (table, f"{table}_log"):
            if column in {row[1] for row in connection.execute(f"PRAGMA table_info({each})")}:
                rows = connection.execute(f"SELECT DISTINCT {column} FROM {each} WHERE {column} IS NOT NULL")
                found.update(row[0] for row in rows)
    return found


def find_problems(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    """Yield the files in use that are missing or have changed."""
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
    """Copy files to the folder of another database, existing or not; return the digests of bad ones.

    ``link`` makes hard links where the file system supports them: they take no space, but share any
    change to the file itself. New files are appended to ``made``, so that the caller can discard them
    if something fails later. Bad files are missing or have changed.
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
    atomic_files.flush_folder(folder_of(target))
    return bad


def discard(made: Iterable[Path]) -> None:
    """Remove unused files, and their folder if it is empty then."""
    for file in made:
        file.unlink(missing_ok=True)
        with suppress(OSError):
            file.parent.rmdir()


def remove(path: Path) -> None:
    """Remove all files of a deleted database."""
    discard([Path(entry.path) for entry in _entries(path)])


def _make(place: Path) -> None:
    """Create the folder, for its owner only with any umask. Raise StorageError on failure."""
    leftovers.note(place)
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        if place.is_symlink():
            raise StorageError(say("{place} is a link: put the folder itself there", place=place))
        place.chmod(0o700)
    except OSError as error:
        raise StorageError(
            say("{place} can't be created ({strerror}); nothing was changed", place=place, strerror=error.strerror)
        ) from error


def _entries(path: Path) -> list["os.DirEntry[str]"]:
    """List our files in the folder, including temporary ones of a killed writer."""
    place = folder_of(path)
    if not place.is_dir() or place.is_symlink():
        return []
    with os.scandir(place) as entries:
        return [entry for entry in entries if re.fullmatch(_OURS, entry.name)]


@contextmanager
def _open_plain(path: Path) -> Iterator[BinaryIO | None]:
    """Open a regular file, not a link; yield None if there is none."""
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
    """Read a file, copying it into another if given; return its digest and size. Raise BadInputError if too big."""
    import hashlib  # slow, and not needed to list documents

    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if size > MOST_BYTES:
            raise BadInputError(
                say("the file is over {most_bytes} MB: make it smaller first", most_bytes=MOST_BYTES >> 20)
            )
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
    """Copy a file and return True if its digest is right; otherwise copy nothing."""
    try:
        with atomic_files.replace_file(target, force=True, over_database=True) as copied:
            if _copy_and_hash(file, copied).digest != digest:
                raise _ChangedError
    except _ChangedError:
        return False
    return True


class _ChangedError(Exception):
    """A file that differs from what was stored."""
