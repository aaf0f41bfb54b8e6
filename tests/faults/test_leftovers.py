"""Kill commands wherever they touch a file: the next write removes what they left, wherever that is, and only that."""

import json
import os
import subprocess
import sys
from pathlib import Path

import inprocess
import pytest
from looking import change, look
from program import environment

from clientctl.base.atomic_files import replace_file

EVERY = 1 if "CLIENTCTL_FAULTS" in os.environ else 6
"""Of every how many touches of a file a command is killed at one."""

GONE = 4_194_303
"""A number that no process has here: the greatest there could be."""

KEPT = {"clients.db", "sheet.csv", "scan.pdf"}
COMMANDS = {
    "backup": "db backup",
    "backup elsewhere": "db backup away/b.db",
    "export": "export csv away/x.csv",
    "list": "client list --out away/x.csv",
    "import": "import csv sheet.csv --again --skip-bad away/rejects.csv",
    "attach": "document attach 1 scan.pdf",
    "dossier": "client dossier 1 away/d.zip",
}


def leftover(name: str) -> bool:
    return Path(name).name.startswith(".") or name.endswith((".leftovers", "-journal"))


@pytest.fixture
def practice(book: Path) -> Path:
    (book.parent / "away").mkdir()
    (book.parent / "scan.pdf").write_bytes(b"scan")
    (book.parent / "sheet.csv").write_text("First name,E-mail\nAna,ana@example.com\nBo,bo@\n")
    inprocess.fill(
        book,
        ("client", "add", "--first", "Zoé"),
        ("document", "attach", "1", str(book.parent / "sheet.csv")),
    )
    return book


@pytest.mark.parametrize("typed", COMMANDS.values(), ids=COMMANDS)
def test_what_a_killed_command_left_is_gone_with_the_next_write(practice: Path, typed: str) -> None:
    folder = practice.parent
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("killed.py"), folder, str(EVERY), *typed.split()],
        env=environment(CLIENTCTL_DB=str(practice), CLIENTCTL_NOW="2026-03-01T09:00:00Z"),
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert any(leftover(name) for each in outcomes for name in each["left"])
    for each in outcomes:
        assert set(each["swept"]) >= KEPT, each
        assert ([name for name in each["swept"] if leftover(name)], each["unnamed"]) == ([], 0), each
        for name in each["swept"]:
            made, is_attached, _ = name.partition(".files/")
            assert not is_attached or made in each["swept"], each


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_whatever_the_target_was_called_it_goes_and_what_is_not_ours_or_at_work_stays(book: Path) -> None:
    backups = book.parent / "backups"
    backups.mkdir()
    stays = {
        f".a.csv.{os.getppid()}.tmp",
        ".a.csv.tmp",
        ".a.csv.x.tmp",
        f"a.csv.{GONE}.tmp",
        f".a.csv.{GONE}.tmp.gz",
        ".report.20261130.tmp",
        f".a.csv.0{GONE}.tmp",
    }
    for name in {*stays, f".any.thing.{GONE}.tmp", f".c.db.{GONE}.tmp", f".c.db.{GONE}.tmp-journal"}:
        (book.parent / name).write_text("x")
        (backups / name).write_text("x")
    (book.parent / f".folder.{GONE}.tmp").mkdir()
    with look(book):
        assert len(names(backups)) == len(stays) + 3
    with change(book, dry_run=True):
        assert len(names(backups)) == len(stays) + 3
    with change(book):
        assert names(backups) == stays
    assert names(book.parent) == {*stays, "clients.db", "backups", f".folder.{GONE}.tmp"}


def noted(book: Path) -> Path:
    return book.with_name("clients.db.leftovers")


def test_a_copy_for_another_folder_is_noted_for_its_owner_alone_while_it_is_written(book: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    with look(book), replace_file(away / "a.csv", force=False), replace_file(book.with_name("b.csv"), force=False):
        (note,) = noted(book).read_text().splitlines()
        assert json.loads(note) == [os.getpid(), str(away / f".a.csv.{os.getpid()}.tmp")]
        assert noted(book).stat().st_mode & 0o777 == 0o600
    assert not noted(book).exists()


def test_a_note_is_followed_only_to_what_is_ours_and_no_longer_at_work(book: Path, tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    notes = {
        away / f".a.csv.{os.getppid()}.tmp": os.getppid(),
        away / f".b.csv.{GONE}.tmp": os.getppid(),
        away / f".c.csv.{os.getppid()}.tmp": GONE,
        away / "precious.csv": GONE,
        away / f".d.csv.{GONE}.tmp": GONE,
    }
    for path in notes:
        path.write_text("x")
    lines = [json.dumps([process, str(path)]) for path, process in notes.items()]
    noted(book).write_text("\n".join([*lines, "torn [", '["no number", "x"]', ""]))
    with change(book) as db:
        assert db.notices == []
    assert names(away) == {path.name for path in notes} - {f".d.csv.{GONE}.tmp"}
    assert [str(path) in noted(book).read_text() for path in notes] == [True, True, False, False, False]


def test_what_is_out_of_reach_is_named_until_it_can_be_removed(book: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    left = disk / f".a.csv.{GONE}.tmp"
    noted(book).write_text(json.dumps([GONE, str(left)]) + "\n")
    done = inprocess.run("client", "add", "--first", "Zoé", db=book)
    assert f"{left}, left by a command that was killed, is out of reach" in done.err
    done = inprocess.run("client", "delete", "1", "--yes", db=book)
    assert f"may contain who was erased: {left}" in done.err
    disk.mkdir()
    left.write_text("Zoé")
    done = inprocess.run("label", "add", "VIP", db=book)
    assert (done.err, names(disk), noted(book).exists()) == ("Added label VIP\n", set(), False)


WORKER = """
import sys
from clientctl.cli.framework.app import run
from clientctl.cli.framework.shared_options import Session
for number in range(int(sys.argv[2])):
    run(["client", "list", "--out", f"away/{sys.argv[1]}-{number}.csv"], Session())
    run(["label", "add", f"{sys.argv[1]}-{number}"], Session())
"""


def test_neighbors_at_work_take_nothing_from_each_other(practice: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(number), "5"],
            env=environment(CLIENTCTL_DB=str(practice)),
            cwd=practice.parent,
            stderr=subprocess.PIPE,
        )
        for number in range(8)
    ]
    failed = [said for worker in workers for said in [worker.communicate(timeout=120)[1]] if worker.returncode]
    assert failed == []
    assert len(names(practice.parent / "away")) == 40
    assert not [name for name in names(practice.parent) if leftover(name)]
