"""The examples are run as people and cron run them; what needs the network, `.ci/run` runs."""

import re
import shutil
import sys
from pathlib import Path

import heavy
import pytest
import shell
import terminal
from python_calamine import CalamineWorkbook
from rich.cells import cell_len

from clientctl.exchange.members.sheet_files import read_csv

SCRIPTS = [*sorted(shell.EXAMPLES.glob("*.sh")), shell.ROOT / "tests" / "run.sh"]
QUICKSTART, FLAG, NIGHTLY, SETUP = (
    shell.EXAMPLES / f"{name}.sh" for name in ("quickstart", "flag-ending", "nightly-export", "setup")
)
Cron = dict[str, str]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the example members in it; each job gets a copy."""
    home = tmp_path_factory.mktemp("members") / "home"
    env = shell.prepare(home)
    for line in ("db init --owner Camille", f"import csv '{shell.EXAMPLES / 'members.csv'}'"):
        done = shell.run(f"clientctl {line}", home, env)
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def cron(members: Path, tmp_path: Path) -> Cron:
    """Return the environment of a job: a home with the example members in it, the program named by its path."""
    home = Path(shutil.copytree(members, tmp_path / "home"))
    env = shell.environment(home, CLIENTCTL=str(home / "bin" / "clientctl"), PATH="/usr/bin:/bin")
    del env["CLIENTCTL_NOW"]
    return env


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_plain_sh(script: Path) -> None:
    assert script.read_text().startswith("#!/bin/sh\n")
    assert shell.run_program(["sh", "-n", script], shell.ROOT, {}).stderr == ""


def test_the_example_members_are_a_good_sheet_of_invented_people() -> None:
    text = (shell.EXAMPLES / "members.csv").read_text(encoding="utf-8")
    assert text.startswith("\ufeff")
    assert set(re.findall(r"@([\w.]+)", text)) == {"example.com", "example.net", "example.org"}
    sheet = read_csv(shell.EXAMPLES / "members.csv", named={})
    assert sheet.unknown == ("Newsletter",)
    assert [record.problem for record in sheet.records() if record.problem] == []


# -- quickstart ----------------------------------------------------------------------------------


@pytest.mark.heavy
@pytest.mark.parametrize("width", heavy.times([80], [80, 120]))
def test_quickstart_runs_through_on_a_terminal_without_a_question(tmp_path: Path, width: int) -> None:
    home = tmp_path / "home"
    given = {name: value for name, value in shell.prepare(home).items() if not name.startswith("CLIENTCTL")}
    program = str(home / "bin" / "clientctl")
    seen = terminal.run(
        program=("sh", str(QUICKSTART)), width=width, typed="\x04", cwd=tmp_path, CLIENTCTL=program, **given
    )
    assert seen.status == 0, seen.shown
    assert "README.md goes on from here; docs/guide.md is the manual, by task." in seen.shown
    assert "]:" not in seen.shown
    assert [line for line in seen.shown.splitlines() if cell_len(line) > width and str(tmp_path) not in line] == []


def test_quickstart_shows_the_whole_way_and_touches_only_its_own_files_every_time(tmp_path: Path) -> None:
    env, here = shell.prepare(tmp_path / "home"), tmp_path / "some where"
    folder = here / "clientctl-quickstart"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    program = str(tmp_path / "home" / "bin" / "clientctl")
    first, again = (shell.run_program(["sh", QUICKSTART], here, {**env, "CLIENTCTL": program}) for _ in range(2))
    assert (first.returncode, first.stderr) == (again.returncode, again.stderr) == (0, "")
    for said in (
        "$ clientctl import csv members.csv --map Newsletter=ignore\nRead members.csv: UTF-8 with BOM",
        "clients 36 added, 0 updated; memberships 30 added, 0 updated; 0 unchanged\n",
        "\nending           Ending within 7 days                                 6\n",
        "M-7     小明 王           2026-03-07  xwang@example.org                       Yoga illimité  Quinzaine\n",
        "Extended M-3 (Chiara D'Angelo): ends 2026-04-04 (was 2026-03-04)\n",
        "Undid #3 membership extend (Camille)\n",
        "$ clientctl export xlsx clients.xlsx\nWrote clients.xlsx\n",
        "The Excel file is clientctl-quickstart/clients.xlsx.",
    ):
        assert said in first.stdout
        assert said in again.stdout
    assert {path.name for path in folder.iterdir()} == {"clients.db", "clients.xlsx", "members.csv", "mine.txt"}
    assert [path.name for path in here.iterdir()] == ["clientctl-quickstart"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["bin"]
    rows = CalamineWorkbook.from_path(folder / "clients.xlsx").get_sheet_by_index(0).to_python()
    assert len(rows) == 1 + 36
    assert rows[1][:4] == [1, "Ana", "Müller", "ana@example.com"]


def test_what_quickstart_says_to_try_next_works(tmp_path: Path) -> None:
    env = shell.prepare(tmp_path / "home")
    done = shell.run_program(["sh", QUICKSTART], tmp_path, {**env, "CLIENTCTL": "clientctl"})
    lines = re.findall(r"^  (.*)$", done.stdout.partition("To look around:")[2], re.MULTILINE)
    assert len(lines) == 8
    again = shell.run("set -e\n" + "\n".join(lines), tmp_path, {**env, "PATH": "/usr/bin:/bin"})
    assert (again.returncode, again.stderr.count("\n")) == (0, 1)
    assert again.stderr.startswith("Left out, as tsv has no place for lists: memberships; ")


def test_quickstart_names_a_program_that_is_not_there(tmp_path: Path) -> None:
    done = shell.run_program(["sh", QUICKSTART], tmp_path, {"PATH": "/usr/bin:/bin", "CLIENTCTL": "/no/clientctl"})
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no program /no/clientctl" in done.stderr
    assert list(tmp_path.iterdir()) == []


# -- setting up ----------------------------------------------------------------------------------


OLD = '#!/bin/sh\ncase "$2" in *exit*) exit 1;; *) echo 3.9;; esac\n'
BARE = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; *exit*) exit 0;; *) echo 3.11;; esac\n'


@pytest.mark.parametrize("command", [QUICKSTART, shell.ROOT / "tests" / "run.sh"], ids=lambda path: path.name)
@pytest.mark.parametrize(
    ("pythons", "named", "says"),
    [
        ({}, None, "No Python that will do was found (python3). clientctl needs Python 3.11 or newer"),
        ({"python3": OLD}, None, "No Python that will do was found (python3, python3 is 3.9)."),
        ({"python3": BARE}, None, "python3 is Python 3.11, but its venv module is missing"),
        ({"python3": OLD, "python3.12": BARE}, None, "python3.12 is Python 3.11, but its venv module is missing"),
        ({"mine": OLD}, "mine", "No such Python that will do was found (mine, mine is 3.9)."),
        ({}, "/no/python", "No such Python that will do was found (/no/python)."),
    ],
)
def test_what_is_missing_is_said_before_anything_is_done(
    tmp_path: Path, command: Path, pythons: dict[str, str], named: str | None, says: str
) -> None:
    top = clone(tmp_path)
    path = tools(tmp_path, pythons)
    env = {"PATH": str(path), **({"PYTHON": named} if named else {})}
    done = shell.run_program([path / "sh", top / command.relative_to(shell.ROOT)], tmp_path, env)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(says)
    assert "sudo apt install python3 python3-venv" in done.stderr
    assert not (top / ".venv").exists()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [top.name, "tools"]


def test_the_environment_is_made_once_and_again_when_what_it_needs_has_changed(tmp_path: Path) -> None:
    top = clone(tmp_path)
    venv, path = top / ".venv", tools(tmp_path, {"python3": INSTALLER.format(python=sys.executable)})

    def set_up(*arguments: str) -> list[str]:
        done = shell.run_program(["sh", top / "examples" / "setup.sh", *arguments], tmp_path, {"PATH": str(path)})
        assert done.returncode == 0, done.stderr
        log = tmp_path / "log"
        steps = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return steps

    assert set_up() == ["venv", f"install {top}"]
    assert set_up() == []
    assert set_up("dev") == [f"install {top}[dev]"]
    assert set_up() == set_up("dev") == []
    (top / "pyproject.toml").write_text("[project]\n")
    assert set_up() == [f"install {top}"]
    (venv / "clientctl-setup").unlink()  # interrupted while packages were installed
    assert set_up() == [f"install {top}"]
    (venv / "bin" / "python").unlink()  # interrupted earlier, or its Python is gone
    assert set_up() == ["venv", f"install {top}"]
    moved = top.rename(tmp_path / "moved")
    top, venv = moved, moved / ".venv"
    assert set_up() == ["venv", f"install {moved}"]


# An interpreter that makes the folders of an environment, and notes what it is asked to install: what .ci/run
# does with the network, this shows without.
INSTALLER = """#!/bin/sh
log=$(dirname "$0")/../log
case "$1 $2" in
"-m venv") echo venv >>"$log"; rm -rf "$4"; mkdir -p "$4/bin"
    sed "s,^log=.*,log='$log'," "$0" >"$4/bin/python"; chmod +x "$4/bin/python" ;;
