"""Find what a killed process left behind: partly written files and folders.

A temporary file has the number of its process in its name. Beside the database, and in the folder of its backups,
every write looks for such names. Anything written elsewhere is noted first, in a file beside the database
named like it and ending in ``.leftovers``: one line each, with process and path, until the work is done.
"""

import fcntl
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import BinaryIO, NamedTuple

BACKUPS = "backups"
"""The folder beside a database where backups are put."""

_MOST = 1 << 22
"""The highest process number: days, which other programs write into names, are higher."""

_TEMPORARY = r"(?s)\.(.+)\.([1-9][0-9]{0,6})\.tmp(?:-journal|-wal|-shm)?"
_COMPANIONS = ("", "-journal", "-wal", "-shm")


class WrittenPath(NamedTuple):
    """A path that a process is writing: a temporary file elsewhere, a folder, or the database itself."""

    process: int
    path: Path


class SweepResult(NamedTuple):
    """The paths that a sweep could not deal with itself: unfinished ones, and unreachable ones."""

    unfinished: list[WrittenPath]
    unreachable: list[Path]


_database: ContextVar[Path | None] = ContextVar("_database", default=None)
_noted_paths: dict[Path, Path] = {}
"""The paths that this process has noted, and the database of each."""


def work_on(database: Path) -> None:
    """Set the database to which everything that this process writes belongs."""
    _database.set(database)


def temporary_path(target: Path) -> Path:
    """Return the path that this process writes to before it renames the file to the target."""
    return target.with_name(f".{target.name}.{os.getpid()}.tmp")


# -- notes --------------------------------------------------------------------------------------


@contextmanager
def remove_afterwards(path: Path) -> Iterator[None]:
    """Remove a temporary file at the end in any case; it is noted until then, unless a sweep finds it anyway."""
    if (database := _database.get()) and path.parent not in {*_noted_paths, *_swept_folders(database)}:
        note(path)
    try:
        yield
    finally:
        if _remove_temporary(path):
            forget(path)


def note(path: Path) -> None:
    """Record a path that this process is about to write.

    Does nothing where no note can be written, as beside a read-only database.
    """
    database = _database.get()
    if database is None or path in _noted_paths:
        return
    with suppress(OSError), _open_notes(_notes_file(database)) as file:
        file.write(_format_note(WrittenPath(os.getpid(), path)))
        file.flush()
        os.fsync(file.fileno())
        _noted_paths[path] = database


def is_noted(path: Path) -> bool:
    """Return whether this process has noted a path."""
    return path in _noted_paths


def forget(path: Path) -> None:
    """Delete the note of a path, if this process made one: it is written, or gone."""
    if database := _noted_paths.pop(path, None):
        drop_notes(database, [WrittenPath(os.getpid(), path)])


def drop_notes(database: Path, notes: Iterable[WrittenPath]) -> None:
    """Delete notes."""
    with suppress(OSError):
        _keep_only(_notes_file(database), lambda each: each not in notes)


def _notes_file(database: Path) -> Path:
    return database.with_name(f"{database.name}.leftovers")


def _keep_only(file: Path, wanted: Callable[[WrittenPath], bool]) -> None:
    """Keep only the notes that are wanted; delete the file if none is left."""
    if not file.exists():
        return
    with _open_notes(file) as opened:
        notes = _parse_notes(opened)
        remaining = [each for each in notes if wanted(each)]
        if not remaining:
            file.unlink()
        if not remaining or remaining == notes:
            return
        new = temporary_path(file)
        with open(new, "wb", opener=_open_private) as written:
            written.writelines(map(_format_note, remaining))
        new.replace(file)


@contextmanager
def _open_notes(file: Path) -> Iterator[BinaryIO]:
    """Open the file of notes, created if missing, with a lock on it."""
    while True:
        with open(file, "a+b", opener=_open_private) as opened:
            fcntl.flock(opened, fcntl.LOCK_EX)
            # Its last owner may have replaced or deleted the file.
            if file.exists() and os.path.samestat(os.fstat(opened.fileno()), file.stat()):
                yield opened
                return


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _format_note(note: WrittenPath) -> bytes:
    import json  # slow, and not needed for reading

    return json.dumps([note.process, str(note.path)]).encode() + b"\n"


def _parse_notes(file: BinaryIO) -> list[WrittenPath]:
    """Read the notes, skipping broken lines: the machine may have stopped while one was written."""
    import json

    file.seek(0)
    notes = []
    for line in file:
        with suppress(ValueError, TypeError):
            process, path = json.loads(line)
            notes.append(WrittenPath(int(process), Path(path)))
    return notes


# -- the sweep ----------------------------------------------------------------------------------


def sweep(database: Path) -> SweepResult:
    """Remove the temporary files of dead processes; return what else they left.

    The notes of unfinished work stay until they are dropped.
    """
    for folder in _swept_folders(database):
        sweep_folder(folder)
    unfinished: list[WrittenPath] = []
    unreachable: list[Path] = []

    def stays(note: WrittenPath) -> bool:
        if is_running(note.process):
            return True
        if _is_temporary(note) and _remove_temporary(note.path):
            return False
        if _is_temporary(note) or not note.path.parent.is_dir():
            unreachable.append(note.path)
        else:
            unfinished.append(note)
        return True

    with suppress(OSError):
        _keep_only(_notes_file(database), stays)
    return SweepResult(unfinished, unreachable)


def sweep_folder(folder: Path, target: str | None = None) -> None:
    """Remove the temporary files of dead processes from a folder, only those of one target if it is given."""
    for entry, named, process in _find_temporaries(folder):
        if target in {None, named} and not is_running(process):
            with suppress(OSError):
                entry.unlink()


def list_remaining(database: Path) -> list[Path]:
    """List the paths that are being written now, or were left and could not be removed."""
    here = [entry for folder in _swept_folders(database) for entry, *_ in _find_temporaries(folder)]
    noted: list[WrittenPath] = []
    with suppress(OSError), _notes_file(database).open("rb") as file:
        noted = _parse_notes(file)
    return sorted({*here, *(each.path for each in noted if each.path != database)})


def is_running(process: int) -> bool:
    """Return whether a process other than this one has that number."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def _swept_folders(database: Path) -> tuple[Path, Path]:
    """Return the folders that every write sweeps."""
    home = Path(os.path.realpath(database.parent))
    return home, home / BACKUPS


def _find_temporaries(folder: Path) -> Iterator[tuple[Path, str, int]]:
    """Yield the temporary files in a folder, recognized by name: each with its target and its process."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            found = entry.name.startswith(".") and re.fullmatch(_TEMPORARY, entry.name)
            if found and int(found[2]) <= _MOST and entry.is_file(follow_symlinks=False):
                yield Path(entry.path), found[1], int(found[2])


def _is_temporary(note: WrittenPath) -> bool:
    found = re.fullmatch(_TEMPORARY, note.path.name)
    return found is not None and int(found[2]) == note.process


def _remove_temporary(path: Path) -> bool:
    """Remove a temporary file and SQLite's files beside it; return whether nothing is left."""
    try:
        for companion in _COMPANIONS:
            path.with_name(path.name + companion).unlink(missing_ok=True)
    except OSError:
        return False
    return path.parent.is_dir()  # otherwise it may be on a disk that is not mounted now
