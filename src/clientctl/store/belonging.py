"""Find rows that refer to another client's rows: a row may only refer to rows of its own client."""

import sqlite3
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from clientctl.store.catalog import TABLES, Table
from clientctl.store.finding import Finding


class _ClientPath(NamedTuple):
    """A way from a row to a client: the column, the table that it refers to, and the client in SQL."""

    column: str
    other: str
    client: str


def find_problems(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Yield the rows of all tables whose columns lead to different clients, with one such column each."""
    for table in TABLES.values():
        if not holds_rows(connection, table.name):
            continue
        mine, ways = _client_paths(connection, table)
        for one, way in [(mine, way) for way in ways] if mine else combinations(ways, 2):
            differing = f"SELECT t.id FROM {table.name} t WHERE {one.client} <> {way.client} ORDER BY t.id"
            for (row_id,) in connection.execute(differing).fetchall():
                problem = f"refers to a row of {way.other} that is another client's"
                yield Finding(table.name, row_id, way.column, problem)


def holds_rows(connection: sqlite3.Connection, table: str) -> bool:
    """Return whether a table has a row: most have none, and to prepare the queries on one takes longer than this."""
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _client_paths(connection: sqlite3.Connection, table: Table) -> tuple[_ClientPath | None, list[_ClientPath]]:
    """Return the path to the client that a table's rows are about, if they have one, and the other paths."""
    own = _ClientPath(table.client, "clients", f"t.{table.client}") if table.client else None
    ways = []
    keys = connection.execute(f"PRAGMA foreign_key_list({table.name})").fetchall()
    for _, _, other, column, *_ in reversed(keys):  # in the order of the columns
        client = TABLES[other].client if other in TABLES else None
        if client and other != "clients":  # a client may be related to another one
            ways.append(_ClientPath(column, other, f"(SELECT o.{client} FROM {other} o WHERE o.id = t.{column})"))
    return own, ways
