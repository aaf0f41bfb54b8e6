"""A record of what was typed about whom, to know what erasing a person must remove, also from the past."""

import hashlib
import re
from collections import defaultdict
from pathlib import Path

from looking import Dump, Row, look
from sequences import SAME, WORD

from clientctl.store.catalog import TABLES, Table

TOLD_APART = re.compile(r"zq\d{6}xw|\+33612\d{6}|\b[0-9a-f]{64}\b", re.IGNORECASE)
"""The texts of WORD and PHONE, and the digests of files, which identify the person of a value."""

SHARED = hashlib.sha256(SAME.encode()).hexdigest()
"""The digest of a file that several people may have."""


class Memory:
    """Every row about a client that ever existed, and where each text was first typed."""

    def __init__(self, path: Path) -> None:
        self.leads = {table.name: person_columns(path, table) for table in TABLES.values() if table.client}
        """The columns that refer to the person of a row, by table."""
        self.texts: list[str] = []
        """All texts that must not exist anywhere."""
        self.rows: dict[tuple[str, object], Row] = {}
        """The newest image of every row about a client that ever existed."""
        self.homes: dict[str, set[tuple[str, object]]] = {}
        """The rows into which each unique text was typed, not those it was moved to later."""
        self.mates: defaultdict[object, set[object]] = defaultdict(set)
        """The clients that each client was ever merged with."""
        self.blurs: defaultdict[int, set[object]] = defaultdict(set)
        """The clients whose past state after a command is no longer exact, by the command's number."""

    def learn(self, state: Dump) -> None:
        homes = defaultdict(set)
        for table in self.leads:
            for row in state[table]:
                key = table, row["id"]
                if self.rows.get(key) != row:
                    self.rows[key] = row
                    for text in TOLD_APART.findall(" ".join(cell for cell in row.values() if isinstance(cell, str))):
                        if text != SHARED:
                            homes[text.lower()].add(key)
                    if row.get("merged_into"):
                        self.mates[row["id"]].add(row["merged_into"])
        self.homes = homes | self.homes

    def forget(self, people: set[object], states: dict[int, Dump]) -> dict[int, Dump]:
        """Remove people from past states, and return these.

        For clients temporarily merged with them, the past no longer has their data.
        """
        gone = {key for key, row in self.rows.items() if people & {row[column] for column in self.leads[key[0]]}}
        self.homes = {text: homes - gone for text, homes in self.homes.items()}
        self.texts = [each for text, homes in self.homes.items() if not homes for each in spellings(text)]
        for number in states:
            self.blurs[number].update(*(self.mates[each] for each in people))
        return {number: without_rows(state, gone) for number, state in states.items()}

    def blurred(self, number: int, state: Dump) -> Dump:
        """Return a state without the rows that may have lost data of erased people."""
        unclear = {
            (name, row["id"])
            for name in self.leads
            for row in state[name]
            if row[str(TABLES[name].client)] in self.blurs[number]
        }
        return without_rows(state, unclear)


def spellings(text: str) -> list[str]:
    """Return the forms of a text in the file: as typed or in lower case; a phone without its country."""
    if text.startswith("zq"):
        return [text, WORD.format(int(text[2:8]))]
    return [text.removeprefix("+33")]


def without_rows(state: Dump, gone: set[tuple[str, object]]) -> Dump:
    """Return the tables after some rows lose their personal data."""
    return {
        name: [row for row in (blank(name, row) if (name, row["id"]) in gone else row for row in rows) if row]
        for name, rows in state.items()
    }


def blank(name: str, row: Row) -> Row | None:
    return None if TABLES[name].goes else row | dict.fromkeys(TABLES[name].personal)


def person_columns(path: Path, table: Table) -> list[str]:
    """List the columns that refer to the person of a row; for deleted rows, all that refer to a client."""
    if not table.goes:
        return [str(table.client)]
    with look(path) as db:
        return [key[3] for key in db.rows(f"PRAGMA foreign_key_list({table.name})") if key[2] == "clients"]
