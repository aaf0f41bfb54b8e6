"""Search the bytes of the file, and of files beside it, for the texts of erased people."""

import json
import sqlite3
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clientctl.store import attachments, backup, erase, layout, restore, transactions
from clientctl.store.catalog import TABLES, Table
from clientctl.store.erase import Erased
from clientctl.store.transactions import Reader

_LEAST = 4
"""The minimum number of characters of a text that is searched for: shorter ones are found everywhere."""

_PIECE = 1_000
"""In characters: longer texts are searched for in pieces, as they may span several pages."""

_MANY = 60
"""The number of texts from which one pass over all eight-byte words is faster than a search for each."""

_THOROUGH = 20
"""Up to this many texts found are looked up in every table; if there are more, until the first table with it."""

_MAGIC = b"SQLite format 3\0"
"""The first bytes of every database."""

_CHUNK = 1 << 25
_OVERLAP = 1 << 13


class Traces(NamedTuple):
    """The result of a scan.

    All by kind of text: ``short`` lists kinds with texts too short to search for, ``elsewhere`` where
    other records or files contain the same text, ``left`` what is in the bytes although no record
    contains it. ``backups`` still contain a person.
    """

    short: tuple[str, ...]
    elsewhere: dict[str, tuple[str, ...]]
    left: tuple[str, ...]
    backups: tuple[Path, ...]


def scan(path: Path, erased: Erased) -> Traces:
    """Search for everything that was erased, after the commit."""
    short = [what for what, texts in erased.texts.items() if any(len(text) < _LEAST for text in texts)]
    wanted = {what: {text for text in texts if len(text) >= _LEAST} for what, texts in erased.texts.items()}
    elsewhere: dict[str, set[str]] = {}
    left = set()
    # Closed last: closing any handle of a file takes away the locks that this program has on it.
    with path.open("rb") as raw, transactions.read(path) as db:
        unseen = _drop_in_foreign_tables(db, _drop_stored_elsewhere(db, wanted, elsewhere), elsewhere)
        of = {piece: what for what, texts in unseen.items() for text in texts for piece in _pieces(text)}
        found = _find_texts(_chunks(raw), of)
        for beside in path.parent.glob(f"{path.name}-*"):
            with beside.open("rb") as file:
                found |= _find_texts(_chunks(file), of)
        for piece in found:
            holders = _find_records(db, piece, thorough=len(found) <= _THOROUGH)
            if holders is None:
                left.add(of[piece])
            else:
                elsewhere.setdefault(of[piece], set()).update(holders)
    for piece in _find_texts(_attached_chunks(path), of):
        elsewhere.setdefault(of[piece], set()).add("attached files")
    places = {what: tuple(sorted(elsewhere[what])) for what in erased.texts if elsewhere.get(what)}
    return Traces(tuple(short), places, tuple(sorted(left)), tuple(_find_backups(path, erased.clients)))


# -- in the bytes -------------------------------------------------------------------------------


