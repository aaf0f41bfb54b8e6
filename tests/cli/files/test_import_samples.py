"""Imports of every kind of file about many people, compared with all that is stored."""

import re
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import heavy
import inprocess
import looking
import phonenumbers
import pytest
import samples
from samples import TODAY, Membership, Person

SEEDS = (7, 19, 404)
PEOPLE = 60
NEWSLETTER = "Newsletter"
OTHER_STATUS = "Status in the file differs from the computed status (--hold-unclear suspends the live ones)"


class Known(NamedTuple):
    """What a form of file knows of people besides their name, first e-mail and first phone, and what is said of it."""

    kind: str
    said: tuple[str, ...]
    parts: frozenset[str]
    email2: str = ""
    phone2: str = ""
    options: tuple[str, ...] = ()


def known(kind: str, said: str, parts: str = "", **more) -> Known:
    return Known(kind, tuple(said.split(" | ")), frozenset(parts.split()), **more)


CARD = "company labels note address"
KNOWN = {
    "google-2024.csv": known(
        "csv",
        "google-2024.csv is from Google Contacts | Read google-2024.csv: UTF-8 with BOM, columns separated by ,",
        "company labels note address birthday",
        email2="Work e-mail",
        phone2="Phone 2",
    ),
    "google-old-utf16.csv": known(
        "csv",
        "google-old-utf16.csv is from Google Contacts | Read google-old-utf16.csv: UTF-16, columns separated by ,"
        " | Ignored birthdays without a year: {birthdays}",
        "labels note",
    ),
    "outlook-cp1252.csv": known(
        "csv",
        "outlook-cp1252.csv is from Outlook"
        " | Read outlook-cp1252.csv: cp1252, columns separated by ,, days as MM/DD/YYYY",
        "company labels note address birthday",
        email2="E-mail 2",
    ),
    "wix-contacts.csv": known(
        "csv",
        "wix-contacts.csv is from Wix | Read wix-contacts.csv: UTF-8, columns separated by ,"
        " | Ignored unrecognized columns: SMS subscriber status, Source",
        "company labels address birthday since newsletter dog",
        email2="E-mail 2",
        phone2="Phone 2",
        options=("--map", "Nom du chien=Chien", "--map", "Email subscriber status=preference:Newsletter"),
    ),
    "members-fr.csv": known(
        "csv",
        "Created field N° client (text)"
        " | Read members-fr.csv: UTF-8 with BOM, columns separated by ;, days as DD/MM/YYYY",
        "since newsletter membership number",
        options=("--map", "Newsletter=preference:Newsletter"),
    ),
    "members-fr.xlsx": known(
        "xlsx",
        "Created field N° client (text) | Read members-fr.xlsx: sheet Membres",
        "since newsletter membership number",
        options=("--map", "Newsletter=preference:Newsletter"),
    ),
    "contacts-2.1.vcf": known("vcard", "Read contacts-2.1.vcf: vCard 2.1"),
    "contacts-3.0.vcf": known(
        "vcard",
        "Read contacts-3.0.vcf: vCard 3.0",
        "company labels note address birthday photo",
        email2="Work e-mail",
    ),
    "contacts-4.0.vcf": known(
        "vcard",
        "Read contacts-4.0.vcf: vCard 4.0 | Ignored birthdays without a year: {birthdays}"
        " | Stored for later vCards, as there is no field: {birthdays} properties",
        "company labels note address yearless",
        email2="Work e-mail",
    ),
}


# -- what should be there ------------------------------------------------------------------------


def written(person: Person, name: str) -> Person:
    """Return a person as a file has them: not every program can write everything; one e-mail is the first."""
    if KNOWN[name].email2 and not person.email:
        person = person._replace(email=person.email2, email2="")
    if KNOWN[name].phone2 and not person.phone:
        person = person._replace(phone=person.phone2, phone2="")
    if name == "outlook-cp1252.csv":
        texts = {key: value for key, value in person._asdict().items() if isinstance(value, str)}
        return person._replace(
            **{key: text.encode("cp1252", "replace").decode("cp1252") for key, text in texts.items()}
        )
    if name == "contacts-4.0.vcf":
        return person._replace(phone=person.phone.replace(" ", "-"))
    return person


