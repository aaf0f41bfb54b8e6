"""The `staff` commands."""

from typing import Annotated

import typer

from clientctl.base.text import word
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Archived, NewName
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.practice import staff
from clientctl.domain.shared.queries import Query, Where
from clientctl.store import Writer

app = noun("Manage staff: the people who act, write notes and are assigned tasks.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The staff member's name.")]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Add a staff member.

    Examples:
      clientctl staff add Noor
    """
    runner.change(context.obj, "staff add", lambda db: [say("Added {name}", name=staff.add(db, name).name)], staff.card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context, archived: Archived = False) -> int:
    """List staff, and how many open tasks each one has.

    Examples:
      clientctl staff list
    """
    where = [Where(f"w.archived_on IS {'NOT ' if archived else ''}NULL")]
    return runner.show_list(context.obj, lambda _db: Query(staff.SOURCE, where), say("No staff."))


@app.command("show", cls=Command)
def show(context: typer.Context, person: Name) -> None:
    """Show a staff member.

    Examples:
      clientctl staff show Camille
    """
    runner.show_card(context.obj, lambda db: staff.card(db, str(staff.find(db, person).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    person: Name,
    name: NewName,
) -> None:
    """Rename a staff member; what was signed with the old name stays unchanged.

    Examples:
      clientctl staff edit Camille --name 'Camille Roy'
    """

    def act(db: Writer) -> list[str]:
        found = staff.find(db, person)
        return [runner.report_rename("", found.name, staff.rename(db, found, name).name)]

    runner.change(context.obj, "staff edit", act, staff.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, person: Name) -> None:
    """Deactivate a staff member, who can no longer act or be assigned tasks; what they wrote stays.

    Examples:
      clientctl staff archive Sacha
    """

    def act(db: Writer) -> list[str]:
        found = staff.find(db, person)
        new = staff.archive(db, found)
        lines = [say("Archived {name}", name=found.name) if new else say("{name} is already archived", name=found.name)]
        if left := staff.count_open_tasks(db, found):
            lines.append(
                say(
                    "Still open: {tasks}: `clientctl task list --assignee {name}`",
                    tasks=count(left, "{n} task", "{n} tasks"),
                    name=word(found.name),
                )
            )
        return lines

    runner.change(context.obj, "staff archive", act, staff.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, person: Name) -> None:
    """Restore an archived staff member.

    Examples:
      clientctl staff restore Sacha
    """

    def act(db: Writer) -> list[str]:
        found = staff.find(db, person)
        new = staff.restore(db, found)
        return [say("Restored {name}", name=found.name) if new else say("{name} is not archived", name=found.name)]

    runner.change(context.obj, "staff restore", act, staff.card)
