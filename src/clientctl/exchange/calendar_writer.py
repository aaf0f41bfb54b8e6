"""Write days as a calendar (RFC 5545): all-day events that block no time."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, BinaryIO

from clientctl.base.calendar_events import Event
from clientctl.base.text import show_controls

if TYPE_CHECKING:
    from icalendar import Event as Entry

_END = b"END:VCALENDAR\r\n"


def write(file: BinaryIO, events: Iterable[Event]) -> bool:
    """Write a calendar event by event; return whether there were any.

    Tasks are events too: Google's calendar and most phones show no VTODO. RFC 5545 has no calendar without a
    component; calendar programs take one as empty, and there is none that would not be made up.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//clientctl//EN")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "clientctl")  # what calendar programs call it in their lists
    file.write(calendar.to_ical().removesuffix(_END))
    is_empty = True
    for event in events:
        file.write(_entry(event).to_ical())
        is_empty = False
    file.write(_END)
    return not is_empty


def _entry(event: Event) -> "Entry":
    from icalendar import Event as Entry

    on = date.fromisoformat(event.on)
    entry = Entry()
    entry.add("uid", event.uid)
    entry.add("dtstamp", datetime.fromisoformat(event.revised_at).astimezone(UTC))
    entry.add("dtstart", on)
    entry.add("summary", show_controls(" ".join(event.title.split())))
    entry.add("transp", "TRANSPARENT")
    if event.yearly:
        entry.add("rrule", _YEARLY if (on.month, on.day) != (2, 29) else _LAST_OF_FEBRUARY)
    return entry


_YEARLY: dict[str, object] = {"freq": "yearly"}
_LAST_OF_FEBRUARY: dict[str, object] = {"freq": "yearly", "bymonth": 2, "bymonthday": -1}
"""Who was born on a 29th has a birthday in the other years too."""
