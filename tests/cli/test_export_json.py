"""Everything goes out as JSON and comes in again; what is no such file comes in not at all."""

import base64
import json
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import filled
import inprocess
import looking
import pytest
from conftest import damage
from PIL import Image

from clientctl.domain import book as opened
from clientctl.store.tables import TABLES


@pytest.fixture
def fresh(tmp_path, _blank):
    """Give a function that makes a further database, as ``db init`` does."""

    def make(name: str = "fresh.db") -> Path:
        path = tmp_path / name
        path.write_bytes(_blank)
        return path

    return make


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def tables(path: Path) -> dict[str, list]:
    with opened.reading(path) as db:
        return {name: db.rows(f"SELECT * FROM {name} ORDER BY id") for name in TABLES}


def refused(path: Path, file: str | Path = "all.json") -> str:
    """Import what is refused; check that nothing came in, and give the message."""
    before = looking.dumped(path)
    done = inprocess.run("import", "json", file, db=path)
    assert (done.status, done.out) == (7, "")
    assert looking.dumped(path) == before
    assert damage(path) == []
    return done.error.message


def test_every_table_comes_back_as_it_was(book, fresh) -> None:
    with opened.writing(book, "fill") as db:
        db.insert("staff", name="Noor", name_key="noor")
        filled.fill(db, [1, 2, 3])
    assert inprocess.run("export", "json", "all.json", db=book).status == 0
    assert stat.S_IMODE(Path("all.json").stat().st_mode) == 0o600
    target = fresh()
    done = inprocess.run("import", "json", "all.json", db=target)
    assert done.status == 0
    assert "Imported all.json" in done.err
    assert tables(target) == tables(book)
    assert all(rows for rows in tables(target).values())


def test_a_practice_comes_back_with_its_order_and_is_undone(practice, do, fresh) -> None:
    inprocess.fill(practice, ("client", "edit", "1", "--position", "Dr"), ("note", "add", "2", "\x1b[31m = \u202e"))
    do("export", "json", "all.json")
    target = fresh()
    empty = looking.dumped(target)
    dry = inprocess.run("import", "json", "all.json", "--dry-run", db=target)
    assert "Dry run" in dry.err
    assert looking.dumped(target) == empty
    inprocess.fill(target, ("config", "set", "within", "3"), ("import", "json", "all.json"))
    assert damage(target) == []
    for words in (("client", "list"), ("membership", "list"), ("note", "list", "--json"), ("config", "list")):
        assert inprocess.run(*words, db=target).out == do(*words).out
    # Numbers are not used again, and every past command is there by name.
    assert [line.split("\t")[3] for line in inprocess.run("log", db=target).lines][-2:] == ["note add", "import json"]
    assert inprocess.run("undo", db=target).status == 0
    assert inprocess.run("client", "list", db=target).out == ""
    assert damage(target) == []
    assert "final" in inprocess.run("undo", db=target).error.message
    assert inprocess.run("redo", db=target).status == 0
    assert inprocess.run("client", "list", db=target).out == do("client", "list").out


def test_numbers_go_on_where_they_were(practice, do, fresh) -> None:
    do("note", "add", "1", "Gone")
    do("note", "remove", "1", "--yes")
    do("export", "json", "all.json")
    target = fresh()
    inprocess.fill(target, ("import", "json", "all.json"), ("note", "add", "1", "New"))
    assert inprocess.run("note", "list", "--columns", "id", db=target).out == "2\n"


def test_attached_files_come_along_when_asked(practice, do, fresh, tmp_path) -> None:
    Path("plan.pdf").write_bytes(bytes(range(256)) * 1000)
    Image.new("RGB", (9, 9)).save("photo.png")
    do("document", "attach", "1", "plan.pdf")
    do("client", "photo", "1", "photo.png")
    do("export", "json", "named.json")
    do("export", "json", "all.json", "--with-files")
    one, two = fresh("one.db"), fresh("two.db")
    assert "2 attached files" in inprocess.run("import", "json", "all.json", db=one).err
    assert inprocess.run("document", "save", "1", "back.pdf", db=one).status == 0
    assert Path("back.pdf").read_bytes() == Path("plan.pdf").read_bytes()
    assert damage(one) == []
    assert "not in it: 2" in inprocess.run("import", "json", "named.json", db=two).err
    shutil.copytree("clients.db.files", "two.db.files")
    assert damage(two) == []


def test_a_file_that_fails_leaves_no_attached_file(practice, do, fresh, tmp_path) -> None:
    Path("plan.pdf").write_bytes(b"one")
    do("document", "attach", "1", "plan.pdf")
    do("export", "json", "good.json", "--with-files")
    text = Path("good.json").read_text()
    target = fresh()
    encoded = base64.b64encode(b"one").decode()
    for bad in (base64.b64encode(b"two").decode(), "!!!!"):
        Path("all.json").write_text(text.replace(f'"{encoded}"', f'"{bad}"'))
        assert "the file " in refused(target)
        assert not Path("fresh.db.files").exists()
    Path("all.json").write_text(text.removesuffix("}\n") + "x")
    refused(target)
    assert not Path("fresh.db.files").exists()


