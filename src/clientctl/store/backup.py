"""Back up the whole file while others work with it: always a good copy, or none."""

import glob
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from clientctl.base import atomic_files, clock, leftovers
from clientctl.base.words import say
from clientctl.errors import RefusedError, StorageError
from clientctl.store import attachments, opening, verify
from clientctl.store.finding import Finding

FOLDER = leftovers.BACKUPS
"""The folder beside the file; created when first needed, for its owner only."""

MIGRATION_BACKUPS = 5
"""How many backups made before migrations are kept."""


class BackupContents(NamedTuple):
    """The contents of a backup: its last command, the number of attached files, and the bad ones among them."""

    last: int
    files: int
    bad: tuple[str, ...]


def back_up(path: Path, target: Path, *, force: bool = False, link: bool = False) -> BackupContents:
    """Write a verified copy of the file, with its attached files beside it.

    They are in place before the copy gets its name; ``link`` makes hard links of them. The files of an
    older copy of that name are removed. Raise StorageError, with nothing written, for a damaged file.
    """
    return _write_copy(path, target, force=force, link=link, even_damaged=False)[0]


def _write_copy(
    path: Path, target: Path, *, force: bool, link: bool, even_damaged: bool
) -> tuple[BackupContents, Finding | None]:
    """Write a copy, verified or ``even_damaged``; return its contents, and the first damage found."""
    target, made = Path(os.path.realpath(target)), list[Path]()
    try:
        copied, damage = _copy(path, target, made, force=force, link=link, even_damaged=even_damaged)
    except BaseException:
        attachments.discard(made)
        attachments.clear_note(target)
        raise
    attachments.sweep(target)
    return copied, damage


def _copy(
    path: Path, target: Path, made: list[Path], *, force: bool, link: bool, even_damaged: bool
) -> tuple[BackupContents, Finding | None]:
    if target.parent.name == FOLDER:
        _make(target.parent)
    if target.exists() and target.samefile(path):
        raise RefusedError(say("{target} is the database itself: name another file for its backup", target=target))
    with opening.storage_errors(path), atomic_files.replace_file(target, force=force, over_database=True) as copy:
        source, copied = opening.connect(path, writing=False), sqlite3.connect(copy.name)
        try:
            copied.execute("PRAGMA journal_mode=OFF")  # no journal file; the copy is discarded if it fails
            source.backup(copied)
            damage = next(iter(verify.verify(copied)), None)
            if damage and not even_damaged:
                raise StorageError(
                    say(
                        "{path} is damaged ({place}: {problem}); no backup made: `clientctl db verify` says where, an "
                        "older backup may be whole",
                        path=path,
                        place=damage.place,
                        problem=damage.problem,
                    )
                )
            last, digests = _read_contents(copied, even_damaged=damage is not None)
        finally:
            source.close()
            copied.close()
        bad = attachments.copy(path, target, digests, made, link=link)
        return BackupContents(last, len(digests) - len(bad), tuple(bad)), damage


def default_target(path: Path, what: str) -> Path:
    """Return the default path of a backup: beside the file, named by the time and what it is for."""
    return path.parent / FOLDER / f"{path.stem}-{clock.now():%Y%m%d-%H%M%S}-{what}{path.suffix}"


def restore_target(path: Path) -> Path:
    """Return an unused path beside the file, named by the time, for a copy of it before a restore."""
    stem = f"{path.stem}-before-restore-{clock.now():%Y%m%d-%H%M%S}"
    names = (f"{stem}{more}{path.suffix}" for more in ("", *(f"-{number}" for number in range(2, 1_000))))
    return next(each for each in map(path.with_name, names) if not each.exists())


def list_copies(path: Path) -> list[Path]:
    """List possible copies of a file: all in its folder of backups, and those beside it with its extension."""
    folders = (path.parent / FOLDER, "*"), (path.parent, f"*{glob.escape(path.suffix)}")
    found = [file for folder, names in folders for file in sorted(folder.glob(names)) if file.is_file()]
    return [file for file in found if file != path]


def back_up_before_migration(path: Path, version: int) -> None:
    """Back up the file before a migration, and remove the oldest such backups.

    Raise StorageError if the file is damaged; the copy is kept even so.
    """
    target = default_target(path, f"version{version}")
    _, damage = _write_copy(path, target, force=True, link=True, even_damaged=True)
    if damage:
        raise StorageError(
            say(
                "{path} is damaged ({place}: {problem}) and was not updated from its older version; a copy of "
                "it, damaged too, is {target}: `clientctl db verify` says where, an older backup may be whole",
                path=path,
                place=damage.place,
                problem=damage.problem,
                target=target,
            )
        )
    digit = "[0-9]"
    same = f"{glob.escape(path.stem)}-{digit * 8}-{digit * 6}-version*"
    copies = [each for each in target.parent.glob(same) if each.is_file()]
    by_age = sorted(copies, key=lambda file: file.stat().st_mtime_ns)
    for old in by_age[:-MIGRATION_BACKUPS]:
        attachments.remove(old)  # first: nothing refers to the files of a deleted database
        old.unlink(missing_ok=True)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StorageError(
            say(
                "{folder} can't be created ({strerror}); no backup made: name another place",
                folder=folder,
                strerror=error.strerror,
            )
        ) from error


def _read_contents(copy: sqlite3.Connection, *, even_damaged: bool) -> tuple[int, set[str]]:
    """Return the number of the last command and the digests of the files in use, as far as damage allows."""
    try:
        last = int(copy.execute("SELECT coalesce(max(id), 0) FROM commands").fetchone()[0])
        return last, attachments.named_digests(copy)
    except sqlite3.DatabaseError:
        if even_damaged:
            return 0, set()
        raise
