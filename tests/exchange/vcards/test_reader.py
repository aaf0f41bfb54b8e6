"""vCards as programs write them: what is read of each, and what is mended."""

import base64
import io
from datetime import date

import pytest
from PIL import Image

from clientctl.base.import_records import ExtraContact
from clientctl.base.people import Place
from clientctl.errors import BadInputError
from clientctl.exchange.vcards import extra_properties
from clientctl.exchange.vcards import lines as vcard_lines
from clientctl.exchange.vcards.reader import Cards


def picture(kind="PNG"):
    made = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(made, kind)
    return made.getvalue()


@pytest.fixture
def read(tmp_path):
    """Return a function that reads cards from text or bytes, or from the lines of one card; it gives the records."""

    def run(*lines, version="3.0", end="\r\n"):
        path = tmp_path / "cards.vcf"
        if len(lines) == 1 and isinstance(lines[0], bytes):
            path.write_bytes(lines[0])
        else:
            card = ["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""]
            path.write_bytes(end.join(card).encode())
        run.cards = Cards(path)
        return list(run.cards.records())

    return run


@pytest.fixture
def one(read):
    def run(*lines, **more):
        (record,) = read(*lines, **more)
        assert record.problem is None
        return record

    return run


# -- what a card says ----------------------------------------------------------------------------


def test_a_whole_card_is_read(one):
    record = one(
        "N:Müller;Ana;Maria;;",
        "FN:Ana Maria Müller",
        "EMAIL;TYPE=INTERNET,HOME:ana@example.com",
        "TEL;TYPE=CELL:+33 6 12 34 56 78",
        "BDAY:1990-02-28",
        "ORG:Épices & Fils\\, SARL;Ventes",
        "TITLE:Gérante",
        "CATEGORIES:VIP,Bon\\, cadeau",
        "NOTE:Préfère le matin.\\nPas le soir\\; jamais.",
        "ADR;TYPE=HOME:;;12 rue de l'Épée;Lyon;;69003;France",
        "URL:https://example.com",
    )
    assert record.values == {
        "first_name": "Ana Maria",
        "last_name": "Müller",
        "email": "ana@example.com",
        "phone": "+33 6 12 34 56 78",
        "birthday": "1990-02-28",
        "company": "Épices & Fils, SARL, Ventes",
        "position": "Gérante",
    }
    assert record.more.labels == ("VIP", "Bon, cadeau")
    assert record.more.notes == ("Préfère le matin.\nPas le soir; jamais.",)
    assert record.more.places == (Place("Home", "12 rue de l'Épée", "69003", "Lyon", None, "France"),)
    assert record.more.further == (ExtraContact("url", None, "https://example.com"),)
    first = ("EMAIL;TYPE=HOME:ana@example.com", "TEL;TYPE=CELL:612345678")
    assert record.more.kept == tuple(f"X-CLIENTCTL-FIRST-{line}" for line in first)


def test_the_preferred_comes_first_and_a_fax_last(one):
    record = one(
        "FN:Ana",
        "TEL;TYPE=FAX,WORK,PREF:1",
        "TEL;TYPE=HOME:2",
        "TEL;TYPE=CELL,PREF:3",
        "EMAIL;PREF=2:b@example.com",
        "EMAIL;PREF=1:a@example.com",
        version="4.0",
    )
    assert (record.values["phone"], record.values["email"]) == ("3", "a@example.com")
    assert record.more.further == (
        ExtraContact("email", None, "b@example.com"),
        ExtraContact("phone", "Home", "2"),
        ExtraContact("phone", "Fax", "1"),
    )


def test_names_beside_lines_are_theirs(one):
    record = one(
        "FN:Ana",
        "EMAIL:a@example.com",
        "item1.EMAIL:b@example.com",
        "item1.X-ABLabel:_$!<Work>!$_",
        "item2.TEL:1",
        "item3.TEL:2",
        "item3.X-ABLabel:Grand-mère",
        "item4.X-THING:x",
        "item4.X-ABLabel:Chose",
    )
    assert record.more.further == (
        ExtraContact("email", "Work", "b@example.com"),
        ExtraContact("phone", "Grand-mère", "2"),
    )
    assert [line.partition(".")[2] for line in record.more.kept] == ["X-THING:x", "X-ABLabel:Chose"]
    assert len({line.partition(".")[0] for line in record.more.kept}) == 1


def test_uris_are_the_numbers_and_addresses_in_them(one):
    record = one("FN:Ana", "TEL;VALUE=uri:tel:+33-6-12;ext=5", "EMAIL:mailto:ana%2Bx@example.com", version="4.0")
    assert (record.values["phone"], record.values["email"]) == ("+33-6-12 ext. 5", "ana+x@example.com")


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("BDAY:1990-02-28", date(1990, 2, 28)),
        ("BDAY:19900228", date(1990, 2, 28)),
        ("BDAY;VALUE=date-time:1990-02-28T00:00:00Z", date(1990, 2, 28)),
        ("BDAY:--0315", None),
        ("BDAY:--03-15", None),
        ("BDAY:1604-03-15", None),
        ("BDAY;X-APPLE-OMIT-YEAR=1804:1804-03-15", None),
        ("BDAY;VALUE=text:circa 1800", None),
    ],
)
def test_birthdays(one, read, line, day):
    record = one("FN:Ana", line)
    assert record.values.get("birthday") == (day.isoformat() if day else None)
    assert record.more.kept == (() if day else (line if "text" in line else "BDAY:--0315",))
    assert ("Ignored birthdays without a year: 1" in read.cards.summary) == (day is None and "text" not in line)


