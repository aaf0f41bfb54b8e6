"""The currency column of a list: always in JSON, in a table only if a row has an unusual currency."""

from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, cast

from clientctl.base.listing import Cell, Column, Listing

CURRENCY = Column("currency", "Currency")

Row = tuple[Cell, ...]


def add_currency(listing: Listing) -> Listing:
    """Return a list with a last column for the currency of its amounts, if it has amounts and no such column."""
    at = _amount_places(listing.columns)
    if not at or CURRENCY.key in (column.key for column in listing.columns):
        return listing
    return listing._replace(columns=(*listing.columns, CURRENCY), rows=_Rows(listing.rows, at))


def add_currency_if_needed(listing: Listing, usual: str) -> Listing:
    """Return a list with that column after the first amount if any row has another currency than usual."""
    places = [place for place, column in enumerate(listing.columns) if column.key != CURRENCY.key]
    columns = [listing.columns[place] for place in places]
    rows: list[Row] = [tuple(row[place] for place in places) for row in listing.rows]
    at = _amount_places(columns)
    found = [_currency_of(row, at) for row in rows]
    if not set(found) <= {None, usual}:
        beside = at[0] + 1  # the first amount, as a narrow terminal may leave out the others
        columns.insert(beside, CURRENCY)
        rows = [(*row[:beside], each, *row[beside:]) for row, each in zip(rows, found, strict=True)]
    return listing._replace(columns=tuple(columns), rows=rows)


def _amount_places(columns: Sequence[Column]) -> list[int]:
    """Return the places of the columns of amounts without a currency."""
    return [place for place, column in enumerate(columns) if column.kind == "money"]


def _currency_of(row: Row, at: list[int]) -> str | None:
    """Return the currency of a row's amounts; None if it has no amounts."""
    return next((str(row[place])[-3:] for place in at if row[place] is not None), None)


class _Rows:
    """The rows of a list, each with its currency appended; as often iterable as the original rows."""

    def __init__(self, rows: Iterable[Row], at: list[int]) -> None:
        self._rows, self._at = rows, at

    def __iter__(self) -> Iterator[Row]:
        first, *others = self._at
        for row in self._rows:
            amount: Any = row[first]  # nearly always there: calling a function for each row would double the time
            yield (*row, amount[-3:] if amount else _currency_of(row, others))

    def __len__(self) -> int:
        return len(cast(Sized, self._rows))
