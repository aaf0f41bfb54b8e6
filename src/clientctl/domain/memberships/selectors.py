"""Find a membership, package or payment by its number, or as the only one of a client that fits.

Bare digits are always the number of the record; anything else names a client.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from clientctl.base.words import say
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import packages
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.packages import USABLE, Package
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.status import LIVE_OR_UPCOMING, STATUS, SUCCESSOR
from clientctl.domain.money import payments
from clientctl.domain.money.charges import format_money
from clientctl.domain.money.payments import Payment
from clientctl.domain.shared import queries
from clientctl.errors import AmbiguousError, ClientctlError, NotFoundError
from clientctl.store import Reader, Writer

_SHOWN = 10
"""The number of candidates that an error shows."""


class Candidates(NamedTuple):
    """The records of a client that a command applies to: their name, and conditions; the first one met counts."""

    name: str
    conditions: tuple[str, ...]


CHANGEABLE = Candidates("live or upcoming membership", (LIVE_OR_UPCOMING,))
"""Memberships that can be extended, suspended, changed or cancelled."""

RESUMABLE = Candidates(
    "paused membership",
    (
        f"{STATUS} = 'paused'",
        f"""{LIVE_OR_UPCOMING} AND EXISTS (SELECT 1 FROM pauses u WHERE u.membership_id = m.id
            AND u.starts_on > :today)""",
    ),
)
"""Memberships that can be resumed; a future pause is cancelled."""

RENEWABLE = Candidates(
    "membership that could be renewed",
    (
        f"""m.last_on IS NOT NULL AND (m.cancelled_on IS NULL OR m.cancelled_on >= m.starts_on)
            AND NOT EXISTS (SELECT 1 FROM memberships s WHERE {SUCCESSOR.format("m.id")})""",
    ),
)
"""Memberships that can be renewed: the last of each line, if it has an end."""

FOR_MANDATE = Candidates(
    "live or upcoming membership", (f"{LIVE_OR_UPCOMING} AND m.collection = 'direct-debit'", LIVE_OR_UPCOMING)
)
"""Memberships that a mandate can be for."""

ANY = Candidates("membership", (LIVE_OR_UPCOMING, "1"))
"""Memberships that can be shown or corrected: live or upcoming ones, else all."""

_PACKAGE = Candidates("package", (USABLE, "1"))


def client_of(db: Reader, typed: str) -> Client | None:
    """Find a client by name; None when a number was typed."""
    return None if queries.is_number(typed) else client_selectors.client_named(db, typed)


def membership(db: Reader, typed: str, candidates: Candidates) -> Membership:
    """Find a membership by number, or the only one of a client that a command applies to.

    Raise AmbiguousError listing the candidates, NotFoundError listing the client's memberships.
    """
    client = client_of(db, typed)
    if client is None:
        return memberships.find(db, typed)
    found = _find_fitting(db, client, candidates)
    if len(found) == 1:
        return _report(db, client, found[0])
    if found:
        raise _ambiguous(client, found[0].number, f"{candidates.name}s", list(map(_describe_membership, found)))
    others = memberships.where(db, "m.client_id = :client", {"client": client.id})
    adds = say("`clientctl membership add --client id:{id} --plan PLAN` adds one", id=client.id)
    name = candidates.name if others else ANY.name
    raise _not_found(client, name, "membership", list(map(_describe_membership, others)), adds)


def package(db: Reader, typed: str) -> Package:
    """Find a package by number, or the one of a client that has sessions left, else the only one.

    Raise AmbiguousError listing the candidates, NotFoundError.
    """
    client = client_of(db, typed)
    if client is None:
        return packages.find(db, typed)
    found = packages.usable(db, client) or packages.all_of(db, client)
    if len(found) == 1:
        return _report(db, client, found[0])
    if found:
        raise _ambiguous(client, found[0].number, "packages", [_describe_package(each) for each in found])
    sells = say("`clientctl package sell --client id:{id} --plan PLAN` sells one", id=client.id)
    raise _not_found(client, "package", "package", [], sells)


def payment(db: Reader, typed: str, *, received: bool = True) -> Payment:
    """Find a payment by number, or the latest of a client if it is the only one of its day.

    With ``received``, only payments that still count as received. Raise AmbiguousError listing those of that day,
    NotFoundError.
    """
    client = client_of(db, typed)
    if client is None:
        return payments.find(db, typed)
    found = payments.latest(db, client, received=received)
    if len(found) == 1:
        return _report(db, client, found[0])
    if found:
        raise _ambiguous(
            client,
            found[0].number,
            say("payments of {paid_on}", paid_on=found[0].paid_on),
            [_describe_payment(each) for each in found],
        )
    name = say("payment that could be corrected") if received else "payment"
    others = [_describe_payment(each) for each in payments.latest(db, client, received=False)]
    raise _not_found(client, name, "payment", others)


def _find_fitting(db: Reader, client: Client, candidates: Candidates) -> Sequence[Membership]:
    for condition in candidates.conditions:
        if found := memberships.where(db, f"m.client_id = :client AND {condition}", {"client": client.id}):
            return found
    return []


Found = TypeVar("Found", Membership, Package, Payment)


def _report(db: Reader, client: Client, found: Found) -> Found:
    """Return the record found; a command that changes it reports which one that is."""
    if isinstance(db, Writer):
        db.notify(f"{client.title}: {found.number}")
    return found


def _ambiguous(client: Client, first: str, what: str, lines: Sequence[str]) -> ClientctlError:
    more = [say("… and {lines} more", lines=len(lines) - _SHOWN)] if len(lines) > _SHOWN else []
    message = say(
        "{title} has {lines} {what}: say which, like {first}",
        title=client.title,
        lines=len(lines),
        what=what,
        first=first,
    )
    return AmbiguousError(message, [*lines[:_SHOWN], *more])


def _not_found(client: Client, name: str, noun: str, others: Sequence[str], way_out: str = "") -> ClientctlError:
    """Return the error for a client without a fitting record: it lists others, the newest first, or how to add one."""
    if others or not way_out:
        way_out = say("`clientctl {noun} list --client id:{id}` lists them", noun=noun, id=client.id)
    return NotFoundError(
        say("{title} has no {name}: {way_out}", title=client.title, name=name, way_out=way_out),
        others[: -_SHOWN - 1 : -1],
    )


def _describe_membership(found: Membership) -> str:
    days = f"{found.starts_on}..{found.last_on or ''}"
    return f"{found.number}  {found.plan}/{found.rate}  {found.status}  {days}"


def _describe_package(found: Package) -> str:
    until = say(", until {expires_on}", expires_on=found.expires_on) if found.expires_on else ""
    return say(
        "{number}  {plan}/{rate}  {left} left{until}",
        number=found.number,
        plan=found.plan,
        rate=found.rate,
        left=packages.format_sessions(found.left),
        until=until,
    )


def _describe_payment(found: Payment) -> str:
    return say(
        "{number}  {paid_on}  {amount} by {name}, {status}",
        number=found.number,
        paid_on=found.paid_on,
        amount=format_money(found.amount),
        name=found.type.name,
        status=found.status,
    )
