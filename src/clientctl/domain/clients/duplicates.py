"""Possible duplicates: pairs of clients who may be one person, and pairs marked as two people.

Not every client is compared with every other one: only those who share an e-mail, a phone, a name or a
birthday, or are neighbors in one of the orders of names. When more clients share a contact than a family
would, such as the number of a reception, only those who also share their name are compared.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations, groupby
from typing import NamedTuple

from clientctl.base.listing import SEPARATOR, Cell, Column, Listing
from clientctl.base.name_words import differs_by_letter, has_initials_of
from clientctl.base.text import fold
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import client_sql
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.search import refresh

_LEAST = 20
"""The lowest score of a pair that is listed."""

_WARNED = 50
"""The lowest score at which adding a client causes a warning."""

_FAMILY = 30
"""The highest score of two people with the same last name and different first names: families share contacts."""

_SIMILAR = 0.85
"""The similarity from which two names may differ by a typing mistake: ``ana muller``, ``anna muller``."""

_SHARED = 10
"""How many clients may share an e-mail or a phone for each to be compared with each."""

_SAME_NAME = 5
"""How many clients may have a name to be compared for it alone: a more frequent name proves nothing."""

_SAME_BIRTHDAY = 50
"""How many clients may have a birthday to be compared: a more frequent day stands for an unknown one."""

_NEIGHBORS = 5
"""With how many of the following names in the order a name is compared."""

_SWAPPED = 100_000
"""How many pairs with swapped first and last names are compared."""

_PHONE_DIGITS = 6
"""The lowest number of digits of a phone by which clients are compared."""

_CHUNK = 500

COLUMNS = (
    Column("id", "Id", "integer"),
    Column("name", "Name"),
    Column("other_id", "Other id", "integer"),
    Column("other_name", "Other name"),
    Column("score", "Score", "integer"),
    Column("reasons", "Why", "words"),
    Column("email", "E-mail"),
    Column("other_email", "Other e-mail"),
    Column("phone", "Phone", "phone"),
    Column("other_phone", "Other phone", "phone"),
)


class Pair(NamedTuple):
    """Two clients who may be one person, with a score from 0 to 100 and the reasons in words."""

    one: int
    other: int
    score: int
    reasons: tuple[str, ...]


class _Facts(NamedTuple):
    """The data by which clients are compared. ``emails`` are keys; ``phones`` the numbers by their keys."""

    id: int
    name: str
    last_name: str | None
    last_first: str
    first_last: str
    email: str | None
    phone: str | None
    birthday_on: str | None
    archived_on: str | None
    emails: set[str]
    phones: dict[str, str]


def listing(db: Reader, client_id: int | None = None, *, marked: bool = False) -> Listing:
    """List the pairs who may be one person, of all clients or of one, the most likely last.

    ``marked`` lists the pairs that were marked as two people instead.
    """
    apart = set(db.rows("SELECT client_id, other_id FROM not_duplicates"))
    if marked:
        pairs = {pair for pair in apart if client_id is None or client_id in pair}
    else:
        pairs = (_candidates(db) if client_id is None else _near(db, client_id)) - apart
    people = _facts(db, {each for pair in pairs for each in pair})
    scored = _scored(people, pairs, least=-100 if marked else _LEAST)
    if client_id is not None:
        scored = [_seen_from(client_id, pair) for pair in scored]
    return Listing(COLUMNS, [_row(people, pair) for pair in scored])


def list_of_client(db: Reader, client_id: int) -> list[Pair]:
    """List who may be the same person as a client, who is the ``one`` of each pair; the most likely first."""
    apart = set(db.rows("SELECT client_id, other_id FROM not_duplicates"))
    pairs = _near(db, client_id) - apart
    people = _facts(db, {each for pair in pairs for each in pair})
    return [_seen_from(client_id, pair) for pair in reversed(_scored(people, pairs))]


def warnings(db: Writer, client_id: int, most: int = 3) -> list[str]:
    """List warnings about clients who may be the same person as one who has just been added or changed."""
    refresh(db.connection, [client_id])  # otherwise done only when the command ends
    return [
        say(
            "{other} {name} may be the same person ({reasons}): `clientctl client merge {other} {client_id}` "
            "merges them",
            other=pair.other,
            name=clients.get(db, pair.other).name,
            reasons=", ".join(pair.reasons),
            client_id=client_id,
        )
        for pair in list_of_client(db, client_id)[:most]
        if pair.score >= _WARNED
    ]


def namesake(db: Reader, client_id: int) -> str | None:
    """Describe a client with the name of one who has just been added, who may be the same person; None for nobody."""
    for pair in list_of_client(db, client_id):
        if pair.score >= _WARNED and "same name" in pair.reasons:
            return say(
                "client {other} ({name}) already exists", other=pair.other, name=clients.get(db, pair.other).name
            )
    return None


def mark(db: Writer, one: Client, other: Client) -> bool:
    """Mark two clients as two people; return whether that is new."""
    pair = _pair_of(db, one, other)
    if _marked(db, pair):
        return False
    db.insert("not_duplicates", client_id=pair[0], other_id=pair[1])
    return True


def unmark(db: Writer, one: Client, other: Client) -> bool:
    """Remove the mark that two clients are two people; return whether there was one."""
    row_id = _marked(db, _pair_of(db, one, other))
    if row_id is None:
        return False
    db.delete("not_duplicates", row_id)
    return True


def follow_merge(db: Writer, survivor: int, merged: int) -> None:
    """Transfer the marks of a merged client, as not the same person as others, to the survivor."""
    rows = db.rows("SELECT id, client_id, other_id FROM not_duplicates WHERE ? IN (client_id, other_id)", (merged,))
    for row_id, one, two in rows:
        db.delete("not_duplicates", row_id)
        other = two if one == merged else one
        pair = min(survivor, other), max(survivor, other)
        if other != survivor and _marked(db, pair) is None:
            db.insert("not_duplicates", client_id=pair[0], other_id=pair[1])


def _marked(db: Reader, pair: tuple[int, int]) -> int | None:
    found: int | None = db.value("SELECT id FROM not_duplicates WHERE client_id = ? AND other_id = ?", pair)
    return found


def _pair_of(db: Writer, one: Client, other: Client) -> tuple[int, int]:
    if one.id == other.id:
        raise RefusedError(say("{title} was named twice: name two different clients", title=one.title))
    db.note_number(str(one.id), str(other.id))
    return min(one.id, other.id), max(one.id, other.id)


# -- which clients are compared ------------------------------------------------------------------

_KEYS = """SELECT {kind}_key AS key, id FROM client_search WHERE {kind}_key IS NOT NULL
    UNION ALL SELECT v.value_key, v.client_id FROM field_values v JOIN fields f ON f.id = v.field_id
    JOIN client_search s ON s.id = v.client_id WHERE f.type = '{kind}'"""
"""Every key of a kind, ``email`` or ``phone``, with its client; additional ones are in custom fields."""


def _candidates(db: Reader) -> set[tuple[int, int]]:
    pairs: set[tuple[int, int]] = set()
    for kind in ("email", "phone"):
        least = _PHONE_DIGITS if kind == "phone" else 1
        blocks = db.rows(
            f"""SELECT group_concat(DISTINCT id) FROM ({_KEYS.format(kind=kind)})
                WHERE length(key) >= {least} GROUP BY key HAVING count(DISTINCT id) > 1"""
        )
        pairs |= _of_blocks(db, blocks, _SHARED)
    pairs |= set(_of_birthdays(db))
    for column in ("last_first", "first_last"):
        pairs |= set(_of_names(db, column))
    swapped = f"""SELECT a.id, b.id FROM client_search a JOIN client_search b ON b.last_first = a.first_last
        WHERE a.last_first < b.last_first LIMIT {_SWAPPED}"""
    return pairs | {_ordered(*pair) for pair in db.rows(swapped)}


def _of_blocks(db: Reader, blocks: Iterable[tuple[str]], most: int) -> set[tuple[int, int]]:
    """Combine the clients of each block; in a block that is too large, only those of the same name."""
    pairs: set[tuple[int, int]] = set()
    for (block,) in blocks:
        ids = sorted(map(int, block.split(",")))
        if len(ids) <= most:
            pairs.update(combinations(ids, 2))
            continue
        by_name: dict[str, list[int]] = {}
        named = f"SELECT id, last_first FROM client_search WHERE id IN {AMONG}"
        for client_id, name in db.rows(named, (json_array(ids),)):
            by_name.setdefault(_sorted(name), []).append(client_id)
        for name, same in by_name.items():
            if name and len(same) <= most:
                pairs.update(combinations(sorted(same), 2))
    return pairs


def _of_birthdays(db: Reader) -> Iterator[tuple[int, int]]:
    """Combine clients with the same birthday and similar names."""
    born = db.stream(
        """SELECT c.birthday_on, c.id, s.last_first, s.first_last FROM clients c JOIN client_search s ON s.id = c.id
           WHERE c.birthday_on IS NOT NULL ORDER BY c.birthday_on, c.id"""
    )
    for _, rows in groupby(born, key=lambda row: row[0]):
        same_day = list(rows)
        if len(same_day) <= _SAME_BIRTHDAY:
            for (_, one, name, _), (_, other, *both_orders) in combinations(same_day, 2):
                if _alike(name, *both_orders) or _within(name, both_orders[0]) or has_initials_of(name, both_orders[0]):
                    yield one, other
            continue
        by_name: dict[str, list[int]] = {}
        for _, client_id, last_first, _ in same_day:
            by_name.setdefault(_sorted(last_first), []).append(client_id)
        for words, ids in by_name.items():
            if words and len(ids) <= _SAME_NAME:
                yield from combinations(ids, 2)


def _of_names(db: Reader, column: str) -> Iterator[tuple[int, int]]:
    """Combine clients of the same name, and those of similar names that are near in the order."""
    similarity = _similarity()
    groups = db.stream(
        f"""SELECT {column}, group_concat(id), count(*) FROM client_search
            WHERE {column} <> '' GROUP BY {column} ORDER BY {column}"""
    )
    before: deque[tuple[str, list[int]]] = deque(maxlen=_NEIGHBORS)
    for name, block, count in groups:
        if count > _SAME_NAME:
            continue
        ids = [int(block)] if count == 1 else sorted(map(int, block.split(",")))
        yield from combinations(ids, 2)
        for near, others in before:
            if similarity(name, near, score_cutoff=_SIMILAR):
                yield from (_ordered(one, other) for one in ids for other in others)
        before.append((name, ids))


def _near(db: Reader, client_id: int) -> set[tuple[int, int]]:
    """Combine one client with all who share something with it, or are near in the order of names."""
    own = _facts(db, [client_id]).get(client_id)
    if own is None:
        return set()
    found: set[int] = set()
    for kind, keys in (("email", own.emails), ("phone", [key for key in own.phones if len(key) >= _PHONE_DIGITS])):
        sql = f"SELECT id FROM ({_KEYS.format(kind=kind)}) WHERE key IN {AMONG}"
        found.update(row[0] for row in db.rows(sql, (json_array(keys),)))
    if own.birthday_on:
        found.update(row[0] for row in db.rows("SELECT id FROM clients WHERE birthday_on = ?", (own.birthday_on,)))
    for column, name in (("last_first", own.last_first), ("first_last", own.first_last)):
        if name:
            same = f"SELECT id FROM client_search WHERE {column} IN (?, ?) LIMIT {_CHUNK}"
            found.update(row[0] for row in db.rows(same, (own.last_first, own.first_last)))
            for sign, order in ((">", "ASC"), ("<", "DESC")):
                beside = f"SELECT id FROM client_search WHERE {column} {sign} ? ORDER BY {column} {order} LIMIT ?"
                found.update(row[0] for row in db.rows(beside, (name, 2 * _NEIGHBORS)))
    return {_ordered(client_id, other) for other in found if other != client_id}


def _ordered(one: int, other: int) -> tuple[int, int]:
    return (one, other) if one < other else (other, one)


# -- scores --------------------------------------------------------------------------------------


def _facts(db: Reader, ids: Iterable[int]) -> dict[int, _Facts]:
    """Fetch the data by which clients are compared, without erased and merged ones, who have no search row."""
    people: dict[int, _Facts] = {}
    wanted = json_array(ids)
    rows = db.rows(
        f"""SELECT c.id, {client_sql.NAME}, c.last_name, s.last_first, s.first_last, c.email, c.phone, c.birthday_on,
                c.archived_on, s.email_key, s.phone_key
            FROM clients c JOIN client_search s ON s.id = c.id WHERE c.id IN {AMONG}""",
        (wanted,),
    )
    for row in rows:
        *_, phone, _, _, email_key, phone_key = row
        emails, phones = {email_key} if email_key else set(), {phone_key: phone} if phone_key else {}
        people[row[0]] = _Facts._make((*row[:9], emails, phones))
    further = db.rows(
        f"""SELECT v.client_id, f.type, v.value_key, v.value FROM field_values v JOIN fields f ON f.id = v.field_id
            WHERE f.type IN ('email', 'phone') AND v.client_id IN {AMONG}""",
        (wanted,),
    )
    for client_id, kind, key, value in further:
        if client_id in people and kind == "email":
            people[client_id].emails.add(key)
        elif client_id in people:
            people[client_id].phones.setdefault(key, value)
    return people


def _scored(people: dict[int, _Facts], pairs: Iterable[tuple[int, int]], least: int = _LEAST) -> list[Pair]:
    """Compute the scores of pairs; return those with at least the lowest score, the most likely last."""
    scored = [_compared(people[one], people[other]) for one, other in pairs if one in people and other in people]
    return sorted((pair for pair in scored if pair.score >= least), key=lambda p: (p.score, -p.one, -p.other))


def _compared(one: _Facts, other: _Facts) -> Pair:
    """Compute the score of a pair from what is the same and what differs."""
    points, reasons = _names_compared(one, other)
    if not one.emails.isdisjoint(other.emails):
        points, reasons = points + 60, ["same e-mail", *reasons]
    if _same_phone(one, other):
        points, reasons = points + 50, ["same phone", *reasons]
    if one.birthday_on and other.birthday_on:
        same = one.birthday_on == other.birthday_on
        points += 25 if same else -30
        reasons.append("same birthday" if same else "different birthdays")
        if not same:
            points = min(points, _LEAST if "same name" in reasons else _LEAST - 1)
    if "different names" in reasons and one.last_name and fold(one.last_name) == fold(other.last_name or ""):
        points = min(points, _FAMILY)
    reasons += [f"{person.id} is archived" for person in (one, other) if person.archived_on]
    return Pair(one.id, other.id, max(0, min(100, points)), tuple(reasons))


def _names_compared(one: _Facts, other: _Facts) -> tuple[int, list[str]]:
    if not one.last_first or not other.last_first:
        return 0, []
    if _sorted(one.last_first) == _sorted(other.last_first):
        return 50, ["same name"]
    if _alike(one.last_first, other.last_first, other.first_last):
        return 35, ["similar name"]
    if _within(one.last_first, other.last_first):
        return 15, ["one name within the other"]
    if has_initials_of(one.last_first, other.last_first):
        return 15, ["an initial agrees"]
    return -30, ["different names"]


def _alike(name: str, last_first: str, first_last: str) -> bool:
    """Return whether a name may be another one, in either order, with a typing mistake."""
    similarity = _similarity()
    is_similar = similarity(name, last_first, score_cutoff=_SIMILAR) or similarity(
        name, first_last, score_cutoff=_SIMILAR
    )
    return bool(is_similar) and not differs_by_letter(name, last_first)


def _within(name: str, other: str) -> bool:
    """Return whether one of two names has all the words of the other."""
    if name.count(" ") == other.count(" ") == 1:
        return name == other  # most names, and most comparisons
    words, others = set(name.split()), set(other.split())
    return bool(words and others) and (words <= others or others <= words)


@cache
def _similarity() -> Callable[..., float]:
    """Return the function for the similarity of two texts, from 0 to 1: the share of common letters, in order."""
    from rapidfuzz.distance.Indel import normalized_similarity  # slow to import, and needed only for names that differ

    return normalized_similarity


def _sorted(name: str) -> str:
    """Return a name with its words sorted, so that first and last names may be swapped."""
    return " ".join(sorted(name.split()))


def _same_phone(one: _Facts, other: _Facts) -> bool:
    """Return whether two clients share a phone; numbers of two countries with the same ending are different."""
    for key in one.phones.keys() & other.phones.keys():
        both = one.phones[key], other.phones[key]
        if len(key) >= _PHONE_DIGITS and (_digits(both[0]) == _digits(both[1]) or any(n[0] != "+" for n in both)):
            return True
    return False


def _digits(number: str) -> str:
    return "".join(filter(str.isdecimal, number))


def _seen_from(client_id: int, pair: Pair) -> Pair:
    return pair if pair.one == client_id else pair._replace(one=pair.other, other=pair.one)


def _row(people: dict[int, _Facts], pair: Pair) -> tuple[Cell, ...]:
    one, other = people[pair.one], people[pair.other]
    names = one.id, one.name, other.id, other.name
    reasons = SEPARATOR.join(pair.reasons)
    return (*names, pair.score, reasons, one.email, other.email, one.phone, other.phone)
