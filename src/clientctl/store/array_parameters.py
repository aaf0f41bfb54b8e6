"""Bind many values to one parameter: the statement is the same for any number, so it is prepared once."""

from collections.abc import Iterable

AMONG = "(SELECT value FROM json_each(?))"
"""SQL for after ``IN``; the parameter is the result of ``json_array``."""

AMONG_IDS = "(SELECT value FROM json_each(:ids))"
"""The same for named parameters."""


def json_array(values: Iterable[int | str]) -> str:
    """Return values as a JSON array."""
    import json  # slow, and seldom needed

    return json.dumps(list(values), ensure_ascii=False)
