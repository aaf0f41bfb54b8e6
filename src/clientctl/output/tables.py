"""Draw tables and label-value grids with Rich at any width; nothing in a cell is cut or acted on."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base.cell_text import chunks, format_rows_for_people
from clientctl.base.currencies import CURRENCY
from clientctl.base.listing import Column, Listing
from clientctl.base.text import show_controls
from clientctl.base.words import say

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

_UNLIMITED = 1_000_000
_NARROWEST = 20
_GAP = 2
"""Blank columns between columns."""
_MINIMUM_TEXT = 24
"""The least width of a column of longer text; words are never narrowed."""
_UNFOLDED = ("number", "day", "instant", "integer", "decimal", "money", "amount", "flag", "phone")
_FRAME_WIDTH = 60
_TWO_COLUMN_WIDTH = 90
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


class RenderedTable(NamedTuple):
    """A drawn table, and the keys of the columns that were left out of it."""

    drawn: "RenderableType"
    left_out: tuple[str, ...]


class _Size(NamedTuple):
    """The natural width of a column, and the least it may get."""

    natural: int
    least: int


def draw(parts: Iterable["RenderableType"], width: int | None, *, color: bool) -> Iterator[str]:
    """Render parts as text; without a width everything takes what it needs.

    Without color there are no escape codes at all. A terminal narrower than 20 wraps lines itself.
    """
    import io

    from rich.console import Console

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=_UNLIMITED if width is None else max(width, _NARROWEST),
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


def make_title(text: str) -> "Text":
    """Return a text as a heading."""
    return _make_text(text, "bold")


def make_table(listing: Listing, width: int | None) -> RenderedTable:
    """Return a list as a table in which no word, number, day, phone or e-mail is cut or wrapped.

    If it is too wide, long texts are wrapped at words; then columns are left out: first empty ones, then
    the last ones, but never the first.
    """
    columns = listing.columns
    rows = [
        _make_cells(columns, row) for chunk in chunks(listing.rows) for row in format_rows_for_people(columns, chunk)
    ]
    titles = [_make_text(say(column.title)) for column in columns]
    cells = list(zip(*rows, strict=True)) or [()] * len(columns)
    if width is not None:
        width = max(width, _NARROWEST)
    sizes = [_measure(*each, width) for each in zip(columns, titles, cells, strict=True)]
    shown = range(len(columns)) if width is None else _fit_columns(sizes, width, _rank_columns(columns, cells))
    widths = _column_widths([sizes[at] for at in shown], width)
    drawn = _draw_table(
        [columns[at] for at in shown], [titles[at] for at in shown], [[row[at] for at in shown] for row in rows], widths
    )
    return RenderedTable(drawn, tuple(column.key for at, column in enumerate(columns) if at not in shown))


def _measure(column: Column, title: "Text", cells: Iterable["Text"], width: int | None) -> _Size:
    """Measure a column. Words that are too long for any line are folded anyway, and ignored."""
    natural = max(map(_widest_line, cells), default=0)
    folds = natural > _MINIMUM_TEXT and column.kind not in _UNFOLDED
    least = max(_MINIMUM_TEXT, *(_widest_word(cell, width) for cell in cells)) if folds else natural
    return _Size(max(natural, _widest_line(title)), max(least, _widest_word(title, width)))


def _rank_columns(columns: Sequence[Column], cells: Sequence[Iterable["Text"]]) -> list[int]:
    """Return the places of columns by importance: a currency before its amount, empty ones last."""
    amounts = next((at for at, column in enumerate(columns) if column.kind == "money"), 0)

    def rank(at: int) -> tuple[bool, float]:
        place = amounts - 0.5 if columns[at].key == CURRENCY.key and amounts else at
        return bool(at) and not any(cells[at]), place

    return sorted(range(len(columns)), key=rank)


def _fit_columns(sizes: Sequence[_Size], width: int, order: Sequence[int]) -> list[int]:
    """Return the places of the most important columns that fit, at least one."""
    needed = -_GAP
    for count, at in enumerate(order):
        needed += min(sizes[at].least, width) + _GAP
        if needed > width and count:
            return sorted(order[:count])
    return sorted(order)


def _column_widths(sizes: Sequence[_Size], width: int | None) -> list[int]:
    """Return the width of each column, the widest narrowed first."""
    if width is None:
        return [size.natural for size in sizes]
    room = width - _GAP * (len(sizes) - 1)
    for widest in range(width, 0, -1):
        widths = [max(min(size.natural, widest), min(size.least, width)) for size in sizes]
        if sum(widths) <= room:
            break
    return widths


def _draw_table(
    columns: Sequence[Column], titles: Sequence["Text"], rows: Sequence[Sequence["Text"]], widths: Sequence[int]
) -> "RenderableType":
    from rich import box
    from rich.table import Table as Drawn

    drawn = Drawn(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, _GAP - 1, 0, 0))
    for column, heading, its_width in zip(columns, titles, widths, strict=True):
        drawn.add_column(
            heading,
            header_style="bold",
            justify="right" if column.kind in _RIGHT else "left",
            overflow="fold",
            width=its_width,  # or Rich measures again: twice as slow
        )
    for row in rows:
        drawn.add_row(*row)
    return drawn


def make_fields(columns: Sequence[Column], values: Sequence[str], width: int | None = None) -> "RenderableType":
    """Return the fields that have a value as a grid of labels and values, in two columns if there is room."""
    from rich.table import Table as Drawn

    cells = [_make_cell(column, value) for column, value in zip(columns, values, strict=True)]
    filled = [(column, cell) for column, cell in zip(columns, cells, strict=True) if cell]
    half = -(-len(filled) // 2)
    halves = filled[:half], filled[half:]
    of_half = (width - _GAP) // 2 if width else 0
    if (
        not width
        or width < _TWO_COLUMN_WIDTH
        or len(filled) < 6
        or any(_width_beside(each, width) > of_half for each in halves)
    ):
        return _make_grid(filled, width)
    both = Drawn.grid(padding=(0, _GAP, 0, 0))
    for _ in halves:
        both.add_column(width=of_half)
    both.add_row(*(_make_grid(each, of_half) for each in halves))
    return both


def _width_beside(fields: Sequence[tuple[Column, "Text"]], width: int) -> int:
    """Return the width of labels and values side by side, with no word folded."""
    return (
        _label_width(fields)
        + _GAP
        + max(_measure(column, _make_text(""), [cell], width).least for column, cell in fields)
    )


def _label_width(fields: Sequence[tuple[Column, "Text"]]) -> int:
    return max((_widest_line(_make_text(say(column.title))) for column, _ in fields), default=0)


def _make_grid(fields: Sequence[tuple[Column, "Text"]], width: int | None) -> "RenderableType":
    """Return labels and values, one line each; labels above the values if they don't fit side by side."""
    from rich.table import Table as Drawn

    grid = Drawn.grid(padding=(0, _GAP, 0, 0))
    if width and fields and _width_beside(fields, width) > width:
        grid.add_column(overflow="fold")
        for column, value in fields:
            grid.add_row(_make_text(say(column.title), "dim"))
            grid.add_row(value)
        return grid
    grid.add_column(width=_label_width(fields))
    grid.add_column(overflow="fold")
    for column, value in fields:
        grid.add_row(_make_text(say(column.title), "dim"), value)
    return grid


