"""Keep mandates: a client's permission to collect by direct debit, asked for, given, taken back."""

from datetime import date
from typing import Literal, NamedTuple

from clientctl.base import money, text
from clientctl.base.calendar import Interval
from clientctl.domain import clients, payment_methods, staff
from clientctl.domain.memberships import Membership
from clientctl.domain.payment_methods import PaymentMethod
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

State = Literal["requested", "active", "revoked"]

_FROM: dict[State, tuple[str, ...]] = {
    "requested": ("none", "revoked"),
    "active": ("requested",),
    "revoked": ("requested", "active"),
}
"""From which states a mandate comes into another."""

_FIRST = {
    "none": "`clientctl mandate request --method {}` asks for it first",
    "active": "`clientctl mandate revoke --method {}` takes it back first",
    "revoked": "`clientctl mandate request --method {}` asks for it again",
}
"""What can be done with a mandate that is in the way, by its state."""


class Letter(NamedTuple):
    """A message to a client, in plain text; ``address`` is None when the client has no e-mail."""

    name: str
    address: str | None
    subject: str
    text: str


def collecting(db: Reader, found: Membership | None, method: str | None) -> PaymentMethod:
    """Find the direct debit that a membership is collected by, or that is named itself.

    Raise NotFoundError when the membership has none, RefusedError for what is collected in another way.
    """
    if found is None:
        return _by_direct_debit(payment_methods.find(db, method or ""))
    _check_collected(found)
    known = _method_of(db, found)
    if known is None:
        raise NotFoundError(f"{found.number} has no mandate: `clientctl mandate request {found.number}` asks for one")
    return known


def request(db: Writer, membership: Membership) -> PaymentMethod:
    """Ask a membership's client for a mandate: its direct debit is made if there is none, and linked to it.

    Raise RefusedError for a membership that is not collected by direct debit.
    """
    _check_collected(membership)
    client = clients.get(db, membership.client_id)
    method = _method_of(db, membership)
    if method is None:
        known = payment_methods.for_membership(db, client, "direct-debit", None)
        method = payment_methods.find(db, str(known)) if known else payment_methods.add(db, client, "direct-debit")
        db.update("memberships", membership.id, payment_method_id=method.id)
    return method


def move(db: Writer, method: PaymentMethod, state: State, on: date, reference: str | None = None) -> bool:
    """Bring a mandate into a state from a day on; say whether that is new.

    Raise RefusedError from a state that does not come before it, UsageError for a day to come.
    """
    db.touch(str(method.id))
    if on > db.today:
        raise UsageError(f"{on} is still to come: give the day on which it was {_said(state)}")
    if method.mandate != state and method.mandate_on and on.isoformat() < method.mandate_on:
        raise UsageError(
            f"{on} is before it was {method.mandate}, on {method.mandate_on}: give that day or a later one"
        )
    kept = text.clean_line(reference) or None if reference else method.mandate_reference
    if method.mandate == state and kept == method.mandate_reference:
        return False
    if method.mandate not in (state, *_FROM[state]):
        raise RefusedError(f"the mandate of {payment_methods.called(method)} is {_now(method)}: {_way_out(method)}")
    since = method.mandate_on if method.mandate == state else on.isoformat()
    db.update("payment_methods", method.id, mandate=state, mandate_on=since, mandate_reference=kept)
    return True


def letter(db: Reader, method: PaymentMethod, membership: Membership | None) -> Letter:
    """Write the message that asks a client for a mandate."""
    client = clients.get(db, method.client_id)
    what = "What you buy from us"
    if membership:
        price = f"{money.amount(membership.price)} {membership.price.currency}"
        often = f" {_every(membership.every)}" if membership.every else ""
        what = f"Your membership {membership.plan} ({membership.number}, {price}{often})"
    body = f"""Dear {client.name},

{what} is to be collected from your bank account by direct debit.
For that we need your permission, called a mandate.

Please answer this message: we then send you the form to sign. Nothing is collected
before we have it back, and you can take the mandate back at any time.

Kind regards
{staff.owner(db).name}
"""
    subject = f"Direct debit mandate{f' for {membership.plan}' if membership else ''}"
    return Letter(client.name, client.email, subject, body)


def _method_of(db: Reader, membership: Membership) -> PaymentMethod | None:
    if membership.payment_method_id is None:
        return None
    found = payment_methods.find(db, str(membership.payment_method_id))
    return found if found.kind == "direct-debit" else None


def _check_collected(membership: Membership) -> None:
    if membership.collection != "direct-debit":
        how = "hand" if membership.collection == "manual" else membership.collection
        raise RefusedError(
            f"{membership.number} is collected by {how}, which takes no mandate:"
            f" `clientctl membership edit {membership.number} --collection direct-debit` has it debited"
        )


def _by_direct_debit(method: PaymentMethod) -> PaymentMethod:
    if method.kind != "direct-debit":
        raise RefusedError(f"{payment_methods.called(method)} takes no mandate: only a direct debit does")
    return method


def _said(state: State) -> str:
    return {"requested": "requested", "active": "given", "revoked": "taken back"}[state]


def _now(method: PaymentMethod) -> str:
    return f"{method.mandate}{f' since {method.mandate_on}' if method.mandate_on else ''}"


def _way_out(method: PaymentMethod) -> str:
    return _FIRST[method.mandate or "none"].format(method.id)


def _every(interval: Interval) -> str:
    count, unit = interval
    return f"every {unit}" if count == 1 else f"every {count} {unit}s"
