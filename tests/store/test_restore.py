"""A backup takes the place of the file: verified, going on where the file stopped, with nobody back who was erased."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from looking import as_of, change, damage, dump_file, files, last_command, list_contained, look, make_old, open_raw

from clientctl.domain.client_file import merge
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.session import database_file, opened
from clientctl.errors import ClientctlError, RefusedError, StorageError
from clientctl.store import attachments, backup, migrations, opening
from clientctl.store.erase import erase

ANA = {"first_name": "Ana", "last_name": "Kratochvílová", "email": "ana.k@example.com"}


def add(path: Path, values: dict[str, str]) -> int:
    with change(path, "client add") as db:
        return clients.add(db, values, source="hand")


def delete(path: Path, *people: int) -> None:
    with change(path, "client delete", final=True) as db:
        erase(db, people, "2026-03-01")


def copy_of(path: Path, name: str = "copy.db") -> Path:
    backup.back_up(path, path.with_name(name), force=True)
    return path.with_name(name)


def restore(path: Path, source: Path, **more: object) -> tuple[int, list[str]]:
    with database_file.open_backup(source, path) as candidate:
        return database_file.restore(path, candidate, **more)


def kept(path: Path) -> list[Path]:
    return sorted(path.parent.glob("clients-before-restore-*.db"))


@pytest.fixture
def two(book: Path) -> tuple[Path, Path]:
    """Return a database with a client, Ana, and a backup of it, made before a second client and a label came."""
    add(book, ANA)
    copy = copy_of(book)
    add(book, {"first_name": "Bo"})
    with change(book, "label add") as db:
        labels.add(db, "VIP")
    return book, copy


def test_what_was_is_back_and_what_is_is_kept(two: tuple[Path, Path]) -> None:
    book, copy = two
    was, now, whole, source = dump_file(copy), dump_file(book), book.read_bytes(), files(copy)["copy.db"]
    number, said = restore(book, copy)
    (aside,) = kept(book)
    assert dump_file(book) == was
    assert (aside.read_bytes(), dump_file(aside)) == (whole, now)
    assert (aside.stat().st_mode & 0o777, book.stat().st_mode & 0o777) == (0o600, 0o600)
    assert files(copy)["copy.db"] == source
    assert said == [f"Restored {book} from {copy} as #5", f"The database as it was is kept as {aside}"]
    with look(book) as db:
        assert db.row("SELECT id, who, name, final FROM commands ORDER BY id DESC") == (
            number, "Ana Müller", "db restore", 1,
        )  # fmt: skip
    with pytest.raises(RefusedError, match="nothing to undo: #5 db restore is final"), change(book, "undo") as db:
        history.undo(db)
    with as_of(book, 1) as db:
        assert db.value("SELECT count(*) FROM clients") == 0


def test_no_number_is_used_again(two: tuple[Path, Path]) -> None:
    book, copy = two
    assert restore(book, copy)[0] == 5
    assert add(book, {"first_name": "Carl"}) == 3
    with change(book, "label add") as db:
        assert labels.add(db, "Gold").id == 2
    restore(book, kept(book)[0])
    assert last_command(book) == 8
    assert add(book, {"first_name": "Dora"}) == 4
    assert len(kept(book)) == 2


def test_who_was_erased_since_is_erased_again(two: tuple[Path, Path]) -> None:
    book, copy = two
    with change(book) as db:
        clients.edit(db, clients.get(db, 1), {"company": "Jkcompany"})
    delete(book, 1)
    said = restore(book, copy)[1]
    assert "Clients deleted since the backup, and deleted again: 1" in said
    with look(book) as db:
        assert clients.get(db, 1).name == "Anonymous #1"
    assert list_contained(book, "Kratochvílová", "kratochvilova", "ana.k", "Jkcompany") == []
    assert [row["client_id"] for row in dump_file(book)["erasures"]] == [1]


def test_the_list_of_who_was_erased_outlives_files_without_them(two: tuple[Path, Path]) -> None:
    """Client 2 is erased, then a file is restored that never had that client, then one that had."""
    book, copy = two
    later = copy_of(book, "later.db")
    delete(book, 2)
    restore(book, copy)
    with look(book) as db:
        assert db.rows("SELECT id FROM clients") == [(1,)]
    restore(book, later)
    with look(book) as db:
        assert clients.get(db, 2).name == "Anonymous #2"
        assert clients.get(db, 1).name == "Ana Kratochvílová"


def test_both_lists_count(two: tuple[Path, Path]) -> None:
    book, _ = two
    later = copy_of(book, "later.db")
    delete(book, 2)
    with_one = copy_of(book, "one.db")
    restore(book, later)  # 2 is erased again
    delete(book, 1)
    restore(book, with_one)
    with look(book) as db:
        assert [clients.get(db, each).name for each in (1, 2)] == ["Anonymous #1", "Anonymous #2"]
    assert sorted(row["client_id"] for row in dump_file(book)["erasures"]) == [1, 2]


def test_those_merged_into_who_was_erased_go_again(two: tuple[Path, Path]) -> None:
    book, _ = two
    later = copy_of(book, "later.db")
    with change(book, "client merge") as db:
        merge.merge(db, merge.plan(db, clients.get(db, 2), [clients.get(db, 1)]))
    delete(book, 2, 1)
    restore(book, later)
    assert list_contained(book, "Kratochvílová", "ana.k") == []


def test_of_whom_the_erased_were_a_part_is_said(two: tuple[Path, Path]) -> None:
    """Ana was merged into Bo, the backup made, the merge undone, and Ana erased."""
    book, _ = two
    with change(book, "client merge") as db:
        merge.merge(db, merge.plan(db, clients.get(db, 2), [clients.get(db, 1)]))
    merged = copy_of(book, "merged.db")
    with change(book, "undo") as db:
        history.undo(db)
    delete(book, 1)
    said = restore(book, merged)[1]
    assert said[1:3] == [
        "Clients deleted since the backup, and deleted again: 1",
        "Some of these were merged into clients who may hold what was theirs; look through 2",
    ]


def test_another_of_the_same_id_is_not_erased(two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy went on by itself: its client 3 is somebody else."""
    book, _ = two
    elsewhere = copy_of(book, "elsewhere.db")
    add(book, {"first_name": "Carl"})
    delete(book, 3)
    monkeypatch.setenv("CLIENTCTL_NOW", "2026-03-02T09:00:00Z")
    add(elsewhere, {"first_name": "Clara"})
    restore(book, elsewhere)
    with look(book) as db:
        assert clients.get(db, 3).name == "Clara"


