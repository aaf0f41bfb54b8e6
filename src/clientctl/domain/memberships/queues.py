"""The queues of memberships that need an action: the list of each, and their counts."""

from clientctl.base.listing import Column, Listing
from clientctl.domain.memberships import billing
from clientctl.domain.memberships.record import CHARGES_OVERDUE, SOURCE, where_queue
from clientctl.domain.memberships.status import QUEUES
from clientctl.domain.money import charges
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query
from clientctl.store import Reader

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
