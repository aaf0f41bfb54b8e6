-- A day is written as SQLite itself would write it, so that days compare as text.
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
