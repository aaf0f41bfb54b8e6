"""Remember keys for the length of one command outside of memory: in a private file without a name.

SQLite makes the file of a database without a name for its owner only, and takes its name away at once.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from clientctl.store.many import AMONG, json_array

_CACHE = 2 << 20
"""Bytes held in memory; the rest is in the file."""


class Scratch:
    """Keys, each with the ids it leads to."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None)  # no name: a private file, made when needed
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE", f"cache_size=-{_CACHE >> 10}"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE scratch(key TEXT, id INTEGER, PRIMARY KEY(key, id)) WITHOUT ROWID")
        self._is_empty = True

    def add(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Remember keys and ids."""
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR IGNORE INTO scratch VALUES (?, ?)", sorted(pairs))
        self._connection.execute("COMMIT")
        self._is_empty = False

    def find(self, keys: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Give those of some keys that are known, with each id they lead to."""
        if self._is_empty:
            return
        yield from self._connection.execute(
            f"SELECT key, id FROM scratch WHERE key IN {AMONG} ORDER BY id", (json_array(keys),)
        )
