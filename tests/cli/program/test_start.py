"""The bare `clientctl`: the queues, and the next commands."""

import re

import inprocess
import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01"}


def ways(shown: str) -> list[list[str]]:
    """List the commands that are named under what is shown, a day in the place of what is to be filled in."""
    return [
        line.split() for line in re.findall(r"^  clientctl (.*?)  ", shown.replace("QUEUE", "ending"), re.MULTILINE)
    ]


def test_the_queues_are_counted_and_every_way_on_works(do) -> None:
    done = do()
    assert (done.status, done.err) == (0, "")
    assert [line for line in done.lines if "\t" in line] == do("membership", "queues").lines
    assert len(ways(done.out)) == 3
    assert [do(*way).status for way in ways(done.out)] == [0, 0, 0]


def test_a_terminal_shows_them_as_a_table(practice) -> None:
    seen = terminal.run(CLIENTCTL_DB=str(practice), **HOME)
    assert seen.status == 0
    assert seen.shown.startswith("Queue")
    assert "  clientctl client list" in seen.shown


@pytest.mark.parametrize("option", ["--json", "--format=csv"])
def test_a_program_gets_the_queues_alone(do, option) -> None:
    assert do(option)[:3] == do("membership", "queues", option)[:3]


def test_in_a_new_database_it_says_how_to_begin(book) -> None:
    done = inprocess.run(db=book)
    assert (done.status, done.out.splitlines()[0]) == (0, f"There are no clients in {book} yet.")
    assert [way[:2] for way in ways(done.out)] == [["client", "add"], ["import", "csv"], ["--help"]]


def test_without_a_database_it_says_how_to_make_one_and_makes_none(tmp_path) -> None:
    path = tmp_path / "none.db"
    done = inprocess.run(db=path)
    assert (done.status, done.err, path.exists()) == (0, "", False)
    assert done.out.startswith(f"There is no database at {path} yet.\n")
    assert inprocess.run(*ways(done.out)[0], db=path).status == 0
    assert inprocess.run("--json", db=tmp_path / "other.db").status == 6


@pytest.mark.parametrize("made", [False, True])
def test_a_long_path_stands_on_a_line_of_its_own(tmp_path, made) -> None:
    path = tmp_path / "a folder" / ("x" * (70 - len(str(tmp_path / "a folder")))) / "clients.db"
    if made:
        inprocess.run("db", "init", db=path)
    seen = terminal.run(width=80, CLIENTCTL_DB=str(path), **HOME)
    assert seen.status == 0
    assert max(map(len, seen.shown.splitlines())) <= 80
    assert str(path) in seen.shown.replace("\n", " ")
