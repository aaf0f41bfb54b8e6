"""Import people part by part: each is a client already, or becomes one when the part is stored."""

from collections.abc import Iterable, Sequence

from clientctl.base import text
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.matching import Candidates, Match
from clientctl.domain.clients.record import Columns
from clientctl.domain.clients.same_person import Person, namesakes
from clientctl.errors import RefusedError
from clientctl.store import Writer
from clientctl.store.temp_keys import TempKeys

ON_MATCH = ("skip", "fill", "update")
"""What to do with an existing client: nothing, fill empty values, or change different ones."""

_NAMES = ("first_name", "last_name")

_SHOWN = 3
"""How many clients are named if it is ambiguous which one is meant."""

_BARE = 5_000
"""New clients who are nothing but a name; when there are as many, nobody looks who has it too."""


def _is_shown_so(known: Columns, person: Person) -> bool:
    """Return whether a name is only what lists show for a client without one: the e-mail or the phone."""
    shown = known.get("email") or known.get("phone") or ""
    return not any(map(known.get, _NAMES)) and text.fold(shown) == f"{person.first} {person.last}".strip()


class ImportedPeople:
    """People imported part by part: each is a client already, or becomes one when the part is stored.

    Ids of new clients are given beforehand, so that what refers to them can be put together
    meanwhile; nothing else may add a client between ``expect`` and ``store``. Memory holds one part.
    """

    def __init__(self, db: Writer, same_email: str | None, on_match: str = "fill") -> None:
        self._db, self._same_email, self._on_match = db, same_email, on_match
        self._people = Candidates()
        self._since = TempKeys()
        self._numbers: dict[str, int] = {}
        self._said: dict[int, set[int]] = {}
        self._first_id = self._next_id = db.next_id("clients")
        self._twice: set[int] = set()
        self._words_of_uid: dict[str, tuple[str, ...]] = {}
        self._uids: dict[str, int] = {}
        self.new: dict[int, Columns] = {}
        self.updated: dict[int, Columns] = {}

    def expect(self, wanted: Sequence[Person]) -> None:
        """Start a part: look up all the clients who could be its people."""
        self._since.add((f"said {client_id}", number) for client_id, said in self._said.items() for number in said)
        self._said = {}
        self._people = Candidates.who_could_be(self._db, wanted, self._since, self._same_email)
        self.new, self.updated, self._words_of_uid, self._uids = {}, {}, {}, {}
        if self._on_match == "update":
            for key, number in self._since.find([f"said {client_id}" for client_id in self._people.known]):
                self._said.setdefault(int(key.removeprefix("said ")), set()).add(number)

    def is_stored(self, client_id: int) -> bool:
        """Return whether a client existed before this part."""
        return client_id in self._people.known

    @property
    def added(self) -> int:
        """Count the new clients."""
        return self._next_id - self._first_id

    def count_updated(self) -> int:
        """Count the existing clients who were changed or got further data."""
        sql = "SELECT count(*) FROM clients WHERE moved_by = ? AND id < ?"
        return int(self._db.value(sql, (self._db.command, self._first_id)))

    def count_twice(self) -> int:
        """Count the possible duplicates, once all are stored.

        They share a phone with somebody of another name, or are nothing but a name that somebody has too; who
        has the phone and name of somebody besides the one of their e-mail counts as well.
        """
        new = "SELECT {} FROM clients WHERE id >= ?"
        alone = f"{new.format('id, first_name, last_name')} AND coalesce(email, phone, birthday_on) IS NULL LIMIT ?"
        bare = self._db.rows(alone, (self._first_id, _BARE))
        if bare and len(bare) < _BARE:
            others = self._db.stream(new.format("first_name, last_name"), (self._first_id,))
            self._twice |= namesakes(self._db, bare, others)
        return len(self._twice)

    def is_of_another_name(self, client_id: int, person: Person) -> bool:
        """Return whether a recognized client has a different name than the row."""
        return self._people.name_is_other(client_id, person)

    def _known(self, client_id: int) -> Columns:
        return self.new.get(client_id) or self._people.known[client_id]

    def find_match(self, person: Person) -> Match:
        """Find the client that a person is, if any. Raise RefusedError if that is ambiguous."""
        if person.uid and person.words:
            before = self._words_of_uid.setdefault(person.uid, person.words)
            if set(before).isdisjoint(person.words):
                raise RefusedError(say("has the uid of an earlier row about somebody else: leave it empty, or mend it"))
        match = self._people.match(person)
        if person.uid and not (match.client or person.words or person.email or person.phone):
            raise RefusedError(say("names nobody: it has no name, e-mail or phone, and its uid is of no client here"))
        if match.doubt is None:
            return match
        raise RefusedError(
            say(
                "{doubt}: {about}: merge them, or give the e-mail or phone of one",
                doubt=match.doubt,
                about=self.names(match.about),
            )
        )

    def names(self, ids: Sequence[int]) -> str:
        """Return the names of some clients of this part."""
        return ", ".join(map(self.name, ids[:_SHOWN]))

    def add_or_update(self, client_id: int | None, person: Person, given: Columns) -> tuple[int, bool]:
        """Add a new client or merge into one as ``on_match`` says; return the id and whether anything is new.

        Of several rows about one person the first that says something counts. Client since becomes the
        earlier day, unless a row is there to change it.
        """
        is_new, may_be_others = client_id is None, self._people.may_be_others(client_id, person)
        if client_id is None:
            client_id, self._next_id = self._next_id, self._next_id + 1
        if may_be_others:
            self._twice.add(client_id)
        if person.uid and not self._people.is_known_by_uid(person):
            self._uids[person.uid] = client_id
        if is_new:
            self.new[client_id] = given
            self._people.add(client_id, person)
            return client_id, True
        known = self._known(client_id)
        is_named_so = person.is_parted and (
            Person.from_columns(known).words == person.words or _is_shown_so(known, person)
        )
        if is_named_so:
            given = {column: value for column, value in given.items() if column not in _NAMES}
        elif not self.is_updated(client_id):
            has = Person.from_columns(known).words  # what is one half of the name already is not filled in as the other
            given = {
                column: value
                for column, value in given.items()
                if column not in _NAMES or text.fold(value or "") not in has
            }
        named = [column for column, value in given.items() if value]
        said = self.first_mentions(client_id, named) if self.is_updated(client_id) else ()
        changes = {
            column: value
            for column, value in given.items()
            if value and value != known.get(column) and (column in said or not known.get(column))
        }
        since, before = given.get("client_since_on"), known.get("client_since_on")
        if since and before and since < before and not self.is_updated(client_id):
            changes["client_since_on"] = since
        if changes:
            known |= changes
            if client_id not in self.new:
                self.updated[client_id] = known
            self._people.add(client_id, Person.from_columns(known))
        self._people.find_by(client_id, person)
        return client_id, bool(changes)

    def is_skipped(self, client_id: int | None) -> bool:
        """Return whether rows about a client are skipped: an existing one, if so chosen."""
        return self._on_match == "skip" and client_id is not None and client_id < self._first_id

    def is_updated(self, client_id: int) -> bool:
        """Return whether rows about a client update it: an existing one, if so chosen."""
        return self._on_match == "update" and client_id < self._first_id

    def first_mentions(self, client_id: int, names: Iterable[str]) -> set[str]:
        """Return those of some columns and fields that no earlier row had for a client; from now on, one has."""
        numbers = {self._numbers.setdefault(name, len(self._numbers)): name for name in names}
        before = self._said.setdefault(client_id, set())
        new = numbers.keys() - before
        before |= new
        return {numbers[number] for number in new}

    def restore(self, ids: Iterable[int]) -> None:
        """Restore those of some clients who are archived."""
        for client_id in ids:
            known = self._people.known.get(client_id)
            if known and known["archived_on"]:
                clients.restore_on_purchase(self._db, clients.get(self._db, client_id))

    def store(self, source: str) -> None:
        """Store everybody of this part; new and changed clients move to the end of the list."""
        self._since.add(self._people.noted)
        given = {column for values in self.new.values() for column in values}
        columns = [column for column in clients.EDITABLE if column in given and column != "client_since_on"]
        today = self._db.today.isoformat()
        moved = self._db.command
        self._db.insert_rows(
            "clients",
            ("id", *columns, "client_since_on", "source", "moved_by"),
            (
                (client_id, *map(values.get, columns), values.get("client_since_on") or today, source, moved)
                for client_id, values in self.new.items()
            ),
        )
        self._db.insert_rows("client_uids", ("client_id", "uid"), ((each, uid) for uid, each in self._uids.items()))
        self._db.update_many(
            "clients",
            (*clients.EDITABLE, "moved_by"),
            [
                (*(values[column] for column in clients.EDITABLE), moved, client_id)
                for client_id, values in self.updated.items()
            ],
        )

    def name(self, client_id: int) -> str:
        """Name a client of this part, by the row's line if there is no number yet."""
        values = self._known(client_id)
        name = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
        name = name or values.get("email") or values.get("phone") or ""
        return (
            say("client {client_id} {name}", client_id=client_id, name=name)
            if client_id < self._first_id
            else say("{name} in an earlier row", name=name)
        )
