import csv
import io
import json
import re

import pytest

from clientctl.base.listing import FORMATS, SEPARATOR, Card, Column, Listing
from clientctl.errors import UsageError
from clientctl.output import card as cards

FIELDS = (
    Column("id", "Id", "integer"),
    Column("name", "Name"),
    Column("email", "E-mail"),
    Column("birthday", "Birthday", "day"),
    Column("labels", "Labels", "words"),
)
MEMBERSHIPS = Listing(
    (
        Column("number", "No.", "number"),
        Column("price", "Price", "money"),
        Column("status", "Status", "status"),
    ),
    [("M-1", "4990 EUR", "active"), ("M-2", None, "expired")],
)
NOTES = Listing((Column("text", "Text"),), [])
SECTIONS = {"memberships": ("Memberships", MEMBERSHIPS), "notes": ("Notes", NOTES)}
ANA = Card("Ana [b]Müller[/]", FIELDS, (1, "Ana", "a@b.c", None, f"x{SEPARATOR}y"), SECTIONS)
BO = Card("Bo", FIELDS, (2, "B\to\x1b", None, "1990-02-28", None), SECTIONS)
ANA_JSON = {
    "id": 1,
    "name": "Ana",
    "email": "a@b.c",
    "birthday": None,
    "labels": ["x", "y"],
    "memberships": [
        {"number": "M-1", "price": "49.90", "status": "active", "currency": "EUR"},
        {"number": "M-2", "price": None, "status": "expired", "currency": None},
    ],
    "notes": [],
}


@pytest.fixture
def shown(capsysbinary):
    def show_it(what, **options):
        if isinstance(what, Card):
            cards.show(what, **options)
        else:
            cards.show_many(what, **options)
        captured = capsysbinary.readouterr()
        assert not captured.err or b"Left out, as " in captured.err
        return captured.out.decode()

    return show_it


def test_json_is_an_object_with_an_array_per_section(shown):
    assert json.loads(shown(ANA, format="json")) == ANA_JSON
    assert list(json.loads(shown(ANA, format="json"))) == list(ANA_JSON)


def test_jsonl_is_one_line(shown):
    text = shown(ANA, format="jsonl")
    assert text.count("\n") == 1
    assert json.loads(text) == ANA_JSON


def test_tsv_is_a_key_and_a_value_a_line(shown):
    assert shown(ANA, format="tsv") == "id\t1\nname\tAna\nemail\ta@b.c\nbirthday\t\nlabels\tx, y\n"
    assert "name\tB o␛\n" in shown(BO, format="tsv")


def test_csv_is_a_header_and_a_row(shown):
    assert list(csv.reader(io.StringIO(shown(BO, format="csv"), newline=""))) == [
        ["id", "name", "email", "birthday", "labels"],
        ["2", "B\to\x1b", "", "1990-02-28", ""],
    ]


def test_a_card_shows_the_fields_and_lists_that_hold_something(shown):
    assert shown(ANA, format="table") == (
        "Ana [b]Müller[/]\n"
        "Id      1\n"
        "Name    Ana\n"
        "E-mail  a@b.c\n"
        "Labels  x, y\n"
        "\n"
        "Memberships\n"
        "No.  Price  Status\n"
        "───────────────────\n"
        "M-1  49.90  active\n"
        "M-2         expired\n"
    )


def test_the_lists_for_which_a_form_has_no_place_are_named(capsysbinary):
    for form, named in (("tsv", True), ("csv", True), ("json", False), ("jsonl", False), ("table", False)):
        cards.show(ANA, format=form)
        said = f"Left out, as {form} has no place for lists: memberships; --json has all\n".encode() if named else b""
        assert capsysbinary.readouterr().err == said
    cards.show(ANA, format="tsv", section=["memberships"])
    cards.show(ANA._replace(sections={"notes": ("Notes", NOTES)}), format="tsv")
    assert capsysbinary.readouterr().err == b""


@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_a_card_loses_nothing_at_any_width(shown, width):
    address = "12 rue de l'Abbé-de-l'Épée, 75005 Paris, third floor on the left"
    text = shown(ANA._replace(values=(1, address, "a@b.c", "1990-02-28", None)), format="table", width=width)
    assert all(len(line) <= max(width, 20) for line in text.splitlines())
    words = re.findall(r"[^\s│]+", text)
    assert any(words[at : at + len(address.split())] == address.split() for at in range(len(words)))


def test_a_heading_is_never_cut(shown):
    name = "María de los Ángeles Fernández-Villaverde y Gómez de la Serna-Echegaray, said Marichu"
    text = shown(ANA._replace(title=name), format="table", width=60)
    assert all(any(word in line for line in text.splitlines()) for word in name.split())


def test_columns_without_room_are_told_with_the_part_they_are_of(capsysbinary):
    wide = Listing((*MEMBERSHIPS.columns, Column("plan", "Plan")), [("M-1", "4990 EUR", "active", "x" * 20)])
    cards.show(ANA._replace(sections={"memberships": ("Memberships", wide)}), format="table", width=39)
    captured = capsysbinary.readouterr()
    assert captured.err == b"1 column left out at this width; --json has it: memberships.plan\n"


def test_one_section_alone(shown):
    only = ["memberships"]
    assert shown(ANA, format="tsv", section=only) == "M-1\t49.90\tactive\nM-2\t\texpired\n"
    assert shown(ANA, format="csv", section=only).splitlines()[0] == "number,price,status"
    assert json.loads(shown(ANA, format="json", section=only)) == {"memberships": ANA_JSON["memberships"]}
    assert "E-mail" not in shown(ANA, format="table", section=only)
    assert "M-2" in shown(ANA, format="table", section=only)


def test_several_sections(shown):
    both = ["notes", "memberships"]
    assert list(json.loads(shown(ANA, format="json", section=both))) == both
    with pytest.raises(UsageError, match="one section"):
        shown(ANA, format="tsv", section=both)


def test_several_records(shown):
    both = [ANA, BO]
    assert [record["id"] for record in json.loads(shown(both, format="json"))] == [1, 2]
    assert [json.loads(line)["id"] for line in shown(both, format="jsonl").splitlines()] == [1, 2]
    assert [row[0] for row in csv.reader(io.StringIO(shown(both, format="csv")))] == ["id", "1", "2"]
    assert "\n\nid\t2\n" in shown(both, format="tsv")
    assert "expired\n\nBo\nId" in shown(both, format="table")
    assert shown(both, format="tsv", section=["memberships"]).count("M-1") == 2


def test_no_record_at_all(shown):
    assert shown([], format="json") == "[]\n"
    for form in ("jsonl", "tsv", "csv", "table"):
        assert shown([], format=form).strip() == ""


def test_every_format_is_written_in_a_way_of_its_own(shown):
    assert len({shown([ANA, BO], format=each) for each in FORMATS}) == len(FORMATS)


def test_a_format_that_nothing_writes_is_a_fault(shown):
    with pytest.raises(AssertionError):
        shown([ANA], format="yaml")
