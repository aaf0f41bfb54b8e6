"""Merge several clients who are one person.

The survivor's values win; blanks are filled from the others in the order they are named; fields with several values
are united; client since and member since are the earliest days; opted out wins. A merged client keeps its row and
its values, hidden, and its id leads to the survivor.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Cell
from clientctl.base.words import say
from clientctl.domain.clients import duplicates, field_values, fields, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import TYPES, Field
from clientctl.domain.clients.record import Client
from clientctl.domain.imports import contacts as import_contacts
from clientctl.domain.memberships.client_columns import BEST
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
"""The fields whose options have a shorter name."""

_REACHED = ("email", "phone")
"""The types of contact fields: a value that does not survive goes to a further field of the type."""

_UNCOUNTED = {"clients", "client_labels", "field_values", "not_duplicates"}
"""The tables whose rows a preview does not count: it describes them otherwise, or they are of no interest."""


class Value(NamedTuple):
    """A client's value of a field: its row (0 for a column), the stored value, its key, the shown text."""

    row: int
    value: Cell
    key: str
    shown: str


class Choice(NamedTuple):
    """The client whose value of a field survives, None if all are united, and the values of each client."""

    field: Field
    winner: int | None
    values: Mapping[int, tuple[Value, ...]]


class ExtraContact(NamedTuple):
    """An e-mail or phone that did not survive, and the further field that it moves to.

    ``name`` is the name of that field; ``field`` is None if it does not exist yet.
    """

    client: int
    value: Value
    type: str
    name: str
    field: Field | None


class MergePlan(NamedTuple):
    """The result of a merge before it is done. ``since`` and ``member_since`` are the earliest days."""

    survivor: Client
    others: tuple[Client, ...]
    choices: tuple[Choice, ...]
    extra_contacts: tuple[ExtraContact, ...]
    since: str
    member_since: str | None


def plan(db: Reader, survivor: Client, others: Sequence[Client], preferred: Sequence[str] = ()) -> MergePlan:
    """Return what a merge of clients will do. ``preferred`` are texts ``FIELD=ID``.

    Raise UsageError for an invalid preference, RefusedError for clients who can't be merged.
    """
    _check(db, survivor, others)
    people = [survivor.id, *(other.id for other in others)]
    found = dict(_values(db, people))
    wanted = _parse_preferred(db, people, preferred)
    for key, client_id in wanted.items():
        if key not in found or client_id not in found[key][1]:
            raise UsageError(
                say(
                    "--prefer {key}={client_id}: client {client_id} has nothing there; leave it out",
                    key=key,
                    client_id=client_id,
                )
            )
    choices = []
    for key, (field, values) in found.items():
        first = None if TYPES[field.type].has_several else next(each for each in people if each in values)
        choices.append(Choice(field, wanted.get(key, first), values))
    since = min(client.client_since_on for client in (survivor, *others))
    members = [day for day in (_member_since(db, each) for each in people) if day]
    return MergePlan(
        survivor,
        tuple(others),
        tuple(choices),
        tuple(_extra_contacts(db, choices, found)),
        since,
        min(members, default=None),
    )


def merge(db: Writer, agreed: MergePlan) -> None:
    """Merge clients as planned."""
    survivor = agreed.survivor.id
    changes: dict[str, Cell] = {"client_since_on": agreed.since}
    for choice in agreed.choices:
        if choice.winner is None:
            continue
        if choice.field.built_in:
            changes[_COLUMN_OF[choice.field.key]] = choice.values[choice.winner][0].value
            continue
        for client, values in choice.values.items():
            for value in values if client != choice.winner else ():
                db.delete("field_values", value.row)
    for other in agreed.others:
        preferences.merge_opt_outs(db, survivor, other.id)
        duplicates.follow_merge(db, survivor, other.id)
        for table, column in _references(db):
            _move(db, table, column, other.id, survivor)
        db.update("clients", other.id, merged_into=survivor)
    db.update("clients", survivor, **changes)
    for extra in agreed.extra_contacts:
        field = extra.field or import_contacts.make(db, extra.name, extra.type, {each.key for each in _every_field(db)})
        row = {"value": extra.value.value, "value_key": extra.value.key}
        db.insert("field_values", client_id=survivor, field_id=field.id, **row)
    if agreed.member_since:
        _keep_member_since(db, survivor, agreed.member_since)
    clients.move(db, [survivor])
    db.note_number(str(survivor))


