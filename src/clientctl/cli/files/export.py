"""The `export` commands."""

from collections.abc import Callable, Collection, Sequence
from typing import Annotated, BinaryIO

import typer

from clientctl.base import choices
from clientctl.base.listing import Listing
from clientctl.base.words import say
from clientctl.cli.files import export_run
from clientctl.cli.files.export_run import Force, Keep, Target, Text
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.commands import ClientFilterCommand, ClientListCommand, Command, noun
from clientctl.cli.framework.shared_options import Session, key_of
from clientctl.domain.client_file import workbook
from clientctl.domain.overview import client_list
from clientctl.domain.shared import client_uids, queries
from clientctl.errors import UsageError
from clientctl.output.progress import Advance, count_steps
from clientctl.store import Reader

app = noun("Write clients and memberships to files.")

Columns = Annotated[list[str] | None, typer.Option("--columns", metavar="A,B,C", help="The columns to write, by key.")]
Sort = Annotated[
    str | None,
    typer.Option("--sort", metavar="KEY", help="The column to sort by; -KEY for the reverse; by id unless given."),
]


@app.command("csv", cls=ClientFilterCommand)
def csv_(
    context: typer.Context,
    target: Target,
    text: Text = None,
    columns: Columns = None,
    sort: Sort = None,
    no_guard: Annotated[
        bool, typer.Option("--no-guard", help="Write texts that look like formulas unchanged.")
    ] = False,
    force: Force = False,
    keep: Keep = None,
) -> None:
    """Write clients to a CSV file that `import csv` reads again without loss.

    It has all details, your own fields, labels and preferences, but no notes. Several labels in a
    cell are joined by semicolons; one with a comma or semicolon is quoted. A text that a spreadsheet
    would run as a formula gets an apostrophe, which the import removes.

    Examples:
      clientctl export csv clients.csv --force
      clientctl export csv 'clients-{today}.csv' --keep 30 --force
      clientctl export csv - --label VIP --columns first_name,email,labels
    """
    session: Session = context.obj

    def write(db: Reader, file: BinaryIO, advance: Advance) -> tuple[str, ...]:
        from clientctl.exchange.tables import csv_json_writer

        keys, order = _parse_columns(workbook.columns(db), columns, sort)
        found = workbook.rows(db, client_filters.build_filter(db, session, text), keys, order)
        csv_json_writer.write_csv(file, _with_progress(found, advance), guard=not no_guard)
        return ()

    export_run.run(session, target, write, force=force, keep=keep, count=_make_counter(session, text))


@app.command("xlsx", cls=ClientFilterCommand)
def xlsx_(
    context: typer.Context,
    target: Target,
    text: Text = None,
    columns: Columns = None,
    sort: Sort = None,
    sheets: Annotated[
        list[str] | None,
        typer.Option("--sheets", metavar="A,B,C", help=f"The sheets to write: {', '.join(workbook.SHEETS)}."),
    ] = None,
    force: Force = False,
    keep: Keep = None,
) -> None:
    """Write clients to an Excel file: one row each, with their main membership.

    The columns are client id, first name, last name, e-mail, phone, client since, memberships, active
    memberships, membership type, rate and status, member since. With --sheets, it is a workbook of
    several sheets about those clients, starting with a summary and charts. The workbook records which
    database its ids are from: once edited, it can be imported by `import xlsx --on-match update`.

    Examples:
      clientctl export xlsx clients.xlsx --force
      clientctl export xlsx members.xlsx --member --force
      clientctl export xlsx 'practice-{today}.xlsx' --sheets clients,memberships --keep 30 --force
    """
    session: Session = context.obj
    runner.check_only_one({"--columns": columns, "--sheets": sheets})
    runner.check_only_one({"--sort": sort, "--sheets": sheets})
    names = choices.parse_several(sheets or (), workbook.SHEETS, "sheet")

    def write(db: Reader, file: BinaryIO, advance: Advance) -> tuple[str, ...]:
        from clientctl.exchange.tables import xlsx_writer

        chosen = client_filters.build_filter(db, session, text)
        made, line = runner.midnight(db.today), client_uids.line(db)
        if not names:
            keys, order = _parse_columns(client_list.source(db).columns, columns, sort)
            listing = client_list.stream_sheet(db, chosen, keys, order)
            return xlsx_writer.write(file, "Clients", _with_progress(listing, advance), made, line=line)
        found = {name: workbook.sheet(db, name, chosen) for name in dict.fromkeys(names)}
        named = {name.capitalize(): _with_progress(listing, advance) for name, listing in found.items()}
        return xlsx_writer.write_lists(file, named, made, charts=workbook.summaries(db, chosen), line=line)

    count = None if names else _make_counter(session, text)
    export_run.run(session, target, write, force=force, keep=keep, count=count, binary=True)


