"""Correct memberships that were entered wrongly: as if they had been entered so from the start.

Bill days and the end are worked out anew. Charges of which nothing is paid follow: those for periods that
are no longer go, others are corrected, missing ones are made. What is paid stays as it is, and a correction
that would take a paid period away is refused.
"""

from datetime import date, timedelta
from typing import NamedTuple

from clientctl.base import calendar
from clientctl.base.calendar import Interval
from clientctl.domain import (
    billing,
    clients,
    enrolment,
    labels,
    memberships,
    moves,
    payment_methods,
    rates,
    rebilling,
)
from clientctl.domain.memberships import Membership
from clientctl.domain.rates import Rate
from clientctl.domain.schedule import Schedule
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer

_DAY = timedelta(days=1)


class Edit(NamedTuple):
    """What is corrected; None is left as it is. ``endless`` takes the end away, ``method`` is an id."""

    rate: Rate | None = None
    start: date | None = None
    until: date | None = None
    endless: bool = False
    collection: str | None = None
    method: int | None = None
    member_since: date | None = None


def edit(db: Writer, membership: Membership, wanted: Edit) -> tuple[Membership, list[str]]:
    """Correct a membership; return it as it is then, and what became of its charges. Raise RefusedError."""
    moves.check_not_over(membership)
    said: list[str] = []
    if wanted.rate or (wanted.start and wanted.start != membership.starts_on):
        said = _begin_anew(db, moves.bill_first(db, membership, db.today), wanted)
    elif wanted.until or wanted.endless:
        said = _end_anew(db, moves.bill_first(db, membership, db.today), wanted.until)
    _collect(db, memberships.get(db, membership.id), wanted)
    if wanted.member_since:
        _date_back(db, memberships.get(db, membership.id), wanted.member_since)
    db.touched[:] = [membership.number]
    return memberships.get(db, membership.id), said


# -- how it is paid, how long it counts ---------------------------------------------------------


def _collect(db: Writer, membership: Membership, wanted: Edit) -> None:
    if wanted.collection is None and wanted.method is None:
        return
    client = clients.get(db, membership.client_id)
    collection = wanted.collection or membership.collection
    method = payment_methods.for_membership(db, client, collection, wanted.method)
    db.update("memberships", membership.id, collection=collection, payment_method_id=method)


def _date_back(db: Writer, membership: Membership, since: date) -> None:
    if since > membership.starts_on:
        raise RefusedError(
            f"{membership.number} starts on {membership.starts_on}: its client is a member since then or before"
        )
    db.update("memberships", membership.id, member_since_on=since.isoformat())


# -- the end ------------------------------------------------------------------------------------


def _check_end(db: Reader, membership: Membership, start: date, until: date | None) -> None:
    """Raise RefusedError for a last day before the start, a cancellation or a pause."""
    if until is None:
        return
    if until < start:
        raise RefusedError(f"the end {until} is before the start {start}: give a later day")
    if membership.cancelled_on and until < membership.cancelled_on:
        raise RefusedError(
            f"{membership.number} is cancelled, its last day is {membership.cancelled_on}: give a later end,"
            f" or `clientctl membership cancel {membership.number} --on {until}`"
        )
    later = [each.starts_on for each in memberships.pauses(db, membership.id) if each.starts_on > until]
    if later:
        raise RefusedError(
            f"{membership.number} is to be paused from {later[0]} on: give a later end, or call that off with"
            f" `clientctl membership resume {membership.number}` first"
        )


def _end_anew(db: Writer, membership: Membership, until: date | None) -> list[str]:
    """Correct the end alone: what was charged after it goes or is cut short, what was cut short is whole again."""
    _check_end(db, membership, membership.starts_on, until)
    was, schedule = membership.bills_until, moves.schedule_of(db, membership)
    last = min(filter(None, (until, membership.cancelled_on)), default=None)
    said = []
    for period in moves.charged(db, membership):
        shorter = last is not None and period.ends_on is not None and period.ends_on > last
        if schedule is None:
            db.update("charges", period.charge.id, ends_on=_iso(until))
        elif until and period.starts_on > until:
            said.append(rebilling.remove(db, period))
        elif shorter:
            said += rebilling.correct(db, period, schedule, last)
    said += rebilling.follow(db, membership, was, last)
    db.update("memberships", membership.id, ends_on=_iso(until), term_ends_on=_iso(until))
    if schedule:
        _step_back(db, membership, schedule, until)
    billing.bill(db, db.today, [membership.id])
    return said