"-m pip") [ "$3" = --version ] || {{ for last; do :; done; echo "install $last" >>"$log"; }} ;;
*) exec '{python}' "$@" ;;
esac
"""


def clone(tmp_path: Path) -> Path:
    """Copy what setting up looks at to a path with a blank in it."""
    top = tmp_path / "my clone"
    for part in ("examples", "tests"):
        (top / part).mkdir(parents=True)
    for script in SCRIPTS:
        shutil.copy(script, top / script.relative_to(shell.ROOT))
    shutil.copy(shell.ROOT / "pyproject.toml", top)
    return top


def tools(tmp_path: Path, pythons: dict[str, str]) -> Path:
    """Return a folder with the programs of a system, and no Python but those given as scripts."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in ("sh", "dirname", "basename", "cksum", "cat", "sed", "rm", "mv", "mkdir", "chmod", "getconf", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, script in pythons.items():
        (folder / name).write_text(script)
        (folder / name).chmod(0o700)
    return folder


# -- cron ----------------------------------------------------------------------------------------


def test_who_ends_soon_is_one_readable_mail(tmp_path: Path, cron: Cron) -> None:
    done = shell.run_program(["sh", FLAG], tmp_path, {**cron, "LC_ALL": "C"})
    assert (done.returncode, done.stderr) == (0, "")
    first, blank, header, rule, *rows = done.stdout.splitlines()
    assert (first, blank) == ("6 memberships end within 7 days", "")
    assert header.split() == ["End", "Number", "Client", "Type", "Rate", "Phone", "E-mail"]
    assert set(rule) == {"─"}
    assert (
        rows[0]
        == "2026-03-01  M-2     Mary-Kate Jones   Yoga illimité  Annuel       +44 20 7946 0018   mkjones@example.com"
    )
    assert len(rows) == 6 + 2
    assert rows[-1] == "To give one a month more: clientctl membership extend NUMBER --by 1m"


