"""Tasks: what has to be done for a client, by whom, by which day."""

from datetime import date
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.calendar import to_iso
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.practice.staff import StaffMember
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer

OPEN = "t.done_on IS NULL"
"""The condition for open tasks ``t``."""

OVERDUE = f"{OPEN} AND t.due_on < :today"
"""The condition for open tasks that were due before the day ``:today``."""

DONE = "t.done_on IS NOT NULL"

SOURCE = Source(
    plural="tasks",
    fields=dict(
        (
            field("id", "Id", "t.id", "integer"),
            field(
                "status",
                "Status",
                f"CASE WHEN {DONE} THEN 'done' WHEN {OVERDUE} THEN 'overdue' ELSE 'open' END",
                "status",
            ),
            field("due", "Due", "t.due_on", "day"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "t.client_id", "integer"),
            field("description", "Description", "t.description"),
            field("assignee", "Assignee", "w.name", order="w.name_key"),
            field("done", "Done", "t.done_on", "day"),
            field("created", "Created", "t.created_on", "day"),
        )
    ),
    origin="tasks t",
    joins={
        "c": "JOIN clients c ON c.id = t.client_id",
        "s": "LEFT JOIN client_search s ON s.id = t.client_id",
        "w": "JOIN staff w ON w.id = t.staff_id",
    },
    shown=("id", "status", "due", "client", "description", "assignee"),
    number="id",
    order=("t.due_on IS NULL", "t.due_on", "t.id"),
    client="t.client_id",
    filters={
        "assignee": queries.is_any_record("t.staff_id"),
        "due": queries.is_within("t.due_on"),
        "search": queries.has_words("t.description"),
    },
)


class Task(NamedTuple):
    """One task as stored, days as ISO days; ``client`` is the client's name."""

    id: int
    client_id: int
    client: str
    description: str
    staff_id: int
    due_on: str | None
    done_on: str | None


_SELECT = f"""SELECT t.id, t.client_id, {client_sql.NAME}, t.description, t.staff_id, t.due_on, t.done_on
    FROM tasks t JOIN clients c ON c.id = t.client_id"""


def find(db: Reader, number: str) -> Task:
    """Find a task by number. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE t.id = ?", (queries.row_id(number, "task"),))
    if row is None:
        raise NotFoundError(say("no task {number}: `clientctl task list --all` lists them", number=number))
    return Task(*row)


def card(db: Reader, number: str) -> Card:
    """Return a task as a record to show."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("t.id = :record", {"record": found.id}), title=title_of(found))


def title_of(task: Task) -> str:
    """Return the number of the task and its client, as a title."""
    return say("task {id} ({client} ({client_id}))", id=task.id, client=task.client, client_id=task.client_id)


def add(db: Writer, client: Client, description: str, assignee: StaffMember, due: date | None) -> Task:
    """Add a task for a client."""
    clients.check_not_erased(client)
    task_id = db.insert(
        "tasks",
        client_id=client.id,
        description=_clean(description),
        staff_id=assignee.id,
        due_on=to_iso(due),
        created_on=db.today.isoformat(),
    )
    db.note_number(str(task_id))
    return find(db, str(task_id))


def edit(db: Writer, task: Task, after: Task) -> bool:
    """Change a task's description, assignee or due day; return whether anything changed."""
    after = after._replace(description=_clean(after.description))
    db.note_number(str(task.id))
    if after == task:
        return False
    db.update("tasks", task.id, description=after.description, staff_id=after.staff_id, due_on=after.due_on)
    return True


def finish(db: Writer, task: Task) -> bool:
    """Mark a task as done; return whether that is new."""
    db.note_number(str(task.id))
    if task.done_on is None:
        db.update("tasks", task.id, done_on=db.today.isoformat())
    return task.done_on is None


def reopen(db: Writer, task: Task) -> bool:
    """Reopen a task; return whether that is new."""
    db.note_number(str(task.id))
    if task.done_on is not None:
        db.update("tasks", task.id, done_on=None)
    return task.done_on is not None


def remove(db: Writer, task: Task) -> None:
    """Delete a task."""
    db.delete("tasks", task.id)
    db.note_number(str(task.id))


def _clean(description: str) -> str:
    kept = text.clean_line(description)
    if not kept:
        raise UsageError(say("a task needs a description: say what is to be done"))
    return kept
