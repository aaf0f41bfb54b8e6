"""Compute what a membership is on a day: the one definition of its status, in SQL over facts.

Lists, counts, filters, exports and the card all use these expressions about ``m``
(memberships). ``:today`` is the day D. The first rule that holds decides:

1. *cancelled*: D is after the cancellation day, the last day of access.
2. *expired*: D is after the end, the last day of access.
3. *upcoming*: D is before the start.
4. *active*.
"""

from typing import NamedTuple

STATUSES = ("active", "paused", "needs-attention", "upcoming", "expired", "cancelled")
"""Every status there is; memberships are not paused and need no attention before there are pauses and charges."""

STATUS = """CASE WHEN m.cancelled_on < :today THEN 'cancelled' WHEN m.ends_on < :today THEN 'expired'
    WHEN m.starts_on > :today THEN 'upcoming' ELSE 'active' END"""

LIVE = "(m.starts_on <= :today AND (m.last_on IS NULL OR m.last_on >= :today))"
"""Active, paused or in need of attention: this is what *current* means too."""

LIVE_OR_UPCOMING = "(m.last_on IS NULL OR m.last_on >= :today)"
"""What counts as having a membership."""

NEXT_BILLING = """CASE WHEN (m.term_ends_on IS NULL OR m.next_bill_on <= m.term_ends_on)
    AND (m.cancelled_on IS NULL OR m.next_bill_on <= m.cancelled_on) THEN m.next_bill_on END"""
"""The first bill day not yet billed; none past the term's own end, none past a cancellation."""

WHEN = {
    "past": f"NOT {LIVE_OR_UPCOMING}",
    "current": LIVE,
    "upcoming": f"{LIVE_OR_UPCOMING} AND m.starts_on > :today",
}
"""A client's memberships over time."""


class Queue(NamedTuple):
    """Memberships that want something done: a condition, and what a person calls them.

    The condition names ``:within_end``, today and the days looked ahead.
    """

    condition: str
    title: str


QUEUES = {
    # The index's own condition is repeated for SQLite to see that it may use the index.
    "ending": Queue(
        "m.last_on IS NOT NULL AND m.last_on >= :today AND m.last_on <= :within_end AND m.starts_on <= :today",
        "Ending within {within} days",
    ),
}
