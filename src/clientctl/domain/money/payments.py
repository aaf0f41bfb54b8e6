"""Payments: money received, failed attempts, and the entries that correct them.

An entry is never edited: a correction is an entry of its own. An overpaid amount becomes a credit.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal, NamedTuple

from clientctl.base import text
from clientctl.base.listing import SEPARATOR, Card, Column, Listing
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.money import charges, credits
from clientctl.domain.money.charges import Charge, allocate, format_money
from clientctl.domain.money.client_balances import NET
from clientctl.domain.practice.payment_types import PaymentType
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Query, Request, Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Kind = Literal["received", "failed", "disputed", "voided", "refunded"]

STATES = ("received", "part-refunded", "refunded", "failed", "disputed", "voided")
"""The statuses of a payment; a correction has its kind as status."""

REFUNDED = """coalesce((SELECT sum(v.amount_minor) FROM payments v
    WHERE v.corrects = y.id AND v.kind = 'refunded'), 0)"""
"""The sum of refunds of a payment ``y``, in minor units, in SQL."""

STATE = f"""CASE WHEN y.kind <> 'received' THEN y.kind ELSE coalesce(
    (SELECT v.kind FROM payments v WHERE v.corrects = y.id AND v.kind <> 'refunded'),
    CASE {REFUNDED} WHEN 0 THEN 'received' WHEN y.amount_minor THEN 'refunded' ELSE 'part-refunded' END) END"""
"""The status of a payment ``y``, in SQL."""

_CHARGES = f"""(SELECT group_concat(v.number, '{SEPARATOR}') FROM (
    SELECT DISTINCT 'C-' || a.charge_id AS number FROM allocations a WHERE a.payment_id = y.id
    ORDER BY a.charge_id) v)"""

SOURCE = Source(
    plural="payments",
    fields=dict(
        (
            field("number", "Number", "('P-' || y.id)", "number", order="y.id"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "y.client_id", "integer"),
            field("on", "Day", "y.paid_on", "day"),
            field("kind", "Entry", "y.kind"),
            field("type", "Type", "t.name", order="t.name_key"),
            field("amount", "Amount", charges.amount_sql("y.amount_minor", "y.currency"), "money", "y.amount_minor"),
            field("net", "Net", charges.amount_sql(NET, "y.currency"), "money", order=NET),
            field("currency", "Currency", "y.currency"),
            field("status", "Status", STATE, "status"),
            field("charges", "Charges", _CHARGES, "words"),
            field("credit", "Credit paid out", "y.credit_id", "integer"),
            field("corrects", "Corrects", "('P-' || y.corrects)", "number", order="y.corrects"),
            field("reference", "Reference", "y.reference"),
            field("reason", "Reason", "y.reason"),
        )
    ),
    origin="payments y",
    joins={
        "c": "JOIN clients c ON c.id = y.client_id",
        "s": "LEFT JOIN client_search s ON s.id = y.client_id",
        "t": "JOIN payment_types t ON t.id = y.type_id",
    },
    shown=("number", "client", "on", "type", "amount", "status", "charges", "corrects", "reference"),
    number="number",
    order=("y.id",),
    client="y.client_id",
    filters={
        "type": queries.is_any_record("y.type_id"),
        "status": queries.is_any_choice(STATE, STATES, lambda: say("status")),
        "on": queries.is_within("y.paid_on"),
    },
)


class OverpaidError(UsageError):
    """More money than is due, without ``overpay``; ``fact`` tells how much more."""

    def __init__(self, fact: str) -> None:
        super().__init__(say("{fact}: --overpay credit keeps the rest for the client", fact=fact))
        self.fact = fact


class Payment(NamedTuple):
    """An entry as stored; ``client`` is the client's name."""

    id: int
    client_id: int
    client: str
    kind: Kind
    status: str
    type: PaymentType
    amount: Money
    paid_on: date
    reference: str | None
    corrects: int | None

    @property
    def number(self) -> str:
        """Return the number that users see."""
        return f"P-{self.id}"


