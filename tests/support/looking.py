"""Inspect a database from outside of the program, and change it in ways that no command does."""

import functools
import hashlib
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from clientctl.domain.session import opened
from clientctl.store import Reader, Writer, journal, migrations, opening, search, transactions
from clientctl.store import verify as store_verify
from clientctl.store.catalog import TABLES
from clientctl.store.finding import Finding

Run = Callable[..., subprocess.CompletedProcess[str]]
"""The type of the fixture ``run``."""

Row = dict[str, object]
Dump = dict[str, list[Row]]


def change(path: Path, name: str = "test change", **more: object) -> AbstractContextManager[Writer]:
    """Open a database for one command, as the program does."""
    return opened.writing(path, name, **more)  # type: ignore[arg-type] # what `writing` takes


def look(path: Path) -> AbstractContextManager[Reader]:
    """Open a database for reading, as the program does."""
    return opened.reading(path)


def as_of(path: Path, command: int) -> AbstractContextManager[Reader]:
    """Open a database as it was after a command."""
    return transactions.as_of(path, lambda _db: command)


def dump(db: Reader) -> Dump:
    """Return every row of every journaled table, by the table's name."""
    return {table: rows(db.connection, f"SELECT * FROM {table} ORDER BY id") for table in TABLES}


def find_names(db: Reader, wanted: str) -> list[str]:
    """Return the names of the clients that a search finds, the best matches first."""
    looked = search.search(wanted)
    sql = "SELECT c.first_name, c.last_name FROM client_search s JOIN clients c ON c.id = s.id WHERE {} ORDER BY {}"
    people = [row for stage in looked.stages for row in db.rows(sql.format(*stage), looked.values)]
    return [" ".join(filter(None, person)) for person in people]


def rows(connection: sqlite3.Connection, sql: str) -> list[Row]:
    """Fetch the rows of a query as dictionaries."""
    cursor = connection.execute(sql)
    return [dict(zip((column[0] for column in cursor.description), row, strict=True)) for row in cursor]


def dump_file(path: Path) -> Dump:
    with look(path) as db:
        return dump(db)


def last_command(path: Path) -> int:
    with look(path) as db:
        return int(db.value("SELECT max(id) FROM commands"))


def make_old(path: Path, version: int) -> None:
    """Create a database with rows as a program of an older version of the schema left it."""
    path.write_bytes(_old(version))
    path.chmod(0o600)


@functools.cache
def _old(version: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "old.db")
        _lay_out_old(path, version)
        return path.read_bytes()


def _lay_out_old(path: Path, version: int) -> None:
    with opening.create(path) as connection:
        connection.execute("BEGIN")
        migrations.apply_schema(connection, version)
        if version < 8:
            _keep_images_at_once(connection)
        number = journal.begin(connection, "2025-01-31T09:00:00Z", "Ana", "old change", "r1", final=False)
        for sql in [*OLD_ROWS.values()][:version]:
            for statement in filter(str.strip, sql.split(";")):
                connection.execute(statement, {"command": number} if ":command" in statement else ())
        if version < 8:
            connection.execute("UPDATE journal SET command_id = NULL")
        else:
            journal.end(connection, number)
        for row_id, *person in connection.execute("SELECT id, first_name, last_name, email, phone FROM clients"):
            keys = row_id, *search.keys(*person)
            connection.execute("INSERT INTO client_search VALUES (?, ?, ?, ?, ?, ?)", keys)
        connection.execute("INSERT INTO client_fts(rowid, hay) SELECT id, hay FROM client_search")
        connection.execute("COMMIT")


def _keep_images_at_once(connection: sqlite3.Connection) -> None:
    """Create the logs as before version 8, with triggers that recorded an image of every step of a command."""
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table in TABLES.values():
        if table.name not in there:
            continue
        kinds = {
            name: kind if default is None else f"{kind} DEFAULT {default}"
            for _, name, kind, _, default, _ in connection.execute(f"PRAGMA table_info({table.name})")
            if name != "id"
        }
        log, names = table.log, ", ".join(kinds)
        connection.execute(
            f"CREATE TABLE {log}(seq INTEGER PRIMARY KEY, command_id INTEGER NOT NULL, op TEXT NOT NULL,"
            f" id INTEGER NOT NULL, {', '.join(f'{name} {kind}' for name, kind in kinds.items())}) STRICT"
        )
        connection.execute(f"CREATE INDEX {log}_row ON {log}(id, seq)")
        connection.execute(f"CREATE INDEX {log}_command ON {log}(command_id, id)")
        if table.client not in {None, "id"}:
            connection.execute(f"CREATE INDEX {log}_client ON {log}({table.client})")
        for op, event in (("i", "INSERT"), ("u", "UPDATE"), ("d", "DELETE")):
            row = "OLD.id" if op == "d" else ", ".join(f"NEW.{name}" for name in ("id", *kinds))
            differs = " OR ".join(f"OLD.{name} IS NOT NEW.{name}" for name in kinds)
            connection.execute(
                f"CREATE TRIGGER {log}_{op} AFTER {event} ON {table.name}{f' WHEN {differs}' * (op == 'u')} BEGIN"
                f" INSERT INTO {log}(command_id, op, id{'' if op == 'd' else f', {names}'})"
                f" VALUES ((SELECT command_id FROM journal), '{op}', {row}); END"
            )


