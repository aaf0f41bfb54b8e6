"""Say in SQL what a client owes, has in credit and has paid: the columns of money that the client list shows.

Apart from the records they are summed from, because every list of clients loads them.
"""

from clientctl.base.listing import SEPARATOR
from clientctl.domain.shared.queries import field

CURRENCY = "coalesce((SELECT g.value FROM settings g WHERE g.key = 'currency'), 'EUR')"
"""The currency by which amounts in several are sorted, in SQL: the setting ``currency``."""

NET = """(CASE WHEN y.kind = 'received' THEN y.amount_minor WHEN y.corrects IS NULL AND y.kind = 'failed' THEN 0
    ELSE -y.amount_minor END)"""
"""What an entry ``y`` adds to the money there is, in SQL: less than nothing when it takes back."""

USABLE = "e.left_over > 0 AND (e.expires_on IS NULL OR e.expires_on >= :today)"
"""Whether something of a credit ``e`` is left and has not expired, in SQL."""

_DUE = ("h.left_minor", "h.currency", "charges h WHERE h.client_id = c.id AND h.left_minor > 0 AND h.due_on <= :today")
_CREDIT = ("e.left_over", "e.currency", f"credits e WHERE e.client_id = c.id AND e.kind = 'amount' AND {USABLE}")
_PAID = (NET, "y.currency", "payments y WHERE y.client_id = c.id")


def _each(amount: str, currency: str, rows: str) -> str:
    """Add up amounts of a client ``c`` by currency, in a cell of kind ``amounts``; nothing of what comes to nothing."""
    return f"""(SELECT group_concat(v.cell, '{SEPARATOR}') FROM (SELECT sum({amount}) || ' ' || {currency} AS cell
        FROM {rows} GROUP BY {currency} HAVING sum({amount}) <> 0 ORDER BY {currency}) v)"""


def _one(amount: str, currency: str, rows: str, wanted: str) -> str:
    return f"(SELECT sum({amount}) FROM {rows} AND {currency} = {wanted})"


def balance_in(currency: str) -> str:
    """Add up what is left of the charges of a client ``c`` that are due by today, in one currency, in SQL."""
    return _one(*_DUE, currency)


def credit_in(currency: str) -> str:
    """Add up what a client ``c`` can use of credit in one currency, in SQL."""
    return _one(*_CREDIT, currency)


def spend_in(currency: str) -> str:
    """Add up the money received from a client ``c`` in one currency, less what was given back, in SQL."""
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
"""What is due, what can be used of credit, and the money received less what was given back."""

AMOUNTS = {"balance": balance_in, "credit": credit_in, "spend": spend_in}
"""The columns of amounts: how each is added up in the currency that an SQL expression gives."""
