"""The `db` commands."""

import getpass
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
import terminal
from program import run as run_program

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_where_it_is_option_then_variable_then_the_platforms_folder(run, tmp_path) -> None:
    home = {"CLIENTCTL_DB": str(tmp_path / "variable.db"), "HOME": str(tmp_path)}
    assert run_program("db", "path", "--db", str(tmp_path / "option.db"), **home).stdout == f"{tmp_path}/option.db\n"
    assert run_program("db", "path", **home).stdout == f"{tmp_path}/variable.db\n"
    del home["CLIENTCTL_DB"]
    done = run_program("db", "path", **home)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(str(tmp_path))
    assert done.stdout.endswith("clients.db\n")
    assert list(tmp_path.iterdir()) == []
    assert run_program("db", "path", "--json", **home).stdout.strip().startswith('{\n  "path": "')


def test_a_new_database_has_its_owner_and_first_settings(run, tmp_path) -> None:
    given = {"currency": "chf", "region": "ch", "timezone": "Europe/Zurich", "language": "en"}
    options = [word for key, value in given.items() for word in (f"--{key}", value)]
    done = run("db", "init", "--owner", "Zoé", *options)
    path = tmp_path / "clients.db"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"Created {path}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert run("config", "get", "currency").stdout == "CHF\n"
    assert run("config", "get", "region").stdout == "CH\n"
    assert run("config", "get", "timezone").stdout == "Europe/Zurich\n"
    assert run("log", "--columns", "who,command").stdout == "Zoé\tdb init\n"
    again = run("db", "init")
    assert (again.returncode, again.stdout) == (5, "")
    assert str(path) in again.stderr


def test_a_dry_run_says_what_would_be_made_and_makes_neither_file_nor_folder(run, tmp_path) -> None:
    path = tmp_path / "below" / "new.db"
    done = run("db", "init", "-n", "--yes", "--owner", "Zoé", "--region", "ch", "--db", str(path))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Created {path}\nDry run: nothing was changed.\n"
    assert run("db", "init", "-n", "-q", "--db", str(path)).stdout == f"{path}\n"
    assert run("db", "init", "-n", "--json", "--db", str(path)).stdout == f'{{\n  "path": "{path}"\n}}\n'
    assert run("db", "init", "-n", "--currency", "XX", "--db", str(path)).returncode == 2
    assert list(tmp_path.iterdir()) == []
    run("db", "init", "--db", str(path))
    assert run("db", "init", "-n", "--db", str(path)).returncode == 5


def test_the_platforms_folder_is_made_and_is_private(tmp_path) -> None:
    done = run_program("db", "init", HOME=str(tmp_path), **HOME)
    assert done.returncode == 0
    created, named = done.stderr.splitlines()
    user = getpass.getuser()
    assert named == f"The history calls you {user}: `clientctl staff edit {user} --name NAME` changes that"
    path = Path(created.removeprefix("Created "))
    assert path.is_relative_to(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (["--currency", "XXX"], 2),
        (["--region", "ZZ"], 2),
        (["--timezone", "Mars/Base"], 2),
        (["--language", "fr"], 2),
        (["--as-of", "#1"], 2),
        (["extra"], 2),
        (["--db", "/proc/no/such/folder/a.db"], 6),
    ],
)
def test_a_wrong_setting_makes_no_file(run, tmp_path, typed, status) -> None:
    done = run("db", "init", *typed)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_what_is_in_it(do, practice) -> None:
    record = do("db", "info", "--json").json
    assert (record["path"], record["bytes"]) == (str(practice), practice.stat().st_size)
    assert (record["clients"], record["memberships"], record["plans"], record["rates"]) == (5, 5, 2, 3)
    assert (record["last_command"], record["last_change"]) == ("#22", "2026-03-01T09:00:00Z")
    assert dict(line.split("\t") for line in do("db", "info").lines)["clients"] == "5"


def test_a_backup_is_a_whole_database_and_its_path_is_printed(do, practice) -> None:
    done = do("db", "backup")
    (path,) = map(Path, done.lines)
    assert (done.status, path.parent) == (0, practice.parent / "backups")
    assert done.err == f"Backed up to {path}, verified; the last command in it is #22\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert do("client", "list", "--db", path).out == do("client", "list").out
    assert do("db", "verify", "--db", path)[:3] == (0, "", "")


def test_a_backup_where_it_is_wanted(do) -> None:
    assert do("db", "backup", "safe.db", "--json").json == {"path": "safe.db", "last_command": "#22"}
    before = Path("safe.db").read_bytes()
    do("label", "add", "Later")
    assert do("db", "backup", "safe.db")[:2] == (5, "")
    assert Path("safe.db").read_bytes() == before
    assert do("db", "backup", "safe.db", "--force").err.endswith("#23\n")
    for wrong, status in (("no/such/safe.db", 6), (".", 6)):
        assert do("db", "backup", wrong)[:2] == (status, "")
    assert do("db", "backup", "past.db", "--as-of", "#5")[:2] == (2, "")
    assert not Path("past.db").exists()


@pytest.mark.damages
def test_damage_is_named_and_exits_with_10(practice, copies) -> None:
    do = copies()
    path = practice.parent / "copy-1" / practice.name
    with closing(sqlite3.connect(path)) as raw:
        triggers = raw.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'clients'"
        ).fetchall()
        raw.executescript("".join(f"DROP TRIGGER {name};" for (name,) in triggers))
        raw.execute("UPDATE clients SET last_name = 'Changed' WHERE id = 2")
        raw.commit()
    done = do("db", "verify", "--json")
    assert done.status == 10
    assert ("clients", 2, "last_name") in [(each["table"], each["row"], each["column"]) for each in done.json]
    assert do("db", "verify", "--count").status == 10
    assert do("db", "verify", "--as-of", "#5").status == 2


@pytest.mark.parametrize(
    "typed",
    [
        "export csv clients.db --force",
        "export json clients.db --force",
        "export xlsx linked.xlsx --force",
        "client list --out linked.csv --force",
        "db backup clients.db --force",
        "db backup linked.db --force",
        "import csv bad.csv --skip-bad clients.db --force",
        "export csv clients.db-journal",
    ],
)
def test_nothing_is_written_over_the_database(do, practice, tmp_path, monkeypatch, typed) -> None:
    monkeypatch.chdir(tmp_path)
    for linked in ("linked.xlsx", "linked.csv", "linked.db"):
        (tmp_path / linked).symlink_to(practice)
    (tmp_path / "bad.csv").write_text("name,email\nAda Byron,ada@example.com\nNobody,no address\n")
    before = practice.read_bytes()
    done = do(*typed.split())
    assert (done.status, done.out) == (5, ""), done.err
    assert "name another file" in str(done.error)
    assert practice.read_bytes() == before


def test_a_new_database_says_how_to_begin_and_quietly_nothing_but_its_path(tmp_path) -> None:
    home = {"CLIENTCTL_DB": str(tmp_path / "new.db"), **HOME}
    done = run_program("db", "init", "-q", **home)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path}/new.db\n", "")
    for noun, says in (("client", "No clients match."), ("membership", "No memberships match.")):
        seen = terminal.run(noun, "list", **home)
        assert seen.shown.replace("\n", " ") == (
            f"{says} There are no clients yet: `clientctl client add --first NAME` adds one,"
            " `clientctl import csv FILE` imports a list "
        )
        assert run_program(noun, "list", **home).stderr == ""
    assert terminal.run("plan", "list", **home).shown == "No plans.\n"
    run_program("client", "add", "--first", "Ana", **home)
    assert terminal.run("membership", "list", **home).shown == "No memberships match.\n"
