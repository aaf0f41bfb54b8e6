"""One command is one transaction and one entry in the journal: all of it, or nothing."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from looking import change, dump, dump_file, files, last_command, list_contained, look, open_raw
from program import environment

from clientctl.domain.clients import labels
from clientctl.domain.journal import history
from clientctl.errors import RefusedError, StorageError
from clientctl.store import Writer, opening
from clientctl.store.catalog import TABLES


def add_label(path: Path, name: str, **more: object) -> int:
    """Add a label in a command of its own; return the command's number."""
    with change(path, "label add", **more) as db:
        if not db.replay:
            labels.add(db, name)
        return db.command


def names(path: Path) -> list[str]:
    with look(path) as db:
        return [name for (name,) in db.rows("SELECT name FROM labels ORDER BY id")]


# -- nothing ------------------------------------------------------------------------------------


def do_nothing(db: Writer) -> None:
    db.update("staff", 1, name="Ana Müller")


def rename(db: Writer) -> None:
    db.update("staff", 1, name="Zoé")


def rename_and_raise(db: Writer, error: BaseException) -> None:
    rename(db)
    raise error


def add_many(db: Writer) -> None:
    for number in range(1_000):
        labels.add(db, f"Label {number}")


def test_a_command_that_changes_no_row_leaves_the_file_as_it_is(book: Path) -> None:
    before = files(book)
    with change(book) as db:
        do_nothing(db)
    assert (files(book), db.changed) == (before, False)


def test_a_dry_run_leaves_the_file_as_it_is(book: Path) -> None:
    before = files(book)
    with change(book, dry_run=True) as db:
        rename(db)
        assert db.rows("SELECT name FROM staff") == [("Zoé",)]
    assert (files(book), db.changed) == (before, True)


@pytest.mark.parametrize("error", [RefusedError("no"), KeyError("x"), KeyboardInterrupt(), SystemExit(1)])
def test_whatever_is_raised_half_way_leaves_the_file_as_it_is(book: Path, error: BaseException) -> None:
    before = files(book)
    with pytest.raises(type(error)), change(book) as db:
        rename_and_raise(db, error)
    assert files(book) == before


def test_a_command_is_one_entry(book: Path) -> None:
    with change(book, "label add", final=True) as db:
        labels.add(db, "One")
        labels.add(db, "Two")
    with look(book) as db:
        entry = db.row("SELECT id, at, who, name, touched, request_id, final, reverts FROM commands WHERE id > 1")
    assert entry == (2, "2026-03-01T09:00:00Z", "Ana Müller", "label add", "1 2", None, 1, None)


def test_an_entry_names_a_thousand_records_at_most(book: Path) -> None:
    with change(book) as db:
        db.note_number(*map(str, range(5_000)))
        rename(db)
    with look(book) as db:
        assert db.value("SELECT touched FROM commands WHERE id = 2").split() == [*map(str, range(1_000))]


def test_numbers_are_never_used_again(book: Path) -> None:
    add_label(book, "One")
    with change(book, "undo") as db:
        history.undo(db)
    with change(book, "label add") as db:
        expected = db.next_id("labels")
        assert labels.add(db, "Two").id == expected == 2
    assert last_command(book) == 4


# -- what is refused ----------------------------------------------------------------------------


def test_a_table_that_is_not_ours_is_not_made(book: Path) -> None:
    before = files(book)
    for write in (
        lambda db: db.insert("lables", name="x"),
        lambda db: db.insert_many("lables", [{"name": "x"}]),
        lambda db: db.insert("commands", name="x"),
    ):
        with pytest.raises(KeyError), change(book) as db:
            write(db)
    assert files(book) == before


def test_a_reader_can_not_write(book: Path) -> None:
    with look(book) as db:
        for sql in ("DELETE FROM staff", "CREATE TABLE x(y)", "UPDATE commands SET who = ''", "PRAGMA user_version=9"):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                db.connection.execute(sql)


def test_references_are_checked_when_all_is_done(book: Path) -> None:
    with change(book) as db:
        db.insert("client_labels", client_id=1, label_id=1)
        db.insert("clients", first_name="Ana", client_since_on="2026-01-01", source="hand", moved_by=db.command)
        labels.add(db, "One")
    before = files(book)
    with pytest.raises(RefusedError, match="still refers to it"), change(book) as db:
        db.delete("labels", 1)
    assert files(book) == before


