"""Filters of clients, the same for every command.

Several values of one option are alternatives; all options must match. ``--where`` filters by any field, built in
or the owner's, with the operators of its type. Whatever is typed becomes a parameter of the SQL, never a part of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, get_args, get_origin

from clientctl.base import calendar, emails, phones, text
from clientctl.base.listing import Cell, Kind
from clientctl.base.text import quoted
from clientctl.domain.clients import field_values, fields, preferences
from clientctl.domain.clients.field_types import TYPES, Asking, Field
from clientctl.domain.memberships.status import LIVE_OR_UPCOMING
from clientctl.domain.money import client_balances
from clientctl.domain.overview import client_columns
from clientctl.domain.practice import amounts, typed_days
from clientctl.domain.shared import client_sql
from clientctl.domain.shared.queries import Where
from clientctl.errors import UsageError
from clientctl.store import Reader
from clientctl.store.search import search

OPERATORS: Mapping[Asking, tuple[str, ...]] = {
    "text": ("is", "is-not", "contains", "starts", "empty", "filled"),
    "number": ("is", "is-not", "above", "below", "empty", "filled"),
    "date": ("is", "is-not", "before", "after", "in", "empty", "filled"),
    "yes-no": ("is", "empty", "filled"),
    "choice": ("is", "is-not", "empty", "filled"),
}
"""The operators of ``--where``, by the kind of the field."""


class ClientFilter(NamedTuple):
    """One filter of clients. It has the ids of records, so that a saved filter stays valid when they are renamed.

    ``member`` is whether there is a live or upcoming membership; ``since`` is a range of days as typed, so that
    ``this-month`` is evaluated anew; with ``archived`` only archived clients match; ``segments`` are saved filters
    that must match too.
    """

    text: str | None = None
    labels: tuple[int, ...] = ()
    not_labels: tuple[int, ...] = ()
    preferences: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()
    member: bool | None = None
    site: int | None = None
    status: tuple[str, ...] = ()
    since: str | None = None
    archived: bool = False
    where: tuple[str, ...] = ()
    segments: tuple[int, ...] = ()


FEW = 2_000
"""The most clients looked up beforehand, within a millisecond; of more, about every hundredth client is one."""


class FilterField(NamedTuple):
    """A field to filter by: its key, its kind, its value in SQL, and the owner's field if it is one.

    The value is that of a client ``c``, or for an owner's field that of a row ``v`` of ``field_values``.
    """

    key: str
    kind: Asking
    sql: str
    own: Field | None = None


class Parameters:
    """The parameters of one SQL statement: a name of its own for each value."""

    def __init__(self) -> None:
        self.values: dict[str, Cell] = {}

    def name(self, value: Cell) -> str:
        """Add a value; return its parameter."""
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def names(self, values: Sequence[Cell]) -> str:
        """Add several values; return their parameters, for ``IN``."""
        return ", ".join(self.name(value) for value in values)


def build_conditions(db: Reader, client_filter: ClientFilter) -> list[Where]:
    """Convert a filter to conditions on ``c`` (clients), without its search text, which the list handles.

    Raise UsageError for an unknown field or operator, listing the known ones.
    """
    parameters = Parameters()
    sql = _combine(db, client_filter, parameters, ())
    return [Where(sql, parameters.values)]


def to_text(client_filter: ClientFilter) -> str:
    """Encode a filter as JSON, to be saved: only what differs from an empty filter."""
    import json

    changed = {
        key: value for key, value in client_filter._asdict().items() if value != ClientFilter._field_defaults[key]
    }
    return json.dumps(changed, ensure_ascii=False, sort_keys=True)


def from_text(saved: str) -> ClientFilter:
    """Decode a saved filter."""
    values: dict[str, Any] = {}
    for key, value in _load(saved).items():
        values[key] = tuple(value) if isinstance(value, list) else value
    return ClientFilter(**values)


def _load(saved: str) -> Any:  # noqa: ANN401 - as JSON gives it
    """Load the JSON of a filter; older ones have one status, not several."""
    import json

    loaded = json.loads(saved)
    if isinstance(loaded, dict) and isinstance(loaded.get("status"), str):
        loaded["status"] = [loaded["status"]]
    return loaded


def check_saved(saved: str) -> None:
    """Raise UsageError for a text that ``to_text`` can't have written."""
    from typing import get_type_hints

    try:
        loaded = _load(saved)
    except (ValueError, RecursionError):
        loaded = None
    hints = get_type_hints(ClientFilter)
    if not isinstance(loaded, dict) or not all(
        key in hints and _has_type(value, hints[key]) for key, value in loaded.items()
    ):
        raise UsageError(f"{quoted(saved)} is not a saved filter")


