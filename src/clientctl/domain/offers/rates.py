"""Rates: the prices at which a plan is sold."""

from typing import Any, Literal, NamedTuple

from clientctl.base import text
from clientctl.base.calendar import Interval
from clientctl.base.listing import Card
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.domain.offers import plans
from clientctl.domain.offers.plans import Plan
from clientctl.domain.shared import by_name, intervals, queries
from clientctl.domain.shared.intervals import interval, interval_sql
from clientctl.domain.shared.queries import Query, Request, Source, Where, field
from clientctl.errors import MissingParameterError, NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Clock = Literal["purchase", "first-use"]
"""When the validity of a package begins."""

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
            field("setup", "Setup fee", "(r.setup_minor || ' ' || r.currency)", "money", order="r.setup_minor"),
            field("trial_days", "Trial days", "r.trial_days", "integer"),
            field("bill_day", "Bill day", "r.bill_day", "integer"),
            field("sessions", "Sessions", "r.sessions", "integer"),
            field("clock", "Clock starts at", "r.clock"),
            field("archived", "Archived", "r.archived_on", "day"),
        )
    ),
    origin="rates r JOIN plans p ON p.id = r.plan_id",
    shown=("id", "plan", "name", "price", "currency", "every", "for"),
    number="id",
    order=("p.name_key", "r.name_key", "r.id"),
)


class Rate(NamedTuple):
    """A price of a plan; ``every`` is None when it is paid once, ``term`` is the default duration.

    ``bill_day`` is the day of the month on which it is billed, None for the day of the start. The rate of a package
    has ``sessions``, and a ``clock``: when their validity begins.
    """

    id: int
    plan: Plan
    name: str
    price: Money
    every: Interval | None
    term: Interval | None
    archived_on: str | None
    setup: Money | None = None
    trial_days: int | None = None
    bill_day: int | None = None
    sessions: int | None = None
    clock: Clock | None = None

    @property
    def renewal_term(self) -> Interval | None:
        """Return the default duration of a renewal: the rate's own, else one interval."""
        return self.term or self.every

    @property
    def full_name(self) -> str:
        """Return the name that is unique among all rates: ``Yoga/Monthly``."""
        return f"{self.plan.name}/{self.name}"


_SELECT = """SELECT id, name, price_minor, currency, every_count, every_unit, term_count, term_unit, archived_on,
    setup_minor, trial_days, bill_day, sessions, clock FROM rates WHERE plan_id = ?"""


def of_plan(db: Reader, plan: Plan) -> list[Rate]:
    """List the rates of a plan, ordered by name."""
    return [_rate(plan, row) for row in db.rows(f"{_SELECT} ORDER BY name_key", (plan.id,))]


def find(db: Reader, full_name: str) -> Rate:
    """Find a rate by ``Plan/Rate``. Raise NotFoundError, UsageError when the plan is missing."""
    plan, slash, name = full_name.partition("/")
    if not slash:
        raise UsageError(
            say(
                "{full_name} is not the full name of a rate: put its plan before it, like Yoga/Monthly",
                full_name=text.quoted(full_name),
            )
        )
    return find_of_plan(db, plans.find(db, plan), name)


def find_of_plan(db: Reader, plan: Plan, name: str) -> Rate:
    """Find a rate of a plan by its name or the beginning of its name. Raise NotFoundError naming the rates."""
    found = by_name.find_id(db, "rates", name, among="plan_id = :plan", values={"plan": plan.id})
    row = db.row(f"{_SELECT} AND id = ?", (plan.id, found))
    if row is None:
        names = ", ".join(rate.name for rate in of_plan(db, plan)) or say("none yet")
        raise NotFoundError(
            say(
                "no rate {name} in {plan_name}; rates: {names}; {adds}",
                name=text.quoted(name),
                plan_name=plan.name,
                names=names,
                adds=_describe_adding(plan, text.name_word(name)),
            )
        )
    return _rate(plan, row)


def _describe_adding(plan: Plan, rate: str) -> str:
    """Describe how to add a rate to a plan."""
    return say(
        "`clientctl rate add {plan} {rate} --price AMOUNT{of_kind}` adds one",
        plan=text.word(plan.name),
        rate=rate,
        of_kind=" --sessions NUMBER" if plan.kind == "package" else "",
    )


def get(db: Reader, rate_id: int) -> Rate:
    """Fetch a rate by id."""
    plan = plans.find(
        db, db.value("SELECT p.name FROM rates r JOIN plans p ON p.id = r.plan_id WHERE r.id = ?", (rate_id,))
    )
    return next(each for each in of_plan(db, plan) if each.id == rate_id)


def card(db: Reader, rate_id: str) -> Card:
    """Return the card of a rate."""
    return queries.card(db, SOURCE, Where("r.id = :record", {"record": int(rate_id)}))


def plan_card(db: Reader, plan_id: str) -> Card:
    """Return the card of a plan with its rates."""
    values = {"plan": int(plan_id)}
    shown = tuple(key for key in SOURCE.fields if key != "plan")
    of_it = queries.listing(db, Query(SOURCE, [Where("r.plan_id = :plan", values)]), Request(shown))
    columns = [key for key in plans.SOURCE.fields if key != "rates"]
    return queries.card(db, plans.SOURCE, Where("p.id = :plan", values), columns, sections={"rates": ("Rates", of_it)})


