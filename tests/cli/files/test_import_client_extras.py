"""The `import csv` command with custom fields, labels, sites and consents."""

import inprocess
import looking
import pytest

SETUP = (
    ("field", "add", "Nom du chien"),
    ("field", "add", "Taille", "--type", "number"),
    ("field", "add", "Budget", "--type", "money"),
    ("field", "add", "Vaccin", "--type", "date"),
    ("field", "add", "Assuré", "--type", "yes-no"),
    ("field", "add", "Niveau", "--type", "choice", "--choice", "Débutant", "--choice", "Confirmé"),
    ("field", "add", "Jours", "--type", "choices", "--choice", "Lundi", "--choice", "Mardi, soir"),
    ("field", "add", "Web", "--type", "url"),
    ("field", "add", "E-mail 2", "--type", "email"),
    ("field", "add", "Portable 2", "--type", "phone"),
    ("field", "add", "Ancien"),
    ("field", "archive", "ancien"),
    ("preference", "add", "Newsletter"),
    ("site", "add", "Lyon"),
    ("label", "add", "VIP"),
)


@pytest.fixture
def do(book, once):
    once(book, lambda: inprocess.fill(book, *SETUP))
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def take(do, tmp_path):
    """Return a function that imports a sheet, said as its lines, with further arguments."""

    def run(*lines, more=()):
        path = tmp_path / "sheet.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return do("import", "csv", path, *more)

    return run


def shown(do, client, *keys):
    """Return fields of a client, one after the other."""
    card = do("client", "show", client, "--json").json
    return tuple(card[key] for key in keys)


def counted(done):
    """Return what is said of clients added and updated, and of rows unchanged."""
    said = done.err.splitlines()[-1]
    return said[said.index("clients") : said.index(";")] + said[said.rindex(";") :]


# -- fields of the owner's -----------------------------------------------------------------------


def test_columns_are_recognized_by_name_and_key_and_values_checked(do, take, book):
    before = looking.dump_file(book)
    done = take(
        "Prénom;Nom du chien;taille;Budget;Vaccin;Assuré;Niveau;Jours;Web;E-mail 2;PORTABLE 2;Ancien",
        'Ana;Rex;1,85;49,90 €;31/12/2025;Oui;confirme;"Mardi, soir; lundi";example.com;'
        "Ana2@Example.ORG;06 12 34 56 78;x",
    )
    assert done.status == 0, done
    assert "Ignored unrecognized columns: Ancien (" in done.err
    assert shown(do, "Ana", "nom_du_chien", "taille", "budget", "vaccin", "assure", "niveau") == (
        "Rex",
        1.85,
        {"amount": "49.90", "currency": "EUR"},
        "2025-12-31",
        True,
        "Confirmé",
    )
    assert sorted(shown(do, "Ana", "jours")[0]) == ["Lundi", "Mardi, soir"]
    assert shown(do, "Ana", "web", "e_mail_2", "portable_2") == (
        "https://example.com",
        "Ana2@example.org",
        "+33612345678",
    )
    assert do("undo").status == 0
    assert looking.dump_file(book) == before


def test_a_column_is_mapped_to_a_field(do, take):
    done = take("Prénom;Toutou;Chat", "Ana;Rex;Minou", more=("--map", "Toutou=nom_du_chien", "--map", "Chat=ignore"))
    assert (done.status, shown(do, "Ana", "nom_du_chien")) == (0, ("Rex",))


def test_the_order_of_days_counts_for_a_field_too(do, take):
    assert take("Prénom;Vaccin", "Ana;01/02/2025", "Bo;12/31/2025").status == 0
    assert shown(do, "Ana", "vaccin") == ("2025-01-02",)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("Taille", "grand"),
        ("Niveau", "Expert"),
        ("Jours", "Lundi,Mardi"),
        ("Jours", ";"),
        ("Assuré", "peut-être"),
        ("Web", "nulle part"),
        ("E-mail 2", "ana@"),
        ("Budget", "beaucoup"),
        ("Vaccin", "31/02/2025"),
        ("Anniversaire", "2199-01-01"),
        ("Anniversaire", "31/13/1980"),
        ("Langue", "quelconque"),
        ("Client depuis", "jadis"),
        ("Site", "Paris"),
    ],
)
def test_a_value_that_is_none_of_its_field_is_kept_in_a_note_and_told(do, take, book, column, cell):
    done = take(f"Prénom\t{column}\tPoste", f"Ana\t{cell}\tx", "Bo\t\ty")
    assert done.status == 0, done
    assert f"Kept in a note, as not a valid value of the field: 1 value\n  line 2: Ana, {column}: {cell}\n" in done.err
    ana = do("client", "list", "--columns", "id,position", "--sort", "id").lines[0].split("\t")
    assert ana[1] == "x"
    assert do("note", "list", ana[0], "--columns", "text").lines == [f"From sheet.csv line 2: {column} {cell}"]


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [("Nom du chien", "4111 1111 1111 1111", "1111"), ("Étiquettes", "plan:Yoga", "'plan:Yoga'")],
)
def test_a_value_that_is_never_kept_makes_a_bad_row(take, book, column, cell, reason):
    before = looking.dump_file(book)
    done = take(f"Prénom\t{column}\tPoste", f"Ana\t{cell}\tx", "Bo\t\ty")
    assert (done.status, looking.dump_file(book)) == (7, before)
    (said,) = done.error.details
    assert said.startswith("line 2: ")
    assert reason in said
    assert "4111" not in said


def test_what_a_client_has_is_kept_and_what_is_empty_filled(do, take):
    do("client", "add", "--first", "Ana", "--email", "ana@example.com", "--field", "nom_du_chien=Rex")
    do("client", "add", "--first", "Bo", "--email", "bo@example.com")
    done = take(
        "Prénom;E-mail;Nom du chien;Niveau",
        "Ana;ana@example.com;Max;Débutant",
        "Bo;bo@example.com;Fido;",
        "Cleo;;Bella;",
        "Bo;bo@example.com;Milo;",
    )
    assert counted(done) == "clients 1 added, 2 updated; 1 unchanged"
    assert shown(do, "Ana", "nom_du_chien", "niveau") == ("Rex", "Débutant")
    assert shown(do, "Bo", "nom_du_chien") == ("Fido",)
    again = take("Prénom;E-mail;Niveau", "Ana;ana@example.com;Débutant")
    assert counted(again) == "clients 0 added, 0 updated; 1 unchanged"


def test_who_is_filled_in_moves_to_the_end_of_the_list(do, take):
    for name in ("Ana", "Bo", "Cleo"):
        do("client", "add", "--first", name, "--email", f"{name}@example.com")
    take("Prénom;E-mail;Nom du chien;Étiquettes", "Ana;ana@example.com;Rex;", "Cleo;cleo@example.com;;")
    assert do("client", "list", "--columns", "name").lines == ["Bo", "Cleo", "Ana"]
    take("Prénom;E-mail;Étiquettes", "Bo;bo@example.com;VIP")
    assert do("client", "list", "--columns", "name").lines == ["Cleo", "Ana", "Bo"]


# -- built-in ones -------------------------------------------------------------------------------


def test_the_login_e_mail_is_never_touched(do, take):
    do("client", "add", "--first", "Ana", "--email", "ana@example.com")
    for more in ((), ("--map", "Login e-mail=login_email")):
        done = take("Prénom;E-mail;Login e-mail", "Ana;ana@example.com;other@example.com", more=(*more, "--again"))
        assert "Ignored columns that only you change, by hand: Login e-mail" in done.err.splitlines()
    assert shown(do, "Ana", "login_email") == (None,)


def test_the_address_of_the_company_and_the_site_are_filled(do, take):
    do("client", "add", "--first", "Ana", "--email", "ana@example.com")
    done = take(
        "Prénom;E-mail;Adresse de la société;Site", "Ana;ana@example.com;1 rue X;LYON", "Bo;;2 rue Y;lyon", "Cleo;;;"
    )
    assert done.status == 0
    assert shown(do, "Ana", "company_address", "site") == ("1 rue X", "Lyon")
    assert shown(do, "Bo", "company_address", "site") == ("2 rue Y", "Lyon")
    assert shown(do, "Cleo", "site") == (None,)


