"""Find the columns that people have several of: further e-mails and phones, addresses, notes; a middle name.

Address books number such columns (``Phone 2 - Value``) or name them (``Home Phone``, ``Business City``);
lists kept by hand have one address. Nothing is taken from the cells.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from clientctl.base.import_records import ContactKind, ExtraContact
from clientctl.base.people import Place
from clientctl.base.text import fold, squeeze

VALUE_SEPARATOR = ":::"
"""The separator of several values in one cell, as Google writes them."""


_NUMBERED: tuple[tuple[ContactKind, re.Pattern[str]], ...] = (
    ("email", re.compile(r"e?mail(\d+)(?:value|address)?")),
    ("email", re.compile(r"(?:adressedemessagerie|indirizzo(?:di)?postaelettronica)(\d+)")),
    ("phone", re.compile(r"(?:phone|tel|telephone)(\d+)(?:value|number)?")),
    ("url", re.compile(r"(?:website|webpage|url)(\d+)(?:value)?")),
)
_LABEL = re.compile(r"(email|phone|website|address)(\d+)(?:label|type)")
_KIND_OF: Mapping[str, ContactKind] = {"email": "email", "phone": "phone", "website": "url"}

_NAMED: Mapping[ContactKind, str] = {
    "phone": """
        home phone, home phone 2, business phone, business phone 2, mobile phone, other phone, primary phone, company
        main phone, car phone, assistant's phone, radio phone, work phone, work mobile, home fax, business fax, other
        fax, work fax, fax, pager, landline, second phone, home number, work number, fax number, pager number, tél
        fixe, tél domicile, tél maison, téléphone maison, tél pro, tél bureau, tél travail, téléphone travail, tel
        casa, tel ufficio, tel fisso, telefono di casa, téléphone fixe, fixe, téléphone domicile, téléphone 2
        (domicile), téléphone professionnel, téléphone (bureau), téléphone 2 (bureau), téléphone (autre), téléphone
        principal, téléphone société, téléphone (voiture), téléphone de l'assistant(e), radio téléphone, récepteur de
        radiomessagerie, téléphone 2, tél 2, mobile 2, portable 2, télécopie, télécopie (bureau), télécopie
        (domicile), télécopie (autre), telefono fisso, fisso, telefono casa, telefono ufficio, telefono lavoro,
        telefono 2, cellulare 2, altro telefono, telefono principale, telefono principale società, telefono auto,
        telefono assistente, radiotelefono, cercapersone, fax (uff.), fax (ab.), altro fax""",
    "email": "secondary email, other email, work email, home email, e-mail 2, courriel 2, autre e-mail, altra e-mail",
    "url": "website, web page, personal web page, web site, site web, page web, sito web, url",
}

_BARE = "abitazione, abitazione 2, ufficio, ufficio 2"
"""The names of phones in Italian Outlook; in other sheets these words may mean anything."""

_PARTS = {
    "street": """
        street, street address, street line 1, address line 1, address 1, rue, adresse, adresse 1, adresse postale,
        via, indirizzo, indirizzo di residenza, residenza, address""",
    "street2": """
        street 2, street line 2, address line 2, address 2, extended
        address, complément d'adresse, complément, rue 2, via 2""",
    "street3": "street 3, rue 3, via 3",
    "box": "po box, address po box, boîte postale, casella postale",
    "city": "city, town, ville, localité, commune, città, comune",
    "region": "region, state, state/region, province, county, région, département, dép/région, regione, provincia",
    "postal_code": "postal code, zip, zip code, postcode, code postal, cp, cap, codice postale",
    "country": "country, country/region, pays, pays/région, paese, nazione",
    "whole": "formatted",
}
_LINES = ("street", "street2", "street3", "box")
_FURTHER_KINDS: Mapping[str, ContactKind] = {"other_email": "email", "other_phone": "phone", "website": "url"}
"""The kinds that a user can assign to a column."""

_NOTES = """
    notes, note, remarks, remark, comments, comment, remarques, remarque, commentaires, commentaire, note interne,
    notes internes, annotazioni, osservazioni, commenti"""
