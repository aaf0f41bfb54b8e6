"""The `client list` command."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.commands import ClientListCommand, Verbs
from clientctl.domain.overview import client_list
from clientctl.domain.shared.queries import Query
from clientctl.errors import UsageError
from clientctl.store import Reader

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = Verbs()


@app.command("list", cls=ClientListCommand)
def list_(
    context: typer.Context,
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT...]", help="Search names, e-mails and phones.")
    ] = None,
    undone: Annotated[
        bool, typer.Option("--undone", help="People known only from the history, as adding them was undone.")
    ] = False,
) -> int:
    """List clients; the one last changed by hand comes last, next to the prompt.

    TEXT searches first names, last names, both, e-mails and phones, and lists the closest first;
    case, accents, spaces and punctuation do not matter. Different filters must all match.
    --where takes any field: is, is-not, contains, starts, empty, filled for texts; above,
    below for numbers; before, after, in for days.

    Examples:
      clientctl client list
      clientctl client list mull
      clientctl client list --label VIP --not-label Famille --member
      clientctl client list --where 'company filled' --where 'birthday in this-month'
      clientctl client list --sort name --columns id,name,phone --out clients.csv
    """
    session: Session = context.obj

    def build(db: Reader) -> Query:
        if not undone:
            return client_list.query(db, client_filters.build_filter(db, session, text))
        if client_filters.is_filtered(db, session, text):
            raise UsageError(say("--undone and filters don't go together: leave TEXT and the filters out"))
        from clientctl.domain.journal import undone_clients as only_in_history

        return Query(only_in_history.SOURCE)

    def suggest(db: Reader) -> str | None:
        if not text or undone:
            return None
        from clientctl.domain.clients import selectors

        return selectors.suggest(db, " ".join(text))

    return runner.show_list(session, build, say("No clients match."), suggest=suggest)
