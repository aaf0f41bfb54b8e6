"""Type import csv for columns that nobody knows: asked at a terminal, saved under a name, made fields."""

import json

import inprocess
import looking
import pytest
import terminal

SHEET = """Prénom;Nom;E-mail;Toutou;Lettre;Depuis;Site perso;Mots
Ana;Müller;ana@example.com;Rex;oui;31/12/2024;https://ana.example.com;aime le yoga
Bo;Li;bo@example.com;;non;01/02/2023;;n'aime pas les matins
"""


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def sheet(tmp_path):
    def write(text=SHEET, name="sheet.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def types(do):
    return dict(
        line.split("\t")[:2] for line in do("field", "list", "--columns", "name,type,built_in").lines if "no" in line
    )


def column(do, sheet, *values):
    """Make a field of a column with these values; give its type and choices."""
    rows = "".join(f'p{number};"{value}"\n' for number, value in enumerate(values))
    done = do("import", "csv", sheet(f"Prénom;Zut\n{rows}"), "--create-fields", "--date-format", "DD/MM/YYYY")
    assert done.status == 0, done
    (made,) = [each for each in do("field", "list", "--json").json if each["name"] == "Zut"]
    stored = [each["zut"] for each in do("client", "list", "--columns", "zut", "--sort", "id", "--json").json]
    return made["type"], made["choices"] or [], stored


@pytest.mark.parametrize(
    ("values", "kind", "stored"),
    [
        (("1", "2.5", "-3"), "number", [1, 2.5, -3]),
        (("12", "0612345678"), "text", ["12", "0612345678"]),
        (("1,234", "5"), "text", ["1,234", "5"]),
        (("31/12/2024", "01/02/2023"), "date", ["2024-12-31", "2023-02-01"]),
        (("2024-12-31", "0/0/00"), "date", ["2024-12-31", None]),
        (("Oui", "non", "OUI"), "yes-no", [True, False, True]),
        (("0", "1"), "number", [0, 1]),
        (
            ("https://a.example.com", "www.b.example.com/x"),
            "url",
            ["https://a.example.com", "https://www.b.example.com/x"],
        ),
        (("a@example.com", "B@example.com"), "email", ["a@example.com", "B@example.com"]),
        (("06 12 34 56 78", "+33 6 12 34 56 79"), "phone", ["+33612345678", "+33612345679"]),
        (("first\nsecond", "x"), "long-text", ["first\nsecond", "x"]),
        (("x" * 201,), "long-text", ["x" * 201]),
        (("Rex", "Milou"), "text", ["Rex", "Milou"]),
        (("a@", "b"), "text", ["a@", "b"]),
    ],
)
def test_the_type_of_a_field_is_deduced_from_every_value(do, sheet, values, kind, stored):
    assert column(do, sheet, *values) == (kind, [], stored)


def test_few_values_that_come_again_are_choices(do, sheet):
    kind, choices, stored = column(do, sheet, *["Petit", "grand", "petit", "Grand", "petit", "grand"])
    assert (kind, choices) == ("choice", ["Petit", "grand"])
    assert stored == ["Petit", "grand", "Petit", "grand", "Petit", "grand"]


def test_fields_are_made_saved_and_used_again(do, sheet, book):
    before = looking.dumped(book)
    done = do("import", "csv", sheet(), "--create-fields", "--save-mapping", "Wix monthly")
    assert done.status == 0, done
    assert "Left out" not in done.err
    assert types(do) == {"Toutou": "text", "Lettre": "yes-no", "Depuis": "date", "Site perso": "url", "Mots": "text"}
    (saved,) = do("import", "mappings", "--json").json
    assert saved["name"] == "Wix monthly"
    assert json.loads(saved["columns"])["Toutou"] == "field:toutou"
    do("field", "edit", "toutou", "--name", "Chien")
    other = (
        SHEET.replace("Lettre;", "Nouveau;").replace("Rex", "Milou").replace("Ana;M", "Cleo;M").replace("ana@", "cleo@")
    )
    done = do("import", "csv", sheet(other), "--mapping", "wix MONTHLY")
    assert "Left out columns nobody knows: Nouveau (" in done.err
    assert do("client", "list", "--columns", "name,toutou").lines[-1] == "Cleo Müller\tMilou"
    assert do("import", "remove-mapping", "wix monthly").status == 0
    assert do("import", "mappings").lines == []
    assert do("import", "csv", sheet(other), "--mapping", "wix monthly", "--again").status == 3
    for _ in range(4):
        assert do("undo").status == 0
    assert looking.dumped(book) == before


def test_what_is_said_now_comes_before_what_was_saved_and_is_saved_with_it(do, sheet):
    do("field", "add", "Chien")
    do("import", "csv", sheet(), "--map", "Toutou=ignore", "--map", "Mots=ignore", "--save-mapping", "m")
    done = do("import", "csv", sheet(), "--again", "--mapping", "m", "--map", "Toutou=chien", "--save-mapping", "m")
    assert done.status == 0, done
    (saved,) = do("import", "mappings", "--json").json
    assert json.loads(saved["columns"]) == {"Toutou": "field:chien", "Mots": "ignore"}
    assert sorted(do("client", "list", "--columns", "chien").lines) == ["", "Rex"]


# -- at a terminal -------------------------------------------------------------------------------


def asked(book, path, typed, *more):
    home = {"CLIENTCTL_DB": str(book), "CLIENTCTL_TODAY": "2026-03-01"}
    return terminal.run("import", "csv", path, *more, typed=typed, width=200, **home)


def test_a_person_is_asked_about_each_column_nobody_knows(do, sheet, book):
    do("field", "add", "Chien")
    answers = "nonsense\nchien\nnew\nnew text\n\nignore\n"
    seen = asked(book, sheet(), answers, "--save-mapping", "m")
    assert seen.status == 0, seen
    assert "Toutou ('Rex') [new text]" in seen.shown
    assert "no field 'nonsense' to map to" in seen.shown
    assert "Depuis ('31/12/2024', '01/02/2023') [new date]" in seen.shown
    assert "Lettre ('oui', 'non') [new yes-no]" in seen.shown
    assert types(do) == {"Chien": "text", "Lettre": "yes-no", "Depuis": "text", "Site perso": "url"}
    shown = do("client", "list", "--columns", "first_name,chien,lettre,depuis", "--json").json
    assert {"first_name": "Ana", "chien": "Rex", "lettre": True, "depuis": "31/12/2024"} in shown
    (saved,) = do("import", "mappings", "--json").json
    assert json.loads(saved["columns"]) == {
        "Toutou": "field:chien", "Lettre": "field:lettre", "Depuis": "field:depuis", "Site perso": "field:site_perso",
        "Mots": "ignore",
    }  # fmt: skip


def test_the_rest_is_ignored_at_a_word_and_nobody_is_asked_who_said_yes(do, sheet, book):
    seen = asked(book, sheet(), "ignore-all\n")
    assert (seen.status, seen.shown.count("]:")) == (0, 1)
    assert types(do) == {}
    assert "Imported 2 rows" in asked(book, sheet(), None, "--again", "--yes").shown
    named = [f"--map={name}=ignore" for name in ("Toutou", "Lettre", "Depuis", "Site perso", "Mots")]
    assert "]:" not in asked(book, sheet(), None, "--again", *named).shown


def test_a_field_with_nearly_the_name_is_proposed(do, sheet, book):
    do("field", "add", "Nom du chien")
    seen = asked(book, sheet("Prénom;Nom du chienn\nAna;Rex\n"), "\n")
    assert "Nom du chienn ('Rex') [field:nom_du_chien]" in seen.shown
    assert do("client", "list", "--columns", "nom_du_chien").lines == ["Rex"]


def test_who_stops_at_a_question_has_changed_nothing(sheet, book):
    before = looking.dumped(book)
    seen = asked(book, sheet(), "\x04")
    assert (seen.status, "nothing was changed" in seen.shown) == (1, True)
    assert looking.dumped(book) == before


def test_a_dry_run_shows_a_page_on_a_terminal(sheet, book):
    rows = "".join(f"P{number};p{number}@example.com\n" for number in range(60))
    seen = asked(book, sheet(f"Prénom;E-mail\n{rows}"), None, "-n")
    assert seen.status == 0
    assert "Line" in seen.shown
    assert "The first 50 of 60 changes" in seen.shown
    assert "P49" in seen.shown
    assert "P51" not in seen.shown
