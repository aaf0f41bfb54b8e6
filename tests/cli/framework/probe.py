"""The real program with an additional noun, `probe`, whose verbs show their input and fail in every way."""

import builtins
import json
import sys
import types
from typing import Annotated

import typer

from clientctl import errors
from clientctl.__main__ import main
from clientctl.cli.framework import app as table
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.cli.framework.shared_options import Session

app = noun("Try the command line.")


def _show(session: Session, **more: object) -> None:
    untouched = Session()
    told = {name: getattr(session, name) for name in Session.__slots__}
    given = {name: value for name, value in told.items() if value != getattr(untouched, name)}
    sys.stdout.write(json.dumps(given | more))


@app.command("show", cls=Command)
def show(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(metavar="WORD")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="The last day.")] = None,
) -> None:
    """Show what was typed.

    The second paragraph is filled to the width of the terminal, as a paragraph should be, however
    it was broken in the source.

    Examples:
      # the spaces of the second line stay
      clientctl probe show one
      clientctl probe show   one    two
    """
    _show(context.obj, **({"words": words} if words else {}), **({"until": until} if until else {}))


@app.command("list", cls=ListCommand)
def list_words(context: typer.Context) -> int:
    """List what was typed."""
    _show(context.obj)
    return 10 if context.obj.exit_code else 0


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context) -> None:
    """Remove nothing."""
    _show(context.obj)


@app.command("fail", cls=Command)
def fail(kind: str, message: str) -> None:
    """Raise an error of that kind."""
    kinds = {**vars(errors), "Abort": typer.Abort}
    if kind == "RecursionError":
        fail(kind, message)
    if kind in kinds:
        raise kinds[kind](message) if kind == "Abort" else kinds[kind](message, ["first", "second\tone"])
    raise vars(builtins)[kind](message)


@app.command("change", cls=ChangeCommand)
def change(context: typer.Context, rows: int) -> None:
    """Commit entry 12, then print that many rows."""
    context.obj.committed = 12
    for number in range(rows):
        sys.stdout.write(f"row {number}\n")


@app.command("wait", cls=ChangeCommand)
def wait(context: typer.Context, *, commit: bool = False, catch: bool = False) -> None:
    """Say when a signal may come, wait for a line, and tell how it ended; or take whatever comes for a wrong line."""
    context.obj.committing = commit
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        try:
            sys.stdin.readline()
        except BaseException:
            if catch:
                raise TypeError("expected a line") from None
            raise
        context.obj.committed = 12
        context.obj.committing = False
        sys.stdout.write("done\n")
    finally:
        sys.stderr.write("cleaned up\n")


module = types.ModuleType("clientctl.cli.program.probe")
module.app = app
sys.modules[module.__name__] = module
table.SECTIONS["The program"]["probe"] = "Try the command line"

if __name__ == "__main__":
    main()
