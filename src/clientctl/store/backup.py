"""Copy the whole file to another place while others work with it: always a good copy, or none."""

import glob
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from clientctl.base import clock, files, leftovers
from clientctl.errors import RefusedError, StorageError
from clientctl.store import attachments, opening, verify

FOLDER = leftovers.BACKUPS
"""Beside the file; made when first needed, for its owner only."""

KEPT = 5
"""How many backups made by the program itself, before a migration, are kept."""


class Copied(NamedTuple):
    """What a backup holds: the number of its last command, how many attached files, which are missing or changed."""

    last: int
    files: int
    bad: tuple[str, ...]


def back_up(path: Path, target: Path, *, force: bool = False, link: bool = False) -> Copied:
    """Write a verified copy of a file, and beside it the files that are attached to what is in it.

    They are there before the copy gets its name; ``link`` makes hard links of them. What an older
    copy of that name had goes.
    """
    target, made = Path(os.path.realpath(target)), list[Path]()
    try:
        copied = _back_up(path, target, made, force=force, link=link)
    except BaseException:
        attachments.discard(made)
        attachments.settle(target)
        raise
    attachments.sweep(target)
    return copied


def _back_up(path: Path, target: Path, made: list[Path], *, force: bool, link: bool) -> Copied:
    if target.parent.name == FOLDER:
        _make(target.parent)
    if target.exists() and target.samefile(path):
        raise RefusedError(f"{target} is the database itself: name another file for its backup")
    with opening.storage_errors(path), files.replacing(target, force=force, over_database=True) as copy:
        source, copied = opening.connect(path, writing=False), sqlite3.connect(copy.name)
        try:
            copied.execute("PRAGMA journal_mode=OFF")  # nothing beside the copy, which is thrown away when it fails
            source.backup(copied)
        finally:
            source.close()
            copied.close()
        last, digests = _verified(Path(copy.name))
        bad = attachments.copy(path, target, digests, made, link=link)
        return Copied(last, len(digests) - len(bad), tuple(bad))


def default_target(path: Path, what: str) -> Path:
    """Name a backup beside the file by when it is made and what it is of."""
    return path.parent / FOLDER / f"{path.stem}-{clock.now():%Y%m%d-%H%M%S}-{what}{path.suffix}"


def before_restore(path: Path) -> Path:
    """Name the copy that is kept of a file that another is restored over: beside it, by when, like none there is."""
    stem = f"{path.stem}-before-restore-{clock.now():%Y%m%d-%H%M%S}"
    names = (f"{stem}{more}{path.suffix}" for more in ("", *(f"-{number}" for number in range(2, 1_000))))
    return next(each for each in map(path.with_name, names) if not each.exists())


def known(path: Path) -> list[Path]:
    """List the files that may be copies of a file: all where backups are put, whatever they are called."""
    beside = f"{glob.escape(path.stem)}-before-restore-*{path.suffix}"
    folders = (path.parent / FOLDER, "*"), (path.parent, beside)
    return [file for folder, names in folders for file in sorted(folder.glob(names)) if file.is_file()]


def before_migration(path: Path, version: int) -> None:
    """Keep a copy of the file as an older program left it; the oldest such copies go."""
    target = default_target(path, f"version{version}")
    back_up(path, target, force=True, link=True)
    digit = "[0-9]"
    same = f"{glob.escape(path.stem)}-{digit * 8}-{digit * 6}-version*"
    copies = [each for each in target.parent.glob(same) if each.is_file()]
    kept = sorted(copies, key=lambda file: file.stat().st_mtime_ns)
    for old in kept[:-KEPT]:
        attachments.remove(old)  # first: of files whose database is gone nobody knows
        old.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} can't be made ({error.strerror}); no backup made: name another place") from error


def _verified(path: Path) -> tuple[int, set[str]]:
    connection = sqlite3.connect(path.as_uri() + "?mode=ro", uri=True, isolation_level=None)
    try:
        problem = next(iter(verify.pages(connection)), None)
        if problem:
            raise StorageError(
                f"the file is damaged ({problem.problem}): `clientctl db verify` says where; no backup made"
            )
        last = int(connection.execute("SELECT coalesce(max(id), 0) FROM commands").fetchone()[0])
        return last, attachments.named(connection)
    finally:
        connection.close()
