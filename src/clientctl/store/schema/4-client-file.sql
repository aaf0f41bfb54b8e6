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
