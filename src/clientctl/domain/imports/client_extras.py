"""Import what rows say about clients beyond the columns of their record: fields, labels, consents, contacts.

That is values of the owner's fields, kept where the client has none, labels, made where there are
none of that name, and what people are opted in to, never turned on for who has opted out.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base import joined_names, text
from clientctl.base import phones as phone_numbers
from clientctl.base.import_records import NO_EXTRAS, RowExtras, Target
from clientctl.base.words import say
from clientctl.domain.clients import field_types, field_values, fields, labels, photos, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.field_types import CONTACTS, TYPES, Field
from clientctl.domain.clients.preferences import Preference
from clientctl.domain.imports import contacts as import_contacts
from clientctl.domain.imports.contacts import ContactsWriter, ExtraContacts
from clientctl.domain.imports.people import ImportedPeople
from clientctl.errors import ClientctlError, UsageError
from clientctl.store import Reader, Writer
from clientctl.store.array_parameters import AMONG, json_array

if TYPE_CHECKING:
    from clientctl.base.listing import Cell

_LABELS = "labels"
_MOST_OFFERED = 50
"""The maximum number of choices that one import adds to a field."""

_MOST_COMMAS = 5
"""Pieces between commas that are tried as one name."""

_MOST = 100
"""How many of a kind a row may have: each further phone is stored in a field of its own, created if needed."""


class ClientExtras(NamedTuple):
    """The further data of a client in a row: field values with their keys, names of labels, consents.

    ``known`` is what address books know several times over, None for nothing; ``photo`` a picture.
    """

    values: tuple[tuple[Field, dict[str, str]], ...]
    labels: tuple[str, ...]
    consents: tuple[tuple[Preference, bool], ...]
    known: ExtraContacts | None = None
    photo: bytes | None = None


def targets(db: Reader) -> list[Target]:
    """List what a column can mean in this practice, beyond the built-in fields."""
    built_in = [Target(each.key, (each.name,)) for each in fields.all_fields(db) if each.built_in]
    own = [
        Target(target_of(each), (each.key, each.name), TYPES[each.type].cell == "day", is_contact=each.type in CONTACTS)
        for each in fields.custom(db)
    ]
    named = map(of_preference, preferences.all_preferences(db))
    consents = [Target(each, (each,), is_consent=True) for each in named]
    return [*own, *built_in, *consents]


class ExtrasParser:
    """A parser of the further data in rows."""

    def __init__(self, db: Reader) -> None:
        self._fields = {target_of(each): each for each in fields.custom(db)}
        self._preferences = {of_preference(each): each for each in preferences.all_preferences(db)}
        self._targets = frozenset({*self._fields, *self._preferences, _LABELS})
        self._value = lru_cache(maxsize=10_000)(lambda of, given: field_values.canonical(db, of, given))
        self._flag = lru_cache(maxsize=1_000)(self._is_opted_in)
        self._labels = lru_cache(maxsize=10_000)(lambda given: tuple(_names(db, given)))
        self._label = lru_cache(maxsize=10_000)(self._checked_label)
        self._db = db

    def parse(
        self,
        values: Mapping[str, str],
        more: RowExtras = NO_EXTRAS,
        columns: Mapping[str, str] = MappingProxyType({}),
        odd: list[tuple[str, str]] | None = None,
    ) -> ClientExtras | None:
        """Parse a row; return None if it has no further data. Raise ClientctlError for a value that is refused.

        ``columns`` are those of a sheet that can be left out, by field: what can't be in the field of one goes to
        ``odd``, with the column.
        """
        odd = [] if odd is None else odd
        if more is NO_EXTRAS and self._targets.isdisjoint(values):
            return None
        named = (*(self._labels(values[_LABELS]) if _LABELS in values else ()), *map(self._label, more.labels))
        if max(len(named), len(more.further), len(more.places)) > _MOST:
            raise UsageError(
                say("has over {most} labels, addresses, or phones and the like: is it one client?", most=_MOST)
            )
        of_fields = {of: values[target] for target, of in self._fields.items() if target in values}
        consents = {of: values[target] for target, of in self._preferences.items() if target in values}
        return ClientExtras(
            tuple(
                (of, said)
                for of, given in of_fields.items()
                if (said := self._values(of, given, columns.get(target_of(of)), odd))
            ),
            named,
            tuple(
                (of, opted)
                for of, given in consents.items()
                if (opted := self._consent(of, given, columns.get(of_preference(of)), odd)) is not None
            ),
            None if more is NO_EXTRAS else import_contacts.parse(self._db, more, odd),
            more.photo,
        )

    def _values(self, of: Field, given: str, column: str | None, odd: list[tuple[str, str]]) -> dict[str, str]:
        """Check the value of a cell; one that the field can't hold is odd if the column is known."""
        try:
            if of.type == "phone" and phone_numbers.is_truncated(given):
                raise UsageError(
                    say(
                        "{name}: {given} was cut by a spreadsheet: give the whole number",
                        name=of.name,
                        given=repr(given),
                    )
                )
            return self._checked(of, given)
        except ClientctlError:
            if column is None:
                raise
            odd.append((column, given))
            return {}

    def _consent(self, of: Preference, given: str, column: str | None, odd: list[tuple[str, str]]) -> bool | None:
        try:
            return self._flag(of, given)
        except ClientctlError:
            if column is None:
                raise
            odd.append((column, given))
            return None

    def _checked(self, of: Field, given: str) -> dict[str, str]:
        """Check the value of a cell, several choices separated by ``;`` or commas; return values by their keys."""
        if not TYPES[of.type].has_several:
            value, key = self._value(of, given)
            return {key: value}
        offered = {text.fold(each) for each in field_types.choices(self._db, of)}
        parts = _parts(given, lambda each: text.fold(each) in offered, every=True)
        return {key: value for value, key in (self._value(of, each) for each in parts)}

    def _checked_label(self, name: str) -> str:
        labels.check_name(self._db, name)
        return name

    def _is_opted_in(self, of: Preference, given: str) -> bool:
        asked = Field(None, "", of.name, "yes-no", False, False, (), 0, None)
        return field_values.canonical(self._db, asked, given)[0] == "1"


