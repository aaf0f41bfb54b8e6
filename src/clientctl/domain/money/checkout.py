"""The checkout: describe the charges of an order, and record their payment if the client pays at once."""

from clientctl.base.words import say
from clientctl.domain.money import charges, payments
from clientctl.domain.practice import payment_types
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer


def settle(db: Writer, order_id: int, paid: str | None) -> list[str]:
    """Describe each open charge of an order; with the name of a payment type, record a payment of all of them.

    Raise UsageError, NotFoundError for an unknown payment type, RefusedError when nothing is open.
    """
    due = charges.open_of(db, order_id=order_id)
    lines = [charges.describe(each) for each in due] or [say("Nothing to pay now")]
    if paid is None:
        return lines
    kind = payment_types.find(db, paid)
    if not due:
        raise RefusedError(say("nothing is due for it: leave out --paid"))
    shown_numbers = list(db.numbers)
    received = payments.record(db, due[0].client_id, None, kind, db.today, charges=due)
    db.numbers[:] = shown_numbers  # the command shows the membership or package, not the payment
    return [
        *lines,
        say(
            "Paid by {name}: {number}, {amount}",
            name=kind.name,
            number=received.number,
            amount=charges.format_money(received.amount),
        ),
    ]


_SOLD = {
    "M": ("memberships", "k.starts_on", "(k.cancelled_on IS NULL OR k.cancelled_on >= k.starts_on)"),
    "K": ("packages", "coalesce(k.starts_on, k.sold_on)", "1"),
}
"""Table, first day and "was not cancelled before its first day" in SQL, by the letter of the number."""


def describe_twin(db: Reader, number: str, client: str) -> str | None:
    """Describe an earlier membership or package of the client at the same rate from the same day; None without one."""
    letter, _, sold = number.partition("-")
    table, first_on, counted = _SOLD[letter]
    rows = db.rows(
        f"""WITH all_sold AS (SELECT k.id, k.client_id, k.rate_id, {first_on} AS first_on, {counted} AS counted
            FROM {table} k WHERE k.client_id = (SELECT client_id FROM {table} WHERE id = :sold))
            SELECT before.id, p.name || '/' || r.name, before.first_on
            FROM all_sold k JOIN all_sold before USING (rate_id, first_on)
            JOIN rates r ON r.id = rate_id JOIN plans p ON p.id = r.plan_id
            WHERE k.id = :sold AND before.id < k.id AND before.counted ORDER BY before.id""",
        {"sold": int(sold)},
    )
    return next(
        (
            say(
                "{client} has {letter}-{other} already: {what} from {day}",
                client=client,
                letter=letter,
                other=other,
                what=what,
                day=day,
            )
            for other, what, day in rows
        ),
        None,
    )
