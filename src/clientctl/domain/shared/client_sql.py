"""Say in SQL what every room asks of clients: what they are called, which ones lists hold."""

NAME = """coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''),
    c.email, c.phone, 'Anonymous #' || c.id)"""
"""What a client ``c`` is called, in SQL."""

NAME_ORDER = "iif(s.last_first = '', char(1114111) || coalesce(s.email_key, s.phone_key, ''), s.last_first)"
"""What clients are sorted by when it is by name, in SQL: those who have none come after all names, by e-mail."""

LISTED = "c.archived_on IS NULL AND c.erased_on IS NULL AND c.merged_into IS NULL"
"""Which clients ``c`` lists, exports and segments hold unless asked for more, in SQL."""

ARCHIVED = "c.archived_on IS NOT NULL AND c.erased_on IS NULL AND c.merged_into IS NULL"
"""Which clients ``c`` are archived, in SQL."""