class ExtrasWriter:
    """A collector of the further data of clients, stored part by part.

    ``refused`` are those not opted in for having opted out.
    """

    def __init__(self, db: Writer, file: str) -> None:
        self._db = db
        self._said: list[tuple[int, int, ClientExtras]] = []
        self._lines: set[int] = set()
        self._changed: set[int] = set()
        self.made_labels: list[str] = []
        self._storing = ContactsWriter(db, file)
        self.refused: set[int] = set()

    def add(self, line: int, client_id: int, particulars: ClientExtras) -> None:
        """Add what a row says about a client."""
        self._said.append((line, client_id, particulars))

    def store(self, people: ImportedPeople) -> set[int]:
        """Store what was added, once the clients of this part are stored; return the lines that change something."""
        self._store_values(people)
        self._store_labels()
        self._store_consents()
        said = [(line, client, said.known) for line, client, said in self._said if said.known]
        self._storing.store(said, self._note, lambda client, key: bool(_replaceable(people, client, [key])))
        self._store_photos(people)
        clients.move(self._db, self._changed - people.new.keys() - people.updated.keys())
        lines, self._lines, self._changed, self._said = self._lines, set(), set(), []
        return lines

    def _store_values(self, people: ImportedPeople) -> None:
        stored = json_array({client for _, client, _ in self._said if people.is_stored(client)})
        held = f"SELECT DISTINCT client_id, field_id FROM field_values WHERE client_id IN {AMONG}"
        have = set(self._db.rows(held, (stored,)))
        first = self._first_contacts()
        rows: list[dict[str, Cell]] = []
        for line, client, particulars in self._said:
            mentions = _replaceable(people, client, [of.key for of, _ in particulars.values])
            for of, values in particulars.values:
                if (client, of.id) in have:
                    if of.key in mentions and field_values.set_stored(self._db, client, of, values) != values:
                        self._note(line, client)
                    continue
                if any((client, of.type, key) in first for key in values):
                    continue
                have.add((client, of.id))
                self._note(line, client)
                of_client = {"client_id": client, "field_id": of.id}
                rows += [{**of_client, "value": value, "value_key": key} for key, value in values.items()]
        self._db.insert_many("field_values", rows)

    def _first_contacts(self) -> set[tuple[int, str, str]]:
        """Return the first e-mails and phones of clients with further ones, as these may be the same."""
        said = {
            client
            for _, client, particulars in self._said
            if any(of.type in {"email", "phone"} for of, _ in particulars.values)
        }
        return {(client, kind, key) for client, kind, key in import_contacts.first_contacts(self._db, sorted(said))}

    def _store_labels(self) -> None:
        wanted: dict[str, dict[int, int]] = {}
        for line, client, particulars in self._said:
            for name in particulars.labels:
                wanted.setdefault(name, {}).setdefault(client, line)
        for name, line_of in wanted.items():
            label, made = labels.found_or_made(self._db, name)
            if made:
                self.made_labels.append(label.name)
            for client in labels.attach_to_many(self._db, label.id, line_of):
                self._note(line_of[client], client)

    def _store_consents(self) -> None:
        """Store who opted in or out; if rows disagree about a client, opting out wins."""
        wanted: dict[Preference, dict[int, tuple[bool, int]]] = {}
        for line, client, particulars in self._said:
            for of, opted in particulars.consents:
                of_clients = wanted.setdefault(of, {})
                if client not in of_clients or (of_clients[client][0] and not opted):
                    of_clients[client] = opted, line
        for of, said in wanted.items():
            taken = preferences.record_import(self._db, of, {client: opted for client, (opted, _) in said.items()})
            self.refused |= taken.refused
            for client in taken.changed:
                self._note(said[client][1], client)

    def _store_photos(self, people: ImportedPeople) -> None:
        """Add photos for clients without one, and replace others if asked to."""
        for line, client, said in self._said:
            if not said.photo:
                continue
            held = self._db.value("SELECT photo FROM clients WHERE id = ?", (client,))
            if held and not _replaceable(people, client, ["photo"]):
                continue
            digest = photos.keep(self._db, said.photo)
            if digest != held:
                self._db.update("clients", client, photo=digest)
                self._note(line, client)

    @property
    def made_fields(self) -> list[str]:
        """List the names of the fields that were created for further contacts."""
        return self._storing.made

    def _note(self, line: int, client: int) -> None:
        self._lines.add(line)
        self._changed.add(client)


