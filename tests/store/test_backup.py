"""A backup is good or it is not there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from looking import Run, change, damage, dump_file, files, last_command, look, open_raw
from program import environment

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.errors import RefusedError, StorageError
from clientctl.store import backup

WRITES = """
import sys
from pathlib import Path
from clientctl.domain.clients import labels
from clientctl.domain.session import opened as book
for number in range(int(sys.argv[3])):
    with book.writing(Path(sys.argv[1]), "label add") as db:
        for part in range(20):
            labels.add(db, f"Label {sys.argv[2]} {number} {part} {'x' * 200}")
"""


def test_a_backup_while_others_write_is_good(book: Path, tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITES, book, str(number), "12"], env=environment())
        for number in range(4)
    ]
    made = []
    while any(writer.poll() is None for writer in writers):
        target = tmp_path / "copies" / f"{len(made)}.db"
        target.parent.mkdir(exist_ok=True)
        made.append((target, backup.back_up(book, target).last))
    assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
    assert len(made) >= 3
    for target, last in made:
        assert damage(target) == []
        with look(target) as db:
            assert db.value("SELECT max(id) FROM commands") == last
            assert db.value("SELECT count(*) FROM labels") == (last - 1) * 20
    assert last_command(book) == 1 + 4 * 12
    assert sorted(file.name for file in target.parent.iterdir()) == sorted(file.name for file, _ in made)


def test_a_backup_is_all_of_it_for_its_owner_alone(book: Path, tmp_path: Path) -> None:
    with change(book) as db:
        clients.add(db, {"first_name": "Zoé"}, source="hand")
    target = tmp_path / "safe.db"
    before = os.umask(0)
    try:
        assert backup.back_up(book, target).last == 2
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o600
    assert dump_file(target) == dump_file(book)
    with change(target) as db:
        labels.add(db, "VIP")
    assert (damage(target), last_command(target), last_command(book)) == ([], 3, 2)


def test_the_program_says_where_it_is_and_how_far_it_goes(book: Path, run: Run) -> None:
    done = run("db", "backup")
    made = book.parent / "backups" / "clients-20260301-090000-1.db"
    assert (done.returncode, done.stdout) == (0, f"{made}\n")
    assert "the last command in it is #1" in done.stderr
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert dump_file(made) == dump_file(book)


def test_what_is_there_is_replaced_only_by_force(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "safe.db"
    target.write_text("precious")
    before = files(tmp_path)
    with pytest.raises(RefusedError, match=r"safe\.db' already exists; --force replaces it"):
        backup.back_up(book, target)
    assert files(tmp_path) == before
    assert backup.back_up(book, target, force=True).last == 1
    assert dump_file(target) == dump_file(book)


def test_the_file_itself_is_no_place_for_its_backup(book: Path) -> None:
    before = files(book)
    for force in (False, True):
        with pytest.raises(RefusedError, match="is the database itself: name another file"):
            backup.back_up(book, book, force=force)
    assert files(book) == before


@pytest.mark.damages
def test_of_a_damaged_file_there_is_no_backup_and_the_old_one_stays(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "safe.db"
    backup.back_up(book, target)
    kept = target.read_bytes()
    with open_raw(book) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'labels_name'").fetchone()[0]
    whole = book.read_bytes()
    book.write_bytes(whole[: (root - 1) * 4096] + bytes(4096) + whole[root * 4096 :])
    before = files(tmp_path)
    with pytest.raises(StorageError, match=r"clients\.db is damaged \(.*; no backup made: `clientctl db verify`"):
        backup.back_up(book, target, force=True)
    assert (files(tmp_path), target.read_bytes()) == (before, kept)


FULL = """
import resource, sys
from pathlib import Path
from clientctl.domain.session import database_file as database, opened as book
from clientctl.errors import ClientctlError

path = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    with book.reading(path) as db:
        database.back_up(db, Path(sys.argv[2]), force=True)
except ClientctlError as error:
    print(error.message)
"""


def test_a_backup_that_does_not_fit_leaves_nothing_and_the_old_one_stays(book: Path, tmp_path: Path) -> None:
    target = tmp_path / "safe.db"
    target.write_text("the old one")
    before = files(tmp_path)
    script = [sys.executable, "-c", FULL, book, target]
    done = subprocess.run(script, env=environment(), capture_output=True, encoding="utf-8", check=False)
    assert "nothing was changed" in done.stdout, done
    assert done.stdout.count("\n") == 1
    assert files(tmp_path) == before
