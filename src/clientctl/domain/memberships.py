"""Keep memberships: who may come, from when to when, and when they are billed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from clientctl.base import calendar, text
from clientctl.base.calendar import Interval, Range
from clientctl.base.listing import Card, Cell, Column, Listing
from clientctl.base.money import Money
from clientctl.domain import clients, labels, lists, rates
from clientctl.domain.clients import Client
from clientctl.domain.lifecycle import LIVE, LIVE_OR_UPCOMING, NEXT_BILLING, QUEUES, STATUS, STATUSES, WHEN
from clientctl.domain.lists import Query, Source, Where, field
from clientctl.domain.plans import Plan
from clientctl.domain.rates import Rate
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

_DAY = timedelta(days=1)

SOURCE = Source(
    plural="memberships",
    fields=dict(
        (
            field("number", "Number", "('M-' || m.id)", "number", order="m.id"),
            field("status", "Status", STATUS, "status"),
            field("client", "Client", clients.NAME, order="s.last_first"),
            field("client_id", "Client id", "m.client_id", "integer"),
            field("email", "E-mail", "c.email"),
            field("phone", "Phone", "c.phone"),
            field("plan", "Type", "p.name", order="p.name_key"),
            field("rate", "Rate", "r.name", order="r.name_key"),
            field("price", "Price", "(m.price_minor || ' ' || m.currency)", "money", order="m.price_minor"),
            field("currency", "Currency", "m.currency"),
            field("every", "Every", f"coalesce({rates.interval_sql('m.every_count', 'm.every_unit')}, 'once')"),
            field("starts", "Start", "m.starts_on", "day"),
            field("ends", "End", "m.last_on", "day"),
            field("next_billing", "Next billing", NEXT_BILLING, "day"),
            field("term_ends", "Term ends", "m.term_ends_on", "day"),
            field("member_since", "Member since", "m.member_since_on", "day"),
            field("cancelled", "Cancelled", "m.cancelled_on", "day"),
            field("cancel_reason", "Reason", "m.cancel_reason"),
            field("created", "Created", "m.created_on", "day"),
        )
    ),
    origin="memberships m",
    joins={
        "c": "JOIN clients c ON c.id = m.client_id",
        "s": "LEFT JOIN client_search s ON s.id = m.client_id",
        "p": "JOIN plans p ON p.id = m.plan_id",
        "r": "JOIN rates r ON r.id = m.rate_id",
    },
    shown=("number", "status", "client", "plan", "rate", "starts", "ends", "next_billing"),
    number="number",
    order=("m.id",),
)

DUE_COLUMNS = ("number", "client", "email", "phone", "plan", "rate", "ends")
"""What `membership due` shows: enough to write or call."""

BEST = f"""(SELECT m.id FROM memberships m WHERE m.client_id = c.id
    ORDER BY {LIVE} DESC, m.starts_on DESC, m.id DESC LIMIT 1)"""
"""The membership that stands for a client in the client list: the live one that started last, else the latest."""

CLIENT_JOINS = {
    "m": f"LEFT JOIN memberships m ON m.id = {BEST}",
    "p": "LEFT JOIN plans p ON p.id = m.plan_id",
    "r": "LEFT JOIN rates r ON r.id = m.rate_id",
}

CLIENT_COLUMNS = dict(
    (
        field(
            "status",
            "Status",
            "CASE WHEN EXISTS (SELECT 1 FROM memberships b WHERE b.client_id = c.id) THEN 'client' ELSE 'lead' END",
            "status",
        ),
        field(
            "memberships",
            "Memberships",
            "(SELECT count(*) FROM memberships b WHERE b.client_id = c.id)",
            "integer",
        ),
        field(
            "active_memberships",
            "Active memberships",
            f"(SELECT count(*) FROM memberships m WHERE m.client_id = c.id AND {LIVE})",
            "integer",
        ),
        field("membership_type", "Membership type", "p.name", order="p.name_key"),
        field("membership_rate", "Membership rate", "r.name", order="r.name_key"),
        field(
            "membership_status",
            "Membership status",
            f"CASE WHEN m.id IS NOT NULL THEN {STATUS} END",
            "status",
        ),
        field("member_since", "Member since", "m.member_since_on", "day"),
    )
)


class Membership(NamedTuple):
    """One membership as stored, days as ``date``; ``status`` is that of the reader's today."""

    id: int
    client_id: int
    client: str
    plan: str
    rate: str
    status: str
    price: Money
    every: Interval | None
    starts_on: date
    anchor_on: date
    term_ends_on: date | None
    ends_on: date | None
    next_bill_on: date | None
    cancelled_on: date | None
    member_since_on: date

    @property
    def number(self) -> str:
        """Give the number people know it by."""
        return f"M-{self.id}"


