"""Keep rates: the prices at which a plan is sold."""

from typing import Any, NamedTuple

from clientctl.base import text
from clientctl.base.calendar import Interval, Unit
from clientctl.base.listing import Card
from clientctl.base.money import Money
from clientctl.domain import lists, plans
from clientctl.domain.lists import Query, Request, Source, Where, field
from clientctl.domain.plans import Plan
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer


def interval_sql(count: str, unit: str) -> str:
    """Write an interval as it is typed, ``1m``, in SQL; NULL stays NULL."""
    return f"({count} || substr({unit}, 1, 1))"


SOURCE = Source(
    plural="rates",
    fields=dict(
        (
            field("id", "Id", "r.id", "integer"),
            field("plan", "Plan", "p.name", order="p.name_key"),
            field("name", "Name", "r.name", order="r.name_key"),
            field("price", "Price", "(r.price_minor || ' ' || r.currency)", "money", order="r.price_minor"),
            field("currency", "Currency", "r.currency"),
            field("every", "Every", f"coalesce({interval_sql('r.every_count', 'r.every_unit')}, 'once')"),
            field("for", "For", interval_sql("r.term_count", "r.term_unit")),
            field("archived", "Archived", "r.archived_on", "day"),
        )
    ),
    origin="rates r JOIN plans p ON p.id = r.plan_id",
    shown=("id", "plan", "name", "price", "currency", "every", "for"),
    number="id",
    order=("p.name_key", "r.name_key", "r.id"),
)


class Rate(NamedTuple):
    """One price of a plan: ``every`` None is once, ``term`` how long it is sold for unless said otherwise."""

    id: int
    plan: Plan
    name: str
    price: Money
    every: Interval | None
    term: Interval | None
    archived_on: str | None

    @property
    def full_name(self) -> str:
        """Name the rate so that no other can be meant: ``Yoga/Monthly``."""
        return f"{self.plan.name}/{self.name}"


_SELECT = """SELECT id, name, price_minor, currency, every_count, every_unit, term_count, term_unit, archived_on
             FROM rates WHERE plan_id = ?"""


def of_plan(db: Reader, plan: Plan) -> list[Rate]:
    """List a plan's rates by name."""
    return [_rate(plan, row) for row in db.rows(f"{_SELECT} ORDER BY name_key", (plan.id,))]


def find(db: Reader, full_name: str) -> Rate:
    """Find a rate by ``Plan/Rate``. Raise NotFoundError, UsageError when the plan is not said."""
    plan, slash, name = full_name.partition("/")
    if not slash:
        raise UsageError(f"{text.quoted(full_name)} names no rate: say its plan too, like Yoga/Monthly")
    return of(db, plans.find(db, plan), name)


def of(db: Reader, plan: Plan, name: str) -> Rate:
    """Find a plan's rate by name. Raise NotFoundError naming those there are."""
    row = db.row(f"{_SELECT} AND name_key = ?", (plan.id, text.fold(name)))
    if row is None:
        names = ", ".join(rate.name for rate in of_plan(db, plan)) or "none yet"
        raise NotFoundError(
            f"no rate {text.quoted(name)} in {plan.name}: there is {names}; `clientctl rate add` makes one"
        )
    return _rate(plan, row)


def card(db: Reader, rate_id: str) -> Card:
    """Show a rate."""
    return lists.card(db, SOURCE, Where("r.id = :record", {"record": int(rate_id)}))


def plan_card(db: Reader, plan_id: str) -> Card:
    """Show a plan with its rates."""
    values = {"plan": int(plan_id)}
    of_it = lists.listing(db, Query(SOURCE, [Where("r.plan_id = :plan", values)]), Request())
    columns = [key for key in plans.SOURCE.fields if key != "rates"]
    return lists.card(db, plans.SOURCE, Where("p.id = :plan", values), columns, sections={"rates": ("Rates", of_it)})


def chosen(db: Reader, plan: str, rate: str | None) -> Rate:
    """Find the rate that is meant by a plan and perhaps a rate: ``Yoga/Monthly``, or the only one on sale.

    Raise NotFoundError, UsageError when the plan has several.
    """
    if rate is None and "/" in plan:
        return find(db, plan)
    found = plans.find(db, plan)
    if rate is not None:
        return of(db, found, rate)
    on_sale = [each for each in of_plan(db, found) if each.archived_on is None]
    if len(on_sale) == 1:
        return on_sale[0]
    names = ", ".join(each.name for each in on_sale) or "none yet"
    raise UsageError(f"at which rate of {found.name}? give --rate: there is {names}")


def add(db: Writer, plan: Plan, name: str, price: Money, every: Interval | None, term: Interval | None = None) -> Rate:
    """Give a plan a rate. Raise RefusedError when the plan has one of that name."""
    kept, key = _checked(db, plan, name)
    rate_id = db.insert("rates", plan_id=plan.id, name=kept, name_key=key, **_terms(price, every, term))
    db.touch(str(rate_id))
    return Rate(rate_id, plan, kept, price, every, term, None)


def edit(db: Writer, rate: Rate, after: Rate) -> Rate:
    """Change a rate's name, price, interval or term. What was sold keeps the terms it was sold at."""
    kept, key = _checked(db, rate.plan, after.name, but=rate.id)
    db.update("rates", rate.id, name=kept, name_key=key, **_terms(after.price, after.every, after.term))
    db.touch(str(rate.id))
    return after._replace(name=kept)


def _rate(plan: Plan, row: tuple[Any, ...]) -> Rate:
    rate_id, name, minor, currency, every_count, every_unit, term_count, term_unit, archived_on = row
    every, term = interval(every_count, every_unit), interval(term_count, term_unit)
    return Rate(rate_id, plan, name, Money(minor, currency), every, term, archived_on)


def interval(count: int | None, unit: Unit | None) -> Interval | None:
    """Put an interval together from its two columns."""
    return Interval(count, unit) if count is not None and unit is not None else None


def _terms(price: Money, every: Interval | None, term: Interval | None) -> dict[str, str | int | None]:
    return {
        "price_minor": price.minor,
        "currency": price.currency,
        "every_count": every.count if every else None,
        "every_unit": every.unit if every else None,
        "term_count": term.count if term else None,
        "term_unit": term.unit if term else None,
    }


def _checked(db: Reader, plan: Plan, name: str, but: int | None = None) -> tuple[str, str]:
    kept, key = text.named(name, "a rate")
    if db.row("SELECT 1 FROM rates WHERE plan_id = ? AND name_key = ? AND id IS NOT ?", (plan.id, key, but)):
        raise RefusedError(f"{plan.name} has a rate {kept!r} already: choose another name, or edit it")
    return kept, key
