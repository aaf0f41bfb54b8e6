"""Import what address books repeat for a person: further contacts, addresses, notes, unknown vCard properties.

What a client has already, in whatever place, is not taken again; nothing that is there is changed but
a contact in the field of its name, where that is wanted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base import clock, text
from clientctl.base.import_records import RowExtras
from clientctl.base.people import Place
from clientctl.domain.clients import addresses, field_values, fields
from clientctl.domain.clients.field_types import CONTACTS, TYPES, Field
from clientctl.domain.practice import staff
from clientctl.errors import ClientctlError
from clientctl.store import Reader, Writer
from clientctl.store.array_parameters import AMONG, json_array

if TYPE_CHECKING:
    from clientctl.base.listing import Cell

_USUAL = ("home", "work", "main", "other")
"""Names that say nothing without what they are the name of: Work becomes Work phone."""

_MOST_MADE = 20
"""The maximum number of fields that one import creates for further contacts; others go by number."""


class CheckedContact(NamedTuple):
    """A further e-mail, phone or web address, checked; ``name`` is what the file calls it."""

    kind: str
    name: str | None
    value: str
    key: str


class ExtraContacts(NamedTuple):
    """The repeated data of a person in a row, as stored; ``odd`` are the values that no field can hold."""

    contacts: tuple[CheckedContact, ...]
    places: tuple[tuple[str | None, ...], ...]
    notes: tuple[str, ...]
    kept: tuple[str, ...]
    odd: tuple[str, ...] = ()


def parse(db: Reader, more: RowExtras, odd: list[tuple[str, str]]) -> ExtraContacts:
    """Parse the repeated data of a row; contacts that are not valid go to ``odd``, with their names."""
    contacts = []
    for each in more.further:
        name = text.clean_line(each.name) if each.name else ""
        pseudo = Field(None, "", name or CONTACTS[each.kind], each.kind, False, False, (), 0, None)
        try:
            value, key = field_values.canonical(db, pseudo, each.value)
        except ClientctlError:
            odd.append((each.column or pseudo.name, each.value))
            continue
        contacts.append(CheckedContact(each.kind, name if text.fold(name) else None, value, key))
    return ExtraContacts(
        tuple(contacts),
        tuple(place for place in map(_place, more.places) if any(place[1:])),
        tuple(note for note in map(text.clean, more.notes) if note),
        tuple(line for line in map(text.clean, more.kept) if line),
    )


def _place(place: Place) -> tuple[str | None, ...]:
    """Return an address as it is stored: its name, then its lines in the order of ``addresses.LINES``."""
    lines = place._asdict()
    kept = (text.clean_optional_line(lines[line]) for line in addresses.LINES)
    name = text.clean_line(place.name)
    return (name if text.fold(name) else "Home", *kept)


def first_contacts(db: Reader, ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    """List the first e-mail and phone of clients, as keys for comparing."""
    rows = db.rows(f"SELECT id, email, phone FROM clients WHERE id IN {AMONG}", (json_array(ids),))
    for client, email, phone in rows:
        for kind, value in (("email", email), ("phone", phone)):
            if value:
                yield client, kind, TYPES[kind].key_of(value)


class ContactsWriter:
    """A writer of the repeated data of many clients; ``made`` are the names of the fields created for it."""

    def __init__(self, db: Writer, file: str) -> None:
        self._db, self._file = db, file
        self._first_note = db.next_id("notes")
        self._fields: dict[str, Field] = {}
        self.made: list[str] = []

    def store(
        self,
        said: Iterable[tuple[int, int, ExtraContacts]],
        note: Callable[[int, int], None],
        is_changing: Callable[[int, str], bool],
    ) -> None:
        """Store the data by line and client; call ``note`` for each row that changes something.

        ``is_changing`` says whether what a client has in the field of a key is to be what is said now.
        """
        rows = [(line, client, known) for line, client, known in said]
        ids = sorted({client for _, client, _ in rows})
        self._contacts([each for each in rows if each[2].contacts], note, is_changing)
        self._rows(
            "addresses",
            ids,
            ("name", *addresses.LINES),
            [(line, client, known.places) for line, client, known in rows],
            note,
        )
        by = staff.find_acting(self._db).id if any(known.notes or known.odd for _, _, known in rows) else 0
        now = clock.stamp(clock.now())
        more: dict[str, Cell] = {"kind": "general", "staff_id": by, "written_at": now}
        notes = [(line, client, tuple((each,) for each in known.notes)) for line, client, known in rows]
        self._rows("notes", ids, ("text",), notes, note, more)
        self._odd([each for each in rows if each[2].odd], note, more)
        kept = [(line, client, tuple((each,) for each in known.kept)) for line, client, known in rows]
        self._rows("card_properties", ids, ("text",), kept, note)

    def _rows(
        self,
        table: str,
        ids: list[int],
        columns: tuple[str, ...],
        said: Sequence[tuple[int, int, Sequence[tuple[str | None, ...]]]],
        note: Callable[[int, int], None],
        more: Mapping[str, "Cell"] | None = None,
    ) -> None:
        """Insert the rows of a table that clients don't have yet."""
        said = [each for each in said if each[2]]
        if not said:
            return
        held = f"SELECT client_id, {', '.join(columns)} FROM {table} WHERE client_id IN {AMONG}"
        have = {(row[0], *map(_folded, row[1:])) for row in self._db.rows(held, (json_array(ids),))}
        new: list[dict[str, Cell]] = []
        for line, client, listed in said:
            for values in listed:
                key = (client, *map(_folded, values))
                if key not in have:
                    have.add(key)
                    note(line, client)
                    new.append({"client_id": client, **dict(zip(columns, values, strict=True)), **(more or {})})
        self._db.insert_many(table, new)

    def _odd(
        self,
        said: Sequence[tuple[int, int, ExtraContacts]],
        note: Callable[[int, int], None],
        more: Mapping[str, "Cell"],
    ) -> None:
        """Store the values that no field can hold in one note per client, unless an earlier such note has them."""
        start = f"From {self._file} line "
        ours: dict[int, tuple[int, str]] = {}
        have: dict[int, list[str]] = {}
        kept = f"SELECT id, client_id, text FROM notes WHERE client_id IN {AMONG} AND text LIKE 'From %' ORDER BY id"
        for row_id, client, kept_text in self._db.rows(kept, (json_array({client for _, client, _ in said}),)):
            have.setdefault(client, []).extend(kept_text.split("\n"))
            if row_id >= self._first_note and kept_text.startswith(start):
                ours[client] = row_id, kept_text
        new: dict[int, list[str]] = {}
        for line, client, known in said:
            before = have.setdefault(client, [])
            unsaid = [each for each in known.odd if not any(_holds(sentence, each) for sentence in before)]
            if unsaid:
                sentence = text.clean(f"{start}{line}: {'; '.join(unsaid)}")
                before.append(sentence)
                new.setdefault(client, []).append(sentence)
                note(line, client)
        for client in new.keys() & ours.keys():
            row_id, kept_text = ours[client]
            self._db.update("notes", row_id, text="\n".join([kept_text, *new.pop(client)]))
        self._db.insert_many(
            "notes", [{"client_id": client, "text": "\n".join(lines), **more} for client, lines in new.items()]
        )

    # -- further e-mails, phones and web addresses ------------------------------------------------

    def _contacts(
        self,
        said: list[tuple[int, int, ExtraContacts]],
        note: Callable[[int, int], None],
        is_changing: Callable[[int, str], bool],
    ) -> None:
        if not said:
            return
        self._fields = {text.fold(each.name): each for each in fields.all_fields(self._db, archived=True)}
        ids = sorted({client for _, client, _ in said})
        before: dict[int, set[int]] = {}
        keys: dict[int, set[tuple[str, str]]] = {}
        for client, field_id, kind, key in self._values(ids):
            before.setdefault(client, set()).add(field_id)
            keys.setdefault(client, set()).add((kind, key))
        filled: dict[int, set[int]] = {}
        new: list[dict[str, Cell]] = []
        for line, client, known in said:
            has, now = keys.setdefault(client, set()), filled.setdefault(client, set())
            for each in known.contacts:
                there = self._there(each.name, each.kind) if each.name else None
                is_changed = there and there.id in before.get(client, ()) and is_changing(client, there.key)
                if (each.kind, each.key) in has:
                    continue
                has.add((each.kind, each.key))
                if there and is_changed:
                    was = field_values.set_stored(self._db, client, there, {each.key: each.value})
                    has -= {(each.kind, key) for key in was}
                    now.add(there.id or 0)
                    note(line, client)
                elif into := self._free(each, before.get(client, set()), now):
                    now.add(into)
                    note(line, client)
                    new.append({"client_id": client, "field_id": into, "value": each.value, "value_key": each.key})
        self._db.insert_many("field_values", new)

    def _values(self, ids: list[int]) -> Iterator[tuple[int, int, str, str]]:
        """List the field values of clients, and their first e-mail and phone as those of field 0."""
        yield from self._db.rows(
            f"""SELECT v.client_id, v.field_id, f.type, v.value_key FROM field_values v
                JOIN fields f ON f.id = v.field_id WHERE v.client_id IN {AMONG}""",
            (json_array(ids),),
        )
        for client, kind, key in first_contacts(self._db, ids):
            yield client, 0, kind, key

    def _free(self, contact: CheckedContact, before: set[int], now: set[int]) -> int | None:
        """Find or create the field for a contact: by its name, or the first by number that is empty for the client.

        None when the client had something in the field of its name before: that stays.
        """
        if contact.name:
            found = self._named(contact.name, contact.kind)
            if found and found not in now:
                return None if found in before else found
        for name in numbered(contact.kind):
            found_field = self._found(name, contact.kind)
            field_id = found_field.id if found_field else self._make(name, contact.kind)
            if field_id and field_id not in before | now:
                return field_id
        return None

    def _named(self, name: str, kind: str) -> int | None:
        if found := self._there(name, kind):
            return found.id
        if len(self.made) >= _MOST_MADE:
            return None
        return next((made for each in _names(name, kind) if (made := self._make(each, kind))), None)

    def _there(self, name: str, kind: str) -> Field | None:
        """Find the field for a contact by its name in the file."""
        names = [name, *_names(name, kind)]
        return next((found for each in names if (found := self._found(each, kind))), None)

    def _found(self, name: str, kind: str) -> Field | None:
        there = self._fields.get(text.fold(name))
        return there if there and can_take(there, kind) else None

    def _make(self, name: str, kind: str) -> int | None:
        """Create a field; return None if its name is taken."""
        if text.fold(name) in self._fields:
            return None
        new = make(self._db, name, kind, {each.key for each in self._fields.values()})
        self._fields[text.fold(name)] = new
        self.made.append(new.name)
        return new.id


