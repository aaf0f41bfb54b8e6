"""Change the last day of memberships: extend, cancel, reverse a cancellation."""

from collections.abc import Iterator
from datetime import date
from itertools import takewhile
from typing import Literal, NamedTuple

from clientctl.base import calendar, money, text
from clientctl.base.calendar import ONE_DAY, Interval
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import billing, rate_changes, rebilling, successors, unused_days
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.periods import ChargedPeriod
from clientctl.domain.memberships.record import Membership
from clientctl.domain.money import charges
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer

_WAIVED = "cancelled"
"""The reason stored with charges waived by a cancellation."""

Cancellation = Literal["now", "at-period-end"] | date


class EndingResult(NamedTuple):
    """A membership after a cancellation or its reversal, and a sentence for each changed charge.

    ``has_missed_refund`` when a paid amount was not refunded, and the membership can't be cancelled again.
    """

    membership: Membership
    sentences: list[str]
    has_missed_refund: bool = False


# -- later --------------------------------------------------------------------------------------


def extend(
    db: Writer,
    membership: Membership,
    *,
    until: date | None = None,
    by: Interval | None = None,
    charge: bool = False,
) -> Membership:
    """Move the end of a live membership to a later day, free unless ``charge``; return the changed membership.

    Months are counted from the day that the line's terms are counted from, when the end is a whole number of months
    after it. When charged, the rest of a period that was billed in part is charged at once. Raise RefusedError.
    """
    membership = membership_periods.bill_first(db, membership)
    end = _check_extensible(db, membership)
    later = until or calendar.extend_end(
        end, successors.count_after(db, membership, end + ONE_DAY), by or Interval(1, "month")
    )
    if later <= end:
        raise RefusedError(say("{number} ends {end} already: give a later day", number=membership.number, end=end))
    successors.check_ends_before_successor(db, membership, later)
    if charge:
        _check_chargeable(db, membership, end)
        successors.check_billed_once(db, membership, later)
        _charge_rest(db, membership, end, later)
    days = {"ends_on": later.isoformat()} | ({"term_ends_on": later.isoformat()} if charge else {})
    db.update("memberships", membership.id, **days)
    successors.update_member_since(db, membership)
    db.numbers[:] = [membership.number]
    return memberships.get(db, membership.id)


def _check_extensible(db: Reader, membership: Membership) -> date:
    """Return the end of a membership that can be extended. Raise RefusedError for other memberships."""
    number = membership.number
    membership_periods.check_not_over(db, membership)
    if membership.status == "upcoming":
        raise RefusedError(
            say(
                "{number} is upcoming, it starts {starts_on}, and only a live membership can be extended: "
                "`clientctl membership edit {number} --until DAY` changes its end",
                number=number,
                starts_on=membership.starts_on,
            )
        )
    if membership.status == "paused":
        raise RefusedError(
            say("{number} is paused: `clientctl membership resume {number}` first, that moves its end", number=number)
        )
    membership_periods.check_not_cancelled(membership)
    if membership.ends_on is None:
        raise RefusedError(say("{number} has no end: there is nothing to extend", number=number))
    return membership.ends_on


def _check_chargeable(db: Reader, membership: Membership, end: date) -> None:
    if membership.every is None:
        raise RefusedError(
            say(
                "{number} is paid once, so more time can't be charged: {renew_command} renews it",
                number=membership.number,
                renew_command=successors.renew_command(db, membership),
            )
        )
    if membership.term_ends_on != end:
        raise RefusedError(
            say(
                "{number} was extended free of charge after {term_ends_on}, which --charge would bill too: "
                "{renew_command} bills from {end} on",
                number=membership.number,
                term_ends_on=membership.term_ends_on,
                renew_command=successors.renew_command(db, membership),
                end=end + ONE_DAY,
            )
        )


