"""Credits: value owed to a client, in money or sessions; issued, used, revoked, never edited, never below zero.

The credit that expires first is used first. Money is used for charges in its own currency. A recurring credit is
issued again on each of its days, counted from the first, and lasts until the day before the next one unless it has
a length of its own.
"""

from datetime import date
from typing import Any, Literal, NamedTuple

from clientctl.base import calendar, text
from clientctl.base.calendar import ONE_DAY, Interval, to_iso
from clientctl.base.listing import Card, Cell
from clientctl.base.money import Money
from clientctl.base.words import count, say
from clientctl.domain.money import charges
from clientctl.domain.money.client_balances import USABLE
from clientctl.domain.shared import client_sql, intervals, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Kind = Literal["amount", "sessions"]

STATES = ("open", "used", "revoked", "expired")
"""The statuses of a credit."""

STATE = """CASE WHEN e.left_over = 0 AND e.revoked > 0 THEN 'revoked' WHEN e.left_over = 0 THEN 'used'
    WHEN e.expires_on < :today THEN 'expired' ELSE 'open' END"""
"""The status of a credit ``e``, in SQL."""


def _amount(column: str) -> str:
    return f"iif(e.kind = 'amount', {column} || ' ' || e.currency, NULL)"


def _minor(column: str) -> str:
    return f"iif(e.kind = 'amount', {column}, NULL)"


def _sessions(column: str) -> str:
    return f"iif(e.kind = 'sessions', {column}, NULL)"


SOURCE = Source(
    plural="credits",
    fields=dict(
        (
            field("id", "Id", "e.id", "integer"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "e.client_id", "integer"),
            field("kind", "Kind", "e.kind"),
            field("amount", "Amount", _amount("e.quantity"), "money", order=_minor("e.quantity")),
            field("currency", "Currency", "e.currency"),
            field("sessions", "Sessions", _sessions("e.quantity"), "integer"),
            field("used", "Used", _amount("e.used"), "money", order=_minor("e.used")),
            field("sessions_used", "Sessions used", _sessions("e.used"), "integer"),
            field("left", "Left", _amount("e.left_over"), "money", order=_minor("e.left_over")),
            field("sessions_left", "Sessions left", _sessions("e.left_over"), "integer"),
            field("status", "Status", STATE, "status"),
            field("refundable", "Refundable", "e.refundable", "flag"),
            field("reason", "Reason", "e.reason"),
            field("issued", "Issued", "e.issued_on", "day"),
            field("expires", "Expires", "e.expires_on", "day"),
            field("revoked", "Revoked", "e.revoked_on", "day"),
            field("payment", "Overpaid by", "('P-' || e.payment_id)", "number", order="e.payment_id"),
            field("every", "Every", intervals.interval_sql("e.every_count", "e.every_unit")),
            field("next_issue", "Issued next", "e.next_issue_on", "day"),
            field("until", "Until", "e.until_on", "day"),
            field("recurs_from", "First one", "e.recurs_from", "integer"),
        )
    ),
    origin="credits e",
    joins={
        "c": "JOIN clients c ON c.id = e.client_id",
        "s": "LEFT JOIN client_search s ON s.id = e.client_id",
    },
    shown=("id", "client", "amount", "sessions", "left", "sessions_left", "status", "expires", "reason"),
    number="id",
    order=("e.id",),
    client="e.client_id",
    filters={
        "status": queries.is_any_choice(STATE, STATES, lambda: say("status")),
        "recurring": queries.is_true("e.next_issue_on IS NOT NULL"),
    },
)


class Credit(NamedTuple):
    """A credit as stored; ``client`` is the client's name, quantities are minor units or sessions."""

    id: int
    client_id: int
    client: str
    kind: Kind
    quantity: int
    currency: str | None
    used: int
    revoked: int
    left: int
    refundable: bool
    payment_id: int | None
    expires_on: str | None
    next_issue_on: str | None

    def is_over(self, today: date) -> bool:
        """Return whether it has expired."""
        return self.expires_on is not None and self.expires_on < today.isoformat()

    def shown(self, quantity: int) -> str:
        """Format a quantity of it for people: ``10.00 EUR`` or ``2 sessions``."""
        if self.currency:
            return charges.format_money(Money(quantity, self.currency))
        return count(quantity, "{n} session", "{n} sessions")


