"""Cells of each kind as plain text, JSON and CSV: one definition for screens and files.

Lists are rendered a chunk of rows at a time, column by column: ten times faster than cell by
cell, and never all in memory.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from clientctl.base.currencies import add_currency
from clientctl.base.joined_names import join_for_people
from clientctl.base.listing import SEPARATOR, Card, Cell, Column, Kind, Listing
from clientctl.base.text import pattern

_ROWS_AT_ONCE = 1000
_HIDDEN = "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
"""Characters that a terminal may act on or hide, beyond the controls that every JSON encoder escapes."""


def chunks(rows: Iterable[tuple[Cell, ...]]) -> Iterator[list[tuple[Cell, ...]]]:
    """Yield rows in lists of a thousand."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, _ROWS_AT_ONCE)):
        yield chunk


@lru_cache(maxsize=10_000)
def format_money(cell: str) -> str:
    """Return an amount without its currency: ``4990 EUR`` is ``49.90``."""
    from clientctl.base import money  # only if one is shown

    return money.format_amount(money.parse_cell(cell))


def format_amount(cell: str) -> str:
    """Return an amount with its currency: ``49.90 EUR``."""
    return f"{format_money(cell)} {cell[-3:]}"


_PLAIN: dict[Kind, Callable[[Any], str]] = {
    "integer": str,
    "money": format_money,
    "amount": format_amount,
    "amounts": lambda cell: " + ".join(map(format_amount, cell.split(SEPARATOR))),
    "flag": lambda cell: "yes" if cell else "no",
    "words": lambda cell: join_for_people(cell.split(SEPARATOR)),
}


def format_plain(kind: Kind, cells: Iterable[Any]) -> list[str]:
    """Return cells of one kind as text: ``49.90``, ``49.90 EUR``, ``yes``, ``a, b``; None is ``""``."""
    convert = _PLAIN.get(kind)
    if convert is None:
        return ["" if cell is None else cell for cell in cells]
    return ["" if cell is None else convert(cell) for cell in cells]


def format_rows(columns: tuple[Column, ...], chunk: list[tuple[Cell, ...]]) -> list[tuple[str, ...]]:
    """Return rows as plain text for programs."""
    return _rows(columns, chunk, format_plain)


def format_rows_for_people(columns: tuple[Column, ...], chunk: list[tuple[Cell, ...]]) -> list[tuple[str, ...]]:
    """Return rows as plain text for people, with phone numbers in groups."""
    return _rows(columns, chunk, format_for_people)


def format_for_people(kind: Kind, cells: Iterable[Any]) -> list[str]:
    """Return cells of one kind as text for people: as `format_plain` does, but phone numbers in groups."""
    if kind != "phone":
        return format_plain(kind, cells)
    from clientctl.base import phones  # slow, only if one is shown

    return ["" if cell is None else phones.format_for_people(cell) for cell in cells]


def _rows(
    columns: tuple[Column, ...], chunk: list[tuple[Cell, ...]], texts: Callable[[Kind, Iterable[Any]], list[str]]
) -> list[tuple[str, ...]]:
    cells = zip(*chunk, strict=True)
    return list(zip(*[texts(column.kind, c) for column, c in zip(columns, cells, strict=True)], strict=True))


def csv_text(
    listing: Listing, *, change: Callable[[str], str] | None = None, for_people: bool = False
) -> Iterator[str]:
    """Yield a list as RFC 4180 with a header of keys, each cell passed through ``change`` first."""
    rows_of = format_rows_for_people if for_people else format_rows
    import csv
    import io

    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([column.key for column in listing.columns])
    for chunk in chunks(listing.rows):
        rows = rows_of(listing.columns, chunk)
        writer.writerows(rows if change is None else [map(change, row) for row in rows])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def json_array(listing: Listing) -> Iterator[str]:
    """Yield a list as a JSON array, one object per line."""
    opening = "[\n"
    for objects in _json_objects(listing):
        yield opening + _escape(",\n".join(objects))
        opening = ",\n"
    yield "[]\n" if opening == "[\n" else "\n]\n"


def json_lines(listing: Listing) -> Iterator[str]:
    """Yield a list as JSON objects, one per line."""
    for objects in _json_objects(listing):
        yield _escape("\n".join(objects)) + "\n"


def json_card(card: Card, *, indent: bool) -> str:
    """Return a record as one JSON object: its fields, then an array for each of its sections.

    Indented, each field is on a line of its own; otherwise all is one line. No line end follows.
    """
    fields = add_currency(Listing(card.columns, [card.values]))
    values = zip(fields.columns, next(iter(fields.rows)), strict=True)
    members = {column.key: _json(column.kind, (value,))[0] for column, value in values}
    for key, (_, listing) in card.sections.items():
        objects = [text for chunk in _json_objects(listing) for text in chunk]
        members[key] = _bracket("[]", objects, "    " if indent else "")
    items = [f'"{key}": {text}' for key, text in members.items()]
    return _escape(_bracket("{}", items, "  " if indent else ""))


def _bracket(brackets: str, items: list[str], indent: str) -> str:
    """Return items in brackets: on one line without an indent, otherwise one item per line."""
    if not items or not indent:
        return brackets[0] + ", ".join(items) + brackets[1]
    return f"{brackets[0]}\n{indent}" + f",\n{indent}".join(items) + f"\n{indent[:-2]}{brackets[1]}"


def _json_objects(listing: Listing) -> Iterator[list[str]]:
    """Yield rows as JSON objects, one list per chunk; the caller applies `_escape`."""
    listing = add_currency(listing)
    template = "{" + ", ".join(f'"{column.key}": %s' for column in listing.columns) + "}"
    for chunk in chunks(listing.rows):
        cells = zip(*chunk, strict=True)
        columns = [_json(column.kind, c) for column, c in zip(listing.columns, cells, strict=True)]
        yield [template % row for row in zip(*columns, strict=True)]


def _json(kind: Kind, cells: Iterable[Any]) -> list[str]:
    """Return cells of one kind as JSON; None is ``null``, or ``[]`` for words and amounts."""
    from json.encoder import encode_basestring as quoted

    if kind in {"integer", "decimal"}:
        return ["null" if cell is None else str(cell) for cell in cells]
    if kind == "flag":
        return ["null" if cell is None else "true" if cell else "false" for cell in cells]
    if kind == "money":
        return [quoted(format_money(cell)) if cell else "null" for cell in cells]
    if kind == "amount":
        return [_json_amount(cell) if cell else "null" for cell in cells]
    if kind in {"amounts", "words"}:
        one = _json_amount if kind == "amounts" else quoted
        return ["[" + ", ".join(map(one, cell.split(SEPARATOR))) + "]" if cell else "[]" for cell in cells]
    return [quoted(cell) if cell else "null" for cell in cells]


def _json_amount(cell: str) -> str:
    return f'{{"amount": "{format_money(cell)}", "currency": "{cell[-3:]}"}}'


def _escape(text: str) -> str:
    """Escape characters that JSON allows in a string but a terminal may act on, like C1 and bidi controls."""
    if text.replace("\n", "").isprintable():  # three times as fast, and nearly always so
        return text
    from json.encoder import encode_basestring_ascii as quoted

    return pattern(_HIDDEN).sub(lambda found: quoted(found[0])[1:-1], text)
