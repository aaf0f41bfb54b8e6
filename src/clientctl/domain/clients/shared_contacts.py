"""E-mails and phones that very many clients share, looked up together with a name.

Everybody at a reception has its phone, so only a client of the same name can match it. The first few clients
with a contact are found by it alone, all others by it and their name; of a phone, then the first few as well.
So an import of thousands of people is not compared with thousands of clients.
"""

from collections.abc import Iterable, Iterator, Set
from itertools import permutations
from typing import TYPE_CHECKING

from clientctl.store import Reader
from clientctl.store.array_parameters import json_array
from clientctl.store.search import contact_query
from clientctl.store.temp_keys import TempKeys

if TYPE_CHECKING:
    from clientctl.store.transactions import Value

FEW = {"email": 3, "phone": 2}
"""How many clients are found by an e-mail or a phone alone: enough to detect others, and to name some."""

MANY = 0
"""Used among the ids of a contact, for the other clients, who are found with a name."""

NAMED = -1
"""Used there when all clients with a phone, even the first few, are found with a name."""

_MOST_WORDS = 3
"""How many words of a name are looked up in every order; with more, all holders of the contact are compared."""

Words = tuple[str, ...]
"""The words of a name, folded and sorted."""

ANY: Words = ()
"""Matches any name, for clients without a name."""


def kinds(same_email: str | None) -> tuple[str, ...]:
    """List the kinds of contacts that match only clients of the same name."""
    return ("email", "phone") if same_email == "new" else ("phone",)


class Crowd:
    """The holders of widely shared contacts, by name, from this part of the rows and the parts ``before``.

    ``noted`` collects what the next part has to look up from this one.
    """

    def __init__(self, before: TempKeys, noted: list[tuple[str, int]]) -> None:
        self._before, self._noted = before, noted
        self._called: dict[str, dict[int, None]] = {}
        self._held: dict[int, dict[int, None]] = {}
        self._found: dict[int, dict[int, None]] = {}
        self._marked: set[int] = set()

    def begin(self) -> None:
        """Start a part: what was noted so far will also be found by the next part; what follows has to be stored."""
        self._found, self._held, self._marked = self._held, {}, set()

    def note(self, contact: str, client_id: int, names: Iterable[Words], *, keep: bool = False) -> bool:
        """Record a contact of a client with each of some names; return whether it is stored for the next part.

        What was found before will also be found by the next part, so it is stored again only with ``keep``.
        """
        held = hash(contact)
        if (not keep and held in self._found.get(client_id, ())) or held in self._held.setdefault(client_id, {}):
            return False
        self._held[client_id][held] = None
        self._noted.append((_has(client_id), held))
        if held not in self._marked:
            self._marked.add(held)
            self._noted.append((contact, MANY))
        self._note(held, client_id, names)
        return True

    def rename(self, client_id: int, words: Words) -> None:
        """Add another name of a client to all contacts noted here."""
        noted = [held for _, held in self._before.find([_has(client_id)])]
        for held in {*noted, *self._held.get(client_id, ())}:
            self._note(held, client_id, [words])
        for held in self._found.get(client_id, ()):
            self._called.setdefault(_called(held, words), {})[client_id] = None

    def expect(self, contact: str, client_id: int, words: Words) -> None:
        """Prepare lookups of a contact from the search with another name of the client, who may still have it."""
        self._noted += [(_expected(hash(contact), words), client_id), (contact, MANY)]

    def of_name(self, contact: str, words: Words) -> Iterable[int]:
        """Return the clients with a contact and a name, in the order in which they were noted."""
        return self._called.get(_called(hash(contact), words), ())

    def look_up(self, wanted: Iterable[tuple[str, Words]]) -> list[int]:
        """Load the clients with contacts, each with a name, from the parts before; return their ids."""
        pairs = [(hash(contact), words) for contact, words in wanted]
        found = list(self._before.find([_called(*pair) for pair in pairs]))
        for key, client_id in found:
            self._called.setdefault(key, {})[client_id] = None
        found += self._before.find([_expected(*pair) for pair in pairs])
        return sorted({client_id for _, client_id in found})

    def _note(self, held: int, client_id: int, names: Iterable[Words]) -> None:
        for words in names:
            key = _called(held, words)
            self._called.setdefault(key, {})[client_id] = None
            self._noted.append((key, client_id))


