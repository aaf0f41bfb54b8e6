"""Long reads of a big file from a private copy, without blocking writers."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clientctl.store import opening, transactions
from clientctl.store.transactions import Reader

BIG = 256 << 20
"""The size in bytes from which a copy is made. A smaller file, of some 200,000 clients, is read in seconds."""

_CACHE = 4 << 20
"""Bytes of the copy held in memory."""


@contextmanager
def open_snapshot(path: Path) -> Iterator[Reader]:
    """Open the file for a long read: a big file is copied first, and writers can proceed after that.

    SQLite creates the file of an unnamed database for its owner only, and unlinks it at once.
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
