"""Understand a sheet of people, whoever made it: columns recognised, days and statuses read."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clientctl.base import cards
from clientctl.base.records import NOTHING_MORE, Further, More, Record, Target
from clientctl.base.text import fold, inert, quoted
from clientctl.errors import BadInputError, ClientctlError, RefusedError
from clientctl.exchange import columns, days, senders, several, sheets, strangers, words
from clientctl.exchange.days import Order
from clientctl.exchange.flat import guarded
from clientctl.exchange.sheets import Sheet
from clientctl.exchange.strangers import Stranger

_DAYS = ("birthday", "client_since", "starts_on", "ends_on", "next_bill_on")
_PERSON = ("first_name", "last_name", "name", "email", "phone")
_NEVER = ("login_email",)
"""Fields that are recognised and never taken from a file: the owner alone changes them."""

_TRIED = 100
"""Rows that are looked at for one."""

_SHOWN = 5
"""How many columns nobody knows are named."""

_ORDERS: Mapping[Order, str] = {"dmy": "DD/MM/YYYY", "mdy": "MM/DD/YYYY", "ymd": ""}
_NO_GROUPS = "* "
"""How the names of groups begin in Google's sheets that are not the practitioner's own: ``* myContacts``."""

REASON = "reason"
"""The last column of the rows that were left out; nobody has to say that it is to be ignored."""


class Options(NamedTuple):
    """What the user said of a sheet.

    ``named`` says the field of some columns, by the column's name, ``usual`` of those that such a sheet
    has as a rule; ``own`` is what a column can be in
    this practice, besides what it can be everywhere; ``date_format`` is what the user says of its
    days, ``otherwise`` how they are read when the whole file leaves two readings possible; ``sender``
    is whose sheet it is, recognised unless given.
    """

    named: Mapping[str, str] = {}
    date_format: str | None = None
    otherwise: Order | None = None
    own: Sequence[Target] = ()
    sender: str | None = None
    usual: Mapping[str, str] = {}


class Members:
    """A sheet that was understood: the file, whose it is, where each field is, the order of its days.

    ``named`` are the fields of those columns that the user said, ``unknown`` are the columns nobody knows
    that hold something, ``refused`` those never taken from a
    file, ``days`` and ``consents`` the fields that hold a day, and a yes or no to something people are sent.
    """

    def __init__(self, sheet: Sheet, options: Options) -> None:
        self.sheet = sheet
        self.sender = senders.named(options.sender) if options.sender else senders.recognise(sheet.header)
        self.named = columns.meant(sheet.header, options.named, options.usual, options.own)
        recognised = columns.recognise(sheet.header, self.named, options.own)
        self.places = {field: place for field, place in recognised.places.items() if field not in _NEVER}
        self.refused = tuple(sheet.header[at] for field, at in recognised.places.items() if field in _NEVER)
        if not any(field in self.places for field in _PERSON):
            raise BadInputError(
                f"{quoted(sheet.name)} has no column that names a person: say which is which, like"
                f" --map {quoted(sheet.header[0] + '=last_name')}; fields are {', '.join(columns.FIELDS)}"
            )
        unknown = [place for place, name in enumerate(sheet.header) if name in set(recognised.unknown)]
        if columns.UID in self.places and not _names_clients(sheet, self.places[columns.UID]):
            unknown.append(self.places.pop(columns.UID))
        own = self._own_contacts(options)
        self.several = several.recognise(sheet.header, [*unknown, *own], own)
        of_days = (*_DAYS, *(each.key for each in options.own if each.is_day))
        self.days = tuple(field for field in of_days if field in self.places)
        self.consents = tuple(each.key for each in options.own if each.is_consent and each.key in self.places)
        rest = [at for at in unknown if at not in self.several.taken and sheet.header[at] != REASON]
        self._yearless = 0
        self.order, self.unknown = self._look_through(rest, options)

    @property
    def name(self) -> str:
        """Name the file."""
        return self.sheet.name

    @property
    def said(self) -> list[str]:
        """Say how the file was read, and what of it is left out."""
        said = [] if self.sender is senders.GENERIC else [f"{self.name} is from {self.sender.name}"]
        shown = f", days as {_ORDERS[self.order]}" if _ORDERS[self.order] else ""
        said.append(f"Read {self.name}: {self.sheet.how}{shown}")
        if self.unknown:
            more = f" and {len(self.unknown) - _SHOWN} more" if len(self.unknown) > _SHOWN else ""
            left_out = f"{', '.join(self.unknown[:_SHOWN])}{more}"
            said.append(f"Left out columns nobody knows: {left_out} (--map 'Column=field' says what one is, or ignore)")
        if self.refused:
            said.append(f"Left out what only you change, by `client edit`: {', '.join(self.refused)}")
        if self._yearless:
            said.append(f"Left out birthdays without a year: {self._yearless}")
        return said

    def records(self) -> Iterator[Record]:
        """Give the rows as they are read; their fields in one order, wherever the columns are."""
        places = sorted(self.places.items())
        of_days = {field: self.sheet.header[self.places[field]] for field in self.days}
        is_plain = not self.several.taken and "labels" not in self.places and self.sender is senders.GENERIC
        for line, cells, problem in self.sheet.rows:
            if problem:
                yield Record(line, {}, problem)
                continue
            values = {field: cell for field, at in places if (cell := cells[at])}
            for field in self.consents:
                if field in values:
                    values[field] = words.consent_of(values[field]) or values[field]
            if "birthday" in values and days.is_without_year(values["birthday"]):
                del values["birthday"]
                self._yearless += 1
            more = NOTHING_MORE if is_plain else self._more(values, cells)
            if "@" in values.get("first_name", "") or "@" in values.get("name", ""):
                _name_apart(values)
            yield _record(line, values, of_days, self.order, more)

    def again(self, options: Options) -> "Members":
        """Understand the same sheet with more that the user said."""
        return Members(self.sheet, options)

    def strangers(self) -> list[Stranger]:
        """Look at the columns nobody knows that hold something; the file is read for it."""
        places = [self.sheet.header.index(name) for name in self.unknown]
        return strangers.look_at(self.sheet, places) if places else []

    def write_rejects(self, file: BinaryIO, reasons: Mapping[int, str]) -> None:
        """Write the rows of some lines as they were, as CSV with the reason at the end."""
        text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
        csv.writer(text, delimiter=self.sheet.delimiter).writerows(self.rejects(reasons))
        text.flush()  # a full disk is met here, before the commit
        text.detach()

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

    def _own_contacts(self, options: Options) -> list[int]:
        """Take the columns of further contacts from the fields they are, to be read as in any sheet.

        A file says the same so before and after the fields for it were made.
        """
        keys = {each.key for each in options.own if each.is_contact}
        said = {name.strip() for name in self.named}
        own = {
            field: at
            for field, at in self.places.items()
            if field in keys and self.sheet.header[at] not in said and several.is_contact(self.sheet.header[at])
        }
        for field in own:
            del self.places[field]
        return list(own.values())

    def _look_through(self, unknown: Sequence[int], options: Options) -> tuple[Order, tuple[str, ...]]:
        """Read the file once: find the order of its days, and which of the columns nobody knows hold something."""
        filled: set[int] = set()
        counted = days.Evidence()
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
            raise BadInputError(f"{quoted(self.name)} has a header and no rows: is it the right file?")
        holding = tuple(self.sheet.header[at] for at in unknown if at in filled)
        if options.date_format:
            return days.order_named(options.date_format), holding
        found = counted.decide()
        order = found.order or options.otherwise or self.sender.order
        if order is None:
            raise RefusedError(f"{found.why}: say --date-format DD/MM/YYYY or MM/DD/YYYY")
        return order, holding

    def _more(self, values: dict[str, str], cells: Sequence[str]) -> More:
        """Take what there are several of from a row; of what several values a cell holds, the first stays."""
        further = []
        for kind in ("email", "phone"):
            if several.PARTED in values.get(kind, ""):
                values[kind], *others = several.parted(values[kind])
                further += [Further("email" if kind == "email" else "phone", None, other) for other in others]
        further += self.several.contacts(cells)
        self._promote(values, further)
        labels: tuple[str, ...] = ()
        separator = self.sender.separator or (several.PARTED if several.PARTED in values.get("labels", "") else None)
        if separator and "labels" in values:
            parts = map(str.strip, values.pop("labels").split(separator))
            labels = tuple(part for part in parts if part and not part.startswith(_NO_GROUPS))
        if self.several.middle is not None and (middle := cells[self.several.middle]) and "first_name" in values:
            values["first_name"] += f" {middle}"
        notes = tuple(cells[at] for at in self.several.notes if cells[at])
        if not (further or labels or notes or self.several.addresses):
            return NOTHING_MORE
        return More(tuple(further), self.several.places(cells), notes, labels)

    def _promote(self, values: dict[str, str], further: list[Further]) -> None:
        """Make the first of the further e-mails and phones the first one, where its cell is empty."""
        for kind in ("email", "phone"):
            if kind in self.places and kind not in values:
                first = next((each for each in further if each.kind == kind and not _is_fax(each)), None)
                if first:
                    values[kind] = first.value
                    further.remove(first)


def read_csv(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    named: Mapping[str, str],
    date_format: str | None = None,
    otherwise: Order | None = None,
    own: Sequence[Target] = (),
    sender: str | None = None,
) -> Members:
    """Understand a CSV file; see ``Options``.

    Raise BadInputError for a sheet without a person's name, e-mail or phone or without rows,
    RefusedError for days that could be two.
    """
    options = Options(named, date_format, otherwise, own, sender)
    return Members(sheets.read_csv(path, encoding=encoding, delimiter=delimiter), options)


def read_xlsx(path: Path, sheet: str | None, options: Options) -> Members:
    """Understand a sheet of a workbook, the first one of people unless one is named; as for ``read_csv``."""
    from clientctl.exchange import workbooks

    def is_of_people(header: Sequence[str]) -> bool:
        found = columns.recognise(header, {}, options.own)
        return any(field in found.places for field in _PERSON)

    return Members(workbooks.read(path, sheet, is_of_people), options)


def _names_clients(sheet: Sheet, place: int) -> bool:
    """Say whether a column holds names of clients as we write them: any other program's are not ours to know."""
    return any(columns.OUR_UID.fullmatch(row.cells[place]) for row in islice(sheet.rows, _TRIED) if not row.problem)


def _name_apart(values: dict[str, str]) -> None:
    """Take an e-mail that stands where the name should be for what it is."""
    from clientctl.base.emails import looks_like

    for field in ("name", "first_name"):
        if "last_name" not in values and looks_like(values.get(field, "")):
            values.setdefault("email", values.pop(field))


def _is_fax(each: Further) -> bool:
    return any(word in fold(each.name or "") for word in ("fax", "telecopie"))


def _record(line: int, values: dict[str, str], of_days: Mapping[str, str], order: Order, more: More) -> Record:
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
    return Record(line, values, None, more)


def _can_be_left_out(field: str) -> bool:
    """Say whether a day is one that the rest of the row makes sense without."""
    return field == "birthday" or field not in _DAYS


@lru_cache(maxsize=10_000)
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