def preview(db: Reader, agreed: MergePlan) -> list[str]:
    """Describe field by field what survives, from whom, and what is left out; then count what moves along."""
    survivor, people = agreed.survivor, (agreed.survivor, *agreed.others)
    reachable = {extra.value.key for extra in agreed.extra_contacts} | {
        value.key for choice in agreed.choices if choice.field.type in _REACHED for value in _surviving(choice)
    }
    lines = [_describe_choice(survivor.id, choice, reachable) for choice in agreed.choices]
    lines += map(_describe_extra, agreed.extra_contacts)
    lines.append(_describe_since(say("Client since"), agreed.since, survivor.client_since_on))
    if agreed.member_since:
        lines.append(_describe_since(say("Member since"), agreed.member_since, _member_since(db, survivor.id)))
    for preference_id, name in db.rows("SELECT id, name FROM preferences ORDER BY name_key"):
        stand = {preferences.current_choice(db, client.id, preference_id) for client in people} - {None}
        if stand:
            lines.append(say("{name}: opted out", name=name) if 0 in stand else say("{name}: opted in", name=name))
    moved = _count_moved(db, [other.id for other in agreed.others])
    return lines + ([say("Moved to {id}: {moved}", id=survivor.id, moved=", ".join(moved))] if moved else [])


def _check(db: Reader, survivor: Client, others: Sequence[Client]) -> None:
    if not others:
        raise UsageError(say("who is merged into {title}? name another client after it", title=survivor.title))
    for client in (survivor, *others):
        if client.erased_on:
            raise RefusedError(
                say(
                    "client {id} was erased on {erased_on}: an erased client can't be merged",
                    id=client.id,
                    erased_on=client.erased_on,
                )
            )
    if survivor.id in {other.id for other in others}:
        raise RefusedError(
            say("{title} can't be merged with itself: name two clients", title=survivor.title), db.notices
        )
    if survivor.archived_on:
        raise RefusedError(
            say(
                "{title} is archived: `clientctl client restore {id}` first, or merge it into the other",
                title=survivor.title,
                id=survivor.id,
            )
        )


def _parse_preferred(db: Reader, people: Sequence[int], preferred: Sequence[str]) -> dict[str, int]:
    """Parse ``FIELD=ID`` texts; return the preferred client of each field, by its key."""
    wanted: dict[str, int] = {}
    for typed in preferred:
        name, _, number = typed.rpartition("=")
        if number not in map(str, people):
            ids = ", ".join(map(str, people))
            raise UsageError(
                say(
                    "--prefer {typed}: write FIELD=ID, like phone={people}; the ids are {ids}",
                    typed=typed,
                    people=people[-1],
                    ids=ids,
                )
            )
        key = "photo" if name == "photo" else fields.find(db, _SHORT.get(name, name)).key
        if wanted.setdefault(key, int(number)) != int(number):
            raise UsageError(
                say("--prefer {typed}: {key} is already preferred from another client", typed=typed, key=key)
            )
    return wanted


# -- the values of each ------------------------------------------------------------------------------


def _values(db: Reader, people: Sequence[int]) -> Iterator[tuple[str, tuple[Field, dict[int, tuple[Value, ...]]]]]:
    """Yield the values of clients in each field, in the order of the fields, with the field's key."""
    own = _own_values(db, people)
    for field in [*_every_field(db), _PHOTO]:
        values = _in_column(db, people, _COLUMN_OF[field.key], field) if field.built_in else own.get(field.key, {})
        if values:
            yield field.key, (field, values)


def _in_column(db: Reader, people: Sequence[int], column: str, field: Field) -> dict[int, tuple[Value, ...]]:
    values: dict[int, tuple[Value, ...]] = {}
    for client_id in people:
        value = db.value(f"SELECT {column} FROM clients WHERE id = ?", (client_id,))
        if value is not None:
            shown = _shorten(field_values.shown(field.type, [str(value)]) or "")
            if column == "site_id":
                shown = db.value("SELECT name FROM sites WHERE id = ?", (value,))
            values[client_id] = (Value(0, value, TYPES[field.type].key_of(str(value)), shown),)
    return values


def _own_values(db: Reader, people: Sequence[int]) -> dict[str, dict[int, tuple[Value, ...]]]:
    found: dict[str, dict[int, tuple[Value, ...]]] = {}
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
            Value(row_id, value, key, _shorten(field_values.shown(field.type, [value]) or "")),
        )
    return found


def _member_since(db: Reader, client_id: int) -> str | None:
    """Return a client's *member since*, as in the client list."""
    where = Where("c.id = :record", {"record": client_id})
    found = queries.listing(db, Query(client_list.SOURCE, [where]), Request(columns=("member_since",)))
    day = next(iter(found.rows))[0]
    return None if day is None else str(day)


def _every_field(db: Reader) -> list[Field]:
    return fields.all_fields(db, archived=True)


