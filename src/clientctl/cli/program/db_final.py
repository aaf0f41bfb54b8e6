"""Type what is final about the whole database: ``db restore``, ``db compact`` and ``db verify --from-journal``."""

from pathlib import Path
from typing import Annotated

import typer

from clientctl.cli.framework import runner
from clientctl.cli.framework.options import Session
from clientctl.domain.session import database_file, opened
from clientctl.output.streams import note, write


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup, as `db backup` makes them.")],
) -> None:
    """Put a backup in the place of the database, or where there is none; others may be working with it.

    The backup is verified first. The database as it was is kept beside it. Numbers go on after the last
    ones used, and who was deleted since the backup was made is deleted again. It asks first; `undo`
    never goes back behind it.

    Examples:
      clientctl db restore safe.db --dry-run
      clientctl db restore safe.db --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    path = opened.path_of(session.db)
    with database_file.opened_backup(source, path) as candidate:
        runner.confirm(session, database_file.about_restoring(candidate, path), "Restore it?")
        command, said = database_file.restore(
            path,
            candidate,
            today=session.today,
            request_id=session.request_id,
            dry_run=session.dry_run,
            committing=runner.committing(session),
        )
    for line in said:
        note(line)
    if session.dry_run:
        note("Dry run: nothing was changed.")
    _show(session, path, command)


def compact(context: typer.Context) -> None:
    """Write the database anew, without the room that removed rows left; the history is kept.

    Attached files that nothing names any more are removed, and the search index is put in order.
    It asks first; what was done before can then be undone by its number only: `undo '#N'`.

    Examples:
      clientctl db compact --dry-run
      clientctl db compact --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    path = opened.path_of(session.db)
    runner.confirm(session, f"{path} would be written anew, which is final", "Compact it?")
    with opened.writing(
        path,
        "db compact",
        today=session.today,
        request_id=session.request_id,
        final=True,
        dry_run=session.dry_run,
        committing=runner.committing(session),
    ) as db:
        before = database_file.size(db)
        if not db.replay:
            database_file.compact(db)
    if db.replay:
        note(f"already done (#{db.replay.command})")
    elif session.dry_run:
        note(
            f"{path}: {before.bytes} bytes, {before.unused} unused; attached files that nothing names: {before.orphans}"
        )
        note("Dry run: nothing was changed.")
    else:
        swept = database_file.sweep(path)
        files = f"; removed {swept} attached {'file' if swept == 1 else 'files'}" if swept else ""
        note(f"Compacted {path}: {path.stat().st_size} bytes (was {before.bytes}){files}")
    _show(session, path, db.replay.command if db.replay else db.command)


def put_back(session: Session, path: Path) -> None:
    """Put rows that are not as the history says back as it says, and say which."""
    fact = f"what differs in {path} would be put back as the history says, which is final"
    runner.confirm_foreseen(session, "db verify", database_file.put_back, lambda _db: fact, "Put it back?")
    with opened.writing(
        path,
        "db verify",
        today=session.today,
        request_id=session.request_id,
        final=True,
        dry_run=session.dry_run,
        committing=runner.committing(session),
    ) as db:
        said = [f"already done (#{db.replay.command})"] if db.replay else database_file.put_back(db)
    for line in said or ["Nothing to put back: every row that the history knows is as it says."]:
        note(line)
    if session.dry_run:
        note("Dry run: nothing was changed.")


def _show(session: Session, path: Path, command: int) -> None:
    if session.quiet:
        write([f"#{command}\n"])
    elif session.format and path.exists():
        runner.show_card(session, database_file.info)
