-- What a plan asks of those on it; copied to what is sold.
ALTER TABLE plans ADD COLUMN
  collection TEXT NOT NULL DEFAULT 'manual' CHECK(collection IN ('manual', 'card', 'direct-debit'));
ALTER TABLE plans ADD COLUMN pause_rule TEXT NOT NULL DEFAULT 'extend' CHECK(pause_rule IN ('extend', 'keep'));
ALTER TABLE plans ADD COLUMN min_term_count INTEGER CHECK(min_term_count > 0);
ALTER TABLE plans ADD COLUMN min_term_unit TEXT CHECK(min_term_unit IN ('day', 'week', 'month', 'year'))
  CHECK((min_term_count IS NULL) = (min_term_unit IS NULL));
ALTER TABLE plans ADD COLUMN notice_count INTEGER CHECK(notice_count > 0);
ALTER TABLE plans ADD COLUMN notice_unit TEXT CHECK(notice_unit IN ('day', 'week', 'month', 'year'))
  CHECK((notice_count IS NULL) = (notice_unit IS NULL));
ALTER TABLE plans ADD COLUMN grace_count INTEGER CHECK(grace_count > 0);
ALTER TABLE plans ADD COLUMN grace_unit TEXT CHECK(grace_unit IN ('day', 'week', 'month', 'year'))
  CHECK((grace_count IS NULL) = (grace_unit IS NULL));
ALTER TABLE rates ADD COLUMN setup_minor INTEGER CHECK(setup_minor > 0);
ALTER TABLE rates ADD COLUMN trial_days INTEGER CHECK(trial_days > 0) CHECK(trial_days IS NULL OR every_count > 0);
-- Every month has a 28th. NULL is the day of the start.
ALTER TABLE rates ADD COLUMN bill_day INTEGER CHECK(bill_day BETWEEN 1 AND 28)
  CHECK(bill_day IS NULL OR every_unit IN ('month', 'year'));
ALTER TABLE rates ADD COLUMN sessions INTEGER CHECK(sessions > 0);
ALTER TABLE rates ADD COLUMN clock TEXT CHECK(clock IN ('purchase', 'first-use'));

-- What was bought in one go; its lines are the charges made for it.
CREATE TABLE orders(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  site_id INTEGER REFERENCES sites(id),
  ordered_on TEXT NOT NULL CHECK(ordered_on IS date(ordered_on, '+0 days'))
) STRICT;
CREATE INDEX orders_client ON orders(client_id);
CREATE INDEX orders_site ON orders(site_id) WHERE site_id IS NOT NULL;
CREATE TABLE payment_types(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  name_key TEXT NOT NULL UNIQUE
) STRICT;
-- How a client pays. A mandate is for direct debit alone.
CREATE TABLE payment_methods(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  kind TEXT NOT NULL CHECK(kind IN ('cash', 'card', 'direct-debit', 'transfer', 'other')),
  name TEXT,
  last_four TEXT,
  mandate TEXT CHECK(mandate IN ('none', 'requested', 'active', 'revoked')),
  mandate_on TEXT CHECK(mandate_on IS date(mandate_on, '+0 days')),
  mandate_reference TEXT,
  CHECK((mandate IS NOT NULL) = (kind = 'direct-debit')),
  CHECK(mandate_on IS NULL OR mandate IS NOT NULL)
) STRICT;
CREATE INDEX payment_methods_client ON payment_methods(client_id);
CREATE INDEX payment_methods_mandate ON payment_methods(id) WHERE mandate <> 'active';

ALTER TABLE memberships ADD COLUMN
  collection TEXT NOT NULL DEFAULT 'manual' CHECK(collection IN ('manual', 'card', 'direct-debit'));
ALTER TABLE memberships ADD COLUMN pause_rule TEXT NOT NULL DEFAULT 'extend' CHECK(pause_rule IN ('extend', 'keep'));
ALTER TABLE memberships ADD COLUMN min_term_count INTEGER CHECK(min_term_count > 0);
ALTER TABLE memberships ADD COLUMN min_term_unit TEXT CHECK(min_term_unit IN ('day', 'week', 'month', 'year'))
  CHECK((min_term_count IS NULL) = (min_term_unit IS NULL));
ALTER TABLE memberships ADD COLUMN notice_count INTEGER CHECK(notice_count > 0);
ALTER TABLE memberships ADD COLUMN notice_unit TEXT CHECK(notice_unit IN ('day', 'week', 'month', 'year'))
  CHECK((notice_count IS NULL) = (notice_unit IS NULL));
ALTER TABLE memberships ADD COLUMN grace_count INTEGER CHECK(grace_count > 0);
ALTER TABLE memberships ADD COLUMN grace_unit TEXT CHECK(grace_unit IN ('day', 'week', 'month', 'year'))
  CHECK((grace_count IS NULL) = (grace_unit IS NULL));
