"""What becomes of a command whose output can't be written, whose surroundings are poor, or whose file is not one."""

import ctypes
import itertools
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import heavy
import inprocess
import looking
import pytest
import terminal
from program import PATIENCE, PROGRAM, environment
from program import run as run_program

PEOPLE = 3_000
READS = {
    "client list": [],
    "client list as JSON": ["client", "list", "--json"],
    "client list as a table": ["client", "list", "--format", "table"],
    "client list counted": ["client", "list", "--count"],
    "client show": ["client", "show", "1"],
    "client history": ["client", "history", "1"],
    "label list": [],
    "plan list": [],
    "rate list": [],
    "membership list": [],
    "membership queues": [],
    "log": [],
    "config list": [],
    "config get": ["config", "get", "currency"],
    "db info": [],
    "db path": [],
}
"""Commands that only show, each of which writes something here."""

CHANGES = {
    "client add": ["client", "add", "--first", "Noé"],
    "client edit": ["client", "edit", "1", "--company", "Studio"],
    "label attach": ["label", "attach", "1", "--label", "New", "--new-label"],
    "plan add": ["plan", "add", "Aqua"],
    "rate add": ["rate", "add", "Yoga", "Weekly", "--price", "15", "--every", "1w"],
    "membership add": ["membership", "add", "--client", "2", "--plan", "Yoga"],
    "config set": ["config", "set", "within", "14"],
    "undo": ["undo"],
}


@pytest.fixture(scope="module")
def crowd_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a database with more people than a pipe holds."""
    folder = tmp_path_factory.mktemp("crowd")
    path, sheet = folder / "clients.db", folder / "sheet.csv"
    home = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}
    rows = (f"Person {n};Müller;p{n}@example.com" for n in range(PEOPLE))
    sheet.write_text("\n".join(["First name;Last name;E-mail", *rows]))
    plan = (("plan", "add", "Yoga"), ("rate", "add", "Yoga", "Monthly", "--price", "49.90"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in home.items():
            patch.setenv(name, value)
        assert inprocess.run("db", "init", "--owner", "Ana", db=path).status == 0
        inprocess.fill(
            path, ("import", "csv", str(sheet)), *plan, ("membership", "add", "--client", "1", "--plan", "Yoga")
        )
    return path


@pytest.fixture
def crowd(crowd_file: Path, tmp_path: Path) -> Path:
    return shutil.copy(crowd_file, tmp_path / "clients.db")


@pytest.fixture
def shell(crowd: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return ``shell(line, *words)``: run a line of bash where ``"$@"`` is a command of the program."""

    def run(line: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        given = {"HOME": str(tmp_path), "CLIENTCTL_DB": str(crowd), "CLIENTCTL_TODAY": "2026-03-01", **variables}
        return subprocess.run(
            ["bash", "-c", line, *PROGRAM, *words],
            env=environment(**given),
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            check=False,
        )

    return run


ME = '"$0" "$@"'  # the program with its words


def words_of(name: str) -> list[str]:
    return READS.get(name) or CHANGES.get(name) or name.split()


def entries(path: Path) -> int:
    return looking.last_command(path)


# -- standard output ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [["client", "list"], ["client", "list", "--json"], ["client", "list", "--format", "csv"]]
)
def test_a_reader_who_has_had_enough_ends_a_list_quietly(shell, words) -> None:
    done = shell(f"{ME} | head -1; echo ${{PIPESTATUS[0]}}", *words)
    assert done.stderr == ""
    assert done.stdout.endswith("\n141\n")
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize("name", READS)
def test_a_full_disk_for_what_is_shown(shell, name) -> None:
    done = shell(f"{ME} > /dev/full", *words_of(name))
    assert done.returncode == 6
    assert done.stderr.count("\n") == 1
    assert "the output could not be written (No space left on device)" in done.stderr


@pytest.mark.heavy
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("asked", heavy.times(["--json"], ["--json", "-q"]))
def test_a_full_disk_does_not_unmake_a_change(shell, crowd, name, asked) -> None:
    before = entries(crowd)
    done = shell(f"{ME} > /dev/full", *words_of(name), asked)
    said = f"the change was made (#{before + 1}); its output could not be written"
    assert done.returncode == 6
    assert said in done.stderr.splitlines()[-1]
    assert entries(crowd) == before + 1
    if asked == "--json":
        error = json.loads(done.stderr.splitlines()[-1])["error"]
        assert error["code"] == "storage"


def test_a_change_whose_reader_is_gone_says_that_it_was_made(shell, crowd) -> None:
    before = entries(crowd)
    done = shell(f"{{ sleep 0.5; {ME}; echo $? >&2; }} | true", "client", "add", "--first", "Noé", "--json")
    *_, failure, status = done.stderr.splitlines()
    assert status == "141"
    assert f"the change was made (#{before + 1}); its output could not be written" in failure
    assert entries(crowd) == before + 1


