"""Columns are recognized by their names in three languages, or as ``--map`` says."""

import itertools

import pytest
import samples

from clientctl.base.import_records import Target
from clientctl.errors import UsageError
from clientctl.exchange.members.column_names import _NAMES, _NEXT_BEST, FIELDS, recognize
from clientctl.exchange.tables.csv_reader import read_csv


def fields(*header: str, **overrides: str) -> dict[str, str]:
    """Return the column of each field by its name."""
    return {field: header[place] for field, place in recognize(header, overrides).places.items()}


MEMBERSHIP = {"plan", "rate", "price", "currency", "starts_on", "ends_on", "next_bill_on", "status"}
FRENCH = {
    "first_name": "Prénom", "last_name": "Nom de famille", "email": "Adresse e-mail", "phone": "Portable",
    "company": "Société", "position": "Poste", "birthday": "Date de naissance", "language": "Langue",
    "client_since": "Client depuis", "plan": "Abonnement", "rate": "Tarif", "price": "Montant",
    "currency": "Devise",
    "starts_on": "Date de début", "ends_on": "Échéance", "next_bill_on": "Prochaine facturation",
    "status": "État", "labels": "Étiquettes",
    "company_address": "Adresse de la société", "login_email": "E-mail de connexion", "site": "Site",
}  # fmt: skip
ITALIAN = {
    "first_name": "Nome", "last_name": "Cognome", "email": "Indirizzo e-mail", "phone": "Cellulare",
    "company": "Azienda", "position": "Ruolo", "birthday": "Data di nascita", "language": "Lingua",
    "client_since": "Cliente dal", "plan": "Piano", "rate": "Tariffa", "price": "Prezzo",
    "currency": "Valuta",
    "starts_on": "Data inizio", "ends_on": "Scadenza", "next_bill_on": "Prossima fatturazione",
    "status": "Stato", "labels": "Etichette",
    "company_address": "Indirizzo azienda", "login_email": "E-mail di accesso", "site": "Site",
}  # fmt: skip
ENGLISH = {
    "first_name": "Given name", "last_name": "Surname", "email": "E-mail address", "phone": "Mobile",
    "company": "Company", "position": "Job title", "birthday": "Date of birth", "language": "Language",
    "client_since": "Client since", "plan": "Membership type", "rate": "Membership rate", "price": "Price",
    "currency": "Currency", "starts_on": "Start date", "ends_on": "Ends", "next_bill_on": "Next billing date",
    "status": "Membership status", "labels": "Tags",
    "company_address": "Company address", "login_email": "Login e-mail", "site": "Site",
}  # fmt: skip


