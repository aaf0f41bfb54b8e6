"""Type import for the files of other programs, one of each: what is said, what is stored, and the same again."""

from pathlib import Path

import inprocess
import looking
import pytest
from python_calamine import CalamineWorkbook

DATA = Path(__file__).parent.parent / "data"

FILES = {
    "google-2024.csv": ("csv", 400),
    "google-old-utf16.csv": ("csv", 400),
    "outlook-cp1252.csv": ("csv", 400),
    "wix-contacts.csv": ("csv", 400),
    "members-fr.csv": ("csv", 400),
    "members-fr.xlsx": ("xlsx", 40),
    "contacts-2.1.vcf": ("vcard", 40),
    "contacts-3.0.vcf": ("vcard", 40),
    "contacts-4.0.vcf": ("vcard", 40),
}


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_taken_in_and_the_same_again_changes_nothing_and_undo_takes_it_back(do, book, name):
    kind, rows = FILES[name]
    before = looking.dumped(book)
    done = do("import", kind, DATA / name)
    assert done.status == 0, done
    assert f"Imported {rows} rows: clients {rows} added, 0 updated" in done.err
    refused = do("import", kind, DATA / name)
    assert (refused.status, "the same rows were imported already by #2" in refused.error.message) == (5, True)
    stored = looking.dumped(book)
    again = do("import", kind, DATA / name, "--again")
    assert f"clients 0 added, 0 updated; memberships 0 added, 0 updated; {rows} unchanged" in again.err
    assert {**looking.dumped(book), "imports": stored["imports"]} == stored
    assert (do("undo").status, do("undo").status) == (0, 0)
    assert looking.dumped(book) == before
    assert not list(book.parent.glob("clients.db.files/*")) or kind == "vcard"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("google-2024.csv", "google-2024.csv is from Google Contacts"),
        ("google-old-utf16.csv", "google-old-utf16.csv is from Google Contacts"),
        ("outlook-cp1252.csv", "outlook-cp1252.csv is from Outlook"),
        ("wix-contacts.csv", "wix-contacts.csv is from Wix"),
        ("members-fr.xlsx", "Read members-fr.xlsx: sheet Membres"),
        ("contacts-4.0.vcf", "Read contacts-4.0.vcf: vCard 4.0"),
    ],
)
def test_what_a_file_is_comes_first(do, name, said):
    assert do("import", FILES[name][0], DATA / name, "--dry-run").err.splitlines()[0] == said


def test_a_sender_can_be_said(do):
    done = do("import", "csv", DATA / "google-2024.csv", "--as", "generic", "--dry-run")
    assert done.err.startswith("Read google-2024.csv: ")
    wrong = do("import", "csv", DATA / "google-2024.csv", "--as", "hotmail")
    assert (wrong.status, "google, outlook, wix, vcita, generic" in wrong.error.message) == (2, True)


def test_people_from_google_have_all_that_they_had_there(do):
    assert do("import", "csv", DATA / "google-2024.csv").status == 0
    shown = do("client", "show", "email:client0001@example.org", "--json").json
    assert (shown["labels"], shown["work_e_mail"], shown["birthday"]) == (
        ["Bon cadeau"],
        "work0001@example.org",
        "2002-10-27",
    )
    assert [tuple(each.values())[1:] for each in shown["addresses"]] == [
        ("Home", "44 rue de l'Épée", "8001", "Zürich", None, "Schweiz")
    ]
    notes = do("note", "list", "--columns", "text", "--format", "csv").out
    assert "Genou gauche fragile ;\néviter les fentes." in notes
    assert "=SUM(A1:A9) collé par erreur" in notes
    assert "myContacts" not in do("label", "list").out


