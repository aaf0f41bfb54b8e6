"""Pause memberships: suspend, resume, cancel a pause.

A pause begins on the first day without access and ends on the first day with access again. By the rule ``extend``,
the end and the bill days after it move by its length, and so does the successor; by ``keep`` they stay, and the bill
days in the pause are dropped, billed before or not. While a pause is open, nothing moves and nothing is billed.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import islice, takewhile

from clientctl.base import text
from clientctl.base.calendar import ONE_DAY, to_iso
from clientctl.base.words import say
from clientctl.domain.memberships import billing, rebilling, successors, unused_days
from clientctl.domain.memberships import corrections as membership_corrections
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Pause, Schedule
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer


def suspend(
    db: Writer,
    membership: Membership,
    *,
    starts_on: date | None = None,
    resumes_on: date | None = None,
    reason: str | None = None,
    bills_first: bool = True,
) -> Membership:
    """Pause a membership from a day on, by default from today or its start, perhaps until a planned day.

    With ``bills_first``, bill days up to today are billed first; else today's bill day is paused too. Return the
    changed membership. Raise RefusedError.
    """
    if bills_first:
        membership = membership_periods.bill_first(db, membership)
    membership_periods.check_not_over(db, membership)
    first = starts_on or max(db.today, membership.starts_on)
    before = memberships.pauses(db, membership.id)
    _check_first(db, membership, first)
    if resumes_on is None:
        _check_can_stay_open(db, membership)
        _check_can_end(db, membership)
    _check_no_overlap(db, membership, before, first, resumes_on)
    due = db.today if bills_first else db.today - ONE_DAY
    db.insert(
        "pauses",
        client_id=membership.client_id,
        membership_id=membership.id,
        starts_on=first.isoformat(),
        resumes_on=to_iso(resumes_on),
        due_through_on=due.isoformat(),
        reason=text.clean_optional_line(reason),
    )
    after = sorted([*before, Pause(first, resumes_on, None, due)], key=lambda pause: pause.starts_on)
    return _move(db, membership, before, after, first)


def resume(db: Writer, membership: Membership, on: date | None = None) -> tuple[Membership, Pause, Pause | None]:
    """End the current pause today, or plan its end; cancel a future one, or plan its end.

    Return the changed membership, the pause before, and the pause after, which is None when it is cancelled.
    Raise RefusedError.
    """
    membership = membership_periods.bill_first(db, membership)
    membership_periods.check_not_over(db, membership)
    before = memberships.pauses(db, membership.id)
    pause = next((each for each in before if each.resumes_on is None or each.resumes_on > db.today), None)
    if pause is None:
        raise RefusedError(
            say("{number} has no present or future pause: there is nothing to resume", number=membership.number)
        )
    running = pause.starts_on <= db.today
    day = on or (db.today if running else pause.starts_on)
    if running and day < db.today:
        raise RefusedError(
            say("{day} is past: {number} resumes today at the earliest", day=day, number=membership.number)
        )
    others = [each for each in before if each != pause]
    if day <= pause.starts_on:
        if on and not running and day < pause.starts_on:
            raise RefusedError(
                say(
                    "{number} is paused from {starts_on} on: give a later day, or no day to cancel the pause",
                    number=membership.number,
                    starts_on=pause.starts_on,
                )
            )
        db.delete("pauses", _pause_id(db, membership, pause))
        return _move(db, membership, before, others, pause.starts_on), pause, None
    _check_no_overlap(db, membership, others, pause.starts_on, day)
    db.update("pauses", _pause_id(db, membership, pause), resumes_on=day.isoformat())
    resumed = pause._replace(resumes_on=day)
    after = [resumed if each == pause else each for each in before]
    return _move(db, membership, before, after, pause.starts_on), pause, resumed


# -- checks -------------------------------------------------------------------------------------


def _check_first(db: Reader, membership: Membership, first: date) -> None:
    """Raise RefusedError for an impossible first day of a pause."""
    number = membership.number
    if first < db.today:
        raise RefusedError(
            say("{first} is past: a pause of {number} begins today at the earliest", first=first, number=number)
        )
    if first < membership.starts_on:
        raise RefusedError(
            say(
                "{number} starts only on {starts_on}: a pause begins then at the earliest",
                number=number,
                starts_on=membership.starts_on,
            )
        )
    if membership.last_on and first > membership.last_on:
        raise RefusedError(
            say(
                "the last day of {number} is {last_on}: a pause begins then at the latest",
                number=number,
                last_on=membership.last_on,
            )
        )


def _check_can_stay_open(db: Reader, membership: Membership) -> None:
    """Raise RefusedError for an open pause when something depends on its end: a successor or a cancellation."""
    number, following = membership.number, successors.successor(db, membership)
    why = (
        say("was renewed as {number}", number=following.number)
        if following
        else say("is cancelled")
        if membership.cancelled_on
        else None
    )
    if why:
        raise RefusedError(say("{number} {why}, so its pause needs an end: give --resume DAY", number=number, why=why))


def _check_can_end(db: Reader, membership: Membership) -> None:
    """Raise RefusedError for an open pause that could never end: the day after the end is charged already."""
    if membership.pause_rule == "extend" and membership.bills_until:
        successors.check_billed_once(db, membership, membership.bills_until + ONE_DAY)


def _check_no_overlap(
    db: Reader, membership: Membership, others: Sequence[Pause], first: date, resumes_on: date | None
) -> None:
    """Raise RefusedError for a pause that ends before it begins, or overlaps with another."""
    number = membership.number
    if resumes_on and resumes_on <= first:
        raise RefusedError(
            say(
                "a pause from {first} on can't end on {resumes_on}: give a later day to resume",
                first=first,
                resumes_on=resumes_on,
            )
        )
    for each in others:
        if resumes_on and resumes_on <= each.starts_on:
            continue
        if each.resumes_on and each.resumes_on <= first:
            continue
        if each.starts_on <= db.today:
            raise RefusedError(
                say("{number} is paused: `clientctl membership resume {number} --on DAY` sets the end", number=number)
            )
        until = (
            say("until {resumes_on}", resumes_on=each.resumes_on - ONE_DAY) if each.resumes_on else say("without end")
        )
        raise RefusedError(
            say(
                "{number} has a pause from {starts_on} {until}: give other days, or cancel it with `clientctl "
                "membership resume {number}` first",
                number=number,
                starts_on=each.starts_on,
                until=until,
            )
        )


# -- moving -------------------------------------------------------------------------------------


def _move(
    db: Writer, membership: Membership, before: Sequence[Pause], after: Sequence[Pause], first: date
) -> Membership:
    """Move all that depends on the pauses after the one from the day ``first`` was added, changed or removed."""
    following = successors.successor(db, membership)
    first_free = successors.first_free_day(db, membership, following) if following else None
    old = membership.schedule(before)
    new = None
    if old and membership.next_bill_on:
        after = _place_pauses(membership, old, after, first)
        new = old._replace(pauses=tuple(after))
        if membership.pause_rule == "extend":
            _shift(db, membership, old, new, first)
        else:
            _drop(db, membership, old, new)
    if membership.pause_rule == "extend":
        _move_end(db, membership, before, after, first)
        if membership.cancelled_on and old and new and all(pause.resumes_on for pause in before):
            _move_cancellation(db, membership, old, new)
    for pause in after:
        db.update("pauses", _pause_id(db, membership, pause), moves_on=to_iso(pause.moves_on))
    moved = memberships.get(db, membership.id)
    if moved.bills_until and _length_change(before, after) > timedelta():
        successors.check_billed_once(db, moved, moved.bills_until, before=following)
    if following:
        _move_successor(db, moved, following, first_free)
    successors.update_member_since(db, membership)
    db.numbers[:] = [membership.number]
    return moved


def _move_successor(db: Writer, membership: Membership, following: Membership, first_free: date | None) -> None:
    """Move a successor that began on the first free day, or would begin before it, to the new first free day."""
    start = successors.first_free_day(db, membership, following)
    if start and (following.starts_on == first_free or following.starts_on < start) and start != following.starts_on:
        membership_corrections.move_successor(db, following, start)


def _place_pauses(membership: Membership, old: Schedule, after: Sequence[Pause], first: date) -> list[Pause]:
    """Determine the first bill day that each pause moves or drops: not due when it was agreed, and not billed."""
    agreed_pauses = {pause.starts_on: pause for pause in old.pauses}
    billed = len(_billed_spans(old, membership))
    placed: list[Pause] = []
    for pause in after:
        agreed = agreed_pauses.get(pause.starts_on)
        if pause.starts_on < first or (agreed and (pause.starts_on == first or old.rule == "keep")):
            placed.append(pause._replace(moves_on=agreed.moves_on if agreed else None))
            continue
        spans = old._replace(pauses=tuple(placed)).spans(old.first)
        left = (day for day, _ in (islice(spans, billed, None) if old.rule == "extend" else spans))
        floor = max(pause.starts_on, pause.due_through_on + ONE_DAY) if pause.due_through_on else pause.starts_on
        placed.append(pause._replace(moves_on=next(day for day in left if day >= floor)))
    return placed


def _billed_spans(schedule: Schedule, membership: Membership) -> list[tuple[date, date]]:
    """List the bill days before the next one to be billed, each with the last day of its period."""
    following = membership.next_bill_on
    return list(takewhile(lambda span: following is not None and span[0] < following, schedule.spans(schedule.first)))


def _shift(db: Writer, membership: Membership, old: Schedule, new: Schedule, first: date) -> None:
    """Move the next bill day and the charged periods to their days in the new schedule."""
    former = _billed_spans(old, membership)
    now = list(islice(new.spans(new.first), len(former) + 1))
    following = (
        now[len(former)][0] if len(now) > len(former) else billing.waiting_bill_day(new, date.min)
    )  # waits for the end of a pause
    db.update("memberships", membership.id, next_bill_on=to_iso(following))
    moved = [pair for pair in zip(former, now, strict=False) if pair[0] != pair[1]]
    longer = _length_change(old.pauses, new.pauses)
    periods = membership_periods.charged_periods(db, membership)
    for period in reversed(periods) if longer > timedelta() else periods:  # so that no two begin on the same day
        span = next((pair for pair in moved if pair[0][0] <= period.starts_on <= pair[0][1]), None)
        if span is None or period.ends_on is None:
            continue
        later = span[1][0] - span[0][0]
        if first <= period.starts_on > span[0][0]:  # a further part of a period, after the pause
            later = max(longer, first - period.starts_on)
        if period.ends_on == span[0][1]:
            ends_on = span[1][1]
        elif period.ends_on < first or period.ends_on == membership.cancelled_on:
            ends_on = period.ends_on  # cut short by a day that a pause does not move
        else:
            ends_on = max(period.ends_on + longer, first - ONE_DAY)
        db.update(
            "charges",
            period.charge.id,
            starts_on=(period.starts_on + later).isoformat(),
            ends_on=ends_on.isoformat(),
            due_on=(period.charge.due_on + later).isoformat(),
        )


def _drop(db: Writer, membership: Membership, old: Schedule, new: Schedule) -> None:
    """Waive or credit what was billed for dropped bill days, and bill those that are no longer dropped."""
    following = membership.next_bill_on
    assert following  # noqa: S101 - the caller checked it; this tells mypy
    former, now = ({day for day, _ in _billed_spans(each, membership)} for each in (old, new))
    charged = {period.starts_on: period.charge for period in membership_periods.charged_periods(db, membership)}
    for day in sorted(former - now):
        if day in charged and charged[day].amount.minor > charged[day].waived:
            db.notify(
                unused_days.give_back(
                    db, charged[day], charged[day].amount, rebilling.PAUSED, as_money="credit"
                ).description
            )
    for day in sorted(now - former):
        if day in charged and charged[day].id in rebilling.charges_waived_by_pause(db, membership):
            db.notify(rebilling.reopen(db, charged[day]))
    missing = sorted(day for day in now - former if day not in charged and day >= membership.billed_since)
    ahead = [day for day, charge in charged.items() if charge.amount.minor > charge.waived]
    if missing and max(ahead, default=date.min) < missing[0]:
        db.update("memberships", membership.id, next_bill_on=missing[0].isoformat())
        return
    for day in missing:  # some later bill days are billed already
        db.update("memberships", membership.id, next_bill_on=day.isoformat())
        billing.bill(db, day, [membership.id])
    upcoming = next((day for day, _ in new.spans(following)), following)
    db.update("memberships", membership.id, next_bill_on=upcoming.isoformat())


def _move_end(db: Writer, membership: Membership, before: Sequence[Pause], after: Sequence[Pause], first: date) -> None:
    """Move the end by the change in length, and the end of the term unless the pause comes after it."""
    if membership.ends_on is None or membership.term_ends_on is None:
        return
    longer = _length_change(before, after)
    term = membership.term_ends_on + longer if first <= membership.term_ends_on else membership.term_ends_on
    ends, cancelled = membership.ends_on + longer, membership.cancelled_on
    if cancelled and (cancelled == membership.ends_on or cancelled > ends):
        cancelled = ends
    db.update(
        "memberships",
        membership.id,
        ends_on=ends.isoformat(),
        term_ends_on=term.isoformat(),
        cancelled_on=to_iso(cancelled),
    )
    if membership.every is None:
        for period in membership_periods.charged_periods(db, membership):
            db.update("charges", period.charge.id, ends_on=term.isoformat())


def _move_cancellation(db: Writer, membership: Membership, old: Schedule, new: Schedule) -> None:
    """Move a cancellation whose last day is the last day of a period."""
    moved = old.moved(membership.cancelled_on, new) if membership.cancelled_on else None
    if moved:
        last = min(moved, memberships.get(db, membership.id).ends_on or moved)
        db.update("memberships", membership.id, cancelled_on=last.isoformat())


def _length_change(before: Sequence[Pause], after: Sequence[Pause]) -> timedelta:
    """Return the change in the total length of the pauses."""
    return sum((each.length for each in after), timedelta()) - sum((each.length for each in before), timedelta())


def _pause_id(db: Reader, membership: Membership, pause: Pause) -> int:
    found: int = db.value(
        "SELECT id FROM pauses WHERE membership_id = ? AND starts_on = ?",
        (membership.id, pause.starts_on.isoformat()),
    )
    return found
