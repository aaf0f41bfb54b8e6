"""Describe images of rows in the words of the lists of their tables: the same titles, the same values."""

from collections.abc import Callable, Mapping

from clientctl.base import clock, phones
from clientctl.base.cell_text import format_plain
from clientctl.base.listing import Cell
from clientctl.domain.clients import field_values
from clientctl.domain.practice import settings
from clientctl.domain.shared.queries import LETTERS
from clientctl.store import Reader
from clientctl.store.catalog import Table

Image = Mapping[str, Cell]
"""What a row held, by column; nothing where there was no row."""

PHOTO = "photo"
"""The column that holds only the digest of a picture, which says nothing to a person."""

_HIDDEN = frozenset(
    {"id", "digest", "moved_by", "made_by", "name_key", "value_key", "currency", "cancel_made_on", "due_through_on"}
)
"""Columns that say nothing to a person, or are said with another one, as is each that ends in ``_unit``."""

_FLAGS = frozenset(
    {"built_in", "required", "on_intake", "on_booking", "on_contact", "cancel_forced", "refundable"},
)
_SUMS = frozenset(
    {
        "paid_minor",
        "credit_minor",
        "waived_minor",
        "refunded_minor",
        "used",
        "revoked",
        "before_minutes",
        "after_minutes",
    }
)
_OWN = frozenset({"key", "place"})
"""Columns that a summary leaves out: these two while they are no or nothing, and the last always."""

_WORDS: Mapping[str, Mapping[str, str]] = {
    "plans": {"min_term_count": "minimum_term", "pause_rule": "pause"},
    "rates": {"term_count": "for"},
    "services": {"before_minutes": "minutes_before", "after_minutes": "minutes_after"},
    "payment_methods": {"name": "label", "mandate_on": "mandate_on"},
    "memberships": {
        "min_term_count": "minimum_term",
        "pause_rule": "pause",
        "next_bill_on": "next_billing",
        "payment_method_id": "method",
        "sold_count": "sold_for",
    },
    "membership_changes": {"rate_id": "changes_to"},
    "packages": {"left_sessions": "left", "valid_count": "for"},
    "package_entries": {"entered_on": "day"},
    "charges": {"description": "what", "starts_on": "from", "ends_on": "until", "whole_minor": "whole_price"},
    "payments": {"paid_on": "on"},
    "credits": {"valid_count": "for"},
    "credit_uses": {"used_on": "on"},
    "notes": {"kind": "type", "staff_id": "by", "written_at": "at"},
    "tasks": {"staff_id": "assignee"},
    "consents": {"opted_in": "opted", "given_on": "on", "source": "from"},
    "documents": {"attached_at": "attached_at"},
}
"""What lists call a column, where it is not its own name without ``_on`` and the like."""

_ENDS = ("_id", "_on", "_at", "_minor", "_count")

_QUANTITIES = {
    "quantity": ("amount", "sessions"),
    "used": ("used", "sessions_used"),
    "revoked": ("amount_revoked", "sessions_revoked"),
}
"""Columns of a credit that hold money or sessions: what each of the two is called."""

_NAMES = {
    "label_id": ("labels", "name"),
    "staff_id": ("staff", "name"),
    "site_id": ("sites", "name"),
    "preference_id": ("preferences", "name"),
    "plan_id": ("plans", "name"),
    "service_id": ("services", "name"),
    "rate_id": ("rates", "name"),
    "type_id": ("payment_types", "name"),
    "field_id": ("fields", "name"),
    "payment_method_id": ("payment_methods", "coalesce(name, kind) || coalesce(' ' || last_four, '')"),
}
"""References shown by the name of what they lead to: its table, and what it is called there, in SQL."""

_NUMBERS = {f"{noun}_id": letter for letter, noun in LETTERS.items()} | {"renewed_from": "M", "corrects": "P"}
"""References shown by the number of what they lead to, with its letter."""

_RECORDS = {f"{noun}s": f"{letter}-{{id}}" for letter, noun in LETTERS.items()} | {
    "settings": "setting {key}",
    "membership_changes": "change of M-{membership_id}",
    "pauses": "pause of M-{membership_id}",
    "package_entries": "entry of K-{package_id}",
    "credits": "credit {id}",
    "credit_uses": "use of credit {credit_id}",
    "payment_methods": "payment method {id}",
    "clients": "client {id}",
    "notes": "note {id}",
    "tasks": "task {id}",
    "addresses": "address {id}",
    "documents": "document {id}",
    "fields": "field {id}",
    "labels": "label {id}",
    "plans": "plan {id}",
    "services": "service {id}",
    "rates": "rate {id}",
}