def test_a_change_that_shows_nothing_does_not_mind(shell) -> None:
    for stdout in (">/dev/full", ">&-"):
        done = shell(f"{ME} {stdout}", "client", "edit", "1", "--company", f"Studio {stdout}")
        assert (done.returncode, done.stderr.count("\n")) == (0, 1)


def test_a_dry_run_on_a_full_disk_made_no_change(shell, crowd) -> None:
    before = entries(crowd)
    done = shell(f"{ME} > /dev/full", "client", "add", "--first", "Noé", "--json", "-n")
    assert (done.returncode, "the change was made" in done.stderr) == (6, False)
    assert entries(crowd) == before


# -- closed streams, poor surroundings ----------------------------------------------------------------


@pytest.mark.parametrize("name", ["client list", "client show", "db path", "membership queues"])
def test_a_closed_standard_output_can_not_be_written_to(shell, name) -> None:
    done = shell(f"{ME} >&-", *words_of(name))
    assert (done.returncode, done.stderr.count("\n")) == (6, 1)
    assert done.stderr.startswith("clientctl: the output could not be written")


def test_a_closed_standard_output_does_not_unmake_a_change(shell, crowd) -> None:
    before = entries(crowd)
    done = shell(f"{ME} >&-", "client", "add", "--first", "Noé", "--json")
    assert done.returncode == 6
    assert f"the change was made (#{before + 1})" in done.stderr
    assert entries(crowd) == before + 1


def test_closed_standard_error_and_input_do_not_matter(shell, crowd) -> None:
    assert shell(f"{ME} 2>&-", "client", "edit", "1", "--company", "A").returncode == 0
    assert shell(f"{ME} 2>&-", "client", "show", "nobody").returncode == 3
    assert shell(f"{ME} 2>/dev/full", "client", "edit", "1", "--company", "B").returncode == 0
    assert shell(f"{ME} <&-", "client", "list", "--count").stdout == f"{PEOPLE}\n"
    assert shell(f"{ME} <&- >&- 2>&-", "client", "edit", "1", "--company", "C").returncode == 0
    assert shell(f"{ME} <&-", "client", "archive", "-").returncode == 0
    assert shell(f"{ME} <&-", "client", "add").returncode == 2
    assert shell(ME, "client", "show", "1", "--json").stdout.count('"company": "C"') == 1
    with closing(sqlite3.connect(crowd)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


LOCALES = [
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX", "LANG": "nonsense"},
    {"LANG": "tr_TR.UTF-8", "LC_ALL": "de_DE.ISO-8859-1"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"COLUMNS": "0", "LINES": "x"},
    {"TERM": "dumb"},
    {"TERM": "nonsense", "FORCE_COLOR": "1"},
]


@pytest.mark.parametrize("locale", LOCALES)
def test_text_is_utf_8_and_the_same_in_every_locale(crowd, locale) -> None:
    home = {"CLIENTCTL_DB": str(crowd), "CLIENTCTL_TODAY": "2026-03-01"}
    done = run_program("client", "show", "3000", **home, **locale)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == inprocess.run("client", "show", "3000", db=crowd).out
    assert "name\tPerson 2999 Müller\n" in done.stdout
    done = run_program("client", "edit", "1", "--first", "Zoé", **home, **locale)
    assert (done.returncode, done.stderr) == (0, "Changed Person 0 Müller (1): First name Zoé (was Person 0)\n")
    done = run_program("client", "archive", "-", stdin="1é\n", **home, **locale)
    assert (done.returncode, "'id:1é'" in done.stderr) == (3, True)


def test_hardly_any_environment_and_no_terminal(crowd, tmp_path) -> None:
    """As cron and setsid have it, from a folder that can't be written to."""
    home = {"HOME": str(tmp_path), "PYTHONPATH": environment()["PYTHONPATH"]}
    for words, status in (
        (["client", "list", "--count"], 0),
        (["client", "edit", "1", "--company", "Studio"], 0),
        (["client", "add"], 2),
        (["label", "add", "VIP"], 0),
    ):
        done = subprocess.run(
            [*PROGRAM, *words, "--db", str(crowd)],
            env=home,
            cwd="/proc",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            start_new_session=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == status, done.stderr


def test_no_home_at_all_is_one_line_at_worst(tmp_path) -> None:
    done = subprocess.run(
        [*PROGRAM, "client", "list"],
        env={"PYTHONPATH": environment()["PYTHONPATH"], "HOME": "/nonexistent"},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (6, "", 1)


POOR = [{"TERM": "dumb", "NO_COLOR": None}, {"NO_COLOR": "1"}, {}]
WIDTHS = [1, 20, 80]


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("variables", "width"),
    heavy.times([*zip(POOR, WIDTHS, strict=True)], [*itertools.product(POOR, WIDTHS)]),
)
def test_a_poor_terminal_gets_no_escape_codes_and_all_of_the_text(crowd, variables, width) -> None:
    home = {"CLIENTCTL_DB": str(crowd), "CLIENTCTL_TODAY": "2026-03-01", **variables}
    for words in (["client", "show", "7"], ["client", "list", "--limit", "2"], ["log"]):
        seen = terminal.run(*words, width=width, **home)
        assert (seen.status, "\x1b" in seen.shown) == (0, False), words
        assert max(map(len, seen.shown.splitlines()[:-1])) <= max(20, width), words
    shown = terminal.run("client", "show", "7", width=width, **home).shown
    assert "p6@example.com" in "".join(shown.split())


def test_colour_is_for_a_terminal_that_wants_it(crowd) -> None:
    home = {"CLIENTCTL_DB": str(crowd), "CLIENTCTL_TODAY": "2026-03-01"}
    for more, variables, colored in (
        ([], {"NO_COLOR": None}, True),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"NO_COLOR": None}, False),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"NO_COLOR": None, "TERM": "dumb"}, False),
    ):
        seen = terminal.run("membership", "list", *more, **home, **{"TERM": "xterm", **variables})
        assert ("\x1b[32mactive" in seen.shown) == ("\x1b" in seen.shown) == colored, (more, variables)


