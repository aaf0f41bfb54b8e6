"""SQL about clients that every room uses: their names, and which of them lists show."""

NAME = """coalesce(nullif(trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')), ''),
    c.email, c.phone, 'Anonymous #' || c.id)"""
"""The name of a client ``c``, in SQL."""

NAME_ORDER = "iif(s.last_first = '', char(1114111) || coalesce(s.email_key, s.phone_key, ''), s.last_first)"
"""The order by name, in SQL: clients without a name come last, by e-mail or phone."""

LISTED = "c.archived_on IS NULL AND c.erased_on IS NULL AND c.merged_into IS NULL"
"""The condition for the clients ``c`` that lists, exports and segments include by default."""

ARCHIVED = "c.archived_on IS NOT NULL AND c.erased_on IS NULL AND c.merged_into IS NULL"
"""The condition for archived clients ``c``."""
