"""Payment methods of clients: cash, a card, a bank account; never a full card number."""

from typing import Literal, NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card, Cell
from clientctl.base.words import count, say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships.status import LIVE_OR_UPCOMING
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Kind = Literal["cash", "card", "direct-debit", "transfer", "other"]

SOURCE = Source(
    plural="payment methods",
    fields=dict(
        (
            field("id", "Id", "y.id", "integer"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "y.client_id", "integer"),
            field("kind", "Kind", "y.kind"),
            field("label", "Label", "y.name", order="fold(y.name)"),
            field("last_four", "Last four", "y.last_four"),
            field("mandate", "Mandate", "y.mandate", "status"),
            field("mandate_on", "Mandate since", "y.mandate_on", "day"),
            field("mandate_reference", "Mandate reference", "y.mandate_reference"),
            field(
                "memberships",
                "Memberships",
                f"(SELECT count(*) FROM memberships m WHERE m.payment_method_id = y.id AND {LIVE_OR_UPCOMING})",
                "integer",
            ),
        )
    ),
    origin="payment_methods y",
    joins={
        "c": "JOIN clients c ON c.id = y.client_id",
        "s": "LEFT JOIN client_search s ON s.id = y.client_id",
    },
    shown=("id", "client", "kind", "label", "last_four", "mandate", "mandate_on", "memberships"),
    number="id",
    order=("y.id",),
    client="y.client_id",
)


class PaymentMethod(NamedTuple):
    """A payment method as stored; ``client`` is the client's name, ``mandate`` None unless by direct debit."""

    id: int
    client_id: int
    client: str
    kind: Kind
    name: str | None
    last_four: str | None
    mandate: str | None
    mandate_on: str | None
    mandate_reference: str | None


_SELECT = f"""SELECT y.id, y.client_id, {client_sql.NAME}, y.kind, y.name, y.last_four, y.mandate, y.mandate_on,
    y.mandate_reference FROM payment_methods y JOIN clients c ON c.id = y.client_id"""


def find(db: Reader, number: str) -> PaymentMethod:
    """Find a payment method by number. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE y.id = ?", (queries.row_id(number, "payment-method"),))
    if row is None:
        raise NotFoundError(
            say("no payment method {number}: `clientctl payment-method list` lists them", number=number)
        )
    return PaymentMethod(*row)


def card(db: Reader, number: str) -> Card:
    """Return the card of a payment method."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("y.id = :record", {"record": found.id}), title=title_of(found))


def title_of(method: PaymentMethod) -> str:
    """Return the title of a payment method: its number, client and name."""
    return say(
        "payment method {id} ({client} ({client_id}), {name})",
        id=method.id,
        client=method.client,
        client_id=method.client_id,
        name=method.name or method.kind,
    )


def choose_for(db: Reader, client: Client, collection: str, method_id: int | None) -> int | None:
    """Choose the payment method by which a membership is collected: the one given, else one that fits; return its id.

    None when it is collected by hand, or none fits. One with an active mandate comes first, then the newest.
    Raise RefusedError when the one given does not fit.
    """
    if method_id is None:
        if collection == "manual":
            return None
        sql = (
            "SELECT id FROM payment_methods WHERE client_id = ? AND kind = ? ORDER BY mandate = 'active' DESC, id DESC"
        )
        found: int | None = db.value(sql, (client.id, collection))
        return found
    method = find(db, str(method_id))
    if method.client_id != client.id:
        kind = method.kind if collection == "manual" else collection
        raise RefusedError(
            say(
                "{method} does not belong to {name}: `clientctl payment-method add id:{id} {kind}` adds one",
                method=title_of(method),
                name=client.name,
                id=client.id,
                kind=kind,
            )
        )
    if collection not in {"manual", method.kind}:
        raise RefusedError(
            say(
                "it is to be collected by {collection}, but {method} is {kind}: choose another",
                collection=collection,
                method=title_of(method),
                kind=method.kind,
            )
        )
    return method.id


def add(
    db: Writer, client: Client, kind: Kind, *, name: str | None = None, last_four: str | None = None
) -> PaymentMethod:
    """Add a payment method. Raise RefusedError for a full card number, UsageError for invalid last digits."""
    clients.check_not_erased(client)
    method_id = db.insert(
        "payment_methods",
        client_id=client.id,
        kind=kind,
        name=text.clean_optional_line(name),
        last_four=_last_four(last_four),
        mandate="none" if kind == "direct-debit" else None,
    )
    db.note_number(str(method_id))
    return find(db, str(method_id))


def edit(db: Writer, method: PaymentMethod, after: PaymentMethod) -> bool:
    """Change the name and the last four digits of a payment method; return whether anything changed."""
    after = after._replace(name=text.clean_optional_line(after.name), last_four=_last_four(after.last_four))
    db.note_number(str(method.id))
    if after == method:
        return False
    db.update("payment_methods", method.id, name=after.name, last_four=after.last_four)
    return True


def remove(db: Writer, method: PaymentMethod) -> None:
    """Delete a payment method. Raise RefusedError while a live or upcoming membership is collected through it."""
    values: dict[str, Cell] = {"method": method.id, "today": db.today.isoformat()}
    through = f"SELECT m.id FROM memberships m WHERE m.payment_method_id = :method AND {LIVE_OR_UPCOMING} ORDER BY m.id"
    if used := [f"M-{row[0]}" for row in db.rows(through, values)]:
        raise RefusedError(
            count(
                len(used),
                "{used} is collected through {method}: cancel that first, or change how it is collected",
                "{used} are collected through {method}: cancel that first, or change how it is collected",
                used=", ".join(used),
                method=title_of(method),
            )
        )
    for (membership_id,) in db.rows("SELECT id FROM memberships WHERE payment_method_id = ?", (method.id,)):
        db.update("memberships", membership_id, payment_method_id=None)
    db.delete("payment_methods", method.id)
    db.note_number(str(method.id))


def _last_four(typed: str | None) -> str | None:
    if typed is None:
        return None
    digits = text.clean_line(typed)
    if not (len(digits) == 4 and digits.isascii() and digits.isdecimal()):
        raise UsageError(
            say("{digits} are not the last four digits: give four digits, like 4242", digits=text.quoted(digits))
        )
    return digits