_SELECT = f"""SELECT y.id, y.client_id, {client_sql.NAME}, y.kind, {STATE}, t.id, t.name, y.amount_minor, y.currency,
    y.paid_on, y.reference, y.corrects
    FROM payments y JOIN clients c ON c.id = y.client_id JOIN payment_types t ON t.id = y.type_id"""


def find(db: Reader, number: str) -> Payment:
    """Find a payment by number, ``P-7`` or ``7``. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE y.id = ?", (queries.number_id(number, "P"),))
    if row is None:
        raise NotFoundError(say("no payment {number}: `clientctl payment list` lists them", number=number))
    return _payment(row)


def latest(db: Reader, client: Client, *, received: bool) -> list[Payment]:
    """List the payments of a client on the latest day with any; with ``received``, only those still received."""
    still = f"y.kind = 'received' AND {STATE} IN ('received', 'part-refunded')" if received else "1"
    found = [
        _payment(row) for row in db.rows(f"{_SELECT} WHERE y.client_id = ? AND {still} ORDER BY y.id", (client.id,))
    ]
    return [each for each in found if each.paid_on == max(other.paid_on for other in found)]


def card(db: Reader, number: str) -> Card:
    """Return the card of a payment: the charges it paid, the overpaid credit, its corrections."""
    found = find(db, number)
    record = {"record": found.id}
    corrections = queries.listing(db, Query(SOURCE, [Where("y.corrects = :record", record)]), Request(_CORRECTION))
    left = queries.listing(db, Query(credits.SOURCE, [Where("e.payment_id = :record", record)]), Request(_CREDIT))
    sections = {"charges": ("Charges", _charges_paid(db, found))}
    if any(True for _ in left.rows):
        sections["overpaid"] = ("Overpaid", left)
    if any(True for _ in corrections.rows):
        sections["corrections"] = ("Corrections", corrections)
    columns = [key for key in SOURCE.fields if key != "charges"]
    title = f"{found.number}  {found.client}"
    return queries.card(db, SOURCE, Where("y.id = :record", record), columns, title, sections)


_CORRECTION = ("number", "on", "status", "type", "amount", "reason")
_CREDIT = ("id", "amount", "left", "status")


def charges_of(db: Reader, payment: Payment) -> list[int]:
    """List the ids of the charges of an entry, in the order in which they were paid."""
    rows = db.rows(
        "SELECT charge_id FROM allocations WHERE payment_id = ? GROUP BY charge_id ORDER BY min(id)", (payment.id,)
    )
    return [charge_id for (charge_id,) in rows]


def charge_card(db: Reader, number: str) -> Card:
    """Return the card of a charge, with its calculation and what paid it."""
    found = charges.find(db, number)
    sections = {"payments": ("Paid by", _allocations(db, found))}
    title = f"{found.number}  {found.client}"
    made = queries.card(db, charges.SOURCE, Where("h.id = :record", {"record": found.id}), (), title, sections)
    working = charges.working(found.whole, found.used, found.of) if found.whole else None
    return made._replace(columns=(*made.columns, Column("working", "Working")), values=(*made.values, working))


def _allocations(db: Reader, charge: Charge) -> Listing:
    """List the allocations of a charge, each with its payment or credit, in the order in which they were made."""
    columns = (
        Column("from", "From"),
        Column("on", "Day", "day"),
        Column("what", "What"),
        Column("amount", "Amount", "money"),
    )
    rows = db.rows(
        f"""SELECT coalesce('P-' || a.payment_id, 'credit ' || a.credit_id), y.paid_on,
                coalesce(y.kind || ', ' || t.name, e.reason, 'credit'), {charges.amount_sql("a.amount_minor")}
            FROM allocations a JOIN charges h ON h.id = a.charge_id LEFT JOIN credits e ON e.id = a.credit_id
            LEFT JOIN payments y ON y.id = a.payment_id LEFT JOIN payment_types t ON t.id = y.type_id
            WHERE a.charge_id = ? ORDER BY a.id""",
        (charge.id,),
    )
    return Listing(columns, rows)


def _charges_paid(db: Reader, payment: Payment) -> Listing:
    columns = (Column("number", "Number", "number"), Column("what", "What"), Column("amount", "Amount", "money"))
    rows = db.rows(
        f"""SELECT 'C-' || h.id, {charges.WHAT}, {charges.amount_sql("a.amount_minor")} FROM allocations a
            JOIN charges h ON h.id = a.charge_id {charges.WHAT_JOINS} WHERE a.payment_id = ? ORDER BY a.id""",
        (payment.id,),
    )
    return Listing(columns, rows)


# -- lists --------------------------------------------------------------------------------------


# -- receiving ----------------------------------------------------------------------------------


def record(
    db: Writer,
    client_id: int,
    amount: Money | None,
    payment_type: PaymentType,
    on: date,
    reference: str | None = None,
    *,
    charges: Sequence[Charge],
    overpay: Literal["credit"] | None = None,
) -> Payment:
    """Record money received for charges, in their order; without an amount, exactly what is left of them.

    An overpaid amount becomes a refundable credit with ``overpay``. Raise OverpaidError without it, UsageError for
    an amount of zero, or when no charge is in the amount's currency.
    """
    received = amount or _left(charges)
    if not received.minor:
        raise UsageError(say("the amount of a payment can't be 0: give a larger --amount"))
    matching = [each for each in charges if each.left.currency == received.currency]
    if charges and not matching and overpay is None:
        raise UsageError(
            say("what is due is in {currency}: give the amount in that currency", currency=charges[0].left.currency)
        )
    due = Money(sum(each.left.minor for each in matching), received.currency)
    rest = Money(received.minor - due.minor, received.currency)
    if rest.minor > 0 and overpay is None:
        raise OverpaidError(
            say(
                "{received} is {rest} more than the {due} that is due",
                received=format_money(received),
                rest=format_money(rest),
                due=format_money(due),
            )
        )
    entry = enter(db, client_id, "received", received, payment_type, on, reference=reference)
    left = received.minor
    for each in matching:
        part = min(left, each.left.minor)
        if part:
            allocate(db, each.id, part, payment_id=entry)
            left -= part
    if rest.minor > 0:
        credit_reason = clients.unless_erased(db, client_id, "paid too much")
        credits.issue(db, client_id, rest, credit_reason, credits.CreditTerms(refundable=True), payment_id=entry)
    db.note_number(f"P-{entry}")
    return find(db, str(entry))


def enter(
    db: Writer,
    client_id: int,
    kind: Kind,
    amount: Money,
    payment_type: PaymentType,
    on: date,
    *,
    reference: str | None = None,
    reason: str | None = None,
    corrects: int | None = None,
    credit_id: int | None = None,
) -> int:
    """Insert an entry; return its id. Raise UsageError for a future day."""
    if on > db.today:
        raise UsageError(
            say("{on} is in the future: record money on the day on which it comes or goes, or later", on=on)
        )
    return db.insert(
        "payments",
        client_id=client_id,
        kind=kind,
        type_id=payment_type.id,
        amount_minor=amount.minor,
        currency=amount.currency,
        paid_on=on.isoformat(),
        reference=text.clean_optional_line(reference),
        reason=text.clean_optional_line(reason),
        corrects=corrects,
        credit_id=credit_id,
    )


def _left(open_charges: Sequence[Charge]) -> Money:
    """Sum what is left of charges. Raise RefusedError when nothing is, UsageError for several currencies."""
    currencies = sorted({each.left.currency for each in open_charges if each.left.minor})
    if not currencies:
        raise RefusedError(say("nothing is due: give --amount for a payment in advance"))
    if len(currencies) > 1:
        raise UsageError(
            say(
                "what is due is in {currencies}: choose one with --amount, like '20 USD'",
                currencies=say(" and ").join(currencies),
            )
        )
    return Money(sum(each.left.minor for each in open_charges), currencies[0])


def _payment(row: tuple[Any, ...]) -> Payment:
    payment_id, client_id, client, kind, status, type_id, type_name, minor, currency, on, reference, corrects = row
    return Payment(
        payment_id,
        client_id,
        client,
        kind,
        status,
        PaymentType(type_id, type_name),
        Money(minor, currency),
        date.fromisoformat(on),
        reference,
        corrects,
    )
