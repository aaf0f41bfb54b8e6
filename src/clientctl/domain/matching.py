"""Recognise a person who is known already, and fill in what is new: one person, one client.

By e-mail, unless the names have no word in common; else by phone and the same name. A phone
alone never matches: families share one.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from clientctl.base import emails, phones, text
from clientctl.domain import clients
from clientctl.domain.clients import Columns
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer
from clientctl.store.search import further

_CHUNK = 5_000
"""Values bound in one query; SQLite takes 32,766."""

_SHOWN = 3
"""Clients named when it is in doubt which one is meant."""

_COLUMNS = ("id", "archived_on", *clients.EDITABLE)

_fold = lru_cache(maxsize=50_000)(text.fold)


class Person(NamedTuple):
    """Someone, by what they are recognised by; ``words`` are those of the folded name, sorted.

    ``further`` are the kinds and keys of e-mails and phones besides the first.
    """

    words: tuple[str, ...]
    email: str | None
    phone: str | None
    further: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, values: Columns, further: tuple[tuple[str, str], ...] = ()) -> "Person":
        """Take from a client's columns what recognises the person."""
        email, phone = values.get("email"), values.get("phone")
        return cls(
            _words(values.get("first_name") or "", values.get("last_name") or ""),
            emails.key(email) if email else None,
            (phones.key(phone) or None) if phone else None,
            further,
        )

    def all_of(self, kind: str) -> list[str]:
        """List the keys of the e-mails or the phones, the first one first."""
        first = self.email if kind == "email" else self.phone
        keys = [first] if first else []
        return keys + [key for each, key in self.further if each == kind] if self.further else keys


@lru_cache(maxsize=50_000)
def _words(first: str, last: str) -> tuple[str, ...]:
    return tuple(sorted(f"{_fold(first)} {_fold(last)}".split()))


class Match(NamedTuple):
    """Who a person is: nobody known, one client, or a doubt with the clients it is about."""

    client: int | None = None
    doubt: str | None = None
    about: tuple[int, ...] = ()


_NOBODY = Match()
_OTHER_NAME = "has the e-mail of somebody with another name"
_SEVERAL = "could be any one of several clients"
_WAYS_OUT = {_OTHER_NAME: "say --same-email match or new", _SEVERAL: "write the name as one of them has it"}


class People:
    """The clients that some people could be, looked up in one go, and those added since."""

    def __init__(self) -> None:
        self.known: dict[int, Columns] = {}
        self._persons: dict[int, Person] = {}
        self._by: dict[str, dict[str, tuple[int, ...]]] = {"email": {}, "phone": {}}

    @classmethod
    def who_could_be(cls, db: Reader, wanted: Sequence[Person]) -> "People":
        """Fetch every client with the e-mail or the phone of one of the wanted people; erased ones have neither."""
        people = cls()
        if not db.row("SELECT 1 FROM client_search LIMIT 1"):
            return people
        more = {pair for person in wanted for pair in person.further}
        for kind, keys in (
            ("email", {person.email for person in wanted}),
            ("phone", {person.phone for person in wanted}),
        ):
            listed = sorted({key for key in keys if key} | {key for each, key in more if each == kind})
            for start in range(0, len(listed), _CHUNK):
                people._fetch(db, kind, listed[start : start + _CHUNK])
        return people

    def add(self, client_id: int, person: Person) -> None:
        """Know a client by their record."""
        self._persons[client_id] = person
        self.find_by(client_id, person)

    def find_by(self, client_id: int, person: Person) -> None:
        """Find a client also by the e-mails and the phones of somebody who turned out to be them."""
        if person.email:
            self._note(self._by["email"], person.email, client_id)
        if person.phone:
            self._note(self._by["phone"], person.phone, client_id)
        for kind, key in person.further:
            self._note(self._by[kind], key, client_id)

    def match(self, person: Person, *, same_email: str | None = None) -> Match:
        """Say who a person is. ``same_email`` settles an e-mail under another name: ``match`` or ``new``.

        Only the first e-mail leaves a doubt under another name: a further one may well be a relative's.
        """
        for email in person.all_of("email"):
            found = self._by["email"].get(email, ())
            alike = tuple(client for client in found if self._alike(client, person))
            if found and not alike and email == person.email and same_email != "new":
                if same_email is None:
                    return Match(doubt=_OTHER_NAME, about=found)
                alike = found
            if alike:
                return self._closest(alike, person)
        for phone in person.all_of("phone") if person.words else ():
            same = [each for each in self._by["phone"].get(phone, ()) if self._persons[each].words == person.words]
            if same:
                return self._closest(same, person)
        return _NOBODY

    def _fetch(self, db: Reader, kind: str, keys: Sequence[str]) -> None:
        """Fetch the clients who have one of some e-mails or phones, the first or a further one."""
        among = f"IN ({','.join('?' * len(keys))})"
        rows = db.rows(
            f"""SELECT {", ".join("c." + name for name in _COLUMNS)} FROM clients c WHERE c.id IN
                (SELECT s.id FROM client_search s WHERE s.{kind}_key {among} UNION ALL {further(kind, among)})
                ORDER BY c.id""",
            (*keys, *keys),
        )
        for row in rows:
            if row[0] not in self.known:
                values = self.known[row[0]] = dict(zip(_COLUMNS[1:], row[1:], strict=True))
                self.add(row[0], Person.of(values))
        for client_id, key in db.rows(further(kind, among, "v.client_id, v.value_key"), keys):
            self._note(self._by[kind], key, client_id)

    def _alike(self, client: int, person: Person) -> bool:
        """Say whether the names have a word in common, or one of them is not known."""
        words = self._persons[client].words
        return words == person.words or not words or not person.words or not set(words).isdisjoint(person.words)

    def _closest(self, found: Sequence[int], person: Person) -> Match:
        """Tell several clients apart by the whole name, then by the phone."""
        for column, wanted in (("words", person.words), ("phone", person.phone)):
            if len(found) > 1:
                found = [c for c in found if getattr(self._persons[c], column) == wanted] or found
        if len(found) == 1:
            return Match(found[0])
        return Match(doubt=_SEVERAL, about=tuple(found))

    @staticmethod
    def _note(by_key: dict[str, tuple[int, ...]], key: str, client_id: int) -> None:
        listed = by_key.get(key, ())
        if client_id not in listed:
            by_key[key] = (*listed, client_id)


