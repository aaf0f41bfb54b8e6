"""Put everything about a client on one card."""

from clientctl.base.listing import Card
from clientctl.domain import client_list, clients, history, lists, memberships
from clientctl.domain.lists import Query, Request, Where
from clientctl.store import Reader

_RECENT = 10
"""How many of a client's latest changes the card shows."""

_CLIENT = (
    "id",
    "name",
    "status",
    "email",
    "phone",
    "first_name",
    "last_name",
    "company",
    "position",
    "birthday",
    "language",
    "labels",
    "client_since",
    "member_since",
    "source",
    "archived",
)


def client(db: Reader, number: str) -> Card:
    """Show a client: details, labels, memberships, the latest changes."""
    found = clients.get(db, int(number))
    held = lists.listing(db, Query(memberships.SOURCE, [memberships.where_client(found)]), Request())
    sections = {
        "memberships": ("Memberships", held),
        "history": ("Latest changes", history.latest(db, found.id, _RECENT)),
    }
    where = Where("c.id = :record", {"record": found.id})
    return lists.card(db, client_list.SOURCE, where, _CLIENT, found.name, sections)
