"""Refuse to store personal data about erased people again."""

import sqlite3
from typing import NamedTuple

from clientctl.base.words import say
from clientctl.errors import RefusedError
from clientctl.store import journal
from clientctl.store.catalog import Table, title_of


class PersonalData(NamedTuple):
    """Data stored about an erased person by a command: a row of a table, or only one of its columns."""

    client_id: int
    erased_on: str
    table: Table
    column: str | None


def check(connection: sqlite3.Connection, command: int) -> None:
    """Raise RefusedError if a command, before its commit, has stored personal data about an erased person.

    If nobody was erased, this costs one query of an empty table.
    """
    erased = connection.execute("SELECT 1 FROM erasures LIMIT 1").fetchone()
    found = find(connection, command) if erased else None
    if found is None:
        return
    whose = say(
        "Anonymous #{client_id} was erased on {erased_on}", client_id=found.client_id, erased_on=found.erased_on
    )
    if found.column is None:
        raise RefusedError(
            say(
                "{whose}: no {singular} of theirs can be stored; leave them out",
                whose=whose,
                singular=found.table.singular,
            )
        )
    of = "" if found.table.client == "id" else say(" with a {singular} of theirs", singular=found.table.singular)
    raise RefusedError(
        say("{whose}: no {column} can be stored{of}; leave it out", whose=whose, column=title_of(found.column), of=of)
    )


def find(connection: sqlite3.Connection, command: int) -> PersonalData | None:
    """Find the first personal data about an erased person in the rows that a command changed."""
    for table in journal.list_touched(connection, command):
        if table.goes or table.personal:
            for lead in person_columns(connection, table):
                if found := _find(connection, table, lead, command):
                    return found
    return None


def person_columns(connection: sqlite3.Connection, table: Table) -> list[str]:
    """List the columns that refer to the person of a row; for rows deleted on erasing, all that refer to a client."""
    if not table.goes:
        return [str(table.client)]
    return [key[3] for key in connection.execute(f"PRAGMA foreign_key_list({table.name})") if key[2] == "clients"]


def _find(connection: sqlite3.Connection, table: Table, lead: str, command: int) -> PersonalData | None:
    columns = () if table.goes else table.personal
    held = " OR ".join(f"t.{column} IS NOT NULL" for column in columns) or "1"
    row = connection.execute(
        f"""SELECT {", ".join(("e.id", "e.erased_on", *(f"t.{column}" for column in columns)))}
            FROM changes k CROSS JOIN {table.name} t ON t.id = k.id CROSS JOIN clients e ON e.id = t.{lead}
            WHERE k.command_id = ? AND k.of = ? AND e.erased_on IS NOT NULL AND ({held}) LIMIT 1""",
        (command, table.number),
    ).fetchone()
    if row is None:
        return None
    client_id, erased_on, *values = row
    column = next((name for name, value in zip(columns, values, strict=True) if value is not None), None)
    return PersonalData(client_id, erased_on, table, column)