_SELECT = f"""SELECT m.id, m.client_id, {clients.NAME}, p.name, r.name, {STATUS}, m.price_minor, m.currency,
    m.every_count, m.every_unit, m.starts_on, m.anchor_on, m.term_ends_on, m.ends_on, m.next_bill_on, m.cancelled_on,
    m.member_since_on
    FROM memberships m JOIN clients c ON c.id = m.client_id JOIN plans p ON p.id = m.plan_id
    JOIN rates r ON r.id = m.rate_id"""


def find(db: Reader, number: str) -> Membership:
    """Find a membership by number, ``M-42`` or ``42``. Raise NotFoundError when there is none."""
    digits = number.upper().removeprefix("M-")
    if not (digits.isascii() and digits.isdecimal()):
        raise UsageError(f"{number!r} is no number of a membership: say M-42 or 42")
    wanted = int(digits) if len(digits) < 19 else 0  # beyond what SQLite, and then Python, takes for a number
    row = db.row(f"{_SELECT} WHERE m.id = :id", {"id": wanted, "today": db.today.isoformat()})
    if row is None:
        raise NotFoundError(f"no membership {number}: `clientctl membership list` shows those there are")
    return _membership(row)


def standing(db: Reader, client: Client) -> list[Membership]:
    """List the memberships of a client that are live or upcoming."""
    sql = f"{_SELECT} WHERE m.client_id = :client AND {LIVE_OR_UPCOMING} ORDER BY m.id"
    return [_membership(row) for row in db.rows(sql, {"client": client.id, "today": db.today.isoformat()})]


def card(db: Reader, number: str) -> Card:
    """Show a membership with every fact there is."""
    found = find(db, number)
    return lists.card(
        db, SOURCE, Where("m.id = :record", {"record": found.id}), title=f"{found.number}  {found.client}"
    )


# -- lists --------------------------------------------------------------------------------------


def where_any(column: str, values: Sequence[Cell]) -> Where:
    """Ask for one of several values of a column of SOURCE."""
    names = {f"{column}{position}": value for position, value in enumerate(values)}
    return Where(f"{SOURCE.fields[column].sql} IN ({', '.join(':' + name for name in names)})", names)


def where_plans(found: Sequence[Plan]) -> Where:
    """Ask for one of several plans."""
    names = {f"plan{position}": plan.id for position, plan in enumerate(found)}
    return Where(f"m.plan_id IN ({', '.join(':' + name for name in names)})", names)


def where_day(name: str, days: Range) -> list[Where]:
    """Ask for a day in a range: ``created``, ``starts``, ``ends`` or ``next_billing``."""
    column = {
        "created": "m.created_on",
        "starts": "m.starts_on",
        "ends": "m.last_on",
        "next_billing": "m.next_bill_on",
    }
    conditions = [Where(f"{column[name]} IS NOT NULL")]
    if days.first:
        conditions.append(Where(f"{column[name]} >= :{name}_first", {f"{name}_first": days.first.isoformat()}))
    if days.last:
        conditions.append(Where(f"{column[name]} <= :{name}_last", {f"{name}_last": days.last.isoformat()}))
    if name == "next_billing":
        conditions.append(Where(f"{NEXT_BILLING} IS NOT NULL"))
    return conditions


