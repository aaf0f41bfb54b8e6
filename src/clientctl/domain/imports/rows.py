"""Parse the rows of a sheet of members: a person, and perhaps a plan, a rate and a membership.

What a membership was before the import counts as settled elsewhere; its status column is a
fact only when it says cancelled.
"""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

from clientctl.base import calendar, emails, money, person_names, phones, text
from clientctl.base.calendar import ONE_DAY, Interval
from clientctl.base.import_records import Record
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.base.text import quoted
from clientctl.base.uids import UID, client_id_of, normalize
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Columns
from clientctl.domain.clients.same_person import Person
from clientctl.domain.imports import client_extras
from clientctl.domain.imports.client_extras import ClientExtras
from clientctl.domain.offers import plans, rates
from clientctl.domain.offers.plans import Plan
from clientctl.domain.offers.rates import Rate
from clientctl.domain.practice import settings, sites
from clientctl.domain.shared import client_uids
from clientctl.errors import ClientctlError, NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

_LINES = ("first_name", "last_name", "company", "position", "company_address")
_NAMING = ("last_name", "first_name", "email", "phone")
_OF_A_MEMBERSHIP = frozenset({"rate", "starts_on", "ends_on", "next_bill_on"})

# The same names, amounts and days come again and again in a sheet.
_line = lru_cache(maxsize=1_000)(text.clean_line)


class SoldMembership(NamedTuple):
    """A membership in a row: names as written, ISO days; None is what the row does not say.

    ``membership`` is the id of one that is here, as a workbook of this file names it. ``amount`` is the price as
    it was written, if that has no currency: it is in the one of what it is about, ``price`` in the usual one.
    """

    plan: str
    rate: str | None
    price: Money | None
    every: Interval | None
    starts_on: str
    ends_on: str | None
    next_bill_on: str | None
    status: str | None
    membership: int | None = None
    amount: str | None = None


class ImportRow(NamedTuple):
    """A parsed row: the columns of a client, who that is, what is bought, further data, phones as typed.

    ``odd`` are columns and values that no field holds, and a note does.
    ``sold`` and ``particulars`` are None where there is nothing of the kind.
    """

    line: int
    columns: Columns
    person: Person
    particulars: ClientExtras | None
    sold: SoldMembership | None
    odd_phones: tuple[str, ...]
    odd: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """Return the person's name as in the row."""
        called = " ".join(filter(None, (self.columns.get("first_name"), self.columns.get("last_name"))))
        return called or self.columns.get("email") or self.columns.get("phone") or ""