def _step_back(db: Writer, membership: Membership, schedule: Schedule, until: date | None) -> None:
    """Bill again from the first bill day after an earlier end: what was billed from there on has gone."""
    following = membership.next_bill_on
    if until and following and following > until:
        day = schedule.next_after(until) or following
        db.update("memberships", membership.id, next_bill_on=min(day, following).isoformat())


# -- the beginning ------------------------------------------------------------------------------


def _begin_anew(db: Writer, membership: Membership, wanted: Edit) -> list[str]:
    """Correct rate and start: everything that follows from them is worked out as at the sale."""
    _check_one_rate(db, membership, wanted)
    after, rate = _after(db, membership, wanted)
    _check_end(db, membership, after.starts_on, after.ends_on)
    _check_pauses(db, membership, after.starts_on)
    schedule = _schedule(db, membership, after)
    through = max(db.today, after.starts_on if after.trial_ends_on is None else date.min)
    if membership.next_bill_on:
        through = max(through, membership.next_bill_on - _DAY)
    said = rebilling.recharge(db, membership, after, rebilling.expected(after, schedule, through))
    said += rebilling.setup(db, membership, after, rate if wanted.rate else None)
    following = None
    if schedule:
        following = schedule.next_after(through) or billing.held(schedule, date.min)
    if following and after.billed_from_on:
        following = max(following, after.billed_from_on)
    _store(db, membership, after, rate if wanted.rate else None, following)
    for pause in schedule.pauses if schedule else memberships.pauses(db, membership.id):
        sql = "SELECT id FROM pauses WHERE membership_id = ? AND starts_on = ?"
        row = db.value(sql, (membership.id, pause.starts_on.isoformat()))
        db.update("pauses", row, moves_on=_iso(pause.moves_on) if schedule else None)
    return said


def _check_one_rate(db: Reader, membership: Membership, wanted: Edit) -> None:
    """Raise RefusedError for a membership that was at another rate before, and for a rate that can't be sold."""
    other = db.value(
        """SELECT id FROM charges WHERE membership_id = ? AND rate_id <> ? AND starts_on IS NOT NULL
           AND kind IN ('prorata', 'recurring', 'once')""",
        (membership.id, membership.rate_id),
    )
    if other:
        raise RefusedError(
            f"{membership.number} was at another rate before, as C-{other} shows, so its beginning stays:"
            " cancel it, and add a new one with `clientctl membership add`"
        )
    if wanted.rate:
        enrolment.check_sellable(clients.get(db, membership.client_id), wanted.rate, "membership")
        if wanted.rate.price.currency != membership.price.currency:
            paid = [each.charge.number for each in moves.charged(db, membership) if rebilling.settled(each.charge)]
            if paid:
                raise RefusedError(
                    f"{paid[0]} is paid in {membership.price.currency}, {wanted.rate.full_name} is in"
                    f" {wanted.rate.price.currency}: cancel {membership.number}, and add a new one"
                )


def _check_pauses(db: Reader, membership: Membership, start: date) -> None:
    paused = [pause.starts_on for pause in memberships.pauses(db, membership.id)]
    if paused and paused[0] < start:
        raise RefusedError(f"{membership.number} is paused from {paused[0]} on: give a start up to that day")


