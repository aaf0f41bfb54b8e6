"""The `membership` commands that list and show: list, show, queues, due."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientFilterOption, Membership, status_option
from clientctl.cli.framework.commands import Command, ListCommand, Verbs
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.queues import QUEUES
from clientctl.domain.memberships.status import STATUSES, WHEN
from clientctl.domain.offers import plans
from clientctl.domain.practice import settings, typed_days
from clientctl.domain.shared.queries import Query
from clientctl.errors import UsageError
from clientctl.store import Reader

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = Verbs()

Within = Annotated[
    int | None,
    typer.Option(
        "--within",
        metavar="DAYS",
        help="Days to look ahead; the setting within, or 7, unless given.",
    ),
]
_RANGE = "a range like 2026-03-01..2026-03-31, or this-month"


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterOption = None,
    status: Annotated[list[str] | None, status_option(STATUSES)] = None,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", metavar="PLAN", help="Of this plan; repeat for several.")
    ] = None,
    when: Annotated[
        list[str] | None, typer.Option("--when", metavar="WHEN", help=f"{', '.join(WHEN)}; repeat for several.")
    ] = None,
    created: Annotated[str | None, typer.Option("--created", metavar="RANGE", help=f"Entered in {_RANGE}.")] = None,
    starts: Annotated[str | None, typer.Option("--starts", metavar="RANGE", help="Starting in this range.")] = None,
    ends: Annotated[str | None, typer.Option("--ends", metavar="RANGE", help="Ending in this range.")] = None,
    next_billing: Annotated[
        str | None, typer.Option("--next-billing", metavar="RANGE", help="Next billed in this range.")
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
        raise UsageError(say("--within needs a queue, like --queue ending"))

    def build(db: Reader) -> Query:
        where = memberships.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            status=status,
            plan=[plans.find(db, name) for name in plan or ()],
            when=when,
            created=typed_days.parse_range(db, created),
            starts=typed_days.parse_range(db, starts),
            ends=typed_days.parse_range(db, ends),
            next_billing=typed_days.parse_range(db, next_billing),
        )
        if queue is not None:
            where.append(membership_queues.where_queue(db, queue, _get_days_ahead(db, within)))
        return Query(memberships.SOURCE, where)

    return runner.show_list(context.obj, build, say("No memberships match."))


@app.command("show", cls=Command)
def show(context: typer.Context, membership: Membership) -> None:
    """Show a membership.

    Examples:
      clientctl membership show M-1
    """
    runner.show_card(
        context.obj,
        lambda db: memberships.card(
            db, membership_selectors.membership(db, membership, membership_selectors.ANY).number
        ),
    )


@app.command("queues", cls=ListCommand)
def queues(context: typer.Context, within: Within = None) -> int:
    """Count the memberships that need attention, by queue, and all overdue charges.

    `membership list --queue` lists the members of a queue, `charge list --overdue` the charges.

    Examples:
      clientctl membership queues
      clientctl membership queues --today 2026-03-01 --within 14
    """
    return runner.show_list(
        context.obj, lambda db: membership_queues.counts(db, _get_days_ahead(db, within)), say("No queues.")
    )


@app.command("due", cls=ListCommand)
def due(
    context: typer.Context,
    within: Within = None,
    queue: Annotated[str, typer.Option("--queue", metavar="QUEUE", help=f"The queue: {', '.join(QUEUES)}.")] = "ending",
) -> int:
    """List the memberships in a queue, the most urgent first; by default, those that end within 7 days.

    For due and overdue payments it shows how much is to be paid on the first day due, billed or not.
    For cron: with --exit-code it exits with 10 when the list is not empty.

    Examples:
      clientctl membership due
      clientctl membership due --within 14
      clientctl membership due --queue payment-due
      clientctl membership due --queue overdue --columns number,client,phone,owed
    """
    session: Session = context.obj
    session.sort = session.sort or membership_queues.find_queue(queue).sort

    return runner.show_list(
        session, lambda db: membership_queues.query(db, queue, _get_days_ahead(db, within)), say("No memberships.")
    )


def _get_days_ahead(db: Reader, days: int | None) -> int:
    if days is not None and not 0 <= days <= 3650:
        raise UsageError(say("--within {days}: give a number of days from 0 to 3650", days=days))
    return days if days is not None else int(settings.get(db, "within") or 7)
