"""The list of clients, with the columns of every noun."""

from collections.abc import Sequence

from clientctl.base.listing import Listing
from clientctl.domain.overview import client_columns, filters
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Source
from clientctl.store import Reader

SOURCE = Source(
    plural="clients",
    fields=client_columns.COLUMNS,
    origin="clients c",
    joins=client_columns.JOINS,
    shown=("id", "name", "email", "labels"),
    number="id",
    # The client last changed by hand comes last, next to the prompt.
    order=("c.moved_by", "c.id"),
    client="c.id",
)

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


def source(db: Reader) -> Source:
    """Return the source of the client list, including the owner's fields."""
    return SOURCE._replace(fields=client_columns.columns(db))


def query(db: Reader, client_filter: ClientFilter, *, by_id: bool = False) -> Query:
    """Return the query for the clients of a filter: with a search text the best matches first, unless ``by_id``."""
    where, listed = filters.build_conditions(db, client_filter), source(db)
    if by_id:
        listed = listed._replace(order=("c.id",))
    if not client_filter.text:
        return Query(listed, where)
    from clientctl.store.search import search

    # The search index comes first: a LEFT JOIN would not use it.
    joins = {alias: join for alias, join in listed.joins.items() if alias != "s"}
    searched = listed._replace(origin="client_search s JOIN clients c ON c.id = s.id", joins=joins)
    return Query(searched, where, search(client_filter.text))


def list_ids(db: Reader, client_filter: ClientFilter) -> list[int]:
    """List the ids of all clients of a filter."""
    wanted = query(db, client_filter)
    return [int(str(row[0])) for row in queries.listing(db, wanted, Request(columns=("id",))).rows]


def stream_sheet(db: Reader, client_filter: ClientFilter, keys: Sequence[str] = (), sort: str | None = None) -> Listing:
    """Return the clients of a filter, by id or sorted, with the columns of the exported sheet or those given."""
    found = queries.stream(db, query(db, client_filter, by_id=not sort), keys or SHEET, sort)
    named = (each._replace(title="Client id") if each.key == "id" else each for each in found.columns)
    return found._replace(columns=tuple(named))
