"""Type undo."""

from typing import Annotated

import typer

from clientctl.cli.framework import runner
from clientctl.cli.framework.options import ChangeCommand, noun
from clientctl.cli.history import log
from clientctl.domain.journal import history
from clientctl.domain.session.opened import Writer

app = noun("Take the last change back.")


@app.command("undo", cls=ChangeCommand)
def undo(
    context: typer.Context,
    command: Annotated[
        str | None, typer.Argument(metavar="[#NUMBER]", help="A command before which only final ones stand in the way.")
    ] = None,
) -> None:
    """Take the last change back; again, the one before it. `redo` makes it again.

    What is final is never taken back. A change before it is when you name it, unless something final was built on it:
    what a client was told or paid since rests on the client as they were then, so that an edit of theirs stays. Nothing
    is taken back from before `client delete`, `db restore` and `import json`.

    Examples:
      clientctl undo
    """

    def act(db: Writer) -> list[str]:
        taken = history.undo(db, history.parse_number(command) if command else None)
        db.touch(f"#{taken.id}")
        return [f"Undid #{taken.id} {taken.name} ({taken.who})"]

    runner.change(context.obj, "undo", act, log.card)
