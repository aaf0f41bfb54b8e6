"""Read a sheet of people from any program: recognize its columns, read its days and statuses."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from clientctl.base.import_records import NO_EXTRAS, OwnColumns, Record, RowNote, Target
from clientctl.base.text import fold, quoted, word
from clientctl.base.uids import UID
from clientctl.base.words import say
from clientctl.errors import BadInputError, RefusedError
from clientctl.exchange.members import cells as cells_
from clientctl.exchange.members import (
    column_names,
    day_formats,
    exported_lists,
    repeated_columns,
    senders,
    unknown_columns,
)
from clientctl.exchange.members.day_formats import Order
from clientctl.exchange.members.people_rows import PeopleRows
from clientctl.exchange.members.row_extras import ExtrasReader
from clientctl.exchange.members.row_values import PERSON, ValuesReader
from clientctl.exchange.members.unknown_columns import UnknownColumn
from clientctl.exchange.tables import headings
from clientctl.exchange.tables.csv_json_writer import guard_cell
from clientctl.exchange.tables.csv_reader import Sheet

DAYS = ("birthday", "client_since", "starts_on", "ends_on", "next_bill_on")
"""Built-in fields that hold a day."""

_OPTIONAL = ("birthday", "language", "site")
"""Fields that a row makes sense without, like custom fields and preferences."""

NEVER = ("login_email",)
"""Fields that are recognized and never imported: only the owner changes them."""

_OF_A_PLAN = ("price", "currency", "status")
"""Fields that mean nothing without a plan: such a column is something else."""

_SHOWN = 5
"""How many unrecognized columns are named."""

_ORDERS: Mapping[Order, str] = {"dmy": "DD/MM/YYYY", "mdy": "MM/DD/YYYY", "ymd": ""}
_CALLS = ("nickname", "file as")
"""Columns with the names of people without one, in Google's sheets."""

REASON = "reason"
"""The last column of rejected rows, which is ignored when they are imported again."""


class Options(NamedTuple):
    """The user's options for reading a sheet.

    ``named`` says the field of some columns, by the column's name, ``usual`` of those that such a sheet
    has as a rule, as saved under the name ``mapping``; ``own`` is what a column can be in
    this practice, besides what it can be everywhere; ``date_format`` is what the user says of its
    days, ``otherwise`` how they are read when the whole file leaves two readings possible; ``sender``
    is whose sheet it is, recognized unless given; ``header_row`` is the line that names its columns, 0 for none.
    ``lists`` are those that this program writes itself, ``line`` the digits of this file.
    """

    named: Mapping[str, str] = {}
    date_format: str | None = None
    otherwise: Order | None = None
    own: Sequence[Target] = ()
    sender: str | None = None
    usual: Mapping[str, str] = {}
    mapping: str = ""
    header_row: int | None = None
    lists: Sequence[OwnColumns] = ()
    line: str = ""