# -- what is not a database -------------------------------------------------------------------------


def newer(path: Path, source: Path) -> None:
    shutil.copy(source, path)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version = 9999")
        raw.commit()


def foreign(path: Path, _source: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE clients (id INTEGER PRIMARY KEY, first_name TEXT)")
        raw.commit()


WRONG = {
    "missing": (lambda path, _source: None, "db init"),
    "a text": (lambda path, _source: path.write_text("Ana;Müller\n" * 500) and None, "clients.db"),
    "empty": (lambda path, _source: path.write_bytes(b"") and None, "clients.db"),
    "truncated": (lambda path, source: path.write_bytes(source.read_bytes()[:50_000]) and None, "clients.db"),
    "another program's": (foreign, "clients.db"),
    "newer": (newer, "clientctl"),
    "a folder": (lambda path, _source: path.mkdir(), "clients.db"),
}

EVERY = {
    **{name: words for name, words in READS.items() if name != "db path"},
    **CHANGES,
    "label remove": ["label", "remove", "VIP", "--yes"],
    "redo": ["redo"],
    "import csv": ["import", "csv", "sheet.csv"],
    "export xlsx": ["export", "xlsx", "clients.xlsx"],
    "db backup": ["db", "backup", "backup.db"],
    "db verify": ["db", "verify"],
    "a list to a file": ["client", "list", "--out", "list.csv"],
    "the past": ["client", "list", "--as-of", "#1"],
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_database_of_ours_is_left_alone(crowd_file, tmp_path, monkeypatch, kind) -> None:
    make, says = WRONG[kind]
    path = tmp_path / "clients.db"
    make(path, crowd_file)
    (tmp_path / "sheet.csv").write_text("First name\nNoé\n")
    monkeypatch.chdir(tmp_path)
    before = looking.files(tmp_path)
    for name, words in EVERY.items():
        done = inprocess.run(*(words or name.split()), db=path)
        if (name, kind) == ("db verify", "truncated"):  # whose work it is to say so
            assert (done.status, "can't be read further" in done.out) == (10, True)
            continue
        assert (done.status, done.out, done.err) == (6, "", ""), (name, done)
        assert says in done.error.message, name
        assert "\n" not in done.error.message
        assert looking.files(tmp_path) == before, name
        assert len(list(tmp_path.iterdir())) == len(before) + path.is_dir(), name


def _without_power() -> None:
    """Take from root what lets it write where nobody may; what a process starts has it no more."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            assert libc.prctl(24, capability, 0, 0, 0) == 0  # PR_CAPBSET_DROP


@pytest.mark.heavy
@pytest.mark.parametrize(("file", "folder"), [(0o400, 0o700), (0o600, 0o500)])
def test_who_may_only_read_reads_and_is_told_why_nothing_is_written(crowd_file, tmp_path, file, folder) -> None:
    home = tmp_path / "read-only"
    home.mkdir()
    path = home / "clients.db"
    shutil.copy(crowd_file, path)
    path.chmod(file)
    home.chmod(folder)
    before = looking.files(home)
    variables = environment(CLIENTCTL_DB=str(path), CLIENTCTL_TODAY="2026-03-01")
    reads = ["client list", "db verify", "client show", "membership queues", "log", "config get", "db info"]
    changes = ["client edit", "undo", "membership add", "config set"]
    of_each = heavy.times(2, None)
    tried = [(words_of(name), 0) for name in reads[:of_each]] + [(words_of(name), 6) for name in changes[:of_each]]
    for words, status in tried:
        done = subprocess.run(
            [*PROGRAM, *words],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=PATIENCE,
            preexec_fn=_without_power,
            check=False,
        )
        assert done.returncode == status, (words, done.stderr)
        if status:
            assert (done.stdout, done.stderr.count("\n")) == ("", 1)
            assert str(path) in done.stderr
            assert (f"the folder {home} can't be written" in done.stderr) == (folder == 0o500)
    home.chmod(0o700)
    assert looking.files(home) == before
