"""Imports of lists that were once misread."""

from pathlib import Path

import inprocess
import pytest
import vobject
from again import collect

CASES = Path(__file__).parents[2] / "cases"
DAYS = ("--date-format", "DD/MM/YYYY")
OPTIONS = {"16": DAYS, "19": ("--no-header",), "29": (*DAYS, "--skip-bad", "rejects.csv")}
PEOPLE = {
    "01": """
        Élodie Perrot-Vidal | elodie.pv@example.org | +33199001122 | 1987-03-14""",
    "02": """
        Noé Lambertin | noe.l@example.org | +33612342002 | 1979-11-05""",
    "07": """
        Lia Moreau | lia@example.org | - | 1988-03-14
        Tom Verne | tom@example.org | - | -
        Zoe Faure | zoe@example.org | - | 1990-12-25""",
    "101": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -""",
    "102": """
        Nicolò De Santis | nicolo@example.org | - | -""",
    "103": """
        Marie Lenoir | lenoir@example.org | - | -
        Paul Lenoir | lenoir@example.org | - | 1970-01-02
        Léo Lenoir | lenoir@example.org | - | 2012-05-15""",
    "108": """
        Lia Moreau | lia@example.org | +33612340101 | 1988-03-14""",
    "110": """
        Lia | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -
        Zoe Faure | zoe@example.org | - | -""",
    "111": """
        Lia Moreau | - | +33-1-40-00-00-01 ext. 102 | -""",
    "116": """
        Marie Lenoir | famille.lenoir@example.org | +33612340201 | -
        Paul Lenoir | famille.lenoir@example.org | - | 1970-01-02
        Marie Lenoir | famille.lenoir@example.org | - | 2012-05-06""",
    "118": """
        Lia Moreau | - | +33612340101 | -""",
    "124": """
        Lia Moreau | lia@example.org | - | -""",
    "125": """
        Léo Lenoir | lenoir@example.org | +33612340299 | 2012-05-15""",
    "16": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -
        Zoe Faure | zoe@example.org | - | -
        Ugo Petit | ugo@example.org | - | -
        Ida Blanc | ida@example.org | - | -
        Eli Roux | eli@example.org | - | -
        Max Noir | max@example.org | - | -
        Eva Vert | eva@example.org | - | -
        Luc Gris | luc@example.org | - | -
        Pia Brun | pia@example.org | - | -
        Jo Mauve | jo@example.org | - | -""",
    "19": """
        lia@example.org | lia@example.org | - | -
        tom@example.org | tom@example.org | - | -
        zoe@example.org | zoe@example.org | - | -""",
    "22": """
        Lia MOREAU | lia@example.org | - | -
        Jean-Baptiste de la Tour | jb@example.org | - | -
        Tom VERNE | tom@example.org | - | -
        Ugo Petit | ugo@example.org | - | -
        Zoe Faure | zoe@example.org | - | -
        Ida BLANC | ida@example.org | - | -
        Eli ROUX | eli@example.org | - | -""",
    "23": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -
        Zoe Faure | zoe@example.org | - | -
        Ugo Petit | ugo@example.org | - | -
        Ida Blanc | ida@example.org | - | -
        Eli Roux | ELI@example.org | - | -
        Max Noir | max@example.org | - | -
        Eva Vert | - | - | -
        Luc Gris | - | - | -
        Pia Brun | - | - | -
        Jo Mauve | jo@example.org | - | -""",
    "24": """
        Lia Moreau | lia@example.org | +33612340101 | -
        Tom Verne | tom@example.org | +33612340102 | -
        Zoe Faure | zoe@example.org | +33612340103 | -
        Ugo Petit | ugo@example.org | +33612340104 | -
        Ida Blanc | ida@example.org | +33612340105 | -
        Eli Roux | eli@example.org | +33612340106 | -
        Max Noir | max@example.org | +33612340107 | -
        Eva Vert | eva@example.org | - | -
        Luc Gris | luc@example.org | +33612340108 poste 12 | -
        Pia Brun | pia@example.org | +33612340109 | -""",
    "29": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -
        Zoe Faure | zoe@example.org | - | -
        Ugo Petit | ugo@example.org | - | -
        Ida Blanc | ida@example.org | - | -
        Eli Roux | eli@example.org | - | -
        Max Noir | max@example.org | - | -
        Luc Gris | luc@example.org | - | -""",
    "32": """
        Lia Moreau | lia@example.org | +33612340101 | -
        Tom Verne | tom@example.org | +33612340102 | -""",
    "33": """
        Élodie Gönül-Çelik | elodie@example.org | - | -
        René Müller | rene@example.org | - | -""",
    "42": """
        Lia Moreau | lia@example.org | +33612340101 | 1988-03-14
        Tom Verne | tom@example.org | +33612340102 | 1988-03-15
        Zoe Faure | zoe@example.org | +33612340103 | 1989-03-15""",
    "49": """
        Lia Moreau | lia@example.org | +33612340101 | -
        Tom Verne | tom@example.org | +33612340102 | -
        Zoe Faure | zoe@example.org | +33612340103 | -""",
    "51": """
        Lia Moreau | lia@example.org | +33612340101 | 1988-03-14""",
    "54": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -""",
    "75a": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -""",
    "78": """
        Lia Moreau | lia@example.org | +33612340101 | -""",
    "91": """
        Lia Moreau | lia@example.org | - | -
        Tom Verne | tom@example.org | - | -
        Zoe Faure | zoe@example.org | - | -""",
}
"""Who comes out of each file: name, e-mail, phone, birthday."""
READERS = {".csv": "csv", ".vcf": "vcard", ".xlsx": "xlsx"}