_MIDDLE = "middle name, additional name, second name, deuxième prénom, autres prénoms, secondo nome"
_AT = re.compile(r"(address\d*|home|business|other|work|altr[ao])(.+)")
_AT_END = re.compile(r"(.+?)(bureau|domicile|autre|uff|ab)(\d?)")
"""Outlook in French and Italian puts the kind of address behind its parts: ``Rue (bureau) 2``, ``Via (ab.)``."""
_GROUPS = {
    "bureau": "business",
    "uff": "business",
    "domicile": "home",
    "ab": "home",
    "autre": "other",
    "altra": "other",
    "altro": "other",
}
_SHOWN = {"home": "Home", "business": "Work", "work": "Work", "other": "Other"}


class RepeatedColumns(NamedTuple):
    """The places of repeated columns in a row.

    ``further`` are kind, the name in the sheet (None for a number only), the place of the label, the
    place of the value; ``addresses`` the name, the place of the label, the place of each part; ``header`` names
    the columns.
    """

    header: Sequence[str]
    further: tuple[tuple[ContactKind, str | None, int | None, int], ...]
    addresses: tuple[tuple[str, int | None, Mapping[str, int]], ...]
    notes: tuple[int, ...]
    middle: int | None
    taken: frozenset[int]

    def contacts(self, cells: Sequence[str]) -> list[ExtraContact]:
        """Return the further e-mails, phones and web addresses of a row."""
        found = []
        for kind, name, label, place in self.further:
            if cell := cells[place]:
                called = (label is not None and cells[label].removeprefix("* ")) or name
                found += [ExtraContact(kind, called or None, value, self.header[place]) for value in split_values(cell)]
        return found

    def places(self, cells: Sequence[str]) -> tuple[Place, ...]:
        """Return the addresses of a row."""
        return tuple(place for each in self.addresses for place in self._places(cells, *each))

    def _places(self, cells: Sequence[str], name: str, label: int | None, parts: Mapping[str, int]) -> Iterator[Place]:
        """Yield the addresses in the columns of one: Google puts several of a kind into the same columns."""
        said = {part: cells[place] for part, place in parts.items() if cells[place]}
        called = (label is not None and cells[label].removeprefix("* ").capitalize()) or name
        if not any(VALUE_SEPARATOR in cell for cell in said.values()):
            each_said = [said]
        else:
            listed = {part: [each.strip() for each in cell.split(VALUE_SEPARATOR)] for part, cell in said.items()}
            most = range(max(map(len, listed.values())))
            each_said = [
                {part: each[at] for part, each in listed.items() if at < len(each) and each[at]} for at in most
            ]
        for one in each_said:
            if place := self._place(one, called):
                yield place

    def _place(self, address: dict[str, str], called: str) -> Place | None:
        street = ", ".join(address[line] for line in _LINES if line in address)
        if not street and not address.keys() - {"whole"}:
            street = " ".join(address.get("whole", "").split("\n"))
        if not street and not address:
            return None
        return Place(
            called, street or None, *(address.get(part) for part in ("postal_code", "city", "region", "country"))
        )


def split_values(cell: str) -> list[str]:
    """Split several values in one cell, as Google writes them."""
    return [part for part in map(str.strip, cell.split(VALUE_SEPARATOR)) if part] if VALUE_SEPARATOR in cell else [cell]


def is_contact(name: str) -> bool:
    """Return whether a column is a further e-mail, phone or web address, by its name."""
    return _contact(name, squeeze(fold(name))) is not None


def label_of(header: Sequence[str], place: int) -> int | None:
    """Find the column with the kind of contact of another one, by the number in both names."""
    contact = _contact(header[place], squeeze(fold(header[place])))
    for at, name in enumerate(header):
        label = _LABEL.fullmatch(squeeze(fold(name)))
        if contact and label and (_KIND_OF.get(label[1]), label[2]) == (contact[0], contact[2]):
            return at
    return None


