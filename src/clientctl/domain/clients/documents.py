"""Documents shared with a client, or received from a client."""

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, NamedTuple

from clientctl.base import clock, input_files, text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer, attachments

_LONGEST_NAME = 200
"""In bytes: file systems accept at most 255."""

SOURCE = Source(
    plural="documents",
    fields=dict(
        (
            field("id", "Id", "d.id", "integer"),
            field("name", "Name", "d.name"),
            field("client_id", "Client id", "d.client_id", "integer"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("bytes", "Bytes", "d.bytes", "integer"),
            field("shared_by", "Shared by", "d.shared_by"),
            field("attached_at", "Attached", "d.attached_at", "instant"),
            field("digest", "SHA-256", "d.digest"),
        )
    ),
    origin="documents d JOIN clients c ON c.id = d.client_id",
    joins={"s": "LEFT JOIN client_search s ON s.id = c.id"},
    shown=("id", "name", "client_id", "client", "bytes", "shared_by", "attached_at"),
    number="id",
    order=("d.id",),
    client="d.client_id",
)


class Document(NamedTuple):
    """One document as stored; ``client`` is the client's name, ``digest`` the SHA-256 of its content."""

    id: int
    client_id: int
    client: str
    name: str
    digest: str
    bytes: int


_SELECT = f"""SELECT d.id, d.client_id, {client_sql.NAME}, d.name, d.digest, d.bytes
    FROM documents d JOIN clients c ON c.id = d.client_id"""


def find(db: Reader, number: str) -> Document:
    """Find a document by number. Raise UsageError, NotFoundError."""
    row = db.row(f"{_SELECT} WHERE d.id = ?", (queries.row_id(number, "document"),))
    if row is None:
        raise NotFoundError(say("no document {number}: `clientctl document list` lists them", number=number))
    return Document(*row)


def card(db: Reader, number: str) -> Card:
    """Return a document as a record to show."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("d.id = :record", {"record": found.id}), title=title_of(found))


def title_of(document: Document) -> str:
    """Return the number of the document and its client, as a title."""
    return say(
        "document {id} ({client} ({client_id}))", id=document.id, client=document.client, client_id=document.client_id
    )


def attach(
    db: Writer, client: Client, source: Path, *, name: str | None = None, by_client: bool = False
) -> tuple[Document, bool]:
    """Store a copy of a file as a client's document; return it, and whether it is new.

    Its default name is that of the file; folders in a name are dropped. Raise NotFoundError,
    BadInputError for a file that can't be stored, RefusedError for an erased client.
    """
    clients.check_not_erased(client)
    title = plain_name(source.name if name is None else name)
    with input_files.open_ordinary(source, attachments.MOST_BYTES) as file:
        stored = attachments.store(db.path, file, dry_run=db.dry_run)
    same = db.value(
        "SELECT id FROM documents WHERE client_id = ? AND digest = ? AND name = ?", (client.id, stored.digest, title)
    )
    document_id = same or db.insert(
        "documents",
        client_id=client.id,
        name=title,
        digest=stored.digest,
        bytes=stored.bytes,
        shared_by="client" if by_client else "us",
        attached_at=clock.stamp(clock.now()),
    )
    db.note_number(str(document_id))
    return find(db, str(document_id)), same is None


def write(db: Reader, document: Document, file: BinaryIO) -> None:
    """Write the content of a document. Raise StorageError when its file is missing or damaged."""
    with attachments.open_verified(db.path, document.digest) as stored:
        while chunk := stored.read(1 << 20):
            file.write(chunk)


def remove(db: Writer, document: Document) -> None:
    """Remove a document from a client; its file is stored for as long as this can be undone."""
    db.delete("documents", document.id)
    db.note_number(str(document.id))


def plain_name(given: str) -> str:
    """Return a name without folders, of any system, and without leading dots, which would hide a file.

    Raise UsageError when the result is empty or too long.
    """
    last = PureWindowsPath(PurePosixPath(given).name).name
    stored = text.clean_line(last).lstrip(". ")
    if not stored:
        raise UsageError(say("{given} is not a name for a document: give one with --name", given=text.quoted(given)))
    if len(stored.encode()) > _LONGEST_NAME:
        raise UsageError(
            say("{stored} is too long for a name: give a shorter one with --name", stored=text.quoted(stored))
        )
    return stored
