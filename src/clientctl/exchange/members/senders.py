"""Recognize the program that wrote a sheet of people by its columns, and describe its format."""

from collections.abc import Sequence
from typing import NamedTuple

from clientctl.base.text import fold, quoted, squeeze
from clientctl.base.words import say
from clientctl.errors import UsageError
from clientctl.exchange.members.day_formats import Order


class Sender(NamedTuple):
    """A program that writes sheets of people.

    A sheet of it has all the columns of one of ``signs``. ``separator`` parts the labels in a cell;
    ``order`` is how it writes days where neither the days themselves nor the user say it.
    """

    key: str
    name: str
    signs: tuple[frozenset[str], ...]
    separator: str | None = None
    order: Order | None = None


def _signs(*listed: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(_key(name) for name in names.split(",")) for names in listed)


def _key(name: str) -> str:
    return squeeze(fold(name))


SENDERS = {
    sender.key: sender
    for sender in (
        Sender(
            "google",
            "Google Contacts",
            _signs("first name, last name, file as, labels", "given name, family name, group membership"),
            ":::",
        ),
        Sender(
            "outlook",
            "Outlook",
            _signs("e-mail address, home street, business phone, mobile phone"),
            ";",
            "mdy",
        ),
        Sender(
            "wix",
            "Wix",
            _signs("email 1, email subscriber status", "email 1, phone 1, created at (utc+0)"),
            ";",
        ),
        Sender(
            "vcita",
            "vCita",
            _signs("first name, last name, email, tags, status, source", "client id, contact name, tags"),
            ",",
        ),
    )
}
"""What ``--as`` accepts, and by what each is known."""

_OUTLOOK_ABROAD = SENDERS["outlook"]._replace(
    signs=_signs(
        "adresse de messagerie, tél. mobile, rue (domicile)",
        "indirizzo posta elettronica, cellulare, via (ab.)",
    ),
    order="dmy",
)
"""Outlook in French and Italian: its columns have the language of the program, its days the order of the country."""

GENERIC = Sender("generic", "a list", ())


def find(key: str) -> Sender:
    """Find the sender that the user names. Raise UsageError listing the known ones."""
    if key == GENERIC.key:
        return GENERIC
    try:
        return SENDERS[key]
    except KeyError:
        raise UsageError(
            say("no sender {key}: use {value}", key=quoted(key), value=", ".join([*SENDERS, GENERIC.key]))
        ) from None


def recognize(header: Sequence[str]) -> Sender:
    """Return the sender of a sheet with these columns; GENERIC if it is unknown."""
    keys = {_key(name) for name in header}
    for sender in (*SENDERS.values(), _OUTLOOK_ABROAD):
        if any(sign <= keys for sign in sender.signs):
            return sender
    return GENERIC