def _charge_rest(db: Writer, membership: Membership, end: date, later: date) -> None:
    """Charge the rest of a period that was billed only up to the old end."""
    schedule, following = membership_periods.schedule_of(db, membership), membership.next_bill_on
    span = schedule.period_of(end) if schedule else None
    if schedule is None or span is None or span[1] == end or (following and span[0] >= following):
        return
    charged = [
        each.ends_on
        for each in membership_periods.charged_periods(db, membership)
        if each.ends_on and each.starts_on <= span[1]
    ]
    begins = max([end, *charged]) + ONE_DAY  # paid days stay charged after a corrected end
    rest = schedule.rest_of(begins, later) if begins <= min(span[1], later) else None
    if rest is None or rest.used is None:
        return
    expected = rebilling.expected_charge(rest, membership.price)
    if expected.amount.minor:
        db.notify(rebilling.make(db, rebilling.common_columns(membership), expected))


# -- earlier ------------------------------------------------------------------------------------


def cancel(
    db: Writer,
    membership: Membership,
    when: Cancellation,
    reason: str | None = None,
    *,
    force: bool = False,
    refund: bool = False,
) -> EndingResult:
    """End a membership early: now (its last day was yesterday), at the end of the current period, or on a day.

    Open charges for days after the last day are waived. Paid ones are refunded only with ``refund``, for the
    unused days. ``force`` overrides the agreed notice and minimum term, and is recorded. Raise RefusedError.
    """
    membership = membership_periods.bill_first(db, membership)
    membership_periods.check_not_over(db, membership)
    last = _last_day(db, membership, when)
    successors.check_new_last_day(db, membership, last)
    agreed = earliest_last_day(db, membership)
    early = agreed is not None and last < agreed[0]
    if agreed and early and not force:
        raise RefusedError(
            say(
                "{number}: {agreed}, so its earliest last day is {day}: `clientctl membership cancel "
                "{number} --on {day}` respects that, --force overrides it",
                number=membership.number,
                agreed=agreed[1],
                day=agreed[0],
            )
        )
    stored_reason = text.clean_line(reason) if reason else None
    made = membership.cancel_made_on or db.today
    db.update(
        "memberships",
        membership.id,
        cancelled_on=last.isoformat(),
        cancel_made_on=made.isoformat(),
        cancel_forced=int(early),
    )
    if stored_reason:
        db.update("memberships", membership.id, cancel_reason=stored_reason)
    after = memberships.get(db, membership.id)
    sentences = _bill_again(db, membership, after) if membership.cancelled_on else []
    sentences += [*_reopen_waived(db, membership, last), *_waive_after(db, membership, last)]
    refundable = [] if refund else list(_describe_refundable(db, membership, last, is_early=early))
    sentences += _refund_after(db, membership, last) if refund else refundable
    sentences += _describe_agreed_change(db, membership)
    successors.update_member_since(db, membership)
    db.numbers[:] = [membership.number]
    return EndingResult(memberships.get(db, membership.id), sentences, bool(refundable) and last < db.today)


def reverse_cancellation(db: Writer, membership: Membership) -> EndingResult:
    """Reverse a cancellation whose last day is not past: charges that it waived, cut short or refunded are due again.

    Raise RefusedError.
    """
    membership = membership_periods.bill_first(db, membership)
    membership_periods.check_not_over(db, membership)
    if membership.cancelled_on is None:
        raise RefusedError(say("{number} is not cancelled: there is nothing to reverse", number=membership.number))
    successors.check_new_last_day(db, membership, membership.ends_on)
    db.update("memberships", membership.id, cancelled_on=None, cancel_made_on=None, cancel_reason=None, cancel_forced=0)
    after = memberships.get(db, membership.id)
    sentences = [
        *_reopen_waived(db, membership, date.max),
        *_bill_again(db, membership, after),
        *_describe_agreed_change(db, membership),
    ]
    successors.update_member_since(db, membership)
    db.numbers[:] = [membership.number]
    return EndingResult(memberships.get(db, membership.id), sentences)


