"""A schema that somebody meddled with is named, and nothing is written; what they keep beside ours does no harm."""

from pathlib import Path

import inprocess
import pytest
from looking import damage, open_raw

from clientctl.store.finding import Finding

pytestmark = pytest.mark.damages

LABEL = ("label", "add", "VIP")

HOSTILE = {
    "CREATE TRIGGER x BEFORE UPDATE ON clients BEGIN SELECT raise(IGNORE); END": "the trigger x is not clientctl's",
    "CREATE TRIGGER x AFTER INSERT ON notes BEGIN DELETE FROM notes_log; END": "the trigger x is not clientctl's",
    "CREATE TRIGGER x INSTEAD OF DELETE ON changed BEGIN SELECT 1; END": "the trigger x is not clientctl's",
    "CREATE TRIGGER x AFTER DELETE ON commands BEGIN SELECT 1; END": "the trigger x is not clientctl's",
    "DROP TRIGGER changed_i": "the trigger changed_i is missing",
    "DROP TRIGGER clients_log_u; CREATE TRIGGER clients_log_u AFTER UPDATE ON clients BEGIN SELECT 1; END": (
        "the trigger clients_log_u is not as clientctl made it"
    ),
    "DROP INDEX labels_name": "the index labels_name is missing",
    "DROP INDEX labels_name; CREATE INDEX labels_name ON labels(kind)": (
        "the index labels_name is not as clientctl made it"
    ),
    "DROP TABLE card_properties": "the table card_properties is missing",
    "DROP TABLE digests; CREATE TABLE digests(x)": "the table digests is not as clientctl made it",
    "DROP VIEW changed; CREATE VIEW changed AS SELECT 1": "the view changed is not as clientctl made it",
    "DROP TABLE mappings; CREATE VIEW mappings AS SELECT 1 AS id": "the table mappings is missing",
    "ALTER TABLE labels ADD COLUMN x TEXT": "the table labels is not as clientctl made it",
}


@pytest.mark.parametrize("script", HOSTILE)
def test_what_meddles_is_named_and_nothing_is_written(book: Path, script: str) -> None:
    with open_raw(book) as connection:
        connection.executescript(script)
    before = book.read_bytes()
    assert HOSTILE[script] in {found.problem for found in damage(book)}
    assert inprocess.run("db", "verify", db=book).status == 10
    done = inprocess.run(*LABEL, db=book)
    assert (done.status, "was altered" in str(done.error)) == (6, True), done
    assert book.read_bytes() == before
    assert inprocess.run("db", "backup", "x.db", db=book).status == 6


def test_a_trigger_that_was_rewritten_in_the_schema_itself_is_named(book: Path) -> None:
    with open_raw(book) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_schema SET sql = replace(sql, '''u''', '''d''') WHERE name = 'clients_log_u'")
    told = "the trigger clients_log_u is not as clientctl made it"
    assert damage(book) == [Finding("clients", None, None, told)]
    assert inprocess.run(*LABEL, db=book).status == 6


def test_a_table_whose_rules_were_rewritten_is_named(book: Path) -> None:
    with open_raw(book) as connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, 'cancelled_on, ends_on', 'ends_on, cancelled_on')"
            " WHERE name = 'memberships'"
        )
    assert [found.table for found in damage(book)] == ["sqlite_schema"]


def test_what_is_kept_beside_ours_is_told_and_does_no_harm(book: Path) -> None:
    with open_raw(book) as connection:
        connection.executescript(
            """CREATE VIEW mine AS SELECT last_name FROM clients; CREATE INDEX mine_too ON clients(company);
               CREATE TABLE others(x); CREATE TRIGGER theirs AFTER INSERT ON others BEGIN SELECT 1; END; ANALYZE"""
        )
    for _ in range(2):
        done = inprocess.run("db", "verify", db=book)
        assert (done.status, done.out) == (0, "")
        told = "Ignored, as not part of clientctl: "
        beside = {line.removeprefix(told) for line in done.err.splitlines() if line.startswith(told)}
        assert beside >= {"view mine", "index mine_too", "table others", "trigger theirs", "table sqlite_stat1"}
        assert inprocess.run(*LABEL, "--request-id", "1", db=book).status == 0
    assert damage(book) == []
