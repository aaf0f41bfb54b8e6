"""Show a list as a table, as tab- or comma-separated values, or as JSON."""

import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import assert_never

from clientctl.base.cell_text import chunks, csv_text, format_rows, json_array, json_lines
from clientctl.base.listing import Format, Listing, Page
from clientctl.base.text import pattern, show_controls
from clientctl.base.words import count, say
from clientctl.output.streams import Color, is_colored, is_terminal, note, terminal_width, write

_LINE_END_OR_TAB = "\r\n|[\t\n\r]"


def show(
    listing: Listing,
    *,
    format: Format,  # noqa: A002 - the word of the option
    header: bool = False,
    quiet: bool = False,
    color: Color = "auto",
    width: int | None = None,
    empty: str | None = None,
) -> None:
    """Show a list on standard output.

    ``header`` adds the column keys to ``tsv`` too; ``quiet`` shows only the first column, one cell per
    line. On a terminal, standard error shows ``empty`` if there is no row, and which page it is.
    ``width`` defaults to the terminal's; elsewhere a table takes the width it needs.
    Raise OSError if standard output can't be written.
    """
    rows = iter(listing.rows)
    first = next(rows, None)
    listing = listing._replace(rows=() if first is None else chain((first,), rows))
    if quiet:
        write(tsv_text(Listing(listing.columns[:1], (row[:1] for row in listing.rows))))
    elif format == "json":
        write(json_array(listing))
    elif format == "jsonl":
        write(json_lines(listing))
    elif format == "csv":
        write(csv_text(listing, change=show_controls if is_terminal(sys.stdout) else None))
    elif format == "tsv":
        write(tsv_text(listing, header=header))
    elif format == "table":
        if first is not None:
            _show_table(listing, width or terminal_width(), color)
    else:
        assert_never(format)
    if is_terminal(sys.stdout):
        _note_page(listing.page, empty if first is None else None)


def _note_page(page: Page | None, empty: str | None) -> None:
    if empty:
        note(empty)
    elif page and page.beyond:
        note(
            say(
                "page {beyond} does not exist: this is the last one, page {number} of {pages}",
                beyond=page.beyond,
                number=page.number,
                pages=page.pages,
            )
        )
    elif page and page.pages > 1:
        note(say("page {number} of {pages}", number=page.number, pages=page.pages))


def _show_table(listing: Listing, width: int | None, color: Color) -> None:
    from clientctl.output import tables

    table = tables.make_table(listing, width)
    write(tables.draw([table.drawn], width, color=is_colored(color, sys.stdout)))
    if table.left_out:
        how = count(len(table.left_out), "--columns names it", "--columns names them")
        note(describe_left_out(table.left_out, how))


def describe_left_out(columns: Sequence[str], how: str) -> str:
    """Return a note that names the columns left out of a table, and how to see them."""
    return count(
        len(columns),
        "{n} column left out at this width; {how}: {columns}",
        "{n} columns left out at this width; {how}: {columns}",
        how=how,
        columns=", ".join(columns),
    )


def tsv_text(listing: Listing, *, header: bool = False) -> Iterator[str]:
    """Yield a list as lines of tab-separated values: no quotes, line ends in cells become spaces."""
    if header:
        yield "\t".join(column.key for column in listing.columns) + "\n"
    for chunk in chunks(listing.rows):
        rows = format_rows(listing.columns, chunk)
        text = "\n".join(map(" ".join, rows))
        # A thousand rows are checked at once: cells with special characters are rare.
        if "\t" in text or text.count("\n") != len(rows) - 1 or show_controls(flat := text.replace("\n", " ")) != flat:
            rows = [tuple(map(one_line, row)) for row in rows]
        yield "\n".join(map("\t".join, rows)) + "\n"


def one_line(text: str) -> str:
    """Return text with tabs and line ends as spaces, other controls shown."""
    return show_controls(pattern(_LINE_END_OR_TAB).sub(" ", text))
