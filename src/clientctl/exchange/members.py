"""Read a sheet of members, whoever made it: columns recognised, days and statuses understood."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from clientctl.base import cards
from clientctl.base.records import Record, Target
from clientctl.base.text import inert, quoted
from clientctl.errors import BadInputError, ClientctlError, RefusedError
from clientctl.exchange import columns, days, sheets, words
from clientctl.exchange.days import Order
from clientctl.exchange.flat import guarded
from clientctl.exchange.sheets import Row, Sheet

_DAYS = ("birthday", "client_since", "starts_on", "ends_on", "next_bill_on")
_PERSON = ("first_name", "last_name", "name", "email", "phone")
_NEVER = ("login_email",)
"""Fields that are recognised and never taken from a file: the owner alone changes them."""

REASON = "reason"
"""The last column of the rows that were left out; nobody has to say that it is to be ignored."""


class Members(NamedTuple):
    """A sheet that was understood: the file, where each field is, the columns nobody knows, the order of its days.

    ``days`` and ``consents`` are the fields that hold a day, and a yes or no to something people are
    sent; ``refused`` the columns that are never taken from a file. ``rows`` are held from the first
    look, which finds that order, until ``records`` gives them away.
    """

    sheet: Sheet
    places: Mapping[str, int]
    unknown: tuple[str, ...]
    refused: tuple[str, ...]
    days: tuple[str, ...]
    consents: tuple[str, ...]
    order: Order
    rows: list[Row]

    def records(self) -> Iterator[Record]:
        """Give the rows, once; their fields in one order, wherever the columns are."""
        places = sorted(self.places.items())
        of_days = {field: self.sheet.header[self.places[field]] for field in self.days}
        self.rows.reverse()
        while self.rows:
            line, cells, problem = self.rows.pop()
            if problem:
                yield Record(line, {}, problem)
            else:
                values = {field: cell for field, at in places if (cell := cells[at])}
                for field in self.consents:
                    if field in values:
                        values[field] = words.consent_of(values[field]) or values[field]
                yield _record(line, values, of_days, self.order)

    def rejects(self, reasons: Mapping[int, str]) -> Iterator[list[str]]:
        """Read the file again; give the header, and the rows of some lines as they were with the reason at the end.

        Cells are guarded, as those of every CSV file written; reading them again takes that away.
        """
        header = list(self.sheet.header)
        width = len(header) - (header[-1] == REASON)
        yield [*header[:width], REASON]
        for line, cells, _ in self.sheet.rows:
            if line in reasons:
                whole = [*cells, *[""] * (len(header) - len(cells))]
                kept = whole[:width] + whole[len(header) :]
                yield [*map(guarded, kept), reasons[line]]


def read_csv(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    named: Mapping[str, str],
    date_format: str | None = None,
    otherwise: Order | None = None,
    own: Sequence[Target] = (),
) -> Members:
    """Understand a CSV file; ``named`` says the field of some columns, by the column's name.

    ``own`` is what a column can be in this practice, besides what it can be everywhere.
    ``date_format`` is what the user says of its days; ``otherwise`` is how they are read when
    the whole file leaves two readings possible. Raise BadInputError for a sheet without a
    person's name, e-mail or phone or without rows, RefusedError for days that could be two.
    """
    sheet = sheets.read_csv(path, encoding=encoding, delimiter=delimiter)
    recognised = columns.recognise(sheet.header, named, own)
    places = {field: place for field, place in recognised.places.items() if field not in _NEVER}
    refused = tuple(sheet.header[place] for field, place in recognised.places.items() if field in _NEVER)
    unknown = tuple(name for name in recognised.unknown if name != REASON)
    if not any(field in places for field in _PERSON):
        raise BadInputError(
            f"{quoted(sheet.name)} has no column that names a person: say which is which, like"
            f" --map {quoted(sheet.header[0] + '=last_name')}; fields are {', '.join(columns.FIELDS)}"
        )
    rows = list(sheet.rows)
    if not rows:
        raise BadInputError(f"{quoted(sheet.name)} has a header and no rows: is it the right file?")
    of_days = tuple(field for field in (*_DAYS, *(each.key for each in own if each.is_day)) if field in places)
    of_consents = tuple(each.key for each in own if each.is_consent and each.key in places)
    order = days.order_named(date_format) if date_format else _order(rows, [places[f] for f in of_days], otherwise)
    return Members(sheet, places, unknown, refused, of_days, of_consents, order, rows)


def _order(rows: Sequence[Row], places: list[int], otherwise: Order | None) -> Order:
    found = days.day_format(_day_cells(rows, places))
    order = found.order or otherwise
    if order is None:
        raise RefusedError(f"{found.why}: say --date-format DD/MM/YYYY or MM/DD/YYYY")
    return order


def _day_cells(rows: Sequence[Row], places: list[int]) -> Iterator[str]:
    for place in places:
        yield from filter(None, (row.cells[place] for row in rows if not row.problem))


def _record(line: int, values: dict[str, str], of_days: Mapping[str, str], order: Order) -> Record:
    """Put the days of a row in ISO form; ``of_days`` gives their columns' names in the file."""
    for field, column in of_days.items():
        if field in values:
            try:
                day = _iso_day(values[field], order)
            except (ValueError, ClientctlError) as error:
                way_out = (
                    f"; --map {quoted(column + '=ignore')} leaves the column out" if _can_be_left_out(field) else ""
                )
                return Record(line, values, f"{inert(column)}: {error}{way_out}")
            if day:
                values[field] = day
            else:
                del values[field]
    if "plan" in values:
        every = _every(values.get("rate") or values["plan"])
        if every:
            values["every"] = every
        if "status" in values:
            values["status"] = words.status_of(values["status"]) or values["status"]
    return Record(line, values)


def _can_be_left_out(field: str) -> bool:
    """Say whether a day is one that the rest of the row makes sense without."""
    return field == "birthday" or field not in _DAYS


@lru_cache(maxsize=50_000)
def _iso_day(cell: str, order: Order) -> str | None:
    """Read a day, in ISO form; None for a cell that has none."""
    try:
        day = days.parse_day(cell, order)
    except ValueError:
        cards.refuse(cell)  # or it would be quoted
        raise
    return day.isoformat() if day else None


@lru_cache(maxsize=1000)
def _every(name: str) -> str:
    return str(words.interval_of(name) or "")
