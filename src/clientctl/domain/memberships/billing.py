"""Bill memberships: make each charge that has fallen due once, however often billing runs.

The amounts are computed from stored facts alone, by the same code for the preview and for the charges.
A bill day is billed with all that was agreed for it: another rate begins on it, a part of a period
is charged pro rata.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from clientctl.base import calendar, money
from clientctl.base.calendar import Interval
from clientctl.base.listing import Cell, Column, Listing
from clientctl.base.money import Money
from clientctl.domain.clients import labels
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Pause, Period, Schedule
from clientctl.domain.money import charges, credits
from clientctl.domain.offers import rates
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import intervals
from clientctl.store import Reader, Writer

_DAY = timedelta(days=1)
_CHUNK = 5_000
"""The number of memberships loaded at a time."""


class Change(NamedTuple):
    """An agreed change to another rate from the next bill day on, at the price of the day of agreement."""

    id: int
    rate: Rate
    price: Money
    every: Interval
    agreed_on: date


class Due(NamedTuple):
    """A period to be billed: its membership, its rate, and the price of a whole period."""

    membership: Membership
    rate_id: int
    period: Period
    whole: Money
    kind: str

    @property
    def amount(self) -> Money:
        """Return the amount: the price, pro rata for a part of a period."""
        period = self.period
        if period.used is None or period.whole is None:
            return self.whole
        return money.prorata(self.whole, period.used, period.whole)


class Plan(NamedTuple):
    """The result of billing one membership: charges, its next bill day, and a change that takes effect."""

    membership: Membership
    dues: list[Due]
    next_bill_on: date | None
    change: Change | None = None
    schedule: Schedule | None = None


class Billed(NamedTuple):
    """The totals of a billing run: numbers of charges, memberships and credits issued, and sums by currency."""

    charges: int
    memberships: int
    sums: dict[str, int]
    credits: int


def bill(db: Writer, through: date, ids: Sequence[int] | None = None, order_id: int | None = None) -> Billed:
    """Make the charges of all bill days up to a day that are not billed yet, perhaps of some memberships only.

    Without ``ids`` recurring credits are issued too. ``order_id`` is the order of the charges.
    """
    made = count = 0
    sums: dict[str, int] = {}
    for plans in _plans(db, through, ids):
        dues = [due for plan in plans for due in plan.dues if due.amount.minor]
        charges.make_many(db, [_charge(db, due, order_id) for due in dues])
        _store(db, plans)
        made += len(dues)
        count += len({due.membership.id for due in dues})
        for due in dues:
            sums[due.amount.currency] = sums.get(due.amount.currency, 0) + due.amount.minor
        if ids is None:
            db.note_number(*dict.fromkeys(due.membership.number for due in dues))
    issued = credits.issue_due(db, through) if ids is None else 0
    return Billed(made, count, sums, issued)


def due(db: Reader, through: date, ids: Sequence[int] | None = None) -> Iterator[Due]:
    """Iterate over the periods up to a day that are not billed yet, by membership."""
    for plans in _plans(db, through, ids):
        for plan in plans:
            yield from plan.dues


def preview(db: Reader, through: date) -> Listing:
    """List the charges that billing up to a day would make."""
    columns = (
        Column("membership", "Membership", "number"),
        Column("client", "Client"),
        Column("kind", "What"),
        Column("from", "From", "day"),
        Column("until", "Until", "day"),
        Column("amount", "Amount", "money"),
        Column("working", "Working"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            each.membership.number,
            each.membership.client,
            each.kind,
            each.period.starts_on.isoformat(),
            each.period.ends_on.isoformat(),
            money.format_cell(each.amount),
            charges.working(each.whole, each.period.used, each.period.whole),
        )
        for each in due(db, through)
        if each.amount.minor
    ]
    return Listing(columns, rows)


def coming(db: Reader, membership: Membership, most: int) -> list[Due]:
    """List the next periods of a membership that are not billed yet, ``most`` at most."""
    plan = _plan(membership, memberships.pauses(db, membership.id), _changes(db, str(membership.id)), date.max, most)
    return plan.dues


def amounts_due(db: Reader, ids: Sequence[Cell]) -> list[Cell]:
    """Compute the amount that each membership has to pay on its next due day, billed or not.

    Charges in another currency than that of the membership are left out, as in the column of amounts owed.
    """
    columns = f"m.id, m.currency, {memberships.DUE_ON}, {memberships.LEFT_ON_DUE}"
    rows = db.rows(f"SELECT {columns} FROM memberships m WHERE m.id IN ({', '.join(map(str, ids))})")
    found = {membership_id: (currency, day, left) for membership_id, currency, day, left in rows if day}
    last = max((date.fromisoformat(day) for _, day, _ in found.values()), default=db.today)
    cells: dict[Cell, Cell] = {each: f"{left or 0} {currency}" for each, (currency, _, left) in found.items()}
    for plan in chain.from_iterable(_plans(db, last, list(found), 1)):
        currency, day, left = found[plan.membership.id]
        for due in plan.dues:
            if due.period.starts_on.isoformat() == day:
                cells[plan.membership.id] = money.format_cell(Money(due.amount.minor + (left or 0), currency))
    return [cells.get(each) for each in ids]


# -- working it out -----------------------------------------------------------------------------


def _plans(db: Reader, through: date, ids: Sequence[int] | None, most: int | None = None) -> Iterator[list[Plan]]:
    """Compute the results of billing in chunks of memberships, ``most`` periods of each at most."""
    among = "" if ids is None else f" AND id IN ({', '.join(map(str, ids))})"
    rows = db.rows(
        f"SELECT id FROM memberships WHERE bills_on IS NOT NULL AND bills_on <= ?{among} ORDER BY id",
        (through.isoformat(),),
    )
    wanted = [each for (each,) in rows]
    for start in range(0, len(wanted), _CHUNK):
        numbers = ", ".join(map(str, wanted[start : start + _CHUNK]))
        found = memberships.where(db, f"m.id IN ({numbers})", with_status=False)
        pauses = memberships.pauses_of(db, f"membership_id IN ({numbers})")
        changes = _changes(db, numbers)
        yield [_plan(each, pauses.get(each.id, []), changes, through, most) for each in found]


def _plan(
    membership: Membership,
    pauses: Sequence[Pause],
    changes: dict[int, Change],
    through: date,
    most: int | None = None,
) -> Plan:
    schedule = membership.schedule(pauses)
    following = membership.next_bill_on
    if schedule is None or following is None:
        return Plan(membership, [], following)
    change = changes.get(membership.id)
    dues: list[Due] = []
    rate_id, price, began = membership.rate_id, membership.price, None
    while following and following <= through and len(dues) != most:
        day = next((first for first, _ in schedule.spans(following)), None)
        if day is None or day > through:
            break  # it waits for the end of an open pause, as does an agreed change
        if change and began is None and day >= schedule.anchor and day > change.agreed_on:
            began, rate_id, price = change, change.rate.id, change.price
            schedule = changed(schedule, change, day)
        period = next(schedule.periods(day, membership.bills_until), None)
        if period is None:
            break
        kind = "prorata" if period.used else "recurring"
        dues.append(Due(membership, rate_id, period, price, kind))
        following = schedule.next_after(period.starts_on) or held(schedule, following)
    return Plan(membership, dues, following, began, schedule)


def changed(schedule: Schedule, change: Change, day: date) -> Schedule:
    """Return the schedule with another rate from a day on: bill days stay the same unless the interval changes.

    The pause rule of the new plan applies too, unless a pause is still to come or runs.
    """
    ahead = [pause for pause in schedule.pauses if pause.resumes_on is None or pause.resumes_on > day]
    rule = schedule.rule if ahead else change.rate.plan.pause_rule
    as_often = calendar.same_length(change.every, schedule.every)
    if as_often and rule == schedule.rule:
        return schedule
    anchor = schedule.anchor_on(day) if as_often else day
    anew = schedule._replace(anchor=anchor, every=change.every, rule=rule, pauses=(), first_on=None)
    return anew.with_pauses([pause for pause in ahead if pause.moves_on and pause.moves_on > day], day + _DAY)


def held(schedule: Schedule, day: date) -> date | None:
    """Return the bill day that waits for the end of an open pause; None without one."""
    waiting = [pause.moves_on for pause in schedule.pauses if pause.resumes_on is None and pause.moves_on]
    return max(day, waiting[0]) if waiting else None


def _changes(db: Reader, numbers: str) -> dict[int, Change]:
    rows = db.rows(
        f"""SELECT membership_id, id, rate_id, price_minor, currency, every_count, every_unit, agreed_on
            FROM membership_changes WHERE membership_id IN ({numbers})"""
    )
    found = {}
    for membership_id, change_id, rate_id, minor, currency, count, unit, agreed_on in rows:
        every, agreed = intervals.interval(count, unit), date.fromisoformat(agreed_on)
        assert every  # noqa: S101 - the columns are NOT NULL; this tells mypy
        found[membership_id] = Change(change_id, rates.get(db, rate_id), Money(minor, currency), every, agreed)
    return found


# -- storing it ---------------------------------------------------------------------------------


def _charge(db: Reader, each: Due, order_id: int | None) -> dict[str, Cell]:
    return charges.row(
        db,
        client_id=each.membership.client_id,
        membership_id=each.membership.id,
        order_id=order_id,
        rate_id=each.rate_id,
        kind=each.kind,
        amount=each.amount,
        due_on=each.period.starts_on,
        starts_on=each.period.starts_on,
        ends_on=each.period.ends_on,
        whole=each.whole,
        used=each.period.used,
        of=each.period.whole,
    )


def _store(db: Writer, plans: Sequence[Plan]) -> None:
    """Store each membership's next bill day, and put agreed changes into effect."""
    db.update_many(
        "memberships",
        ("next_bill_on",),
        [(_iso(plan.next_bill_on), plan.membership.id) for plan in plans if plan.dues],
    )
    for plan in plans:
        if plan.change and plan.schedule:
            begin(db, plan.membership, plan.change, plan.schedule)
            db.delete("membership_changes", plan.change.id)


def begin(db: Writer, membership: Membership, change: Change, schedule: Schedule) -> None:
    """Apply an agreed change: the rate, the bill days, the terms and the label of its plan.

    The collection stays the same.
    """
    plan = change.rate.plan
    terms = memberships.terms(change.rate, change.price)
    terms |= {
        "collection": membership.collection,
        "pause_rule": schedule.rule,
        "anchor_on": schedule.anchor.isoformat(),
    }
    db.update("memberships", membership.id, **terms)
    moves = {pause.starts_on.isoformat(): _iso(pause.moves_on) for pause in schedule.pauses}
    pauses = db.rows("SELECT id, starts_on, moves_on FROM pauses WHERE membership_id = ?", (membership.id,))
    for pause_id, starts_on, moves_on in pauses:
        if moves.get(starts_on) != moves_on:  # it moves no bill day that is counted from another anchor
            db.update("pauses", pause_id, moves_on=moves.get(starts_on))
    labels.attach_plan(db, plan.id, plan.name, [membership.client_id])


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
