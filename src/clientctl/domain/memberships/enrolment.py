"""Enrol clients: add the membership, its order, its first charges and the label of the plan."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from clientctl.base import calendar, text
from clientctl.base.calendar import ONE_DAY, Interval, to_iso
from clientctl.base.listing import Cell
from clientctl.base.words import say
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import billing, payment_methods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.money import charges, orders
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import intervals
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer


class MembershipTerms(NamedTuple):
    """The terms agreed for a membership, besides client and rate.

    ``until`` is the last day; else ``term``, or the rate's default duration, is counted from the first paid day.
    With ``settled``, all that was due before today, or before ``next_bill_on``, was settled elsewhere and is not
    charged.
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


def add(db: Writer, client: Client, rate: Rate, terms: MembershipTerms) -> Membership:
    """Sell a client a membership at a rate: with its order, setup fee, first period and the label of the plan.

    The terms are copied: editing the plan never changes memberships sold. An archived client is restored.
    Raise RefusedError, UsageError.
    """
    check_sellable(client, rate, "membership")
    trial_ends = _trial_end(db, client, rate, terms)
    first_paid = trial_ends + ONE_DAY if trial_ends else terms.start
    anchor, following = _bill_days(db, rate, first_paid, terms)
    ends_on = _last_day(terms, rate, first_paid)
    return store_membership(
        db,
        client,
        rate,
        terms,
        {
            "starts_on": terms.start.isoformat(),
            "anchor_on": anchor.isoformat(),
            **end_columns(ends_on),
            **intervals.columns(sold=None if terms.until else terms.term or rate.term),
            "next_bill_on": to_iso(following),
            "member_since_on": terms.start.isoformat(),
            "trial_ends_on": to_iso(trial_ends),
            "billed_from_on": to_iso(following) if terms.settled else None,
        },
    )


def check_sellable(client: Client, rate: Rate, kind: str) -> None:
    """Raise RefusedError for an erased client or an archived plan or rate, UsageError for a plan of another kind."""
    if client.erased_on:
        raise RefusedError(
            say("client {id} was erased on {erased_on}: add the person again", id=client.id, erased_on=client.erased_on)
        )
    if rate.plan.kind != kind:
        verb = "package sell" if kind == "membership" else "membership add"
        sells = say(
            "`clientctl {verb} --client id:{id} --plan {full_name}` sells it",
            verb=verb,
            id=client.id,
            full_name=text.word(rate.full_name),
        )
        raise UsageError(say("{name} is a {kind}: {sells}", name=rate.plan.name, kind=rate.plan.kind, sells=sells))
    if rate.plan.archived_on:
        raise RefusedError(
            say(
                "the plan {name} is archived: `clientctl plan restore {plan_name}` brings it back",
                name=rate.plan.name,
                plan_name=text.word(rate.plan.name),
            )
        )
    if rate.archived_on:
        raise RefusedError(
            say(
                "the rate {full_name} is archived: `clientctl rate restore {rate_full_name}` brings it back",
                full_name=rate.full_name,
                rate_full_name=text.word(rate.full_name),
            )
        )


def sell_command(membership: Membership, rate: Rate) -> str:
    """Return the command that sells the client of a membership another one, for use in a message."""
    return say(
        "`clientctl membership add --client id:{client_id} --plan {full_name}`",
        client_id=membership.client_id,
        full_name=text.word(rate.full_name),
    )


# -- days ---------------------------------------------------------------------------------------


def _trial_end(db: Reader, client: Client, rate: Rate, terms: MembershipTerms) -> date | None:
    """Return the last day of the trial; None without one, or when the client had one on this plan before."""
    if not rate.trial_days or not terms.with_trial or terms.settled:
        return None
    had = db.row(
        "SELECT id FROM memberships WHERE client_id = ? AND plan_id = ? AND trial_ends_on IS NOT NULL",
        (client.id, rate.plan.id),
    )
    if had:
        db.notify(
            say(
                "No trial: {name} had one on {plan_name} with M-{had}",
                name=client.name,
                plan_name=rate.plan.name,
                had=had[0],
            )
        )
        return None
    return terms.start + timedelta(days=rate.trial_days - 1)


def anchor_of(rate: Rate, first_paid: date) -> date:
    """Return the first whole bill day: the first paid day, or the rate's bill day on or after it."""
    if rate.bill_day is None:
        return first_paid
    return calendar.first_bill_day(first_paid.replace(day=rate.bill_day), Interval(1, "month"), first_paid)


