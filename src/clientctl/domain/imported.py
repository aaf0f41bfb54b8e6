"""Turn one row of a sheet of members into what is stored: a person, and perhaps a membership of theirs.

What a membership was before the import counts as settled elsewhere; its status column is a
fact only when it says cancelled.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from clientctl.base import calendar, money
from clientctl.base.calendar import Interval
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.base.text import quoted
from clientctl.domain import clients
from clientctl.errors import UsageError
from clientctl.store import Reader

_DAY = timedelta(days=1)


class Sold(NamedTuple):
    """A membership as a row says it: names as written, price and interval if the row says them."""

    plan: str
    rate: str | None
    price: Money | None
    every: Interval | None
    starts_on: date
    ends_on: date | None
    next_bill_on: date | None
    status: str | None


class Row(NamedTuple):
    """One row understood: the columns of a client, a membership if there is one, what to warn of."""

    line: int
    person: dict[str, str | None]
    sold: Sold | None
    odd_phone: str | None


def person(db: Reader, values: Mapping[str, str]) -> tuple[dict[str, str | None], str | None]:
    """Take the columns of a client from a row, normalised; and the phone, if it could not be.

    Raise ClientctlError for a value that is refused, UsageError for a row that names nobody.
    """
    given: dict[str, str | None] = {}
    for column in ("first_name", "last_name", "email", "phone", "company", "position", "language"):
        if column in values:
            given[column] = values[column]
    if "name" in values:
        first, _, last = values["name"].strip().partition(" ")
        given.setdefault("first_name", first)
        given.setdefault("last_name", last)
    if "birthday" in values:
        given["birthday_on"] = values["birthday"]
    if "client_since" in values:
        given["client_since_on"] = values["client_since"]
    kept, warnings = clients.normalised(db, given)
    if not any(kept.get(column) for column in ("first_name", "last_name", "email", "phone")):
        raise UsageError("names nobody: no name, e-mail or phone")
    return kept, kept["phone"] if warnings else None


def sold(values: Mapping[str, str], currency: str) -> Sold | None:
    """Take a membership from a row; None when it has no plan. Raise UsageError for one that makes no sense."""
    if "plan" not in values:
        if "starts_on" in values and "rate" in values:
            raise UsageError("has a membership without a plan")
        return None
    if "starts_on" not in values:
        raise UsageError(f"has the plan {quoted(values['plan'])} and no start")
    start, end, following = (
        date.fromisoformat(values[column]) if column in values else None
        for column in ("starts_on", "ends_on", "next_bill_on")
    )
    if start is None or (end is not None and end < start):
        raise UsageError(f"ends {end}, before it starts {start}")
    price = money.parse_amount(values["price"], values.get("currency", currency)) if "price" in values else None
    interval = calendar.parse_interval(values["every"]) if "every" in values else None
    return Sold(
        plan=values["plan"],
        rate=values.get("rate"),
        price=price,
        every=interval,
        starts_on=start,
        ends_on=end,
        next_bill_on=following,
        status=values.get("status"),
    )


def facts(row: Sold, every: Interval | None, today: date) -> dict[str, Cell]:
    """Give the columns of days of a membership that was begun elsewhere and is taken in today.

    The next bill day is the one given, if it is not past, else the first on or after today. A
    given day off the anchor's days becomes the anchor. A cancelled one ended at its end if
    that is past, else the day before today, or before its start if that is later.
    """
    anchor, following = row.starts_on, None
    if every:
        following = row.next_bill_on
        if following is None or following < today:
            following = calendar.first_bill_day(anchor, every, today)
        elif calendar.first_bill_day(anchor, every, following) != following:
            anchor = following
    end = row.ends_on.isoformat() if row.ends_on else None
    return {
        "starts_on": row.starts_on.isoformat(),
        "anchor_on": anchor.isoformat(),
        "term_ends_on": end,
        "ends_on": end,
        "next_bill_on": following.isoformat() if following else None,
        "cancelled_on": cancelled_on(row, today),
    }


def cancelled_on(row: Sold, today: date) -> str | None:
    """Give the last day of a membership whose status says cancelled; None for any other."""
    if row.status != "cancelled":
        return None
    if row.ends_on and row.ends_on < today:
        return row.ends_on.isoformat()
    return max(today - _DAY, row.starts_on - _DAY).isoformat()
