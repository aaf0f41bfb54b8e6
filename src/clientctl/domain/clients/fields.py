"""The fields of the client file: built-in ones, and custom ones of eleven types.

A field's key never changes; its name, whether it is required, where it is collected and its
place in the order may change.
"""

from collections.abc import Sequence
from typing import Any

from clientctl.base import text
from clientctl.base.choices import parse_one as one_of
from clientctl.base.choices import parse_several as several_of
from clientctl.base.listing import SEPARATOR, Card
from clientctl.base.text import quoted
from clientctl.base.words import count, say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import TYPES, Field, choices
from clientctl.domain.shared import by_name, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

COLLECTED = ("intake", "booking", "contact")
"""The forms on which a field can be collected."""


BUILT_IN = {
    key: Field(None, key, name, kind, True, False, (), place, None)
    for place, (key, name, kind) in enumerate(
        (
            ("first_name", "First name", "text"),
            ("last_name", "Last name", "text"),
            ("email", "E-mail", "email"),
            ("phone", "Phone", "phone"),
            ("company", "Company", "text"),
            ("position", "Position", "text"),
            ("company_address", "Company address", "text"),
            ("birthday", "Birthday", "date"),
            ("language", "Language", "text"),
            ("login_email", "Login e-mail", "email"),
            ("site", "Site", "choice"),
        ),
        1,
    )
}
"""The fields that every client file has; they can be renamed, required and collected."""

RESERVED = frozenset(
    {"id", "uid", "name", "client_since", "source", "archived", "labels", "status", "photo", "preferences"}
    | {"memberships", "active_memberships", "member_since"}
    | {"membership_type", "membership_rate", "membership_status"}
    | {"balance", "spend", "credit", "credit_sessions"}
)
"""Keys that stand for other columns of the client list."""

_FIRST_PLACE = 101
"""The first place of custom fields in the order."""

_COLUMNS = "id, key, name, name_key, type, built_in, required, on_intake, on_booking, on_contact, place, archived_on"
_DEFAULTS = ", ".join(
    f"(NULL, '{each.key}', '{each.name}', '', '{each.type}', 1, 0, 0, 0, 0, {each.place}, NULL)"
    for each in BUILT_IN.values()
)
_EVERY = f"""(SELECT {_COLUMNS} FROM fields
    UNION ALL SELECT * FROM (VALUES {_DEFAULTS}) WHERE column2 NOT IN (SELECT key FROM fields)) f"""
"""All fields: those stored, and the built-in ones whose settings were never changed."""

SOURCE = Source(
    plural="fields",
    fields=dict(
        (
            field("key", "Key", "f.key"),
            field("name", "Name", "f.name", order="f.name"),
            field("type", "Type", "f.type"),
            field(
                "choices",
                "Choices",
                f"""(SELECT group_concat(name, '{SEPARATOR}') FROM
                    (SELECT name FROM field_choices o WHERE o.field_id = f.id ORDER BY o.id))""",
                "words",
            ),
            field("required", "Required", "f.required", "flag"),
            field(
                "collected",
                "Collected",
                f"""trim(CASE WHEN f.on_intake THEN 'intake' ELSE '' END
                    || CASE WHEN f.on_booking THEN '{SEPARATOR}booking' ELSE '' END
                    || CASE WHEN f.on_contact THEN '{SEPARATOR}contact' ELSE '' END, '{SEPARATOR}')""",
                "words",
            ),
            field("built_in", "Built-in", "f.built_in", "flag"),
            field(
                "clients",
                "Clients",
                "(SELECT count(DISTINCT v.client_id) FROM field_values v WHERE v.field_id = f.id)",
                "integer",
            ),
            field("archived", "Archived", "f.archived_on", "day"),
        )
    ),
    origin=_EVERY,
    shown=("key", "name", "type", "choices", "required", "collected", "built_in"),
    number="key",
    order=("f.place", "f.key"),
)


def all_fields(db: Reader, *, archived: bool = False) -> list[Field]:
    """List the fields in their order, with the archived ones only on request."""
    stored = {row[1]: _field(row) for row in db.rows(_SELECT)}
    every = [*(each for key, each in BUILT_IN.items() if key not in stored), *stored.values()]
    return sorted((f for f in every if archived or f.archived_on is None), key=lambda f: (f.place, f.key))


def custom(db: Reader) -> list[Field]:
    """List the custom fields that are in use, in their order."""
    return [_field(row) for row in db.rows(f"{_SELECT} WHERE NOT built_in AND archived_on IS NULL ORDER BY place, key")]


