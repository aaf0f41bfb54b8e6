"""Which files are opened, which are refused, and that a file refused is left as it was."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from looking import Run, change, dump_file, files, look, make_old, open_raw
from program import environment

from clientctl.domain.practice import settings, staff
from clientctl.domain.session import opened
from clientctl.errors import RefusedError, StorageError, UsageError
from clientctl.store import migrations, transactions

NOBODY = 65534


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_a_new_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "deep" / "down" / "clients.db"
    before = os.umask(mask)
    try:
        opened.initialize(path, "Ana", {})
        with change(path) as db:
            journal = path.with_name("clients.db-journal")
            assert journal.stat().st_mode & 0o777 == 0o600
            db.insert("labels", kind="custom", name="x", name_key="x")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["clients.db"]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    opened.initialize(tmp_path / "clients.db", "Ana", {})
    assert tmp_path.stat().st_mode & 0o777 == 0o750


def test_by_default_the_file_is_in_the_data_folder(tmp_path: Path, run: Run) -> None:
    if sys.platform == "darwin":
        path = tmp_path / "Library" / "Application Support" / "clientctl" / "clients.db"
    else:
        path = tmp_path / ".local" / "share" / "clientctl" / "clients.db"
    assert run("db", "init", env={"CLIENTCTL_DB": None}).returncode == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", ["a b.db", "what?mode=memory&x=y.db", "100%41.db", "#1.db", "Ünïcödé 李.db", "file:x"])
def test_any_name_is_only_a_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    opened.initialize(path, "Ana", {})
    with change(path) as db:
        db.insert("labels", kind="custom", name="x", name_key="x")
    with look(path) as db:
        assert db.rows("SELECT name FROM labels") == [("x",)]
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_name_that_is_no_text_is_a_name_too(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.db")
    opened.initialize(path, "Ana", {})
    assert dump_file(path)["staff"][0]["name"] == "Ana"


def test_a_link_leads_to_the_file_and_its_journal(book: Path, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(book)
    with change(link) as db:
        db.insert("labels", kind="custom", name="x", name_key="x")
        assert book.with_name("clients.db-journal").exists()
    assert len(dump_file(book)["labels"]) == 1


# -- what is not ours ---------------------------------------------------------------------------


def foreign(path: Path) -> None:
    with open_raw(path) as connection:
        connection.execute("CREATE TABLE clients(id INTEGER PRIMARY KEY, name TEXT)")


def foreign_wal(path: Path) -> None:
    with open_raw(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE clients(id INTEGER PRIMARY KEY, name TEXT)")


def newer(path: Path) -> None:
    opened.initialize(path, "Ana", {})
    with open_raw(path) as connection:
        connection.execute(f"PRAGMA user_version={migrations.VERSION + 1}")


def truncated(path: Path) -> None:
    opened.initialize(path, "Ana", {})
    os.truncate(path, path.stat().st_size // 2)


def cut_in_a_page(path: Path) -> None:
    opened.initialize(path, "Ana", {})
    os.truncate(path, 1_000)


def damaged_header(path: Path) -> None:
    opened.initialize(path, "Ana", {})
    with path.open("r+b") as file:
        file.write(b"\x00" * 16)


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, r"no database at {path}: `clientctl db init` creates one"),
    "folder": (Path.mkdir, r"{path} is not a file: name a database with --db"),
    "empty": (Path.touch, r"{path} is empty: remove it, or name another with --db"),
    "text": (lambda path: path.write_text("Ana;Müller\n" * 500), r"{path} is not a clientctl database"),
    "short text": (lambda path: path.write_text("Ana"), r"{path} is not a clientctl database"),
    "another program's": (foreign, r"{path} is not a clientctl database: name another with --db"),
    "another program's, in WAL mode": (foreign_wal, r"{path} is not a clientctl database: name another with --db"),
    "newer": (newer, r"{path} was made by a newer clientctl \(version \d+ of the file; this is \d+\): update"),
    "truncated": (truncated, r"{path} is damaged: `clientctl db verify` says where"),
    "cut in a page": (cut_in_a_page, r"{path} is (damaged|not a clientctl database)"),
    "damaged header": (damaged_header, r"{path} is not a clientctl database"),
    "pipe": (os.mkfifo, r"{path} is not a file"),
}


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("use", [look, change])
def test_what_can_not_be_used_is_left_as_it_is(tmp_path: Path, kind: str, use: Callable) -> None:
    path = tmp_path / "folder" / "some.db"
    path.parent.mkdir()
    make, message = REFUSED[kind]
    make(path)
    before, names = files(tmp_path), sorted(tmp_path.rglob("*"))
    with pytest.raises(StorageError, match="^" + message.format(path=path)), use(path):
        pass
    assert (files(tmp_path), sorted(tmp_path.rglob("*"))) == (before, names)


@pytest.mark.parametrize("kind", [kind for kind in REFUSED if kind != "missing"])
def test_init_takes_nothing_that_is_there(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "some.db"
    REFUSED[kind][0](path)
    before = files(tmp_path)
    with pytest.raises(RefusedError, match="already exists: clientctl uses it as it is"):
        opened.initialize(path, "Ana", {})
    assert files(tmp_path) == before


def test_the_program_refuses_with_one_line_and_its_status(tmp_path: Path, run: Run) -> None:
    done = run("client", "list", db=tmp_path / "nowhere" / "my.db")
    line = f"clientctl: no database at {tmp_path}/nowhere/my.db: `clientctl db init` creates one\n"
    assert (done.returncode, done.stdout, done.stderr) == (6, "", line)
    assert list(tmp_path.iterdir()) == []


def test_init_of_a_file_of_ours_changes_nothing(book: Path) -> None:
    before = files(book)
    with pytest.raises(RefusedError, match="already exists"):
        opened.initialize(book, "Somebody else", {})
    assert files(book) == before


def test_init_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError), transactions.initialize(tmp_path / "clients.db", "db init", "Ana") as db:
        settings.put(db, "currency", "gold")
    assert list(tmp_path.iterdir()) == []


def test_of_two_inits_at_once_one_makes_the_file(tmp_path: Path, run: Run) -> None:
    def begin_and_be_overtaken() -> None:
        with transactions.initialize(tmp_path / "clients.db", "db init", "Ana") as db:
            staff.add(db, "Ana")
            assert run("db", "init", "--owner", "Bo").returncode == 0

    with pytest.raises(RefusedError, match="already exists: clientctl uses it as it is"):
        begin_and_be_overtaken()
    assert [person["name"] for person in dump_file(tmp_path / "clients.db")["staff"]] == ["Bo"]
    assert [file.name for file in tmp_path.iterdir()] == ["clients.db"]


# -- what a killed writer left ------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from clientctl.domain.session import opened as book
from clientctl.store import opening

opening._WRITE_PRAGMAS += ("cache_spill=1", "cache_size=2")  # changed pages reach the file before the commit
with book.writing(Path(sys.argv[1]), "label add") as db:
    db.insert_many("labels", ({"kind": "custom", "name": f"{n:0500}", "name_key": f"{n}"} for n in range(300)))
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_reader_rolls_back_what_a_killed_writer_left(book: Path) -> None:
    before = dump_file(book)
    killed = subprocess.run([sys.executable, "-c", KILLED, book], env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert book.with_name("clients.db-journal").stat().st_size > 0
    assert book.read_bytes().count(b"0" * 400) > 10
    assert dump_file(book) == before
    assert not book.with_name("clients.db-journal").exists()


# -- permissions --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def powerless() -> Iterator[Callable[..., list[str]]]:
    """Return a function that prepares a database with some modes and tries things on it, not being root."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)

    def attempt(names: list[str], *, file: int, within: int, version: int = migrations.VERSION) -> list[str]:
        inner = Path(tempfile.mkdtemp(dir=folder))
        path, warm_up = inner / "clients.db", folder / "warm-up.db"
        for each in (path, warm_up):
            each.unlink(missing_ok=True)
            make_old(each, version)
        if os.geteuid() == 0:
            os.chown(path, NOBODY, NOBODY)
            os.chown(inner, NOBODY, NOBODY)
        path.chmod(file)
        before = files(path)
        inner.chmod(within)
        pairs = [word for name in names for word in (str(path if name != "init" else inner / "new.db"), name)]
        script = [sys.executable, Path(__file__).with_name("powerless.py"), warm_up, *pairs]
        done = subprocess.run(script, env=environment(), capture_output=True, check=False, encoding="utf-8")
        assert done.returncode == 0, done.stderr
        inner.chmod(0o700)
        assert files(path) == before
        return [line.replace(str(path), "PATH").replace(str(inner), "FOLDER") for line in json.loads(done.stdout)]

    yield attempt
    shutil.rmtree(folder)


