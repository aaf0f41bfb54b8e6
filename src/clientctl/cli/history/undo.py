"""The `undo` command."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, noun
from clientctl.cli.history import log
from clientctl.domain.journal import history
from clientctl.store import Writer

app = noun("Undo the last change.")


@app.command("undo", cls=ChangeCommand)
def undo(
    context: typer.Context,
    command: Annotated[
        str | None, typer.Argument(metavar="[#NUMBER]", help="An earlier command, followed only by final ones.")
    ] = None,
) -> None:
    """Undo the last change; repeated, the one before it. `redo` makes the change again.

    Final commands can't be undone. A change before a final command can be, by its number, unless the final command
    relied on it: an edit of a client who was written to or charged since stays. Nothing from before `client delete`,
    `db restore` or `import json` can be undone.

    Examples:
      clientctl undo
    """

    def act(db: Writer) -> list[str]:
        taken = history.undo(db, history.parse_number(command) if command else None)
        db.note_number(f"#{taken.id}")
        return [say("Undid #{id} {name} ({who})", id=taken.id, name=taken.name, who=taken.who)]

    runner.change(context.obj, "undo", act, log.card)
