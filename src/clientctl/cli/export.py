"""Type commands that write files."""

from pathlib import Path
from typing import Annotated

import typer

from clientctl.base import clock, files
from clientctl.cli import choosing, work
from clientctl.cli.options import ClientFilterCommand, ClientListCommand, Session, noun
from clientctl.domain import client_list
from clientctl.exchange import xlsx
from clientctl.output.streams import note

app = noun("Write clients and memberships to files.")


@app.command("xlsx", cls=ClientFilterCommand)
def xlsx_(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The Excel file to write.")],
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
        sheet = client_list.sheet(db, choosing.chosen(db, session))
        for warning in xlsx.write(file, "Clients", sheet, clock.now()):
            note(warning)
    note(f"Wrote {target}")


@app.command("emails", cls=ClientListCommand)
def emails(context: typer.Context) -> int:
    """List the e-mails of clients, each address once, to write to them from elsewhere.

    Who is archived or has no e-mail is left out. Only those who agreed: --opted-in.

    Examples:
      clientctl export emails --opted-in Newsletter
      clientctl export emails --opted-in Newsletter --member --columns email,name --format csv
    """
    session: Session = context.obj
    session.columns = session.columns or ["email"]
    return work.show_list(session, lambda db: client_list.addresses(db, choosing.chosen(db, session)), "No e-mails.")
