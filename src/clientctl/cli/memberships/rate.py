"""The `rate` commands."""

from typing import Annotated, Any

import typer

from clientctl.base import calendar, money
from clientctl.base.calendar import Interval
from clientctl.base.money import Money
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Archived, unset_option
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.offers import plans, rates
from clientctl.domain.offers.rates import Clock, Rate
from clientctl.domain.practice import amounts
from clientctl.domain.shared import archiving
from clientctl.domain.shared.queries import Query, Where
from clientctl.errors import MissingParameterError, UsageError
from clientctl.store import Reader, Writer

app = noun("Manage rates: the prices of a plan.")

Full = Annotated[str, typer.Argument(metavar="PLAN/RATE", help="The rate with its plan, like Yoga/Monthly.")]
For = Annotated[
    str | None,
    typer.Option("--for", metavar="DURATION", help="How long it is sold for by default, like 1y."),
]
Setup = Annotated[str | None, typer.Option("--setup", metavar="AMOUNT", help="A fee paid once, at the start.")]
Trial = Annotated[
    str | None, typer.Option("--trial", metavar="DURATION", help="Days or weeks without charge at the start, like 14d.")
]
BillDay = Annotated[
    int | None,
    typer.Option(
        "--bill-day",
        metavar="DAY",
        help="The day of the month to bill on, 1 to 28; that of the start unless given.",
    ),
]
Sessions = Annotated[int | None, typer.Option("--sessions", metavar="N", help="The number of sessions of a package.")]
ClockStart = Annotated[
    Clock | None,
    typer.Option(
        "--clock",
        metavar="WHEN",
        case_sensitive=False,
        help="When a package's time begins: purchase, or first-use; purchase unless given.",
    ),
]

