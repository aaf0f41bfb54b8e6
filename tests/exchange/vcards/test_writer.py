"""vCards that address books read: escaped, folded, nothing let in by a name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base.people import Contact, NamedContact, Place
from clientctl.exchange.vcards import writer as vcard_writer
from clientctl.exchange.vcards.reader import Cards

NOBODY = Contact("Ana", None, None, None, None, None, (), (), (), (), ())


def read(content):
    """Read a vCard as RFC 2426 says, knowing nothing of how it was written: names and values, still escaped."""
    text = content.decode()
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    return [tuple(line.split(":", 1)) for line in lines]


def plain(value):
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], value)


def parts(value, separator):
    return [plain(each) for each in re.findall(rf"(?:\\.|[^\\{separator}])*", value)][::2] if value else [""]


def test_a_whole_person():
    person = Contact(
        "Zoé Mü;ller, \\x",
        "Zoé",
        "Mü;ller, \\x",
        "Épices & Fils",
        "Gérante",
        "1990-02-28",
        (NamedContact(None, "zoe@example.com"), NamedContact("Work", "z@example.org")),
        (NamedContact(None, "+33612345678"), NamedContact("Portable 2", "012 kein Anschluss")),
        (NamedContact("Site web", "https://example.com"),),
        (Place("Home", "1 rue X\n2e étage", "75001", "Paris", None, "France"),),
        ("VIP", "a,b"),
        company_address="3 rue Y",
    )
    assert vcard_writer.write(person).decode().splitlines() == [
        "BEGIN:VCARD",
        "VERSION:3.0",
        r"FN:Zoé Mü\;ller\, \\x",
        r"N:Mü\;ller\, \\x;Zoé;;;",
        "ORG:Épices & Fils",
        "TITLE:Gérante",
        "BDAY:1990-02-28",
        "EMAIL;TYPE=INTERNET:zoe@example.com",
        "item1.EMAIL;TYPE=INTERNET,WORK:z@example.org",
        "item1.X-ABLabel:Work",
        "TEL:+33612345678",
        "item2.TEL;TYPE=CELL:012 kein Anschluss",
        "item2.X-ABLabel:Portable 2",
        "item3.URL:https://example.com",
        "item3.X-ABLabel:Site web",
        r"item4.ADR;TYPE=HOME:;;1 rue X\n2e étage;Paris;;75001;France",
        "item4.X-ABLabel:Home",
        "item5.ADR;TYPE=WORK:;;3 rue Y;;;;",
        "item5.X-ABLabel:Company",
        r"CATEGORIES:VIP,a\,b",
        "END:VCARD",
    ]


def test_version_4_has_its_own_forms_of_days_and_pictures():
    person = NOBODY._replace(
        birthday_on="1990-02-28",
        emails=(NamedContact(None, "a@example.com"),),
        photo=b"\xff\xd8" * 60,
        uid="5b5fe80e-2abb-8abe-8000-000000000001",
        revised_at="2026-03-01T09:00:00Z",
        notes=("one\ntwo",),
    )
    lines = read(vcard_writer.write(person, "4.0"))
    assert lines[1:-3] == [
        ("VERSION", "4.0"),
        ("FN", "Ana"),
        ("N", ";;;;"),
        ("UID", "urn:uuid:5b5fe80e-2abb-8abe-8000-000000000001"),
        ("BDAY", "19900228"),
        ("EMAIL", "a@example.com"),
        ("NOTE", r"one\ntwo"),
    ]
    assert lines[-3] == ("PHOTO", "data:image/jpeg;base64," + "/9j/2P/Y" * 20)
    assert lines[-2] == ("REV", "20260301T090000Z")
    lines = dict(read(vcard_writer.write(person)))
    assert (lines["BDAY"], lines["REV"]) == ("1990-02-28", "2026-03-01T09:00:00Z")
    assert lines["PHOTO;ENCODING=b;TYPE=JPEG"] == "/9j/2P/Y" * 20


def test_what_was_kept_adds_no_line_and_no_name_of_ours_a_second_time():
    kept = (
        "X-EVIL:a\r\nEND:VCARD\x00",
        "no property",
        "item7.X-A:b",
        "N:;;;Dr\\;x;",
        "BDAY:--0101",
        "UID:mine",
        "uid:x",
    )
    person = NOBODY._replace(
        kept=kept, emails=(NamedContact("Work", "a@example.com"),), birthday_on="1990-02-28", uid="ours"
    )
    assert [line for line in read(vcard_writer.write(person)) if line[0] not in {"BEGIN", "VERSION", "FN"}] == [
        ("N", r";;;Dr\;x;"),
        ("X-CLIENTCTL-UID", "urn:uuid:ours"),
        ("BDAY", "1990-02-28"),
        ("item8.EMAIL;TYPE=INTERNET,WORK", "a@example.com"),
        ("item8.X-ABLabel", "Work"),
        ("X-EVIL", r"a\nEND:VCARD"),
        ("item7.X-A", "b"),
        ("UID", "mine"),
        ("END", "VCARD"),
    ]


KEPT = ("BDAY:--0229", "GEO:geo:48.85,2.35", "item1.LOGO:data:image/png;base64,AAAA", "GENDER:F", "GENDER:M", "X-A:1;2")


@pytest.mark.parametrize(
    ("version", "lines"),
    [
        (
            "3.0",
            (
                "BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29",
                "GEO:48.85;2.35",
                "item1.LOGO;ENCODING=b;TYPE=PNG:AAAA",
                "GENDER:F",
                "X-A:1;2",
            ),
        ),
        ("4.0", (*KEPT[:4], KEPT[5])),
    ],
)
def test_what_was_kept_is_written_as_the_version_has_it(version, lines):
    written = vcard_writer.write(NOBODY._replace(kept=KEPT), version).decode().splitlines()
    assert tuple(written[4:-1]) == lines


def test_little_is_enough():
    assert read(vcard_writer.write(NOBODY)) == [
        ("BEGIN", "VCARD"),
        ("VERSION", "3.0"),
        ("FN", "Ana"),
        ("N", ";;;;"),
        ("END", "VCARD"),
    ]


def test_no_text_adds_a_line_or_a_control_character():
    evil = "x\r\nEND:VCARD\r\nBEGIN:VCARD\x1b[31m\x00\x85"
    person = NOBODY._replace(display_name=evil, emails=(NamedContact(evil, evil),), labels=(evil,))
    lines = read(vcard_writer.write(person))
    assert [name for name, _ in lines].count("END") == 1
    assert plain(lines[2][1]) == "x\nEND:VCARD\nBEGIN:VCARD[31m"
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]", vcard_writer.write(person).decode())


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200), st.text("é,;\\\n:a", max_size=40))
def test_what_is_written_is_read_again(called, last):
    person = NOBODY._replace(display_name=called, last_name=last, labels=(last, "b"))
    lines = dict(read(vcard_writer.write(person)))
    assert dict(read(vcard_writer.write(person, "4.0"))) == {**lines, "VERSION": "4.0"}
    assert plain(lines["FN"]) == called
    assert parts(lines["N"], ";")[0] == last
    assert plain(lines["CATEGORIES"]) == f"{last},b"


@pytest.mark.parametrize("version", ["3.0", "4.0"])
@pytest.mark.parametrize("name", ["END:VCARD", "x END:VCARDBEGIN:VCARD", "x" * 70 + "END:VCARD", "BEGIN:VCARD"])
def test_a_name_neither_begins_nor_ends_a_card(tmp_path, version, name):
    file = tmp_path / "cards.vcf"
    file.write_bytes(
        2 * vcard_writer.write(NOBODY._replace(display_name=name, last_name=name, kept=(f"ROLE:{name}",)), version)
    )
    found = list(Cards(file).records())
    assert [(each.values["last_name"], each.more.kept, each.problem) for each in found] == 2 * [
        (name, (f"ROLE:{name}",), None)
    ]
