"""Imports of sheets with another program's numbers of people, which are stored unchanged and are not our ids."""

import inprocess
import pytest
import terminal


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def sheet(tmp_path):
    def write(text):
        path = tmp_path / "members.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("column", "key"),
    [
        ("ID", "id_2"),
        ("uid", "uid_2"),
        ("Client ID", "client_id"),
        ("customer_id", "customer_id"),
        ("Contact ID", "contact_id"),
        ("Member No.", "member_no"),
        ("Customer number", "customer_number"),
        ("External ID", "external_id"),
        ("N° client", "n_client"),
        ("Numéro de client", "numero_de_client"),
        ("Numéro adhérent", "numero_adherent"),
        ("N° d'adhérent", "n_d_adherent"),
        ("Réf. client", "ref_client"),
        ("N° de licence", "n_de_licence"),
        ("Identifiant", "identifiant"),
        ("Matricule", "matricule"),
        ("Codice cliente", "codice_cliente"),
        ("Numero tessera", "numero_tessera"),
        ("ID socio", "id_socio"),
    ],
)
def test_the_number_of_another_program_is_kept_in_a_field_named_like_its_column(do, sheet, column, key):
    assert do("client", "add", "--first", "Zoé").status == 0
    path = sheet(f"{column};Nom;E-mail\n1;Müller;ana@example.com\n007;Roux;roux@example.com\n;Noir;noir@example.com\n")
    done = do("import", "csv", path)
    assert f"Created field {column} (text)\n" in done.err
    assert "unrecognized" not in done.err
    listed = do("client", "list", "--columns", f"id,name,{key}", "--sort", "id")
    assert listed.lines == ["1\tZoé\t", "2\tMüller\t1", "3\tRoux\t007", "4\tNoir\t"]
    assert do("import", "csv", path).status == 5  # the same rows
    path.write_text(path.read_text("utf-8") + "12;Vert;vert@example.com\n", "utf-8")
    assert "clients 1 added, 0 updated" in do("import", "csv", path, "--map", f"{column}={key}").err


@pytest.mark.parametrize("column", ["N°", "Code", "Numéro de carte", "Référence", "Nb clients", "Nido"])
def test_what_may_be_anything_else_is_left_out_and_named(do, sheet, column):
    done = do("import", "csv", sheet(f"{column};Nom\n1;Müller\n"))
    assert f"Ignored unrecognized columns: {column} (" in done.err


def test_what_the_owner_says_of_such_a_column_comes_first(do, sheet):
    path = sheet("ID;N° client;Nom\n1;A-1;Müller\n")
    assert do("field", "add", "Alt", "--type", "number").status == 0
    done = do("import", "csv", path, "--map", "ID=alt", "--map", "N° client=ignore")
    assert "Created field" not in done.err
    assert do("client", "list", "--columns", "alt").lines == ["1"]
    assert do("field", "add", "N° client").status == 0
    assert do("field", "archive", "n_client").status == 0
    done = do("import", "csv", path, "--again", "--map", "ID=alt")
    assert "Ignored unrecognized columns: N° client (" in done.err
    done = do("import", "csv", path, "--again", "--map", "ID=alt", "--create-fields")
    assert "Ignored unrecognized columns: N° client (" in done.err


def test_a_sheet_with_our_own_uids_has_no_numbers_of_another_program(do, book, tmp_path):
    inprocess.fill(book, ("client", "add", "--first", "Zoé"))
    out = tmp_path / "out.csv"
    assert do("client", "list", "--columns", "uid,id,name", "--out", out).status == 0
    done = do("import", "csv", out)
    assert "Created field" not in done.err
    assert done.err.endswith("1 unchanged\n")


def test_nobody_is_asked_about_such_a_column(book, sheet):
    done = terminal.run("import", "csv", sheet("N° client;Nom\nA-1;Müller\n"), CLIENTCTL_DB=str(book))
    assert done.status == 0
    assert "Created field N° client (text)" in done.shown
    assert "unrecognized columns" not in done.shown
