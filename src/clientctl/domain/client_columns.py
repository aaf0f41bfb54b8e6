"""Collect the columns that every noun lends to the client list."""

from clientctl.domain import clients, field_values, labels, lists, memberships, owing, photos, preferences
from clientctl.store import Reader

COLUMNS = {
    **clients.CLIENT_COLUMNS,
    **labels.CLIENT_COLUMNS,
    **preferences.CLIENT_COLUMNS,
    **photos.CLIENT_COLUMNS,
    **memberships.CLIENT_COLUMNS,
    **owing.CLIENT_COLUMNS,
}
"""The columns of every client list, by key."""

JOINS = {"s": "LEFT JOIN client_search s ON s.id = c.id", **clients.CLIENT_JOINS, **memberships.CLIENT_JOINS}

STATUS = COLUMNS["status"].sql
"""Lead or client, in SQL."""


def columns(db: Reader) -> dict[str, lists.Field]:
    """Give the columns of this owner's client list, the owner's fields among them."""
    return {**COLUMNS, **field_values.columns(db)}
