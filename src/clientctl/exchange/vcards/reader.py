"""Read vCards as address books write them: who a card is about, and what has no field here."""

import base64
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from clientctl.base import uids
from clientctl.base.emails import looks_like
from clientctl.base.import_records import ContactKind, ExtraContact, Record, RowExtras, RowNote
from clientctl.base.people import Place
from clientctl.base.text import fold, quoted, show_controls
from clientctl.base.uids import UID
from clientctl.base.words import say
from clientctl.errors import BadInputError
from clientctl.exchange.members import day_formats
from clientctl.exchange.tables.csv_reader import open_regular
from clientctl.exchange.vcards import extra_properties
from clientctl.exchange.vcards import writer as vcard_writer
from clientctl.exchange.vcards.lines import Property, VCard, cards, properties

_DROPPED = frozenset({"VERSION", "PRODID", "REV", "BEGIN", "END", "KIND", "X-ADDRESSBOOKSERVER-KIND", "X-REASON"})
"""Properties about the file and not the person: whoever writes a card makes its own."""

_NO_LABELS = frozenset({"mycontacts", "* mycontacts"})
"""Groups that contain everybody at Google."""

_KNOWN = re.compile(r"_\$!<(.*)>!\$_")
_CONTACTS: Mapping[str, ContactKind] = {"TEL": "phone", "EMAIL": "email"}
_TYPES = {
    "cell": "Mobile",
    "iphone": "Mobile",
    "mobile": "Mobile",
    "fax": "Fax",
    "pager": "Pager",
    "work": "Work",
    "home": "Home",
    "main": "Main",
    "other": "Other",
}
_BARE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ].*)?")
_NO_DAY = re.compile(r"\d{4}(?:-\d\d)?|---\d\d|0000-?\d\d-?\d\d")
"""A birthday of which only the year, the month or the day is known."""
_ESCAPED = re.compile(r"(\\\\)|\\:")


