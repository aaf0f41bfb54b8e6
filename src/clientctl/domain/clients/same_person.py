"""Tell people apart by what a client, a row or a buyer says of them: names, e-mails, phones, birthdays."""

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
"""What people are found by, in five letters each; ``named`` is our own name for a client, of whatever file."""

_MOST_WORDS = 6
"""Words of a name with which it may begin."""

_MOST_KEYS = 20
"""E-mails and phones that one person has in some rows; of more, it is a name that stands for everybody."""

_fold = lru_cache(maxsize=1_000)(text.fold)


class Person(NamedTuple):
    """Someone, by what they are recognized by; ``words`` are those of the folded name, sorted.

    ``further`` are the kinds and keys of e-mails and phones besides the first; ``born`` is the ISO
    day with the words after it, None when either is not known well enough, and ``called`` the folded
    name then; ``client`` is the id that a file exported by us names, ``uid`` the name itself; ``is_parted``
    tells that which words are the first name was guessed. ``first`` and ``last`` are folded names.
    """

    words: tuple[str, ...]
    email: str | None
    phone: str | None
    further: tuple[tuple[str, str], ...] = ()
    born: str | None = None
    called: str = ""
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
        """Take from a client's columns what recognizes the person."""
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
        """List the keys of the e-mails or the phones, the first one first; or that of name and birthday."""
        if kind in {"birth", "named"}:
            key = self.born if kind == "birth" else self.uid
            return [key] if key else []
        first = self.email if kind == "email" else self.phone
        keys = [first] if first else []
        return keys + [key for each, key in self.further if each == kind] if self.further else keys

    def found_by(self) -> list[tuple[str, str]]:
        """List all that the person is found by, kinds and keys."""
        return [(kind, key) for kind in KINDS for key in self.all_of(kind)]


def _words(first: str, last: str) -> tuple[str, ...]:
    """Return the words of a name; of one without a letter known, such as ``??``, what stands there."""
    return tuple(sorted((f"{_fold(first)} {_fold(last)}").split() or f"{first} {last}".split()))


def turns(name: str) -> Iterator[str]:
    """Return a folded name beginning with each of its words: where the last name ends is not known."""
    words = name.split()
    for start in range(min(len(words), _MOST_WORDS)):
        yield " ".join(words[start:] + words[:start])


def united(people: Sequence[Person]) -> list[Person]:
    """Give people what others among them have who are the same: of the same name, and of one contact or birthday.

    So it does not matter which of three rows comes first when only one of them shows that the other two are one.
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
            born = {people[place].born: people[place].called for place in same if people[place].born}
            for place in same:
                own = people[place]
                has = own.found_by()
                more = tuple(each for each in keys if each[0] != "birth" and each not in has)
                day, called = next(iter(born.items())) if len(born) == 1 else (own.born, own.called)
                result[place] = own._replace(further=own.further + more, born=day, called=called)
    return result


def _groups(people: Sequence[Person], places: Iterable[int]) -> list[list[int]]:
    """Part people of one name by what they are found by; give where those stand who are not alone."""
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
    """Return the ids of those whose whole name somebody else has: a client from before, or one of the new ones.

    People are ids with first and last names, and among the new ones themselves.
    """
    words_of = {client_id: _words(first or "", last or "") for client_id, first, last in people}
    wanted = set(words_of.values())
    held = Counter(words for first, last in new if (words := _words(first or "", last or "")) in wanted)
    names = {turned for _, first, last in people for turned in turns(f"{_fold(first or '')} {_fold(last or '')}")}
    before = f"SELECT last_first FROM client_search WHERE last_first IN {AMONG}"
    held.update(_words(name, "") for (name,) in db.rows(before, (json_array(sorted(names)),)))
    return {client_id for client_id, words in words_of.items() if held[words] > 1}


def agree(known: Person, person: Person) -> bool:
    """Return whether two names can be one person's: nobody's, the same first name, or all words of one in the other.

    An initial agrees with a first name that begins so. Where a first name is missing, one word in common will do;
    of a name that was parted by guess the last word may be the first name.
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


def is_another_name(one: Person, other: Person) -> bool:
    """Return whether somebody who was taken for another has a name that is not the same, as after a marriage."""
    if one.words == other.words:
        return False
    words, others = set(one.words), set(other.words)
    if words <= others or others <= words:
        return False
    return not (one.last == other.last and is_same_first_name(one.first, other.first))