_SELECT = f"""SELECT e.id, e.client_id, {client_sql.NAME}, e.kind, e.quantity, e.currency, e.used, e.revoked,
    e.left_over, e.refundable, e.payment_id, e.expires_on, e.next_issue_on
    FROM credits e JOIN clients c ON c.id = e.client_id"""


def find(db: Reader, number: str) -> Credit:
    """Find a credit by number. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE e.id = ?", (queries.row_id(number, "credit"),))
    if row is None:
        raise NotFoundError(say("no credit {number}: `clientctl credit list` lists them", number=number))
    return _credit(row)


def card(db: Reader, number: str) -> Card:
    """Return the card of a credit."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("e.id = :record", {"record": found.id}), title=title_of(found))


def title_of(credit: Credit) -> str:
    """Return the title of a credit: its number and client."""
    return say("credit {id} ({client} ({client_id}))", id=credit.id, client=credit.client, client_id=credit.client_id)


def of_payment(db: Reader, payment_id: int) -> Credit | None:
    """Return the credit of what was overpaid with a payment; None when nothing was."""
    row = db.row(f"{_SELECT} WHERE e.payment_id = ?", (payment_id,))
    return _credit(row) if row else None


def usable(db: Reader, client_id: int, currency: str | None) -> list[Credit]:
    """List the usable credits of a client in a currency, None for sessions; the first to expire comes first."""
    rows = db.rows(
        f"""{_SELECT} WHERE e.client_id = :client AND e.currency IS :currency AND {USABLE}
            ORDER BY e.expires_on NULLS LAST, e.id""",
        {"client": client_id, "currency": currency, "today": db.today.isoformat()},
    )
    return [_credit(row) for row in rows]


def charges_paid(db: Reader, credit: Credit) -> list[str]:
    """List the numbers of the charges that a credit pays."""
    rows = db.rows(
        "SELECT charge_id FROM allocations WHERE credit_id = ? GROUP BY charge_id HAVING sum(amount_minor) > 0",
        (credit.id,),
    )
    return [f"C-{charge_id}" for (charge_id,) in rows]


# -- lists --------------------------------------------------------------------------------------


# -- issuing ------------------------------------------------------------------------------------


class CreditTerms(NamedTuple):
    """The terms of a credit.

    ``expires_on`` is its last day, or ``valid`` how long each issue lasts, ``every`` by default. It is issued again
    at each interval ``every``, up to the day ``until``.
    """

    refundable: bool = False
    expires_on: date | None = None
    valid: Interval | None = None
    every: Interval | None = None
    until: date | None = None


def issue(
    db: Writer,
    client_id: int,
    quantity: Money | int,
    reason: str | None = None,
    terms: CreditTerms = CreditTerms(),  # noqa: B008 - a NamedTuple never changes
    payment_id: int | None = None,
) -> Credit:
    """Issue a credit in money or sessions today; ``payment_id`` is the payment with which it was overpaid.

    Raise UsageError for a quantity of zero, and for days that contradict.
    """
    amount = quantity.minor if isinstance(quantity, Money) else quantity
    if amount <= 0:
        raise UsageError(say("a credit can't be 0: give more than 0"))
    _check_days(db, terms)
    valid = terms.valid or terms.every
    following = calendar.step(db.today, terms.every, 1) if terms.every else None
    if following and terms.until and following > terms.until:
        following = None
    credit_id = db.insert(
        "credits",
        client_id=client_id,
        kind="amount" if isinstance(quantity, Money) else "sessions",
        quantity=amount,
        currency=quantity.currency if isinstance(quantity, Money) else None,
        refundable=int(terms.refundable),
        reason=text.clean_optional_line(reason),
        issued_on=db.today.isoformat(),
        expires_on=to_iso(terms.expires_on or _last_day(db.today, db.today, terms.every, valid)),
        payment_id=payment_id,
        next_issue_on=to_iso(following),
        until_on=to_iso(terms.until),
        **intervals.columns(every=terms.every, valid=valid),
    )
    return find(db, str(credit_id))


