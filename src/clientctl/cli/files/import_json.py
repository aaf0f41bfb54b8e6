"""Type `import json`: everything from another file."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.listing import Card
from clientctl.cli.framework import runner
from clientctl.domain.session.opened import Reader, Writer
from clientctl.domain.transfer import practice as practice_transfer
from clientctl.domain.transfer.practice import Taken

if TYPE_CHECKING:
    from clientctl.cli.framework.options import Session


def json_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export json` wrote; - is stdin.")],
) -> None:
    """Take everything that `clientctl export json` wrote into a file that was just made; `undo` takes it back.

    Every row comes in as it was, numbers and the list's order too. Documents and photos come in if
    they are in it; else the folder of the other file can be put beside this one.

    Examples:
      clientctl import json practice.json --db new.db --dry-run
      clientctl import json practice.json --db new.db
    """
    session: Session = context.obj

    def act(db: Writer) -> Sequence[str]:
        from clientctl.exchange import practice_json

        return list(_said(file, practice_transfer.take_in(db, practice_json.read(file))))

    runner.change(session, "import json", act, _nothing, bulk=True)


def _nothing(_db: Reader, number: str) -> Card:
    raise AssertionError(number)  # no record is touched by number: all are new


def _said(file: Path, taken: Taken) -> list[str]:
    clients = f"{taken.clients} client{'' if taken.clients == 1 else 's'}"
    name = "standard input" if str(file) == "-" else file
    said = [f"Imported {name}: {clients}, {taken.rows} rows in all, {taken.files} attached files"]
    if taken.missing:
        said.append(f"Attached files that are named and not in it: {taken.missing}; `clientctl db verify` says which")
    return said