def test_another_database_goes_on_by_itself(two: tuple[Path, Path]) -> None:
    book, _ = two
    delete(book, 1)
    other = book.with_name("other.db")
    opened.initialize(other, "Zoé", {})
    add(other, {"first_name": "Clara"})
    with database_file.open_backup(other, book) as candidate:
        assert "which it is no backup of" in database_file.describe_restore(candidate, book)
        assert database_file.restore(book, candidate)[0] == 3
    with look(book) as db:
        assert clients.get(db, 1).name == "Clara"
    assert dump_file(book)["erasures"] == []


def test_where_there_is_none_it_is_made(two: tuple[Path, Path]) -> None:
    book, copy = two
    path = book.parent / "new" / "folder" / "clients.db"
    number, said = restore(path, copy)
    assert (number, said) == (3, [f"Restored {path} from {copy} as #3"])
    assert dump_file(path) == dump_file(copy)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [file.name for file in path.parent.iterdir()] == ["clients.db"]
    assert damage(path) == []


@pytest.mark.parametrize("there", [True, False])
def test_a_dry_run_changes_nothing(two: tuple[Path, Path], there: bool) -> None:
    book, copy = two
    path = book if there else book.parent / "new" / "clients.db"
    before = files(book)
    number, said = restore(path, copy, dry_run=True)
    assert (number, said) == (5 if there else 3, [f"Restored {path} from {copy} as #{number}"])
    assert files(book) == before
    assert not (book.parent / "new").exists()


def test_the_same_request_is_done_once(two: tuple[Path, Path]) -> None:
    book, copy = two
    restore(book, copy, request_id="r1")
    add(book, {"first_name": "Carl"})
    before = files(book)
    assert restore(book, copy, request_id="r1") == (5, ["already done (#5)"])
    assert files(book) == before
    later = copy_of(book, "later.db")
    new = book.parent / "new" / "clients.db"
    with pytest.raises(RefusedError, match="the backup itself was made after the request r1"):
        restore(new, later, request_id="r1")
    assert not new.exists()


# -- what is refused ----------------------------------------------------------------------------


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[content.index(b"Kratochv") + 2] ^= 1
    path.write_bytes(content)


def another_programs(path: Path) -> None:
    path.unlink()
    with open_raw(path) as connection:
        connection.execute("CREATE TABLE x(y)")


def newer(path: Path) -> None:
    with open_raw(path) as connection:
        connection.execute(f"PRAGMA user_version={migrations.VERSION + 1}")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40_000])


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (flip, "copy.db is damaged (clients 1 last_name: differs from what the journal says); nothing was changed"),
        (cut, "copy.db is damaged"),
        (another_programs, "copy.db is not a clientctl database"),
        (newer, "copy.db was made by a newer clientctl"),
        (lambda path: path.write_bytes(b""), "copy.db is empty"),
        (lambda path: path.write_bytes(b"x" * 5_000), "copy.db is not a clientctl database"),
        (lambda path: path.unlink(), "/backups"),
    ],
)
def test_what_is_no_good_backup_is_refused(two: tuple[Path, Path], spoil, said: str) -> None:
    book, copy = two
    spoil(copy)
    before = files(book)
    with pytest.raises(ClientctlError) as caught:
        restore(book, copy)
    assert said in caught.value.message
    assert files(book) == before


