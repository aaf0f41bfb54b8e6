"""People as clients, rows and buyers describe them: by names, e-mails, phones, birthdays; who may be the same."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from clientctl.base import emails, phones, text
from clientctl.base.name_words import is_same_first_name
from clientctl.domain.clients.record import Columns
from clientctl.store import Reader
from clientctl.store.array_parameters import AMONG, json_array

KINDS = ("email", "phone", "birth", "named")
"""The kinds of keys by which people are found, with five letters each; ``named`` is the uid of a client in any file."""

_MOST_WORDS = 6
"""How many words of a name may be its first word."""

_MOST_KEYS = 20
"""How many keys one person may have in several rows; a name with more is used as a placeholder for many people."""

_fold = lru_cache(maxsize=1_000)(text.fold)


class Person(NamedTuple):
    """A person, with all that identifies one; ``words`` are those of the folded name, sorted.

    ``further`` are the kinds and keys of additional e-mails and phones; ``born`` is the ISO day followed by the
    words, None without a birthday or with fewer than two words, and ``full_name`` is then the folded name;
    ``client`` is the id in the uid of a file that we exported, ``uid`` a uid of another file; ``is_parted`` means
    that the first name was guessed from the whole name. ``first`` and ``last`` are folded names.
    """

    words: tuple[str, ...]
    email: str | None
    phone: str | None
    further: tuple[tuple[str, str], ...] = ()
    born: str | None = None
    full_name: str = ""
    client: int | None = None
    is_parted: bool = False
    uid: str | None = None
    first: str = ""
    last: str = ""

    @classmethod
    def from_columns(
        cls,
        values: Columns,
        further: tuple[tuple[str, str], ...] = (),
        client: int | None = None,
        uid: str | None = None,
    ) -> "Person":
        """Build the person from a client's columns."""
        email, phone, birthday = values.get("email"), values.get("phone"), values.get("birthday_on")
        first, last = values.get("first_name") or "", values.get("last_name") or ""
        first_key, last_key = _fold(first), _fold(last)
        words = tuple(sorted(f"{first_key} {last_key}".split())) or _words(first, last)
        is_born = birthday and len(words) > 1
        return cls(
            words,
            emails.key(email) if email else None,
            (phones.key(phone) or None) if phone else None,
            further,
            f"{birthday} {' '.join(words)}" if is_born else None,
            f"{first_key} {last_key}".strip() if is_born else "",
            client,
            False,
            uid,
            first_key,
            last_key,
        )

    def all_of(self, kind: str) -> list[str]:
        """List the keys of a kind: those of e-mails or phones, the main one first, or that of name and birthday."""
        if kind in {"birth", "named"}:
            key = self.born if kind == "birth" else self.uid
            return [key] if key else []
        first = self.email if kind == "email" else self.phone
        keys = [first] if first else []
        return keys + [key for each, key in self.further if each == kind] if self.further else keys

    def found_by(self) -> list[tuple[str, str]]:
        """List all keys by which the person is found, with their kinds."""
        firsts = ("email", self.email), ("phone", self.phone), ("birth", self.born), ("named", self.uid)
        return [(kind, key) for kind, key in (*firsts, *self.further) if key]


def _words(first: str, last: str) -> tuple[str, ...]:
    """Return the words of a name; for one without letters, such as ``??``, the name as it is written."""
    return tuple(sorted((f"{_fold(first)} {_fold(last)}").split() or f"{first} {last}".split()))


def rotate(name: str) -> Iterator[str]:
    """Yield a folded name rotated to begin with each of its words, as it is unknown where the last name ends."""
    words = name.split()
    for start in range(min(len(words), _MOST_WORDS)):
        yield " ".join(words[start:] + words[:start])


def combine(people: Sequence[Person]) -> list[Person]:
    """Combine the keys of people who are the same: of the same name, and with a common contact or birthday.

    So the order of three rows does not matter when only one of them shows that the other two are one person.
    """
    named: dict[tuple[str, ...], list[int]] = {}
    for place, person in enumerate(people):
        if person.words and not person.uid:
            named.setdefault(person.words, []).append(place)
    result = list(people)
    for places in named.values():
        for same in _groups(people, places) if len(places) > 1 else ():
            keys = dict.fromkeys(each for place in same for each in people[place].found_by())
            if len(keys) > _MOST_KEYS:
                continue
            born = {people[place].born: people[place].full_name for place in same if people[place].born}
            for place in same:
                own = people[place]
                has = own.found_by()
                more = tuple(each for each in keys if each[0] != "birth" and each not in has)
                day, full_name = next(iter(born.items())) if len(born) == 1 else (own.born, own.full_name)
                result[place] = own._replace(further=own.further + more, born=day, full_name=full_name)
    return result


def _groups(people: Sequence[Person], places: Iterable[int]) -> list[list[int]]:
    """Group people of one name by common keys; return the positions in each group of two or more."""
    group_of: dict[tuple[str, str], list[int]] = {}
    for place in places:
        keys = people[place].found_by()
        joined = [place]
        for group in {id(group_of[key]): group_of[key] for key in keys if key in group_of}.values():
            joined, fewer = (group, joined) if len(group) > len(joined) else (joined, group)
            joined += fewer
            group_of |= dict.fromkeys((key for other in fewer for key in people[other].found_by()), joined)
        group_of |= dict.fromkeys(keys, joined)
    return [group for group in {id(each): each for each in group_of.values()}.values() if len(group) > 1]


def namesakes(
    db: Reader, people: Sequence[tuple[int, str | None, str | None]], new: Iterable[tuple[str | None, str | None]]
) -> set[int]:
    """Return the ids of the people whose full name another client has, an earlier or a new one.

    ``people`` are ids with first and last names, and are also among the ``new`` ones.
    """
    words_of = {client_id: _words(first or "", last or "") for client_id, first, last in people}
    wanted = set(words_of.values())
    held = Counter(words for first, last in new if (words := _words(first or "", last or "")) in wanted)
    names = {turned for _, first, last in people for turned in rotate(f"{_fold(first or '')} {_fold(last or '')}")}
    before = f"SELECT last_first FROM client_search WHERE last_first IN {AMONG}"
    held.update(_words(name, "") for (name,) in db.rows(before, (json_array(sorted(names)),)))
    return {client_id for client_id, words in words_of.items() if held[words] > 1}


def agree(known: Person, person: Person) -> bool:
    """Return whether two names can be one person's: the first names match, or one has all words of the other.

    An initial matches a first name that begins with it. Where a first name is missing, one common word is enough;
    when the first name was guessed, the last word may be the first name.
    """
    if known.words == person.words or not known.words or not person.words:
        return True
    words, others = set(known.words), set(person.words)
    if words <= others or others <= words:
        return True
    if not known.first or not person.first:
        return not words.isdisjoint(others)
    is_turned = person.is_parted and known.first == person.last
    return is_turned or is_same_first_name(known.first, person.first)


def has_other_name(one: Person, other: Person) -> bool:
    """Return whether a person and the client they were matched to have different names, as after a marriage."""
    if one.words == other.words:
        return False
    words, others = set(one.words), set(other.words)
    if words <= others or others <= words:
        return False
    return not (one.last == other.last and is_same_first_name(one.first, other.first))
