"""Show one or more records: their fields, then their lists."""

import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, assert_never

from clientctl.base.cell_text import csv_text, format_plain, format_rows_for_people, json_card
from clientctl.base.listing import Card, Format, Listing
from clientctl.base.text import show_controls
from clientctl.base.words import count, say
from clientctl.errors import UsageError
from clientctl.output import tables
from clientctl.output.listing import describe_left_out, one_line, tsv_text
from clientctl.output.streams import Color, is_colored, is_terminal, note, terminal_width, write

if TYPE_CHECKING:
    from rich.console import RenderableType


def show(
    card: Card,
    *,
    format: Format,  # noqa: A002 - the word of the option
    section: Sequence[str] | None = None,
    whole: str = "--json has all",
    color: Color = "auto",
    width: int | None = None,
) -> None:
    """Show a record on standard output: a JSON object, ``key<TAB>value`` lines, a CSV row, a card.

    With ``section``, only those of its lists: a JSON object of arrays, or the rows of the one list. ``whole`` tells
    the user how to see the lists that tsv and csv leave out.
    ``width`` defaults to the terminal's; elsewhere tables take the width they need.
    Raise UsageError for several sections in tsv or csv, OSError if standard output can't be written.
    """
    if format == "json":
        write([json_card(_select_sections(card, section), indent=True), "\n"])
    else:
        show_many([card], format=format, section=section, whole=whole, color=color, width=width)


def show_many(
    cards: Sequence[Card],
    *,
    format: Format,  # noqa: A002 - the word of the option
    section: Sequence[str] | None = None,
    whole: str = "--json has all",
    color: Color = "auto",
    width: int | None = None,
) -> None:
    """Show several records; in JSON they are an array, in CSV they share the header."""
    if section is not None and len(section) != 1 and format in {"tsv", "csv"}:
        raise UsageError(say("{format} holds one section; name one, or use --json", format=format))
    cards = [_select_sections(card, section) for card in cards]
    if format == "json":
        objects = ",\n".join(json_card(card, indent=True) for card in cards)
        write([f"[\n{objects}\n]\n" if cards else "[]\n"])
    elif format == "jsonl":
        write(json_card(card, indent=False) + "\n" for card in cards)
    elif format == "table":
        width = width or terminal_width()
        missing: list[str] = []
        write(tables.draw(_render(cards, width, missing), width, color=is_colored(color, sys.stdout)))
        if missing:
            names = [*dict.fromkeys(missing)]
            note(describe_left_out(names, count(len(names), "--json has it", "--json has them")))
    elif format == "csv":
        write(csv_text(_join(cards), change=show_controls if is_terminal(sys.stdout) else None))
    elif format == "tsv":
        write(["\n".join(map(_key_value_lines, cards))] if section is None else tsv_text(_join(cards)))
    else:
        assert_never(format)
    if section is None and format in {"tsv", "csv"} and (filled := _filled_sections(cards)):
        note(
            say(
                "Left out, as {format} has no place for lists: {filled}; {whole}",
                format=format,
                filled=", ".join(filled),
                whole=say(whole),
            )
        )


def _select_sections(card: Card, section: Sequence[str] | None) -> Card:
    """Return a card with only some sections, in the requested order; the whole card without any."""
    if section is None:
        return card
    return Card(card.title, (), (), {key: card.sections[key] for key in section})


def _filled_sections(cards: Sequence[Card]) -> list[str]:
    """List the sections of records that have rows, without the history, which every record has."""
    lists = [(key, listing) for card in cards for key, (_, listing) in card.sections.items() if key != "history"]
    return list(dict.fromkeys(key for key, listing in lists if any(True for _ in listing.rows)))


def _join(cards: Sequence[Card]) -> Listing:
    """Return records as the rows of one list or, without fields, the rows of their only section."""
    if not cards:
        return Listing((), ())
    if cards[0].columns:
        return Listing(cards[0].columns, [card.values for card in cards])
    lists = [listing for card in cards for _, listing in card.sections.values()]
    return Listing(lists[0].columns, chain.from_iterable(listing.rows for listing in lists))


def _key_value_lines(card: Card) -> str:
    values = (
        one_line(format_plain(column.kind, [value])[0]) for column, value in zip(card.columns, card.values, strict=True)
    )
    return "".join(f"{column.key}\t{value}\n" for column, value in zip(card.columns, values, strict=True))


def _render(cards: Sequence[Card], width: int | None, missing: list[str]) -> Iterator["RenderableType"]:
    """Yield the parts of cards: in panels if there is room, otherwise with a blank line between them.

    Columns for which there is no room are added to ``missing``, each with the part that it is of, unless nothing is
    in them.
    """
    inside = tables.width_in_frame(width)
    for number, card in enumerate(cards):
        parts: list[tuple[str, RenderableType]] = []
        if card.columns:
            values = format_rows_for_people(card.columns, [card.values])[0]
            parts.append((say(card.title), tables.make_fields(card.columns, values, inside or width)))
        for key, (title, listing) in card.sections.items():
            if rows := list(listing.rows):
                table = tables.make_table(listing._replace(rows=rows), inside or width)
                parts.append((say(title), table.drawn))
                filled = {column.key for at, column in enumerate(listing.columns) if any(row[at] for row in rows)}
                missing += [f"{key}.{each}" for each in table.left_out if each in filled]
        if not card.columns:
            yield from ([""] if number else [])
            yield tables.make_title(say(card.title))
        for position, (title, part) in enumerate(parts):
            if inside is not None:
                yield tables.make_panel(title, part, inside)
                continue
            yield from ([""] if position or number else [])
            yield tables.make_title(title)
            yield part
