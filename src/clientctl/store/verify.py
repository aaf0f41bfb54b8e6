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
    try:
        found = list(pages(copy))
        if not found:
            found += journal.verify(copy)
            found += _search(copy)
        return found
    except sqlite3.DatabaseError as error:
        return [Finding("(file)", None, None, str(error))]
    finally:
        copy.close()


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
        copy.execute("INSERT INTO client_fts(client_fts) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        yield Finding("client_fts", None, None, "the search index does not fit the clients")