def test_a_workbook_is_taken_in_as_another_reader_reads_it(do, book):
    assert do("import", "xlsx", DATA / "members-fr.xlsx").status == 0
    header, *rows = CalamineWorkbook.from_path(DATA / "members-fr.xlsx").get_sheet_by_index(0).to_python()
    at = {name: header.index(name) for name in ("Nom", "Formule", "Tarif", "Prix", "Début", "Fin")}
    wanted = [
        (row[at["Nom"]], row[at["Formule"]], row[at["Tarif"]], round(row[at["Prix"]] * 100), *map(str, row[9:11]))
        for row in rows
        if row[at["Formule"]]
    ]
    with looking.look(book) as db:
        stored = db.rows(
            """SELECT c.last_name, p.name, r.name, m.price_minor, m.starts_on, coalesce(m.term_ends_on, '')
               FROM memberships m JOIN clients c ON c.id = m.client_id JOIN rates r ON r.id = m.rate_id
               JOIN plans p ON p.id = m.plan_id ORDER BY m.id"""
        )
    assert stored == wanted
    assert len(stored) > 20


def test_vcards_have_photos_and_what_is_no_field_is_kept(do, book):
    assert do("import", "vcard", DATA / "contacts-3.0.vcf").status == 0
    with looking.look(book) as db:
        assert db.value("SELECT count(*) FROM clients WHERE photo IS NOT NULL") == 1
    assert len(list(book.parent.glob("clients.db.files/*"))) == 1
    assert do("import", "vcard", DATA / "contacts-4.0.vcf").status == 0
    with looking.look(book) as db:
        kept = db.rows("SELECT text FROM card_properties")
    assert kept
    assert all(text.startswith("BDAY:--") for (text,) in kept)


CARD = "BEGIN:VCARD\nVERSION:3.0\n{}\nEND:VCARD\n"


@pytest.fixture
def take(do, tmp_path):
    def run(*cards, more=()):
        path = tmp_path / "cards.vcf"
        path.write_text("".join(CARD.format(card) for card in cards), encoding="utf-8")
        return do("import", "vcard", path, *more)

    return run


def further(do, name):
    shown = do("client", "show", name, "--json").json
    return {
        key: value for key, value in shown.items() if value and key.startswith(("phone", "work", "home", "e_m", "w"))
    }


def test_further_contacts_go_to_fields_of_their_own_that_are_made_once(do, take):
    done = take(
        "FN:Ana\nEMAIL:a@example.com\nEMAIL;TYPE=WORK:b@example.com\nTEL:+33612345678\nTEL:+33612345679\n"
        "TEL;TYPE=WORK:+33612345680\nTEL;TYPE=WORK:+33612345681\nURL:example.com",
        "FN:Bo\nTEL:1234\nTEL:1235",
    )
    assert "Made 5 fields: Work e-mail, Phone 2, Work phone, Phone 3, Website" in done.err
    assert further(do, "Ana") == {
        "phone": "+33612345678",
        "phone_2": "+33612345679",
        "work_phone": "+33612345680",
        "phone_3": "+33612345681",
        "work_e_mail": "b@example.com",
        "website": "https://example.com",
    }
    assert further(do, "Bo")["phone_2"] == "1235"


def test_a_further_contact_that_the_client_has_anywhere_is_not_taken_again(do, take):
    take("FN:Ana\nTEL:+33612345678\nTEL:+33612345679")
    take("FN:Ana\nTEL:06 12 34 56 79\nTEL:06 12 34 56 78\nTEL:+33612345670")
    assert further(do, "Ana") == {"phone": "+33612345678", "phone_2": "+33612345679", "phone_3": "+33612345670"}


def test_a_field_of_the_owner_by_the_name_in_the_card_is_taken(do, take):
    do("field", "add", "Grand-mère", "--type", "phone")
    do("field", "add", "Oncle")
    take("FN:Ana\nTEL:1\nitem1.TEL:2\nitem1.X-ABLabel:grand-mere\nitem2.TEL:3\nitem2.X-ABLabel:Oncle")
    shown = do("client", "show", "Ana", "--json").json
    assert (shown["grand_mere"], shown["oncle"], shown["oncle_phone"]) == ("2", None, "3")


def test_fields_are_not_made_without_end(do, take):
    cards = [f"FN:P{n}\nTEL:{n}1\nitem1.TEL:{n}2\nitem1.X-ABLabel:Name{n}" for n in range(30)]
    done = take(*cards)
    assert "Made 21 fields" in done.err
    assert do("client", "show", "P29", "--json").json["phone_2"] == "292"


