"""The `client history` command."""

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientArgument
from clientctl.cli.framework.commands import ListCommand, Verbs
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.journal import history

app = Verbs()


@app.command("history", cls=ListCommand)
def history_(context: typer.Context, client: ClientArgument) -> int:
    """List every change to a client, including undone ones: when, who, the old value and the new one.

    Examples:
      clientctl client history ana@example.com
      clientctl client history 12 --json
    """
    return runner.show_list(
        context.obj,
        lambda db: history.of_client(db, client_selectors.client_named(db, client).id),
        say("No changes yet."),
    )
