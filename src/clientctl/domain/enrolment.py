"""Enrol clients: the membership, its order and first charges, the plan's label, all in one go."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from clientctl.base import calendar
from clientctl.base.calendar import Interval
from clientctl.base.listing import Cell
from clientctl.domain import billing, charges, clients, labels, memberships, orders, payment_methods
from clientctl.domain.clients import Client
from clientctl.domain.memberships import Membership
from clientctl.domain.rates import Rate
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer

_DAY = timedelta(days=1)


class Terms(NamedTuple):
    """What is agreed beside client and rate.

    ``until`` is the last day, else ``term`` says how long from the first paid day, else the
    rate's own term. ``settled`` says that all that is due before today, or before the
    ``next_bill_on`` that is given, was settled elsewhere: nothing of it is charged.
    """

    start: date
    until: date | None = None
    term: Interval | None = None
    settled: bool = False
    next_bill_on: date | None = None
    collection: str | None = None
    method: int | None = None
    with_setup: bool = True
    with_trial: bool = True


def add(db: Writer, client: Client, rate: Rate, terms: Terms) -> Membership:
    """Enrol a client at a rate: membership, order, setup fee and first period, label.

    The terms are copied: editing the plan never changes what was sold. The client comes
    back if archived. Raise RefusedError, UsageError.
    """
    check_sellable(client, rate, "membership")
    trial_ends = _trial_end(db, client, rate, terms)
    first_paid = trial_ends + _DAY if trial_ends else terms.start
    anchor, following = _bill_days(db, rate, first_paid, terms)
    ends_on = _end(terms, rate, first_paid)
    return _store(
        db,
        client,
        rate,
        terms,
        {
            "starts_on": terms.start.isoformat(),
            "anchor_on": anchor.isoformat(),
            **_ends(ends_on),
            "next_bill_on": _iso(following),
            "member_since_on": terms.start.isoformat(),
            "trial_ends_on": _iso(trial_ends),
            "billed_from_on": _iso(following) if terms.settled else None,
        },
    )


def renew(
    db: Writer,
    old: Membership,
    client: Client,
    rate: Rate,
    *,
    start: date | None = None,
    until: date | None = None,
    term: Interval | None = None,
) -> Membership:
    """Give a membership a successor, of the same length unless said otherwise; return it.

    While the old one is live, or within its grace, the new one begins the day after its last
    day, else on the day given, else today. It has neither setup fee nor trial. Billed as
    often, it keeps the anchor; *member since* lasts over a gap that is within the grace.
    Raise RefusedError.
    """
    check_sellable(client, rate, "membership")
    _check_renewable(db, old)
    assert old.last_on  # noqa: S101 - just checked; this tells mypy
    following = old.last_on + _DAY
    grace_ends = calendar.step(old.last_on, old.grace, 1) if old.grace else old.last_on
    joins = old.status != "cancelled" and db.today <= grace_ends
    start = start or (following if joins else db.today)
    if start < following:
        raise RefusedError(f"{old.number} lasts until {old.last_on}: a renewal starts after that")
    anchor = _anchor_after(db, old, rate, start)
    terms = Terms(
        start, until, term, collection=old.collection, method=old.payment_method_id, with_setup=False, with_trial=False
    )
    return _store(
        db,
        client,
        rate,
        terms,
        {
            "starts_on": start.isoformat(),
            "anchor_on": anchor.isoformat(),
            **_ends(_renewed_end(db, old, rate, terms, anchor)),
            "next_bill_on": start.isoformat() if rate.every else None,
            "member_since_on": (old.member_since_on if start <= grace_ends + _DAY else start).isoformat(),
            "renewed_from": old.id,
        },
    )


def check_sellable(client: Client, rate: Rate, kind: str) -> None:
    """Raise RefusedError for who or what is gone, UsageError for a plan of the other kind."""
    if client.erased_on:
        raise RefusedError(f"client {client.id} was erased on {client.erased_on}: add the person again")
    if rate.plan.kind != kind:
        verb = "package sell" if kind == "membership" else "membership add"
        raise UsageError(f"{rate.plan.name} is a {rate.plan.kind}: `clientctl {verb}` sells it")
    if rate.plan.archived_on:
        raise RefusedError(f"the plan {rate.plan.name} is archived: `clientctl plan restore` brings it back")
    if rate.archived_on:
        raise RefusedError(f"the rate {rate.full_name} is archived: `clientctl rate restore` brings it back")


# -- days ---------------------------------------------------------------------------------------


def _trial_end(db: Reader, client: Client, rate: Rate, terms: Terms) -> date | None:
    """Give the last day of the trial; None without one, and for who had one on the plan before."""
    if not rate.trial_days or not terms.with_trial or terms.settled:
        return None
    had = db.row(
        "SELECT id FROM memberships WHERE client_id = ? AND plan_id = ? AND trial_ends_on IS NOT NULL",
        (client.id, rate.plan.id),
    )
    if had:
        db.tell(f"No trial: {client.name} had one on {rate.plan.name} with M-{had[0]}")
        return None
    return terms.start + timedelta(days=rate.trial_days - 1)


def anchor_of(rate: Rate, first_paid: date) -> date:
    """Give the first bill day: the first day that is paid for, or the rate's own day of the month after it."""
    if rate.bill_day is None:
        return first_paid
    return calendar.first_bill_day(first_paid.replace(day=rate.bill_day), Interval(1, "month"), first_paid)


