"""Draw tables and label-value grids with Rich, at any width, so that nothing in a cell is cut or obeyed."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from clientctl.base.listing import Column, Listing
from clientctl.base.render import chunks, plain_rows
from clientctl.base.text import inert

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_NATURAL = 1_000_000
_NARROWEST = 20
_WRAPPED = 12
_GAP = 2
"""Blank columns between columns."""
_UNFOLDED = ("number", "day", "instant", "integer", "money", "flag")
_RIGHT = ("integer", "money")
_STATUS = {
    "active": "green",
    "paid": "green",
    "upcoming": "cyan",
    "needs-attention": "yellow",
    "ending": "yellow",
    "overdue": "yellow",
    "failed": "red",
    "disputed": "red",
    "paused": "blue",
    "expired": "dim",
    "cancelled": "dim",
}


def draw(parts: Iterable["RenderableType"], width: int | None, *, color: bool) -> Iterator[str]:
    """Turn what Rich can render into text; without a width everything takes what it needs.

    Without colour there is no escape code at all. A terminal narrower than 20 folds by itself.
    """
    import io

    from rich.console import Console

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=_NATURAL if width is None else max(width, _NARROWEST),
        height=25,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for part in parts:
        console.print(part)
        yield re.sub(" +$", "", buffer.getvalue(), flags=re.MULTILINE)
        buffer.seek(0)
        buffer.truncate()


def title(text: str) -> "Text":
    """Return a line that stands above what it names."""
    return _text(text, "bold")


def table(listing: Listing, width: int | None) -> "RenderableType":
    """Return a list as a table, or as one label-value grid a row when it is too wide for that."""
    from rich import box
    from rich.table import Table

    columns = listing.columns
    rows = [_cells(columns, row) for chunk in chunks(listing.rows) for row in plain_rows(columns, chunk)]
    titles = [_text(column.title) for column in columns]
    natural = [max(map(_widest_line, cells)) for cells in zip(titles, *rows, strict=True)]
    if width is not None and _total(_least_widths(columns, natural)) > width:
        return _stacked(columns, rows)
    fits = width is None or _total(natural) <= width
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for column, title, its_width in zip(columns, titles, natural, strict=True):
        drawn.add_column(
            title,
            header_style="bold",
            justify="right" if column.kind in _RIGHT else "left",
            overflow="fold",
            no_wrap=column.kind in _UNFOLDED,
            width=its_width if fits else None,  # else Rich measures and shrinks: twice as slow
        )
    for row in rows:
        drawn.add_row(*row)
    return drawn


def fields(columns: tuple[Column, ...], values: tuple[str, ...]) -> "RenderableType":
    """Return the fields that have a value as a grid: a label, its value."""
    return _stacked(columns, [_cells(columns, values)])


def _stacked(columns: tuple[Column, ...], rows: list[list["Text"]]) -> "RenderableType":
    """Return a grid of labels and values, a blank line between rows."""
    from rich.table import Table

    grid = Table.grid(padding=(0, _GAP, 0, 0))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for number, row in enumerate(rows):
        if number:
            grid.add_row()
        for column, value in zip(columns, row, strict=True):
            if value:
                grid.add_row(_text(column.title, "dim"), value)
    return grid


def _least_widths(columns: tuple[Column, ...], natural: list[int]) -> list[int]:
    """Return how narrow columns may get and still be read: text folds at 12, days and numbers never."""
    return [
        width if column.kind in _UNFOLDED else min(width, _WRAPPED)
        for column, width in zip(columns, natural, strict=True)
    ]


def _total(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _widest_line(text: "Text") -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.plain.split("\n")))


def _cells(columns: tuple[Column, ...], row: tuple[str, ...]) -> list["Text"]:
    return [_cell(column, value) for column, value in zip(columns, row, strict=True)]


def _cell(column: Column, value: str) -> "Text":
    if column.kind == "status":
        return _text(value, _STATUS.get(value.split(" ", 1)[0], ""))
    return _text(value)


def _text(value: str, style: str = "") -> "Text":
    """Return text as it is, never read as markup: line ends kept, all other controls inert."""
    from rich.text import Text

    lines = value.replace("\r\n", "\n").replace("\t", " ").split("\n")
    return Text("\n".join(map(inert, lines)), style)
