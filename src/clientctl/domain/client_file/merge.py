"""Make one client of several who are one person.

The survivor's values win, blanks are filled from the others in the order they are named, what
there can be several of is united, client since and member since are the earlier, opted out wins.
A merged client keeps its row and its own values, hidden; its id leads to the survivor.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Cell
from clientctl.domain.clients import duplicates, field_values, fields, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import TYPES, Field
from clientctl.domain.clients.record import Client
from clientctl.domain.imports import contacts as import_contacts
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.status import LIVE_OR_UPCOMING
from clientctl.domain.overview import client_list
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Where
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES

_PHOTO = Field(None, "photo", "Photo", "text", True, False, (), 0, None)
_COLUMN_OF = {**clients.COLUMN_OF, "photo": "photo"}
_SHORT = {"first": "first_name", "last": "last_name"}
"""Fields that options call by a shorter name."""

_REACHED = ("email", "phone")
"""Types of fields by which people are reached and found: what does not survive goes to a further one of the type."""

_UNCOUNTED = {"clients", "client_labels", "field_values", "not_duplicates"}
"""Tables whose rows are not counted as moved: what becomes of them is said otherwise, or says nothing."""


class Held(NamedTuple):
    """A client's value in a field: the row it is in (0 when it is a column), as stored, its key, as shown."""

    row: int
    value: Cell
    key: str
    shown: str


class Choice(NamedTuple):
    """Whose value of a field survives, None when all are united, and what each client has there."""

    field: Field
    winner: int | None
    held: Mapping[int, tuple[Held, ...]]


class Spare(NamedTuple):
    """An e-mail or phone that did not survive, its type, and the name of the further field that takes it.

    ``field`` is that field, None when it is still to be made.
    """

    client: int
    held: Held
    type: str
    name: str
    field: Field | None


class Plan(NamedTuple):
    """What a merge would do. ``since`` and ``member_since`` are the earlier days."""

    survivor: Client
    others: tuple[Client, ...]
    choices: tuple[Choice, ...]
    spares: tuple[Spare, ...]
    since: str
    member_since: str | None


def plan(db: Reader, survivor: Client, others: Sequence[Client], preferred: Sequence[str] = ()) -> Plan:
    """Work out what survives of clients, the survivor's values first. ``preferred`` are texts ``FIELD=ID``.

    Raise UsageError for a preference that makes no sense, RefusedError for who can't be merged.
    """
    _check(db, survivor, others)
    people = [survivor.id, *(other.id for other in others)]
    held = dict(_held(db, people))
    wishes = _wishes(db, people, preferred)
    for key, client_id in wishes.items():
        if key not in held or client_id not in held[key][1]:
            raise UsageError(f"--prefer {key}={client_id}: client {client_id} has nothing there; leave it out")
    choices = []
    for key, (field, values) in held.items():
        first = None if TYPES[field.type].has_several else next(each for each in people if each in values)
        choices.append(Choice(field, wishes.get(key, first), values))
    since = min(client.client_since_on for client in (survivor, *others))
    members = [day for day in (_member_since(db, each) for each in people) if day]
    return Plan(
        survivor, tuple(others), tuple(choices), tuple(_spares(db, choices, held)), since, min(members, default=None)
    )


def merge(db: Writer, agreed: Plan) -> None:
    """Do what a plan says."""
    survivor = agreed.survivor.id
    changes: dict[str, Cell] = {"client_since_on": agreed.since}
    for choice in agreed.choices:
        if choice.winner is None:
            continue
        if choice.field.built_in:
            changes[_COLUMN_OF[choice.field.key]] = choice.held[choice.winner][0].value
            continue
        for client, values in choice.held.items():
            for held in values if client != choice.winner else ():
                db.delete("field_values", held.row)
    for other in agreed.others:
        preferences.out_wins(db, survivor, other.id)
        duplicates.follow_merge(db, survivor, other.id)
        for table, column in _references(db):
            _move(db, table, column, other.id, survivor)
        db.update("clients", other.id, merged_into=survivor)
    db.update("clients", survivor, **changes)
    for spare in agreed.spares:
        field = spare.field or import_contacts.make(db, spare.name, spare.type, {each.key for each in _every_field(db)})
        row = {"value": spare.held.value, "value_key": spare.held.key}
        db.insert("field_values", client_id=survivor, field_id=field.id, **row)
    if agreed.member_since:
        _keep_member_since(db, survivor, agreed.member_since)
    clients.move(db, [survivor])
    db.note_number(str(survivor))