def find(db: Reader, wanted: str, *, exactly: bool = False) -> Field:
    """Find a field by key, its words joined by - or _, or by name; or, unless ``exactly``, by the beginning of one.

    Raise NotFoundError, which lists all fields, or AmbiguousError, which lists those that begin so.
    """
    key = wanted.strip().replace("-", "_").lower()
    every = all_fields(db, archived=True)
    for each in every:
        if each.key == key:
            return each
    for each in every:
        if text.fold(each.name) == text.fold(wanted):
            return each
    begin = [] if exactly else [each for each in every if _begins(each, key, text.fold(wanted))]
    begin = [each for each in begin if not each.archived_on] or begin
    if len(begin) > 1:
        raise by_name.ambiguous_error(wanted, [each.key for each in begin])
    if begin:
        return begin[0]
    keys = ", ".join(each.key for each in every if not each.archived_on)
    raise NotFoundError(
        say(
            "no field {name}: the fields are {keys}; `clientctl field add {typed}` adds one",
            name=quoted(wanted),
            keys=keys,
            typed=text.name_word(wanted),
        )
    )


def _begins(field: Field, key: str, folded: str) -> bool:
    """Return whether the key or the name of a field begins with what was typed."""
    return bool(folded) and (field.key.startswith(key) or text.fold(field.name).startswith(folded))


def card(db: Reader, key: str) -> Card:
    """Return a field as a record to show."""
    return queries.card(db, SOURCE, Where("f.key = :record", {"record": key}))


# -- changes of fields -------------------------------------------------------------------------


def add(
    db: Writer,
    name: str,
    kind: str,
    *,
    key: str | None = None,
    offered: Sequence[str] = (),
    required: bool = False,
    collected: Sequence[str] = (),
) -> Field:
    """Add a field; its default key is made from its name. Raise RefusedError when either is taken, UsageError."""
    kind = one_of(kind, TYPES, "type")
    if bool(offered) != TYPES[kind].has_choices:
        raise UsageError(
            say("give --choice for every choice of a field of type choice or choices, and for no other type")
        )
    kept, name_key = _check_name(db, name)
    made = _new_key(db, key or name_key)
    collected = several_of(collected, COLLECTED, "form")
    last = db.value("SELECT max(place) FROM fields WHERE NOT built_in") or _FIRST_PLACE - 1
    field_id = db.insert(
        "fields",
        key=made,
        name=kept,
        name_key=name_key,
        type=kind,
        required=int(required),
        place=last + 1,
        **{f"on_{form}": int(form in collected) for form in COLLECTED},
    )
    for each in offered:
        _offer(db, field_id, each)
    db.note_number(made)
    return find(db, made)


def edit(
    db: Writer,
    of: Field,
    *,
    name: str | None = None,
    required: bool | None = None,
    collected: Sequence[str] | None = None,
    offered: Sequence[str] = (),
    withdrawn: Sequence[str] = (),
    before: Field | None = None,
    last: bool = False,
) -> Field:
    """Change a field's name, whether it is required, where it is collected, its choices, its place.

    Raise RefusedError for a name that is taken, or for removing a choice that clients have.
    """
    collected = None if collected is None else several_of(collected, COLLECTED, "form")
    if (offered or withdrawn) and not TYPES[of.type].has_choices:
        raise UsageError(say("{name} is of type {type} and has no choices", name=of.name, type=of.type))
    kept, name_key = (of.name, "") if name is None else _check_name(db, name, but=of.key)
    if kept != of.name:
        db.update("fields", _stored(db, of), name=kept, name_key=name_key)
    if required not in {None, of.required}:
        db.update("fields", _stored(db, of), required=int(bool(required)))
    if collected is not None and set(collected) != set(of.collected):
        db.update("fields", _stored(db, of), **{f"on_{form}": int(form in collected) for form in COLLECTED})
    for each in offered:
        _offer(db, _stored(db, of), each)
    for each in withdrawn:
        _withdraw(db, of, each)
    if before is not None and before.key == of.key:
        raise UsageError(say("{name} can't come before itself: name another field, or give --last", name=of.name))
    if before is not None or last:
        _move_before(db, find(db, of.key), before)
    db.note_number(of.key)
    return find(db, of.key)


def archive(db: Writer, of: Field, *, archived: bool) -> bool:
    """Archive a custom field, whose values remain stored, or restore it; return whether that changed it."""
    check_custom(of, "archived")
    db.note_number(of.key)
    if archived == (of.archived_on is not None):
        return False
    db.update("fields", of.id or 0, archived_on=db.today.isoformat() if archived else None)
    return True


def remove(db: Writer, of: Field) -> int:
    """Delete a custom field with all its values; return how many clients had one."""
    check_custom(of, "removed")
    held = db.rows("SELECT id, client_id FROM field_values WHERE field_id = ?", (of.id,))
    for row_id, _ in held:
        db.delete("field_values", row_id)
    for (row_id,) in db.rows("SELECT id FROM field_choices WHERE field_id = ?", (of.id,)):
        db.delete("field_choices", row_id)
    holders = {client_id for _, client_id in held}
    clients.move(db, holders)
    db.delete("fields", of.id or 0)
    db.note_number(of.key)
    return len(holders)


