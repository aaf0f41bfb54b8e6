"""The addresses of clients: any number each, distinguished by a name such as Home."""

from collections.abc import Mapping
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import MissingParameterError, NotFoundError, RefusedError
from clientctl.store import Reader, Writer

LINES = ("street", "postal_code", "city", "region", "country")
"""The parts of an address other than its name, as typed; at least one is filled."""

SOURCE = Source(
    plural="addresses",
    fields=dict(
        (
            field("id", "Id", "a.id", "integer"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "a.client_id", "integer"),
            field("name", "Name", "a.name", order="fold(a.name)"),
            field("street", "Street", "a.street", order="fold(a.street)"),
            field("postal_code", "Postal code", "a.postal_code"),
            field("city", "City", "a.city", order="fold(a.city)"),
            field("region", "Region", "a.region", order="fold(a.region)"),
            field("country", "Country", "a.country", order="fold(a.country)"),
        )
    ),
    origin="addresses a",
    joins={
        "c": "JOIN clients c ON c.id = a.client_id",
        "s": "LEFT JOIN client_search s ON s.id = a.client_id",
    },
    shown=("id", "client", "name", "street", "postal_code", "city", "region", "country"),
    number="id",
    order=("a.id",),
    client="a.client_id",
)


class Address(NamedTuple):
    """One address as stored; ``client`` is the client's name."""

    id: int
    client_id: int
    client: str
    name: str
    street: str | None
    postal_code: str | None
    city: str | None
    region: str | None
    country: str | None


_SELECT = f"""SELECT a.id, a.client_id, {client_sql.NAME}, a.name, {", ".join("a." + line for line in LINES)}
    FROM addresses a JOIN clients c ON c.id = a.client_id"""


def find(db: Reader, number: str) -> Address:
    """Find an address by number. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE a.id = ?", (queries.row_id(number, "address"),))
    if row is None:
        raise NotFoundError(say("no address {number}: `clientctl address list` lists them", number=number))
    return Address(*row)


def card(db: Reader, number: str) -> Card:
    """Return an address as a record to show."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("a.id = :record", {"record": found.id}), title=title_of(found))


def title_of(address: Address) -> str:
    """Return the number of the address and its client, as a title."""
    return say(
        "address {id} ({client} ({client_id}), {name})",
        id=address.id,
        client=address.client,
        client_id=address.client_id,
        name=address.name,
    )


def add(db: Writer, client: Client, name: str, lines: Mapping[str, str | None]) -> Address:
    """Add an address to a client, which moves the client in the list. Raise UsageError when all lines are empty."""
    clients.check_not_erased(client)
    cleaned = {line: text.clean_optional_line(value) for line, value in lines.items()}
    if not any(cleaned.values()):
        raise MissingParameterError(
            say("an address needs more than a name: give --street, --postal-code, --city or the like"),
            "--street",
            "--postal-code",
            "--city",
            "--country",
        )
    address_id = db.insert("addresses", client_id=client.id, name=text.parse_name(name, "an address")[0], **cleaned)
    clients.move(db, [client.id])
    db.note_number(str(address_id))
    return find(db, str(address_id))


def edit(db: Writer, address: Address, changes: Mapping[str, str | None]) -> bool:
    """Change the name or lines of an address; return whether anything changed. A change moves the client.

    Raise RefusedError when all lines would be empty.
    """
    db.note_number(str(address.id))
    cleaned = {line: text.clean_optional_line(value) for line, value in changes.items() if line != "name"}
    if "name" in changes:
        cleaned["name"] = text.parse_name(changes["name"] or "", say("an address"))[0]
    before = address._asdict()
    after = before | cleaned
    if not any(after[line] for line in LINES):
        raise RefusedError(
            say(
                "address {id} needs more than a name: keep one line, or `clientctl address remove {id}` removes it",
                id=address.id,
            )
        )
    if after == before:
        return False
    db.update("addresses", address.id, **cleaned)
    clients.move(db, [address.client_id])
    return True


def remove(db: Writer, address: Address) -> None:
    """Delete an address, which moves the client in the list."""
    db.delete("addresses", address.id)
    clients.move(db, [address.client_id])
    db.note_number(str(address.id))
