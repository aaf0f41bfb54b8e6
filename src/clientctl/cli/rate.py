"""Type commands about rates."""

from typing import Annotated

import typer

from clientctl.base import calendar, money
from clientctl.base.calendar import Interval
from clientctl.cli import work
from clientctl.cli.options import ChangeCommand, Command, ListCommand, noun
from clientctl.domain import archive as archiving
from clientctl.domain import plans, rates, settings
from clientctl.domain.book import Reader, Writer
from clientctl.domain.lists import Query, Where
from clientctl.domain.rates import Rate

app = noun("Keep rates: the prices of a plan.")

Full = Annotated[str, typer.Argument(metavar="PLAN/RATE", help="The rate with its plan, like Yoga/Monthly.")]
Every = Annotated[str, typer.Option("--every", metavar="INTERVAL", help="Paid every 1m, 2w, 1y …, or once.")]
For = Annotated[
    str | None,
    typer.Option("--for", metavar="DURATION", help="How long it is sold for unless said otherwise, like 1y."),
]


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's name.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The rate's name within the plan.")],
    price: Annotated[str, typer.Option("--price", metavar="AMOUNT", help="The price, like 49.90 or '49.90 EUR'.")],
    every: Every = "1m",
    term: For = None,
) -> None:
    """Give a plan a rate.

    Examples:
      clientctl rate add Yoga Trimestriel --price 140 --every 3m
      clientctl rate add Yoga Annuel --price '499.00 EUR' --every 1y --for 1y
    """

    def act(db: Writer) -> list[str]:
        interval, duration = _interval(every), None if term is None else calendar.parse_interval(term)
        currency = settings.get(db, "currency") or "EUR"
        rate = rates.add(db, plans.find(db, plan), name, money.parse_amount(price, currency), interval, duration)
        return [f"Added rate {rate.full_name}: {_terms(rate)}"]

    work.change(context.obj, "rate add", act, rates.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="Only this plan's.")] = None,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones.")] = False,
) -> int:
    """List rates.

    Examples:
      clientctl rate list
      clientctl rate list Yoga --json
    """

    def build(db: Reader) -> Query:
        where = [Where(f"r.archived_on IS {'NOT ' if archived else ''}NULL")]
        if plan is not None:
            where.append(Where("r.plan_id = :plan", {"plan": plans.find(db, plan).id}))
        return Query(rates.SOURCE, where)

    return work.show_list(context.obj, build, "No rates.")


@app.command("show", cls=Command)
def show(context: typer.Context, rate: Full) -> None:
    """Show a rate.

    Examples:
      clientctl rate show Yoga/Monthly
    """
    work.show_card(context.obj, lambda db: rates.card(db, str(rates.find(db, rate).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    rate: Full,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The new name.")] = None,
    price: Annotated[str | None, typer.Option("--price", metavar="AMOUNT", help="The new price.")] = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="INTERVAL", help="The new interval: 1m, 2w, 1y …, or once.")
    ] = None,
    term: For = None,
) -> None:
    """Change a rate for what is sold from now on; memberships keep the terms they were sold at.

    Examples:
      clientctl rate edit Yoga/Monthly --price 52.90
    """
    work.refuse_nothing([name, price, every, term], "give --name, --price, --every or --for")

    def act(db: Writer) -> list[str]:
        found = rates.find(db, rate)
        wanted = found._replace(
            name=found.name if name is None else name,
            price=found.price if price is None else money.parse_amount(price, found.price.currency),
            every=found.every if every is None else _interval(every),
            term=found.term if term is None else calendar.parse_interval(term),
        )
        after = rates.edit(db, found, wanted)
        if after == found:
            return [f"Rate {found.full_name} is so already"]
        return [
            f"Changed rate {after.full_name}: {_terms(after)} (was {found.name}: {_terms(found)}); what was sold stays"
        ]

    work.change(context.obj, "rate edit", act, rates.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, rate: Full) -> None:
    """Sell at a rate no more; memberships at it go on.

    Examples:
      clientctl rate archive Yoga/Monthly
    """

    def act(db: Writer) -> list[str]:
        found = rates.find(db, rate)
        new = archiving.archive(db, "rates", found.id, found.archived_on)
        return [f"Archived rate {found.full_name}" if new else f"Rate {found.full_name} is archived already"]

    work.change(context.obj, "rate archive", act, rates.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, rate: Full) -> None:
    """Sell at an archived rate again.

    Examples:
      clientctl rate restore Yoga/Monthly
    """

    def act(db: Writer) -> list[str]:
        found = rates.find(db, rate)
        new = archiving.restore(db, "rates", found.id, found.archived_on)
        return [f"Restored rate {found.full_name}" if new else f"Rate {found.full_name} is not archived"]

    work.change(context.obj, "rate restore", act, rates.card)


def _interval(given: str) -> Interval | None:
    return None if given == "once" else calendar.parse_interval(given)


def _terms(rate: Rate) -> str:
    every = f"every {rate.every}" if rate.every else "once"
    return f"{money.amount(rate.price)} {rate.price.currency} {every}" + (f", for {rate.term}" if rate.term else "")