def recognize(
    header: Sequence[str], unknown: Sequence[int], own: Collection[int] = (), chosen: Mapping[int, str] | None = None
) -> RepeatedColumns:
    """Find the repeated columns among those that are nothing else; ``own`` are named like custom fields.

    ``chosen`` is what the user said of columns.
    """
    chosen = chosen or {}
    further: list[tuple[ContactKind, str | None, str | None, int]] = []
    labels: dict[tuple[str, str], int] = {}
    addresses: dict[str, dict[str, int]] = {}
    notes, middle = [], None
    taken: set[int] = set()
    has_bare = _ITALIAN_OUTLOOK in {squeeze(fold(name)) for name in header}
    for place in [*chosen, *unknown]:
        key = squeeze(fold(header[place]))
        contact, address, label = _contact(header[place], key), _address(key), _LABEL.fullmatch(key)
        if has_bare and key in _BARE_KEYS:
            contact = "phone", header[place], None
        if place in chosen:
            kind = _FURTHER_KINDS.get(chosen[place])
            contact = (kind, None if key in _KIND_OF else header[place], None) if kind else None
            address, label, key = ("", chosen[place]), None, chosen[place]
        if label:
            labels[label[1], label[2]] = place
        elif contact:
            kind, name, number = contact
            further.append((kind, header[place] if place in own else name, number, place))
        elif key in _NOTE_KEYS:
            notes.append(place)
        elif key in _MIDDLE_KEYS and middle is None:
            middle = place
        elif address and address[1] not in addresses.setdefault(address[0], {}):
            addresses[address[0]][address[1]] = place
        else:
            continue
        taken.add(place)
    _take_whole_for_street(addresses)
    kinds = {kind: name for name, kind in _KIND_OF.items()}
    return RepeatedColumns(
        header,
        tuple((kind, name, labels.get((kinds[kind], number or "")), place) for kind, name, number, place in further),
        tuple(
            (_SHOWN.get(group, "Home"), labels.get(("address", group.removeprefix("address"))), parts)
            for group, parts in addresses.items()
        ),
        tuple(notes),
        middle,
        frozenset(taken),
    )


def _take_whole_for_street(addresses: Mapping[str, dict[str, int]]) -> None:
    """Use ``Home Address`` next to ``Home City`` as the street of that address."""
    for parts in addresses.values():
        if "whole" in parts and "street" not in parts and len(parts) > 1:
            parts["street"] = parts.pop("whole")


def _contact(name: str, key: str) -> tuple[ContactKind, str | None, str | None] | None:
    """Return the kind of contact of a column, with its name and number if it has them."""
    for kind, pattern in _NUMBERED:
        if match := pattern.fullmatch(key):
            return kind, None, match[1]
    kind_named = _NAMED_KEYS.get(key)
    return (kind_named, name, None) if kind_named else None


def _address(key: str) -> tuple[str, str] | None:
    """Return the address that a column belongs to, and which part of it the column is."""
    if key in _PART_KEYS:
        return "", _PART_KEYS[key]
    match = _AT.fullmatch(key)
    if match and match[2] in _PART_KEYS:
        part = _PART_KEYS[match[2]]
        return _GROUPS.get(match[1], match[1]), "whole" if match[2] == "address" else part
    match = _AT_END.fullmatch(key)
    if match and (part_of := _PART_KEYS.get(match[1] + match[3])):
        return _GROUPS[match[2]], part_of
    return None


def _keys(listed: str) -> list[str]:
    return [squeeze(fold(name)) for name in listed.split(",")]


_NAMED_KEYS: Mapping[str, ContactKind] = {key: kind for kind, listed in _NAMED.items() for key in _keys(listed)}
_PART_KEYS = {key: part for part, listed in _PARTS.items() for key in _keys(listed)}
_BARE_KEYS = frozenset(_keys(_BARE))
(_ITALIAN_OUTLOOK,) = _keys("indirizzo posta elettronica")
_NOTE_KEYS = frozenset(_keys(_NOTES))
_MIDDLE_KEYS = frozenset(_keys(_MIDDLE))
