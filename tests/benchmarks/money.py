"""Fill a book with what is owed and paid, and name what is asked of it.

The planted are in every queue, as many in a big book as in a small one. All others are paid up, half of them by
a direct debit that they agreed to, and are billed again from `generate.LATER` on.
"""

from datetime import timedelta
from pathlib import Path

import generate

from clientctl.domain.session import opened

BILLED = generate.LATER + timedelta(days=9)
"""The day on which all that go on are billed next."""

_DUE = generate.TODAY + timedelta(days=3)
_PLANTED = f"(SELECT id FROM clients WHERE last_name = '{generate.PLANTED_LAST}')"
_OTHERS = f"client_id NOT IN {_PLANTED} AND ends_on >= '{generate.TODAY}'"
_STATEMENTS = (
    "INSERT INTO payment_types(name, name_key) SELECT 'Wire', 'wire'",
    f"""UPDATE memberships SET every_count = 1, every_unit = 'month', term_ends_on = NULL, ends_on = NULL,
        anchor_on = '{BILLED}', next_bill_on = '{BILLED}' WHERE {_OTHERS}""",
    f"""UPDATE memberships SET every_count = 1, every_unit = 'month', anchor_on = '{generate.TODAY}',
        next_bill_on = '{generate.TODAY}' WHERE client_id IN {_PLANTED}""",
    f"""INSERT INTO payment_methods(client_id, kind, mandate, mandate_on) SELECT client_id, 'direct-debit',
        iif(client_id IN {_PLANTED}, 'requested', 'active'), '2026-01-01' FROM memberships
        WHERE id % 2 OR client_id IN {_PLANTED}""",
    """UPDATE memberships SET collection = 'direct-debit', payment_method_id = (SELECT min(y.id) FROM payment_methods y
        WHERE y.client_id = memberships.client_id) WHERE client_id IN (SELECT client_id FROM payment_methods)""",
    """INSERT INTO charges(client_id, membership_id, rate_id, kind, starts_on, ends_on, amount_minor, currency, due_on,
        made_on, paid_minor) SELECT client_id, id, rate_id, 'recurring', '2026-02-10', '2026-03-09', price_minor,
        currency, '2026-02-10', '2026-02-10', price_minor FROM memberships""",
    """INSERT INTO payments(client_id, kind, type_id, amount_minor, currency, paid_on) SELECT h.client_id, 'received',
        t.id, h.amount_minor, h.currency, h.due_on FROM charges h JOIN payment_types t ON t.name = 'Wire'""",
    "INSERT INTO allocations(charge_id, payment_id, amount_minor) SELECT id, id, paid_minor FROM charges",
    f"""INSERT INTO charges(client_id, membership_id, rate_id, kind, amount_minor, currency, due_on, made_on, attempt)
        SELECT client_id, id, rate_id, 'fee', price_minor, currency, '2026-02-20', '2026-02-20', 'failed'
        FROM memberships WHERE client_id IN {_PLANTED}""",
    f"""INSERT INTO charges(client_id, membership_id, rate_id, kind, amount_minor, currency, due_on, made_on)
        SELECT client_id, id, rate_id, 'fee', price_minor, currency, '{_DUE}', '2026-02-20'
        FROM memberships WHERE client_id IN {_PLANTED}""",
)

QUEUES = ("needs-mandate", "payment-failed", "ending", "payment-due", "overdue")


def fill(path: Path) -> None:
    """Give the people of a book with memberships charges, payments and ways to pay, all by themselves."""
    with opened.writing(path, "billing run") as db:
        for statement in _STATEMENTS:
            db.connection.execute(statement)
