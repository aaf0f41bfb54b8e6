"""Payment types: the ways in which the owner receives money."""

from collections.abc import Sequence
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.shared import by_name, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import Reader, Writer

STANDARD = ("Cash", "Card", "Transfer", "Direct debit")
"""The payment types of a new file."""

SOURCE = Source(
    plural="payment types",
    fields=dict(
        (
            field("id", "Id", "t.id", "integer"),
            field("name", "Name", "t.name", order="t.name_key"),
            field("payments", "Payments", "(SELECT count(*) FROM payments y WHERE y.type_id = t.id)", "integer"),
        )
    ),
    origin="payment_types t",
    shown=("id", "name", "payments"),
    number="id",
    order=("t.name_key", "t.id"),
)


class PaymentType(NamedTuple):
    """One payment type."""

    id: int
    name: str


def find(db: Reader, name: str, *, exactly: bool = False) -> PaymentType:
    """Find a payment type by name or, unless ``exactly``, its beginning. Raise NotFoundError, which lists all."""
    found = by_name.find_id(db, "payment_types", name, exactly=exactly)
    row = db.row("SELECT id, name FROM payment_types WHERE id = ?", (found,))
    if row is None:
        names = ", ".join(each.name for each in list_all(db)) or say("none yet")
        raise NotFoundError(
            say(
                "no payment type {name}; payment types: {names}; `clientctl payment-type add {typed}` adds it",
                name=text.quoted(name),
                names=names,
                typed=text.name_word(name),
            )
        )
    return PaymentType(*row)


def list_all(db: Reader) -> Sequence[PaymentType]:
    """List the payment types by name."""
    return [PaymentType(*row) for row in db.rows("SELECT id, name FROM payment_types ORDER BY name_key")]


def card(db: Reader, number: str) -> Card:
    """Return the card of a payment type."""
    return queries.card(db, SOURCE, Where("t.id = :record", {"record": int(number)}))


def add(db: Writer, name: str) -> PaymentType:
    """Add a payment type. Raise RefusedError when the name is taken."""
    name, key = _parse_name(db, name)
    type_id = db.insert("payment_types", name=name, name_key=key)
    db.note_number(str(type_id))
    return PaymentType(type_id, name)


def rename(db: Writer, payment_type: PaymentType, name: str) -> PaymentType:
    """Rename a payment type, also in past payments."""
    name, key = _parse_name(db, name, but=payment_type.id)
    db.update("payment_types", payment_type.id, name=name, name_key=key)
    db.note_number(str(payment_type.id))
    return payment_type._replace(name=name)


def remove(db: Writer, payment_type: PaymentType) -> None:
    """Remove a payment type. Raise RefusedError while a payment has it."""
    used = db.value("SELECT count(*) FROM payments WHERE type_id = ?", (payment_type.id,))
    if used:
        payments = say("1 payment is") if used == 1 else say("{used} payments are", used=used)
        renames = say("`clientctl payment-type edit {name} --name NAME` renames it", name=text.word(payment_type.name))
        raise RefusedError(
            say(
                "{payments} of the type {name}, so it stays: {renames}",
                payments=payments,
                name=payment_type.name,
                renames=renames,
            )
        )
    db.delete("payment_types", payment_type.id)
    db.note_number(str(payment_type.id))


def _parse_name(db: Reader, typed: str, but: int | None = None) -> tuple[str, str]:
    """Return a name and its key. Raise RefusedError when another payment type has it."""
    name, key = text.parse_name(typed, say("a payment type"))
    if db.row("SELECT 1 FROM payment_types WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(say("the payment type {name} already exists: choose another name", name=text.quoted(name)))
    return name, key
