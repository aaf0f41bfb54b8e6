"""Segments: filters saved under a name, evaluated whenever they are used."""

from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card, Cell, Column, Listing
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.overview import client_list, field_conditions, filters
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
    filter: ClientFilter


def find(db: Reader, name: str, *, exactly: bool = False) -> Segment:
    """Find a segment by name or, unless ``exactly``, its beginning. Raise NotFoundError."""
    found = by_name.find_id(db, "segments", name, exactly=exactly)
    row = db.row("SELECT id, name, filter FROM segments WHERE id = ?", (found,))
    if row is None:
        raise NotFoundError(say("no segment {name}: `clientctl segment list` lists them", name=quoted(name)))
    return Segment(row[0], row[1], filters.from_text(row[2]))


def save(db: Writer, typed: str, client_filter: ClientFilter, *, replace: bool = False) -> Segment:
    """Save a filter under a name. Raise UsageError for an empty one, RefusedError when the name is taken."""
    name, key = text.parse_name(typed, say("a segment"))
    if client_filter == ClientFilter():
        raise UsageError(say("a segment needs a filter, like --label or --where"))
    filters.build_conditions(db, client_filter)  # raises for a field that does not exist
    client_filter = client_filter._replace(
        since=client_filter.since and typed_days.normalize(db, client_filter.since),
        where=tuple(field_conditions.normalize_condition(db, each) for each in client_filter.where),
    )
    row = db.row("SELECT id FROM segments WHERE name_key = ?", (key,))
    saved = filters.to_text(client_filter)
    if row and not replace:
        raise RefusedError(say("the segment {name} already exists: --replace changes it", name=repr(name)))
    if row:
        db.update("segments", row[0], name=name, filter=saved)
        segment_id = row[0]
        filters.build_conditions(db, ClientFilter(segments=(segment_id,)))  # raises if it now contains itself
    else:
        segment_id = db.insert("segments", name=name, name_key=key, filter=saved)
    db.note_number(str(segment_id))
    return Segment(segment_id, name, client_filter)


def remove(db: Writer, segment: Segment) -> None:
    """Remove a segment. Raise RefusedError while another uses it."""
    for other_id, name, saved in db.rows("SELECT id, name, filter FROM segments"):
        if other_id != segment.id and segment.id in filters.from_text(saved).segments:
            raise RefusedError(
                say(
                    "the segment {name} uses {segment_name}: change or remove {name} first",
                    name=repr(name),
                    segment_name=repr(segment.name),
                )
            )
    db.delete("segments", segment.id)
    db.note_number(str(segment.id))


def count(db: Reader, segment: Segment) -> int:
    """Count the clients in a segment now."""
    return queries.count(db, client_list.query(db, ClientFilter(segments=(segment.id,))))


def listing(db: Reader) -> Listing:
    """List the segments by name, each with its filter as it is typed now."""
    rows = db.rows("SELECT id, name, filter FROM segments ORDER BY name_key, id")
    return Listing(_COLUMNS, [(row[0], row[1], _describe(db, filters.from_text(row[2]))) for row in rows])


def card(db: Reader, segment_id: str) -> Card:
    """Return the card of a segment. Raise NotFoundError when it no longer exists."""
    for row in listing(db).rows:
        if row[0] == int(segment_id):
            return Card(str(row[1]), _COLUMNS, row)
    raise NotFoundError(say("it is no longer among the segments"))


def _describe(db: Reader, client_filter: ClientFilter) -> str:
    """Describe a filter by the options of `client list`, with the current names of its records."""
    from shlex import quote

    named = "SELECT name FROM {} WHERE id = ?"
    label = "SELECT iif(kind = 'custom', '', kind || ':') || name FROM labels WHERE id = ?"
    options: list[tuple[str, tuple[Cell, ...], str | None]] = [
        ("--label", client_filter.labels, label),
        ("--not-label", client_filter.not_labels, label),
        ("--opted-in", client_filter.preferences, named.format("preferences")),
        ("--on-plan", client_filter.plans, named.format("plans")),
        ("--site", (client_filter.site,) if client_filter.site else (), named.format("sites")),
        ("--status", client_filter.status, None),
        ("--since", (client_filter.since,) if client_filter.since else (), None),
        ("--where", client_filter.where, None),
        ("--segment", client_filter.segments, named.format("segments")),
    ]
    words = [quote(client_filter.text)] if client_filter.text else []
    for option, values, name_of in options:
        for value in values:
            shown = db.value(name_of, (value,)) if name_of else value
            words += [option, quote(str(shown)) if shown is not None else "(removed)"]
    if client_filter.member is not None:
        words.append("--member" if client_filter.member else "--no-member")
    return " ".join([*words, "--archived"] if client_filter.archived else words)


def query_clients(db: Reader, segment: Segment) -> Query:
    """Return the query for the clients in a segment."""
    return client_list.query(db, ClientFilter(segments=(segment.id,)))