-- The last day of the trial.
ALTER TABLE memberships ADD COLUMN trial_ends_on TEXT CHECK(trial_ends_on IS date(trial_ends_on, '+0 days'))
  CHECK(trial_ends_on >= starts_on);
-- The first bill day that is ours: those before were settled elsewhere. NULL: all are ours.
ALTER TABLE memberships ADD COLUMN billed_from_on TEXT CHECK(billed_from_on IS date(billed_from_on, '+0 days'));
ALTER TABLE memberships ADD COLUMN cancel_forced INTEGER NOT NULL DEFAULT 0 CHECK(cancel_forced IN (0, 1))
  CHECK(cancelled_on IS NULL OR ends_on IS NULL OR cancelled_on <= ends_on);
ALTER TABLE memberships ADD COLUMN renewed_from INTEGER REFERENCES memberships(id);
ALTER TABLE memberships ADD COLUMN order_id INTEGER REFERENCES orders(id);
ALTER TABLE memberships ADD COLUMN payment_method_id INTEGER REFERENCES payment_methods(id);
-- The next bill day unless there is none: past the term's own end, or past a cancellation.
ALTER TABLE memberships ADD COLUMN bills_on TEXT GENERATED ALWAYS AS (
  CASE WHEN (term_ends_on IS NULL OR next_bill_on <= term_ends_on)
    AND (cancelled_on IS NULL OR next_bill_on <= cancelled_on) THEN next_bill_on END
) VIRTUAL;
DROP INDEX memberships_next_bill;
CREATE INDEX memberships_bills ON memberships(bills_on) WHERE bills_on IS NOT NULL;
CREATE INDEX memberships_no_method ON memberships(id) WHERE collection = 'direct-debit' AND payment_method_id IS NULL;
CREATE UNIQUE INDEX memberships_renewed ON memberships(renewed_from) WHERE renewed_from IS NOT NULL;
CREATE INDEX memberships_order ON memberships(order_id) WHERE order_id IS NOT NULL;
CREATE INDEX memberships_method ON memberships(payment_method_id) WHERE payment_method_id IS NOT NULL;

