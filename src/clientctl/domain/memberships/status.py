"""The status of a membership on a day: the single definition, in SQL over stored facts.

Lists, counts, filters, exports and the card all use these expressions about ``m``
(memberships). ``:today`` is the day D. The first rule that applies decides:

1. *cancelled*: D is after the cancellation day, the last day of access.
2. *paused*: a pause covers D, even past the end if pauses extend it.
3. *expired*: D is after the end, the last day of access.
4. *upcoming*: D is before the start.
5. *needs-attention*: a reason of ``REASONS`` applies.
6. *active*.
"""

from clientctl.base.listing import SEPARATOR

STATUSES = ("active", "paused", "needs-attention", "upcoming", "expired", "cancelled")
"""All statuses of a membership."""

_PAUSE = "SELECT 1 FROM pauses u WHERE u.membership_id = m.id AND u.starts_on <= :today"

_COVERED = f"EXISTS ({_PAUSE} AND (u.resumes_on IS NULL OR u.resumes_on > :today))"

_PAUSED = f"({_COVERED} AND (m.pause_rule = 'extend' OR m.ends_on IS NULL OR m.ends_on >= :today))"

_PAUSED_PAST_END = f"(m.cancelled_on IS NULL AND m.pause_rule = 'extend' AND {_COVERED})"

END_UNKNOWN = f"""(m.cancelled_on IS NULL AND m.pause_rule = 'extend'
    AND EXISTS ({_PAUSE} AND u.resumes_on IS NULL))"""

SUCCESSOR = "s.renewed_from = {} AND (s.cancelled_on IS NULL OR s.cancelled_on >= s.starts_on)"
"""Condition for the successor ``s`` of the membership ``{}``: one cancelled before its first day does not count."""

NEXT_BILLING = """CASE WHEN m.bills_on IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pauses u
    WHERE u.membership_id = m.id AND u.resumes_on IS NULL AND u.moves_on <= m.bills_on) THEN m.bills_on END"""
"""The next bill day; NULL after the end of the term, after a cancellation, or during an open pause."""

_OPEN = "SELECT 1 FROM charges h WHERE h.membership_id = m.id AND h.left_minor > 0"

DUE = f"(EXISTS ({_OPEN} AND h.due_on <= :today) OR coalesce({NEXT_BILLING} <= :today, 0))"
"""Whether something is due today, billed or not: *up to date* is the opposite."""

OVERDUE = f"(EXISTS ({_OPEN} AND h.due_on < :today) OR coalesce({NEXT_BILLING} < :today, 0))"

_MANDATE = "coalesce((SELECT y.mandate FROM payment_methods y WHERE y.id = m.payment_method_id), 'none')"

REASONS = {
    "setup-fee-unpaid": f"EXISTS ({_OPEN} AND h.kind = 'setup' AND h.due_on <= :today)",
    "no-mandate": f"(m.collection = 'direct-debit' AND {_MANDATE} = 'none')",
    "mandate-requested": f"(m.collection = 'direct-debit' AND {_MANDATE} = 'requested')",
    "mandate-revoked": f"(m.collection = 'direct-debit' AND {_MANDATE} = 'revoked')",
    "payment-failed": f"EXISTS ({_OPEN} AND h.attempt = 'failed')",
    "payment-disputed": f"EXISTS ({_OPEN} AND h.attempt = 'disputed')",
    "payment-overdue": OVERDUE,
}
"""The reasons why a membership needs attention, with their conditions."""

STATUS = f"""CASE WHEN m.cancelled_on < :today THEN 'cancelled' WHEN {_PAUSED} THEN 'paused'
    WHEN m.ends_on < :today THEN 'expired' WHEN m.starts_on > :today THEN 'upcoming'
    WHEN {" OR ".join(REASONS.values())} THEN 'needs-attention' ELSE 'active' END"""

ATTENTION = f"""CASE WHEN {STATUS} = 'needs-attention' THEN
    ltrim({" || ".join(f"iif({sql}, '{SEPARATOR}{reason}', '')" for reason, sql in REASONS.items())}, '{SEPARATOR}')
    END"""
"""The reasons why it needs attention, joined; NULL with another status."""

LIVE_OR_UPCOMING = f"(m.last_on IS NULL OR m.last_on >= :today OR {_PAUSED_PAST_END})"
"""Whether it is live or upcoming: what counts as having a membership."""

LIVE = f"(m.starts_on <= :today AND {LIVE_OR_UPCOMING})"
"""Whether it is live: active, paused or needs attention. *Current* means the same."""

WHEN = {
    "past": f"NOT {LIVE_OR_UPCOMING}",
    "current": LIVE,
    "upcoming": f"{LIVE_OR_UPCOMING} AND m.starts_on > :today",
}
"""The conditions of past, current and upcoming memberships."""
