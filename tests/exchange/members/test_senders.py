"""Whose sheet it is, and what people have several of in it."""

import pytest

from clientctl.base.import_records import ExtraContact
from clientctl.base.people import Place
from clientctl.errors import BadInputError, UsageError
from clientctl.exchange.members import repeated_columns, senders, sheet_files


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("First Name,Middle Name,Last Name,File As,Birthday,Labels,Phone 1 - Value", "google"),
        ("Name,Given Name,Family Name,Group Membership,E-mail 1 - Value", "google"),
        ("First Name,E-mail Address,Home Street,Business Phone,Mobile Phone,Categories", "outlook"),
        ("First Name,Email 1,Phone 1,Created At (UTC+0),Labels", "wix"),
        ("First name,Last name,Email,Phone,Tags,Status,Source", "vcita"),
        ("Prénom,Nom,E-mail", "generic"),
    ],
)
def test_a_sender_is_known_by_the_columns(header, key):
    assert senders.recognize(header.split(",")).key == key


def test_a_sender_that_is_not_known_is_named():
    with pytest.raises(UsageError, match="no sender 'hotmail': use google, outlook, wix, vcita, generic"):
        senders.find("hotmail")


@pytest.fixture
def read(tmp_path):
    def run(text, **more):
        path = tmp_path / "sheet.csv"
        path.write_text(text, encoding="utf-8")
        run.sheet = sheet_files.read_csv(path, named={}, **more)
        return list(run.sheet.records())

    return run


def test_several_values_in_a_cell_are_the_first_and_further_ones(read):
    (record,) = read(
        "First Name,Last Name,File As,Labels,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Value,Phone 2 - Label,"
        "Phone 2 - Value,Notes,Middle Name\n"
        "Ana,Müller,,VIP ::: À relancer ::: * myContacts,* Home,a@example.com ::: b@example.com,"
        '1 ::: 2,Work,3,"x\ny",M\n'
    )
    assert record.values == {"first_name": "Ana M", "last_name": "Müller", "email": "a@example.com", "phone": "1"}
    assert record.more.labels == ("VIP", "À relancer")
    assert record.more.notes == ("x\ny",)
    assert record.more.further == (
        ExtraContact("email", None, "b@example.com", "E-mail 1 - Value"),
        ExtraContact("phone", None, "2", "Phone 1 - Value"),
        ExtraContact("phone", "Work", "3", "Phone 2 - Value"),
    )
    assert read.sheet.summary[0] == "sheet.csv is from Google Contacts"


def test_several_addresses_in_the_same_columns_are_several(read):
    (record,) = read(
        "Name,Given Name,Family Name,Group Membership,Address 1 - Type,Address 1 - Formatted,Address 1 - Street,"
        "Address 1 - City,Address 1 - Postal Code,Organization 1 - Name\n"
        "Ana Li,Ana,Li,,Home,formatted ::: also,3 rue A ::: 9 quai B,Lyon ::: Nice,69003 ::: 06000,One ::: Two\n"
    )
    assert record.more.places == (
        Place("Home", "3 rue A", "69003", "Lyon", None, None),
        Place("Home", "9 quai B", "06000", "Nice", None, None),
    )
    assert record.values["company"] == "One, Two"


def test_addresses_are_put_together_from_their_columns(read):
    (record,) = read(
        "Name,Home Street,Home City,Home Postal Code,Home State,Home Country,Business Street,Business Street 2,"
        "Business City,Other Address\n"
        "Ana,1 rue A,Lyon,69003,,France,2 rue B,Bât. C,Paris,3 rue D\n"
    )
    assert record.more.places == (
        Place("Home", "1 rue A", "69003", "Lyon", None, "France"),
        Place("Work", "2 rue B, Bât. C", None, "Paris", None, None),
        Place("Other", "3 rue D", None, None, None, None),
    )