def _describe_agreed_change(db: Reader, membership: Membership) -> list[str]:
    """Report whether an agreed change takes effect before the last day."""
    pending = rate_changes.pending(db, membership)
    if pending is None:
        return []
    rate, day = pending
    if day:
        return [say("The change to {rate} stays agreed, on {day}", rate=rate, day=day)]
    return [say("The change to {rate} stays agreed, but never takes effect: no bill day is left", rate=rate)]


def _last_day(db: Reader, membership: Membership, when: Cancellation) -> date:
    """Return the last day of a cancellation. Raise RefusedError for one that is past, or later than the end."""
    yesterday = db.today - ONE_DAY
    if when == "now":
        return min(yesterday, membership.ends_on or yesterday)
    last = _period_end(db, membership) if when == "at-period-end" else when
    if last < yesterday:
        raise RefusedError(
            say("{last} is past: {earlier_end}", last=last, earlier_end=_describe_earlier_end(db, membership, last))
        )
    if membership.ends_on and last > membership.ends_on:
        raise RefusedError(
            say(
                "{number} ends {ends_on} already: give an earlier day",
                number=membership.number,
                ends_on=membership.ends_on,
            )
        )
    return last


def _describe_earlier_end(db: Reader, membership: Membership, last: date) -> str:
    """Describe how a past last day is set: by a correction, unless the membership began, was paid or paused later."""
    number = membership.number
    paid = any(
        rebilling.is_settled(each.charge)
        for each in membership_periods.charged_periods(db, membership)
        if each.starts_on > last
    )
    paused = any(each.starts_on > last for each in memberships.pauses(db, membership.id))
    if last < membership.starts_on or paid or paused:
        agreed = earliest_last_day(db, membership)
        refund, force = " --refund" if paid else "", " --force" if agreed and agreed[0] >= db.today else ""
        return say(
            "`clientctl membership cancel {number} --now{refund}{force}` ends it yesterday",
            number=number,
            refund=refund,
            force=force,
        )
    also = " --unset cancelled" if membership.cancelled_on else ""
    corrects = say(
        "`clientctl membership edit {number}{also} --until {last}` corrects its end to that",
        number=number,
        also=also,
        last=last,
    )
    return say("{corrects}, --now ends it yesterday", corrects=corrects)


def _period_end(db: Reader, membership: Membership) -> date:
    """Return the last day of the current period, or of the first one; a trial counts as a period."""
    membership_periods.check_no_open_pause(db, membership)
    day, end = max(db.today, membership.starts_on), membership.ends_on
    if membership.trial_ends_on and day <= membership.trial_ends_on:
        return min(membership.trial_ends_on, end or date.max)
    schedule = membership_periods.schedule_of(db, membership)
    if schedule is None:
        if end is None:
            raise RefusedError(
                say("{number} is paid once and has no period to end: give --now or --on DAY", number=membership.number)
            )
        return end
    span, following = schedule.period_of(day), schedule.next_after(day)
    last = span[1] if span else (following or date.max) - ONE_DAY
    return min(last, end or date.max)


def earliest_last_day(db: Reader, membership: Membership) -> tuple[date, str] | None:
    """Return the earliest last day by agreement, and the agreement; None without a notice or a minimum term."""
    agreed = []
    if membership.notice:
        day = calendar.step(db.today, membership.notice, 1)
        schedule = membership_periods.schedule_of(db, membership)
        span = schedule.period_of(day) if schedule else None
        agreed.append((span[1] if span else day, say("a notice of {notice} was agreed", notice=membership.notice)))
    if membership.min_term:
        last = calendar.term_end(membership.starts_on, membership.min_term)
        agreed.append((last, say("a minimum term of {min_term} was agreed", min_term=membership.min_term)))
    if not agreed:
        return None
    day, why = max(agreed)
    return min(day, membership.ends_on or day), why


