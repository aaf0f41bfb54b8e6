"""Choose clients: the one set of filters behind every command that takes some.

Within one part of a filter any will do, across the parts all must hold. ``--where`` asks of any
field, built-in or the owner's, with the operators that suit its type; everything typed ends up
as a parameter of the SQL, never in it.
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
"""What can be asked of a field, by the kind of its questions."""


class ClientFilter(NamedTuple):
    """What is asked of clients. Records are meant by id, so that a saved filter follows their names.

    ``member`` asks for a live or upcoming membership, or for none; ``since`` is a range of
    days as typed, so that ``this-month`` goes on meaning it; ``archived`` shows the archived
    ones, and only them; ``segments`` are filters by themselves that must hold too.
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
"""So many holders are looked up and sorted in a millisecond; of more, every hundredth client or so is one."""


class Asked(NamedTuple):
    """A field that can be asked: what kind it is, its value in SQL, the owner's field if it is one.

    The value is that of a client ``c``, or of a row ``v`` (field_values) for a field of the owner's.
    """

    key: str
    kind: Asking
    sql: str
    field: Field | None = None


class Parameters:
    """Names for the values of one statement: each its own, whatever filters come together in it."""

    def __init__(self) -> None:
        self.values: dict[str, Cell] = {}

    def name(self, value: Cell) -> str:
        """Return the parameter that stands for a value."""
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def names(self, values: Sequence[Cell]) -> str:
        """Return a list of parameters for ``IN``."""
        return ", ".join(self.name(value) for value in values)


def conditions(db: Reader, chosen: ClientFilter) -> list[Where]:
    """Turn a filter into conditions on ``c`` (clients); its own search text is left to the list.

    Raise UsageError for a field or operator that does not exist, naming those that do.
    """
    parameters = Parameters()
    sql = _all_of(db, chosen, parameters, ())
    return [Where(sql, parameters.values)]


def to_text(chosen: ClientFilter) -> str:
    """Write a filter as it is saved: what differs from no filter, as JSON."""
    import json

    asked = {key: value for key, value in chosen._asdict().items() if value != ClientFilter._field_defaults[key]}
    return json.dumps(asked, ensure_ascii=False, sort_keys=True)


def from_text(saved: str) -> ClientFilter:
    """Read a filter as it was saved."""
    asked: dict[str, Any] = {}
    for key, value in _loaded(saved).items():
        asked[key] = tuple(value) if isinstance(value, list) else value
    return ClientFilter(**asked)


def _loaded(saved: str) -> Any:  # noqa: ANN401 - as JSON gives it
    """Read the JSON of a filter. A status was one, before there could be several."""
    import json

    asked = json.loads(saved)
    if isinstance(asked, dict) and isinstance(asked.get("status"), str):
        asked["status"] = [asked["status"]]
    return asked


def check_saved(saved: str) -> None:
    """Raise UsageError for what ``to_text`` can't have written."""
    from typing import get_type_hints

    try:
        asked = _loaded(saved)
    except (ValueError, RecursionError):
        asked = None
    hints = get_type_hints(ClientFilter)
    if not isinstance(asked, dict) or not all(
        key in hints and _fits(value, hints[key]) for key, value in asked.items()
    ):
        raise UsageError(f"{quoted(saved)} is no filter")


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type as it is written
    """Return whether a value read from JSON is of a type; numbers are ids."""
    kinds = get_args(hint) or (hint,)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_fits(each, kinds[0]) for each in value)
    return type(value) in kinds and not (type(value) is int and not 0 < value < 2**53)