@pytest.mark.parametrize("header", ["Adresse;Code postal;Ville;Pays", "Indirizzo;CAP;Città;Paese"])
def test_a_list_kept_by_hand_has_one_address(read, header):
    (record,) = read(f"Nom;{header}\nAna;1 rue A;69003;Lyon;France\n")
    assert record.more.places == (Place("Home", "1 rue A", "69003", "Lyon", None, "France"),)


def test_the_first_of_the_further_ones_is_the_first_where_there_is_none(read):
    records = read("Name,Home Fax,Business Phone,Home Phone,Mobile\nAna,9,1,2,\nBo,,,,3\n")
    assert [record.values["phone"] for record in records] == ["1", "3"]
    assert records[0].more.further == (
        ExtraContact("phone", "Home Fax", "9", "Home Fax"),
        ExtraContact("phone", "Home Phone", "2", "Home Phone"),
    )


def test_a_fax_is_the_first_phone_only_where_there_is_no_other(read):
    header = "First Name,Last Name,File As,Labels,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
    records = read(
        f"{header}Ana,,,,* Work Fax,9,Mobile,1\nBo,,,,Home Fax,9,,\nCleo,,,,Mobile,1,Work Fax,9\n"
        "Dee,,,,Work Fax,9 ::: 8,Home Fax,7\nEve,,,,Fax,9 ::: 8,Home,7\n"
    )
    assert [record.values["phone"] for record in records] == ["1", "9", "1", "9", "7"]
    assert [[each[1:3] for each in record.more.further] for record in records] == [
        [("Work Fax", "9")],
        [],
        [("Work Fax", "9")],
        [("Work Fax", "8"), ("Home Fax", "7")],
        [("Fax", "8"), ("Fax", "9")],
    ]


def test_nobody_of_an_address_book_is_called_like_the_company_or_the_nickname(read):
    header = "First Name,Last Name,Nickname,File As,Labels,Organization Name,Phone 1 - Value\n"
    records = read(f"{header},,,,,Acme,\n,,Zaz,,,,\n,,,,,Acme,1\nAna,,Zaz,,,Acme,\n")
    assert [record.values.get("last_name") for record in records] == ["Acme", "Zaz", None, None]
    assert "last_name" not in read("Nom,Société\n,Acme\n")[0].values


def test_a_name_that_is_an_e_mail_is_one(read):
    records = read("First Name,Last Name,E-mail\nana@example.com,,\nbo@example.com,,bo@example.org\nc@d,Dee,\n")
    assert [record.values for record in records] == [
        {"email": "ana@example.com"},
        {"email": "bo@example.org"},
        {"first_name": "c@d", "last_name": "Dee"},
    ]


def test_days_of_outlook_have_the_month_first_unless_somebody_says_otherwise(read):
    header = "Last Name,E-mail Address,Home Street,Business Phone,Mobile Phone,Birthday\n"
    assert read(header + "Ana,a@example.com,,,,2/3/1990\nBo,,,,1,0/0/00\n")[0].values["birthday"] == "1990-02-03"
    assert read(header + "Ana,a@example.com,,,,2/3/1990\n", otherwise="dmy")[0].values["birthday"] == "1990-03-02"
    assert read(header + "Ana,a@example.com,,,,13/3/1990\n")[0].values["birthday"] == "1990-03-13"


def test_birthdays_without_a_year_are_left_out_and_said(read):
    records = read("Name,Birthday\nAna,--03-15\nBo,1604-03-15\nCleo,1990-03-15\n")
    assert [record.values.get("birthday") for record in records] == [None, None, "1990-03-15"]
    assert "Ignored birthdays without a year: 2" in read.sheet.summary


def test_only_columns_that_hold_something_are_missed(read):
    read("Name,Mood,Zodiac,reason\nAna,,Leo,x\nBo,,,\n")
    assert read.sheet.unknown == ("Zodiac",)