class Cards:
    """A file of vCards that was recognized; see ``source.Source``. One card is in memory at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = path.name
        self._labels: dict[str, list[str]] = {}
        self._groups = self._people = self._yearless = self._kept = self._pictures = 0
        self._versions: set[str] = set()
        for card in self._cards():
            if any(b"group" in line.lower() and b"KIND" in line.upper() for line in card.lines):
                self._take_group(card)
            else:
                self._people += 1
        if not self._people:
            raise BadInputError(say("{name} has groups and no people: is it the right file?", name=quoted(self.name)))

    @property
    def summary(self) -> list[str]:
        """Return how the file was read, and what is ignored or only stored, a line each."""
        versions = f" {' and '.join(sorted(self._versions))}" if self._versions else ""
        lines = [say("Read {name}: vCard{versions}", name=self.name, versions=versions)]
        if self._groups:
            lines.append(say("Created labels from groups: {groups}", groups=self._groups))
        if self._yearless:
            lines.append(say("Ignored birthdays without a year: {yearless}", yearless=self._yearless))
        if self._pictures:
            lines.append(say("Ignored photos of unknown picture formats: {pictures}", pictures=self._pictures))
        if self._kept:
            lines.append(say("Stored for later vCards, as there is no field: {kept} properties", kept=self._kept))
        return lines

    @property
    def notes(self) -> list[RowNote]:
        """Return notes on ignored cards."""
        return []

    def count(self) -> int:
        """Count the people."""
        return self._people

    def records(self) -> Iterator[Record]:
        """Read the people, each card a row."""
        for card in self._cards():
            if card.problem:
                yield Record(card.line, {}, card.problem)
                continue
            found = list(properties(card))
            if not _is_group(found):
                yield self._record(card.line, found)

    def write_rejects(self, file: BinaryIO, reasons: Mapping[int, str]) -> None:
        """Write some cards unchanged, with the reason in an added note."""
        for card in self._cards():
            if card.line in reasons:
                reason = reasons[card.line].replace("\n", " ").encode()
                lines = (line for line in card.lines if not line.startswith(b"X-REASON:"))
                file.write(b"\r\n".join((b"BEGIN:VCARD", *lines, b"X-REASON:" + reason, b"END:VCARD", b"")))
        file.flush()

    def _cards(self) -> Iterator[VCard]:
        with open_regular(self._path) as file:
            yield from cards(file, self.name)

    def _take_group(self, card: VCard) -> None:
        """Make a label of a group, for the members it names."""
        found = list(properties(card))
        name = next((unescape(each.value) for each in found if each.name == "FN"), "")
        if not _is_group(found):
            self._people += 1
        elif name:
            self._groups += 1
            for each in found:
                if each.name in {"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER"}:
                    self._labels.setdefault(_uid(each.value), []).append(name)

    def _record(self, line: int, found: list[Property]) -> Record:
        gathered = _Person()
        ours = next((uid for each in found if (uid := _our_uid(each))), None)
        if ours:
            gathered.values[UID] = ours
        names = {each.group: _label(each.value) for each in found if each.name == "X-ABLABEL" and each.group}
        for each in sorted(found, key=_preference):
            if each.name == "VERSION":
                self._versions.add(each.value.strip()[:10])
            elif each.name == "UID":
                gathered.labels += self._labels.get(_uid(each.value), [])
            gathered.add(each, names.get(each.group or ""))
        self._yearless += gathered.yearless
        values, more = gathered.result()
        if gathered.problem:
            return Record(line, values, gathered.problem)
        self._kept += sum(not line.startswith(extra_properties.FIRST) for line in more.kept)
        if more.photo is not None:
            more = more._replace(photo=self._portrait(more.photo))
        return Record(line, values, None, more)

    def _portrait(self, picture: bytes) -> bytes | None:
        from clientctl.exchange import pictures

        try:
            return pictures.portrait(io.BytesIO(picture), say("the photo"))
        except BadInputError:
            self._pictures += 1
            return None


class _Person:
    """The data of one card."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.further: list[ExtraContact] = []
        self.places: list[Place] = []
        self.notes: list[str] = []
        self.labels: list[str] = []
        self.kept: list[Property] = []
        self._names: set[str | None] = set()
        self._named: set[str] = set()
        self._full: Property | None = None
        self.photo: bytes | None = None
        self.yearless = False
        self.problem: str | None = None

    def add(self, each: Property, label: str | None) -> None:
        """Add a property; one without a field is stored as it was written."""
        taker = _TAKERS.get(each.name)
        is_ours = each.name.startswith(extra_properties.FIRST) or _our_uid(each)
        if each.name in _DROPPED or not each.value.strip() or is_ours:
            return
        if each.name == "X-ABLABEL" or taker is None or not taker(self, each, label):
            self.kept.append(each._replace(text=extra_properties.kept(each)))
        elif label:
            self._names.add(each.group)

    def result(self) -> tuple[dict[str, str], RowExtras]:
        """Build the record."""
        values = self.values
        full = values.pop("full", "")
        if self._is_phone(full):
            full = ""
        if not values.keys() & {"first_name", "last_name"} and full and not looks_like(full):
            values["last_name" if full == values.get("company") else "name"] = full
        if not values.keys() & {"first_name", "last_name", "name", "email", "phone"} and "company" in values:
            values["last_name"] = values["company"]
        if "email" not in values and looks_like(full):
            values["email"] = full
        if self._full and self._named and not looks_like(full) and not _words(full) <= self._named:
            self.kept.append(self._full._replace(text=extra_properties.kept(self._full)))
        kept = _regrouped([each for each in self.kept if each.name != "X-ABLABEL" or each.group not in self._names])
        labels = tuple(name for name in dict.fromkeys(self.labels) if name.lower() not in _NO_LABELS)
        more = RowExtras(tuple(self.further), tuple(self.places), tuple(self.notes), labels, kept, self.photo)
        return {key: value for key, value in values.items() if value}, more

    def _is_phone(self, name: str) -> bool:
        """Return whether a name is only the card's own phone, however it is written."""
        phones = [self.values.get("phone"), *(each.value for each in self.further if each.kind == "phone")]
        digits = "" if any(map(str.isalpha, name)) else _digits(name)
        return any(phone and (name == phone or (digits and digits == _digits(phone))) for phone in phones)

    def name(self, each: Property, _label: str | None) -> bool:
        family, given, additional, prefix, suffix = (*fields(each.value), *[""] * 5)[:5]
        if family or given:
            self._named.update(_words(" ".join((family, given, additional, prefix, suffix))))
        if family:
            self.values["last_name"] = family
        if given or additional:
            self.values["first_name"] = f"{given} {additional}".strip()
        return not (prefix or suffix)

    def full_name(self, each: Property, _label: str | None) -> bool:
        self.values.setdefault("full", " ".join(unescape(each.value).split()))
        self._full = self._full or each
        return True

    def contact(self, each: Property, label: str | None) -> bool:
        kind = _CONTACTS.get(each.name, "url")
        value = _address_of(unescape(each.value))
        name = label or _named(each.types)
        if not value:
            return False
        # In our own cards the first ones have no name, or are the preferred ones.
        is_further = label and UID in self.values and "pref" not in each.types and "pref" not in each.params
        if kind == "url" or kind in self.values or name in {"Fax", "Pager"} or is_further:
            self.further.append(ExtraContact(kind, name, value))
        else:
            self.values[kind] = value
            if said := extra_properties.first(each, label, value):
                self.kept.append(each._replace(name=extra_properties.FIRST, group=None, text=said))
        return True

    def organization(self, each: Property, _label: str | None) -> bool:
        self.values.setdefault("company", ", ".join(filter(None, fields(each.value))))
        return True

    def position(self, each: Property, _label: str | None) -> bool:
        is_first = "position" not in self.values
        self.values.setdefault("position", unescape(each.value))
        return is_first

    def birthday(self, each: Property, _label: str | None) -> bool:
        value = each.value.strip()
        omitted = each.params.get("x-apple-omit-year")
        if day_formats.is_without_year(value) or (omitted and value[:4] == omitted[0]):
            self.yearless = True
            return False
        if "text" in each.params.get("value", ()) or _NO_DAY.fullmatch(value):
            return False
        bare = _BARE.fullmatch(value)
        try:
            day = day_formats.parse_day("-".join(bare.groups()) if bare else value, "ymd")
        except ValueError as error:
            self.problem = say("birthday: {error}", error=error)
            return False
        if day:
            self.values["birthday"] = day.isoformat()
        return True

    def categories(self, each: Property, _label: str | None) -> bool:
        self.labels += filter(None, map(str.strip, split_list(each.value)))
        return True

    def note(self, each: Property, _label: str | None) -> bool:
        self.notes.append(unescape(each.value).strip())
        return True

    def place(self, each: Property, label: str | None) -> bool:
        box, extended, street, city, region, code, country = (*fields(each.value), *[""] * 7)[:7]
        street = ", ".join(filter(None, (street, extended, box)))
        lines = [" ".join(part.split()) or None for part in (street, code, city, region, country)]
        if label == vcard_writer.COMPANY and "work" in each.types and street and not any(lines[1:]):
            self.values.setdefault("company_address", street)
        elif any(lines):
            self.places.append(Place(label or _named(each.types - {"cell"}) or "Home", *lines))
        return True

    def picture(self, each: Property, _label: str | None) -> bool:
        value = each.value
        encoded = {"b", "base64"} & {each.lower() for each in (*each.params.get("encoding", ()), *each.types)}
        if value[:5].lower() == "data:" and ";base64," in value[:100]:
            encoded, value = {"b"}, value.partition(",")[2]
        if not encoded or self.photo is not None:
            return False
        try:
            self.photo = base64.b64decode("".join(value.split()))
        except ValueError:
            self.photo = b""
        return True


