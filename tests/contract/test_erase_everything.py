"""Erasure from every table, after any changes, undos and merges: nothing is left."""

import io
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import heavy
import pytest
from filled import fill, row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import as_of, change, damage, dump, dump_file, list_contained, look

from clientctl.domain.client_file import erase as erase_domain
from clientctl.domain.client_file import merge
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.journal import history, undone_clients
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import Writer, attachments
from clientctl.store.catalog import TABLES, Table
from clientctl.store.erase import erase

DAY = "2026-03-01"
PEOPLE = [1, 2, 3]
BARE = {"client_since_on": DAY, "source": "hand"}
Texts = dict[tuple[str, str, int | None], str]


@pytest.fixture
def texts(book: Path) -> Texts:
    """Add rows about three people to every table, with texts that are nowhere else."""
    with change(book, "fill", final=True) as db:
        made = fill(db, PEOPLE)
    assert {table for table, _, _ in made} == {
        table.name for table in TABLES.values() if table.personal + table.business
    }
    return made


def of(texts: Texts, *people: int | None) -> list[str]:
    """Return the texts of people; of None, the practitioner's own."""
    return [text for (_, _, person), text in texts.items() if person in people]


def rewrite(db: Writer, person: int) -> list[str]:
    """Reverse every text in every row of a person; return them."""
    found = []
    for table in TABLES.values():
        names = [each for each in table.personal if not each.endswith(("_on", "_id"))]
        asked = f"SELECT id, {', '.join(names)} FROM {table.name} WHERE {table.client} = ?"
        for row_id, *old in db.rows(asked, (person,)) if names else ():
            new = [text and text[::-1] for text in old]
            db.update(table.name, row_id, **dict(zip(names, new, strict=True)))
            found += filter(None, new)
    return found


def remove(db: Writer, person: int) -> None:
    for table in reversed(TABLES.values()):
        if table.goes:
            db.connection.execute(f"DELETE FROM {table.name} WHERE {table.client} = ?", (person,))


def step(book: Path, name: str) -> None:
    with change(book, name) as db:
        getattr(history, name)(db)


def together(book: Path, survivor: int, other: int) -> None:
    with change(book, "client merge") as db:
        one, two = (
            client_selectors.clients_named(db, [f"id:{survivor}"]),
            client_selectors.clients_named(db, [f"id:{other}"]),
        )
        merge.merge(db, merge.plan(db, one[0], two))


def delete(book: Path, *people: int) -> None:
    with change(book, "client delete", final=True) as db:
        erase(db, people, DAY)


@pytest.mark.parametrize("person", PEOPLE)
def test_of_every_table(book: Path, texts: Texts, person: int) -> None:
    before = dump_file(book)
    delete(book, person)
    others = [each for each in (None, *PEOPLE) if each != person]
    assert list_contained(book, *of(texts, person)) == []
    assert list_contained(book, *of(texts, *others)) == of(texts, *others)
    after = dump_file(book)
    for table in TABLES.values():
        if table.client is None and table.name != "erasures":
            assert after[table.name] == before[table.name]
        elif table.client and not table.goes:
            assert len(after[table.name]) == len(before[table.name])
    assert after["not_duplicates"] == [
        row for row in before["not_duplicates"] if person not in (row["client_id"], row["other_id"])
    ]
    assert after["clients"][person - 1]["site_id"] is None
    with as_of(book, 2) as db:
        assert clients.get(db, person).name == f"Anonymous #{person}"
        assert dump(db)["notes"] == after["notes"]
    with pytest.raises(RefusedError, match="nothing to undo: #3 client delete is final"):
        step(book, "undo")


def test_of_what_was_changed_removed_and_taken_back(book: Path, texts: Texts) -> None:
    with change(book) as db:
        changed = rewrite(db, 2)
    with change(book) as db:
        remove(db, 2)
    step(book, "undo")
    step(book, "redo")
    step(book, "undo")
    step(book, "undo")
    with change(book) as db:
        remove(db, 2)
    assert list_contained(book, *changed) == changed
    delete(book, 2)
    assert list_contained(book, *of(texts, 2), *changed) == []
    assert list_contained(book, *of(texts, None, 1, 3)) == of(texts, None, 1, 3)


