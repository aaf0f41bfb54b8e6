"""The `export json` and `import json` commands: everything comes back, and other files are refused."""

import base64
import json
import re
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import filled
import inprocess
import looking
import pytest
import shell
from looking import damage
from PIL import Image

from clientctl.domain.session import opened
from clientctl.store import Writer, restore, transfer
from clientctl.store.catalog import TABLES


@pytest.fixture
def fresh(tmp_path, _blank):
    """Return a function that makes a further database, as ``db init`` does."""

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
        return {name: list(transfer.rows(db, name)) for name in TABLES}


def refused(path: Path, file: str | Path = "all.json") -> str:
    """Import a file that is refused; check that nothing was imported, and return the message."""
    before = looking.dump_file(path)
    done = inprocess.run("import", "json", file, db=path)
    assert (done.status, done.out) == (7, "")
    assert looking.dump_file(path) == before
    assert damage(path) == []
    return done.error.message


def mend(db: Writer) -> None:
    """Set in rows that were made up the values that rules ask for."""
    digest = "'" + "0a" * 32 + "'"
    for table in TABLES:
        columns = [row[1] for row in db.rows(f"PRAGMA table_info({table})")]
        for column in {"name_key", "value_key"}.intersection(columns):
            db.connection.execute(f"UPDATE {table} SET {column} = fold({column.removesuffix('_key')})")
    for assignment in (
        "settings SET key = 'within', value = '7'",
        "fields SET key = fold(key)",
        f"clients SET email = id || '@example.com', login_email = id || '@example.org', photo = {digest}",
        f"documents SET digest = {digest}",
        'segments SET filter = \'{"labels": [1], "member": true, "where": ["name is x"], "site": 1}\'',
        'mappings SET columns = \'{"Chien": "field:dog"}\'',
        "charges SET paid_minor = 1 WHERE id = 1",
        "consents SET made_by = 2 WHERE id = 1",
        "services SET link = 'https://example.com'",
        "client_uids SET uid = '00000000-0000-8000-8000-00000000000' || id",
    ):
        db.connection.execute(f"UPDATE {assignment}")


def test_every_table_comes_back_as_it_was(book, fresh) -> None:
    with opened.writing(book, "fill") as db:
        db.insert("staff", name="Noor", name_key="noor")
        filled.fill(db, [1, 2, 3])
        mend(db)
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
    empty = looking.dump_file(target)
    dry = inprocess.run("import", "json", "all.json", "--dry-run", db=target)
    assert "Dry run" in dry.err
    assert looking.dump_file(target) == empty
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


def test_a_consent_was_kept_when_and_by_whom_it_was(practice, do, fresh, monkeypatch) -> None:
    inprocess.fill(practice, ("staff", "add", "Noor"), ("preference", "add", "Letters"))
    with monkeypatch.context() as then:
        then.setenv("CLIENTCTL_NOW", "2024-05-06T07:08:09Z")
        then.setenv("CLIENTCTL_USER", "Noor")
        inprocess.fill(practice, ("preference", "opt-in", "1", "--preference", "Letters", "--how", "On paper"))
    shown = do("preference", "history", "--json").json
    assert {"kept_at": "2024-05-06T07:08:09Z", "kept_by": "Noor"}.items() <= shown[-1].items()
    source, steps = practice, [("config", "set", "within", "3"), ("config", "set", "within", "4")]
    for name in ("once.db", "twice.db"):
        inprocess.fill(source, ("export", "json", f"to-{name}.json"))
        source = fresh(name)
        inprocess.fill(source, *steps, ("import", "json", f"to-{name}.json"))
        assert inprocess.run("preference", "history", "--json", db=source).json == shown
        steps.clear()
    assert damage(source) == []


def test_clients_are_known_by_the_names_they_had(practice, do, fresh) -> None:
    exports = ("ics", "vcard", "csv")
    before = {kind: do("export", kind, "-").out for kind in exports}
    assert do("export", "json", "all.json").status == 0
    once, twice = fresh("once.db"), fresh("twice.db")
    inprocess.fill(once, ("import", "json", "all.json"), ("export", "json", "again.json"))
    inprocess.fill(twice, ("import", "json", "again.json"))
    uids = re.compile(r"^UID:.*$|\b[0-9a-f]{8}-[0-9a-f-]{27}\b", re.MULTILINE)
    for moved in (once, twice):
        for kind in exports:
            found = uids.findall(inprocess.run("export", kind, "-", db=moved).out)
            assert found == uids.findall(before[kind]) != []
    Path("clients.csv").write_text(before["csv"])
    assert "4 unchanged" in inprocess.run("import", "csv", "clients.csv", db=twice).err
    # It is another file all the same: a copy of the one is no copy of the other.
    inprocess.fill(practice, ("db", "backup", "copy.db"))
    with restore.load_verified(Path("copy.db")) as copy:
        assert [restore.shares_lineage(copy, each) for each in (practice, once)] == [True, False]


