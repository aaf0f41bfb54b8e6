"""Matching of people to existing clients, so that one person is one client.

A uid from a file that we exported matches first; then an e-mail, when the names agree, as families share one;
then a phone with the same name, or a birthday with the same name of at least two words. A phone alone never
matches. Two different uids of one file are always two people.
"""

from collections.abc import Iterable, Sequence, Set
from typing import Any, NamedTuple

from clientctl.base import uids
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import shared_contacts
from clientctl.domain.clients.same_person import KINDS, Person, agree, has_other_name, rotate
from clientctl.domain.clients.shared_contacts import ANY, FEW, MANY, NAMED, Crowd
from clientctl.store import Reader
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.search import contact_query
from clientctl.store.temp_keys import TempKeys

_COLUMNS = ("id", "archived_on", *clients.EDITABLE)

_CONTACTS = ("email", "phone")

_AMONG_KEYS = "(SELECT value FROM json_each(:keys))"

_CLAIM = "claim"
"""The prefix of the keys for clients whose uid appeared in this command; the id follows."""


class Match(NamedTuple):
    """The result of a match: no client, one client, or a doubt with the clients concerned.

    ``shares`` are clients of another name who have the same ``email``; ``is_named`` means that a uid led to
    the client.
    """

    client: int | None = None
    doubt: str | None = None
    about: tuple[int, ...] = ()
    shares: tuple[int, ...] = ()
    email: str = ""
    is_named: bool = False


SEVERAL = "could be any one of several clients"
"""The doubt when several clients match."""


_NOBODY = Match()


