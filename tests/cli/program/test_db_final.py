"""The `db restore` and `db compact` commands."""

from pathlib import Path

import pytest
import terminal
from looking import files


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def backup(do) -> str:
    """Return the name of a backup, after which somebody was added and somebody deleted."""
    do("db", "backup", "safe.db")
    do("client", "add", "--first", "Late")
    do("client", "delete", "4", "--yes")
    return "safe.db"


def test_a_backup_takes_the_place_of_the_database(do, practice, backup) -> None:
    done = do("db", "restore", backup, "--yes")
    aside = practice.with_name("clients-before-restore-20260301-090000.db")
    assert (done.status, done.out) == (0, "")
    assert done.err.splitlines() == [
        f"Restored {practice} from safe.db as #25",
        "Clients deleted since the backup, and deleted again: 1",
        f"The database as it was is kept as {aside}",
    ]
    assert do("client", "list", "--columns", "id,name", "--archived").lines == ["5\tOld Friend"]
    assert do("client", "list", "-q").lines == ["1", "2", "3"]
    assert do("client", "show", "4").lines[1] == "name\tAnonymous #4"
    assert do("client", "add", "--first", "New", "-q").out == "7\n"
    assert do("undo").status == 0
    assert do("undo").error.message == "nothing to undo: #25 db restore is final"
    assert do("db", "verify").status == 0
    assert do("client", "show", "Late", "--db", aside).status == 0


def test_what_it_shows_when_asked_to(do, practice, backup) -> None:
    assert do("db", "restore", backup, "--yes", "-q").out == "#25\n"
    assert do("db", "restore", backup, "--yes", "--json").json["last_command"] == "#26"
    assert do("db", "restore", backup, "--yes", "--request-id", "r", "-q").out == "#27\n"
    again = do("db", "restore", backup, "--yes", "--request-id", "r", "-q")
    assert (again.status, again.out, again.err) == (0, "#27\n", "already done (#27)\n")


def test_a_dry_run_says_it_all_and_changes_nothing(do, practice, backup) -> None:
    before = files(practice.parent)
    done = do("db", "restore", backup, "--dry-run")
    assert done.err.splitlines() == [
        f"Restored {practice} from safe.db as #25",
        "Clients deleted since the backup, and deleted again: 1",
        "Dry run: nothing was changed.",
    ]
    assert files(practice.parent) == before


def test_where_there_is_no_database(do, practice, backup) -> None:
    practice.unlink()
    assert do("client", "list").status == 6
    assert do("db", "restore", backup, "--dry-run", "--json").status == 0
    assert not practice.exists()
    assert do("db", "restore", backup, "--yes").err == f"Restored {practice} from safe.db as #23\n"
    assert do("client", "list", "-q").lines == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (["nix.db", "--yes"], 3),
        (["safe.db"], 2),
        (["clients.db", "--yes"], 5),
        (["text.db", "--yes"], 6),
        (["safe.db", "--yes", "--as-of", "#3"], 2),
        ([], 2),
        ([".", "--yes"], 6),
    ],
)
def test_what_is_refused_changes_nothing(do, practice, backup, typed, status) -> None:
    Path("text.db").write_text("no database at all\n" * 1_000)
    before = files(practice.parent)
    done = do("db", "restore", *typed)
    assert (done.status, done.out) == (status, "")
    assert files(practice.parent) == before


def on_a_terminal(practice: Path, typed: str, *words: str) -> terminal.Screen:
    return terminal.run("db", *words, typed=typed, width=200, CLIENTCTL_DB=str(practice), cwd=practice.parent)


def test_it_says_what_would_be_replaced_and_asks(practice, backup) -> None:
    before = files(practice.parent)
    seen = on_a_terminal(practice, "n\n", "restore", backup)
    fact = f"safe.db (last command #22 of 2026-03-01T09:00:00Z, 5 clients) would replace {practice}"
    assert (seen.status, seen.shown) == (1, f"{fact}. Restore it? [y/N]: clientctl: nothing was changed\n")
    assert files(practice.parent) == before
    assert on_a_terminal(practice, "y\n", "restore", backup).status == 0


# -- compact ------------------------------------------------------------------------------------


def test_the_file_gets_smaller_and_keeps_its_history(do, practice) -> None:
    log, big = do("log").lines, 0
    for number in range(3):
        text = Path(f"{number}.txt")
        text.write_text("x" * 100_000)
        do("note", "add", "5", "-", stdin=f"{number}" * 200_000)
        big = practice.stat().st_size
        do("undo")
        do("client", "delete", "5", "--dry-run")
    assert do("db", "compact").status == 2
    dry = do("db", "compact", "--dry-run")
    assert (dry.status, dry.err.splitlines()[-1]) == (0, "Dry run: nothing was changed.")
    assert practice.stat().st_size == big
    done = do("db", "compact", "--yes")
    small = practice.stat().st_size
    assert (done.status, done.out, small <= big) == (0, "", True)
    assert done.err == f"Compacted {practice}: {small} bytes (was {big})\n"
    assert do("log").lines[: len(log) - 1] == log[:-1]
    assert "db compact is final; `clientctl undo '#" in do("undo").error.message
    assert do("db", "verify").status == 0
    assert do("client", "list", "mull", "-q").lines == ["3", "1"]
    assert do("db", "compact", "--yes", "--json").json["bytes"] == small
    assert do("db", "compact", "--yes", "-q").out.startswith("#")


def test_room_is_given_back_and_files_for_nothing_go(do, practice) -> None:
    do("client", "add", "--first", "Big")
    do("note", "add", "6", "-", stdin="long " * 100_000)
    done = do("client", "delete", "6", "--yes")
    assert done.status == 0
    folder = practice.with_name("clients.db.files")
    folder.mkdir()
    (folder / ("a" * 64)).write_text("of nobody")
    (folder / "mine.txt").write_text("not ours")
    assert "attached files not in use: 1" in do("db", "compact", "--dry-run").err
    assert (folder / ("a" * 64)).exists()
    assert do("db", "compact", "--yes").err.endswith("; removed 1 attached file\n")
    assert [file.name for file in folder.iterdir()] == ["mine.txt"]


def test_compacting_is_asked_for_on_a_terminal(practice) -> None:
    before = files(practice)
    seen = on_a_terminal(practice, "n\n", "compact")
    fact = f"{practice} would be rewritten, which is final"
    assert (seen.status, seen.shown) == (1, f"{fact}. Compact it? [y/N]: clientctl: nothing was changed\n")
    assert files(practice) == before


def test_the_same_request_compacts_once(do, practice) -> None:
    do("db", "compact", "--yes", "--request-id", "r")
    before = files(practice)
    assert do("db", "compact", "--yes", "--request-id", "r").err == "already done (#23)\n"
    assert files(practice) == before