def _all_of(db: Reader, chosen: ClientFilter, parameters: Parameters, within: tuple[int, ...]) -> str:
    """Put every part of a filter together; ``within`` are the segments it is already inside of."""
    listed = client_sql.ARCHIVED if chosen.archived else client_sql.LISTED
    parts = [listed]
    if chosen.labels:
        parts.append(_labeled(db, parameters, chosen.labels))
    if chosen.not_labels:
        parts.append(f"NOT {_labeled(db, parameters, chosen.not_labels)}")
    if chosen.preferences:
        asked = f"k.preference_id IN ({parameters.names(chosen.preferences)}) AND k.opted_in AND {preferences.LAST}"
        parts.append(_has(db, parameters, "consents k", asked))
    if chosen.plans or chosen.member is not None:
        parts.append(_member(db, parameters, chosen))
    if chosen.site is not None:
        parts.append(f"c.site_id = {parameters.name(chosen.site)}")
    if chosen.status:
        parts.append(f"({client_columns.STATUS} IN ({parameters.names(chosen.status)}))")
    if chosen.since is not None:
        parts.append(_days(Asked("client_since", "date", "c.client_since_on"), chosen.since, db, parameters))
    parts += [_where(db, each, parameters) for each in chosen.where]
    for segment in chosen.segments:
        parts.append(_segment(db, segment, parameters, within))
    return " AND ".join(f"({part})" for part in parts)


def _segment(db: Reader, segment: int, parameters: Parameters, within: tuple[int, ...]) -> str:
    name, saved = db.row("SELECT name, filter FROM segments WHERE id = ?", (segment,)) or (None, None)
    if saved is None or segment in within:
        raise UsageError(f"the segment {name or segment} can't be used: it is gone, or means itself")
    chosen = from_text(saved)
    inside = _all_of(db, chosen, parameters, (*within, segment))
    if chosen.text:
        looked = search(chosen.text)
        names = {name: parameters.name(value) for name, value in looked.values.items()}
        stages = [_renamed(stage.condition, names) for stage in looked.stages]
        found = " OR ".join(f"({stage})" for stage in stages) or "0"
        inside += f" AND c.id IN (SELECT s.id FROM client_search s WHERE {found})"
    return inside


def _renamed(sql: str, names: dict[str, str]) -> str:
    import re

    return re.sub(r":(\w+)", lambda match: names[match[1]], sql)


def _has(db: Reader, parameters: Parameters, rows: str, test: str, each: str | None = None) -> str:
    """Ask for the clients who have a row in a table that passes a test, one that an index of the table answers.

    This is the one place that decides how they are found. When they are few they are looked up here; else every
    client on the way to a full page is asked, and the page is soon full. To collect many takes as long as they are
    many, and to ask every client for the few as long as there are clients. ``each`` is the test as one client is
    asked it, where that is written differently.
    """
    import json

    values = {**parameters.values, "today": db.today.isoformat()}
    found = db.rows(f"SELECT {_client(rows)} FROM {rows} WHERE {test} LIMIT {FEW + 1}", values)
    if len(found) > FEW:
        return _each_has(rows, each or test)
    return f"c.id IN (SELECT value FROM json_each({parameters.name(json.dumps([row[0] for row in found]))}))"


def _each_has(rows: str, test: str) -> str:
    """Ask every client on the way for a row that passes a test: ``rows`` is its table and the alias of that."""
    return f"EXISTS (SELECT 1 FROM {rows} WHERE {_client(rows)} = c.id AND {test})"


def _client(rows: str) -> str:
    return f"{rows.split()[1]}.client_id"


def _labeled(db: Reader, parameters: Parameters, wanted: Sequence[int]) -> str:
    return _has(db, parameters, "client_labels cl", f"cl.label_id IN ({parameters.names(wanted)})")


def _member(db: Reader, parameters: Parameters, chosen: ClientFilter) -> str:
    if chosen.plans:
        on = f"m.plan_id IN ({parameters.names(chosen.plans)}) AND {LIVE_OR_UPCOMING}"
        # The plus keeps SQLite from going through all of a plan for every client: it goes by the client.
        has = _has(db, parameters, "memberships m", on, f"+{on}")
    else:
        has = _each_has("memberships m", LIVE_OR_UPCOMING)
    return f"NOT {has}" if chosen.member is False else has


# -- where --------------------------------------------------------------------------------------


