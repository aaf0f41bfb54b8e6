"""The values of clients in custom fields, each in the form in which its type is stored."""

from collections.abc import Iterable, Mapping, Sequence

from clientctl.base import text
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients import fields
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import TYPES, Field
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import field
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer


def columns(db: Reader) -> dict[str, queries.ListField]:
    """Return the columns of the custom fields for the client list."""
    return dict(
        field(
            each.key,
            each.name,
            _of_client(each, TYPES[each.type].shown),
            TYPES[each.type].cell,
            order=_of_client(each, f"min({TYPES[each.type].order})"),
        )
        for each in fields.custom(db)
    )


def _of_client(of: Field, value: str) -> str:
    return f"(SELECT {value} FROM field_values v WHERE v.client_id = c.id AND v.field_id = {of.id})"


def set_values(db: Writer, client_id: int, of: Field, given: Sequence[str]) -> tuple[str | None, str | None] | None:
    """Set a client's value in a custom field, several only for choices; none empties the field.

    Return the values before and after, formatted for people; None when nothing changed. Raise UsageError, RefusedError.
    """
    if of.archived_on:
        raise RefusedError(
            say("the field {name} is archived: `clientctl field restore {key}` restores it", name=of.name, key=of.key)
        )
    if len(given) > 1 and not TYPES[of.type].has_several:
        raise UsageError(say("{name} has one value: give --field {key}=… once", name=of.name, key=of.key))
    if not given and of.required:
        raise RefusedError(
            say(
                "{name} is required: give another value, or `clientctl field edit {key} --optional`",
                name=of.name,
                key=of.key,
            )
        )
    wanted = dict(canonical(db, of, each) for each in given)
    after = {key: value for value, key in wanted.items()}
    was = set_stored(db, client_id, of, after)
    if was != after:
        clients.move(db, [client_id])
        return shown(of.type, was.values()), shown(of.type, after.values())
    return None


def set_stored(db: Writer, client_id: int, of: Field, after: Mapping[str, str]) -> dict[str, str]:
    """Set a client's stored values in a field, by their keys, replacing all others; return those from before."""
    held = db.rows(
        "SELECT id, value, value_key FROM field_values WHERE client_id = ? AND field_id = ? ORDER BY id",
        (client_id, of.id),
    )
    was = {key: value for _, value, key in held}
    for row_id, value, key in held:
        if after.get(key) != value:
            db.delete("field_values", row_id)
    for key, value in after.items():
        if was.get(key) != value:
            if of.type == "phone" and not clients.number(db, value)[1]:
                db.notify(say("{value} is not a valid phone number; stored as typed", value=value))
            db.insert("field_values", client_id=client_id, field_id=of.id, value=value, value_key=key)
    return was


def typed(db: Reader, client_id: int, of: Field) -> list[str]:
    """Return a client's values in a custom field as they would be typed."""
    from clientctl.base.cell_text import format_plain

    where = "client_id = ? AND field_id = ?"
    stored = [
        row[0] for row in db.rows(f"SELECT value FROM field_values WHERE {where} ORDER BY id", (client_id, of.id))
    ]
    return format_plain(*TYPES[of.type].cells(stored))


def missing(db: Reader, client_id: int) -> list[Field]:
    """List the required fields in which a client has no value."""
    required = [each for each in fields.all_fields(db) if each.required]
    return [each for each in required if not _has(db, client_id, each)]


def canonical(db: Reader, of: Field, given: str) -> tuple[str, str]:
    """Check a value of a field; return it as it is stored, and its comparison key. Raise UsageError."""
    value = text.clean(given) if TYPES[of.type].has_lines else text.clean_line(given)
    if not value:
        raise UsageError(say("{name} is empty: --unset {key} empties a field", name=of.name, key=of.key))
    try:
        value = TYPES[of.type].parse(db, of, value)
    except UsageError as error:
        raise UsageError(f"{of.name}: {error.message}") from None
    return value, TYPES[of.type].key_of(value)


def check_stored(kind: str, value: str) -> None:
    """Raise UsageError for a value that a field of a type can't store."""
    if not TYPES[kind].is_stored(value):
        raise UsageError(
            say("{value} is not in the form that a field of type {kind} stores", value=quoted(value), kind=kind)
        )


def shown(kind: str, stored: Iterable[str]) -> str | None:
    """Format stored values of a type for people; None when there is none."""
    from clientctl.base.cell_text import format_for_people

    values = format_for_people(*TYPES[kind].cells(list(stored)))
    return ", ".join(values) or None


def _has(db: Reader, client_id: int, of: Field) -> bool:
    if of.built_in:
        column = clients.COLUMN_OF[of.key]
        return bool(db.value(f"SELECT {column} IS NOT NULL FROM clients WHERE id = ?", (client_id,)))
    where = "client_id = ? AND field_id = ?"
    return db.row(f"SELECT 1 FROM field_values WHERE {where}", (client_id, of.id)) is not None