class MemberSheet:
    """A sheet of people that was recognized: the file, its sender, the place of each field, the order of its days.

    ``named`` are the fields of those columns that the user chose, ``unknown`` are the unrecognized columns
    that hold something, ``refused`` those never taken from a
    file, ``days`` the fields that hold a day.
    """

    def __init__(self, sheet: Sheet, options: Options) -> None:
        self.sheet = self._given = sheet
        self.sender = senders.find(options.sender) if options.sender else senders.recognize(sheet.header)
        self.named = column_names.resolve(sheet.header, options.named, options.usual, options.own, options.mapping)
        self._ours = exported_lists.recognize(sheet, self.named, options.lists, options.line)
        recognized = column_names.recognize(sheet.header, {**self._ours.means, **self.named}, options.own)
        elsewhere = (*NEVER, *column_names.ADDRESS)
        self.places = {field: place for field, place in recognized.places.items() if field not in elsewhere}
        self.refused = tuple(sheet.header[at] for field, at in recognized.places.items() if field in NEVER)
        unknown = [place for place, name in enumerate(sheet.header) if name in set(recognized.unknown)]
        if UID in self.places and not exported_lists.names_clients(sheet, self.places[UID]):
            own_uid = next((each.key for each in options.own if UID in map(fold, each.names)), "")
            place = self.places.pop(UID)
            if own_uid and own_uid not in self.places:
                self.places[own_uid] = place
            else:
                unknown.append(place)
        if self._ours.ids is None and not any(field in self.places for field in PERSON):
            raise _nobody(sheet)
        if "plan" not in self.places:
            meant = set(self.named.values())
            unknown += [self.places.pop(field) for field in _OF_A_PLAN if field in self.places.keys() - meant]
        own = self._own_contacts(options)
        chosen = {
            sheet.header.index(name): field
            for name, field in self.named.items()
            if field in (*column_names.ADDRESS, *column_names.FURTHER)
        } | recognized.further
        self.several = repeated_columns.recognize(sheet.header, [*unknown, *own], own, chosen)
        self._extras = ExtrasReader(sheet.header, self.places, self.several, self.sender)
        birth_parts = _birth_parts(sheet.header) if "birthday" in self.places else None
        if birth_parts:
            unknown = [at for at in unknown if at not in birth_parts]
        self._optional = {
            field: sheet.header[at] for field, at in self.places.items() if field in _OPTIONAL or ":" in field
        }
        of_days = (*DAYS, *(each.key for each in options.own if each.is_day))
        self.days = tuple(field for field in of_days if field in self.places)
        consents = tuple(each.key for each in options.own if each.is_consent and each.key in self.places)
        self._people = PeopleRows(sheet.rows, sheet.header, self.places)
        self.sheet = sheet._replace(rows=self._people)
        rest = [at for at in unknown if at not in self.several.taken and sheet.header[at] != REASON]
        self.order, self.unknown = self._look_through(rest, options)
        self._values = ValuesReader(
            self.order,
            {field: sheet.header[self.places[field]] for field in self.days},
            consents,
            birth_parts,
            last_first="name" in self.places and column_names.is_last_first(sheet.header[self.places["name"]]),
            called=None
            if self.sender is senders.GENERIC
            else [at for at, name in enumerate(sheet.header) if fold(name) in _CALLS and name not in self.named],
        )

    @property
    def name(self) -> str:
        """Return the name of the file."""
        return self.sheet.name

    @property
    def summary(self) -> list[str]:
        """Return how the file was read, and what was ignored, a line each."""
        lines = (
            []
            if self.sender is senders.GENERIC
            else [say("{file} is from {program}", file=self.name, program=self.sender.name)]
        )
        shown = say(", days as {orders}", orders=_ORDERS[self.order]) if _ORDERS[self.order] else ""
        lines.append(say("Read {name}: {how}{shown}", name=self.name, how=self.sheet.how, shown=shown))
        missing = list(filter(None, map(column_names.consent, self.unknown)))
        if missing:
            lines.append(
                say(
                    "Ignored consents for unknown preferences: {missing} (`clientctl preference add {word}` makes "
                    "them, so does --create-fields)",
                    missing=", ".join(missing),
                    word=" ".join(map(word, missing)),
                )
            )
        unknown = [name for name in self.unknown if not column_names.consent(name)]
        if unknown:
            lines.append(
                say(
                    "Ignored unrecognized columns: {unknown} (--map 'Column=field' assigns one, or ignore)",
                    unknown=_first(unknown),
                )
            )
        if self.refused:
            lines.append(
                say("Ignored columns that only you change, by hand: {refused}", refused=", ".join(self.refused))
            )
        if names := self._ours.read_only:
            lines.append(say("Ignored columns of lists that an import does not change: {names}", names=_first(names)))
        if self._values.yearless:
            lines.append(say("Ignored birthdays without a year: {yearless}", yearless=self._values.yearless))
        if self.sheet.besides:
            lines.append(say("Not read: sheet {besides} (--sheet takes one)", besides=", ".join(self.sheet.besides)))
        return lines

    @property
    def notes(self) -> list[RowNote]:
        """Return notes on the rows that are not people."""
        return self._people.notes

    def count(self) -> int:
        """Count the rows by reading the sheet again."""
        return sum(1 for _ in self.sheet.rows)

    def records(self) -> Iterator[Record]:
        """Yield the rows as they are read; their fields in one order, whatever that of the columns."""
        places, nothing = sorted(self.places.items()), cells_.NOTHING
        has_own = self._ours.ids is not None or self._ours.number is not None
        is_plain = not self.several.taken and "labels" not in self.places and self.sender is senders.GENERIC
        for line, cells, problem in self.sheet.rows:
            if problem:
                yield Record(line, {}, problem)
                continue
            values = {field: cell for field, at in places if (cell := cells[at]) and cell not in nothing}
            if has_own and (problem := self._ours.settle(values, cells)):
                yield Record(line, values, problem)
                continue
            odd: list[tuple[str, str]] = []
            found = self._extras.take_contacts(values, odd)
            self._values.tidy(values, cells)
            more = NO_EXTRAS if is_plain and not found else self._extras.read(values, cells, found, odd)
            wrong = self._values.convert(values, cells, odd)
            yield Record(line, values, wrong, more, self._optional, () if wrong else tuple(odd))

    def cells(self, column: str) -> Iterator[str]:
        """Yield the cells of a column."""
        at = self.sheet.header.index(column)
        return (row.cells[at] for row in self.sheet.rows if not row.problem and row.cells[at])

    def again(self, options: Options) -> "MemberSheet":
        """Read the same sheet with more options."""
        return MemberSheet(self._given, options)

    def describe_unknown(self, fits: Mapping[str, Callable[[str], bool]]) -> list[UnknownColumn]:
        """Describe the unrecognized columns that are not empty, by reading the file.

        ``fits`` is for `unknown_columns.describe`.
        """
        numbers = [each.column for each in self.numbers()]
        places = [self.sheet.header.index(name) for name in self.unknown if name not in numbers]
        return unknown_columns.describe(self.sheet, places, fits) if places else []

    def numbers(self) -> list[UnknownColumn]:
        """List the unrecognized columns with numbers that another program identifies people by.

        What has our own name for people in it is no other program's.
        """
        if UID in self.places or self._ours.ids is not None:
            return []
        return [UnknownColumn(each, (), "text") for each in self.unknown if unknown_columns.is_others_number(each)]

    def write_rejects(self, file: BinaryIO, reasons: Mapping[int, str]) -> None:
        """Write the rows on some lines unchanged, as CSV with the reason at the end."""
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        csv.writer(text, delimiter=self.sheet.delimiter).writerows(self.rejects(reasons))
        text.flush()  # a full disk is met here, before the commit
        text.detach()

    def rejects(self, reasons: Mapping[int, str]) -> Iterator[list[str]]:
        """Read the file again; yield the header, and the rows on some lines unchanged with the reason at the end.

        Cells are guarded, as those of every CSV file written; reading them again takes that away.
        """
        header = list(self.sheet.header)
        width = len(header) - (header[-1] == REASON)
        has_ids = self._ours.ids is not None  # a CSV file does not say whose they are
        yield [*[UID] * has_ids, *header[:width], REASON]
        for line, cells, _ in self.sheet.rows:
            if line in reasons:
                whole = [*cells, *[""] * (len(header) - len(cells))]
                row = [*[self._ours.uid(whole)] * has_ids, *whole[:width], *whole[len(header) :]]
                yield [*map(guard_cell, row), reasons[line]]

    def _own_contacts(self, options: Options) -> list[int]:
        """Remove the columns of further contacts from the fields, to be read as in any sheet; return their places.

        A file says the same so before and after the fields for it were made. A sheet of ours means its fields.
        """
        if UID in self.places or self._ours.ids is not None:
            return []
        keys = {each.key for each in options.own if each.is_contact}
        chosen = {name.strip() for name in self.named}
        own = {
            field: at
            for field, at in self.places.items()
            if field in keys
            and self.sheet.header[at] not in chosen
            and repeated_columns.is_contact(self.sheet.header[at])
        }
        for field in own:
            del self.places[field]
        return list(own.values())

    def _look_through(self, unknown: Sequence[int], options: Options) -> tuple[Order, tuple[str, ...]]:
        """Read the file once: find the order of its days, and the unrecognized columns that are not empty."""
        filled: set[int] = set()
        counted = day_formats.Evidence()
        at_days = [] if options.date_format else [self.places[field] for field in self.days]
        is_empty = True
        for _, cells, problem in self.sheet.rows:
            is_empty = False
            if problem:
                continue
            if len(filled) < len(unknown):
                filled.update(at for at in unknown if cells[at])
            elif not at_days:
                break
            for at in at_days:
                if cells[at]:
                    counted.add(cells[at])
        if is_empty:
            raise BadInputError(say("{name} has a header and no rows: is it the right file?", name=quoted(self.name)))
        holding = tuple(self.sheet.header[at] for at in unknown if at in filled)
        if options.date_format:
            return day_formats.parse_order(options.date_format), holding
        found = counted.decide()
        order = found.order or options.otherwise or self.sender.order
        if order is None:
            raise RefusedError(say("{why}: say --date-format DD/MM/YYYY or MM/DD/YYYY", why=found.why))
        return order, holding


