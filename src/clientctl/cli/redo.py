"""Type redo."""

import typer

from clientctl.cli import log, work
from clientctl.cli.options import ChangeCommand, noun
from clientctl.domain import history
from clientctl.domain.book import Writer

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

    work.change(context.obj, "redo", act, log.card)