def test_with_a_bad_card_nothing_is_left_behind_and_the_rest_comes_with_skip_bad(do, take, book, tmp_path):
    before = looking.dumped(book)
    photo = next(line for line in (DATA / "contacts-3.0.vcf").read_text("utf-8").split("\nEND") if "PHOTO" in line)
    photo = photo[photo.index("PHOTO") :].replace("\r", "")
    cards = (f"FN:Ana\n{photo}", "FN:Bo\nBDAY:1990-02-30", "FN:Cleo\nEMAIL:cleo@", "NOTE:nobody", "FN:Dee")
    done = take(*cards)
    assert done.status == 7
    assert [line.split(":")[0] for line in done.error.details] == ["line 7", "line 12", "line 17"]
    assert looking.dumped(book) == before
    assert not list(book.parent.glob("clients.db.files/*"))
    assert "client 2" in take(*cards, more=("--dry-run", "--skip-bad", tmp_path / "no.vcf")).out
    assert not list(book.parent.glob("clients.db.files/*"))
    assert take(*cards, more=("--skip-bad", tmp_path / "rejects.vcf")).status == 0
    rejects = (tmp_path / "rejects.vcf").read_text("utf-8")
    assert rejects.count("BEGIN:VCARD") == 3
    assert "X-REASON:birthday: '1990-02-30' is no day" in rejects
    (tmp_path / "rejects.vcf").write_text(rejects.replace("02-30", "02-28").replace("cleo@", "c@d.fr"), "utf-8")
    done = do("import", "vcard", tmp_path / "rejects.vcf", "--skip-bad", tmp_path / "again.vcf")
    assert "clients 2 added" in done.err


def test_an_erased_client_leaves_nothing_of_the_card(do, take, book):
    take("FN:Ana\nX-SKYPE:anaskype77\nNOTE:Genou tordu77")
    assert looking.holds(book, "anaskype77", "Genou tordu77")
    assert do("client", "delete", "Ana", "--yes").status == 0
    assert looking.holds(book, "anaskype77", "Genou tordu77") == []


def test_merged_clients_keep_what_both_cards_had(do, take, book):
    take("FN:Ana A\nEMAIL:a@example.com\nX-A:1\nX-B:2", "FN:Ana B\nEMAIL:b@example.com\nX-A:1\nX-C:3")
    assert do("client", "merge", "1", "2", "--yes").status == 0
    with looking.look(book) as db:
        assert db.rows("SELECT client_id, text FROM card_properties ORDER BY text") == [
            (1, "X-A:1"),
            (1, "X-B:2"),
            (1, "X-C:3"),
        ]


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("VIP;Yoga", ["VIP", "Yoga"]),
        ("VIP, Yoga", ["VIP", "Yoga"]),
        ("Bon, cadeau, VIP", ["Bon, cadeau", "VIP"]),
        ("Bon, cadeau;Yoga,Été", ["Bon, cadeau", "Été", "Yoga"]),
        ("VIP,", ["VIP"]),
    ],
)
def test_lists_of_labels_are_parted_and_known_names_left_whole(do, tmp_path, cell, names):
    do("label", "add", "Bon, cadeau")
    path = tmp_path / "sheet.csv"
    path.write_text(f'Nom\tLibellés\nAna\t"{cell}"\n', encoding="utf-8")
    assert do("import", "csv", path).status == 0
    assert do("client", "show", "Ana", "--json").json["labels"] == names


def test_what_the_own_list_shows_can_be_taken_in_again(do, book, tmp_path):
    do("field", "add", "Jours", "--type", "choices", "--choice", "Lundi", "--choice", "Mardi, soir")
    do("label", "add", "VIP", "Bon, cadeau")
    do("client", "add", "--first", "Ana", "--label", "VIP", "--label", "Bon, cadeau", "--email", "a@example.com")
    do("client", "edit", "1", "--field", "jours=Lundi", "--field", "jours=Mardi, soir")
    listed = do("client", "list", "--columns", "first_name,email,labels,jours", "--format", "csv").out
    (tmp_path / "list.csv").write_text(listed, encoding="utf-8")
    done = do("import", "csv", tmp_path / "list.csv")
    assert (done.status, "1 unchanged" in done.err) == (0, True), done
