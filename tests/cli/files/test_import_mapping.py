"""The `import csv` command with unrecognized columns: asked about, saved under a name, made into fields."""

import unicodedata

import inprocess
import looking
import pytest
import terminal

from clientctl.exchange.members import column_names

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
    """Create a field for a column with these values; return its type and choices."""
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
    before = looking.dump_file(book)
    done = do("import", "csv", sheet(), "--create-fields", "--save-mapping", "Wix monthly")
    assert done.status == 0, done
    assert "Left out" not in done.err
    assert types(do) == {"Toutou": "text", "Lettre": "yes-no", "Depuis": "date", "Site perso": "url", "Mots": "text"}
    (saved,) = do("import", "mappings", "--json").json
    assert saved["name"] == "Wix monthly"
    assert "Toutou=field:toutou" in saved["columns"]
    do("field", "edit", "toutou", "--name", "Chien")
    other = (
        SHEET.replace("Lettre;", "Nouveau;").replace("Rex", "Milou").replace("Ana;M", "Cleo;M").replace("ana@", "cleo@")
    )
    done = do("import", "csv", sheet(other), "--mapping", "wix MONTHLY")
    assert "Ignored unrecognized columns: Nouveau (" in done.err
    assert do("client", "list", "--columns", "name,toutou").lines[-1] == "Cleo Müller\tMilou"
    assert do("import", "remove-mapping", "wix monthly").status == 0
    assert do("import", "mappings").lines == []
    assert do("import", "csv", sheet(other), "--mapping", "wix monthly", "--again").status == 3
    for _ in range(4):
        assert do("undo").status == 0
    assert looking.dump_file(book) == before


def test_what_is_said_now_comes_before_what_was_saved_and_is_saved_with_it(do, sheet):
    do("field", "add", "Chien")
    do("import", "csv", sheet(), "--map", "Toutou=ignore", "--map", "Mots=ignore", "--save-mapping", "m")
    done = do("import", "csv", sheet(), "--again", "--mapping", "m", "--map", "Toutou=chien", "--save-mapping", "m")
    assert done.status == 0, done
    (saved,) = do("import", "mappings", "--json").json
    assert saved["columns"] == ["Toutou=field:chien", "Mots=ignore"]
    assert do("import", "mappings").lines == ["m\tToutou=field:chien, Mots=ignore"]
    assert sorted(do("client", "list", "--columns", "chien").lines) == ["", "Rex"]


def test_a_new_choice_is_added_with_create_fields_and_else_kept_in_a_note(do, sheet):
    def rows(values):
        return sheet("Prénom;Niveau;Jours\n" + "".join(f"{value};{value};Lundi\n" for value in values))

    do("field", "add", "Jours", "--type", "choices", "--choice", "Mardi")
    assert do("import", "csv", rows("ABABAB"), "--create-fields", "--save-mapping", "cc").status == 0
    assert "line 4: C, Niveau: C\n" in do("import", "csv", rows("ABC"), "--mapping", "cc").err
    assert do("undo").status == 0
    done = do("import", "csv", rows("ABC"), "--mapping", "cc", "--create-fields")
    assert (done.status, "Added choices to Niveau: C" in done.err) == (0, True), done
    assert {each["name"]: each["choices"] for each in do("field", "list", "--json").json if each["choices"]} == {
        "Jours": ["Mardi", "Lundi"],
        "Niveau": ["A", "B", "C"],
    }


def test_what_is_no_list_of_choices_is_not_added_to_one(do, sheet):
    do("field", "add", "Niveau", "--type", "choice", "--choice", "A")
    rows = "".join(f"P{number};{number}\n" for number in range(60))
    done = do("import", "csv", sheet(f"Prénom;Niveau\n{rows}"), "--create-fields")
    assert (done.status, "Added" in done.err) == (0, False)
    assert "Kept in a note, as not a valid value of the field: 60 values\n" in done.err


