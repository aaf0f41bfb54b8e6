"""Find a membership, package or payment by its number, or as the only one of a client that fits.

Bare digits are always the number of the record; anything else names a client.
"""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import packages
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.packages import STANDING, Package
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.status import LIVE_OR_UPCOMING, STATUS, SUCCESSOR
from clientctl.domain.money import payments
from clientctl.domain.money.charges import shown
from clientctl.domain.money.payments import Payment
from clientctl.domain.shared import queries
from clientctl.errors import AmbiguousError, ClientctlError, NotFoundError
from clientctl.store import Reader, Writer

_SHOWN = 10
"""The number of candidates that an error shows."""


class Which(NamedTuple):
    """The records of a client that a command applies to: their name, and conditions; the first one met counts."""

    called: str
    conditions: tuple[str, ...]


MOVED = Which("live or upcoming membership", (LIVE_OR_UPCOMING,))
"""Memberships that can be extended, suspended, changed or cancelled."""

PAUSED = Which(
    "paused membership",
    (
        f"{STATUS} = 'paused'",
        f"""{LIVE_OR_UPCOMING} AND EXISTS (SELECT 1 FROM pauses u WHERE u.membership_id = m.id
            AND u.starts_on > :today)""",
    ),
)
"""Memberships that can be resumed; a future pause is cancelled."""

RENEWED = Which(
    "membership that could be renewed",
    (
        f"""m.last_on IS NOT NULL AND (m.cancelled_on IS NULL OR m.cancelled_on >= m.starts_on)
            AND NOT EXISTS (SELECT 1 FROM memberships s WHERE {SUCCESSOR.format("m.id")})""",
    ),
)
"""Memberships that can be renewed: the last of each line, if it has an end."""

COLLECTED = Which(
    "live or upcoming membership", (f"{LIVE_OR_UPCOMING} AND m.collection = 'direct-debit'", LIVE_OR_UPCOMING)
)
"""Memberships that a mandate can be for."""

SHOWN = Which("membership", (LIVE_OR_UPCOMING, "1"))
"""Memberships that can be shown or corrected: live or upcoming ones, else all."""

_PACKAGE = Which("package", (STANDING, "1"))


def client_of(db: Reader, typed: str) -> Client | None:
    """Find a client by name; None when a number was typed."""
    return None if queries.is_number(typed) else client_selectors.client_named(db, typed)


def membership(db: Reader, typed: str, which: Which) -> Membership:
    """Find a membership by number, or the only one of a client that a command applies to.

    Raise AmbiguousError listing the candidates, NotFoundError listing the client's memberships.
    """
    client = client_of(db, typed)
    if client is None:
        return memberships.find(db, typed)
    found = _meeting(db, client, which)
    if len(found) == 1:
        return _met(db, client, found[0])
    if found:
        raise _several(client, found[0].number, f"{which.called}s", list(map(_told, found)))
    there = memberships.where(db, "m.client_id = :client", {"client": client.id})
    sells = f"`clientctl membership add --client id:{client.id} --plan PLAN` adds one"
    raise _none(client, which.called, "membership", list(map(_told, there)), sells)


def package(db: Reader, typed: str) -> Package:
    """Find a package by number, or the one of a client that has sessions left, else the only one.

    Raise AmbiguousError listing the candidates, NotFoundError.
    """
    client = client_of(db, typed)
    if client is None:
        return packages.find(db, typed)
    found = packages.standing(db, client) or packages.owned(db, client)
    if len(found) == 1:
        return _met(db, client, found[0])
    if found:
        raise _several(client, found[0].number, "packages", [_sessions(each) for each in found])
    sells = f"`clientctl package sell --client id:{client.id} --plan PLAN` sells one"
    raise _none(client, "package", "package", [], sells)


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
        return _met(db, client, found[0])
    if found:
        raise _several(client, found[0].number, f"payments of {found[0].paid_on}", [_paid(each) for each in found])
    called = "payment that could be taken back" if received else "payment"
    there = [_paid(each) for each in payments.latest(db, client, received=False)]
    raise _none(client, called, "payment", there)


def _meeting(db: Reader, client: Client, which: Which) -> Sequence[Membership]:
    for condition in which.conditions:
        if found := memberships.where(db, f"m.client_id = :client AND {condition}", {"client": client.id}):
            return found
    return []


Found = TypeVar("Found", Membership, Package, Payment)


def _met(db: Reader, client: Client, found: Found) -> Found:
    """Return the record found; a command that changes it reports which one that is."""
    if isinstance(db, Writer):
        db.notify(f"{client.called}: {found.number}")
    return found


def _several(client: Client, first: str, what: str, lines: Sequence[str]) -> ClientctlError:
    more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    said = f"{client.called} has {len(lines)} {what}: say which, like {first}"
    return AmbiguousError(said, [*lines[:_SHOWN], *more])


def _none(client: Client, called: str, noun: str, there: Sequence[str], way_out: str = "") -> ClientctlError:
    """Return the error for a client without a fitting record: it lists others, the newest first, or how to add one."""
    if there or not way_out:
        way_out = f"`clientctl {noun} list --client id:{client.id}` shows what there is"
    return NotFoundError(f"{client.called} has no {called}: {way_out}", there[: -_SHOWN - 1 : -1])


def _told(found: Membership) -> str:
    days = f"{found.starts_on}..{found.last_on or ''}"
    return f"{found.number}  {found.plan}/{found.rate}  {found.status}  {days}"


def _sessions(found: Package) -> str:
    until = f", until {found.expires_on}" if found.expires_on else ""
    return f"{found.number}  {found.plan}/{found.rate}  {packages.counted(found.left)} left{until}"


def _paid(found: Payment) -> str:
    return f"{found.number}  {found.paid_on}  {shown(found.amount)} by {found.type.name}, {found.status}"