def test_the_file_itself_is_no_backup(two: tuple[Path, Path]) -> None:
    book, copy = two
    copy.unlink()
    copy.symlink_to(book)
    with pytest.raises(RefusedError, match="is the database itself"):
        restore(book, copy)


@pytest.mark.parametrize("spoil", [another_programs, newer])
def test_no_backup_goes_over_what_is_not_ours(two: tuple[Path, Path], spoil) -> None:
    book, copy = two
    spoil(book)
    before = files(book)
    with pytest.raises(StorageError):
        restore(book, copy)
    assert files(book) == before
    shutil.copy(copy, book)


def test_an_older_backup_is_brought_up_to_date(book: Path) -> None:
    old = book.with_name("old.db")
    make_old(old, migrations.VERSION - 1)
    before = old.read_bytes()
    restore(book, old)
    with look(book) as db:
        assert clients.get(db, 1).name == "Zoé Müller"
    assert old.read_bytes() == before


def spoilt_pages(path: Path, first: int, step: int) -> bytes:
    content = bytearray(path.read_bytes())
    for page in range(first, len(content) // 4096, step):
        content[page * 4096 : page * 4096 + 100] = b"\xff" * 100
    path.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize("page", range(1, 40, 3))
def test_over_a_damaged_file_which_is_kept_as_it_is(two: tuple[Path, Path], page: int) -> None:
    book, copy = two
    content = spoilt_pages(book, page, 1_000)
    restore(book, copy)
    assert dump_file(book) == dump_file(copy)
    assert kept(book)[0].read_bytes() == content


def test_over_a_file_of_which_nothing_can_be_read_it_is_said(two: tuple[Path, Path]) -> None:
    book, copy = two
    delete(book, 1)
    spoilt_pages(book, 1, 1)
    said = restore(book, copy)[1]
    assert "Who was deleted since then could not be read from the damaged database: delete them again" in said
    assert dump_file(book) == dump_file(copy)


# -- others -------------------------------------------------------------------------------------


def test_readers_are_waited_for(two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    book, copy = two
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)
    before = files(book)
    with (
        look(book),
        pytest.raises(StorageError, match=r"^another clientctl is writing; nothing was changed: try again"),
    ):
        restore(book, copy)
    assert files(book) == before
    restore(book, copy)
    assert not book.with_name("clients.db-journal").exists()


def test_others_wait_until_it_is_done(two: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written between the look at the file and the write over it."""
    book, copy = two
    copying = attachments.copy
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)

    def copy_slowly(*arguments: object, **more: object) -> list[str]:
        with pytest.raises(StorageError, match=r"^another clientctl is writing"):
            add(book, {"first_name": "Carl"})
        return copying(*arguments, **more)

    monkeypatch.setattr(attachments, "copy", copy_slowly)
    restore(book, copy)


def test_who_has_it_open_sees_the_old_then_the_new(two: tuple[Path, Path]) -> None:
    book, copy = two
    with open_raw(book) as other:
        assert other.execute("SELECT count(*) FROM clients").fetchone() == (2,)
        restore(book, copy)
        assert other.execute("SELECT count(*) FROM clients").fetchone() == (1,)
        with pytest.raises(sqlite3.IntegrityError):
            other.execute("DELETE FROM clients")  # the triggers are there


# -- attached files -----------------------------------------------------------------------------


def attach(path: Path, person: int, content: str) -> str:
    import io

    with change(path, "document attach") as db:
        digest = attachments.store(path, io.BytesIO(content.encode()), dry_run=False).digest
        values = {"name": "x.txt", "digest": digest, "bytes": len(content), "shared_by": "us"}
        db.insert("documents", client_id=person, attached_at="2026-03-01T09:00:00Z", **values)
    return digest


def test_attached_files_come_along_but_of_who_was_erased(two: tuple[Path, Path]) -> None:
    book, _ = two
    of_ana, of_bo, both = attach(book, 1, "Ana's"), attach(book, 2, "Bo's"), attach(book, 2, "both")
    copy = copy_of(book)
    new = attach(book, 2, "new")
    delete(book, 1)
    attachments.sweep(book)
    attachments.path_of(book, of_bo).unlink()
    restore(book, copy)
    assert attachments.list_digests(book) == {of_bo, both}
    assert attachments.list_digests(kept(book)[0]) == {both, new}
    assert of_ana not in attachments.list_digests(kept(book)[0])
    attachments.path_of(copy, of_bo).unlink()
    attachments.path_of(copy, both).unlink()
    attachments.path_of(book, of_bo).unlink()
    assert (
        "Attached files that are neither in the backup nor here: 1; `clientctl db verify` says which"
        in restore(book, copy)[1]
    )
