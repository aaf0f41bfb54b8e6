"""The columns that this room adds to the client list, with labels, preferences and photos.

They have a module of their own because every list of clients loads it, and nothing else of these nouns.
"""

from clientctl.base.listing import SEPARATOR
from clientctl.domain.shared import client_sql
from clientctl.domain.shared.queries import field

LAST_CONSENT = """NOT EXISTS (SELECT 1 FROM consents later WHERE later.client_id = k.client_id
    AND later.preference_id = k.preference_id AND (later.given_on, later.id) > (k.given_on, k.id))"""
"""Whether a consent ``k`` is the one that counts: the last by the day it was given, then by when it was kept."""

PROFILE_COLUMNS = dict(
    (
        field("id", "Id", "c.id", "integer"),
        field("name", "Name", client_sql.NAME, order=client_sql.NAME_ORDER),
        field("first_name", "First name", "c.first_name"),
        field("last_name", "Last name", "c.last_name"),
        field("email", "E-mail", "c.email", order="s.email_key"),
        field("phone", "Phone", "c.phone", "phone"),
        field("company", "Company", "c.company"),
        field("position", "Position", "c.position"),
        field("company_address", "Company address", "c.company_address"),
        field("birthday", "Birthday", "c.birthday_on", "day"),
        field("language", "Language", "c.language"),
        field("login_email", "Login e-mail", "c.login_email"),
        field("site", "Site", "t.name", order="t.name_key"),
        field("client_since", "Client since", "c.client_since_on", "day"),
        field("source", "Source", "c.source"),
        field("archived", "Archived", "c.archived_on", "day"),
    )
)

CLIENT_COLUMNS = PROFILE_COLUMNS | dict(
    (
        field(
            "labels",
            "Labels",
            f"""(SELECT group_concat(name, '{SEPARATOR}') FROM (
                SELECT replace(l.name, '{SEPARATOR}', ' ') AS name
                FROM client_labels cl JOIN labels l ON l.id = cl.label_id
                WHERE cl.client_id = c.id ORDER BY l.name_key))""",
            "words",
        ),
        field(
            "preferences",
            "Opted in to",
            f"""(SELECT group_concat(name, '{SEPARATOR}') FROM (
                SELECT replace(p.name, '{SEPARATOR}', ' ') AS name
                FROM consents k JOIN preferences p ON p.id = k.preference_id
                WHERE k.client_id = c.id AND k.opted_in AND {LAST_CONSENT} ORDER BY p.name_key))""",
            "words",
        ),
        field("photo", "Photo", "(c.photo IS NOT NULL)", "flag"),
    )
)

CLIENT_JOINS = {"t": "LEFT JOIN sites t ON t.id = c.site_id"}
