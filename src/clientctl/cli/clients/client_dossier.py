"""The `client dossier` command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base import atomic_files, clock
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientArgument
from clientctl.cli.framework.commands import Command, Verbs
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.session import opened
from clientctl.errors import UsageError
from clientctl.output.streams import note

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = Verbs()


@app.command("dossier", cls=Command)
def dossier(
    context: typer.Context,
    client: ClientArgument,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The .zip file to write.")],
    with_notes: Annotated[
        bool, typer.Option("--with-notes", help="Include private notes and tasks, in a separate folder.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write everything that is stored about a client to one zip file.

    It has a page that explains the contents, all details with their history as JSON and as a
    workbook, a vCard, the documents and the photo. Only you can read the file.

    Examples:
      clientctl client dossier ana@example.com ana.zip --force
      clientctl client dossier 12 client.zip --with-notes --force
    """
    session: Session = context.obj
    if target.suffix.lower() != ".zip":
        raise UsageError(say("{name} is not a zip file: end its name in .zip", name=quoted(target.name)))
    # Imported here, to keep the other commands about clients fast.
    from clientctl.domain.client_file import dossier as dossiers
    from clientctl.exchange import dossier_zip as dossier_file

    with runner.reading(session) as db:
        found = client_selectors.client_named(db, client)
        held = dossiers.of_client(db, found, private=with_notes)
        runner.show_notices(db)
        made = clock.to_local(clock.stamp(clock.now()), opened.zone(db))
    # The database is closed by now: documents can be big, and must not make others wait.
    with atomic_files.replace_file(target, force=force) as file:
        count = dossier_file.write(file, held, made, session.as_of)
    note(say("Wrote {target}: {count} files about {title}", target=target, count=count, title=found.title))
