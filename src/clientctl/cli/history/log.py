"""The `log` command."""

from typing import Annotated

import typer

from clientctl.base.listing import Card, Listing
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ListCommand, noun
from clientctl.domain.journal import history
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Where
from clientctl.store import Reader

app = noun("List what was changed, by whom and when.")


@app.command("log", cls=ListCommand)
def log(
    context: typer.Context,
    command: Annotated[
        str | None, typer.Argument(metavar="[#NUMBER]", help="Show what this command changed, field by field.")
    ] = None,
) -> int:
    """List the commands that changed something, the latest last; or what one of them changed.

    Examples:
      clientctl log
      clientctl log '#2'
    """

    def build(db: Reader) -> Query | Listing:
        return Query(history.LOG) if command is None else history.of_command(db, history.parse_number(command))

    return runner.show_list(context.obj, build, say("No changes yet."))


def card(db: Reader, number: str) -> Card:
    """Return the card of one command, with the columns of the log."""
    where = Where("k.id = :record", {"record": history.parse_number(number)})
    return queries.card(db, history.LOG, where, title=number)
