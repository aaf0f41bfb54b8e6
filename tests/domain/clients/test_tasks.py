"""Keep tasks: what is overdue on which day, the most urgent first, done and not done after all."""

from datetime import date

import pytest
from looking import dump_file, last_command

from clientctl.base.calendar import parse_range
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import tasks
from clientctl.domain.journal import history
from clientctl.domain.practice import staff
from clientctl.domain.session import opened
from clientctl.domain.shared.queries import Query, Where
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store.erase import erase

EVERY = Query(tasks.SOURCE)
OPEN = Query(tasks.SOURCE, [Where(tasks.OPEN)])


@pytest.fixture
def ana(records):
    """Add the client Ana, for whom things are to be done."""
    return records.client("Ana", "Díaz")


def give(records, client, text="Call", due=None, assignee=None):
    """Note down what is to be done, one command."""
    with records.change("task add") as db:
        who = staff.find_active(db, assignee) if assignee else staff.find_acting(db)
        return tasks.add(db, client, text, who, date.fromisoformat(due) if due else None)


@pytest.mark.parametrize(
    ("due", "today", "status"),
    [
        (None, "2026-03-01", "open"),
        ("2026-02-28", "2026-03-01", "overdue"),
        ("2026-03-01", "2026-03-01", "open"),
        ("2026-03-01", "2026-03-02", "overdue"),
        ("2026-03-02", "2026-03-01", "open"),
    ],
)
def test_a_task_is_overdue_from_the_day_after_its_due_day(records, ana, due, today, status):
    task = give(records, ana, due=due)
    assert records.listed(EVERY, "status", today=today) == [status]
    overdue = Query(tasks.SOURCE, [Where(tasks.OVERDUE)])
    assert records.counted(overdue, today=today) == (status == "overdue")
    with records.change() as db:
        tasks.finish(db, task)
    assert records.listed(EVERY, "status", today=today) == ["done"]
    assert records.counted(overdue, today=today) == 0


def test_the_most_urgent_comes_first_and_what_has_no_day_last(records, ana):
    for due in (None, "2026-04-01", "2026-02-01", None, "2026-04-01"):
        give(records, ana, due=due)
    assert records.listed(OPEN, "id") == [3, 2, 5, 1, 4]
    assert records.listed(OPEN, "id", sort="due") == [3, 2, 5, 1, 4]


@pytest.mark.parametrize(
    ("days", "ids"), [("..+7d", [1, 2]), ("2026-03-01..", [2, 3]), ("2026-03-08", [2]), ("2026-03-09..+8d", [3])]
)
def test_due_in_a_range_of_days(records, ana, days, ids):
    for due in ("2026-02-01", "2026-03-08", "2026-03-09", None):
        give(records, ana, due=due)
    where = tasks.SOURCE.where(due=parse_range(days, date(2026, 3, 1)))
    assert records.listed(Query(tasks.SOURCE, where), "id") == ids


def test_tasks_are_chosen_by_client_assignee_and_text(records, ana):
    bo = records.client("Bo")
    with records.change() as db:
        noor = staff.add(db, "Noor")
    give(records, ana, "Rappeler: genou opéré", assignee="noor")
    give(records, bo, "Send the invoice")
    assert records.listed(Query(tasks.SOURCE, tasks.SOURCE.where(client=bo)), "id") == [2]
    assert records.listed(Query(tasks.SOURCE, tasks.SOURCE.where(assignee=[noor])), "description") == [
        "Rappeler: genou opéré"
    ]
    assert records.listed(Query(tasks.SOURCE, tasks.SOURCE.where(search="OPERE rappeler")), "id") == [1]


@pytest.mark.parametrize("text", ["", " \n "])
def test_a_task_says_what_is_to_be_done(records, ana, text):
    with pytest.raises(UsageError, match="a task needs a description"):
        give(records, ana, text)
    task = give(records, ana, " Call \n her\tback ")
    assert task.description == "Call her back"
    with pytest.raises(UsageError, match="a task needs a description"), records.change() as db:
        tasks.edit(db, task, task._replace(description=text))


def test_no_card_number_and_nobody_who_has_left_is_given_anything(records, ana):
    with records.change() as db:
        staff.archive(db, staff.add(db, "Noor"))
    with pytest.raises(RefusedError, match="Noor was archived on 2026-03-01"):
        give(records, ana, assignee="Noor")
    with pytest.raises(RefusedError, match="ending in 1111"):
        give(records, ana, "charge 4111 1111 1111 1111")
    assert records.counted(EVERY) == 0


def test_nothing_is_to_be_done_for_an_erased_client(records, ana):
    give(records, ana)
    with opened.writing(records.path, "client delete", today=records.today, final=True) as db:
        erase(db, [ana.id], "2026-03-01")
    assert records.counted(EVERY) == 0
    with pytest.raises(RefusedError, match="was erased"), records.change() as db:
        tasks.add(db, clients.get(db, ana.id), "x", staff.find_acting(db), None)


def test_done_and_not_done_after_all(records, ana):
    task = give(records, ana, due="2026-02-01")
    with records.change(today="2026-03-05") as db:
        assert tasks.finish(db, task)
        assert not tasks.finish(db, tasks.find(db, "1"))
    with records.change(today="2026-03-09") as db:
        assert not tasks.finish(db, tasks.find(db, "1"))
    assert records.listed(EVERY, "done", "created") == [("2026-03-05", "2026-03-01")]
    with records.change() as db:
        assert tasks.reopen(db, tasks.find(db, "1"))
        assert not tasks.reopen(db, tasks.find(db, "1"))
    assert records.listed(EVERY, "status", "done") == [("overdue", None)]


def test_an_edit_says_whether_anything_is_new(records, ana):
    task = give(records, ana, due="2026-04-01")
    with records.change() as db:
        assert not tasks.edit(db, task, task._replace(description=" Call "))
        after = task._replace(description="Write", due_on=None, staff_id=staff.add(db, "Noor").id)
        assert tasks.edit(db, task, after)
        assert tasks.find(db, "id:1") == after
        with pytest.raises(NotFoundError, match="no task 2: `clientctl task list --all`"):
            tasks.find(db, "2")
        with pytest.raises(UsageError, match="is not the number of a task"):
            tasks.find(db, "Call")


def test_tasks_do_not_move_their_client_and_every_change_can_be_taken_back(records, ana):
    records.client("Bo")
    states, people = [dump_file(records.path)], dump_file(records.path)["clients"]

    def then(name, act):
        with records.change(name) as db:
            act(db)
        states.append(dump_file(records.path))

    give(records, ana)
    states.append(dump_file(records.path))
    then("task edit", lambda db: tasks.edit(db, tasks.find(db, "1"), tasks.find(db, "1")._replace(due_on="2026-01-01")))
    then("task done", lambda db: tasks.finish(db, tasks.find(db, "1")))
    then("task reopen", lambda db: tasks.reopen(db, tasks.find(db, "1")))
    then("task remove", lambda db: tasks.remove(db, tasks.find(db, "1")))
    assert all(state["clients"] == people for state in states)
    with opened.reading(records.path, as_of=f"#{last_command(records.path) - 1}") as db:
        assert tasks.find(db, "1").done_on == "2026-03-01"
    for state in states[-2::-1]:
        with records.change("undo") as db:
            history.undo(db)
        assert dump_file(records.path) == state
