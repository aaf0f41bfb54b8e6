"""Read days in the cells of other programs' files, without guessing."""

import re
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

from clientctl.base.clock import FIRST_YEAR, LAST_YEAR
from clientctl.base.text import fold, quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

Order = Literal["ymd", "dmy", "mdy"]

ORDERS: tuple[Order, ...] = ("dmy", "mdy", "ymd")
"""What ``--date-format`` accepts; ``DD/MM/YYYY`` and the like too."""

_TIME = r"(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?[AP]M)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
_NO_YEAR = re.compile(r"(?:--|1604-?)\d\d-?\d\d(?:T.*)?|\d{1,2}[/.-]\d{1,2}[.]?", re.ASCII)
_BARE = re.compile(r"((?:19|20)\d\d)([01]\d)([0-3]\d)", re.ASCII)
_IN_WORDS = re.compile(
    r"(?:[^\W\d]+\.?,? )?(\d{1,2})(?:er|st|nd|rd|th|º|°)?[ .-]*(?:de |of )?([^\W\d]+)\.?,?[ .-]+(\d{4}|\d\d)"
)
_MONTH_FIRST = re.compile(r"(?:[^\W\d]+\.?,? )?([^\W\d]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})([/.-])(\d{1,2})\2(\d{1,2})" + _TIME, re.ASCII | re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})" + _TIME, re.ASCII | re.IGNORECASE)
_SHORT_YEAR = re.compile(r"\d{1,2}([/.-])\d{1,2}\1\d{2}" + _TIME, re.ASCII | re.IGNORECASE)
_NO_DAY = re.compile(r"0{1,4}([/.-])0{1,2}\1(?:0{1,4})" + _TIME, re.ASCII | re.IGNORECASE)

_NOT_A_DAY: dict[Order | None, str] = {
    None: "{value} is no day",
    "dmy": "{value} is no day with the day first",
    "mdy": "{value} is no day with the month first",
    "ymd": "{value} is no day with the year first",
}

_TYPOS = 10
"""Values for one order that one value against it takes to be a typing mistake and no second order."""

_LONGEST = 60
"""Characters in a day with its time: longer values are not looked at, and not held."""


class DayFormat(NamedTuple):
    """The order of day, month and year in a file; None with the reason if it is ambiguous."""

    order: Order | None
    why: str = ""


def parse_order(text: str) -> Order:
    """Parse the value of ``--date-format``. Raise UsageError if it is not one of ORDERS."""
    letters = "".join(dict.fromkeys(filter(str.isalpha, text.lower())))
    for order in ORDERS:
        if letters == order:
            return order
    raise UsageError(say("no day format {text}: use DD/MM/YYYY, MM/DD/YYYY or YYYY-MM-DD", text=quoted(text)))


class Evidence:
    """The evidence for the order of days in a file, from all values of all its day columns.

    A value with 13 or more in first place puts the day first, in second place the month. When both
    occur, the order of ten times as many values is taken and the others are left to ``parse_day`` to
    refuse. A file whose days all begin with the year, or in which day and month are always the same
    number, has no question to answer. Memory is bounded, however many values there are.
    """

    def __init__(self) -> None:
        self._counts = {"dmy": 0, "mdy": 0}
        self._examples: dict[str, str] = {}

    def add(self, value: str) -> None:
        """Add a value."""
        kind = _kind(value)
        if kind in self._counts:
            self._counts[kind] += 1
        if kind and kind not in self._examples:
            self._examples[kind] = quoted(value.strip())

    def decide(self) -> DayFormat:
        """Decide by all added values."""
        return _decide(self._counts["dmy"], self._counts["mdy"], self._examples)


@lru_cache(maxsize=10_000)
def _kind(value: str) -> str | None:
    """Return the order in which a value can be read; None for one that is ignored."""
    match = _YEAR_LAST.fullmatch(value.strip()) if len(value) <= _LONGEST else None
    return _evidence(int(match[1]), int(match[3])) if match else None


def _evidence(first: int, second: int) -> Literal["dmy", "mdy", "open", "none"]:
    """Return the order in which two numbers before a year can be a day and a month."""
    if first == second or not (1 <= min(first, second) <= 12 and max(first, second) <= 31):
        return "none"
    if first > 12:
        return "dmy"
    return "mdy" if second > 12 else "open"