@pytest.mark.parametrize("gone", ["archive", "remove"])
def test_a_saved_mapping_to_a_field_that_is_gone_names_itself_and_the_ways_out(do, sheet, gone):
    do("field", "add", "Chien")
    path = sheet("Prénom;Toutou\nAna;Rex\n")
    do("import", "csv", path, "--map", "Toutou=chien", "--save-mapping", "cc")
    assert do("field", gone, "chien", "--yes").status == 0
    refused = do("import", "csv", path, "--again", "--mapping", "CC")
    assert refused.status == 2
    for said in ("mapping 'CC'", "column 'Toutou'", "`clientctl field list --archived`", "--map 'Toutou=ignore'"):
        assert said in refused.error.message
    again = ("--again", "--mapping", "cc", "--map", "Toutou=ignore", "--save-mapping", "cc")
    assert do("import", "csv", path, *again).status == 0
    assert do("import", "csv", path, "--again", "--mapping", "cc").status == 0


def test_columns_that_differ_by_punctuation_only_stay_two(do, sheet):
    text = "Prénom;01;0/1\nAna;a;b\n"
    assert do("import", "csv", sheet(text), "--create-fields").status == 0
    assert do("import", "csv", sheet(text.replace("Ana;a;b", "Bo;c;d"))).status == 0
    assert do("client", "list", "--columns", "column_1,column_2").lines == ["a\tb", "c\td"]


def test_a_column_is_mapped_to_notes_an_address_and_further_contacts(do, sheet):
    said = {
        "Bemerkung": "Notes", "Mehr": "notes", "Weg": "street", "Stadt": "city", "PLZ": "postal_code",
        "Land": "country", "Privat": "other_email", "Büro": "other phone", "Blog": "website",
    }  # fmt: skip
    maps = [f"--map={column}={field}" for column, field in said.items()]
    row = "Hans;h@example.com;nett;zwei;Weg 1;Bonn;53111;DE;p@example.com;0612345678;h.example.com"
    path = sheet(f"Nom;E-mail;{';'.join(said)}\n{row}\n")
    done = do("import", "csv", path, *maps, "--save-mapping", "de")
    assert (done.status, "Left out" in done.err) == (0, False), done
    shown = do("client", "show", "Hans", "--json").json
    assert [each["text"] for each in shown["notes"]] == ["nett", "zwei"]
    (address,) = shown["addresses"]
    assert {key: address[key] for key in ("name", "street", "city", "postal_code", "country")} == {
        "name": "Home", "street": "Weg 1", "city": "Bonn", "postal_code": "53111", "country": "DE",
    }  # fmt: skip
    found = (shown["email"], shown["privat"], shown["buro"], shown["blog"])
    assert found == ("h@example.com", "p@example.com", "+33612345678", "https://h.example.com")
    again = do("import", "csv", path, "--again", "--mapping", "de")
    assert "1 unchanged" in again.err
    twice = do("import", "csv", path, "--again", "--map", "Weg=street", "--map", "Stadt=street")
    assert (twice.status, "are both street" in twice.error.message) == (2, True)


def test_the_same_rows_with_accents_written_apart_are_the_same(do, sheet):
    text = "Prénom;Note\nZoé;été\n"
    assert do("import", "csv", sheet(text)).status == 0
    again = do("import", "csv", sheet(unicodedata.normalize("NFD", text)))
    assert (again.status, "the same rows were imported already" in again.error.message) == (5, True)


def test_a_mapping_needs_a_name_and_something_to_save(do, sheet):
    path = sheet("Prénom\nAna\n")
    assert do("import", "csv", path, "--save-mapping", "").status == 2
    assert do("import", "csv", path, "--mapping", "").status == 3
    assert "Did not save" in do("import", "csv", path, "--save-mapping", "m").err
    assert do("import", "mappings").lines == []


# -- at a terminal -------------------------------------------------------------------------------


def asked(book, path, typed, *more):
    home = {"CLIENTCTL_DB": str(book), "CLIENTCTL_TODAY": "2026-03-01"}
    return terminal.run("import", "csv", path, *more, typed=typed, width=200, **home)


