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
