"""Lookup by name: by the whole name or, where a wrong match does no harm, by its beginning if that is unique."""

from collections.abc import Mapping

from clientctl.base import text
from clientctl.base.listing import Cell
from clientctl.base.words import say
from clientctl.errors import AmbiguousError
from clientctl.store import Reader
from clientctl.store.catalog import TABLES

_BEYOND = "\U0010ffff"
"""Sorts after every folded text."""

_SHOWN = 10
"""How many names an error lists when several begin alike."""


def find_all(
    db: Reader, table: str, typed: str, *, exactly: bool, among: str = "1", values: Mapping[str, Cell] | None = None
) -> list[tuple[int, str]]:
    """List the ids and names of the rows whose name is what was typed, else of those whose name begins with it.

    By their beginning, archived rows match only when no row in use does. ``among`` is a further condition, in SQL.
    """
    key = text.fold(typed)
    select = f"SELECT id, name FROM {table} WHERE ({among}) AND"
    parameters = {"key": key, "end": key + _BEYOND, **(values or {})}
    found = db.rows(f"{select} name_key = :key ORDER BY id", parameters)
    if found or exactly or not key:
        return [(each, name) for each, name in found]
    begins = f"{select} name_key >= :key AND name_key < :end"
    in_use = "archived_on IS NULL" if "archived_on" in TABLES[table].neutral else "1"
    order = "ORDER BY name_key, id"
    found = db.rows(f"{begins} AND {in_use} {order}", parameters) or db.rows(f"{begins} {order}", parameters)
    return [(each, name) for each, name in found]


def find_id(
    db: Reader,
    table: str,
    typed: str,
    *,
    exactly: bool = False,
    among: str = "1",
    values: Mapping[str, Cell] | None = None,
) -> int | None:
    """Find the id of the one row that a name matches; None when there is none.

    Raise AmbiguousError, which lists the matches, when several names begin with it.
    """
    found = find_all(db, table, typed, exactly=exactly, among=among, values=values)
    if len(found) > 1:
        raise ambiguous_error(typed, [name for _, name in found])
    return found[0][0] if found else None


def ambiguous_error(typed: str, names: list[str]) -> AmbiguousError:
    """Build the error that lists the names which begin alike."""
    more = [say("… and {names} more", names=len(names) - _SHOWN)] if len(names) > _SHOWN else []
    return AmbiguousError(
        say("{names} names begin with {typed}: type more of the name", names=len(names), typed=text.quoted(typed)),
        [*names[:_SHOWN], *more],
    )
