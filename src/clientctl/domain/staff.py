"""Know who works here and who acts."""

import os

from clientctl.base import text
from clientctl.domain import settings
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer


def add(db: Writer, name: str) -> str:
    """Add someone; return the name as it is kept."""
    kept, key = text.named(name, "somebody")
    db.insert("staff", name=kept, name_key=key)
    return kept


def find(db: Reader, name: str) -> str:
    """Find someone by name, whatever the case and accents. Raise NotFoundError naming who works here."""
    found: str | None = db.value("SELECT name FROM staff WHERE name_key = ?", (text.fold(name),))
    if found is None:
        names = ", ".join(row[0] for row in db.rows("SELECT name FROM staff WHERE archived_on IS NULL ORDER BY id"))
        raise NotFoundError(f"nobody called {name!r} works here: there is {names}")
    return found


def acting(db: Reader) -> str:
    """Say who acts: ``CLIENTCTL_USER``, else the setting ``user``, else the owner."""
    name = os.environ.get("CLIENTCTL_USER") or settings.get(db, "user")
    if name:
        return find(db, name)
    return str(db.value("SELECT name FROM staff ORDER BY id LIMIT 1"))