def _waive_after(db: Writer, membership: Membership, last: date) -> list[str]:
    """Waive open charges for periods that begin after the last day; describe each."""
    sentences = []
    for charge in charges.open_of(db, membership_id=membership.id):
        if _first_day_of(db, charge.id) > last:
            charges.waive(db, charge, clients.unless_erased(db, charge.client_id, _WAIVED))
            sentences.append(
                say(
                    "{number}: {left} for days after the last day is waived",
                    number=charge.number,
                    left=charges.format_money(charge.left),
                )
            )
    return sentences


def _first_day_of(db: Reader, charge_id: int) -> date:
    """Return the first day of the period of a charge; the earliest day of all for a fee, which has none."""
    first = db.value("SELECT starts_on FROM charges WHERE id = ?", (charge_id,))
    return date.fromisoformat(first) if first else date.min


def _reopen_waived(db: Writer, membership: Membership, last: date) -> list[str]:
    """Reopen charges that an earlier cancellation waived and are due after all; describe each."""
    rows = db.rows(
        """SELECT id FROM charges WHERE membership_id = ? AND waive_reason = ? AND starts_on <= ?
           AND waived_minor > 0 ORDER BY id""",
        (membership.id, _WAIVED, last.isoformat()),
    )
    return [rebilling.reopen(db, charges.get(db, charge_id)) for (charge_id,) in rows]


def _bill_again(db: Writer, before: Membership, after: Membership) -> list[str]:
    """Charge the days after an earlier last day that were not billed, or were refunded; describe each charge.

    Bill days after it without a charge, because it was refunded, are billed again.
    """
    former, last, following = before.bills_until, after.bills_until, after.next_bill_on
    sentences = rebilling.extend_last_charge(db, after, former, last)
    schedule = membership_periods.schedule_of(db, after)
    if schedule is None or former is None or following is None:
        return sentences
    charged = {period.starts_on for period in membership_periods.charged_periods(db, after)}
    since = max(former + ONE_DAY, after.billed_since)
    spans = takewhile(lambda span: span[0] < following, schedule.spans(since))
    for day in [first for first, _ in spans if first not in charged and (last is None or first <= last)]:
        db.update("memberships", after.id, next_bill_on=day.isoformat())
        billing.bill(db, day, [after.id])
    db.update("memberships", after.id, next_bill_on=following.isoformat())
    return sentences


def _refund_after(db: Writer, membership: Membership, last: date) -> Iterator[str]:
    """Refund what was paid for days after the last day; describe each charge with the calculation."""
    for period, amount, working in list(_paid_periods_after(db, membership, last)):
        returned = unused_days.give_back(db, period.charge, amount, "cancelled, not used", as_money="refund")
        unused_days.shorten(db, period, last + ONE_DAY)
        yield f"{returned.description}{unused_days.in_parentheses(working)}"


def _describe_refundable(db: Reader, membership: Membership, last: date, *, is_early: bool) -> Iterator[str]:
    """Describe what could be refunded, and how: with the same command, or by cancelling to the same day again."""
    force = " --force" if is_early else ""
    again = say(
        "`clientctl membership cancel {number} --on {last} --refund{force}`",
        number=membership.number,
        last=last,
        force=force,
    )
    way_out = again if last >= db.today else "--refund"
    for period, amount, working in _paid_periods_after(db, membership, last):
        share = f"{charges.format_money(amount)}{unused_days.in_parentheses(working)}"
        yield say(
            "{number}: {share} was paid for days after the last day: {way_out} refunds it",
            number=period.charge.number,
            share=share,
            way_out=way_out,
        )


def _paid_periods_after(
    db: Reader, membership: Membership, last: date
) -> Iterator[tuple[ChargedPeriod, money.Money, str]]:
    """Iterate over charges paid for days after a last day: the period, the share of those days, the calculation."""
    schedule = membership_periods.schedule_of(db, membership)
    for period in membership_periods.charged_periods(db, membership):
        if period.charge.paid or period.charge.credit:
            amount, working = unused_days.share_from(period, schedule, last + ONE_DAY)
            if amount.minor:
                yield period, amount, working