_TAKERS = {
    "N": _Person.name,
    "FN": _Person.full_name,
    "EMAIL": _Person.contact,
    "TEL": _Person.contact,
    "URL": _Person.contact,
    "ORG": _Person.organization,
    "TITLE": _Person.position,
    "BDAY": _Person.birthday,
    "CATEGORIES": _Person.categories,
    "NOTE": _Person.note,
    "ADR": _Person.place,
    "PHOTO": _Person.picture,
}


def unescape(value: str) -> str:
    """Remove the escapes from a value, Google's before colons too."""
    if "\\" not in value:
        return value.strip()
    from vobject.icalendar import stringToTextValues

    return ",".join(stringToTextValues(_ESCAPED.sub(lambda found: found[1] or ":", value))).strip()


def split_list(value: str) -> list[str]:
    """Split the values of a list, such as categories."""
    if "\\" not in value:
        return value.split(",")
    from vobject.icalendar import stringToTextValues

    return list(stringToTextValues(value))


def fields(value: str) -> list[str]:
    """Split the fields of a name, an address or an organization; several values of one are joined by spaces."""
    if "\\" not in value:
        return [" ".join(filter(None, map(str.strip, part.split(",")))) for part in value.split(";")]
    from vobject.vcard import splitFields

    parts = splitFields(value)
    return [" ".join(part.split() if isinstance(part, str) else map(str.strip, part)) for part in parts]