@pytest.mark.parametrize("sheet", [FRENCH, ITALIAN, ENGLISH], ids=["fr", "it", "en"])
def test_every_field_in_every_language(sheet):
    assert set(sheet) == set(FIELDS) - {"name"}
    assert fields(*sheet.values()) == sheet
    assert fields(*(name.upper().replace(" ", "_") for name in sheet.values())).keys() == sheet.keys()


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("email", ["e-mail", "E MAIL", "email", "Courriel", "adresse mail", "Mail"]),
        ("phone", ["Tél.", "téléphone", "TELEPHONE", "N° de téléphone", "telefono", "Phone number"]),
        ("starts_on", ["Début", "debut", "DÉBUT", "Start", "inizio", "Date début"]),
        ("ends_on", ["Fin", "Date de fin", "end", "Expiry date", "Fine", "Valable jusqu’au"]),
        ("plan", ["Formule", "Membership", "abbonamento", "Type d’abonnement"]),
        ("status", ["Statut", "Status", "stato"]),
        ("client_since", ["Membre depuis", "Created At (UTC+0)"]),
        ("name", ["Nom", "Name", "Nome", "Nom complet", "Nome e cognome", "Nom/Prénom"]),
    ],
)
def test_case_accents_and_punctuation_do_not_count(field, names):
    for name in names:
        assert fields(name) == {field: name}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["Prénom", "Nom"], {"first_name": "Prénom", "last_name": "Nom"}),
        (["Nome", "Cognome"], {"first_name": "Nome", "last_name": "Cognome"}),
        (["Name", "Surname"], {"first_name": "Name", "last_name": "Surname"}),
        (["Nom", "E-mail"], {"name": "Nom", "email": "E-mail"}),
        (
            ["Name", "Given Name", "Family Name"],
            {"name": "Name", "first_name": "Given Name", "last_name": "Family Name"},
        ),
    ],
)
def test_a_name_is_whole_or_the_half_that_is_missing(header, found):
    assert fields(*header) == found


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("members-fr.csv", {"name", "company", "position", "birthday", "language", "currency", "labels"}),
        ("wix-contacts.csv", {"name", *MEMBERSHIP}),
        ("google-2024.csv", {"name", "language", "client_since", *MEMBERSHIP}),
        ("google-old-utf16.csv", {"language", "client_since", *MEMBERSHIP}),
        ("outlook-cp1252.csv", {"name", "language", "client_since", *MEMBERSHIP}),
    ],
)
def test_files_of_other_programs(tmp_path, name, missing):
    header = read_csv(samples.write(tmp_path, name, samples.people(2026, 9))).header
    found = recognize(header, {})
    assert set(FIELDS) - set(found.places) == missing | {"company_address", "login_email", "site"}
    assert len(found.unknown) + len(found.places) == len(header)
    assert set(found.unknown) == {name for place, name in enumerate(header) if place not in found.places.values()}


def test_the_member_sheet_leaves_two_columns_unknown(tmp_path):
    header = read_csv(samples.write(tmp_path, "members-fr.csv", samples.people(2026, 9))).header
    assert recognize(header, {}).unknown == ("N° client", "Newsletter")


def test_our_own_excel_columns():
    header = [
        "Client id", "First name", "Last name", "E-mail", "Phone", "Client since", "Memberships",
        "Active memberships", "Membership type", "Membership rate", "Membership status", "Member since",
    ]  # fmt: skip
    found = recognize(header, {})
    assert found.unknown == ("Client id", "Memberships", "Active memberships", "Member since")
    assert found.places["client_since"] == 5


def test_the_better_column_wins_and_the_other_is_named():
    found = recognize(["Home Phone", "Mobile Phone", "Member since", "Client since"], {})
    assert (dict(found.places), found.unknown) == (
        {"phone": 1, "client_since": 3}, ("Home Phone", "Member since")
    )  # fmt: skip
    assert fields("Home Phone", "Business Phone") == {"phone": "Home Phone"}


def test_what_is_said_comes_before_what_is_recognized():
    header = ["Nom", "Contact", "Téléphone"]
    assert fields(*header, Contact="phone") == {"name": "Nom", "phone": "Contact"}
    assert recognize(header, {"contact": "phone"}) == ({"name": 0, "phone": 1}, (), {2: "other_phone"})
    assert recognize(header, {"Téléphone": "ignore"}) == ({"name": 0}, ("Contact",), {})
    assert fields(*header, Contact="first_name") == {
        "last_name": "Nom", "first_name": "Contact", "phone": "Téléphone"
    }  # fmt: skip


def test_a_column_is_named_exactly_where_folding_would_not_tell():
    assert fields("Tel", "tel", Tel="ignore") == {"phone": "tel"}
    with pytest.raises(UsageError, match="several columns 'TEL'"):
        recognize(["Tel", "tel"], {"TEL": "ignore"})
    assert fields("???", "Email", **{"???": "name"}) == {"name": "???", "email": "Email"}


def test_two_columns_for_one_field_are_refused_with_the_way_out():
    with pytest.raises(UsageError) as error:
        recognize(["Société", "Nom", "Entreprise"], {})
    assert error.value.message == (
        "columns 'Société' and 'Entreprise' are both company: leave one out with --map 'Entreprise=ignore'"
    )
    assert fields("Société", "Nom", "Entreprise", Entreprise="ignore").keys() == {"company", "name"}


