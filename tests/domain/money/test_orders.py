"""Keep orders: what was bought in one go, and what is paid of it and left, a currency each."""

from datetime import date

import pytest

from clientctl.base.calendar import Interval, Range
from clientctl.base.listing import SEPARATOR
from clientctl.base.money import Money
from clientctl.domain.memberships import enrolment
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.money import charges, orders, payments
from clientctl.domain.money.orders import SOURCE
from clientctl.domain.offers import plans, rates
from clientctl.domain.practice import payment_types, sites
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, UsageError


@pytest.fixture
def bought(records):
    """Let Ana buy a membership at a rate with a fee and a part of a month: 30.00 and 12/31 of 60.00."""
    ana = records.client("Ana")
    with records.change("rate add") as db:
        plan = plans.add(db, "Yoga")
        rate = rates.add(
            db, plan, "Monthly", Money(6000, "EUR"), Interval(1, "month"), setup=Money(3000, "EUR"), bill_day=1
        )
    with records.change("membership add", today="2026-01-20") as db:
        enrolment.add(db, ana, rate, MembershipTerms(date(2026, 1, 20)))
    return ana


def test_an_order_shows_its_lines_and_how_each_was_worked_out(records, bought):
    with records.read() as db:
        card = orders.card(db, "O-1")
        assert (card.title, orders.card(db, "1")) == ("O-1  Ana", card)
        lines = card.sections["lines"][1]
    keys = [column.key for column in lines.columns]
    found = [dict(zip(keys, row, strict=True)) for row in lines.rows]
    assert [(line["number"], line["amount"], line["working"]) for line in found] == [
        ("C-1", "3000 EUR", None),
        ("C-2", "2323 EUR", "60.00 EUR x 12/31 days = 23.23 EUR"),
    ]
    assert records.listed(Query(SOURCE), "number", "ordered", "memberships", "packages", "total", "paid", "left") == [
        ("O-1", "2026-01-20", "M-1", None, "5323 EUR", None, "5323 EUR")
    ]


def test_two_currencies_are_never_added(records, bought):
    with records.change("charge") as db:
        charges.make(
            db, client_id=bought.id, kind="fee", amount=Money(500, "CHF"), due_on=db.today, order_id=1, description="x"
        )
        charge = charges.find(db, "C-1")
        cash = payment_types.list_all(db)[0]
        payments.record(db, bought.id, Money(1000, "EUR"), cash, db.today, charges=[charge])
    assert records.listed(Query(SOURCE), "total", "paid", "left") == [
        (f"500 CHF{SEPARATOR}5323 EUR", "1000 EUR", f"500 CHF{SEPARATOR}4323 EUR")
    ]


def test_orders_are_chosen_by_lead_booker_site_and_day(records, bought):
    bo = records.client("Bo")
    with records.change("sell", today="2026-02-10") as db:
        lyon, paris = sites.add(db, "Lyon"), sites.add(db, "Paris")
        assert orders.make(db, bo.id, lyon.id) == 2
        assert orders.make(db, bo.id, paris.id) == 3

    def numbers(*where):
        return records.listed(Query(SOURCE, where), "number")

    assert numbers(*orders.SOURCE.where(client=bo)) == ["O-2", "O-3"]
    assert numbers(*orders.SOURCE.where(site=[lyon])) == ["O-2"]
    assert numbers(*orders.SOURCE.where(site=[lyon, paris])) == ["O-2", "O-3"]
    assert numbers(*orders.SOURCE.where(ordered=Range(None, date(2026, 2, 9)))) == ["O-1"]
    assert numbers(*orders.SOURCE.where(ordered=Range(date(2026, 2, 10), date(2026, 2, 10)))) == ["O-2", "O-3"]


@pytest.mark.parametrize(
    ("number", "error"),
    [("O-2", NotFoundError), ("O-" + "9" * 30, NotFoundError), ("M-1", UsageError), ("", UsageError)],
)
def test_an_order_that_is_not_there_is_said(records, bought, number, error):
    with records.read() as db, pytest.raises(error, match="order"):
        orders.card(db, number)
