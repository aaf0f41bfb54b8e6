"""What is written once is digested: a byte of it that changed by itself is found, and nothing is put back from it."""

import re
import sqlite3
from pathlib import Path

import inprocess
import pytest
from looking import change, damage, dump_file, look, make_old, open_raw

from clientctl.domain.client_file import erase
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.store import digests
from clientctl.store.finding import Finding

pytestmark = pytest.mark.damages

DIFFERS = "one of the images {} to {} differs from what was written"


@pytest.fixture
def edited(book: Path) -> Path:
    """Return a database in which the company of client 1 was changed, and changed again."""
    for line in (
        ("client", "add", "--first", "Ana", "--email", "ana@example.com", "--company", "Oldest Works"),
        ("client", "edit", "1", "--company", "Middle Works"),
        ("client", "edit", "1", "--company", "Newest Works"),
    ):
        assert inprocess.run(*line, db=book).status == 0
    return book


def flip(path: Path, text: str, bit: int = 1) -> None:
    """Change a byte of the only place where a text is."""
    whole = path.read_bytes()
    (found,) = re.finditer(re.escape(text.encode()), whole)
    at = found.start() + 2
    path.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])


@pytest.mark.parametrize("bit", [0x01, 0x80], ids=["another letter", "no text any more"])
def test_a_damaged_image_is_named_and_nothing_is_put_back_from_it(edited: Path, bit: int) -> None:
    flip(edited, "Middle Works", bit)
    assert damage(edited) == [Finding("clients_log", 2, None, DIFFERS.format(2, 2))]
    before = edited.read_bytes()
    told = "the history of clients is damaged; nothing was changed: `clientctl db verify` says where"
    for line in (("undo",), ("client", "list", "--as-of", "#4"), ("db", "backup", "copy.db")):
        done = inprocess.run(*line, db=edited)
        assert done.status == 6, line
        assert told in str(done.error) or line[0] == "db", done
    assert edited.read_bytes() == before
    assert inprocess.run("client", "list", "--as-of", "#3", db=edited).status == 0, "its block is not read"


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        (("client", "history", "1"), True),
        (("client", "dossier", "1", "ana.zip", "--force"), True),
        (("log", "#3"), True),
        (("log", "#4"), True),  # by what was before
        (("log", "#2"), False),
        (("client", "show", "1"), False),
        (("log",), False),
    ],
)
def test_of_a_damaged_history_that_is_shown_it_is_said(
    edited: Path, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...], warned: bool
) -> None:
    monkeypatch.chdir(edited.parent)
    flip(edited, "Middle Works")
    told = "the history of clients is damaged, and what is shown of it may be wrong: `clientctl db verify` says where\n"
    done = inprocess.run(*line, db=edited)
    assert (done.status, told in done.err) == (0, warned), done
    flip(edited, "Miedle Works")  # the same bit once more
    assert "damaged" not in inprocess.run(*line, db=edited).err


def test_what_can_be_read_no_more_of_a_history_is_not_shown(edited: Path) -> None:
    flip(edited, "Middle Works", 0x80)
    for line in (("client", "history", "1"), ("log", "#3")):
        done = inprocess.run(*line, db=edited)
        assert (done.status, done.out, "`clientctl db verify` says where" in str(done.error)) == (6, "", True)


def test_of_a_command_whose_own_row_is_damaged_it_is_said(edited: Path) -> None:
    with open_raw(edited) as connection:
        connection.execute("UPDATE commands SET who = 'Eve' WHERE id = 3")
    assert "what the journal says of #3 is damaged, and" in inprocess.run("log", "#3", db=edited).err
    assert inprocess.run("log", "#4", db=edited).err == ""


def test_what_an_import_was_put_back_to_is_checked(edited: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "one.csv"
    sheet.write_text("First name;E-mail;Company\nAna;ana@example.com;Imported Works\n")
    assert inprocess.run("import", "csv", sheet, "--on-match", "update", "--yes", db=edited).status == 0
    with open_raw(edited) as connection:
        connection.execute("UPDATE clients_log SET company = 'Other Works' WHERE seq = 3")
    done = inprocess.run("import", "revert", "#5", "--yes", db=edited)
    assert (done.status, "the history of clients is damaged" in str(done.error)) == (6, True), done


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("UPDATE commands SET who = 'Eve' WHERE id = 4", "commands"),
        ("UPDATE commands SET reverts = 3 WHERE id = 4", "commands"),
        ("UPDATE changes SET op = 'i' WHERE command_id = 4", "commands"),
        ("DELETE FROM changes WHERE command_id = 4", "commands"),
        ("INSERT INTO changes VALUES (9, 4, 1, 'u')", "changes"),
        ("UPDATE clients_log SET op = 'i' WHERE seq = 2", "clients_log"),
        ("DELETE FROM clients_log WHERE seq = 2", "clients_log"),
        ("INSERT INTO clients_log(command_id, op, id) VALUES (2, 'd', 9)", "clients_log"),
        ("UPDATE digests SET last = last + 1 WHERE of = 4 AND first = 1", "clients_log"),
        ("UPDATE digests SET digest = zeroblob(16) WHERE of = 4 AND first = 1", "clients_log"),
        ("UPDATE sqlite_sequence SET seq = 0 WHERE name = 'clients'", "sqlite_sequence"),
        ("UPDATE journal SET line = 'abc'", "sqlite_sequence"),
        ("DELETE FROM commands WHERE id = 4", "sqlite_sequence"),
    ],
)
def test_whatever_was_written_once_is_compared(edited: Path, statement: str, table: str) -> None:
    with open_raw(edited) as connection:
        connection.execute(statement)
    assert table in {found.table for found in damage(edited)}


