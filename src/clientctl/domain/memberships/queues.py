"""The queues of memberships that need an action: what is in each, the list of it, and their counts."""

from datetime import timedelta
from typing import NamedTuple

from clientctl.base import choices
from clientctl.base.listing import Column, Listing
from clientctl.base.words import say
from clientctl.domain.memberships import billing
from clientctl.domain.memberships.record import SOURCE
from clientctl.domain.memberships.status import END_UNKNOWN, LIVE_OR_UPCOMING, NEXT_BILLING, SUCCESSOR
from clientctl.domain.money import charges
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Where
from clientctl.errors import UsageError
from clientctl.store import Reader


class Queue(NamedTuple):
    """A queue of memberships that need an action: a condition, a title, the column to sort by.

    With ``ahead``, the condition looks ahead and contains ``:within_end``, the last day to look at.
    """

    condition: str
    title: str
    sort: str
    ahead: bool = True


def _falling_due(days: str) -> str:
    """Return the condition for memberships with something due on days that meet a condition about ``{}``."""
    return f"""m.id IN (
        SELECT h.membership_id FROM charges h
        WHERE h.left_minor > 0 AND h.membership_id IS NOT NULL AND {days.format("h.due_on")}
        UNION SELECT m.id FROM memberships m
        WHERE m.bills_on IS NOT NULL AND {days.format("m.bills_on")} AND {NEXT_BILLING} IS NOT NULL)"""


# The condition of a partial index is repeated so that SQLite uses the index; CROSS JOIN reads the smaller table first.
QUEUES = {
    "needs-mandate": Queue(
        f"""m.id IN (
            SELECT d.id FROM memberships d WHERE d.collection = 'direct-debit' AND d.payment_method_id IS NULL
            UNION ALL SELECT d.id FROM payment_methods y CROSS JOIN memberships d ON d.payment_method_id = y.id
            WHERE y.mandate <> 'active' AND d.collection = 'direct-debit') AND {LIVE_OR_UPCOMING}""",
        "Paid by direct debit, without an active mandate",
        "number",
        ahead=False,
    ),
    "payment-failed": Queue(
        """m.id IN (SELECT h.membership_id FROM charges h
            WHERE h.attempt IS NOT NULL AND h.left_minor > 0 AND h.membership_id IS NOT NULL)""",
        "The latest payment failed or was disputed",
        "number",
        ahead=False,
    ),
    "ending": Queue(
        f"""m.last_on IS NOT NULL AND m.last_on >= :today AND m.last_on <= :within_end AND m.starts_on <= :today
            AND NOT {END_UNKNOWN} AND NOT EXISTS (SELECT 1 FROM memberships s
            WHERE {SUCCESSOR.format("m.id")} AND s.starts_on <= date(m.last_on, '+1 day'))""",
        "Ending within {within} days",
        "ends",
    ),
    "payment-due": Queue(
        _falling_due("{0} >= :today AND {0} <= :within_end"), "Payment due within {within} days", "due"
    ),
    "overdue": Queue(_falling_due("{0} < :today"), "Payment overdue", "due", ahead=False),
}

CHARGES_OVERDUE = "charges-overdue"
"""The name of the queue of charges that `charge list --overdue` lists."""

_CONTACT_COLUMNS = ("email", "phone", "plan", "rate")
"""The columns that `membership due` shows of every queue: enough to write or call."""

_FIRST_COLUMNS = {"ending": ("ends",), "needs-mandate": ("mandate",), "payment-failed": ("due", "owed", "attention")}
"""The columns that it shows before those, by queue."""

_PAYMENT_COLUMNS = ("due", "amount", *_CONTACT_COLUMNS, "owed", "attention")
"""The columns of the other queues, which have something to pay."""


def query(db: Reader, queue: str, within: int) -> Query:
    """Return the query of a queue, with contact details and what is due. Raise UsageError naming the queues."""
    filters = [where_queue(db, queue, within)]
    amount = queries.computed_field("amount", "Amount", "m.id", billing.amounts_due, "money")
    shown = (
        "number",
        "client",
        *((*_FIRST_COLUMNS[queue], *_CONTACT_COLUMNS) if queue in _FIRST_COLUMNS else _PAYMENT_COLUMNS),
    )
    return Query(SOURCE._replace(fields=dict((*SOURCE.fields.items(), amount)), shown=shown), filters)


def counts(db: Reader, within: int) -> Listing:
    """List the queues with their counts, and last of all the count of overdue charges."""
    columns = (Column("queue", "Queue"), Column("title", "What"), Column("count", "Count", "integer"))
    rows = [
        (key, queue.title.format(within=within), queries.count(db, Query(SOURCE, [where_queue(db, key, within)])))
        for key, queue in QUEUES.items()
    ]
    overdue = queries.count(db, Query(charges.SOURCE, charges.SOURCE.where(overdue=True)))
    return Listing(columns, [*rows, (CHARGES_OVERDUE, "Charges overdue, of memberships or not", overdue)])


def where_queue(db: Reader, queue: str, within: int) -> Where:
    """Filter by queue, looking ``within`` days ahead. Raise UsageError naming the queues."""
    condition = find_queue(queue).condition
    return Where(condition, {"within_end": (db.today + timedelta(days=within)).isoformat()})


def find_queue(name: str) -> Queue:
    """Find a queue by name. Raise UsageError naming the queues."""
    if choices.parse_one(name, [*QUEUES, CHARGES_OVERDUE], "queue") == CHARGES_OVERDUE:
        raise UsageError(
            say(
                "{charges_overdue} are no memberships: `clientctl charge list --overdue` lists those charges",
                charges_overdue=CHARGES_OVERDUE,
            )
        )
    return QUEUES[choices.parse_one(name, QUEUES, "queue")]
