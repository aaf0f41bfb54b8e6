"""Erase people from the file: live rows, and every image of them in the journal."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from clientctl.store import digests, erased_people, journal, search
from clientctl.store.catalog import TABLES, Table, title_of
from clientctl.store.transactions import Reader, Value, Writer

_ERASED = "(SELECT id FROM temp.erased)"
_ROWS = "(SELECT id FROM temp.erased_rows WHERE name = '{}')"
_VALUES = "(SELECT value FROM temp.erased_values)"
_WORK = (
    "CREATE TEMP TABLE IF NOT EXISTS erased(id INTEGER PRIMARY KEY)",
    "CREATE TEMP TABLE IF NOT EXISTS erased_rows(name TEXT, id INTEGER, PRIMARY KEY(name, id)) WITHOUT ROWID",
    "CREATE TEMP TABLE IF NOT EXISTS erased_values(value PRIMARY KEY) WITHOUT ROWID",
    "DELETE FROM temp.erased",
    "DELETE FROM temp.erased_rows",
    "DELETE FROM temp.erased_values",
)
"""The temporary tables, in memory, of who is erased, their rows, and the values of these."""


class Erased(NamedTuple):
    """The erased clients, and all their texts as stored or searched by, grouped by the kind of text."""

    clients: tuple[int, ...]
    texts: dict[str, set[str]]


class FirstEntry(NamedTuple):
    """The first journal entry of a client, which identifies them in a copy of the file that has diverged."""

    client_id: int
    added_by: int
    added_at: str


def erase(writer: Writer, ids: Sequence[int], on: str) -> Erased:
    """Anonymize clients inside a final command: personal rows are deleted, the books stay with blanked texts.

    The search index is merged, and the file rewritten after the commit: SQLite overwrites what it
    deletes, but not the copies that it leaves in a page when it moves rows to another one.
    """
    tables = [table for table in TABLES.values() if table.client]
    _note_rows(writer, tables, ids)
    erased = Erased(tuple(ids), _collect_texts(writer, tables))
    record_erased(writer, list_first_entries(writer, ids))
    for table in tables:
        _remove_or_blank(writer, table, on)
    journal.flush(writer.connection)  # so that the images of this command are blanked with the others
    for table in tables:
        _blank_images(writer, table)
    for merge in _list_undone_merges(writer):
        for table in tables:
            _forget_merge(writer, table, *merge)
    search.refresh(writer.connection, ids)
    search.optimize(writer.connection)
    writer.compact = True
    return erased


def list_first_entries(db: Reader, ids: Iterable[int]) -> list[FirstEntry]:
    """List the first journal entries of clients, leaving out those without one."""
    rows = []
    for client_id in ids:
        rows += db.rows(
            """SELECT f.id, k.id, k.at FROM clients_log f JOIN commands k ON k.id = f.command_id
               WHERE f.id = ? ORDER BY f.seq LIMIT 1""",
            (client_id,),
        )
    return [FirstEntry(*row) for row in rows]


def list_erased(db: Reader) -> list[FirstEntry]:
    """List who was erased in this file, and in the files that it was restored over."""
    return [FirstEntry(*row) for row in db.rows("SELECT client_id, added_by, added_at FROM erasures ORDER BY id")]


def knows(connection: sqlite3.Connection, client_ids: Iterable[int]) -> bool:
    """Return whether a file still has data of some people, if only undone: an image that is not blank."""
    named = "SELECT 1 FROM clients_log WHERE id = ? AND coalesce(first_name, last_name, email, phone) IS NOT NULL"
    return any(connection.execute(f"{named} LIMIT 1", (each,)).fetchone() for each in client_ids)


def record_erased(writer: Writer, erased: Iterable[FirstEntry]) -> None:
    """Record who was erased, unless already recorded, so that they are erased again if a backup restores them."""
    known = set(list_erased(writer))
    writer.insert_many("erasures", [each._asdict() for each in erased if each not in known])


# -- whose a row is -----------------------------------------------------------------------------


def _note_rows(writer: Writer, tables: Sequence[Table], ids: Sequence[int]) -> None:
    """Collect the rows that are about the clients, or were when deleted: a merge or its undo moves rows."""
    run = writer.connection
    for statement in _WORK:
        run.execute(statement)
    run.executemany("INSERT INTO temp.erased VALUES (?)", [(each,) for each in ids])
    for table in tables:
        for column in erased_people.person_columns(writer.connection, table):
            run.execute(
                f"""INSERT OR IGNORE INTO temp.erased_rows SELECT DISTINCT '{table.name}', f.id FROM {table.log} f
                    WHERE f.{column} IN {_ERASED} AND NOT EXISTS (SELECT 1 FROM {table.log} n
                        WHERE n.id = f.id AND n.seq > f.seq AND n.{column} NOT IN {_ERASED})"""
            )


def _collect_texts(writer: Writer, tables: Sequence[Table]) -> dict[str, set[str]]:
    """Collect the texts of the clients' rows and their images, and their search keys."""
    texts: dict[str, set[str]] = {}
    for table in tables:
        mine = _ROWS.format(table.name)
        for column in table.personal:
            rows = writer.rows(
                f"""SELECT {column} FROM {table.name} WHERE id IN {mine} AND typeof({column}) = 'text'
                    UNION SELECT {column} FROM {table.log} WHERE id IN {mine} AND typeof({column}) = 'text'"""
            )
            writer.connection.executemany("INSERT OR IGNORE INTO temp.erased_values VALUES (?)", rows)
            texts.setdefault(_title_of(table, column), set()).update(text for (text,) in rows)
    people = f"SELECT DISTINCT first_name, last_name, email, phone FROM clients_log WHERE id IN {_ERASED}"
    for person in writer.rows(people):
        *names, email, phone, _ = search.keys(*person)
        digits = "".join(filter(str.isdecimal, person[3] or ""))
        for what, keys in (("name", names), ("email", [email]), ("phone", [phone, digits])):
            texts.setdefault(what, set()).update(key for key in keys if key)
    return {what: found for what, found in texts.items() if found}


