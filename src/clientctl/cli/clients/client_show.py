"""The `client show` command."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientArgument
from clientctl.cli.framework.commands import Command, Verbs
from clientctl.domain.client_file import card
from clientctl.domain.clients import selectors as client_selectors

app = Verbs()


@app.command("show", cls=Command)
def show(
    context: typer.Context,
    client: ClientArgument,
    section: Annotated[
        list[str] | None,
        typer.Option(
            "--section", metavar="SECTION", help=f"Only this section: {', '.join(card.SECTIONS)}; repeat for several."
        ),
    ] = None,
) -> None:
    """Show everything about a client.

    Examples:
      clientctl client show ana@example.com
      clientctl client show 'ana mul' --section memberships
    """
    runner.show_card(
        context.obj,
        lambda db: card.client(db, str(client_selectors.client_named(db, client).id)),
        section,
        say("--section NAME shows one, --json all"),
    )