def _pieces(text: str) -> Iterator[str]:
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE]
        if len(piece) >= _LEAST:
            yield piece


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield a file in chunks that overlap by more than the length of a piece."""
    before = b""
    while chunk := file.read(_CHUNK):
        yield before + chunk
        before = chunk[-_OVERLAP:]


def _attached_chunks(path: Path) -> Iterator[bytes]:
    place = attachments.folder_of(path)
    for file in sorted(place.iterdir()) if place.is_dir() else ():
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as opened:
                yield from _chunks(opened)


def _find_texts(contents: Iterable[bytes], texts: Collection[str]) -> set[str]:
    """Return the texts whose bytes are in some contents."""
    left = {text.encode(): text for text in texts}
    found: set[str] = set()
    for content in contents:
        found |= {left.pop(each) for each in _search(content, left)}
    return found


def _search(content: bytes, texts: Collection[bytes]) -> list[bytes]:
    """Return the texts that are in a content. One that contains an absent text needs no search."""
    if len(texts) > _MANY:
        texts = _likely_texts(content, texts)
    found: list[bytes] = []
    absent: list[bytes] = []
    for text in sorted(texts, key=len):
        if not any(each in text for each in absent[:_MANY]):
            (found if text in content else absent).append(text)
    return found


def _likely_texts(content: bytes, texts: Collection[bytes]) -> list[bytes]:
    """Return the texts all of whose eight-byte words are in the content."""
    eights = {text: [int.from_bytes(text[at : at + 8], sys.byteorder) for at in range(len(text) - 7)] for text in texts}
    wanted = {each for several in eights.values() for each in several}
    found: set[int] = set()
    for start in range(8):
        whole = (len(content) - start) // 8 * 8
        found |= wanted.intersection(memoryview(content)[start : start + whole].cast("Q"))
    return [text for text, several in eights.items() if found.issuperset(several)]


# -- in other records ---------------------------------------------------------------------------

_SEARCHED = ("last_first", "first_last", "email_key", "phone_key")


def _drop_stored_elsewhere(
    db: Reader, wanted: dict[str, set[str]], elsewhere: dict[str, set[str]]
) -> dict[str, set[str]]:
    """Record which texts other records contain unchanged; return the others."""
    of: dict[str, set[str]] = {}
    for what, texts in wanted.items():
        for text in texts:
            of.setdefault(text, set()).add(what)
    as_json, seen = json.dumps(list(of)), set()
    columns = [(table.name, column) for table in TABLES.values() for column in _text_columns(table)]
    columns += [("client_search", column) for column in _SEARCHED]
    for table, column in columns:
        same = f"SELECT DISTINCT {column} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
        for (text,) in db.rows(same, (as_json,)):
            seen.add(text)
            for what in of.get(text, ()):
                elsewhere.setdefault(what, set()).add(_name_of(table))
    return {what: texts - seen for what, texts in wanted.items()}


def _drop_in_foreign_tables(
    db: Reader, wanted: dict[str, set[str]], elsewhere: dict[str, set[str]]
) -> dict[str, set[str]]:
    """Record which texts are in foreign tables; return the others."""
    seen: set[str] = set()
    for name in layout.foreign_tables(db.connection):
        table = _quote(name)
        cells = [f"CAST({_quote(row[1])} AS TEXT)" for row in db.rows(f"PRAGMA table_info({table})")]
        within = " OR ".join(f"instr({cell}, value)" for cell in cells)
        held = f"SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM {table} WHERE {within})"
        for what, texts in wanted.items():
            if found := {text for (text,) in db.rows(held, (json.dumps(list(texts)),))}:
                elsewhere.setdefault(what, set()).add(f"the table {name}, which is not clientctl's")
                seen |= found
    return {what: texts - seen for what, texts in wanted.items()}


def _quote(name: str) -> str:
    """Quote an SQL name chosen by others."""
    return '"' + name.replace('"', '""') + '"'


def _text_columns(table: Table) -> list[str]:
    """List the columns with personal or business texts."""
    return [column for column in (*table.personal, *table.business) if not column.endswith("_id")]


def _name_of(table: str) -> str:
    return "clients" if table == "client_search" else table.replace("_", " ")


def _find_records(db: Reader, text: str, *, thorough: bool) -> set[str] | None:
    """Return which records contain a text within another; None if none does, not even by coincidence."""
    places: set[str] = set()
    for table in TABLES.values():
        for name, place in ((table.name, _name_of(table.name)), (table.log, f"the history of {_name_of(table.name)}")):
            columns = _text_columns(table)
            if columns and not (name == table.log and _name_of(table.name) in places):
                within = " OR ".join(f"instr({column}, :text)" for column in columns)
                if db.value(f"SELECT 1 FROM {name} WHERE {within} LIMIT 1", {"text": text}):
                    places.add(place)
                    if not thorough:
                        return places
    return places if places or _is_coincidence(db, text) else None


def _is_coincidence(db: Reader, text: str) -> bool:
    """Return whether a text appears in the adjacent cells of a row of any table, or in the schema."""
    plain = "type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'client_fts%'"
    for (name,) in db.rows(f"SELECT name FROM sqlite_schema WHERE {plain}"):
        table = _quote(name)
        cells = [_quote(row[1]) for row in db.rows(f"PRAGMA table_info({table})") if row[2] != "INTEGER"]
        row = " || ".join(f"coalesce({cell}, '')" for cell in cells)
        if cells and db.value(f"SELECT 1 FROM {table} WHERE instr({row}, ?) LIMIT 1", (text,)):
            return True
    schema = "SELECT 1 FROM sqlite_schema WHERE instr(type || name || tbl_name || coalesce(sql, ''), ?)"
    return db.value(schema, (text,)) is not None


# -- in backups ---------------------------------------------------------------------------------


def _find_backups(path: Path, clients: Sequence[int]) -> Iterator[Path]:
    """Yield the copies of the file that still have data of some clients, and unreadable files that may be copies."""
    for file in backup.list_copies(path):
        try:
            with closing(sqlite3.connect(file.as_uri() + "?mode=ro", uri=True)) as copy:
                ours = copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'clients_log'").fetchone()
                if ours and erase.knows(copy, clients) and restore.shares_lineage(Reader(copy, file), path):
                    yield file
        except sqlite3.Error:
            if _is_named_or_begins_like(file, path):
                yield file


def _is_named_or_begins_like(file: Path, database: Path) -> bool:
    """Return whether an unreadable file may be a copy of a database: compressed or incomplete."""
    if file.name.lstrip(".").startswith(database.stem):
        return True
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC
