"""A file of any age becomes what a new one is, once, with a copy of it kept as it was."""

import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from filled import fill
from looking import OLD_ROWS, Run, change, damage, dump, dump_file, look, make_old, open_raw, rows
from program import PATIENCE, PROGRAM, environment

from clientctl.errors import StorageError
from clientctl.store import backup, journal, migrations, opening
from clientctl.store.catalog import NUMBERED, TABLES, Table

OLD = range(1, migrations.VERSION)


def schema(path: Path) -> dict[str, str]:
    with open_raw(path) as connection:
        found = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall()
    return {name: re.sub(r"\s+", " ", sql.replace('"', "")) for name, sql in found}


def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with open_raw(path) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: connection.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in names}


def version(path: Path) -> int:
    with open_raw(path) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("age", OLD)
def test_an_old_file_becomes_what_a_new_one_is(tmp_path: Path, book: Path, age: int) -> None:
    path = tmp_path / "old.db"
    make_old(path, age)
    with open_raw(path) as connection:
        kept = {table: rows(connection, f"SELECT * FROM {table}") for table in tables(connection)}
    with look(path) as db:
        assert db.value("SELECT value FROM settings WHERE key = 'currency'") == "CHF"
        assert db.rows("SELECT l.name FROM client_labels cl JOIN labels l ON l.id = cl.label_id") == [("VIP",)]
        now = dump(db)
    assert (schema(path), columns(path), version(path)) == (schema(book), columns(book), migrations.VERSION)
    for table, before in kept.items():
        assert before == [{name: row[name] for name in before[0]} for row in now[table]]
    assert damage(path) == []


def tables(connection: sqlite3.Connection) -> list[str]:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    return [table for table in TABLES if table in there]


def test_old_files_have_rows_of_every_step_and_in_every_table(tmp_path: Path) -> None:
    assert [*OLD_ROWS] == [*migrations.STEPS]
    path = tmp_path / "old.db"
    make_old(path, migrations.VERSION)
    with open_raw(path) as connection:
        empty = [table for table in tables(connection) if not rows(connection, f"SELECT * FROM {table}")]
    assert empty == []


@pytest.mark.parametrize("age", OLD)
def test_the_old_file_is_kept_beside_it(tmp_path: Path, age: int) -> None:
    path = tmp_path / "old.db"
    make_old(path, age)
    was = schema(path)
    with look(path):
        pass
    with look(path):
        pass
    (kept,) = (tmp_path / "backups").iterdir()
    assert kept.name == f"old-20260301-090000-version{age}.db"
    assert (schema(kept), version(kept)) == (was, age)
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_request_of_before_is_known_after_it_by_its_digest(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_old(path, 7)
    with change(path, "old change", request_id="r1") as db:
        assert db.replay == (1, ())
        assert db.value("SELECT length(request_id) FROM commands") == 32


def test_what_was_done_before_a_migration_is_undone_after_it(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "old.db"
    make_old(path, 1)
    assert run("undo", db=path).stderr == "Undid #1 old change (Ana)\n"
    assert dump_file(path) == {table: [] for table in TABLES}


@pytest.mark.parametrize("stem", ["clients", "cl[ie]nts*?"])
def test_the_last_five_are_kept_and_none_of_another_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stem: str
) -> None:
    path, folder = tmp_path / f"{stem}.db", tmp_path / "backups"
    make_old(path, 1)
    folder.mkdir()
    others = [f"{stem}-2-20250101-090000-version1.db", f"{stem}-20250101-090000-17.db", f"{stem}-mine-version.db"]
    for name in others:
        (folder / name).touch()
    for second in range(8):
        monkeypatch.setenv("CLIENTCTL_NOW", f"2026-03-01T09:00:0{second}Z")
        backup.back_up_before_migration(path, 1)
    made = [f"{stem}-20260301-09000{second}-version1.db" for second in range(3, 8)]
    assert sorted(file.name for file in folder.iterdir()) == sorted(others + made)


def test_without_a_good_copy_nothing_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_old(path, 1)
    with open_raw(path) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("UPDATE journal SET command_id = 1")
        connection.execute("INSERT INTO client_labels(client_id, label_id) VALUES (1, 77)")
    before = path.read_bytes()
    told = r"is damaged \(client_labels 2: refers to a row of labels that is not there\) and was not updated"
    with pytest.raises(StorageError, match=told) as raised, look(path):
        pass
    assert (path.read_bytes(), version(path)) == (before, 1)
    (kept,) = (tmp_path / "backups").iterdir()
    assert str(kept) in raised.value.message
    assert damage(path) == damage(kept) != []


KILLED = """
import os, signal, sys
from pathlib import Path
from clientctl.domain.session import opened as book
from clientctl.store import journal, opening

opening._WRITE_PRAGMAS += ("cache_spill=1", "cache_size=1")  # changed pages reach the file before the commit
install = journal.install

def killed(connection, table):
    is_file = connection.execute("PRAGMA database_list").fetchone()[2]  # not the copy that is looked at before
    if table.name == "memberships" and is_file:
        os.kill(os.getpid(), signal.SIGKILL)
    install(connection, table)

journal.install = killed
with book.reading(Path(sys.argv[1])):
    pass
"""


def test_killed_in_between_it_is_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_old(path, 1)
    before = path.read_bytes(), schema(path)
    killed = subprocess.run([sys.executable, "-c", KILLED, path], env=environment(), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert path.with_name("old.db-journal").exists()
    assert path.read_bytes() != before[0]
    with closing(opening.connect(path, writing=False)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert (path.read_bytes()[:24], schema(path)) == (before[0][:24], before[1])
    with look(path) as db:
        assert db.rows("SELECT name FROM labels") == [("VIP",)]
    assert (version(path), damage(path)) == (migrations.VERSION, [])


def test_many_start_on_an_old_file_at_once_and_one_migrates(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    make_old(path, 1)
    commands = (["client", "list"], ["label", "add"])
    started = [
        subprocess.Popen(
            [*PROGRAM, *commands[number % 2], *([f"label {number}"] if number % 2 else [])],
            env=environment(CLIENTCTL_DB=str(path)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for number in range(8)
    ]
    ended = [(*process.communicate(timeout=PATIENCE), process.returncode) for process in started]
    assert [error for _, error, status in ended if status] == []
    assert len(list((tmp_path / "backups").iterdir())) == 1
    with open_raw(path) as connection:
        assert connection.execute("SELECT name, count(*) FROM _sqlite_migrations GROUP BY name").fetchall() == [
            (name, 1) for name in sorted(migrations.STEPS)
        ]
        assert connection.execute("SELECT count(*) FROM labels").fetchone() == (5,)
    assert damage(path) == []


# -- the schema ---------------------------------------------------------------------------------


def test_every_reference_has_an_index(book: Path) -> None:
    with look(book) as db:
        for (table,) in db.rows("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            first = {
                db.value(f"SELECT name FROM pragma_index_info('{index}') WHERE seqno = 0")
                for _, index, *_ in db.rows(f"PRAGMA index_list({table})")
            }
            for key in db.rows(f"PRAGMA foreign_key_list({table})"):
                assert key[3] in first, f"{table}.{key[3]}"
                assert (key[5], key[6]) == ("NO ACTION", "NO ACTION")


NOT_JOURNALED = {"commands", "journal", "changes", "digests", "client_search", "_sqlite_migrations", "sqlite_sequence"}


def test_every_table_is_known(book: Path) -> None:
    with look(book) as db:
        there = {
            name
            for (name,) in db.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith("client_fts")
        }
        logs = {table.log for table in TABLES.values()}
        assert there == {*TABLES, *logs, *NOT_JOURNALED}
        strict = {name for _, name, _, _, _, strict in db.rows("PRAGMA table_list") if strict}
        assert strict >= there - {"sqlite_sequence", "_sqlite_migrations"}


def test_a_table_keeps_its_number() -> None:
    """Files name their tables by it."""
    assert len(NUMBERED) == len(TABLES)
    numbers = {name: TABLES[name].number for name in ("settings", "clients", "memberships", "consents", "erasures")}
    assert numbers == {"settings": 1, "clients": 4, "memberships": 12, "consents": 29, "erasures": 36}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_text_is_called_personal_business_or_neutral(book: Path, table: Table) -> None:
    with look(book) as db:
        texts = [row[1] for row in db.rows(f"PRAGMA table_info({table.name})") if row[2] not in {"INTEGER", "REAL"}]
        names = [row[1] for row in db.rows(f"PRAGMA table_info({table.name})")]
    called = (*table.personal, *table.business, *table.neutral)
    assert sorted(column for column in called if column not in names or column in texts) == sorted(texts)
    assert table.client is None or table.client in names
    assert not table.personal or table.client


def test_rows_are_put_back_after_those_they_refer_to(book: Path) -> None:
    order = list(TABLES)
    # A plan has a label which names it; a payment leaves a credit, which another one pays out.
    round_about = {"labels", "payments"}
    with look(book) as db:
        for table in TABLES:
            parents = {row[2] for row in db.rows(f"PRAGMA foreign_key_list({table})")} & set(TABLES)
            assert all(order.index(parent) <= order.index(table) or table in round_about for parent in parents), table


def test_a_log_has_the_columns_of_its_table(book: Path) -> None:
    with look(book) as db:
        for table in TABLES.values():
            own = {row[1]: row[2] for row in db.rows(f"PRAGMA table_info({table.name})")}
            log = {row[1]: row[2] for row in db.rows(f"PRAGMA table_info({table.log})")}
            assert log == {"seq": "INTEGER", "command_id": "INTEGER", "op": "TEXT", **own}


def changed(connection: sqlite3.Connection, table: str) -> str:
    """Write an assignment that changes any row of a table."""
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    free = next(
        (column for column in ("name", "description", "reason", "cancel_reason") if column in columns), columns[-1]
    )
    other = {"_on": "'2001-01-01'", "_at": "'2001-01-01T09:00:00Z'"}
    return f"{free} = {other.get(free[-3:], 77)}"


@pytest.fixture
def filled(book: Path, once) -> Path:
    def fill_book() -> None:
        with change(book) as db:
            fill(db, [1])

    once(book, fill_book)
    return book


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_nothing_in_the_schema_needs_trust(filled: Path, table: Table) -> None:
    """Fire each trigger, CHECK and index where no function but SQLite's harmless ones may run."""
    with closing(opening.connect(filled, writing=True)) as connection:
        assert connection.execute("PRAGMA trusted_schema").fetchone() == (0,)
        connection.execute("BEGIN")
        connection.execute("PRAGMA defer_foreign_keys=ON")
        number = journal.begin(connection, "2026-03-01T09:00:00Z", "Ana", "all", None, final=False)
        names = ", ".join(["id", *journal.columns(connection, table)])
        connection.execute(f"CREATE TEMP TABLE kept AS SELECT {names} FROM {table.name}")
        for statement in (
            f"DELETE FROM {table.name}",
            f"INSERT INTO {table.name}({names}) SELECT {names} FROM kept",
            f"UPDATE {table.name} SET {changed(connection, table.name)}",
        ):
            connection.execute(statement)
            journal.flush(connection)
        ops = f"SELECT group_concat(DISTINCT op) FROM {table.log} WHERE command_id = ?"
        assert connection.execute(ops, (number,)).fetchone() == ("d,i,u",)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_write_gets_past_the_journal(filled: Path, table: Table) -> None:
    before = dump_file(filled)
    with open_raw(filled) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        names = ", ".join(journal.columns(connection, table))
        for statement in (
            f"UPDATE {table.name} SET {changed(connection, table.name)}",
            f"UPDATE OR IGNORE {table.name} SET {changed(connection, table.name)}",
            f"DELETE FROM {table.name}",
            f"INSERT OR REPLACE INTO {table.name}({names}) SELECT {names} FROM {table.name}",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="command_id"):
                connection.execute(statement)
    assert dump_file(filled) == before


def test_what_ignores_conflicts_gets_not_past_the_journal_either(filled: Path) -> None:
    before = dump_file(filled)
    with open_raw(filled) as connection, pytest.raises(sqlite3.IntegrityError, match="command_id"):
        connection.execute(
            "INSERT OR IGNORE INTO tasks(client_id, description, staff_id, created_on) VALUES (1, 'x', 1, '2026-01-01')"
        )
    assert dump_file(filled) == before
