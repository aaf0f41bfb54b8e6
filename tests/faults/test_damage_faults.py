"""A bit that flips by itself, anywhere in the file: what it changes is told, and no command takes it for a fault."""

import random
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import heavy
import inprocess
import pytest
from filled import fill
from looking import change, damage

from clientctl.errors import StorageError

FLIPS = heavy.times(5, 500)
"""How many bits are flipped, one at a time."""

pytestmark = [pytest.mark.damages, pytest.mark.heavy]

COMMANDS = (
    ("client", "list", "--json"),
    ("client", "show", "1"),
    ("client", "history", "1"),
    ("membership", "list"),
    ("export", "json", "-"),
    ("client", "list", "--as-of", "#3"),
    ("undo", "--dry-run"),
    ("label", "add", "Another", "--dry-run"),
)
"""What is typed on each damaged file: it may succeed or be refused, but never end in a fault."""


def contents(path: Path) -> dict[str, object]:
    """Return what every table of a file says, by every index that it has, or that it can't be read."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        connection.text_factory = lambda stored: stored.decode(errors="replace")
        found: dict[str, object] = {}
        try:
            objects = connection.execute("SELECT name, type, tbl_name, sql FROM sqlite_schema ORDER BY name").fetchall()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            return {"sqlite_schema": str(error)}
        if not all(isinstance(text, str) for each in objects for text in each[:3]):
            return {"sqlite_schema": objects}
        found["sqlite_schema"] = [(name, kind, table) for name, kind, table, _ in objects]
        for name, kind, table, sql in objects:
            if name.startswith("client_fts"):  # how SQLite keeps the search index: what it finds is asked below
                continue
            asked = f"SELECT * FROM {name}" if kind in {"table", "view"} else ""
            if name == "_sqlite_migrations":  # when a step was done is asked by nobody
                asked = f"SELECT migration_set, name FROM {name}"
            if kind == "index" and isinstance(sql, str) and " WHERE " not in sql:
                columns = re.sub(r"^.*?\(", "(", sql).strip("()")
                asked = f"SELECT {columns} FROM {table} INDEXED BY {name} ORDER BY {columns}"
            try:
                found[name] = connection.execute(asked).fetchall() if asked else None
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                found[name] = str(error)
        return found | searched(connection)


def searched(connection: sqlite3.Connection) -> dict[str, object]:
    """Return what some three letters that somebody is searched by lead to."""
    try:
        hays = [hay for (hay,) in connection.execute("SELECT hay FROM client_search")]
        parts = sorted({hay[at : at + 3] for hay in hays for at in range(0, len(hay) - 2, 9)})
        found = "SELECT rowid FROM client_fts WHERE hay LIKE ? ORDER BY rowid"
        return {f"search {part}": connection.execute(found, (f"%{part}%",)).fetchall() for part in parts}
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        return {"search": str(error)}


def used(path: Path) -> tuple[list[int], list[list[int]]]:
    """List the bytes that are not zero, as most of the others are room between cells: all, and by table and index."""
    places = [at for at, byte in enumerate(path.read_bytes()) if byte]
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        roots = connection.execute("SELECT rootpage - 1 FROM sqlite_schema WHERE rootpage > 0 ORDER BY 1").fetchall()
    return places, [[at for at in places if at // size == root] for (root,) in roots]


def told(path: Path) -> bool:
    """Return whether ``db verify`` names damage, or says that SQLite knows the file for none of its own."""
    try:
        return bool(damage(path))
    except StorageError as error:
        return "is not a clientctl database" in error.message


def test_whatever_a_flipped_bit_changes_is_told(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with change(book, "fill") as db:
        fill(db, [1])
    inprocess.fill(book, ("client", "edit", "1", "--company", "Acme"), ("client", "edit", "1", "--company", "Bcme"))
    whole, before = book.read_bytes(), contents(book)
    assert damage(book) == []
    seed = random.Random(FLIPS)
    anywhere, in_each = used(book)
    changed = 0
    for turn in range(FLIPS):
        at, bit = seed.choice(seed.choice(in_each) if turn % 2 else anywhere), 1 << seed.randrange(8)
        book.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        now = contents(book)
        if now != before:
            changed += 1
            assert told(book), (at, bit, {name for name in {*now, *before} if now.get(name) != before.get(name)})
        for line in COMMANDS:
            assert inprocess.run(*line, db=book).status in range(11), (at, bit, line)
    assert changed


@pytest.mark.damages
def test_an_index_whose_entry_can_not_be_read_is_told(book: Path) -> None:
    """What SQLite's own check takes for whole: an entry that says it has no columns."""
    with change(book, "fill") as db:
        fill(db, [1])
    with closing(sqlite3.connect(book)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (root,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'packages_plan'").fetchone()
    begins = (root - 1) * size
    whole = bytearray(book.read_bytes())
    cell = begins + int.from_bytes(whole[begins + 8 : begins + 10])
    whole[cell + 1] = 1
    book.write_bytes(whole)
    assert [found.problem for found in damage(book)] == ["the index packages_plan can't be read"]
