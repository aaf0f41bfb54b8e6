"""Correct payments by entries of their own: a failure, a dispute, a void, a refund.

A failure, a dispute or a void reverses all that is left of a payment; the charges it paid are open again.
A refund returns all or part of a payment; the charges it paid are refunded. The credit of an overpaid amount
is reduced with its payment.

For every payment, to the minor unit: received = allocated to charges + overpaid credit not revoked + taken back
by corrections.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.money import credits, payments
from clientctl.domain.money.charges import Charge, allocate, format_money
from clientctl.domain.money.credits import Credit
from clientctl.domain.money.payments import Payment
from clientctl.domain.practice.payment_types import PaymentType
from clientctl.errors import MissingParameterError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Reversal = Literal["failed", "disputed", "voided"]


class CorrectionDetails(NamedTuple):
    """The day, the reason and perhaps the payment type of a correction."""

    on: date
    reason: str | None = None
    type: PaymentType | None = None


def record_failed_attempt(db: Writer, charge: Charge, entry: CorrectionDetails) -> Payment:
    """Record a failed attempt to pay what is left of a charge. Raise RefusedError when nothing is left."""
    if not charge.left.minor:
        raise RefusedError(
            say("{number} is {status}, so no payment of it can have failed", number=charge.number, status=charge.status)
        )
    if entry.type is None:
        raise MissingParameterError(say("how was {number} to be paid? give --type", number=charge.number), "--type")
    number = payments.enter(db, charge.client_id, "failed", charge.left, entry.type, entry.on, reason=entry.reason)
    # The two allocations sum to zero, and link the attempt to its charge.
    allocate(db, charge.id, charge.left.minor, payment_id=number)
    allocate(db, charge.id, -charge.left.minor, payment_id=number)
    db.note_number(f"P-{number}")
    return payments.find(db, str(number))


def reverse(db: Writer, payment: Payment, kind: Reversal, entry: CorrectionDetails) -> Payment:
    """Record that a payment failed, is disputed or is void: the charges it paid are open again.

    Return the entry. Raise RefusedError when nothing is left of it, or when its overpaid amount has been used.
    """
    left = _check_correctable(db, payment)
    credit = credits.of_payment(db, payment.id)
    if credit and credit.used:
        used = credits.charges_paid(db, credit)
        commands = [
            say(
                "`clientctl credit use id:{client_id} --charge {charge} --back`",
                client_id=payment.client_id,
                charge=charge,
            )
            for charge in used
        ]
        raise RefusedError(
            say(
                "the overpaid amount of {number} has paid {used}: {commands} first",
                number=payment.number,
                used=", ".join(used),
                commands=", ".join(commands),
            )
        )
    number = payments.enter(
        db,
        payment.client_id,
        kind,
        left,
        entry.type or payment.type,
        entry.on,
        reason=entry.reason,
        corrects=payment.id,
    )
    for charge_id, part in _allocated_to(db, payment):
        allocate(db, charge_id, -part, payment_id=number)
    if credit and credit.left:
        credits.reduce(db, credit, credit.left)
    db.note_number(f"P-{number}")
    return payments.find(db, str(number))


def refund(
    db: Writer,
    payment: Payment,
    entry: CorrectionDetails,
    amount: Money | None = None,
    charge_ids: Sequence[int] | None = None,
) -> Payment:
    """Refund all or part of a payment: the overpaid amount first, then the charges it paid, the last one first.

    ``charge_ids`` limits the refund to some of its charges. Return the entry. Raise RefusedError when less can be
    refunded.
    """
    _check_correctable(db, payment)
    currency = payment.amount.currency
    credit = credits.of_payment(db, payment.id) if charge_ids is None else None
    allocated = [each for each in _allocated_to(db, payment) if charge_ids is None or each[0] in charge_ids]
    available = Money(sum(part for _, part in allocated) + (credit.left if credit else 0), currency)
    refunded = amount or available
    if refunded.currency != currency:
        raise UsageError(
            say("{number} is in {currency}: give the amount in that currency", number=payment.number, currency=currency)
        )
    if not available.minor:
        if not charge_ids:
            raise RefusedError(
                say(
                    "nothing is left of {number}: `clientctl payment show {number}` shows what it paid",
                    number=payment.number,
                )
            )
        raise RefusedError(
            say(
                "nothing is left of {number} for {charges}: `clientctl payment show {number}` shows what it paid",
                number=payment.number,
                charges=say(" or ").join(f"C-{each}" for each in charge_ids),
            )
        )
    if not refunded.minor or refunded.minor > available.minor:
        raise RefusedError(
            say(
                "{available} of {number} can be refunded: give that amount or less",
                available=format_money(available),
                number=payment.number,
            )
        )
    number = payments.enter(
        db,
        payment.client_id,
        "refunded",
        refunded,
        entry.type or payment.type,
        entry.on,
        reason=entry.reason,
        corrects=payment.id,
    )
    left = refunded.minor
    if credit and credit.left:
        left -= credits.reduce(db, credit, min(left, credit.left))
    for charge_id, part in reversed(allocated):
        if left:
            allocate(db, charge_id, -min(left, part), payment_id=number)
            left -= min(left, part)
    db.note_number(f"P-{number}")
    return payments.find(db, str(number))


def pay_out(db: Writer, credit: Credit, entry: CorrectionDetails, amount: Money | None = None) -> Payment:
    """Pay out what is left of a refundable credit, or part of it; return the entry. Raise RefusedError."""
    if not credit.left:
        raise RefusedError(say("nothing is left of credit {id}: there is nothing to refund", id=credit.id))
    if credit.currency is None or not credit.refundable:
        raise RefusedError(say("credit {id} is not refundable: `clientctl credit revoke {id}` ends it", id=credit.id))
    refunded = amount or Money(credit.left, credit.currency)
    if refunded.currency != credit.currency:
        raise UsageError(
            say(
                "credit {id} is in {currency}: give the amount in that currency", id=credit.id, currency=credit.currency
            )
        )
    if not refunded.minor or refunded.minor > credit.left:
        raise RefusedError(
            say("credit {id} has {left} left: refund that or less", id=credit.id, left=credit.shown(credit.left))
        )
    overpaid = payments.find(db, str(credit.payment_id)) if credit.payment_id else None
    payment_type = entry.type or (overpaid.type if overpaid else None)
    if payment_type is None:
        raise MissingParameterError(say("how is the money refunded? give --type"), "--type")
    number = payments.enter(
        db,
        credit.client_id,
        "refunded",
        refunded,
        payment_type,
        entry.on,
        reason=entry.reason,
        corrects=credit.payment_id,
        credit_id=credit.id,
    )
    credits.reduce(db, credit, refunded.minor)
    db.note_number(f"P-{number}")
    return payments.find(db, str(number))


def _check_correctable(db: Reader, payment: Payment) -> Money:
    """Return what is left of a payment. Raise RefusedError when it was corrected already, or is no money received."""
    if payment.kind != "received":
        of = say(" that corrects P-{corrects}", corrects=payment.corrects) if payment.corrects else ""
        shown = f"P-{payment.corrects}" if payment.corrects else payment.number
        raise RefusedError(
            say(
                "{number} is an entry{of}, not money received: `clientctl payment show {shown}` shows what "
                "became of it",
                number=payment.number,
                of=of,
                shown=shown,
            )
        )
    if payment.status not in {"received", "part-refunded"}:
        shows = say("`clientctl payment show {number}` shows how", number=payment.number)
        raise RefusedError(
            say("{number} is {status} already: {shows}", number=payment.number, status=payment.status, shows=shows)
        )
    refunded = db.value(f"SELECT {payments.REFUNDED} FROM payments y WHERE y.id = ?", (payment.id,))
    return payment.amount._replace(minor=payment.amount.minor - refunded)


def _allocated_to(db: Reader, payment: Payment) -> list[tuple[int, int]]:
    """List the charges that a payment still pays, with minor units, in the order in which they were paid."""
    return db.rows(
        """SELECT a.charge_id, sum(a.amount_minor) FROM payments y JOIN allocations a ON a.payment_id = y.id
           WHERE y.id = :payment OR y.corrects = :payment
           GROUP BY a.charge_id HAVING sum(a.amount_minor) > 0 ORDER BY min(a.id)""",
        {"payment": payment.id},
    )