def _where(db: Reader, typed: str, parameters: Parameters) -> str:
    """Understand ``FIELD OPERATOR VALUE``."""
    asked, rest = _asked(db, typed.strip())
    operator, _, value = rest.partition(" ")
    operator, value = operator.lower(), value.strip()
    operators = OPERATORS[asked.kind]
    if operator not in operators:
        raise UsageError(f"--where {quoted(typed)}: {asked.key} can be asked {', '.join(operators)}")
    if (operator in {"empty", "filled"}) == bool(value):
        raise UsageError(f"--where {quoted(typed)}: {operator} {'takes no value' if value else 'needs a value'}")
    if operator == "empty":
        return f"NOT {_of(db, asked, f'({asked.sql} IS NOT NULL)', parameters, by_key=True)}"
    if operator == "filled":
        return _of(db, asked, f"{asked.sql} IS NOT NULL", parameters, by_key=True)
    if asked.kind == "date":
        return _day(asked, operator, value, db, parameters)
    if asked.kind == "number":
        return _number(db, asked, operator, value, parameters)
    return _text(db, asked, operator, value, parameters)


def by_key(db: Reader, typed: str) -> str:
    """Return a condition as it is kept: with the key of its field, which stays when the name changes."""
    asked, rest = _asked(db, typed.strip())
    return f"{asked.key} {typed_days.normalize(db, rest) if asked.kind == 'date' else rest}"


def _asked(db: Reader, typed: str) -> tuple[Asked, str]:
    """Find the field that a condition begins with, by its key or its name; return it and what follows.

    Of names that begin alike it is the longest. Raise UsageError naming those there are.
    """
    known = {
        key: (field.column.title, Asked(key, _ASKED_AS[field.column.kind], field.sql))
        for key, field in client_columns.COLUMNS.items()
        if field.column.kind in _ASKED_AS
    }
    own = {
        each.key: (each.name, Asked(each.key, TYPES[each.type].asked, "v.value", each)) for each in fields.custom(db)
    }
    titled = {text.fold(title): asked for title, asked in [*known.values(), *own.values()]}
    words = typed.split()
    for count in range(len(words), 1, -1):
        if field := titled.get(text.fold(" ".join(words[:count]))):
            return field, " ".join(words[count:])
    name, _, rest = typed.partition(" ")
    key = name.replace("-", "_").lower()
    if field := (own.get(key) or known.get(key) or ("", titled.get(text.fold(name))))[1]:
        return field, rest.strip()
    raise UsageError(f"no field {quoted(name)} to ask for: there are {', '.join([*known, *own])}")


_ASKED_AS: Mapping[Kind, Asking] = {
    "text": "text",
    "phone": "text",
    "status": "text",
    "integer": "number",
    "amounts": "number",
    "day": "date",
}
"""How the columns of the client list are asked, by their kind."""


def _of(db: Reader, asked: Asked, test: str, parameters: Parameters, *, by_key: bool = False) -> str:
    """Ask a test of a client's field; ``by_key`` when the index of an owner's field answers it."""
    if asked.field is None:
        return test
    of_field = f"v.field_id = {parameters.name(asked.field.id)} AND {test}"
    return _has(db, parameters, "field_values v", of_field) if by_key else _each_has("field_values v", of_field)


def _day(asked: Asked, operator: str, value: str, db: Reader, parameters: Parameters) -> str:
    if operator == "in":
        return _days(asked, value, db, parameters)
    if operator == "is-not":
        return f"NOT {_day(asked, 'is', value, db, parameters)}"
    day = parameters.name(typed_days.parse(db, value).isoformat())
    return _of(db, asked, f"({_day_of(asked)} {_DAY_SIGNS[operator]} {day})", parameters, by_key=True)


_DAY_SIGNS = {"is": "IS", "before": "<", "after": ">"}


def _day_of(asked: Asked) -> str:
    """Return the SQL of a day that is compared: of an owner's field by its key, which is the same and indexed."""
    return "v.value_key" if asked.field else asked.sql


