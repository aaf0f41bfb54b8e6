"""Conditions that a client has a row in another table, as filters ask for it."""

from collections.abc import Sequence

from clientctl.base.listing import Cell
from clientctl.store import Reader

FEW = 2_000
"""The most clients looked up beforehand, within a millisecond; of more, about every hundredth client is one."""


class Parameters:
    """The parameters of one SQL statement: a name of its own for each value."""

    def __init__(self) -> None:
        self.values: dict[str, Cell] = {}

    def name(self, value: Cell) -> str:
        """Add a value; return its parameter."""
        name = f"f{len(self.values)}"
        self.values[name] = value
        return f":{name}"

    def names(self, values: Sequence[Cell]) -> str:
        """Add several values; return their parameters, for ``IN``."""
        return ", ".join(self.name(value) for value in values)


def build_has_row(db: Reader, parameters: Parameters, rows: str, test: str, each: str | None = None) -> str:
    """Return the condition that a client has a row in a table that passes a test; the table has an index for it.

    This is the one place that decides how such clients are found. If they are few, their ids are looked up here.
    If they are many, the test runs for one client after another until a page is full, which is soon. The other way
    round, both would be slow. ``each`` is the test for one client, where it is written differently.
    """
    import json

    values = {**parameters.values, "today": db.today.isoformat()}
    found = db.rows(f"SELECT {_client_column(rows)} FROM {rows} WHERE {test} LIMIT {FEW + 1}", values)
    if len(found) > FEW:
        return build_each_has_row(rows, each or test)
    return f"c.id IN (SELECT value FROM json_each({parameters.name(json.dumps([row[0] for row in found]))}))"


def build_each_has_row(rows: str, test: str) -> str:
    """Return the condition that runs a test for one client after another; ``rows`` is the table and its alias."""
    return f"EXISTS (SELECT 1 FROM {rows} WHERE {_client_column(rows)} = c.id AND {test})"


def _client_column(rows: str) -> str:
    return f"{rows.split()[1]}.client_id"
