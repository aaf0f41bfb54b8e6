"""The `site` commands."""

from typing import Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Archived, NewName
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.practice import sites
from clientctl.domain.shared.queries import Query, Where
from clientctl.store import Writer

app = noun("Manage sites: your places of business.")

Name = Annotated[str, typer.Argument(metavar="SITE", help="The site's name.")]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Add a site.

    Examples:
      clientctl site add Lyon
    """
    runner.change(
        context.obj, "site add", lambda db: [say("Added site {name}", name=sites.add(db, name).name)], sites.card
    )


@app.command("list", cls=ListCommand)
def list_(context: typer.Context, archived: Archived = False) -> int:
    """List sites, and how many clients have each one as their home site.

    Examples:
      clientctl site list
    """
    where = [Where(f"w.archived_on IS {'NOT ' if archived else ''}NULL")]
    return runner.show_list(context.obj, lambda _db: Query(sites.SOURCE, where), say("No sites."))


@app.command("show", cls=Command)
def show(context: typer.Context, site: Name) -> None:
    """Show a site.

    Examples:
      clientctl site show Paris
    """
    runner.show_card(context.obj, lambda db: sites.card(db, str(sites.find(db, site).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    site: Name,
    name: NewName,
) -> None:
    """Rename a site.

    Examples:
      clientctl site edit Paris --name 'Paris 11'
    """

    def act(db: Writer) -> list[str]:
        found = sites.find(db, site)
        return [runner.report_rename(say("site"), found.name, sites.rename(db, found, name).name)]

    runner.change(context.obj, "site edit", act, sites.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, site: Name) -> None:
    """Stop using a site; it stays the home site of its clients.

    Examples:
      clientctl site archive Paris
    """

    def act(db: Writer) -> list[str]:
        found = sites.find(db, site)
        new = sites.archive(db, found)
        return [
            say("Archived site {name}", name=found.name)
            if new
            else say("Site {name} is already archived", name=found.name)
        ]

    runner.change(context.obj, "site archive", act, sites.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, site: Name) -> None:
    """Use an archived site again.

    Examples:
      clientctl site restore Paris
    """

    def act(db: Writer) -> list[str]:
        found = sites.find(db, site)
        new = sites.restore(db, found)
        return [
            say("Restored site {name}", name=found.name) if new else say("Site {name} is not archived", name=found.name)
        ]

    runner.change(context.obj, "site restore", act, sites.card)