# -- request ids --------------------------------------------------------------------------------


def test_the_same_request_again_does_nothing_and_says_what_was_done(book: Path) -> None:
    add_label(book, "One", request_id="r1")
    before = files(book)
    with change(book, "label add", request_id="r1") as db:
        assert db.replay == (2, ("1",))
    assert files(book) == before


def test_a_request_id_is_kept_as_its_digest_alone(book: Path) -> None:
    """It may name a person."""
    add_label(book, "One", request_id="visit-of-zebulon")
    assert list_contained(book, "zebulon") == []


def test_a_request_id_belongs_to_one_command(book: Path) -> None:
    add_label(book, "One", request_id="r1")
    with (
        pytest.raises(RefusedError, match="request id r1 belongs to #2 label add"),
        change(book, "plan add", request_id="r1"),
    ):
        pass


def test_a_request_that_was_undone_was_done_all_the_same(book: Path) -> None:
    """Sent again by a script that had no answer, it must not bring back what a person took back."""
    add_label(book, "One", request_id="r1")
    with change(book, "undo") as db:
        history.undo(db)
    with change(book, "label add", request_id="r1") as db:
        assert db.replay == (2, ("1",))
    assert names(book) == []


def test_a_request_that_failed_or_was_only_tried_can_be_made(book: Path) -> None:
    add_label(book, "One", request_id="r1", dry_run=True)
    with pytest.raises(RefusedError), change(book, "label add", request_id="r1") as db:
        rename_and_raise(db, RefusedError("no"))
    add_label(book, "One", request_id="r1")
    assert names(book) == ["One"]


def test_a_request_that_changed_nothing_is_kept_and_undo_passes_it_by(book: Path) -> None:
    """Sent again after others have changed what it asked for, it would be done for the first time."""
    add_label(book, "One")
    with change(book, "label add", request_id="r1"):
        pass
    with change(book, "label add", request_id="r1") as db:
        assert db.replay == (3, ())
    with change(book, "undo") as db:
        assert history.undo(db).id == 2
    with change(book, "label add", request_id="r2"):
        pass
    with change(book, "redo") as db:
        history.redo(db)
    assert names(book) == ["One"]


# -- the commit ---------------------------------------------------------------------------------


class Watch:
    """Note what another program sees when the commit begins and when it is done."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: list[object] = []

    @contextmanager
    def __call__(self, number: int) -> Iterator[None]:
        self.seen.append(number)
        self.seen.append(last_command(self.path))
        yield
        self.seen.append(last_command(self.path))


def test_the_commit_and_nothing_else_is_announced(book: Path) -> None:
    watch = Watch(book)
    add_label(book, "One", committing=watch, request_id="r1")
    assert watch.seen == [2, 1, 2]
    add_label(book, "One", committing=watch, request_id="r1")
    add_label(book, "Two", committing=watch, dry_run=True)
    with change(book, committing=watch) as db:
        do_nothing(db)
    with pytest.raises(RefusedError), change(book, committing=watch) as db:
        labels.add(db, "One")
    assert watch.seen == [2, 1, 2]


TYPED = [(table.name, column) for table in TABLES.values() for column in table.typed]


@pytest.mark.parametrize(("table", "column"), TYPED, ids=".".join)
def test_no_card_number_comes_into_anything_typed_whatever_the_command(book: Path, table: str, column: str) -> None:
    card = "4_1_1_1 1 1 1 1 1 1 1 1 1 1 1 1"
    ways: list[Callable[[Writer], object]] = [
        lambda db: db.insert(table, **{column: card}),
        lambda db: db.insert_many(table, [{column: None}, {column: card}]),
        lambda db: db.update(table, 1, **{column: card}),
        lambda db: db.update_many(table, [column], [(None, 1), (card, 1)]),
    ]
    for write in ways:
        with pytest.raises(RefusedError, match="ending in 1111"), change(book) as db:
            write(db)


BUSY = "another clientctl is writing; nothing was changed: try again in a moment"


def test_a_writer_waits_for_another_and_says_so_in_the_end(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)
    with change(book) as db:
        rename(db)
        with pytest.raises(StorageError, match=f"^{BUSY}$"):
            add_label(book, "One")
    with look(book) as db:
        assert db.rows("SELECT name FROM staff") == [("Zoé",)]
    assert (last_command(book), names(book)) == (2, [])


def test_a_commit_waits_for_readers_and_says_so_in_the_end(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)
    watch = Watch(book)
    with look(book) as reader:
        before = dump(reader)
        with pytest.raises(StorageError, match=f"^{BUSY}$"):
            add_label(book, "One", committing=watch)
        assert dump(reader) == before
    assert watch.seen == [2, 1]
    assert (last_command(book), names(book)) == (1, [])


def test_a_reader_waits_for_a_commit_and_says_so_in_the_end(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)
    with open_raw(book) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match=f"^{BUSY}$"), look(book):
            pass


def add_to_a_full_disk(path: Path) -> None:
    with change(path) as db:
        db.connection.execute("PRAGMA max_page_count=1")  # no more than there are now
        add_many(db)


def test_a_full_disk_changes_nothing(book: Path) -> None:
    before = files(book)
    with pytest.raises(StorageError, match=r"^disk full; nothing was changed: make room and try again$"):
        add_to_a_full_disk(book)
    assert files(book) == before
    assert names(book) == []


LIMITED = """
import resource, sys
from pathlib import Path
from clientctl.domain.clients import labels
from clientctl.domain.session import opened as book
from clientctl.errors import StorageError