def holders(db: Reader, of: Field) -> int:
    """Count the clients who have a value in a field."""
    return int(db.value("SELECT count(DISTINCT client_id) FROM field_values WHERE field_id = ?", (of.id,)))


_SELECT = """SELECT id, key, name, type, built_in, required, on_intake, on_booking, on_contact, place, archived_on
    FROM fields"""


def _field(row: tuple[Any, ...]) -> Field:
    field_id, key, name, kind, built_in, required, intake, booking, contact, place, archived_on = row
    forms = zip(COLLECTED, (intake, booking, contact), strict=True)
    collected = tuple(form for form, on in forms if on)
    return Field(field_id, key, name, kind, bool(built_in), bool(required), collected, place, archived_on)


def _stored(db: Writer, of: Field) -> int:
    """Return the id of a field's row, which is inserted for a built-in field that has none yet."""
    stored = of.id or db.value("SELECT id FROM fields WHERE key = ?", (of.key,))
    if stored is not None:
        return int(stored)
    name_key = text.fold(of.name)
    return db.insert("fields", key=of.key, name=of.name, name_key=name_key, type=of.type, built_in=1, place=of.place)


def _check_name(db: Reader, name: str, but: str | None = None) -> tuple[str, str]:
    kept, key = text.parse_name(name, say("a field"))
    for each in all_fields(db, archived=True):
        if text.fold(each.name) == key and each.key != but:
            raise RefusedError(
                say("the field {name} already exists, {key}: choose another name", name=quoted(each.name), key=each.key)
            )
    return kept, key


def _new_key(db: Reader, wanted: str) -> str:
    key = _key_of(wanted)
    if not key.isascii() or not key[:1].isalpha():
        raise UsageError(
            say("no key can be made from {wanted}: give one with Latin letters with --key", wanted=quoted(wanted))
        )
    taken = {each.key for each in all_fields(db, archived=True)} | RESERVED
    if key in taken:
        raise RefusedError(say("the key {key} is taken: give another with --key", key=key))
    return key


def check_key(key: str) -> None:
    """Raise UsageError for a key that a field can't have, RefusedError for one with a card number."""
    if key != _key_of(key) or not key.isascii() or not key[:1].isalpha() or key in RESERVED:
        raise UsageError(say("{key} is not a valid key of a field: use Latin letters, digits and _", key=quoted(key)))


def _key_of(wanted: str) -> str:
    return "_".join(text.fold(text.clean(wanted)).split())


def check_custom(of: Field, what: str) -> None:
    """Raise RefusedError for a built-in field."""
    if of.built_in:
        raise RefusedError(say("{name} is built in and can't be {what}; it can be renamed", name=of.name, what=what))


def _offer(db: Writer, field_id: int, name: str) -> None:
    kept, key = text.parse_name(name, say("a choice"))
    if db.row("SELECT 1 FROM field_choices WHERE field_id = ? AND name_key = ?", (field_id, key)):
        raise RefusedError(say("the choice {kept} already exists: choose another name", kept=quoted(kept)))
    db.insert("field_choices", field_id=field_id, name=kept, name_key=key)


def _withdraw(db: Writer, of: Field, name: str) -> None:
    key = text.fold(name)
    row = db.row("SELECT id FROM field_choices WHERE field_id = ? AND name_key = ?", (of.id, key))
    if row is None:
        raise NotFoundError(
            say(
                "no choice {name} in {of_name}: the choices are {choices}",
                name=quoted(name),
                of_name=of.name,
                choices=", ".join(choices(db, of)),
            )
        )
    used = db.value("SELECT count(*) FROM field_values WHERE field_id = ? AND value_key = ?", (of.id, key))
    if used:
        raise RefusedError(
            say(
                "{clients} {name} in {field}: `clientctl client list --where {condition}` finds them",
                clients=count(used, "{n} client has", "{n} clients have"),
                name=quoted(name),
                field=of.name,
                condition=text.word(f"{of.key} is {name}"),
            )
        )
    db.delete("field_choices", row[0])


def _move_before(db: Writer, moved: Field, before: Field | None) -> None:
    """Move a field before another, or after all."""
    fields = all_fields(db, archived=True)
    order = [each for each in fields if each.key != moved.key]
    position = next((i for i, each in enumerate(order) if before and each.key == before.key), len(order))
    order.insert(position, moved)
    for place, each in enumerate(order, 1):
        if order != fields and each.place != place:
            db.update("fields", _stored(db, each), place=place)
