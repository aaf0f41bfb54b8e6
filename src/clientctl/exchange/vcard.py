"""Write a person as a vCard 3.0 (RFC 2426), which address books of every age take in.

The one library there is for it, vobject, lets control characters through and refuses or breaks on
names of fields with quotes or line ends; what is needed of the format is escaping and folding.
"""

import re
from collections.abc import Iterator

from clientctl.base.contacts import Contact, Place

_LONGEST_LINE = 75
"""In bytes, its line end not counted."""

# Characters that no text of a vCard may hold; line ends are escaped, tabs may stand.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPECIAL = re.compile(r"([\\,;])")


def write(contact: Contact) -> bytes:
    """Write a person as a file of one vCard.

    The name that tells an e-mail, a phone or an address from the others stands beside it as
    X-ABLabel, as Apple and Google write it.
    """
    lines = ["BEGIN:VCARD", "VERSION:3.0", *_lines(contact), "END:VCARD"]
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _lines(contact: Contact) -> Iterator[str]:
    yield f"FN:{_text(contact.called)}"
    yield f"N:{_text(contact.last_name)};{_text(contact.first_name)};;;"
    if contact.company:
        yield f"ORG:{_text(contact.company)}"
    if contact.position:
        yield f"TITLE:{_text(contact.position)}"
    if contact.birthday_on:
        yield f"BDAY:{contact.birthday_on}"
    group = 0
    for key, several in (
        ("EMAIL;TYPE=INTERNET", contact.emails),
        ("TEL", contact.phones),
        ("URL", contact.urls),
    ):
        for name, value in several:
            group += name is not None
            yield from _labelled(group, name, f"{key}:{_text(value)}")
    for place in contact.places:
        group += 1
        yield from _labelled(group, place.name, f"ADR:{_address(place)}")
    if contact.labels:
        yield f"CATEGORIES:{','.join(map(_text, contact.labels))}"


def _labelled(group: int, name: str | None, line: str) -> Iterator[str]:
    """Put a line and the name of it into a group of their own; without a name it stands alone."""
    if name is None:
        yield line
    else:
        yield f"item{group}.{line}"
        yield f"item{group}.X-ABLabel:{_text(name)}"


def _address(place: Place) -> str:
    lines = (place.street, place.city, place.region, place.postal_code, place.country)
    return ";;" + ";".join(map(_text, lines))


def _text(text: str | None) -> str:
    """Escape a text: what would end it, and line ends; control characters are left out."""
    plain = _CONTROL.sub("", (text or "").replace("\r\n", "\n").replace("\r", "\n"))
    return _SPECIAL.sub(r"\\\1", plain).replace("\n", r"\n")


def _folded(line: str) -> str:
    """Continue a long line on further ones, each beginning with a space, no character cut in two."""
    parts, size = [""], 0
    for char in line:
        width = len(char.encode())
        if size + width > _LONGEST_LINE:
            parts.append(" ")
            size = 1
        parts[-1] += char
        size += width
    return "\r\n".join(parts)
