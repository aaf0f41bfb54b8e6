"""Copy the whole file to another place while others work with it: always a good copy, or none."""

import glob
import sqlite3
from pathlib import Path

from clientctl.base import clock, files
from clientctl.errors import StorageError
from clientctl.store import opening, verify

FOLDER = "backups"
"""Beside the file; made when first needed, for its owner only."""

KEPT = 5
"""How many backups made by the program itself, before a migration, are kept."""


def back_up(path: Path, target: Path, *, force: bool = False) -> int:
    """Write a verified copy of a file; return the number of the last command in it."""
    if target.parent.name == FOLDER:
        _make(target.parent)
    with opening.storage_errors(path), files.replacing(target, force=force) as copy:
        source, made = opening.connect(path, writing=False), sqlite3.connect(copy.name)
        try:
            made.execute("PRAGMA journal_mode=OFF")  # nothing beside the copy, which is thrown away when it fails
            source.backup(made)
        finally:
            source.close()
            made.close()
        return _verified(Path(copy.name))


def default_target(path: Path, what: str) -> Path:
    """Name a backup beside the file by when it is made and what it is of."""
    return path.parent / FOLDER / f"{path.stem}-{clock.now():%Y%m%d-%H%M%S}-{what}{path.suffix}"


def before_migration(path: Path, version: int) -> None:
    """Keep a copy of the file as an older program left it; the oldest such copies go."""
    target = default_target(path, f"version{version}")
    back_up(path, target, force=True)
    digit = "[0-9]"
    same = f"{glob.escape(path.stem)}-{digit * 8}-{digit * 6}-version*"
    kept = sorted(target.parent.glob(same), key=lambda file: file.stat().st_mtime_ns)
    for old in kept[:-KEPT]:
        old.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} can't be made ({error.strerror}); no backup made: name another place") from error


def _verified(path: Path) -> int:
    connection = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True, isolation_level=None)
    try:
        problem = next(iter(verify.pages(connection)), None)
        if problem:
            raise StorageError(
                f"the file is damaged ({problem.problem}): `clientctl db verify` says where; no backup made"
            )
        return int(connection.execute("SELECT coalesce(max(id), 0) FROM commands").fetchone()[0])
    finally:
        connection.close()
