"""Check imported rows against the rules for typed values."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from clientctl.base import emails, money, text, uids
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients import field_values, fields, merged_ids
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import TYPES
from clientctl.domain.imports import mappings
from clientctl.domain.money import charges
from clientctl.domain.offers import services
from clientctl.domain.overview import filters
from clientctl.domain.practice import settings
from clientctl.errors import BadInputError, NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer, erased_people
from clientctl.store.catalog import TABLES
from clientctl.store.transfer import HINT

Row = Sequence[Any]
Rule = Callable[[Any], object]
"""Raise UsageError, NotFoundError or RefusedError for a value, or a row, that breaks it."""

_DIGEST = re.compile("[0-9a-f]{64}")
_DAYS = ("1900-01-01", "2999-12-31")
"""Days are typed up to 2200, and what is reckoned from one is a hundred years later at most, or a little more."""
_MOST_DAYS = 36_525
"""How many days, weeks, months or years a term can have at most."""


def checker(db: Reader, table: str, names: Sequence[str]) -> Callable[[Row], None]:
    """Return a function that checks the rows of a table with these columns; earlier tables are imported by then.

    It raises BadInputError for a row that breaks a rule, RefusedError for one with a card number.
    """
    of_columns = [(at, name, rule) for at, name in enumerate(names) for rule in _rules(db, table, name)]
    of_rows = list(_row_rules(db, table, {name: at for at, name in enumerate(names)}))

    def check(row: Row) -> None:
        column = ""
        try:
            for at, column, rule in of_columns:  # noqa: B007 - the last one is named when it is broken
                if row[at] is not None:
                    rule(row[at])
            for column, rule in of_rows:  # noqa: B007 - as above
                rule(row)
        except (UsageError, NotFoundError) as error:
            raise BadInputError(
                say(
                    "id {row} of {table}: {column}: {message}; {hint}",
                    row=row[0],
                    table=table,
                    column=column,
                    message=error.message,
                    hint=say(HINT),
                )
            ) from None
        except RefusedError as error:
            raise RefusedError(
                say(
                    "id {row} of {table}: {column}: {message}; nothing was imported",
                    row=row[0],
                    table=table,
                    column=column,
                    message=error.message,
                )
            ) from None

    return check


def check_together(db: Writer) -> None:
    """Check the rules across tables, once all rows are imported. Raise BadInputError."""
    if not db.row("SELECT 1 FROM staff WHERE archived_on IS NULL"):
        raise BadInputError(say("nobody in staff works there, and nobody could do anything; {hint}", hint=say(HINT)))
    for key, table in (("user", "staff"), ("site", "sites")):
        named = settings.get(db, key)
        if named and not db.row(f"SELECT 1 FROM {table} WHERE name_key = ?", (text.fold(named),)):
            raise BadInputError(
                say(
                    "the setting {key} names {named}, who is not in {table}; {hint}",
                    key=key,
                    named=quoted(named),
                    table=table,
                    hint=say(HINT),
                )
            )
    if lost := merged_ids.without_survivor(db):
        raise BadInputError(
            say("id {lost} of clients: merged_into somebody who is merged as well; {hint}", lost=lost, hint=say(HINT))
        )
    if wrong := charges.find_wrong_sums(db):
        raise BadInputError(
            say(
                "id {wrong} of charges: what is paid of it is not what allocations say; {hint}",
                wrong=wrong,
                hint=say(HINT),
            )
        )
    if kept := erased_people.find(db.connection, db.command):
        whose = say("client {client_id}, who was erased", client_id=kept.client_id)
        raise BadInputError(
            say(
                "{name} hold something personal about {whose}; {hint}",
                name=kept.table.name,
                whose=whose,
                hint=say(HINT),
            )
        )


def _rules(db: Reader, table: str, name: str) -> Iterator[Rule]:
    """Return the rules for the values of a column."""
    if name in (TABLES[table].typed if table in TABLES else ("who", "name", "touched")):
        yield text.clean
    if name.endswith("_on"):
        yield _check_day
    if name.endswith(("_count", "_days")):
        yield _check_count
    if name == "currency":
        yield money.check_code
    special: dict[tuple[str, str], Rule] = {
        ("clients", "email"): emails.normalize,
        ("clients", "login_email"): emails.normalize,
        ("clients", "birthday_on"): lambda day: clients.check_birthday(db, day),
        ("clients", "photo"): _check_digest,
        ("documents", "digest"): _check_digest,
        ("settings", "key"): settings.check_key,
        ("fields", "key"): fields.check_key,
        ("segments", "filter"): filters.check_saved,
        ("mappings", "columns"): mappings.check_saved,
        ("client_uids", "uid"): uids.check,
        ("services", "link"): services.check_link,
    }
    if (table, name) in special:
        yield special[table, name]


def _row_rules(db: Reader, table: str, places: dict[str, int]) -> Iterator[tuple[str, Rule]]:
    """Return the rules across the values of a row, each with the column to blame."""
    if "name_key" in places:
        name, key = places["name"], places["name_key"]
        yield "name_key", lambda row: _check_key(row[key], text.fold(row[name]))
    if table == "settings":
        at, value = places["key"], places["value"]
        yield "value", lambda row: _check_setting(row[at], row[value])
    if table == "field_values":
        kinds = dict(db.rows("SELECT id, type FROM fields"))
        field, value, key = (places[each] for each in ("field_id", "value", "value_key"))
        yield "value", lambda row: field_values.check_stored(kinds[row[field]], row[value])
        yield "value_key", lambda row: _check_key(row[key], TYPES[kinds[row[field]]].key_of(row[value]))


def _check_day(day: str) -> None:
    if not _DAYS[0] <= day <= _DAYS[1]:
        raise UsageError(say("the day {day} is too far away", day=day))


def _check_count(count: int) -> None:
    if count > _MOST_DAYS:
        raise UsageError(say("{count} is more than a hundred years", count=count))


def _check_digest(digest: str) -> None:
    if not _DIGEST.fullmatch(digest):
        raise UsageError(say("{digest} is no SHA-256, which has 64 digits from 0 to f", digest=quoted(digest)))


def _check_key(key: str, wanted: str) -> None:
    if key != wanted:
        raise UsageError(say("{key} is not what it is found by: {wanted}", key=quoted(key), wanted=quoted(wanted)))


def _check_setting(key: str, value: str) -> None:
    if (written := settings.parse(key, value)) != value:
        raise UsageError(say("{value} is written {written}", value=quoted(value), written=quoted(written)))
