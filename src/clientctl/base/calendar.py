"""Parse every day, range and duration that a person types, and count from anchors.

Periods are days, first and last included. They are always counted from the anchor, never from the
period before: from 31 January by months they begin on 31 January, 28 February, 31 March.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import count as counted
from typing import Literal, NamedTuple

from clientctl.base import clock
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

DAY_FORMS = "2026-12-31, today, tomorrow, yesterday, +7d, -2w, +1m, +1y, or monday to sunday"
RANGE_FORMS = "2026-01-01..2026-01-31, 2026-01-01.., ..2026-01-31, a day, or this-, last- or next- week, month, year"
INTERVAL_FORMS = "10d, 2w, 1m or 1y (days, weeks, months, years), up to 100 years"
MOMENT_FORMS = "2026-12-31 14:30, or a day"
DAY_FIRST_FORMS = "31/12/2026, 31/12 (the next one)"

Unit = Literal["day", "week", "month", "year"]

_UNITS: dict[str, Unit] = {"d": "day", "w": "week", "m": "month", "y": "year"}
_MAXIMUM: dict[Unit, int] = {"day": 36_525, "week": 5_200, "month": 1_200, "year": 100}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Patterns are plain texts: ``re`` compiles them when they are first used, not at every start.
_INTERVAL = r"([0-9]{1,6})([dwmy])"
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DAY_FIRST = r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}))?"
_LEAP_DAYS_APART = 8  # years, at most: 1896 and 1904
ONE_DAY = timedelta(days=1)


class Interval(NamedTuple):
    """A length of time in calendar units, at least one; written ``1m`` or ``2w``."""

    count: int  # type: ignore[assignment]  # shadows tuple.count, which nobody needs here
    unit: Unit

    def __str__(self) -> str:
        return f"{self.count}{self.unit[0]}"


_MONTH = Interval(1, "month")


class Range(NamedTuple):
    """The days from ``first`` to ``last``, both included; None is open."""

    first: date | None
    last: date | None


def parse_day(text: str, today: date, *, day_first: bool | None = None) -> date:
    """Parse a day in one of DAY_FORMS; a weekday is the next one, never today.

    With ``day_first``, DAY_FIRST_FORMS are accepted too; None means that the practitioner has not chosen.
    """
    day = _day(text, today, day_first)
    if day is None:
        raise _parse_error(say("a day"), text, say(DAY_FORMS), text, today, day_first)
    return day


def parse_interval(text: str) -> Interval:
    """Parse a duration in one of INTERVAL_FORMS."""
    interval = _interval(text.strip().lower())
    if interval is None or interval.count == 0:
        raise UsageError(say("not a duration: {text}: use {forms}", text=quoted(text), forms=say(INTERVAL_FORMS)))
    return interval


def parse_every(text: str) -> Interval | None:
    """Parse how often something is paid: an interval, or None for ``once``. Raise UsageError."""
    return None if text == "once" else parse_interval(text)


def parse_range(text: str, today: date, *, day_first: bool | None = None) -> Range:
    """Parse a range of days in one of RANGE_FORMS, its days like ``parse_day``; weeks begin on Monday."""
    start, dots, end = text.strip().partition("..")
    if dots and (start or end):
        first, last = (parse_day(each, today, day_first=day_first) if each else None for each in (start, end))
        found: Range | None = Range(first, last)
    else:
        found = _named_range(text.strip().lower(), today)
    if found is None:
        day = _day(text, today, day_first)
        if day is None:
            raise _parse_error(say("a range of days"), text, say(RANGE_FORMS), text, today, day_first)
        found = Range(day, day)
    if found.first and found.last and found.last < found.first:
        read = say("{last} is before {first}", last=found.last, first=found.first)
        raise UsageError(
            say("{text} ends before it starts, as {read}: put the earlier day first", text=quoted(text), read=read)
        )
    return found


def parse_moment(text: str, today: date, zone: str | None, *, day_first: bool | None = None) -> datetime:
    """Parse a local time in one of MOMENT_FORMS, and return it as an instant in UTC.

    A day alone means its last second. A time that the clocks skip is refused; of one that they show
    twice, the earlier is used. The day may have any form that ``parse_day`` accepts.
    """
    words = text.split()
    clock_time = re.fullmatch(_TIME, words[-1]) if len(words) == 2 else None
    typed = words[0] if clock_time or len(words) == 1 else ""
    day = _day(typed, today, day_first)
    if day is None:
        raise _parse_error(say("a time"), text, say(MOMENT_FORMS), typed, today, day_first)
    if clock_time is None:
        return clock.end_of_day(day, zone)
    at = time(int(clock_time[1]), int(clock_time[2]))
    return clock.local_to_utc(datetime.combine(day, at), zone)


def normalize_days(text: str) -> str:
    """Rewrite days like 31/12/2026 in a text as ISO days, which are read the same with any ``day_first``."""
    return re.sub(rf"(?<![0-9/]){_DAY_FIRST}(?![0-9/])", _iso, text)


def to_iso(day: date | None) -> str | None:
    """Return a day as it is stored; None stays None."""
    return day.isoformat() if day else None


def from_iso(stored: str | None) -> date | None:
    """Return a stored day; None stays None."""
    return date.fromisoformat(stored) if stored else None


def step(anchor: date, interval: Interval, k: int) -> date:
    """Return the anchor plus ``k`` intervals; the 31st is the last day of a month that has none."""
    count, unit = interval
    if unit == "day":
        return anchor + timedelta(days=k * count)
    if unit == "week":
        return anchor + timedelta(weeks=k * count)
    from dateutil.relativedelta import relativedelta  # slow, only where months are counted

    return anchor + relativedelta(months=k * _months(interval))


def period(anchor: date, interval: Interval, k: int) -> tuple[date, date]:
    """Return the first and last day of period ``k``, counted from 0."""
    return step(anchor, interval, k), step(anchor, interval, k + 1) - ONE_DAY


def periods(anchor: date, interval: Interval) -> Iterator[tuple[date, date]]:
    """Return the periods one after another, from that which begins on the anchor, without end."""
    return (period(anchor, interval, k) for k in counted())


def term_end(start: date, term: Interval) -> date:
    """Return the last day of a term: from 15 January, one month ends on 14 February."""
    return period(start, term, 0)[1]


def first_bill_day(anchor: date, interval: Interval, on_or_after: date) -> date:
    """Return the first day on or after a day that begins a period; never one before the anchor."""
    if on_or_after <= anchor:
        return anchor
    count, unit = interval
    if unit in {"day", "week"}:
        length = count * (7 if unit == "week" else 1)
        return step(anchor, interval, -(-(on_or_after - anchor).days // length))
    # The period that begins in that month or before; the day is the start of it, or of the next one.
    k = _months_between(anchor, on_or_after) // _months(interval)
    day = step(anchor, interval, k)
    return day if day >= on_or_after else step(anchor, interval, k + 1)


def extend_end(end: date, anchor: date, by: Interval) -> date:
    """Return the new last day of something that ended on ``end``, extended by ``by``.

    Extended by months (a year is twelve), it ends with a period counted from the anchor if it did
    before: from 31 January, an end on 27 February moves to 30 March. An end elsewhere moves
    to the day before the same day of a later month.
    """
    following = end + ONE_DAY
    if by.unit in {"day", "week"}:
        return step(end, by, 1)
    k = months_from(anchor, following)
    if k is None:
        return step(following, by, 1) - ONE_DAY
    return step(anchor, _MONTH, k + _months(by)) - ONE_DAY


def months_from(anchor: date, day: date) -> int | None:
    """Count the months from an anchor to a day; None if it is not a whole number of months after it."""
    k = _months_between(anchor, day)
    return k if k >= 0 and step(anchor, _MONTH, k) == day else None


def same_length(one: Interval | None, other: Interval | None) -> bool:
    """Return whether two intervals are equally long: twelve months are a year, seven days a week."""
    return _to_smallest(one) == _to_smallest(other)


def _to_smallest(interval: Interval | None) -> Interval | None:
    """Return an interval in days or months."""
    if interval is None or interval.unit in {"day", "month"}:
        return interval
    if interval.unit == "week":
        return Interval(interval.count * 7, "day")
    return Interval(_months(interval), "month")


def _months(interval: Interval) -> int:
    """Return an interval of months or years in months."""
    return interval.count * 12 if interval.unit == "year" else interval.count


def _months_between(earlier: date, later: date) -> int:
    """Count the months from one day's month to another's."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month


