"""Search clients by name, e-mail or phone, in time independent of their number, best matches first.

``client_search`` holds a row of folded keys for each client, and ``client_fts`` a trigram
index over them. Both are updated from the journal at the end of each write, on
one path for edits, imports, undo and erasing; no trigger could call ``fold``. E-mails and
phones in custom fields are looked up in ``field_values`` by their keys, which are made
like those of the main ones, and found within the haystack.
"""

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
_PHONE = r"[+(]*\d[\d\s().+/-]*"
_BEYOND = "\U0010ffff"
"""Sorts after every folded text."""


class Search(NamedTuple):
    """A search as conditions on ``s`` (client_search): disjoint stages, the best matches first.

    ``values`` are the parameters of the conditions of all stages.
    """

    stages: tuple["Stage", ...]
    values: dict[str, str]


class Stage(NamedTuple):
    """One degree of closeness: a condition, and the order within it."""

    condition: str
    order: str


class _Test(NamedTuple):
    """A test of a row of ``s``, and a condition that narrows the rows down by an index, if one helps."""

    sql: str
    order: str
    lookup: str = ""


def contact_query(kind: str, test: str, columns: str = "v.client_id") -> str:
    """Return SQL for clients with an e-mail or phone in a custom field whose key passes a test."""
    return f"""SELECT {columns} FROM field_values v
        WHERE v.field_id IN (SELECT f.id FROM fields f WHERE f.type = '{kind}') AND v.value_key {test}"""


def keys(
    first: str | None, last: str | None, email: str | None, phone: str | None, more: Iterable[tuple[str, str]] = ()
) -> tuple[str | None, ...]:
    """Return a client's search row without its id: both orders of the name, e-mail key, phone key, haystack.

    ``more`` are additional e-mails and phones, each with its kind.
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
    """Rebuild the search rows and trigrams of some clients."""
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
    """Fetch the additional e-mails and phones of clients, each with its kind, by the client's id."""
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
    """Drop the indexes while most rows change, and recreate them: sorting once takes half the time."""
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
    """Update the index with a command's changes to clients."""
    refresh(connection, list_affected(connection, "=", command))


def list_affected(connection: sqlite3.Connection, which: str, command: int) -> Sequence[int]:
    """List the clients whose rows may have been changed by a command (``=``), or by later ones (``>``)."""
    clients, values = TABLES["clients"], TABLES["field_values"]
    ids = connection.execute(
        f"""SELECT id FROM changes WHERE command_id {which} :command AND of = {clients.number}
            UNION SELECT f.client_id FROM changes c
            CROSS JOIN {values.log} f ON f.id = c.id AND f.command_id = c.command_id
            WHERE c.command_id {which} :command AND c.of = {values.number}""",
        {"command": command},
    )
    return array("q", (row[0] for row in ids if row[0] is not None))  # a fifth of a list's memory


def rebuild(connection: sqlite3.Connection) -> None:
    """Rebuild the search rows that are wrong, and all trigrams."""
    refresh(connection, [row for row, _ in find_problems(connection)])
    connection.execute("INSERT INTO client_fts(client_fts) VALUES ('rebuild')")


def optimize(connection: sqlite3.Connection) -> None:
    """Merge the trigram index, so that no data of deleted rows is left in it."""
    connection.execute("INSERT INTO client_fts(client_fts) VALUES ('optimize')")


def search(wanted: str) -> Search:
    """Return the stages for a text; none if it has no letter or digit.

    A phone matches by its last digits; a name by its start, last names before first names; then
    by the start of words; then within words, in names and e-mails.
    """
    if text.pattern(_PHONE).fullmatch(wanted.strip()):
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
    """Yield the id of each client whose search row is wrong, and the problem."""
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
    """Return a test that every part is in the haystack; trigrams find the long ones."""
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
    """Return the stages, each without the matches of earlier ones."""
    result: list[Stage] = []
    for position, test in enumerate(tests):
        closer = [f"({other.sql}) IS NOT TRUE" for other in tests[:position]]
        result.append(Stage(" AND ".join([*filter(None, [test.lookup]), test.sql, *closer]), test.order))
    return tuple(result)