def number(typed: str) -> str:
    """Return a phone in international form if it is one, of France unless it says otherwise; else as typed."""
    found = phonenumbers.parse(typed, "FR")
    is_valid = phonenumbers.is_valid_number(found)
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164) if is_valid else typed


def address(email: str) -> str:
    return email.replace("EXAMPLE", "example")


def expected(person: Person, of: Known, place: int) -> dict[str, object]:
    """Return what is known of a person from one file, in which they have a place."""
    has = of.parts.__contains__
    further = {of.email2: person.email2, of.phone2: person.phone2 and number(person.phone2)}
    if has("dog"):
        further["Chien"] = samples.dog(person)
    if has("number"):
        further["N° client"] = str(samples.FIRST_NUMBER + place)
    return {
        "name": (person.first, person.last),
        "email": address(person.email),
        "phone": person.phone and number(person.phone),
        "company": (person.company, person.position) if has("company") else ("", ""),
        "birthday": str(person.birthday or "") if has("birthday") else "",
        "since": str(person.since if has("since") else TODAY),
        "language": "fr" if has("dog") else "",
        "photo": has("photo") and person.labels == ["VIP"],
        "further": {name: value for name, value in further.items() if name and value},
        "labels": sorted(person.labels) if has("labels") else [],
        "notes": [person.note] if has("note") and person.note else [],
        "addresses": [("Home", person.street, person.postal_code, person.city, person.country)] * has("address"),
        "newsletter": person.is_opted_in if has("newsletter") else None,
        "kept": [f"BDAY:{person.birthday:--%m%d}"] if has("yearless") and person.birthday else [],
        "membership": bought(person.membership) if has("membership") else None,
    }


def bought(sold: Membership | None) -> tuple[object, ...] | None:
    """Return what is stored of a membership: of one that was cancelled, that it ended at the latest yesterday.

    The file gives a bill day after today; one that is today is found from the start.
    """
    if sold is None:
        return None
    cancelled, bills = None, sold.bills_on
    if bills is None and is_active(sold) and TODAY in (sold.starts_on + n * sold.every for n in range(100)):
        bills = TODAY
    if sold.is_cancelled:
        is_over = sold.ends_on and sold.ends_on < TODAY
        cancelled = sold.ends_on if is_over else max(TODAY, sold.starts_on) - timedelta(days=1)
        bills = None
    days = (sold.starts_on, sold.ends_on, bills, cancelled)
    return (sold.plan, sold.rate, f"{sold.cents / 100:.2f}", "EUR", *(day and str(day) for day in days))


def said(group: list[Person], of: Known) -> list[str]:
    """Describe what is told of an import into a new file, without the names and lines in it."""
    there = [expected(each, of, place) for place, each in enumerate(group)]
    sold = [each.membership for each in group if each.membership and "membership" in of.parts]
    made = {
        "plan": {each.plan for each in sold},
        "rate": {(each.plan, each.rate) for each in sold},
        "label": {label for each in there for label in each["labels"]},
        "field": {name for each in there for name in each["further"]} - {"Chien", "N° client"},
    }
    phones = [phone for each in there for phone in (each["phone"], each["further"].get(of.phone2)) if phone]
    odd = sum(not re.fullmatch(r"\+\d+", phone) for phone in phones)
    other = sum(not each.is_cancelled and not is_active(each) for each in sold)
    counted = f"clients {len(group)} added, 0 updated; memberships {len(sold)} added, 0 updated; 0 unchanged"
    return [
        *(line.format(birthdays=sum(bool(each.birthday) for each in group)) for line in of.said),
        *(f"Created {len(each)} {what}{'s' * (len(each) > 1)}" for what, each in made.items() if each),
        f"Stored as typed, as not a valid number: {odd} phones",
        *([f"{OTHER_STATUS}: {other} memberships"] if other else []),
        f"Imported {len(group)} rows: {counted}",
    ]


def is_active(sold: Membership) -> bool:
    return sold.starts_on <= TODAY and (sold.ends_on is None or sold.ends_on >= TODAY)


# -- what is there -------------------------------------------------------------------------------


