"""The `db` commands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.listing import Card, Column
from clientctl.base.text import word
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, Command, CreateCommand, ListOrChangeCommand, noun
from clientctl.cli.program import db_final
from clientctl.domain.session import database_file, opened
from clientctl.output.streams import note

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = noun("Manage the one database file that holds everything.")

_FILE = Column("path", "File")


@app.command("init", cls=CreateCommand)
def init(
    context: typer.Context,
    owner: Annotated[
        str | None, typer.Option("--owner", metavar="NAME", help="Your name, as the history shows it.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option("--currency", metavar="CODE", help="The currency of prices; EUR unless given.")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="CODE", help="The country of phone numbers; FR unless given.")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", metavar="ZONE", help="The time zone of days and times; the system's unless given."),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="The language of the output; en.")
    ] = None,
) -> None:
    """Create a new, empty database. With -q its path is printed.

    Examples:
      clientctl db init --db new.db --owner 'Ana Müller' --currency CHF --region CH
    """
    session: Session = context.obj
    values = {"currency": currency, "region": region, "timezone": timezone, "language": language}
    runner.refuse_past(session)
    path = opened.path_of(session.db)
    first = {key: value for key, value in values.items() if value is not None}
    name = opened.initialize(path, owner, first, dry_run=session.dry_run)
    if not session.quiet:
        note(say("Created {path}", path=path))
        if owner is None and not session.dry_run:
            note(
                say(
                    "The history calls you {name}: `clientctl staff edit {word} --name NAME` changes that",
                    name=name,
                    word=word(name),
                )
            )
    if session.dry_run:
        note(say("Dry run: nothing was changed."))
    if session.quiet or (session.format and session.dry_run):
        runner.show_value(session, str(path), Card("Database", (_FILE,), (str(path),)))
    elif session.format:
        runner.show_card(session, database_file.info)


@app.command("path", cls=Command)
def path_(context: typer.Context) -> None:
    """Print where the database is or would be.

    Examples:
      clientctl db path
    """
    path = str(opened.path_of(context.obj.db))
    runner.show_value(context.obj, path, Card("Database", (_FILE,), (path,)))


@app.command("info", cls=Command)
def info(context: typer.Context) -> None:
    """Show what is in the database, and how big it is.

    Examples:
      clientctl db info
    """
    runner.show_card(context.obj, database_file.info)


@app.command("backup", cls=Command)
def backup(
    context: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="The file to write; in backups/ beside the database unless given."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write a verified copy of the database and print its path; others may keep working meanwhile.

    Documents and photos go to a folder beside the copy, with its name and the ending .files.

    Examples:
      clientctl db backup
      clientctl db backup safe.db --force
    """
    session: Session = context.obj
    runner.refuse_past(session)
    with runner.reading(session) as db:
        made, held = database_file.back_up(db, target, force=force)
    card = Card("Backup", (_FILE, Column("last_command", "Last command", "number")), (str(made), f"#{held.last}"))
    runner.show_value(session, str(made), card)
    if held.files:
        note(
            count(
                held.files,
                "Backed up to {file}, with {n} file, verified; the last command in it is #{last}",
                "Backed up to {file}, with {n} files, verified; the last command in it is #{last}",
                file=made,
                last=held.last,
            )
        )
    else:
        note(say("Backed up to {file}, verified; the last command in it is #{last}", file=made, last=held.last))
    if held.bad:
        note(
            say(
                "{files}, and not in the backup: `clientctl db verify` says which",
                files=count(
                    len(held.bad),
                    "{n} attached file is missing or damaged",
                    "{n} attached files are missing or damaged",
                ),
            )
        )


@app.command("verify", cls=ListOrChangeCommand)
def verify(
    context: typer.Context,
    from_journal: Annotated[
        bool, typer.Option("--from-journal", help="First put back rows that differ from the history; it asks.")
    ] = False,
) -> int:
    """Check every row, the history, the attached files and the search index for damage.

    It exits with 10 when there is damage. Harmless additions that are not clientctl's, such as a view, are reported
    too. Nothing is repaired unless --from-journal is given: then each damaged row is restored from the history, the
    restored rows are reported, and what remains damaged is listed. A damaged history is not used. This is final, and
    changes no intact record.

    Examples:
      clientctl db verify
      clientctl db verify --from-journal --dry-run
      clientctl db verify --from-journal --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    session.exit_code = True
    path = opened.path_of(session.db)
    if from_journal:
        db_final.put_back_rows(session, path)
    return runner.show_list(session, database_file.verify, say("No damage."), opened=database_file.open_unchecked(path))


app.command("restore", cls=ChangeCommand)(db_final.restore)
app.command("compact", cls=ChangeCommand)(db_final.compact)
