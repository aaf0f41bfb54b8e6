"""Put everything about a client on one card."""

from clientctl.base.listing import Card, Listing
from clientctl.domain.clients import fields, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import record as memberships
from clientctl.domain.overview import client_list
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Source, Where
from clientctl.store import Reader

_RECENT = 10
"""How many of a client's latest orders, charges, payments and changes the card shows."""

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
    "balance",
    "credit",
    "spend",
    "source",
    "archived",
)


SECTIONS = (
    "memberships",
    "packages",
    "orders",
    "charges",
    "payments",
    "credits",
    "payment_methods",
    "tasks",
    "notes",
    "addresses",
    "preferences",
    "documents",
    "history",
)
"""The lists on a client's card."""


def client(db: Reader, number: str) -> Card:
    """Show a client: details, labels, and what else there is in a section each."""
    # Most commands about clients show no card, and would wait for these.
    from clientctl.domain.clients import addresses, documents, notes, tasks
    from clientctl.domain.journal import history
    from clientctl.domain.memberships import packages, payment_methods
    from clientctl.domain.money import charges, credits, orders, payments

    found = clients.get(db, int(number))
    sections = {
        "memberships": ("Memberships", _held(db, memberships.SOURCE, memberships.where_client(found))),
        "packages": ("Packages", packages.of_client(db, found)),
        "orders": ("Orders", _held(db, orders.SOURCE, orders.where_client(found), _RECENT)),
        "charges": ("Latest charges", _held(db, charges.SOURCE, charges.where_client(found), _RECENT)),
        "payments": ("Latest payments", _held(db, payments.SOURCE, payments.where_client(found), _RECENT)),
        "credits": ("Credits", credits.of_client(db, found)),
        "payment_methods": ("Payment methods", payment_methods.of_client(db, found)),
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
    return queries.card(db, client_list.source(db), where, columns, found.name, sections)


def _held(db: Reader, source: Source, where: Where, latest: int | None = None) -> Listing:
    """List what is a client's, all of it or only the latest."""
    columns = tuple(key for key in source.shown if key != "client")
    return queries.listing(db, Query(source, [where]), Request(columns, limit=latest))
