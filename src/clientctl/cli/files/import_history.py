"""The `import` commands about earlier imports: revert, and the saved mappings."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.history import log
from clientctl.domain.imports import mappings
from clientctl.domain.imports import run as import_run
from clientctl.domain.journal import history
from clientctl.domain.shared.queries import Query

if TYPE_CHECKING:
    from clientctl.base.listing import Card
    from clientctl.store import Writer


def revert(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The import's number, as in `import list`.")],
) -> None:
    """Revert an import at any later time, except for what was changed since, which is listed.

    A client with any change or addition since the import is left as is. `undo` brings back what was
    reverted.

    Examples:
      clientctl import revert '#2' --dry-run
      clientctl import revert '#2'
    """

    def act(db: "Writer") -> list[str]:
        taken = import_run.revert(db, history.parse_number(number))
        left = [say("Left unchanged, as it was changed since or is in use: {each}", each=each) for each in taken.left]
        gone = [say("Removed mapping {each}, saved with the import", each=each) for each in taken.mappings]
        removed, restored = taken.clients
        clients = count(removed, "{n} client removed", "{n} clients removed")
        counted = say("{removed}, {restored} restored", removed=clients, restored=restored)
        if any(taken.memberships):
            removed, restored = taken.memberships
            sold = count(removed, "{n} membership removed", "{n} memberships removed")
            counted += "; " + say("{removed}, {restored} restored", removed=sold, restored=restored)
        return [*left, *gone, say("Reverted import {number}: {counted}", number=number, counted=counted)]

    runner.change(context.obj, "import revert", act, log.card)


def mappings_(context: typer.Context) -> int:
    """List the saved mappings of columns to fields.

    Examples:
      clientctl import mappings
    """
    return runner.show_list(context.obj, lambda _db: Query(mappings.SOURCE), say("No mappings yet."))


def remove_mapping(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The mapping's name.")],
) -> None:
    """Remove a mapping; what was imported with it stays.

    Examples:
      clientctl import remove-mapping monthly
    """
    was: list[Card] = []

    def act(db: "Writer") -> list[str]:
        was.append(mappings.remove(db, name))
        return [say("Removed mapping {name}", name=name)]

    runner.change(
        context.obj, "import remove-mapping", act, lambda db, number: was[0] if was else mappings.card(db, number)
    )
