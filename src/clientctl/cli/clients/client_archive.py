"""The `client archive` and `client restore` commands."""

from collections.abc import Callable
from functools import partial

import typer

from clientctl.base.words import say
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.arguments import ClientArguments
from clientctl.cli.framework.commands import ClientFilterChangeCommand, Verbs
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.store import Writer

app = Verbs()


@app.command("archive", cls=ClientFilterChangeCommand)
def archive(context: typer.Context, client: ClientArguments = None) -> None:
    """Hide clients from lists and exports; nothing is lost, and `client restore` brings them back.

    Examples:
      clientctl client archive 12
      clientctl client archive --no-member --since ..2020-12-31
    """
    _change_each(context.obj, "client archive", client, clients.archive, _describe_archived)


@app.command("restore", cls=ClientFilterChangeCommand)
def restore(context: typer.Context, client: ClientArguments = None) -> None:
    """Bring archived clients back.

    Examples:
      clientctl client restore 12
      clientctl client restore --archived --since this-year
    """
    _change_each(context.obj, "client restore", client, clients.restore, _describe_restored)


def _change_each(
    session: Session,
    name: str,
    client: list[str] | None,
    change: Callable[[Writer, clients.Client], bool],
    describe: Callable[[str, bool], str],
) -> None:
    """Change the chosen clients, one by one, and report each."""
    selectors = client_filters.parse_selectors(client)
    named = partial(client_selectors.clients_named, archived=change is clients.restore)

    def act(db: Writer) -> list[str]:
        found = client_filters.find_clients(db, session, selectors, named)
        return [describe(each.title, change(db, each)) for each in found]

    runner.change(session, name, act, card.client)


def _describe_archived(client: str, new: bool) -> str:
    return say("Archived {client}", client=client) if new else say("{client} is already archived", client=client)


def _describe_restored(client: str, new: bool) -> str:
    return say("Restored {client}", client=client) if new else say("{client} is not archived", client=client)