def test_a_command_whose_own_row_is_damaged_is_not_taken_back(edited: Path) -> None:
    with open_raw(edited) as connection:
        connection.execute("UPDATE commands SET who = 'Eve' WHERE id = 4")
    done = inprocess.run("undo", db=edited)
    assert (done.status, "the journal entry #4 is damaged" in str(done.error)) == (6, True)


def test_damaged_numbers_are_gone_on_from_by_nothing_but_an_erasure_which_leaves_them_damaged(edited: Path) -> None:
    with open_raw(edited) as connection:
        connection.execute("UPDATE sqlite_sequence SET seq = 90000 WHERE name = 'clients'")
    found = damage(edited)
    done = inprocess.run("client", "add", "--first", "Zoé", db=edited)
    assert (done.status, "last used numbers in the file are damaged" in str(done.error)) == (6, True), done
    assert inprocess.run("client", "delete", "1", "--yes", db=edited).status == 0
    assert damage(edited) == found


def test_numbers_of_other_tools_are_no_damage(edited: Path) -> None:
    with open_raw(edited) as connection:
        connection.executescript("CREATE TABLE x(id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO x VALUES (7)")
    assert damage(edited) == []
    assert inprocess.run("client", "add", "--first", "Zoé", db=edited).status == 0


def test_undo_reads_no_more_than_the_blocks_that_it_needs(book: Path) -> None:
    with change(book, "label add") as db:
        for number in range(2_500):
            db.insert("labels", kind="custom", name=f"Label {number}", name_key=f"label {number}")
    with change(book, "label rename") as db:
        labels.rename(db, labels.find(db, "Label 7"), "Renamed")
    with open_raw(book) as connection:
        sizes = connection.execute("SELECT last - first + 1 FROM digests WHERE of = 5 ORDER BY first").fetchall()
        connection.execute("UPDATE labels_log SET name = 'x' WHERE seq = 1500")
    assert sizes == [(1000,), (1000,), (500,), (1,)]
    assert Finding("labels_log", 1001, None, DIFFERS.format(1001, 2000)) in damage(book)
    assert inprocess.run("undo", db=book).status == 0
    assert inprocess.run("undo", db=book).status == 6


@pytest.mark.parametrize("damaged", [False, True])
def test_erasing_renews_what_fitted_and_nothing_else(edited: Path, damaged: bool) -> None:
    if damaged:
        flip(edited, "Middle Works")
    with change(edited, "client delete", final=True) as db:
        erase.erase_all(db, [clients.get(db, 1)])
    found = damage(edited)
    assert found == ([Finding("clients_log", 2, None, DIFFERS.format(2, 2))] if damaged else [])
    assert dump_file(edited)["clients"][0]["company"] is None


def test_the_digest_of_rows_is_the_same_on_every_python() -> None:
    rows = sqlite3.connect(":memory:").execute("VALUES (1, 'é', NULL, 2.5), (-9223372036854775808, x'', '', 0)")
    assert digests.digest_rows(rows).hex() == "0ee8d36dc9da9395506e0be736859863"


def test_a_text_is_not_taken_for_its_bytes(edited: Path) -> None:
    with open_raw(edited) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = 'clients_log'")
    with open_raw(edited) as connection:
        connection.execute("UPDATE clients_log SET company = CAST(company AS BLOB) WHERE seq = 2")
    assert Finding("clients_log", 2, None, DIFFERS.format(2, 2)) in damage(edited)


def test_old_files_are_digested_when_they_are_brought_up_to_date(tmp_path: Path) -> None:
    make_old(tmp_path / "old.db", 7)
    with look(tmp_path / "old.db") as db:
        assert db.value("SELECT count(*) FROM commands WHERE digest IS NULL") == 0
        assert db.value("SELECT count(*) FROM digests") > 20
    with open_raw(tmp_path / "old.db") as connection:
        connection.execute("UPDATE clients_log SET phone = '1' WHERE seq = 2")
    assert [each.table for each in damage(tmp_path / "old.db")] == ["clients_log"]
