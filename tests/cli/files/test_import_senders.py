"""Imports of other programs' files: where several e-mails, phones and card lines go."""

import base64

import inprocess
import looking
import pytest
import samples


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


def test_a_sender_can_be_said(do, tmp_path):
    path = samples.write(tmp_path, "google-2024.csv", samples.people(2026, 9))
    done = do("import", "csv", path, "--as", "generic", "--dry-run")
    assert done.err.startswith("Read google-2024.csv: ")
    wrong = do("import", "csv", path, "--as", "hotmail")
    assert (wrong.status, "google, outlook, wix, vcita, generic" in wrong.error.message) == (2, True)


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
    assert "Created 5 fields: Work e-mail, Phone 2, Work phone, Phone 3, Website" in done.err
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
    assert "Created 21 fields" in done.err
    assert do("client", "show", "P29", "--json").json["phone_2"] == "292"


def test_with_a_bad_card_nothing_is_left_behind_and_the_rest_comes_with_skip_bad(do, take, book, tmp_path):
    before = looking.dump_file(book)
    photo = f"PHOTO;ENCODING=b;TYPE=PNG:{base64.b64encode(samples.PIXEL).decode()}"
    cards = (f"FN:Ana\n{photo}", "FN:Bo\nBDAY:1990-02-30", "FN:Cleo\nEMAIL:cleo@", "NOTE:nobody", "FN:Dee")
    done = take(*cards)
    assert done.status == 7
    assert [line.split(":")[0] for line in done.error.details] == ["line 6", "line 11", "line 16"]
    assert looking.dump_file(book) == before
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
    assert looking.list_contained(book, "anaskype77", "Genou tordu77")
    assert do("client", "delete", "Ana", "--yes").status == 0
    assert looking.list_contained(book, "anaskype77", "Genou tordu77") == []


def test_merged_clients_keep_what_both_cards_had(do, take, book):
    take("FN:Ana A\nEMAIL:a@example.com\nX-A:1\nX-B:2", "FN:Ana B\nEMAIL:b@example.com\nX-A:1\nX-C:3")
    assert do("client", "merge", "1", "2", "--yes").status == 0
    with looking.look(book) as db:
        assert db.rows("SELECT client_id, text FROM card_properties ORDER BY text") == [
            (1, "X-A:1"),
            (1, "X-B:2"),
            (1, "X-C:3"),
        ]


def groups(lines):
    """Return the lines of each group, whatever its name is."""
    found = {}
    for line in lines:
        if line.startswith("item"):
            name, _, rest = line.partition(".")
            found.setdefault(name, []).append(rest)
    return sorted(map(sorted, found.values()))


def test_lines_that_belong_together_stay_so_through_import_merge_export_and_import(do, take, book, _blank, tmp_path):  # noqa: PT019 - the bytes of a new file
    """Every card numbers its groups from one, and so do we: a name must not come to another's line."""
    ana = "FN:Ana\nEMAIL:a@example.com\nitem1.X-FOO:Zoé\nitem1.X-ABLabel:Chose\nitem2.X-ABDATE:2020-01-01"
    ana += "\nitem2.X-ABLabel:Fête\nitem3.EMAIL:b@example.com\nitem3.X-ABLabel:Bureau"
    bo = "FN:Ana B\nEMAIL:c@example.com\nitem1.X-BAR:1\nitem1.X-ABLabel:Autre\nitem2.URL:x.example.com"
    bo += "\nitem2.X-ABLabel:Blog"
    kept = [["X-ABDATE:2020-01-01", "X-ABLabel:Fête"], ["X-ABLabel:Autre", "X-BAR:1"], ["X-ABLabel:Chose", "X-FOO:Zoé"]]
    named = [
        ["EMAIL;TYPE=INTERNET,WORK:b@example.com", "X-ABLabel:Bureau"],
        ["EMAIL;TYPE=INTERNET:c@example.com", "X-ABLabel:E-mail 2"],
        ["URL:https://x.example.com", "X-ABLabel:Blog"],
    ]
    take(ana, bo)
    assert do("client", "merge", "1", "2", "--yes").status == 0
    again = ana.replace("item1", "item9").replace("item2", "ITEM1")  # as the program they are from numbers them later
    assert "1 unchanged" in take(again).err
    assert do("export", "vcard", tmp_path / "out.vcf").status == 0
    lines = (tmp_path / "out.vcf").read_text("utf-8").replace("\n ", "").splitlines()
    assert groups(lines) == sorted([*kept, *named])
    (tmp_path / "new.db").write_bytes(_blank)
    assert inprocess.run("import", "vcard", tmp_path / "out.vcf", db=tmp_path / "new.db").status == 0
    texts = []
    for path in (book, tmp_path / "new.db"):
        with looking.look(path) as db:
            texts.append(
                sorted(text for (text,) in db.rows("SELECT text FROM card_properties WHERE text LIKE 'item%'"))
            )
    assert texts[0] == texts[1]
    assert groups(texts[0]) == kept


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