def _decide(day_first: int, month_first: int, examples: dict[str, str]) -> DayFormat:
    """Decide by the numbers of values that can be read in one order only."""
    if day_first and day_first >= _TYPOS * month_first:
        return DayFormat("dmy")
    if month_first and month_first >= _TYPOS * day_first:
        return DayFormat("mdy")
    if day_first and month_first:
        day, month = examples["dmy"], examples["mdy"]
        return DayFormat(None, say("{day} has the day first, {month} the month", day=day, month=month))
    if "open" in examples:
        return DayFormat(None, say("{day} can be read with the day or the month first", day=examples["open"]))
    return DayFormat("ymd")


@lru_cache(maxsize=10_000)
def parse_day(text: str, order: Order) -> date | None:
    """Parse a day, ignoring a time after it. Blank and zeros (``0/0/00``) are no day: None.

    A day that begins with its year is read so in every order. Raises ValueError with the reason, for the
    user: no day of the calendar, another order, a year of two digits or too far away.
    """
    value = text.strip()
    read_as: Order | None = None
    if match := _YEAR_FIRST.fullmatch(value):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _YEAR_LAST.fullmatch(value):
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        if order == "mdy":
            day, month = month, day
        read_as = order
        if order == "ymd" and day != month:
            raise ValueError(say(_NOT_A_DAY[read_as], value=quoted(value)))
    elif not value or _NO_DAY.fullmatch(value):
        return None
    elif said := _in_words(value):
        year, month, day = said
    else:
        raise _unreadable(value)
    if year == month == day == 0:
        return None
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(say(_NOT_A_DAY[read_as], value=quoted(value))) from None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(
            say(
                "{value} is not in the years {first_year} to {last_year}",
                value=quoted(value),
                first_year=FIRST_YEAR,
                last_year=LAST_YEAR,
            )
        )
    return found


def _in_words(value: str) -> tuple[int, int, int] | None:
    """Parse a day whose month is a word, or without separators: year, month, day."""
    if bare := _BARE.fullmatch(value) or re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T\S*", value, re.ASCII):
        return int(bare[1]), int(bare[2]), int(bare[3])
    if (found := _IN_WORDS.fullmatch(value)) and (month := _MONTHS.get(fold(found[2]))):
        year = int(found[3])
        return year if year > 99 else year + (2000 if year < _CENTURY else 1900), month, int(found[1])
    if (found := _MONTH_FIRST.fullmatch(value)) and (month := _MONTHS.get(fold(found[1]))):
        return int(found[3]), month, int(found[2])
    return None


_CENTURY = 70
"""The two digits of a year from which on it is one of the last century, where the month is a word."""

_MONTHS = {
    word: number
    for number, words in enumerate(
        [
            "january jan janvier janv gennaio gen",
            "february feb fevrier fev fevr febbraio febb",
            "march mar mars marzo",
            "april apr avril avr aprile",
            "may mai maggio mag",
            "june jun juin giugno giu",
            "july jul juillet juil luglio lug",
            "august aug aout agosto ago",
            "september sep sept septembre settembre set sett",
            "october oct octobre ottobre ott",
            "november nov novembre",
            "december dec decembre dicembre dic",
        ],
        start=1,
    )
    for word in words.split()
}


def is_beyond(value: str) -> bool:
    """Return whether a day is later than any that is stored, as programs write for "none"."""
    first, last = _YEAR_FIRST.fullmatch(value.strip()), _YEAR_LAST.fullmatch(value.strip())
    year = first[1] if first else last[4] if last else "0"
    return int(year) > LAST_YEAR


def is_without_year(value: str) -> bool:
    """Return whether a birthday has no year: ``--03-15``, or with 1604 as Apple writes it."""
    return _NO_YEAR.fullmatch(value) is not None


def _unreadable(value: str) -> ValueError:
    """Return the error for a value in none of the orders."""
    if _SHORT_YEAR.fullmatch(value):
        return ValueError(say("{value} has a year of two digits: write four", value=quoted(value)))
    return ValueError(say("{value} is no day: write it like 2026-12-31 or 31/12/2026", value=quoted(value)))