def choose(db: Reader, plan: str, rate: str | None) -> Rate:
    """Find a rate by its plan and its name, by ``Yoga/Monthly``, or as the only rate of the plan on sale.

    Raise NotFoundError, also when none is on sale, and MissingParameterError when the plan has several.
    """
    if rate is None and "/" in plan:
        return find(db, plan)
    found = plans.find(db, plan)
    if rate is not None:
        return find_of_plan(db, found, rate)
    on_sale = [each for each in of_plan(db, found) if each.archived_on is None]
    if len(on_sale) == 1:
        return on_sale[0]
    if not on_sale:
        raise NotFoundError(
            say("no rate of {plan} is on sale: {adds}", plan=found.name, adds=_describe_adding(found, "NAME"))
        )
    names = ", ".join(each.name for each in on_sale)
    raise MissingParameterError(
        say("which rate of {name}? give --rate; rates: {names}", name=found.name, names=names), "--rate"
    )


def add(
    db: Writer,
    plan: Plan,
    name: str,
    price: Money,
    every: Interval | None,
    term: Interval | None = None,
    *,
    setup: Money | None = None,
    trial_days: int | None = None,
    bill_day: int | None = None,
    sessions: int | None = None,
    clock: Clock | None = None,
) -> Rate:
    """Add a rate to a plan. Raise RefusedError when the name is taken, UsageError for terms that contradict."""
    rate, values = _check(
        db, Rate(0, plan, name, price, every, term, None, setup, trial_days, bill_day, sessions, clock)
    )
    rate_id = db.insert("rates", plan_id=plan.id, **values)
    db.note_number(str(rate_id))
    return rate._replace(id=rate_id)


def edit(db: Writer, rate: Rate, after: Rate) -> Rate:
    """Change the name and terms of a rate; memberships and packages sold keep their terms."""
    after, values = _check(db, after)
    db.update("rates", rate.id, **values)
    db.note_number(str(rate.id))
    return after


def _rate(plan: Plan, row: tuple[Any, ...]) -> Rate:
    rate_id, name, minor, currency, every_count, every_unit, term_count, term_unit, archived_on, setup, *rest = row
    every, term = interval(every_count, every_unit), interval(term_count, term_unit)
    fee = Money(setup, currency) if setup else None
    return Rate(rate_id, plan, name, Money(minor, currency), every, term, archived_on, fee, *rest)


def _check(db: Reader, rate: Rate) -> tuple[Rate, dict[str, str | int | None]]:
    """Check a rate, which is new if its id is 0; return it normalized, and its columns."""
    name, key = text.parse_name(rate.name, say("a rate"))
    plan = rate.plan
    if db.row("SELECT 1 FROM rates WHERE plan_id = ? AND name_key = ? AND id IS NOT ?", (plan.id, key, rate.id)):
        raise RefusedError(
            say("{plan} has a rate {rate} already: choose another name, or edit it", plan=plan.name, rate=repr(name))
        )
    if plan.kind == "package":
        rate = rate._replace(clock=rate.clock or "purchase")
    if rate.setup and rate.setup.minor == 0:
        rate = rate._replace(setup=None)
    _check_kind(rate)
    _check_terms(rate)
    return rate._replace(name=name), {
        "name": name,
        "name_key": key,
        "price_minor": rate.price.minor,
        "currency": rate.price.currency,
        **intervals.columns(every=rate.every, term=rate.term),
        "setup_minor": rate.setup.minor if rate.setup else None,
        "trial_days": rate.trial_days,
        "bill_day": rate.bill_day,
        "sessions": rate.sessions,
        "clock": rate.clock,
    }


def _check_kind(rate: Rate) -> None:
    """Raise UsageError for terms that the plan's kind does not have, or for a package without sessions."""
    if rate.plan.kind == "package":
        if rate.every:
            raise UsageError(say("{name} is a package, paid once: leave out --every", name=rate.plan.name))
        if rate.sessions is None or rate.sessions < 1:
            raise MissingParameterError(
                say(
                    "{name} is a package: give its number of sessions, at least 1, like --sessions 10",
                    name=rate.plan.name,
                ),
                "--sessions",
            )
    elif rate.sessions is not None or rate.clock is not None:
        raise UsageError(say("{name} is a membership: --sessions and --clock are for packages", name=rate.plan.name))


def _check_terms(rate: Rate) -> None:
    """Raise UsageError for terms that contradict each other."""
    if rate.setup and rate.setup.currency != rate.price.currency:
        raise UsageError(
            say(
                "a setup fee in {currency} and a price in {price_currency}: give both in one currency",
                currency=rate.setup.currency,
                price_currency=rate.price.currency,
            )
        )
    if rate.trial_days is not None and rate.every is None:
        raise UsageError(say("--trial is for a recurring rate: give --every too"))
    if rate.bill_day is None:
        return
    if not 1 <= rate.bill_day <= 28:
        raise UsageError(
            say("--bill-day {bill_day}: give a day from 1 to 28, which every month has", bill_day=rate.bill_day)
        )
    if rate.every is None or rate.every.unit not in {"month", "year"}:
        raise UsageError(say("--bill-day is for a rate paid by months or years: give --every too, like --every 1m"))