def _has_type(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type as it is written
    """Return whether a value from JSON has a type; numbers are ids."""
    kinds = get_args(hint) or (hint,)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_has_type(each, kinds[0]) for each in value)
    return type(value) in kinds and not (type(value) is int and not 0 < value < 2**53)


def _combine(db: Reader, client_filter: ClientFilter, parameters: Parameters, within: tuple[int, ...]) -> str:
    """Combine all parts of a filter; ``within`` are the segments that it is a part of."""
    listed = client_sql.ARCHIVED if client_filter.archived else client_sql.LISTED
    parts = [listed]
    if client_filter.labels:
        parts.append(_build_labels(db, parameters, client_filter.labels))
    if client_filter.not_labels:
        parts.append(f"NOT {_build_labels(db, parameters, client_filter.not_labels)}")
    if client_filter.preferences:
        test = (
            f"k.preference_id IN ({parameters.names(client_filter.preferences)}) AND k.opted_in AND {preferences.LAST}"
        )
        parts.append(_build_has_row(db, parameters, "consents k", test))
    if client_filter.plans or client_filter.member is not None:
        parts.append(_build_membership(db, parameters, client_filter))
    if client_filter.site is not None:
        parts.append(f"c.site_id = {parameters.name(client_filter.site)}")
    if client_filter.status:
        parts.append(f"({client_columns.STATUS} IN ({parameters.names(client_filter.status)}))")
    if client_filter.since is not None:
        parts.append(
            _build_range(FilterField("client_since", "date", "c.client_since_on"), client_filter.since, db, parameters)
        )
    parts += [_parse_condition(db, each, parameters) for each in client_filter.where]
    for segment in client_filter.segments:
        parts.append(_build_segment(db, segment, parameters, within))
    return " AND ".join(f"({part})" for part in parts)


def _build_segment(db: Reader, segment: int, parameters: Parameters, within: tuple[int, ...]) -> str:
    name, saved = db.row("SELECT name, filter FROM segments WHERE id = ?", (segment,)) or (None, None)
    if saved is None or segment in within:
        raise UsageError(f"the segment {name or segment} can't be used: it was removed, or it contains itself")
    client_filter = from_text(saved)
    inside = _combine(db, client_filter, parameters, (*within, segment))
    if client_filter.text:
        found = search(client_filter.text)
        names = {name: parameters.name(value) for name, value in found.values.items()}
        stages = [_rename_parameters(stage.condition, names) for stage in found.stages]
        tests = " OR ".join(f"({stage})" for stage in stages) or "0"
        inside += f" AND c.id IN (SELECT s.id FROM client_search s WHERE {tests})"
    return inside


def _rename_parameters(sql: str, names: dict[str, str]) -> str:
    import re

    return re.sub(r":(\w+)", lambda match: names[match[1]], sql)


def _build_has_row(db: Reader, parameters: Parameters, rows: str, test: str, each: str | None = None) -> str:
    """Return the condition that a client has a row in a table that passes a test; the table has an index for it.

    This is the one place that decides how such clients are found. If they are few, their ids are looked up here.
    If they are many, the test runs for one client after another until a page is full, which is soon. The other way
    round, both would be slow. ``each`` is the test for one client, where it is written differently.
    """
    import json

    values = {**parameters.values, "today": db.today.isoformat()}
    found = db.rows(f"SELECT {_client_column(rows)} FROM {rows} WHERE {test} LIMIT {FEW + 1}", values)
    if len(found) > FEW:
        return _build_each_has_row(rows, each or test)
    return f"c.id IN (SELECT value FROM json_each({parameters.name(json.dumps([row[0] for row in found]))}))"


