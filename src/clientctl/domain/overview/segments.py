"""Keep segments: filters under a name, evaluated whenever they are used."""

from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card, Cell, Column, Listing
from clientctl.base.text import quoted
from clientctl.domain.overview import client_list, filters
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.practice import typed_days
from clientctl.domain.shared import by_name, queries
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

_COLUMNS = (Column("id", "Id", "integer"), Column("name", "Name"), Column("filter", "Filter"))


class Segment(NamedTuple):
    """One saved filter."""

    id: int
    name: str
    chosen: ClientFilter


def find(db: Reader, name: str, *, exactly: bool = False) -> Segment:
    """Find a segment by name or, unless ``exactly``, its beginning. Raise NotFoundError."""
    found = by_name.id_of(db, "segments", name, exactly=exactly)
    row = db.row("SELECT id, name, filter FROM segments WHERE id = ?", (found,))
    if row is None:
        raise NotFoundError(f"no segment {quoted(name)}: `clientctl segment list` lists them")
    return Segment(row[0], row[1], filters.from_text(row[2]))


def save(db: Writer, name: str, chosen: ClientFilter, *, replace: bool = False) -> Segment:
    """Save a filter under a name. Raise UsageError for none, RefusedError when the name is taken."""
    kept, key = text.parse_name(name, "a segment")
    if chosen == ClientFilter():
        raise UsageError("a segment needs a filter: give --label, --where or another")
    filters.conditions(db, chosen)  # raises for a field that does not exist
    chosen = chosen._replace(
        since=chosen.since and typed_days.normalize(db, chosen.since),
        where=tuple(filters.by_key(db, each) for each in chosen.where),
    )
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
    db.note_number(str(segment_id))
    return Segment(segment_id, kept, chosen)


def remove(db: Writer, segment: Segment) -> None:
    """Forget a segment. Raise RefusedError when another uses it."""
    for other_id, name, saved in db.rows("SELECT id, name, filter FROM segments"):
        if other_id != segment.id and segment.id in filters.from_text(saved).segments:
            raise RefusedError(f"the segment {name!r} uses {segment.name!r}: change or remove that first")
    db.delete("segments", segment.id)
    db.note_number(str(segment.id))


def count(db: Reader, segment: Segment) -> int:
    """Count the clients in a segment now."""
    return queries.count(db, client_list.query(db, ClientFilter(segments=(segment.id,))))


def listing(db: Reader) -> Listing:
    """List the segments by name, each with its filter as it would be typed now."""
    rows = db.rows("SELECT id, name, filter FROM segments ORDER BY name_key, id")
    return Listing(_COLUMNS, [(row[0], row[1], _typed(db, filters.from_text(row[2]))) for row in rows])


def card(db: Reader, segment_id: str) -> Card:
    """Show a segment. Raise NotFoundError when it is no longer there."""
    for row in listing(db).rows:
        if row[0] == int(segment_id):
            return Card(str(row[1]), _COLUMNS, row)
    raise NotFoundError("it is no longer among the segments")


def _typed(db: Reader, chosen: ClientFilter) -> str:
    """Write a filter as the options of `client list`, whatever it means being called as it is now."""
    from shlex import quote

    named = "SELECT name FROM {} WHERE id = ?"
    label = "SELECT iif(kind = 'custom', '', kind || ':') || name FROM labels WHERE id = ?"
    options: list[tuple[str, tuple[Cell, ...], str | None]] = [
        ("--label", chosen.labels, label),
        ("--not-label", chosen.not_labels, label),
        ("--opted-in", chosen.preferences, named.format("preferences")),
        ("--on-plan", chosen.plans, named.format("plans")),
        ("--site", (chosen.site,) if chosen.site else (), named.format("sites")),
        ("--status", chosen.status, None),
        ("--since", (chosen.since,) if chosen.since else (), None),
        ("--where", chosen.where, None),
        ("--segment", chosen.segments, named.format("segments")),
    ]
    words = [quote(chosen.text)] if chosen.text else []
    for option, values, name_of in options:
        for value in values:
            called = db.value(name_of, (value,)) if name_of else value
            words += [option, quote(str(called)) if called is not None else "(removed)"]
    if chosen.member is not None:
        words.append("--member" if chosen.member else "--no-member")
    return " ".join([*words, "--archived"] if chosen.archived else words)


def members(db: Reader, segment: Segment) -> Query:
    """Ask for the clients in a segment."""
    return client_list.query(db, ClientFilter(segments=(segment.id,)))
