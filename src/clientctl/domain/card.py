"""Put everything about one record on one card."""

from collections.abc import Mapping

from clientctl.base.listing import Card, Listing
from clientctl.domain import client_list, clients, history, imports, labels, lists, memberships, plans, rates
from clientctl.domain.lists import Query, Request, Source, Where
from clientctl.errors import NotFoundError
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

CLIENT_SECTIONS = ("memberships", "history")


def client(db: Reader, number: str) -> Card:
    """Show a client: details, labels, memberships, the latest changes."""
    found = clients.get(db, int(number))
    held = lists.listing(db, Query(memberships.SOURCE, [memberships.where_client(found)]), Request())
    sections = {
        "memberships": ("Memberships", held),
        "history": ("Latest changes", history.latest(db, found.id, _RECENT)),
    }
    return _card(db, client_list.SOURCE, "c.id", found.id, found.name, _CLIENT, sections)


def membership(db: Reader, number: str) -> Card:
    """Show a membership with every fact there is."""
    found = memberships.find(db, number)
    title = f"{found.number}  {found.client}"
    return _card(db, memberships.SOURCE, "m.id", found.id, title, tuple(memberships.SOURCE.fields))


def plan(db: Reader, number: str) -> Card:
    """Show a plan and its rates."""
    source = plans.SOURCE
    of_plan = lists.listing(db, Query(rates.SOURCE, [Where("r.plan_id = :plan", {"plan": int(number)})]), Request())
    return _card(db, source, "p.id", int(number), None, tuple(source.fields), {"rates": ("Rates", of_plan)}, ("rates",))


def rate(db: Reader, number: str) -> Card:
    """Show a rate."""
    return _card(db, rates.SOURCE, "r.id", int(number), None, tuple(rates.SOURCE.fields))


def label(db: Reader, number: str) -> Card:
    """Show a label."""
    return _card(db, labels.SOURCE, "l.id", int(number), None, tuple(labels.SOURCE.fields))


def imported(db: Reader, number: str) -> Card:
    """Show an import, by the number of its command."""
    source, command = imports.SOURCE, history.parse_number(number)
    title = f"Import {number}"
    return _card(db, source, "i.made_by", command, title, tuple(source.fields))


def _card(
    db: Reader,
    source: Source,
    id_column: str,
    record_id: int,
    title: str | None,
    columns: tuple[str, ...],
    sections: Mapping[str, tuple[str, Listing]] | None = None,
    but: tuple[str, ...] = (),
) -> Card:
    """Show a record by the same columns as its list."""
    shown = tuple(key for key in columns if key not in but)
    where = Where(f"{id_column} = :record", {"record": record_id})
    found = lists.listing(db, Query(source, [where]), Request(columns=shown))
    row = next(iter(found.rows), None)
    if row is None:
        raise NotFoundError(f"it is no longer there: {source.plural} {record_id}")
    name = title or str(row[shown.index("name")])
    return Card(name, found.columns, row, sections or {})