def test_of_those_merged_into_one(book: Path, texts: Texts) -> None:
    together(book, 1, 2)
    delete(book, 1, 2)
    assert list_contained(book, *of(texts, 1, 2)) == []
    assert list_contained(book, *of(texts, None, 3)) == of(texts, None, 3)
    with look(book) as db:
        assert db.rows("SELECT id, erased_on IS NULL FROM clients") == [(1, 0), (2, 0), (3, 1), (4, 1)]


@pytest.mark.parametrize("gone", [1, 2])
@pytest.mark.parametrize("again", [0, 1])
def test_of_those_taken_apart_again_the_other_keeps_all(book: Path, texts: Texts, gone: int, again: int) -> None:
    """While they were one, rows of one were the other's, and blanks of one were filled from the other."""
    with change(book) as db:
        db.update("clients", 1, phone=None, company=None, birthday_on=None)
    filled = [texts["clients", column, 1] for column in ("phone", "company", "birthday_on")]
    together(book, 1, 2)
    step(book, "undo")
    for _ in range(again):
        step(book, "redo")
        step(book, "undo")
    before = dump_file(book)
    delete(book, gone)
    stays = 3 - gone
    kept = [text for text in of(texts, None, stays, 3) if text not in filled or stays == 1]
    assert list_contained(book, *(text for text in of(texts, gone) if text not in filled)) == []
    assert list_contained(book, *filled) == (filled if stays == 1 else [])
    assert list_contained(book, *kept) == kept
    after = dump_file(book)
    assert after["clients"][stays - 1] == before["clients"][stays - 1]
    for table in TABLES.values():
        if table.client:
            about = [row for row in before[table.name] if row[table.client] == stays and row.get("other_id") != gone]
            assert [row for row in after[table.name] if row[table.client] == stays] == about


KILLED = f"""
import os, sys
from pathlib import Path
from clientctl.domain.session import opened as book
from clientctl.store import erase
with book.writing(Path(sys.argv[1]), "client delete", final=True) as db:
    erase.erase(db, [2], "{DAY}")
os._exit(9)
"""


KILLED_BEFORE = """
import os, shutil, sys
from pathlib import Path
from clientctl.base import leftovers
from clientctl.store import drafts
path, outside = map(Path, sys.argv[1:])
leftovers.work_on(path)
(path.parent / "backups").mkdir()
for target in (path.parent / "backups" / "x.db", outside / "y.db"):
    leftovers.note(leftovers.temporary_path(target))
    shutil.copy(path, leftovers.temporary_path(target))
with drafts.begin(path, 2, "note add", 2, "") as draft:
    draft.text.write_text("what was typed of her")
    os._exit(9)
"""