def _replaceable(people: ImportedPeople, client: int, names: Sequence[str]) -> set[str]:
    """Return those of some fields in which a client's value is to be replaced by the row's."""
    return people.first_mentions(client, names) if names and people.is_updated(client) else set()


def offer_missing(db: Writer, of: Field, cells: Iterable[str]) -> list[str]:
    """Add the values of cells that are not yet choices of a field to its choices; return them.

    Nothing is offered of what is no list of choices: too many of them. What can't be one is left to be refused.
    """
    offered = {text.fold(each) for each in field_types.choices(db, of)}
    new: dict[str, str] = {}
    for cell in cells:
        with suppress(ClientctlError):
            for part in _parts(cell, lambda each: text.fold(each) in offered) if TYPES[of.type].has_several else [cell]:
                kept, key = text.parse_name(part, say("a choice"))
                if key not in offered:
                    new.setdefault(key, kept)
        if len(new) > _MOST_OFFERED:
            return []
    touched = list(db.numbers)
    fields.edit(db, of, offered=tuple(new.values()))
    db.numbers[:] = touched
    return list(new.values())


def add_odd(particulars: ClientExtras | None, odd: Sequence[tuple[str, str]]) -> ClientExtras | None:
    """Add columns with values that no field can hold to the data of a row."""
    if not odd:
        return particulars
    said = particulars or ClientExtras((), (), ())
    known = said.known or ExtraContacts((), (), (), ())
    return said._replace(known=known._replace(odd=tuple(text.clean_line(" ".join(each)) for each in odd)))


def contacts(particulars: ClientExtras | None) -> tuple[tuple[str, str], ...]:
    """Return the kinds and keys of the further e-mails and phones of a row."""
    if particulars is None:
        return ()
    found = [(of.type, key) for of, values in particulars.values for key in values]
    if particulars.known:
        found += [(each.kind, each.key) for each in particulars.known.contacts]
    return tuple(each for each in found if each[0] in {"email", "phone"})


def phones(particulars: ClientExtras | None) -> list[str]:
    """Return the phones of a row, as they are stored."""
    if particulars is None:
        return []
    found = [value for of, values in particulars.values if of.type == "phone" for value in values.values()]
    if particulars.known:
        found += [each.value for each in particulars.known.contacts if each.kind == "phone"]
    return found


def _names(db: Reader, given: str) -> Iterator[str]:
    """Split the names of labels, and check each. Raise AmbiguousError, UsageError."""
    for name in _parts(given, lambda each: labels.is_known(db, each)):
        labels.check_name(db, name)
        yield name


def _parts(given: str, is_known: Callable[[str], bool], *, every: bool = False) -> list[str]:
    """Split a list at semicolons, and at commas, which known names may contain; see `joined_names` for quotes.

    ``every`` parts at commas only where every part is known.
    """
    if exact := joined_names.split_quoted(given):
        return exact
    parts = [part for part in map(str.strip, given.split(";")) if part]
    if not parts:
        raise UsageError(say("{given} holds nothing between its semicolons: leave it empty", given=repr(given)))
    found: list[str] = []
    for part in parts:
        split = _at_commas(part, is_known)
        found += [part] if every and not all(map(is_known, split)) else split
    return found


def _at_commas(part: str, is_known: Callable[[str], bool]) -> list[str]:
    """Split a text at commas, without splitting the longest known names."""
    pieces = part.split(",")
    found, start = [], 0
    while start < len(pieces):
        for end in range(min(len(pieces), start + _MOST_COMMAS), start, -1):
            name = ",".join(pieces[start:end]).strip()
            if end == start + 1 or is_known(name):
                found += [name] if name else []
                start = end
                break
    return found


def target_of(of: Field) -> str:
    """Return the key of a column that holds a custom field."""
    return f"field:{of.key}"


def of_preference(of: Preference) -> str:
    """Return the key of a column that holds the consents to a preference."""
    return f"preference:{of.name}"
