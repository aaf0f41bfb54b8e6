"""Turn the rows of a sheet of members into what is stored: a person, and perhaps a membership of theirs.

What a membership was before the import counts as settled elsewhere; its status column is a
fact only when it says cancelled.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache, lru_cache
from typing import NamedTuple

from clientctl.base import calendar, cards, emails, money, phones, text
from clientctl.base.calendar import Interval
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.base.records import Record
from clientctl.base.text import quoted
from clientctl.domain import clients, settings
from clientctl.domain.matching import Person
from clientctl.errors import ClientctlError, UsageError
from clientctl.store import Reader

_DAY = timedelta(days=1)
_LINES = ("first_name", "last_name", "company", "position")
_NAMING = ("last_name", "first_name", "email", "phone")
_DAYS = {"birthday": "birthday_on", "client_since": "client_since_on"}
_OF_A_MEMBERSHIP = frozenset({"rate", "starts_on", "ends_on", "next_bill_on"})

# The same names, amounts and days come again and again in a sheet.
_line = lru_cache(maxsize=50_000)(text.clean_line)


class Sold(NamedTuple):
    """A membership as a row says it: names as written, ISO days; None is what the row does not say."""

    plan: str
    rate: str | None
    price: Money | None
    every: Interval | None
    starts_on: str
    ends_on: str | None
    next_bill_on: str | None
    status: str | None


class Row(NamedTuple):
    """One row understood: the columns of a client, who that is, a membership if there is one, a phone kept as typed."""

    line: int
    columns: dict[str, str | None]
    person: Person
    sold: Sold | None
    odd_phone: str | None


class Reading:
    """Understand rows, by the settings that say what a sheet leaves unsaid: a phone's country, a price's currency."""

    def __init__(self, db: Reader) -> None:
        self._region = settings.get(db, "region") or ""
        self._currency = settings.get(db, "currency") or ""
        self._amount = lru_cache(maxsize=10_000)(self._parse_amount)
        self._every = cache(calendar.parse_interval)
        self._language = cache(lambda code: clients.normalised(db, {"language": code})[0]["language"])

    def row(self, record: Record) -> Row:
        """Understand a row. Raise ClientctlError for a value that is refused or a row that makes no sense."""
        columns, odd_phone = self._person(record.values)
        return Row(record.line, columns, Person.of(columns), self._sold(record.values), odd_phone)

    def _person(self, values: Mapping[str, str]) -> tuple[dict[str, str | None], str | None]:
        """Take the columns of a client from a row, normalised; and the phone, if it could not be."""
        columns: dict[str, str | None] = {column: _line(values[column]) for column in _LINES if column in values}
        if "name" in values:
            for column, part in zip(("first_name", "last_name"), _names(_line(values["name"])), strict=True):
                columns.setdefault(column, part)
        odd_phone = None
        if email := values.get("email"):
            columns["email"] = emails.normalise(text.clean(email))
        if typed := values.get("phone"):
            phone, valid = phones.normalise(text.clean(typed), self._region)
            columns["phone"] = phone if valid else text.clean_line(phone)
            odd_phone = None if valid else columns["phone"]
        if not any(map(columns.get, _NAMING)):
            raise UsageError("names nobody: it has no name, e-mail or phone")
        if "language" in values:
            columns["language"] = self._language(values["language"])
        for field, column in _DAYS.items():
            if field in values:
                columns[column] = values[field]
        return columns, odd_phone

    def _sold(self, values: Mapping[str, str]) -> Sold | None:
        """Take a membership from a row; None when there is no trace of one."""
        if "plan" not in values:
            if not _OF_A_MEMBERSHIP.isdisjoint(values):
                raise UsageError("has a membership and no plan: name the plan")
            return None
        sold = Sold(
            plan=_line(values["plan"]),
            rate=_line(values["rate"]) if "rate" in values else None,
            price=self._amount(values["price"], values.get("currency")) if "price" in values else None,
            every=self._every(values["every"]) if "every" in values else None,
            starts_on=values.get("starts_on", ""),
            ends_on=values.get("ends_on"),
            next_bill_on=values.get("next_bill_on"),
            status=_line(values["status"]) if "status" in values else None,
        )
        if not sold.starts_on:
            raise UsageError(f"has the plan {quoted(sold.plan)} and no start: give the day it started")
        if sold.ends_on and sold.ends_on < sold.starts_on:
            raise UsageError(f"ends {sold.ends_on}, before it starts {sold.starts_on}")
        if sold.next_bill_on and sold.next_bill_on < sold.starts_on:
            raise UsageError(f"is next billed {sold.next_bill_on}, before it starts {sold.starts_on}")
        return sold

    def _parse_amount(self, price: str, currency: str | None) -> Money:
        cards.refuse(price)  # or it would be quoted as no amount of money
        cards.refuse(currency or "")
        if currency is None:
            return money.parse_amount(price, self._currency)
        return money.parse_amount(price, money.parse_amount(f"1 {currency}", self._currency).currency)


def understood(db: Reader, records: Iterable[Record]) -> tuple[list[Row], dict[int, str]]:
    """Read every row; return those that make sense, and by line why the others do not."""
    reading = Reading(db)
    rows: list[Row] = []
    bad: dict[int, str] = {}
    for record in records:
        if record.problem:
            bad[record.line] = record.problem
            continue
        try:
            rows.append(reading.row(record))
        except ClientctlError as error:
            bad[record.line] = error.message
    return rows, bad


def facts(sold: Sold, every: Interval | None, today: date) -> dict[str, Cell]:
    """Give the columns of days of a membership that was begun elsewhere and is taken in today.

    The next bill day is the one given, if it is not past, else the first on or after today. A
    given day off the anchor's days becomes the anchor. A cancelled one ended at its end if
    that is past, else the day before today, or before its start if that is later.
    """
    anchor, following = _bill_days(sold.starts_on, sold.next_bill_on, every, today)
    return {
        "starts_on": sold.starts_on,
        "anchor_on": anchor,
        "term_ends_on": sold.ends_on,
        "ends_on": sold.ends_on,
        "next_bill_on": following,
        "cancelled_on": _cancelled_on(sold, today) if sold.status == "cancelled" else None,
    }


@lru_cache(maxsize=50_000)
def _bill_days(starts_on: str, given: str | None, every: Interval | None, today: date) -> tuple[str, str | None]:
    """Give the anchor and the next bill day."""
    if every is None:
        return starts_on, None
    start, wanted = date.fromisoformat(starts_on), date.fromisoformat(given) if given else today
    following = calendar.first_bill_day(start, every, max(today, wanted)).isoformat()
    if given and wanted >= today and following != given:
        return given, given
    return starts_on, following


def _cancelled_on(sold: Sold, today: date) -> str:
    """Give the last day of a cancelled membership."""
    if sold.ends_on and sold.ends_on < today.isoformat():
        return sold.ends_on
    return max(today - _DAY, date.fromisoformat(sold.starts_on) - _DAY).isoformat()


def _names(name: str) -> tuple[str, str]:
    """Split a whole name: ``Ana Müller``, or ``Müller, Ana``."""
    last, comma, first = name.partition(", ")
    if comma:
        return first, last
    first, _, last = name.partition(" ")
    return first, last
