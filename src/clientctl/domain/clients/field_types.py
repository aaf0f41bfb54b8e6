"""The types of fields: how a value of each is parsed, compared, listed and filtered.

A value is stored in one form for each type: days in ISO format, amounts as ``4990 EUR``, yes and
no as 1 and 0, each of several choices in its own row.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple

from clientctl.base import clock, emails, money, phones, text, web_addresses
from clientctl.base.listing import SEPARATOR, Cell, Kind
from clientctl.base.text import pattern, quoted
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.practice import amounts, typed_days
from clientctl.errors import UsageError
from clientctl.store import Reader

Asking = Literal["text", "number", "date", "yes-no", "choice"]
"""The kinds of filters for a value, each with its operators."""


class Field(NamedTuple):
    """One field of the client file; a built-in one whose settings were never changed has no id."""

    id: int | None
    key: str
    name: str
    type: str
    built_in: bool
    required: bool
    collected: tuple[str, ...]
    place: int
    archived_on: str | None


def choices(db: Reader, of: Field) -> list[str]:
    """List the choices of a field."""
    return [row[0] for row in db.rows("SELECT name FROM field_choices WHERE field_id = ? ORDER BY id", (of.id,))]


class FieldType(NamedTuple):
    """The rules of one type of field.

    ``parse`` returns a typed value as it is stored, or raises UsageError; ``key_of`` returns the key by which a
    stored value is found; ``is_stored`` checks the stored form. ``order`` and ``shown`` are SQL of a row ``v``
    (field_values): the sort key of a list, and the cell it shows.

    ``fits`` guesses the type of a column from its cells, and the types are tried in their order; a type without
    it is guessed from the whole column or never. ``contact`` is the name of a field for additional contacts.
    ``accepts_any_text`` means that the filter ``is`` accepts any text, even one that can't be stored.
    """

    name: str
    asked: Asking
    cell: Kind = "text"
    parse: Callable[[Reader, Field, str], str] = lambda _db, _of, value: value
    key_of: Callable[[str], str] = text.fold
    is_stored: Callable[[str], bool] = lambda _value: True
    order: str = "v.value_key"
    shown: str = "v.value"
    fits: Callable[[str], bool] | None = None
    contact: str = ""
    has_lines: bool = False
    has_choices: bool = False
    has_several: bool = False
    accepts_any_text: bool = False

    def cells(self, stored: list[str]) -> tuple[Kind, list[Cell]]:
        """Return stored values as cells, one each, and their kind."""
        cells: list[Cell] = [int(each) if self.cell == "flag" else each for each in stored]
        return "text" if self.has_several else self.cell, cells


_DIGITS = 15
"""How many digits a number may have to be compared exactly."""

_FLAGS = dict.fromkeys(("yes", "y", "oui", "si", "true", "vrai", "vero", "1"), "1") | dict.fromkeys(
    ("no", "n", "non", "false", "faux", "falso", "0"), "0"
)
_DIGIT_FLAGS = frozenset("01")
"""Flags that are also numbers, and are treated as numbers."""

_MONEY = "[0-9]{1,19} [A-Z]{3}"

# Patterns of guesses are plain texts, compiled when they are first used.
_LOOKS_LIKE_NUMBER = r"(?a)-?(?:0|[1-9]\d{0,11})(?:[.,]\d{1,2})?"
_LOOKS_LIKE_URL = r"(?i)(?:https?://|www\.)[^\s/]+\.[^\s]+"
_PHONE_DIGITS = 8


def _number(value: str) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(value.replace(",", ".").replace(" ", ""))
    except InvalidOperation:
        number = Decimal("NaN")
    number = number.normalize() if number.is_finite() else number
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS or abs(number.adjusted()) > _DIGITS:
        raise UsageError(
            say("{value} is not a number: give one like 12 or 3.5, of up to 15 digits", value=quoted(value))
        )
    return f"{number + 0:f}"  # no -0


def _flag(value: str) -> str:
    try:
        return _FLAGS[text.fold(value)]
    except KeyError:
        raise UsageError(say("{value} is neither yes nor no", value=quoted(value))) from None


def _choice(db: Reader, of: Field, value: str) -> str:
    offered = {text.fold(each): each for each in choices(db, of)}
    if chosen := offered.get(text.fold(value)):
        return chosen
    parts = {part.strip(): offered.get(text.fold(part)) for part in value.split(",")}
    has_several = TYPES[of.type].has_several
    if has_several and all(parts.values()):
        each_alone = " ".join(f"--field {text.word(f'{of.key}={name}')}" for name in parts.values())
        raise UsageError(
            say(
                "{value} are several choices, and a choice may contain a comma: give {each_alone}",
                value=quoted(value),
                each_alone=each_alone,
            )
        )
    if has_several and any(parts.values()):
        value = next(part for part, name in parts.items() if not name)
    names = ", ".join(offered.values())
    adds = say("`clientctl field edit {key} --choice {word}` adds one", key=of.key, word=text.name_word(value))
    raise UsageError(
        say("{value} is not a choice: the choices are {names}; {adds}", value=quoted(value), names=names, adds=adds)
    )


def _is_money(value: str) -> bool:
    good = pattern(_MONEY).fullmatch(value) is not None and money.parse_cell(value).minor <= money.MOST_MINOR
    money.check_code(value[-3:])
    return good


def _is_email(value: str) -> bool:
    emails.normalize(value)
    return True


def _looks_like_flag(value: str) -> bool:
    return (key := text.fold(value)) in _FLAGS and key not in _DIGIT_FLAGS


def _looks_like_phone(value: str) -> bool:
    return phones.looks_like_phone(value) and value[0] in "+0(" and sum(map(str.isdecimal, value)) >= _PHONE_DIGITS


TYPES: Mapping[str, FieldType] = {
    each.name: each
    for each in (
        FieldType("text", "text", accepts_any_text=True),
        FieldType("long-text", "text", has_lines=True, accepts_any_text=True),
        FieldType(
            "number",
            "number",
            "decimal",
            parse=lambda _db, _of, value: _number(value),
            key_of=str,
            is_stored=lambda value: _number(value) == value,
            order="CAST(v.value AS REAL)",
            fits=lambda value: pattern(_LOOKS_LIKE_NUMBER).fullmatch(value) is not None,
        ),
        FieldType(
            "money",
            "number",
            "amount",
            parse=lambda db, _of, value: money.format_cell(amounts.parse(db, value)),
            key_of=str,
            is_stored=_is_money,
            order="CAST(v.value AS INTEGER)",
        ),
        FieldType(
            "date",
            "date",
            "day",
            parse=lambda db, _of, value: typed_days.parse(db, value).isoformat(),
            key_of=str,
            is_stored=lambda value: clock.iso_day(value) is not None,
        ),
        FieldType(
            "yes-no",
            "yes-no",
            "flag",
            parse=lambda _db, _of, value: _flag(value),
            key_of=str,
            is_stored=lambda value: value in {"0", "1"},
            shown="CAST(v.value AS INTEGER)",
            fits=_looks_like_flag,
        ),
        FieldType("choice", "choice", parse=_choice, has_choices=True),
        FieldType(
            "choices",
            "choice",
            "words",
            parse=_choice,
            shown=f"group_concat(v.value, '{SEPARATOR}')",
            has_choices=True,
            has_several=True,
        ),
        FieldType(
            "url",
            "text",
            parse=lambda _db, _of, value: web_addresses.parse(value),
            fits=lambda value: pattern(_LOOKS_LIKE_URL).fullmatch(value) is not None,
            contact="Website",
            accepts_any_text=True,
        ),
        FieldType(
            "email",
            "text",
            parse=lambda _db, _of, value: emails.normalize(value),
            key_of=emails.key,
            is_stored=_is_email,
            fits=emails.looks_like,
            contact="E-mail",
        ),
        FieldType(
            "phone",
            "text",
            "phone",
            parse=lambda db, _of, value: clients.number(db, value)[0],
            key_of=lambda value: phones.key(value) or value,
            fits=_looks_like_phone,
            contact="Phone",
        ),
    )
}
"""Every type, by its name; the schema's CHECK names them too."""

FITS = {each.name: each.fits for each in TYPES.values() if each.fits}

CONTACTS = {each.name: each.contact for each in TYPES.values() if each.contact}
"""The types of fields for contacts, and the name of a field of each."""