@app.command("json", cls=Command)
def json_(
    context: typer.Context,
    target: Target,
    with_files: Annotated[
        bool, typer.Option("--with-files", help="Include documents and photos, which are otherwise only named.")
    ] = False,
    force: Force = False,
    keep: Keep = None,
) -> None:
    """Write everything to one JSON file, which `import json` reads into a new database.

    It has every row of every table: all clients, including archived ones, memberships, notes and
    settings; docs/json.md describes them. The history is left out, except the names of the commands;
    `db backup` includes it. For some clients only, for other programs, use
    `clientctl client list --json`.

    Examples:
      clientctl export json practice.json --force
      clientctl export json 'practice-{today}.json' --with-files --keep 30 --force
    """

    def write(db: Reader, file: BinaryIO, advance: Advance) -> tuple[str, ...]:
        from clientctl.domain.transfer import practice as practice_transfer
        from clientctl.exchange import practice_json

        found = practice_transfer.whole(db, with_files=with_files)
        tables = ((name, count_steps(rows, advance)) for name, rows in found.tables)
        pieces = ((name, count_steps(texts, advance)) for name, texts in found.files)
        practice_json.write(file, found._replace(tables=tables, files=pieces))
        return ()

    export_run.run(context.obj, target, write, force=force, keep=keep)


@app.command("vcard", cls=ClientFilterCommand)
def vcard_(
    context: typer.Context,
    target: Target,
    text: Text = None,
    version: Annotated[str, typer.Option("--version", help="3.0, which all address books read, or 4.0.")] = "3.0",
    with_notes: Annotated[bool, typer.Option("--with-notes", help="Include your private notes.")] = False,
    with_photos: Annotated[bool, typer.Option("--with-photos", help="Include photos.")] = False,
    force: Force = False,
    keep: Keep = None,
) -> None:
    """Write clients to a vCard file for phones and address books; `import vcard` reads it again.

    It has names, e-mails, phones, web addresses, company, position, birthday, addresses, labels, and
    any other properties of the vCards that clients were imported from.

    Examples:
      clientctl export vcard clients.vcf --force
      clientctl export vcard vips.vcf --label VIP --version 4.0 --with-photos --force
    """
    session: Session = context.obj
    if version not in {"3", "3.0", "4", "4.0"}:
        raise UsageError(say("no version {version} of vCards: use 3.0 or 4.0", version=repr(version)))

    def write(db: Reader, file: BinaryIO, advance: Advance) -> tuple[str, ...]:
        from clientctl.exchange.vcards import writer as vcard_writer

        chosen = client_filters.build_filter(db, session, text)
        people = workbook.contacts(db, chosen, with_notes=with_notes, with_photos=with_photos)
        vcard_writer.write_all(file, count_steps(people, advance), "3.0" if version in {"3", "3.0"} else "4.0")
        return ()

    export_run.run(session, target, write, force=force, keep=keep, count=_make_counter(session, text))


