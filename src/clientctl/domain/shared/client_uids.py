"""The uids of clients in exported files, in SQL, and the digits with which they begin; see ``base.uids``."""

from clientctl.base import uids
from clientctl.store import Reader

PARAMETER = "uids_start"
"""The parameter of the expression that ``sql`` returns."""


def line(db: Reader) -> str:
    """Return the sixteen random digits that identify a file, its copies and what was transferred from it."""
    at, who, drawn = db.row("SELECT at, who, request_id FROM commands ORDER BY id LIMIT 1") or ("", "", None)
    drawn = db.value("SELECT line FROM journal") or drawn  # of a practice that was transferred, those of its first file
    if drawn and uids.is_of_file(drawn):
        return str(drawn)
    import hashlib  # slow, and needed for the oldest files only

    return hashlib.sha256(f"{at} {who}".encode()).hexdigest()[:16]


def sql(client: str) -> str:
    """Return the SQL of the uid of a client, by the SQL of the id; ``PARAMETER`` has to be the prefix of the file."""
    number = f"printf('%015x', {client})"
    return f"(:{PARAMETER} || substr({number}, 1, 3) || '-' || substr({number}, 4))"