def test_a_person_is_asked_about_each_column_nobody_knows(do, sheet, book):
    do("field", "add", "Chien")
    answers = "nonsense\ncompagny\nchien\nnew\nnew text\n\nignore\n"
    seen = asked(book, sheet(), answers, "--save-mapping", "m")
    assert seen.status == 0, seen
    assert "Toutou ('Rex') [new text]" in seen.shown
    assert "no field 'nonsense' to map to" in seen.shown
    assert "no field 'compagny' to map to; did you mean company?\n" in seen.shown
    assert "new makes a new field, ignore leaves the column out, ? explains all.\n" in seen.shown
    assert "Depuis ('31/12/2024', '01/02/2023') [new date]" in seen.shown
    assert "Lettre ('oui', 'non') [new yes-no]" in seen.shown
    assert types(do) == {"Chien": "text", "Lettre": "yes-no", "Depuis": "text", "Site perso": "url"}
    shown = do("client", "list", "--columns", "first_name,chien,lettre,depuis", "--json").json
    assert {"first_name": "Ana", "chien": "Rex", "lettre": True, "depuis": "31/12/2024"} in shown
    (saved,) = do("import", "mappings", "--json").json
    assert sorted(saved["columns"]) == [
        "Depuis=field:depuis", "Lettre=field:lettre", "Mots=ignore", "Site perso=field:site_perso",
        "Toutou=field:chien",
    ]  # fmt: skip


def test_an_answer_that_can_not_be_is_asked_again_with_the_reason(do, sheet, book):
    do("field", "add", "Chien")
    do("field", "archive", "chien")
    do("preference", "add", "Infos")
    rows = "Prénom;Chien;Boîte;Autre;Depuis;Accès;Lettre;Zut\nAna;Rex;ACME;ACME 2;31/12/2024;a@example.com;oui;x\n"
    wrong = {
        "\nignore": "`clientctl field restore chien` restores it",
        "Company": None,
        "company\nNEW": "'Boîte' is already company",
        "new number\nchien\nNew Date": "'31/12/2024' is not a number",
        "login_email\nbirthday\nnew yes-no\nIGNORE": "login_email is never imported",
        "infos": None,
        "language\nIgnore-All": "'x' is not a language",
    }
    seen = asked(book, sheet(rows), "\n".join(wrong) + "\n")
    assert seen.status == 0, seen
    for said in (*filter(None, wrong.values()), "not all its values are days", "is neither yes nor no"):
        assert said in " ".join(seen.shown.split()), said
    assert types(do) == {"Autre": "text", "Depuis": "date"}
    shown = do("client", "show", "Ana", "--json").json
    assert (shown["company"], shown["autre"], shown["depuis"]) == ("ACME", "ACME 2", "2024-12-31")
    assert [*shown["preferences"][0].values()][:2] == ["Infos", "in"]


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
    before = looking.dump_file(book)
    seen = asked(book, sheet(), "\x04")
    assert (seen.status, "nothing was changed" in seen.shown) == (1, True)
    assert looking.dump_file(book) == before


def test_a_dry_run_shows_a_page_on_a_terminal(sheet, book):
    rows = "".join(f"P{number};p{number}@example.com\n" for number in range(60))
    seen = asked(book, sheet(f"Prénom;E-mail\n{rows}"), None, "-n")
    assert seen.status == 0
    assert "Line" in seen.shown
    assert "Showing the first 50 of 60 changes" in seen.shown
    assert "P49" in seen.shown
    assert "P51" not in seen.shown


# -- preferences that are missing -----------------------------------------------------------------

CONSENTS = "Prénom;preference:Letters, monthly;Toutou\nAna;yes;Rex\nBo;no;\n"


def test_a_preference_that_is_missing_is_named_and_never_made_a_field(do, sheet):
    done = do("import", "csv", sheet(CONSENTS))
    assert done.status == 0
    assert "for unknown preferences: Letters, monthly (`clientctl preference add 'Letters, monthly'`" in done.err
    assert "Ignored unrecognized columns: Toutou (" in done.err
    assert do("preference", "list").lines == []


def test_who_agreed_and_who_did_not_is_kept_by_making_the_preference(do, sheet, book):
    before = looking.dump_file(book)
    done = do("import", "csv", sheet(CONSENTS), "--create-fields")
    assert (done.status, "Created preference Letters, monthly" in done.err) == (0, True)
    assert types(do) == {"Toutou": "text"}
    assert do("preference", "list", "--columns", "name,opted_in,opted_out").lines == ["Letters, monthly\t1\t1"]
    assert do("undo").status == 0
    assert looking.dump_file(book) == before


