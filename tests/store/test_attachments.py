"""Keep documents and pictures as files beside the database: whole, private, and as long as anything names them."""

import hashlib
import io
import os
import stat
from pathlib import Path

import looking
import pytest

from clientctl.base import atomic_files
from clientctl.errors import BadInputError, RefusedError, StorageError
from clientctl.store import attachments, backup, erase, migrations, opening


def keep(path: Path, content: bytes, client_id: int | None = None, name: str = "x") -> str:
    """Keep a file, and a document that names it if a client is given; return its digest."""
    with looking.change(path) as db:
        kept = attachments.store(path, io.BytesIO(content), dry_run=False)
        if client_id:
            document(db, client_id, kept.digest, name)
    return kept.digest


def document(db, client_id, digest, name="x"):
    at = "2026-03-01T09:00:00Z"
    db.insert("documents", client_id=client_id, name=name, digest=digest, bytes=1, shared_by="us", attached_at=at)


def client(path: Path) -> int:
    with looking.change(path) as db:
        return db.insert("clients", first_name="Ana", client_since_on="2026-03-01", source="hand", moved_by=db.command)


def names(path: Path) -> list[str]:
    folder = attachments.folder_of(path)
    return sorted(each.name for each in folder.iterdir()) if folder.is_dir() else []


def problems(path: Path) -> list[tuple]:
    with looking.look(path) as db:
        found = attachments.find_problems(db.connection, path)
        return [(each.table, each.row, each.problem.partition(" is ")[2]) for each in found]


@pytest.mark.parametrize("umask", [0, 0o077, 0o277])
def test_a_file_is_named_by_its_digest_and_is_its_owners_alone(book, umask):
    before = os.umask(umask)
    try:
        digest = keep(book, b"hello")
    finally:
        os.umask(before)
    assert digest == hashlib.sha256(b"hello").hexdigest()
    file = attachments.path_of(book, digest)
    assert file == book.parent / "clients.db.files" / digest
    assert file.read_bytes() == b"hello"
    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with attachments.open_verified(book, digest) as kept:
        assert kept.read() == b"hello"


def test_two_databases_of_one_stem_share_no_folder(book):
    assert attachments.folder_of(book) != attachments.folder_of(book.with_suffix(".old"))


def test_the_same_again_is_one_file_and_repairs_a_damaged_one(book):
    digest = keep(book, b"hello")
    attachments.path_of(book, digest).write_bytes(b"hell")
    assert keep(book, b"hello") == digest
    assert names(book) == [digest]
    assert attachments.path_of(book, digest).read_bytes() == b"hello"


def test_no_link_is_followed(book, tmp_path):
    outside = tmp_path / "outside"
    outside.write_bytes(b"theirs")
    digest = hashlib.sha256(b"hello").hexdigest()
    attachments.folder_of(book).mkdir()
    attachments.path_of(book, digest).symlink_to(outside)
    with pytest.raises(StorageError, match="is missing"), attachments.open_verified(book, digest):
        pass
    assert keep(book, b"hello") == digest
    assert outside.read_bytes() == b"theirs"
    assert not attachments.path_of(book, digest).is_symlink()

    attachments.sweep(book)
    assert not attachments.folder_of(book).exists()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    attachments.folder_of(book).symlink_to(elsewhere)
    with pytest.raises(StorageError, match="is a link"):
        keep(book, b"hello")
    assert list(elsewhere.iterdir()) == []


def test_a_dry_run_keeps_nothing(book):
    assert attachments.store(book, io.BytesIO(b"hello"), dry_run=True) == attachments.StoredFile(
        hashlib.sha256(b"hello").hexdigest(), 5
    )
    assert names(book) == []


def test_a_file_over_the_cap_or_changing_is_refused_and_nothing_left(book, monkeypatch):
    class Changing(io.BytesIO):
        def seek(self, *where):
            self.write(b"other")
            return super().seek(*where)

    with pytest.raises(BadInputError, match="changed while it was read"):
        attachments.store(book, Changing(b"hello"), dry_run=False)
    assert names(book) == []
    monkeypatch.setattr(attachments, "MOST_BYTES", 4)
    with pytest.raises(BadInputError, match="over"):
        attachments.store(book, io.BytesIO(b"hello"), dry_run=False)
    assert names(book) == []


def test_a_file_stays_while_a_row_or_an_image_names_it(book):
    ana = client(book)
    orphan, live, gone, photo, old = (
        keep(book, content, holder)
        for content, holder in ((b"0", None), (b"1", ana), (b"2", ana), (b"3", None), (b"4", None))
    )
    with looking.change(book) as db:
        db.delete("documents", int(db.value("SELECT id FROM documents WHERE digest = ?", (gone,))))
        db.update("clients", ana, photo=old)
    with looking.change(book) as db:
        db.update("clients", ana, photo=photo)
    stranger = attachments.folder_of(book) / "notes.txt"
    stranger.write_text("not ours")
    killed = attachments.folder_of(book) / f".{orphan}.999999.tmp"
    killed.write_text("half")
    assert attachments.measure_folder(book) == attachments.FolderSize(5, 5)
    assert attachments.sweep(book) == 2
    assert names(book) == sorted([live, gone, photo, old, "notes.txt"])
    assert attachments.sweep(book) == 0