def where_when(times: Sequence[str]) -> Where:
    """Ask for past, current or upcoming ones."""
    for time in times:
        if time not in WHEN:
            raise UsageError(f"no such time {time!r}: there are {', '.join(WHEN)}")
    return Where(" OR ".join(f"({WHEN[time]})" for time in times))


def where_status(statuses: Sequence[str]) -> Where:
    """Ask for one of several statuses. Raise UsageError naming those that exist."""
    for status in statuses:
        if status not in STATUSES:
            raise UsageError(f"no status {status!r}: there are {', '.join(STATUSES)}")
    return where_any("status", statuses)


def where_client(client: Client) -> Where:
    """Ask for one client's."""
    return Where("m.client_id = :client", {"client": client.id})


def where_queue(db: Reader, queue: str, within: int) -> Where:
    """Ask for those in a queue, looking some days ahead. Raise NotFoundError naming the queues."""
    if queue not in QUEUES:
        raise NotFoundError(f"no queue {queue!r}: there is {', '.join(QUEUES)}")
    return Where(QUEUES[queue].condition, {"within_end": (db.today + timedelta(days=within)).isoformat()})


def queues(db: Reader, within: int) -> Listing:
    """List the queues, each with the count of what its list shows."""
    columns = (Column("queue", "Queue"), Column("title", "What"), Column("count", "Count", "integer"))
    rows = [
        (
            key,
            queue.title.format(within=within),
            lists.count(db, Query(SOURCE, [where_queue(db, key, within)])),
        )
        for key, queue in QUEUES.items()
    ]
    return Listing(columns, rows)


# -- moves --------------------------------------------------------------------------------------


def add(
    db: Writer,
    client: Client,
    rate: Rate,
    *,
    start: date,
    ends_on: date | None = None,
    term: Interval | None = None,
) -> Membership:
    """Enrol a client at a rate from a day, until a day or for a term, else the rate's own, else open-ended.

    The terms are copied: editing the plan never changes what was sold. The client gets the
    plan's label, and comes back if archived. Raise RefusedError, UsageError.
    """
    plan = rate.plan
    _check_sellable(client, rate)
    sold_for = term or rate.term
    if ends_on is None and sold_for:
        ends_on = calendar.term_end(start, sold_for)
    if ends_on is not None and ends_on < start:
        raise UsageError(f"the end {ends_on} is before the start {start}: give a later --until")
    membership_id = db.insert(
        "memberships",
        client_id=client.id,
        plan_id=plan.id,
        rate_id=rate.id,
        **terms(rate.price, rate.every),
        **days(db, start, start, ends_on, rate.every),
        member_since_on=start.isoformat(),
        created_on=db.today.isoformat(),
    )
    labels.attach_plan(db, plan.id, plan.name, [client.id])
    clients.come_back(db, client)
    db.touch(f"M-{membership_id}")
    return find(db, str(membership_id))


def terms(price: Money, every: Interval | None) -> dict[str, Cell]:
    """Give the columns that keep what was agreed."""
    return {
        "price_minor": price.minor,
        "currency": price.currency,
        "every_count": every.count if every else None,
        "every_unit": every.unit if every else None,
    }


def days(db: Reader, start: date, anchor: date, ends_on: date | None, every: Interval | None) -> dict[str, Cell]:
    """Give the columns of a new membership's days; the first bill day left is after both the start and yesterday."""
    following = calendar.first_bill_day(anchor, every, max(start + _DAY, db.today)) if every else None
    end = ends_on.isoformat() if ends_on else None
    return {
        "starts_on": start.isoformat(),
        "anchor_on": anchor.isoformat(),
        "term_ends_on": end,
        "ends_on": end,
        "next_bill_on": following.isoformat() if following else None,
    }


