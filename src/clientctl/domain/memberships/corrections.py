"""Correct memberships that were entered wrongly, as if they had been entered right from the start.

Bill days and the end are computed again. Unpaid charges are corrected: they are removed, changed or added. Paid
charges stay as they are, and a correction that would remove a paid period is refused.
"""

from datetime import date
from itertools import islice, takewhile

from clientctl.base.calendar import ONE_DAY, to_iso
from clientctl.base.words import say
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import (
    as_entered,
    billing,
    enrolment,
    payment_methods,
    rate_changes,
    rebilling,
    successors,
)
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.as_entered import Correction
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Schedule
from clientctl.domain.offers import rates
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import intervals
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer


def edit(db: Writer, membership: Membership, correction: Correction) -> tuple[Membership, list[str]]:
    """Correct a membership; return it, and a sentence for each changed charge. Raise RefusedError."""
    membership_periods.check_not_over(db, membership)
    sentences: list[str] = []
    if correction.rate and correction.collection is None:
        correction = correction._replace(collection=_corrected_collection(db, membership, correction.rate))
    if correction.rate or (correction.start and correction.start != membership.starts_on):
        sentences = _correct_rate_and_start(db, membership_periods.bill_first(db, membership), correction)
    elif correction.until or correction.endless or correction.term:
        sentences = _correct_end(db, membership_periods.bill_first(db, membership), correction)
    _store_collection(db, memberships.get(db, membership.id), correction)
    if correction.member_since:
        _store_member_since(db, memberships.get(db, membership.id), correction.member_since)
    successors.update_member_since(db, membership)
    db.numbers[:] = [membership.number]
    return memberships.get(db, membership.id), sentences


# -- how it is paid, how long it counts ---------------------------------------------------------


def _corrected_collection(db: Reader, membership: Membership, rate: Rate) -> str | None:
    """Return the collection on a corrected plan: that of the plan, unless the membership had one of its own."""
    former = rates.get(db, membership.rate_id).plan
    return rate.plan.collection if former.id != rate.plan.id and membership.collection == former.collection else None


def _store_collection(db: Writer, membership: Membership, correction: Correction) -> None:
    if correction.collection is None and correction.method is None:
        return
    client = clients.get(db, membership.client_id)
    collection = correction.collection or membership.collection
    method = payment_methods.choose_for(db, client, collection, correction.method)
    db.update("memberships", membership.id, collection=collection, payment_method_id=method)


def _store_member_since(db: Writer, membership: Membership, since: date) -> None:
    if since > membership.starts_on:
        raise RefusedError(
            say(
                "{number} starts on {starts_on}: its client is a member since that day or before",
                number=membership.number,
                starts_on=membership.starts_on,
            )
        )
    db.update("memberships", membership.id, member_since_on=since.isoformat())


# -- the end ------------------------------------------------------------------------------------


def _check_end(db: Reader, membership: Membership, after: Membership) -> None:
    """Raise RefusedError for an end before the start, a cancellation or a pause, or after a successor begins."""
    until = after.ends_on
    successors.check_ends_before_successor(db, membership, membership.cancelled_on or until)
    if until is None:
        return
    sold = after.term_ends_on or until  # the end of access may be later, by an extension
    if sold < after.starts_on:
        raise RefusedError(
            say(
                "the end {sold} is before the start {starts_on}: give a later day", sold=sold, starts_on=after.starts_on
            )
        )
    if membership.cancelled_on and until < membership.cancelled_on:
        raise RefusedError(
            say(
                "{number} is cancelled, its last day is {cancelled_on}: give a later end, or `clientctl "
                "membership edit {number} --unset cancelled --until {until}` corrects it to that",
                number=membership.number,
                cancelled_on=membership.cancelled_on,
                until=until,
            )
        )
    later = [each.starts_on for each in memberships.pauses(db, membership.id) if each.starts_on > until]
    if later:
        raise RefusedError(
            say(
                "{number} has a pause from {later} on: give a later end, or cancel the pause with `clientctl "
                "membership resume {number}` first",
                number=membership.number,
                later=later[0],
            )
        )


