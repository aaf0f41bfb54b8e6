"""Type the commands about what imports left: taking one back, and mappings."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.cli.framework import runner
from clientctl.cli.history import log
from clientctl.domain.imports import mappings
from clientctl.domain.imports import run as import_run
from clientctl.domain.journal import history
from clientctl.domain.shared.queries import Query

if TYPE_CHECKING:
    from clientctl.base.listing import Card
    from clientctl.domain.session.opened import Writer


def revert(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The import's number, as in `import list`.")],
) -> None:
    """Take an import back at any later time, but for what was changed since, which it names.

    Of a client of whom anything was changed or added since, everything stays as it is now. `undo`
    brings back what was taken back.

    Examples:
      clientctl import revert '#2' --dry-run
      clientctl import revert '#2'
    """

    def act(db: "Writer") -> list[str]:
        taken = import_run.revert(db, history.parse_number(number))
        left = [f"Left as it is, changed since or in use: {each}" for each in taken.left]
        gone = [f"Removed mapping {each}, which was saved with it" for each in taken.mappings]
        counted = _counted("client", taken.clients)
        if any(taken.memberships):
            counted += f"; {_counted('membership', taken.memberships)}"
        return [*left, *gone, f"Took back import {number}: {counted}"]

    runner.change(context.obj, "import revert", act, log.card)


def _counted(what: str, taken: tuple[int, int]) -> str:
    removed, restored = taken
    return f"{removed} {what}{'' if removed == 1 else 's'} removed, {restored} put back"


def mappings_(context: typer.Context) -> int:
    """List what columns are, as it was saved under a name.

    Examples:
      clientctl import mappings
    """
    return runner.show_list(context.obj, lambda _db: Query(mappings.SOURCE), "No mapping was saved yet.")


def remove_mapping(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The mapping's name.")],
) -> None:
    """Forget a mapping; what was imported with it stays.

    Examples:
      clientctl import remove-mapping monthly
    """
    was: list[Card] = []

    def act(db: "Writer") -> list[str]:
        was.append(mappings.remove(db, name))
        return [f"Removed mapping {name}"]

    runner.change(
        context.obj, "import remove-mapping", act, lambda db, kept: was[0] if was else mappings.card(db, kept)
    )
