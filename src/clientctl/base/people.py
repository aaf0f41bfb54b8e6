"""People, independent of any file format: as in address books, and with everything stored about them."""

from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from clientctl.base.listing import Card


class NamedContact(NamedTuple):
    """One of several e-mails, phones or web addresses; ``name`` distinguishes it, None for the first."""

    name: str | None
    value: str


class Place(NamedTuple):
    """One postal address; any line may be missing."""

    name: str
    street: str | None
    postal_code: str | None
    city: str | None
    region: str | None
    country: str | None


class Contact(NamedTuple):
    """A person: ``display_name`` is the whole name as it is shown, ``birthday_on`` an ISO day.

    ``uid`` is a UUID, ``revised_at`` an ISO instant in UTC; ``photo`` is the picture itself, as JPEG.
    ``kept`` are properties of the original vCard without a field here, as they were written.
    """

    display_name: str
    first_name: str | None
    last_name: str | None
    company: str | None
    position: str | None
    birthday_on: str | None
    emails: tuple[NamedContact, ...]
    phones: tuple[NamedContact, ...]
    urls: tuple[NamedContact, ...]
    places: tuple[Place, ...]
    labels: tuple[str, ...]
    notes: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    photo: bytes | None = None
    uid: str | None = None
    revised_at: str | None = None
    company_address: str | None = None


class Dossier(NamedTuple):
    """Everything stored about a person: a card with a section for each part, and the private ones if requested.

    ``owner`` is who keeps it; ``photo`` is the picture itself; ``documents`` are safe and unique
    file names, each with the function that writes the file.
    """

    owner: str
    card: Card
    private: Card | None
    contact: Contact
    photo: bytes | None
    documents: tuple[tuple[str, Callable[[BinaryIO], None]], ...]
