"""The `payment` commands."""

from collections.abc import Callable
from typing import Annotated, Literal

import typer

from clientctl.base import money
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import (
    AttemptedPayment,
    ClientFilterOption,
    ClientOption,
    Paid,
    Reason,
    status_option,
)
from clientctl.cli.framework.arguments import Payment as Named
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import package_refunds, payables
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.payables import Payables
from clientctl.domain.money import charges, credits, payment_corrections, payments
from clientctl.domain.money.charges import format_money
from clientctl.domain.money.payment_corrections import CorrectionDetails, Reversal
from clientctl.domain.money.payments import STATES, OverpaidError, Payment
from clientctl.domain.practice import payment_types, typed_days
from clientctl.domain.shared.queries import Query
from clientctl.errors import UsageError
from clientctl.store import Reader, Writer

app = noun("Manage payments: money received, and its refunds and failures.")

On = Annotated[str, typer.Option("--on", metavar="DAY", help="The day it happened.")]

KeepSessions = Annotated[
    bool, typer.Option("--keep-sessions", help="Keep a package's sessions although all of it is refunded.")
]
Type = Annotated[
    str | None, typer.Option("--type", metavar="TYPE", help="The payment type; that of the payment unless given.")
]


@app.command("record", cls=ChangeCommand)
def record(
    context: typer.Context,
    payment_type: Annotated[str, typer.Option("--type", metavar="TYPE", help="The payment type, like cash.")],
    selector: Paid = None,
    client: ClientOption = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help="How much; exactly what is due unless given.")
    ] = None,
    on: On = "today",
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="A reference, like the number of a receipt.")
    ] = None,
    overpay: Annotated[
        str | None,
        typer.Option("--overpay", metavar="credit", help="Keep any amount above what is due as the client's credit."),
    ] = None,
) -> None:
    """Record money received; it pays the oldest charges first. What has fallen due is billed before.

    Examples:
      clientctl payment record M-31 --type cash
      clientctl payment record C-3 --type card --amount 10 --reference 'receipt 12'
      clientctl payment record --client ana@example.com --type transfer --amount 100 --overpay credit
    """
    if overpay not in {None, "credit"}:
        raise UsageError(say("--overpay {overpay}: it takes only credit", overpay=overpay))

    def act(db: Writer, over: Literal["credit"] | None) -> list[str]:
        person = client_selectors.client_named(db, client) if client else None
        owed = payables.find(db, selectors, person, ahead=amount is not None)
        made = payments.record(
            db,
            owed.client_id,
            None if amount is None else payables.parse_amount(db, amount, owed, selectors),
            payment_types.find(db, payment_type),
            typed_days.parse(db, on),
            reference,
            charges=owed.charges,
            overpay=over,
        )
        return [*_describe_billing(owed), *_describe_payment(db, made)]

    session: Session = context.obj
    selectors = runner.read_selectors(selector or [])
    try:
        runner.change(session, "payment record", lambda db: act(db, "credit" if overpay else None), payments.card)
    except OverpaidError as error:
        if not (session.yes or session.dry_run or runner.can_ask()):
            raise
        runner.confirm(session, error.fact, say("Keep it as the client's credit?"))
        runner.change(session, "payment record", lambda db: act(db, "credit"), payments.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterOption = None,
    payment_type: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Of this type; repeat for several.")
    ] = None,
    status: Annotated[list[str] | None, status_option(STATES)] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="RANGE", help="Paid in this range, like today or last-month.")
    ] = None,
) -> int:
    """List payments and their corrections; the column net adds up to the money received.

    Examples:
      clientctl payment list --on this-month
      clientctl payment list --client ana@example.com
      clientctl payment list --type cash --columns number,client,on,net --out cash.xlsx
    """

    def build(db: Reader) -> Query:
        where = payments.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            type=[payment_types.find(db, each) for each in payment_type or ()],
            status=status,
            on=typed_days.parse_range(db, on),
        )
        return Query(payments.SOURCE, where)

    return runner.show_list(context.obj, build, say("No payments match."))


@app.command("show", cls=Command)
def show(context: typer.Context, payment: Named) -> None:
    """Show a payment: what it paid, the credit it left, and its corrections.

    Examples:
      clientctl payment show P-1
    """
    runner.show_card(
        context.obj, lambda db: payments.card(db, membership_selectors.payment(db, payment, received=False).number)
    )


@app.command("fail", cls=ChangeCommand)
def fail(
    context: typer.Context,
    payment: AttemptedPayment,
    payment_type: Type = None,
    on: On = "today",
    reason: Reason = None,
) -> None:
    """Record that a payment came back or an attempt failed: what it was for is due again.

    Examples:
      clientctl payment fail P-1 --reason 'insufficient funds'
      clientctl payment fail M-32 --type 'direct debit'
    """

    def act(db: Writer) -> list[str]:
        owed = payables.find_attempted(db, payment)
        if owed is None:
            return _record_correction(db, "failed", payment, payment_type, on, reason)
        charge = owed.charges[0]
        made = payment_corrections.record_failed_attempt(db, charge, _parse_entry(db, on, reason, payment_type))
        tried = say(
            "{amount} by {name} for {number}",
            amount=format_money(made.amount),
            name=made.type.name,
            number=charge.number,
        )
        return [
            *_describe_billing(owed),
            say(
                "Recorded {number} ({made}): {tried}, which failed",
                number=made.number,
                made=_title_of_client(made),
                tried=tried,
            ),
        ]

    runner.change(context.obj, "payment fail", act, payments.card)


