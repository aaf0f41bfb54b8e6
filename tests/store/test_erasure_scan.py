"""After an erasure the program looks for what was erased, and finds it wherever it still is."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking import change, open_raw

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.store import attachments, erasure_scan
from clientctl.store.erase import Erased, erase

LOST = {"last name": {"Kratochvílová"}, "email": {"zeb@example.org"}}


def forget(path: Path, *texts: str) -> None:
    """Leave texts in the room that a removed row took."""
    with open_raw(path) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("CREATE TABLE x(y)")
        connection.executemany("INSERT INTO x VALUES (?)", [(text,) for text in texts])
        connection.execute("DROP TABLE x")


def look(path: Path, texts: dict[str, set[str]], *gone: int) -> erasure_scan.Traces:
    return erasure_scan.scan(path, Erased(gone or (1,), texts))


def test_nothing_is_found_of_what_is_not_there(book: Path) -> None:
    assert look(book, LOST) == ((), {}, (), ())


def test_what_no_row_holds_is_left_until_the_file_is_written_anew(book: Path) -> None:
    forget(book, "of Kratochvílová's")
    assert look(book, LOST).left == ("last name",)
    with change(book, "db compact") as db:
        db.compact = db.lasting = True
    assert look(book, LOST).left == ()


def test_what_lies_beside_the_file_is_looked_at_too(book: Path) -> None:
    book.with_name("clients.db-shm").write_text("… zeb@example.org …")
    assert look(book, LOST).left == ("email",)


def test_tables_of_other_tools_are_looked_at_whatever_they_are_called(book: Path) -> None:
    with open_raw(book) as connection:
        connection.execute('CREATE TABLE "my ""crm"("or""der", "full name", number INTEGER)')
        connection.execute("""INSERT INTO "my ""crm" VALUES (NULL, 'Mrs Kratochvílová', 'zeb@example.org')""")
        connection.execute("CREATE VIRTUAL TABLE found USING fts5(name)")
        connection.execute("INSERT INTO found VALUES ('Kratochvílová')")
    mine, found = "the table my \"crm, which is not clientctl's", "the table found_content, which is not clientctl's"
    assert look(book, LOST).elsewhere == {"last name": (found, mine), "email": (mine,)}
    assert look(book, LOST).left == ()


@pytest.mark.parametrize("many", [0, 200])
def test_where_others_hold_the_same(book: Path, many: int) -> None:
    with change(book) as db:
        values = {"first_name": "Ana", "last_name": "Kratochvílová", "company": "zeb@example.org & Co"}
        clients.add(db, values, source="hand")
        clients.edit(db, clients.get(db, 1), {"position": "Zébulon's aunt"})
    with change(book) as db:
        clients.edit(db, clients.get(db, 1), {"position": "Aunt"})
        labels.add(db, "Of zeb@example.org")
    texts = {**LOST, "first name": {"Zébulon"}, "company": {f"Company {number}" for number in range(many)}}
    found = look(book, texts)
    assert found.elsewhere == {
        "last name": ("clients",),
        "email": ("clients", "labels"),
        "first name": ("the history of clients",),
    }
    assert found.left == ()


def test_of_many_found_within_others_one_place_is_enough(book: Path) -> None:
    with change(book) as db:
        for number in range(30):
            clients.add(db, {"first_name": f"Ana Kratochvílová {number} of all"}, source="hand")
            labels.add(db, f"Kratochvílová {number} of all")
    found = look(book, {"last name": {f"Kratochvílová {number} " for number in range(30)}})
    assert (found.elsewhere, found.left) == ({"last name": ("clients",)}, ())


def test_a_day_a_code_or_cells_side_by_side_are_nobody(book: Path) -> None:
    with change(book) as db:
        clients.add(db, {"first_name": "Ana", "last_name": "Koch"}, source="hand", since=db.today)
    texts = {"birthday": {"2026-03-01"}, "last name": {"AnaK"}, "position": {"CREATE TABLE"}, "company": {"hand"}}
    assert look(book, texts) == ((), {}, (), ())


def test_short_texts_are_told_and_not_looked_for(book: Path) -> None:
    forget(book, "Bo", "李")
    assert look(book, {"first name": {"Bo", "Bonaventura"}, "last name": {"李"}}) == (
        ("first name", "last name"), {}, (), (),
    )  # fmt: skip


def test_a_long_text_is_found_by_its_parts(book: Path) -> None:
    text = "".join(f"word {number} " for number in range(3_000))
    forget(book, text)
    assert look(book, {"notes text": {text}}).left == ("notes text",)
    assert look(book, {"notes text": {text[10_000:15_000]}}).left == ("notes text",)
    assert look(book, {"notes text": {text.upper()}}).left == ()


def test_attached_files_of_others_are_looked_at(book: Path) -> None:
    place = attachments.folder_of(book)
    place.mkdir()
    (place / ("a" * 64)).write_text("To Zébulon Kratochvílová")
    assert look(book, LOST).elsewhere == {"last name": ("attached files",)}


def test_backups_that_still_hold_the_person_are_named(book: Path, run) -> None:
    for number in range(3):
        with change(book) as db:
            clients.add(db, {"first_name": f"Zoé {number}"}, source="hand")
        run("db", "backup")
    run("db", "backup", book.with_name("mine.db"))
    with change(book, "client delete", final=True) as db:
        erase(db, [2], "2026-03-01")
    run("db", "backup")
    (book.parent / "backups" / "clients-broken.db").write_bytes(b"SQLite format 3\0" + bytes(500))
    (book.parent / "backups" / "other-1.db").write_bytes(b"")
    names = [file.name for file in look(book, LOST, 2).backups]
    assert names == ["clients-20260301-090000-3.db", "clients-20260301-090000-4.db", "clients-broken.db", "mine.db"]


PIECES = st.text("abé", min_size=1, max_size=12)


@given(st.lists(PIECES, max_size=40), st.sets(PIECES.filter(lambda text: len(text) > 3)))
def test_every_text_is_found_that_is_there_however_many_are_looked_for(there: list[str], wanted: set[str]) -> None:
    content = " ".join(there).encode()
    many = wanted | {f"nowhere {number}" for number in range(erasure_scan._MANY)}
    expected = {text for text in wanted if text.encode() in content}
    chunks = [content[: len(content) // 2], content[max(0, len(content) // 2 - 100) :]]
    assert erasure_scan._find_texts(chunks, wanted) == erasure_scan._find_texts(chunks, many) == expected