def _interval(word: str) -> Interval | None:
    """Parse a number and a unit's letter; None if it is something else, or over a hundred years."""
    match = re.fullmatch(_INTERVAL, word)
    if match is None:
        return None
    interval = Interval(int(match[1]), _UNITS[match[2]])
    return interval if interval.count <= _MAXIMUM[interval.unit] else None


def _day(text: str, today: date, day_first: bool | None) -> date | None:
    """Parse a day in one of DAY_FORMS, or with ``day_first`` DAY_FIRST_FORMS; None if it is not one."""
    word = text.strip().lower()
    day = clock.iso_day(word) or (_day_first(word, today) if day_first else None)
    if day is None:
        day = _day_from(today, word)
    if day is not None and not clock.FIRST_YEAR <= day.year <= clock.LAST_YEAR:
        years = say("{first_year} to {last_year}", first_year=clock.FIRST_YEAR, last_year=clock.LAST_YEAR)
        raise UsageError(
            say("the day {text} is too far away: use one in the years {years}", text=quoted(text), years=years)
        )
    return day


def _day_first(word: str, today: date) -> date | None:
    """Parse a day in one of DAY_FIRST_FORMS; None if it is not one, or the day does not exist."""
    match = re.fullmatch(_DAY_FIRST, word)
    if match is None:
        return None
    day, month = int(match[1]), int(match[2])
    if match[3]:
        return _date(int(match[3]), month, day)
    coming = (_date(year, month, day) for year in range(today.year, today.year + _LEAP_DAYS_APART + 1))
    return next((each for each in coming if each and each >= today), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _iso(match: re.Match[str]) -> str:
    day, month, year = match.groups()
    found = _date(int(year), int(month), int(day)) if year else None
    return found.isoformat() if found else match[0]


def _parse_error(kind: str, text: str, forms: str, typed: str, today: date, day_first: bool | None) -> UsageError:
    """Return the error for a text that can't be parsed, with the accepted forms; ``typed`` is the day in it."""
    if day_first:
        forms = f"{say(DAY_FIRST_FORMS)}, {forms}"
    elif day_first is None and _day_first(typed.strip(), today):
        return UsageError(
            say(
                "not {kind}: {text}: use {forms}; `clientctl config set day_first yes` also accepts 31/12/2026 and "
                "31/12, the day first",
                kind=kind,
                text=quoted(text),
                forms=forms,
            )
        )
    return UsageError(say("not {kind}: {text}: use {forms}", kind=kind, text=quoted(text), forms=forms))


def _day_from(today: date, word: str) -> date | None:
    """Parse a day given relative to today; None if it is not one."""
    offset = {"today": 0, "tomorrow": 1, "yesterday": -1}.get(word)
    if word in _WEEKDAYS:
        offset = (_WEEKDAYS.index(word) - today.weekday() - 1) % 7 + 1
    if offset is not None:
        return today + timedelta(days=offset)
    interval = _interval(word[1:]) if word[:1] in {"+", "-"} else None
    return None if interval is None else step(today, interval, 1 if word[0] == "+" else -1)


def _named_range(word: str, today: date) -> Range | None:
    """Parse ``this-week``, ``last-month``, ``next-year`` and so on; None for any other name."""
    which, _, unit = word.partition("-")
    k = {"this": 0, "last": -1, "next": 1}.get(which)
    if k is None:
        return None
    match unit:
        case "week":
            return Range(*period(today - timedelta(days=today.weekday()), Interval(1, "week"), k))
        case "month":
            return Range(*period(today.replace(day=1), _MONTH, k))
        case "year":
            return Range(*period(today.replace(month=1, day=1), Interval(1, "year"), k))
    return None
