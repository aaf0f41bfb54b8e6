"""Type commands that bring clients and memberships in."""

import csv
import gc
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

import typer

from clientctl.base import calendar, files
from clientctl.base.calendar import Interval
from clientctl.base.records import Record
from clientctl.base.text import quoted
from clientctl.cli import work
from clientctl.cli.options import ChangeCommand, ListCommand, Session, noun
from clientctl.domain import imports, particulars, settings
from clientctl.domain.book import Reader, Writer
from clientctl.domain.imports import Outcome, Rules
from clientctl.domain.lists import Query
from clientctl.errors import BadInputError, ClientctlError, RefusedError, StorageError, UsageError
from clientctl.exchange import members
from clientctl.exchange.days import Order
from clientctl.exchange.members import Members
from clientctl.output.progress import Advance, progress

app = noun("Bring clients and memberships in from files of other programs.")

_SHOWN = 5
"""How many of the same kind of thing to look at are shown."""

_STEP = 1_000
"""Rows between two looks at the progress bar."""

_TABS = {"tab": "\t", "\\t": "\t"}
"""How people type a tab."""

_ORDERS: Mapping[Order, str] = {"dmy": "DD/MM/YYYY", "mdy": "MM/DD/YYYY", "ymd": ""}


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
    are recognised, and so are your own fields by their names. People are matched by e-mail,
    else by phone and name; a membership by client, plan and start. What a client has is kept,
    what is empty is filled; several labels or choices are parted by ;. With a bad row nothing
    is imported.

    Examples:
      clientctl import csv members-fr.csv --dry-run
      clientctl import csv members-fr.csv
      clientctl import csv members-fr.csv --again --map 'Newsletter=ignore' --skip-bad rejects.csv
      clientctl import csv members-fr.csv --again --map 'Newsletter=preference:Newsletter'
    """
    session: Session = context.obj
    if same_email not in {None, "match", "new"}:
        raise UsageError(f"--same-email {same_email}: say match or new")
    named = dict(_pair(each, "--map", "Column=field") for each in columns or ())
    every = {name: _interval(value) for name, value in (_pair(e, "--rate", "Mensuel=1m") for e in rate or ())}
    rules = Rules(every, same_email, again)

    def act(db: Writer) -> list[str]:
        if skip_bad:
            _check_rejects(source, skip_bad, force=force)
        sheet = members.read_csv(
            source,
            encoding=encoding,
            delimiter=_TABS.get(delimiter or "", delimiter),
            named=named,
            date_format=date_format,
            otherwise=_day_first(db),
            own=particulars.targets(db),
        )
        color: Literal["auto", "always", "never"] = session.color or "auto"  # type: ignore[assignment] # checked when parsed
        with progress(f"Importing {sheet.sheet.name}", None, color) as advance:
            outcome = imports.run(db, sheet.sheet.name, "csv", _counted(sheet.records(), advance), rules)
        if outcome.bad and skip_bad is None:
            raise _bad_rows(outcome)
        if outcome.bad and skip_bad is not None and not session.dry_run:
            _write_rejects(rejects.enter_context(files.replacing(skip_bad, force=force)), sheet, outcome.bad)
        return _said(sheet, outcome, skip_bad)

    with ExitStack() as rejects:
        gc.disable()  # nearly all that is made is kept: looking through it for garbage took a tenth of the time
        rejects.callback(gc.enable)
        work.change(session, "import csv", act, imports.card)
        _put_in_place(rejects, session, skip_bad)


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


def _check_rejects(source: Path, rejects: Path, *, force: bool) -> None:
    """Refuse early what could not be written in the end, and what would overwrite the file that is read."""
    if not rejects.exists():
        return
    if source.exists() and rejects.samefile(source):
        raise UsageError("--skip-bad names the file that is imported: name another one for its bad rows")
    if not force:
        raise RefusedError(f"{quoted(str(rejects))} is already there; --force replaces it")


def _counted(records: Iterable[Record], advance: Advance) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if number % _STEP == 0:
            advance(_STEP)
        yield record


def _interval(given: str) -> Interval | None:
    return None if given == "once" else calendar.parse_interval(given)


def _day_first(db: Reader) -> Order | None:
    orders: Mapping[str | None, Literal["dmy", "mdy"]] = {"yes": "dmy", "no": "mdy"}
    return orders.get(settings.get(db, "day_first"))


def _bad_rows(outcome: Outcome) -> BadInputError:
    return BadInputError(
        f"{_count(len(outcome.bad), 'row')} can't be imported, so nothing was: "
        "mend them, or leave them out with --skip-bad REJECTS",
        [f"line {line}: {reason}" for line, reason in sorted(outcome.bad.items())],
    )


def _write_rejects(file: BinaryIO, sheet: Members, bad: Mapping[int, str]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    csv.writer(text, delimiter=sheet.sheet.delimiter).writerows(sheet.rejects(bad))
    text.flush()  # a full disk is met here, before the commit
    text.detach()


def _put_in_place(rejects: ExitStack, session: Session, target: Path | None) -> None:
    """Give the file of bad rows its name, now that the others are in."""
    try:
        rejects.close()
    except ClientctlError as error:
        raise StorageError(
            f"the import was made (#{session.committed}); its bad rows could not be written to {target}: undo it"
        ) from error


def _said(sheet: Members, outcome: Outcome, rejects: Path | None) -> list[str]:
    """Say how the file was read, what was done, and what to look at."""
    counts = outcome.counts
    said = [_how_read(sheet)]
    if sheet.unknown:
        left_out = f"{', '.join(sheet.unknown[:_SHOWN])}{_more(sheet.unknown)}"
        said.append(f"Left out columns nobody knows: {left_out} (--map 'Column=field' says what one is, or ignore)")
    if sheet.refused:
        said.append(f"Left out what only you change, by `client edit`: {', '.join(sheet.refused)}")
    for kind, made in (("plan", outcome.made_plans), ("rate", outcome.made_rates), ("label", outcome.made_labels)):
        if made:
            said.append(f"Made {_count(len(made), kind)}: {', '.join(made[:_SHOWN])}{_more(made)}")
    odd = [f"line {line}: {phone}" for line, phone in outcome.odd_phones.items()]
    if odd:
        said.append(f"Kept as typed, as no valid number: {_count(len(odd), 'phone')}")
        said += [f"  {each}" for each in odd[:_SHOWN]]
        said += [f"  … and {len(odd) - _SHOWN} more"] if len(odd) > _SHOWN else []
    if outcome.odd_statuses:
        unknown = ", ".join(map(quoted, outcome.odd_statuses[:_SHOWN]))
        said.append(f"Not compared, being no status: {unknown}{_more(outcome.odd_statuses)}")
    if outcome.differing:
        memberships = _count(outcome.differing, "membership")
        said.append(f"Another status in the file than here, where the days decide: {memberships}")
    if outcome.kept_out:
        said.append(f"Not opted in, having opted out before: {_count(outcome.kept_out, 'client')}")
    if outcome.bad:
        said.append(f"Left out {_count(len(outcome.bad), 'bad row')}, with the reason in {rejects}")
    said.append(
        f"Imported {_count(outcome.rows - len(outcome.bad), 'row')}: "
        f"clients {counts['clients_added']} added, {counts['clients_updated']} updated; "
        f"memberships {counts['memberships_added']} added, {counts['memberships_updated']} updated; "
        f"{counts['unchanged']} unchanged"
    )
    return said


def _how_read(sheet: Members) -> str:
    delimiter = {"\t": "tabs"}.get(sheet.sheet.delimiter, sheet.sheet.delimiter)
    days = f", days as {_ORDERS[sheet.order]}" if _ORDERS[sheet.order] else ""
    return f"Read {sheet.sheet.name}: {sheet.sheet.encoding}, columns separated by {delimiter}{days}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _more(listed: Sequence[str]) -> str:
    return f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
