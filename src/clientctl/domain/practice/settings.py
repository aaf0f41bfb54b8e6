"""Keep the few settings, in the file they are about."""

from collections.abc import Callable
from typing import NamedTuple

from clientctl.base import clock, money, phones
from clientctl.base.listing import Column, Listing
from clientctl.base.text import quoted, word
from clientctl.domain.shared import by_name
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer


class Setting(NamedTuple):
    """One setting: what it is for, its value when none is set, how a value is checked and written."""

    help: str
    default: str | None
    parse: Callable[[str], str]


def _language(text: str) -> str:
    if text != "en":
        raise UsageError(f"{text!r} is not spoken here: so far clientctl speaks English, en")
    return text


def _within(text: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) < 19 and int(text) <= 3650):
        raise UsageError(f"{text!r} is no number of days: give one like 7")
    return str(int(text))


def _yes_no(text: str) -> str:
    if text.lower() not in {"yes", "no"}:
        raise UsageError(f"{text!r} is neither yes nor no")
    return text.lower()


SETTINGS = {
    "currency": Setting("the currency of prices given without one", "EUR", money.parse_code),
    "region": Setting("the country of phone numbers given without one", "FR", phones.check_region),
    "timezone": Setting("where a day begins and ends; the system's when not set", None, clock.check_zone),
    "language": Setting("the language of what is shown", "en", _language),
    "user": Setting("who acts when CLIENTCTL_USER does not say", None, str),
    "site": Setting("whose clients lists show unless --site says otherwise; all when not set", None, str),
    "within": Setting("how many days ahead the queues look", "7", _within),
    "day_first": Setting("whether 01/02/2026 is 1 February; yes reads it where a day is typed too", None, _yes_no),
}


_NAMED = {
    "user": ("staff", "staff", "nobody called {} works here: `clientctl staff list` shows who does"),
    "site": ("sites", "site", "no site {}: `clientctl site list` shows those there are"),
}
"""The settings that name a record: its table, its noun, and what is said when there is none."""


def get(db: Reader, key: str) -> str | None:
    """Read a setting, or its default."""
    stored: str | None = db.value("SELECT value FROM settings WHERE key = ?", (known(key),))
    return SETTINGS[key].default if stored is None else stored


def put(db: Writer, key: str, text: str) -> str:
    """Set a setting; return its value as it is written. Raise UsageError for a value that makes no sense."""
    value = _named(db, key, text) if key in _NAMED else parsed(key, text)
    row = db.row("SELECT id FROM settings WHERE key = ?", (key,))
    if row:
        db.update("settings", row[0], value=value)
    else:
        db.insert("settings", key=key, value=value)
    return value


def parsed(key: str, text: str) -> str:
    """Return a value as it is written. Raise NotFoundError, UsageError for one that makes no sense."""
    return SETTINGS[known(key)].parse(text.strip())


def unset(db: Writer, key: str) -> None:
    """Go back to a setting's default."""
    row = db.row("SELECT id FROM settings WHERE key = ?", (known(key),))
    if row:
        db.delete("settings", row[0])


def known(key: str) -> str:
    """Check that a setting exists. Raise NotFoundError naming those that do."""
    if key not in SETTINGS:
        raise NotFoundError(f"no setting {key!r}: there are {', '.join(SETTINGS)}")
    return key


def _named(db: Reader, key: str, name: str) -> str:
    """Find who or what a setting is to name, as it is called: one that is not in use would stand in the way."""
    table, noun, missing = _NAMED[key]
    row = db.row(f"SELECT name, archived_on FROM {table} WHERE id = ?", (by_name.id_of(db, table, name),))
    if row is None:
        raise NotFoundError(missing.format(quoted(name)))
    if row[1]:
        raise RefusedError(
            f"{row[0]} is archived since {row[1]}: name another, or `clientctl {noun} restore {word(row[0])}` first"
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
