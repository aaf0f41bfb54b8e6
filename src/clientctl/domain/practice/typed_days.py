"""Days as a person types them, relative to today and in the order of day and month that the setting says."""

from datetime import date
from typing import overload

from clientctl.base import calendar
from clientctl.base.calendar import Range
from clientctl.store import Reader


@overload
def parse(db: Reader, typed: str) -> date: ...
@overload
def parse(db: Reader, typed: str | None) -> date | None: ...
def parse(db: Reader, typed: str | None) -> date | None:
    """Parse a day; return None when none was typed."""
    return None if typed is None else calendar.parse_day(typed, db.today, day_first=db.day_first)


@overload
def parse_range(db: Reader, typed: str) -> Range: ...
@overload
def parse_range(db: Reader, typed: str | None) -> Range | None: ...
def parse_range(db: Reader, typed: str | None) -> Range | None:
    """Parse a range of days; return None when none was typed."""
    return None if typed is None else calendar.parse_range(typed, db.today, day_first=db.day_first)


def normalize(db: Reader, typed: str) -> str:
    """Return a text with its days in ISO form: it then means the same when the setting ``day_first`` changes."""
    return calendar.normalize_days(typed) if db.day_first else typed
