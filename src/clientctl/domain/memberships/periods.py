"""Helpers of all changes of a membership: billing before the change, charged periods, dates moved, checks."""

from datetime import date
from typing import NamedTuple

from clientctl.base.calendar import from_iso
from clientctl.base.words import say
from clientctl.domain.memberships import billing, successors
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Schedule, open_pause_start
from clientctl.domain.memberships.status import NEXT_BILLING
from clientctl.domain.money import charges
from clientctl.domain.money.charges import Charge
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer

_OVER = {"cancelled", "expired"}


class Dates(NamedTuple):
    """The dates of a membership that a change reports, in ISO format."""

    starts: str | None
    ends: str | None
    next_billing: str | None


class ChargedPeriod(NamedTuple):
    """A charged period: its charge, first and last day; the last is None for a price paid once without an end."""

    charge: Charge
    starts_on: date
    ends_on: date | None


def dates(db: Reader, membership: Membership) -> Dates:
    """Return the stored dates of a membership."""
    row = db.row(
        f"SELECT m.starts_on, m.last_on, {NEXT_BILLING} FROM memberships m WHERE m.id = :id", {"id": membership.id}
    )
    assert row  # noqa: S101 - the membership was just found; this tells mypy
    return Dates(*row)


def describe_moves(before: Dates, after: Dates) -> list[str]:
    """Describe each date that moved: ``ends 2026-06-28 (was 2026-06-14)``."""
    names = (say("starts"), say("ends"), say("next billing"))
    none = say("none")
    return [
        say("{name} {new} (was {former})", name=name, new=new or none, former=former or none)
        for name, former, new in zip(names, before, after, strict=True)
        if former != new
    ]


def bill_first(db: Writer, membership: Membership) -> Membership:
    """Bill a membership by today, at the terms agreed so far; return it.

    Every change does so before anything else, so that its result never depends on when billing ran.
    """
    billed = billing.bill(db, db.today, [membership.id])
    if billed.charges:
        which = say("the bill day") if billed.charges == 1 else say("{charges} bill days", charges=billed.charges)
        db.notify(say("Charged {which} of {number} that had fallen due", which=which, number=membership.number))
    return memberships.get(db, membership.id)


def schedule_of(db: Reader, membership: Membership) -> Schedule | None:
    """Return the schedule of a membership with its pauses; None when it is paid once."""
    return membership.schedule(memberships.pauses(db, membership.id))


def charged_periods(db: Reader, membership: Membership) -> list[ChargedPeriod]:
    """List the charged periods of a membership, by first day."""
    rows = db.rows(
        """SELECT id, starts_on, ends_on FROM charges WHERE membership_id = ? AND starts_on IS NOT NULL
           AND kind IN ('prorata', 'recurring', 'once') ORDER BY starts_on, id""",
        (membership.id,),
    )
    return [
        ChargedPeriod(charges.get(db, charge_id), date.fromisoformat(first), from_iso(last))
        for charge_id, first, last in rows
    ]


def check_not_over(db: Reader, membership: Membership) -> None:
    """Raise RefusedError for a membership that is cancelled or expired: it can only be renewed."""
    if membership.status not in _OVER:
        return
    last = successors.last_of(db, membership)
    shows = say("`clientctl membership show {number}` shows its renewal", number=last.number)
    way = (
        say("{renew_command} renews it", renew_command=successors.renew_command(db, last))
        if last.status in _OVER
        else shows
    )
    raise RefusedError(
        say("{number} is {status} already: {way}", number=membership.number, status=membership.status, way=way)
    )


def check_not_cancelled(membership: Membership) -> None:
    """Raise RefusedError for a membership with a cancellation, also one of a later day."""
    if membership.cancelled_on:
        raise RefusedError(
            say(
                "{number} is cancelled, its last day is {cancelled_on}: `clientctl membership edit {number} "
                "--unset cancelled` reverses that",
                number=membership.number,
                cancelled_on=membership.cancelled_on,
            )
        )


def check_no_open_pause(db: Reader, membership: Membership) -> None:
    """Raise RefusedError for a membership with an open pause, as its end is unknown."""
    first = open_pause_start(memberships.pauses(db, membership.id))
    if first:
        raise RefusedError(
            say(
                "{number} is paused from {first} on without an end: `clientctl membership resume {number} --on "
                "DAY` sets its end first",
                number=membership.number,
                first=first,
            )
        )