@pytest.mark.parametrize("partial", ["1985", "1985-04", "---15"])
def test_a_birthday_of_which_only_a_part_is_known_is_kept(one, partial):
    record = one("FN:Ana", f"BDAY:{partial}", version="4.0")
    assert ("birthday" in record.values, record.more.kept) == (False, (f"BDAY:{partial}",))


def test_colons_that_google_escapes_are_colons(one):
    more = one("FN:Ana", r"URL:http\://www.google.com/profiles/1", r"NOTE:at 9\:30\, in C\\:").more
    assert [each.value for each in more.further] == ["http://www.google.com/profiles/1"]
    assert more.notes == ("at 9:30, in C\\:",)


def test_a_birthday_that_is_no_day_is_a_bad_row(read):
    (record,) = read("FN:Ana", "BDAY:1990-02-30")
    assert "1990-02-30" in record.problem


@pytest.mark.parametrize(
    ("lines", "values"),
    [
        (["FN:Ana Müller"], {"name": "Ana Müller"}),
        (["N:;;;;", "FN:Ana Müller"], {"name": "Ana Müller"}),
        (["N:Müller;Ana"], {"first_name": "Ana", "last_name": "Müller"}),
        (["FN:ana@example.com"], {"email": "ana@example.com"}),
        (["FN:ana@example.com", "EMAIL:ana@example.com"], {"email": "ana@example.com"}),
        (["FN:Épices & Fils", "ORG:Épices & Fils"], {"last_name": "Épices & Fils", "company": "Épices & Fils"}),
        (["ORG:Épices"], {"last_name": "Épices", "company": "Épices"}),
        (["EMAIL:a@example.com"], {"email": "a@example.com"}),
        (["N:;;;;", "FN:+33 6 12 34 56 78", "TEL:+33612345678"], {"phone": "+33612345678"}),
        (["FN:call me", "TEL:call me"], {"phone": "call me"}),
        (["FN:0612", "TEL:1", "TEL:06-12", "ORG:Épices"], {"phone": "1", "company": "Épices"}),
        (["FN:Ana 2", "TEL:2"], {"name": "Ana 2", "phone": "2"}),
        (["FN:+", "TEL:x"], {"name": "+", "phone": "x"}),
    ],
)
def test_names_that_are_missing(one, lines, values):
    assert one(*lines).values == values