def _after(db: Reader, membership: Membership, wanted: Edit) -> tuple[Membership, Rate]:
    """Give the membership as it would have been, and its rate."""
    rate, start = wanted.rate or rates.get(db, membership.rate_id), wanted.start or membership.starts_on
    after = membership._replace(starts_on=start)
    if wanted.rate:
        rule = membership.pause_rule if memberships.pauses(db, membership.id) else rate.plan.pause_rule
        after = after._replace(
            plan_id=rate.plan.id, rate_id=rate.id, price=rate.price, every=rate.every, pause_rule=rule
        )
    after = after._replace(trial_ends_on=_trial(db, membership, after, wanted.rate))
    if membership.billed_from_on and rate.every and (wanted.rate is None or membership.every == rate.every):
        anchor = membership.anchor_on  # the bill days were given
    else:
        anchor = enrolment.anchor_of(rate, after.first_paid_on)
    return _with_end(db, membership, after._replace(anchor_on=anchor), wanted, rate), rate


def _trial(db: Reader, membership: Membership, after: Membership, rate: Rate | None) -> date | None:
    """Give the last day of the trial: as long as it was, or as the rate that is corrected to has it."""
    if rate is None or rate.id == membership.rate_id:
        return membership.trial_ends_on and membership.trial_ends_on + (after.starts_on - membership.starts_on)
    had = db.value(
        "SELECT 1 FROM memberships WHERE client_id = ? AND plan_id = ? AND trial_ends_on IS NOT NULL AND id <> ?",
        (membership.client_id, rate.plan.id, membership.id),
    )
    if had or not rate.trial_days or membership.billed_from_on or membership.renewed_from:
        return None
    return after.starts_on + timedelta(days=rate.trial_days - 1)


def _with_end(db: Reader, membership: Membership, after: Membership, wanted: Edit, rate: Rate) -> Membership:
    """Give the membership its end: the one given, else for as long as before; for the rate's term if it was that."""
    if wanted.until or wanted.endless:
        return after._replace(term_ends_on=wanted.until, ends_on=wanted.until)
    length = enrolment.length_of(db, membership)
    if wanted.rate and length and _is_rates_own(length, rates.get(db, membership.rate_id).term, membership):
        length = rate.term
    if length is None:
        return after._replace(term_ends_on=None, ends_on=None)
    free = timedelta()
    if membership.ends_on and membership.term_ends_on:
        free = membership.ends_on - membership.term_ends_on
    ends = calendar.term_end(after.first_paid_on, length) + memberships.paused(db, membership)
    return after._replace(term_ends_on=ends, ends_on=ends + free)


def _is_rates_own(length: Interval, term: Interval | None, membership: Membership) -> bool:
    """Say whether a length, a year or twelve months, is the term that a rate has."""
    first = membership.first_paid_on
    return term is not None and calendar.term_end(first, length) == calendar.term_end(first, term)


def _schedule(db: Reader, membership: Membership, after: Membership) -> Schedule | None:
    """Give the days on which it would have been billed, its pauses included."""
    schedule = after.schedule(())
    if schedule is None:
        return None
    for pause in memberships.pauses(db, membership.id):
        # One that moved a bill day on its own first day was agreed before it; else that day was due.
        since = pause.starts_on if pause.moves_on == pause.starts_on else pause.starts_on + _DAY
        schedule = schedule.with_pauses([pause], since)
    return schedule


# -- storing ------------------------------------------------------------------------------------


def _store(db: Writer, membership: Membership, after: Membership, rate: Rate | None, following: date | None) -> None:
    terms = memberships.terms(rate, rate.price) if rate else {}
    terms |= {"collection": membership.collection, "pause_rule": after.pause_rule}
    if rate:
        labels.attach_plan(db, rate.plan.id, rate.plan.name, [membership.client_id])
    since = membership.member_since_on
    if since == membership.starts_on or since > after.starts_on:
        since = after.starts_on
    db.update(
        "memberships",
        membership.id,
        **terms,
        starts_on=after.starts_on.isoformat(),
        anchor_on=after.anchor_on.isoformat(),
        term_ends_on=_iso(after.term_ends_on),
        ends_on=_iso(after.ends_on),
        trial_ends_on=_iso(after.trial_ends_on),
        next_bill_on=_iso(following),
        member_since_on=since.isoformat(),
    )
    if rate:
        pending = db.value("SELECT id FROM membership_changes WHERE membership_id = ?", (membership.id,))
        if pending:
            db.delete("membership_changes", pending)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
