"""The columns of memberships in the client list.

They have a module of their own because every list of clients loads it.
"""

from clientctl.domain.memberships.status import LIVE, STATUS
from clientctl.domain.shared.queries import field

BEST = f"""(SELECT m.id FROM memberships m WHERE m.client_id = c.id
    ORDER BY {LIVE} DESC, m.starts_on DESC, m.id DESC LIMIT 1)"""
"""The membership shown in the client list: the live one that started last, else the latest."""

CLIENT_JOINS = {
    "m": f"LEFT JOIN memberships m ON m.id = {BEST}",
    "p": "LEFT JOIN plans p ON p.id = m.plan_id",
    "r": "LEFT JOIN rates r ON r.id = m.rate_id",
}

CLIENT_COLUMNS = dict(
    (
        field(
            "status",
            "Status",
            """CASE WHEN EXISTS (SELECT 1 FROM memberships b WHERE b.client_id = c.id)
                OR EXISTS (SELECT 1 FROM orders o WHERE o.client_id = c.id) THEN 'client' ELSE 'lead' END""",
            "status",
        ),
        field(
            "memberships",
            "Memberships",
            "(SELECT count(*) FROM memberships b WHERE b.client_id = c.id)",
            "integer",
        ),
        field(
            "active_memberships",
            "Active memberships",
            f"(SELECT count(*) FROM memberships m WHERE m.client_id = c.id AND {LIVE})",
            "integer",
        ),
        field("membership_type", "Membership type", "p.name", order="p.name_key"),
        field("membership_rate", "Membership rate", "r.name", order="r.name_key"),
        field(
            "membership_status",
            "Membership status",
            f"CASE WHEN m.id IS NOT NULL THEN {STATUS} END",
            "status",
        ),
        field("member_since", "Member since", "m.member_since_on", "day"),
    )
)