CAN_NOT_WRITE = "StorageError: PATH or its folder can't be written; nothing was changed: check who owns them"


def test_a_file_that_may_not_be_written_is_read(powerless: Callable[..., list[str]]) -> None:
    assert powerless(["read", "write"], file=0o400, within=0o700) == ["Ana", CAN_NOT_WRITE]


def test_a_folder_that_may_not_be_written_is_read(powerless: Callable[..., list[str]]) -> None:
    read, written, made, kept = powerless(["read", "write", "init", "backup"], file=0o600, within=0o500)
    named = "StorageError: PATH can't be changed: the folder FOLDER can't be written; nothing was changed"
    assert (read, written) == ("Ana", f"{named}: check who owns it")
    assert made.startswith(
        "StorageError: the folder 'FOLDER' can't be written (Permission denied); nothing was changed"
    )
    assert kept.startswith("StorageError: FOLDER/backups can't be created (Permission denied); no backup made")


def test_a_file_that_may_not_be_read_is_refused(powerless: Callable[..., list[str]]) -> None:
    answer = "StorageError: no permission to read PATH: ask its owner"
    assert powerless(["read", "write"], file=0o000, within=0o700) == [answer, answer]


def test_a_folder_that_may_not_be_entered_is_refused(powerless: Callable[..., list[str]]) -> None:
    answer = "StorageError: no permission to reach PATH: ask its owner"
    made = "StorageError: FOLDER/new.db can't be created: permission denied"
    assert powerless(["read", "write", "init"], file=0o600, within=0o000) == [answer, answer, made]


@pytest.mark.parametrize(("file", "within"), [(0o400, 0o700), (0o600, 0o500)])
def test_an_old_file_that_may_not_be_written_is_left_old(
    powerless: Callable[..., list[str]], file: int, within: int
) -> None:
    for answer in powerless(["read", "write"], file=file, within=within, version=1):
        assert "can't be written" in answer
        assert "nothing was changed: check who owns" in answer
