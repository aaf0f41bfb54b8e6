"""List clients, with the columns that every noun lends."""

from collections.abc import Sequence

from clientctl.base.listing import Listing
from clientctl.domain.overview import client_columns, filters
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Source
from clientctl.store import Reader
from clientctl.store.search import search

SOURCE = Source(
    plural="clients",
    fields=client_columns.COLUMNS,
    origin="clients c",
    joins=client_columns.JOINS,
    shown=("id", "name", "email", "labels"),
    number="id",
    # The profile last changed by hand comes last, next to the prompt.
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
    """Return the list of clients with the owner's own fields among its columns."""
    return SOURCE._replace(fields=client_columns.columns(db))


def query(db: Reader, chosen: ClientFilter, *, by_id: bool = False) -> Query:
    """Ask for the clients a filter chooses: closest first when it has a search text, unless ``by_id`` in a stream."""
    where, listed = filters.conditions(db, chosen), source(db)
    if by_id:
        listed = listed._replace(order=("c.id",))
    if not chosen.text:
        return Query(listed, where)
    # Looked at from its search index, which a LEFT JOIN would not use.
    joins = {alias: join for alias, join in listed.joins.items() if alias != "s"}
    searched = listed._replace(origin="client_search s JOIN clients c ON c.id = s.id", joins=joins)
    return Query(searched, where, search(chosen.text))


def ids(db: Reader, chosen: ClientFilter) -> list[int]:
    """List the ids of all the clients a filter chooses."""
    asked = query(db, chosen)
    return [int(str(row[0])) for row in queries.listing(db, asked, Request(columns=("id",))).rows]


def sheet(db: Reader, chosen: ClientFilter, keys: Sequence[str] = (), sort: str | None = None) -> Listing:
    """Return the clients a filter chooses, by id or sorted: with the columns of the exported sheet, or some."""
    found = queries.stream(db, query(db, chosen, by_id=not sort), keys or SHEET, sort)
    named = (each._replace(title="Client id") if each.key == "id" else each for each in found.columns)
    return found._replace(columns=tuple(named))
