"""Write a file completely or not at all: beside its target first, flushed, then renamed."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from clientctl.base import leftovers
from clientctl.base.text import show_controls
from clientctl.base.words import say
from clientctl.errors import RefusedError, StorageError

_DATABASE = b"SQLite format 3\0"
_COMPANIONS = ("-journal", "-wal", "-shm")
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextmanager
def replace_file(path: Path, *, force: bool, over_database: bool = False) -> Iterator[BinaryIO]:
    """Open a file, readable by its owner only, that replaces ``path`` if everything succeeds.

    Until then it is at its ``name``. Whatever is raised meanwhile, Ctrl-C included,
    ``path`` stays as it was and nothing is left beside it. Where ``path`` is a symbolic link,
    the file that it points to is replaced. A database, and what SQLite keeps beside one, is never
    replaced, unless ``over_database``: an export written over it by mistake would destroy it.
    Raise RefusedError for a file that already exists, unless ``force``, and for a database; StorageError for a
    target that is not a regular file, a folder that is missing or not writable, a full disk.
    """
    target = Path(os.path.realpath(path))
    try:
        if not over_database:
            _refuse_database(path, target)
        _check(path, target, force=force)
        leftovers.sweep_folder(target.parent, target.name)
        temporary = leftovers.temporary_path(target)
        with leftovers.remove_afterwards(temporary):
            with open(temporary, "xb", opener=_open_private) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            _move_into_place(temporary, target, path, force=force)
        flush_folder(target.parent)
    except OSError as error:
        raise StorageError(_explanation(error, path)) from error


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _refuse_database(path: Path, target: Path) -> None:
    for companion in ("", *_COMPANIONS):
        if target.name.endswith(companion) and _is_database(target.with_name(target.name.removesuffix(companion))):
            beside = (
                say("belongs to the database {companion}", companion=target.name.removesuffix(companion))
                if companion
                else say("is a database")
            )
            raise RefusedError(
                say(
                    "{path} {beside}, which only a restore replaces: name another file",
                    path=_shown(path),
                    beside=show_controls(beside),
                )
            )


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_DATABASE)) == _DATABASE


def _check(path: Path, target: Path, *, force: bool) -> None:
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise StorageError(say("{path} can't be written: its folder does not exist", path=_shown(path))) from None
        return
    if not stat.S_ISREG(mode):
        raise StorageError(say("{path} is not a file that can be replaced: name another one", path=_shown(path)))
    if not force:
        raise _already_exists(path)


def _move_into_place(temporary: Path, target: Path, path: Path, *, force: bool) -> None:
    """Move the finished file to its name; without ``force``, never over a file created in the meantime."""
    if force:
        temporary.replace(target)
        return
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise _already_exists(path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Some file systems have no hard links; a file created after this check is overwritten there.
        if target.exists():
            raise _already_exists(path) from None
        temporary.replace(target)


def flush_folder(folder: Path) -> None:
    """Flush the new names in a folder to disk, before something relies on them; some file systems can't."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _already_exists(path: Path) -> RefusedError:
    return RefusedError(say("{path} already exists; --force replaces it", path=_shown(path)))


def _shown(path: Path) -> str:
    return f"'{show_controls(str(path))}'"


def _explanation(error: OSError, path: Path) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return say("disk full; nothing was changed, {path} was not written: make room and try again", path=_shown(path))
    reason = error.strerror or str(error)
    folder = Path(os.path.realpath(path)).parent
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS} and not os.access(folder, os.W_OK | os.X_OK):
        return say(
            "the folder {folder} can't be written ({reason}); nothing was changed: name another place",
            folder=_shown(folder),
            reason=reason,
        )
    return say(
        "{path} can't be written ({reason}); nothing was changed: name another place", path=_shown(path), reason=reason
    )
