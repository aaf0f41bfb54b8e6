"""Find what a payment is for: memberships, charges, orders by number, or a client. What fell due is billed first."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clientctl.base import text
from clientctl.domain import billing, charges, lists, memberships
from clientctl.domain.charges import Charge
from clientctl.domain.clients import Client
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Writer


class Owed(NamedTuple):
    """Whose charges are to be paid, and which, the oldest due first; ``billed`` of them were made for it.

    ``currencies`` are those of what is named: of what is open of it, else its own.
    """

    client_id: int
    charges: list[Charge]
    billed: int
    currencies: set[str]


def owed(db: Writer, numbers: Sequence[str], client: Client | None, *, ahead: bool) -> Owed:
    """Find what is due of memberships, orders and charges by number, or of a client if none is named.

    A charge or an order named is paid whenever it falls due; of memberships and clients it is what is due by today,
    or with ``ahead`` all that is open. Raise UsageError when it is not all one client's.
    """
    found: dict[int, Charge] = {}
    whose: set[int] = {client.id} if client else set()
    about: set[str] = set()
    billed = 0
    due_by = None if ahead else db.today
    for number in numbers:
        letter = number.strip().upper()[:2]
        if letter == "M-":
            membership = memberships.find(db, number)
            whose.add(membership.client_id)
            own = {membership.price.currency}
            billed += billing.bill(db, db.today, [membership.id]).charges
            more = charges.open_of(db, membership_id=membership.id, due_by=due_by)
        elif letter == "O-":
            order_id, client_id = _order(db, number)
            whose.add(client_id)
            own = _currencies_of(db, order_id)
            more = charges.open_of(db, order_id=order_id)
        elif letter == "C-":
            more, own = [_open(charges.find(db, number))], set()
            whose.add(more[0].client_id)
        else:
            raise UsageError(f"{text.quoted(number)} says not what it is: give M-42, C-7 or O-3, or --client")
        found |= {each.id: each for each in more}
        about |= _currencies(more) or own
    if len(whose) > 1:
        raise UsageError("a payment is of one client, and these are of several: record one for each")
    if not whose:
        raise UsageError("what is paid? give M-42, C-7 or O-3, or --client")
    (client_id,) = whose
    if not numbers:
        ids = [each for (each,) in db.rows("SELECT id FROM memberships WHERE client_id = ?", (client_id,))]
        billed = billing.bill(db, db.today, ids).charges
        found = {each.id: each for each in charges.open_of(db, client_id=client_id, due_by=due_by)}
        about = _currencies(found.values())
    return Owed(client_id, sorted(found.values(), key=lambda each: (each.due_on, each.id)), billed, about)


def attempted(db: Writer, number: str) -> Charge:
    """Find the charge that a payment was tried for: the one named, or the oldest due of a membership.

    Raise RefusedError when nothing of it is left, or due.
    """
    if number.strip().upper().startswith("C-"):
        return _open(charges.find(db, number))
    membership = memberships.find(db, number)
    billing.bill(db, db.today, [membership.id])
    due = charges.open_of(db, membership_id=membership.id, due_by=db.today)
    if not due:
        raise RefusedError(f"nothing of {membership.number} is due: there was nothing to fail")
    return due[0]


def _open(charge: Charge) -> Charge:
    if not charge.left.minor:
        raise RefusedError(f"{charge.number} is {charge.status}: there is nothing left to pay")
    return charge


def _order(db: Writer, number: str) -> tuple[int, int]:
    """Find an order; give its id and its client's. Raise NotFoundError."""
    row = db.row("SELECT id, client_id FROM orders WHERE id = ?", (lists.number_id(number, "O", "order"),))
    if row is None:
        raise NotFoundError(f"no order {number}: `clientctl order list` shows those there are")
    return row[0], row[1]


def _currencies(owed: Iterable[Charge]) -> set[str]:
    return {each.amount.currency for each in owed}


def _currencies_of(db: Writer, order_id: int) -> set[str]:
    rows = db.rows("SELECT DISTINCT currency FROM charges WHERE order_id = ?", (order_id,))
    return {currency for (currency,) in rows}