def _extra_contacts(
    db: Reader, choices: Sequence[Choice], found: Mapping[str, tuple[Field, object]]
) -> Iterator[ExtraContact]:
    """Yield each e-mail and phone that would be lost, with the first further field that is free."""
    named = {text.fold(field.name): field for field in _every_field(db)}
    for kind in _REACHED:
        of_kind = [choice for choice in choices if choice.field.type == kind and choice.field.key != "login_email"]
        surviving = {value.key for choice in of_kind for value in _surviving(choice)}
        free = (
            (name, there)
            for name in import_contacts.numbered(kind)
            if not (there := named.get(text.fold(name)))
            or (import_contacts.can_take(there, kind) and there.key not in found)
        )
        for choice in of_kind:
            for client, values in choice.values.items():
                for value in values:
                    if value.key not in surviving:
                        surviving.add(value.key)
                        yield ExtraContact(client, value, kind, *next(free))


def _surviving(choice: Choice) -> tuple[Value, ...]:
    """Return the values of a field after the merge, each once."""
    if choice.winner is not None:
        return choice.values[choice.winner]
    return tuple({value.key: value for values in choice.values.values() for value in values}.values())


# -- what moves ---------------------------------------------------------------------------------


def _references(db: Reader) -> list[tuple[str, str]]:
    """List every column with a foreign key to clients."""
    return [
        (table, key[3])
        for table in TABLES
        for key in db.rows(f"PRAGMA foreign_key_list({table})")
        if key[2] == "clients"
    ]


def _move(db: Writer, table: str, column: str, other: int, survivor: int) -> None:
    """Change references from one client to another; of rows that are then equal, one is kept."""
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
    """Set the member since of a client's current and upcoming memberships to the earliest of the merged clients."""
    rows = db.rows(
        f"""SELECT m.id FROM memberships m JOIN clients c ON c.id = m.client_id
            WHERE c.id = :client AND m.member_since_on > :day AND ({LIVE_OR_UPCOMING} OR m.id = {BEST})""",
        {"client": survivor, "day": day, "today": db.today.isoformat()},
    )
    db.update_many("memberships", ("member_since_on",), [(day, row_id) for (row_id,) in rows])


def _count_moved(db: Reader, others: Sequence[int]) -> list[str]:
    """Count the records that refer to clients, by table."""
    lines, ids = [], json_array(others)
    names = "SELECT DISTINCT l.name FROM client_labels cl JOIN labels l ON l.id = cl.label_id WHERE cl.client_id IN"
    labels = db.rows(f"{names} {AMONG} ORDER BY l.name_key", (ids,))
    if labels:
        lines.append(say("labels {name}", name=", ".join(name for (name,) in labels)))
    for table, column in _references(db):
        count = (
            0 if table in _UNCOUNTED else db.value(f"SELECT count(*) FROM {table} WHERE {column} IN {AMONG}", (ids,))
        )
        if count:
            lines.append(f"{table.replace('_', ' ')} {count}")
    return lines


# -- descriptions -----------------------------------------------------------------------------------


def _describe_choice(survivor: int, choice: Choice, reachable: set[str]) -> str:
    """Describe which value of a field survives, and which are left out; those in ``reachable`` are not lost."""
    won = _surviving(choice)
    keys = {value.key for value in won}
    if choice.field.type in _REACHED:
        keys |= reachable
    left = [
        say("not {value} of {client}", value=value.shown, client=client)
        if choice.field != _PHOTO
        else say("not that of {client}", client=client)
        for client, values in choice.values.items()
        for value in values
        if client != choice.winner and value.key not in keys
    ]
    whose = [say("from {winner}", winner=choice.winner)] if choice.winner not in {survivor, None} else []
    beside = f" ({', '.join(whose + left)})" if whose or left else ""
    shown = ", ".join(value.shown for value in won) if choice.field != _PHOTO else say("kept")
    return f"{choice.field.name}: {shown}{beside}"


def _describe_extra(extra: ExtraContact) -> str:
    """Describe an e-mail or phone that is kept in a further field."""
    values = {"name": extra.name, "value": extra.value.shown, "client": extra.client}
    if extra.field:
        return say("{name}: {value} (from {client})", **values)
    return say("{name}: {value} (from {client}, in a new field)", **values)


def _shorten(value: str) -> str:
    """Shorten a value to one line of at most 60 characters."""
    line = " ".join(value.split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _describe_since(name: str, day: str, before: str | None) -> str:
    if before and before != day:
        return say("{name}: {day} (was {before})", name=name, day=day, before=before)
    return f"{name}: {day}"