def _regrouped(kept: Sequence[Property]) -> tuple[str, ...]:
    """Return lines unchanged except for their groups, which are numbered by their content.

    Cards number theirs from one, each anew: those of several cards about one person must not become one
    group, nor may a card that comes again with other numbers be another's.
    """
    groups: dict[str, list[str]] = {}
    for each in kept:
        if each.group:
            groups.setdefault(each.group.lower(), []).append(each.text.partition(".")[2])
    numbers = {group: _number_of(lines) for group, lines in groups.items()}
    return tuple(
        f"item{numbers[each.group.lower()]}.{each.text.partition('.')[2]}" if each.group else each.text for each in kept
    )


def _number_of(lines: Sequence[str]) -> int:
    """Return a number of six digits for lines, the same for the same lines in any order."""
    said = unicodedata.normalize("NFC", "\n".join(sorted(line.strip() for line in lines)))
    return 100_000 + int.from_bytes(blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).digest()) % 900_000


def _preference(each: Property) -> tuple[int, int]:
    """Sort preferred e-mails and phones first; others stay in the order of the file."""
    fax = int(bool(each.types & {"fax", "pager"}))
    preferred = each.params.get("pref", ["1" if "pref" in each.types else "101"])[0]
    return fax, int(preferred) if preferred.isdecimal() and len(preferred) < 4 else 101


def _named(types: frozenset[str]) -> str | None:
    """Return the name of a contact or an address by its types."""
    names = [name for key, name in _TYPES.items() if key in types]
    return names[0] if names else None


def _label(value: str) -> str:
    """Read the name of a group of lines, ``_$!<Work>!$_`` as Apple writes those it translates."""
    known = _KNOWN.fullmatch(value.strip())
    return show_controls(" ".join((known[1] if known else unescape(value)).split()))


def _address_of(value: str) -> str:
    """Extract an e-mail or a phone from its URI."""
    scheme, colon, rest = value.partition(":")
    if colon and scheme.lower() in {"tel", "mailto"}:
        value, *parameters = unquote(rest).split(";") if scheme.lower() == "tel" else [unquote(rest).partition("?")[0]]
        extension = next((each[4:] for each in parameters if each.lower().startswith("ext=")), "")
        return f"{value.strip()} ext. {extension}" if extension else value.strip()
    return value


def _uid(value: str) -> str:
    return value.strip().lower().removeprefix("urn:uuid:")


def _our_uid(each: Property) -> str | None:
    """Return a client's uid in files that this program exports; None for any other property."""
    return uids.normalize(each.value) if each.name in {"UID", vcard_writer.OUR_UID} else None


def _words(name: str) -> set[str]:
    return set(re.findall(r"\w+", fold(name)))


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _is_group(found: list[Property]) -> bool:
    kinds = {"KIND", "X-ADDRESSBOOKSERVER-KIND"}
    return any(each.name in kinds and each.value.strip().lower() == "group" for each in found)