def test_a_preference_that_is_missing_is_asked_about_as_one(book, sheet):
    given = {"CLIENTCTL_DB": str(book)}
    seen = terminal.run("import", "csv", str(sheet(CONSENTS)), typed="new text\n\nignore\n", **given)
    assert (seen.status, "[new preference]" in seen.shown, "which are kept as a preference" in seen.shown) == (
        0,
        True,
        True,
    )
    assert inprocess.run("preference", "list", "--columns", "opted_in,opted_out", db=book).lines == ["1\t1"]


MAILING = "Prénom;Newsletter\nAna;oui\nBo;non\n"


def test_a_column_of_yes_and_no_about_a_mailing_is_offered_as_a_preference_first(do, sheet, book):
    seen = asked(book, sheet(MAILING), "\n")
    assert (seen.status, "Newsletter ('oui', 'non') [new preference]:" in seen.shown) == (0, True), seen
    assert "Created preference Newsletter" in seen.shown
    assert do("preference", "list", "--columns", "name,opted_in,opted_out").lines == ["Newsletter\t1\t1"]
    assert types(do) == {}


def test_the_preference_that_is_there_is_offered_and_a_field_can_be_made_all_the_same(do, sheet, book):
    do("preference", "add", "newsletter")
    seen = asked(book, sheet(MAILING), "new preference\n\n")
    assert "a preference of that name already exists: use preference:newsletter" in seen.shown
    assert "[preference:newsletter]" in seen.shown
    assert do("preference", "list", "--columns", "name,opted_in,opted_out").lines == ["newsletter\t1\t1"]
    asked(book, sheet(MAILING), "new yes-no\n", "--again")
    assert types(do) == {"Newsletter": "yes-no"}


@pytest.mark.parametrize(
    ("column", "is_one"),
    [
        ("Newsletter", True),
        ("Inscrit à la newsletter", True),
        ("Lettre d'information", True),
        ("E-mail marketing", True),
        ("Lettre", False),
        ("Fumeur", False),
        ("Information", False),
    ],
)
def test_what_is_about_a_mailing_by_its_name(column, is_one):
    assert column_names.is_mailing(column) is is_one


def test_what_says_nothing_without_a_plan_is_a_column_nobody_knows(run, book, tmp_path) -> None:
    (tmp_path / "sheet.csv").write_text("Name;E-mail;Montant;Statut\nAna Roux;ana@example.com;12,50;gold\n")
    done = run("import", "csv", str(tmp_path / "sheet.csv"))
    assert "Ignored unrecognized columns: Montant, Statut (" in done.stderr
    done = run("import", "csv", str(tmp_path / "sheet.csv"), "--again", "--create-fields")
    assert done.stderr.startswith("Created field Montant (number)\nCreated field Statut (text)\n")
    shown = run("client", "list", "--columns", "montant,statut")
    assert shown.stdout == "12.5\tgold\n"


@pytest.mark.parametrize("answer", ["?", "-", "!!"])
def test_an_answer_that_names_nothing_is_no_field(do, sheet, answer):
    done = do("import", "csv", sheet(), "--map", f"Toutou={answer}")
    assert (done.status, done.error.message[:20]) == (2, f"no field '{answer}' to map to"[:20])
    assert do("client", "list", "--columns", "first_name").lines == []


def test_a_question_mark_explains_and_is_asked_again(book, sheet):
    typed = "?\nnew ?\n!\nnew text\nignore-all\n"
    done = terminal.run("--db", book, "import", "csv", sheet(), typed=typed, width=200)
    assert done.status == 0, done
    assert "A field: first_name, last_name, name, email" in done.shown
    assert "no type '?'" in done.shown
    assert "no field '!' to map to\n" in done.shown
    shown = inprocess.run("client", "list", "--columns", "first_name,toutou", db=book)
    assert shown.lines == ["Ana\tRex", "Bo\t"]
