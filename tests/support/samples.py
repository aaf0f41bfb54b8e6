"""Address books and sheets of members as other programs write them, the same ones for the same seed.

No person here exists: names are drawn from lists, e-mail addresses are under example.* and phone numbers are
in ranges kept for fiction. What is real is the form: the columns, encodings, separators and habits of the
programs that such files come from.
"""

import base64
import csv
import io
import quopri
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from openpyxl import Workbook

TODAY = date(2026, 3, 1)
"""The day on which the files were written."""

_FIRST = """Amélie Zoé Chloé Léa Inès Maëlle Anaïs Hélène Noémie Gaëlle Jean-Baptiste Loïc Théo Hugo Étienne François
    Benoît Jérôme Cédric Rémi Giulia Chiara Francesca Alessandra Niccolò Matteo Lorenzo Andrea José María Iñigo Begoña
    Jürgen Björn Käthe Søren Åse Łukasz Zofia Siobhán Aoife Dylan Emma Olivia Noah Liam Ava Sophie Grace Ngọc Thị
    Mehmet Ayşe Олена Иван 美咲 太郎 小明 O'Neil Mary-Kate Sam Alex"""
_LAST = """Martin Bernard Dubois Lefèvre Müller Schäfer Weiß Nguyễn O'Connor D'Angelo De_Luca Di_Stefano Van_den_Berg
    García Núñez Peña Ibáñez Rossi Russo Esposito Ferrari Smith Jones Taylor-Brown McDonald Kowalski Østergaard Åberg
    Yılmaz Şahin Шевченко Петров 佐藤 山本 王 李 Saint-Exupéry L'Hermite Null Test"""
_CITIES = (
    ("Lyon", "69003", "France"),
    ("Paris", "75011", "France"),
    ("Torino", "10121", "Italia"),
    ("Milano", "20121", "Italia"),
    ("Bristol", "BS1 4DJ", "United Kingdom"),
    ("Zürich", "8001", "Schweiz"),
)
_RATES = (
    ("Yoga illimité", "Mensuel", 4990, relativedelta(months=1)),
    ("Yoga illimité", "Annuel", 49900, relativedelta(months=12)),
    ("Pilates", "Mensuel", 6500, relativedelta(months=1)),
    ("Spa Gold", "Trimestriel", 18000, relativedelta(months=3)),
    ("Coaching", "Quinzaine", 8000, relativedelta(weeks=2)),
)
_LABELS = ("VIP", "Nouveau", "Yoga", "À relancer", "Famille", "Bon cadeau")
_NOTES = (
    *("", "", ""),
    "Préfère le matin.",
    "Genou gauche fragile ;\néviter les fentes.",
    'A dit "peut-être" pour l\'été.',
    "=SUM(A1:A9) collé par erreur",
    "[bold]pas de balise[/bold]",
)
_PHONES: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: f"+33 6 39 98 {rng.randrange(100):02} {rng.randrange(100):02}",
    lambda rng: f"01 99 00 {rng.randrange(100):02} {rng.randrange(100):02}",
    lambda rng: f"+44 7700 900{rng.randrange(1000):03}",
    lambda rng: f"(07700) 900-{rng.randrange(1000):03}",
    lambda rng: f"+39 06 5555 {rng.randrange(10000):04}",
)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8cfc0f01f00050001ff89993d"
    "1d0000000049454e44ae426082"
)
"""A PNG."""


class Membership(NamedTuple):
    """A membership; ``bills_on`` is the first bill day after today, None if that is past the end."""

    plan: str
    rate: str
    cents: int
    every: relativedelta
    starts_on: date
    ends_on: date | None
    bills_on: date | None
    is_cancelled: bool


class Person(NamedTuple):
    """A person, with correct and complete data."""

    first: str
    last: str
    labels: list[str]
    note: str
    city: str
    postal_code: str
    country: str
    street: str
    is_opted_in: bool
    since: date
    email: str = ""
    phone: str = ""
    email2: str = ""
    phone2: str = ""
    company: str = ""
    position: str = ""
    birthday: date | None = None
    membership: Membership | None = None


def people(seed: int, count: int) -> list[Person]:
    """Return random people."""
    rng = random.Random(seed)
    return [_person(rng, number) for number in range(count)]


def write(folder: Path, name: str, group: Sequence[Person]) -> Path:
    """Write the file of a name in ``FORMATS`` about some people, and return where it is."""
    path = folder / name
    path.write_bytes(FORMATS[name](group))
    return path