-- From the first day without access to the first with it again, NULL while nobody knows. Bill days from moves_on
-- on, as they were before the pause, are moved by its length or dropped, as the membership's pause rule says.
CREATE TABLE pauses(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  membership_id INTEGER NOT NULL REFERENCES memberships(id),
  starts_on TEXT NOT NULL CHECK(starts_on IS date(starts_on, '+0 days')),
  resumes_on TEXT CHECK(resumes_on IS date(resumes_on, '+0 days')),
  moves_on TEXT CHECK(moves_on IS date(moves_on, '+0 days')),
  reason TEXT,
  CHECK(resumes_on > starts_on),
  CHECK(moves_on >= starts_on),
  UNIQUE(membership_id, starts_on)
) STRICT;
CREATE INDEX pauses_client ON pauses(client_id);
CREATE UNIQUE INDEX pauses_open ON pauses(membership_id) WHERE resumes_on IS NULL;
-- Another plan or rate from the next bill day on; done, and gone, when that day is billed.
CREATE TABLE membership_changes(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  membership_id INTEGER NOT NULL UNIQUE REFERENCES memberships(id),
  rate_id INTEGER NOT NULL REFERENCES rates(id),
  price_minor INTEGER NOT NULL CHECK(price_minor >= 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  every_count INTEGER NOT NULL CHECK(every_count > 0),
  every_unit TEXT NOT NULL CHECK(every_unit IN ('day', 'week', 'month', 'year')),
  agreed_on TEXT NOT NULL CHECK(agreed_on IS date(agreed_on, '+0 days'))
) STRICT;
CREATE INDEX membership_changes_rate ON membership_changes(rate_id);

CREATE TABLE packages(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  plan_id INTEGER NOT NULL REFERENCES plans(id),
  rate_id INTEGER NOT NULL REFERENCES rates(id),
  order_id INTEGER NOT NULL REFERENCES orders(id),
  price_minor INTEGER NOT NULL CHECK(price_minor >= 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  sessions INTEGER NOT NULL CHECK(sessions > 0),
  left_sessions INTEGER NOT NULL CHECK(left_sessions >= 0),
  sold_on TEXT NOT NULL CHECK(sold_on IS date(sold_on, '+0 days')),
  -- How long from the first day on; NULL for ever. A clock that waits for the first use has no first day yet.
  valid_count INTEGER CHECK(valid_count > 0),
  valid_unit TEXT CHECK(valid_unit IN ('day', 'week', 'month', 'year')),
  starts_on TEXT CHECK(starts_on IS date(starts_on, '+0 days')),
  expires_on TEXT CHECK(expires_on IS date(expires_on, '+0 days')),
  CHECK((valid_count IS NULL) = (valid_unit IS NULL)),
  CHECK(expires_on >= starts_on)
) STRICT;
CREATE INDEX packages_client ON packages(client_id);
CREATE INDEX packages_plan ON packages(plan_id);
CREATE INDEX packages_rate ON packages(rate_id);
CREATE INDEX packages_order ON packages(order_id);
CREATE INDEX packages_expires ON packages(expires_on) WHERE left_sessions > 0;
-- What took sessions from a package or gave it some.
CREATE TABLE package_entries(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  package_id INTEGER NOT NULL REFERENCES packages(id),
  kind TEXT NOT NULL CHECK(kind IN ('adjust', 'use')),
  sessions INTEGER NOT NULL CHECK(sessions <> 0),
  entered_on TEXT NOT NULL CHECK(entered_on IS date(entered_on, '+0 days')),
  reason TEXT,
  CHECK(kind = 'adjust' OR sessions < 0)
) STRICT;
CREATE INDEX package_entries_client ON package_entries(client_id);
CREATE INDEX package_entries_package ON package_entries(package_id);

-- An amount due. Its sums are those of its allocations, kept here for what is left to be found by an index.
CREATE TABLE charges(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  membership_id INTEGER REFERENCES memberships(id),
  package_id INTEGER REFERENCES packages(id),
  order_id INTEGER REFERENCES orders(id),
  rate_id INTEGER REFERENCES rates(id),
  kind TEXT NOT NULL CHECK(kind IN ('setup', 'prorata', 'recurring', 'once', 'booking', 'fee')),
  description TEXT,
  -- The period, first and last day; the price of the whole of it and the days that count, if fewer.
  starts_on TEXT CHECK(starts_on IS date(starts_on, '+0 days')),
  ends_on TEXT CHECK(ends_on IS date(ends_on, '+0 days')),
  whole_minor INTEGER CHECK(whole_minor >= 0),
  days_used INTEGER CHECK(days_used > 0),
  days_whole INTEGER CHECK(days_whole >= days_used),
  amount_minor INTEGER NOT NULL CHECK(amount_minor > 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  due_on TEXT NOT NULL CHECK(due_on IS date(due_on, '+0 days')),
  made_on TEXT NOT NULL CHECK(made_on IS date(made_on, '+0 days')),
  paid_minor INTEGER NOT NULL DEFAULT 0 CHECK(paid_minor >= 0),
  credit_minor INTEGER NOT NULL DEFAULT 0 CHECK(credit_minor >= 0),
  waived_minor INTEGER NOT NULL DEFAULT 0 CHECK(waived_minor >= 0),
  refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK(refunded_minor >= 0),
  left_minor INTEGER GENERATED ALWAYS AS
    (amount_minor - paid_minor - credit_minor - waived_minor - refunded_minor) VIRTUAL,
  waive_reason TEXT,
  -- What became of the latest attempt to have it paid, unless it succeeded.
  attempt TEXT CHECK(attempt IN ('failed', 'disputed')),
  CHECK(paid_minor + credit_minor + waived_minor + refunded_minor <= amount_minor),
  CHECK(ends_on IS NULL OR ends_on >= starts_on),
  CHECK((days_used IS NULL) = (days_whole IS NULL))
) STRICT;
-- However often and from wherever billing runs, a period is billed once.
CREATE UNIQUE INDEX charges_period ON charges(membership_id, kind, starts_on)
  WHERE membership_id IS NOT NULL AND kind IN ('setup', 'prorata', 'recurring', 'once');
CREATE INDEX charges_client ON charges(client_id);
CREATE INDEX charges_membership ON charges(membership_id, due_on) WHERE membership_id IS NOT NULL;
CREATE INDEX charges_package ON charges(package_id) WHERE package_id IS NOT NULL;
CREATE INDEX charges_order ON charges(order_id) WHERE order_id IS NOT NULL;
CREATE INDEX charges_rate ON charges(rate_id) WHERE rate_id IS NOT NULL;
CREATE INDEX charges_due ON charges(due_on, membership_id) WHERE left_minor > 0;
CREATE INDEX charges_left ON charges(client_id, due_on) WHERE left_minor > 0;
CREATE INDEX charges_attempt ON charges(membership_id) WHERE attempt IS NOT NULL AND left_minor > 0;

-- Money received, or an attempt that failed; what corrects an entry is an entry of its own.
CREATE TABLE payments(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  kind TEXT NOT NULL CHECK(kind IN ('received', 'failed', 'disputed', 'voided', 'refunded')),
  type_id INTEGER NOT NULL REFERENCES payment_types(id),
  amount_minor INTEGER NOT NULL CHECK(amount_minor > 0),
  currency TEXT NOT NULL CHECK(length(currency) = 3),
  paid_on TEXT NOT NULL CHECK(paid_on IS date(paid_on, '+0 days')),
  reference TEXT,
  reason TEXT,
  corrects INTEGER REFERENCES payments(id),
  -- The credit that was paid out, if that is what it is.
  credit_id INTEGER REFERENCES credits(id),
  CHECK(corrects IS NULL OR kind <> 'received'),
  CHECK(corrects IS NOT NULL OR kind IN ('received', 'failed') OR credit_id IS NOT NULL),
  CHECK(credit_id IS NULL OR kind = 'refunded')
) STRICT;
CREATE INDEX payments_client ON payments(client_id);
CREATE INDEX payments_type ON payments(type_id);
CREATE INDEX payments_paid ON payments(paid_on);
CREATE INDEX payments_corrects ON payments(corrects) WHERE corrects IS NOT NULL;
CREATE INDEX payments_credit ON payments(credit_id) WHERE credit_id IS NOT NULL;
-- Money comes in once, and fails, is disputed or voided at most once.
CREATE UNIQUE INDEX payments_once ON payments(corrects) WHERE kind IN ('failed', 'disputed', 'voided');

-- Value owed to a client: minor units of a currency, or sessions.
CREATE TABLE credits(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  kind TEXT NOT NULL CHECK(kind IN ('sessions', 'amount')),
  quantity INTEGER NOT NULL CHECK(quantity > 0),
  currency TEXT CHECK(length(currency) = 3),
  used INTEGER NOT NULL DEFAULT 0 CHECK(used >= 0),
  revoked INTEGER NOT NULL DEFAULT 0 CHECK(revoked >= 0),
  left_over INTEGER GENERATED ALWAYS AS (quantity - used - revoked) VIRTUAL,
  refundable INTEGER NOT NULL DEFAULT 0 CHECK(refundable IN (0, 1)),
  reason TEXT,
  issued_on TEXT NOT NULL CHECK(issued_on IS date(issued_on, '+0 days')),
  expires_on TEXT CHECK(expires_on IS date(expires_on, '+0 days')),
  revoked_on TEXT CHECK(revoked_on IS date(revoked_on, '+0 days')),
  -- What was paid too much, if that is what it is.
  payment_id INTEGER REFERENCES payments(id),
  -- A recurring one is issued anew, each for as long, until its last day; the new ones lead to the first.
  every_count INTEGER CHECK(every_count > 0),
  every_unit TEXT CHECK(every_unit IN ('day', 'week', 'month', 'year')),
  next_issue_on TEXT CHECK(next_issue_on IS date(next_issue_on, '+0 days')),
  until_on TEXT CHECK(until_on IS date(until_on, '+0 days')),
  valid_count INTEGER CHECK(valid_count > 0),
  valid_unit TEXT CHECK(valid_unit IN ('day', 'week', 'month', 'year')),
  recurs_from INTEGER REFERENCES credits(id),
  CHECK(used + revoked <= quantity),
  CHECK((currency IS NOT NULL) = (kind = 'amount')),
  CHECK((every_count IS NULL) = (every_unit IS NULL)),
  CHECK((valid_count IS NULL) = (valid_unit IS NULL)),
  CHECK(next_issue_on IS NULL OR every_count IS NOT NULL),
  UNIQUE(recurs_from, issued_on)
) STRICT;
CREATE INDEX credits_client ON credits(client_id);
CREATE INDEX credits_payment ON credits(payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX credits_next ON credits(next_issue_on) WHERE next_issue_on IS NOT NULL;
-- Sessions used of a credit; what is used of an amount is allocated to a charge.
CREATE TABLE credit_uses(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id INTEGER NOT NULL REFERENCES clients(id),
  credit_id INTEGER NOT NULL REFERENCES credits(id),
  sessions INTEGER NOT NULL CHECK(sessions > 0),
  used_on TEXT NOT NULL CHECK(used_on IS date(used_on, '+0 days')),
  reason TEXT
) STRICT;
CREATE INDEX credit_uses_client ON credit_uses(client_id);
CREATE INDEX credit_uses_credit ON credit_uses(credit_id);
-- What of a payment or credit went to a charge; less than nothing where an entry takes it back.
CREATE TABLE allocations(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  charge_id INTEGER NOT NULL REFERENCES charges(id),
  payment_id INTEGER REFERENCES payments(id),
  credit_id INTEGER REFERENCES credits(id),
  amount_minor INTEGER NOT NULL CHECK(amount_minor <> 0),
  CHECK((payment_id IS NULL) <> (credit_id IS NULL))
) STRICT;
CREATE INDEX allocations_charge ON allocations(charge_id);
CREATE INDEX allocations_payment ON allocations(payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX allocations_credit ON allocations(credit_id) WHERE credit_id IS NOT NULL;