def preview(db: Reader, agreed: Plan) -> list[str]:
    """Say field by field what survives, whose it is, what stays behind; then what moves along."""
    survivor, people = agreed.survivor, (agreed.survivor, *agreed.others)
    reachable = {spare.held.key for spare in agreed.spares} | {
        held.key for choice in agreed.choices if choice.field.type in _REACHED for held in _survives(choice)
    }
    lines = [_line(survivor.id, choice, reachable) for choice in agreed.choices]
    lines += [
        f"{spare.name}: {spare.held.shown} (from {spare.client}{'' if spare.field else ', in a new field'})"
        for spare in agreed.spares
    ]
    lines.append(_since("Client since", agreed.since, survivor.client_since_on))
    if agreed.member_since:
        lines.append(_since("Member since", agreed.member_since, _member_since(db, survivor.id)))
    for preference_id, name in db.rows("SELECT id, name FROM preferences ORDER BY name_key"):
        stand = {preferences.stands(db, client.id, preference_id) for client in people} - {None}
        if stand:
            lines.append(f"{name}: opted {'out' if 0 in stand else 'in'}")
    moved = _moving(db, [other.id for other in agreed.others])
    return lines + ([f"Moved to {survivor.id}: {', '.join(moved)}"] if moved else [])


def _check(db: Reader, survivor: Client, others: Sequence[Client]) -> None:
    if not others:
        raise UsageError(f"merge whom into {survivor.called}? name another client after it")
    for client in (survivor, *others):
        if client.erased_on:
            raise RefusedError(f"client {client.id} was erased on {client.erased_on}: there is nobody left to merge")
    if survivor.id in {other.id for other in others}:
        raise RefusedError(f"{survivor.called} can't be merged with itself: name two clients", db.notices)
    if survivor.archived_on:
        raise RefusedError(
            f"{survivor.called} is archived: `clientctl client restore {survivor.id}` first, or merge it into the other"
        )


def _wishes(db: Reader, people: Sequence[int], preferred: Sequence[str]) -> dict[str, int]:
    """Read ``FIELD=ID`` texts; give the client by the field's key."""
    wishes: dict[str, int] = {}
    for wish in preferred:
        name, _, number = wish.rpartition("=")
        if number not in map(str, people):
            ids = ", ".join(map(str, people))
            raise UsageError(f"--prefer {wish}: say FIELD=ID, like phone={people[-1]}; the ids are {ids}")
        key = "photo" if name == "photo" else fields.find(db, _SHORT.get(name, name)).key
        if wishes.setdefault(key, int(number)) != int(number):
            raise UsageError(f"--prefer {wish}: {key} is preferred of another client already")
    return wishes


# -- what each has ------------------------------------------------------------------------------


def _held(db: Reader, people: Sequence[int]) -> Iterator[tuple[str, tuple[Field, dict[int, tuple[Held, ...]]]]]:
    """Return what clients have in each field, in the order of the fields, by the field's key."""
    own = _own_values(db, people)
    for field in [*_every_field(db), _PHOTO]:
        values = _in_column(db, people, _COLUMN_OF[field.key], field) if field.built_in else own.get(field.key, {})
        if values:
            yield field.key, (field, values)


def _in_column(db: Reader, people: Sequence[int], column: str, field: Field) -> dict[int, tuple[Held, ...]]:
    values: dict[int, tuple[Held, ...]] = {}
    for client_id in people:
        value = db.value(f"SELECT {column} FROM clients WHERE id = ?", (client_id,))
        if value is not None:
            shown = _short(field_values.shown(field.type, [str(value)]) or "")
            if column == "site_id":
                shown = db.value("SELECT name FROM sites WHERE id = ?", (value,))
            values[client_id] = (Held(0, value, TYPES[field.type].key_of(str(value)), shown),)
    return values


def _own_values(db: Reader, people: Sequence[int]) -> dict[str, dict[int, tuple[Held, ...]]]:
    found: dict[str, dict[int, tuple[Held, ...]]] = {}
    every = {field.id: field for field in _every_field(db)}
    rows = db.rows(
        f"""SELECT id, client_id, field_id, value, value_key FROM field_values
            WHERE client_id IN {AMONG} ORDER BY id""",
        (json_array(people),),
    )
    for row_id, client_id, field_id, value, key in rows:
        field = every[field_id]
        of_client = found.setdefault(field.key, {})
        of_client[client_id] = (
            *of_client.get(client_id, ()),
            Held(row_id, value, key, _short(field_values.shown(field.type, [value]) or "")),
        )
    return found


def _member_since(db: Reader, client_id: int) -> str | None:
    """Return a client's member since, as the client list has it."""
    where = Where("c.id = :record", {"record": client_id})
    found = queries.listing(db, Query(client_list.SOURCE, [where]), Request(columns=("member_since",)))
    day = next(iter(found.rows))[0]
    return None if day is None else str(day)


def _every_field(db: Reader) -> list[Field]:
    return fields.all_fields(db, archived=True)


