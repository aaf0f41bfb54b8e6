"""A membership's life, one command a move: what the tests of endings, pauses, changes and corrections share."""

from datetime import date

from clientctl.base.money import Money
from clientctl.domain.memberships import billing, enrolment
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.enrolment import Terms
from clientctl.domain.memberships.record import SOURCE, Membership
from clientctl.domain.money import charges, payments
from clientctl.domain.money.charges import SOURCE as CHARGES
from clientctl.domain.offers import plans, rates
from clientctl.domain.practice import payment_types
from clientctl.domain.shared.queries import Query

D = date.fromisoformat


class Life:
    """One book and short ways to live in it; every move is made on a day, ISO."""

    def __init__(self, records) -> None:
        self.records = records

    def sold(self, client, rate, start, today=None, until=None, **terms) -> Membership:
        with self.records.change("membership add", today=today or start) as db:
            return enrolment.add(db, client, rate, Terms(D(start), until and D(until), **terms))

    def act(self, day, move, *given, number="M-1", **named):
        """Make one move on a day, ``move`` being a function of the domain; return what it returns."""
        with self.records.change("membership edit", today=day) as db:
            return move(db, memberships.find(db, number), *given, **named)

    def told(self, day, move, *given, number="M-1", **named):
        """Make one move; return what was told beside the result."""
        with self.records.change("membership edit", today=day) as db:
            move(db, memberships.find(db, number), *given, **named)
            return db.notices

    def bill(self, through, today=None) -> None:
        with self.records.change("billing run", today=today or through) as db:
            billing.bill(db, D(through))

    def pay(self, day, *numbers, amount=None) -> None:
        """Pay charges in cash, all that is left of them unless an amount is given."""
        with self.records.change("payment record", today=day) as db:
            if not db.row("SELECT 1 FROM payment_types WHERE name_key = 'cash'"):
                payment_types.add(db, "Cash")
            owed = [charges.find(db, number) for number in numbers]
            given = None if amount is None else Money(amount, owed[0].amount.currency)
            payments.record(db, owed[0].client_id, given, payment_types.find(db, "cash"), D(day), charges=owed)

    def plan(self, name, **terms) -> None:
        """Set what a plan asks of those on it."""
        with self.records.change("plan edit") as db:
            plan = plans.find(db, name)
            plans.edit(db, plan, plan._replace(**terms))

    def rate(self, name) -> rates.Rate:
        with self.records.read() as db:
            return rates.find(db, name)

    def shown(self, *columns, today="2026-03-01"):
        (row,) = self.records.listed(Query(SOURCE), *columns, today=today)
        return row

    def charged(self, *columns, today=None):
        return self.records.listed(Query(CHARGES), *(columns or ("period", "amount")), today=today)