def issue_due(db: Writer, through: date) -> int:
    """Issue the recurring credits of all days up to a day that were not issued yet; return their number."""
    rows = db.rows(
        """SELECT e.id, e.client_id, e.kind, e.quantity, e.currency, e.refundable, e.reason, e.issued_on,
               e.next_issue_on, e.until_on, e.every_count, e.every_unit, e.valid_count, e.valid_unit
           FROM credits e JOIN clients c ON c.id = e.client_id
           WHERE e.next_issue_on IS NOT NULL AND e.next_issue_on <= ? AND c.erased_on IS NULL ORDER BY e.id""",
        (through.isoformat(),),
    )
    issued: list[dict[str, Cell]] = []
    moved: list[tuple[str | None, int]] = []
    for credit_id, client_id, kind, quantity, currency, refundable, reason, *days in rows:
        first, day, until = (date.fromisoformat(each) if each else date.max for each in days[:3])
        every, valid = intervals.interval(*days[3:5]), intervals.interval(*days[5:7])
        assert every  # noqa: S101 - a credit that recurs has an interval; this tells mypy
        while day <= min(through, until):
            issued.append(
                {
                    "client_id": client_id,
                    "kind": kind,
                    "quantity": quantity,
                    "currency": currency,
                    "refundable": refundable,
                    "reason": reason,
                    "issued_on": day.isoformat(),
                    "expires_on": to_iso(_last_day(first, day, every, valid)),
                    "recurs_from": credit_id,
                }
            )
            day = calendar.first_bill_day(first, every, day + ONE_DAY)
        moved.append((to_iso(day if day <= until else None), credit_id))
    db.insert_many("credits", issued)
    db.update_many("credits", ("next_issue_on",), moved)
    return len(issued)


def _check_days(db: Reader, terms: CreditTerms) -> None:
    if terms.expires_on and terms.expires_on < db.today:
        raise UsageError(say("{expires_on} is past: a credit expires today or later", expires_on=terms.expires_on))
    if terms.until and not terms.every:
        raise UsageError(say("--until is for a recurring credit: give --every too"))
    if terms.until and terms.until < db.today:
        raise UsageError(say("{until} is past: give --until a later day", until=terms.until))
    if terms.every and terms.expires_on:
        raise UsageError(
            say("a recurring credit expires some time after each issue: give a duration, like --expires 1m")
        )


# -- revoking -----------------------------------------------------------------------------------


def revoke(db: Writer, credit: Credit, quantity: int | None = None) -> int:
    """Revoke what is left of a credit, or part of it, and stop issuing it; return the quantity revoked.

    Raise RefusedError when less is left, and for an overpaid amount, which is the client's money.
    """
    if not credit.left and not credit.next_issue_on:
        raise RefusedError(say("nothing is left of credit {id}: there is nothing to revoke", id=credit.id))
    if credit.payment_id is not None:
        raise RefusedError(
            say(
                "credit {id} is the overpaid amount of P-{payment_id}: `clientctl credit revoke {id} --refund` "
                "refunds the money",
                id=credit.id,
                payment_id=credit.payment_id,
            )
        )
    if quantity is not None and quantity <= 0:
        raise UsageError(say("the quantity to revoke can't be 0: give more than 0"))
    db.note_number(str(credit.id))
    return reduce(db, credit, credit.left if quantity is None else quantity)


def reduce(db: Writer, credit: Credit, quantity: int) -> int:
    """Reduce what is left of a credit by a quantity, and stop issuing it; return the quantity. Raise RefusedError."""
    if quantity > credit.left:
        raise RefusedError(
            say("credit {id} has {left} left: revoke that or less", id=credit.id, left=credit.shown(credit.left))
        )
    db.update(
        "credits",
        credit.id,
        revoked=credit.revoked + quantity,
        revoked_on=db.today.isoformat(),
        next_issue_on=None,
    )
    return quantity


def _last_day(first: date, day: date, every: Interval | None, valid: Interval | None) -> date | None:
    """Return the last day of a credit issued on a day: the day before the next issue, unless it has its own length."""
    if every and valid and calendar.same_length(every, valid):
        return calendar.first_bill_day(first, every, day + ONE_DAY) - ONE_DAY
    return calendar.term_end(day, valid) if valid else None


def _credit(row: tuple[Any, ...]) -> Credit:
    credit_id, client_id, client, kind, quantity, currency, used, revoked, left, refundable, *more = row
    return Credit(credit_id, client_id, client, kind, quantity, currency, used, revoked, left, bool(refundable), *more)
