"""A membership's life, one command per move, shared by the tests of endings, pauses, changes and corrections."""

from datetime import date

from clientctl.base.money import Money
from clientctl.domain.memberships import billing, enrolment
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.memberships.record import SOURCE, Membership
from clientctl.domain.money import charges, payments
from clientctl.domain.money.charges import SOURCE as CHARGES
from clientctl.domain.offers import plans, rates
from clientctl.domain.practice import payment_types
from clientctl.domain.shared.queries import Query

D = date.fromisoformat


class Life:
    """A database, and short methods to make moves on ISO days."""

    def __init__(self, records) -> None:
        self.records = records

    def sold(self, client, rate, start, today=None, until=None, **terms) -> Membership:
        with self.records.change("membership add", today=today or start) as db:
            return enrolment.add(db, client, rate, MembershipTerms(D(start), until and D(until), **terms))

    def act(self, day, move, *given, number="M-1", **named):
        """Make a move, a function of the domain, on a day; return its result."""
        with self.records.change("membership edit", today=day) as db:
            return move(db, memberships.find(db, number), *given, **named)

    def told(self, day, move, *given, number="M-1", **named):
        """Make one move; return the notices."""
        with self.records.change("membership edit", today=day) as db:
            move(db, memberships.find(db, number), *given, **named)
            return db.notices

    def bill(self, through, today=None) -> None:
        with self.records.change("billing run", today=today or through) as db:
            billing.bill(db, D(through))

    def pay(self, day, *numbers, amount=None) -> None:
        """Pay charges in cash, completely unless an amount is given."""
        with self.records.change("payment record", today=day) as db:
            if not db.row("SELECT 1 FROM payment_types WHERE name_key = 'cash'"):
                payment_types.add(db, "Cash")
            owed = [charges.find(db, number) for number in numbers]
            given = None if amount is None else Money(amount, owed[0].amount.currency)
            payments.record(db, owed[0].client_id, given, payment_types.find(db, "cash"), D(day), charges=owed)

    def plan(self, name, **terms) -> None:
        """Set terms of a plan."""
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
