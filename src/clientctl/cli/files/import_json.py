"""The `import json` command."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.listing import Card
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.domain.transfer import practice as practice_transfer
from clientctl.domain.transfer.practice import ImportResult
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session


def json_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `export json` wrote; - is stdin.")],
) -> None:
    """Import everything that `clientctl export json` wrote into a new database; `undo` reverses it.

    Every row is imported unchanged, with its number and the order of the list. Documents and photos are
    imported if the file has them; else copy the folder of the other database beside this one.

    Examples:
      clientctl import json practice.json --db new.db --dry-run
      clientctl import json practice.json --db new.db
    """
    session: Session = context.obj

    def act(db: Writer) -> Sequence[str]:
        from clientctl.exchange import practice_json

        return list(_describe(file, practice_transfer.load(db, practice_json.read(file))))

    runner.change(session, "import json", act, _nothing, bulk=True)


def _nothing(_db: Reader, number: str) -> Card:
    raise AssertionError(number)  # all records are new, so none is touched by number


def _describe(file: Path, taken: ImportResult) -> list[str]:
    name = say("standard input") if str(file) == "-" else file
    lines = [
        say(
            "Imported {name}: {clients}, {rows} in all, {files}",
            name=name,
            clients=count(taken.clients, "{n} client", "{n} clients"),
            rows=count(taken.rows, "{n} row", "{n} rows"),
            files=count(taken.files, "{n} attached file", "{n} attached files"),
        )
    ]
    if taken.missing:
        lines.append(
            say(
                "Missing from it: {files}; `clientctl db verify` says which",
                files=count(taken.missing, "{n} attached file", "{n} attached files"),
            )
        )
    return lines
