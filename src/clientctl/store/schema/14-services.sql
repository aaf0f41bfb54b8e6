-- What can be booked. Its length is minutes, or whole days.
CREATE TABLE services(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE,
  minutes INTEGER CHECK(minutes BETWEEN 1 AND 1440),
  days INTEGER CHECK(days BETWEEN 1 AND 366),
  before_minutes INTEGER NOT NULL DEFAULT 0 CHECK(before_minutes BETWEEN 0 AND 720),
  after_minutes INTEGER NOT NULL DEFAULT 0 CHECK(after_minutes BETWEEN 0 AND 720),
  -- A fee may come without a price.
  price_minor INTEGER CHECK(price_minor > 0),
  currency TEXT CHECK(length(currency) = 3),
  place TEXT NOT NULL DEFAULT 'site' CHECK(place IN ('site', 'client', 'online')),
  link TEXT,
  archived_on TEXT CHECK(archived_on IS date(archived_on, '+0 days')),
  CHECK((minutes IS NULL) <> (days IS NULL)),
  CHECK(price_minor IS NULL OR currency IS NOT NULL)
) STRICT;
-- The label that a client gets with a service; its name follows the service's.
ALTER TABLE labels ADD COLUMN service_id INTEGER REFERENCES services(id);
CREATE UNIQUE INDEX labels_service ON labels(service_id);
