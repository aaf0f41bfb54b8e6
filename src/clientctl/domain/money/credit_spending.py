"""Use the credit of clients: money for charges in its own currency, or sessions; the first to expire comes first."""

from collections.abc import Sequence

from clientctl.base import text
from clientctl.base.money import Money
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
        raise UsageError(f"{charge.number} is in {currency}: credit in {amount.currency} can't pay it")
    found = credits.usable(db, charge.client_id, currency)
    there = Money(sum(each.left for each in found), currency)
    if not charge.left.minor:
        raise RefusedError(f"{charge.number} is {charge.status}: there is nothing left to pay")
    if not found:
        raise RefusedError(f"{charge.client} has no credit in {currency}: `clientctl credit list` shows what there is")
    wanted = amount.minor if amount else min(charge.left.minor, there.minor)
    if wanted <= 0:
        raise UsageError("an amount of nothing changes nothing: give --amount more than 0")
    if wanted > charge.left.minor:
        raise RefusedError(f"{charges.shown(charge.left)} is left of {charge.number}: use that or less")
    taken = _take(db, found, wanted)
    for credit, part in taken:
        charges.allocate(db, charge.id, part, credit_id=credit.id)
    db.note_number(charge.number)
    return taken


def use_sessions(db: Writer, client: Client, sessions: int, reason: str | None = None) -> list[tuple[Credit, int]]:
    """Use sessions of a client's credit; return each credit used and its sessions. Raise RefusedError for too many."""
    if sessions <= 0:
        raise UsageError("no sessions are none: give --sessions 1 or more")
    kept = (text.clean_line(reason) if reason else None) or None
    found = credits.usable(db, client.id, None)
    if not found:
        raise RefusedError(f"{client.name} has no sessions of credit: `clientctl credit list` shows what there is")
    taken = _take(db, found, sessions)
    for credit, part in taken:
        db.insert(
            "credit_uses",
            client_id=client.id,
            credit_id=credit.id,
            sessions=part,
            used_on=db.today.isoformat(),
            reason=kept,
        )
        db.note_number(str(credit.id))
    return taken


def give_back(db: Writer, charge: Charge) -> list[tuple[Credit, int]]:
    """Return to each credit what it paid of a charge, which is then open again; return the credits and minor units."""
    rows = db.rows(
        """SELECT credit_id, sum(amount_minor) FROM allocations WHERE charge_id = ? AND credit_id IS NOT NULL
           GROUP BY credit_id HAVING sum(amount_minor) > 0 ORDER BY credit_id""",
        (charge.id,),
    )
    if not rows:
        raise RefusedError(f"no credit pays {charge.number}: there is nothing to take back")
    given = []
    for credit_id, part in rows:
        credit = credits.find(db, str(credit_id))
        db.update("credits", credit.id, used=credit.used - part)
        charges.allocate(db, charge.id, -part, credit_id=credit.id)
        given.append((credit, part))
    db.note_number(charge.number)
    return given


def _take(db: Writer, found: Sequence[Credit], wanted: int) -> list[tuple[Credit, int]]:
    """Use a quantity of credits in their order. Raise RefusedError when they have less left."""
    there = sum(each.left for each in found)
    if wanted > there:
        raise RefusedError(f"{found[0].client} has {found[0].shown(there)} of credit: use that or less")
    taken = []
    for credit in found:
        part = min(credit.left, wanted)
        if part:
            db.update("credits", credit.id, used=credit.used + part)
            taken.append((credit, part))
            wanted -= part
    return taken
