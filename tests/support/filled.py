"""Fill every table of the schema, including tables added later."""

import itertools
import re

from clientctl.store import Writer
from clientctl.store.catalog import TABLES, Table

_DAYS = (f"{1900 + number // 28}-02-{number % 28 + 1:02}" for number in itertools.count(1))
_ONE_OF_TWO = {"allocations": {"payment_id": 1}, "services": {"minutes": 60}}
"""What a row needs that no column alone tells."""
_TEXTS = map("Tok{:05}én".format, itertools.count())


def fill(db: Writer, people: list[int]) -> dict[tuple[str, str, int | None], str]:
    """Add some clients with a row in every table about each, and one more client.

    Give the text of every personal and business column, none of them anywhere else, by table, column, client.
    """
    texts: dict[tuple[str, str, int | None], str] = {}
    for table in TABLES.values():
        for person in people if table.client else [None]:
            values = row(db, table, person)
            db.insert(table.name, **values)
            for column in (*table.personal, *table.business):
                if isinstance(values[column], str):
                    texts[table.name, column, person] = values[column]
        if table.name == "clients":
            db.insert("clients", **row(db, table, max(people) + 1))
    return texts


def row(db: Writer, table: Table, person: int | None) -> dict[str, str | int | None]:
    """Return an invented row; if it also refers to another client, to the next one."""
    sql = db.value("SELECT sql FROM sqlite_schema WHERE name = ?", (table.name,))
    leads = {key[3]: key[2] for key in db.rows(f"PRAGMA foreign_key_list({table.name})")}
    values: dict[str, str | int | None] = {}
    for _, column, kind, required, default, _ in db.rows(f"PRAGMA table_info({table.name})"):
        one_of = re.search(rf"{column} [^,\n]*CHECK\({column} IN \(('?)([^,')]+)", sql)
        if column == table.client:
            values[column] = person
        elif leads.get(column) == "clients":
            values[column] = (person or 0) + 1 if required else None
        elif column in leads:
            values[column] = _referenced_id(db, leads[column], person) if required else None
        elif column in {*table.personal, *table.business}:
            values[column] = None if kind == "INTEGER" else next(_DAYS if column.endswith("_on") else _TEXTS)
        elif column != "id" and required and default is None:
            values[column] = one_of[2] if one_of else _plain(column, kind)
    return values | _ONE_OF_TWO.get(table.name, {})


def _referenced_id(db: Writer, table: str, person: int | None) -> int:
    """Return the id of the row to refer to: the same person's if there are several."""
    return db.command if table == "commands" else person if person and TABLES[table].client else 1


def _plain(column: str, kind: str) -> str | int:
    if kind == "INTEGER":
        return 1
    fixed = {"_on": "2026-01-31", "_at": "2026-01-31T09:00:00Z", "cy": "EUR"}
    return next((value for end, value in fixed.items() if column.endswith(end)), None) or next(_TEXTS)
