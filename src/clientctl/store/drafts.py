"""Drafts: texts being typed in an editor, kept beside the database until they are stored or dropped.

The folder of drafts is named like the database and ends in ``.drafts``. In it each text has a folder of its own,
with room for the editor's own files, named by the client it is about, the command that stores it, the record that the
command is given, and a random number. A process that works on a text holds a lock on its folder.
"""

import fcntl
import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from clientctl.base.words import say
from clientctl.errors import NotFoundError, StorageError

_NAME = r"([1-9][0-9]*)-([a-z]+)-([a-z]+)-([1-9][0-9]*)-([0-9]+)"
_TRIES = 100


class Draft(NamedTuple):
    """A text that is not stored yet: its folder, its client, and the command and record that store it."""

    folder: Path
    client_id: int
    command: str
    record: int

    @property
    def text(self) -> Path:
        """Return the path of the file that the editor changes."""
        return self.folder / "text.txt"

    @property
    def request(self) -> str:
        """Return the request id for storing the text, so that it is not stored twice."""
        return f"draft-{self.folder.name.rpartition('-')[2]}"

    def before(self) -> str:
        """Return the original text."""
        return _read_bytes(self._before).decode()

    def is_worth_keeping(self) -> bool:
        """Return whether anything was typed, if only in a file that the editor keeps beside the text."""
        return self.is_changed() or any(
            each not in {self.text, self._before} for each in self.folder.glob("*") if each.is_file()
        )

    def is_changed(self) -> bool:
        """Return whether the text differs from the original and is not empty."""
        return _read_bytes(self.text).strip() not in {b"", _read_bytes(self._before).strip()}

    def remove(self) -> None:
        """Remove the draft, with everything that the editor left beside it."""
        import shutil  # slow, and every write imports this module

        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.parent.rmdir()

    @property
    def _before(self) -> Path:
        return self.folder / "before.txt"

    def _begin(self, before: str) -> None:
        for file in (self._before, self.text):
            file.touch(0o600)
            file.write_text(before, encoding="utf-8")

    def _take_rescued(self) -> None:
        """Use a newer text that nano saved beside the file when it was killed."""
        rescued = max(self.folder.glob("text.txt.save*"), key=_modified_at, default=None)
        if rescued and _modified_at(rescued) > _modified_at(self.text):
            rescued.replace(self.text)


@contextmanager
def begin(database: Path, client_id: int, command: str, record: int, before: str) -> Iterator[Draft]:
    """Create a draft; it is removed at the end unless it is worth keeping. Raise StorageError."""
    place = folder(database)
    for _ in range(_TRIES):
        lot = int.from_bytes(os.urandom(8))
        draft = Draft(place / f"{client_id}-{command.replace(' ', '-')}-{record}-{lot}", client_id, command, record)
        try:
            place.mkdir(mode=0o700, exist_ok=True)
            with suppress(FileNotFoundError):  # another process has just removed the last draft, and the folder with it
                draft.folder.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(
                say(
                    "{place} can't be created ({strerror}): check who owns {parent}",
                    place=place,
                    strerror=error.strerror,
                    parent=place.parent,
                )
            ) from error
        with _lock(draft, fcntl.LOCK_EX) as is_ours:
            if not is_ours:
                continue
            try:
                draft._begin(before)
                yield draft
            finally:
                if not draft.is_worth_keeping():
                    draft.remove()
            return
    raise StorageError(say("{place} can't be created: check what else uses {parent}", place=place, parent=place.parent))


@contextmanager
def resume(database: Path, command: str, records: Collection[int]) -> Iterator[Draft]:
    """Open the newest draft for one of some records. Raise NotFoundError if there is none."""
    draft = find_newest(database, command, records)
    with _lock(draft, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_ours:
        if not is_ours:
            raise _not_found(command, records)
        draft._take_rescued()
        yield draft


def find_newest(database: Path, command: str, records: Collection[int]) -> Draft:
    """Find the newest draft for one of some records that is not in use. Raise NotFoundError."""
    found = [each for each in list_idle(database) if each.command == command and each.record in records]
    if not found:
        raise _not_found(command, records)
    return found[-1]


def _not_found(command: str, records: Collection[int]) -> NotFoundError:
    begins = say("`clientctl {command} {records} --editor` starts a text", command=command, records=min(records))
    return NotFoundError(say("no unsaved text there: {begins}", begins=begins))


def list_idle(database: Path) -> list[Draft]:
    """List the drafts that are not in use, the newest last."""
    found = []
    for draft in list_all(database):
        with _lock(draft, fcntl.LOCK_SH | fcntl.LOCK_NB) as is_ours:
            if is_ours and draft.is_worth_keeping():
                found.append(draft)
    return sorted(found, key=lambda each: _modified_at(each.text))


def list_all(database: Path) -> list[Draft]:
    """List all drafts."""
    drafts = []
    with suppress(OSError), os.scandir(folder(database)) as entries:
        for entry in entries:
            if (found := re.fullmatch(_NAME, entry.name)) and entry.is_dir(follow_symlinks=False):
                client, noun, verb, record, _ = found.groups()
                drafts.append(Draft(Path(entry.path), int(client), f"{noun} {verb}", int(record)))
    return drafts


def sweep(database: Path, is_person: Callable[[int], bool]) -> None:
    """Remove drafts in which nothing was typed, or whose clients are erased or do not exist any more."""
    for draft in list_all(database):
        with _lock(draft, fcntl.LOCK_EX | fcntl.LOCK_NB) as is_ours:
            if is_ours and not (draft.is_worth_keeping() and is_person(draft.client_id)):
                draft.remove()


def folder(database: Path) -> Path:
    """Return the folder of the drafts that belong to a database."""
    return database.with_name(f"{database.name}.drafts")


def _read_bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _modified_at(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@contextmanager
def _lock(draft: Draft, operation: int) -> Iterator[bool]:
    """Lock the folder of a draft; yield whether that succeeded and the folder still exists."""
    try:
        descriptor = os.open(draft.folder, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, operation)
            is_ours = os.path.samestat(os.fstat(descriptor), draft.folder.stat())
        except (BlockingIOError, FileNotFoundError):
            is_ours = False
        yield is_ours
    finally:
        os.close(descriptor)
