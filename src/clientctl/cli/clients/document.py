"""The `document` commands."""

from pathlib import Path
from typing import Annotated

import typer

from clientctl.base import atomic_files
from clientctl.base.text import show_controls
from clientctl.base.words import say
from clientctl.cli.framework import removal, runner
from clientctl.cli.framework.arguments import ClientArgument, ClientFilterArgument
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.clients import documents
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.shared import client_sql
from clientctl.domain.shared.queries import Query, Where
from clientctl.output.streams import note
from clientctl.store import Reader, Writer

app = noun("Manage documents that you share with a client, or that a client gave you.")

Number = Annotated[str, typer.Argument(metavar="DOCUMENT", help="The document's number.")]


@app.command("attach", cls=ChangeCommand)
def attach(
    context: typer.Context,
    client: ClientArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; a copy is kept beside the database.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="The document's name; the file's unless given.")
    ] = None,
    by_client: Annotated[bool, typer.Option("--by-client", help="Mark it as given to you by the client.")] = False,
) -> None:
    """Store a copy of a file as a client's document.

    Examples:
      clientctl document attach ana@example.com plan.pdf
      clientctl document attach 12 scan.jpg --name 'Consent form.jpg' --by-client
    """

    def act(db: Writer) -> list[str]:
        found = client_selectors.client_named(db, client)
        document, new = documents.attach(db, found, file, name=name, by_client=by_client)
        if new:
            return [
                say(
                    "Attached {document}: {name}, {bytes} bytes",
                    document=documents.title_of(document),
                    name=document.name,
                    bytes=document.bytes,
                )
            ]
        return [
            say(
                "{title} already has {name}: {document}",
                title=found.title,
                name=document.name,
                document=documents.title_of(document),
            )
        ]

    runner.change(context.obj, "document attach", act, documents.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterArgument = None,
) -> int:
    """List the documents of one client or of all.

    Examples:
      clientctl document list ana@example.com
      clientctl document list --sort -bytes --limit 10
    """

    def build(db: Reader) -> Query:
        if client is None:
            return Query(documents.SOURCE, [Where(client_sql.LISTED)])
        where = documents.SOURCE.where(client=client_selectors.client_named(db, client))
        return Query(documents.SOURCE, where)

    return runner.show_list(context.obj, build, say("No documents yet."))


@app.command("save", cls=Command)
def save(
    context: typer.Context,
    document: Number,
    target: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="A file or folder; this folder and the document's name unless given."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write a document to a file.

    Examples:
      clientctl document save 1 copy.pdf
      clientctl document save 1 --force
    """
    with runner.reading(context.obj) as db:
        found = documents.find(db, document)
        path = target or Path()
        if path.is_dir():
            path /= show_controls(found.name)
        with atomic_files.replace_file(path, force=force) as file:
            documents.write(db, found, file)
    note(say("Wrote {path}", path=path))


@app.command("remove", cls=ChangeCommand)
def remove(
    context: typer.Context,
    document: Annotated[list[str], typer.Argument(metavar="DOCUMENT...", help="Numbers; - reads them from stdin.")],
) -> None:
    """Remove documents. It asks first; `undo` brings them back.

    Examples:
      clientctl document remove 1 --yes
    """
    removal.remove(
        context.obj,
        "document",
        document,
        documents.find,
        lambda found: (documents.title_of(found), found.name),
        documents.remove,
        documents.card,
    )
