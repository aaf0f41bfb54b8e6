"""Balance, credit and payments of a client, in SQL: the columns of money of the client list.

They have a module of their own because every list of clients loads it.
"""

from clientctl.base.listing import SEPARATOR
from clientctl.domain.shared.queries import field

CURRENCY = "coalesce((SELECT g.value FROM settings g WHERE g.key = 'currency'), 'EUR')"
"""The currency by which amounts in several currencies are sorted, in SQL: the setting ``currency``."""

NET = """(CASE WHEN y.kind = 'received' THEN y.amount_minor WHEN y.corrects IS NULL AND y.kind = 'failed' THEN 0
    ELSE -y.amount_minor END)"""
"""The effect of an entry ``y`` on the money received, in SQL: negative for a refund, a void or a dispute."""

USABLE = "e.left_over > 0 AND (e.expires_on IS NULL OR e.expires_on >= :today)"
"""Whether something of a credit ``e`` can be used today, in SQL."""

_DUE = ("h.left_minor", "h.currency", "charges h WHERE h.client_id = c.id AND h.left_minor > 0 AND h.due_on <= :today")
_CREDIT = ("e.left_over", "e.currency", f"credits e WHERE e.client_id = c.id AND e.kind = 'amount' AND {USABLE}")
_PAID = (NET, "y.currency", "payments y WHERE y.client_id = c.id")


def _each(amount: str, currency: str, rows: str) -> str:
    """Sum amounts of a client ``c`` by currency, as a cell of kind ``amounts``; sums of zero are left out."""
    return f"""(SELECT group_concat(v.cell, '{SEPARATOR}') FROM (SELECT sum({amount}) || ' ' || {currency} AS cell
        FROM {rows} GROUP BY {currency} HAVING sum({amount}) <> 0 ORDER BY {currency}) v)"""


def _one(amount: str, currency: str, rows: str, in_currency: str) -> str:
    return f"(SELECT sum({amount}) FROM {rows} AND {currency} = {in_currency})"


def balance_in(currency: str) -> str:
    """Sum what is left of charges of a client ``c`` due by today, in one currency, in SQL."""
    return _one(*_DUE, currency)


def credit_in(currency: str) -> str:
    """Sum the usable credit of a client ``c`` in one currency, in SQL."""
    return _one(*_CREDIT, currency)


def spend_in(currency: str) -> str:
    """Sum the money received from a client ``c`` in one currency, less refunds, in SQL."""
    return _one(*_PAID, currency)


CLIENT_COLUMNS = dict(
    (
        field("balance", "Balance due", _each(*_DUE), "amounts", order=balance_in(CURRENCY)),
        field("credit", "Credit", _each(*_CREDIT), "amounts", order=credit_in(CURRENCY)),
        field(
            "credit_sessions",
            "Sessions of credit",
            f"(SELECT sum(e.left_over) FROM credits e WHERE e.client_id = c.id AND e.kind = 'sessions' AND {USABLE})",
            "integer",
        ),
        field("spend", "Spend", _each(*_PAID), "amounts", order=spend_in(CURRENCY)),
    )
)
"""Columns of amounts due, of usable credit, and of money received less refunds."""

AMOUNTS = {"balance": balance_in, "credit": credit_in, "spend": spend_in}
"""Functions that sum each column of amounts in the currency of an SQL expression."""
