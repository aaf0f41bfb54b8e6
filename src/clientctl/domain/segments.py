"""Keep segments: filters under a name, evaluated whenever they are used."""

from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.text import quoted
from clientctl.domain import client_list, filters, lists
from clientctl.domain.filters import ClientFilter
from clientctl.domain.lists import Query, Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

SOURCE = Source(
    plural="segments",
    fields=dict(
        (
            field("id", "Id", "g.id", "integer"),
            field("name", "Name", "g.name", order="g.name_key"),
            field("filter", "Filter", "g.filter"),
        )
    ),
    origin="segments g",
    shown=("id", "name", "filter"),
    number="id",
    order=("g.name_key", "g.id"),
)


class Segment(NamedTuple):
    """One saved filter."""

    id: int
    name: str
    chosen: ClientFilter


def find(db: Reader, name: str) -> Segment:
    """Find a segment by name. Raise NotFoundError."""
    row = db.row("SELECT id, name, filter FROM segments WHERE name_key = ?", (text.fold(name),))
    if row is None:
        raise NotFoundError(f"no segment {quoted(name)}: `clientctl segment list` shows those there are")
    return Segment(row[0], row[1], filters.from_text(row[2]))


def save(db: Writer, name: str, chosen: ClientFilter, *, replace: bool = False) -> Segment:
    """Save a filter under a name. Raise UsageError for none, RefusedError when the name is taken."""
    kept, key = text.named(name, "a segment")
    if chosen == ClientFilter():
        raise UsageError("a segment needs a filter: give --label, --where or another")
    filters.conditions(db, chosen)  # raises for a field that does not exist
    row = db.row("SELECT id FROM segments WHERE name_key = ?", (key,))
    saved = filters.to_text(chosen)
    if row and not replace:
        raise RefusedError(f"there is a segment {kept!r} already: --replace changes it")
    if row:
        db.update("segments", row[0], name=kept, filter=saved)
        segment_id = row[0]
        filters.conditions(db, ClientFilter(segments=(segment_id,)))  # raises if it means itself now
    else:
        segment_id = db.insert("segments", name=kept, name_key=key, filter=saved)
    db.touch(str(segment_id))
    return Segment(segment_id, kept, chosen)


def remove(db: Writer, segment: Segment) -> None:
    """Forget a segment. Raise RefusedError when another uses it."""
    for other_id, name, saved in db.rows("SELECT id, name, filter FROM segments"):
        if other_id != segment.id and segment.id in filters.from_text(saved).segments:
            raise RefusedError(f"the segment {name!r} uses {segment.name!r}: change or remove that first")
    db.delete("segments", segment.id)
    db.touch(str(segment.id))


def count(db: Reader, segment: Segment) -> int:
    """Count the clients in a segment now."""
    return lists.count(db, client_list.query(db, ClientFilter(segments=(segment.id,))))


def card(db: Reader, segment_id: str) -> Card:
    """Show a segment."""
    return lists.card(db, SOURCE, Where("g.id = :record", {"record": int(segment_id)}))


def members(db: Reader, segment: Segment) -> Query:
    """Ask for the clients in a segment."""
    return client_list.query(db, ClientFilter(segments=(segment.id,)))