_OF_CLIENTS: Mapping[str, Callable[[str], str]] = {PHOTO: lambda _: "yes", "phone": phones.format_for_people}
"""How a client's own columns are said where it is not as they are kept."""

_ALWAYS_EVERY = frozenset({"memberships", "rates"})
"""Tables in whose lists no interval is the word ``once``."""


class Wording:
    """A formatter of images in words. It looks up each reference once."""

    def __init__(self, db: Reader) -> None:
        self.db = db
        self._zone = settings.get(db, "timezone")
        self._found: dict[tuple[str, Cell], Cell] = {}

    def record(self, table: Table, image: Image) -> str:
        """Name the record of a row, or the record that the row is part of."""
        client = image.get(table.client or "")
        form = _RECORDS.get(table.name, "client {client}" if client else f"{table.name.replace('_', ' ')} {{id}}")
        return form.format_map({**image, "client": client})

    def words(self, table: Table, image: Image) -> dict[str, str | None]:
        """Format all columns of an image that mean something to a person."""
        return dict(self._word(table, column, image) for column in image if _is_told(table, column))

    def summary(self, table: Table, image: Image) -> str | None:
        """Describe a record, without details that don't matter when it is created or removed."""
        left_out = {column for column, value in image.items() if value == 0 and column in _FLAGS | _SUMS}
        said = (
            self._word(table, column, image) for column in image if _is_told(table, column, without=left_out | _OWN)
        )
        return ", ".join(f"{word.replace('_', ' ')} {value}" for word, value in said if value is not None) or None

    def _word(self, table: Table, column: str, image: Image) -> tuple[str, str | None]:
        """Return the title of a column, and its formatted value."""
        value = image[column]
        if table.name == "credits" and column in _QUANTITIES:
            in_money, in_sessions = _QUANTITIES[column]
            currency = image["currency"]
            return (in_money, _amount(value, currency)) if currency else (in_sessions, str(value))
        word = _WORDS.get(table.name, {}).get(column) or _short(column)
        if value is None:
            return word, "once" if word == "every" and table.name in _ALWAYS_EVERY else None
        return word, self._value(table, column, value, image)

    def _value(self, table: Table, column: str, value: Cell, image: Image) -> str | None:
        said: str | None = str(value)
        if column.endswith("_minor"):
            said = _amount(value, image.get("currency") or self._last("charges", "currency", image["charge_id"]))
        elif column.endswith("_count"):
            said = f"{value}{str(image[column.removesuffix('count') + 'unit'])[0]}"
        elif column.endswith("_at"):
            said = f"{clock.to_local(str(value), self._zone):%Y-%m-%d %H:%M}"
        elif column in _NUMBERS:
            said = f"{_NUMBERS[column]}-{value}"
        elif column in _NAMES:
            said = self._name(column, value, in_full="plan_id" not in image)
        elif column in _FLAGS:
            said = format_plain("flag", [value])[0]
        elif table.name == "clients" and column in _OF_CLIENTS:
            said = _OF_CLIENTS[column](str(value))
        elif (table.name, column) == ("consents", "opted_in"):
            said = "in" if value else "out"
        elif (table.name, column) == ("field_values", "value"):
            said = field_values.shown(str(self._last("fields", "type", image["field_id"])), [str(value)])
        return said

    def _name(self, column: str, row_id: Cell, *, in_full: bool) -> str | None:
        """Find the last name of a referenced row, even a removed one; that of a rate in full, with its plan's."""
        table, what = _NAMES[column]
        name = self._last(table, what, row_id)
        if table == "rates" and in_full:
            return f"{self._last('plans', 'name', self._last('rates', 'plan_id', row_id))}/{name}"
        return None if name is None else str(name)

    def _last(self, table: str, what: str, row_id: Cell) -> Cell:
        """Find the last value of a row, even a removed one."""
        asked = (f"{table} {what}", row_id)
        if asked not in self._found:
            newest = f"SELECT {what} FROM {table}_log WHERE id = ? AND {what} IS NOT NULL ORDER BY seq DESC LIMIT 1"
            self._found[asked] = self.db.value(newest, (row_id,))
        return self._found[asked]


def _is_told(table: Table, column: str, without: frozenset[str] | set[str] = frozenset()) -> bool:
    return column not in _HIDDEN | without and column != table.client and not column.endswith("_unit")


def _short(column: str) -> str:
    """Strip the ending of a column's name that tells its kind."""
    return next((column.removesuffix(end) for end in _ENDS if column.endswith(end)), column)


def _amount(value: Cell, currency: Cell) -> str:
    return format_plain("amount", [f"{value} {currency}"])[0]