def _person(rng: random.Random, number: int) -> Person:
    first, last = rng.choice(_FIRST.split()), rng.choice(_LAST.split()).replace("_", " ")
    labels, note = rng.sample(_LABELS, rng.choice([0, 0, 1, 1, 2])), rng.choice(_NOTES)
    city, street = rng.choice(_CITIES), f"{rng.randrange(1, 99)} rue de l'Épée"
    is_opted_in, since = rng.random() < 0.4, TODAY - timedelta(days=rng.randrange(3, 1800))
    person = Person(first, last, labels, note, *city, street, is_opted_in, since)
    if rng.random() < 0.93:
        host = rng.choice(["example.com", "example.org", "EXAMPLE.net"])
        person = person._replace(email=f"client{number:04}@{host}")
    if rng.random() < 0.8 or not person.email:
        person = person._replace(phone=_phone(rng))
    if rng.random() < 0.15:
        person = person._replace(email2=f"work{number:04}@example.org", phone2=_phone(rng))
    if rng.random() < 0.2:
        person = person._replace(company="Épices & Fils, SARL", position="Gérante")
    if rng.random() < 0.5:
        born = date(rng.randrange(1945, 2008), 1, 1) + timedelta(days=rng.randrange(365))
        person = person._replace(birthday=born)
    return person._replace(membership=_membership(rng) if rng.random() < 0.7 else None)


def _phone(rng: random.Random) -> str:
    return rng.choice(_PHONES)(rng)


def _membership(rng: random.Random) -> Membership:
    plan, rate, cents, every = rng.choice(_RATES)
    start = TODAY - timedelta(days=rng.randrange(-20, 700))
    if rng.random() < 0.15:
        start = date(start.year, rng.choice([1, 3, 5, 7, 8, 10, 12]), 31)
    is_open = rng.random() < 0.25
    end = None if is_open else start + relativedelta(months=rng.choice([6, 12, 24])) - timedelta(days=1)
    if rng.random() < 0.08:
        end = TODAY + timedelta(days=rng.randrange(10))
        start = min(start, end - timedelta(days=40))
    periods = 0
    while start + periods * every <= TODAY:
        periods += 1
    following = start + periods * every
    bills_on = following if end is None or following <= end else None
    return Membership(plan, rate, cents, every, start, end, bills_on, rng.random() < 0.06)


# -- sheets --------------------------------------------------------------------------------------

_GOOGLE = """First Name,Middle Name,Last Name,Phonetic First Name,Phonetic Middle Name,Phonetic Last Name,Name Prefix,
    Name Suffix,Nickname,File As,Organization Name,Organization Title,Organization Department,Birthday,Notes,Photo,
    Labels,E-mail 1 - Label,E-mail 1 - Value,E-mail 2 - Label,E-mail 2 - Value,Phone 1 - Label,Phone 1 - Value,
    Phone 2 - Label,Phone 2 - Value,Address 1 - Label,Address 1 - Formatted,Address 1 - Street,Address 1 - City,
    Address 1 - PO Box,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country,Address 1 - Extended Address,
    Custom Field 1 - Label,Custom Field 1 - Value"""
_GOOGLE_OLD = """Name,Given Name,Additional Name,Family Name,Yomi Name,Given Name Yomi,Additional Name Yomi,
    Family Name Yomi,Name Prefix,Name Suffix,Initials,Nickname,Short Name,Maiden Name,Birthday,Gender,Location,
    Billing Information,Directory Server,Mileage,Occupation,Hobby,Sensitivity,Priority,Subject,Notes,Group Membership,
    E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Organization 1 - Type,Organization 1 - Name,
    Organization 1 - Title"""
_OUTLOOK = """First Name,Middle Name,Last Name,Title,Suffix,Nickname,E-mail Address,E-mail 2 Address,E-mail 3 Address,
    Home Phone,Business Phone,Home Fax,Mobile Phone,Home Address,Home Street,Home City,Home State,Home Postal Code,
    Home Country,Company,Job Title,Department,Birthday,Anniversary,Notes,Categories"""
_WIX = """First Name,Last Name,Email 1,Email 2,Phone 1,Phone 2,Address 1 - Type,Address 1 - Street,Address 1 - City,
    Address 1 - State/Region,Address 1 - Zip,Address 1 - Country,Company,Position,Birthdate,Labels,Created At (UTC+0),
    Email subscriber status,SMS subscriber status,Last Activity,Last Activity Date (UTC+0),Source,Language,
    Nom du chien"""
