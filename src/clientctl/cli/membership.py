"""Type commands about memberships."""

from typing import Annotated

import typer

from clientctl.base import calendar, money
from clientctl.cli import work
from clientctl.cli.options import ChangeCommand, Command, ListCommand, Session, noun
from clientctl.domain import find, memberships, plans, rates, settings
from clientctl.domain.book import Reader, Writer
from clientctl.domain.lifecycle import QUEUES, STATUSES, WHEN
from clientctl.domain.lists import Query, Where
from clientctl.domain.memberships import Membership
from clientctl.errors import UsageError

app = noun("Keep memberships: who may come, from when to when.")

Number = Annotated[str, typer.Argument(metavar="MEMBERSHIP", help="Its number, like M-42.")]
Within = Annotated[
    int | None,
    typer.Option(
        "--within",
        metavar="DAYS",
        help="How many days ahead; the setting within, 7, unless given.",
    ),
]
_RANGE = "a range like 2026-03-01..2026-03-31, or this-month"


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    client: Annotated[
        str, typer.Option("--client", metavar="CLIENT", help="Whose: an id, e-mail, phone or full name.")
    ],
    plan: Annotated[
        str,
        typer.Option(
            "--plan", metavar="PLAN", help="The plan's name; with its rate, like Yoga/Monthly, --rate is not needed."
        ),
    ],
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="RATE", help="The rate's name; not needed when the plan has just one."),
    ] = None,
    start: Annotated[str, typer.Option("--start", metavar="DAY", help="The first day.")] = "today",
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="The last day.")] = None,
    term: Annotated[
        str | None,
        typer.Option(
            "--for",
            metavar="DURATION",
            help="How long, like 1y; the rate's own unless given, else without end.",
        ),
    ] = None,
) -> None:
    """Enrol a client on a plan, at a rate.

    Examples:
      clientctl membership add --client ana@example.com --plan Yoga --rate Monthly --start 2026-01-31 --for 1y
      clientctl membership add --client 12 --plan Yoga/Monthly
    """
    work.only_one({"--until": until, "--for": term})

    def act(db: Writer) -> list[str]:
        made = memberships.add(
            db,
            find.client_named(db, client),
            rates.chosen(db, plan, rate),
            start=calendar.parse_day(start, db.today),
            ends_on=None if until is None else calendar.parse_day(until, db.today),
            term=None if term is None else calendar.parse_interval(term),
        )
        price = f"{money.amount(made.price)} {made.price.currency}"
        every = f" every {made.every}" if made.every else " once"
        end = f"until {made.ends_on}" if made.ends_on else "without end"
        return [
            f"Added {made.number} ({made.client}): {made.plan}/{made.rate}, {price}{every}, from {made.starts_on} {end}"
        ]

    work.change(context.obj, "membership add", act, memberships.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: Annotated[
        str | None, typer.Option("--client", metavar="CLIENT", help="One client's: an id, e-mail, phone or name.")
    ] = None,
    status: Annotated[
        list[str] | None, typer.Option("--status", metavar="STATUS", help=f"{', '.join(STATUSES)}; repeat for several.")
    ] = None,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", metavar="PLAN", help="On this plan; repeat for several.")
    ] = None,
    when: Annotated[
        list[str] | None, typer.Option("--when", metavar="WHEN", help=f"{', '.join(WHEN)}; repeat for several.")
    ] = None,
    created: Annotated[str | None, typer.Option("--created", metavar="RANGE", help=f"Entered in {_RANGE}.")] = None,
    starts: Annotated[str | None, typer.Option("--starts", metavar="RANGE", help="Starting in a range.")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="RANGE", help="Ending in a range.")] = None,
    next_billing: Annotated[
        str | None, typer.Option("--next-billing", metavar="RANGE", help="Billed next in a range.")
    ] = None,
    queue: Annotated[
        str | None, typer.Option("--queue", metavar="QUEUE", help=f"In this queue: {', '.join(QUEUES)}.")
    ] = None,
    within: Within = None,
) -> int:
    """List memberships.

    Examples:
      clientctl membership list
      clientctl membership list --status active --ends 2026-03-01..2026-03-31 --sort ends
      clientctl membership list --client ana@example.com --when past --when current
      clientctl membership list --queue ending --within 14
    """
    if within is not None and queue is None:
        raise UsageError("--within looks ahead in a queue: give --queue too, like --queue ending")

    def build(db: Reader) -> Query:
        where = _where_who(db, client, status, plan, when)
        for name, days in (
            ("created", created),
            ("starts", starts),
            ("ends", ends),
            ("next_billing", next_billing),
        ):
            if days is not None:
                where += memberships.where_day(name, calendar.parse_range(days, db.today))
        if queue is not None:
            where.append(memberships.where_queue(db, queue, _within(db, within)))
        return Query(memberships.SOURCE, where)

    return work.show_list(context.obj, build, "No memberships match.")