def _first(names: Sequence[str]) -> str:
    """List the first of some names, and how many more there are."""
    first = ", ".join(names[:_SHOWN])
    more = len(names) - _SHOWN
    return say("{names} and {more} more", names=first, more=more) if more > 0 else first


def _nobody(sheet: Sheet) -> BadInputError:
    """Return the error for a sheet without a column for a name, an e-mail or a phone, with ways out."""
    value = next(filter(headings.is_value, sheet.header), None)
    if value is not None:
        return BadInputError(
            say(
                "{name} has no header, as its first line has {value}: --no-header reads that line too",
                name=quoted(sheet.name),
                value=quoted(value),
            )
        )
    return BadInputError(
        say(
            "{name} has no column that names a person: say which is which, like --map {column} (fields are {fields}), "
            "--header-row N which line names them, or --no-header that none does",
            name=quoted(sheet.name),
            column=quoted(f"{sheet.header[0]}=last_name"),
            fields=", ".join(column_names.ALL),
        )
    )


def _birth_parts(header: Sequence[str]) -> tuple[int, int] | None:
    """Find the columns of year and month of birth that Thunderbird puts next to the day's."""
    keys = [column_names.key_of(name) for name in header]
    return (keys.index("birthyear"), keys.index("birthmonth")) if {"birthyear", "birthmonth"} <= set(keys) else None
