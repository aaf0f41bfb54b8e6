-- Where a practice moved in whole, who kept a consent, and when. NULL: the command that the journal has it from.
ALTER TABLE consents ADD COLUMN made_by INTEGER REFERENCES commands(id);
CREATE INDEX consents_made_by ON consents(made_by) WHERE made_by IS NOT NULL;
-- Where a practice moved in whole, the digits of the file it was in, which the names of its clients begin with.
ALTER TABLE journal ADD COLUMN line TEXT;
