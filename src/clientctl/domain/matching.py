"""Recognise a person who is known already: one person, one client.

By e-mail, unless the names have no word in common; else by phone and the same name. A phone
alone never matches: families share one.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from clientctl.base import emails, phones, text
from clientctl.store import Reader

_CHUNK = 500


class Person(NamedTuple):
    """Someone, by what they are recognised by; ``words`` are those of the folded name, sorted."""

    words: tuple[str, ...]
    email: str | None
    phone: str | None

    @classmethod
    def of(cls, values: Mapping[str, str | None]) -> "Person":
        """Take from a client's columns what recognises the person."""
        first, last = values.get("first_name"), values.get("last_name")
        email, phone = values.get("email"), values.get("phone")
        return cls(
            tuple(sorted(text.fold(f"{first or ''} {last or ''}").split())),
            emails.key(email) if email else None,
            (phones.key(phone) or None) if phone else None,
        )


class Match(NamedTuple):
    """Who a person is: nobody known, one client, or a doubt with the clients it is about."""

    client: int | None = None
    doubt: str | None = None
    about: tuple[int, ...] = ()


class People:
    """The clients that some people could be, looked up in one go, and those added since."""

    def __init__(self) -> None:
        self._words: dict[int, tuple[str, ...]] = {}
        self._by_email: dict[str, list[int]] = {}
        self._by_phone: dict[str, list[int]] = {}

    @classmethod
    def who_could_be(cls, db: Reader, wanted: Iterable[Person]) -> "People":
        """Fetch every client with the e-mail or the phone of one of the wanted people."""
        people = cls()
        wanted = list(wanted)
        for column in ("email", "phone"):
            keys = list({getattr(person, column) for person in wanted} - {None})
            for start in range(0, len(keys), _CHUNK):
                people._fetch(db, column, keys[start : start + _CHUNK])
        return people

    def add(self, client_id: int, person: Person) -> None:
        """Know a client, or what else there is to know of one."""
        self._words[client_id] = person.words
        for key, by_key in ((person.email, self._by_email), (person.phone, self._by_phone)):
            if key and client_id not in by_key.setdefault(key, []):
                by_key[key].append(client_id)

    def match(self, person: Person, *, same_email: str | None = None) -> Match:
        """Say who a person is. ``same_email`` settles an e-mail under another name: ``match`` or ``new``."""
        if person.email and person.email in self._by_email:
            found = self._by_email[person.email]
            alike = [client for client in found if self._alike(client, person)]
            if not alike and same_email != "new":
                if same_email is None:
                    return Match(doubt="has the e-mail of somebody with another name", about=tuple(found))
                alike = found
            if alike:
                return self._one([client for client in alike if self._words[client] == person.words] or alike)
        if person.phone and person.words:
            same = [c for c in self._by_phone.get(person.phone, ()) if self._words[c] == person.words]
            if same:
                return self._one(same)
        return Match()

    def _fetch(self, db: Reader, column: str, keys: list[str]) -> None:
        rows = db.rows(
            f"""SELECT id, last_first, email_key, phone_key FROM client_search
                WHERE {column}_key IN ({",".join("?" * len(keys))}) ORDER BY id""",
            keys,
        )
        for client_id, name, email, phone in rows:
            self.add(client_id, Person(tuple(sorted(name.split())), email, phone))

    def _alike(self, client: int, person: Person) -> bool:
        """Say whether the names have a word in common, or one of them is not known."""
        words = self._words[client]
        return not words or not person.words or not set(words).isdisjoint(person.words)

    @staticmethod
    def _one(found: list[int]) -> Match:
        if len(found) == 1:
            return Match(found[0])
        return Match(doubt="could be one of several clients", about=tuple(found))