def _days(asked: Asked, value: str, db: Reader, parameters: Parameters) -> str:
    """Ask for a day in a range; for a birthday, in whatever year."""
    days = typed_days.parse_range(db, value)
    if asked.key == "birthday":
        return _birthdays(asked, days, parameters)
    ends = [(">=", days.first), ("<=", days.last)]
    tests = [f"{_day_of(asked)} {sign} {parameters.name(day.isoformat())}" for sign, day in ends if day]
    return _of(db, asked, " AND ".join(tests), parameters, by_key=True)


def _birthdays(asked: Asked, days: calendar.Range, parameters: Parameters) -> str:
    if days.first is None or days.last is None:
        raise UsageError(
            "birthday in … needs a range with two ends, like this-month: --where 'birthday before DAY' has one"
        )
    if (days.last - days.first).days >= 365:
        return f"{asked.sql} IS NOT NULL"
    # Who was born on 29 February is not forgotten in the years without.
    ends = (f"{days.first:%m-%d}", "02-29" if f"{days.last:%m-%d}" == "02-28" else f"{days.last:%m-%d}")
    first, last = map(parameters.name, ends)
    together = "AND" if ends[0] <= ends[1] else "OR"
    return f"substr({asked.sql}, 6) >= {first} {together} substr({asked.sql}, 6) <= {last}"


def _number(db: Reader, asked: Asked, operator: str, value: str, parameters: Parameters) -> str:
    sign = {"is": "=", "is-not": "<>", "above": ">", "below": "<"}[operator]
    if asked.field is None and asked.key in client_balances.AMOUNTS:
        wanted = amounts.parse(db, value)
        sql = client_balances.AMOUNTS[asked.key](parameters.name(wanted.currency))
        return f"coalesce({sql}, 0) {sign} {parameters.name(wanted.minor)}"
    if asked.field is None:
        number = field_values.canonical(db, _A_NUMBER, value)[0]
        return f"{asked.sql} {sign} CAST({parameters.name(number)} AS REAL)"
    stored, key = field_values.canonical(db, asked.field, value)
    if operator == "is":
        return _of(db, asked, f"v.value_key = {parameters.name(key)}", parameters, by_key=True)
    if TYPES[asked.field.type].cell == "amount":
        # Two currencies are never compared.
        amount, currency = stored.split(" ")
        test = f"CAST(v.value AS INTEGER) {sign} {parameters.name(int(amount))}"
        test += f" AND v.value LIKE {parameters.name('% ' + currency)}"
    else:
        test = f"CAST(v.value AS REAL) {sign} CAST({parameters.name(stored)} AS REAL)"
    return _of(db, asked, test, parameters)


_A_NUMBER = Field(None, "number", "The number", "number", False, False, (), 0, None)


def _text(db: Reader, asked: Asked, operator: str, value: str, parameters: Parameters) -> str:
    if operator == "is-not":
        return f"NOT ({_text(db, asked, 'is', value, parameters)})"
    if operator == "is":
        return _is(db, asked, value, parameters)
    folded = text.fold(value)
    if not folded:
        raise UsageError(f"{quoted(value)} has no letter or digit to look for")
    place = "> 0" if operator == "contains" else "= 1"
    key = parameters.name(folded)
    return _of(db, asked, f"instr(fold({asked.sql}), {key}) {place}", parameters)


def _is(db: Reader, asked: Asked, value: str, parameters: Parameters) -> str:
    """Ask for a text exactly, by the index where there is one."""
    if asked.field is not None:
        of = TYPES[asked.field.type]
        key = of.key_of(value) if of.is_taken_as_typed else field_values.canonical(db, asked.field, value)[1]
        return _of(db, asked, f"v.value_key = {parameters.name(key)}", parameters, by_key=True)
    keys = {"email": emails.key, "phone": phones.key, "name": text.fold}
    if asked.key in keys:
        key = parameters.name(keys[asked.key](value))
        columns = ("last_first", "first_last") if asked.key == "name" else (f"{asked.key}_key",)
        tests = " OR ".join(f"x.{column} = {key}" for column in columns)
        return f"c.id IN (SELECT x.id FROM client_search x WHERE {tests})"
    return f"fold({asked.sql}) IS {parameters.name(text.fold(value))}"
