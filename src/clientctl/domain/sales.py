"""Say what is to be paid for what was bought, and take the money if it is there."""

from clientctl.domain import charges, payment_types, payments
from clientctl.domain.charges import Charge
from clientctl.errors import RefusedError
from clientctl.store import Writer


def settle(db: Writer, order_id: int, paid: str | None) -> list[str]:
    """Say each charge of an order, with its working; with the name of a payment type, record that all were paid.

    Raise UsageError, NotFoundError for a type that is not there, RefusedError when nothing is to be paid.
    """
    due = charges.open_of(db, order_id=order_id)
    lines = [_line(each) for each in due] or ["Nothing is to be paid now"]
    if paid is None:
        return lines
    kind = payment_types.find(db, paid)
    if not due:
        raise RefusedError("nothing is to be paid for it: leave --paid out")
    bought = list(db.touched)
    received = payments.record(db, due[0].client_id, None, kind, db.today, charges=due)
    db.touched[:] = bought  # the record that is shown is what was bought
    return [*lines, f"Paid by {kind.name}: {received.number}, {charges.shown(received.amount)}"]


def _line(charge: Charge) -> str:
    working = charges.working(charge.whole, charge.used, charge.of) if charge.whole else None
    return f"{charge.number}: {charge.what}, {working or charges.shown(charge.amount)}, due {charge.due_on}"
