"""Keep what clients have in the owner's own fields.

A value is stored in one form for each type: days ISO, amounts as ``4990 EUR``, yes and no as
1 and 0, several choices a row each.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from clientctl.base import clock, emails, money, phones, text
from clientctl.base.listing import SEPARATOR, Kind
from clientctl.base.text import quoted
from clientctl.domain.clients import fields
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.fields import Field
from clientctl.domain.practice import amounts, typed_days
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import field
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer

_KINDS: Mapping[str, Kind] = {
    "number": "decimal",
    "money": "amount",
    "date": "day",
    "yes-no": "flag",
    "choices": "words",
    "phone": "phone",
}

_DIGITS = 15
"""As many as a number can have and still be compared exactly."""

_FLAGS = dict.fromkeys(("yes", "y", "oui", "si", "true", "vrai", "vero", "1"), "1") | dict.fromkeys(
    ("no", "n", "non", "false", "faux", "falso", "0"), "0"
)

_CELL = {"yes-no": "CAST(v.value AS INTEGER)", "choices": f"group_concat(v.value, '{SEPARATOR}')"}
"""The cell that a list shows of a value, by type, where it is not the value as stored."""


def columns(db: Reader) -> dict[str, queries.Field]:
    """Return the columns that the owner's fields lend to the client list."""
    return dict(
        field(
            each.key,
            each.name,
            f"(SELECT {_CELL.get(each.type, 'v.value')} FROM field_values v"
            f" WHERE v.client_id = c.id AND v.field_id = {each.id})",
            _KINDS.get(each.type, "text"),
            order=_order(each),
        )
        for each in fields.custom(db)
    )


def set_values(db: Writer, client_id: int, of: Field, given: Sequence[str]) -> tuple[str | None, str | None] | None:
    """Set a client's value in a field of the owner's, several only for choices; none empties it.

    Return what was and what is, as people read them; None when it is so already. Raise UsageError, RefusedError.
    """
    if of.archived_on:
        raise RefusedError(f"the field {of.name} is archived: `clientctl field restore {of.key}` brings it back")
    if len(given) > 1 and of.type != "choices":
        raise UsageError(f"{of.name} has one value: give --field {of.key}=… once")
    if not given and of.required:
        raise RefusedError(f"{of.name} is required: give another value, or `clientctl field edit {of.key} --optional`")
    wanted = dict(canonical(db, of, each) for each in given)
    after = {key: value for value, key in wanted.items()}
    was = set_stored(db, client_id, of, after)
    if was != after:
        clients.move(db, [client_id])
        return shown(of.type, was.values()), shown(of.type, after.values())
    return None


def set_stored(db: Writer, client_id: int, of: Field, after: Mapping[str, str]) -> dict[str, str]:
    """Set a client's values in a field to exactly these, by their keys, as they are stored; return what was so."""
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
                db.notify(f"{value} is not a valid phone number; stored as typed")
            db.insert("field_values", client_id=client_id, field_id=of.id, value=value, value_key=key)
    return was


def typed(db: Reader, client_id: int, of: Field) -> list[str]:
    """Return a client's values in a field of the owner's as they would be typed."""
    from clientctl.base.cell_text import format_plain

    where = "client_id = ? AND field_id = ?"
    stored = [
        row[0] for row in db.rows(f"SELECT value FROM field_values WHERE {where} ORDER BY id", (client_id, of.id))
    ]
    if of.type == "money":
        return format_plain("amount", stored)
    return ["yes" if value == "1" else "no" for value in stored] if of.type == "yes-no" else stored


def missing(db: Reader, client_id: int) -> list[Field]:
    """List the required fields in which a client has no value."""
    required = [each for each in fields.all_fields(db) if each.required]
    return [each for each in required if not _has(db, client_id, each)]


def canonical(db: Reader, of: Field, given: str) -> tuple[str, str]:
    """Check a value of a field; return it as it is stored, and the key it is compared by. Raise UsageError."""
    value = text.clean(given) if of.type == "long-text" else text.clean_line(given)
    if not value:
        raise UsageError(f"{of.name} is empty: --unset {of.key} empties a field")
    try:
        value = _in_one_form(db, of, value)
    except UsageError as error:
        raise UsageError(f"{of.name}: {error.message}") from None
    return value, comparison_key(of.type, value)