def test_of_drafts_and_what_killed_commands_have_left(book: Path, texts: Texts, tmp_path_factory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    killed = subprocess.run([sys.executable, "-c", KILLED_BEFORE, book, outside], check=False)
    assert killed.returncode == 9
    everywhere = [outside, book.parent]
    assert len(held(everywhere, texts["notes", "text", 2])) == 2 + 1
    assert len(held(everywhere, "what was typed of her")) == 1
    delete(book, 2)
    for text in ("what was typed of her", *of(texts, 2)):
        assert held(everywhere, text) == []


def held(folders: list[Path], text: str) -> list[Path]:
    """List the files, in folders and those within them, that hold a text."""
    files = [file for folder in folders for file in folder.rglob("*") if file.is_file()]
    return [file for file in files if text.encode() in file.read_bytes()]


def test_of_documents_whose_sweep_was_cut_short(book: Path, texts: Texts) -> None:
    with change(book) as db:
        kept = attachments.store(book, io.BytesIO(b"a letter of hers"), dry_run=False)
        db.insert("documents", **(row(db, TABLES["documents"], 2) | {"digest": kept.digest}))
    assert subprocess.run([sys.executable, "-c", KILLED, book], check=False).returncode == 9
    assert list_contained(book, "a letter of hers") == ["a letter of hers"]
    with change(book) as db:
        rewrite(db, 1)
    assert list_contained(book, "a letter of hers", kept.digest, *of(texts, 2)) == []


# -- whom only the history knows ------------------------------------------------------------------


def delete_by_id(book: Path, person: int) -> None:
    with change(book, "client delete", final=True) as db:
        erase_domain.erase_all(db, erase_domain.clients_named(db, [f"id:{person}"]))


@pytest.mark.parametrize("again", [0, 1, 2])
def test_of_those_whose_making_was_undone(book: Path, again: int) -> None:
    with change(book, "fill") as db:
        made = fill(db, PEOPLE)
        changed = rewrite(db, 2)
    with change(book) as db:
        changed += rewrite(db, 2)
    step(book, "undo")
    step(book, "undo")
    for _ in range(again):
        step(book, "redo")
        step(book, "redo")
        step(book, "undo")
        step(book, "undo")
    with look(book) as db:
        known = queries.listing(db, Query(undone_clients.SOURCE), Request(("id",))).rows
        assert [row[0] for row in known] == [1, 2, 3, 4]
    gone = [text for text in (*of(made, 2), *changed) if text in list_contained(book, text)]
    assert len(gone) >= len(of(made, 2))
    delete_by_id(book, 2)
    assert list_contained(book, *of(made, 2), *changed) == []
    assert list_contained(book, *of(made, None, 1, 3)) == of(made, None, 1, 3)
    with look(book) as db:
        known = queries.listing(db, Query(undone_clients.SOURCE), Request(("id",))).rows
        assert [row[0] for row in known] == [1, 3, 4]
        assert undone_clients.find(db, 2) is None
    for name in ("undo", "redo"):
        with pytest.raises(RefusedError, match=r"nothing to (undo: #.* client delete is final|redo)"):
            step(book, name)
    with as_of(book, 2) as db:
        assert db.rows("SELECT id FROM clients ORDER BY id") == [(1,), (3,), (4,)]
    with pytest.raises(NotFoundError, match="no client matches 'id:2'"):
        delete_by_id(book, 2)


def test_of_those_who_were_merged_before_it_was_undone(book: Path, texts: Texts) -> None:
    """Who was undone had what was another's; that other loses nothing."""
    with change(book, "client add") as db:
        fifth = db.insert("clients", first_name="Undine", **BARE, moved_by=db.command)
        db.insert("notes", client_id=fifth, kind="general", text="of Undine", staff_id=1, written_at=f"{DAY}T09:00:00Z")
    before = dump_file(book)
    together(book, fifth, 2)
    step(book, "undo")
    step(book, "undo")
    delete_by_id(book, fifth)
    assert list_contained(book, "Undine", "of Undine") == []
    assert list_contained(book, *of(texts, None, *PEOPLE)) == of(texts, None, *PEOPLE)
    assert dump_file(book)["notes"] == [row for row in before["notes"] if row["client_id"] != fifth]


# -- nothing comes after ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", [table for table in TABLES.values() if table.goes or table.personal], ids=lambda table: table.name
)
def test_nothing_personal_can_be_kept_on_who_was_erased(book: Path, texts: Texts, table: Table) -> None:
    """By catalog: a table that comes later is looked at as well."""
    for person in (1, 2):
        delete(book, person)
    before = dump_file(book)
    for column in table.personal or ("id",):
        with pytest.raises(RefusedError, match=r"^Anonymous #2 was erased on 2026-03-01: no .* can be stored"):
            keep(book, table, column)
    assert dump_file(book) == before


