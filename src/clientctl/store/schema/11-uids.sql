-- What other files of ours call a client: whoever came with one is found by it again.
CREATE TABLE client_uids(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  uid TEXT NOT NULL UNIQUE
) STRICT;
CREATE INDEX client_uids_client ON client_uids(client_id);
