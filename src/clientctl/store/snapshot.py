"""Look at a big file for long without holding up who writes: at a private copy of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clientctl.store import opening, transactions
from clientctl.store.transactions import Reader

BIG = 256 << 20
"""Bytes from which on a copy is made. A smaller file, of some 200,000 clients, is written out in a few seconds."""

_CACHE = 4 << 20
"""Bytes of the copy held in memory."""


@contextmanager
def open_snapshot(path: Path) -> Iterator[Reader]:
    """Open the file for one long look at it: a big one is copied first, and free for writers when that is done.

    SQLite makes the file of a database without a name for its owner only, and takes its name away at once.
    """
    with opening.storage_errors(path):
        copy: sqlite3.Connection | None = None
        with transactions.read(path) as db:
            if path.stat().st_size < BIG:
                yield db
                return
            copy = sqlite3.connect("", isolation_level=None)
            try:
                db.connection.backup(copy)
            except BaseException:
                copy.close()
                raise
        try:
            for pragma in (f"cache_size=-{_CACHE >> 10}", "temp_store=FILE", "trusted_schema=OFF", "query_only=ON"):
                copy.execute(f"PRAGMA {pragma}")
            yield Reader(copy, path)
        finally:
            copy.close()