@app.command("show", cls=Command)
def show(context: typer.Context, membership: Number) -> None:
    """Show a membership.

    Examples:
      clientctl membership show M-1
    """
    work.show_card(context.obj, lambda db: memberships.card(db, membership))


@app.command("queues", cls=ListCommand)
def queues(context: typer.Context, within: Within = None) -> int:
    """Count the memberships that want something done.

    Examples:
      clientctl membership queues
      clientctl membership queues --today 2026-03-01 --within 14
    """
    return work.show_list(context.obj, lambda db: memberships.queues(db, _within(db, within)), "No queues.")


@app.command("due", cls=ListCommand)
def due(
    context: typer.Context,
    within: Within = None,
    queue: Annotated[
        str, typer.Option("--queue", metavar="QUEUE", help=f"Another queue: {', '.join(QUEUES)}.")
    ] = "ending",
) -> int:
    """List who is in a queue, the first to end first: who ends within 7 days, unless said otherwise.

    Made for cron: with --exit-code it exits 10 when there is someone.

    Examples:
      clientctl membership due
      clientctl membership due --within 14
    """
    session: Session = context.obj
    session.sort = session.sort or "ends"

    def build(db: Reader) -> Query:
        source = memberships.SOURCE._replace(shown=memberships.DUE_COLUMNS)
        return Query(source, [memberships.where_queue(db, queue, _within(db, within))])

    return work.show_list(session, build, "Nobody.")


@app.command("extend", cls=ChangeCommand)
def extend(
    context: typer.Context,
    membership: Number,
    by: Annotated[str | None, typer.Option("--by", metavar="DURATION", help="By how much, like 1m or 10d.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="The new last day.")] = None,
    charge: Annotated[bool, typer.Option("--charge", help="Bill the time added; free unless given.")] = False,
) -> None:
    """Give a live membership a later end.

    Examples:
      clientctl membership extend M-1 --by 1m
      clientctl membership extend M-1 --until 2027-12-31
    """
    if work.only_one({"--by": by, "--until": until}) is None:
        raise UsageError("by how much? give --by 1m or --until DAY")

    def act(db: Writer) -> list[str]:
        found = memberships.find(db, membership)
        after = memberships.extend(
            db,
            found,
            until=None if until is None else calendar.parse_day(until, db.today),
            by=None if by is None else calendar.parse_interval(by),
            charge=charge,
        )
        return [f"Extended {_name(after)}: ends {after.ends_on} (was {found.ends_on})"]

    work.change(context.obj, "membership extend", act, memberships.card)


@app.command("cancel", cls=ChangeCommand)
def cancel(
    context: typer.Context,
    membership: Number,
    now: Annotated[bool, typer.Option("--now", help="At once: yesterday was the last day.")] = False,
    at_period_end: Annotated[bool, typer.Option("--at-period-end", help="When the period that is paid ends.")] = False,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The last day.")] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why.")] = None,
) -> None:
    """End a membership early.

    Examples:
      clientctl membership cancel M-1 --at-period-end --reason 'moves away'
      clientctl membership cancel M-2 --now
    """
    if work.only_one({"--now": now, "--at-period-end": at_period_end, "--on": on}) is None:
        raise UsageError("from when? give --now, --at-period-end or --on DAY")

    def act(db: Writer) -> list[str]:
        found = memberships.find(db, membership)
        when: memberships.Cancellation = "now" if now else "at-period-end"
        after = memberships.cancel(db, found, when if on is None else calendar.parse_day(on, db.today), reason)
        was = found.cancelled_on or found.ends_on or "without end"
        return [f"Cancelled {_name(after)}: last day {after.cancelled_on} (was {was})"]

    work.change(context.obj, "membership cancel", act, memberships.card)


def _where_who(
    db: Reader, client: str | None, status: list[str] | None, plan: list[str] | None, when: list[str] | None
) -> list[Where]:
    where = []
    if client is not None:
        where.append(memberships.where_client(find.client_named(db, client, loosely=True)))
    if status:
        where.append(memberships.where_status(status))
    if plan:
        where.append(memberships.where_plans([plans.find(db, name) for name in plan]))
    if when:
        where.append(memberships.where_when(when))
    return where


def _within(db: Reader, given: int | None) -> int:
    if given is not None and not 0 <= given <= 3650:
        raise UsageError(f"--within {given}: give a number of days from 0 to 3650")
    return given if given is not None else int(settings.get(db, "within") or 7)


def _name(membership: Membership) -> str:
    return f"{membership.number} ({membership.client})"