def keep(book: Path, table: Table, column: str) -> None:
    """Add a row about person 2 to a table, or a value to one of its columns."""
    with change(book) as db:
        values = row(db, table, 2)
        if table.goes:
            db.insert(table.name, **values)
        else:
            db.update(table.name, 2, **{column: 1 if values[column] is None else values[column]})


def test_what_is_left_of_the_history_can_be_read(book: Path, texts: Texts) -> None:
    with change(book) as db:
        rewrite(db, 2)
    delete(book, 2)
    with look(book) as db:
        rows = [row for number in (2, 3, 4) for row in history.of_command(db, number).rows]
        rows += history.of_client(db, 2).rows
    assert ("client 2", "erased", None, DAY) in {row[1:5] for row in rows}
    assert [row for row in rows if row[1] == "client 2" and row[2] in {"first_name", "removed"}] == []


def test_what_was_erased_of_one_is_no_matter_of_others(book: Path, texts: Texts) -> None:
    delete(book, 2)
    with change(book) as db:
        rewrite(db, 1)
        db.insert("notes", **row(db, TABLES["notes"], 3))


LATER = 5
"""Who is added later, once, and may be undone: then only the history knows of them."""


def add_later(book: Path) -> list[str]:
    texts = ["Zqlaterfirst", "Zqlaternote"]
    with change(book, "client add") as db:
        assert db.insert("clients", first_name=texts[0], **BARE, moved_by=db.command) == LATER
        db.insert("notes", client_id=LATER, kind="call", text=texts[1], staff_id=1, written_at=f"{DAY}T09:00:00Z")
    return texts


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "merge", "merge", "undo", "undo", "undo", "redo", "rewrite"]),
        st.permutations([*PEOPLE, LATER]),
    ),
    max_size=8,
)


@settings(max_examples=heavy.times(8, 30), deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.sampled_from([*PEOPLE, LATER]))
def test_of_whoever_was_merged_with_whomever(book: Path, texts: Texts, steps: list, who: int) -> None:
    """What is left of those who are deleted is only what rows of others hold now, and these are as they were."""
    path = shutil.copy(book, book.with_name("tried.db"))
    told: dict[int, list[str]] = {person: of(texts, person) for person in PEOPLE}
    for name, (one, other, *_) in steps:
        with suppress(RefusedError, NotFoundError):
            if name == "add":
                if LATER not in told:
                    told[LATER] = add_later(path)
            elif name == "merge":
                together(path, one, other)
            elif name == "rewrite" and one in told:
                with change(path) as db:
                    told[one] += rewrite(db, one)
            elif name != "rewrite":
                step(path, name)
    with look(path) as db:
        survivor = db.value("SELECT coalesce(merged_into, id) FROM clients WHERE id = ?", (who,))
        gone = [row[0] for row in db.rows("SELECT id FROM clients WHERE ? IN (id, merged_into)", (survivor,))]
        if survivor is None and undone_clients.find(db, who):
            gone = [who]
    if not gone:
        return
    before = dump_file(path)
    delete(path, *gone)
    after = dump_file(path)
    others = {
        table.name: [
            row for row in before[table.name] if row[table.client] not in gone and row.get("other_id") not in gone
        ]
        for table in TABLES.values()
        if table.client
    }
    for name, rows in others.items():
        ids = {row["id"] for row in rows}
        assert [row for row in after[name] if row["id"] in ids] == rows
    held = {value for rows in others.values() for row in rows for value in row.values()}
    assert set(list_contained(path, *(text for person in gone for text in told[person]))) <= held
    assert damage(path) == []


def test_who_was_deleted_is_noted_by_numbers_alone(book: Path, texts: Texts) -> None:
    delete(book, 2, 3)
    delete(book, 2)
    assert [tuple(row.values())[1:] for row in dump_file(book)["erasures"][-2:]] == [
        (2, 2, "2026-03-01T09:00:00Z"),
        (3, 2, "2026-03-01T09:00:00Z"),
    ]
