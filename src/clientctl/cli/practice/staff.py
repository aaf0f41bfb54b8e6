"""Type commands about staff."""

from typing import Annotated

import typer

from clientctl.base.text import word
from clientctl.cli.framework import runner
from clientctl.cli.framework.options import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.practice import staff
from clientctl.domain.session.opened import Writer
from clientctl.domain.shared.queries import Query, Where

app = noun("Keep who works here: who acts, writes notes and is given tasks.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name.")]
Archived = Annotated[bool, typer.Option("--archived", help="The archived ones.")]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Add somebody who works here.

    Examples:
      clientctl staff add Noor
    """
    runner.change(context.obj, "staff add", lambda db: [f"Added {staff.add(db, name).name}"], staff.card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context, archived: Archived = False) -> int:
    """List who works here, and how many tasks each has to do.

    Examples:
      clientctl staff list
    """
    where = [Where(f"w.archived_on IS {'NOT ' if archived else ''}NULL")]
    return runner.show_list(context.obj, lambda _db: Query(staff.SOURCE, where), "Nobody.")


@app.command("show", cls=Command)
def show(context: typer.Context, person: Name) -> None:
    """Show somebody who works here.

    Examples:
      clientctl staff show Camille
    """
    runner.show_card(context.obj, lambda db: staff.card(db, str(staff.find(db, person).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    person: Name,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The new name.")],
) -> None:
    """Rename somebody; what was signed with the old name stays so.

    Examples:
      clientctl staff edit Camille --name 'Camille Roy'
    """

    def act(db: Writer) -> list[str]:
        found = staff.find(db, person)
        return [runner.renamed("", found.name, staff.rename(db, found, name).name)]

    runner.change(context.obj, "staff edit", act, staff.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, person: Name) -> None:
    """Let somebody act and be given tasks no more; what they wrote stays.

    Examples:
      clientctl staff archive Sacha
    """

    def act(db: Writer) -> list[str]:
        found = staff.find(db, person)
        new = staff.archive(db, found)
        said = [f"Archived {found.name}" if new else f"{found.name} is archived already"]
        if left := staff.open_tasks(db, found):
            tasks = "1 task is" if left == 1 else f"{left} tasks are"
            said.append(f"{tasks} still to be done: `clientctl task list --assignee {word(found.name)}` shows which")
        return said

    runner.change(context.obj, "staff archive", act, staff.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, person: Name) -> None:
    """Let somebody who is archived work here again.

    Examples:
      clientctl staff restore Sacha
    """

    def act(db: Writer) -> list[str]:
        found = staff.find(db, person)
        new = staff.restore(db, found)
        return [f"Restored {found.name}" if new else f"{found.name} is not archived"]

    runner.change(context.obj, "staff restore", act, staff.card)
