"""Give the digits by which a file names its clients to others, and those names in SQL; see ``base.uids``."""

from clientctl.base import uids
from clientctl.store import Reader

PARAMETER = "uids_start"
"""The parameter of ``sql``."""


def line(db: Reader) -> str:
    """Return what tells a file, its copies and what was moved from it: the sixteen digits drawn when it was made."""
    at, who, drawn = db.row("SELECT at, who, request_id FROM commands ORDER BY id LIMIT 1") or ("", "", None)
    drawn = db.value("SELECT line FROM journal") or drawn  # of a practice that moved in whole, its first file's
    if drawn and uids.is_of_file(drawn):
        return str(drawn)
    import hashlib  # slow, and needed for the oldest files only

    return hashlib.sha256(f"{at} {who}".encode()).hexdigest()[:16]


def sql(client: str) -> str:
    """Name a client by the SQL of the id; ``PARAMETER`` is to be what all names of the file begin with."""
    number = f"printf('%015x', {client})"
    return f"(:{PARAMETER} || substr({number}, 1, 3) || '-' || substr({number}, 4))"
