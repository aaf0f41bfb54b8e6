"""Compute a corrected membership as if it had been entered so from the start.

Nothing is stored here: the functions return its dates, its bill days and the last bill day to be charged.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from clientctl.base import calendar
from clientctl.base.calendar import ONE_DAY, Interval
from clientctl.domain.memberships import enrolment, renewal, successors
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Pause, Schedule
from clientctl.domain.offers.rates import Rate
from clientctl.store import Reader


class Correction(NamedTuple):
    """A correction; None leaves a value as it is. ``term`` is the sold term.

    ``endless`` removes the end, ``method`` is the id of a payment method.
    """

    rate: Rate | None = None
    start: date | None = None
    until: date | None = None
    term: Interval | None = None
    endless: bool = False
    collection: str | None = None
    method: int | None = None
    member_since: date | None = None


def apply_correction(
    db: Reader, membership: Membership, correction: Correction, former: Rate, rate: Rate
) -> Membership:
    """Return the corrected membership, not stored."""
    after = membership._replace(starts_on=correction.start or membership.starts_on)
    if correction.rate:
        after = after._replace(
            plan_id=rate.plan.id,
            rate_id=rate.id,
            price=rate.price,
            every=rate.every,
            pause_rule=rate.plan.pause_rule,
        )
    after = after._replace(trial_ends_on=_trial_end(db, membership, after, correction.rate))
    after = _with_bill_days(db, membership, after, former, rate)
    return with_end(db, membership, after, correction, former, rate)


def _with_bill_days(db: Reader, membership: Membership, after: Membership, former: Rate, rate: Rate) -> Membership:
    """Return the membership with its bill days: given ones stay, others are computed as at the sale."""
    if membership.renewed_from:
        old = memberships.get(db, membership.renewed_from)
        return after._replace(anchor_on=renewal.anchor_after(db, old, rate, after.starts_on))
    if membership.billed_from_on is None or rate.every is None:
        return after._replace(anchor_on=enrolment.anchor_of(rate, after.first_paid_on), billed_from_on=None)
    days = enrolment.settled_bill_days(former, membership, None)
    given = None if days == (membership.anchor_on, membership.billed_from_on) else membership.billed_from_on
    anchor, following = enrolment.settled_bill_days(rate, after, given)
    return after._replace(anchor_on=anchor, billed_from_on=following)


def _trial_end(db: Reader, membership: Membership, after: Membership, rate: Rate | None) -> date | None:
    """Return the last day of the trial: as long as before, or as long as that of the corrected rate."""
    if rate is None or rate.id == membership.rate_id:
        return membership.trial_ends_on and membership.trial_ends_on + (after.starts_on - membership.starts_on)
    had = db.value(
        "SELECT 1 FROM memberships WHERE client_id = ? AND plan_id = ? AND trial_ends_on IS NOT NULL AND id <> ?",
        (membership.client_id, rate.plan.id, membership.id),
    )
    if had or not rate.trial_days or membership.billed_from_on or membership.renewed_from:
        return None
    return after.starts_on + timedelta(days=rate.trial_days - 1)


def with_end(
    db: Reader, membership: Membership, after: Membership, correction: Correction, former: Rate, rate: Rate
) -> Membership:
    """Return the membership with its end: the one given, else that of the sold term, else the present one.

    Its extensions, charged or free, are kept unless the end is given.
    """
    if correction.until or correction.endless:
        return after._replace(term_ends_on=correction.until, ends_on=correction.until, sold_for=None)
    sold = correction.term or _corrected_term(after, former, rate)
    if sold is None and after.sold_for:  # it had the default duration of its rate, and the other rate has none
        return after._replace(term_ends_on=None, ends_on=None, sold_for=None)
    if after.term_ends_on is None and sold is None:
        return after
    moving = successors.pauses_moving_end(db, membership)
    charged, free = _extensions(db, membership, former, moving, sold=sold is not None)
    if sold:
        ends = _end_of_term(db, after, rate, sold)
    else:
        assert after.term_ends_on  # noqa: S101 - the other case has just returned; this tells mypy
        ends = after.term_ends_on - _total_length(moving, after.term_ends_on)
    count = _count(db, after, rate)
    term_ends = calendar.extend_end(ends, count, charged) if charged else ends
    ends = calendar.extend_end(term_ends, count, free) if free else term_ends
    moved = moving
    if after.rate_id != membership.rate_id:
        moved = memberships.pauses(db, membership.id) if after.pause_rule == "extend" else []
    return after._replace(
        term_ends_on=_move_by_pauses(term_ends, moved), ends_on=ends + _total_length(moved), sold_for=sold
    )


def _extensions(
    db: Reader, membership: Membership, rate: Rate, moved: Sequence[Pause], *, sold: bool
) -> tuple[Interval | None, Interval | None]:
    """Return by how much it was extended: charged, which is known only with a sold term, and free of charge.

    In months when both ends are whole months after the day that the term is counted from, else in days.
    """
    if membership.term_ends_on is None or membership.ends_on is None:
        return None, None
    term = membership.term_ends_on - _total_length(moved, membership.term_ends_on)
    count = _former_count(db, membership, rate, term)
    sold_end = term
    if sold and membership.sold_for:
        sold_end = calendar.extend_end(membership.first_paid_on - ONE_DAY, count, membership.sold_for)
    return _extension(count, sold_end, term), _extension(count, term, membership.ends_on - _total_length(moved))


def _former_count(db: Reader, membership: Membership, rate: Rate, term: date) -> date:
    """Return the day that a term with a given last day was counted from: its predecessor may have moved since.

    Only the day of the month matters: a month from 28 February ends on 27 or 30 March.
    """
    count, first = _count(db, membership, rate), membership.first_paid_on
    others = [date(first.year - 1, 1, day) for day in range(first.day, 32)] if membership.renewed_from else []
    for each in (count, *others):
        if None not in (calendar.months_from(each, first), calendar.months_from(each, term + ONE_DAY)):
            return each
    return count


def _extension(count: date, end: date, later: date) -> Interval | None:
    if later <= end:
        return None
    before, after = (calendar.months_from(count, day + ONE_DAY) for day in (end, later))
    if before is None or after is None:
        return Interval((later - end).days, "day")
    return Interval(after - before, "month")


def _corrected_term(after: Membership, former: Rate, rate: Rate) -> Interval | None:
    """Return the corrected sold term: the default duration of the corrected rate if it had that of the other."""
    renewed = after.renewed_from is not None
    default = former.renewal_term if renewed else former.term
    has_default = calendar.same_length(after.sold_for, default) and (after.sold_for or after.ends_on is None)
    if rate.id == former.id or not has_default or after.order_id is None:
        return after.sold_for
    return rate.renewal_term if renewed else rate.term


def _end_of_term(db: Reader, after: Membership, rate: Rate, term: Interval) -> date:
    """Return the last day of a term, without pauses."""
    if after.renewed_from:
        old = memberships.get(db, after.renewed_from)
        return renewal.end_of(db, old, rate, after.starts_on, term)
    return calendar.term_end(after.first_paid_on, term)


def _count(db: Reader, after: Membership, rate: Rate) -> date:
    """Return the day that its term is counted from."""
    if after.renewed_from is None:
        return after.first_paid_on
    return successors.count_for(db, memberships.get(db, after.renewed_from), rate.every, after.starts_on)


def _move_by_pauses(ends: date, pauses: Sequence[Pause]) -> date:
    """Return a last day moved by the pauses that begin by it."""
    for pause in pauses:
        if pause.starts_on <= ends:
            ends += pause.length
    return ends


def _total_length(pauses: Sequence[Pause], through: date = date.max) -> timedelta:
    """Return the total length of the pauses that begin by a day."""
    return sum((pause.length for pause in pauses if pause.starts_on <= through), timedelta())


def schedule_of(db: Reader, membership: Membership, after: Membership) -> Schedule | None:
    """Return the schedule of the corrected membership, with its pauses."""
    schedule = after.schedule(())
    if schedule is None:
        return None
    for pause in memberships.pauses(db, membership.id):
        # A pause of unknown agreement day that moved a bill day on its own first day was agreed before that day.
        agreed = pause.due_through_on or pause.starts_on - (
            ONE_DAY if pause.moves_on == pause.starts_on else timedelta()
        )
        charged = _last_due_day(after, agreed) if after.pause_rule == "extend" else agreed
        schedule = schedule.with_pauses([pause], charged + ONE_DAY)
    return schedule


def last_day_to_charge(
    db: Reader, membership: Membership, after: Membership, schedule: Schedule | None, agreed_on: date | None
) -> date:
    """Return the last bill day to be charged: the last due by today, plus as many as had been charged in advance.

    Bill days after the day on which a change was agreed are at another rate, and left to billing.
    """
    today = min(db.today, agreed_on or db.today)
    due = min(_last_due_day(after, today), after.bills_until or date.max)
    before, following = membership_periods.schedule_of(db, membership), membership.next_bill_on
    if before is None or schedule is None or following is None:
        return due
    billed = takewhile(lambda day: day < following, (first for first, _ in before.spans(membership.billed_since)))
    ahead = sum(day > _last_due_day(membership, today) for day in billed)
    days = (first for first, _ in schedule.spans(after.billed_since) if first > due)
    return max([due, *takewhile(lambda day: day < following, islice(days, ahead))])


def last_day_to_bill(db: Reader, membership: Membership, after: Membership, schedule: Schedule | None) -> date | None:
    """Return the last day that is billed: a period charged before the cancellation stays whole."""
    cancelled, last = after.cancelled_on, after.bills_until
    period = schedule.period_of(cancelled) if schedule and cancelled and cancelled == last else None
    if period is None or not (
        period[0] <= _last_due_day_when_cancelled(db, after) or _was_charged_in_advance(db, membership)
    ):
        return last
    return min(period[1], after.term_ends_on or period[1])


def _last_due_day_when_cancelled(db: Reader, membership: Membership) -> date:
    """Return the last day whose bill days were due when it was cancelled; today if the day of that is unknown."""
    return _last_due_day(membership, membership.cancel_made_on or db.today)


def _was_charged_in_advance(db: Reader, membership: Membership) -> bool:
    """Check whether the period of the last day was charged in advance, before it was due, when it was cancelled."""
    cancelled, since = membership.cancelled_on, _last_due_day_when_cancelled(db, membership)
    return cancelled is not None and any(
        since < period.starts_on <= cancelled and period.ends_on and period.ends_on > cancelled
        for period in membership_periods.charged_periods(db, membership)
    )


def _last_due_day(membership: Membership, today: date) -> date:
    """Return the last day whose bill days are due on a day: that day, or the start, which is charged at the sale."""
    return today if membership.trial_ends_on else max(today, membership.starts_on)


def member_since(db: Reader, membership: Membership, start: date) -> date:
    """Return *member since* for another start; a day that was given by hand stays."""
    since = membership.member_since_on
    if membership.renewed_from:
        old = memberships.get(db, membership.renewed_from)
        if since in {membership.starts_on, successors.member_since(old, membership.starts_on)}:
            return successors.member_since(old, start)
    return start if since == membership.starts_on or since > start else since
