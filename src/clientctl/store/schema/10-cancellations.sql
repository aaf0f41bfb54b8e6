-- The day on which a cancellation was made, as it was said first. NULL: not cancelled, or nobody knows.
ALTER TABLE memberships ADD COLUMN cancel_made_on TEXT CHECK(cancel_made_on IS date(cancel_made_on, '+0 days'));