def _spares(db: Reader, choices: Sequence[Choice], held: Mapping[str, tuple[Field, object]]) -> Iterator[Spare]:
    """Find for each e-mail and phone that would be left behind the first further field, by number, that is free."""
    named = {text.fold(field.name): field for field in _every_field(db)}
    for kind in _REACHED:
        of_kind = [choice for choice in choices if choice.field.type == kind and choice.field.key != "login_email"]
        kept = {held.key for choice in of_kind for held in _survives(choice)}
        free = (
            (name, there)
            for name in import_contacts.numbered(kind)
            if not (there := named.get(text.fold(name)))
            or (import_contacts.can_take(there, kind) and there.key not in held)
        )
        for choice in of_kind:
            for client, values in choice.held.items():
                for value in values:
                    if value.key not in kept:
                        kept.add(value.key)
                        yield Spare(client, value, kind, *next(free))


def _survives(choice: Choice) -> tuple[Held, ...]:
    """Return what a field holds after the merge, each once."""
    if choice.winner is not None:
        return choice.held[choice.winner]
    return tuple({held.key: held for values in choice.held.values() for held in values}.values())


# -- what moves ---------------------------------------------------------------------------------


def _references(db: Reader) -> list[tuple[str, str]]:
    """List every column that refers to a client, by the foreign keys there are."""
    return [
        (table, key[3])
        for table in TABLES
        for key in db.rows(f"PRAGMA foreign_key_list({table})")
        if key[2] == "clients"
    ]


def _move(db: Writer, table: str, column: str, other: int, survivor: int) -> None:
    """Let what refers to one client refer to another; of rows that then say the same, one is kept."""
    unite = TABLES[table].unite
    if unite:
        same = " AND ".join(f"kept.{each} IS double.{each}" for each in unite)
        doubles = db.rows(
            f"""SELECT double.id FROM {table} double WHERE double.{column} = ?
                AND EXISTS (SELECT 1 FROM {table} kept WHERE kept.{column} = ? AND {same})""",
            (other, survivor),
        )
        for (row_id,) in doubles:
            db.delete(table, row_id)
    if table == "card_properties":  # their order says which counts of those that a person has one of
        for row_id, text in list(
            db.rows("SELECT id, text FROM card_properties WHERE client_id = ? ORDER BY id", (other,))
        ):
            db.delete(table, row_id)
            db.insert(table, client_id=survivor, text=text)
        return
    rows = db.rows(f"SELECT id FROM {table} WHERE {column} = ?", (other,))
    db.update_many(table, (column,), [(survivor, row_id) for (row_id,) in rows])


def _keep_member_since(db: Writer, survivor: int, day: str) -> None:
    """Let the memberships that stand for a client, or will, have begun as early as any of the merged ones'."""
    rows = db.rows(
        f"""SELECT m.id FROM memberships m JOIN clients c ON c.id = m.client_id
            WHERE c.id = :client AND m.member_since_on > :day AND ({LIVE_OR_UPCOMING} OR m.id = {memberships.BEST})""",
        {"client": survivor, "day": day, "today": db.today.isoformat()},
    )
    db.update_many("memberships", ("member_since_on",), [(day, row_id) for (row_id,) in rows])


def _moving(db: Reader, others: Sequence[int]) -> list[str]:
    """Count what hangs on clients, by table."""
    lines, ids = [], json_array(others)
    names = "SELECT DISTINCT l.name FROM client_labels cl JOIN labels l ON l.id = cl.label_id WHERE cl.client_id IN"
    labels = db.rows(f"{names} {AMONG} ORDER BY l.name_key", (ids,))
    if labels:
        lines.append(f"labels {', '.join(name for (name,) in labels)}")
    for table, column in _references(db):
        count = (
            0 if table in _UNCOUNTED else db.value(f"SELECT count(*) FROM {table} WHERE {column} IN {AMONG}", (ids,))
        )
        if count:
            lines.append(f"{table.replace('_', ' ')} {count}")
    return lines


# -- in words -----------------------------------------------------------------------------------


def _line(survivor: int, choice: Choice, reachable: set[str]) -> str:
    """Return whose value survives in a field, and what stays behind; no e-mail or phone that is ``reachable`` does."""
    won = _survives(choice)
    keys = {held.key for held in won}
    if choice.field.type in _REACHED:
        keys |= reachable
    left = [
        f"not {held.shown if choice.field != _PHOTO else 'that'} of {client}"
        for client, values in choice.held.items()
        for held in values
        if client != choice.winner and held.key not in keys
    ]
    whose = [f"from {choice.winner}"] if choice.winner not in {survivor, None} else []
    beside = f" ({', '.join(whose + left)})" if whose or left else ""
    value = ", ".join(held.shown for held in won) if choice.field != _PHOTO else "kept"
    return f"{choice.field.name}: {value}{beside}"


def _short(value: str) -> str:
    """Return a value on one line of 60 characters at most."""
    line = " ".join(value.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _since(name: str, day: str, before: str | None) -> str:
    return f"{name}: {day}" + (f" (was {before})" if before and before != day else "")
