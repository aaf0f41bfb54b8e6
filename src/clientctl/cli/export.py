"""Type commands that write files."""

from pathlib import Path
from typing import Annotated

import typer

from clientctl.base import clock, files
from clientctl.cli import work
from clientctl.cli.client import client_filter
from clientctl.cli.options import Command, Session, noun
from clientctl.domain import client_list
from clientctl.exchange import xlsx
from clientctl.output.streams import note

app = noun("Write clients and memberships to files.")


@app.command("xlsx", cls=Command)
def xlsx_(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The Excel file to write.")],
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="LABEL", help="With this label; repeat for any of several.")
    ] = None,
    not_label: Annotated[
        list[str] | None,
        typer.Option("--not-label", metavar="LABEL", help="Without this label; repeat for none of several."),
    ] = None,
    member: Annotated[
        bool | None,
        typer.Option("--member/--no-member", help="With a live or coming membership, or without."),
    ] = None,
    archived: Annotated[bool, typer.Option("--archived", help="The archived ones.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Write clients to an Excel file: one row each, with the membership that stands for them.

    Client id, first name, last name, e-mail, phone, client since, memberships, active
    memberships, membership type, rate and status, member since.

    Examples:
      clientctl export xlsx clients.xlsx --force
      clientctl export xlsx members.xlsx --member --force
    """
    session: Session = context.obj
    with files.replacing(target, force=force) as file, work.reading(session) as db:
        sheet = client_list.sheet(db, client_filter(db, label, not_label, member, archived))
        for warning in xlsx.write(file, "Clients", sheet, clock.now()):
            note(warning)
    note(f"Wrote {target}")
