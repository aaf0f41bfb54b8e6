"""Find clients by name, e-mail or phone, flat in their number, closest first.

``client_search`` holds a row of folded keys for each client, and ``client_fts`` a trigram
index over them. Both are brought up to date from the journal at the end of each write, on
one path for edits, imports, undo and erasing; no trigger could call ``fold``. E-mails and
phones in fields of the owner's are looked up in ``field_values`` by their keys, which are made
like those of the first ones, and found within the haystack.
"""

import re
import sqlite3
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

from clientctl.base import emails, phones, text
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES

_CHUNK = 2_000
_fold = lru_cache(maxsize=1_000)(text.fold)
_PHONE = re.compile(r"[+(]*\d[\d\s().+/-]*")
_BEYOND = "\U0010ffff"
"""Sorts after every folded text."""


class Search(NamedTuple):
    """What was typed, as conditions on ``s`` (client_search): disjoint stages, the closest first.

    ``values`` are the parameters that the conditions of all stages name.
    """

    stages: tuple["Stage", ...]
    values: dict[str, str]


class Stage(NamedTuple):
    """One degree of closeness: a condition, and the order within it."""

    condition: str
    order: str


class _Test(NamedTuple):
    """What a row of ``s`` must pass, and before it, where an index serves, where to look."""

    sql: str
    order: str
    lookup: str = ""


def contact_query(kind: str, test: str, columns: str = "v.client_id") -> str:
    """Ask in SQL whose further e-mail or phone, in a field of the owner's, has a key that passes a test."""
    return f"""SELECT {columns} FROM field_values v
        WHERE v.field_id IN (SELECT f.id FROM fields f WHERE f.type = '{kind}') AND v.value_key {test}"""


def keys(
    first: str | None, last: str | None, email: str | None, phone: str | None, more: Iterable[tuple[str, str]] = ()
) -> tuple[str | None, ...]:
    """Make a client's search row but its id: both orders of the name, e-mail key, phone key, haystack.

    ``more`` are further e-mails and phones, each with its kind.
    """
    first_key, last_key = _fold(first or ""), _fold(last or "")
    last_first = f"{last_key} {first_key}".strip()
    hay = [last_first, last_key]
    if " " in last_first:
        together = text.squeeze(last_key)
        hay.append(f"{together}{text.squeeze(first_key)}{together}")
    if email:
        hay.append(text.fold(email))
    if phone:
        hay.append(_digits(phone))
    hay += [text.fold(value) if kind == "email" else _digits(value) for kind, value in more]
    return (
        last_first,
        f"{first_key} {last_key}".strip(),
        emails.key(email) if email else None,
        (phones.key(phone) or None) if phone else None,
        " " + " ".join(hay),
    )


def _digits(phone: str) -> str:
    digits = phone[1:]
    if digits.isascii() and digits.isdecimal() and phone[0] == "+":
        return digits
    return "".join(filter(str.isdecimal, phone))


