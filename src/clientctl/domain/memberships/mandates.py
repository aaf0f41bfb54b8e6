"""Mandates: a client's permission to collect by direct debit; requested, active or revoked."""

from datetime import date
from typing import Literal

from clientctl.base import text
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import payment_methods
from clientctl.domain.memberships.payment_methods import PaymentMethod
from clientctl.domain.memberships.record import Membership
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

State = Literal["requested", "active", "revoked"]

_FROM: dict[State, tuple[str, ...]] = {
    "requested": ("none", "revoked"),
    "active": ("requested",),
    "revoked": ("requested", "active"),
}
"""The states from which a mandate can change to another."""

_FIRST = {
    "none": "`clientctl mandate request --method {id}` requests it first",
    "active": "`clientctl mandate revoke --method {id}` revokes it first",
    "revoked": "`clientctl mandate request --method {id}` requests it again",
}
"""The command that makes another change possible, by the present state."""


def find_direct_debit(db: Reader, found: Membership | None, method: str | None) -> PaymentMethod:
    """Find the direct debit of a membership, or by its number.

    Raise NotFoundError when the membership has none, RefusedError when it is not collected by direct debit.
    """
    if found is None:
        return _check_direct_debit(payment_methods.find(db, method or ""))
    _check_collected(found)
    direct_debit = _method_of(db, found)
    if direct_debit is None:
        raise NotFoundError(
            say("{number} has no mandate: `clientctl mandate request {number}` requests one", number=found.number)
        )
    return direct_debit


def request(db: Writer, membership: Membership) -> PaymentMethod:
    """Return the direct debit of a membership for which a mandate is requested; add and link one if it has none.

    Raise RefusedError for a membership that is not collected by direct debit.
    """
    _check_collected(membership)
    client = clients.get(db, membership.client_id)
    method = _method_of(db, membership)
    if method is None:
        method_id = payment_methods.choose_for(db, client, "direct-debit", None)
        method = (
            payment_methods.find(db, str(method_id)) if method_id else payment_methods.add(db, client, "direct-debit")
        )
        db.update("memberships", membership.id, payment_method_id=method.id)
    return method


def change_state(db: Writer, method: PaymentMethod, state: State, on: date, reference: str | None = None) -> bool:
    """Change the state of a mandate from a day on; return whether anything changed.

    Raise RefusedError when its present state doesn't lead to that state, UsageError for a future day.
    """
    db.note_number(str(method.id))
    if on > db.today:
        raise UsageError(
            say("{on} is in the future: give the day on which it was {state}", on=on, state=_describe_state(state))
        )
    if method.mandate != state and method.mandate_on and on.isoformat() < method.mandate_on:
        raise UsageError(
            say(
                "{on} is before it was {mandate}, on {mandate_on}: give that day or a later one",
                on=on,
                mandate=method.mandate,
                mandate_on=method.mandate_on,
            )
        )
    stored_reference = text.clean_optional_line(reference) if reference else method.mandate_reference
    if method.mandate == state and stored_reference == method.mandate_reference:
        return False
    if method.mandate not in (state, *_FROM[state]):
        raise RefusedError(
            say(
                "the mandate of {method} is {present_state}: {way_out}",
                method=payment_methods.title_of(method),
                present_state=_present_state(method),
                way_out=_way_out(method),
            )
        )
    since = method.mandate_on if method.mandate == state else on.isoformat()
    db.update("payment_methods", method.id, mandate=state, mandate_on=since, mandate_reference=stored_reference)
    return True


def _method_of(db: Reader, membership: Membership) -> PaymentMethod | None:
    if membership.payment_method_id is None:
        return None
    found = payment_methods.find(db, str(membership.payment_method_id))
    return found if found.kind == "direct-debit" else None


def _check_collected(membership: Membership) -> None:
    if membership.collection != "direct-debit":
        how = "hand" if membership.collection == "manual" else membership.collection
        raise RefusedError(
            say(
                "{number} is collected by {how}, which needs no mandate: `clientctl membership edit {number} "
                "--collection direct-debit` changes that",
                number=membership.number,
                how=how,
            )
        )


def _check_direct_debit(method: PaymentMethod) -> PaymentMethod:
    if method.kind != "direct-debit":
        raise RefusedError(
            say("{method} can't have a mandate: only a direct debit can", method=payment_methods.title_of(method))
        )
    return method


def _describe_state(state: State) -> str:
    return {"requested": say("requested"), "active": say("given"), "revoked": say("revoked")}[state]


def _present_state(method: PaymentMethod) -> str:
    state = say(method.mandate or "none", "status")
    return say("{state} since {day}", state=state, day=method.mandate_on) if method.mandate_on else state


def _way_out(method: PaymentMethod) -> str:
    return say(_FIRST[method.mandate or "none"], id=method.id)
