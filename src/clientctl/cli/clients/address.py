"""The `address` commands."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import removal, runner
from clientctl.cli.framework.arguments import ClientArgument, ClientFilterArgument, unset_option
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.clients import addresses
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.addresses import LINES
from clientctl.domain.shared.queries import Query
from clientctl.store import Reader, Writer

app = noun("Manage clients' addresses; a client can have several.")

Street = Annotated[str | None, typer.Option("--street", metavar="TEXT", help="Street and number.")]
PostalCode = Annotated[str | None, typer.Option("--postal-code", metavar="TEXT", help="Postal code.")]
City = Annotated[str | None, typer.Option("--city", metavar="TEXT", help="City.")]
Region = Annotated[str | None, typer.Option("--region", metavar="TEXT", help="Region, state or province.")]
Country = Annotated[str | None, typer.Option("--country", metavar="TEXT", help="Country.")]

_UNSET = {line.replace("_", "-"): line for line in LINES}
"""The fields of ``--unset``, and the columns they empty."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    client: ClientArgument,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Its name, like Work; Home unless given.")
    ] = "Home",
    street: Street = None,
    postal_code: PostalCode = None,
    city: City = None,
    region: Region = None,
    country: Country = None,
) -> None:
    """Add an address to a client.

    Examples:
      clientctl address add ana@example.com --street '12 rue Oberkampf' --postal-code 75011 --city Paris
    """
    lines = dict(zip(LINES, (street, postal_code, city, region, country), strict=True))

    def act(db: Writer) -> list[str]:
        return [
            say(
                "Added {add}",
                add=addresses.title_of(addresses.add(db, client_selectors.client_named(db, client), name, lines)),
            )
        ]

    runner.change(context.obj, "address add", act, addresses.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterArgument = None,
) -> int:
    """List the addresses of one client or of all.

    Examples:
      clientctl address list ana@example.com
      clientctl address list --sort city --columns client,city
    """

    def build(db: Reader) -> Query:
        where = addresses.SOURCE.where(client=client_selectors.client_if_named(db, client))
        return Query(addresses.SOURCE, where)

    return runner.show_list(context.obj, build, say("No addresses."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The address's number.")],
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Its name.")] = None,
    street: Street = None,
    postal_code: PostalCode = None,
    city: City = None,
    region: Region = None,
    country: Country = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change an address.

    Examples:
      clientctl address edit 1 --street '14 rue Oberkampf' --name Work
      clientctl address edit 1 --unset postal-code
    """
    values = (name, street, postal_code, city, region, country)
    changes = {line: value for line, value in zip(("name", *LINES), values, strict=True) if value is not None}
    runner.check_change_given([*values, unset], say("give a field, like --street or --unset region"))
    changes |= dict.fromkeys(runner.parse_unset(unset, _UNSET, changes), "")

    def act(db: Writer) -> list[str]:
        found = addresses.find(db, address)
        new = addresses.edit(db, found, changes)
        return [
            say("Changed {found}", found=addresses.title_of(found))
            if new
            else runner.report_unchanged(addresses.title_of(found))
        ]

    runner.change(context.obj, "address edit", act, addresses.card)


@app.command("remove", cls=ChangeCommand)
def remove(
    context: typer.Context,
    address: Annotated[list[str], typer.Argument(metavar="ADDRESS...", help="Numbers; - reads them from stdin.")],
) -> None:
    """Remove addresses. It asks first.

    Examples:
      clientctl address remove 1 --yes
    """
    removal.remove(
        context.obj,
        "address",
        address,
        addresses.find,
        lambda found: (addresses.title_of(found), ", ".join(filter(None, found[4:]))),
        addresses.remove,
        addresses.card,
    )