def _correct_end(db: Writer, membership: Membership, correction: Correction) -> list[str]:
    """Correct only the end: charges after it are removed or cut short, charges that were cut short are completed."""
    rate = rates.get(db, membership.rate_id)
    after = as_entered.with_end(db, membership, membership, correction, rate, rate)
    until = after.term_ends_on
    successors.check_ends_before_successor(db, membership, after.ends_on)
    _check_end(db, membership, after)
    schedule = membership_periods.schedule_of(db, membership)
    former, last = (as_entered.last_day_to_bill(db, membership, each, schedule) for each in (membership, after))
    successors.check_billed_once(db, membership, last)
    if until:
        _check_paid_until(db, membership, until)
    sentences = []
    for period in membership_periods.charged_periods(db, membership):
        if schedule is None:
            db.update("charges", period.charge.id, ends_on=to_iso(until))
        elif until and period.starts_on > until:
            sentences.append(rebilling.remove(db, period))
        elif last and period.ends_on and period.ends_on > last:
            sentences += rebilling.correct_last_day(db, period, schedule, last)
    sentences += rebilling.extend_last_charge(db, membership, former, last)
    sold = intervals.columns(sold=after.sold_for)
    db.update("memberships", membership.id, ends_on=to_iso(after.ends_on), term_ends_on=to_iso(until), **sold)
    if schedule:
        _reset_next_bill_day(db, membership, schedule, until)
    billing.bill(db, db.today, [membership.id])
    return sentences


def _check_paid_until(db: Reader, membership: Membership, until: date) -> None:
    """Raise RefusedError for an end after which a period is paid."""
    for period in membership_periods.charged_periods(db, membership):
        if period.starts_on > until and rebilling.is_settled(period.charge):
            when = "--now" if until < db.today else say("--on {until}", until=until)
            raise RefusedError(
                say(
                    "{number} for {starts_on}..{ends_on} is {status}, and that period would be removed: `clientctl "
                    "membership cancel {membership_number} {when} --refund` refunds it",
                    number=period.charge.number,
                    starts_on=period.starts_on,
                    ends_on=period.ends_on or "",
                    status=period.charge.status,
                    membership_number=membership.number,
                    when=when,
                )
            )


def _reset_next_bill_day(db: Writer, membership: Membership, schedule: Schedule, until: date | None) -> None:
    """Set the next bill day to the first one after an earlier end, as the charges after it were removed."""
    following = membership.next_bill_on
    if until and following and following > until:
        day = schedule.next_after(until) or following
        db.update("memberships", membership.id, next_bill_on=min(day, following).isoformat())


# -- the beginning ------------------------------------------------------------------------------


def _correct_rate_and_start(db: Writer, membership: Membership, correction: Correction) -> list[str]:
    """Correct rate and start: all that depends on them is computed as at the sale."""
    _check_one_rate(db, membership, correction)
    former = rates.get(db, membership.rate_id)
    rate = correction.rate or former
    after = as_entered.apply_correction(db, membership, correction, former, rate)
    if after.starts_on != membership.starts_on:
        successors.check_follows(db, membership, after.starts_on)
    _check_end(db, membership, after)
    _check_pauses(db, membership, after.starts_on)
    schedule = as_entered.schedule_of(db, membership, after)
    last = as_entered.last_day_to_bill(db, membership, after, schedule)
    successors.check_billed_once(db, membership, last)
    _check_paid_periods(db, membership, schedule)
    dropped = _delete_impossible_change(db, membership, rate) if correction.rate else []
    through = as_entered.last_day_to_charge(db, membership, after, schedule, rate_changes.agreed_on(db, membership))
    sentences = rebilling.correct_charges(
        db, membership, after, schedule, rebilling.expected_charges(after, schedule, through, last)
    )
    sentences += rebilling.correct_setup_fee(db, membership, after, former, rate)
    _store(db, membership, after, rate if correction.rate else None, schedule, through)
    membership_periods.bill_first(
        db, memberships.get(db, membership.id)
    )  # bill days after an agreed change, at its rate
    return [*sentences, *dropped]


def move_successor(db: Writer, membership: Membership, start: date) -> None:
    """Move a successor to another first day, as if it had been renewed then; of paid charges only the days move.

    Raise RefusedError when its last day is before that.
    """
    before, rate = membership_periods.dates(db, membership), rates.get(db, membership.rate_id)
    after = as_entered.apply_correction(db, membership, Correction(start=start), rate, rate)
    old, schedule = membership_periods.schedule_of(db, membership), as_entered.schedule_of(db, membership, after)
    if membership.cancelled_on and old and schedule:
        cancelled = old.moved(membership.cancelled_on, schedule) or membership.cancelled_on
        after = after._replace(cancelled_on=cancelled)
    if after.last_on and after.last_on < start:
        raise RefusedError(
            say(
                "{number}, which follows, would start on {start}, after its last day {last_on}: `clientctl "
                "membership edit {number} --until DAY` gives it a later one first",
                number=membership.number,
                start=start,
                last_on=after.last_on,
            )
        )
    _check_pauses(db, membership, start)
    following = membership.next_bill_on or date.min
    billed = sum(1 for _ in takewhile(lambda span: span[0] < following, old.spans(old.first))) if old else 1
    days = [first for first, _ in islice(schedule.spans(schedule.first), billed)] if schedule else []
    through = max(days, default=start - ONE_DAY if schedule else start)
    last = as_entered.last_day_to_bill(db, membership, after, schedule)
    sentences = rebilling.move_charges(
        db, membership, after, rebilling.expected_charges(after, schedule, through, last)
    )
    _store(db, membership, after, None, schedule, through)
    moved = membership_periods.describe_moves(before, membership_periods.dates(db, membership))
    db.notify(say("{number} moves along: {value}", number=membership.number, value=", ".join([*moved, *sentences])))


