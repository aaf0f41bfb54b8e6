"""The `import` commands."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base import calendar
from clientctl.base.words import say
from clientctl.cli.files import import_history, import_json, import_mapping
from clientctl.cli.files.import_mapping import MappingOptions
from clientctl.cli.files.import_run import ImportOptions, run_import
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.imports import run as import_run
from clientctl.domain.imports.people import ON_MATCH
from clientctl.domain.imports.run import Rules
from clientctl.domain.shared.queries import Query
from clientctl.errors import UsageError
from clientctl.exchange.members import sheet_files
from clientctl.exchange.members.rows import MemberSheet, Options
from clientctl.exchange.members.senders import GENERIC, SENDERS
from clientctl.exchange.members.source import PeopleSource
from clientctl.exchange.tables import csv_reader
from clientctl.store import Writer

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = noun("Import clients and memberships from other programs' files.")

_TABS = {"tab": "\t", "\\t": "\t"}
"""Ways to type a tab."""


Rates = Annotated[
    list[str] | None,
    typer.Option("--rate", metavar="NAME=1m", help="How often a rate is paid, or once; repeat for several."),
]
Mapped = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="COLUMN=FIELD", help="The field of a column, or notes, street, ignore; repeat for several."
    ),
]
DateFormat = Annotated[
    str | None, typer.Option("--date-format", metavar="FORMAT", help="DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD.")
]
Sender = Annotated[
    str | None,
    typer.Option(
        "--as",
        metavar="SENDER",
        help=f"The program the sheet is from: {', '.join([*SENDERS, GENERIC.key])}; detected unless given.",
    ),
]
SameEmail = Annotated[
    str | None,
    typer.Option(
        "--same-email",
        metavar="match|new",
        help="For a known e-mail: match that client whatever the name, or add a new one if the name differs.",
    ),
]
OnMatch = Annotated[
    str,
    typer.Option(
        "--on-match",
        metavar="skip|fill|update",
        help="For existing clients: skip their rows, fill empty fields, or update what differs."
        " Memberships follow the file except with skip.",
    ),
]
Mapping_ = Annotated[
    str | None, typer.Option("--mapping", metavar="NAME", help="Use the columns' fields saved under this name.")
]
SaveMapping = Annotated[
    str | None, typer.Option("--save-mapping", metavar="NAME", help="Save the columns' fields under this name.")
]
CreateFields = Annotated[
    bool,
    typer.Option(
        "--create-fields",
        help="Create a field for each unrecognized column, its type by its values, or the preference it is about.",
    ),
]
HoldUnclear = Annotated[
    bool,
    typer.Option(
        "--hold-unclear",
        help="Suspend memberships that are live here but not in the file, from today, for you to check.",
    ),
]
SkipBad = Annotated[
    Path | None,
    typer.Option("--skip-bad", metavar="REJECTS", help="Import the good rows, and write the bad ones to REJECTS."),
]
NotesFile = Annotated[
    Path | None,
    typer.Option("--notes", metavar="FILE", help="Write all notes about rows to FILE: line, kind, who, what."),
]
HeaderRow = Annotated[
    int | None,
    typer.Option("--header-row", metavar="N", min=1, help="The line that names the columns; detected unless given."),
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="The file has no header line; use --map 'column 1=email'.")]
Force = Annotated[bool, typer.Option("--force", help="Replace REJECTS and the file of --notes if they exist.")]
Again = Annotated[bool, typer.Option("--again", help="Import the same rows again.")]


@app.command("csv", cls=ChangeCommand)
def csv_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file.")],
    columns: Mapped = None,
    rate: Rates = None,
    date_format: DateFormat = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="The encoding; detected unless given.")] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="The separator of columns; detected unless given.")
    ] = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    sender: Sender = None,
    mapping_name: Mapping_ = None,
    save_mapping: SaveMapping = None,
    create_fields: CreateFields = False,
    on_match: OnMatch = "fill",
    same_email: SameEmail = None,
    hold_unclear: HoldUnclear = False,
    skip_bad: SkipBad = None,
    notes: NotesFile = None,
    force: Force = False,
    again: Again = False,
) -> None:
    """Import a sheet of clients and their memberships; `undo` reverses it.

    Encoding, delimiter, the program it is from, columns (English, French or Italian) and the
    order of day and month are detected, and your own fields are recognized by name. People are
    matched by e-mail if the names agree, else by name and phone or birthday; a membership by client,
    plan and start. A person with a client's e-mail and another first name becomes a new client, and
    is reported. Existing values are kept and empty ones filled, unless --on-match says otherwise;
    several labels or choices are separated by ; or commas. On a terminal you are asked about
    unrecognized columns. Titles above the column names and totals below the rows are skipped. If any
    row is bad, nothing is imported. --dry-run lists what would change.

    Examples:
      clientctl import csv members-fr.csv --dry-run
      clientctl import csv members-fr.csv
      clientctl import csv members-fr.csv --again --map 'Newsletter=ignore' --skip-bad rejects.csv
      clientctl import csv members-fr.csv --again --map 'Newsletter=preference:Newsletter' --on-match update
      clientctl import csv members-fr.csv --again --create-fields --save-mapping monthly
      clientctl import csv members-fr.csv --again --mapping monthly
    """
    session: Session = context.obj

    def read(options: Options) -> MemberSheet:
        separator = _TABS.get(delimiter or "", delimiter)
        heading = sheet_files.heading(options)
        sheet = csv_reader.read_csv(file, encoding=encoding, delimiter=separator, heading=heading)
        return MemberSheet(sheet, options)

    row = _parse_header_row(header_row, no_header)
    mapping_options = MappingOptions(
        _parse_mapping(columns), date_format, sender, mapping_name, save_mapping, create_fields, row
    )
    options = _import_options(rate, same_email, again, skip_bad, notes, force, on_match, hold_unclear)
    run_import(session, "csv", file, import_mapping.make_reader(session, mapping_options, read), options)


@app.command("xlsx", cls=ChangeCommand)
def xlsx(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The Excel workbook.")],
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="The sheet; the first one with people unless given.")
    ] = None,
    columns: Mapped = None,
    rate: Rates = None,
    date_format: DateFormat = None,
    header_row: HeaderRow = None,
    no_header: NoHeader = False,
    sender: Sender = None,
    mapping_name: Mapping_ = None,
    save_mapping: SaveMapping = None,
    create_fields: CreateFields = False,
    on_match: OnMatch = "fill",
    same_email: SameEmail = None,
    hold_unclear: HoldUnclear = False,
    skip_bad: SkipBad = None,
    notes: NotesFile = None,
    force: Force = False,
    again: Again = False,
) -> None:
    """Import a sheet of an Excel workbook, like `import csv`; `undo` reverses it.

    The first visible sheet with people is read, and the others are listed; --sheet picks one, also a hidden
    one. In a workbook that `export xlsx` wrote from this file, ids and membership numbers are used.

    Examples:
      clientctl import xlsx members-fr.xlsx --dry-run
      clientctl import xlsx members-fr.xlsx --sheet Membres
    """
    session: Session = context.obj
    row = _parse_header_row(header_row, no_header)
    mapping_options = MappingOptions(
        _parse_mapping(columns), date_format, sender, mapping_name, save_mapping, create_fields, row
    )
    options = _import_options(rate, same_email, again, skip_bad, notes, force, on_match, hold_unclear)
    read = import_mapping.make_reader(
        session, mapping_options, lambda options: sheet_files.read_xlsx(file, sheet, options)
    )
    run_import(session, "xlsx", file, read, options)


@app.command("vcard", cls=ChangeCommand)
def vcard(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The vCard file, with one or many cards.")],
    on_match: OnMatch = "fill",
    same_email: SameEmail = None,
    skip_bad: SkipBad = None,
    notes: NotesFile = None,
    force: Force = False,
    again: Again = False,
) -> None:
    """Import vCards 2.1, 3.0 or 4.0 from phones and address books; `undo` reverses it.

    People are matched as in `import csv`. Further e-mails and phones go to fields of their own,
    categories and groups become labels, and notes become notes. Properties without a field are kept
    for the vCards you export. If any card is bad, nothing is imported.

    Examples:
      clientctl import vcard contacts-3.0.vcf --dry-run
      clientctl import vcard contacts-3.0.vcf --skip-bad rejects.vcf
    """

    def read(_db: Writer) -> PeopleSource:
        from clientctl.exchange.vcards.reader import Cards

        return Cards(file)

    run_import(
        context.obj, "vcard", file, read, _import_options(None, same_email, again, skip_bad, notes, force, on_match)
    )


app.command("json", cls=ChangeCommand)(import_json.json_)
app.command("revert", cls=ChangeCommand)(import_history.revert)
app.command("mappings", cls=ListCommand)(import_history.mappings_)
app.command("remove-mapping", cls=ChangeCommand)(import_history.remove_mapping)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context) -> int:
    """List the imports, the latest last.

    Examples:
      clientctl import list
    """
    return runner.show_list(context.obj, lambda _db: Query(import_run.SOURCE), say("No imports yet."))


def _parse_mapping(columns: list[str] | None) -> dict[str, str]:
    return dict(_parse_pair(each, "--map", "Column=field") for each in columns or ())


def _import_options(
    rate: list[str] | None,
    same_email: str | None,
    again: bool,
    skip_bad: Path | None,
    notes: Path | None,
    force: bool,
    on_match: str,
    hold_unclear: bool = False,
) -> ImportOptions:
    """Parse the options of an import. Raise UsageError."""
    same_email, on_match = same_email.lower() if same_email else same_email, on_match.lower()
    if same_email not in {None, "match", "new"}:
        raise UsageError(say("--same-email {same_email}: use match or new", same_email=same_email))
    if on_match not in ON_MATCH:
        raise UsageError(
            say(
                "--on-match {typed}: use {first} or {last}",
                typed=on_match,
                first=", ".join(ON_MATCH[:-1]),
                last=ON_MATCH[-1],
            )
        )
    every = {
        name: calendar.parse_every(value)
        for name, value in (_parse_pair(e, "--rate", "Mensuel=1m") for e in rate or ())
    }
    return ImportOptions(Rules(every, same_email, again, on_match, hold_unclear=hold_unclear), skip_bad, notes, force)


def _parse_header_row(number: int | None, no_header: bool) -> int | None:
    if no_header and number is not None:
        raise UsageError(say("--header-row and --no-header don't go together: give one of them"))
    return 0 if no_header else number


def _parse_pair(typed: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = typed.rpartition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(
            say("{option} {typed}: write it like {option} '{example}'", option=option, typed=typed, example=example)
        )
    return name.strip(), value.strip()
