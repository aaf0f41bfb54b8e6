"""The `staff` and `site` commands."""

import pytest


@pytest.fixture
def team(do):
    """Add Noor, who works here beside Ana Müller, and the sites Lyon and Paris."""
    do("staff", "add", "Noor")
    do("site", "add", "Lyon")
    do("site", "add", "Paris")
    return do


def names(do, noun: str, *more: str) -> list[str]:
    return do(noun, "list", "--columns", "name", *more).lines


def test_both_are_listed_by_name(team) -> None:
    assert names(team, "staff") == ["Ana Müller", "Noor"]
    assert names(team, "site") == ["Lyon", "Paris"]
    assert team("staff", "show", "noor", "--json").json == {"id": 2, "name": "Noor", "tasks": 0, "archived": None}
    assert team("site", "show", "LYON", "--json").json == {"id": 1, "name": "Lyon", "clients": 0, "archived": None}


@pytest.mark.parametrize(("noun", "old", "says"), [("staff", "Noor", ""), ("site", "Paris", "site ")])
def test_both_are_renamed_archived_and_restored(team, noun, old, says) -> None:
    assert team(noun, "edit", old, "--name", "New name").err == f"Renamed {says}{old} to New name\n"
    assert team(noun, "archive", "new NAME").err == f"Archived {says}New name\n"
    assert "New name" not in names(team, noun)
    assert names(team, noun, "--archived") == ["New name"]
    assert team(noun, "archive", "new name").err.endswith("New name is already archived\n")
    assert team(noun, "restore", "new name").err == f"Restored {says}New name\n"
    assert team(noun, "restore", "new name").err.endswith("New name is not archived\n")
    for _ in range(3):
        team("undo")
    assert names(team, noun)[-1] == old


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["staff", "add", "NOOR"], 5, "already"),
        (["staff", "add", "?"], 2, "letter"),
        (["staff", "edit", "Noor", "--name", "ana muller"], 5, "already"),
        (["staff", "edit", "Noor"], 2, "--name"),
        (["staff", "show", "Sacha"], 3, "staff: Ana Müller, Noor"),
        (["staff", "archive", "Sacha"], 3, "'Sacha'"),
        (["site", "add", "LYON"], 5, "already"),
        (["site", "add", "all"], 2, "every site"),
        (["site", "edit", "Lyon", "--name", "paris"], 5, "already"),
        (["site", "show", "Nice"], 3, "'Nice'"),
        (["config", "set", "site", "Nice"], 3, "'Nice'"),
        (["config", "set", "site", "all"], 3, "'all'"),
        (["config", "set", "user", "Sacha"], 3, "'Sacha'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(team, typed, status, says) -> None:
    before = team("log").out
    done = team(*typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert team("log").out == before


def test_the_last_one_who_works_here_stays(team) -> None:
    team("staff", "archive", "Ana Müller")
    assert team("staff", "archive", "Noor").status == 5
    assert team("log", "--json").json[-1]["who"] == "Ana Müller"
    team("site", "add", "Nice")
    assert team("log", "--json").json[-1]["who"] == "Noor"


def test_who_acts_writes_and_is_given_what_nobody_else_is(team, practice) -> None:
    team("config", "set", "user", "noor")
    assert team("note", "add", "1", "x", "--json").json["by"] == "Noor"
    assert team("task", "add", "1", "x", "--json").json["assignee"] == "Noor"
    assert team("note", "add", "1", "y", "--by", "ana müller", "--json").json["by"] == "Ana Müller"
    team("staff", "edit", "Noor", "--name", "Noor van Dam")
    assert team("config", "get", "user").out == "Noor van Dam\n"
    assert team("staff", "archive", "Noor van Dam").status == 5
    assert names(team, "staff", "--as-of", team("log", "-q").lines[-1]) == ["Ana Müller", "Noor"]


def test_the_default_site_is_a_setting_that_follows_its_name(team) -> None:
    assert team("config", "set", "site", "LYON").err == "site is Lyon (was not set)\n"
    team("site", "edit", "Lyon", "--name", "Lyon 2")
    assert team("config", "get", "site").out == "Lyon 2\n"
    refused = team("site", "archive", "lyon 2")
    assert (refused.status, "config set site" in refused.error.message) == (5, True)
    team("config", "set", "site", "--default")
    assert team("site", "archive", "lyon 2").status == 0
    assert team("config", "set", "site", "lyon 2").status == 5
