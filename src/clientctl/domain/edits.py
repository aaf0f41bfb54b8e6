"""Correct memberships that were entered wrongly: as if they had been entered so from the start.

Bill days and the end are worked out anew. Charges of which nothing is paid follow: those for periods that
are no longer go, others are corrected, missing ones are made. What is paid stays as it is, and a correction
that would take a paid period away is refused.
"""

from datetime import date, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from clientctl.base import calendar
from clientctl.base.calendar import Interval
from clientctl.domain import (
    billing,
    clients,
    enrolment,
    intervals,
    labels,
    lines,
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
    """What is corrected; None is left as it is. ``term`` is how long it was sold for.

    ``endless`` takes the end away, ``method`` is an id.
    """

    rate: Rate | None = None
    start: date | None = None
    until: date | None = None
    term: Interval | None = None
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
    elif wanted.until or wanted.endless or wanted.term:
        said = _end_anew(db, moves.bill_first(db, membership, db.today), wanted)
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
    """Raise RefusedError for a last day before the start, a cancellation or a pause, or after a successor's first."""
    lines.check_ends_before_successor(db, membership, membership.cancelled_on or until)
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


def _end_anew(db: Writer, membership: Membership, wanted: Edit) -> list[str]:
    """Correct the end alone: what was charged after it goes or is cut short, what was cut short is whole again."""
    until = wanted.until
    if wanted.term:
        until = _end_of_term(db, membership, rates.get(db, membership.rate_id), wanted.term)
    _check_end(db, membership, membership.starts_on, until)
    if until:
        _check_paid_until(db, membership, until)
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
    sold = intervals.columns(sold=wanted.term)
    db.update("memberships", membership.id, ends_on=_iso(until), term_ends_on=_iso(until), **sold)
    if schedule:
        _step_back(db, membership, schedule, until)
    billing.bill(db, db.today, [membership.id])
    return said


def _check_paid_until(db: Reader, membership: Membership, until: date) -> None:
    """Raise RefusedError for a last day after which a period is paid."""
    for period in moves.charged(db, membership):
        if period.starts_on > until and rebilling.settled(period.charge):
            when = "--now" if until < db.today else f"--on {until}"
            raise RefusedError(
                f"{period.charge.number} for {period.starts_on}..{period.ends_on or ''} is {period.charge.status}, and"
                f" that period would be gone: `clientctl membership cancel {membership.number} {when} --refund` gives"
                " its money back"
            )


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
    was = rates.get(db, membership.rate_id)
    rate = wanted.rate or was
    after = _after(db, membership, wanted, was, rate)
    if after.starts_on != membership.starts_on:
        lines.check_follows(db, membership, after.starts_on)
    _check_end(db, membership, after.starts_on, after.ends_on)
    _check_pauses(db, membership, after.starts_on)
    schedule = _schedule(db, membership, after)
    through = _charged_through(db, membership, after, schedule)
    said = rebilling.recharge(db, membership, after, rebilling.expected(after, schedule, through))
    said += rebilling.setup(db, membership, after, was, rate)
    _store(db, membership, after, rate if wanted.rate else None, schedule, through)
    return said


def move_along(db: Writer, membership: Membership, start: date) -> None:
    """Move a successor to another first day, as if it had been renewed then; of what is paid only the days move.

    Raise RefusedError where it has a last day before that.
    """
    before, rate = moves.dates(db, membership), rates.get(db, membership.rate_id)
    after = _after(db, membership, Edit(start=start), rate, rate)
    old, schedule = moves.schedule_of(db, membership), _schedule(db, membership, after)
    if membership.cancelled_on and old and schedule:
        cancelled = old.moved(membership.cancelled_on, schedule) or membership.cancelled_on
        after = after._replace(cancelled_on=cancelled)
    if after.last_on and after.last_on < start:
        raise RefusedError(
            f"{membership.number}, which follows, would start on {start}, after its last day {after.last_on}:"
            f" `clientctl membership edit {membership.number} --until DAY` gives it a later one first"
        )
    _check_pauses(db, membership, start)
    following = membership.next_bill_on or date.min
    billed = sum(1 for _ in takewhile(lambda span: span[0] < following, old.spans(old.first))) if old else 1
    days = [first for first, _ in islice(schedule.spans(schedule.first), billed)] if schedule else []
    through = max(days, default=start - _DAY if schedule else start)
    said = rebilling.shift(db, membership, after, rebilling.expected(after, schedule, through))
    _store(db, membership, after, None, schedule, through)
    moved = moves.moved(before, moves.dates(db, membership))
    db.tell(f"{membership.number} moves along: {', '.join([*moved, *said])}")


def _charged_through(db: Reader, membership: Membership, after: Membership, schedule: Schedule | None) -> date:
    """Return the last day whose bill days are charged: those due by today, and as many more as were charged ahead."""
    due = min(_due_through(db, after), after.bills_until or date.max)
    before, following = moves.schedule_of(db, membership), membership.next_bill_on
    if before is None or schedule is None or following is None:
        return due
    billed = takewhile(lambda day: day < following, (first for first, _ in before.spans(membership.billed_since)))
    ahead = sum(day > _due_through(db, membership) for day in billed)
    days = (first for first, _ in schedule.spans(after.billed_since) if first > due)
    return max([due, *takewhile(lambda day: day < following, islice(days, ahead))])


def _due_through(db: Reader, membership: Membership) -> date:
    """Return the last day whose bill days are due: today, or the start, which is charged with the sale."""
    return db.today if membership.trial_ends_on else max(db.today, membership.starts_on)


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


def _after(db: Reader, membership: Membership, wanted: Edit, was: Rate, rate: Rate) -> Membership:
    """Return the membership as it would have been."""
    after = membership._replace(starts_on=wanted.start or membership.starts_on)
    if wanted.rate:
        rule = membership.pause_rule if memberships.pauses(db, membership.id) else rate.plan.pause_rule
        after = after._replace(
            plan_id=rate.plan.id, rate_id=rate.id, price=rate.price, every=rate.every, pause_rule=rule
        )
    after = after._replace(trial_ends_on=_trial(db, membership, after, wanted.rate))
    return _with_end(db, _with_bill_days(db, membership, after, was, rate), wanted, was, rate)


def _with_bill_days(db: Reader, membership: Membership, after: Membership, was: Rate, rate: Rate) -> Membership:
    """Return the membership with the days it is billed on: those given stay, others are worked out as at the sale."""
    if membership.renewed_from:
        old = memberships.get(db, membership.renewed_from)
        return after._replace(anchor_on=enrolment.anchor_after(db, old, rate, after.starts_on))
    if membership.billed_from_on is None or rate.every is None:
        return after._replace(anchor_on=enrolment.anchor_of(rate, after.first_paid_on), billed_from_on=None)
    days = enrolment.settled_days(was, membership, None)
    given = None if days == (membership.anchor_on, membership.billed_from_on) else membership.billed_from_on
    anchor, following = enrolment.settled_days(rate, after, given)
    return after._replace(anchor_on=anchor, billed_from_on=following)


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


def _with_end(db: Reader, after: Membership, wanted: Edit, was: Rate, rate: Rate) -> Membership:
    """Return the membership with its end: as given, else for as long as it was sold for, else where it was."""
    if wanted.until or wanted.endless:
        return after._replace(term_ends_on=wanted.until, ends_on=wanted.until, sold_for=None)
    sold = wanted.term or _sold_for(after, was, rate)
    if sold is None:
        # What was sold for the usual length at a rate without one has no end again.
        usual = after.sold_for is not None
        return after._replace(term_ends_on=None, ends_on=None, sold_for=None) if usual else after
    free = timedelta()
    if after.ends_on and after.term_ends_on and not wanted.term:
        free = after.ends_on - after.term_ends_on
    ends = _end_of_term(db, after, rate, sold)
    return after._replace(term_ends_on=ends, ends_on=ends + free, sold_for=sold)


def _sold_for(after: Membership, was: Rate, rate: Rate) -> Interval | None:
    """Return how long it would have been sold for: the usual length of the rate where it had that of the other."""
    renewed = after.renewed_from is not None
    usual = enrolment.default_term(was, renewed=renewed)
    has_usual = calendar.same_length(after.sold_for, usual) and (after.sold_for or after.ends_on is None)
    if rate.id == was.id or not has_usual or after.order_id is None:
        return after.sold_for
    return enrolment.default_term(rate, renewed=renewed)


def _end_of_term(db: Reader, after: Membership, rate: Rate, term: Interval) -> date:
    """Return the last day of a term, moved by the pauses that begin before it is over."""
    if after.renewed_from:
        old = memberships.get(db, after.renewed_from)
        ends = enrolment.renewal_end(db, old, rate, after.starts_on, term)
    else:
        ends = calendar.term_end(after.first_paid_on, term)
    for pause in memberships.pauses(db, after.id) if after.pause_rule == "extend" else ():
        if pause.starts_on <= ends:
            ends += pause.length
    return ends


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


def _store(
    db: Writer, membership: Membership, after: Membership, rate: Rate | None, schedule: Schedule | None, through: date
) -> None:
    """Store what was corrected; what is charged through a day is not billed again."""
    following = None
    if schedule:
        following = schedule.next_after(through) or billing.held(schedule, date.min)
    if following and after.billed_from_on:
        following = max(following, after.billed_from_on)
    terms = memberships.terms(rate, rate.price) if rate else {}
    terms |= {"collection": membership.collection, "pause_rule": after.pause_rule}
    db.update(
        "memberships",
        membership.id,
        **terms,
        starts_on=after.starts_on.isoformat(),
        anchor_on=after.anchor_on.isoformat(),
        term_ends_on=_iso(after.term_ends_on),
        ends_on=_iso(after.ends_on),
        cancelled_on=_iso(after.cancelled_on),
        trial_ends_on=_iso(after.trial_ends_on),
        next_bill_on=_iso(following),
        billed_from_on=_iso(after.billed_from_on),
        member_since_on=_member_since(db, membership, after.starts_on).isoformat(),
        **intervals.columns(sold=after.sold_for),
    )
    if rate and rate.plan.id != membership.plan_id:
        labels.attach_plan(db, rate.plan.id, rate.plan.name, [membership.client_id])
        labels.detach_plan(db, membership.plan_id, membership.client_id, membership.id)
    for pause in schedule.pauses if schedule else memberships.pauses(db, membership.id):
        sql = "SELECT id FROM pauses WHERE membership_id = ? AND starts_on = ?"
        row = db.value(sql, (membership.id, pause.starts_on.isoformat()))
        db.update("pauses", row, moves_on=_iso(pause.moves_on) if schedule else None)
    if rate:
        pending = db.value("SELECT id FROM membership_changes WHERE membership_id = ?", (membership.id,))
        if pending:
            db.delete("membership_changes", pending)


def _member_since(db: Reader, membership: Membership, start: date) -> date:
    """Return since when its client is a member when it starts on another day, unless that was given otherwise."""
    since = membership.member_since_on
    if membership.renewed_from:
        old = memberships.get(db, membership.renewed_from)
        if since == enrolment.member_since(old, membership.starts_on):
            return enrolment.member_since(old, start)
    return start if since == membership.starts_on or since > start else since


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