def test_what_only_an_erased_client_had_goes_and_what_another_has_stays(book):
    ana, bo = client(book), client(book)
    shared, own = keep(book, b"shared", ana), keep(book, b"own", ana)
    with looking.change(book) as db:
        document(db, bo, shared)
        photo = attachments.store(book, io.BytesIO(b"photo"), dry_run=False).digest
        db.update("clients", ana, photo=photo)
    with looking.change(book, final=True) as db:
        erase.erase(db, [ana], "2026-03-01")
    assert attachments.sweep(book) == 2
    assert names(book) == [shared]
    assert own not in names(book)


def test_damage_is_found_in_live_rows_and_in_images(book):
    ana = client(book)
    whole, missing, changed, image = (keep(book, each, ana) for each in (b"1", b"2", b"3", b"4"))
    with looking.change(book) as db:
        db.delete("documents", 4)
    assert problems(book) == []
    attachments.path_of(book, missing).unlink()
    attachments.path_of(book, changed).write_bytes(b"x")
    attachments.path_of(book, image).unlink()
    assert problems(book) == [
        ("documents", 2, "missing"),
        ("documents", 3, "not what was kept"),
        ("documents_log", 4, "missing"),
    ]
    for digest in (missing, changed):
        with pytest.raises(StorageError, match="a backup may have it"), attachments.open_verified(book, digest):
            pass
    with attachments.open_verified(book, whole) as file:
        assert file.read() == b"1"


# -- backups ------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [False, True])
def test_a_backup_has_the_files_and_stands_by_itself(book, tmp_path, link):
    ana = client(book)
    digests = {keep(book, each, ana) for each in (b"1", b"22")}
    keep(book, b"orphan")
    target = tmp_path / "safe.db"
    copied = backup.back_up(book, target, link=link)
    assert (copied.files, copied.bad) == (2, ())
    assert set(names(target)) == digests
    assert problems(target) == []
    assert stat.S_IMODE(attachments.folder_of(target).stat().st_mode) == 0o700
    for digest in digests:
        same = attachments.path_of(target, digest).samefile(attachments.path_of(book, digest))
        assert same is link
        attachments.path_of(book, digest).unlink()
    assert problems(target) == []


def test_a_backup_made_anew_holds_no_more_than_it_needs(book, tmp_path):
    target = tmp_path / "safe.db"
    ana = client(book)
    first = keep(book, b"1", ana)
    backup.back_up(book, target)
    with looking.change(book, final=True) as db:
        erase.erase(db, [ana], "2026-03-01")
    second = keep(book, b"2", client(book))
    backup.back_up(book, target, force=True)
    assert names(target) == [second]
    assert first != second


def test_a_backup_that_fails_leaves_nothing(book, tmp_path):
    keep(book, b"1", client(book))
    target = tmp_path / "safe.db"
    target.write_text("theirs")
    before = looking.files(tmp_path)
    with pytest.raises(RefusedError, match="already exists"):
        backup.back_up(book, target)
    assert target.read_text() == "theirs"
    assert looking.files(tmp_path) == before
    assert names(target) == []


def test_a_backup_is_made_of_what_there_is_and_tells_what_is_not(book, tmp_path):
    ana = client(book)
    whole, missing, changed = (keep(book, each, ana) for each in (b"1", b"2", b"3"))
    attachments.path_of(book, missing).unlink()
    attachments.path_of(book, changed).write_bytes(b"x")
    copied = backup.back_up(book, tmp_path / "safe.db")
    assert (copied.files, set(copied.bad)) == (1, {missing, changed})
    assert names(tmp_path / "safe.db") == [whole]


def test_files_of_a_version_that_knew_none_are_none(tmp_path):
    old = tmp_path / "old.db"
    with opening.create(old) as connection:
        connection.execute("BEGIN")
        migrations.apply_schema(connection, 3)
        connection.execute("COMMIT")
    copied = backup.back_up(old, tmp_path / "safe.db")
    assert (copied.files, copied.bad) == (0, ())
    assert names(tmp_path / "safe.db") == []


def test_a_backup_stopped_half_way_takes_its_files_back(book, tmp_path, monkeypatch):
    keep(book, b"1", client(book))
    target = tmp_path / "safe.db"
    before = looking.files(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic_files, "flush_folder", full)
        with pytest.raises(StorageError, match="disk full"):
            backup.back_up(book, target)
    assert looking.files(tmp_path) == before
    assert not attachments.folder_of(target).exists()