@app.command("dispute", cls=ChangeCommand)
def dispute(context: typer.Context, payment: Named, on: On = "today", reason: Reason = None) -> None:
    """Record that a client disputed a payment and the money is gone: what it paid is due again.

    Examples:
      clientctl payment dispute P-1 --reason 'not recognized'
    """
    _run_correction(context.obj, "dispute", "disputed", payment, on, reason)


@app.command("void", cls=ChangeCommand)
def void(context: typer.Context, payment: Named, reason: Reason = None) -> None:
    """Void a payment that was recorded by mistake: what it paid is due again.

    Examples:
      clientctl payment void P-1 --reason 'entered twice' --yes
    """
    _run_correction(context.obj, "void", "voided", payment, "today", reason, question=say("Void it?"))


@app.command("refund", cls=ChangeCommand)
def refund(
    context: typer.Context,
    payment: Named,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help="Only this amount; all of it unless given.")
    ] = None,
    charge: Annotated[
        list[str] | None,
        typer.Option("--charge", metavar="CHARGE", help="Only what paid this charge; repeat for several."),
    ] = None,
    payment_type: Type = None,
    on: On = "today",
    reason: Reason = None,
    keep_sessions: KeepSessions = False,
) -> None:
    """Refund money: any overpayment first, then what was paid last. It is not due again.

    If everything received for a package is refunded and nothing of it is open, its remaining sessions are removed.

    Examples:
      clientctl payment refund P-1 --amount 20 --reason 'class cancelled' --yes
    """

    def act(db: Writer) -> list[str]:
        found = membership_selectors.payment(db, payment)
        wanted = None if amount is None else money.parse_amount(amount, found.amount.currency)
        only = [charges.find(db, each).id for each in charge] if charge else None
        made = payment_corrections.refund(db, found, _parse_entry(db, on, reason, payment_type), wanted, only)
        of = f"{found.number} ({made.client})"
        line = say(
            "Recorded {number}: {amount} of {of} refunded by {name}",
            number=made.number,
            amount=format_money(made.amount),
            of=of,
            name=made.type.name,
        )
        return [line, *package_refunds.remove_refunded_sessions(db, payments.charges_of(db, made), keep=keep_sessions)]

    _ask(
        context.obj,
        "payment refund",
        act,
        payment,
        say("Refund this amount?") if amount else say("Refund all of it?"),
    )
    runner.change(context.obj, "payment refund", act, payments.card)


def _run_correction(
    session: Session,
    verb: str,
    kind: Reversal,
    payment: str,
    on: str,
    reason: str | None,
    *,
    question: str | None = None,
) -> None:
    def act(db: Writer) -> list[str]:
        return _record_correction(db, kind, payment, None, on, reason)

    if question:
        _ask(session, say("payment {verb}", verb=verb), act, payment, question)
    runner.change(session, f"payment {verb}", act, payments.card)


def _record_correction(
    db: Writer, kind: Reversal, payment: str, payment_type: str | None, on: str, reason: str | None
) -> list[str]:
    """Record a failed, disputed or voided payment; report what is due again."""
    found = membership_selectors.payment(db, payment)
    credit = credits.of_payment(db, found.id)
    made = payment_corrections.reverse(db, found, kind, _parse_entry(db, on, reason, payment_type))
    again = payments.charges_of(db, made)
    line = say(
        "Recorded {number}: {amount} of {payment} ({client}) {kind}",
        number=made.number,
        amount=format_money(made.amount),
        payment=found.number,
        client=made.client,
        kind=say(kind, "status"),
    )
    if again:
        line += "; " + say("due again: {charges}", charges=", ".join(f"C-{each}" for each in again))
    gone = (
        [say("{credit} is removed with it: {left}", credit=credits.title_of(credit), left=credit.shown(credit.left))]
        if credit and credit.left
        else []
    )
    return [line, *gone, *package_refunds.describe_sessions_kept(db, again)]


def _parse_entry(db: Reader, on: str, reason: str | None, payment_type: str | None) -> CorrectionDetails:
    found = payment_types.find(db, payment_type) if payment_type else None
    return CorrectionDetails(typed_days.parse(db, on), reason, found)


def _ask(session: Session, name: str, act: Callable[[Writer], list[str]], payment: str, question: str) -> None:
    """Ask before received money is given up."""

    def fact(db: Reader) -> str:
        found = membership_selectors.payment(db, payment)
        return say(
            "{number} ({client}) is {amount} by {name} of {paid_on}",
            number=found.number,
            client=found.client,
            amount=format_money(found.amount),
            name=found.type.name,
            paid_on=found.paid_on,
        )

    runner.confirm_preview(session, name, act, fact, question)


def _title_of_client(payment: Payment) -> str:
    return f"{payment.client} ({payment.client_id})"


def _describe_billing(owed: Payables) -> list[str]:
    """Report how many charges were billed first, if any."""
    return [count(owed.billed, "Billed first: {n} charge", "Billed first: {n} charges")] if owed.billed else []


def _describe_payment(db: Reader, made: Payment) -> list[str]:
    """Describe what was received, what it paid and what is left to pay."""
    numbers = [f"C-{each}" for each in payments.charges_of(db, made)]
    lines = [
        say(
            "Recorded {number} ({made}): {amount} by {name}",
            number=made.number,
            made=_title_of_client(made),
            amount=format_money(made.amount),
            name=made.type.name,
        )
    ]
    if numbers:
        lines[0] = say("{payment} for {charges}", payment=lines[0], charges=", ".join(numbers))
        left = charges.find(db, numbers[-1])
        lines += (
            [say("{left} is left of {number}", left=format_money(left.left), number=left.number)]
            if left.left.minor
            else []
        )
    credit = credits.of_payment(db, made.id)
    return (
        [*lines, say("{quantity} is kept as credit {id}", quantity=credit.shown(credit.quantity), id=credit.id)]
        if credit
        else lines
    )