def test_what_is_several_alone_names_nobody(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("Notes,City\nx,y\n")
    with pytest.raises(BadInputError, match="no column that names a person"):
        sheet_files.read_csv(path, named={})


def test_columns_named_like_a_number_are_no_addresses():
    found = repeated_columns.recognize(
        ["Address 1 - Label", "Address 1 - City", "Address 2 - City", "Homework"], range(4)
    )
    assert [(name, sorted(parts)) for name, _, parts in found.addresses] == [("Home", ["city"]), ("Home", ["city"])]
    assert found.taken == {0, 1, 2}


FRENCH = """Titre,Prénom,Deuxième prénom,Nom,Société,Titre,Rue (bureau),Rue (bureau) 2,Ville (bureau),
    Code postal (bureau),
    Dép/Région (bureau),Pays/Région (bureau),Rue (domicile),Ville (domicile),Pays (autre),Télécopie (bureau),
    Téléphone (bureau),Téléphone 2 (domicile),Tél. mobile,Adresse de messagerie,Adresse de messagerie 2,Anniversaire,
    Catégories,Notes,Profession"""
ITALIAN = """Titolo,Nome,Secondo nome,Cognome,Società,Posizione,Via (uff.),Via (uff.) 2,Città (uff.),CAP (uff.),
    Provincia (uff.),Paese (uff.),Via (ab.),Città (ab.),Altro paese,Fax (uff.),
    Ufficio,Abitazione 2,Cellulare,Indirizzo posta elettronica,Indirizzo posta elettronica 2,Compleanno,
    Categorie,Notes,Professione"""
CELLS = (
    "Dr,Ana,M,Müller,Studio,Gérante,1 rue A,Bât. B,Lyon,69003,Rhône,France,2 via C,Torino,Schweiz,1,2,3,4,"
    "a@example.com,b@example.com,1/2/1990,VIP;Yoga,x,Kiné"
)


@pytest.mark.parametrize(
    ("header", "fax", "work", "home", "email"),
    [
        (FRENCH, "Télécopie (bureau)", "Téléphone (bureau)", "Téléphone 2 (domicile)", "Adresse de messagerie 2"),
        (ITALIAN, "Fax (uff.)", "Ufficio", "Abitazione 2", "Indirizzo posta elettronica 2"),
    ],
)
def test_outlook_in_other_languages_is_read_whole(read, header, fax, work, home, email):
    columns = ",".join(name.strip() for name in header.split(","))
    (record,) = read(f"{columns}\n{CELLS}\n")
    assert read.sheet.summary[:2] == [
        "sheet.csv is from Outlook",
        "Read sheet.csv: UTF-8, columns separated by ,, days as DD/MM/YYYY",
    ]
    assert record.values == {
        "first_name": "Ana M",
        "last_name": "Müller",
        "company": "Studio",
        "position": "Gérante",
        "email": "a@example.com",
        "phone": "4",
        "birthday": "1990-02-01",
    }
    assert record.more.further == (
        ExtraContact("phone", fax, "1", fax),
        ExtraContact("phone", work, "2", work),
        ExtraContact("phone", home, "3", home),
        ExtraContact("email", None, "b@example.com", email),
    )
    assert record.more.places == (
        Place("Work", "1 rue A, Bât. B", "69003", "Lyon", "Rhône", "France"),
        Place("Home", "2 via C", None, "Torino", None, None),
        Place("Other", None, None, None, None, "Schweiz"),
    )
    assert (record.more.labels, record.more.notes) == (("VIP", "Yoga"), ("x",))


def test_bare_words_are_phones_in_outlook_only_and_a_fax_is_nobody_s_first_phone(read):
    (record,) = read("Nome,Cognome,Ufficio,Cellulare,Télécopie\nAna,Müller,Stanza 12,,1\n")
    assert record.values == {"first_name": "Ana", "last_name": "Müller"}
    assert record.more.further == (ExtraContact("phone", "Télécopie", "1", "Télécopie"),)
    assert read.sheet.unknown == ("Ufficio",)


def test_the_better_column_is_the_position(read):
    records = read("Nom,Profession\nAna,Kiné\n"), read("Nom,Profession,Poste\nAna,Kiné,Gérante\n")
    assert [record.values["position"] for (record,) in records] == ["Kiné", "Gérante"]
