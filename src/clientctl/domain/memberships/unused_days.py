"""Waive, credit or refund what was charged for unused days.

An open amount is waived. An amount paid by credit is returned to that credit. An amount paid by money is refunded,
or becomes refundable credit, like an overpaid amount of that payment.
"""

from datetime import date
from typing import Literal, NamedTuple

from clientctl.base import money
from clientctl.base.calendar import ONE_DAY, to_iso
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships.periods import ChargedPeriod
from clientctl.domain.memberships.schedule import Schedule
from clientctl.domain.money import charges, credits, payment_corrections, payments
from clientctl.domain.money.charges import Charge
from clientctl.domain.money.payment_corrections import CorrectionDetails
from clientctl.domain.money.payments import Payment
from clientctl.store import Reader, Writer


class Returned(NamedTuple):
    """The amounts of a charge that were returned, in minor units: waived, credited, refunded."""

    charge: Charge
    waived: int = 0
    credited: int = 0
    refunded: int = 0

    @property
    def description(self) -> str:
        """Describe them: ``C-7: 12.00 EUR waived, 20.00 EUR to credit``."""
        currency = self.charge.amount.currency
        waived, credited, refunded = (
            charges.format_money(Money(minor, currency)) if minor else ""
            for minor in (self.waived, self.credited, self.refunded)
        )
        parts = (
            say("{amount} waived", amount=waived) if waived else "",
            say("{amount} to credit", amount=credited) if credited else "",
            say("{amount} refunded", amount=refunded) if refunded else "",
        )
        return f"{self.charge.number}: {', '.join(filter(None, parts))}"


def share_from(period: ChargedPeriod, schedule: Schedule | None, since: date) -> tuple[Money, str]:
    """Compute the share of a charge for its days from a day on, less what was waived or refunded; with the calculation.

    Zero for a period that began before that day and has no last day.
    """
    charge = period.charge
    agreed = charge.amount._replace(minor=charge.amount.minor - charge.waived - charge.refunded)
    if since <= period.starts_on:
        return agreed, ""
    if period.ends_on is None or since > period.ends_on:
        return Money(0, agreed.currency), ""
    whole, left = (_days(schedule, first, period.ends_on) for first in (period.starts_on, since))
    return money.prorata(agreed, left, whole), charges.working(agreed, left, whole) or ""


def in_parentheses(working: str) -> str:
    """Format the calculation of a share for the end of a sentence; nothing for a whole charge."""
    return f" ({working})" if working else ""


def give_back(
    db: Writer, charge: Charge, amount: Money, reason: str, *, as_money: Literal["credit", "refund"]
) -> Returned:
    """Return part of the price of a charge to the client: waived, as credit, or refunded."""
    stored_reason = clients.unless_erased(db, charge.client_id, reason)
    waived = min(amount.minor, charge.left.minor)
    _waive(db, charge, waived, stored_reason)
    credited, refunded, rest = 0, 0, amount.minor - waived
    for credit_id, payment_id, allocated in _allocated(db, charge):
        part = min(rest, allocated)
        if not part:
            break
        if credit_id:
            credit = credits.find(db, str(credit_id))
            db.update("credits", credit.id, used=credit.used - part)
            charges.allocate(db, charge.id, -part, credit_id=credit.id)
            _waive(db, charge, part, stored_reason)
            credited += part
        elif as_money == "credit":
            charges.allocate(db, charge.id, -part, payment_id=payment_id)
            _waive(db, charge, part, stored_reason)
            _credit(db, payments.find(db, str(payment_id)), Money(part, amount.currency), stored_reason)
            credited += part
        else:
            entry = CorrectionDetails(db.today, stored_reason)
            payment = payments.find(db, str(payment_id))
            payment_corrections.refund(db, payment, entry, Money(part, amount.currency), [charge.id])
            refunded += part
        rest -= part
    return Returned(charge, waived, credited, refunded)


def shorten(db: Writer, period: ChargedPeriod, since: date) -> None:
    """Shorten the period of a charge to the days before a day; without such days it has no period."""
    first = period.starts_on if period.starts_on < since else None
    db.update(
        "charges",
        period.charge.id,
        starts_on=to_iso(first),
        ends_on=(since - ONE_DAY).isoformat() if first else None,
    )


def _days(schedule: Schedule | None, first: date, last: date) -> int:
    return schedule.days(first, last) if schedule else (last - first).days + 1


def _waive(db: Writer, charge: Charge, minor: int, reason: str | None) -> None:
    if minor:
        charges.waive(db, charges.get(db, charge.id), reason, Money(minor, charge.amount.currency))


def _allocated(db: Reader, charge: Charge) -> list[tuple[int | None, int | None, int]]:
    """List the credits and payments of a charge with minor units: credits first, then the newest payment first."""
    return db.rows(
        """SELECT a.credit_id, CASE y.kind WHEN 'received' THEN y.id ELSE y.corrects END AS payment, sum(a.amount_minor)
           FROM allocations a LEFT JOIN payments y ON y.id = a.payment_id
           WHERE a.charge_id = ? AND (a.credit_id IS NOT NULL OR y.kind = 'received' OR y.corrects IS NOT NULL)
           GROUP BY a.credit_id, payment HAVING sum(a.amount_minor) > 0
           ORDER BY a.credit_id IS NULL, payment DESC, a.credit_id DESC""",
        (charge.id,),
    )


def _credit(db: Writer, payment: Payment, amount: Money, reason: str | None) -> None:
    """Turn part of a payment into the credit of its overpaid amount: one credit for each payment."""
    credit = credits.of_payment(db, payment.id)
    if credit:
        db.update("credits", credit.id, quantity=credit.quantity + amount.minor)
        return
    credits.issue(db, payment.client_id, amount, reason, credits.CreditTerms(refundable=True), payment_id=payment.id)