def numbered(kind: str) -> Iterator[str]:
    """Yield the names of fields for contacts without a name, in order: ``E-mail 2``, ``E-mail 3`` and so on."""
    first = 1 if kind == "url" else 2
    return (CONTACTS[kind] if number == 1 else f"{CONTACTS[kind]} {number}" for number in count(first))


def can_take(there: Field, kind: str) -> bool:
    """Return whether an existing field can hold contacts of a kind."""
    return there.type == kind and not there.built_in and not there.archived_on


def make(db: Writer, name: str, kind: str, keys: Set[str]) -> Field:
    """Create a field for contacts of a kind; ``keys`` are those of the existing fields.

    The command is not told of as one about the field.
    """
    touched = list(db.numbers)
    key = "_".join(text.fold(name).split())
    taken = keys | fields.RESERVED
    if not key.isascii() or not key[:1].isalpha() or key in taken:
        key = next(made for number in range(1, 10_000) if (made := f"{kind}_{number}") not in taken)
    new = fields.add(db, name, kind, key=key)
    db.numbers[:] = touched
    return new


def _names(name: str, kind: str) -> list[str]:
    """Return the possible names of a field for a contact."""
    if text.fold(name) in _USUAL:
        return [f"{name.capitalize()} {CONTACTS[kind].lower()}"]
    return [name, f"{name} ({CONTACTS[kind].lower()})"]


def _holds(sentence: str, odd: str) -> bool:
    """Return whether a line of a note from an import names a value that no field can hold."""
    return f"; {odd};" in f"; {sentence.partition(': ')[2]};"


def _folded(value: str | None) -> str:
    return text.fold(value) if value else ""