_UNSET = {"for": "term", "setup": "setup", "trial": "trial_days", "bill-day": "bill_day"}
"""The fields of ``--unset``, and the terms they empty."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="The plan's name.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="The rate's name within the plan.")],
    price: Annotated[str, typer.Option("--price", metavar="AMOUNT", help="The price, like 49.90 or '49.90 EUR'.")],
    every: Annotated[
        str | None,
        typer.Option(
            "--every",
            metavar="INTERVAL",
            help="How often it is paid: 1m, 2w, 1y …, or once; for a package once. Asked for on a terminal, else 1m.",
        ),
    ] = None,
    term: For = None,
    setup: Setup = None,
    trial: Trial = None,
    bill_day: BillDay = None,
    sessions: Sessions = None,
    clock: ClockStart = None,
) -> None:
    """Add a rate to a plan. That of a package is paid once, and sets the number of sessions and, with --for, how long.

    Examples:
      clientctl rate add Yoga Trimestriel --price 140 --every 3m
      clientctl rate add Yoga Annuel --price '499.00 EUR' --every 1y --for 1y
      clientctl rate add Yoga Flexible --price 60 --setup 30 --trial 2w --bill-day 1
      clientctl rate add 'Ten classes' Standard --price 120 --sessions 10 --for 6m --clock first-use
    """

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        amount = amounts.parse(db, price)
        default = "once" if found.kind == "package" else "1m"
        if every is None and default != "once" and not context.obj.yes and runner.can_ask():
            raise MissingParameterError(say("how often is it paid? use --every 1m, or once"), "--every")
        rate = rates.add(
            db,
            found,
            name,
            amount,
            calendar.parse_every(default if every is None else every),
            _parse_duration(term),
            setup=_parse_fee(setup, amount),
            trial_days=_parse_days(trial),
            bill_day=bill_day,
            sessions=sessions,
            clock=clock,
        )
        return [say("Added rate {full_name}: {rate}", full_name=rate.full_name, rate=_describe_terms(rate))]

    runner.change(context.obj, "rate add", act, rates.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    plan: Annotated[str | None, typer.Argument(metavar="PLAN", help="Only the rates of this plan.")] = None,
    archived: Archived = False,
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

    return runner.show_list(context.obj, build, say("No rates."))


@app.command("show", cls=Command)
def show(context: typer.Context, rate: Full) -> None:
    """Show a rate.

    Examples:
      clientctl rate show Yoga/Monthly
    """
    runner.show_card(context.obj, lambda db: rates.card(db, str(rates.find(db, rate).id)))


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
    setup: Setup = None,
    trial: Trial = None,
    bill_day: BillDay = None,
    sessions: Sessions = None,
    clock: ClockStart = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change a rate for future sales; what was sold keeps its terms.

    Examples:
      clientctl rate edit Yoga/Monthly --price 52.90
      clientctl rate edit Yoga/Monthly --unset for --setup 25
    """
    terms = {"term": term, "setup": setup, "trial_days": trial, "bill_day": bill_day}
    others = [name, price, every, sessions, clock, unset]
    runner.check_change_given([*terms.values(), *others], say("give an option, like --price, --every or --unset for"))
    emptied = dict.fromkeys(runner.parse_unset(unset, _UNSET, terms))

    def act(db: Writer) -> list[str]:
        found = rates.find(db, rate)
        amount = found.price if price is None else money.parse_amount(price, found.price.currency)
        wanted: dict[str, Any] = {
            "name": name,
            "price": amount,
            "term": _parse_duration(term),
            "setup": _parse_fee(setup, amount),
            "trial_days": _parse_days(trial),
            "bill_day": bill_day,
            "sessions": sessions,
            "clock": clock,
        }
        changed = {key: value for key, value in wanted.items() if value is not None}
        after = found._replace(**changed | emptied)
        after = rates.edit(db, found, after if every is None else after._replace(every=calendar.parse_every(every)))
        if after == found:
            return [say("Rate {full_name} is unchanged", full_name=found.full_name)]
        was = f"{found.name}: {_describe_terms(found)}"
        return [
            say(
                "Changed rate {full_name}: {after} (was {was}); what was sold stays",
                full_name=after.full_name,
                after=_describe_terms(after),
                was=was,
            )
        ]

    runner.change(context.obj, "rate edit", act, rates.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, rate: Full) -> None:
    """Stop selling at a rate; its memberships and packages continue.

    Examples:
      clientctl rate archive Yoga/Monthly
    """

    def act(db: Writer) -> list[str]:
        found = rates.find(db, rate)
        new = archiving.archive(db, "rates", found.id, found.archived_on)
        return [
            say("Archived rate {full_name}", full_name=found.full_name)
            if new
            else say("Rate {full_name} is already archived", full_name=found.full_name)
        ]

    runner.change(context.obj, "rate archive", act, rates.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, rate: Full) -> None:
    """Sell at an archived rate again.

    Examples:
      clientctl rate restore Yoga/Monthly
    """

    def act(db: Writer) -> list[str]:
        found = rates.find(db, rate)
        new = archiving.restore(db, "rates", found.id, found.archived_on)
        return [
            say("Restored rate {full_name}", full_name=found.full_name)
            if new
            else say("Rate {full_name} is not archived", full_name=found.full_name)
        ]

    runner.change(context.obj, "rate restore", act, rates.card)


def _parse_duration(typed: str | None) -> Interval | None:
    return None if typed is None else calendar.parse_interval(typed)


def _parse_fee(typed: str | None, price: Money) -> Money | None:
    return None if typed is None else money.parse_amount(typed, price.currency)


def _parse_days(typed: str | None) -> int | None:
    """Parse the length of a trial, in days; months have no fixed length."""
    if typed is None:
        return None
    length = calendar.parse_interval(typed)
    if length.unit not in {"day", "week"}:
        raise UsageError(say("--trial {typed}: give days or weeks, like 14d or 2w", typed=typed))
    return length.count * (7 if length.unit == "week" else 1)


def _describe_terms(rate: Rate) -> str:
    price = f"{money.format_amount(rate.price)} {rate.price.currency}"
    parts = [
        say("{price} every {every}", price=price, every=rate.every) if rate.every else say("{price} once", price=price)
    ]
    if rate.sessions:
        parts.append(count(rate.sessions, "{n} session", "{n} sessions"))
    if rate.term:
        parts.append(
            say("for {term} from the first use", term=rate.term)
            if rate.clock == "first-use"
            else say("for {term}", term=rate.term)
        )
    if rate.setup:
        parts.append(say("setup fee {setup}", setup=money.format_amount(rate.setup)))
    if rate.trial_days:
        parts.append(count(rate.trial_days, "{n} day on trial", "{n} days on trial"))
    if rate.bill_day:
        parts.append(say("billed on day {bill_day}", bill_day=rate.bill_day))
    return ", ".join(parts)