class Arrivals:
    """People who come in many at once: each is a client already, or becomes one when all are stored.

    Ids of new clients are given beforehand, so that what refers to them can be put together
    meanwhile; nothing else may add a client before ``store``.
    """

    def __init__(self, db: Writer, wanted: Sequence[Person], same_email: str | None) -> None:
        self._db, self._same_email = db, same_email
        self._people = People.who_could_be(db, wanted)
        self._next_id = db.next_id("clients")
        self.new: dict[int, Columns] = {}
        self.updated: dict[int, Columns] = {}

    def is_known(self, client_id: int) -> bool:
        """Say whether a client was one before."""
        return client_id in self._people.known

    def who(self, person: Person) -> int | None:
        """Say which client a person is; None for nobody known. Raise RefusedError when that is in doubt."""
        match = self._people.match(person, same_email=self._same_email)
        if match.doubt is None:
            return match.client
        about = ", ".join(map(self._name, match.about[:_SHOWN]))
        raise RefusedError(f"{match.doubt}: {about}: {_WAYS_OUT[match.doubt]}")

    def take(self, client_id: int | None, person: Person, given: Columns) -> tuple[int, bool]:
        """Take a person in: as a new client, or into one what was empty; return the id, and whether anything is new.

        Client since becomes the earlier day.
        """
        if client_id is None:
            client_id, self._next_id = self._next_id, self._next_id + 1
            self.new[client_id] = given
            self._people.add(client_id, person)
            return client_id, True
        known = self.new.get(client_id) or self._people.known[client_id]
        changes = {column: value for column, value in given.items() if value and not known.get(column)}
        since, before = given.get("client_since_on"), known.get("client_since_on")
        if since and before and since < before:
            changes["client_since_on"] = since
        if changes:
            known |= changes
            if client_id not in self.new:
                self.updated[client_id] = known
            self._people.add(client_id, Person.of(known))
        self._people.find_by(client_id, person)
        return client_id, bool(changes)

    def restore(self, ids: Iterable[int]) -> None:
        """Bring those of some clients back who are archived."""
        for client_id in ids:
            known = self._people.known.get(client_id)
            if known and known["archived_on"]:
                clients.come_back(self._db, clients.get(self._db, client_id))

    def store(self, source: str) -> None:
        """Store everybody; those who are new or changed move to the end of the list."""
        given = {column for values in self.new.values() for column in values}
        columns = [column for column in clients.EDITABLE if column in given and column != "client_since_on"]
        today = self._db.today.isoformat()
        moved = self._db.command
        self._db.insert_many(
            "clients",
            (
                {
                    "id": client_id,
                    **{column: values.get(column) for column in columns},
                    "client_since_on": values.get("client_since_on") or today,
                    "source": source,
                    "moved_by": moved,
                }
                for client_id, values in self.new.items()
            ),
        )
        self._db.update_many(
            "clients",
            (*clients.EDITABLE, "moved_by"),
            [
                (*(values[column] for column in clients.EDITABLE), moved, client_id)
                for client_id, values in self.updated.items()
            ],
        )

    def _name(self, client_id: int) -> str:
        values = self.new.get(client_id) or self._people.known[client_id]
        name = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
        name = name or values.get("email") or values.get("phone") or ""
        return f"client {client_id} {name}" if self.is_known(client_id) else f"{name} in an earlier row"
