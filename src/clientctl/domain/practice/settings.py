"""The few settings, stored in the database that they are about."""

from collections.abc import Callable
from typing import NamedTuple

from clientctl.base import clock
from clientctl.base.listing import Column, Listing
from clientctl.base.text import quoted, word
from clientctl.base.words import say
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer


class Setting(NamedTuple):
    """One setting: what it is for, its default, and the parser of its values, which returns how they are stored."""

    help: str
    default: str | None
    parse: Callable[[str], str]


def _parse_currency(text: str) -> str:
    from clientctl.base import money

    return money.parse_code(text)


def _parse_region(text: str) -> str:
    from clientctl.base import phones

    return phones.check_region(text)


def _parse_language(text: str) -> str:
    if text != "en":
        raise UsageError(say("{text} is not available: English (en) is the only language so far", text=repr(text)))
    return text


def _parse_days_ahead(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) <= 3650):
        raise UsageError(say("{text} is not a number of days, like 7", text=repr(text)))
    return str(int(text))


def _parse_yes_no(text: str) -> str:
    if text.lower() not in {"yes", "no"}:
        raise UsageError(say("{text} is neither yes nor no", text=repr(text)))
    return text.lower()


SETTINGS = {
    "currency": Setting("the currency of prices given without one", "EUR", _parse_currency),
    "region": Setting("the country of phone numbers given without one", "FR", _parse_region),
    "timezone": Setting("where a day begins and ends; the system's when not set", None, clock.check_zone),
    "language": Setting("the language of what is shown", "en", _parse_language),
    "user": Setting("the staff member who uses the program, unless CLIENTCTL_USER names one", None, str),
    "site": Setting("the site whose clients are listed, unless --site is given; all when not set", None, str),
    "within": Setting("how many days ahead the queues look", "7", _parse_days_ahead),
    "day_first": Setting(
        "whether 01/02/2026 is 1 February where a file leaves it open; with yes, also as typed", None, _parse_yes_no
    ),
}


_RECORD_SETTINGS = {
    "user": ("staff", "staff"),
    "site": ("sites", "site"),
}
"""The settings that name a record: its table and its noun."""


def get(db: Reader, key: str) -> str | None:
    """Return the value of a setting, or its default."""
    stored: str | None = db.value("SELECT value FROM settings WHERE key = ?", (check_key(key),))
    return SETTINGS[key].default if stored is None else stored


def put(db: Writer, key: str, text: str) -> str:
    """Change a setting; return its value as it is stored. Raise UsageError for an invalid one."""
    value = _find_record_name(db, key, text) if key in _RECORD_SETTINGS else parse(key, text)
    row = db.row("SELECT id FROM settings WHERE key = ?", (key,))
    if row:
        db.update("settings", row[0], value=value)
    else:
        db.insert("settings", key=key, value=value)
    return value


def parse(key: str, text: str) -> str:
    """Return a value as it is stored. Raise NotFoundError for an unknown setting, UsageError for an invalid value."""
    return SETTINGS[check_key(key)].parse(text.strip())


def unset(db: Writer, key: str) -> None:
    """Reset a setting to its default."""
    row = db.row("SELECT id FROM settings WHERE key = ?", (check_key(key),))
    if row:
        db.delete("settings", row[0])


def check_key(key: str) -> str:
    """Check that a setting exists, and return its key. Raise NotFoundError, which lists all."""
    if key not in SETTINGS:
        raise NotFoundError(say("no setting {key}; settings: {settings}", key=repr(key), settings=", ".join(SETTINGS)))
    return key


def _find_record_name(db: Reader, key: str, name: str) -> str:
    """Find the record that a setting is to name, and return its name. Raise RefusedError for an archived one."""
    from clientctl.domain.shared import by_name

    table, noun = _RECORD_SETTINGS[key]
    row = db.row(f"SELECT name, archived_on FROM {table} WHERE id = ?", (by_name.find_id(db, table, name),))
    if row is None:
        raise NotFoundError(
            say("no staff member named {name}: `clientctl staff list` lists them", name=quoted(name))
            if key == "user"
            else say("no site {name}: `clientctl site list` lists them", name=quoted(name))
        )
    if row[1]:
        raise RefusedError(
            say(
                "{name} was archived on {day}: name another one, or `clientctl {noun} restore {typed}` first",
                name=row[0],
                day=row[1],
                noun=noun,
                typed=word(row[0]),
            )
        )
    return str(row[0])


def listing(db: Reader) -> Listing:
    """List every setting with its value, set or default."""
    stored = dict(db.rows("SELECT key, value FROM settings"))
    columns = (
        Column("setting", "Setting"),
        Column("value", "Value"),
        Column("set", "Set", "flag"),
        Column("help", "What for"),
    )
    rows = [(key, stored.get(key, s.default), int(key in stored), s.help) for key, s in SETTINGS.items()]
    return Listing(columns, rows)
