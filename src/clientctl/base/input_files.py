"""Open files that are to be imported or attached: regular files up to a size limit, and nothing else."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import BadInputError, NotFoundError


@contextmanager
def open_ordinary(path: Path, most: int) -> Iterator[BinaryIO]:
    """Open a regular file of at most ``most`` bytes for reading.

    Raise NotFoundError if there is none, BadInputError for a link, a folder, a device, a pipe, a
    file that is too big or can't be read. It never waits for a device or pipe.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _refusal(error, path) from None
    try:
        _check(os.fstat(descriptor), path, most)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            yield file
    finally:
        os.close(descriptor)


def _check(status: os.stat_result, path: Path, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise BadInputError(say("{path} is a folder: name a file in it", path=_shown(path)))
    if not stat.S_ISREG(status.st_mode):
        raise BadInputError(say("{path} is not a regular file: save it to one first", path=_shown(path)))
    if status.st_size > most:
        raise BadInputError(say("{path} is over {most} MB: make it smaller first", path=_shown(path), most=most >> 20))


def _refusal(error: OSError, path: Path) -> BadInputError | NotFoundError:
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return NotFoundError(say("no file {path}: check its name and folder", path=_shown(path)))
    if error.errno in {errno.ELOOP, errno.EMLINK}:
        return BadInputError(say("{path} is a link: name the file it points to", path=_shown(path)))
    if error.errno in {errno.ENXIO, errno.ENODEV, errno.EOPNOTSUPP}:
        return BadInputError(say("{path} is not a regular file: save it to one first", path=_shown(path)))
    return BadInputError(
        say("can't read {path} ({strerror}): check the file", path=_shown(path), strerror=error.strerror)
    )


def _shown(path: Path) -> str:
    return quoted(str(path))
