"""Notes: private texts about clients, which are never sent to a client."""

from typing import NamedTuple

from clientctl.base import choices, clock
from clientctl.base import text as texts
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.labels import Label
from clientctl.domain.clients.record import Client
from clientctl.domain.practice.staff import StaffMember
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

KINDS = ("general", "meeting", "call")

SOURCE = Source(
    plural="notes",
    fields=dict(
        (
            field("id", "Id", "n.id", "integer"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "n.client_id", "integer"),
            field("type", "Type", "n.kind"),
            field("text", "Text", "n.text"),
            field("by", "By", "w.name", order="w.name_key"),
            field("at", "When", "n.written_at", "instant"),
            field("label", "Explains", "l.name", order="l.name_key"),
        )
    ),
    origin="notes n",
    joins={
        "c": "JOIN clients c ON c.id = n.client_id",
        "s": "LEFT JOIN client_search s ON s.id = n.client_id",
        "w": "JOIN staff w ON w.id = n.staff_id",
        "l": "LEFT JOIN labels l ON l.id = n.label_id",
    },
    shown=("id", "client", "type", "text", "by", "at", "label"),
    number="id",
    # In the order of writing, even if the clock was changed.
    order=("n.id",),
    client="n.client_id",
    filters={
        "type": queries.is_any_choice("n.kind", KINDS, lambda: say("type of note")),
        "by": queries.is_any_record("n.staff_id"),
        "label": queries.is_any_record("n.label_id"),
        "search": queries.has_words("n.text"),
    },
)


class Note(NamedTuple):
    """One note as stored; ``client`` is the client's name."""

    id: int
    client_id: int
    client: str
    kind: str
    text: str
    staff_id: int
    label_id: int | None


_SELECT = f"""SELECT n.id, n.client_id, {client_sql.NAME}, n.kind, n.text, n.staff_id, n.label_id
    FROM notes n JOIN clients c ON c.id = n.client_id"""


def find(db: Reader, number: str) -> Note:
    """Find a note by number. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE n.id = ?", (queries.row_id(number, "note"),))
    if row is None:
        raise NotFoundError(say("no note {number}: `clientctl note list` lists them", number=number))
    return Note(*row)


def card(db: Reader, number: str) -> Card:
    """Return a note as a record to show."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("n.id = :record", {"record": found.id}), title=title_of(found))


def title_of(note: Note) -> str:
    """Return the number of the note and its client, as a title."""
    return say("note {id} ({client} ({client_id}))", id=note.id, client=note.client, client_id=note.client_id)


def known_kind(kind: str) -> str:
    """Check a type. Raise UsageError, which lists all types."""
    return choices.parse_one(kind, KINDS, say("type of note"))


def checked(text: str) -> str:
    """Return a text as it is stored. Raise UsageError for an empty one."""
    kept = texts.clean(text)
    if not kept:
        raise UsageError(say("a note needs some text: give it, or - for standard input, or --editor"))
    return kept


def add(db: Writer, client: Client, text: str, kind: str, by: StaffMember, label: Label | None) -> Note:
    """Add a note on a client, optionally to explain a label."""
    clients.check_not_erased(client)
    note_id = db.insert(
        "notes",
        client_id=client.id,
        kind=known_kind(kind),
        text=checked(text),
        staff_id=by.id,
        written_at=clock.stamp(clock.now()),
        label_id=label.id if label else None,
    )
    db.note_number(str(note_id))
    return find(db, str(note_id))


def edit(db: Writer, note: Note, after: Note, read: str | None = None) -> bool:
    """Change a note's text, type, author or label; return whether anything changed.

    ``read`` is the text that was edited. Raise RefusedError when the text has changed in the meantime.
    """
    if read is not None and note.text != read:
        raise RefusedError(say("note {id} was changed in the meantime: edit it again", id=note.id))
    db.note_number(str(note.id))
    after = after._replace(text=checked(after.text), kind=known_kind(after.kind))
    if after == note:
        return False
    db.update("notes", note.id, kind=after.kind, text=after.text, staff_id=after.staff_id, label_id=after.label_id)
    return True


def remove(db: Writer, note: Note) -> None:
    """Delete a note."""
    db.delete("notes", note.id)
    db.note_number(str(note.id))
