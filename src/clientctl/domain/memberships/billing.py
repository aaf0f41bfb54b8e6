"""Bill memberships: make each charge that has fallen due once, however often billing runs.

The amounts are computed from stored facts alone, by the same code for the preview and for the charges.
A bill day is billed with all that was agreed for it: another rate begins on it, a part of a period
is charged pro rata.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import NamedTuple

from clientctl.base import calendar, money
from clientctl.base.calendar import ONE_DAY, Interval, to_iso
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

_CHUNK = 5_000
"""The number of memberships loaded at a time."""


class RateChange(NamedTuple):
    """An agreed change to another rate from the next bill day on, at the price of the day of agreement."""

    id: int
    rate: Rate
    price: Money
    every: Interval
    agreed_on: date


class DuePeriod(NamedTuple):
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


class BillingResult(NamedTuple):
    """The result of billing one membership: charges, its next bill day, and a change that takes effect."""

    membership: Membership
    periods: list[DuePeriod]
    next_bill_on: date | None
    change: RateChange | None = None
    schedule: Schedule | None = None


class BillingTotals(NamedTuple):
    """The totals of a billing run: numbers of charges, memberships and credits issued, and sums by currency."""

    charges: int
    memberships: int
    sums: dict[str, int]
    credits: int


def bill(db: Writer, through: date, ids: Sequence[int] | None = None, order_id: int | None = None) -> BillingTotals:
    """Make the charges of all bill days up to a day that are not billed yet, perhaps of some memberships only.

    Without ``ids`` recurring credits are issued too. ``order_id`` is the order of the charges.
    """
    made = count = 0
    sums: dict[str, int] = {}
    for results in _compute_results(db, through, ids):
        periods = [due for result in results for due in result.periods if due.amount.minor]
        charges.make_many(db, [_charge(db, due, order_id) for due in periods])
        _store(db, results)
        made += len(periods)
        count += len({due.membership.id for due in periods})
        for due in periods:
            sums[due.amount.currency] = sums.get(due.amount.currency, 0) + due.amount.minor
        if ids is None:
            db.note_number(*dict.fromkeys(due.membership.number for due in periods))
    issued = credits.issue_due(db, through) if ids is None else 0
    return BillingTotals(made, count, sums, issued)


def due_periods(db: Reader, through: date, ids: Sequence[int] | None = None) -> Iterator[DuePeriod]:
    """Iterate over the periods up to a day that are not billed yet, by membership."""
    for results in _compute_results(db, through, ids):
        for result in results:
            yield from result.periods


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
        for each in due_periods(db, through)
        if each.amount.minor
    ]
    return Listing(columns, rows)


def next_periods(db: Reader, membership: Membership, most: int) -> list[DuePeriod]:
    """List the next periods of a membership that are not billed yet, ``most`` at most."""
    result = _compute_result(
        membership, memberships.pauses(db, membership.id), _agreed_changes(db, str(membership.id)), date.max, most
    )
    return result.periods


def amounts_due(db: Reader, ids: Sequence[Cell]) -> list[Cell]:
    """Compute the amount that each membership has to pay on its next due day, billed or not.

    Charges in another currency than that of the membership are left out, as in the column of amounts owed.
    """
    columns = f"m.id, m.currency, {memberships.DUE_ON}, {memberships.LEFT_ON_DUE}"
    rows = db.rows(f"SELECT {columns} FROM memberships m WHERE m.id IN ({', '.join(map(str, ids))})")
    found = {membership_id: (currency, day, left) for membership_id, currency, day, left in rows if day}
    last = max((date.fromisoformat(day) for _, day, _ in found.values()), default=db.today)
    cells: dict[Cell, Cell] = {each: f"{left or 0} {currency}" for each, (currency, _, left) in found.items()}
    for result in chain.from_iterable(_compute_results(db, last, list(found), 1)):
        currency, day, left = found[result.membership.id]
        for due in result.periods:
            if due.period.starts_on.isoformat() == day:
                cells[result.membership.id] = money.format_cell(Money(due.amount.minor + (left or 0), currency))
    return [cells.get(each) for each in ids]


# -- working it out -----------------------------------------------------------------------------


def _compute_results(
    db: Reader, through: date, ids: Sequence[int] | None, most: int | None = None
) -> Iterator[list[BillingResult]]:
    """Compute the results of billing in chunks of memberships, ``most`` periods of each at most."""
    among = "" if ids is None else f" AND id IN ({', '.join(map(str, ids))})"
    rows = db.rows(
        f"SELECT id FROM memberships WHERE bills_on IS NOT NULL AND bills_on <= ?{among} ORDER BY id",
        (through.isoformat(),),
    )
    due_ids = [each for (each,) in rows]
    for start in range(0, len(due_ids), _CHUNK):
        numbers = ", ".join(map(str, due_ids[start : start + _CHUNK]))
        found = memberships.where(db, f"m.id IN ({numbers})", with_status=False)
        pauses = memberships.pauses_of(db, f"membership_id IN ({numbers})")
        changes = _agreed_changes(db, numbers)
        yield [_compute_result(each, pauses.get(each.id, []), changes, through, most) for each in found]


def _compute_result(
    membership: Membership,
    pauses: Sequence[Pause],
    changes: dict[int, RateChange],
    through: date,
    most: int | None = None,
) -> BillingResult:
    schedule = membership.schedule(pauses)
    following = membership.next_bill_on
    if schedule is None or following is None:
        return BillingResult(membership, [], following)
    change = changes.get(membership.id)
    periods: list[DuePeriod] = []
    rate_id, price, applied = membership.rate_id, membership.price, None
    while following and following <= through and len(periods) != most:
        day = next((first for first, _ in schedule.spans(following)), None)
        if day is None or day > through:
            break  # it waits for the end of an open pause, as does an agreed change
        if change and applied is None and day >= schedule.anchor and day > change.agreed_on:
            applied, rate_id, price = change, change.rate.id, change.price
            schedule = change_schedule(schedule, change, day)
        period = next(schedule.periods(day, membership.bills_until), None)
        if period is None:
            break
        kind = "prorata" if period.used else "recurring"
        periods.append(DuePeriod(membership, rate_id, period, price, kind))
        following = schedule.next_after(period.starts_on) or waiting_bill_day(schedule, following)
    return BillingResult(membership, periods, following, applied, schedule)


def change_schedule(schedule: Schedule, change: RateChange, day: date) -> Schedule:
    """Return the schedule with another rate from a day on: bill days stay the same unless the interval changes.

    The pause rule of the new plan applies too, unless a pause is still to come or runs.
    """
    ahead = [pause for pause in schedule.pauses if pause.resumes_on is None or pause.resumes_on > day]
    rule = schedule.rule if ahead else change.rate.plan.pause_rule
    as_often = calendar.same_length(change.every, schedule.every)
    if as_often and rule == schedule.rule:
        return schedule
    anchor = schedule.anchor_on(day) if as_often else day
    changed = schedule._replace(anchor=anchor, every=change.every, rule=rule, pauses=(), first_on=None)
    return changed.with_pauses([pause for pause in ahead if pause.moves_on and pause.moves_on > day], day + ONE_DAY)


def waiting_bill_day(schedule: Schedule, day: date) -> date | None:
    """Return the bill day that waits for the end of an open pause; None without one."""
    waiting = [pause.moves_on for pause in schedule.pauses if pause.resumes_on is None and pause.moves_on]
    return max(day, waiting[0]) if waiting else None


def _agreed_changes(db: Reader, numbers: str) -> dict[int, RateChange]:
    rows = db.rows(
        f"""SELECT membership_id, id, rate_id, price_minor, currency, every_count, every_unit, agreed_on
            FROM membership_changes WHERE membership_id IN ({numbers})"""
    )
    found = {}
    for membership_id, change_id, rate_id, minor, currency, count, unit, agreed_on in rows:
        every, agreed = intervals.interval(count, unit), date.fromisoformat(agreed_on)
        assert every  # noqa: S101 - the columns are NOT NULL; this tells mypy
        found[membership_id] = RateChange(change_id, rates.get(db, rate_id), Money(minor, currency), every, agreed)
    return found


# -- storing it ---------------------------------------------------------------------------------


def _charge(db: Reader, each: DuePeriod, order_id: int | None) -> dict[str, Cell]:
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


def _store(db: Writer, results: Sequence[BillingResult]) -> None:
    """Store each membership's next bill day, and put agreed changes into effect."""
    db.update_many(
        "memberships",
        ("next_bill_on",),
        [(to_iso(result.next_bill_on), result.membership.id) for result in results if result.periods],
    )
    for result in results:
        if result.change and result.schedule:
            apply_change(db, result.membership, result.change, result.schedule)
            db.delete("membership_changes", result.change.id)


def apply_change(db: Writer, membership: Membership, change: RateChange, schedule: Schedule) -> None:
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
    moves = {pause.starts_on.isoformat(): to_iso(pause.moves_on) for pause in schedule.pauses}
    pauses = db.rows("SELECT id, starts_on, moves_on FROM pauses WHERE membership_id = ?", (membership.id,))
    for pause_id, starts_on, moves_on in pauses:
        if moves.get(starts_on) != moves_on:  # it moves no bill day that is counted from another anchor
            db.update("pauses", pause_id, moves_on=moves.get(starts_on))
    labels.attach_automatic(db, "plan", plan.id, plan.name, [membership.client_id])
