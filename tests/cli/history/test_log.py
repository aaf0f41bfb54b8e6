"""The `log`, `undo` and `redo` commands."""

import pytest
import terminal


def test_the_log_names_every_command_the_latest_last(do) -> None:
    rows = do("log", "--json").json
    assert [row["number"] for row in rows] == [f"#{number}" for number in range(1, 23)]
    assert rows[18] == {
        "number": "#19", "at": "2026-03-01T09:00:00Z", "who": "Ana Müller", "command": "membership cancel",
        "touched": "M-5", "undone_by": None,
    }  # fmt: skip
    assert (rows[20]["undone_by"], rows[21]["command"], rows[21]["touched"]) == ("#22", "undo", "#21")
    assert do("log", "--limit", "1", "-q").lines == ["#22"]
    assert "moves away" not in do("log", "--columns", "number,who,command,touched,reverts,final").out


def test_one_command_is_shown_field_by_field(do) -> None:
    wanted = do("log", "#21", "--json").json
    assert [(each["record"], each["was"], each["is"]) for each in wanted] == [("client 1", None, "Studio Müller")]
    assert do("log", "21", "--json").json == wanted
    (back,) = do("log", "#22", "--json").json
    assert (back["command"], back["was"], back["is"]) == ("undo", "Studio Müller", None)


@pytest.mark.parametrize(("number", "status"), [("#99", 3), ("x", 2), ("#", 2), ("-", 2), ("#99999999999999999999", 2)])
def test_a_command_that_is_not_there(do, number, status) -> None:
    assert do("log", number)[:3] == (status, "", "")


def test_undo_goes_back_step_by_step_and_redo_forward(do) -> None:
    do("label", "add", "A")
    do("label", "add", "B")
    assert do("undo").err == "Undid #24 label add (Ana Müller)\n"
    assert do("undo").err == "Undid #23 label add (Ana Müller)\n"
    assert do("label", "list", "--count").out == "4\n"
    assert do("redo").err == "Redid #23 label add\n"
    assert do("label", "list", "--columns", "name", "a").lines[0] == "A"
    do("label", "add", "C")
    refused = do("redo")
    assert (refused.status, refused.error.message) == (5, "nothing to redo")
    assert do("undo").err.startswith("Undid #28 label add")


def test_undo_stops_before_what_is_final(run) -> None:
    assert run("db", "init").returncode == 0
    done = run("undo")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (5, "", 1)
    assert "db init" in done.stderr


def test_undo_shows_the_command_taken_back(do) -> None:
    do("label", "add", "A")
    record = do("undo", "--json").json
    assert (record["number"], record["command"], record["undone_by"]) == ("#23", "label add", "#24")
    assert do("redo", "-q").lines == ["#23"]


def test_a_log_on_a_terminal_has_local_times(do, practice) -> None:
    do("config", "set", "timezone", "America/New_York")
    seen = terminal.run("log", "--limit", "2", CLIENTCTL_DB=str(practice))
    assert seen.shown.splitlines()[-1] == "page 12 of 12"
    assert seen.shown.splitlines()[-2].split() == [
        "#23",
        "2026-03-01",
        "04:00",
        "Ana",
        "Müller",
        "config",
        "set",
        "timezone",
    ]
    assert "2026-03-01T09:00:00Z" in do("log", "--limit", "1").out