def test_a_renamed_built_in_field_is_recognized(do, take):
    do("field", "edit", "company", "--name", "Cabinet")
    assert take("Prénom;Cabinet", "Ana;Épices & Fils").status == 0
    assert shown(do, "Ana", "company") == ("Épices & Fils",)


# -- labels --------------------------------------------------------------------------------------


def labels_of(do, client):
    listed = do("client", "list", "--columns", "labels", "--json", client).json
    return listed[0]["labels"]


def test_labels_are_attached_and_made_where_there_are_none(do, take, book):
    do("client", "add", "--first", "Ana", "--email", "ana@example.com", "--label", "VIP")
    before = looking.dump_file(book)
    done = take(
        "Prénom;E-mail;Étiquettes",
        'Ana;ana@example.com;"vip; Famille"',
        'Bo;bo@example.com;"Bon cadeau;famille;;VIP"',
        "Cleo;;",
    )
    assert "Created 2 labels: Famille, Bon cadeau" in done.err
    assert counted(done) == "clients 2 added, 1 updated; 0 unchanged"
    assert (labels_of(do, "Ana"), labels_of(do, "Bo"), labels_of(do, "Cleo")) == (
        ["Famille", "VIP"],
        ["Bon cadeau", "Famille", "VIP"],
        [],
    )
    do("undo")
    assert looking.dump_file(book) == before


def test_groups_of_google_are_labels_but_its_own(do, take):
    take("First Name,Labels", "Ana,Famille ::: VIP ::: * myContacts")
    assert labels_of(do, "Ana") == ["Famille", "VIP"]


def test_a_label_that_could_be_two_is_a_bad_row(do, take):
    do("plan", "add", "VIP")
    do("rate", "add", "VIP", "Monthly", "--price", "1", "--every", "1m")
    do("client", "add", "--first", "Zoé")
    do("membership", "add", "--client", "1", "--plan", "VIP/Monthly")
    done = take("Prénom;Étiquettes", "Ana;VIP")
    assert done.status == 7
    assert "several labels are named 'VIP': use custom:VIP or plan:VIP" in done.error.details[0]
    assert take("Prénom;Étiquettes", "Ana;custom:VIP").status == 0
    assert take("Prénom;Étiquettes", "Bo;plan:VIP").status == 0


def test_labels_of_bad_rows_are_not_made(do, take, tmp_path):
    done = take("Prénom;E-mail;Étiquettes", "Ana;ana@;Rare", "Bo;;VIP", more=("--skip-bad", tmp_path / "rejects.csv"))
    assert done.status == 0
    assert do("label", "list", "--columns", "name").lines == ["VIP"]


# -- what clients are sent -----------------------------------------------------------------------

MAP = ("--map", "Lettre=preference:Newsletter", "--again")


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        ("oui", "non"),
        ("Yes", "NO"),
        ("sì", "no"),
        ("1", "0"),
        ("x", "Non"),
        ("Subscribed", "Unsubscribed"),
        ("inscrit", "désinscrit"),
        ("TRUE", "Never subscribed"),
    ],
)
def test_yes_and_no_in_three_languages(do, take, yes, no):
    assert take("Prénom;Lettre", f"Ana;{yes}", f"Bo;{no}", "Cleo;", more=MAP).status == 0
    history = do("preference", "history", "--columns", "client,opted,from").lines
    assert history == ["Ana\tin\timport", "Bo\tout\timport"]


def test_nobody_is_opted_in_who_opted_out(do, take, book):
    for name in ("Ana", "Bo", "Cleo"):
        do("client", "add", "--first", name, "--email", f"{name}@example.com")
    do("preference", "opt-out", "1", "--preference", "Newsletter")
    do("preference", "opt-in", "2", "3", "--preference", "Newsletter")
    before = looking.dump_file(book)
    done = take(
        "Prénom;E-mail;Lettre",
        "Ana;ana@example.com;oui",
        "Bo;bo@example.com;oui",
        "Cleo;cleo@example.com;non",
        "Dan;dan@example.com;oui",
        "Dan;dan@example.com;non",
        more=MAP,
    )
    assert "Not opted in, as they had opted out: 1 client" in done.err
    assert counted(done) == "clients 1 added, 1 updated; 2 unchanged"
    stand = do("client", "list", "--columns", "name,preferences", "--sort", "name").lines
    assert stand == ["Ana\t", "Bo\tNewsletter", "Cleo\t", "Dan\t"]
    do("undo")
    assert looking.dump_file(book) == before


