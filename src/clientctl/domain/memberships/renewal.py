"""Renew memberships: the successor begins after its predecessor, and terms are counted from the line's first day."""

from datetime import date

from clientctl.base import calendar
from clientctl.base.calendar import ONE_DAY, Interval
from clientctl.base.words import say
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import successors
from clientctl.domain.memberships.enrolment import (
    MembershipTerms,
    anchor_of,
    check_end,
    check_sellable,
    end_columns,
    store_membership,
)
from clientctl.domain.memberships.record import Membership
from clientctl.domain.offers import rates
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import intervals
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer


def renew(
    db: Writer,
    old: Membership,
    client: Client,
    rate: Rate | None = None,
    *,
    start: date | None = None,
    until: date | None = None,
    term: Interval | None = None,
) -> Membership:
    """Renew a membership, by default at its rate and for its sold term; return its successor.

    While the old one is live or within its grace, the new one begins the day after its last day, else on the day
    given, else today; never on a day for which the line is charged. It has neither setup fee nor trial. With the same
    interval, the anchor is kept; *member since* is kept over a gap within the grace. Raise RefusedError.
    """
    old = membership_periods.bill_first(db, old)
    rate = rate or rates.get(db, old.rate_id)
    check_sellable(client, rate, "membership")
    _check_renewable(db, old)
    continues = old.status != "cancelled" and db.today <= successors.grace_end(old)
    start = _start(db, old, start, continues=continues)
    length = None if until else term or _length(db, old, rate)
    terms = MembershipTerms(
        start,
        until,
        length,
        collection=old.collection,
        method=old.payment_method_id,
        with_setup=False,
        with_trial=False,
    )
    return store_membership(
        db,
        client,
        rate,
        terms,
        {
            "starts_on": start.isoformat(),
            "anchor_on": anchor_after(db, old, rate, start).isoformat(),
            **end_columns(check_end(until, start) if length is None else end_of(db, old, rate, start, length)),
            **intervals.columns(sold=length),
            "next_bill_on": start.isoformat() if rate.every else None,
            "member_since_on": successors.member_since(old, start).isoformat(),
            "renewed_from": old.id,
        },
    )


def _check_renewable(db: Reader, old: Membership) -> None:
    successor = successors.successor(db, old)
    if successor:
        raise RefusedError(
            say(
                "{number} was renewed already, as {successor_number}: renew that one",
                number=old.number,
                successor_number=successor.number,
            )
        )
    if old.renewed_from and successors.is_never_made(old):
        raise RefusedError(
            say(
                "{number} was cancelled before its first day and counts as never made: `clientctl membership "
                "renew {predecessor}` renews its predecessor",
                number=old.number,
                predecessor=successors.last_of(db, old).number,
            )
        )
    if old.status == "upcoming":
        raise RefusedError(
            say(
                "{number} starts only on {starts_on}: `clientctl membership edit {number} --until DAY` gives it "
                "a later end, `clientctl membership timeline {number}` then shows what is charged and when",
                number=old.number,
                starts_on=old.starts_on,
            )
        )
    if old.last_on is None:
        raise RefusedError(say("{number} has no end: there is nothing to renew", number=old.number))
    if old.status not in {"cancelled", "expired"}:
        membership_periods.check_no_open_pause(db, old)


def _start(db: Reader, old: Membership, requested: date | None, *, continues: bool) -> date:
    """Return the first day of a renewal: the one given, else the day after the last one, or today.

    No day of the line is billed twice: it begins after all days that are charged, neither waived nor refunded.
    """
    assert old.last_on  # noqa: S101 - a membership without an end was refused; this tells mypy
    following = old.last_on + ONE_DAY
    start = requested or (following if continues else max(db.today, following))
    if start < following:
        raise RefusedError(
            say("{number} lasts until {last_on}: a renewal starts after that", number=old.number, last_on=old.last_on)
        )
    charged = successors.last_charged_day(db, old)
    if charged is None or start > charged[0]:
        return start
    if charged[0] == date.max:
        raise RefusedError(
            say(
                "{charged} is paid once, for all days to come, which would be billed twice: waive or refund it "
                "first, `clientctl charge show {charged}` shows it",
                charged=charged[1],
            )
        )
    later = charged[0] + ONE_DAY
    if requested:
        raise RefusedError(
            say(
                "{charge} is for days until {day}, which would be billed twice: `clientctl membership renew "
                "{number} --start {later}` begins after them; a cancellation with --refund would have "
                "refunded them",
                charge=charged[1],
                day=charged[0],
                number=old.number,
                later=later,
            )
        )
    db.notify(
        say("{charge} is for days until {day}, so the renewal starts after them", charge=charged[1], day=charged[0])
    )
    return later


def _length(db: Reader, old: Membership, rate: Rate) -> Interval:
    """Return the term of a renewal: the old sold term, else the default of the rate. Raise RefusedError."""
    if rate.id == old.rate_id and old.sold_for:
        return old.sold_for
    length = rate.renewal_term
    if length is None:
        raise RefusedError(
            say(
                "{full_name} is paid once and has no default duration: give --for, like --for 1y",
                full_name=rate.full_name,
            )
        )
    if old.sold_for is None:
        what = say("the rate's own length") if rate.term else say("one interval of the rate")
        db.notify(
            say(
                "The sold term of {number} is not known: renewed for {length}, {what}",
                number=old.number,
                length=length,
                what=what,
            )
        )
    return length


def anchor_after(db: Reader, old: Membership, rate: Rate, start: date) -> date:
    """Return the anchor of a renewal: the old one if the interval is the same and the start is one of its bill days."""
    schedule = old.schedule(memberships.pauses(db, old.id))
    if schedule and calendar.same_length(rate.every, old.every) and rate.bill_day is None:
        anchor = schedule.anchor_on(start)
        if calendar.first_bill_day(anchor, schedule.every, start) == start:
            return anchor
    return anchor_of(rate, start)


def end_of(db: Reader, old: Membership, rate: Rate, start: date, term: Interval) -> date:
    """Return the last day of a renewal: in a line from 31 January, a month from 28 February ends on 30 March."""
    return calendar.extend_end(start - ONE_DAY, successors.count_for(db, old, rate.every, start), term)
