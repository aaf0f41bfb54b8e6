-- Which rows each command left other than it found them; while it is under way, every row that it touched. ``of`` is
-- the table's number, ``op`` what was done to the row first: i(nserted), u(pdated) or d(eleted).
CREATE TABLE changes(
  command_id INTEGER NOT NULL,
  of INTEGER NOT NULL,
  id INTEGER NOT NULL,
  op TEXT NOT NULL,
  PRIMARY KEY(command_id, of, id)
) STRICT, WITHOUT ROWID;
-- The triggers of all tables write here: in one place it is said whose a change is, and a change of nobody's refused.
-- RAISE, as a NOT NULL would only pass over the mark where the change itself is an INSERT OR IGNORE.
CREATE VIEW changed AS SELECT of, id, op FROM changes;
CREATE TRIGGER changed_i INSTEAD OF INSERT ON changed BEGIN
  INSERT INTO changes VALUES (
    coalesce((SELECT command_id FROM journal), RAISE(ABORT, 'command_id is missing: only clientctl writes here')),
    NEW.of, NEW.id, NEW.op
  ) ON CONFLICT DO NOTHING;
END;
-- What the images of a table were digested to when they were written, in blocks that they fill one after another.
CREATE TABLE digests(
  of INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  width INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY(of, first)
) STRICT, WITHOUT ROWID;
ALTER TABLE commands ADD COLUMN digest BLOB;
-- Over the numbers used last and what else this row keeps: how the schema was laid out, all and our tables' texts.
ALTER TABLE journal ADD COLUMN digest BLOB;
ALTER TABLE journal ADD COLUMN layout BLOB;
ALTER TABLE journal ADD COLUMN tables BLOB;