_SHEET = """N° client,Prénom,Nom,E-mail,Téléphone,Client depuis,Formule,Tarif,Prix,Début,Fin,Prochaine facturation,
    Statut,Newsletter"""

_Cells = Mapping[str, object]


def _google(group: Iterable[Person]) -> Iterator[_Cells]:
    for each in group:
        yield {
            "First Name": each.first,
            "Last Name": each.last,
            "Organization Name": each.company,
            "Organization Title": each.position,
            "Birthday": each.birthday,
            "Notes": each.note,
            "Labels": " ::: ".join([*each.labels, "* myContacts"]),
            "E-mail 1 - Label": each.email and "* Home",
            "E-mail 1 - Value": each.email,
            "E-mail 2 - Label": each.email2 and "Work",
            "E-mail 2 - Value": each.email2,
            "Phone 1 - Label": each.phone and "Mobile",
            "Phone 1 - Value": " ::: ".join(filter(None, [each.phone, each.phone2])),
            "Address 1 - Label": "Home",
            "Address 1 - Formatted": f"{each.street}\n{each.postal_code} {each.city}\n{each.country}",
            **_address(each, "Address 1 - "),
        }


def _google_old(group: Iterable[Person]) -> Iterator[_Cells]:
    for each in group:
        yield {
            "Name": f"{each.first} {each.last}",
            "Given Name": each.first,
            "Family Name": each.last,
            "Birthday": each.birthday and each.birthday.strftime("--%m-%d"),
            "Notes": each.note,
            "Group Membership": " ::: ".join(["* myContacts", *each.labels]),
            "E-mail 1 - Type": "* Home",
            "E-mail 1 - Value": each.email,
            "Phone 1 - Type": "Mobile",
            "Phone 1 - Value": each.phone,
        }


def _outlook(group: Iterable[Person]) -> Iterator[_Cells]:
    for each in group:
        born = each.birthday
        yield {
            "First Name": each.first,
            "Last Name": each.last,
            "E-mail Address": each.email,
            "E-mail 2 Address": each.email2,
            "Mobile Phone": each.phone,
            **_address(each, "Home "),
            "Company": each.company,
            "Job Title": each.position,
            "Birthday": f"{born.month}/{born.day}/{born.year}" if born else "0/0/00",
            "Notes": each.note,
            "Categories": ";".join(each.labels),
        }


def _wix(group: Iterable[Person]) -> Iterator[_Cells]:
    for each in group:
        yield {
            "First Name": each.first,
            "Last Name": each.last,
            "Email 1": each.email,
            "Email 2": each.email2,
            "Phone 1": each.phone and f"'{each.phone}",
            "Phone 2": each.phone2 and f"'{each.phone2}",
            "Address 1 - Type": "HOME",
            **_address(each, "Address 1 - ", "Zip"),
            "Company": each.company,
            "Position": each.position,
            "Birthdate": each.birthday,
            "Labels": ";".join(each.labels),
            "Created At (UTC+0)": f"{each.since} 09:30",
            "Email subscriber status": "Subscribed" if each.is_opted_in else "Never subscribed",
            "SMS subscriber status": "Never subscribed",
            "Source": "Wix Bookings",
            "Language": "fr",
            "Nom du chien": dog(each),
        }


FIRST_NUMBER = 1001
"""What the sheet of members calls the first of them; the others follow."""


def dog(person: Person) -> str:
    """Return the name of the dog, for a custom field in Wix."""
    return "Rex" if person.labels == ["Famille"] else ""


def _address(person: Person, before: str, code: str = "Postal Code") -> _Cells:
    cells = {"Street": person.street, "City": person.city, code: person.postal_code, "Country": person.country}
    return {before + name: cell for name, cell in cells.items()}


def _members(group: Iterable[Person]) -> Iterator[_Cells]:
    """Return the cells of a sheet of members, days and prices as such."""
    for number, each in enumerate(group, FIRST_NUMBER):
        known = {
            "N° client": number,
            "Prénom": each.first,
            "Nom": each.last,
            "E-mail": each.email,
            "Téléphone": each.phone,
            "Client depuis": each.since,
            "Newsletter": "oui" if each.is_opted_in else "non",
        }
        if each.membership:
            sold = each.membership
            known |= {
                "Formule": sold.plan,
                "Tarif": sold.rate,
                "Prix": sold.cents / 100,
                "Début": sold.starts_on,
                "Fin": sold.ends_on,
                "Prochaine facturation": sold.bills_on,
                "Statut": "Annulé" if sold.is_cancelled else "Actif",
            }
        yield known


