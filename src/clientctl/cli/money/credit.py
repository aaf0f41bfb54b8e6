"""The `credit` commands."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base import calendar, money
from clientctl.base.calendar import Interval
from clientctl.base.listing import Card
from clientctl.base.money import Money
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientArgument, ClientFilterArgument, Reason, status_option
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import package_refunds
from clientctl.domain.money import charges, credit_spending, credits, payment_corrections, payments
from clientctl.domain.money.charges import format_money
from clientctl.domain.money.credits import STATES, Credit, CreditTerms
from clientctl.domain.money.payment_corrections import CorrectionDetails
from clientctl.domain.practice import amounts, payment_types, typed_days
from clientctl.domain.shared.queries import Query
from clientctl.errors import MissingParameterError, UsageError
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = noun("Manage credits: what you owe clients, in money or sessions.")

Sessions = Annotated[int | None, typer.Option("--sessions", metavar="N", help="How many sessions.")]
Amount = Annotated[str | None, typer.Option("--amount", metavar="AMOUNT", help="How much, like 20 or '20 EUR'.")]


@app.command("issue", cls=ChangeCommand)
def issue(
    context: typer.Context,
    client: ClientArgument,
    amount: Amount = None,
    sessions: Sessions = None,
    reason: Reason = None,
    refundable: Annotated[bool, typer.Option("--refundable", help="It can be paid out in money.")] = False,
    expires: Annotated[
        str | None,
        typer.Option(
            "--expires",
            metavar="DAY|DURATION",
            help="Its last day, or how long it lasts, like 3m; a recurring one lasts until the next unless given.",
        ),
    ] = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="INTERVAL", help="Issue it again every 1m, 2w, 1y …")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="The last day on which it is issued again.")
    ] = None,
) -> None:
    """Issue a credit of money or sessions to a client from today, once or recurring.

    Examples:
      clientctl credit issue ana@example.com --amount 20 --reason 'Studio was closed' --expires 3m
      clientctl credit issue 12 --sessions 1 --every 1m --until +1y
    """
    if runner.check_only_one({"--amount": amount, "--sessions": sessions}) is None:
        raise MissingParameterError(say("how much? use --amount 20 or --sessions 1"), "--amount")

    def act(db: Writer) -> list[str]:
        person = client_selectors.client_named(db, client)
        last, valid = _parse_expiry(db, expires)
        terms = CreditTerms(
            refundable,
            last,
            valid,
            None if every is None else calendar.parse_interval(every),
            typed_days.parse(db, until),
        )
        made = credits.issue(db, person.id, _parse_quantity(db, amount, sessions), reason, terms)
        db.note_number(str(made.id))
        facts = [
            made.shown(made.quantity),
            say("until {day}", day=made.expires_on) if made.expires_on else "",
            say("every {every}, next {day}", every=terms.every, day=made.next_issue_on) if made.next_issue_on else "",
        ]
        return [say("Issued {credit}: {facts}", credit=credits.title_of(made), facts=", ".join(filter(None, facts)))]

    runner.change(context.obj, "credit issue", act, _card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterArgument = None,
    status: Annotated[list[str] | None, status_option(STATES)] = None,
    recurring: Annotated[bool, typer.Option("--recurring", help="Only those that will be issued again.")] = False,
) -> int:
    """List the credits of one client or of all.

    Examples:
      clientctl credit list
      clientctl credit list ana@example.com --status open
    """

    def build(db: Reader) -> Query:
        where = credits.SOURCE.where(
            client=client_selectors.client_if_named(db, client), status=status, recurring=recurring
        )
        return Query(credits.SOURCE, where)

    return runner.show_list(context.obj, build, say("No credits match."))


@app.command("use", cls=ChangeCommand)
def use(
    context: typer.Context,
    client: ClientArgument,
    charge: Annotated[
        str | None, typer.Option("--charge", metavar="CHARGE", help="The charge that the money pays, like C-7.")
    ] = None,
    amount: Annotated[
        str | None,
        typer.Option("--amount", metavar="AMOUNT", help="Only this amount; as much as possible unless given."),
    ] = None,
    sessions: Sessions = None,
    back: Annotated[bool, typer.Option("--back", help="Take back the credit that paid the charge.")] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="What the sessions were for.")] = None,
) -> None:
    """Use a client's credit: money for a charge, or sessions. The first to expire is used first.

    Examples:
      clientctl credit use ana@example.com --charge C-1 --amount 5
      clientctl credit use ana@example.com --sessions 1 --reason 'Saturday class'
    """
    if runner.check_only_one({"--charge": charge, "--sessions": sessions}) is None:
        raise MissingParameterError(say("what for? use --charge C-7 or --sessions 1"), "--charge")
    if charge is None and (amount is not None or back):
        raise UsageError(say("--amount and --back go only with --charge"))
    runner.check_only_one({"--amount": amount, "--back": back})

    def act(db: Writer) -> list[str]:
        person = client_selectors.client_named(db, client)
        if charge is None:
            taken = credit_spending.use_sessions(db, person, sessions or 0, reason)
            return [say("Used {taken} of {title}", taken=_describe_parts(taken), title=person.title)]
        found = charges.find(db, charge)
        if found.client_id != person.id:
            raise UsageError(
                say(
                    "{number} is {client}'s: credit pays only for its own client",
                    number=found.number,
                    client=found.client,
                )
            )
        if back:
            returned = credit_spending.give_back(db, found)
            now = format_money(charges.get(db, found.id).left)
            line = say(
                "Took back {returned} of {title}: {now} is left of {number}",
                returned=_describe_parts(returned),
                title=person.title,
                now=now,
                number=found.number,
            )
            over = [
                say("credit {id} expired on {expires_on}", id=each.id, expires_on=each.expires_on)
                for each, _ in returned
                if each.is_over(db.today)
            ]
            lost = (
                [say("{credits}: what was returned to it can no longer be used", credits=say(" and ").join(over))]
                if over
                else []
            )
            return [line, *lost, *package_refunds.describe_sessions_kept(db, [found.id])]
        wanted = None if amount is None else money.parse_amount(amount, found.amount.currency)
        taken = credit_spending.use(db, found, wanted)
        left = charges.get(db, found.id).left
        whose = f"{found.client} ({found.client_id})"
        return [
            say(
                "Used {taken} for {number} ({whose}): {left} is left of it",
                taken=_describe_parts(taken),
                number=found.number,
                whose=whose,
                left=format_money(left),
            )
        ]

    runner.change(context.obj, "credit use", act, _card)


@app.command("revoke", cls=ChangeCommand)
def revoke(
    context: typer.Context,
    credit: Annotated[str, typer.Argument(metavar="CREDIT", help="The credit's number.")],
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help="Only this amount; all that is left unless given.")
    ] = None,
    sessions: Sessions = None,
    refund: Annotated[
        bool, typer.Option("--refund", help="Pay the money out to the client; the credit must be refundable.")
    ] = False,
    payment_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="How the money is paid out, like cash.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="The reason for paying it out.")
    ] = None,
) -> None:
    """Revoke what is left of a credit, or part of it; it is not issued again either.

    Examples:
      clientctl credit revoke 2 --yes
      clientctl credit revoke 3 --refund --type cash --yes
    """
    session: Session = context.obj
    runner.check_only_one({"--amount": amount, "--sessions": sessions})
    if not refund and (payment_type is not None or reason is not None):
        raise UsageError(say("--type and --reason go only with --refund"))

    def act(db: Writer) -> list[str]:
        found = credits.find(db, credit)
        if refund:
            wanted = None if amount is None else money.parse_amount(amount, found.currency or "")
            by = payment_types.find(db, payment_type) if payment_type else None
            made = payment_corrections.pay_out(db, found, CorrectionDetails(db.today, reason, by), wanted)
            return [
                say(
                    "Recorded {number}: {amount} of {found} paid out",
                    number=made.number,
                    amount=format_money(made.amount),
                    found=credits.title_of(found),
                )
            ]
        gone = credits.revoke(db, found, _parse_part(found, amount, sessions))
        values = {"quantity": found.shown(gone), "credit": credits.title_of(found)}
        return [
            say("Revoked {quantity} of {credit}; it is not issued again", **values)
            if found.next_issue_on
            else say("Revoked {quantity} of {credit}", **values)
        ]

    def fact(db: Reader) -> str:
        found = credits.find(db, credit)
        return say("{found}: {left} left", found=credits.title_of(found), left=found.shown(found.left))

    runner.confirm_preview(
        session, "credit revoke", act, fact, say("Pay it out in money?") if refund else say("Revoke it?")
    )
    runner.change(session, "credit revoke", act, _card)


def _card(db: Reader, number: str) -> Card:
    """Return the card of a charge, a payment or a credit."""
    if number.startswith("C-"):
        return payments.charge_card(db, number)
    return payments.card(db, number) if number.startswith("P-") else credits.card(db, number)


def _parse_expiry(db: Reader, typed: str | None) -> tuple[date | None, Interval | None]:
    """Parse a last day or a duration."""
    if typed is None:
        return None, None
    try:
        return None, calendar.parse_interval(typed)
    except UsageError:
        return typed_days.parse(db, typed), None


def _parse_quantity(db: Reader, amount: str | None, sessions: int | None) -> Money | int:
    """Parse the quantity of a new credit."""
    return sessions or 0 if amount is None else amounts.parse(db, amount)


def _parse_part(credit: Credit, amount: str | None, sessions: int | None) -> int | None:
    """Parse a quantity of a credit; None is all of it. Raise UsageError for the wrong kind or currency."""
    if amount is None and sessions is None:
        return None
    if (sessions is None) != (credit.currency is not None):
        wanted = "--amount" if credit.currency else "--sessions"
        raise UsageError(say("credit {id} is of {kind}: give {wanted}", id=credit.id, kind=credit.kind, wanted=wanted))
    if sessions is not None:
        return sessions
    part = money.parse_amount(amount or "", credit.currency or "")
    if part.currency != credit.currency:
        raise UsageError(
            say(
                "credit {id} is in {currency}: give the amount in that currency", id=credit.id, currency=credit.currency
            )
        )
    return part.minor


def _describe_parts(taken: list[tuple[Credit, int]]) -> str:
    return ", ".join(say("{part} of credit {id}", part=credit.shown(part), id=credit.id) for credit, part in taken)
