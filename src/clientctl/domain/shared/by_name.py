"""Find what goes by a name: the whole of it, or, where a miss does no harm, its beginning if nothing else begins so."""

from collections.abc import Mapping

from clientctl.base import text
from clientctl.base.listing import Cell
from clientctl.errors import AmbiguousError
from clientctl.store import Reader
from clientctl.store.catalog import TABLES

_BEYOND = "\U0010ffff"
"""Sorts after every folded text."""

_SHOWN = 10
"""How many are named when several begin alike."""


def fitting(
    db: Reader, table: str, typed: str, *, exactly: bool, among: str = "1", values: Mapping[str, Cell] | None = None
) -> list[tuple[int, str]]:
    """List the ids and names of the rows of a table whose name is what was typed, else those whose name begins so.

    Archived ones begin so only when none in use does. ``among`` is a further condition, in SQL.
    """
    key = text.fold(typed)
    select = f"SELECT id, name FROM {table} WHERE ({among}) AND"
    asked = {"key": key, "end": key + _BEYOND, **(values or {})}
    found = db.rows(f"{select} name_key = :key ORDER BY id", asked)
    if found or exactly or not key:
        return [(each, name) for each, name in found]
    begins = f"{select} name_key >= :key AND name_key < :end"
    in_use = "archived_on IS NULL" if "archived_on" in TABLES[table].neutral else "1"
    order = "ORDER BY name_key, id"
    found = db.rows(f"{begins} AND {in_use} {order}", asked) or db.rows(f"{begins} {order}", asked)
    return [(each, name) for each, name in found]


def id_of(
    db: Reader,
    table: str,
    typed: str,
    *,
    exactly: bool = False,
    among: str = "1",
    values: Mapping[str, Cell] | None = None,
) -> int | None:
    """Find the one row of a table that is meant by its name; None when there is none.

    Raise AmbiguousError naming those that begin so.
    """
    found = fitting(db, table, typed, exactly=exactly, among=among, values=values)
    if len(found) > 1:
        raise several(typed, [name for _, name in found])
    return found[0][0] if found else None


def several(typed: str, names: list[str]) -> AmbiguousError:
    """Make the error that lists the names which begin alike."""
    more = [f"… and {len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
    return AmbiguousError(
        f"{len(names)} names begin with {text.quoted(typed)}: say more of the one", [*names[:_SHOWN], *more]
    )
