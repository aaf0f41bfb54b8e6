"""Import the files in which lists of people were misread: each gives the people who are in it."""

from pathlib import Path

import inprocess
import pytest

CASES = Path(__file__).parent.parent / "cases"
READERS = {".csv": "csv", ".vcf": "vcard", ".xlsx": "xlsx"}


@pytest.fixture
def take(book):
    """Give a function that imports a case, and lists some columns of the clients."""

    def run(name, columns, *options):
        (path,) = CASES.glob(f"{name}*")
        run.done = inprocess.run("import", READERS[path.suffix], path, *options, db=book)
        assert run.done.status == 0, run.done
        listed = inprocess.run("client", "list", "--columns", columns, "--sort", "id", "--format", "tsv", db=book)
        return [tuple(line.split("\t")) for line in listed.lines]

    return run


@pytest.mark.parametrize(
    ("name", "columns", "people"),
    [
        ("75a", "name,email", [("Lia Moreau", "lia@example.org"), ("Tom Verne", "tom@example.org")]),
        ("54", "name,email", [("Lia Moreau", "lia@example.org"), ("Tom Verne", "tom@example.org")]),
        ("124", "name", [("Lia Moreau",)]),
        ("32", "name,phone", [("Lia Moreau", "+33612340101"), ("Tom Verne", "+33612340102")]),
        (
            "49",
            "name,phone",
            [("Lia Moreau", "+33612340101"), ("Tom Verne", "+33612340102"), ("Zoe Faure", "+33612340103")],
        ),
        ("51", "name,email,birthday", [("Lia Moreau", "lia@example.org", "1988-03-14")]),
    ],
)
def test_the_people_of_a_file(take, name, columns, people):
    assert take(name, columns) == people


def test_addresses_that_google_joins_are_two(take, book):
    take("01-google", "name")
    listed = inprocess.run("address", "list", "1", "--columns", "street,postal_code,city,country", db=book)
    assert listed.lines == [
        "3 allée des Pins\t33000\tBordeaux\tFrance",
        "9 quai Sud\t64200\tBiarritz\tFrance",
    ]


def test_tags_in_quotes_are_parted_at_the_commas_between_them(take, book):
    take("101", "name", "--map", "Birthday=ignore")
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
    assert "Left out, being nobody's: 2 rows\n  line 5: TOTAL, 120,00\n  line 6: 2 adhérents\n" in take.done.err
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
