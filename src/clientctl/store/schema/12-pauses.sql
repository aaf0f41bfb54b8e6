-- When a pause was agreed, perhaps long before its first day, bill days up to this one were due. NULL: nobody knows.
ALTER TABLE pauses ADD COLUMN due_through_on TEXT CHECK(due_through_on IS date(due_through_on, '+0 days'));
