"""The photo of a client, at most one each."""

import io
from pathlib import Path

from clientctl.base.listing import Card, Column
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer


def put(db: Writer, client: Client, picture: bytes) -> bool:
    """Set a client's photo, as `exchange.pictures` prepares it; return whether it differs from the one before.

    Raise RefusedError for an erased client.
    """
    clients.check_not_erased(client)
    from clientctl.store import attachments

    digest = attachments.store(db.path, io.BytesIO(picture), dry_run=db.dry_run).digest
    new = digest != _digest(db, client)
    if new:
        db.update("clients", client.id, photo=digest, moved_by=db.command)
    db.note_number(str(client.id))
    return new


def keep(db: Writer, picture: bytes) -> str:
    """Store a photo for a client who is about to be added; return its digest."""
    from clientctl.store import attachments

    return attachments.store(db.path, io.BytesIO(picture), dry_run=db.dry_run).digest


def remove(db: Writer, client: Client) -> None:
    """Remove the photo of a client; its file is stored for as long as this can be undone."""
    named(db, client)
    db.update("clients", client.id, photo=None, moved_by=db.command)
    db.note_number(str(client.id))


def has(db: Reader, client: Client) -> bool:
    """Return whether a client has a photo."""
    return _digest(db, client) is not None


def named(db: Reader, client: Client) -> Path:
    """Return the path of a client's photo. Raise NotFoundError when there is no photo."""
    digest = _digest(db, client)
    if digest is None:
        sets = "" if client.erased_on else say(": `clientctl client photo {id} FILE` sets one", id=client.id)
        raise NotFoundError(say("{name} has no photo{sets}", name=client.name, sets=sets))
    from clientctl.store import attachments

    return attachments.path_of(db.path, digest)


def picture(db: Reader, client: Client) -> bytes:
    """Read the photo of a client. Raise NotFoundError when there is none, StorageError when its file is damaged."""
    from clientctl.store import attachments

    with attachments.open_verified(db.path, named(db, client).name) as file:
        return file.read()


def card(db: Reader, client: Client) -> Card:
    """Return the path of a client's photo as a record."""
    return Card(
        client.name, (Column("id", "Id", "integer"), Column("path", "File")), (client.id, str(named(db, client)))
    )


def _digest(db: Reader, client: Client) -> str | None:
    found: str | None = db.value("SELECT photo FROM clients WHERE id = ?", (client.id,))
    return found
