"""The card of a client: everything about them."""

from clientctl.base.listing import Card
from clientctl.domain.clients import fields
from clientctl.domain.clients import record as clients
from clientctl.domain.overview import client_list
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Where
from clientctl.store import Reader

_RECENT = 10
"""The number of a client's latest changes that the card shows."""

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
    """Return the card of a client: details, labels, and a section for each part of their file that it shows."""
    # Most commands about clients show no card, and would wait for these.
    from clientctl.domain.client_file.parts import PARTS
    from clientctl.domain.journal import history

    found = clients.get(db, int(number))
    listed = {"history": ("Latest changes", history.latest(db, found.id, _RECENT))}
    for part in PARTS:
        if part.card:
            columns = part.card.columns or tuple(key for key in part.source.shown if key != "client")
            where = [*part.source.where(client=found), *([part.card.where] if part.card.where else [])]
            request = Request(columns, limit=part.card.latest)
            listed[part.key] = part.card.title or part.title, queries.listing(db, Query(part.source, where), request)
    own = [each.key for each in fields.custom(db)]
    before_labels = _CLIENT.index("labels")
    shown = (*_CLIENT[:before_labels], *own, *_CLIENT[before_labels:])
    sections = {key: listed[key] for key in SECTIONS}
    return queries.card(
        db, client_list.source(db), Where("c.id = :record", {"record": found.id}), shown, found.name, sections
    )
