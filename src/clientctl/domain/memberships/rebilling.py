"""Correct the charges of a membership after it was corrected, as if it had been entered so from the start.

Unpaid charges are removed, corrected or added. Paid charges stay as they are.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from clientctl.base import money
from clientctl.base.calendar import ONE_DAY, to_iso
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships.periods import ChargedPeriod
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Period, Schedule
from clientctl.domain.money import charges
from clientctl.domain.money.charges import Charge
from clientctl.domain.offers.rates import Rate
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer

PAUSED = "paused"
"""The reason stored with charges waived for bill days in a pause, by the rule ``keep``."""


class ExpectedCharge(NamedTuple):
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


def expected_charges(
    after: Membership, schedule: Schedule | None, through: date, last: date | None
) -> list[ExpectedCharge]:
    """List the charges that should exist for bill days up to ``through``, when billing stops after ``last``."""
    if schedule is None:
        first = after.first_paid_on
        return (
            [ExpectedCharge("once", Period(first, first), after.term_ends_on, after.price)] if after.price.minor else []
        )
    found = []
    for period in schedule.periods(after.billed_since, last):
        if period.starts_on > through:
            break
        wanted = expected_charge(period, after.price)
        if wanted.amount.minor:
            found.append(wanted)
    return found


def correct_charges(
    db: Writer, membership: Membership, after: Membership, schedule: Schedule | None, expected: Sequence[ExpectedCharge]
) -> list[str]:
    """Correct the charges to those that should exist; return a sentence for each change. Raise RefusedError."""
    charged = {period.starts_on: period for period in membership_periods.charged_periods(db, membership)}
    to_charge = [part for each in expected for part in _split_paid(each, charged, schedule)]
    missing = [each for each in to_charge if each.period.starts_on not in charged]
    days = {each.period.starts_on for each in to_charge}
    superfluous = [period for first, period in charged.items() if first not in days]
    sentences = []
    for period in superfluous:
        check_unpaid(period)
    dropped = charges_waived_by_pause(db, membership)
    for each in to_charge:
        found = charged.get(each.period.starts_on)
        if found and found.charge.id in dropped:
            sentences.append(reopen(db, found.charge))
            found = found._replace(charge=charges.get(db, found.charge.id))
        if found:
            db.update("charges", found.charge.id, rate_id=after.rate_id)
        if found and not is_settled(found.charge):
            if _differs(found, each):
                sentences.append(rewrite(db, found.charge, each, after.rate_id))
        elif found and found.charge.amount != each.amount:
            charge = found.charge
            sentences.append(
                say(
                    "{number}: {amount} is {status} and stays as it is",
                    number=charge.number,
                    amount=charges.format_money(charge.amount),
                    status=charge.status,
                )
            )
    reused = [period for period in superfluous if not period.charge.waived][: len(missing)]
    sentences += [
        rewrite(db, period.charge, each, after.rate_id) for period, each in zip(reused, missing, strict=False)
    ]
    sentences += [remove(db, period) for period in superfluous if period not in reused]
    sentences += [make(db, common_columns(after), each) for each in missing[len(reused) :]]
    return sentences


def _split_paid(
    expected: ExpectedCharge, charged: dict[date, ChargedPeriod], schedule: Schedule | None
) -> Iterator[ExpectedCharge]:
    """Split an expected charge whose first days are paid: yield it, and further charges for the days after them."""
    yield expected
    found = charged.get(expected.period.starts_on)
    while schedule and found and found.ends_on and found.ends_on < expected.period.ends_on and is_settled(found.charge):
        rest = schedule.rest_of(found.ends_on + ONE_DAY, expected.period.ends_on)
        if rest is None:
            return
        expected = expected_charge(rest, expected.price)
        if expected.amount.minor:
            yield expected
        found = charged.get(rest.starts_on)


def move_charges(
    db: Writer, membership: Membership, after: Membership, expected: Sequence[ExpectedCharge]
) -> list[str]:
    """Move the charges, in their order, to other days; describe each. Paid and waived ones keep their amounts."""
    charged = membership_periods.charged_periods(db, membership)
    for period in charged[len(expected) :]:
        remove(db, period)
    pairs = list(zip(charged, expected, strict=False))
    later = bool(pairs) and pairs[0][1].period.starts_on > pairs[0][0].starts_on
    for period, each in reversed(pairs) if later else pairs:  # so that no two begin on the same day
        values = _values(each)
        if is_settled(period.charge) or period.charge.waived:
            values = {name: values[name] for name in ("starts_on", "ends_on", "due_on")}
        db.update("charges", period.charge.id, **values)
    sentences = [
        say("{number} due {starts_on}", number=period.charge.number, starts_on=each.period.starts_on)
        for period, each in pairs
    ]
    return [*sentences, *(make(db, common_columns(after), each) for each in expected[len(charged) :])]


def correct_setup_fee(db: Writer, membership: Membership, after: Membership, former: Rate, rate: Rate) -> list[str]:
    """Correct the setup fee to the corrected start and rate, unless something of it is paid; describe the change.

    A membership without one though its rate has one was sold so. Renewals and imported memberships have none.
    """
    due_on = min(after.created_on, after.starts_on)
    charge_id = db.value("SELECT id FROM charges WHERE membership_id = ? AND kind = 'setup'", (membership.id,))
    if charge_id is None:
        if former.setup or rate.setup is None or after.renewed_from or after.billed_from_on or after.order_id is None:
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
        return [charges.describe(charges.get(db, made))]
    charge = charges.get(db, charge_id)
    if is_settled(charge) or charge.waived:
        db.update("charges", charge.id, starts_on=after.starts_on.isoformat())
        return []
    if rate.setup is None and rate.id != former.id:
        return [remove(db, ChargedPeriod(charge, after.starts_on, None))]
    db.update("charges", charge.id, starts_on=after.starts_on.isoformat(), due_on=due_on.isoformat())
    if rate.id == former.id or rate.setup is None or rate.setup == charge.amount:
        return []
    db.update("charges", charge.id, amount_minor=rate.setup.minor, currency=rate.setup.currency, rate_id=rate.id)
    return [
        say(
            "{describe} (was {amount})",
            describe=charges.describe(charges.get(db, charge.id)),
            amount=charges.format_money(charge.amount),
        )
    ]


def extend_last_charge(db: Writer, membership: Membership, former: date | None, last: date | None) -> list[str]:
    """Extend the charge that was billed only up to an earlier last day to a later one; describe the change."""
    schedule = membership_periods.schedule_of(db, membership)
    if schedule is None or former is None or (last and last <= former):
        return []
    span = schedule.period_of(former)
    billed = [
        each
        for each in membership_periods.charged_periods(db, membership)
        # Paid days stay charged after a corrected end, so the last charge may end after that day.
        if span and each.starts_on <= span[1] and each.ends_on and each.ends_on >= former and not each.charge.waived
    ]
    return correct_last_day(db, max(billed, key=lambda each: each.starts_on), schedule, last) if billed else []


def correct_last_day(db: Writer, period: ChargedPeriod, schedule: Schedule, until: date | None) -> list[str]:
    """Correct the last day of a charge; if it is paid, charge further days separately. Describe the change."""
    charge = period.charge
    span = schedule.period_of(period.starts_on)
    rest = schedule.rest_of(period.starts_on, until)
    if span is None or rest is None or rest.ends_on == period.ends_on or charge.whole is None:
        return []
    if charge.waived:
        return []
    if not is_settled(charge):
        return [rewrite(db, charge, expected_charge(rest, charge.whole))]
    if period.ends_on is None or rest.ends_on < period.ends_on:
        return [
            say(
                "{number}: {amount} is {status} and stays as it is",
                number=charge.number,
                amount=charges.format_money(charge.amount),
                status=charge.status,
            )
        ]
    more = schedule.rest_of(period.ends_on + ONE_DAY, until)
    return [make(db, charge, expected_charge(more, charge.whole))] if more else []


def charges_waived_by_pause(db: Reader, membership: Membership) -> set[int]:
    """Return the ids of the charges that a pause waived or credited."""
    sql = "SELECT id FROM charges WHERE membership_id = ? AND waive_reason = ?"
    return {charge_id for (charge_id,) in db.rows(sql, (membership.id, PAUSED))}


def reopen(db: Writer, charge: Charge) -> str:
    """Reopen a waived charge; describe it."""
    db.update("charges", charge.id, waived_minor=0, waive_reason=None)
    charge = charges.get(db, charge.id)
    return say(
        "{number}: {left} is due again on {due_on}",
        number=charge.number,
        left=charges.format_money(charge.left),
        due_on=charge.due_on,
    )


def is_settled(charge: Charge) -> bool:
    """Return whether money or credit was allocated to a charge."""
    return bool(charge.paid or charge.credit or charge.refunded)


def check_unpaid(period: ChargedPeriod) -> None:
    """Raise RefusedError for a paid period, which a correction would remove."""
    if is_settled(period.charge):
        raise RefusedError(
            say(
                "{number} for {starts_on}..{ends_on} is {status}, and that period would be removed: refund it "
                "first, `clientctl charge show {number}` shows what paid it",
                number=period.charge.number,
                starts_on=period.starts_on,
                ends_on=period.ends_on or "",
                status=period.charge.status,
            )
        )


def expected_charge(period: Period, price: Money) -> ExpectedCharge:
    """Return the expected charge of a period, by the price of a whole one."""
    return ExpectedCharge("prorata" if period.used else "recurring", period, period.ends_on, price)


def _differs(found: ChargedPeriod, expected: ExpectedCharge) -> bool:
    charge = found.charge
    return not charge.waived and (charge.amount, charge.kind, found.ends_on) != (
        expected.amount,
        expected.kind,
        expected.ends_on,
    )


def rewrite(db: Writer, charge: Charge, expected: ExpectedCharge, rate_id: int | None = None) -> str:
    """Correct an unpaid charge; describe it, with its former amount or day."""
    values = _values(expected)
    if rate_id:
        values["rate_id"] = rate_id
    db.update("charges", charge.id, **values)
    sentence = charges.describe(charges.get(db, charge.id))
    if charge.amount != expected.amount:
        return say("{sentence} (was {amount})", sentence=sentence, amount=charges.format_money(charge.amount))
    return (
        sentence
        if charge.due_on == expected.period.starts_on
        else say("{sentence} (was {due_on})", sentence=sentence, due_on=charge.due_on)
    )


def make(db: Writer, links: Charge | dict[str, int | None], expected: ExpectedCharge) -> str:
    """Add a missing charge; describe it."""
    if isinstance(links, Charge):
        rate = db.value("SELECT rate_id FROM charges WHERE id = ?", (links.id,))
        links = {"client_id": links.client_id, "membership_id": links.membership_id, "rate_id": rate}
    charge_id = db.insert("charges", **links, made_on=db.today.isoformat(), **_values(expected))
    return charges.describe(charges.get(db, charge_id))


def common_columns(membership: Membership) -> dict[str, int | None]:
    """Return the columns that all charges of a membership have in common."""
    return {"client_id": membership.client_id, "membership_id": membership.id, "rate_id": membership.rate_id}


def _values(expected: ExpectedCharge) -> dict[str, Cell]:
    """Return the columns of an expected charge."""
    period = expected.period
    return {
        "kind": expected.kind,
        "starts_on": period.starts_on.isoformat(),
        "ends_on": to_iso(expected.ends_on),
        "due_on": period.starts_on.isoformat(),
        "amount_minor": expected.amount.minor,
        "currency": expected.price.currency,
        "whole_minor": expected.price.minor,
        "days_used": period.used,
        "days_whole": period.whole,
    }


def remove(db: Writer, period: ChargedPeriod) -> str:
    """Remove an unpaid charge; one with a payment attempt is kept, waived and without a period. Describe it."""
    charge = period.charge
    check_unpaid(period)
    sentence = say(
        "{number}: {what}, {amount}, due {due_on}, is removed",
        number=charge.number,
        what=charge.what,
        amount=charges.format_money(charge.amount),
        due_on=charge.due_on,
    )
    if db.value("SELECT 1 FROM allocations WHERE charge_id = ?", (charge.id,)):
        if charge.left.minor:
            charges.waive(db, charge, clients.unless_erased(db, charge.client_id, "corrected"))
        db.update("charges", charge.id, starts_on=None, ends_on=None)
    else:
        db.delete("charges", charge.id)
    return sentence
