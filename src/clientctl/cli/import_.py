"""Type commands that bring clients and memberships in."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from clientctl.base import calendar, files
from clientctl.base.calendar import Interval
from clientctl.cli import work
from clientctl.cli.options import ChangeCommand, ListCommand, Session, noun
from clientctl.domain import imports, settings
from clientctl.domain.book import Reader, Writer
from clientctl.domain.imports import Outcome, Rules
from clientctl.domain.lists import Query
from clientctl.errors import BadInputError, UsageError
from clientctl.exchange import members
from clientctl.exchange.days import Order
from clientctl.exchange.members import Members

app = noun("Bring clients and memberships in from files of other programs.")

_SHOWN = 5
"""How many of the same kind of thing to look at are shown."""


@app.command("csv", cls=ChangeCommand)
def csv_(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(metavar="FILE", help="The CSV file.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="COLUMN=FIELD", help="What a column is, or ignore; repeat for several."),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option("--rate", metavar="NAME=1m", help="How often a rate is paid, or once; repeat for several."),
    ] = None,
    date_format: Annotated[
        str | None, typer.Option("--date-format", metavar="FORMAT", help="DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD.")
    ] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help="The encoding; recognised unless given.")] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help="What separates the columns; recognised unless given.")
    ] = None,
    same_email: Annotated[
        str | None,
        typer.Option(
            "--same-email", metavar="match|new", help="Take an e-mail under another name as that client, or a new one."
        ),
    ] = None,
    skip_bad: Annotated[
        Path | None,
        typer.Option("--skip-bad", metavar="REJECTS", help="Import the good rows, and write the bad ones to REJECTS."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace REJECTS if it exists.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Import the same rows once more.")] = False,
) -> None:
    """Import a sheet of clients and their memberships; `undo` takes it back.

    Encoding, delimiter, columns (English, French or Italian) and the order of day and month
    are recognised. People are matched by e-mail, else by phone and name; a membership by
    client, plan and start. With a bad row nothing is imported.

    Examples:
      clientctl import csv members-fr.csv --dry-run
      clientctl import csv members-fr.csv
      clientctl import csv members-fr.csv --again --map 'Newsletter=ignore' --skip-bad rejects.csv
    """
    session: Session = context.obj
    if same_email not in {None, "match", "new"}:
        raise UsageError(f"--same-email {same_email}: say match or new")
    named = dict(_pair(each, "--map", "Column=field") for each in columns or ())
    every = {name: _interval(value) for name, value in (_pair(e, "--rate", "Mensuel=1m") for e in rate or ())}
    rules = Rules(every, same_email, skip_bad is not None, again)

    def act(db: Writer) -> list[str]:
        sheet = members.read_csv(
            source,
            encoding=encoding,
            delimiter=delimiter,
            named=named,
            date_format=date_format,
            otherwise=_day_first(db),
        )
        outcome = imports.run(db, sheet.sheet.name, "csv", sheet.records(), rules)
        if outcome.bad and skip_bad is None:
            raise _bad_rows(outcome)
        if outcome.bad and skip_bad is not None and not session.dry_run:
            _write_rejects(skip_bad, sheet, outcome.bad, force=force)
        return _said(sheet, outcome, skip_bad)

    work.change(session, "import csv", act, imports.card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context) -> int:
    """List the imports, the latest last.

    Examples:
      clientctl import list
    """
    return work.show_list(context.obj, lambda _db: Query(imports.SOURCE), "Nothing was imported yet.")


def _pair(given: str, option: str, example: str) -> tuple[str, str]:
    name, equals, value = given.rpartition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"{option} {given}: say it like {option} '{example}'")
    return name.strip(), value.strip()


def _interval(given: str) -> Interval | None:
    return None if given == "once" else calendar.parse_interval(given)


def _day_first(db: Reader) -> Order | None:
    orders: Mapping[str | None, Literal["dmy", "mdy"]] = {"yes": "dmy", "no": "mdy"}
    return orders.get(settings.get(db, "day_first"))


def _bad_rows(outcome: Outcome) -> BadInputError:
    rows = "1 row" if len(outcome.bad) == 1 else f"{len(outcome.bad)} rows"
    return BadInputError(
        f"{rows} can't be imported, so nothing was: mend them, or leave them out with --skip-bad REJECTS",
        [f"line {line}: {reason}" for line, reason in sorted(outcome.bad.items())],
    )


def _write_rejects(target: Path, sheet: Members, bad: Mapping[int, str], *, force: bool) -> None:
    with files.replacing(target, force=force) as file:
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        csv.writer(text, delimiter=sheet.sheet.delimiter).writerows(sheet.rejects(bad))
        text.flush()
        text.detach()


def _said(sheet: Members, outcome: Outcome, rejects: Path | None) -> list[str]:
    """Say how the file was read, what was done, and what to look at."""
    counts = outcome.counts
    said = [f"Read {sheet.sheet.name}: {sheet.sheet.encoding}, columns separated by {_visible(sheet.sheet.delimiter)}"]
    if sheet.unknown:
        said.append(
            f"Left out columns nobody knows: {', '.join(sheet.unknown)} (--map 'Column=field' says what they are)"
        )
    for kind, made in (("plan", outcome.made_plans), ("rate", outcome.made_rates)):
        if made:
            said.append(f"Made {kind}{'s' if len(made) > 1 else ''} {', '.join(made)}")
    odd = [f"line {line}: {phone}" for line, phone in outcome.odd_phones.items()]
    said += _some(odd, "phone numbers could not be checked and are kept as typed")
    if outcome.differing:
        said.append(f"Different status than the file says: {outcome.differing}; here it is computed from the days")
    if outcome.bad:
        said.append(f"Left out {len(outcome.bad)} bad rows, in {rejects} with their reasons")
    said.append(
        f"Imported {outcome.rows - len(set(outcome.bad))} rows: "
        f"clients {counts['clients_added']} added, {counts['clients_updated']} updated; "
        f"memberships {counts['memberships_added']} added, {counts['memberships_updated']} updated; "
        f"{counts['unchanged']} unchanged"
    )
    return said


def _some(lines: Sequence[str], what: str) -> list[str]:
    if not lines:
        return []
    more = [f"  … and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return [f"{len(lines)} {what}:", *(f"  {line}" for line in lines[:_SHOWN]), *more]


def _visible(delimiter: str) -> str:
    return "a tab" if delimiter == "\t" else delimiter
