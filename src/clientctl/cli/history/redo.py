"""The `redo` command."""

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, noun
from clientctl.cli.history import log
from clientctl.domain.journal import history
from clientctl.store import Writer

app = noun("Redo the change that was undone.")


@app.command("redo", cls=ChangeCommand)
def redo(context: typer.Context) -> None:
    """Redo the change that was undone, as long as nothing has changed since.

    Examples:
      clientctl redo
    """

    def act(db: Writer) -> list[str]:
        taken = history.redo(db)
        db.note_number(f"#{taken.id}")
        return [say("Redid #{id} {name}", id=taken.id, name=taken.name)]

    runner.change(context.obj, "redo", act, log.card)