def make_panel(heading: str, inside: "RenderableType", width: int) -> "RenderableType":
    """Return a part of a card in a frame with a heading; a heading that is too long goes inside."""
    from rich import box
    from rich.console import Group
    from rich.panel import Panel

    above = make_title(heading)
    if _widest_line(above) > width - 2:
        return Panel(Group(above, inside), box=box.ROUNDED, border_style="dim")
    return Panel(inside, title=above, title_align="left", box=box.ROUNDED, border_style="dim")


def width_in_frame(width: int | None) -> int | None:
    """Return the width inside a panel; None if there is no room for frames, or no terminal."""
    return None if width is None or width < _FRAME_WIDTH else width - 4


def _widest_line(text: "Text") -> int:
    from rich.cells import cell_len

    return max(map(cell_len, text.plain.split("\n")))


def _widest_word(text: "Text", width: int | None) -> int:
    """Return the width of the widest word, ignoring those that are longer than a line."""
    from rich.cells import cell_len

    return max((each for each in map(cell_len, text.plain.split()) if width is None or each <= width), default=0)


def _make_cells(columns: Sequence[Column], row: Sequence[str]) -> list["Text"]:
    return [_make_cell(column, value) for column, value in zip(columns, row, strict=True)]


def _make_cell(column: Column, value: str) -> "Text":
    if column.kind == "status":
        return _make_text(say(value, "status"), _STATUS.get(value.split(" ", 1)[0], ""))
    if column.kind == "flag":
        return _make_text(say(value))
    return _make_text(value)


def _make_text(value: str, style: str = "") -> "Text":
    """Return a text without markup: line ends kept, all other controls shown."""
    from rich.text import Text

    lines = value.replace("\r\n", "\n").replace("\t", " ").split("\n")
    return Text("\n".join(map(show_controls, lines)), style)