def refresh(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Make the search rows of some clients again, and the trigrams over them."""
    with _rebuild_indexes(connection, len(ids)):
        for start in range(0, len(ids), _CHUNK):
            _refresh(connection, ids[start : start + _CHUNK])


def _refresh(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    wanted = (json_array(ids),)
    connection.execute(
        f"""INSERT INTO client_fts(client_fts, rowid, hay)
            SELECT 'delete', id, hay FROM client_search WHERE id IN {AMONG}""",
        wanted,
    )
    connection.execute(f"DELETE FROM client_search WHERE id IN {AMONG}", wanted)
    people = connection.execute(
        f"""SELECT id, first_name, last_name, email, phone FROM clients
            WHERE id IN {AMONG} AND erased_on IS NULL AND merged_into IS NULL""",
        wanted,
    )
    more = _fetch_contacts(connection, f"v.client_id IN {AMONG}", wanted)
    rows = [(each, *keys(first, last, email, phone, more.get(each, ()))) for each, first, last, email, phone in people]
    connection.executemany("INSERT INTO client_search VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute(
        f"INSERT INTO client_fts(rowid, hay) SELECT id, hay FROM client_search WHERE id IN {AMONG}", wanted
    )


def _fetch_contacts(
    connection: sqlite3.Connection, condition: str = "1", values: Sequence[str] = ()
) -> dict[int, list[tuple[str, str]]]:
    """Fetch the further e-mails and phones of clients, each with its kind, by the client's id."""
    found: dict[int, list[tuple[str, str]]] = {}
    rows = connection.execute(
        f"""SELECT v.client_id, f.type, v.value FROM field_values v JOIN fields f ON f.id = v.field_id
            WHERE f.type IN ('email', 'phone') AND {condition} ORDER BY v.client_id, v.field_id, v.id""",
        values,
    )
    for client_id, kind, value in rows:
        found.setdefault(client_id, []).append((kind, value))
    return found


@contextmanager
def _rebuild_indexes(connection: sqlite3.Connection, changing: int) -> Iterator[None]:
    """Take the indexes away while most rows change: to sort once takes half as long as to find each row's place."""
    if changing < _CHUNK or changing < connection.execute("SELECT count(*) FROM client_search").fetchone()[0]:
        yield
        return
    made = "SELECT name, sql FROM sqlite_schema WHERE tbl_name = 'client_search' AND type = 'index' AND sql IS NOT NULL"
    indexes = connection.execute(made).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        connection.execute(sql)


def update(connection: sqlite3.Connection, command: int) -> None:
    """Bring the index up to date with what a command did to clients."""
    refresh(connection, list_affected(connection, "=", command))


def list_affected(connection: sqlite3.Connection, which: str, command: int) -> Sequence[int]:
    """List the clients whose rows may be others since a command (``=``), or since those after it (``>``)."""
    clients, values = TABLES["clients"], TABLES["field_values"]
    ids = connection.execute(
        f"""SELECT id FROM changes WHERE command_id {which} :command AND of = {clients.number}
            UNION SELECT f.client_id FROM changes c
            CROSS JOIN {values.log} f ON f.id = c.id AND f.command_id = c.command_id
            WHERE c.command_id {which} :command AND c.of = {values.number}""",
        {"command": command},
    )
    return array("q", (row[0] for row in ids if row[0] is not None))  # a million in a fifth of a list's memory


def rebuild(connection: sqlite3.Connection) -> None:
    """Make the search rows again that are not as they should be, and all the trigrams."""
    refresh(connection, [row for row, _ in find_problems(connection)])
    connection.execute("INSERT INTO client_fts(client_fts) VALUES ('rebuild')")


def optimize(connection: sqlite3.Connection) -> None:
    """Merge the trigram index, so that nothing of deleted rows is left in it."""
    connection.execute("INSERT INTO client_fts(client_fts) VALUES ('optimize')")


def search(wanted: str) -> Search:
    """Turn what was typed into stages; none for a text without a letter or digit.

    A phone by its last digits; a name that starts so, last names before first names; then
    words that start so; then words that contain it, in names and e-mails.
    """
    if _PHONE.fullmatch(wanted.strip()):
        return _phone_search("".join(filter(str.isdecimal, wanted)))
    folded = text.fold(wanted)
    if not folded:
        return Search((), {})
    values = {"name": folded, "name_end": folded + _BEYOND}
    tests = [
        _Test("s.last_first >= :name AND s.last_first < :name_end", "s.last_first, s.id"),
        _Test("s.first_last >= :name AND s.first_last < :name_end", "s.first_last, s.id"),
    ]
    words = folded.split()
    if any(len(word) >= 2 for word in words):
        tests.append(_hay_test("start", [f" {word}" for word in words], values))
    if any(len(word) >= 3 for word in words):
        tests.append(_hay_test("part", words, values))
    return Search(_disjoint(tests), values)


def find_problems(connection: sqlite3.Connection) -> Iterable[tuple[int, str]]:
    """Compare the search rows with the clients; yield the id and what is wrong."""
    more = _fetch_contacts(connection)
    expected = connection.execute(
        """SELECT c.id, c.first_name, c.last_name, c.email, c.phone, coalesce(c.erased_on, c.merged_into),
                  s.last_first, s.first_last, s.email_key, s.phone_key, s.hay
           FROM clients c LEFT JOIN client_search s ON s.id = c.id"""
    )
    for row in expected:
        if row[6:] != ((None,) * 5 if row[5] else keys(row[1], row[2], row[3], row[4], more.get(row[0], ()))):
            yield row[0], "is not found by the search as it should be"
    for (stray,) in connection.execute("SELECT id FROM client_search WHERE id NOT IN (SELECT id FROM clients)"):
        yield stray, "is found by the search though it is gone"


def _phone_search(digits: str) -> Search:
    key = phones.key(digits)
    values = {"phone": key, "phone_end": key + ":"}
    others = contact_query("phone", ">= :phone AND v.value_key < :phone_end")
    tests = [
        _Test("s.phone_key >= :phone AND s.phone_key < :phone_end", "s.phone_key, s.id"),
        _Test(f"s.id IN ({others})", "s.last_first, s.id"),
    ]
    national = digits.lstrip("0")
    if len(national) >= 3:
        tests.append(_hay_test("part", [national], values))
    return Search(_disjoint(tests), values)


def _hay_test(name: str, parts: Sequence[str], values: dict[str, str]) -> _Test:
    """Ask for every part somewhere in the haystack; trigrams find the long ones."""
    exact, trigrams = [], []
    for position, part in enumerate(parts):
        values[f"{name}{position}"] = part
        exact.append(f"instr(s.hay, :{name}{position}) > 0")
        if len(part) >= 3:
            values[f"{name}{position}_like"] = f"%{part}%"
            trigrams.append(f"hay LIKE :{name}{position}_like")
    found = f"s.id IN (SELECT rowid FROM client_fts WHERE {' AND '.join(trigrams)})"
    return _Test(" AND ".join(exact), "s.last_first, s.id", found)


def _disjoint(tests: Sequence[_Test]) -> tuple[Stage, ...]:
    """Take from each stage what an earlier one has found already."""
    result: list[Stage] = []
    for position, test in enumerate(tests):
        closer = [f"({other.sql}) IS NOT TRUE" for other in tests[:position]]
        result.append(Stage(" AND ".join([*filter(None, [test.lookup]), test.sql, *closer]), test.order))
    return tuple(result)