def _called(held: int, words: Words) -> str:
    return f"{held} {' '.join(words)}"


def _expected(held: int, words: Words) -> str:
    return f"expected {_called(held, words)}"


def _has(client_id: int) -> str:
    return f"has {client_id}"


def holders(db: Reader, kind: str, keys: Iterable[str]) -> tuple[set[int], set[str]]:
    """Find the stored clients who have some e-mails or phones; return their ids, and the keys that too many have.

    Of such keys, the first clients of an e-mail are included, and none of a phone.
    """
    few = FEW[kind]
    found: dict[str, list[int]] = {key: [] for key in keys}
    for client_id, key in _first(db, kind, found, few + 1):
        found[key].append(client_id)
    crowded = {key for key, ids in found.items() if len(ids) > few}
    named = few if kind == "email" else 0
    return {each for key, ids in found.items() for each in sorted(ids)[: named if key in crowded else None]}, crowded


def find_by_name(db: Reader, kind: str, wanted: Set[tuple[str, Words]]) -> set[int]:
    """Find the stored clients who have one of some e-mails or phones and may have its name; return their ids.

    ``wanted`` are the keys, each with a name. Clients without a name are included, and survivors of a merge, as
    the merged client may have had the name.
    """
    values: dict[str, Value] = {
        "keys": json_array({key for key, _ in wanted}),
        "called": json_array({json_array(pair) for pair in _pairs(wanted)}),
        "walked": json_array({key for key, words in wanted if words == ANY or len(words) > _MOST_WORDS}),
    }
    merged, *others = _asking_for_alike(kind)
    found = {client_id for (client_id,) in db.stream(merged, values)}
    for sql in others:
        for client_id, key, name in db.stream(sql, values):
            if not name or not wanted.isdisjoint(((key, tuple(sorted(name.split()))), (key, ANY))):
                found.add(client_id)
    return found


def _first(db: Reader, kind: str, keys: Iterable[str], most: int) -> Iterator[tuple[int, str]]:
    """Yield the first clients who have each e-mail or phone, and the first who have it as an additional one."""
    order = "ORDER BY {}".format if kind == "email" else lambda _: ""  # of a phone of more than that, nobody is given
    first = f"SELECT i.id FROM client_search i WHERE i.{kind}_key = k.value {order('i.id')} LIMIT :most"
    values: dict[str, Value] = {"keys": json_array(keys), "most": most}
    for each in (first, f"{contact_query(kind, '= k.value')} {order('v.client_id')} LIMIT :most"):
        yield from db.rows(
            f"SELECT s.id, k.value FROM json_each(:keys) k CROSS JOIN client_search s ON s.id IN ({each})", values
        )


def _pairs(wanted: Iterable[tuple[str, Words]]) -> Iterator[tuple[str, str]]:
    """Yield each key without a name, and with the words of its name in every order, unless there are too many."""
    for key, words in wanted:
        yield key, ""
        for name in permutations(words) if len(words) <= _MOST_WORDS else ():
            yield key, " ".join(name)


def _asking_for_alike(kind: str) -> Iterator[str]:
    """Yield the SQL for survivors of a merge with one of ``:keys``, then for other clients who may have the name.

    Those are the holders with a name of ``:called``, of a key of ``:walked``, and of an additional contact.
    """
    among = "IN (SELECT value FROM json_each({}))".format
    key, merged = f"s.{kind}_key", "SELECT merged_into FROM clients WHERE merged_into IS NOT NULL"
    yield f"""SELECT s.id FROM client_search s
        WHERE s.id IN ({merged}) AND (+{key} {among(":keys")} OR s.id IN ({contact_query(kind, among(":keys"))}))"""
    yield f"""SELECT s.id, {key}, s.last_first FROM json_each(:called) w
        CROSS JOIN client_search s ON {key} = w.value ->> 0 AND s.last_first = w.value ->> 1"""
    yield f"SELECT s.id, {key}, s.last_first FROM client_search s WHERE {key} {among(':walked')}"
    yield f"""SELECT s.id, f.value_key, s.last_first
        FROM ({contact_query(kind, among(":keys"), "v.client_id, v.value_key")}) f
        CROSS JOIN client_search s ON s.id = f.client_id"""
