"""Correct the charges of a membership after it was corrected, as if it had been entered so from the start.

Unpaid charges are removed, corrected or added. Paid charges stay as they are.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from clientctl.base import money
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships.periods import Charged
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Period, Schedule
from clientctl.domain.money import charges
from clientctl.domain.money.charges import Charge
from clientctl.domain.offers.rates import Rate
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer

_DAY = timedelta(days=1)
PAUSED = "paused"
"""The reason stored with charges waived for bill days in a pause, by the rule ``keep``."""


class Wanted(NamedTuple):
    """A charge as it should be: its kind, its period, the price of a whole period."""

    kind: str
    period: Period
    ends_on: date | None
    price: Money

    @property
    def amount(self) -> Money:
        """Return the amount: the price, pro rata for a part of a period."""
        used, whole = self.period.used, self.period.whole
        return money.prorata(self.price, used, whole) if used and whole else self.price


def expected(after: Membership, schedule: Schedule | None, through: date, last: date | None) -> list[Wanted]:
    """List the charges that should exist for bill days up to ``through``, when billing stops after ``last``."""
    if schedule is None:
        first = after.first_paid_on
        return [Wanted("once", Period(first, first), after.term_ends_on, after.price)] if after.price.minor else []
    found = []
    for period in schedule.periods(after.billed_since, last):
        if period.starts_on > through:
            break
        wanted = wanted_for(period, after.price)
        if wanted.amount.minor:
            found.append(wanted)
    return found


def recharge(
    db: Writer, membership: Membership, after: Membership, schedule: Schedule | None, whole: Sequence[Wanted]
) -> list[str]:
    """Correct the charges to those that should exist; return a sentence for each change. Raise RefusedError."""
    there = {period.starts_on: period for period in membership_periods.charged(db, membership)}
    wanted = [part for each in whole for part in _parts(each, there, schedule)]
    missing = [each for each in wanted if each.period.starts_on not in there]
    days = {each.period.starts_on for each in wanted}
    stray = [period for first, period in there.items() if first not in days]
    said = []
    for period in stray:
        check_unpaid(period)
    dropped = paused(db, membership)
    for each in wanted:
        found = there.get(each.period.starts_on)
        if found and found.charge.id in dropped:
            said.append(reopen(db, found.charge))
            found = found._replace(charge=charges.get(db, found.charge.id))
        if found:
            db.update("charges", found.charge.id, rate_id=after.rate_id)
        if found and not settled(found.charge):
            if _rewritten(found, each):
                said.append(rewrite(db, found.charge, each, after.rate_id))
        elif found and found.charge.amount != each.amount:
            charge = found.charge
            said.append(f"{charge.number}: {charges.shown(charge.amount)} is {charge.status} and stays as it is")
    reused = [period for period in stray if not period.charge.waived][: len(missing)]
    said += [rewrite(db, period.charge, each, after.rate_id) for period, each in zip(reused, missing, strict=False)]
    said += [remove(db, period) for period in stray if period not in reused]
    said += [make(db, like(after), each) for each in missing[len(reused) :]]
    return said


def _parts(wanted: Wanted, there: dict[date, Charged], schedule: Schedule | None) -> Iterator[Wanted]:
    """Split an expected charge whose first days are paid: yield it, and further charges for the days after them."""
    yield wanted
    found = there.get(wanted.period.starts_on)
    while schedule and found and found.ends_on and found.ends_on < wanted.period.ends_on and settled(found.charge):
        rest = schedule.rest_of(found.ends_on + _DAY, wanted.period.ends_on)
        if rest is None:
            return
        wanted = wanted_for(rest, wanted.price)
        if wanted.amount.minor:
            yield wanted
        found = there.get(rest.starts_on)


def shift(db: Writer, membership: Membership, after: Membership, wanted: Sequence[Wanted]) -> list[str]:
    """Move the charges, in their order, to other days; describe each. Paid and waived ones keep their amounts."""
    there = membership_periods.charged(db, membership)
    for period in there[len(wanted) :]:
        remove(db, period)
    pairs = list(zip(there, wanted, strict=False))
    later = bool(pairs) and pairs[0][1].period.starts_on > pairs[0][0].starts_on
    for period, each in reversed(pairs) if later else pairs:  # so that no two begin on the same day
        values = _values(each)
        if settled(period.charge) or period.charge.waived:
            values = {name: values[name] for name in ("starts_on", "ends_on", "due_on")}
        db.update("charges", period.charge.id, **values)
    said = [f"{period.charge.number} due {each.period.starts_on}" for period, each in pairs]
    return [*said, *(make(db, like(after), each) for each in wanted[len(there) :])]


def setup(db: Writer, membership: Membership, after: Membership, was: Rate, rate: Rate) -> list[str]:
    """Correct the setup fee to the corrected start and rate, unless something of it is paid; describe the change.

    A membership without one though its rate has one was sold so. Renewals and imported memberships have none.
    """
    due_on = min(after.created_on, after.starts_on)
    charge_id = db.value("SELECT id FROM charges WHERE membership_id = ? AND kind = 'setup'", (membership.id,))
    if charge_id is None:
        if was.setup or rate.setup is None or after.renewed_from or after.billed_from_on or after.order_id is None:
            return []
        made = charges.make(
            db,
            client_id=after.client_id,
            membership_id=after.id,
            rate_id=rate.id,
            kind="setup",
            amount=rate.setup,
            due_on=due_on,
            starts_on=after.starts_on,
        )
        return [_told(db, made)]
    charge = charges.get(db, charge_id)
    if settled(charge) or charge.waived:
        db.update("charges", charge.id, starts_on=after.starts_on.isoformat())
        return []
    if rate.setup is None and rate.id != was.id:
        return [remove(db, Charged(charge, after.starts_on, None))]
    db.update("charges", charge.id, starts_on=after.starts_on.isoformat(), due_on=due_on.isoformat())
    if rate.id == was.id or rate.setup is None or rate.setup == charge.amount:
        return []
    db.update("charges", charge.id, amount_minor=rate.setup.minor, currency=rate.setup.currency, rate_id=rate.id)
    return [f"{_told(db, charge.id)} (was {charges.shown(charge.amount)})"]


def follow(db: Writer, membership: Membership, was: date | None, last: date | None) -> list[str]:
    """Extend the charge that was billed only up to an earlier last day to a later one; describe the change."""
    schedule = membership_periods.schedule_of(db, membership)
    if schedule is None or was is None or (last and last <= was):
        return []
    held = schedule.period_of(was)
    billed = [
        each
        for each in membership_periods.charged(db, membership)
        # Paid days stay charged after a corrected end, so the last charge may end after that day.
        if held and each.starts_on <= held[1] and each.ends_on and each.ends_on >= was and not each.charge.waived
    ]
    return correct(db, max(billed, key=lambda each: each.starts_on), schedule, last) if billed else []


def correct(db: Writer, period: Charged, schedule: Schedule, until: date | None) -> list[str]:
    """Correct the last day of a charge; if it is paid, charge further days separately. Describe the change."""
    charge = period.charge
    held = schedule.period_of(period.starts_on)
    rest = schedule.rest_of(period.starts_on, until)
    if held is None or rest is None or rest.ends_on == period.ends_on or charge.whole is None:
        return []
    if charge.waived:
        return []
    if not settled(charge):
        return [rewrite(db, charge, wanted_for(rest, charge.whole))]
    if period.ends_on is None or rest.ends_on < period.ends_on:
        return [f"{charge.number}: {charges.shown(charge.amount)} is {charge.status} and stays as it is"]
    more = schedule.rest_of(period.ends_on + _DAY, until)
    return [make(db, charge, wanted_for(more, charge.whole))] if more else []


def paused(db: Reader, membership: Membership) -> set[int]:
    """Return the ids of the charges that a pause waived or credited."""
    sql = "SELECT id FROM charges WHERE membership_id = ? AND waive_reason = ?"
    return {charge_id for (charge_id,) in db.rows(sql, (membership.id, PAUSED))}


def reopen(db: Writer, charge: Charge) -> str:
    """Reopen a waived charge; describe it."""
    db.update("charges", charge.id, waived_minor=0, waive_reason=None)
    charge = charges.get(db, charge.id)
    return f"{charge.number}: {charges.shown(charge.left)} is due again on {charge.due_on}"


def settled(charge: Charge) -> bool:
    """Return whether money or credit was allocated to a charge."""
    return bool(charge.paid or charge.credit or charge.refunded)


def check_unpaid(period: Charged) -> None:
    """Raise RefusedError for a paid period, which a correction would remove."""
    if settled(period.charge):
        raise RefusedError(
            f"{period.charge.number} for {period.starts_on}..{period.ends_on or ''} is {period.charge.status}, and that"
            " period would be gone: give its money back first,"
            f" `clientctl charge show {period.charge.number}` shows what paid it"
        )


def wanted_for(period: Period, price: Money) -> Wanted:
    """Return the expected charge of a period, by the price of a whole one."""
    return Wanted("prorata" if period.used else "recurring", period, period.ends_on, price)


def _rewritten(found: Charged, wanted: Wanted) -> bool:
    charge = found.charge
    return not charge.waived and (charge.amount, charge.kind, found.ends_on) != (
        wanted.amount,
        wanted.kind,
        wanted.ends_on,
    )


def rewrite(db: Writer, charge: Charge, wanted: Wanted, rate_id: int | None = None) -> str:
    """Correct an unpaid charge; describe it, with its former amount or day."""
    values = _values(wanted)
    if rate_id:
        values["rate_id"] = rate_id
    db.update("charges", charge.id, **values)
    said = _told(db, charge.id)
    if charge.amount != wanted.amount:
        return f"{said} (was {charges.shown(charge.amount)})"
    return said if charge.due_on == wanted.period.starts_on else f"{said} (was {charge.due_on})"


def make(db: Writer, whose: Charge | dict[str, int | None], wanted: Wanted) -> str:
    """Add a missing charge; describe it."""
    if isinstance(whose, Charge):
        rate = db.value("SELECT rate_id FROM charges WHERE id = ?", (whose.id,))
        whose = {"client_id": whose.client_id, "membership_id": whose.membership_id, "rate_id": rate}
    charge_id = db.insert("charges", **whose, made_on=db.today.isoformat(), **_values(wanted))
    return _told(db, charge_id)


def like(membership: Membership) -> dict[str, int | None]:
    """Return the columns that all charges of a membership have in common."""
    return {"client_id": membership.client_id, "membership_id": membership.id, "rate_id": membership.rate_id}


def _values(wanted: Wanted) -> dict[str, Cell]:
    """Return the columns of an expected charge."""
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


def remove(db: Writer, period: Charged) -> str:
    """Remove an unpaid charge; one with a payment attempt is kept, waived and without a period. Describe it."""
    charge = period.charge
    check_unpaid(period)
    said = f"{charge.number}: {charge.what}, {charges.shown(charge.amount)}, due {charge.due_on}, is gone"
    if db.value("SELECT 1 FROM allocations WHERE charge_id = ?", (charge.id,)):
        if charge.left.minor:
            charges.waive(db, charge, clients.unless_erased(db, charge.client_id, "corrected"))
        db.update("charges", charge.id, starts_on=None, ends_on=None)
    else:
        db.delete("charges", charge.id)
    return said


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
