"""Revert one command at any later time, except for what was changed since.

Clients are kept or reverted as a whole: if anything of a client was changed since, or anything newer
refers to their new records, everything is left as the command made it.
"""

import sqlite3
from typing import NamedTuple

from clientctl.store import journal, undoing
from clientctl.store.catalog import TABLES, Table
from clientctl.store.journal import Images

# Every row that the command touched: its client, whether the command added it, what happens to it.
_CREATE = """CREATE TEMP TABLE reverting(
  name TEXT, id INTEGER, client INTEGER, made INTEGER, state TEXT DEFAULT 'goes', PRIMARY KEY(name, id)
) WITHOUT ROWID"""


class RemainingRow(NamedTuple):
    """A row that stays because it was changed since, or because newer rows need it: its table and id."""

    table: str
    id: int


class Reverted(NamedTuple):
    """The result: the number of reverted rows, and the rows that stay."""

    rows: int
    left: list[RemainingRow]


def take_back(connection: sqlite3.Connection, number: int) -> Reverted:
    """Restore the rows that a command touched to their state before it, except those changed since."""
    connection.execute("DROP TABLE IF EXISTS temp.reverting")
    connection.execute(_CREATE)
    tables = journal.list_touched(connection, number)
    for table in tables:
        _list_rows(connection, table, number)
        _mark_changed(connection, Images.read(connection, table), number)
    connection.execute("CREATE INDEX temp.reverting_client ON reverting(client)")
    while _keep_with_client(connection) + sum(_keep_if_needed(connection, table) for table in tables):
        pass
    left = [RemainingRow(*row) for row in connection.execute("SELECT name, id FROM reverting WHERE state = 'stays'")]
    if left:  # so that the rest can be reverted later
        connection.execute("UPDATE reverting SET state = 'stays' WHERE name = 'imports'")
    for table in tables:
        going = f"c.id IN (SELECT id FROM reverting WHERE name = '{table.name}' AND state = 'goes')"
        undoing.put_back(connection, Images.read(connection, table), number, going)
    rows = connection.execute("SELECT count(*) FROM reverting WHERE state = 'goes'").fetchone()[0]
    connection.execute("DROP TABLE temp.reverting")
    return Reverted(rows, left)


def _list_rows(connection: sqlite3.Connection, table: Table, number: int) -> None:
    """List the rows of a table that the command touched."""
    of_row = f"FROM {table.log} l WHERE l.id = c.id AND l.command_id <= :number"
    client = "c.id" if table.client == "id" else "NULL"
    if table.client not in {None, "id"}:
        client = f"(SELECT l.{table.client} {of_row} AND l.{table.client} IS NOT NULL ORDER BY l.seq DESC LIMIT 1)"
    connection.execute(
        f"""INSERT INTO reverting(name, id, client, made)
            SELECT '{table.name}', c.id, {client}, c.op = 'i' FROM changes c
            WHERE c.command_id = :number AND c.of = {table.number}""",
        {"number": number},
    )


def _mark_changed(connection: sqlite3.Connection, images: Images, number: int) -> None:
    """Mark the rows that differ from what the command left: changed since, or already reverted."""
    table = images.table
    before = images.same.replace("f.", "p.")
    found = connection.execute(
        f"""SELECT CASE WHEN p.id IS NULL THEN iif(t.id IS NULL, 'back', 'stays')
                WHEN {before} THEN 'back' ELSE 'stays' END, '{table.name}', f.id
            FROM {table.log} f LEFT JOIN {table.name} t ON t.id = f.id
            LEFT JOIN {table.log} p ON p.seq = (SELECT max(seq) FROM {table.log}
                WHERE id = f.id AND command_id < :number)
            WHERE f.seq IN ({journal.newest(table)}) AND NOT {images.same}""",
        {"number": number},
    ).fetchall()  # in a join with the rows, SQLite would search again for each row
    connection.executemany("UPDATE reverting SET state = ? WHERE name = ? AND id = ?", found)


def _keep_with_client(connection: sqlite3.Connection) -> int:
    """Keep all rows of clients of whom any row stays; return how many are added."""
    return connection.execute(
        """UPDATE reverting SET state = 'stays' WHERE state = 'goes' AND client IN
           (SELECT client FROM reverting WHERE state = 'stays' AND client IS NOT NULL)"""
    ).rowcount


def _keep_if_needed(connection: sqlite3.Connection, table: Table) -> int:
    """Keep rows added by the command that remaining rows refer to; return how many are added."""
    made = f"reverting.name = '{table.name}' AND reverting.made AND reverting.state = 'goes'"
    if not connection.execute(f"SELECT 1 FROM reverting WHERE {made} LIMIT 1").fetchone():
        return 0
    left = 0
    for child in TABLES.values():
        for key in connection.execute(f"PRAGMA foreign_key_list({child.name})").fetchall():
            if key[2] == table.name:
                left += connection.execute(
                    f"""UPDATE reverting SET state = 'stays' WHERE {made} AND id IN (
                            SELECT t.{key[3]} FROM {child.name} t WHERE NOT EXISTS (SELECT 1 FROM reverting r
                                WHERE r.name = '{child.name}' AND r.id = t.id AND r.state = 'goes'))"""
                ).rowcount
    return left
