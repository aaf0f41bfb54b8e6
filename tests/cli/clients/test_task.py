"""The `task` commands."""

import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


@pytest.fixture
def given(do, practice, once):
    """Add five tasks: one overdue, one of Noor's, one without a day, one done, one far away."""

    def fill() -> None:
        do("staff", "add", "Noor")
        do("task", "add", "zoe@example.com", "Rappeler: genou", "--due", "yesterday")
        do("task", "add", "2", "-", "--due", "+3d", "--assignee", "noor", stdin="Send\nthe invoice\n")
        do("task", "add", "2", "Some day")
        do("task", "add", "3", "Done long ago", "--due", "2026-01-01")
        do("task", "done", "4")
        do("task", "add", "1", "Far away", "--due", "+1y")

    once(practice, fill)
    return do


def test_tasks_are_listed_the_most_urgent_first(given) -> None:
    assert [line.split("\t") for line in given("task", "list").lines] == [
        ["1", "overdue", "2026-02-28", "Zoé Müller", "Rappeler: genou", "Ana Müller"],
        ["2", "open", "2026-03-04", "Ana Dubois", "Send the invoice", "Noor"],
        ["5", "open", "2027-03-01", "Zoé Müller", "Far away", "Ana Müller"],
        ["3", "open", "", "Ana Dubois", "Some day", "Ana Müller"],
    ]


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (["--all"], "4 1 2 5 3"),
        (["--done"], "4"),
        (["--overdue"], "1"),
        (["--overdue", "--today", "2026-03-05"], "1 2"),
        (["--due", "..+7d"], "1 2"),
        (["--due", "this-year", "--all"], "4 1 2"),
        (["--assignee", "NOOR"], "2"),
        (["--assignee", "Noor", "--assignee", "ana müller"], "1 2 5 3"),
        (["zoé mü"], "1 5"),
        (["--search", "GENOU"], "1"),
        (["2", "--search", "day"], "3"),
        (["--limit", "2"], "1 2"),
        (["--limit", "2", "--page", "2"], "5 3"),
        (["--sort", "-id", "--limit", "1"], "5"),
    ],
)
def test_tasks_are_chosen(given, asked, ids) -> None:
    assert given("task", "list", "-q", *asked).lines == ids.split()


def test_overdue_ones_stand_out_on_a_terminal(practice, given) -> None:
    home = {**HOME, "CLIENTCTL_DB": str(practice), "NO_COLOR": None, "TERM": "xterm"}
    shown = terminal.run("task", "list", "--all", width=120, **home).shown
    colors = {word: shown[: shown.index(word)].rpartition("\x1b[")[2] for word in ("overdue", "open", "done")}
    assert colors["overdue"] == "33m"
    assert colors["done"] == "2m"
    assert "\x1b" not in terminal.run("task", "list", "--all", **{**home, "NO_COLOR": "1"}).shown