def test_it_is_read_from_standard_input(practice, do, fresh) -> None:
    target = fresh()
    done = inprocess.run("import", "json", "-", db=target, stdin=do("export", "json", "-").out)
    assert "Imported standard input: " in done.err
    assert tables(target) == tables(practice)
    done = inprocess.run("import", "json", "-", db=fresh("other.db"), stdin="[]")
    assert done.error.message.startswith("line 1 of standard input: ")
    for kind in ("csv", "vcard", "xlsx"):
        done = do("import", kind, "-", stdin="name\nAna\n")
        assert (done.status, "save it to a file" in done.error.message) == (2, True)


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
    assert "Missing from it: 2" in inprocess.run("import", "json", "named.json", db=two).err
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


def test_what_no_command_would_have_kept_is_refused(practice, do, fresh) -> None:
    """Each is one value that the program would stumble over later, or that is not to be stored."""
    inprocess.fill(
        practice,
        ("field", "add", "Dog", "--type", "date"),
        ("client", "edit", "1", "--field", "dog=2020-01-31"),
        ("segment", "save", "Members", "--member"),
        ("charge", "add", "--client", "1", "--amount", "20", "--for", "Mat"),
    )
    uid = "a0a9ec51-8fa7-8bf1-8000-000000000001"
    Path("one.csv").write_text(f"uid;Nom\n{uid};Roux\n")
    assert do("import", "csv", "one.csv").status == 0
    do("export", "json", "good.json")
    target = fresh()
    for table, column, value in (
        ("client_uids", "uid", uid.upper()),
        ("client_uids", "uid", "A-1"),
        ("clients", "photo", "../../victim.txt"),
        ("clients", "email", "not an email"),
        ("clients", "birthday_on", "9999-01-01"),
        ("clients", "birthday_on", "2100-01-01"),
        ("clients", "client_since_on", "0001-01-01"),
        ("clients", "id", -1),
        ("clients", "id", 2**62),
        ("settings", "value", "x"),
        ("settings", "key", "nothing"),
        ("segments", "filter", '{"evil": 1}'),
        ("segments", "filter", '{"labels": "1"}'),
        ("segments", "filter", '{"labels": [true]}'),
        ("segments", "filter", "[]"),
        ("segments", "filter", "x"),
        ("plans", "name_key", "zzz"),
        ("staff", "archived_on", "2026-01-31"),
        ("rates", "currency", "ZZZ"),
        ("rates", "every_count", 10**9),
        ("charges", "paid_minor", 1),
        ("fields", "key", "Dog Days"),
        ("field_values", "value", "soon"),
        ("field_values", "value_key", "2020-01-30"),
    ):
        edited(put(table, column, value))
        message = refused(target)
        assert message.endswith(transfer.HINT), message
        assert table in message, message
        assert column in message or "archived_on" in column or "paid" in column, message
    edited(lambda whole: whole["tables"]["settings"][0].update(key="timezone", value="Nowhere/X"))
    assert "id 1 of settings: value: " in refused(target)


def test_nothing_personal_comes_in_about_somebody_who_was_erased(practice, do, fresh) -> None:
    assert do("client", "delete", "4", "--yes").status == 0
    do("export", "json", "good.json")
    assert inprocess.run("import", "json", "good.json", db=fresh()).status == 0
    for table, column in (("clients", "company"), ("memberships", "cancel_reason"), ("client_labels", "client_id")):

        def change(whole, table=table, column=column) -> None:
            rows = whole["tables"][table]
            (rows[3] if table == "clients" else rows[-1])[column] = 4 if column == "client_id" else "of Nameless"

        edited(change)
        message = refused(fresh())
        assert message == f"{table} hold something personal about client 4, who was erased; {transfer.HINT}"