def _in_one_form(db: Reader, of: Field, value: str) -> str:
    if of.type == "date":
        value = typed_days.day(db, value).isoformat()
    elif of.type == "money":
        value = money.format_cell(amounts.read(db, value))
    elif of.type == "number":
        value = _number(value)
    elif of.type == "yes-no":
        value = _flag(value)
    elif of.type in {"choice", "choices"}:
        value = _choice(db, of, value)
    elif of.type == "url":
        value = _url(value)
    elif of.type == "email":
        value = emails.normalize(value)
    elif of.type == "phone":
        value, _ = clients.number(db, value)
    return value


def check_stored(kind: str, value: str) -> None:
    """Raise UsageError for what a field of a type can't have stored."""
    if kind == "date":
        good = clock.iso_day(value) is not None
    elif kind == "money":
        good = _MONEY.fullmatch(value) is not None and money.parse_cell(value).minor <= money.MOST_MINOR
        money.check_code(value[-3:])
    elif kind == "yes-no":
        good = value in {"0", "1"}
    else:
        good = kind != "number" or _number(value) == value
        if kind == "email":
            emails.normalize(value)
    if not good:
        raise UsageError(f"{quoted(value)} is not as a field of type {kind} keeps it")


_MONEY = re.compile("[0-9]{1,19} [A-Z]{3}")


def comparison_key(kind: str, value: str) -> str:
    """Return the key by which a stored value of a type is found."""
    if kind in {"text", "long-text", "choice", "choices", "url"}:
        return text.fold(value)
    if kind == "email":
        return emails.key(value)
    return (phones.key(value) or value) if kind == "phone" else value


def shown(kind: str, stored: Iterable[str]) -> str | None:
    """Write stored values of a type as people read them; None when there is none."""
    from clientctl.base.cell_text import format_for_people

    cells = [int(value) for value in stored] if kind == "yes-no" else list(stored)
    values = format_for_people("text" if kind == "choices" else _KINDS.get(kind, "text"), cells)
    return ", ".join(values) or None


def _order(of: Field) -> str:
    value = {"number": "CAST(v.value AS REAL)", "money": "CAST(v.value AS INTEGER)"}.get(of.type, "v.value_key")
    return f"(SELECT min({value}) FROM field_values v WHERE v.client_id = c.id AND v.field_id = {of.id})"


def _has(db: Reader, client_id: int, of: Field) -> bool:
    if of.built_in:
        column = clients.COLUMN_OF[of.key]
        return bool(db.value(f"SELECT {column} IS NOT NULL FROM clients WHERE id = ?", (client_id,)))
    where = "client_id = ? AND field_id = ?"
    return db.row(f"SELECT 1 FROM field_values WHERE {where}", (client_id, of.id)) is not None


def _number(value: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(value.replace(",", ".").replace(" ", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    number = number.normalize() if number.is_finite() else number
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS or abs(number.adjusted()) > _DIGITS:
        raise UsageError(f"{quoted(value)} is no number: give one like 12 or 3.5, of up to 15 digits")
    return f"{number + 0:f}"  # no -0


def _flag(value: str) -> str:
    try:
        return _FLAGS[text.fold(value)]
    except KeyError:
        raise UsageError(f"{quoted(value)} is neither yes nor no") from None


def _choice(db: Reader, of: Field, value: str) -> str:
    offered = {text.fold(each): each for each in fields.choices(db, of)}
    if chosen := offered.get(text.fold(value)):
        return chosen
    parts = {part.strip(): offered.get(text.fold(part)) for part in value.split(",")}
    if of.type == "choices" and all(parts.values()):
        each_alone = " ".join(f"--field {text.word(f'{of.key}={name}')}" for name in parts.values())
        raise UsageError(f"{quoted(value)} are several, and a value may hold a comma: give {each_alone}")
    if of.type == "choices" and any(parts.values()):
        value = next(part for part, name in parts.items() if not name)
    there = ", ".join(offered.values())
    adds = f"`clientctl field edit {of.key} --choice {text.name_word(value)}` adds one"
    raise UsageError(f"{quoted(value)} can't be chosen: there are {there}; {adds}")


def _url(value: str) -> str:
    from urllib.parse import urlsplit

    full = value if "://" in value else f"https://{value}"
    try:
        parts = urlsplit(full)
        known = parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and " " not in full
    except ValueError:
        known = False
    if not known:
        raise UsageError(f"{quoted(value)} is no web address: give one like https://example.com")
    return full.replace(parts.netloc, parts.netloc.lower(), 1)
