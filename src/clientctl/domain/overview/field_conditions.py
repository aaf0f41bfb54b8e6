"""Conditions of ``--where`` on any field, built in or the owner's, with the operators of its type.

They have a module of their own because most lists have no such condition, and it loads what is known of fields.
"""

from collections.abc import Mapping
from typing import NamedTuple

from clientctl.base import calendar, emails, phones, text
from clientctl.base.listing import Kind
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients import field_values, fields
from clientctl.domain.clients.field_types import TYPES, Asking, Field
from clientctl.domain.money import client_balances
from clientctl.domain.overview import client_columns
from clientctl.domain.overview.client_rows import Parameters, build_each_has_row, build_has_row
from clientctl.domain.practice import amounts, typed_days
from clientctl.errors import UsageError
from clientctl.store import Reader

OPERATORS: Mapping[Asking, tuple[str, ...]] = {
    "text": ("is", "is-not", "contains", "starts", "empty", "filled"),
    "number": ("is", "is-not", "above", "below", "empty", "filled"),
    "date": ("is", "is-not", "before", "after", "in", "empty", "filled"),
    "yes-no": ("is", "empty", "filled"),
    "choice": ("is", "is-not", "empty", "filled"),
}
"""The operators of ``--where``, by the kind of the field."""


class FilterField(NamedTuple):
    """A field to filter by: its key, its kind, its value in SQL, and the owner's field if it is one.

    The value is that of a client ``c``, or for an owner's field that of a row ``v`` of ``field_values``.
    """

    key: str
    kind: Asking
    sql: str
    own: Field | None = None


def parse_condition(db: Reader, typed: str, parameters: Parameters) -> str:
    """Parse ``FIELD OPERATOR VALUE``; return its condition in SQL."""
    field, rest = _find_field(db, typed.strip())
    operator, _, value = rest.partition(" ")
    operator, value = operator.lower(), value.strip()
    operators = OPERATORS[field.kind]
    if operator not in operators:
        raise UsageError(
            say(
                "--where {typed}: the operators of {key} are {operators}",
                typed=quoted(typed),
                key=field.key,
                operators=", ".join(operators),
            )
        )
    if (operator in {"empty", "filled"}) == bool(value):
        raise UsageError(
            say("--where {typed}: {operator} takes no value", typed=quoted(typed), operator=operator)
            if value
            else say("--where {typed}: {operator} needs a value", typed=quoted(typed), operator=operator)
        )
    if operator == "empty":
        return f"NOT {_build_test(db, field, f'({field.sql} IS NOT NULL)', parameters, by_key=True)}"
    if operator == "filled":
        return _build_test(db, field, f"{field.sql} IS NOT NULL", parameters, by_key=True)
    if field.kind == "date":
        return _build_day(field, operator, value, db, parameters)
    if field.kind == "number":
        return _build_number(db, field, operator, value, parameters)
    return _build_text(db, field, operator, value, parameters)


def build_client_since(value: str, db: Reader, parameters: Parameters) -> str:
    """Return the condition that somebody is a client since a day in a range."""
    return _build_range(FilterField("client_since", "date", "c.client_since_on"), value, db, parameters)


def normalize_condition(db: Reader, typed: str) -> str:
    """Return a condition as it is saved: with the key of its field, which never changes."""
    field, rest = _find_field(db, typed.strip())
    return f"{field.key} {typed_days.normalize(db, rest) if field.kind == 'date' else rest}"


def _find_field(db: Reader, typed: str) -> tuple[FilterField, str]:
    """Find the field that a condition begins with, by its key or its name; return it and the rest.

    The longest name that matches wins. Raise UsageError for an unknown field, listing all.
    """
    known = {
        key: (column.column.title, FilterField(key, _KINDS[column.column.kind], column.sql))
        for key, column in client_columns.COLUMNS.items()
        if column.column.kind in _KINDS
    }
    own = {
        each.key: (each.name, FilterField(each.key, TYPES[each.type].asked, "v.value", each))
        for each in fields.custom(db)
    }
    titled = {text.fold(title): field for title, field in [*known.values(), *own.values()]}
    words = typed.split()
    for count in range(len(words), 1, -1):
        if field := titled.get(text.fold(" ".join(words[:count]))):
            return field, " ".join(words[count:])
    name, _, rest = typed.partition(" ")
    key = name.replace("-", "_").lower()
    if field := (own.get(key) or known.get(key) or ("", titled.get(text.fold(name))))[1]:
        return field, rest.strip()
    raise UsageError(
        say("no field {name} to filter by; fields: {value}", name=quoted(name), value=", ".join([*known, *own]))
    )


_KINDS: Mapping[Kind, Asking] = {
    "text": "text",
    "phone": "text",
    "status": "text",
    "integer": "number",
    "amounts": "number",
    "day": "date",
}
"""The kinds of filter fields, by the kind of a column of the client list."""


def _build_test(db: Reader, field: FilterField, test: str, parameters: Parameters, *, by_key: bool = False) -> str:
    """Return a test as a condition on clients; ``by_key`` when the index of an owner's field can be used."""
    if field.own is None:
        return test
    of_field = f"v.field_id = {parameters.name(field.own.id)} AND {test}"
    return (
        build_has_row(db, parameters, "field_values v", of_field)
        if by_key
        else build_each_has_row("field_values v", of_field)
    )


