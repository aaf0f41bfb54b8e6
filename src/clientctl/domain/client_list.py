"""List clients, with the columns that every noun lends."""

from clientctl.base.listing import Listing
from clientctl.domain import clients, filters, labels, lists, memberships
from clientctl.domain.filters import ClientFilter
from clientctl.domain.lists import Query, Source
from clientctl.store import Reader
from clientctl.store.search import search

SOURCE = Source(
    plural="clients",
    fields={**clients.CLIENT_COLUMNS, **labels.CLIENT_COLUMNS, **memberships.CLIENT_COLUMNS},
    origin="clients c",
    joins={"s": "LEFT JOIN client_search s ON s.id = c.id", **memberships.CLIENT_JOINS},
    shown=("id", "name", "email", "labels"),
    number="id",
    # The profile last changed by hand comes last, next to the prompt.
    order=("c.moved_by", "c.id"),
)

_SEARCHED = SOURCE._replace(
    origin="client_search s JOIN clients c ON c.id = s.id",
    joins={alias: join for alias, join in SOURCE.joins.items() if alias != "s"},
)
"""The same list looked at from its search index, which a LEFT JOIN would not use."""

SHEET = (
    "id",
    "first_name",
    "last_name",
    "email",
    "phone",
    "client_since",
    "memberships",
    "active_memberships",
    "membership_type",
    "membership_rate",
    "membership_status",
    "member_since",
)
"""The columns of the sheet of clients that is exported to Excel."""


def query(chosen: ClientFilter, text: str | None = None) -> Query:
    """Ask for the clients a filter and a search text choose: closest first when there is a text."""
    if not text:
        return Query(SOURCE, filters.conditions(chosen))
    return Query(_SEARCHED, filters.conditions(chosen), search(text))


def sheet(db: Reader, chosen: ClientFilter) -> Listing:
    """Give all the clients a filter chooses, by id, with the columns of the exported sheet, as they are read."""
    by_id = SOURCE._replace(order=("c.id",))
    sheet = lists.stream(db, Query(by_id, filters.conditions(chosen)), SHEET)
    return sheet._replace(columns=(sheet.columns[0]._replace(title="Client id"), *sheet.columns[1:]))