def test_of_several_columns_of_phones_and_e_mails_the_first_is_the_clients_and_the_others_are_further_ones():
    assert recognize(["Téléphone", "Nom", "Portable", "E-mail", "Mail"], {}) == (
        {"phone": 0, "name": 1, "email": 3},
        (),
        {2: "other_phone", 4: "other_email"},
    )
    assert fields("Téléphone", "Nom", "Portable", Portable="ignore").keys() == {"phone", "name"}


def test_an_override_of_nothing_lists_what_there_is():
    with pytest.raises(UsageError, match="no column 'Vorname' in the sheet: it has 'Nom', 'E-mail'"):
        recognize(["Nom", "E-mail"], {"Vorname": "first_name"})
    with pytest.raises(UsageError, match="no column ''"):
        recognize(["Nom", "!"], {"": "first_name"})
    with pytest.raises(
        UsageError, match=r"no field 'fone' to map to: use first_name, .*labels, street, .*website or ignore"
    ):
        recognize(["Nom"], {"Nom": "fone"})


def test_no_name_is_listed_for_two_fields():
    every = list(itertools.chain(_NAMES.items(), _NEXT_BEST.items()))
    for field, names in every:
        for name in names.split(","):
            assert fields(name) == {field: name}


# -- what one practice has besides ----------------------------------------------------------------

OWN = (
    Target("field:nom_du_chien", ("nom_du_chien", "Nom du chien")),
    Target("field:portable", ("portable", "Portable")),
    Target("field:plan", ("plan", "Plan")),
    Target("company", ("Maison",)),
    Target("preference:Lettre d'été", (), is_consent=True),
)


@pytest.mark.parametrize("name", ["Nom du chien", "nom_du_chien", "NOM DU CHIEN"])
def test_a_field_of_the_owners_is_recognized_by_its_name_and_key(name):
    assert recognize([name, "Nom"], {}, OWN).places == {"field:nom_du_chien": 0, "name": 1}


def test_what_the_owner_named_comes_before_what_everybody_means():
    assert recognize(["Portable", "Maison", "Plan", "Tél"], {}, OWN).places == {
        "field:portable": 0,
        "company": 1,
        "field:plan": 2,
        "phone": 3,
    }


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("nom_du_chien", "field:nom_du_chien"),
        ("Nom du chien", "field:nom_du_chien"),
        ("field:nom_du_chien", "field:nom_du_chien"),
        ("plan", "plan"),  # what everybody means, when it is said
        ("field:plan", "field:plan"),
        ("preference:Lettre d'été", "preference:Lettre d'été"),
        ("preference:lettre d ete", "preference:Lettre d'été"),
        ("Maison", "company"),
        ("LETTRE D'ÉTÉ", "preference:Lettre d'été"),
        ("Client since", "client_since"),
        ("Téléphone", "phone"),
        ("Postal code", "postal_code"),
    ],
)
def test_a_column_is_mapped_to_what_the_owner_has(said, place):
    assert recognize(["Chat"], {"Chat": said}, OWN).places == {place: 0}


def test_nothing_is_meant_however_it_is_written():
    assert recognize(["Chat", "Nom"], {"Chat": "IGNORE"}, OWN) == recognize(["Chat", "Nom"], {"Chat": "ignore"})


def test_a_column_called_like_a_preference_is_none_unless_it_is_said():
    assert recognize(["Lettre d'été", "preference:Lettre d'été"], {}, OWN).places == {}


def test_what_there_is_to_map_to_is_named():
    with pytest.raises(UsageError, match=r"site, .*website, nom_du_chien, portable, plan, preference:Lettre d'été or"):
        recognize(["Chat"], {"Chat": "humeur"}, OWN)
