"""The `membership timeline` command."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Membership
from clientctl.cli.framework.commands import ListCommand, Verbs
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships import timeline as timelines

app = Verbs()


@app.command("timeline", cls=ListCommand)
def timeline(
    context: typer.Context,
    membership: Membership,
    coming: Annotated[int, typer.Option("--coming", metavar="N", help="The number of coming periods.", min=0)] = 12,
) -> int:
    """Show the timeline of a membership: periods, charges, pauses, changes, the end, and what is coming.

    Examples:
      clientctl membership timeline M-1
      clientctl membership timeline M-1 --coming 3 --columns from,until,what,amount
    """
    return runner.show_list(
        context.obj,
        lambda db: timelines.build(
            db, membership_selectors.membership(db, membership, membership_selectors.ANY), coming
        ),
        say("Nothing on the timeline."),
    )