class RowParser:
    """A parser of rows, with the settings that complete a sheet: the country of phones, the currency of prices."""

    def __init__(self, db: Reader) -> None:
        self._db = db
        self._region = settings.get(db, "region") or ""
        self._currency = settings.get(db, "currency") or ""
        self._amount = lru_cache(maxsize=10_000)(self._parse_amount)
        self._every = cache(calendar.parse_interval)
        self._doubtful: Mapping[str, tuple[str, Callable[[str], Cell]]] = {
            "language": ("language", cache(lambda code: clients.normalized(db, {"language": code})[0]["language"])),
            "birthday": ("birthday_on", self._birthday),
            "site": ("site_id", cache(lambda name: sites.find_open(db, name, exactly=True).id)),
        }
        self._particulars = client_extras.ExtrasParser(db)
        self._line = client_uids.line(db)

    def row(self, record: Record) -> ImportRow:
        """Parse a row. Raise ClientctlError for a value that is refused or a row that makes no sense."""
        odd = list(record.odd)
        columns, odd_phone = self._person(record.values, record.columns, odd)
        said = client_extras.add_odd(self._particulars.parse(record.values, record.more, record.columns, odd), odd)
        uid = normalize(record.values[UID]) if UID in record.values else None
        named = client_id_of(self._line, uid) if uid else None
        person = Person.from_columns(columns, client_extras.contacts(said), named, uid)
        if "name" in record.values:
            person = person._replace(is_parted=True)
        further = [each for each in client_extras.phones(said) if not phones.normalize(each, self._region)[1]]
        odd_phones = (odd_phone, *further) if odd_phone else tuple(further)
        return ImportRow(record.line, columns, person, said, self._sold(record.values), odd_phones, tuple(odd))

    def _person(
        self, values: Mapping[str, str], named: Mapping[str, str], odd: list[tuple[str, str]]
    ) -> tuple[Columns, str | None]:
        """Parse the columns of a client in a row, normalized; return the phone too, if it could not be normalized."""
        columns: Columns = {column: _line(values[column]) for column in _LINES if column in values}
        if "name" in values:
            for column, part in zip(
                ("first_name", "last_name"), person_names.split(_line(values["name"])), strict=True
            ):
                columns.setdefault(column, part or None)
        odd_phone = None
        if email := values.get("email"):
            columns["email"] = emails.normalize(text.clean(email))
        if typed := values.get("phone"):
            phone, valid = clients.number(self._db, text.clean(typed), self._region)
            columns["phone"] = phone if valid else text.clean_line(phone)
            odd_phone = None if valid else columns["phone"]
        if UID not in values and not any(map(columns.get, _NAMING)):
            raise UsageError(say("names nobody: it has no name, e-mail or phone"))
        self._read_doubtful(columns, values, named, odd)
        if "client_since" in values:
            columns["client_since_on"] = values["client_since"]
        return columns, odd_phone

    def _read_doubtful(
        self, columns: Columns, values: Mapping[str, str], named: Mapping[str, str], odd: list[tuple[str, str]]
    ) -> None:
        """Parse the optional columns; a value that can't be read is odd if its column is known."""
        for field, (column, read) in self._doubtful.items():
            if field in values:
                try:
                    columns[column] = read(values[field])
                except ClientctlError:
                    if field not in named:
                        raise
                    odd.append((named[field], values[field]))

    def _birthday(self, day: str) -> str:
        clients.check_birthday(self._db, day)
        return day

    def _sold(self, values: Mapping[str, str]) -> SoldMembership | None:
        """Parse the membership in a row; return None if it has none."""
        if "plan" not in values:
            if not _OF_A_MEMBERSHIP.isdisjoint(values):
                raise UsageError(say("has a membership and no plan: name the plan"))
            return None
        sold = SoldMembership(
            plan=_line(values["plan"]),
            rate=_line(values["rate"]) if "rate" in values else None,
            price=self._amount(values["price"], values.get("currency")) if "price" in values else None,
            every=self._every(values["every"]) if "every" in values else None,
            starts_on=values.get("starts_on", ""),
            ends_on=values.get("ends_on"),
            next_bill_on=values.get("next_bill_on"),
            status=_line(values["status"]) if "status" in values else None,
            membership=int(values["membership"]) if "membership" in values else None,
            amount=values["price"]
            if "price" in values and "currency" not in values and _is_bare(values["price"])
            else None,
        )
        if not sold.starts_on:
            raise UsageError(say("has the plan {plan} and no start: give the day it started", plan=quoted(sold.plan)))
        if sold.ends_on and sold.ends_on < sold.starts_on:
            raise UsageError(
                say("ends {ends_on}, before it starts {starts_on}", ends_on=sold.ends_on, starts_on=sold.starts_on)
            )
        if sold.next_bill_on and sold.next_bill_on < sold.starts_on:
            raise UsageError(
                say(
                    "is next billed {next_bill_on}, before it starts {starts_on}",
                    next_bill_on=sold.next_bill_on,
                    starts_on=sold.starts_on,
                )
            )
        return sold

    def _parse_amount(self, price: str, currency: str | None) -> Money:
        if currency is None:
            return money.parse_amount(price, self._currency)
        return money.parse_amount(price, money.parse_amount(f"1 {currency}", self._currency).currency)


@lru_cache(maxsize=1_000)
def _is_bare(price: str) -> bool:
    """Return whether a price says nothing about its currency."""
    return not any(char.isalpha() or unicodedata.category(char) == "Sc" for char in price)


def parse_all(reading: RowParser, records: Iterable[Record]) -> tuple[list[ImportRow], dict[int, str]]:
    """Parse all rows; return the valid ones, and by line why the others are not."""
    rows: list[ImportRow] = []
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


