"""Remember keys for the length of one command outside of memory: in a private file without a name.

SQLite makes the file of a database without a name for its owner only, and takes its name away at once.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from clientctl.store.array_parameters import AMONG, json_array

_BATCH = 500
"""Keys remembered by one statement."""

_CACHE = 4 << 20
"""Bytes held in memory; the rest is in the file."""


class TempKeys:
    """Keys, each with the ids it leads to.

    Only a hash of a key is kept: of 64 bits, two of a million keys are the same once in forty million times.
    """

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # no name: a private file, made when needed
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", f"cache_size=-{_CACHE >> 10}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE scratch(key INTEGER, id INTEGER, PRIMARY KEY(key, id)) WITHOUT ROWID")
        self._is_empty = True

    def add(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Remember keys and ids."""
        hashed = iter(sorted((hash(key), number) for key, number in pairs))  # in the order of the table: twice as fast
        self._connection.execute("BEGIN")
        while chunk := list(islice(hashed, _BATCH)):
            values = ", ".join(["(?, ?)"] * len(chunk))
            sql = f"INSERT OR IGNORE INTO scratch VALUES {values}"
            self._connection.execute(sql, list(chain.from_iterable(chunk)))
            self._is_empty = False
        self._connection.execute("COMMIT")

    def find(self, keys: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Return those of some keys that are known, with each id they lead to."""
        if self._is_empty:
            return
        hashed = {hash(key): key for key in keys}
        sql = f"SELECT key, id FROM scratch WHERE key IN {AMONG} ORDER BY id"
        for found, number in self._connection.execute(sql, (json_array(sorted(hashed)),)):
            yield hashed[found], number
