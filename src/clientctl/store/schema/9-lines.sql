-- How long a membership was sold for, as it was said. NULL: until a day, without an end, or nobody knows.
ALTER TABLE memberships ADD COLUMN sold_count INTEGER CHECK(sold_count > 0);
ALTER TABLE memberships ADD COLUMN sold_unit TEXT CHECK(sold_unit IN ('day', 'week', 'month', 'year'))
  CHECK((sold_count IS NULL) = (sold_unit IS NULL));
-- One that was cancelled before its first day counts as never made: what it renewed may be renewed again.
DROP INDEX memberships_renewed;
CREATE INDEX memberships_renewed ON memberships(renewed_from) WHERE renewed_from IS NOT NULL;