def test_one_is_said_as_one(tmp_path: Path, cron: Cron) -> None:
    assert shell.run_program(["sh", FLAG, "0"], tmp_path, cron).stdout.startswith("1 membership ends within 0 days\n")


def test_nobody_is_silence(tmp_path: Path, cron: Cron) -> None:
    done = shell.run_program(["sh", FLAG], tmp_path, {**cron, "CLIENTCTL_TODAY": "2026-05-01"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_night_leaves_an_excel_file_and_a_backup_named_by_the_day(tmp_path: Path, cron: Cron) -> None:
    folder = tmp_path / "my exports"
    folder.mkdir()
    for _ in range(2):
        done = shell.run_program(["sh", NIGHTLY, folder], tmp_path, cron)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in folder.iterdir()} == {"clients-2026-03-01.xlsx", "clients-2026-03-01.db"}
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    sheet = CalamineWorkbook.from_path(folder / "clients-2026-03-01.xlsx").get_sheet_by_index(0)
    assert len(sheet.to_python()) == 1 + 36
    count = shell.run("'$CLIENTCTL' client list --count".replace("'", '"'), tmp_path, {
        **cron, "CLIENTCTL_DB": str(folder / "clients-2026-03-01.db"),
    })  # fmt: skip
    assert count.stdout == "36\n"


def test_the_night_keeps_the_newest_and_never_another_file(tmp_path: Path, cron: Cron) -> None:
    others = {"clients-2026-01-01-mine.xlsx", "clients.xlsx", "notes-2020-01-01.db"}
    for name in others:
        (tmp_path / name).touch()
    for day in ("2026-02-27", "2026-02-28", "2026-03-01"):
        done = shell.run_program(["sh", NIGHTLY, tmp_path, "2"], tmp_path, {**cron, "CLIENTCTL_TODAY": day})
        assert (done.returncode, done.stderr) == (0, "")
    kept = {f"clients-{day}.{kind}" for day in ("2026-02-28", "2026-03-01") for kind in ("xlsx", "db")}
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == others | kept


def test_a_night_with_the_clock_set_back_removes_nothing_of_later_days(tmp_path: Path, cron: Cron) -> None:
    later = {f"clients-2026-04-{day}.{kind}" for day in ("02", "03", "04") for kind in ("xlsx", "db")}
    for name in (*later, "clients-2025-12-31.db"):
        (tmp_path / name).touch()
    (tmp_path / "clients-2025-12-31.db.files").mkdir()
    done = shell.run_program(["sh", NIGHTLY, tmp_path, "1"], tmp_path, {**cron, "CLIENTCTL_TODAY": "2026-01-01"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    kept = {path.name for path in tmp_path.iterdir() if path.name.startswith("clients-")}
    assert kept == later | {"clients-2026-01-01.xlsx", "clients-2026-01-01.db"}


@pytest.mark.parametrize(("kind", "said"), [("xlsx", "export xlsx"), ("db", "db backup")])
def test_a_night_that_fails_removes_nothing(tmp_path: Path, cron: Cron, kind: str, said: str) -> None:
    old = {f"clients-2026-02-{day}.{each}" for day in (26, 27, 28) for each in ("xlsx", "db")}
    for name in old:
        (tmp_path / name).touch()
    (tmp_path / f"clients-2026-03-01.{kind}").mkdir()
    done = shell.run_program(["sh", NIGHTLY, tmp_path, "1"], tmp_path, cron)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (6, "", 1)
    assert done.stderr.startswith(f"nightly-export: {said}: ")
    assert old <= {path.name for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("script", "arguments", "changed", "status", "says"),
    [
        (FLAG, [], {"CLIENTCTL_DB": "none.db"}, 6, "clientctl: no database at "),
        (FLAG, ["soon"], {}, 2, "clientctl: "),
        (FLAG, [], {"CLIENTCTL": "/no/clientctl"}, 127, "flag-ending: there is no program /no/clientctl"),
        (NIGHTLY, [], {}, 2, "nightly-export: which folder?"),
        (NIGHTLY, [".", "all"], {}, 2, "nightly-export: keep how many?"),
        (NIGHTLY, [".", "0"], {}, 2, "nightly-export: keep how many?"),
        (NIGHTLY, ["none"], {}, 6, "nightly-export: there is no folder none"),
        (NIGHTLY, ["."], {"CLIENTCTL_DB": "none.db"}, 6, "nightly-export: db backup: no database at "),
        (NIGHTLY, ["."], {"CLIENTCTL": "/no/clientctl"}, 127, "nightly-export: there is no program"),
    ],
)
def test_a_job_that_fails_says_why_in_one_line(
    tmp_path: Path, cron: Cron, script: Path, arguments: list[str], changed: dict[str, str], status: int, says: str
) -> None:
    before = set(tmp_path.iterdir())
    done = shell.run_program(["sh", script, *arguments], tmp_path, {**cron, **changed})
    assert (done.returncode, done.stdout) == (status, "")
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1
    assert set(tmp_path.iterdir()) == before


def test_the_lines_for_cron_work_once_adapted(tmp_path: Path, cron: Cron) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    text = (shell.EXAMPLES / "crontab").read_text()
    text = text.replace("/home/you/clientctl/examples", str(shell.EXAMPLES))
    text = text.replace("/home/you/.local/bin", str(tmp_path / "home" / "bin"))
    text = text.replace("/home/you/exports", str(exports))
    assert "\n#CLIENTCTL_DB=" in text
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    given = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
    jobs = [line.split(maxsplit=5) for line in lines if re.match(r"[\d*]", line)]
    assert set(given) == {"SHELL", "MAILTO", "CLIENTCTL"}
    env = {"HOME": cron["HOME"], "PATH": "/usr/bin:/bin", "CLIENTCTL_TODAY": "2026-03-01", **given}
    said = [shell.run(command, tmp_path, env) for *_, command in jobs]
    assert [(done.returncode, done.stderr) for done in said] == [(0, ""), (0, "")]
    assert [done.stdout.partition("\n")[0] for done in said] == ["6 memberships end within 7 days", ""]
    assert len(list(exports.iterdir())) == 2
    assert not any("%" in command for *_, command in jobs), "cron takes % for the end of the line"
