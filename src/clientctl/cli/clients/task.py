"""The `task` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import say
from clientctl.cli.framework import editor, removal, runner
from clientctl.cli.framework.arguments import ClientArgument, ClientFilterArgument, unset_option
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients import tasks
from clientctl.domain.practice import staff, typed_days
from clientctl.domain.shared.queries import Query, Where
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.cli.framework.shared_options import Session

app = noun("Manage tasks: things to do for clients, who does them and by when.")

Numbers = Annotated[list[str], typer.Argument(metavar="TASK...", help="The tasks' numbers; - reads them from stdin.")]
Due = Annotated[str | None, typer.Option("--due", metavar="DAY", help="The day by which to do it.")]
Text = Annotated[
    str | None,
    typer.Argument(metavar="[TEXT]", help="What to do; - reads it from stdin.", show_default=False),
]

_UNSET = {"due": "due"}


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    client: ClientArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to do; - reads it from stdin.")],
    due: Due = None,
    assignee: Annotated[
        str | None,
        typer.Option("--assignee", metavar="NAME", help="Who is to do it; the acting staff member unless given."),
    ] = None,
) -> None:
    """Add something to do for a client.

    Examples:
      clientctl task add ana@example.com 'Call about the knee' --due +7d
      clientctl task add 12 'Send the invoice again' --due friday --assignee Camille
    """
    description = editor.read_argument(text) or ""

    def act(db: Writer) -> list[str]:
        made = tasks.add(
            db,
            client_selectors.client_named(db, client),
            description,
            staff.find_acting(db) if assignee is None else staff.find_active(db, assignee),
            typed_days.parse(db, due),
        )
        title = tasks.title_of(made)
        return [
            say("Added {task}, due {day}", task=title, day=made.due_on)
            if made.due_on
            else say("Added {task}", task=title)
        ]

    runner.change(context.obj, "task add", act, tasks.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterArgument = None,
    every: Annotated[bool, typer.Option("--all", help="Both done and not done.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Only those that are done.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those that were due before today.")] = False,
    due: Annotated[
        str | None, typer.Option("--due", metavar="RANGE", help="Due in this range, like ..+7d or this-week.")
    ] = None,
    assignee: Annotated[
        list[str] | None,
        typer.Option("--assignee", metavar="NAME", help="Assigned to this person; repeat for any of several."),
    ] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="Containing all these words.")] = None,
) -> int:
    """List the tasks of one client or of all, the most urgent first; done ones only when asked for.

    Examples:
      clientctl task list
      clientctl task list --due ..+7d --assignee Camille
      clientctl task list ana@example.com --all
      clientctl task list --overdue --exit-code
    """
    session: Session = context.obj
    which = runner.check_only_one({"--all": every, "--done": done, "--overdue": overdue})
    conditions = {"--all": "1", "--done": tasks.DONE, "--overdue": tasks.OVERDUE}
    # An explicit order shows the first page, so that urgent tasks come first.
    session.sort = session.sort or "due"

    def build(db: Reader) -> Query:
        where = tasks.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            assignee=[staff.find(db, name) for name in assignee or ()],
            due=typed_days.parse_range(db, due),
            search=search,
        )
        return Query(tasks.SOURCE, [Where(conditions[which] if which else tasks.OPEN), *where])

    return runner.show_list(session, build, say("No tasks match."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's number.")],
    text: Text = None,
    due: Due = None,
    assignee: Annotated[str | None, typer.Option("--assignee", metavar="NAME", help="Who is to do it.")] = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change a task: what to do, by when, who does it.

    Examples:
      clientctl task edit 1 'Call about both knees' --due tomorrow
      clientctl task edit 1 --unset due
    """
    runner.check_change_given([text, due, assignee, unset], say("give TEXT, --due, --assignee or --unset due"))
    runner.parse_unset(unset, _UNSET, {"due": due})
    description = editor.read_argument(text)

    def act(db: Writer) -> list[str]:
        found = tasks.find(db, task)
        after = found
        if description is not None:
            after = after._replace(description=description)
        if due is not None or unset:
            after = after._replace(due_on=None if due is None else typed_days.parse(db, due).isoformat())
        if assignee is not None:
            after = after._replace(staff_id=staff.find_active(db, assignee).id)
        new = tasks.edit(db, found, after)
        return [
            say("Changed {found}", found=tasks.title_of(found))
            if new
            else runner.report_unchanged(tasks.title_of(found))
        ]

    runner.change(context.obj, "task edit", act, tasks.card)


@app.command("done", cls=ChangeCommand)
def done(context: typer.Context, task: Numbers) -> None:
    """Mark tasks as done.

    Examples:
      clientctl task done 1 2
    """
    selectors = runner.read_selectors(task)

    def act(db: Writer) -> list[str]:
        return [
            say("Completed {each}", each=tasks.title_of(each))
            if tasks.finish(db, each)
            else say("Already done: {each}", each=tasks.title_of(each))
            for each in removal.find_all(db, selectors, tasks.find)
        ]

    runner.change(context.obj, "task done", act, tasks.card)


@app.command("reopen", cls=ChangeCommand)
def reopen(context: typer.Context, task: Numbers) -> None:
    """Reopen tasks that were marked as done.

    Examples:
      clientctl task reopen 2
    """
    selectors = runner.read_selectors(task)

    def act(db: Writer) -> list[str]:
        return [
            say("Reopened {each}", each=tasks.title_of(each))
            if tasks.reopen(db, each)
            else say("Already open: {each}", each=tasks.title_of(each))
            for each in removal.find_all(db, selectors, tasks.find)
        ]

    runner.change(context.obj, "task reopen", act, tasks.card)


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context, task: Numbers) -> None:
    """Remove tasks. It asks first.

    Examples:
      clientctl task remove 1 --yes
    """
    removal.remove(
        context.obj,
        "task",
        task,
        tasks.find,
        lambda found: (tasks.title_of(found), found.description),
        tasks.remove,
        tasks.card,
    )
