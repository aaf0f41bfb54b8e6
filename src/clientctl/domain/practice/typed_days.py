"""Read the days that a person types, from today and in the order that the practitioner writes them."""

from datetime import date
from typing import overload

from clientctl.base import calendar
from clientctl.base.calendar import Range
from clientctl.store import Reader


@overload
def day(db: Reader, typed: str) -> date: ...
@overload
def day(db: Reader, typed: str | None) -> date | None: ...
def day(db: Reader, typed: str | None) -> date | None:
    """Read a day; None when none was typed."""
    return None if typed is None else calendar.parse_day(typed, db.today, day_first=db.day_first)


def days(db: Reader, typed: str) -> Range:
    """Read a range of days."""
    return calendar.parse_range(typed, db.today, day_first=db.day_first)


def kept(db: Reader, typed: str) -> str:
    """Return a text with days in it as it is kept: it is read alike when the practitioner writes days otherwise."""
    return calendar.normalize_days(typed) if db.day_first else typed
