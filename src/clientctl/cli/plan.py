"""Type commands about plans."""

from typing import Annotated

import typer

from clientctl.cli import work
from clientctl.cli.options import ChangeCommand, Command, ListCommand, noun
from clientctl.domain import archive as archiving
from clientctl.domain import plans, rates
from clientctl.domain.book import Writer
from clientctl.domain.lists import Query, Where

app = noun("Keep plans: the types of membership you sell.")

Name = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's name.")]
Archived = Annotated[bool, typer.Option("--archived", help="The archived ones.")]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Add a plan; `rate add` then gives it a price.

    Examples:
      clientctl plan add Yoga
    """
    work.change(context.obj, "plan add", lambda db: [f"Added plan {plans.add(db, name).name}"], rates.plan_card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context, archived: Archived = False) -> int:
    """List plans.

    Examples:
      clientctl plan list
    """
    where = [Where(f"p.archived_on IS {'NOT ' if archived else ''}NULL")]
    return work.show_list(context.obj, lambda _db: Query(plans.SOURCE, where), "No plans.")


@app.command("show", cls=Command)
def show(context: typer.Context, plan: Name) -> None:
    """Show a plan and its rates.

    Examples:
      clientctl plan show Yoga
    """
    work.show_card(context.obj, lambda db: rates.plan_card(db, str(plans.find(db, plan).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    plan: Name,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The new name.")],
) -> None:
    """Rename a plan; the label its clients have follows.

    Examples:
      clientctl plan edit Yoga --name 'Yoga illimité'
    """

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        return [f"Renamed plan {found.name} to {plans.rename(db, found, name).name}"]

    work.change(context.obj, "plan edit", act, rates.plan_card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, plan: Name) -> None:
    """Sell a plan no more; memberships on it go on.

    Examples:
      clientctl plan archive Yoga
    """

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        new = archiving.archive(db, "plans", found.id, found.archived_on)
        return [f"Archived plan {found.name}" if new else f"Plan {found.name} is archived already"]

    work.change(context.obj, "plan archive", act, rates.plan_card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, plan: Name) -> None:
    """Sell an archived plan again.

    Examples:
      clientctl plan restore Yoga
    """

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        new = archiving.restore(db, "plans", found.id, found.archived_on)
        return [f"Restored plan {found.name}" if new else f"Plan {found.name} is not archived"]

    work.change(context.obj, "plan restore", act, rates.plan_card)