class Candidates:
    """The clients who may match some people, fetched at once, and those added since.

    ``since`` are the e-mails and phones stored by the running command. ``same_email`` decides on an e-mail under
    another name: ``match`` is always the same client, ``new`` never; by default, the names have to agree.
    """

    def __init__(self, since: TempKeys | None = None, same_email: str | None = None) -> None:
        self._since, self._same_email = since, same_email
        self.noted: list[tuple[str, int]] = []
        self._crowd = Crowd(since, self.noted) if since else None
        self._many: dict[str, set[str]] = {kind: set() for kind in (shared_contacts.kinds(same_email) if since else ())}
        self.known: dict[int, clients.Columns] = {}
        self._persons: dict[int, Person] = {}
        self._merged: dict[int, list[Person]] = {}
        self._by: dict[str, dict[str, tuple[int, ...]]] = {kind: {} for kind in KINDS}
        self._named: dict[int, int] = {}
        self._claims: dict[int, int] = {}
        self._uids: dict[int, tuple[str, ...]] = {}
        self._taken: set[str] = set()
        self._in_crowd: set[str] = set()
        self._few: dict[str, list[int]] = {}
        self._has_begun = False
        self._changed: set[int] = set()
        self._further: dict[int, list[tuple[str, str]]] = {}

    @classmethod
    def who_could_be(
        cls, db: Reader, wanted: Sequence[Person], since: TempKeys | None = None, same_email: str | None = None
    ) -> "Candidates":
        """Fetch every client, except erased ones, who may match one of the wanted people.

        From then on ``noted`` collects additional keys of clients, each as kind and key joined.
        """
        people = cls(since, same_email)
        has_clients = db.row("SELECT 1 FROM client_search LIMIT 1") is not None
        people._fetch_since(db, wanted)
        if has_clients:
            for kind in _CONTACTS:
                people._fetch(db, kind, wanted)
        people._fetch_called(db, wanted)
        if has_clients:
            people._fetch_born(db, wanted)
            people._fetch_named(db, sorted({person.client for person in wanted if person.client}))
            people._fetch_uids(db, sorted({person.uid for person in wanted if person.uid}))
            people._fetch_merged(db)
            people._note_further(db, wanted)
        people._fetch_claims(wanted)
        people._begin()
        return people

    def _begin(self) -> None:
        self.noted.clear()
        self._has_begun = True
        if self._crowd:
            self._crowd.begin()

    def add(self, client_id: int, person: Person) -> None:
        """Add a client who can be matched."""
        before = self._persons.get(client_id)
        self._persons[client_id] = person
        if self._crowd and before and before != person:
            if before.words != person.words:
                self._crowd.rename(client_id, person.words)
            self._changed.add(client_id)
            self._expect(client_id, self._further.get(client_id, ()))
        self.find_by(client_id, person)

    def find_by(self, client_id: int, person: Person) -> None:
        """Add the keys of a person who matched a client to those of the client."""
        for kind, key in person.found_by():
            self._note(kind, key, client_id)
        if person.uid:
            self._claims[client_id] = hash(person.uid)
            self.noted.append((f"{_CLAIM}{client_id}", hash(person.uid)))
        if client_id in self._changed:
            self._expect(client_id, person.found_by())

    def _expect(self, client_id: int, contacts: Iterable[tuple[str, str]]) -> None:
        """Prepare lookups by a client's current name: the search has the earlier one until the command ends."""
        for kind, key in contacts:
            if self._crowd and kind in self._many:
                self._crowd.expect(f"{kind}{key}", client_id, self._persons[client_id].words)

    def match(self, person: Person) -> Match:
        """Return the match of a person."""
        if person.client and (survivor := self._named.get(person.client)):
            return Match(survivor, is_named=True)
        if person.uid and (named := self._by["named"].get(person.uid)):
            return Match(named[0], is_named=True)
        shares: tuple[int, ...] = ()
        for email in person.all_of("email"):
            found = self._free(self._who_have("email", email, person), person)
            alike = [each for each in found if self._agrees(each, person)]
            if alike:
                return self._closest(alike, person)
            if email == person.email:
                shares = self._by["email"].get(email, ())
        for phone in person.all_of("phone") if person.words else ():
            found = self._free(self._who_have("phone", phone, person), person)
            same = [each for each in found if any(own.words == person.words for own in self._names(each))]
            if same:
                return self._closest(same, person)
        if person.born and (found := self._free(self._by["birth"].get(person.born, ()), person)):
            return self._closest(found, person)
        return Match(shares=shares, email=person.email or "") if shares else _NOBODY

    def is_known_by_uid(self, person: Person) -> bool:
        """Return whether a uid leads to an existing client."""
        return person.client in self._named or person.uid in self._by["named"]

    def name_is_other(self, client: int, person: Person) -> bool:
        """Return whether a client to whom a person was matched has another name."""
        return all(has_other_name(own, person) for own in self._names(client))

    def _free(self, found: tuple[int, ...], person: Person) -> tuple[int, ...]:
        """Exclude clients with another uid than the person's, in this command or from the same file."""
        if not person.uid or not found:
            return found
        claim, of_file = hash(person.uid), uids.file_part(person.uid)
        return tuple(
            each
            for each in found
            if self._claims.get(each, claim) == claim
            and all(uids.file_part(uid) != of_file for uid in self._uids.get(each, ()))
        )

    def _who_have(self, kind: str, key: str, person: Person) -> tuple[int, ...]:
        """List the clients who have an e-mail or a phone; if very many do, a few and those of the person's name."""
        found = self._by[kind].get(key, ())
        if self._crowd is None or key not in self._many.get(kind, ()):
            return found
        return tuple(dict.fromkeys((*found, *self._crowd.of_name(f"{kind}{key}", person.words))))

    def _agrees(self, client: int, person: Person) -> bool:
        if self._same_email == "match":
            return True
        if self._same_email == "new":
            return any(not own.words or not person.words or own.words == person.words for own in self._names(client))
        return any(agree(own, person) for own in self._names(client))

    def _names(self, client: int) -> list[Person]:
        """List the people that a client stands for: the client, and those merged into it."""
        return [self._persons[client], *self._merged.get(client, ())]

    def _fetch(self, db: Reader, kind: str, wanted: Sequence[Person]) -> None:
        """Fetch the clients who have an e-mail or a phone of the wanted people, as the main or an additional one."""
        keys = {key for person in wanted for key in person.all_of(kind)}
        if kind in self._many:
            self._fetch_few(db, kind, keys, wanted)
            return
        among = f"IN {_AMONG_KEYS}"
        rows = db.rows(
            f"""SELECT {", ".join("c." + name for name in _COLUMNS)} FROM clients c WHERE c.id IN
                (SELECT s.id FROM client_search s WHERE s.{kind}_key {among} UNION ALL {contact_query(kind, among)})
                ORDER BY c.id""",
            {"keys": json_array(keys)},
        )
        self._know(rows)

    def _fetch_few(self, db: Reader, kind: str, keys: Set[str], wanted: Sequence[Person]) -> None:
        """Fetch the holders of each key; if there are very many, only those of a wanted name."""
        ids, crowded = shared_contacts.holders(db, kind, keys)
        if crowded:
            called = {(key, each.words) for each in wanted for key in each.all_of(kind) if key in crowded}
            ids |= shared_contacts.find_by_name(db, kind, called)
        if kind == "phone":
            self._taken |= crowded
        self._fetch_ids(db, ids)

    def _fetch_called(self, db: Reader, wanted: Sequence[Person]) -> None:
        """Fetch clients of a wanted name who received a key of very many clients in this command."""
        if self._crowd and any(self._many.values()):
            called = {
                (f"{kind}{key}", person.words)
                for person in wanted
                for kind, many in self._many.items()
                for key in person.all_of(kind)
                if key in many
            }
            self._fetch_ids(db, self._crowd.look_up(called))

    def _fetch_born(self, db: Reader, wanted: Sequence[Person]) -> None:
        """Fetch the clients with a birthday and the name of one of the wanted people, in any order of its words."""
        names = sorted({turned for person in wanted if person.born for turned in rotate(person.full_name)})
        columns = ", ".join("c." + name for name in _COLUMNS)
        self._know(
            db.rows(
                f"""SELECT {columns} FROM client_search s JOIN clients c ON c.id = s.id
                    WHERE s.last_first IN {AMONG} AND c.birthday_on IS NOT NULL ORDER BY c.id""",
                (json_array(names),),
            )
        )

    def _fetch_named(self, db: Reader, ids: Sequence[int]) -> None:
        """Fetch the clients with the ids in an exported file, or those into whom they were merged."""
        self._named |= dict(
            db.rows(
                f"""SELECT c.id, s.id FROM clients c JOIN clients s ON s.id = coalesce(c.merged_into, c.id)
                    WHERE c.id IN {AMONG} AND s.erased_on IS NULL""",
                (json_array(ids),),
            )
        )
        self._fetch_ids(db, self._named.values())

    def _fetch_uids(self, db: Reader, named: Sequence[str]) -> None:
        """Fetch the clients imported with a uid of another file, and such uids of all fetched clients."""
        if not named:
            return
        sql = "SELECT client_id, uid FROM client_uids WHERE {} IN " + AMONG
        came = db.rows(sql.format("uid"), (json_array(named),))
        self._fetch_ids(db, {client_id for client_id, _ in came})
        for client_id, uid in came:
            self._note("named", uid, client_id)
        for client_id, uid in db.rows(sql.format("client_id"), (json_array(self.known),)):
            self._uids[client_id] = (*self._uids.get(client_id, ()), uid)

    def _fetch_merged(self, db: Reader) -> None:
        """Fetch the names of those merged into the clients, as old lists still contain them."""
        rows = db.rows(
            f"SELECT merged_into, first_name, last_name FROM clients WHERE merged_into IN {AMONG} ORDER BY id",
            (json_array(self.known),),
        )
        for client_id, first, last in rows:
            if first or last:
                merged = Person.from_columns({"first_name": first, "last_name": last})
                self._merged.setdefault(client_id, []).append(merged)
                if self._crowd:
                    self._crowd.rename(client_id, merged.words)

    def _note_further(self, db: Reader, wanted: Sequence[Person]) -> None:
        """Add the additional e-mails and phones of the fetched clients that the wanted people have."""
        rows = db.rows(
            f"""SELECT v.client_id, f.type, v.value_key FROM field_values v CROSS JOIN fields f ON f.id = v.field_id
                WHERE v.client_id IN {AMONG} AND f.type IN ('email', 'phone') ORDER BY v.client_id, v.id""",
            (json_array(self.known),),
        )
        pairs = {pair for person in wanted for pair in person.found_by()} if rows else ()
        for client_id, kind, key in rows:
            self._further.setdefault(client_id, []).append((kind, key))
            if (kind, key) in pairs:
                self._note(kind, key, client_id)

    def _fetch_since(self, db: Reader, wanted: Sequence[Person]) -> None:
        """Fetch the clients who received a key of the wanted people in this command."""
        if self._since:
            keys = {f"{kind}{key}" for person in wanted for kind, key in person.found_by()}
            found = list(self._since.find(list(keys)))
            for key, client_id in found:
                if client_id == MANY:
                    self._many[key[:5]].add(key[5:])
                elif client_id == NAMED:
                    self._in_crowd.add(key)
                    self._taken.add(key[5:])
            few = [(key, each) for key, each in found if each > MANY and key not in self._in_crowd]
            self._fetch_ids(db, {client_id for _, client_id in few})
            for key, client_id in few:
                self._few.setdefault(key, []).append(client_id)
                self._note(key[:5], key[5:], client_id)

    def _fetch_claims(self, wanted: Sequence[Person]) -> None:
        """Fetch the uids of the fetched clients that appeared in this command."""
        if self._since and any(person.uid for person in wanted):
            found = self._since.find([f"{_CLAIM}{client_id}" for client_id in self.known])
            self._claims |= {int(key.removeprefix(_CLAIM)): claim for key, claim in found}

    def _fetch_ids(self, db: Reader, ids: Iterable[int]) -> None:
        """Fetch clients, in the order of their ids, except those fetched before."""
        sql = f"SELECT {', '.join(_COLUMNS)} FROM clients WHERE id IN {AMONG} ORDER BY id"
        self._know(db.rows(sql, (json_array(set(ids) - self.known.keys()),)))

    def _know(self, rows: Iterable[tuple[Any, ...]]) -> None:
        for row in rows:
            if row[0] not in self.known:
                values = self.known[row[0]] = dict(zip(_COLUMNS[1:], row[1:], strict=True))
                self.add(row[0], Person.from_columns(values))

    def having(self, kind: str, key: str | None) -> tuple[int, ...]:
        """List the fetched clients who have an e-mail or a phone."""
        return self._by[kind].get(key, ()) if key else ()

    def may_be_others(self, client: int | None, person: Person) -> bool:
        """Return whether a person may also be another client, with the same phone.

        Without a matched client, any name counts; otherwise only the same name.
        """
        for phone in person.all_of("phone"):
            found = self._who_have("phone", phone, person)
            if client is None and (found or phone in self._taken):
                return True
            if any(each != client and self._persons[each].words == person.words for each in found):
                return True
        return False

    def _closest(self, found: Sequence[int], person: Person) -> Match:
        """Choose between several clients by the full name, then by the phone, then by the birthday."""
        for column, wanted in (("words", person.words), ("phone", person.phone), ("born", person.born)):
            if len(found) > 1 and wanted:
                found = [c for c in found if getattr(self._persons[c], column) == wanted] or found
        if len(found) == 1:
            return Match(found[0])
        return Match(doubt=SEVERAL, about=tuple(sorted(found)))

    def _note(self, kind: str, key: str, client_id: int) -> None:
        by_key = self._by[kind]
        listed = by_key.get(key, ())
        if client_id in listed:
            return
        contact, many = f"{kind}{key}", self._many.get(kind)
        if contact in self._in_crowd:
            self._note_names(contact, client_id)
            return
        if many is not None and len(listed) >= FEW[kind] and self._persons[client_id].words:
            is_kept = self._note_names(contact, client_id)
            if is_kept and kind == "phone" and self._has_begun:
                self._in_crowd.add(contact)
                self.noted.append((contact, NAMED))
                for each in self._few.get(contact, ()):
                    self._note_names(contact, each, keep=True)
            return
        by_key[key] = (*listed, client_id)
        self.noted.append((contact, client_id))
        if self._has_begun:
            self._few.setdefault(contact, []).append(client_id)
        if many is not None and len(listed) + 1 >= FEW[kind]:
            many.add(key)

    def _note_names(self, contact: str, client_id: int, *, keep: bool = False) -> bool:
        """Record a key of very many clients with each name of one client; return whether that is new."""
        if self._crowd is None:
            return False
        names = {own.words for own in self._names(client_id)}
        if not contact.startswith("phone"):
            names.add(ANY)
        return self._crowd.note(contact, client_id, names, keep=keep)
