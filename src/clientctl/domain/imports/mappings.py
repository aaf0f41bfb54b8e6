"""Saved mappings: what the columns of a sheet mean, stored under a name for sheets that are imported repeatedly."""

import re
from collections.abc import Mapping, Sequence

from clientctl.base import text
from clientctl.base.listing import SEPARATOR, Card
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients import fields, preferences
from clientctl.domain.clients.field_types import Field
from clientctl.domain.clients.preferences import Preference
from clientctl.domain.shared import by_name, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer

SOURCE = Source(
    plural="mappings",
    fields=dict(
        (
            field("name", "Name", "g.name", order="g.name_key"),
            field(
                "columns",
                "Columns",
                f"(SELECT group_concat(m.key || '=' || m.value, '{SEPARATOR}') FROM json_each(g.columns) m)",
                "words",
            ),
        )
    ),
    origin="mappings g",
    shown=("name", "columns"),
    number="name",
    order=("g.name_key", "g.id"),
)


def find(db: Reader, name: str, *, exactly: bool = False) -> dict[str, str]:
    """Return the saved meanings of columns, by column name. Raise NotFoundError."""
    import json  # slow, and needed here only

    row = db.row("SELECT columns FROM mappings WHERE id = ?", (by_name.find_id(db, "mappings", name, exactly=exactly),))
    if row is None:
        raise NotFoundError(say("no mapping {name}: `clientctl import mappings` lists them", name=quoted(name)))
    return dict(json.loads(row[0]))


def check_saved(saved: str) -> None:
    """Raise UsageError for what ``save`` can't have saved."""
    import json  # slow, and needed here only

    try:
        columns = json.loads(saved)
    except (ValueError, RecursionError):
        columns = None
    if not isinstance(columns, dict) or not all(isinstance(target, str) for target in columns.values()):
        raise UsageError(say("{saved} does not say what the columns of a sheet are", saved=quoted(saved)))


def save(db: Writer, name: str, columns: Mapping[str, str]) -> str:
    """Save the meanings of columns under a name, replacing an earlier mapping of that name; return the name."""
    import json  # slow, and needed here only

    kept, key = text.parse_name(name, say("a mapping"))
    saved = json.dumps(columns, ensure_ascii=False)
    row = db.row("SELECT id FROM mappings WHERE name_key = ?", (key,))
    if row:
        db.update("mappings", row[0], name=kept, columns=saved)
    else:
        db.insert("mappings", name=kept, name_key=key, columns=saved)
    return kept


def remove(db: Writer, name: str) -> Card:
    """Remove a mapping; return it. Raise NotFoundError."""
    find(db, name, exactly=True)
    row_id, kept = db.row("SELECT id, name FROM mappings WHERE name_key = ?", (text.fold(name),)) or (0, name)
    was = card(db, kept)
    db.delete("mappings", row_id)
    db.note_number(kept)
    return was


def card(db: Reader, name: str) -> Card:
    """Show a mapping."""
    return queries.card(db, SOURCE, Where("g.name_key = :record", {"record": text.fold(name)}))


def make_field(db: Writer, name: str, kind: str, choices: Sequence[str] = ()) -> Field:
    """Create a field for a column, with a key derived from its name if possible.

    Raise RefusedError when there is a field of that name.
    """
    touched = list(db.numbers)
    key = "_".join(text.fold(name).split())
    taken = {each.key for each in fields.all_fields(db, archived=True)} | fields.RESERVED
    if not re.fullmatch("[a-z][a-z0-9_]*", key):
        key = next(free for number in range(1, 10_000) if (free := f"column_{number}") not in taken)
    if key in taken:
        key = next(free for number in range(2, 10_000) if (free := f"{key}_{number}") not in taken)
    made = fields.add(db, name, kind, key=key, offered=choices)
    db.numbers[:] = touched
    return made


def make_preference(db: Writer, name: str) -> Preference:
    """Create the preference that a column is about. Raise RefusedError if one has that name."""
    touched = list(db.numbers)
    made = preferences.add(db, name)
    db.numbers[:] = touched
    return made
