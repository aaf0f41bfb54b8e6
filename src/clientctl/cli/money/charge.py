"""The `charge` commands."""

from typing import Annotated

import typer

from clientctl.base import money
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientFilterOption, ClientOption, NeededReason, status_option
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.cli.money.payment import KeepSessions
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import package_refunds
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.money import charges, payments
from clientctl.domain.money.charges import KINDS, STATES, format_money
from clientctl.domain.practice import amounts, typed_days
from clientctl.domain.shared.queries import Query
from clientctl.errors import MissingParameterError, UsageError
from clientctl.store import Reader, Writer

app = noun("Manage charges: amounts due, what for, and how much is settled.")

Number = Annotated[str, typer.Argument(metavar="CHARGE", help="Its number, like C-7.")]


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    amount: Annotated[str, typer.Option("--amount", metavar="AMOUNT", help="How much, like 20 or '20 EUR'.")],
    description: Annotated[str, typer.Option("--for", metavar="TEXT", help="What the fee is for.")],
    client: ClientOption = None,
    due: Annotated[str, typer.Option("--due", metavar="DAY", help="The day on which it is due.")] = "today",
    membership: Annotated[
        str | None,
        typer.Option(
            "--membership", metavar="MEMBERSHIP", help="The membership it belongs to, like M-42, or its client."
        ),
    ] = None,
) -> None:
    """Charge a client a fee, optionally for one of their memberships.

    Examples:
      clientctl charge add --client ana@example.com --amount 20 --for 'Lost key'
      clientctl charge add --membership M-1 --amount 15 --for 'Late cancellation' --due +7d
    """
    if client is None and membership is None:
        raise MissingParameterError(say("which client? use --client or --membership"), "--client")

    def act(db: Writer) -> list[str]:
        enrolled = membership_selectors.membership(db, membership, membership_selectors.ANY) if membership else None
        person = client_selectors.client_named(db, client or f"id:{enrolled.client_id if enrolled else 0}")
        if enrolled and enrolled.client_id != person.id:
            raise UsageError(
                say("{number} is {client}'s: give that client, or none", number=enrolled.number, client=enrolled.client)
            )
        wanted = amounts.parse(db, amount, [enrolled.price.currency] if enrolled else [])
        if enrolled and wanted.currency != enrolled.price.currency:
            raise UsageError(
                say(
                    "{number} is in {currency}: give the amount in that currency",
                    number=enrolled.number,
                    currency=enrolled.price.currency,
                )
            )
        on = typed_days.parse(db, due)
        made = charges.add(db, person, wanted, description, on, enrolled.id if enrolled else None)
        whose = f"{made.client} ({made.client_id})"
        return [
            say(
                "Added {number} ({whose}): {what}, {amount}, due {due_on}",
                number=made.number,
                whose=whose,
                what=made.what,
                amount=format_money(made.amount),
                due_on=made.due_on,
            )
        ]

    runner.change(context.obj, "charge add", act, payments.charge_card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterOption = None,
    membership: Annotated[
        str | None,
        typer.Option("--membership", metavar="MEMBERSHIP", help="Of this membership, like M-42, or its client."),
    ] = None,
    status: Annotated[list[str] | None, status_option(STATES, " See --owed too.")] = None,
    owed: Annotated[bool, typer.Option("--owed", help="With something left to pay: open or part-paid.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Owed and past due.")] = False,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help=f"{', '.join(KINDS)}; repeat for several.")
    ] = None,
    due: Annotated[
        str | None, typer.Option("--due", metavar="RANGE", help="Due in this range, like ..today or this-month.")
    ] = None,
) -> int:
    """List charges.

    Examples:
      clientctl charge list --owed --due ..today
      clientctl charge list --overdue --sort due
      clientctl charge list --client ana@example.com
      clientctl charge list --membership M-1 --kind recurring --sort -due
    """

    def build(db: Reader) -> Query:
        where = charges.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            membership=membership
            if membership is None
            else membership_selectors.membership(db, membership, membership_selectors.ANY),
            status=status,
            owed=owed,
            overdue=overdue,
            kind=kind,
            due=typed_days.parse_range(db, due),
        )
        return Query(charges.SOURCE, where)

    return runner.show_list(context.obj, build, say("No charges match."))


@app.command("show", cls=Command)
def show(context: typer.Context, charge: Number) -> None:
    """Show a charge: how its amount was calculated, what paid it, its order and membership.

    Examples:
      clientctl charge show C-1
    """
    runner.show_card(context.obj, lambda db: payments.charge_card(db, charge))


@app.command("waive", cls=ChangeCommand)
def waive(
    context: typer.Context,
    charge: Number,
    reason: NeededReason = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help="Only this amount; all that is left unless given.")
    ] = None,
    keep_sessions: KeepSessions = False,
) -> None:
    """Waive the rest of a charge, or part of it.

    If everything received for a package was refunded, waiving the rest of it also removes its remaining sessions.

    Examples:
      clientctl charge waive C-2 --reason 'Studio was closed'
      clientctl charge waive C-3 --amount 5 --reason Goodwill
    """

    def act(db: Writer) -> list[str]:
        found = charges.find(db, charge)
        wanted = None if amount is None else money.parse_amount(amount, found.amount.currency)
        after = charges.waive(db, found, reason, wanted)
        waived = found.left._replace(minor=after.waived - found.waived)
        line = say(
            "Waived {waived} of {number} ({client}): {left} left",
            waived=format_money(waived),
            number=after.number,
            client=after.client,
            left=format_money(after.left),
        )
        return [line, *package_refunds.remove_refunded_sessions(db, [after.id], keep=keep_sessions)]

    runner.change(context.obj, "charge waive", act, payments.charge_card)