def test_what_is_no_field_is_kept_as_it_was_written(one, read):
    lines = ("X-SKYPE;type=home:ana", "IMPP;X-SERVICE-TYPE=Jabber:xmpp:ana", "N:;;;Dr.;", "UID:abc")
    assert one("FN:Ana", *lines, "REV:20260101T000000Z", "PRODID:x").more.kept == lines
    assert read.cards.summary[-1] == "Stored for later vCards, as there is no field: 4 properties"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("N:Müller;Ana;;Dr\\;x;PhD", "N:;;;Dr\\;x;PhD"),
        ("LABEL;HOME;ENCODING=QUOTED-PRINTABLE:12 rue, x=0D=0APr=C3=A9", "LABEL;TYPE=home:12 rue\\, x\\nPré"),
        ('X-A;P="a,b";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:1;2=0A3', 'X-A;P="a,b":1;2\\n3'),
        ("X-SKYPE;HOME:ana", "X-SKYPE;TYPE=home:ana"),
        ("GEO:48.85;2.35", "GEO:geo:48.85,2.35"),
        ("GEO;VALUE=uri:geo:48.85,2.35", "GEO:geo:48.85,2.35"),
        ("GEO:nowhere", "GEO:nowhere"),
        ("BDAY;X-APPLE-OMIT-YEAR=1804:1804", "BDAY;X-APPLE-OMIT-YEAR=1804:1804"),
        ("BDAY;VALUE=date:--02-29", "BDAY:--0229"),
        ("X-A ; TYPE = a ;;:1", "X-A;TYPE=a:1"),
        ("LOGO;ENCODING=b;TYPE=PNG:AAAA", "LOGO:data:image/png;base64,AAAA"),
        ("KEY;BASE64:AAAA", "KEY:data:application/octet-stream;base64,AAAA"),
    ],
)
@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_what_is_kept_has_one_form_and_comes_back_in_it_from_either_version(one, line, kept, version):
    assert one("FN:Ana", line, version="2.1").more.kept == (kept,)
    assert one("FN:Ana", extra_properties.written(kept, version), version=version).more.kept == (kept,)


OURS = "5b5fe80e-2abb-8abe-8000-000000000001"


@pytest.mark.parametrize("line", [f"UID:urn:uuid:{OURS}", f"X-CLIENTCTL-UID:urn:uuid:{OURS.upper()}"])
def test_our_own_uid_names_the_client_and_is_not_kept(one, line):
    record = one("FN:Ana", line, "item1.TEL:1", "item1.X-ABLabel:Second")
    assert record.values == {"uid": OURS, "name": "Ana"}
    assert (record.more.further, record.more.kept) == ((ExtraContact("phone", "Second", "1"),), ())


def test_the_address_of_the_company_as_we_write_it_is_no_other_address(one):
    lines = ("item1.ADR;TYPE=WORK:;;1 rue X;;;;", "item1.X-ABLabel:Company", "item2.ADR:;;2 rue Y;;;;")
    record = one("FN:Ana", *lines, "item2.X-ABLabel:Company")
    assert record.values["company_address"] == "1 rue X"
    assert record.more.places == (Place("Company", "2 rue Y", None, None, None, None),)


def test_groups_become_labels_of_their_members(read):
    text = (
        "BEGIN:VCARD\nVERSION:4.0\nKIND:group\nFN:Famille\nMEMBER:urn:uuid:AAA\nMEMBER:urn:uuid:zzz\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:4.0\nFN:Ana\nUID:urn:uuid:aaa\nCATEGORIES:VIP,myContacts\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nFN:Bo\nUID:bbb\nEND:VCARD\n"
        "BEGIN:VCARD\nVERSION:3.0\nX-ADDRESSBOOKSERVER-KIND:group\nFN:Amis\n"
        "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:bbb\nEND:VCARD\n"
    )
    records = read(text.encode())
    assert [(r.line, sorted(r.more.labels)) for r in records] == [(8, ["Famille", "VIP"]), (14, ["Amis"])]
    assert read.cards.summary == [
        "Read cards.vcf: vCard 3.0 and 4.0",
        "Created labels from groups: 2",
        "Stored for later vCards, as there is no field: 2 properties",
    ]


# -- pictures ------------------------------------------------------------------------------------

