"""The columns of the client list, collected from every noun."""

from clientctl.domain.clients import client_columns as clients
from clientctl.domain.memberships import client_columns as memberships
from clientctl.domain.money import client_balances
from clientctl.domain.shared import queries
from clientctl.store import Reader

COLUMNS = {
    **clients.CLIENT_COLUMNS,
    **memberships.CLIENT_COLUMNS,
    **client_balances.CLIENT_COLUMNS,
}
"""The columns of every client list, by key."""

JOINS = {"s": "LEFT JOIN client_search s ON s.id = c.id", **clients.CLIENT_JOINS, **memberships.CLIENT_JOINS}

STATUS = COLUMNS["status"].sql
"""Lead or client, in SQL."""


def columns(db: Reader) -> dict[str, queries.ListField]:
    """Return the columns of the client list, including the owner's fields."""
    if db.row("SELECT 1 FROM fields WHERE NOT built_in LIMIT 1") is None:
        return COLUMNS
    from clientctl.domain.clients import field_values

    return {**COLUMNS, **field_values.columns(db)}