def _build_each_has_row(rows: str, test: str) -> str:
    """Return the condition that runs a test for one client after another; ``rows`` is the table and its alias."""
    return f"EXISTS (SELECT 1 FROM {rows} WHERE {_client_column(rows)} = c.id AND {test})"


def _client_column(rows: str) -> str:
    return f"{rows.split()[1]}.client_id"


def _build_labels(db: Reader, parameters: Parameters, wanted: Sequence[int]) -> str:
    return _build_has_row(db, parameters, "client_labels cl", f"cl.label_id IN ({parameters.names(wanted)})")


def _build_membership(db: Reader, parameters: Parameters, client_filter: ClientFilter) -> str:
    if client_filter.plans:
        on = f"m.plan_id IN ({parameters.names(client_filter.plans)}) AND {LIVE_OR_UPCOMING}"
        # Because of the plus, SQLite uses the index of the client, not that of the plan.
        has = _build_has_row(db, parameters, "memberships m", on, f"+{on}")
    else:
        has = _build_each_has_row("memberships m", LIVE_OR_UPCOMING)
    return f"NOT {has}" if client_filter.member is False else has


# -- where --------------------------------------------------------------------------------------


def _parse_condition(db: Reader, typed: str, parameters: Parameters) -> str:
    """Parse ``FIELD OPERATOR VALUE``; return its condition in SQL."""
    field, rest = _find_field(db, typed.strip())
    operator, _, value = rest.partition(" ")
    operator, value = operator.lower(), value.strip()
    operators = OPERATORS[field.kind]
    if operator not in operators:
        raise UsageError(f"--where {quoted(typed)}: the operators of {field.key} are {', '.join(operators)}")
    if (operator in {"empty", "filled"}) == bool(value):
        raise UsageError(f"--where {quoted(typed)}: {operator} {'takes no value' if value else 'needs a value'}")
    if operator == "empty":
        return f"NOT {_build_test(db, field, f'({field.sql} IS NOT NULL)', parameters, by_key=True)}"
    if operator == "filled":
        return _build_test(db, field, f"{field.sql} IS NOT NULL", parameters, by_key=True)
    if field.kind == "date":
        return _build_day(field, operator, value, db, parameters)
    if field.kind == "number":
        return _build_number(db, field, operator, value, parameters)
    return _build_text(db, field, operator, value, parameters)


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
    raise UsageError(f"no field {quoted(name)} to filter by; fields: {', '.join([*known, *own])}")


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
        _build_has_row(db, parameters, "field_values v", of_field)
        if by_key
        else _build_each_has_row("field_values v", of_field)
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
            "birthday in … needs a range with two ends, like this-month: --where 'birthday before DAY' has one"
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
        raise UsageError(f"{quoted(value)} has no letter or digit to search for")
    place = "> 0" if operator == "contains" else "= 1"
    key = parameters.name(folded)
    return _build_test(db, field, f"instr(fold({field.sql}), {key}) {place}", parameters)


def _build_equality(db: Reader, field: FilterField, value: str, parameters: Parameters) -> str:
    """Return the condition that a text is equal, by the index where there is one."""
    if field.own is not None:
        of = TYPES[field.own.type]
        key = of.key_of(value) if of.is_taken_as_typed else field_values.canonical(db, field.own, value)[1]
        return _build_test(db, field, f"v.value_key = {parameters.name(key)}", parameters, by_key=True)
    keys = {"email": emails.key, "phone": phones.key, "name": text.fold}
    if field.key in keys:
        key = parameters.name(keys[field.key](value))
        columns = ("last_first", "first_last") if field.key == "name" else (f"{field.key}_key",)
        tests = " OR ".join(f"x.{column} = {key}" for column in columns)
        return f"c.id IN (SELECT x.id FROM client_search x WHERE {tests})"
    return f"fold({field.sql}) IS {parameters.name(text.fold(value))}"
