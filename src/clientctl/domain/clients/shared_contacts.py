"""Find among the many who have one e-mail or phone those of a name, without a look at all the others.

The phone of a reception is everybody's who works there, and only who has the same name can be meant by it. So the first
few who have it are known by it alone, and the others by it and their name; of a phone, then the first few as well.
People who come by the thousand are not compared with the thousands who were there.
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
"""How many clients are known by an e-mail or a phone alone: enough to see that there are others, and to name some."""

MANY = 0
"""Stands among the ids of those who have an e-mail or a phone, for the others who are known with a name."""

NAMED = -1
"""Stands there when all who have a phone are known with a name, the first few as well."""

_MOST_WORDS = 3
"""Words of a name that are looked up in every order; of more, all who have the e-mail or phone are looked at."""

Words = tuple[str, ...]
"""The words of a name, folded and sorted."""

ANY: Words = ()
"""Stands for any name: who has none may be anybody."""


def kinds(same_email: str | None) -> tuple[str, ...]:
    """List the kinds of contacts of whose clients only those of the same name can be meant."""
    return ("email", "phone") if same_email == "new" else ("phone",)


class Crowd:
    """Who has what very many have, by their names: those of this part of the rows, and those of the parts ``before``.

    ``noted`` is what the next part needs to know of this one.
    """

    def __init__(self, before: TempKeys, noted: list[tuple[str, int]]) -> None:
        self._before, self._noted = before, noted
        self._called: dict[str, dict[int, None]] = {}
        self._held: dict[int, dict[int, None]] = {}
        self._found: dict[int, dict[int, None]] = {}
        self._marked: set[int] = set()

    def begin(self) -> None:
        """Take all that was noted so far for found, as it will be by the next part: what comes now has to be kept."""
        self._found, self._held, self._marked = self._held, {}, set()

    def note(self, contact: str, client_id: int, names: Iterable[Words], *, keep: bool = False) -> bool:
        """Know a client by an e-mail or a phone and each of some names; say if it is kept for the next part.

        What was found already will be found by the next part as well, unless it is said that it has to be kept.
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
        """Know a client by another name too, with whatever they are known by here."""
        noted = [held for _, held in self._before.find([_has(client_id)])]
        for held in {*noted, *self._held.get(client_id, ())}:
            self._note(held, client_id, [words])
        for held in self._found.get(client_id, ()):
            self._called.setdefault(_called(held, words), {})[client_id] = None

    def expect(self, contact: str, client_id: int, words: Words) -> None:
        """Let a client be looked up by another name too, with what the search has them by: it may be theirs still."""
        self._noted += [(_expected(hash(contact), words), client_id), (contact, MANY)]

    def of_name(self, contact: str, words: Words) -> Iterable[int]:
        """Return those who are known by an e-mail or a phone and a name, the first one first."""
        return self._called.get(_called(hash(contact), words), ())

    def look_up(self, wanted: Iterable[tuple[str, Words]]) -> list[int]:
        """Remember who was known by e-mails and phones, each with a name, in the parts before; give their ids."""
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
    """Find the clients from before who have some e-mails or phones; give their ids, and the keys that more have.

    Of those keys, an e-mail's first clients are given, and nobody for a phone.
    """
    few = FEW[kind]
    found: dict[str, list[int]] = {key: [] for key in keys}
    for client_id, key in _first(db, kind, found, few + 1):
        found[key].append(client_id)
    crowded = {key for key, ids in found.items() if len(ids) > few}
    named = few if kind == "email" else 0
    return {each for key, ids in found.items() for each in sorted(ids)[: named if key in crowded else None]}, crowded


def find_by_name(db: Reader, kind: str, wanted: Set[tuple[str, Words]]) -> set[int]:
    """Return the ids of the clients from before who have one of some e-mails or phones, and could be called so.

    ``wanted`` are the keys, each with a name. It is those whom the search has by the name or by none, and those into
    whom somebody was merged, whose name it may be.
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
    """Return the first clients who have each of some e-mails or phones, and the first who have it as a further one."""
    order = "ORDER BY {}".format if kind == "email" else lambda _: ""  # of a phone of more than that, nobody is given
    first = f"SELECT i.id FROM client_search i WHERE i.{kind}_key = k.value {order('i.id')} LIMIT :most"
    values: dict[str, Value] = {"keys": json_array(keys), "most": most}
    for each in (first, f"{contact_query(kind, '= k.value')} {order('v.client_id')} LIMIT :most"):
        yield from db.rows(
            f"SELECT s.id, k.value FROM json_each(:keys) k CROSS JOIN client_search s ON s.id IN ({each})", values
        )


def _pairs(wanted: Iterable[tuple[str, Words]]) -> Iterator[tuple[str, str]]:
    """Return each key with no name, and with the words of its name in every order, unless these are too many."""
    for key, words in wanted:
        yield key, ""
        for name in permutations(words) if len(words) <= _MOST_WORDS else ():
            yield key, " ".join(name)


def _asking_for_alike(kind: str) -> Iterator[str]:
    """Ask for the merged who have one of ``:keys``, then for who has one of those and could have the name.

    That is who has it with a name of ``:called``, who has one of ``:walked``, and who has it as a further one.
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
