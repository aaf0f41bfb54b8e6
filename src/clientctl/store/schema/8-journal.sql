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