class Offers:
    """The plans and rates that rows name: found, or created as needed.

    ``every`` is what the user said of how often rates are paid, by name; None is once.
    """

    def __init__(self, db: Writer, every: Mapping[str, Interval | None]) -> None:
        self._db = db
        self._every = {text.fold(name): (name, interval) for name, interval in every.items()}
        self._named: set[str] = set()
        self._currency = settings.get(db, "currency")
        self._rates: dict[tuple[str, str | None], Rate] = {}
        self.made_plans: list[str] = []
        self.made_rates: list[str] = []

    def rate_for(self, sold: SoldMembership) -> tuple[Rate, Money]:
        """Find or create the rate of a row, and set its price. Raise ClientctlError, with nothing created."""
        key = sold.plan, sold.rate
        rate = self._rates.get(key)
        if rate is None:
            rate = self._rates[key] = self._found(sold) or self._made(sold)
        if sold.amount and rate.price.currency != self._currency:
            return rate, money.parse_amount(sold.amount, rate.price.currency)
        return rate, sold.price or rate.price

    def check_rules(self) -> None:
        """Check that the user's rules for rates apply to some rate. Raise UsageError."""
        for key, (name, _) in self._every.items():
            if key not in self._named:
                raise UsageError(
                    say(
                        "no row has the rate {name} that --rate is about: write it as the file does",
                        name=text.quoted(name),
                    )
                )

    def _found(self, sold: SoldMembership) -> Rate | None:
        """Find the rate that a row names; return None if it is to be created."""
        name = sold.rate or sold.plan
        self._named.add(text.fold(name))
        try:
            plan = plans.find(self._db, sold.plan, exactly=True)
        except NotFoundError:
            return None
        if plan.kind == "package":
            how = say("`clientctl package sell --help` says how one is sold")
            raise RefusedError(
                say("{name} is a package, and an import takes memberships only: {how}", name=plan.name, how=how)
            )
        there = rates.of_plan(self._db, plan)
        if sold.rate is None and len(there) > 1:
            names = ", ".join(rate.name for rate in there)
            raise RefusedError(
                say(
                    "which rate of {name} is it? there is {names}: name one in a rate column",
                    name=plan.name,
                    names=names,
                )
            )
        key = text.fold(name)
        found = next((rate for rate in there if sold.rate is None or text.fold(rate.name) == key), None)
        if found and key in self._every and found.every != self._every[key][1]:
            raise RefusedError(
                say(
                    "the rate {full_name} exists, paid {every}: omit its --rate, or edit it",
                    full_name=found.full_name,
                    every=_describe_every(found.every),
                )
            )
        return found

    def _made(self, sold: SoldMembership) -> Rate:
        """Create the rate of a row, and the plan if that is new too; a rate without a name gets its plan's."""
        name = sold.rate or sold.plan
        kept, key = text.parse_name(name, say("a rate"))
        if key not in self._every and sold.every is None:
            raise RefusedError(
                say(
                    "how often is {name} paid? say --rate {each_month}, or --rate {once} if it is paid once",
                    name=text.quoted(name),
                    each_month=text.quoted(name + "=1m"),
                    once=text.quoted(name + "=once"),
                )
            )
        every = self._every[key][1] if key in self._every else sold.every
        if sold.price is None:
            raise RefusedError(
                say(
                    "the rate {name} of {plan} is new and has no price: give one",
                    name=text.quoted(name),
                    plan=text.quoted(sold.plan),
                )
            )
        plan = self._plan(sold.plan)
        rate = rates.add(self._db, plan, kept, sold.price, every)
        self.made_rates.append(rate.full_name)
        return rate

    def _plan(self, name: str) -> Plan:
        """Find or create a plan; a slash in a name becomes a dash, as it separates plan and rate."""
        try:
            return plans.find(self._db, name, exactly=True)
        except NotFoundError:
            plan = plans.add(self._db, name.replace("/", "-"))
        self.made_plans.append(plan.name)
        return plan


def facts(sold: SoldMembership, every: Interval | None, today: date) -> dict[str, Cell]:
    """Return the columns of days for a membership that started elsewhere and is imported today.

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
        "billed_from_on": following,
        "cancelled_on": _cancelled_on(sold, today) if sold.status == "cancelled" else None,
    }


@lru_cache(maxsize=10_000)
def _bill_days(starts_on: str, given: str | None, every: Interval | None, today: date) -> tuple[str, str | None]:
    """Return the anchor and the next bill day."""
    if every is None:
        return starts_on, None
    start, wanted = date.fromisoformat(starts_on), date.fromisoformat(given) if given else today
    following = calendar.first_bill_day(start, every, max(today, wanted)).isoformat()
    if given and wanted >= today and following != given:
        return given, given
    return starts_on, following


def _cancelled_on(sold: SoldMembership, today: date) -> str:
    """Return the last day of a cancelled membership."""
    if sold.ends_on and sold.ends_on < today.isoformat():
        return sold.ends_on
    return max(today - ONE_DAY, date.fromisoformat(sold.starts_on) - ONE_DAY).isoformat()


def _describe_every(every: Interval | None) -> str:
    return f"every {every}" if every else "once"