def test_a_list_for_cron_says_whether_anything_is_overdue(given) -> None:
    assert given("task", "list", "--overdue", "--exit-code").status == 10
    assert given("task", "list", "--overdue", "--exit-code", "--today", "2026-02-28").status == 0


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["add", "nobody", "x"], 3, "'nobody'"),
        (["add", "1"], 2, "TEXT"),
        (["add", "1", " "], 2, "description"),
        (["add", "1", "x", "--due", "10"], 2, "2026-12-31"),
        (["add", "1", "x", "--due", "2026-02-30"], 2, "2026-12-31"),
        (["add", "1", "x", "--due", ""], 2, "2026-12-31"),
        (["add", "1", "x", "--assignee", "Sacha"], 3, "Noor"),
        (["add", "1", "x", "--assignee", ""], 3, "Noor"),
        (["add", "1", "4111 1111 1111 1111"], 5, "1111"),
        (["list", "--all", "--done"], 2, "--all and --done"),
        (["list", "--done", "--overdue"], 2, "--done and --overdue"),
        (["list", "--due", "soon"], 2, "'soon'"),
        (["list", "--assignee", "Sacha"], 3, "Noor"),
        (["list", "nobody"], 3, "'nobody'"),
        (["edit", "1"], 2, "--due"),
        (["edit", "9", "x"], 3, "no task 9"),
        (["edit", "1", " "], 2, "description"),
        (["edit", "1", "--due", ""], 2, "2026-12-31"),
        (["edit", "1", "--assignee", ""], 3, "Noor"),
        (["edit", "1", "--unset", "text"], 2, "due"),
        (["edit", "1", "--unset", "due", "--due", "today"], 2, "together"),
        (["done", "1", "9"], 3, "no task 9"),
        (["done", "x"], 2, "'x'"),
        (["done"], 2, "TASK"),
        (["reopen", "9"], 3, "no task 9"),
        (["remove", "1"], 2, "task 1 (Zoé Müller (1)): 'Rappeler: genou': confirm with --yes"),
        (["remove", "9", "--yes"], 3, "no task 9"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(given, typed, status, says) -> None:
    before = given("task", "list", "--all", "--json").out, given("log").out
    done = given("task", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert (given("task", "list", "--all", "--json").out, given("log").out) == before


def test_several_are_done_and_reopened_all_or_none(given) -> None:
    done = given("task", "done", "2", "1", "4", "2", "-q")
    assert done.out == "2\n1\n4\n"
    assert done.err.splitlines() == [
        "Completed task 2 (Ana Dubois (2))",
        "Completed task 1 (Zoé Müller (1))",
        "Already done: task 4 (Łukasz Müller (3))",
    ]
    assert given("task", "list", "--done", "-q").lines == ["4", "1", "2"]
    assert given("task", "reopen", "-", stdin="1\n\n5\n").err.splitlines() == [
        "Reopened task 1 (Zoé Müller (1))", "Already open: task 5 (Zoé Müller (1))"
    ]  # fmt: skip
    assert given("task", "list", "--done", "-q").lines == ["4", "2"]
    given("undo")
    given("undo")
    assert given("task", "list", "--done", "-q").lines == ["4"]


def test_a_task_is_changed_in_every_part(given) -> None:
    done = given("task", "edit", "1", "Call", "--due", "friday", "--assignee", "noor", "--json")
    assert done.err == "Changed task 1 (Zoé Müller (1))\n"
    assert [done.json[key] for key in ("description", "due", "assignee", "status")] == [
        "Call", "2026-03-06", "Noor", "open"
    ]  # fmt: skip
    assert given("task", "edit", "1", "--unset", "due", "--json").json["due"] is None
    assert given("task", "edit", "1", "Call").err == "Task 1 (Zoé Müller (1)) is unchanged\n"


def test_the_card_has_what_is_still_to_be_done(given) -> None:
    assert [task["id"] for task in given("client", "show", "1", "--json").json["tasks"]] == [1, 5]
    assert given("client", "show", "3", "--json").json["tasks"] == []
    assert given("client", "show", "1", "--section", "tasks").lines[0].split("\t")[:3] == ["1", "overdue", "2026-02-28"]


def test_what_was_given_to_somebody_who_leaves_is_not_forgotten(given) -> None:
    done = given("staff", "archive", "Noor")
    assert done.err.splitlines() == [
        "Archived Noor", "Still open: 1 task: `clientctl task list --assignee Noor`"
    ]  # fmt: skip
    assert given("task", "list", "--assignee", "Noor", "-q").lines == ["2"]
    assert given("task", "edit", "2", "Still hers").status == 0
    assert given("task", "edit", "1", "--assignee", "Noor").status == 5


def test_what_is_removed_is_shown_as_it_was_and_taken_back(given) -> None:
    done = given("task", "remove", "1", "--yes", "--json")
    assert (done.err, done.json["description"]) == ("Removed task 1 (Zoé Müller (1))\n", "Rappeler: genou")
    assert given("task", "list", "--all", "-q").lines == ["4", "2", "5", "3"]
    assert given("task", "list", "--overdue", "-q", "--as-of", given("log", "-q").lines[-1]).lines == ["1"]
    given("undo")
    assert given("task", "list", "--overdue", "-q").lines == ["1"]
