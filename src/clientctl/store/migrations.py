"""Bring a file to the version this program works with. Append only: a step that has left here is never edited.

Each step is SQL text. All pending steps run in one transaction, after a verified backup,
and the triggers that feed the journal are made again at the end of it.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from clientctl.errors import StorageError
from clientctl.store.opening import APPLICATION_ID, connect, storage_errors
from clientctl.store.tables import TABLES

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

# A day is written as SQLite itself would write it, so that days compare as text.
_CLIENTS = """
CREATE TABLE commands(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL CHECK(at IS strftime('%Y-%m-%dT%H:%M:%SZ', at)),
  who TEXT NOT NULL,
  name TEXT NOT NULL,
  touched TEXT NOT NULL DEFAULT '',
  request_id TEXT UNIQUE,
  final INTEGER NOT NULL DEFAULT 0 CHECK(final IN (0, 1)),
  reverts INTEGER REFERENCES commands(id)
) STRICT;
CREATE INDEX commands_reverts ON commands(reverts) WHERE reverts IS NOT NULL;
-- NULL outside a command: a log refuses a NULL, so nothing is written past the journal.
CREATE TABLE journal(command_id INTEGER) STRICT;
INSERT INTO journal VALUES (NULL);

CREATE TABLE settings(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL
) STRICT;
CREATE TABLE staff(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days'))
) STRICT;

CREATE TABLE clients(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  first_name TEXT,
  last_name TEXT,
  email TEXT,
  phone TEXT,
  company TEXT,
  position TEXT,
  birthday_on TEXT CHECK(birthday_on IS date(birthday_on, '+0 days')),
  language TEXT,
  client_since_on TEXT NOT NULL CHECK(client_since_on IS date(client_since_on, '+0 days')),
  source TEXT NOT NULL CHECK(source IN ('hand', 'import', 'purchase', 'booking', 'form', 'message')),
  moved_by INTEGER NOT NULL REFERENCES commands(id),
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days')),
  erased_on TEXT CHECK(erased_on IS date(erased_on, '+0 days')),
  CHECK(erased_on IS NOT NULL OR coalesce(first_name, last_name, email, phone) IS NOT NULL)
) STRICT;
CREATE INDEX clients_moved ON clients(moved_by);

CREATE TABLE labels(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK(kind IN ('custom', 'plan', 'service', 'contacted-me')),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  UNIQUE(kind, name_key)
) STRICT;
CREATE INDEX labels_name ON labels(name_key);
CREATE TABLE client_labels(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  label_id INTEGER NOT NULL REFERENCES labels(id),
  UNIQUE(client_id, label_id)
) STRICT;
CREATE INDEX client_labels_label ON client_labels(label_id);

