"""Keys stored during one command in an unnamed private file instead of memory.

SQLite creates the file of an unnamed database for its owner only, and unlinks it at once.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from clientctl.store.array_parameters import AMONG, json_array

_BATCH = 500
"""The number of keys inserted by one statement."""

_CACHE = 4 << 20
"""Bytes kept in memory; the rest is in the file."""


class TempKeys:
    """A map from keys to ids.

    Only a 64-bit hash of a key is stored: the chance that two of a million collide is one in forty million.
    """

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # no name: a private file, created when needed
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", f"cache_size=-{_CACHE >> 10}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE scratch(key INTEGER, id INTEGER, PRIMARY KEY(key, id)) WITHOUT ROWID")
        self._is_empty = True

    def add(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Add pairs of a key and an id."""
        hashed = iter(sorted((hash(key), number) for key, number in pairs))  # in the order of the table: twice as fast
        self._connection.execute("BEGIN")
        while chunk := list(islice(hashed, _BATCH)):
            values = ", ".join(["(?, ?)"] * len(chunk))
            sql = f"INSERT OR IGNORE INTO scratch VALUES {values}"
            self._connection.execute(sql, list(chain.from_iterable(chunk)))
            self._is_empty = False
        self._connection.execute("COMMIT")

    def find(self, keys: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield the keys that are stored, with each of their ids."""
        if self._is_empty:
            return
        hashed = {hash(key): key for key in keys}
        sql = f"SELECT key, id FROM scratch WHERE key IN {AMONG} ORDER BY id"
        for found, number in self._connection.execute(sql, (json_array(sorted(hashed)),)):
            yield hashed[found], number