def test_only_a_new_file_takes_it(practice, do) -> None:
    do("export", "json", "all.json")
    done = do("import", "json", "all.json")
    assert done.status == 5
    assert "db init" in done.error.message
    assert do("import", "json", "missing.json").status == 5
    assert inprocess.run("import", "json", "missing.json", db=practice).status == 5


def test_a_file_that_is_not_there(fresh) -> None:
    assert inprocess.run("import", "json", "missing.json", db=fresh()).status == 3
    assert inprocess.run("import", "json", ".", db=fresh()).status == 7


def edited(change) -> None:
    """Write the exported object anew, changed."""
    whole = json.loads(Path("good.json").read_text())
    change(whole)
    Path("all.json").write_text(json.dumps(whole))


def put(table: str, column: str, value: object):
    return lambda whole: whole["tables"][table][0].update({column: value})


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole.update(clientctl=2),
        lambda whole: whole.update(clientctl=True),
        lambda whole: whole.update(schema=99),
        lambda whole: whole.update(schema="5"),
        lambda whole: whole.update(numbers=[1]),
        lambda whole: whole.update(numbers={"clients": -1}),
        lambda whole: whole.pop("numbers"),
        lambda whole: whole["tables"].pop("clients"),
        lambda whole: whole["tables"].update(sqlite_schema=[{}]),
        lambda whole: whole["tables"].update(clients_log=[]),
        lambda whole: whole["tables"].update(clients={}),
        lambda whole: whole["tables"]["clients"].append(5),
        lambda whole: whole["tables"]["clients"].append(whole["tables"]["clients"][0]),
        lambda whole: whole["tables"]["clients"][0].pop("email"),
        put("clients", "more", 1),
        put("clients", "id", "1"),
        put("clients", "id", None),
        put("clients", "id", 2**70),
        put("clients", "id", 777),
        put("clients", "moved_by", 999),
        put("clients", "email", 5.5),
        put("clients", "email", True),
        put("clients", "email", ["x"]),
        put("clients", "email", {"x": 1}),
        put("clients", "email", "\ud800"),
        put("clients", "email", "a\0b"),
        put("clients", "birthday_on", "2026-02-30"),
        put("clients", "source", "nowhere"),
        put("memberships", "client_id", 999),
        put("memberships", "price_minor", "much"),
        put("memberships", "price_minor", -1),
        put("labels", "kind", None),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(practice, do, fresh, change) -> None:
    do("export", "json", "good.json")
    edited(change)
    assert refused(fresh())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'"x"',
        b"\xff\xfe{",
        b'{"clientctl": 1',
        b'{"clientctl": 1}',
        b'{"clientctl": NaN}',
        b'{"clientctl": ' + b"9" * 5000 + b"}",
        b'{"clientctl": ' + b"[" * 100_000,
        b'{"clientctl": 1, "schema": 1, "numbers": {}, "tables": {"clients": [' + b'{"a":' * 100_000,
        b'{"clientctl": 1, "schema": 1, "numbers": {}, "tables": {"clients": {"a": 1}}}',
        b'{"clientctl": 1, "schema": 1, "numbers": {}, "tables": {"clients": [{"id": 1}',
        b'{"clientctl": 1, "schema": 1, "numbers": {}, "tables": {}} x',
        b'{"clientctl": "' + b"x" * 20_000_000 + b'"}',
        b'{"clientctl": "' + b"x" * 20_000_000,
        b"SQLite format 3\0",
    ],
    ids=range(17),
)
def test_no_export_at_all(fresh, content) -> None:
    Path("all.json").write_bytes(content)
    assert refused(fresh())


def test_json_laid_out_by_another_program_is_the_same(practice, do, fresh) -> None:
    do("export", "json", "good.json")
    Path("all.json").write_text("\ufeff" + json.dumps(json.loads(Path("good.json").read_text()), indent=4))
    target = fresh()
    assert inprocess.run("import", "json", "all.json", db=target).status == 0
    assert tables(target) == tables(practice)


def test_an_older_program_s_export_is_brought_up_to_date(book, fresh, tmp_path) -> None:
    old = tmp_path / "old.db"
    looking.make_old(old, 2)
    with closing(sqlite3.connect(old)) as db:  # not by the program, which would bring the file up to date
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        whole = {"clientctl": 1, "schema": 2, "exported_on": "2025-01-31", "numbers": {}, "tables": {}, "files": {}}
        for name in [each for each in ("commands", *TABLES) if each in names]:
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
            rows = db.execute(f"SELECT {', '.join(columns)} FROM {name}")
            listed = [dict(zip(columns, row, strict=True)) for row in rows]
            whole["tables"][name] = listed
    for row in whole["tables"]["commands"]:
        for key in ("request_id", "final", "reverts"):
            del row[key]
    Path("all.json").write_text(json.dumps(whole))
    target = fresh()
    done = inprocess.run("import", "json", "all.json", db=target)
    assert (done.status, done.error) == (0, None)
    assert len(tables(target)["clients"]) == len(whole["tables"]["clients"]) > 0
    assert damage(target) == []
