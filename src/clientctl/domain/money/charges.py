"""Charges: amounts due, how much of each is settled, and how.

For every charge, to the minor unit: amount = paid by money + paid by credit + waived + refunded + left.
These sums are stored with the charge and updated with every allocation.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal, NamedTuple, Required, TypedDict, Unpack

from clientctl.base import money, text
from clientctl.base.calendar import to_iso
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Kind = Literal["setup", "prorata", "recurring", "once", "booking", "fee"]

KINDS: tuple[Kind, ...] = ("setup", "prorata", "recurring", "once", "booking", "fee")
"""The kinds of charges."""

STATES = ("open", "part-paid", "paid", "waived", "refunded")
"""The statuses of a charge."""

STATE = """CASE WHEN h.left_minor = h.amount_minor THEN 'open' WHEN h.left_minor > 0 THEN 'part-paid'
    WHEN h.refunded_minor > 0 THEN 'refunded'
    WHEN h.waived_minor > 0 AND h.paid_minor + h.credit_minor = 0 THEN 'waived' ELSE 'paid' END"""
"""The status of a charge ``h``, in SQL."""

WHAT = """coalesce(h.description, p.name || '/' || r.name || CASE h.kind
    WHEN 'setup' THEN ', setup fee' WHEN 'prorata' THEN ', pro rata' ELSE '' END, h.kind)"""
"""The description of a charge ``h``, in SQL."""


def amount_sql(column: str, currency: str = "h.currency") -> str:
    """Format a column of minor units as a cell of money, in SQL."""
    return f"({column} || ' ' || {currency})"


WHAT_JOINS = "LEFT JOIN rates r ON r.id = h.rate_id LEFT JOIN plans p ON p.id = r.plan_id"
"""The joins that WHAT needs."""

_PERIOD = "CASE WHEN h.kind <> 'setup' THEN h.starts_on || '..' || coalesce(h.ends_on, '') END"

_OWED = "h.left_minor > 0"
"""Whether a charge is open or part-paid, in SQL."""

SOURCE = Source(
    plural="charges",
    fields=dict(
        (
            field("number", "Number", "('C-' || h.id)", "number", order="h.id"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "h.client_id", "integer"),
            field("kind", "Kind", "h.kind"),
            field("what", "What", WHAT),
            field("period", "Period", _PERIOD),
            field("from", "From", "CASE WHEN h.kind <> 'setup' THEN h.starts_on END", "day"),
            field("until", "Until", "h.ends_on", "day"),
            field("due", "Due", "h.due_on", "day"),
            field("amount", "Amount", amount_sql("h.amount_minor"), "money", order="h.amount_minor"),
            field("currency", "Currency", "h.currency"),
            field("paid", "Paid", amount_sql("h.paid_minor"), "money", order="h.paid_minor"),
            field("credit", "Paid by credit", amount_sql("h.credit_minor"), "money", order="h.credit_minor"),
            field("waived", "Waived", amount_sql("h.waived_minor"), "money", order="h.waived_minor"),
            field("refunded", "Refunded", amount_sql("h.refunded_minor"), "money", order="h.refunded_minor"),
            field("left", "Left", amount_sql("h.left_minor"), "money", order="h.left_minor"),
            field("status", "Status", STATE, "status"),
            field("attempt", "Latest attempt", "h.attempt", "status"),
            field("waive_reason", "Waived because", "h.waive_reason"),
            field("membership", "Membership", "('M-' || h.membership_id)", "number", order="h.membership_id"),
            field("package", "Package", "('K-' || h.package_id)", "number", order="h.package_id"),
            field("order", "Order", "('O-' || h.order_id)", "number", order="h.order_id"),
            field("made", "Made", "h.made_on", "day"),
        )
    ),
    origin="charges h",
    joins={
        "c": "JOIN clients c ON c.id = h.client_id",
        "s": "LEFT JOIN client_search s ON s.id = h.client_id",
        "r": "LEFT JOIN rates r ON r.id = h.rate_id",
        "p": "LEFT JOIN plans p ON p.id = r.plan_id",
    },
    shown=("number", "client", "what", "due", "amount", "left", "status", "from", "until"),
    number="number",
    order=("h.id",),
    client="h.client_id",
    filters={
        "membership": queries.is_record("h.membership_id"),
        "status": queries.is_any_choice(STATE, STATES, lambda: say("status")),
        "owed": queries.is_true(_OWED),
        "overdue": queries.is_true(f"{_OWED} AND h.due_on < :today"),
        "kind": queries.is_any_choice("h.kind", KINDS, lambda: say("kind of charge")),
        "due": queries.is_within("h.due_on"),
    },
)


class Charge(NamedTuple):
    """A charge as stored; ``client`` is the client's name, ``what`` the description.

    ``paid``, ``credit``, ``waived`` and ``refunded`` are minor units of its currency. ``whole`` is the price of
    the whole period; ``used`` and ``of`` are the days charged and the days of that period, if charged pro rata.
    """

    id: int
    client_id: int
    client: str
    kind: Kind
    what: str
    status: str
    amount: Money
    left: Money
    paid: int
    credit: int
    waived: int
    refunded: int
    due_on: date
    whole: Money | None
    used: int | None
    of: int | None
    membership_id: int | None
    package_id: int | None
    order_id: int | None

    @property
    def number(self) -> str:
        """Return the number that users see."""
        return f"C-{self.id}"


_SELECT = f"""SELECT h.id, h.client_id, {client_sql.NAME}, h.kind, {WHAT}, {STATE}, h.currency, h.amount_minor,
    h.left_minor, h.whole_minor, h.due_on, h.paid_minor, h.credit_minor, h.waived_minor, h.refunded_minor,
    h.days_used, h.days_whole, h.membership_id, h.package_id, h.order_id
    FROM charges h JOIN clients c ON c.id = h.client_id {WHAT_JOINS}"""


def find(db: Reader, number: str) -> Charge:
    """Find a charge by number, ``C-7`` or ``7``. Raise UsageError, NotFoundError."""
    return get(db, queries.number_id(number, "C"))


def get(db: Reader, charge_id: int) -> Charge:
    """Return the charge with an id. Raise NotFoundError."""
    row = db.row(f"{_SELECT} WHERE h.id = ?", (charge_id,))
    if row is None:
        raise NotFoundError(say("no charge C-{charge_id}: `clientctl charge list` lists them", charge_id=charge_id))
    return _charge(row)


def open_of(
    db: Reader,
    *,
    client_id: int | None = None,
    membership_id: int | None = None,
    package_id: int | None = None,
    order_id: int | None = None,
    charge_ids: Sequence[int] | None = None,
    currency: str | None = None,
    due_by: date | None = None,
) -> list[Charge]:
    """List the charges with something left that meet all conditions given, the oldest due day first."""
    filters: dict[str, Cell] = {
        "client_id": client_id,
        "membership_id": membership_id,
        "package_id": package_id,
        "order_id": order_id,
        "currency": currency,
    }
    values = {column: value for column, value in filters.items() if value is not None}
    conditions = ["h.left_minor > 0", *(f"h.{column} = :{column}" for column in values)]
    if due_by is not None:
        values["due_by"] = due_by.isoformat()
        conditions.append("h.due_on <= :due_by")
    if charge_ids is not None:
        conditions.append(f"h.id IN ({', '.join(str(int(each)) for each in charge_ids)})")
    rows = db.rows(f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY h.due_on, h.id", values)
    return [_charge(row) for row in rows]


def working(whole: Money, used: int | None, of: int | None) -> str | None:
    """Describe a pro rata calculation: ``60.00 EUR x 17/31 days = 32.90 EUR``; None for a whole price."""
    if used is None or of is None:
        return None
    return say(
        "{whole} x {used}/{of} days = {prorata}",
        whole=format_money(whole),
        used=used,
        of=of,
        prorata=format_money(money.prorata(whole, used, of)),
    )


def describe(charge: Charge) -> str:
    """Describe a charge with how its amount is worked out: ``C-1: Yoga, 49.90 EUR, due 2026-01-31``."""
    calculation = working(charge.whole, charge.used, charge.of) if charge.whole else None
    return say(
        "{number}: {what}, {working}, due {due_on}",
        number=charge.number,
        what=charge.what,
        working=calculation or format_money(charge.amount),
        due_on=charge.due_on,
    )


def format_money(value: Money) -> str:
    """Format money for people: ``49.90 EUR``."""
    return f"{money.format_amount(value)} {value.currency}"


# -- lists --------------------------------------------------------------------------------------


# -- making and settling ------------------------------------------------------------------------


class ChargeLinks(TypedDict, total=False):
    """The client of a new charge, and the membership, package, order and rate that it belongs to."""

    client_id: Required[int]
    membership_id: int | None
    package_id: int | None
    order_id: int | None
    rate_id: int | None


class NewCharge(ChargeLinks, total=False):
    """The values of a new charge; ``whole``, ``used`` and ``of`` are those of ``Charge``."""

    kind: Required[str]
    amount: Required[Money]
    due_on: Required[date]
    starts_on: date | None
    ends_on: date | None
    whole: Money | None
    used: int | None
    of: int | None
    description: str | None


def row(db: Reader, **new: Unpack[NewCharge]) -> dict[str, Cell]:
    """Return the columns of a new charge, made today."""
    starts_on, ends_on, whole = new.get("starts_on"), new.get("ends_on"), new.get("whole")
    return {
        "client_id": new["client_id"],
        "membership_id": new.get("membership_id"),
        "package_id": new.get("package_id"),
        "order_id": new.get("order_id"),
        "rate_id": new.get("rate_id"),
        "kind": new["kind"],
        "description": new.get("description"),
        "starts_on": to_iso(starts_on),
        "ends_on": to_iso(ends_on),
        "whole_minor": whole.minor if whole else None,
        "days_used": new.get("used"),
        "days_whole": new.get("of"),
        "amount_minor": new["amount"].minor,
        "currency": new["amount"].currency,
        "due_on": new["due_on"].isoformat(),
        "made_on": db.today.isoformat(),
    }


def make(db: Writer, **new: Unpack[NewCharge]) -> int:
    """Add a charge; return its id."""
    return db.insert("charges", **row(db, **new))


def make_many(db: Writer, rows: Iterable[dict[str, Cell]]) -> None:
    """Add many charges, each with the columns that ``row`` returns."""
    db.insert_many("charges", rows)


def add(
    db: Writer, client: Client, amount: Money, description: str, due_on: date, membership_id: int | None = None
) -> Charge:
    """Charge a client a fee, perhaps for one of their memberships. Raise UsageError for an amount of zero."""
    clients.check_not_erased(client)
    cleaned = text.clean_line(description)
    if not cleaned:
        raise UsageError(say("what is the fee for? give a description with --for"))
    if not amount.minor:
        raise UsageError(say("the amount of a charge can't be 0: give a larger --amount"))
    charge_id = make(
        db,
        client_id=client.id,
        kind="fee",
        amount=amount,
        due_on=due_on,
        membership_id=membership_id,
        description=cleaned,
    )
    db.note_number(f"C-{charge_id}")
    return get(db, charge_id)


def allocate(
    db: Writer, charge_id: int, amount_minor: int, *, payment_id: int | None = None, credit_id: int | None = None
) -> None:
    """Allocate part of a payment or credit to a charge, or reverse that with a negative amount; update the sums.

    An amount reversed by a refund is refunded; an amount reversed by another entry is left to pay again. The latest
    attempt is updated too: money received ends a failure, and a void of that money restores it.
    """
    db.insert("allocations", charge_id=charge_id, payment_id=payment_id, credit_id=credit_id, amount_minor=amount_minor)
    sums = db.row(_SUMS, {"charge": charge_id})
    assert sums  # noqa: S101 - a sum without groups has one row; this tells mypy
    paid, credit, refunded = sums
    db.update(
        "charges",
        charge_id,
        paid_minor=paid,
        credit_minor=credit,
        refunded_minor=refunded,
        attempt=db.value(_ATTEMPT, {"charge": charge_id}),
    )


_ADDED = """coalesce(sum(iif(a.payment_id IS NOT NULL, a.amount_minor, 0)), 0) AS paid,
    coalesce(sum(iif(a.credit_id IS NOT NULL, a.amount_minor, 0)), 0) AS credit,
    coalesce(-sum(iif(y.kind = 'refunded', a.amount_minor, 0)), 0) AS refunded
    FROM allocations a LEFT JOIN payments y ON y.id = a.payment_id"""
_SUMS = f"SELECT {_ADDED} WHERE a.charge_id = :charge"
_EVERY_SUM = f"SELECT a.charge_id, {_ADDED} GROUP BY a.charge_id"


def find_wrong_sums(db: Reader) -> int | None:
    """Return the id of the first charge whose sums differ from its allocations."""
    found: int | None = db.value(
        f"""SELECT h.id FROM charges h LEFT JOIN ({_EVERY_SUM}) a ON a.charge_id = h.id
            WHERE (h.paid_minor, h.credit_minor, h.refunded_minor)
                IS NOT (coalesce(a.paid, 0), coalesce(a.credit, 0), coalesce(a.refunded, 0)) ORDER BY h.id LIMIT 1"""
    )
    return found


_ATTEMPT = """SELECT nullif(y.kind, 'received') FROM allocations a JOIN payments y ON y.id = a.payment_id
    WHERE a.charge_id = :charge AND y.kind IN ('received', 'failed', 'disputed')
    AND NOT EXISTS (SELECT 1 FROM payments v WHERE v.corrects = y.id AND v.kind = 'voided')
    ORDER BY a.id DESC LIMIT 1"""


def waive(db: Writer, charge: Charge, reason: str | None, amount: Money | None = None) -> Charge:
    """Waive the rest of a charge, or part of it, for a reason; return the changed charge.

    Raise RefusedError when less is left, UsageError without a reason or in another currency.
    """
    stored_reason = clients.reason(db, charge.client_id, reason)
    waived = amount or charge.left
    if waived.currency != charge.amount.currency:
        raise UsageError(
            say(
                "{number} is in {currency}: give the amount in that currency",
                number=charge.number,
                currency=charge.amount.currency,
            )
        )
    if not charge.left.minor:
        raise RefusedError(
            say("{number} is {status}: there is nothing left to waive", number=charge.number, status=charge.status)
        )
    if not waived.minor:
        raise UsageError(say("the amount can't be 0: give a larger --amount"))
    if waived.minor > charge.left.minor:
        raise RefusedError(
            say("{left} is left of {number}: waive that or less", left=format_money(charge.left), number=charge.number)
        )
    db.update("charges", charge.id, waived_minor=charge.waived + waived.minor, waive_reason=stored_reason)
    db.note_number(charge.number)
    return get(db, charge.id)


def _charge(row: tuple[Any, ...]) -> Charge:
    charge_id, client_id, client, kind, what, status, currency, amount, left, whole, due_on = row[:11]
    paid, credit, waived, refunded, used, of, *record_ids = row[11:]
    return Charge(
        charge_id,
        client_id,
        client,
        kind,
        what,
        status,
        Money(amount, currency),
        Money(left, currency),
        paid,
        credit,
        waived,
        refunded,
        date.fromisoformat(due_on),
        None if whole is None else Money(whole, currency),
        used,
        of,
        *record_ids,
    )
