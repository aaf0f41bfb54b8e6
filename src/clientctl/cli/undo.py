"""Type undo."""

import typer

from clientctl.cli import log, work
from clientctl.cli.options import ChangeCommand, noun
from clientctl.domain import history
from clientctl.domain.book import Writer

app = noun("Take the last change back.")


@app.command("undo", cls=ChangeCommand)
def undo(context: typer.Context) -> None:
    """Take the last change back; again, the one before it. `redo` makes it again.

    What is final is never taken back, nor anything before it.

    Examples:
      clientctl undo
    """

    def act(db: Writer) -> list[str]:
        taken = history.undo(db)
        db.touch(f"#{taken.id}")
        return [f"Undid #{taken.id} {taken.name} ({taken.who})"]

    work.change(context.obj, "undo", act, log.card)