def extend(
    db: Writer,
    membership: Membership,
    *,
    until: date | None = None,
    by: Interval | None = None,
    charge: bool = False,
) -> Membership:
    """Give a live membership a strictly later end, free unless charged; return it as it is then.

    By months the end is counted from the anchor when it lies on the anchor's days.
    """
    end = membership.ends_on
    if membership.status not in {"active", "needs-attention"}:
        raise RefusedError(
            f"{membership.number} is {membership.status}: only a live membership is extended{_way_out(membership)}"
        )
    if membership.cancelled_on:
        raise RefusedError(
            f"{membership.number} is cancelled from {membership.cancelled_on + _DAY} on: undo that to extend it"
        )
    if end is None:
        raise RefusedError(f"{membership.number} has no end: there is nothing to extend")
    later = until or calendar.extended(end, membership.anchor_on, by or Interval(1, "month"))
    if later <= end:
        raise RefusedError(f"{membership.number} ends {end} already: give a later day than that")
    changes = {"ends_on": later.isoformat()}
    if charge:
        changes["term_ends_on"] = later.isoformat()
    db.update("memberships", membership.id, **changes)
    db.touch(membership.number)
    return find(db, membership.number)


Cancellation = Literal["now", "at-period-end"] | date


def cancel(db: Writer, membership: Membership, when: Cancellation, reason: str | None = None) -> Membership:
    """End a membership early: now (its last day was yesterday), when the period holding today ends, or on a day."""
    if membership.status in {"cancelled", "expired"}:
        raise RefusedError(f"{membership.number} is {membership.status} already{_way_out(membership)}")
    last = _last_day(db, membership, when)
    if last < db.today - _DAY:
        raise RefusedError(f"{last} is past: the earliest last day is yesterday, which --now stores")
    if membership.ends_on and last > membership.ends_on:
        raise RefusedError(f"{membership.number} ends {membership.ends_on} anyway: give a day before that")
    kept = text.clean_line(reason) if reason else None
    db.update("memberships", membership.id, cancelled_on=last.isoformat(), cancel_reason=kept)
    db.touch(membership.number)
    return find(db, membership.number)


def _last_day(db: Reader, membership: Membership, when: Cancellation) -> date:
    if isinstance(when, date):
        return when
    if when == "now":
        return db.today - _DAY
    if membership.every:
        period = calendar.first_bill_day(
            membership.anchor_on, membership.every, max(db.today, membership.starts_on) + _DAY
        )
        return min(period - _DAY, membership.ends_on or date.max)
    if membership.ends_on is None:
        raise RefusedError(f"{membership.number} is paid once and has no period to end: give --now or --on DAY")
    return membership.ends_on


def _check_sellable(client: Client, rate: Rate) -> None:
    if client.erased_on:
        raise RefusedError(f"client {client.id} was erased on {client.erased_on}: add the person again")
    if rate.plan.archived_on:
        raise RefusedError(f"the plan {rate.plan.name} is archived: `clientctl plan restore` brings it back")
    if rate.archived_on:
        raise RefusedError(f"the rate {rate.full_name} is archived: `clientctl rate restore` brings it back")


def _way_out(membership: Membership) -> str:
    if membership.status in {"cancelled", "expired"}:
        return ": add a new one with `clientctl membership add`"
    if membership.status == "upcoming":
        return f": it starts {membership.starts_on}"
    return ""


def _membership(row: tuple[Any, ...]) -> Membership:
    starts, anchor, term_ends, ends, next_bill, cancelled, since = row[10:]
    membership_id, client_id, client, plan, rate, status, minor, currency, count, unit = row[:10]
    return Membership(
        membership_id,
        client_id,
        client,
        plan,
        rate,
        status,
        Money(minor, currency),
        rates.interval(count, unit),
        date.fromisoformat(starts),
        date.fromisoformat(anchor),
        _day_or_none(term_ends),
        _day_or_none(ends),
        _day_or_none(next_bill),
        _day_or_none(cancelled),
        date.fromisoformat(since),
    )


def _day_or_none(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