def _french(cell: object) -> object:
    if isinstance(cell, float):
        return f"{cell:.2f} €".replace(".", ",")
    return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else cell


def _columns(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",")]


def _csv(
    columns: str, rows: Iterable[_Cells], encoding: str = "utf-8", delimiter: str = ",", end: str = "\r\n"
) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, _columns(columns), restval="", delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding, errors="replace")


def _members_csv(group: Iterable[Person]) -> bytes:
    rows = ({name: _french(cell) for name, cell in row.items()} for row in _members(group))
    return _csv(_SHEET, rows, "utf-8-sig", ";")


def _members_xlsx(group: Iterable[Person]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Membres")
    columns = _columns(_SHEET)
    sheet.append(columns)
    for row in _members(group):
        sheet.append([row.get(name) for name in columns])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# -- cards ---------------------------------------------------------------------------------------


def _vcard(version: str) -> Callable[[Iterable[Person]], bytes]:
    card = _old_card if version == "2.1" else _card
    return lambda group: b"".join(card(each, version) for each in group)


def _old_card(person: Person, version: str) -> bytes:
    def quoted(name: str, text: str) -> str:
        value = quopri.encodestring(text.encode()).decode().replace("=\n", "=\r\n")
        return f"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{value}"

    contacts = [person.phone and f"TEL;CELL:{person.phone}", person.email and f"EMAIL;INTERNET:{person.email}"]
    names = [quoted("N", f"{person.last};{person.first};;;"), quoted("FN", f"{person.first} {person.last}")]
    whole = ["BEGIN:VCARD", f"VERSION:{version}", *names, *filter(None, contacts), "END:VCARD", ""]
    return "\r\n".join(whole).encode()


def _card(person: Person, version: str) -> bytes:
    is_old = version == "3.0"
    lines = [
        f"N:{_escaped(person.last)};{_escaped(person.first)};;;",
        f"FN:{_escaped(f'{person.first} {person.last}')}",
    ]
    if person.email:
        lines.append(f"EMAIL;TYPE=INTERNET,HOME:{person.email}" if is_old else f"EMAIL;TYPE=home;PREF=1:{person.email}")
    if person.phone:
        uri = f"TEL;VALUE=uri;TYPE=cell:tel:{person.phone.replace(' ', '-')}"
        lines.append(f"TEL;TYPE=CELL:{person.phone}" if is_old else uri)
    if person.email2:
        lines += [f"item1.EMAIL:{person.email2}", "item1.X-ABLabel:_$!<Work>!$_"]
    if person.birthday:
        lines.append(f"BDAY:{person.birthday if is_old else person.birthday.strftime('--%m%d')}")
    if person.company:
        lines += [f"ORG:{_escaped(person.company)};", f"TITLE:{_escaped(person.position)}"]
    if person.labels:
        lines.append(f"CATEGORIES:{','.join(map(_escaped, person.labels))}")
    if person.note:
        lines.append(f"NOTE:{_escaped(person.note)}")
    place = f"{_escaped(person.street)};{person.city};;{person.postal_code};{person.country}"
    lines.append(f"ADR;TYPE=HOME:;;{place}")
    if person.labels == ["VIP"] and is_old:
        lines.append(f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(PIXEL).decode()}")
    whole = ["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD"]
    return b"".join(_folded(line) + b"\r\n" for line in whole)


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (",", "\\,"), (";", "\\;"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> bytes:
    raw, folded = line.encode(), b""
    while len(raw) > 75:
        cut = 75
        while raw[cut] & 0xC0 == 0x80:
            cut -= 1
        folded, raw = folded + raw[:cut] + b"\r\n ", raw[cut:]
    return folded + raw


FORMATS: Mapping[str, Callable[[Iterable[Person]], bytes]] = {
    "google-2024.csv": lambda group: _csv(_GOOGLE, _google(group), "utf-8-sig", end="\n"),
    "google-old-utf16.csv": lambda group: _csv(_GOOGLE_OLD, _google_old(group), "utf-16"),
    "outlook-cp1252.csv": lambda group: _csv(_OUTLOOK, _outlook(group), "cp1252"),
    "wix-contacts.csv": lambda group: _csv(_WIX, _wix(group)),
    "members-fr.csv": _members_csv,
    "members-fr.xlsx": _members_xlsx,
    "contacts-2.1.vcf": _vcard("2.1"),
    "contacts-3.0.vcf": _vcard("3.0"),
    "contacts-4.0.vcf": _vcard("4.0"),
}
"""The files, by name, as bytes about some people; what cp1252 can't write is ``?`` in that file."""