def test_no_card_number_comes_in(practice, do, fresh) -> None:
    do("export", "json", "good.json")
    target = fresh()
    for table, column in (("clients", "first_name"), ("labels", "name"), ("commands", "who"), ("commands", "touched")):
        # The first command is the one that made the file: a new file has its own.
        edited(
            lambda whole, table=table, column=column: whole["tables"][table][-1].update({column: "4111 1111 1111 1111"})
        )
        done = inprocess.run("import", "json", "all.json", db=target)
        assert done.status == 5
        assert "a full card number, ending in 1111" in done.error.message
    assert tables(target)["clients"] == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("clients", "birthday_on", "2026-02-30"), "row 1 of clients: its birthday_on has an invalid value"),
        (put("clients", "email", 5), "row 1 of clients: its email is not a text"),
        (put("clients", "source", None), "row 1 of clients: its source is missing"),
        (lambda whole: whole["tables"].update(evil=[]), "'evil' is no table that export json writes"),
        (
            lambda whole: whole["tables"]["labels"].append({**whole["tables"]["labels"][0], "id": 99}),
            "another row has the",
        ),
        (lambda whole: whole.update(line="../x"), "its line is not 16 digits"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(practice, do, fresh, change, said) -> None:
    do("export", "json", "good.json")
    edited(change)
    message = refused(fresh())
    assert said in message
    assert message.endswith(transfer.HINT)


@pytest.mark.parametrize(
    ("table", "column", "refers", "said"),
    [
        (
            "clients",
            "merged_into",
            {1: 1},
            "id 1 of clients: merged_into refers back to itself (clients 1 → clients 1)",
        ),
        ("clients", "merged_into", {1: 2, 2: 3, 3: 1}, "merged_into refers back to itself (clients"),
        ("clients", "merged_into", {1: 2, 2: 3}, "id 1 of clients: merged_into somebody who is merged as well"),
        ("memberships", "renewed_from", {2: 2}, "id 2 of memberships: renewed_from refers back to itself"),
        ("memberships", "renewed_from", {2: 3, 3: 2}, "renewed_from refers back to itself (memberships"),
        ("payments", "corrects", {1: 1}, "id 1 of payments: corrects refers back to itself (payments 1 → payments 1)"),
        ("credits", "recurs_from", {1: 1}, "id 1 of credits: recurs_from refers back to itself"),
        ("payments", "credit_id", {1: 1}, " refers back to itself ("),
    ],
)
def test_no_row_comes_in_that_leads_back_to_itself(practice, do, fresh, table, column, refers, said) -> None:
    do("charge", "add", "--client", "1", "--amount", "20", "--for", "key")
    do("payment", "record", "C-1", "--type", "cash", "--amount", "30", "--overpay", "credit")
    assert do("export", "json", "good.json").status == 0

    def change(whole) -> None:
        for row in whole["tables"][table]:
            if row["id"] in refers:
                row |= {column: refers[row["id"]], **({"kind": "refunded"} if table == "payments" else {})}

    edited(change)
    message = refused(fresh())
    assert said in message
    assert message.endswith(transfer.HINT)


@pytest.mark.parametrize(
    ("table", "column", "refers", "parent"),
    [
        ("charges", "membership_id", 2, "memberships"),
        ("charges", "order_id", 2, "orders"),
        ("memberships", "renewed_from", 2, "memberships"),
        ("memberships", "payment_method_id", 2, "payment_methods"),
        ("package_entries", "package_id", 2, "packages"),
        ("allocations", "payment_id", 2, "payments"),
    ],
)
def test_no_row_comes_in_that_refers_to_another_client_s(book, fresh, table, column, refers, parent) -> None:
    with opened.writing(book, "fill") as db:
        filled.fill(db, [1, 2, 3])
        mend(db)
    assert inprocess.run("export", "json", "good.json", db=book).status == 0
    edited(put(table, column, refers))
    message = refused(fresh())
    problem = f"{column} refers to a row of {parent} that is another client's"
    assert message == f"id 1 of {table}: {problem}; {transfer.HINT}"


def test_what_is_older_has_no_line(practice, do, fresh) -> None:
    do("export", "json", "good.json")
    edited(lambda whole: whole.pop("line"))
    assert inprocess.run("import", "json", "all.json", db=fresh()).status == 0


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


def test_an_extension_lasts_where_a_practice_has_moved_to(practice, fresh) -> None:
    Path("ada.csv").write_text(
        "name,email,plan,rate,price,start,end\nAda Byron,ada@example.com,Hatha,Mensuel,65 EUR,2026-02-13,2026-05-12\n"
    )
    inprocess.run("import", "csv", "ada.csv", db=practice)
    number = inprocess.run("membership", "list", "--client", "ada@example.com", "-q", db=practice).out.strip()
    inprocess.run("membership", "extend", number, "--by", "1m", "--charge", "--yes", db=practice)
    inprocess.run("export", "json", "all.json", db=practice)
    moved = fresh()
    inprocess.run("import", "json", "all.json", db=moved)
    for book in (practice, moved):
        done = inprocess.run("import", "csv", "ada.csv", "--again", db=book)
        assert done.err.endswith("1 unchanged\n")
        assert inprocess.run("membership", "show", number, "--json", db=book).json["ends"] == "2026-06-12"


def test_every_table_and_column_is_documented(book) -> None:
    text = (shell.ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    documented = {}
    for name, section in re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL):
        items = re.findall(r"^- ((?:`\w+`,?\s*)+)", section, re.MULTILINE)
        documented[name] = sorted(re.findall(r"`(\w+)`", " ".join(items)))
    with opened.reading(book) as db:
        assert documented == {name: sorted(transfer.columns(db.connection, name)) for name in transfer.NAMES}
