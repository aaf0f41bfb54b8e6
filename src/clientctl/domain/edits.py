"""Correct memberships that were entered wrongly: as if they had been entered so from the start.

Bill days and the end are worked out anew. Charges of which nothing is paid follow: those for periods that
are no longer go, others are corrected, missing ones are made. What is paid stays as it is, and a correction
that would take a paid period away is refused.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from clientctl.base import calendar, money
from clientctl.base.calendar import Interval
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.domain import (
    billing,
    charges,
    clients,
    enrolment,
    labels,
    memberships,
    moves,
    payment_methods,
    rates,
)
from clientctl.domain.charges import Charge
from clientctl.domain.memberships import Membership
from clientctl.domain.moves import Charged
from clientctl.domain.rates import Rate
from clientctl.domain.schedule import Period, Schedule
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


class _Wanted(NamedTuple):
    """A charge as it should be: its kind, its period, the price of the whole of it."""

    kind: str
    period: Period
    ends_on: date | None
    price: Money

    @property
    def amount(self) -> Money:
        used, whole = self.period.used, self.period.whole
        return money.prorata(self.price, used, whole) if used and whole else self.price


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
    said = []
    for period in moves.charged(db, membership):
        shorter = until is not None and period.ends_on is not None and period.ends_on > until
        longer = was is not None and period.ends_on == was and (until is None or until > was)
        if schedule is None:
            db.update("charges", period.charge.id, ends_on=_iso(until))
        elif until and period.starts_on > until:
            said.append(_remove(db, period))
        elif shorter or longer:
            said += _correct(db, period, schedule, until)
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


def _correct(db: Writer, period: Charged, schedule: Schedule, until: date | None) -> list[str]:
    """Bring a charge to another last day, unless something of it is paid; what that leaves out is charged beside it."""
    charge = period.charge
    held = schedule.period_of(period.starts_on)
    rest = schedule.rest_of(period.starts_on, until)
    if held is None or rest is None or rest.ends_on == period.ends_on or charge.whole is None:
        return []
    if charge.waived:
        return []
    if not _settled(charge):
        return [_rewrite(db, charge, _wanted(rest, charge.whole))]
    if period.ends_on is None or rest.ends_on < period.ends_on:
        return [f"{charge.number}: {charges.shown(charge.amount)} is {charge.status} and stays as it is"]
    more = schedule.rest_of(period.ends_on + _DAY, until)
    return [_make(db, charge, _wanted(more, charge.whole))] if more else []


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
    said = _recharge(db, membership, after, _expected(after, schedule, through))
    said += _setup(db, membership, after, rate if wanted.rate else None)
    following = None
    if schedule:
        following = schedule.next_after(through) or billing.held(schedule, through + _DAY)
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
            paid = [each.charge.number for each in moves.charged(db, membership) if _settled(each.charge)]
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


# -- charges ------------------------------------------------------------------------------------


def _expected(after: Membership, schedule: Schedule | None, through: date) -> list[_Wanted]:
    """List the charges there should be for bill days up to a day."""
    if schedule is None:
        first = after.first_paid_on
        return [_Wanted("once", Period(first, first), after.term_ends_on, after.price)] if after.price.minor else []
    found = []
    since = after.billed_from_on or min(after.first_paid_on, after.anchor_on)
    for period in schedule.periods(since, after.bills_until):
        if period.starts_on > through:
            break
        wanted = _wanted(period, after.price)
        if wanted.amount.minor:
            found.append(wanted)
    return found


def _recharge(db: Writer, membership: Membership, after: Membership, expected: Sequence[_Wanted]) -> list[str]:
    """Bring the charges to what is expected; say what was done."""
    there = {period.starts_on: period for period in moves.charged(db, membership)}
    missing = [each for each in expected if each.period.starts_on not in there]
    days = {each.period.starts_on for each in expected}
    stray = [period for first, period in there.items() if first not in days]
    said = []
    for period in stray:
        _check_unpaid(period)
    for each in expected:
        found = there.get(each.period.starts_on)
        if found:
            db.update("charges", found.charge.id, rate_id=after.rate_id)
        if found and not _settled(found.charge):
            if _rewritten(found, each):
                said.append(_rewrite(db, found.charge, each, after.rate_id))
        elif found and found.charge.amount != each.amount:
            charge = found.charge
            said.append(f"{charge.number}: {charges.shown(charge.amount)} is {charge.status} and stays as it is")
    reused = [period for period in stray if not period.charge.waived][: len(missing)]
    said += [_rewrite(db, period.charge, each, after.rate_id) for period, each in zip(reused, missing, strict=False)]
    said += [_remove(db, period) for period in stray if period not in reused]
    said += [_make(db, _like(membership, after), each) for each in missing[len(reused) :]]
    return said


def _setup(db: Writer, membership: Membership, after: Membership, rate: Rate | None) -> list[str]:
    """Bring the setup fee to the start, and to the rate that is corrected to, unless something of it is paid."""
    charge_id = db.value("SELECT id FROM charges WHERE membership_id = ? AND kind = 'setup'", (membership.id,))
    due_on = min(db.today, after.starts_on)
    if charge_id is None:
        return []
    charge = charges.get(db, charge_id)
    db.update("charges", charge.id, starts_on=after.starts_on.isoformat())
    if _settled(charge) or charge.waived:
        return []
    db.update("charges", charge.id, due_on=min(charge.due_on, due_on).isoformat())
    if rate is None or rate.setup == charge.amount:
        return []
    if rate.setup is None:
        return [_remove(db, Charged(charge, after.starts_on, None))]
    db.update("charges", charge.id, amount_minor=rate.setup.minor, currency=rate.setup.currency, rate_id=rate.id)
    return [f"{charge.number}: {charge.what}, {charges.shown(rate.setup)} (was {charges.shown(charge.amount)})"]


def _settled(charge: Charge) -> bool:
    """Say whether money or credit has gone to a charge."""
    return bool(charge.paid or charge.credit or charge.refunded)


def _check_unpaid(period: Charged) -> None:
    if _settled(period.charge):
        raise RefusedError(
            f"{period.charge.number} for {period.starts_on}..{period.ends_on or ''} is {period.charge.status}, and that"
            " period would be gone: give its money back with `clientctl payment refund`, or void the payment, first"
        )


def _wanted(period: Period, price: Money) -> _Wanted:
    return _Wanted("prorata" if period.used else "recurring", period, period.ends_on, price)


def _rewritten(found: Charged, wanted: _Wanted) -> bool:
    charge = found.charge
    return not charge.waived and (charge.amount, charge.kind, found.ends_on) != (
        wanted.amount,
        wanted.kind,
        wanted.ends_on,
    )


def _rewrite(db: Writer, charge: Charge, wanted: _Wanted, rate_id: int | None = None) -> str:
    """Make another charge of one of which nothing is paid."""
    values = _values(wanted)
    if rate_id:
        values["rate_id"] = rate_id
    db.update("charges", charge.id, **values)
    return f"{_told(db, charge.id)} (was {charges.shown(charge.amount)})"


def _make(db: Writer, like: Charge | dict[str, int | None], wanted: _Wanted) -> str:
    """Make a charge that was missing."""
    if isinstance(like, Charge):
        rate = db.value("SELECT rate_id FROM charges WHERE id = ?", (like.id,))
        like = {"client_id": like.client_id, "membership_id": like.membership_id, "rate_id": rate}
    charge_id = db.insert("charges", **like, made_on=db.today.isoformat(), **_values(wanted))
    return _told(db, charge_id)


def _like(membership: Membership, after: Membership) -> dict[str, int | None]:
    return {"client_id": membership.client_id, "membership_id": membership.id, "rate_id": after.rate_id}


def _values(wanted: _Wanted) -> dict[str, Cell]:
    """Give the columns of a charge as it should be."""
    period = wanted.period
    return {
        "kind": wanted.kind,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": _iso(wanted.ends_on),
        "due_on": period.starts_on.isoformat(),
        "amount_minor": wanted.amount.minor,
        "currency": wanted.price.currency,
        "whole_minor": wanted.price.minor,
        "days_used": period.used,
        "days_whole": period.whole,
    }


def _told(db: Reader, charge_id: int) -> str:
    charge = charges.get(db, charge_id)
    working = charges.working(charge.whole, charge.used, charge.of) if charge.whole else None
    return f"{charge.number}: {charge.what}, {working or charges.shown(charge.amount)}, due {charge.due_on}"


def _remove(db: Writer, period: Charged) -> str:
    """Take a charge away of which nothing is paid; one that was tried to be paid stays, waived and for no period."""
    charge = period.charge
    _check_unpaid(period)
    said = f"{charge.number}: {charge.what}, {charges.shown(charge.amount)}, due {charge.due_on}, is gone"
    if db.value("SELECT 1 FROM allocations WHERE charge_id = ?", (charge.id,)):
        if charge.left.minor:
            charges.waive(db, charge, "corrected")
        db.update("charges", charge.id, starts_on=None, ends_on=None)
    else:
        db.delete("charges", charge.id)
    return said


# -- storing ------------------------------------------------------------------------------------


def _store(db: Writer, membership: Membership, after: Membership, rate: Rate | None, following: date | None) -> None:
    terms: dict[str, Cell] = {}
    if rate:
        terms = memberships.terms(rate, rate.price)
        terms |= {"collection": membership.collection, "pause_rule": after.pause_rule}
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