def _build_day(field: FilterField, operator: str, value: str, db: Reader, parameters: Parameters) -> str:
    if operator == "in":
        return _build_range(field, value, db, parameters)
    if operator == "is-not":
        return f"NOT {_build_day(field, 'is', value, db, parameters)}"
    day = parameters.name(typed_days.parse(db, value).isoformat())
    return _build_test(db, field, f"({_day_sql(field)} {_DAY_SIGNS[operator]} {day})", parameters, by_key=True)


_DAY_SIGNS = {"is": "IS", "before": "<", "after": ">"}


def _day_sql(field: FilterField) -> str:
    """Return the SQL of a day; an owner's field has the same day in its key, which is indexed."""
    return "v.value_key" if field.own else field.sql


def _build_range(field: FilterField, value: str, db: Reader, parameters: Parameters) -> str:
    """Return the condition that a day is in a range; for a birthday, in any year."""
    days = typed_days.parse_range(db, value)
    if field.key == "birthday":
        return _build_birthdays(field, days, parameters)
    ends = [(">=", days.first), ("<=", days.last)]
    tests = [f"{_day_sql(field)} {sign} {parameters.name(day.isoformat())}" for sign, day in ends if day]
    return _build_test(db, field, " AND ".join(tests), parameters, by_key=True)


def _build_birthdays(field: FilterField, days: calendar.Range, parameters: Parameters) -> str:
    if days.first is None or days.last is None:
        raise UsageError(
            say("birthday in … needs a range with two ends, like this-month: --where 'birthday before DAY' has one")
        )
    if (days.last - days.first).days >= 365:
        return f"{field.sql} IS NOT NULL"
    # A range that ends on 28 February includes birthdays on the 29th: most years have no other day for them.
    ends = (f"{days.first:%m-%d}", "02-29" if f"{days.last:%m-%d}" == "02-28" else f"{days.last:%m-%d}")
    first, last = map(parameters.name, ends)
    together = "AND" if ends[0] <= ends[1] else "OR"
    return f"substr({field.sql}, 6) >= {first} {together} substr({field.sql}, 6) <= {last}"


def _build_number(db: Reader, field: FilterField, operator: str, value: str, parameters: Parameters) -> str:
    sign = {"is": "=", "is-not": "<>", "above": ">", "below": "<"}[operator]
    if field.own is None and field.key in client_balances.AMOUNTS:
        wanted = amounts.parse(db, value)
        sql = client_balances.AMOUNTS[field.key](parameters.name(wanted.currency))
        return f"coalesce({sql}, 0) {sign} {parameters.name(wanted.minor)}"
    if field.own is None:
        number = field_values.canonical(db, _ANY_NUMBER, value)[0]
        return f"{field.sql} {sign} CAST({parameters.name(number)} AS REAL)"
    stored, key = field_values.canonical(db, field.own, value)
    if operator == "is":
        return _build_test(db, field, f"v.value_key = {parameters.name(key)}", parameters, by_key=True)
    if TYPES[field.own.type].cell == "amount":
        # Amounts in different currencies are never compared.
        amount, currency = stored.split(" ")
        test = f"CAST(v.value AS INTEGER) {sign} {parameters.name(int(amount))}"
        test += f" AND v.value LIKE {parameters.name('% ' + currency)}"
    else:
        test = f"CAST(v.value AS REAL) {sign} CAST({parameters.name(stored)} AS REAL)"
    return _build_test(db, field, test, parameters)


_ANY_NUMBER = Field(None, "number", "The number", "number", False, False, (), 0, None)


def _build_text(db: Reader, field: FilterField, operator: str, value: str, parameters: Parameters) -> str:
    if operator == "is-not":
        return f"NOT ({_build_text(db, field, 'is', value, parameters)})"
    if operator == "is":
        return _build_equality(db, field, value, parameters)
    folded = text.fold(value)
    if not folded:
        raise UsageError(say("{value} has no letter or digit to search for", value=quoted(value)))
    place = "> 0" if operator == "contains" else "= 1"
    key = parameters.name(folded)
    return _build_test(db, field, f"instr(fold({field.sql}), {key}) {place}", parameters)


def _build_equality(db: Reader, field: FilterField, value: str, parameters: Parameters) -> str:
    """Return the condition that a text is equal, by the index where there is one."""
    if field.own is not None:
        of = TYPES[field.own.type]
        key = of.key_of(value) if of.accepts_any_text else field_values.canonical(db, field.own, value)[1]
        return _build_test(db, field, f"v.value_key = {parameters.name(key)}", parameters, by_key=True)
    keys = {"email": emails.key, "phone": phones.key, "name": text.fold}
    if field.key in keys:
        key = parameters.name(keys[field.key](value))
        columns = ("last_first", "first_last") if field.key == "name" else (f"{field.key}_key",)
        tests = " OR ".join(f"x.{column} = {key}" for column in columns)
        return f"c.id IN (SELECT x.id FROM client_search x WHERE {tests})"
    return f"fold({field.sql}) IS {parameters.name(text.fold(value))}"
