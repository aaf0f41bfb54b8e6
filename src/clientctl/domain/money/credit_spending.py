"""Use the credit of clients: money for charges in its own currency, or sessions; the first to expire comes first."""

from collections.abc import Sequence

from clientctl.base import text
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients.record import Client
from clientctl.domain.money import charges, credits
from clientctl.domain.money.charges import Charge
from clientctl.domain.money.credits import Credit
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Writer


def use(db: Writer, charge: Charge, amount: Money | None = None) -> list[tuple[Credit, int]]:
    """Pay a charge, or part of it, by its client's credit; return each credit used and its minor units.

    Without an amount, use as much as the charge and the credit allow. Raise RefusedError when either has less left.
    """
    currency = charge.amount.currency
    if amount and amount.currency != currency:
        raise UsageError(
            say(
                "{number} is in {currency}: credit in {amount_currency} can't pay it",
                number=charge.number,
                currency=currency,
                amount_currency=amount.currency,
            )
        )
    found = credits.usable(db, charge.client_id, currency)
    available = Money(sum(each.left for each in found), currency)
    if not charge.left.minor:
        raise RefusedError(
            say("{number} is {status}: there is nothing left to pay", number=charge.number, status=charge.status)
        )
    if not found:
        raise RefusedError(
            say(
                "{client} has no credits in {currency}: `clientctl credit list` lists them",
                client=charge.client,
                currency=currency,
            )
        )
    to_use = amount.minor if amount else min(charge.left.minor, available.minor)
    if to_use <= 0:
        raise UsageError(say("the amount can't be 0: give a larger --amount"))
    if to_use > charge.left.minor:
        raise RefusedError(
            say(
                "{left} is left of {number}: use that or less",
                left=charges.format_money(charge.left),
                number=charge.number,
            )
        )
    used = _use(db, found, to_use)
    for credit, part in used:
        charges.allocate(db, charge.id, part, credit_id=credit.id)
    db.note_number(charge.number)
    return used


def use_sessions(db: Writer, client: Client, sessions: int, reason: str | None = None) -> list[tuple[Credit, int]]:
    """Use sessions of a client's credit; return each credit used and its sessions. Raise RefusedError for too many."""
    if sessions <= 0:
        raise UsageError(say("the number of sessions can't be 0: give --sessions 1 or more"))
    stored_reason = text.clean_optional_line(reason)
    found = credits.usable(db, client.id, None)
    if not found:
        raise RefusedError(
            say("{name} has no sessions of credit: `clientctl credit list` lists them", name=client.name)
        )
    used = _use(db, found, sessions)
    for credit, part in used:
        db.insert(
            "credit_uses",
            client_id=client.id,
            credit_id=credit.id,
            sessions=part,
            used_on=db.today.isoformat(),
            reason=stored_reason,
        )
        db.note_number(str(credit.id))
    return used


def give_back(db: Writer, charge: Charge) -> list[tuple[Credit, int]]:
    """Return to each credit what it paid of a charge, which is then open again; return the credits and minor units."""
    rows = db.rows(
        """SELECT credit_id, sum(amount_minor) FROM allocations WHERE charge_id = ? AND credit_id IS NOT NULL
           GROUP BY credit_id HAVING sum(amount_minor) > 0 ORDER BY credit_id""",
        (charge.id,),
    )
    if not rows:
        raise RefusedError(say("no credit pays {number}: there is nothing to take back", number=charge.number))
    returned = []
    for credit_id, part in rows:
        credit = credits.find(db, str(credit_id))
        db.update("credits", credit.id, used=credit.used - part)
        charges.allocate(db, charge.id, -part, credit_id=credit.id)
        returned.append((credit, part))
    db.note_number(charge.number)
    return returned


def _use(db: Writer, found: Sequence[Credit], quantity: int) -> list[tuple[Credit, int]]:
    """Use a quantity of credits in their order. Raise RefusedError when they have less left."""
    available = sum(each.left for each in found)
    if quantity > available:
        raise RefusedError(
            say(
                "{client} has {available} of credit: use that or less",
                client=found[0].client,
                available=found[0].shown(available),
            )
        )
    used = []
    for credit in found:
        part = min(credit.left, quantity)
        if part:
            db.update("credits", credit.id, used=credit.used + part)
            used.append((credit, part))
            quantity -= part
    return used