def test_a_column_is_a_preference_only_when_that_is_said(do, take):
    assert "Ignored unrecognized columns: Newsletter (" in take("Prénom;Newsletter", "Ana;oui").err
    assert do("preference", "history").lines == []
    done = take("Prénom;Newsletter", "Ana;oui", more=("--map", "Newsletter=preference:Offers"))
    assert done.status == 2
    assert "preference:Newsletter or ignore" in done.error.message
    assert "line 2: Ana, Lettre: bof" in take("Prénom;Lettre", "Ana;bof", more=MAP).err
    assert do("preference", "history").lines == []


# -- who is who ----------------------------------------------------------------------------------


def test_people_are_matched_by_further_e_mails_and_phones(do, take):
    do("client", "add", "--first", "Ana", "--last", "Müller", "--email", "ana@example.com",
       "--field", "e_mail_2=work@example.com", "--field", "portable_2=06 12 34 56 78")  # fmt: skip
    done = take(
        "Nom complet;E-mail;Tél;E-mail 2",
        "Ana Muller;Work@example.com;;",
        "Müller Ana;;0612345678;",  # and gets a first phone
        "A. Müller;new@example.com;;ANA@example.com",
        "Bo Smith;bo@example.com;;ana@example.com",  # a relative's
        "Zoé Blanc;;0612345678;",
    )
    assert counted(done) == "clients 2 added, 1 updated; 2 unchanged"
    other = take("Nom complet;E-mail", "Eve Smith;work@example.com")
    assert "  line 2: Eve Smith, shares work@example.com with client 1 Ana Müller\n" in other.err


def test_rows_of_one_file_follow_the_same_rule(do, take):
    done = take(
        "Nom complet;E-mail;E-mail 2;Portable 2",
        "Ana Müller;ana@example.com;work@example.com;06 12 34 56 78",
        "Ana Müller;work@example.com;;",
        "Ana Müller;;;06 12 34 56 78",
    )
    assert counted(done) == "clients 1 added, 0 updated; 2 unchanged"


def test_what_comes_in_is_found_by_it(do, take):
    take("Prénom;E-mail 2;Portable 2", "Ana;work@example.com;06 12 34 56 78")
    for wanted in ("work@ex", "0612345678", "345678"):
        assert do("client", "list", wanted, "--columns", "name").lines == ["Ana"]
    assert do("client", "show", "work@example.com", "--json").json["name"] == "Ana"


# -- further contacts that changed ---------------------------------------------------------------


def test_further_contacts_are_changed_when_that_is_wanted(do, take, tmp_path):
    header = "Name;E-mail;Phone;Work email;Work phone;Website"
    ana = "Ana Ott;a@example.com;0611111111;w@example.com;0622222222;ana.example.com"
    columns = ("work_email", "work_phone", "website")
    before = ("w@example.com", "+33622222222", "https://ana.example.com")
    take(header, ana)
    assert shown(do, "Ana", *columns) == before
    changed = "Ana Ott;a@example.com;0611111111;new@example.com;0633333333;new.example.com"
    take(header, changed)
    assert shown(do, "Ana", *columns) == before
    later = changed.replace("new@", "later@")
    take(header, changed, later, more=("--on-match", "update"))  # of two rows the first one counts
    assert shown(do, "Ana", *columns) == ("new@example.com", "+33633333333", "https://new.example.com")
    out = tmp_path / "out.csv"
    assert do("export", "csv", out).status == 0
    text = out.read_text("utf-8-sig")
    swapped = text.replace("new@example.com", "own@example.com").replace("+33 6 33 33 33 33", "+33 6 11 11 11 11")
    out.write_text(swapped, "utf-8")
    assert do("import", "csv", out, "--on-match", "update").status == 0
    assert shown(do, "Ana", *columns) == ("own@example.com", "+33611111111", "https://new.example.com")
