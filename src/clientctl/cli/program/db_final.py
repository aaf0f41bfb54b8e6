"""The final `db` commands: `db restore`, `db compact` and `db verify --from-journal`."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.session import database_file, opened
from clientctl.output.streams import note, write
from clientctl.store import Writer


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that `db backup` made.")],
) -> None:
    """Replace the database by a backup, or create it from one; others may keep working meanwhile.

    The backup is verified first. The previous database is kept beside it. Numbers continue after the last
    ones used, and clients deleted since the backup are deleted again. It asks first; `undo`
    can't undo anything before it.

    Examples:
      clientctl db restore safe.db --dry-run
      clientctl db restore safe.db --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    path = opened.path_of(session.db)
    with database_file.open_backup(source, path) as candidate:
        runner.confirm(session, database_file.describe_restore(candidate, path), say("Restore it?"))
        command, lines = database_file.restore(
            path,
            candidate,
            today=session.today,
            request_id=session.request_id,
            dry_run=session.dry_run,
            committing=runner.committing(session),
        )
    for line in lines:
        note(line)
    if session.dry_run:
        note(say("Dry run: nothing was changed."))
    _show(session, path, command)


def compact(context: typer.Context) -> None:
    """Rewrite the database without unused space; the history is kept.

    Attached files that are no longer used are removed, and the search index is optimized.
    It asks first; earlier commands can then be undone only by number: `undo '#N'`.

    Examples:
      clientctl db compact --dry-run
      clientctl db compact --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    path = opened.path_of(session.db)
    runner.confirm(session, say("{path} would be rewritten, which is final", path=path), say("Compact it?"))
    with _writing(session, path, "db compact") as db:
        before = database_file.size(db)
        if not db.replay:
            database_file.compact(db)
    if db.replay:
        note(say("already done (#{command})", command=db.replay.command))
    elif session.dry_run:
        note(
            say(
                "{path}: {bytes} bytes, {unused} unused; attached files not in use: {orphans}",
                path=path,
                bytes=before.bytes,
                unused=before.unused,
                orphans=before.orphans,
            )
        )
        note(say("Dry run: nothing was changed."))
    else:
        swept = database_file.sweep(path)
        line = say(
            "Compacted {path}: {bytes} bytes (was {was})", path=path, bytes=path.stat().st_size, was=before.bytes
        )
        if swept:
            line += "; " + count(swept, "removed {n} attached file", "removed {n} attached files")
        note(line)
    _show(session, path, db.replay.command if db.replay else db.command)


def put_back_rows(session: Session, path: Path) -> None:
    """Restore rows that differ from the history, and report them."""
    fact = say("rows of {path} that differ from the history would be restored from it, which is final", path=path)
    runner.confirm_preview(session, "db verify", database_file.put_back, lambda _db: fact, say("Put it back?"))
    with _writing(session, path, "db verify") as db:
        lines = (
            [say("already done (#{command})", command=db.replay.command)] if db.replay else database_file.put_back(db)
        )
    for line in lines or [say("Nothing to put back: no row differs from the history.")]:
        note(line)
    if session.dry_run:
        note(say("Dry run: nothing was changed."))


def _writing(session: Session, path: Path, name: str) -> AbstractContextManager[Writer]:
    """Open the file for a final command."""
    return opened.writing(
        path,
        name,
        today=session.today,
        request_id=session.request_id,
        final=True,
        dry_run=session.dry_run,
        committing=runner.committing(session),
    )


def _show(session: Session, path: Path, command: int) -> None:
    if session.quiet:
        write([f"#{command}\n"])
    elif session.format and path.exists():
        runner.show_card(session, database_file.info)
