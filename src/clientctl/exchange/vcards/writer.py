"""Write people as vCards, 3.0 (RFC 2426), which address books of any age read, or 4.0 (RFC 6350).

The one library there is for it, vobject, has no 4.0, lets control characters through and refuses or breaks
on names of fields with quotes or line ends; what is needed of the format is escaping and folding.
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from clientctl.base.people import Contact, Place
from clientctl.base.text import fold
from clientctl.exchange.vcards import extra_properties
from clientctl.exchange.vcards.extra_properties import Version

_LONGEST_LINE = 75
"""In bytes, without the line end."""

# Characters that no text of a vCard may hold; line ends are escaped, tabs may stand.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_MARK = re.compile(r"((?:BEGIN|END)\s*:\s*VCAR)(?=D)", re.IGNORECASE)
"""What in a value would begin or end a card for a reader that forgives much: such a word is folded."""
_SPECIAL = re.compile(r"([\\,;])")
_GROUP = re.compile(r"item([0-9]{1,6})\.", re.IGNORECASE)
_KNOWN = {"REV": "revised_at", "BDAY": "birthday_on", "PHOTO": "photo"}
"""Properties of which what is kept gives way to what is known now."""

_TYPES = {
    "CELL": {"mobile", "cell", "portable", "cellulare"},
    "HOME": {"home", "domicile", "maison", "casa"},
    "WORK": {"work", "business", "office", "bureau", "travail", "pro", "ufficio", "lavoro"},
    "FAX": {"fax", "telecopie"},
    "PAGER": {"pager"},
}
"""Words in the names of e-mails and phones, and the types that they are in a vCard."""

OUR_UID = "X-CLIENTCTL-UID"
"""What names a client whose card has a UID of another program's."""

COMPANY = "Company"
"""What the address of the company is called; it has the type WORK besides, as no other address has."""


def write(contact: Contact, version: Version = "3.0") -> bytes:
    """Write a person as a vCard.

    The name that tells an e-mail, a phone or an address from the others stands beside it as
    X-ABLabel, as Apple and Google write it. What the card of a person from elsewhere had besides is
    written as it was.
    """
    lines = [f"VERSION:{version}", *_lines(contact, version), *_kept(contact, version)]
    written = (_MARK.sub("\\1\r\n ", _fold(line)) for line in lines)
    return "".join(f"{line}\r\n" for line in ("BEGIN:VCARD", *written, "END:VCARD")).encode()


def write_all(file: BinaryIO, contacts: Iterable[Contact], version: Version) -> None:
    """Write people one after the other."""
    file.writelines(write(contact, version) for contact in contacts)


def _lines(contact: Contact, version: Version) -> Iterator[str]:
    yield _full_name(contact)
    yield _name(contact)
    if contact.uid:
        is_theirs = any(extra_properties.name_of(line) == "UID" for line in contact.kept)
        yield f"{OUR_UID if is_theirs else 'UID'}:urn:uuid:{contact.uid}"
    if contact.company:
        yield f"ORG:{_text(contact.company)}"
    if contact.position:
        yield f"TITLE:{_text(contact.position)}"
    if contact.birthday_on:
        yield f"BDAY:{contact.birthday_on if version == '3.0' else contact.birthday_on.replace('-', '')}"
    yield from _several(contact, version)
    if contact.labels:
        yield f"CATEGORIES:{','.join(map(_text, contact.labels))}"
    for note in contact.notes:
        yield f"NOTE:{_text(note)}"
    if contact.photo:
        yield _photo(contact.photo, version)
    if contact.revised_at:
        yield f"REV:{contact.revised_at if version == '3.0' else re.sub('[:-]', '', contact.revised_at)}"


def _several(contact: Contact, version: Version) -> Iterator[str]:
    """Write the repeated data of a person, in groups that no stored line uses."""
    group = max((int(found[1]) for line in contact.kept if (found := _GROUP.match(line))), default=0)
    for key, first, several in (
        ("EMAIL", ["INTERNET"] if version == "3.0" else [], contact.emails),
        ("TEL", [], contact.phones),
        ("URL", [], contact.urls),
    ):
        for name, value in several:
            types, label = extra_properties.of_first(contact.kept, key, value) if name is None else (_types(name), name)
            group += label is not None
            # In our cards only the first one has no name; one that has is known by being preferred.
            is_first = name is None and label is not None
            types = [*first, *types, *["PREF"] * (is_first and version == "3.0")]
            head = f"{key}{';PREF=1' if is_first and version != '3.0' else ''}"
            yield from _labeled(group, label, f"{_typed(head, types)}:{_text(value)}")
    for place in contact.places:
        group += 1
        types = [kind for kind in _types(place.name) if kind in {"HOME", "WORK"}]
        yield from _labeled(group, place.name, f"{_typed('ADR', types)}:{_address(place)}")
    if contact.company_address:
        place = Place(COMPANY, contact.company_address, None, None, None, None)
        yield from _labeled(group + 1, place.name, f"ADR;TYPE=WORK:{_address(place)}")