@app.command("ics", cls=ClientFilterCommand)
def ics_(
    context: typer.Context,
    target: Target,
    text: Text = None,
    what: Annotated[
        list[str] | None,
        typer.Option(
            "--what", metavar="KIND", help=f"{', '.join(workbook.DAYS)}; repeat for several, all unless given."
        ),
    ] = None,
    force: Force = False,
    keep: Keep = None,
) -> None:
    """Write a calendar of birthdays, last days of memberships, next billing days and open tasks.

    All entries are whole days with fixed ids, so importing the calendar again updates them. It has the
    names of clients and plans and the text of tasks, but no notes.

    Examples:
      clientctl export ics clients.ics --force
      clientctl export ics birthdays.ics --what birthdays --label VIP --force
    """
    session: Session = context.obj
    what = choices.parse_several(what or (), workbook.DAYS, say("kind of days"))

    def write(db: Reader, file: BinaryIO, advance: Advance) -> tuple[str, ...]:
        from clientctl.exchange import calendar_writer

        kinds = [kind for kind in workbook.DAYS if kind in (what or workbook.DAYS)]
        found = workbook.days(db, client_filters.build_filter(db, session, text), kinds)
        return () if calendar_writer.write(file, count_steps(found, advance)) else (say("The calendar is empty."),)

    export_run.run(session, target, write, force=force, keep=keep)


@app.command("emails", cls=ClientListCommand)
def emails(
    context: typer.Context,
    text: Text = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Include clients who did not opt in to anything.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Write CSV for a mail merge: first name, last name, e-mail, name.")
    ] = False,
    bcc: Annotated[bool, typer.Option("--bcc", help="Write all in one line, to paste as blind copies.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Answer every question with yes.")] = False,
) -> int:
    """List the e-mails of clients, each address once, to write to them with another program.

    It lists those who agreed, with --opted-in, or all with --everyone, which asks first. Clients
    without an e-mail are left out, and archived ones: --archived lists those instead.

    Examples:
      clientctl export emails --opted-in Newsletter
      clientctl export emails --opted-in Newsletter --bcc
      clientctl export emails --opted-in Newsletter --member --merge
      clientctl export emails --everyone --yes --label VIP
    """
    session: Session = context.obj
    _check_consent(session, everyone=everyone, yes=yes)
    if bcc:
        runner.check_only_one(
            {"--bcc": bcc, "--format": session.format, "--count": session.count, "--out": session.out}
        )
        runner.check_only_one(
            {"--bcc": bcc, "--page": session.page, "--header": session.header, "--quiet": session.quiet}
        )
    runner.check_only_one({"--bcc": bcc, "--merge": merge, "--columns": session.columns})
    session.columns = session.columns or (_MERGED if merge else ["email"])
    session.format = session.format or ("csv" if merge else None)

    def build(db: Reader) -> Listing:
        return workbook.addresses(db, client_filters.build_filter(db, session, text))

    if bcc:
        return export_run.write_line(session, build)
    return runner.show_list(session, build, say("No e-mails."))


_MERGED = ["first_name", "last_name", "email", "name"]


def _check_consent(session: Session, *, everyone: bool, yes: bool) -> None:
    """Check that the addressees agreed, or confirm that everyone is meant."""
    if everyone and session.opted_in:
        raise UsageError(say("--everyone and --opted-in don't go together: give one of them"))
    if not everyone and not session.opted_in:
        raise UsageError(say("whose e-mails? use --opted-in PREFERENCE for those who agreed, or --everyone"))
    session.yes = session.yes or yes
    if everyone:
        runner.confirm(session, say("This lists people who did not agree to be written to"), say("Continue?"))


def _make_counter(session: Session, text: Sequence[str] | None) -> Callable[[Reader], int]:
    """Return a function that counts the chosen clients."""
    return lambda db: queries.count(db, client_list.query(db, client_filters.build_filter(db, session, text)))


def _with_progress(listing: Listing, advance: Advance) -> Listing:
    """Report progress for the rows of a list as they are written."""
    return listing._replace(rows=count_steps(listing.rows, advance))


def _parse_columns(
    known: Collection[str], columns: Sequence[str] | None, sort: str | None
) -> tuple[tuple[str, ...], str | None]:
    """Return the keys of the given columns, and of the one to sort by; ``known`` are the keys of all columns.

    The name of a preference can contain commas: a value that is the key of a column is not split.
    Raise UsageError for an empty key.
    """
    parts = [part for value in columns or () for part in ([value] if value in known else value.split(","))]
    keys = tuple(part if part in known else key_of(part) for part in map(str.strip, parts))
    if not all(keys):
        raise UsageError(say("a key is empty: write --columns first_name,email"))
    is_whole = sort is None or sort.removeprefix("-") in known
    return keys, sort if sort is None or is_whole else key_of(sort)
