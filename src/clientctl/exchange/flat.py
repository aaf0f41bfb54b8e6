"""Write a list as a CSV or JSON file."""

import re
from typing import BinaryIO

from clientctl.base.listing import Listing
from clientctl.base.render import csv_text, json_array
from clientctl.exchange.sheets import unguarded

_FORMULA_ALIKE = ("=", "+", "-", "@", "\t", "\r")
_NUMBER_OR_PHONE = re.compile(r"[+-]?[0-9][0-9 .,()/\u00a0\u202f-]*")


def write_csv(file: BinaryIO, listing: Listing, *, guard: bool = True) -> None:
    """Write a list as CSV: UTF-8, a header of column keys, RFC 4180.

    ``guard`` keeps spreadsheets from running what a client wrote: an apostrophe goes before each
    cell that starts like a formula, unless it is a plain number or a phone number. Without it, one
    goes only before what reading a sheet would take for guarded, so that it comes back as it was.
    """
    parts = csv_text(listing, change=guarded if guard else _told_apart)
    file.writelines(part.encode("utf-8", "backslashreplace") for part in parts)


def write_json(file: BinaryIO, listing: Listing) -> None:
    """Write a list as a JSON array of objects, one a line."""
    file.writelines(part.encode() for part in json_array(listing))


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula, or that is taken for guarded."""
    if text.startswith(_FORMULA_ALIKE) and not _NUMBER_OR_PHONE.fullmatch(text):
        return f"'{text}"
    return _told_apart(text)


def _told_apart(text: str) -> str:
    """Put another apostrophe before a text that reading a sheet would take for guarded."""
    return f"'{text}" if unguarded(text) != text else text