def _typed(head: str, types: list[str]) -> str:
    return f"{head};TYPE={','.join(types)}" if types else head


def _types(name: str | None) -> list[str]:
    """List the types for the name of an e-mail or phone, for programs that show no other names."""
    words = set(re.findall(r"\w+", fold(name or "")))
    return [kind for kind, called in _TYPES.items() if not words.isdisjoint(called)]


def _full_name(contact: Contact) -> str:
    """Write the whole name, as in the person's card if that says more and is still current."""
    line = next((line for line in contact.kept if extra_properties.name_of(line) == "FN"), "")
    written = _CONTROL.sub("", line.partition(":")[2])
    names = fold(f"{contact.first_name or ''} {contact.last_name or ''}").split()
    is_company = bool(contact.company) and written == _text(contact.company)
    is_theirs = is_company or (bool(names) and set(names) <= set(re.findall(r"[\w'’-]+", fold(written))))
    return f"FN:{written if is_theirs else _text(contact.display_name)}"


def _name(contact: Contact) -> str:
    """Write the parts of a name, with the titles before and after it in the person's card."""
    written = next((line.partition(":")[2] for line in contact.kept if extra_properties.name_of(line) == "N"), "")
    before, after = extra_properties.titles(_CONTROL.sub("", written))
    return f"N:{_text(contact.last_name)};{_text(contact.first_name)};;{before};{after}"


def _kept(contact: Contact, version: Version) -> Iterator[str]:
    """Write the stored properties of a card without a field, except those written already."""
    seen = {"N", "FN", *(name for name, known in _KNOWN.items() if getattr(contact, known))}
    for line in contact.kept:
        name = extra_properties.name_of(line)
        if name is None or name in seen or name.startswith(extra_properties.FIRST):
            continue
        if name in extra_properties.ONCE:
            seen.add(name)
        plain = _CONTROL.sub("", line.replace("\r\n", "\n").replace("\r", "\n")).replace("\n", r"\n")
        yield extra_properties.written(plain, version)


def _photo(picture: bytes, version: Version) -> str:
    from base64 import b64encode

    text = b64encode(picture).decode()
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    if version == "3.0":
        return f"PHOTO;ENCODING=b;TYPE={kind.upper()}:{text}"
    return f"PHOTO:data:image/{kind};base64,{text}"


def _labeled(group: int, name: str | None, line: str) -> Iterator[str]:
    """Write a line and its name as a group; without a name, only the line."""
    if name is None:
        yield line
    else:
        yield f"item{group}.{line}"
        yield f"item{group}.X-ABLabel:{_text(name)}"


def _address(place: Place) -> str:
    lines = (place.street, place.city, place.region, place.postal_code, place.country)
    return ";;" + ";".join(map(_text, lines))


def _text(text: str | None) -> str:
    """Escape a text: separators and line ends; control characters are removed."""
    plain = _CONTROL.sub("", (text or "").replace("\r\n", "\n").replace("\r", "\n"))
    return _SPECIAL.sub(r"\\\1", plain).replace("\n", r"\n")


def _fold(line: str) -> str:
    """Fold a long line into continuation lines, each starting with a space, without splitting a character."""
    if len(line) <= _LONGEST_LINE // 4:
        return line
    if line.isascii():
        size = _LONGEST_LINE - 1
        parts = [line[:_LONGEST_LINE], *(line[at : at + size] for at in range(_LONGEST_LINE, len(line), size))]
        return "\r\n ".join(parts)
    parts, room = [""], _LONGEST_LINE
    for char in line:
        width = len(char.encode())
        if width > room:
            parts.append("")
            room = _LONGEST_LINE - 1
        parts[-1] += char
        room -= width
    return "\r\n ".join(parts)
