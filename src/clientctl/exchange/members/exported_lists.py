"""Recognize lists that this program exported: whose rows they are, and which columns are read-only.

A list is ours that names clients: in a column ``uid``, or in a workbook that says whose ids it holds.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from clientctl.base import uids
from clientctl.base.import_records import OwnColumns
from clientctl.base.uids import UID
from clientctl.base.words import say
from clientctl.exchange.members.column_names import IGNORE, key_of
from clientctl.exchange.tables.csv_reader import Sheet

MEMBERSHIP = "membership"
"""What the id of a membership goes by in the values of a row."""

TERMS = ("plan", "rate", "price", "currency", "status", "starts_on", "ends_on", "next_bill_on")
"""What a row says of a membership."""

_SOLD = frozenset({"plan", "rate", "starts_on", "ends_on", "next_bill_on"})
"""What of it is said of nothing else."""

_PLANS, _STARTS = ("plan", "type"), ("starts", "start")
_NUMBER = re.compile("[A-Z]-[0-9]{1,15}")
_IDS = ("clientid", "number", "id", UID)
_TRIED = 100
"""How many rows are read to detect what a column holds."""


class ExportedList(NamedTuple):
    """The parts of a sheet that this program wrote.

    ``ids`` and ``number`` are where ids of clients and numbers of records stand, if they do; ``line`` the digits of
    the file whose ids they are, ``is_here`` that they are this file's; ``means`` says what columns are, by name;
    ``read_only`` names those that an import never changes.
    """

    ids: int | None = None
    number: int | None = None
    line: str = ""
    is_here: bool = False
    means: Mapping[str, str] = {}
    read_only: tuple[str, ...] = ()

    def uid(self, cells: Sequence[str]) -> str:
        """Return the uid of the client whose id a row has; empty for none."""
        digits = cells[self.ids] if self.ids is not None else ""
        is_id = digits.isascii() and digits.isdecimal() and len(digits) <= 15
        return uids.make_uid(self.line, int(digits)) if is_id else ""

    def settle(self, values: dict[str, str], cells: Sequence[str]) -> str | None:
        """Add the client and membership that a row names to its values; return what is wrong with it, if anything.

        What has the number of anything but a membership is none.
        """
        if named := self.uid(cells):
            values[UID] = named
        number = cells[self.number] if self.number is not None else ""
        if not _NUMBER.fullmatch(number) or _SOLD.isdisjoint(values):
            return None
        if UID not in values:
            return say(
                "has the number {number}, which alone does not say whose it is: write that list with --columns "
                "uid,… too, or take --map 'Number=ignore' if it is no list of ours",
                number=number,
            )
        if number[0] != "M":
            for field in TERMS:
                values.pop(field, None)
        elif self.is_here:
            values[MEMBERSHIP] = number[2:]
        return None


def recognize(sheet: Sheet, chosen: Mapping[str, str], lists: Sequence[OwnColumns], line: str) -> ExportedList:
    """Detect an exported list; ``chosen`` are the user's columns, ``line`` is the digits of this file."""
    keys = [key_of(name) if name not in chosen else "" for name in sheet.header]
    number = _place(keys, "number")
    if number is not None and not _holds(sheet, number):
        number = None
    ids = _place(keys, "clientid") if sheet.line and UID not in keys else None
    uid = _place(keys, UID)
    if ids is None and (uid is None or not names_clients(sheet, uid)):
        return ExportedList(number=number)
    of = max(lists, key=lambda each: sum(key in each.there for key in keys))
    taken = of.taken
    if not (_has(keys, _PLANS) and _has(keys, _STARTS)):
        taken -= of.terms
    means = {
        name: IGNORE
        for name, key in zip(sheet.header, keys, strict=True)
        if (key in of.there or key == "clientid") and key not in taken and key != UID
    }
    read_only = tuple(name for name in means if key_of(name) not in _IDS)
    if "type" in keys and "type" in taken:
        means[sheet.header[keys.index("type")]] = "plan"
    return ExportedList(ids, number, sheet.line, sheet.line == line, means, read_only)


def names_clients(sheet: Sheet, place: int) -> bool:
    """Return whether a column has uids that this program wrote."""
    return any(map(uids.normalize, _cells(sheet, place)))


def _place(keys: Sequence[str], key: str) -> int | None:
    return keys.index(key) if key in keys else None


def _has(keys: Sequence[str], wanted: Sequence[str]) -> bool:
    return any(key in keys for key in wanted)


def _holds(sheet: Sheet, place: int) -> bool:
    """Return whether a column has only numbers of our records."""
    found = _cells(sheet, place)
    return bool(found) and all(map(_NUMBER.fullmatch, found))


def _cells(sheet: Sheet, place: int) -> list[str]:
    """Return the cells of a column in the first rows."""
    cells = (row.cells[place] for row in islice(sheet.rows, _TRIED) if not row.problem)
    return list(filter(None, cells))
