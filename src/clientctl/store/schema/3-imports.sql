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
