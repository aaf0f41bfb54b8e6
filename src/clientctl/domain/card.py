"""Put everything about a client on one card."""

from clientctl.base.listing import Card
from clientctl.domain import client_list, clients, fields, lists, memberships, preferences
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
    "company_address",
    "birthday",
    "language",
    "login_email",
    "site",
    "labels",
    "client_since",
    "member_since",
    "source",
    "archived",
)


SECTIONS = ("memberships", "tasks", "notes", "addresses", "preferences", "documents", "history")
"""The lists on a client's card."""


def client(db: Reader, number: str) -> Card:
    """Show a client: details, labels, and what else there is in a section each."""
    # Most commands about clients show no card, and would wait for these.
    from clientctl.domain import addresses, documents, history, notes, tasks

    found = clients.get(db, int(number))
    columns = tuple(key for key in memberships.SOURCE.shown if key != "client")
    held = lists.listing(db, Query(memberships.SOURCE, [memberships.where_client(found)]), Request(columns))
    sections = {
        "memberships": ("Memberships", held),
        "tasks": ("Tasks", tasks.of_client(db, found)),
        "notes": ("Notes", notes.of_client(db, found)),
        "addresses": ("Addresses", addresses.of_client(db, found)),
        "preferences": ("Preferences", preferences.of_client(db, found.id)),
        "documents": ("Documents", documents.of_client(db, found)),
        "history": ("Latest changes", history.latest(db, found.id, _RECENT)),
    }
    where = Where("c.id = :record", {"record": found.id})
    own = [each.key for each in fields.custom(db)]
    before_labels = _CLIENT.index("labels")
    columns = (*_CLIENT[:before_labels], *own, *_CLIENT[before_labels:])
    return lists.card(db, client_list.source(db), where, columns, found.name, sections)
