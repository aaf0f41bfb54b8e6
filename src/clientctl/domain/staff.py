"""Know who works here and who acts."""

import os

from clientctl.base import text
from clientctl.domain import settings
from clientctl.store import Reader, Writer


def add(db: Writer, name: str) -> str:
    """Add someone; return the name as it is kept."""
    kept, key = text.named(name, "somebody")
    db.insert("staff", name=kept, name_key=key)
    return kept


def acting(db: Reader) -> str:
    """Say who acts: ``CLIENTCTL_USER``, else the setting ``user``, else the owner."""
    name = os.environ.get("CLIENTCTL_USER") or settings.get(db, "user")
    if name:
        return settings.colleague(db, name)
    return str(db.value("SELECT name FROM staff ORDER BY id LIMIT 1"))