def _bill_days(db: Reader, rate: Rate, first_paid: date, terms: Terms) -> tuple[date, date | None]:
    """Give the anchor and the first day to be billed; a given day off the anchor's days becomes the anchor."""
    anchor, given = anchor_of(rate, first_paid), terms.next_bill_on
    if rate.every is None:
        if given:
            raise UsageError(f"{rate.full_name} is paid once: there is no next billing")
        return anchor, None
    if given:
        if given < first_paid:
            raise UsageError(f"the next billing {given} is before the first paid day {first_paid}: give a later one")
        on_days = given >= anchor and calendar.first_bill_day(anchor, rate.every, given) == given
        return (anchor, given) if on_days else (given, given)
    if terms.settled:
        return anchor, calendar.first_bill_day(anchor, rate.every, max(first_paid + _DAY, db.today))
    return anchor, first_paid


def _end(terms: Terms, rate: Rate, first_paid: date) -> date | None:
    term = terms.term or rate.term
    end = terms.until or (calendar.term_end(first_paid, term) if term else None)
    if end is not None and end < terms.start:
        raise UsageError(f"the end {end} is before the start {terms.start}: give a later --until")
    return end


def _anchor_after(db: Reader, old: Membership, rate: Rate, start: date) -> date:
    """Give the anchor of a renewal: the old one when it is billed as often and the start is one of its days."""
    schedule = old.schedule(memberships.pauses(db, old.id))
    if schedule and rate.every == old.every and rate.bill_day is None:
        anchor = schedule.anchor_on(start)
        if calendar.first_bill_day(anchor, schedule.every, start) == start:
            return anchor
    return anchor_of(rate, start)


def _renewed_end(db: Reader, old: Membership, rate: Rate, terms: Terms, anchor: date) -> date | None:
    """Give the last day of a renewal: as said, else for the rate's own term, else for as long as the old one was."""
    if terms.until:
        return _end(terms, rate, terms.start)
    term = terms.term or rate.term or length_of(db, old)
    # From an anchor on the 31st, a month that begins on 28 February ends on 30 March.
    return calendar.extended(terms.start - _DAY, anchor, term) if term else None


def length_of(db: Reader, old: Membership) -> Interval | None:
    """Say how long a membership was sold for, in months where it was a number of those, else in days.

    What pauses added to it does not count.
    """
    if old.term_ends_on is None:
        return None
    first, following = old.first_paid_on, old.term_ends_on - memberships.paused(db, old) + _DAY
    months = (following.year - first.year) * 12 + following.month - first.month
    if months > 0 and calendar.step(first, Interval(months, "month"), 1) == following:
        return Interval(months, "month")
    return Interval((following - first).days, "day")


def _ends(last: date | None) -> dict[str, str | None]:
    return {"term_ends_on": _iso(last), "ends_on": _iso(last)}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _check_renewable(db: Reader, old: Membership) -> None:
    successor = db.value("SELECT id FROM memberships WHERE renewed_from = ?", (old.id,))
    if successor:
        raise RefusedError(f"{old.number} was renewed already, as M-{successor}: renew that one")
    if old.status == "paused":
        raise RefusedError(f"{old.number} is paused: `clientctl membership resume {old.number}` first")
    if old.status == "upcoming":
        raise RefusedError(f"{old.number} starts only on {old.starts_on}: give it a later end instead")
    if old.last_on is None:
        raise RefusedError(f"{old.number} has no end: there is nothing to renew")


# -- storing ------------------------------------------------------------------------------------


def _store(db: Writer, client: Client, rate: Rate, terms: Terms, days: Mapping[str, Cell]) -> Membership:
    plan = rate.plan
    order_id = orders.make(db, client.id, client.site_id)
    collected = {"collection": terms.collection} if terms.collection else {}
    membership_id = db.insert(
        "memberships",
        client_id=client.id,
        order_id=order_id,
        created_on=db.today.isoformat(),
        **{**memberships.terms(rate, rate.price), **collected},
        **days,
    )
    made = memberships.get(db, membership_id)
    method = payment_methods.for_membership(db, client, made.collection, terms.method)
    if method is not None:
        db.update("memberships", membership_id, payment_method_id=method)
    if not terms.settled:
        _charge(db, made, rate, terms, order_id)
    labels.attach_plan(db, plan.id, plan.name, [client.id])
    clients.come_back(db, client)
    db.touch(made.number)
    return memberships.get(db, membership_id)


def _charge(db: Writer, made: Membership, rate: Rate, terms: Terms, order_id: int) -> None:
    """Make what is to be paid for the beginning: the setup fee, and the first period unless a trial comes first."""
    whose: charges.Whose = {
        "client_id": made.client_id,
        "membership_id": made.id,
        "order_id": order_id,
        "rate_id": rate.id,
    }
    if rate.setup and terms.with_setup:
        due = min(db.today, made.starts_on)
        charges.make(db, kind="setup", amount=rate.setup, due_on=due, starts_on=made.starts_on, **whose)
    if rate.every is None:
        if made.price.minor:
            charges.make(
                db,
                kind="once",
                amount=made.price,
                due_on=made.first_paid_on,
                starts_on=made.first_paid_on,
                ends_on=made.term_ends_on,
                **whose,
            )
    elif made.trial_ends_on is None:
        billing.bill(db, made.starts_on, [made.id], order_id)