def stored(book: Path) -> list[dict[str, object]]:
    """Return what is known of each client, in the order in which they came."""
    columns = "client_id,plan,rate,price,currency,starts,term_ends,next_billing,cancelled"
    listed = inprocess.run("membership", "list", "--columns", columns, "--json", db=book).json
    sold = {each.pop("client_id"): tuple(each.values()) for each in listed}
    assert len(sold) == len(listed)
    with looking.look(book) as db:

        def of(client: int, sql: str) -> list:
            rows = db.rows(f"SELECT {sql} client_id = ? ORDER BY 1", (client,))
            return [row[0] if len(row) == 1 else row for row in rows]

        return [
            {
                "name": (each["first_name"] or "", each["last_name"] or ""),
                "email": each["email"] or "",
                "phone": each["phone"] or "",
                "company": (each["company"] or "", each["position"] or ""),
                "birthday": each["birthday_on"] or "",
                "since": each["client_since_on"],
                "language": each["language"] or "",
                "photo": bool(each["photo"]),
                "further": dict(of(each["id"], "name, value FROM field_values v JOIN fields f ON f.id = field_id AND")),
                "labels": of(
                    each["id"], "name FROM client_labels JOIN labels l ON l.id = label_id AND kind = 'custom' AND"
                ),
                "notes": of(each["id"], "text FROM notes WHERE"),
                "addresses": of(each["id"], "name, street, postal_code, city, country FROM addresses WHERE"),
                "newsletter": next(map(bool, of(each["id"], "opted_in FROM consents WHERE")), None),
                "kept": of(each["id"], "text FROM card_properties WHERE text NOT LIKE 'X-CLIENTCTL-FIRST%' AND"),
                "membership": sold.get(each["id"]),
            }
            for each in looking.dump(db)["clients"]
        ]


# -- one file ------------------------------------------------------------------------------------


@pytest.fixture
def do(book):
    inprocess.fill(book, ("preference", "add", "Newsletter"), ("field", "add", "Chien"))
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", heavy.times(SEEDS[:1], SEEDS))
@pytest.mark.parametrize("name", KNOWN)
def test_all_that_a_file_says_is_there_once_and_nothing_else(do, book, tmp_path, name, seed):
    group = [written(each, name) for each in samples.people(seed, PEOPLE)]
    path, of = samples.write(tmp_path, name, samples.people(seed, PEOPLE)), KNOWN[name]
    before = looking.dump_file(book)
    done = do("import", of.kind, path, *of.options)
    told = [re.sub(r"^(Created \d+ \w+): .*| \(--map .*", r"\1", line) for line in done.err.splitlines()]
    assert [line for line in told if not line.startswith(("  ", "Possible duplicates: "))] == said(group, of)
    assert stored(book) == [expected(each, of, place) for place, each in enumerate(group)]
    kept = looking.dump_file(book)
    photos = {each["photo"] for each in kept["clients"] if each["photo"]}
    assert {each.name for each in book.parent.glob("clients.db.files/*")} == photos
    assert do("import", of.kind, path, *of.options).status == 5
    again = do("import", of.kind, path, *of.options, "--again")
    assert again.err.splitlines()[-1].endswith(
        f"clients 0 added, 0 updated; memberships 0 added, 0 updated; {PEOPLE} unchanged"
    )
    assert {**looking.dump_file(book), "imports": kept["imports"]} == kept
    inprocess.fill(book, ("undo",), ("undo",))
    assert looking.dump_file(book) == before


# -- all of them ---------------------------------------------------------------------------------


def test_people_who_come_from_everywhere_are_there_once(do, book, tmp_path):
    """Whoever has an e-mail is known by it; others by their phone and name, unless a file can't write that."""
    group = samples.people(2026, PEOPLE)
    for name, of in KNOWN.items():
        done = do("import", of.kind, samples.write(tmp_path, name, group), *of.options, "--same-email", "match")
        assert done.status == 0, done
    in_outlook = [written(each, "outlook-cp1252.csv") for each in group]
    unnamed = [each for each in in_outlook if not each.email and "?" in each.first + each.last]
    everything = known("", "", " ".join({part for of in KNOWN.values() for part in of.parts}))
    everything = everything._replace(email2="Work e-mail", phone2="Phone 2")
    there = stored(book)
    in_google = [written(each, "google-2024.csv") for each in group]
    assert there[:PEOPLE] == [expected(each, everything, place) for place, each in enumerate(in_google)]
    assert len(there) == PEOPLE + len(unnamed)
