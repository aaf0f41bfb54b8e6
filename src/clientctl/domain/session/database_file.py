"""The database file: its contents, backups, checks, repair."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base.listing import Card, Cell, Column, Listing
from clientctl.base.text import quoted
from clientctl.base.words import count, say
from clientctl.domain.practice import staff
from clientctl.domain.session import opened
from clientctl.errors import NotFoundError, RefusedError, StorageError
from clientctl.store import Reader, Writer, attachments, backup, migrations, opening
from clientctl.store import verify as verifying
from clientctl.store.catalog import TABLES
from clientctl.store.transactions import Committing, no_guard

if TYPE_CHECKING:
    from clientctl.store.restore import Restored


class Size(NamedTuple):
    """The size of the file, how much of it is unused, and the number of unreferenced attached files."""

    bytes: int
    unused: int
    orphans: int


def info(db: Reader) -> Card:
    """Show the path of the file, its size, and its row counts."""
    fields: list[tuple[Column, Cell]] = [
        (Column("path", "File"), str(db.path)),
        (Column("bytes", "Bytes", "integer"), db.path.stat().st_size),
        (Column("version", "Version of the file", "integer"), migrations.VERSION),
        (Column("last_command", "Last command", "number"), f"#{db.value('SELECT max(id) FROM commands')}"),
        (
            Column("last_change", "Last change", "instant"),
            db.value("SELECT at FROM commands ORDER BY id DESC LIMIT 1"),
        ),
    ]
    held = attachments.measure_folder(db.path)
    fields.append((Column("files", "Attached files", "integer"), held.files))
    fields.append((Column("file_bytes", "Bytes of these", "integer"), held.bytes))
    for table in TABLES:
        count = int(db.value(f"SELECT count(*) FROM {table}"))
        fields.append((Column(table, table.replace("_", " ").capitalize(), "integer"), count))
    return Card(db.path.name, tuple(column for column, _ in fields), tuple(value for _, value in fields))


def back_up(db: Reader, target: Path | None, *, force: bool) -> tuple[Path, backup.BackupContents]:
    """Copy the file and its attached files to a target, else next to it; return the path and the contents."""
    if target is None:
        last = int(db.value("SELECT max(id) FROM commands"))
        target = backup.default_target(db.path, str(last))
    return target, backup.back_up(db.path, target, force=force)


@contextmanager
def open_unchecked(path: Path) -> Iterator[Reader]:
    """Open the file for checking, whatever its version or damage. Raise StorageError."""
    with opening.open_unchecked(path) as connection:
        migrations.refuse_newer(connection, path)
        yield Reader(connection, path)


def verify(db: Reader) -> Listing:
    """List the damage; no rows if there is none. Warn about harmless foreign content."""
    columns = (
        Column("table", "Table"),
        Column("row", "Row", "integer"),
        Column("column", "Column"),
        Column("problem", "Problem"),
    )
    found = verifying.verify(db.connection)
    if any(each.problem.startswith(verifying.UNREADABLE) for each in found):
        db.notify(
            say("A backup brings it back: `clientctl db restore FILE`, with one of those in backups/ or your own")
        )
    if not found:  # what is damaged may only seem to be somebody else's
        for name in verifying.list_additions(db.connection):
            db.notify(say("Ignored, as not part of clientctl: {name}", name=name))
    found += verifying.check_files(db.connection, db.path)
    return Listing(columns, [tuple(finding) for finding in found])


def put_back(db: Writer) -> list[str]:
    """Restore what differs from the journal; return a line for each difference."""
    found = verifying.put_back(db.connection)
    db.lasting = db.lasting or bool(found)
    return [say("Put back: {place} ({problem})", place=each.place, problem=each.problem) for each in found]


def is_damaged(path: Path) -> bool:
    """Return whether there is a file in which `db verify` finds damage."""
    try:
        with opening.open_unchecked(path) as connection:
            return bool(verifying.verify(connection))
    except StorageError:  # damaged so that it can't be opened is told by who opens it
        return False


@contextmanager
def open_backup(source: Path, path: Path) -> Iterator[Reader]:
    """Open a backup for restoring to a path: verified, migrated, in memory.

    Raise NotFoundError when there is none, RefusedError for the file itself, StorageError when
    it is damaged or not one of ours.
    """
    from clientctl.store import restore as restoring

    if not source.exists():
        folder = backup.default_target(path, "").parent
        raise NotFoundError(say("no file {source}: backups are in {folder}", source=quoted(str(source)), folder=folder))
    if path.exists() and source.samefile(path):
        raise RefusedError(say("{path} is the database itself: name a backup of it", path=path))
    with restoring.load_verified(source) as candidate:
        yield candidate


def describe_restore(candidate: Reader, path: Path) -> str:
    """Describe a backup and what it would replace."""
    from clientctl.store import restore as restoring

    last, at = candidate.row("SELECT id, at FROM commands ORDER BY id DESC LIMIT 1") or (0, "")
    people = candidate.value("SELECT count(*) FROM clients WHERE erased_on IS NULL AND merged_into IS NULL")
    what = count(
        people,
        "{file} (last command #{last} of {at}, {n} client)",
        "{file} (last command #{last} of {at}, {n} clients)",
        file=candidate.path,
        last=last,
        at=at,
    )
    if not path.exists():
        return say("{what} would be restored to {path}, which is not there", what=what, path=path)
    if restoring.shares_lineage(candidate, path):
        return say("{what} would replace {path}", what=what, path=path)
    return say(
        "{what} would replace {path}, which it is no backup of and which is kept beside it", what=what, path=path
    )


def restore(
    path: Path,
    candidate: Reader,
    *,
    today: str | None = None,
    request_id: str | None = None,
    dry_run: bool = False,
    committing: Committing = no_guard,
) -> tuple[int, list[str]]:
    """Replace the file by an opened backup and keep it next to it; those erased since are erased again.

    Return the number of the command, and what is to be said.
    """
    from clientctl.store import restore as restoring

    opened.place(candidate, today)
    done = restoring.restore(
        path,
        candidate,
        who=staff.find_acting_name,
        on=candidate.today.isoformat(),
        request_id=request_id,
        dry_run=dry_run,
        committing=committing,
    )
    return done.command, list(_report(path, candidate.path, done))


def _report(path: Path, source: Path, done: "Restored") -> Iterator[str]:
    if done.replay:
        yield say("already done (#{command})", command=done.command)
        return
    yield say("Restored {path} from {source} as #{command}", path=path, source=source, command=done.command)
    if done.erased:
        yield say("Clients deleted since the backup, and deleted again: {erased}", erased=len(done.erased))
    if done.within:
        ids = ", ".join(map(str, done.within))
        yield say("Some of these were merged into clients who may hold what was theirs; look through {ids}", ids=ids)
    if done.blind:
        yield say("Who was deleted since then could not be read from the damaged database: delete them again")
    if done.missing:
        yield (
            say(
                "Attached files that are neither in the backup nor here: {missing}; `clientctl db verify` says which",
                missing=len(done.missing),
            )
        )
    if done.kept:
        yield say("The database as it was is kept as {kept}", kept=done.kept)


def size(db: Reader) -> Size:
    """Measure what compacting would free, at least: half-empty pages can be packed more tightly."""
    page, unused = db.value("PRAGMA page_size"), db.value("PRAGMA freelist_count")
    orphans = attachments.list_digests(db.path) - attachments.named_digests(db.connection)
    return Size(db.path.stat().st_size, page * unused, len(orphans))


def compact(db: Writer) -> None:
    """Merge the search index, and have the file rewritten after the commit."""
    from clientctl.store import search

    search.optimize(db.connection)
    db.compact = db.lasting = True


def sweep(path: Path) -> int:
    """Remove the unreferenced attached files after the commit; return their number."""
    return attachments.sweep(path)
