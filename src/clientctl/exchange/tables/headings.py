"""Find the header row of a sheet below any lines of text; name the columns if there is none."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from clientctl.base.emails import looks_like
from clientctl.base.phones import looks_like_phone
from clientctl.base.words import say
from clientctl.errors import BadInputError, UsageError

MOST_COLUMNS = 1_000

_LOOKED = 30
"""How many first rows are searched for the names of columns."""

_PHONE_DIGITS = 8


def _none(_cells: Sequence[str]) -> int:
    return 0


class SheetRow(NamedTuple):
    """A row: the line it starts on as an editor counts, its cells, and why it can't be used, if so.

    A good row has as many cells as the header. A bad one has those that were read; when not even cells
    can be told apart, one with the whole line.
    """

    line: int
    cells: list[str]
    problem: str | None = None


class Heading(NamedTuple):
    """The rule for finding the header: the user's row, 0 for none.

    Else in the one of the first rows of which most names are ``known``, in the very first when none are.
    """

    known: Callable[[Sequence[str]], int] = _none
    row: int | None = None


FIRST_ROW = Heading()


class Header(NamedTuple):
    """The names of the columns, their line (0 for none), and how this is described."""

    names: tuple[str, ...]
    line: int
    said: str = ""


def find(rows: Iterator[SheetRow], heading: Heading, title: str) -> Header:
    """Find the header of a sheet in its rows. Raise BadInputError, UsageError."""
    if heading.row:
        row = next((each for each in rows if each.line >= heading.row), None)
        if row is None or row.line != heading.row:
            raise UsageError(
                say(
                    "{title} has nothing in line {row}: --header-row says which names the columns",
                    title=title,
                    row=heading.row,
                )
            )
        return Header(header_of(row, title), row.line, say(", columns named in line {line}", line=row.line))
    first = list(islice(rows, _LOOKED))
    if heading.row == 0:
        return Header(tuple(_named([each for each in first if not each.problem])), 0, say(", without a header"))
    best = max((each for each in first if not each.problem), key=lambda each: heading.known(each.cells), default=None)
    if best is None or not heading.known(best.cells):
        best = first[0] if first else None
    if best is not None and best is not first[0]:
        return Header(header_of(best, title), best.line, say(", columns named in line {line}", line=best.line))
    return Header(header_of(best, title), best.line if best else 0)


def header_of(row: "SheetRow | None", title: str) -> tuple[str, ...]:
    """Return a name for every column: a repeated name gets a number, a missing one its place."""
    if row is None:
        raise BadInputError(say("{title} is empty: a list needs a line with the names of its columns", title=title))
    if row.problem:
        raise BadInputError(
            say(
                "line {line} of {title}, its header, {problem}: correct it",
                line=row.line,
                title=title,
                problem=row.problem,
            )
        )
    cells = list(row.cells)
    while not cells[-1]:
        cells.pop()
    return tuple(_unique(cells))


def is_value(cell: str) -> bool:
    """Return whether a cell is an e-mail or phone, which can't be the name of a column."""
    return looks_like(cell) or (looks_like_phone(cell) and sum(map(str.isdecimal, cell)) >= _PHONE_DIGITS)


def _unique(cells: Iterable[str]) -> Iterator[str]:
    names: set[str] = set()
    for place, cell in enumerate(cells, 1):
        name = wanted = cell or f"column {place}"
        again = 2
        while name in names:
            name, again = f"{wanted} ({again})", again + 1
        names.add(name)
        yield name


def _named(rows: Sequence[SheetRow]) -> Iterator[str]:
    """Return names for columns without one: by their values for e-mails and phones, by their place for others."""
    width = max((place for each in rows for place, cell in enumerate(each.cells, 1) if cell), default=0)
    columns = [[each.cells[at] for each in rows if at < len(each.cells) and each.cells[at]] for at in range(width)]
    return _unique(
        next((name for name, fits in _KINDS.items() if cells and all(map(fits, cells))), "") for cells in columns
    )


_KINDS: dict[str, Callable[[str], bool]] = {"email": looks_like, "phone": is_value}
