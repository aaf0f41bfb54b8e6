"""Look for damage in every place where there could be some, on a private copy of the file."""

import sqlite3
from collections.abc import Iterator

from clientctl.store import journal, opening, search
from clientctl.store.journal import Finding

_MOST = 100
"""How many problems SQLite is asked to list."""


def verify(connection: sqlite3.Connection) -> list[Finding]:
    """List what is damaged: SQLite's structures, references, rows the journal knows otherwise, the search index."""
    copy = opening.memory_copy(connection)
    copy.text_factory = _text
    found: list[Finding] = []
    try:
        for look in (pages, journal.verify, _search):
            try:
                found += look(copy)
            except sqlite3.DatabaseError as error:
                found.append(Finding("(file)", None, None, str(error)))
    finally:
        copy.close()
    return list(dict.fromkeys(found))


def pages(connection: sqlite3.Connection) -> Iterator[Finding]:
    """Check SQLite's own structures and the references between rows."""
    for (problem,) in connection.execute(f"PRAGMA integrity_check({_MOST})"):
        if problem != "ok":
            yield Finding("(file)", None, None, problem)
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield Finding(table, row, None, f"refers to a row of {parent} that is not there")


def _search(copy: sqlite3.Connection) -> Iterator[Finding]:
    for row, problem in search.problems(copy):
        yield Finding("clients", row, None, problem)
    try:
        # With 1, newer SQLites too compare the index with the rows that it is of.
        copy.execute("INSERT INTO client_fts(client_fts, rank) VALUES ('integrity-check', 1)")
    except sqlite3.DatabaseError:
        yield Finding("client_fts", None, None, "the search index does not fit the clients")


def _text(stored: bytes) -> str:
    """Read a text even if damage has made it none: it differs, and is found so."""
    return stored.decode(errors="replace")
