"""The `order` commands."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientFilterOption
from clientctl.cli.framework.commands import Command, ListCommand, noun
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.money import orders
from clientctl.domain.practice import sites, typed_days
from clientctl.domain.shared.queries import Query
from clientctl.store import Reader

app = noun("Show orders: what was bought in one go. `membership add` and `package sell` create them.")


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterOption = None,
    site: Annotated[
        list[str] | None, typer.Option("--site", metavar="SITE", help="At this site; repeat for several.")
    ] = None,
    ordered: Annotated[
        str | None, typer.Option("--ordered", metavar="RANGE", help="Ordered in this range, like this-month.")
    ] = None,
) -> int:
    """List orders, the newest last.

    Examples:
      clientctl order list --client ana@example.com
      clientctl order list --ordered this-month --columns number,client,total,left
    """

    def build(db: Reader) -> Query:
        where = orders.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            site=[sites.find(db, name) for name in site or ()],
            ordered=typed_days.parse_range(db, ordered),
        )
        return Query(orders.SOURCE, where)

    return runner.show_list(context.obj, build, say("No orders match."))


@app.command("show", cls=Command)
def show(
    context: typer.Context, order: Annotated[str, typer.Argument(metavar="ORDER", help="Its number, like O-3.")]
) -> None:
    """Show an order: what was bought, how each amount was calculated, what is paid and what is left.

    Examples:
      clientctl order show O-1
    """
    runner.show_card(context.obj, lambda db: orders.card(db, order))
