"""Type redo."""

import typer

from clientctl.cli.framework import runner
from clientctl.cli.framework.options import ChangeCommand, noun
from clientctl.cli.history import log
from clientctl.domain.journal import history
from clientctl.domain.session.opened import Writer

app = noun("Make the change again that was undone.")


@app.command("redo", cls=ChangeCommand)
def redo(context: typer.Context) -> None:
    """Make the change again that `undo` took back, as long as nothing new was changed since.

    Examples:
      clientctl redo
    """

    def act(db: Writer) -> list[str]:
        taken = history.redo(db)
        db.touch(f"#{taken.id}")
        return [f"Redid #{taken.id} {taken.name}"]

    runner.change(context.obj, "redo", act, log.card)