@pytest.fixture
def take(book):
    """Return a function that imports a case, and lists some columns of the clients."""

    def run(name, columns, *options):
        (path,) = CASES.glob(f"{name}-*") if name.isdigit() else CASES.glob(f"{name}*")
        run.done = inprocess.run("import", READERS[path.suffix], path, *options, db=book)
        assert run.done.status == 0, run.done
        listed = inprocess.run("client", "list", "--columns", columns, "--sort", "id", "--format", "tsv", db=book)
        return [tuple(line.split("\t")) for line in listed.lines]

    return run


@pytest.mark.parametrize("name", PEOPLE)
def test_every_file_gives_the_people_who_are_in_it(take, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    people = [tuple(part.strip() for part in line.split("|")) for line in PEOPLE[name].strip().splitlines()]
    taken = take(name, "name,email,phone,birthday", *OPTIONS.get(name, ()))
    assert [tuple(part or "-" for part in each) for each in taken] == people


def test_no_file_is_left_out():
    assert {path.name.partition("-")[0] for path in CASES.iterdir()} == set(PEOPLE)
    assert len(PEOPLE) == 28


def test_categories_are_parted_at_the_commas_that_are_not_escaped(take, book):
    take("78", "name")
    (lia,) = inprocess.run("client", "list", "--columns", "labels,home_phone,company,position", "--json", db=book).json
    assert lia == {
        "labels": ["Famille", "Pilates", "VIP", "Yoga, doux"],
        "home_phone": "+33-1-40-00-00-01 ext. 12",
        "company": "Studio, Direction",
        "position": "Gérante",
    }


def test_addresses_that_google_joins_are_two(take, book):
    take("01-google", "name")
    listed = inprocess.run("address", "list", "1", "--columns", "street,postal_code,city,country", db=book)
    assert listed.lines == [
        "3 allée des Pins\t33000\tBordeaux\tFrance",
        "9 quai Sud\t64200\tBiarritz\tFrance",
    ]


def test_tags_in_quotes_are_parted_at_the_commas_between_them(take, book):
    take("101", "name")
    listed = inprocess.run("label", "list", "--columns", "name,clients", "--json", db=book)
    assert [tuple(each.values()) for each in listed.json] == [("VIP", 2), ("Yoga, doux", 1)]


def test_a_hidden_sheet_is_read_only_by_its_name(take):
    assert take("54", "name", "--sheet", "Listes") == [("Mensuel",), ("Annuel",)]


def test_other_sheets_of_people_are_named_and_can_be_taken(take):
    take("124", "name")
    assert "Not read: sheet 2026 (--sheet takes one)" in take.done.err
    assert take("124", "name", "--sheet", "2026") == [("Lia Moreau",), ("Tom Verne",), ("Zoe Faure",)]


def test_rows_that_are_nobody_are_told_by_line_and_kept_out_of_what_counts(take, tmp_path):
    take("32", "name", "--notes", tmp_path / "notes.csv")
    assert "Left out, as they name nobody: 2 rows\n  line 5: TOTAL, 120,00\n  line 6: 2 adhérents\n" in take.done.err
    assert "Imported 2 rows" in take.done.err
    written = (tmp_path / "notes.csv").read_text("utf-8-sig").splitlines()
    assert written == ["line,kind,who,what", '5,left-out,,"TOTAL, 120,00"', "6,left-out,,2 adhérents"]


def test_postal_codes_have_the_zeros_that_their_cells_show(take, book):
    take("49", "name")
    codes = [inprocess.run("address", "list", str(n), "--columns", "postal_code", db=book).out for n in (1, 2, 3)]
    assert codes == ["01000\n", "06000\n", "69001\n"]


def test_a_list_without_a_header_is_read_whole_when_that_is_said(take, book):
    refused = inprocess.run("import", "csv", CASES / "19-emails-only.csv", db=book)
    assert (refused.status, refused.error.message) == (
        7,
        "'19-emails-only.csv' has no header, as its first line has 'lia@example.org': --no-header reads that line too",
    )
    people = [("lia@example.org",), ("tom@example.org",), ("zoe@example.org",)]
    assert take("19", "email", "--no-header") == people


def test_a_family_on_one_e_mail_is_as_many_people(take):
    assert take("103", "name,birthday") == [
        ("Marie Lenoir", ""),
        ("Paul Lenoir", "1970-01-02"),
        ("Léo Lenoir", "2012-05-15"),
    ]
    assert "  line 3: Paul Lenoir, shares lenoir@example.org with Marie Lenoir in an earlier row\n" in take.done.err


def test_a_relative_does_not_take_the_place_of_who_has_the_e_mail(take, book):
    marie = (
        "--first",
        "Marie",
        "--last",
        "Lenoir",
        "--email",
        "lenoir@example.org",
        "--phone",
        "0612340201",
        "--birthday",
        "1972-03-04",
    )
    assert inprocess.run("client", "add", *marie, db=book).status == 0
    assert take("125", "name,phone,birthday", "--on-match", "update") == [
        ("Marie Lenoir", "+33612340201", "1972-03-04"),
        ("Léo Lenoir", "+33612340299", "2012-05-15"),
    ]
    assert "  line 2: Léo Lenoir, shares lenoir@example.org with client 1 Marie Lenoir\n" in take.done.err


def test_different_uids_are_different_people_in_another_file_too(take):
    people = [
        ("Marie Lenoir", "+33612340201", ""),
        ("Paul Lenoir", "", "1970-01-02"),
        ("Marie Lenoir", "", "2012-05-06"),
    ]
    assert take("116", "name,phone,birthday") == people


def test_what_stands_around_an_e_mail_is_no_part_of_it(take):
    assert take("23", "name,email,e_mail_2") == [
        ("Lia Moreau", "lia@example.org", ""),
        ("Tom Verne", "tom@example.org", "tom.v@example.net"),
        ("Zoe Faure", "zoe@example.org", "zoe.f@example.net"),
        ("Ugo Petit", "ugo@example.org", "ugo.p@example.net"),
        ("Ida Blanc", "ida@example.org", ""),
        ("Eli Roux", "ELI@example.org", ""),
        ("Max Noir", "max@example.org", ""),
        ("Eva Vert", "", ""),
        ("Luc Gris", "", ""),
        ("Pia Brun", "", ""),
        ("Jo Mauve", "jo@example.org", ""),
    ]


def test_what_stands_around_a_phone_is_no_part_of_it(take):
    assert take("24", "phone,phone_2") == [
        ("+33612340101", "+33199000101"),
        *((f"+336123401{n:02}", "") for n in range(2, 8)),
        ("", ""),
        ("+33612340108 poste 12", ""),
        ("+33612340109", ""),
    ]


def test_titles_are_no_names_and_capitals_are_last_names(take):
    names = ["Lia MOREAU", "Jean-Baptiste de la Tour", "Tom VERNE", "Ugo Petit", "Zoe Faure", "Ida BLANC", "Eli ROUX"]
    assert take("22", "first_name,last_name") == [tuple(name.split(" ", 1)) for name in names]


def test_amounts_are_read_as_people_write_them(take, book):
    take("16", "name", "--date-format", "DD/MM/YYYY")
    listed = inprocess.run("membership", "list", "--columns", "price", "--sort", "number", "--json", db=book).json
    thousands = ["1234.50", "1234.50", "1355.90", "1355.90", "1234.50", "1234.50", "1234.00"]
    assert [each["price"] for each in listed] == [*thousands, "60.00", "60.00", "60.00", "0.00"]


def test_days_are_read_with_their_months_in_words(take, book, tmp_path):
    take("29", "name", "--date-format", "DD/MM/YYYY", "--skip-bad", tmp_path / "rejects.csv")
    listed = inprocess.run("membership", "list", "--columns", "starts", "--sort", "number", db=book).lines
    february, march = ("2026-02-01", "2026-02-03"), ("2026-03-01", "2026-03-02", "2026-03-03")
    days = [february[0], march[0], march[1], february[1], march[2], *[february[1]] * 3]
    assert listed == days
    assert "46056" in (tmp_path / "rejects.csv").read_text("utf-8")


def test_a_number_that_a_spreadsheet_has_cut_never_takes_the_place_of_a_phone(take, book):
    nicolo = ("--first", "Nicolò", "--last", "De Santis", "--email", "nicolo@example.org", "--phone", "+393390000001")
    assert inprocess.run("client", "add", *nicolo, db=book).status == 0
    assert take("102", "name,phone", "--on-match", "update") == [("Nicolò De Santis", "+393390000001")]
    assert "  line 2: Nicolò De Santis, phone: 3,9339E+11\n" in take.done.err


def test_an_odd_web_address_refuses_nobody(take, book):
    assert take("91", "name") == [("Lia Moreau",), ("Tom Verne",), ("Zoe Faure",)]
    notes = [inprocess.run("note", "list", str(n), "--columns", "text", db=book).out for n in (1, 2)]
    assert notes == [
        "From 91-bad-url.vcf line 1: Website http://mon blog\n",
        "From 91-bad-url.vcf line 8: Website skype:tom?call\n",
    ]


def test_birthdays_without_a_year_are_left_out_and_counted(take):
    assert take("07", "name,birthday") == [("Lia Moreau", "1988-03-14"), ("Tom Verne", ""), ("Zoe Faure", "1990-12-25")]
    assert "Ignored birthdays without a year: 1\n" in take.done.err


def test_thunderbird_has_birthdays_and_addresses_in_parts(take, book):
    assert take("02", "name,birthday,website") == [("Noé Lambertin", "1979-11-05", "https://parc.example.org")]
    shown = inprocess.run("address", "list", "1", "--columns", "street,postal_code,city", db=book)
    assert shown.lines == ["12 rue Haute\t69001\tLyon"]


def test_columns_of_french_sheets_are_known_by_their_names(take, book, tmp_path):
    take("42", "name")
    shown = inprocess.run("membership", "list", "--columns", "starts,ends", "--sort", "number", db=book)
    assert shown.lines == ["2026-02-01\t2027-01-31", "2025-02-01\t2026-01-31", "2025-02-01\t2027-01-31"]
    columns = "name,phone,client_since,tel_fixe"
    lia = ("Lia Moreau", "+33612340101", "2024-01-13", "+33140000001")
    assert lia in take("108", columns, "--same-email", "new", "--create-fields", "--date-format", "DD/MM/YYYY")


def test_a_start_that_no_column_is_known_as_is_asked_for_by_name(book, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Nom;Formule;Prix;Commencement\nAna;Or mensuel;60;2026-02-01\n", "utf-8")
    done = inprocess.run("import", "csv", path, db=book)
    way = "name yours with --map 'Column=starts_on', or add a column Start"
    reason = f"has the plan 'Or mensuel' and no start: no column is known as it: {way}"
    assert list(done.error.details) == [f"line 2: {reason}"]
    assert inprocess.run("import", "csv", path, "--map", "Commencement=starts_on", db=book).status == 0


def test_what_cards_say_besides_goes_out_for_other_programs_and_comes_back(take, book, tmp_path):
    for name in ("110", "111", "118"):
        take(name, "name", "--same-email", "new")
    out = tmp_path / "out.vcf"
    assert inprocess.run("export", "vcard", out, "--with-photos", db=book).status == 0
    lia, company, mother, other = vobject.readComponents(out.read_text(encoding="utf-8"))
    assert [each.fn.value for each in (lia, company, mother, other)] == [
        "Lia Moreau", "Studio Verne SARL", "Zoe Faure (maman de Léo)", "Lia Moreau",
    ]  # fmt: skip
    assert (company.n.value.given, company.x_abshowas.value) == ("Tom", "COMPANY")
    first, mobile, *_ = other.contents["tel"]
    assert first.value == "+33-1-40-00-00-01 ext. 102"
    assert (mobile.value, mobile.params["TYPE"]) == ("+33612340101", ["CELL"])
    for picture in (other.photo, other.logo):
        assert picture.params["TYPE"] == ["PNG"]
        assert picture.value.startswith(b"\x89PNG\r\n")
    before = inprocess.run("client", "list", "--json", db=book).json
    again = inprocess.run("import", "vcard", out, "--on-match", "update", db=book)
    assert "clients 0 added, 0 updated" in again.err
    assert inprocess.run("client", "list", "--json", db=book).json == before


KINDS = """BEGIN:VCARD
VERSION:3.0
N:Person;Apple;;;
FN:Apple Person
TEL;type=CELL;type=VOICE:+33 6 39 98 00 01
TEL;type=WORK;type=VOICE;type=pref:+33 1 99 00 77 77
EMAIL;type=INTERNET;type=HOME:ap@example.com
ADR;type=WORK:;;1 rue X;Paris;;75001;France
END:VCARD
BEGIN:VCARD
VERSION:4.0
N:Other;One;;;
FN:One Other
item1.TEL;TYPE=work,text:+41446681800
item1.X-ABLabel:Atelier: "le grand", 2e
item2.EMAIL:one@example.com
item2.X-ABLabel:_$!<School>!$_
END:VCARD
"""


@pytest.mark.parametrize("version", ["3.0", "4.0"])
def test_what_the_first_phone_and_e_mail_are_called_comes_back(book, tmp_path, version):
    file, out = tmp_path / "in.vcf", tmp_path / "out.vcf"
    file.write_text(KINDS)
    done = inprocess.run("import", "vcard", file, db=book)
    assert (done.status, "Stored for later vCards" in done.err) == (0, False)
    assert inprocess.run("export", "vcard", out, "--version", version, db=book).status == 0
    apple, other = vobject.readComponents(out.read_text(encoding="utf-8"))
    kinds = [(each.value, sorted(each.params.get("TYPE", []))) for each in apple.contents["tel"]]
    assert kinds == [("+33199007777", ["VOICE", "WORK"]), ("+33 6 39 98 00 01", ["CELL"])]
    assert set(apple.email.params["TYPE"]) == {"HOME", *["INTERNET"] * (version == "3.0")}
    assert apple.adr.params["TYPE"] == ["WORK"]
    assert set(other.tel.params["TYPE"]) == {"TEXT", "WORK", *["PREF"] * (version == "3.0")}
    named = {each.group: each.value for each in other.contents["x-ablabel"]}
    assert named == {other.tel.group: "Atelier: 'le grand', 2e", other.email.group: "School"}
    assert other.tel.group != other.email.group
    was = collect(book)
    for source in (file, out):
        again = inprocess.run("import", "vcard", source, "--on-match", "update", "--again", db=book)
        assert ("clients 0 added, 0 updated" in again.err, collect(book)) == (True, was)
    inprocess.fill(book, ("client", "edit", "2", "--phone", "+41 44 668 18 01"))
    out = tmp_path / "later.vcf"
    inprocess.run("export", "vcard", out, "--version", version, db=book)
    _, other = vobject.readComponents(out.read_text(encoding="utf-8"))
    assert (other.tel.value, other.tel.params) == ("+41446681801", {}), "another number is of no known kind"


def test_what_is_one_half_of_a_name_is_not_filled_in_as_the_other(take, book, tmp_path):
    take("110", "name")
    assert "Lia Lia" not in str(take("78", "name"))