def _title_of(table: Table, column: str) -> str:
    return title_of(column) if table.name == "clients" else f"{table.name.replace('_', ' ')} {title_of(column)}"


# -- rows and images ----------------------------------------------------------------------------


def _remove_or_blank(writer: Writer, table: Table, on: str) -> None:
    """Delete the collected rows of a table, or blank them."""
    mine, run = _ROWS.format(table.name), writer.connection.execute
    if table.goes:
        run(f"DELETE FROM {table.name} WHERE id IN {mine}")
    elif table.name == "clients":
        run(f"UPDATE clients SET {_blanking(table)}, erased_on = ? WHERE id IN {mine} AND erased_on IS NULL", (on,))
    elif table.personal:
        run(f"UPDATE {table.name} SET {_blanking(table)} WHERE id IN {mine}")


def _blank_images(writer: Writer, table: Table) -> None:
    """Blank the images of the collected rows; those of deleted rows become deletions."""
    if table.goes or table.personal:
        sets = _removal(writer, table) if table.goes else _blanking(table)
        _rewrite(writer, table, sets, f"id IN {_ROWS.format(table.name)}", {})
    if table.name == "clients":  # clients without a row: adding them was undone
        nobody = f"id IN {_ERASED} AND id NOT IN (SELECT id FROM clients)"
        _rewrite(writer, table, _removal(writer, table), nobody, {})


def _rewrite(writer: Writer, table: Table, sets: str, which: str, values: dict[str, Value]) -> None:
    """Change some images, which happens nowhere else, and renew their digests."""
    with digests.renew_blocks(writer.connection, table, which, values):
        writer.connection.execute(f"UPDATE {table.log} SET {sets} WHERE {which}", values)


def _blanking(table: Table) -> str:
    return ", ".join(f"{column} = NULL" for column in table.personal)


def _removal(writer: Writer, table: Table) -> str:
    others = [column for column in journal.columns(writer.connection, table) if column != table.client]
    return ", ".join(["op = 'd'", *(f"{column} = NULL" for column in others)])


def _list_undone_merges(writer: Writer) -> list[tuple[int, int, int]]:
    """List undone merges of the clients: the other client, the command that merged, the one that undid it."""
    return writer.rows(
        f"""SELECT f.merged_into, f.command_id, (SELECT min(n.command_id) FROM clients_log n
                WHERE n.id = f.id AND n.seq > f.seq AND n.merged_into IS NOT f.merged_into) AS until
            FROM clients_log f WHERE f.id IN {_ERASED} AND f.merged_into NOT IN {_ERASED} AND until IS NOT NULL"""
    )


def _forget_merge(writer: Writer, table: Table, other: int, since: int, until: int) -> None:
    """Remove the erased client's data from images of the other's rows while the two were merged.

    The undo of a merge leaves such images too.
    """
    values: dict[str, Value] = {"other": other, "since": since, "until": until}
    while_one = f"{table.client} = :other AND command_id >= :since AND command_id <= :until"
    if table.goes and table.personal:
        held = " OR ".join(f"{column} IN {_VALUES}" for column in table.personal)
        gone = f"id NOT IN (SELECT id FROM {table.name})"
        _rewrite(writer, table, _removal(writer, table), f"{while_one} AND ({held}) AND {gone}", values)
    elif table.name == "clients":
        for column in table.personal:
            own = f"(SELECT {column} FROM clients WHERE id = :other)"
            held = f"{column} IN {_VALUES} AND {column} IS NOT {own}"
            _rewrite(writer, table, f"{column} = NULL", f"{while_one} AND {held}", values)
