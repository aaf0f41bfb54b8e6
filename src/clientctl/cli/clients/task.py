"""Type commands about tasks."""

from typing import Annotated

import typer

from clientctl.cli.framework import editor, removal, runner
from clientctl.cli.framework.arguments import One, OnlyOf
from clientctl.cli.framework.options import ChangeCommand, ListCommand, Session, noun
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients import tasks
from clientctl.domain.practice import staff, typed_days
from clientctl.domain.session.opened import Reader, Writer
from clientctl.domain.shared.queries import Query, Where
from clientctl.errors import UsageError

app = noun("Keep tasks: what is to be done for clients, by whom, until when.")

Numbers = Annotated[
    list[str], typer.Argument(metavar="TASK...", help="The tasks' numbers; - reads them from standard input.")
]
Due = Annotated[str | None, typer.Option("--due", metavar="DAY", help="The day until which it is to be done.")]
Text = Annotated[
    str | None,
    typer.Argument(metavar="[TEXT]", help="What is to be done; - reads it from standard input.", show_default=False),
]


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    client: One,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is to be done; - reads it from standard input.")],
    due: Due = None,
    assignee: Annotated[
        str | None, typer.Option("--assignee", metavar="NAME", help="Who is to do it; who acts unless given.")
    ] = None,
) -> None:
    """Note down what is to be done for a client.

    Examples:
      clientctl task add ana@example.com 'Call about the knee' --due +7d
      clientctl task add 12 'Send the invoice again' --due friday --assignee Camille
    """
    description = editor.given(text) or ""

    def act(db: Writer) -> list[str]:
        made = tasks.add(
            db,
            client_selectors.client_named(db, client),
            description,
            staff.who_acts(db) if assignee is None else staff.find_working(db, assignee),
            typed_days.day(db, due),
        )
        return [f"Added {tasks.called(made)}" + (f", due {made.due_on}" if made.due_on else "")]

    runner.change(context.obj, "task add", act, tasks.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: OnlyOf = None,
    every: Annotated[bool, typer.Option("--all", help="Done or not.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Those that are done.")] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help="Those that should have been done before today.")] = False,
    due: Annotated[
        str | None, typer.Option("--due", metavar="RANGE", help="Due in a range, like ..+7d or this-week.")
    ] = None,
    assignee: Annotated[
        list[str] | None, typer.Option("--assignee", metavar="NAME", help="Whose it is; repeat for any of several.")
    ] = None,
    search: Annotated[str | None, typer.Option("--search", metavar="TEXT", help="With all these words in it.")] = None,
) -> int:
    """List tasks, of a client or of all: what is to be done, the most urgent first.

    Examples:
      clientctl task list
      clientctl task list --due ..+7d --assignee Camille
      clientctl task list ana@example.com --all
      clientctl task list --overdue --exit-code
    """
    session: Session = context.obj
    which = runner.only_one({"--all": every, "--done": done, "--overdue": overdue})
    conditions = {"--all": "1", "--done": tasks.DONE, "--overdue": tasks.OVERDUE}
    # Asked for as an order, it gives its first page: what is urgent must not wait on an earlier one.
    session.sort = session.sort or "due"

    def build(db: Reader) -> Query:
        where = [Where(conditions[which] if which else tasks.OPEN)]
        if client is not None:
            where.append(tasks.where_client(client_selectors.client_named(db, client)))
        if assignee:
            where.append(tasks.where_assignee([staff.find(db, name) for name in assignee]))
        if due is not None:
            where += tasks.where_due(typed_days.days(db, due))
        return Query(tasks.SOURCE, where + (tasks.where_text(search) if search is not None else []))

    return runner.show_list(session, build, "No tasks match.")


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    task: Annotated[str, typer.Argument(metavar="TASK", help="The task's number.")],
    text: Text = None,
    due: Due = None,
    assignee: Annotated[str | None, typer.Option("--assignee", metavar="NAME", help="Who is to do it.")] = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", metavar="FIELD", help="Empty a field: due.")] = None,
) -> None:
    """Change a task: what is to be done, until when, by whom.

    Examples:
      clientctl task edit 1 'Call about both knees' --due tomorrow
      clientctl task edit 1 --unset due
    """
    runner.refuse_nothing([text, due, assignee, unset], "give TEXT, --due, --assignee or --unset due")
    if wrong := set(unset or ()) - {"due"}:
        raise UsageError(f"--unset {min(wrong)}: no such field; there is due")
    runner.only_one({"--due": due, "--unset due": unset})
    description = editor.given(text)

    def act(db: Writer) -> list[str]:
        found = tasks.find(db, task)
        after = found
        if description is not None:
            after = after._replace(description=description)
        if due is not None or unset:
            after = after._replace(due_on=None if due is None else typed_days.day(db, due).isoformat())
        if assignee is not None:
            after = after._replace(staff_id=staff.find_working(db, assignee).id)
        new = tasks.edit(db, found, after)
        return [f"Changed {tasks.called(found)}" if new else f"The {tasks.called(found)} is so already"]

    runner.change(context.obj, "task edit", act, tasks.card)


@app.command("done", cls=ChangeCommand)
def done(context: typer.Context, task: Numbers) -> None:
    """Call tasks done.

    Examples:
      clientctl task done 1 2
    """
    selectors = runner.named(task)

    def act(db: Writer) -> list[str]:
        return [
            f"Done: {tasks.called(each)}" if tasks.finish(db, each) else f"Done already: {tasks.called(each)}"
            for each in removal.named(db, selectors, tasks.find)
        ]

    runner.change(context.obj, "task done", act, tasks.card)


@app.command("reopen", cls=ChangeCommand)
def reopen(context: typer.Context, task: Numbers) -> None:
    """Call tasks not done after all.

    Examples:
      clientctl task reopen 2
    """
    selectors = runner.named(task)

    def act(db: Writer) -> list[str]:
        return [
            f"Open again: {tasks.called(each)}" if tasks.reopen(db, each) else f"Open already: {tasks.called(each)}"
            for each in removal.named(db, selectors, tasks.find)
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
        lambda found: (tasks.called(found), found.description),
        tasks.remove,
        tasks.card,
    )