def _delete_impossible_change(db: Writer, membership: Membership, rate: Rate) -> list[str]:
    """Delete an agreed change that is no longer possible: to the corrected rate itself, or in another currency."""
    row = db.row("SELECT id, rate_id, currency FROM membership_changes WHERE membership_id = ?", (membership.id,))
    if row is None or (row[1] != rate.id and row[2] == rate.price.currency and rate.every):
        return []
    pending = rate_changes.pending(db, membership)
    db.delete("membership_changes", row[0])
    return [say("The agreed change to {pending} is deleted", pending=pending[0])] if pending else []


def _check_one_rate(db: Reader, membership: Membership, correction: Correction) -> None:
    """Raise RefusedError for a membership that had another rate before, or for a rate that can't be sold."""
    other = db.value(
        """SELECT id FROM charges WHERE membership_id = ? AND rate_id <> ? AND starts_on IS NOT NULL
           AND kind IN ('prorata', 'recurring', 'once')""",
        (membership.id, membership.rate_id),
    )
    if other:
        sells = enrolment.sell_command(membership, correction.rate or rates.get(db, membership.rate_id))
        raise RefusedError(
            say(
                "{number} was at another rate before, as C-{other} shows, so its start and rate can't be "
                "corrected: cancel it, and {sells} sells a new one",
                number=membership.number,
                other=other,
                sells=sells,
            )
        )
    if correction.rate:
        enrolment.check_sellable(clients.get(db, membership.client_id), correction.rate, "membership")
        if correction.rate.price.currency != membership.price.currency:
            paid = [
                each.charge.number
                for each in membership_periods.charged_periods(db, membership)
                if rebilling.is_settled(each.charge)
            ]
            if paid:
                raise RefusedError(
                    say(
                        "{paid} is paid in {currency}, {full_name} is in {price_currency}: cancel {number}, and add a "
                        "new one",
                        paid=paid[0],
                        currency=membership.price.currency,
                        full_name=correction.rate.full_name,
                        price_currency=correction.rate.price.currency,
                        number=membership.number,
                    )
                )


def _check_paid_periods(db: Reader, membership: Membership, schedule: Schedule | None) -> None:
    """Raise RefusedError when paid days would be billed again, because another period begins among them.

    A price paid once is for all days of the membership: paid periods can't become a part of it.
    """
    for period in membership_periods.charged_periods(db, membership):
        if schedule is None and period.charge.kind != "once":
            rebilling.check_unpaid(period)
        span = schedule.period_of(period.starts_on) if schedule else None
        if span and (period.ends_on is None or span[1] < period.ends_on):
            rebilling.check_unpaid(period)


def _check_pauses(db: Reader, membership: Membership, start: date) -> None:
    paused = [pause.starts_on for pause in memberships.pauses(db, membership.id)]
    if paused and paused[0] < start:
        raise RefusedError(
            say(
                "{number} is paused from {paused} on: give a start up to that day",
                number=membership.number,
                paused=paused[0],
            )
        )


# -- storing ------------------------------------------------------------------------------------


def _store(
    db: Writer, membership: Membership, after: Membership, rate: Rate | None, schedule: Schedule | None, through: date
) -> None:
    """Store a correction; billing continues after the day ``through``."""
    following = None
    if schedule:
        following = schedule.next_after(through) or billing.waiting_bill_day(schedule, date.min)
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
        term_ends_on=to_iso(after.term_ends_on),
        ends_on=to_iso(after.ends_on),
        cancelled_on=to_iso(after.cancelled_on),
        trial_ends_on=to_iso(after.trial_ends_on),
        next_bill_on=to_iso(following),
        billed_from_on=to_iso(after.billed_from_on),
        member_since_on=as_entered.member_since(db, membership, after.starts_on).isoformat(),
        **intervals.columns(sold=after.sold_for),
    )
    if rate and rate.plan.id != membership.plan_id:
        labels.attach_automatic(db, "plan", rate.plan.id, rate.plan.name, [membership.client_id])
        labels.detach_plan(db, membership.plan_id, membership.client_id, membership.id)
    for pause in schedule.pauses if schedule else memberships.pauses(db, membership.id):
        sql = "SELECT id FROM pauses WHERE membership_id = ? AND starts_on = ?"
        row = db.value(sql, (membership.id, pause.starts_on.isoformat()))
        db.update("pauses", row, moves_on=to_iso(pause.moves_on) if schedule else None)
