"""Bind many values to one parameter: the statement is the same for any number of them, and SQLite keeps one of it."""

from collections.abc import Iterable

AMONG = "(SELECT value FROM json_each(?))"
"""What ``IN`` is followed by, the parameter being what ``json_array`` gives."""

AMONG_IDS = "(SELECT value FROM json_each(:ids))"
"""The same where parameters have names."""


def json_array(values: Iterable[int | str]) -> str:
    """Return values as a JSON array."""
    import json  # slow, and needed where there are several

    return json.dumps(list(values), ensure_ascii=False)
