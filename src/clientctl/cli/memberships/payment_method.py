"""The `payment-method` commands."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import removal, runner
from clientctl.cli.framework.arguments import ClientArgument, ClientFilterArgument, unset_option
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import payment_methods
from clientctl.domain.memberships.payment_methods import Kind
from clientctl.domain.shared.queries import Query
from clientctl.store import Reader, Writer

app = noun("Manage how clients pay: cash, card, direct debit, transfer. A full card number is never stored.")

Label = Annotated[str | None, typer.Option("--label", metavar="TEXT", help="Its name, like 'Visa of Ana'.")]
LastFour = Annotated[
    str | None, typer.Option("--last-four", metavar="DIGITS", help="The last four digits of the card or account.")
]

_UNSET = {"label": "name", "last-four": "last_four"}
"""The fields of ``--unset``, and the columns they empty."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    client: ClientArgument,
    kind: Annotated[
        Kind, typer.Argument(metavar="KIND", case_sensitive=False, help="cash, card, direct-debit, transfer or other.")
    ],
    label: Label = None,
    last_four: LastFour = None,
) -> None:
    """Add a payment method of a client. For a direct debit, `mandate request` then requests the client's permission.

    Examples:
      clientctl payment-method add ana@example.com card --label Visa --last-four 4242
      clientctl payment-method add 12 direct-debit
    """

    def act(db: Writer) -> list[str]:
        made = payment_methods.add(db, client_selectors.client_named(db, client), kind, name=label, last_four=last_four)
        return [say("Added {made}", made=payment_methods.title_of(made))]

    runner.change(context.obj, "payment-method add", act, payment_methods.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterArgument = None,
) -> int:
    """List the payment methods of one client or of all.

    Examples:
      clientctl payment-method list ana@example.com
      clientctl payment-method list --sort mandate --columns client,kind,mandate,mandate_on
    """

    def build(db: Reader) -> Query:
        where = payment_methods.SOURCE.where(client=client_selectors.client_if_named(db, client))
        return Query(payment_methods.SOURCE, where)

    return runner.show_list(context.obj, build, say("No payment methods."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    method: Annotated[str, typer.Argument(metavar="METHOD", help="The payment method's number.")],
    label: Label = None,
    last_four: LastFour = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change the name or the last four digits of a payment method.

    Examples:
      clientctl payment-method edit 1 --last-four 1881
      clientctl payment-method edit 1 --unset label
    """
    runner.check_change_given([label, last_four, unset], say("give --label, --last-four or --unset label"))
    values = {"name": label, "last_four": last_four}
    emptied = runner.parse_unset(unset, _UNSET, values)

    def act(db: Writer) -> list[str]:
        found = payment_methods.find(db, method)
        wanted = {
            "name": found.name if label is None else label,
            "last_four": found.last_four if last_four is None else last_four,
        }
        new = payment_methods.edit(db, found, found._replace(**(wanted | dict.fromkeys(emptied))))
        called = payment_methods.title_of(payment_methods.find(db, method))
        return [say("Changed {called}", called=called) if new else runner.report_unchanged(called)]

    runner.change(context.obj, "payment-method edit", act, payment_methods.card)


@app.command("remove", cls=ChangeCommand)
def remove(
    context: typer.Context,
    method: Annotated[list[str], typer.Argument(metavar="METHOD...", help="Numbers; - reads them from stdin.")],
) -> None:
    """Remove payment methods and their mandates, unless a membership is collected with them. It asks first.

    Examples:
      clientctl payment-method remove 1 --yes
    """
    removal.remove(
        context.obj,
        "payment-method",
        method,
        payment_methods.find,
        lambda found: (
            payment_methods.title_of(found),
            say("mandate {mandate}", mandate=found.mandate) if found.mandate else found.kind,
        ),
        payment_methods.remove,
        payment_methods.card,
    )
