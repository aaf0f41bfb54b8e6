"""The `payment-type` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import NewName
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.practice import payment_types
from clientctl.domain.shared.queries import Query
from clientctl.store import Writer

if TYPE_CHECKING:
    from clientctl.base.listing import Card

app = noun("Manage payment types: the ways you take money.")

Name = Annotated[str, typer.Argument(metavar="TYPE", help="The payment type's name.")]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Add a payment type.

    Examples:
      clientctl payment-type add 'Gift voucher'
    """

    def act(db: Writer) -> list[str]:
        return [say("Added payment type {name}", name=payment_types.add(db, name).name)]

    runner.change(context.obj, "payment-type add", act, payment_types.card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context) -> int:
    """List payment types, and how many payments each one has.

    Examples:
      clientctl payment-type list
    """
    return runner.show_list(context.obj, lambda _db: Query(payment_types.SOURCE), say("No payment types."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    payment_type: Name,
    name: NewName,
) -> None:
    """Rename a payment type, also in past payments.

    Examples:
      clientctl payment-type edit Card --name 'Card reader'
    """

    def act(db: Writer) -> list[str]:
        found = payment_types.find(db, payment_type)
        return [runner.report_rename(say("payment type"), found.name, payment_types.rename(db, found, name).name)]

    runner.change(context.obj, "payment-type edit", act, payment_types.card)


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context, payment_type: Name) -> None:
    """Remove a payment type that no payment uses.

    Examples:
      clientctl payment-type remove Transfer
    """
    was: list[Card] = []

    def act(db: Writer) -> list[str]:
        found = payment_types.find(db, payment_type, exactly=True)
        was.append(payment_types.card(db, str(found.id)))
        payment_types.remove(db, found)
        return [say("Removed payment type {name}", name=found.name)]

    runner.change(
        context.obj,
        "payment-type remove",
        act,
        lambda db, number: was[0] if was else payment_types.card(db, number),
    )
