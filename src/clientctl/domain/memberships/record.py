"""Memberships: their columns, their lists, and the record that all other modules work with."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from clientctl.base import choices
from clientctl.base.calendar import ONE_DAY, Interval, Range, from_iso
from clientctl.base.listing import Card, Cell
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships.schedule import Pause, Rule, Schedule
from clientctl.domain.memberships.status import (
    ATTENTION,
    DUE,
    LIVE_OR_UPCOMING,
    NEXT_BILLING,
    STATUS,
    STATUSES,
    WHEN,
)
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import client_sql, intervals, queries
from clientctl.domain.shared.queries import Query, Request, Source, Where, field
from clientctl.errors import NotFoundError
from clientctl.store import Reader

_RECENT = 10
"""The number of charges that the card of a membership shows."""

_OF_CHARGES = ("number", "what", "from", "until", "due", "amount", "left", "status")

_LEFT = """(SELECT {} FROM charges h WHERE h.membership_id = m.id AND h.left_minor > 0{})"""

_BY_TODAY = " AND h.due_on <= :today"
_ITS_OWN = " AND h.currency = m.currency"
"""A condition for old charges, which could be in another currency: amounts in two are never added."""
_FIRST_DUE = _LEFT.format("min(h.due_on)", "")
DUE_ON = f"coalesce(min({NEXT_BILLING}, {_FIRST_DUE}), {NEXT_BILLING}, {_FIRST_DUE})"
"""The next due day, billed or not."""
LEFT_ON_DUE = _LEFT.format("sum(h.left_minor)", f" AND h.due_on = {DUE_ON}{_ITS_OWN}")
"""The open amount of the charges due on that day."""
_METHOD = """(SELECT coalesce(y.name, y.kind) || coalesce(' ' || y.last_four, '') FROM payment_methods y
    WHERE y.id = m.payment_method_id)"""
_PAUSE = """(SELECT u.{} FROM pauses u WHERE u.membership_id = m.id
    AND (u.resumes_on IS NULL OR u.resumes_on > :today) ORDER BY u.starts_on LIMIT 1)"""
_CHANGE = """(SELECT q.name || '/' || r.name FROM membership_changes g JOIN rates r ON r.id = g.rate_id
    JOIN plans q ON q.id = r.plan_id WHERE g.membership_id = m.id AND m.bills_on IS NOT NULL)"""


def _is_when(_name: str, typed: Sequence[str]) -> list[Where]:
    """Filter by past, current or upcoming."""
    return [Where(" OR ".join(f"({WHEN[time]})" for time in choices.parse_several(typed, WHEN, "such time")))]


def _is_billed(name: str, days: Range) -> list[Where]:
    """Filter by the next bill day, which is stored also when nothing will be billed."""
    return [*queries.where_within("m.bills_on", name, days), Where(f"{NEXT_BILLING} IS NOT NULL")]


SOURCE = Source(
    plural="memberships",
    fields=dict(
        (
            field("number", "Number", "('M-' || m.id)", "number", order="m.id"),
            field("status", "Status", STATUS, "status"),
            field("attention", "Attention", ATTENTION, "words"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "m.client_id", "integer"),
            field("email", "E-mail", "c.email"),
            field("phone", "Phone", "c.phone", "phone"),
            field("plan", "Type", "p.name", order="p.name_key"),
            field("rate", "Rate", "r.name", order="r.name_key"),
            field("price", "Price", "(m.price_minor || ' ' || m.currency)", "money", order="m.price_minor"),
            field("currency", "Currency", "m.currency"),
            field("every", "Every", f"coalesce({intervals.interval_sql('m.every_count', 'm.every_unit')}, 'once')"),
            field("starts", "Start", "m.starts_on", "day"),
            field("ends", "End", "m.last_on", "day"),
            field("next_billing", "Next billing", NEXT_BILLING, "day"),
            field("up_to_date", "Up to date", f"(NOT {DUE})", "flag"),
            field("due", "Due", DUE_ON, "day"),
            field(
                "owed", "Owed", _LEFT.format("sum(h.left_minor) || ' ' || m.currency", _BY_TODAY + _ITS_OWN), "money"
            ),
            field("sold_for", "Sold for", intervals.interval_sql("m.sold_count", "m.sold_unit")),
            field("term_ends", "Term ends", "m.term_ends_on", "day"),
            field("trial_ends", "Trial ends", "m.trial_ends_on", "day"),
            field("member_since", "Member since", "m.member_since_on", "day"),
            field("renewed_from", "Renewed from", "('M-' || m.renewed_from)", "number", order="m.renewed_from"),
            field("collection", "Collection", "m.collection"),
            field("method", "Payment method", _METHOD),
            field("mandate", "Mandate", "(SELECT y.mandate FROM payment_methods y WHERE y.id = m.payment_method_id)"),
            field("order", "Order", "('O-' || m.order_id)", "number", order="m.order_id"),
            field("paused_from", "Paused from", _PAUSE.format("starts_on"), "day"),
            field("resumes", "Resumes", _PAUSE.format("resumes_on"), "day"),
            field("changes_to", "Changes to", _CHANGE),
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
    shown=("number", "status", "client", "ends", "plan", "rate", "starts", "next_billing", "attention"),
    number="number",
    order=("m.id",),
    client="m.client_id",
    filters={
        "plan": queries.is_any_record("m.plan_id"),
        "status": queries.is_any_choice(STATUS, STATUSES, lambda: say("status")),
        "when": _is_when,
        "created": queries.is_within("m.created_on"),
        "starts": queries.is_within("m.starts_on"),
        "ends": queries.is_within("m.last_on"),
        "next_billing": _is_billed,
    },
)


class Membership(NamedTuple):
    """A membership as stored; ``status`` is that of the reader's today.

    ``min_term``, ``notice`` and ``grace`` are the terms of the sale. ``sold_for`` is the sold term as it was typed;
    None when it was sold until a day or without an end, or when it is unknown. Bill days before ``billed_from_on``
    were settled elsewhere; None when none were. ``cancel_made_on`` is the day on which it was first cancelled, if
    known.
    """

    id: int
    client_id: int
    client: str
    plan_id: int
    plan: str
    rate_id: int
    rate: str
    status: str
    price: Money
    every: Interval | None
    collection: str
    pause_rule: Rule
    min_term: Interval | None
    notice: Interval | None
    grace: Interval | None
    sold_for: Interval | None
    starts_on: date
    anchor_on: date
    term_ends_on: date | None
    ends_on: date | None
    next_bill_on: date | None
    cancelled_on: date | None
    cancel_made_on: date | None
    member_since_on: date
    trial_ends_on: date | None
    billed_from_on: date | None
    created_on: date
    renewed_from: int | None
    order_id: int | None
    payment_method_id: int | None

    @property
    def number(self) -> str:
        """Return the number that users see."""
        return f"M-{self.id}"

    @property
    def last_on(self) -> date | None:
        """Return the last day of access; None without an end."""
        return self.cancelled_on or self.ends_on

    @property
    def bills_until(self) -> date | None:
        """Return the last day that is billed, which a free extension does not change; None without an end."""
        return min(filter(None, (self.term_ends_on, self.cancelled_on)), default=None)

    @property
    def first_paid_on(self) -> date:
        """Return the first paid day: the start, or the day after the trial."""
        return self.trial_ends_on + ONE_DAY if self.trial_ends_on else self.starts_on

    @property
    def billed_since(self) -> date:
        """Return the first day billed here: the first paid day, unless bill days were settled elsewhere."""
        return max(self.billed_from_on or self.first_paid_on, self.first_paid_on)

    def schedule(self, pauses: Sequence[Pause]) -> Schedule | None:
        """Return its schedule with given pauses; None when it is paid once."""
        if self.every is None:
            return None
        return Schedule(self.anchor_on, self.every, tuple(pauses), self.pause_rule, self.first_paid_on)


_COLUMNS = f"""m.id, m.client_id, {client_sql.NAME}, m.plan_id, p.name, m.rate_id, r.name, {STATUS}, m.price_minor,
    m.currency, m.every_count, m.every_unit, m.collection, m.pause_rule, m.min_term_count, m.min_term_unit,
    m.notice_count, m.notice_unit, m.grace_count, m.grace_unit, m.sold_count, m.sold_unit,
    m.starts_on, m.anchor_on, m.term_ends_on, m.ends_on, m.next_bill_on, m.cancelled_on, m.cancel_made_on,
    m.member_since_on, m.trial_ends_on, m.billed_from_on, m.created_on, m.renewed_from, m.order_id,
    m.payment_method_id"""


def where(
    db: Reader, condition: str, values: dict[str, Cell] | None = None, *, with_status: bool = True
) -> list[Membership]:
    """List the memberships ``m`` that meet a condition in SQL, by number.

    ``with_status=False`` saves time: the status is then empty.
    """
    columns = _COLUMNS if with_status else _COLUMNS.replace(STATUS, "''")
    sql = f"""SELECT {columns} FROM memberships m JOIN clients c ON c.id = m.client_id
        JOIN plans p ON p.id = m.plan_id JOIN rates r ON r.id = m.rate_id WHERE {condition} ORDER BY m.id"""
    return [_membership(row) for row in db.rows(sql, {"today": db.today.isoformat(), **(values or {})})]


def get(db: Reader, membership_id: int) -> Membership:
    """Fetch a membership by id."""
    return where(db, "m.id = :id", {"id": membership_id})[0]


def find(db: Reader, number: str) -> Membership:
    """Find a membership by number, ``M-42`` or ``42``. Raise UsageError, NotFoundError."""
    found = where(db, "m.id = :id", {"id": queries.number_id(number, "M")})
    if not found:
        raise NotFoundError(say("no membership {number}: `clientctl membership list` lists them", number=number))
    return found[0]


def live_or_upcoming(db: Reader, client: Client) -> list[Membership]:
    """List the live and upcoming memberships of a client."""
    return where(db, f"m.client_id = :client AND {LIVE_OR_UPCOMING}", {"client": client.id})


def pauses(db: Reader, membership_id: int) -> list[Pause]:
    """List the pauses of a membership, by first day."""
    return pauses_of(db, "membership_id = ?", (membership_id,)).get(membership_id, [])


def pauses_of(db: Reader, condition: str, values: Sequence[Cell] = ()) -> dict[int, list[Pause]]:
    """Return the pauses that meet a condition in SQL, by id of membership and first day."""
    found: dict[int, list[Pause]] = {}
    columns = "membership_id, starts_on, resumes_on, moves_on, due_through_on"
    for membership_id, *days in db.rows(f"SELECT {columns} FROM pauses WHERE {condition} ORDER BY starts_on", values):
        starts, resumes, moves, due = map(from_iso, days)
        assert starts  # noqa: S101 - the column is NOT NULL; this tells mypy
        found.setdefault(membership_id, []).append(Pause(starts, resumes, moves, due))
    return found


def card(db: Reader, number: str) -> Card:
    """Return the card of a membership with all columns and its latest charges."""
    from clientctl.domain.money import charges  # lists of memberships start faster without it

    found = find(db, number)
    query = Query(charges.SOURCE, charges.SOURCE.where(membership=found))
    recent = queries.listing(db, query, Request(_OF_CHARGES, limit=_RECENT))
    return queries.card(
        db,
        SOURCE,
        Where("m.id = :record", {"record": found.id}),
        title=f"{found.number}  {found.client}",
        sections={"charges": ("Recent charges", recent)},
    )


def terms(rate: Rate, price: Money) -> dict[str, Cell]:
    """Return the columns of the terms of a sale, copied so that editing the plan never changes memberships sold."""
    plan = rate.plan
    return {
        "plan_id": plan.id,
        "rate_id": rate.id,
        "price_minor": price.minor,
        "currency": price.currency,
        "collection": plan.collection,
        "pause_rule": plan.pause_rule,
        **intervals.columns(every=rate.every, min_term=plan.min_term, notice=plan.notice, grace=plan.grace),
    }


def _membership(row: tuple[Any, ...]) -> Membership:
    minor, currency, *lengths = row[8:22]
    every, min_term, notice, grace, sold_for = (intervals.interval(*lengths[at : at + 2]) for at in (0, 4, 6, 8, 10))
    starts, anchor, term_ends, ends, next_bill, cancelled, cancel_made, since, trial, billed_from, created = map(
        from_iso, row[22:33]
    )
    assert starts and anchor and since and created  # noqa: S101, PT018 - the columns are NOT NULL; this tells mypy
    return Membership._make(
        (
            *row[:8],
            Money(minor, currency),
            every,
            *lengths[2:4],
            min_term,
            notice,
            grace,
            sold_for,
            starts,
            anchor,
            term_ends,
            ends,
            next_bill,
            cancelled,
            cancel_made,
            since,
            trial,
            billed_from,
            created,
            *row[33:],
        )
    )
