"""Keep documents that are shared with a client, and those that a client gave."""

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, NamedTuple

from clientctl.base import clock, input_files, text
from clientctl.base.listing import Card
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer, attachments

_LONGEST_NAME = 200
"""In bytes: a file system takes no more than 255."""

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
    """One document as stored; ``client`` is the client's name, ``digest`` the SHA-256 of what is in it."""

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
        raise NotFoundError(f"no document {number}: `clientctl document list` lists them")
    return Document(*row)


def card(db: Reader, number: str) -> Card:
    """Show a document."""
    found = find(db, number)
    return queries.card(db, SOURCE, Where("d.id = :record", {"record": found.id}), title=title_of(found))


def title_of(document: Document) -> str:
    """Return which document is meant."""
    return f"document {document.id} ({document.client} ({document.client_id}))"


def attach(
    db: Writer, client: Client, source: Path, *, name: str | None = None, by_client: bool = False
) -> tuple[Document, bool]:
    """Keep a copy of a file as a client's document; return it, and whether it is new.

    It is called like the file unless named; the folders of a name do not count. Raise
    NotFoundError, BadInputError for a file that can't be taken in, RefusedError for an erased client.
    """
    clients.check_not_erased(client)
    called = plain_name(source.name if name is None else name)
    with input_files.open_ordinary(source, attachments.MOST_BYTES) as file:
        kept = attachments.store(db.path, file, dry_run=db.dry_run)
    same = db.value(
        "SELECT id FROM documents WHERE client_id = ? AND digest = ? AND name = ?", (client.id, kept.digest, called)
    )
    document_id = same or db.insert(
        "documents",
        client_id=client.id,
        name=called,
        digest=kept.digest,
        bytes=kept.bytes,
        shared_by="client" if by_client else "us",
        attached_at=clock.stamp(clock.now()),
    )
    db.note_number(str(document_id))
    return find(db, str(document_id)), same is None


def write(db: Reader, document: Document, file: BinaryIO) -> None:
    """Write what is in a document. Raise StorageError when it is missing or no longer what was attached."""
    with attachments.open_verified(db.path, document.digest) as kept:
        while chunk := kept.read(1 << 20):
            file.write(chunk)


def remove(db: Writer, document: Document) -> None:
    """Take a document from a client; its file stays for as long as this can be undone."""
    db.delete("documents", document.id)
    db.note_number(str(document.id))


def plain_name(given: str) -> str:
    """Return a name without folders, of this system or another, and without dots before it, which would hide a file.

    Raise UsageError when nothing is left, or too much.
    """
    last = PureWindowsPath(PurePosixPath(given).name).name
    kept = text.clean_line(last).lstrip(". ")
    if not kept:
        raise UsageError(f"{text.quoted(given)} is not a name for a document: give one with --name")
    if len(kept.encode()) > _LONGEST_NAME:
        raise UsageError(f"{text.quoted(kept)} is too long for a name: give a shorter one with --name")
    return kept


def where_client(client: Client) -> Where:
    """Ask for the documents of one client."""
    return Where("d.client_id = :client", {"client": client.id})
