"""Draw tables and label-value grids with Rich, at any width, so that nothing in a cell is cut or obeyed."""

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
_ROOMY = 12, 2
_TIGHT = 8, 1
"""How narrow a column of text may get, and the blank columns between columns; days and numbers never fold."""
_UNFOLDED = ("number", "day", "instant", "integer", "decimal", "money", "amount", "flag")
_FRAMED = 60
_TWO_BESIDE = 90
_RIGHT = ("integer", "decimal", "money", "amount", "amounts")
_STATUS = {
    "active": "green",
    "paid": "green",
    "received": "green",
    "open": "yellow",
    "part-paid": "yellow",
    "upcoming": "cyan",
    "needs-attention": "yellow",
    "ending": "yellow",
    "overdue": "yellow",
    "failed": "red",
    "disputed": "red",
    "paused": "blue",
    "expired": "dim",
    "cancelled": "dim",
    "used": "dim",
    "waived": "dim",
    "refunded": "dim",
    "voided": "dim",
    "revoked": "dim",
    "done": "dim",
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
        yield "\n".join(line.rstrip(" ") for line in buffer.getvalue().split("\n"))
        buffer.seek(0)
        buffer.truncate()


def title(text: str) -> "Text":
    """Return a line that stands above what it names."""
    return _text(text, "bold")


def table(listing: Listing, width: int | None) -> "RenderableType":
    """Return a list as a table, its texts folded where it is too wide, or as a label-value grid a row.

    Where it is too wide, columns in which nothing is are left out. A table too wide for its texts to stay
    readable is drawn tight only where that saves half the lines of the grid.
    """
    columns = listing.columns
    rows = [_cells(columns, row) for chunk in chunks(listing.rows) for row in plain_rows(columns, chunk)]
    titles = [_text(column.title) for column in columns]
    natural = _natural_widths(titles, rows)
    if width is None:
        return _table(columns, titles, rows, natural, _ROOMY[1])
    if sum(natural) + _ROOMY[1] * (len(natural) - 1) > width:
        filled = [at for at in range(len(columns)) if any(row[at] for row in rows)] or [0]
        columns, rows = tuple(columns[at] for at in filled), [[row[at] for at in filled] for row in rows]
        titles, natural = [titles[at] for at in filled], [natural[at] for at in filled]
    if fitted := _fitted(columns, natural, width, *_ROOMY):
        return _table(columns, titles, rows, fitted, _ROOMY[1])
    titles = [_text(column.title.replace(" ", "\n")) for column in columns]
    fitted = _fitted(columns, _natural_widths(titles, rows), width, *_TIGHT)
    if fitted and 2 * sum(_height(row, fitted) for row in rows) < sum(map(_grid_height, rows)):
        return _table(columns, titles, rows, fitted, _TIGHT[1])
    return _stacked(columns, rows)


def _table(
    columns: tuple[Column, ...], titles: list["Text"], rows: list[list["Text"]], widths: list[int], gap: int
) -> "RenderableType":
    from rich import box
    from rich.table import Table

    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, gap - 1, 0, 0))
    for column, heading, its_width in zip(columns, titles, widths, strict=True):
        drawn.add_column(
            heading,
            header_style="bold",
            justify="right" if column.kind in _RIGHT else "left",
            overflow="fold",
            width=its_width,  # else Rich measures: twice as slow
        )
    for row in rows:
        drawn.add_row(*row)
    return drawn


def fields(columns: tuple[Column, ...], values: tuple[str, ...], width: int | None = None) -> "RenderableType":
    """Return the fields that have a value as a grid: a label, its value; two beside each other where there is room."""
    from rich.table import Table

    cells = _cells(columns, values)
    filled = [(column, cell) for column, cell in zip(columns, cells, strict=True) if cell]
    if width is None or width < _TWO_BESIDE or len(filled) < 6:
        return _stacked(columns, [cells])
    half = -(-len(filled) // 2)
    beside = Table.grid(expand=True, padding=(0, 2, 0, 0))
    for _ in range(2):
        beside.add_column(ratio=1)
    beside.add_row(
        *(_stacked(tuple(c for c, _ in part), [[cell for _, cell in part]]) for part in (filled[:half], filled[half:]))
    )
    return beside


def panel(heading: str, inside: "RenderableType") -> "RenderableType":
    """Return a part of a card in a frame of its own."""
    from rich import box
    from rich.panel import Panel

    return Panel(inside, title=title(heading), title_align="left", box=box.ROUNDED, border_style="dim")


def framed(width: int | None) -> int | None:
    """Return the width left inside a panel; None where a card is too narrow for frames, or not on a terminal."""
    return None if width is None or width < _FRAMED else width - 4


def _stacked(columns: tuple[Column, ...], rows: list[list["Text"]]) -> "RenderableType":
    """Return a grid of labels and values, a blank line between rows."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for number, row in enumerate(rows):
        if number:
            grid.add_row()
        for column, value in zip(columns, row, strict=True):
            if value:
                grid.add_row(_text(column.title, "dim"), value)
    return grid


def _natural_widths(titles: list["Text"], rows: list[list["Text"]]) -> list[int]:
    return [max(map(_widest_line, cells)) for cells in zip(titles, *rows, strict=True)]


def _fitted(columns: tuple[Column, ...], natural: list[int], width: int, least: int, gap: int) -> list[int] | None:
    """Return the widths at which a table fits, its widest texts narrowed first; None where it can't fit."""
    for widest in range(max(least, min(width, max(natural))), least - 1, -1):
        widths = [
            its_width if column.kind in _UNFOLDED else min(its_width, widest)
            for column, its_width in zip(columns, natural, strict=True)
        ]
        if sum(widths) + gap * (len(widths) - 1) <= width:
            return widths
    return None


def _height(row: list["Text"], widths: list[int]) -> int:
    """Estimate how many lines a row takes in columns of these widths."""
    from rich.cells import cell_len

    return max(
        sum(max(1, -(-cell_len(line) // width)) for line in cell.plain.split("\n"))
        for cell, width in zip(row, widths, strict=True)
    )


def _grid_height(row: list["Text"]) -> int:
    """Estimate how many lines a row takes as a grid: one for each value, and a blank one."""
    return sum(map(bool, row)) + 1


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