-- Derived from clients at the end of every write: see search.py.
CREATE TABLE client_search(
  id INTEGER PRIMARY KEY,
  last_first TEXT NOT NULL,
  first_last TEXT NOT NULL,
  email_key TEXT,
  phone_key TEXT,
  hay TEXT NOT NULL
) STRICT;
CREATE INDEX client_search_last ON client_search(last_first);
CREATE INDEX client_search_first ON client_search(first_last);
CREATE INDEX client_search_email ON client_search(email_key) WHERE email_key IS NOT NULL;
CREATE INDEX client_search_phone ON client_search(phone_key) WHERE phone_key IS NOT NULL;
CREATE VIRTUAL TABLE client_fts USING fts5(
  hay, content='client_search', content_rowid='id', detail=none, columnsize=0, tokenize='trigram'
);
"""

_MEMBERSHIPS = """
CREATE TABLE plans(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK(kind IN ('membership', 'package')),
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days'))
) STRICT;
CREATE TABLE rates(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  plan_id INTEGER NOT NULL REFERENCES plans(id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  price_minor INTEGER NOT NULL CHECK(price_minor >= 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  every_count INTEGER CHECK(every_count > 0),
  every_unit TEXT CHECK(every_unit IN ('day', 'week', 'month', 'year')),
  term_count INTEGER CHECK(term_count > 0),
  term_unit TEXT CHECK(term_unit IN ('day', 'week', 'month', 'year')),
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days')),
  CHECK((every_count IS NULL) = (every_unit IS NULL)),
  CHECK((term_count IS NULL) = (term_unit IS NULL)),
  UNIQUE(plan_id, name_key)
) STRICT;

-- The label that a client gets with a plan; its name follows the plan's.
ALTER TABLE labels ADD COLUMN plan_id INTEGER REFERENCES plans(id);
CREATE UNIQUE INDEX labels_plan ON labels(plan_id) WHERE plan_id IS NOT NULL;

CREATE TABLE memberships(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  plan_id INTEGER NOT NULL REFERENCES plans(id),
  rate_id INTEGER NOT NULL REFERENCES rates(id),
  price_minor INTEGER NOT NULL CHECK(price_minor >= 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  every_count INTEGER CHECK(every_count > 0),
  every_unit TEXT CHECK(every_unit IN ('day', 'week', 'month', 'year')),
  starts_on TEXT NOT NULL CHECK(starts_on IS date(starts_on, '+0 days')),
  anchor_on TEXT NOT NULL CHECK(anchor_on IS date(anchor_on, '+0 days')),
  term_ends_on TEXT CHECK(term_ends_on IS date(term_ends_on, '+0 days')),
  ends_on TEXT CHECK(ends_on IS date(ends_on, '+0 days')),
  next_bill_on TEXT CHECK(next_bill_on IS date(next_bill_on, '+0 days')),
  cancelled_on TEXT CHECK(cancelled_on IS date(cancelled_on, '+0 days')),
  cancel_reason TEXT,
  member_since_on TEXT NOT NULL CHECK(member_since_on IS date(member_since_on, '+0 days')),
  created_on TEXT NOT NULL CHECK(created_on IS date(created_on, '+0 days')),
  -- The last day of access as far as it is known.
  last_on TEXT GENERATED ALWAYS AS (coalesce(cancelled_on, ends_on)) VIRTUAL,
  CHECK((every_count IS NULL) = (every_unit IS NULL)),
  CHECK(ends_on IS NULL OR ends_on >= starts_on),
  CHECK((term_ends_on IS NULL) = (ends_on IS NULL)),
  CHECK(term_ends_on <= ends_on)
) STRICT;
CREATE INDEX memberships_client ON memberships(client_id);
CREATE INDEX memberships_plan ON memberships(plan_id);
CREATE INDEX memberships_rate ON memberships(rate_id);
CREATE INDEX memberships_last ON memberships(last_on) WHERE last_on IS NOT NULL;
CREATE INDEX memberships_next_bill ON memberships(next_bill_on) WHERE next_bill_on IS NOT NULL;
CREATE INDEX memberships_created ON memberships(created_on);
"""

_IMPORTS = """
CREATE TABLE imports(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  made_by INTEGER NOT NULL REFERENCES commands(id),
  file_name TEXT NOT NULL,
  format TEXT NOT NULL,
  digest TEXT NOT NULL,
  rows INTEGER NOT NULL,
  clients_added INTEGER NOT NULL,
  clients_updated INTEGER NOT NULL,
  memberships_added INTEGER NOT NULL,
  memberships_updated INTEGER NOT NULL,
  unchanged INTEGER NOT NULL,
  rejected INTEGER NOT NULL
) STRICT;
CREATE INDEX imports_digest ON imports(digest);
CREATE INDEX imports_made_by ON imports(made_by);
"""

_CLIENT_FILE = """
CREATE TABLE sites(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days'))
) STRICT;
ALTER TABLE clients ADD COLUMN site_id INTEGER REFERENCES sites(id);
ALTER TABLE clients ADD COLUMN company_address TEXT;
ALTER TABLE clients ADD COLUMN login_email TEXT;
-- The digest of the picture, which is a file beside this one.
ALTER TABLE clients ADD COLUMN photo TEXT;
ALTER TABLE clients ADD COLUMN merged_into INTEGER REFERENCES clients(id);
CREATE INDEX clients_site ON clients(site_id, moved_by) WHERE site_id IS NOT NULL;
CREATE INDEX clients_merged ON clients(merged_into) WHERE merged_into IS NOT NULL;

-- The owner's own fields; and what the owner set of built-in ones, a row each, by their key.
CREATE TABLE fields(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL CHECK(type IN ('text', 'long-text', 'number', 'money', 'date', 'yes-no', 'choice', 'choices',
    'url', 'email', 'phone')),
  built_in INTEGER NOT NULL DEFAULT 0 CHECK(built_in IN (0, 1)),
  required INTEGER NOT NULL DEFAULT 0 CHECK(required IN (0, 1)),
  on_intake INTEGER NOT NULL DEFAULT 0 CHECK(on_intake IN (0, 1)),
  on_booking INTEGER NOT NULL DEFAULT 0 CHECK(on_booking IN (0, 1)),
  on_contact INTEGER NOT NULL DEFAULT 0 CHECK(on_contact IN (0, 1)),
  place INTEGER NOT NULL,
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days'))
) STRICT;
CREATE TABLE field_choices(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  field_id INTEGER NOT NULL REFERENCES fields(id),
  name TEXT NOT NULL,
  name_key TEXT NOT NULL,
  UNIQUE(field_id, name_key)
) STRICT;
-- One row a value: a field of several choices has several.
CREATE TABLE field_values(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  field_id INTEGER NOT NULL REFERENCES fields(id),
  value TEXT NOT NULL,
  value_key TEXT NOT NULL,
  UNIQUE(client_id, field_id, value_key)
) STRICT;
CREATE INDEX field_values_key ON field_values(field_id, value_key);

CREATE TABLE notes(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  kind TEXT NOT NULL CHECK(kind IN ('general', 'meeting', 'call')),
  text TEXT NOT NULL,
  staff_id INTEGER NOT NULL REFERENCES staff(id),
  written_at TEXT NOT NULL CHECK(written_at IS strftime('%Y-%m-%dT%H:%M:%SZ', written_at)),
  label_id INTEGER REFERENCES labels(id)
) STRICT;
CREATE INDEX notes_client ON notes(client_id);
CREATE INDEX notes_staff ON notes(staff_id);
CREATE INDEX notes_label ON notes(label_id) WHERE label_id IS NOT NULL;
CREATE TABLE tasks(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  description TEXT NOT NULL,
  staff_id INTEGER NOT NULL REFERENCES staff(id),
  due_on TEXT CHECK(due_on IS date(due_on, '+0 days')),
  done_on TEXT CHECK(done_on IS date(done_on, '+0 days')),
  created_on TEXT NOT NULL CHECK(created_on IS date(created_on, '+0 days'))
) STRICT;
CREATE INDEX tasks_client ON tasks(client_id);
CREATE INDEX tasks_staff ON tasks(staff_id);
CREATE INDEX tasks_due ON tasks(due_on) WHERE done_on IS NULL;
CREATE TABLE addresses(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  name TEXT NOT NULL,
  street TEXT,
  postal_code TEXT,
  city TEXT,
  region TEXT,
  country TEXT
) STRICT;
CREATE INDEX addresses_client ON addresses(client_id);

CREATE TABLE preferences(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE
) STRICT;
-- Every time a client opted in or out; the last one counts.
CREATE TABLE consents(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  preference_id INTEGER NOT NULL REFERENCES preferences(id),
  opted_in INTEGER NOT NULL CHECK(opted_in IN (0, 1)),
  given_on TEXT NOT NULL CHECK(given_on IS date(given_on, '+0 days')),
  source TEXT NOT NULL CHECK(source IN ('hand', 'import', 'booking', 'form', 'message', 'merge')),
  how TEXT
) STRICT;
CREATE INDEX consents_client ON consents(client_id, preference_id);
CREATE INDEX consents_preference ON consents(preference_id, client_id);

CREATE TABLE documents(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK(bytes >= 0),
  shared_by TEXT NOT NULL CHECK(shared_by IN ('us', 'client')),
  attached_at TEXT NOT NULL CHECK(attached_at IS strftime('%Y-%m-%dT%H:%M:%SZ', attached_at))
) STRICT;
CREATE INDEX documents_client ON documents(client_id);
CREATE INDEX documents_digest ON documents(digest);

CREATE TABLE segments(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  filter TEXT NOT NULL
) STRICT;
-- Pairs that look alike and are two people, the smaller id first.
CREATE TABLE not_duplicates(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  other_id INTEGER NOT NULL REFERENCES clients(id),
  UNIQUE(client_id, other_id),
  CHECK(client_id < other_id)
) STRICT;
CREATE INDEX not_duplicates_other ON not_duplicates(other_id);

-- Who was erased, to be erased again should a backup bring them back. Ids are used anew in no file, but two
-- copies of a file may go on by themselves: a client is known by the command that added it, too. The client
-- may be one that a restored file never had, so nothing is referred to.
CREATE TABLE erasures(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL,
  added_by INTEGER NOT NULL,
  added_at TEXT NOT NULL CHECK(added_at IS strftime('%Y-%m-%dT%H:%M:%SZ', added_at)),
  UNIQUE(client_id, added_by, added_at)
) STRICT;
"""

# What a vCard said that is no field of ours, a line each as it was written, to be written again; and what the
# columns of a sheet that comes again and again are.
_CARDS = """
CREATE TABLE card_properties(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  text TEXT NOT NULL,
  UNIQUE(client_id, text)
) STRICT;
CREATE TABLE mappings(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  columns TEXT NOT NULL
) STRICT;
"""

STEPS = {
    "clients": _CLIENTS,
    "memberships": _MEMBERSHIPS,
    "imports": _IMPORTS,
    "client file": _CLIENT_FILE,
    "vcards": _CARDS,
}
VERSION = len(STEPS)
"""The version this program makes and works with, kept in SQLite's ``user_version``."""


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Read the version of a file of ours.

    Raise StorageError when a newer program made it.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > VERSION:
        raise StorageError(
            f"{path} was made by a newer clientctl (version {version} of the file; this is {VERSION}): update clientctl"
        )
    return version


def lay_out(connection: sqlite3.Connection, version: int = VERSION) -> None:
    """Run the pending steps up to a version, inside the transaction that is open."""
    from sqlite_utils import Database

    from clientctl.store import journal

    database = Database(connection, execute_plugins=False)
    stop = list(STEPS)[version] if version < VERSION else None
    _migrations().apply(database, stop_before=stop)
    for table in TABLES.values():
        if database[table.name].exists():
            journal.install(connection, table)
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={version}")


def migrate(path: Path, back_up: Callable[[Path, int], None], version: int = VERSION) -> None:
    """Bring an older file to a version: one transaction, a verified backup before it.

    Several programs may start on the old file at once: the first migrates, the others
    find it done. ``back_up`` is given the file and its version.
    """
    with storage_errors(path):
        connection = connect(path, writing=True)
        try:
            connection.execute("PRAGMA foreign_keys=OFF")  # not possible inside a transaction
            connection.execute("BEGIN IMMEDIATE")
            before = version_of(connection, path)
            if before < version:
                connection.execute(f"PRAGMA user_version={before}")  # fails here where nothing can be written
                back_up(path, before)  # reads the file beside this transaction, which has changed nothing yet
                _run_steps(connection, path, version)
            connection.execute("COMMIT")
        finally:
            connection.close()  # rolls back what was not committed


def upgrade(copy: sqlite3.Connection, path: Path) -> None:
    """Bring a private copy of an older file to this version."""
    copy.execute("PRAGMA foreign_keys=OFF")
    copy.execute("BEGIN")
    _run_steps(copy, path, VERSION)
    copy.execute("COMMIT")
    copy.execute("PRAGMA foreign_keys=ON")


def _run_steps(connection: sqlite3.Connection, path: Path, version: int) -> None:
    lay_out(connection, version)
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    if broken:
        raise StorageError(f"{path} can't be brought up to date: {broken[0]} refers to a missing {broken[2]}")


def _migrations() -> "Migrations":
    from sqlite_utils import Migrations

    migrations = Migrations("clientctl")
    for name, script in STEPS.items():
        migrations(name=name)(_step(script))
    return migrations


def _step(script: str) -> Callable[["Database"], None]:
    def apply(database: "Database") -> None:
        database.executescript(script)

    return apply
