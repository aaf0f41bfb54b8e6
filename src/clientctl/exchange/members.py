"""Read a sheet of members, whoever made it: columns recognised, days and statuses understood."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from clientctl.base.records import Record
from clientctl.base.text import quoted
from clientctl.errors import BadInputError, RefusedError
from clientctl.exchange import columns, days, sheets, words
from clientctl.exchange.days import Order
from clientctl.exchange.sheets import Sheet

_DAYS = ("birthday", "client_since", "starts_on", "ends_on", "next_bill_on")
_PERSON = ("first_name", "last_name", "name", "email", "phone")
_NOT_YET = ("labels",)
"""Fields that are recognised and not taken in."""


class Members(NamedTuple):
    """A sheet that was understood: the file, where each field is, the columns nobody knows, the order of its days."""

    sheet: Sheet
    places: Mapping[str, int]
    unknown: tuple[str, ...]
    order: Order

    def records(self) -> Iterator[Record]:
        """Read the rows, from the file each time."""
        places = list(self.places.items())
        for line, cells, problem in self.sheet.rows:
            if problem:
                yield Record(line, {}, problem)
                continue
            values = {field: cells[place] for field, place in places if cells[place]}
            yield _record(line, values, self.order)

    def rejects(self, reasons: Mapping[int, str]) -> Iterator[list[str]]:
        """Give the header and the rows of some lines as they were, each with its reason in a last column."""
        yield [*self.sheet.header, "reason"]
        for line, cells, _ in self.sheet.rows:
            if line in reasons:
                yield [*cells, *[""] * (len(self.sheet.header) - len(cells)), reasons[line]]


def read_csv(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    named: Mapping[str, str],
    date_format: str | None = None,
    otherwise: Order | None = None,
) -> Members:
    """Understand a CSV file; ``named`` says the field of some columns, by the column's name.

    ``date_format`` is what the user says of its days; ``otherwise`` is how they are read when
    the whole file leaves two readings possible. Raise BadInputError for a sheet without a
    person's name, e-mail or phone or without rows, RefusedError for days that could be two.
    """
    sheet = sheets.read_csv(path, encoding=encoding, delimiter=delimiter)
    recognised = columns.recognise(sheet.header, named)
    places = {field: place for field, place in recognised.places.items() if field not in _NOT_YET}
    unknown = [sheet.header[place] for field, place in recognised.places.items() if field in _NOT_YET]
    if not any(field in places for field in _PERSON):
        raise BadInputError(
            f"{quoted(sheet.name)} has no column that names a person: say which is which, like"
            f" --map {quoted(sheet.header[0] + '=last_name')}; fields are {', '.join(columns.FIELDS)}"
        )
    if next(iter(islice(sheet.rows, 1)), None) is None:
        raise BadInputError(f"{quoted(sheet.name)} has a header and no rows: is it the right file?")
    order = days.order_named(date_format) if date_format else _order(sheet, places, otherwise)
    return Members(sheet, places, (*recognised.unknown, *unknown), order)


def _order(sheet: Sheet, places: Mapping[str, int], otherwise: Order | None) -> Order:
    found = days.day_format(_day_cells(sheet.rows, [places[field] for field in _DAYS if field in places]))
    order = found.order or otherwise
    if order is None:
        raise RefusedError(f"{found.why}: say --date-format DD/MM/YYYY or MM/DD/YYYY")
    return order


def _day_cells(rows: Iterable[sheets.Row], places: list[int]) -> Iterator[str]:
    for row in rows:
        if not row.problem:
            for place in places:
                if row.cells[place]:
                    yield row.cells[place]


def _record(line: int, values: dict[str, str], order: Order) -> Record:
    for field in _DAYS:
        if field in values:
            try:
                day = days.parse_day(values[field], order)
            except ValueError as error:
                return Record(line, values, f"{field}: {error}")
            if day is None:
                del values[field]
            else:
                values[field] = day.isoformat()
    if "rate" in values:
        every = _every(values["rate"])
        if every:
            values["every"] = every
    if "status" in values:
        values["status"] = words.status_of(values["status"]) or values["status"]
    return Record(line, values)


@lru_cache(maxsize=1000)
def _every(rate: str) -> str:
    return str(words.interval_of(rate) or "")