OLD_ROWS = {
    "clients": """INSERT INTO staff(name, name_key) VALUES ('Ana', 'ana');
       INSERT INTO settings(key, value) VALUES ('currency', 'CHF');
       INSERT INTO clients(first_name, last_name, email, client_since_on, source, moved_by)
       VALUES ('Zoé', 'Müller', 'zoe@example.com', '2024-02-29', 'hand', :command);
       UPDATE clients SET phone = '+33612345678';
       INSERT INTO labels(kind, name, name_key) VALUES ('custom', 'Gone', 'gone'), ('custom', 'VIP', 'vip');
       DELETE FROM labels WHERE name_key = 'gone';
       INSERT INTO client_labels(client_id, label_id) SELECT 1, id FROM labels""",
    "memberships": """INSERT INTO plans(name, name_key, kind) VALUES ('Yoga', 'yoga', 'membership');
       INSERT INTO rates(plan_id, name, name_key, price_minor, currency) VALUES (1, 'Once', 'once', 4990, 'EUR');
       INSERT INTO memberships(client_id, plan_id, rate_id, price_minor, currency, starts_on, anchor_on,
           member_since_on, created_on)
       VALUES (1, 1, 1, 4990, 'EUR', '2025-01-31', '2025-01-31', '2025-01-31', '2025-01-31')""",
    "imports": """INSERT INTO imports(made_by, file_name, format, digest, rows, clients_added, clients_updated,
           memberships_added, memberships_updated, unchanged, rejected)
       VALUES (:command, 'members.csv', 'members', 'abc', 1, 1, 0, 0, 0, 0, 0)""",
    "client file": """INSERT INTO sites(name, name_key) VALUES ('Paris', 'paris');
       UPDATE clients SET site_id = 1;
       INSERT INTO clients(first_name, client_since_on, source, moved_by)
       VALUES ('Ana', '2024-02-29', 'hand', :command), ('Anna', '2024-02-29', 'hand', :command);
       INSERT INTO fields(key, name, name_key, type, place) VALUES ('dog', 'Dog', 'dog', 'choice', 100);
       INSERT INTO field_choices(field_id, name, name_key) VALUES (1, 'Small', 'small');
       INSERT INTO field_values(client_id, field_id, value, value_key) VALUES (1, 1, 'Small', 'small');
       INSERT INTO notes(client_id, kind, text, staff_id, written_at)
       VALUES (1, 'call', 'Tired knee', 1, '2025-01-31T09:00:00Z');
       INSERT INTO tasks(client_id, description, staff_id, created_on) VALUES (1, 'Call', 1, '2025-01-31');
       INSERT INTO addresses(client_id, name, city) VALUES (1, 'Home', 'Paris');
       INSERT INTO preferences(name, name_key) VALUES ('News', 'news');
       INSERT INTO consents(client_id, preference_id, opted_in, given_on, source)
       VALUES (1, 1, 1, '2025-01-31', 'hand');
       INSERT INTO documents(client_id, name, digest, bytes, shared_by, attached_at)
       VALUES (1, 'plan.pdf', 'abc', 0, 'us', '2025-01-31T09:00:00Z');
       INSERT INTO segments(name, name_key, filter) VALUES ('Members', 'members', '{"member": true}');
       INSERT INTO not_duplicates(client_id, other_id) VALUES (2, 3);
       INSERT INTO erasures(client_id, added_by, added_at) VALUES (9, 1, '2025-01-31T09:00:00Z')""",
    "money": """UPDATE plans SET notice_count = 1, notice_unit = 'month';
       UPDATE rates SET setup_minor = 500;
       INSERT INTO orders(client_id, site_id, ordered_on) VALUES (1, 1, '2025-01-31');
       INSERT INTO payment_types(name, name_key) VALUES ('Cash', 'cash');
       INSERT INTO payment_methods(client_id, kind, mandate) VALUES (1, 'direct-debit', 'requested');
       UPDATE memberships SET order_id = 1, payment_method_id = 1;
       INSERT INTO pauses(client_id, membership_id, starts_on) VALUES (1, 1, '2025-02-10');
       INSERT INTO membership_changes(membership_id, rate_id, price_minor, currency, every_count, every_unit, agreed_on)
       VALUES (1, 1, 5990, 'EUR', 1, 'month', '2025-02-01');
       INSERT INTO packages(client_id, plan_id, rate_id, order_id, price_minor, currency, sessions, left_sessions,
           sold_on)
       VALUES (1, 1, 1, 1, 10000, 'EUR', 10, 9, '2025-01-31');
       INSERT INTO package_entries(client_id, package_id, kind, sessions, entered_on)
       VALUES (1, 1, 'use', -1, '2025-02-01');
       INSERT INTO charges(client_id, membership_id, order_id, kind, amount_minor, currency, due_on, made_on,
           paid_minor)
       VALUES (1, 1, 1, 'once', 4990, 'EUR', '2025-01-31', '2025-01-31', 4990);
       INSERT INTO payments(client_id, kind, type_id, amount_minor, currency, paid_on, reference)
       VALUES (1, 'received', 1, 5000, 'EUR', '2025-01-31', 'Müller 7');
       INSERT INTO credits(client_id, kind, quantity, currency, issued_on, payment_id)
       VALUES (1, 'amount', 10, 'EUR', '2025-01-31', 1);
       INSERT INTO credits(client_id, kind, quantity, used, issued_on) VALUES (1, 'sessions', 2, 1, '2025-01-31');
       INSERT INTO credit_uses(client_id, credit_id, sessions, used_on) VALUES (1, 2, 1, '2025-02-01');
       INSERT INTO allocations(charge_id, payment_id, amount_minor) VALUES (1, 1, 4990)""",
    "vcards": """INSERT INTO card_properties(client_id, text) VALUES (1, 'X-SKYPE:zoe');
       INSERT INTO mappings(name, name_key, columns) VALUES ('Wix', 'wix', '{"Chien": "field:dog"}')""",
    "moving": "UPDATE consents SET made_by = :command",
    "journal": "",
    "lines": "UPDATE memberships SET sold_count = 1, sold_unit = 'month'",
    "cancellations": "UPDATE memberships SET cancelled_on = '2025-03-31', cancel_made_on = '2025-03-01'",
    "uids": "INSERT INTO client_uids(client_id, uid) VALUES (1, '0123456789abcdef-1')",
    "pauses": "UPDATE pauses SET due_through_on = '2025-02-09'",
    "crowds": "",
    "services": """INSERT INTO services(name, name_key, minutes, after_minutes, price_minor, currency)
           VALUES ('Massage', 'massage', 60, 15, 6000, 'EUR');
       INSERT INTO labels(kind, name, name_key, service_id) VALUES ('service', 'Massage', 'massage', 1)""",
}
"""The rows that each step of the schema was the first to support, in SQL."""


@contextmanager
def open_raw(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a database as another program would: each statement is a transaction of its own."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def files(path: Path) -> dict[str, str]:
    """Return the digest of each file in a folder, or of one file and all beside it, by name."""
    folder = path if path.is_dir() else path.parent
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def list_contained(path: Path, *values: str) -> list[str]:
    """List the values whose bytes are in a database or in a file that belongs to it."""
    beside = [each for each in path.parent.glob(f"{path.name}*") if each.is_file()]
    content = b"".join(file.read_bytes() for file in [*beside, *path.parent.glob(f"{path.name}.files/*")])
    return [value for value in values if value.encode() in content]


def damage(path: Path) -> list[Finding]:
    """List the findings of ``db verify`` in a database."""
    with opening.open_unchecked(path) as connection:
        return store_verify.verify(connection)


_WHOLE: set[int] = set()
"""The hashes of databases without damage."""


def verify(path: Path) -> None:
    """Check that a database has no damage; the same bytes are checked only once."""
    content = path.read_bytes()
    if path.with_name(f"{path.name}-journal").exists():
        assert damage(path) == []
    elif hash(content) not in _WHOLE:
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.deserialize(content)
            assert store_verify.verify(connection) == []
        _WHOLE.add(hash(content))
