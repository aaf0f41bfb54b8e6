"""The dossier of a client: everything that is stored about a person, for those who ask to see it or move elsewhere."""

from functools import partial

from clientctl.base import file_names
from clientctl.base.listing import Card, Column, Listing
from clientctl.base.people import Dossier
from clientctl.domain.client_file import workbook
from clientctl.domain.client_file.parts import PARTS, Part
from clientctl.domain.clients import documents, field_values, fields, labels, photos
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.client_columns import PROFILE_COLUMNS
from clientctl.domain.clients.documents import Document
from clientctl.domain.clients.record import Client
from clientctl.domain.journal import history
from clientctl.domain.overview import client_list
from clientctl.domain.practice import staff
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request, Where
from clientctl.store import Reader

_PRIVATE = tuple(part.table for part in PARTS if part.is_private)
"""The tables that a person is given only when the practitioner says so."""

_OF_WHOM = frozenset({"client", "client_id", "email", "phone"})
"""Columns of lists that are the same in every row about one client."""


def of_client(db: Reader, client: Client, *, private: bool) -> Dossier:
    """Collect everything about a client and those merged into them. Raise RefusedError for an erased client.

    The documents are read when they are written; the database may be closed by then.
    """
    clients.check_not_erased(client)
    files = _files(db, client)
    return Dossier(
        staff.find_owner(db).name,
        _card(db, client, files),
        _private(db, client) if private else None,
        next(workbook.people(db, [client.id])),
        photos.picture(db, client) if photos.has(db, client) else None,
        tuple((name, partial(documents.write, db, document)) for name, document in files),
    )


def _card(db: Reader, client: Client, files: tuple[tuple[str, Document], ...]) -> Card:
    listed = {part.key: (part.title, _list_part(db, part, client)) for part in PARTS if not part.is_private}
    title, found = listed["documents"]
    sections = {
        "labels": ("Labels", _labels(db, client)),
        "archived_fields": ("Archived fields", _archived_fields(db, client)),
        **listed,
        "documents": (title, _with_files(found, files)),
        "uids": ("Known by in other files", _uids(db, client)),
        "merged": ("Merged records", _merged(db, client)),
        "history": ("Every change", history.of_client(db, client.id, without=_PRIVATE)),
    }
    source = client_list.source(db)
    columns = tuple(key for key in source.fields if key not in sections)
    return queries.card(db, source, Where("c.id = :record", {"record": client.id}), columns, client.name, sections)


def _private(db: Reader, client: Client) -> Card:
    sections = {part.key: (part.title, _list_part(db, part, client)) for part in PARTS if part.is_private}
    changes = history.of_client(db, client.id, only=_PRIVATE)
    return Card(client.name, (), (), {**sections, "history": ("Every change", changes)})


def _list_part(db: Reader, part: Part, client: Client) -> Listing:
    """List all rows and columns of a part of a client's file."""
    columns = tuple(key for key in part.source.fields if key not in _OF_WHOM)
    return queries.listing(db, Query(part.source, part.source.where(client=client)), Request(columns))


def _labels(db: Reader, client: Client) -> Listing:
    columns = (Column("name", "Name"), Column("kind", "Kind"))
    return Listing(columns, [(label.name, label.kind) for label in labels.of_client(db, client.id)])


def _archived_fields(db: Reader, client: Client) -> Listing:
    """List the values of archived fields, which the details do not show."""
    columns = (Column("key", "Key"), Column("name", "Name"), Column("value", "Value"))
    archived = [each for each in fields.all_fields(db, archived=True) if each.archived_on]
    values = [(each.key, each.name, ", ".join(field_values.typed(db, client.id, each)) or None) for each in archived]
    return Listing(columns, [row for row in values if row[2] is not None])


def _uids(db: Reader, client: Client) -> Listing:
    uids = db.rows("SELECT uid FROM client_uids WHERE client_id = ? ORDER BY id", (client.id,))
    return Listing((Column("uid", "UID"),), uids)


def _merged(db: Reader, client: Client) -> Listing:
    """List the records that were merged into this one, with the details they had."""
    source = client_list.SOURCE._replace(order=("c.id",))
    where = [Where("c.merged_into = :client", {"client": client.id})]
    return queries.listing(db, Query(source, where), Request(tuple(PROFILE_COLUMNS)))


def _files(db: Reader, client: Client) -> tuple[tuple[str, Document], ...]:
    """Return a client's documents, each with a unique file name."""
    ids = db.rows("SELECT id FROM documents WHERE client_id = ? ORDER BY id", (client.id,))
    found = [documents.find(db, str(row[0])) for row in ids]
    return tuple(zip(file_names.make_unique(each.name for each in found), found, strict=True))


def _with_files(listing: Listing, files: tuple[tuple[str, Document], ...]) -> Listing:
    """Add the file of each document to a list of documents."""
    keys = [column.key for column in listing.columns]
    file_of = {document.id: f"documents/{name}" for name, document in files}
    rows = [(*row, file_of[int(str(row[keys.index("id")]))]) for row in listing.rows]
    return listing._replace(columns=(*listing.columns, Column("file", "File")), rows=rows)
