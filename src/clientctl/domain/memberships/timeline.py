"""The timeline of a membership: past events, charges, and coming periods."""

from datetime import date

from clientctl.base import money
from clientctl.base.calendar import ONE_DAY
from clientctl.base.listing import Cell, Column, Listing
from clientctl.base.money import Money
from clientctl.domain.memberships import billing
from clientctl.domain.memberships.record import Membership
from clientctl.domain.money import charges
from clientctl.store import Reader

COLUMNS = (
    Column("from", "From", "day"),
    Column("until", "Until", "day"),
    Column("what", "What"),
    Column("amount", "Amount", "money"),
    Column("due", "Due", "day"),
    Column("status", "Status", "status"),
    Column("charge", "Charge", "number"),
    Column("working", "Working"),
)

_FIRST = ("starts", "trial", "setup", "changed", "changes", "paused")
"""The order of events on the same day; then come periods, then ends."""

Row = tuple[Cell, ...]


def build(db: Reader, membership: Membership, most: int) -> Listing:
    """List past and coming events by day: charges, refunds, changes, pauses, the end.

    ``most`` coming periods are listed at most.
    """
    rows = [
        *_own_days(membership),
        *_pauses(db, membership),
        *_past_changes(db, membership),
        *_pending_change(db, membership),
    ]
    rows += [*_charges(db, membership), *_returned(db, membership)]
    rows += [_next_period(db, each) for each in billing.next_periods(db, membership, most)]
    return Listing(COLUMNS, sorted(rows, key=_sort_key))


def _sort_key(row: Row) -> tuple[str, int]:
    what = str(row[2]).split()[0]
    return str(row[0]), _FIRST.index(what) if what in _FIRST else len(_FIRST) + what.startswith("ends")


def _row(what: str, first: date | str, until: date | str | None = None, **more: Cell) -> Row:
    cells: dict[str, Cell] = {"from": str(first), "until": str(until) if until else None, "what": what, **more}
    return tuple(cells.get(column.key) for column in COLUMNS)


def _own_days(membership: Membership) -> list[Row]:
    rows = [_row("starts", membership.starts_on)]
    if membership.trial_ends_on:
        rows.append(_row("trial", membership.starts_on, membership.trial_ends_on))
    term, end = membership.term_ends_on, membership.ends_on
    if term and end and term < end:
        rows.append(_row("free of charge", term + ONE_DAY, end))
    if membership.cancelled_on:
        rows.append(_row("ends, cancelled", membership.cancelled_on))
    elif end:
        rows.append(_row("ends", end))
    return rows


def _pauses(db: Reader, membership: Membership) -> list[Row]:
    sql = "SELECT starts_on, date(resumes_on, '-1 day') FROM pauses WHERE membership_id = ?"
    return [_row("paused", first, last) for first, last in db.rows(sql, (membership.id,))]


def _pending_change(db: Reader, membership: Membership) -> list[Row]:
    rows = db.rows(
        """SELECT p.name || '/' || r.name, g.price_minor || ' ' || g.currency, m.bills_on
           FROM membership_changes g JOIN memberships m ON m.id = g.membership_id
           JOIN rates r ON r.id = g.rate_id JOIN plans p ON p.id = r.plan_id
           WHERE g.membership_id = ? AND m.bills_on IS NOT NULL""",
        (membership.id,),
    )
    return [_row(f"changes to {rate}", day, amount=price) for rate, price, day in rows]


def _past_changes(db: Reader, membership: Membership) -> list[Row]:
    """List the changes that took effect, each with the first period charged at another rate."""
    rows = db.rows(
        """SELECT rate, starts_on, price, currency FROM (
               SELECT p.name || '/' || r.name AS rate, h.starts_on, coalesce(h.whole_minor, h.amount_minor) AS price,
                   h.currency, h.rate_id, lag(h.rate_id) OVER (ORDER BY h.starts_on, h.id) AS before
               FROM charges h JOIN rates r ON r.id = h.rate_id JOIN plans p ON p.id = r.plan_id
               WHERE h.membership_id = ? AND h.kind IN ('prorata', 'recurring') AND h.starts_on IS NOT NULL)
           WHERE before <> rate_id""",
        (membership.id,),
    )
    return [
        _row(f"changed to {rate}", day, amount=money.format_cell(Money(minor, currency)))
        for rate, day, minor, currency in rows
    ]


def _returned(db: Reader, membership: Membership) -> list[Row]:
    """List the amounts of charges that were waived, credited or refunded, and the reasons."""
    rows = db.rows(
        """SELECT h.id, coalesce(h.starts_on, h.due_on), h.ends_on, h.currency, h.waived_minor, h.waive_reason,
               h.refunded_minor, (SELECT -sum(a.amount_minor) FROM allocations a
                   LEFT JOIN payments y ON y.id = a.payment_id WHERE a.charge_id = h.id AND a.amount_minor < 0
                   AND (a.credit_id IS NOT NULL OR y.kind = 'received')),
               (SELECT max(y.reason) FROM allocations a JOIN payments y ON y.id = a.payment_id
                   WHERE a.charge_id = h.id AND y.kind = 'refunded')
           FROM charges h WHERE h.membership_id = ? AND (h.waived_minor > 0 OR h.refunded_minor > 0)""",
        (membership.id,),
    )
    found = []
    for charge, first, last, currency, waived, why, refunded, credited, because in rows:
        to_credit = min(credited or 0, waived)
        parts = (("waived", waived - to_credit, why), ("to credit", to_credit, why), ("given back", refunded, because))
        found += [
            _row(
                what,
                first,
                last,
                amount=money.format_cell(Money(-minor, currency)),
                charge=f"C-{charge}",
                working=reason,
            )
            for what, minor, reason in parts
            if minor
        ]
    return found


def _charges(db: Reader, membership: Membership) -> list[Row]:
    rows = db.rows(
        f"""SELECT h.kind, coalesce(h.starts_on, h.due_on), h.ends_on, h.amount_minor, h.currency, h.due_on,
            {charges.STATE}, h.id, h.whole_minor, h.days_used, h.days_whole
            FROM charges h WHERE h.membership_id = ?""",
        (membership.id,),
    )
    return [
        _row(
            kind,
            first,
            last,
            amount=money.format_cell(Money(minor, currency)),
            due=due,
            status=state,
            charge=f"C-{charge}",
            working=None if whole is None else charges.working(Money(whole, currency), used, of),
        )
        for kind, first, last, minor, currency, due, state, charge, whole, used, of in rows
    ]


def _next_period(db: Reader, each: billing.DuePeriod) -> Row:
    period = each.period
    return _row(
        each.kind,
        period.starts_on,
        period.ends_on,
        amount=money.format_cell(each.amount),
        due=period.starts_on.isoformat(),
        status="not billed" if period.starts_on <= db.today else "coming",
        working=charges.working(each.whole, period.used, period.whole),
    )
