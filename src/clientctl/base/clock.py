"""The current time, and conversions between UTC and the practitioner's time zone.

An instant is an aware datetime in UTC, in whole seconds; stored as ``2026-12-31T13:30:00Z``.
A zone is an IANA name such as ``Europe/Paris``, or None for the system's own.
No other module reads the clock. ``CLIENTCTL_NOW`` and ``CLIENTCTL_TODAY`` set it.
"""

import os
import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import UsageError

FIRST_YEAR, LAST_YEAR = 1900, 2200
"""The accepted years: anything beyond is a typing error."""

# Patterns are plain texts: ``re`` compiles them when they are first used, not at every start.
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def now() -> datetime:
    """Return the present instant; ``CLIENTCTL_NOW``, an ISO instant, overrides it."""
    text = os.environ.get("CLIENTCTL_NOW")
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        instant: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise UsageError(
            say("CLIENTCTL_NOW is not an instant: {text}: use a form like 2026-12-31T13:30:00Z", text=quoted(text))
        )
    return instant.astimezone(UTC).replace(microsecond=0)


def today(zone: str | None = None) -> date:
    """Return the present day in a zone; ``CLIENTCTL_TODAY``, an ISO day, overrides it."""
    text = os.environ.get("CLIENTCTL_TODAY")
    if not text:
        return now().astimezone(zone_rules(zone)).date()
    day = iso_day(text)
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise UsageError(say("CLIENTCTL_TODAY is not a day: {text}: use a form like 2026-12-31", text=quoted(text)))
    return day


def iso_day(text: str) -> date | None:
    """Parse a day written ``YYYY-MM-DD``; None for anything else."""
    if not re.fullmatch(_DAY, text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def stamp(instant: datetime) -> str:
    """Format an aware datetime as it is stored: ``2026-12-31T13:30:00Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_local(instant: str, zone: str | None) -> datetime:
    """Return a stored instant as an aware datetime in a zone."""
    return datetime.fromisoformat(instant).astimezone(zone_rules(zone))


def local_to_utc(naive: datetime, zone: str | None) -> datetime:
    """Return the instant at which the clock of a zone shows a naive datetime.

    When clocks go back and show it twice, the earlier one is used. A time they skip when going
    forward raises UsageError.
    """
    local = naive if zone is None else naive.replace(tzinfo=zone_rules(zone))
    instant = local.astimezone(UTC)
    if instant.astimezone(zone_rules(zone)).replace(tzinfo=None) != naive:
        where = zone or say("the local zone")
        time = f"{naive:%Y-%m-%d %H:%M}"
        raise UsageError(say("the clocks skip {time} in {where}: use a later time", time=time, where=where))
    return instant


def end_of_day(day: date, zone: str | None) -> datetime:
    """Return the last second of a day in a zone, as an instant."""
    # One second before the next day: also right in a zone that changes its clocks at midnight.
    midnight = datetime.combine(day + timedelta(days=1), time())
    local = midnight if zone is None else midnight.replace(tzinfo=zone_rules(zone))
    return local.astimezone(UTC) - timedelta(seconds=1)


def check_zone(zone: str) -> str:
    """Return the name of a time zone. Raise UsageError if it does not exist."""
    zone_rules(zone)
    return zone


def zone_rules(zone: str | None) -> tzinfo | None:
    """Return the zone's rules; None, as ``astimezone`` takes it, for the system's own."""
    if zone is None:
        return None
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # slow, needed only if a zone is set

    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(say("no time zone {zone}: use an IANA name such as Europe/Paris", zone=quoted(zone))) from None