ENCODED = base64.b64encode(picture()).decode()
PARTS = [ENCODED[at : at + 60] for at in range(0, len(ENCODED), 60)]


@pytest.mark.parametrize(
    "lines",
    [
        [f"PHOTO;ENCODING=b;TYPE=PNG:{ENCODED}"],
        [f"PHOTO;ENCODING=B;TYPE=PNG:{PARTS[0]}", *(f" {part}" for part in PARTS[1:])],
        [f"PHOTO;PNG;BASE64:{PARTS[0]}", *PARTS[1:], ""],
        ["PHOTO;ENCODING=BASE64;PNG:", *(f"\t{part}" for part in PARTS), ""],
        [f"PHOTO:data:image/png;base64,{ENCODED}"],
    ],
)
def test_a_picture_is_the_photo_however_it_is_folded(one, lines):
    record = one("FN:Ana", *lines, "TEL:1")
    with Image.open(io.BytesIO(record.more.photo)) as image:
        assert image.size == (40, 30)
    assert (record.values["phone"], record.more.kept) == ("1", ())


def test_a_picture_elsewhere_is_kept_and_never_fetched(one):
    record = one("FN:Ana", "PHOTO;VALUE=uri:https://example.com/ana.jpg")
    assert (record.more.photo, record.more.kept) == (None, ("PHOTO;VALUE=uri:https://example.com/ana.jpg",))


@pytest.mark.parametrize("value", ["AAAA", "no base64!", "="])
def test_a_picture_that_is_none_is_left_out_and_said(one, read, value):
    assert one("FN:Ana", f"PHOTO;ENCODING=b:{value}").more.photo is None
    assert "Ignored photos of unknown picture formats: 1" in read.cards.summary


# -- what programs break -------------------------------------------------------------------------


def test_quoted_printable_with_soft_line_ends_is_one_line(one):
    record = one(
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BC=",
        "ller;An=",
        "a;;;",
        "NOTE;quoted-printable;charset=utf-8:pr=C3=A9f=C3=A8re=0D=0Ale matin =",
        "=3D toujours",
        "TEL;CELL:06 12",
        version="2.1",
    )
    assert record.values == {"last_name": "Müller", "first_name": "Ana", "phone": "06 12"}
    assert record.more.notes == ("préfère\r\nle matin = toujours",)


@pytest.mark.parametrize("head", ["FN;ENCODING=QUOTED-PRINTABLE", "FN;CHARSET=martian;ENCODING=QUOTED-PRINTABLE"])
def test_quoted_printable_without_its_character_set(one, head):
    assert one(f"{head}:Zo=E9" if "martian" not in head else f"{head}:Zo=C3=A9", version="2.1").values["name"] == "Zoé"


def test_text_that_is_not_utf_8_is_read_as_it_says_or_as_windows_writes(read):
    raw = "BEGIN:VCARD\r\nFN:Zoé\r\nORG;CHARSET=ISO-8859-15:Prix 5 €\r\nEND:VCARD\r\n".encode("iso-8859-15")
    (record,) = read(raw)
    assert record.values == {"name": "Zoé", "company": "Prix 5 €"}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252", "mac-roman"])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_line_ends_and_marks(read, encoding, end):
    text = f"BEGIN:VCARD{end}FN:Zoé{end} Müller{end}{end}END:VCARD{end}".replace(f"{end} M", f"{end}  M")
    (record,) = read(text.encode(encoding))
    assert record.values == {"name": "Zoé Müller"}


def test_a_fold_in_the_middle_of_a_letter_is_mended(read):
    raw = "BEGIN:VCARD\r\nFN:Zoé\r\nEND:VCARD\r\n".encode().replace(b"\xc3\xa9", b"\xc3\r\n \xa9")
    assert read(raw)[0].values == {"name": "Zoé"}


def test_a_bare_line_end_in_a_value_is_part_of_it(one):
    assert one("FN:Ana", "NOTE:le matin", "et le soir", "TEL:1").more.notes == ("le matin\net le soir",)


def test_a_head_with_blanks_and_empty_parameters_is_mended(one):
    record = one("FN:Ana", "TEL ; TYPE = CELL ;;:1", 'EMAIL;X="a:b;c":a@example.com')
    assert (record.values["phone"], record.values["email"]) == ("1", "a@example.com")


