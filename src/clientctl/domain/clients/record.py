"""Clients: one row each, whose id never changes."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from clientctl.base import text
from clientctl.base.listing import Cell
from clientctl.base.words import say
from clientctl.domain.practice import settings
from clientctl.domain.shared import client_sql
from clientctl.errors import MissingParameterError, NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

COLUMN_OF = {
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone",
    "company": "company",
    "position": "position",
    "company_address": "company_address",
    "birthday": "birthday_on",
    "language": "language",
    "login_email": "login_email",
    "site": "site_id",
}
"""The column of each built-in field, by its key."""

Columns = dict[str, Any]
"""Values of a client by column, as SQLite returns them."""

EDITABLE = (*COLUMN_OF.values(), "client_since_on")
"""The columns that an edit may change; all but the last can also be emptied."""


class Client(NamedTuple):
    """One client as stored; ``birthday_on`` and the like are ISO days."""

    id: int
    name: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    company: str | None
    position: str | None
    birthday_on: str | None
    company_address: str | None
    language: str | None
    login_email: str | None
    site_id: int | None
    client_since_on: str
    source: str
    archived_on: str | None
    erased_on: str | None

    @property
    def title(self) -> str:
        """Return the name and the id, as messages show a client."""
        return f"{self.name} ({self.id})"


STORED = f"c.id, {client_sql.NAME}, {', '.join('c.' + column for column in Client._fields[2:])}"
"""The columns of a Client, in SQL."""

_SELECT = f"SELECT {STORED} FROM clients c"


def get(db: Reader, client_id: int) -> Client:
    """Fetch a client by id. Raise NotFoundError when there is none."""
    row = db.row(f"{_SELECT} WHERE c.id = ?", (client_id,))
    if row is None:
        raise NotFoundError(say("client {client_id} does not exist any more", client_id=client_id))
    return Client(*row)


def number(db: Reader, typed: str, region: str | None = None) -> tuple[str, bool]:
    """Return a phone as it is stored, and whether it is valid, as `phones.normalize` does.

    Digits that are a client's number without the plus, which spreadsheets remove, are that number.
    """
    from clientctl.base import phones
    from clientctl.store.search import contact_query

    value, valid = phones.normalize(typed, settings.get(db, "region") or "" if region is None else region)
    if valid or not value.isdecimal():
        return value, valid
    wanted = {"key": phones.key(value), "number": f"+{value}"}
    sql = f"""SELECT 1 FROM client_search s JOIN clients c ON c.id = s.id WHERE s.phone_key = :key AND c.phone = :number
        UNION ALL {contact_query("phone", "= :key", "1")} AND v.value = :number LIMIT 1"""
    return (wanted["number"], True) if db.row(sql, wanted) else (value, False)


def normalized(db: Reader, values: Mapping[str, str | None]) -> tuple[dict[str, str | None], list[str]]:
    """Check and normalize the values of columns; return them with warnings for the user.

    An empty text becomes None. An invalid phone is stored as typed, with a warning. Raise UsageError for
    any other invalid value.
    """
    result: dict[str, str | None] = {}
    warnings = []
    for column, given in values.items():
        value = text.clean_line(given) if given else None
        if value and column in {"email", "login_email"}:
            from clientctl.base import emails

            value = emails.normalize(value)
        elif value and column == "phone":
            value, valid = number(db, value)
            if not valid:
                warnings.append(say("{value} is not a valid phone number; stored as typed", value=value))
        elif value and column == "language":
            value = _language(value)
        elif value and column == "birthday_on":
            check_birthday(db, value)
        result[column] = value or None
    return result, warnings


def check_birthday(db: Reader, day: str) -> None:
    """Raise UsageError for a birthday in the future."""
    if day > db.today.isoformat():
        raise UsageError(say("birthday {day} is in the future: give a day up to today, with its year", day=day))


def add(db: Writer, values: Mapping[str, Cell], *, source: str, since: date | None = None) -> int:
    """Add a client with normalized values; return the id. Raise UsageError without a name, e-mail or phone."""
    if not any(values.get(key) for key in ("first_name", "last_name", "email", "phone")):
        raise MissingParameterError(
            say("a client needs a name, an e-mail or a phone: give --first, --last, --email or --phone"),
            "--first",
            "--last",
            "--email",
            "--phone",
        )
    kept = {column: value for column, value in values.items() if column in EDITABLE}
    kept["client_since_on"] = (since or db.today).isoformat()
    client_id = db.insert("clients", **kept, source=source, moved_by=db.command)
    db.note_number(str(client_id))
    return client_id


def edit(db: Writer, client: Client, values: Mapping[str, Cell]) -> dict[str, tuple[Cell, Cell]]:
    """Change a client to normalized values; return the values before and after of the columns that changed.

    Raise RefusedError when no name, e-mail or phone would be left, or the client is erased.
    """
    check_not_erased(client)
    before = client._asdict()
    changes = {key: (before[key], value) for key, value in values.items() if before[key] != value}
    after = before | dict(values)
    if not any(after[key] for key in ("first_name", "last_name", "email", "phone")):
        raise RefusedError(say("client {id} needs a name, an e-mail or a phone: keep one of them", id=client.id))
    if changes:
        db.update("clients", client.id, **{key: now for key, (_, now) in changes.items()}, moved_by=db.command)
    db.note_number(str(client.id))
    return changes


def archive(db: Writer, client: Client) -> bool:
    """Archive a client, which hides it from lists, exports and segments; return whether that is new."""
    check_not_erased(client)
    db.note_number(str(client.id))
    if client.archived_on:
        return False
    db.update("clients", client.id, archived_on=db.today.isoformat(), moved_by=db.command)
    return True


def restore(db: Writer, client: Client) -> bool:
    """Restore an archived client; return whether that is new."""
    check_not_erased(client)
    db.note_number(str(client.id))
    if not client.archived_on:
        return False
    db.update("clients", client.id, archived_on=None, moved_by=db.command)
    return True


def unless_erased(db: Reader, client_id: int, words: str) -> str | None:
    """Return the program's own text about a client's record; None if the client was erased."""
    return None if is_erased(db, client_id) else words


def reason(db: Reader, client_id: int, given: str | None) -> str | None:
    """Return a reason as it is stored. Raise UsageError for an empty one, unless the client is erased."""
    kept = text.clean_line(given) if given else ""
    if not kept and not is_erased(db, client_id):
        raise MissingParameterError(say("why? give a reason with --reason"), "--reason")
    return kept or None


def is_erased(db: Reader, client_id: int) -> bool:
    """Return whether a client was erased."""
    return db.value("SELECT erased_on FROM clients WHERE id = ?", (client_id,)) is not None


def restore_on_purchase(db: Writer, client: Client) -> None:
    """Restore an archived client who buys or books, without moving it in the list: the profile was not edited."""
    if client.archived_on:
        db.update("clients", client.id, archived_on=None)


def move(db: Writer, ids: Iterable[int]) -> None:
    """Move clients to the end of the list, after a change by hand."""
    db.update_many("clients", ("moved_by",), [(db.command, client_id) for client_id in ids])


def same_email(db: Reader, email: str, but: int) -> list[Client]:
    """List the other clients who have this e-mail."""
    from clientctl.base import emails

    rows = db.rows(
        f"{_SELECT} JOIN client_search s ON s.id = c.id WHERE s.email_key = ? AND c.id <> ? ORDER BY c.id",
        (emails.key(email), but),
    )
    return [Client(*row) for row in rows]


def check_not_erased(client: Client) -> None:
    """Raise RefusedError for an erased client, about whom nothing may be stored any more."""
    if client.erased_on:
        raise RefusedError(
            say(
                "client {id} was erased on {erased_on}: no personal data may be stored",
                id=client.id,
                erased_on=client.erased_on,
            )
        )


def _language(code: str) -> str:
    from babel import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(code.replace("-", "_"))).replace("_", "-")
    except (UnknownLocaleError, ValueError):
        raise UsageError(say("{code} is not a language: give its code, like en, fr or it", code=repr(code))) from None
