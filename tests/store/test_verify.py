"""Damage is found where it is, whatever did it; what was damaged is never repaired behind one's back."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import heavy
import inprocess
import program
import pytest
import terminal
from filled import fill
from looking import Run, change, damage, dump_file, files, find_names, last_command, look, make_old, open_raw

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.errors import StorageError
from clientctl.store import migrations
from clientctl.store.catalog import TABLES
from clientctl.store.finding import Finding
from clientctl.store.journal import trigger

pytestmark = pytest.mark.damages
FLIPS = heavy.times({"another letter": 0x01}, {"another letter": 0x01, "no text any more": 0x80})
BACK = str.maketrans("+-", "-+")


def filled(path: Path) -> dict[tuple[str, str], str]:
    """Put a row into each table; give the texts that are in it, none of them anywhere else, by table and column."""
    with change(path, "fill") as db:
        return {(table, column): text for (table, column, _), text in fill(db, [1]).items()}


@pytest.mark.heavy
@pytest.mark.parametrize(
    "flip", heavy.times([0x01], [0x01, 0x80]), ids=["another letter", "no text any more"][: heavy.times(1, 2)]
)
def test_a_byte_that_changed_by_itself_is_found(book: Path, flip: int) -> None:
    texts = filled(book)
    assert damage(book) == []
    whole = book.read_bytes()
    for (table, column), text in texts.items():
        found = []
        places = [match.start() for match in re.finditer(re.escape(text.encode()), whole)]
        for at in places:
            book.write_bytes(whole[: at + 4] + bytes([whole[at + 4] ^ flip]) + whole[at + 5 :])
            found.append(damage(book))
        row = {"staff": 2, "payment_types": 5}.get(table, 1)  # a new file has some
        named = Finding(table, row, column, "differs from what the journal says")
        assert len(places) >= 2, "the row and its image"
        assert all(found), (table, column)
        assert "Tok" not in str(found), "what is damaged is told, not what it says"
        assert sum(named in each for each in found) == 2, (table, column, found)


@pytest.mark.heavy
def test_no_page_is_lost_without_a_word(book: Path) -> None:
    filled(book)
    whole = book.read_bytes()
    with open_raw(book) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() == (0,)
    for start in range(4096, len(whole), 4096 * heavy.times(5, 1)):
        book.write_bytes(whole[:start] + bytes(4096) + whole[start + 4096 :])
        try:
            assert damage(book), start
        except StorageError as error:  # what says which tables there are can't be read
            assert "is damaged" in error.message  # noqa: PT017 - either is right


@pytest.mark.parametrize("line", ["client list", "client add --first Ana", "export csv -", "export json -"])
def test_a_name_that_is_no_text_any_more_is_damage_and_is_shown_to_nobody(person: Path, run: Run, line: str) -> None:
    person.write_bytes(person.read_bytes().replace("Zoé".encode(), b"Zo\xc3\x29"))
    done = run(*line.split(), env={"CLIENTCTL_DEBUG": "1"})
    assert (done.returncode, done.stdout) == (6, "")
    assert "is damaged" in done.stderr
    assert not re.search("Zo|Bauer|Traceback", done.stderr)


def flipped(at: int, bit: int) -> Callable[[bytes], bytes]:
    return lambda whole: whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :]


@pytest.mark.parametrize(
    ("hurt", "moved"),
    [
        pytest.param(lambda whole: whole[: len(whole) // 2], True, id="half of it is gone"),
        pytest.param(flipped(28, 1), True, id="how many pages"),
        pytest.param(flipped(47, 16), False, id="format"),
        pytest.param(flipped(59, 2), False, id="encoding"),
        pytest.param(lambda whole: whole[:100] + bytes(3_996) + whole[4_096:], False, id="schema"),
        pytest.param(lambda whole: re.sub(rb"index(orders_log_c)", b"index\xef\\1", whole), False, id="a name in it"),
    ],
)
def test_what_can_not_be_read_at_all_is_told_and_a_backup_brings_it_back(
    book: Path, monkeypatch: pytest.MonkeyPatch, hurt: Callable[[bytes], bytes], moved: bool
) -> None:
    """``moved``: where nothing can be written over it, restoring says so first."""
    monkeypatch.chdir(book.parent)
    inprocess.fill(book, ("label", "add", "VIP"), ("db", "backup", "safe.db"))
    book.write_bytes(hurt(book.read_bytes()))
    told = inprocess.run("db", "verify", db=book)
    assert told.status == 10
    assert told.out.startswith("(file)\t\t\tcan't be read further: ")
    assert told.err.startswith("A backup brings it back: `clientctl db restore FILE`")
    refused = inprocess.run("label", "list", db=book)
    assert (refused.status, refused.out) == (6, "")
    assert "is damaged" in str(refused.error)
    restore = ("db", "restore", "safe.db", "--yes")
    if moved:
        refused = inprocess.run(*restore, db=book)
        assert (refused.status, "move it elsewhere" in str(refused.error)) == (6, True)
        book.rename("damaged.db")
    inprocess.fill(book, restore)
    assert damage(book) == []
    assert "VIP" in inprocess.run("label", "list", db=book).out


def test_what_a_later_version_goes_by_is_looked_at(book: Path) -> None:
    past_the_journal(book, "UPDATE _sqlite_migrations SET name = 'mondy' WHERE name = 'money'")
    assert damage(book) == [Finding("_sqlite_migrations", None, None, "does not say that the file has the step money")]
    past_the_journal(
        book, "UPDATE _sqlite_migrations SET name = 'money' WHERE name = 'mondy'", "PRAGMA user_version=99"
    )
    assert "newer clientctl" in damage(book)[0].problem


@pytest.mark.parametrize("version", [-1, *range(migrations.VERSION)])
def test_a_file_that_says_it_is_older_than_it_is_laid_out_is_damaged(
    book: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    monkeypatch.chdir(book.parent)
    inprocess.fill(book, ("label", "add", "VIP"), ("db", "backup", "safe.db"))
    with open_raw(book) as connection:
        connection.execute(f"PRAGMA user_version={version}")
    before = book.read_bytes()
    for line in (("label", "list"), ("label", "add", "Late"), ("undo",)):
        refused = inprocess.run(*line, db=book)
        assert (refused.status, refused.out, book.read_bytes()) == (6, "", before)
        assert re.search(
            rf"is damaged \(\(file\): says it is of version {version}, and the (table|index) ", str(refused.error)
        )
        assert "`clientctl db verify` says where" in str(refused.error)
    told = inprocess.run("db", "verify", db=book)
    assert (told.status, len(told.lines)) == (10, 1)
    assert re.match(rf"\(file\)\t\t\tsays it is of version {version}, and the (table|index) ", told.out)
    refused = inprocess.run("db", "restore", book, "--yes", db=Path("other.db"))
    assert (refused.status, "is damaged" in str(refused.error)) == (6, True)
    inprocess.fill(book, ("db", "restore", "safe.db", "--yes"))
    assert inprocess.run("label", "list", db=book).lines != []


@pytest.mark.parametrize("version", range(7, migrations.VERSION))
def test_into_a_file_that_says_it_is_newer_than_it_is_laid_out_nothing_is_written(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.db"
    make_old(path, version)
    with open_raw(path) as connection:
        connection.execute(f"PRAGMA user_version={migrations.VERSION}")
    before = path.read_bytes()
    done = program.run("label", "add", "Late", CLIENTCTL_DB=str(path))
    assert (done.returncode, done.stdout, path.read_bytes()) == (6, "", before)
    assert "`clientctl db verify` says" in done.stderr
    assert any(found.problem.startswith(("the table ", "the index ")) for found in damage(path))


def test_a_row_that_refers_to_what_is_another_client_s_is_found(book: Path) -> None:
    """Each column that leads to what somebody has; of an allocation, two of its columns lead to different people."""
    with change(book, "fill") as db:
        fill(db, [1, 2])
    assert damage(book) == []
    with look(book) as db:
        ways = [
            (table, key[3], key[2])
            for table in TABLES
            for key in db.rows(f"PRAGMA foreign_key_list({table})")
            if key[2] in TABLES and TABLES[key[2]].client not in {None, "id"} and table != "membership_changes"
        ]
    assert len(ways) > 15
    whole = book.read_bytes()
    for table, column, parent in ways:
        book.write_bytes(whole)
        with change(book, "mix up") as db:
            db.connection.execute("PRAGMA ignore_check_constraints=ON")
            db.connection.execute(f"UPDATE OR REPLACE {table} SET {column} = 2 WHERE id = 1")
        found = [each for each in damage(book) if each.problem.endswith("another client's")]
        if table == "allocations":
            assert {each[:2] for each in found} == {(table, 1)}, column
        else:
            assert found == [Finding(table, 1, column, f"refers to a row of {parent} that is another client's")]


def test_a_digest_is_of_images_and_columns_that_are_there(book: Path) -> None:
    filled(book)
    for changed in ("width = width + 32", "first = first - 1", "last = last + 1"):
        past_the_journal(book, f"UPDATE digests SET {changed} WHERE of = {TABLES['labels'].number}")
        assert [each.table for each in damage(book)] == ["labels_log"]
        past_the_journal(book, f"UPDATE digests SET {changed.translate(BACK)} WHERE of = {TABLES['labels'].number}")
        assert damage(book) == []


# -- what another program did -------------------------------------------------------------------


@pytest.fixture
def person(book: Path) -> Path:
    with change(book) as db:
        values = {"first_name": "Zoé", "last_name": "Bauer", "email": "zoe@example.com", "phone": "+33612345678"}
        clients.add(db, values, source="hand")
        labels.attach(db, [1], [labels.add(db, "VIP")])
    return book


def past_the_journal(path: Path, *statements: str) -> None:
    """Change a table as a program that knows nothing of the journal might: the triggers out of the way for a while."""
    with open_raw(path) as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        connection.execute("PRAGMA foreign_keys=OFF")
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)


CHANGED = {
    "UPDATE staff SET name = 'Eve'": Finding("staff", 1, "name", "differs from what the journal says"),
    "UPDATE staff SET archived_on = '2026-01-01'": Finding(
        "staff", 1, "archived_on", "differs from what the journal says"
    ),
    "DELETE FROM client_labels": Finding("client_labels", 1, None, "is missing, though the journal has it"),
    "INSERT INTO labels(kind, name, name_key) VALUES ('custom', 'x', 'x')": Finding(
        "labels", 2, None, "is unknown to the journal"
    ),
    "UPDATE client_labels SET label_id = 9": Finding(
        "client_labels", 1, None, "refers to a row of labels that is not there"
    ),
    "UPDATE client_labels SET id = 9": Finding("client_labels", 9, None, "is unknown to the journal"),
    "UPDATE clients SET last_name = 'Bäcker'": Finding(
        "clients", 1, None, "is not found by the search as it should be"
    ),
    "UPDATE client_search SET hay = 'x'": Finding("clients", 1, None, "is not found by the search as it should be"),
    "UPDATE client_search SET phone_key = '1'": Finding(
        "clients", 1, None, "is not found by the search as it should be"
    ),
    "DELETE FROM client_search": Finding("clients", 1, None, "is not found by the search as it should be"),
    "INSERT INTO client_search VALUES (9, 'x', 'x', NULL, NULL, 'x')": Finding(
        "clients", 9, None, "is found by the search though it is gone"
    ),
    "INSERT INTO client_fts(rowid, hay) VALUES (1, 'another')": Finding(
        "client_fts", None, None, "the search index does not fit the clients"
    ),
    "INSERT INTO client_fts(client_fts) VALUES ('delete-all')": Finding(
        "client_fts", None, None, "the search index does not fit the clients"
    ),
}


@pytest.mark.parametrize("statement", CHANGED)
def test_what_was_changed_past_the_journal_is_found(person: Path, statement: str) -> None:
    past_the_journal(person, statement)
    before = files(person)
    assert CHANGED[statement] in damage(person)
    assert files(person) == before


def test_a_removed_row_that_is_back_is_found(person: Path) -> None:
    with change(person) as db:
        labels.detach(db, [1], [labels.get(db, 1)])
    past_the_journal(person, "INSERT INTO client_labels VALUES (1, 1, 1)")
    told = "is there, though the journal says it was removed"
    assert damage(person) == [Finding("client_labels", 1, None, told)]


def test_a_lost_trigger_is_found(person: Path) -> None:
    whole = person.read_bytes()
    for table in TABLES.values():
        lost = [trigger(table, op) for op in "iud"]
        person.write_bytes(whole)
        with open_raw(person) as connection:
            for name in lost:
                connection.execute(f"DROP TRIGGER {name}")
        assert damage(person) == [Finding(table.name, None, None, f"the trigger {name} is missing") for name in lost]


def test_a_foreign_trigger_is_found_however_its_table_is_written(person: Path) -> None:
    with open_raw(person) as connection:
        connection.execute("CREATE TRIGGER x BEFORE DELETE ON Notes BEGIN SELECT raise(IGNORE); END")
    assert damage(person) == [Finding("Notes", None, None, "the trigger x is not clientctl's")]
    with pytest.raises(StorageError, match="the trigger x is not clientctl's"), change(person):
        pass


def test_the_program_names_table_row_and_column(person: Path, run: Run) -> None:
    whole = run("db", "verify", "--format", "json")
    assert (whole.returncode, json.loads(whole.stdout)) == (0, [])
    past_the_journal(person, "UPDATE staff SET name = 'Eve'")
    done = run("db", "verify", "--json")
    (row,) = json.loads(done.stdout)
    assert done.returncode == 10
    assert (row["table"], row["row"], row["column"]) == ("staff", 1, "name")


# -- what is put back -----------------------------------------------------------------------------

PUT_BACK = {
    "UPDATE staff SET name = 'Eve'": "staff 1 name (differs from what the journal says)",
    "UPDATE staff SET name = CAST(x'ff' AS TEXT) WHERE id = 2": "staff 2 name (differs from what the journal says)",
    "UPDATE clients SET last_name = 'Else', source = 'x'": "clients 1 last_name (differs from what the journal says)",
    "DELETE FROM clients": "clients 1 (is missing, though the journal has it)",
    "DELETE FROM client_labels": "client_labels 1 (is missing, though the journal has it)",
    "INSERT INTO client_labels VALUES (2, 1, 2)": (
        "client_labels 2 (is there, though the journal says it was removed)"
    ),
    "INSERT INTO client_fts(client_fts) VALUES ('delete-all')": (
        "client_fts (the search index does not fit the clients)"
    ),
    "UPDATE client_search SET hay = 'x'": "clients 1 (is not found by the search as it should be)",
}


@pytest.fixture
def twice(person: Path) -> Path:
    """Return a database in which a label was attached and detached, and a second one acts beside the first."""
    with change(person) as db:
        labels.attach(db, [1], [labels.add(db, "Late")])
        db.insert("staff", name="Noor", name_key="noor")
    with change(person) as db:
        labels.detach(db, [1], [labels.find(db, "Late")])
    return person


@pytest.mark.parametrize("statement", PUT_BACK)
def test_what_differs_is_put_back_as_the_journal_says(twice: Path, statement: str) -> None:
    was, last = dump_file(twice), last_command(twice)
    past_the_journal(twice, "PRAGMA ignore_check_constraints=ON", statement)
    damaged, lines = files(twice), ("db", "verify", "--from-journal")
    told = f"Put back: {PUT_BACK[statement]}\n"

    dry = inprocess.run(*lines, "-n", db=twice)
    assert (dry.status, told in dry.err, dry.err.endswith("Dry run: nothing was changed.\n")) == (10, True, True), dry
    unasked = inprocess.run(*lines, db=twice)
    assert (unasked.status, "confirm with --yes" in str(unasked.error)) == (2, True), unasked
    assert files(twice) == damaged

    done = inprocess.run(*lines, "--yes", db=twice)
    assert (done.status, told in done.err, done.out) == (0, True, ""), done
    assert (damage(twice), dump_file(twice)) == ([], was)
    with look(twice) as db:
        assert find_names(db, "zoé") == ["Zoé Bauer"]
        assert db.rows("SELECT id, name, final FROM commands WHERE id > ?", [last]) == [(last + 1, "db verify", 1)]
        assert db.value("SELECT count(*) FROM changes WHERE command_id > ?", [last]) == 0
    assert inprocess.run("undo", f"#{last}", db=twice).status == 0


def test_what_the_journal_does_not_know_is_left_and_still_told(person: Path) -> None:
    past_the_journal(
        person, "UPDATE staff SET name = 'Eve'", "INSERT INTO labels(kind, name, name_key) VALUES ('custom', 'x', 'x')"
    )
    done = inprocess.run("db", "verify", "--from-journal", "--yes", db=person)
    numbers = "sqlite_sequence\t\t\tthe numbers used last differ from what was written"
    assert (done.status, done.lines) == (10, ["labels\t2\t\tis unknown to the journal", numbers]), done
    assert done.err == "Put back: staff 1 name (differs from what the journal says)\n"


def test_nothing_is_put_back_where_nothing_differs(person: Path) -> None:
    before = files(person)
    done = inprocess.run("db", "verify", "--from-journal", "--yes", db=person)
    assert (done.status, done.err) == (0, "Nothing to put back: no row differs from the history.\n")
    assert files(person) == before


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1)])
def test_on_a_terminal_it_shows_what_it_would_put_back_and_asks(person: Path, typed: str, status: int) -> None:
    past_the_journal(person, "UPDATE staff SET name = 'Eve'")
    seen = terminal.run("--db", person, "db", "verify", "--from-journal", typed=typed, width=500)
    shown, _, after = seen.shown.partition("Put it back? [y/N]: ")
    told = "Put back: staff 1 name (differs from what the journal says)\n"
    assert shown.startswith(f"This would be done:\n{told}"), seen
    assert (seen.status, told in after) == (status, status == 0), seen
    assert len(damage(person)) == status


REFUSED = {
    "UPDATE staff_log SET name = 'Eve' WHERE seq = 1": "(staff_log 1: one of the images 1 to 1 differs",
    "DELETE FROM staff_log WHERE seq = 2": "(staff_log 2: one of the images 2 to 2 differs",
}


@pytest.mark.parametrize("statement", REFUSED)
def test_nothing_is_put_back_from_a_damaged_history(person: Path, statement: str) -> None:
    with change(person) as db:
        db.update("staff", 1, name="Renamed")
    past_the_journal(person, "UPDATE staff SET name = 'Other'", statement)
    refuses(person, REFUSED[statement])


def test_nothing_is_put_back_into_a_file_that_is_damaged_itself(person: Path) -> None:
    past_the_journal(person, "UPDATE staff SET name = 'Other'")
    with open_raw(person) as connection:
        index = "SELECT rootpage FROM sqlite_schema WHERE name = 'client_labels_label'"
        (page,) = connection.execute(index).fetchone()
    whole = person.read_bytes()
    person.write_bytes(whole[: (page - 1) * 4096] + bytes(4096) + whole[page * 4096 :])
    refuses(person, "the file itself is damaged (")


def refuses(path: Path, why: str) -> None:
    """See that nothing is put back, and why."""
    before = files(path)
    done = inprocess.run("db", "verify", "--from-journal", "--yes", db=path)
    told = [part in str(done.error) for part in (why, "`clientctl db restore FILE` goes back to a backup")]
    assert (done.status, told) == (6, [True, True]), done
    assert files(path) == before
