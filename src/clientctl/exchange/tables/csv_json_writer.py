"""Write a list as a CSV or JSON file."""

import re
from typing import BinaryIO

from clientctl.base.cell_text import csv_text, json_array
from clientctl.base.listing import Listing
from clientctl.exchange.tables.csv_reader import unguard

_FORMULA_ALIKE = ("=", "+", "-", "@", "\t", "\r")
_NUMBER_OR_PHONE = re.compile(r"[+-]?[0-9][0-9 .,()/\u00a0\u202f-]*")
_CHANGED = re.compile(r"\+[0-9]+|0[0-9]+|[0-9]{16,}")
"""Digits that come back from a spreadsheet without their plus, without their zeros, or rounded."""


def write_csv(file: BinaryIO, listing: Listing, *, guard: bool = True) -> None:
    """Write a list as CSV: UTF-8, a header of column keys, RFC 4180, phones in groups, so that spreadsheets keep them.

    ``guard`` keeps spreadsheets from running what a client wrote: an apostrophe goes before each
    cell that starts like a formula, unless it is a plain number or a phone number, and before digits of which a
    spreadsheet would change some. Without it, one
    goes only before what reading a sheet would take for guarded, so that it comes back as it was.
    """
    parts = csv_text(listing, change=guard_cell if guard else guard_again, for_people=True)
    file.writelines(part.encode("utf-8", "backslashreplace") for part in parts)


def write_json(file: BinaryIO, listing: Listing) -> None:
    """Write a list as a JSON array of objects, one a line."""
    file.writelines(part.encode() for part in json_array(listing))


def guard_cell(text: str) -> str:
    """Add an apostrophe before a text that a spreadsheet would change or execute, or that looks guarded."""
    is_formula = text.startswith(_FORMULA_ALIKE) and not _NUMBER_OR_PHONE.fullmatch(text)
    if is_formula or _CHANGED.fullmatch(text):
        return f"'{text}"
    return guard_again(text)


def guard_again(text: str) -> str:
    """Add another apostrophe before a text that reading a sheet would take for guarded."""
    return f"'{text}" if unguard(text) != text else text