def _bill_days(db: Reader, rate: Rate, first_paid: date, terms: MembershipTerms) -> tuple[date, date | None]:
    """Return the anchor and the first day to be billed. Raise UsageError."""
    anchor, next_bill_on = anchor_of(rate, first_paid), terms.next_bill_on
    if rate.every is None:
        if next_bill_on:
            raise UsageError(say("{full_name} is paid once: there is no next billing", full_name=rate.full_name))
        return anchor, None
    if next_bill_on or terms.settled:
        return _settled_bill_days(rate, first_paid, next_bill_on, max(first_paid + ONE_DAY, db.today))
    return anchor, first_paid


def settled_bill_days(rate: Rate, membership: Membership, next_bill_on: date | None) -> tuple[date, date]:
    """Return the anchor and the first bill day of a membership settled elsewhere until then, as at its entry."""
    imported = membership.order_id is None
    first = membership.first_paid_on if imported else membership.first_paid_on + ONE_DAY
    return _settled_bill_days(rate, membership.first_paid_on, next_bill_on, max(first, membership.created_on))


def _settled_bill_days(rate: Rate, first_paid: date, next_bill_on: date | None, since: date) -> tuple[date, date]:
    """Return the anchor and the first bill day from a day on; a given bill day off the anchor's days is the anchor."""
    assert rate.every  # noqa: S101 - what is paid once has no bill days; this tells mypy
    anchor = anchor_of(rate, first_paid)
    if next_bill_on is None:
        return anchor, calendar.first_bill_day(anchor, rate.every, since)
    if next_bill_on < first_paid:
        raise UsageError(
            say(
                "the next billing {next_bill_on} is before the first paid day {first_paid}: give a later one",
                next_bill_on=next_bill_on,
                first_paid=first_paid,
            )
        )
    on_days = next_bill_on >= anchor and calendar.first_bill_day(anchor, rate.every, next_bill_on) == next_bill_on
    return (anchor, next_bill_on) if on_days else (next_bill_on, next_bill_on)


def _last_day(terms: MembershipTerms, rate: Rate, first_paid: date) -> date | None:
    term = terms.term or rate.term
    return check_end(terms.until or (calendar.term_end(first_paid, term) if term else None), terms.start)


def check_end(last: date | None, start: date) -> date | None:
    """Return a last day. Raise UsageError when it is before the start."""
    if last is not None and last < start:
        raise UsageError(
            say("the end {last} is before the start {start}: give a later --until", last=last, start=start)
        )
    return last


def end_columns(last: date | None) -> dict[str, str | None]:
    """Return the columns of the last day: of billing and of access."""
    return {"term_ends_on": to_iso(last), "ends_on": to_iso(last)}


# -- storing ------------------------------------------------------------------------------------


def store_membership(
    db: Writer, client: Client, rate: Rate, terms: MembershipTerms, days: Mapping[str, Cell]
) -> Membership:
    """Store a membership with its order, payment method, first charges and the label of the plan."""
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
    method = payment_methods.choose_for(db, client, made.collection, terms.method)
    if method is not None:
        db.update("memberships", membership_id, payment_method_id=method)
    if not terms.settled:
        _charge(db, made, rate, terms, order_id)
    labels.attach_automatic(db, "plan", plan.id, plan.name, [client.id])
    clients.restore_on_purchase(db, client)
    db.note_number(made.number)
    return memberships.get(db, membership_id)


def _charge(db: Writer, made: Membership, rate: Rate, terms: MembershipTerms, order_id: int) -> None:
    """Make the first charges: the setup fee, and the first period unless a trial comes first."""
    links: charges.ChargeLinks = {
        "client_id": made.client_id,
        "membership_id": made.id,
        "order_id": order_id,
        "rate_id": rate.id,
    }
    if rate.setup and terms.with_setup:
        due = min(db.today, made.starts_on)
        charges.make(db, kind="setup", amount=rate.setup, due_on=due, starts_on=made.starts_on, **links)
    if rate.every is None:
        if made.price.minor:
            charges.make(
                db,
                kind="once",
                amount=made.price,
                due_on=made.first_paid_on,
                starts_on=made.first_paid_on,
                ends_on=made.term_ends_on,
                **links,
            )
    elif made.trial_ends_on is None:
        billing.bill(db, made.starts_on, [made.id], order_id)