path = Path(sys.argv[1])
with book.writing(path, "warm up", dry_run=True) as db:
    labels.add(db, "One")
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size,) * 2)
try:
    with book.writing(path, "label add") as db:
        for number in range(1_000):
            labels.add(db, f"Label {number}")
        print("all", "done")
except StorageError as error:
    print(error.message)
"""


def test_a_disk_that_fails_in_the_commit_changes_nothing(book: Path) -> None:
    before = dump_file(book)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, book], env=environment(), capture_output=True, encoding="utf-8", check=False
    )
    told = f"{book} can't be read or written: the disk reports an error; nothing was changed"
    assert done.stdout.splitlines() == ["all done", told], done.stderr
    assert dump_file(book) == before


def test_every_error_of_the_file_is_one_line_with_its_path(book: Path) -> None:
    for code in opening._FAULTS:
        error = sqlite3.OperationalError("database or disk is anything")
        error.sqlite_errorcode = code | 0x100  # with an extended code
        with pytest.raises(StorageError) as caught, opening.storage_errors(book):
            raise error
        assert "\n" not in caught.value.message
    with pytest.raises(sqlite3.ProgrammingError), opening.storage_errors(book):
        raise sqlite3.ProgrammingError("a fault of ours")


def test_a_write_is_as_safe_as_it_can_be(book: Path) -> None:
    with closing(opening.connect(book, writing=True)) as connection:
        pragmas = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "recursive_triggers")
        assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas] == ["delete", 3, 1, 1, 1]


def test_a_replaced_row_is_journaled(book: Path) -> None:
    with change(book) as db:
        db.insert("settings", key="within", value="3")
    with change(book) as db:
        db.connection.execute("INSERT OR REPLACE INTO settings(key, value) VALUES ('within', '9')")
    with look(book) as db:
        images = db.rows(f"SELECT op, id, value FROM {TABLES['settings'].log} ORDER BY id, seq")
    assert images == [("i", 1, "3"), ("d", 1, None), ("i", 2, "9")]
    with change(book, "undo") as db:
        history.undo(db)
    assert dump_file(book)["settings"] == [{"id": 1, "key": "within", "value": "3"}]


def test_a_killed_command_is_as_if_it_had_never_been(book: Path) -> None:
    before = dump_file(book)
    code = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from clientctl.domain.session import opened as book; from clientctl.domain.clients import labels\n"
        "with book.writing(Path(sys.argv[1]), 'label add') as db:\n"
        "    labels.add(db, 'One'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, book], env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert dump_file(book) == before
    add_label(book, "Two")
    assert names(book) == ["Two"]