def test_a_card_that_the_next_one_ends_is_whole_and_one_cut_off_is_bad(read):
    records = read(b"BEGIN:VCARD\nFN:Ana\nBEGIN:VCARD\nFN:Bo\nEND:VCARD\n\nBEGIN:VCARD\nFN:Cle")
    assert [(r.line, r.values.get("name"), r.problem) for r in records] == [
        (1, "Ana", None),
        (3, "Bo", None),
        (7, None, "has no end: the file is cut off there"),
    ]


def test_a_card_within_a_card_is_not_another_client(read):
    records = read(b"BEGIN:VCARD\nFN:Ana\nAGENT:\nBEGIN:VCARD\nFN:Bo\nTEL:2\nEND:VCARD\nTEL:1\nEND:VCARD\n")
    assert [r.values for r in records] == [{"name": "Ana", "phone": "1"}]


@pytest.mark.parametrize("between", ["", " ", "\ufeff", "\r\n\ufeff", "\r\nPRODID:x\r\nEND:VCARD\r\n"])
def test_cards_that_meet_on_one_line_are_two_people(read, between):
    ana, bo = (f"BEGIN:VCARD\r\nFN:{name}\r\nEMAIL:{name.lower()}@example.com" for name in ("Ana", "Bo"))
    people = read(f"{ana}\r\nEND:VCARD{between}{bo}END:VCARD".encode())
    assert [(each.values.get("name"), each.values.get("email")) for each in people if not each.problem] == [
        ("Ana", "ana@example.com"),
        ("Bo", "bo@example.com"),
    ]
    assert [each.problem for each in people if each.problem] == (
        ["stands outside of any card: put BEGIN:VCARD before it"] if "PRODID" in between else []
    )


def test_rejects_are_cards_that_can_be_read_again(read, tmp_path):
    read(b"BEGIN:VCARD\nFN:Ana\nEND:VCARD\nBEGIN:VCARD\nFN:Bo\nBDAY:1990-02-30\nEND:VCARD\n")
    with (tmp_path / "rejects.vcf").open("wb") as file:
        read.cards.write_rejects(file, {4: "birthday: no day"})
    rejects = Cards(tmp_path / "rejects.vcf")
    (record,) = rejects.records()
    assert "1990-02-30" in record.problem
    with (tmp_path / "again.vcf").open("wb") as file:
        rejects.write_rejects(file, {1: "another reason"})
    written = (tmp_path / "again.vcf").read_text()
    assert written.count("X-REASON:") == 1
    (tmp_path / "again.vcf").write_text(written.replace("02-30", "02-28"))
    (record,) = Cards(tmp_path / "again.vcf").records()
    assert (record.problem, record.more.kept) == (None, ())


# -- hostile files -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"Name;E-mail\nAna;x\n", "line 1 should be BEGIN:VCARD"),
        (b"BEGIN:VCARD\nFN:\0\nEND:VCARD\n", "is not text"),
        (b"\xff\xfeB\0E\0\0\xd8\0\xd8", "is not UTF-16"),
        (b"BEGIN:VCARD\nKIND:group\nFN:x\nEND:VCARD\n", "has groups and no people"),
        (b"BEGIN:VCARD\nNOTE:" + b"x" * (vcard_lines.LONGEST + 100_000) + b"\nEND:VCARD\n", "over 8 MB"),
        (b"BEGIN:VCARD\nNOTE:" + b"\n xxxxxxxxx" * 900_000 + b"\nEND:VCARD\n", "over 8 MB"),
    ],
)
def test_what_is_no_vcard_file_is_refused(read, content, reason):
    with pytest.raises(BadInputError, match=reason):
        read(content)


@pytest.mark.parametrize("tail", ['"', '":x', "", ";", ':x"'])
def test_a_line_of_many_types_is_read_at_once(read, tail):
    (record,) = read("FN:Ana", "TEL;TYPE=" + ",a" * 5_000 + tail)
    assert record.values["name"] == "Ana"
