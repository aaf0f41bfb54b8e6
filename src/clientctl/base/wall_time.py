"""Times that people agree on: wall times in a zone, their instants, lengths, and how people type both.

A wall time is a naive datetime: what the clocks of a zone show. Two people agree on a wall time and a zone, so both
are stored; the instants, derived by today's rules of the zone, decide order and overlap.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from clientctl.base import calendar, clock
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

LENGTH_FORMS = "45min, 1h, 1h30 or 90min, up to 24h, or whole days: 1d, 2w"
START_FORMS = "'2026-12-31 14:30', 'tomorrow 14:30' or 'monday 18:00'"

_MOST_MINUTES, _MOST_DAYS = 24 * 60, 366
_LENGTH = r"([0-9]{1,4})(min|h([0-5][0-9])?|d|w)"
_TIME = r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?:([+-])([01][0-9]|2[0-3]):([0-5][0-9]))?"


class Length(NamedTuple):
    """A duration in elapsed minutes or in whole days, never both; the other is 0."""

    minutes: int = 0
    days: int = 0

    def __str__(self) -> str:
        if self.days:
            return f"{self.days}d"
        hours, minutes = divmod(self.minutes, 60)
        return f"{minutes}min" if not hours else f"{hours}h{minutes:02}" if minutes else f"{hours}h"


class Start(NamedTuple):
    """A start as typed: its day, its wall time, None when only a day was typed, and the offset from UTC if typed."""

    day: date
    time: time | None
    offset: timedelta | None = None


def parse_length(text: str) -> Length:
    """Parse a length in one of LENGTH_FORMS. Raise UsageError."""
    match = re.fullmatch(_LENGTH, text.strip().lower())
    if match is None:
        if months := re.fullmatch(r"([0-9]{1,4})m", text.strip().lower()):
            raise UsageError(say("not a length: {text}: m is months; did you mean {number}min?",
                                 text=quoted(text), number=months[1]))  # fmt: skip
        raise UsageError(say("not a length: {text}: use {forms}", text=quoted(text), forms=LENGTH_FORMS))
    number, unit = int(match[1]), match[2]
    length = (
        Length(days=number * (7 if unit == "w" else 1))
        if unit in {"d", "w"}
        else Length(number if unit == "min" else number * 60 + int(match[3] or 0))
    )
    if not (0 < length.minutes <= _MOST_MINUTES or 0 < length.days <= _MOST_DAYS):
        raise UsageError(say("the length {text} is out of range: use {forms}", text=quoted(text), forms=LENGTH_FORMS))
    return length


def parse_start(text: str, today: date, *, day: date | None = None, day_first: bool | None = None) -> Start:
    """Parse a day and a time, in one of START_FORMS, or a day alone; a time alone is on ``day``. Raise UsageError.

    The time may end with its offset from UTC, ``02:30+01:00``, for one that the clocks show twice.
    """
    *others, last = text.split() or [""]
    match = re.fullmatch(_TIME, last)
    typed = others if match else [*others, last]
    if len(typed) == 1 and typed[0]:
        day = calendar.parse_day(typed[0], today, day_first=day_first)
    if len(typed) > 1 or typed == [""] or day is None:
        raise UsageError(say("not a day and a time: {text}: use {forms}", text=quoted(text), forms=START_FORMS))
    if match is None:
        return Start(day, None)
    offset = None
    if match[3]:
        offset = timedelta(hours=int(match[4]), minutes=int(match[5])) * (-1 if match[3] == "-" else 1)
    return Start(day, time(int(match[1]), int(match[2])), offset)


def to_instant(wall: datetime, zone: str, offset: timedelta | None = None) -> datetime:
    """Return the instant at which the clocks of a zone show a wall time; of two, the earlier or that of the offset.

    Raise UsageError for a time that the clocks skip, and for an offset that the zone does not have then.
    """
    found = _instants(wall, zone)
    if not found:
        raise UsageError(
            say(
                "the clocks skip {time} in {zone}: use {first} or later",
                time=f"{wall:%Y-%m-%d %H:%M}",
                zone=zone,
                first=f"{_after_gap(wall, zone):%H:%M}",
            )
        )
    if offset is None:
        return found[0]
    for instant in found:
        if to_wall(instant, zone) - instant.replace(tzinfo=None) == offset:
            return instant
    raise UsageError(
        say(
            "the clocks of {zone} are not {offset} from UTC at {time}: leave the offset out",
            zone=zone,
            offset=_format_offset(offset),
            time=f"{wall:%Y-%m-%d %H:%M}",
        )
    )


def to_wall(instant: datetime, zone: str) -> datetime:
    """Return what the clocks of a zone show at an instant."""
    return instant.astimezone(clock.zone_rules(zone)).replace(tzinfo=None)


def leave_gap(wall: datetime, zone: str) -> datetime:
    """Move a wall time that the clocks skip forward by as much as they skip; leave any other (RFC 5545, 3.3.5)."""
    return to_wall(_with_offset_before(wall, zone), zone)


def first_instant(day: date, zone: str) -> datetime:
    """Return the instant at which a day begins in a zone, where clocks may skip midnight."""
    midnight = datetime.combine(day, time())
    found = _instants(midnight, zone)
    return found[0] if found else to_instant(_after_gap(midnight, zone), zone)


def end(start: datetime, length: Length, zone: str) -> datetime:
    """Return the instant at which what starts at an instant ends.

    Minutes elapse, whatever the clocks do; whole days end where the day after the last one begins.
    """
    if length.days:
        return first_instant(to_wall(start, zone).date() + timedelta(days=length.days), zone)
    return start + timedelta(minutes=length.minutes)


def _instants(wall: datetime, zone: str) -> list[datetime]:
    """Return the instants at which the clocks of a zone show a wall time: none, one or two, in order."""
    rules = clock.zone_rules(zone)
    both = (wall.replace(tzinfo=rules, fold=fold).astimezone(UTC) for fold in (0, 1))
    return sorted({instant for instant in both if to_wall(instant, zone) == wall})


def _with_offset_before(wall: datetime, zone: str) -> datetime:
    return wall.replace(tzinfo=clock.zone_rules(zone), fold=0).astimezone(UTC)


def _after_gap(wall: datetime, zone: str) -> datetime:
    """Return the first wall time after a skipped one."""
    later = _with_offset_before(wall, zone)
    earlier = wall.replace(tzinfo=clock.zone_rules(zone), fold=1).astimezone(UTC)
    offset = to_wall(later, zone) - later.replace(tzinfo=None)
    while later - earlier > timedelta(seconds=1):
        middle = earlier + timedelta(seconds=(later - earlier) // timedelta(seconds=2))
        is_after = to_wall(middle, zone) - middle.replace(tzinfo=None) == offset
        earlier, later = (earlier, middle) if is_after else (middle, later)
    return to_wall(later, zone)


def _format_offset(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
