"""The `import csv` command over existing clients, skipped, filled or updated; and `import revert`."""

import csv
import io
import shutil

import heavy
import inprocess
import looking
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import damage
from openpyxl import Workbook
from today import NOW

SETUP = (
    ("field", "add", "Chien"),
    ("field", "add", "Jours", "--type", "choices", "--choice", "Lundi", "--choice", "Mardi"),
    ("preference", "add", "Newsletter"),
    ("label", "add", "VIP"),
)
HEADER = ("Prénom", "Nom", "E-mail", "Société", "Chien", "Jours", "Étiquettes", "Newsletter")
KEYS = ("first_name", "last_name", "email", "company", "chien", "jours", "labels", "newsletter")
MAP = ("--map", "Newsletter=preference:Newsletter")
MEMBERS = "Prénom;Nom;E-mail;Formule;Tarif;Prix;Début;Étiquettes\n"
ANA = "Ana;Müller;ana@example.com;Yoga;Mensuel;49,90;31/01/2025;VIP\n"
BEN = "Ben;Smith;ben@example.com;Pilates;Mensuel;30;31/01/2025;Neuf\n"


@pytest.fixture(scope="module")
def prepared(_blank, tmp_path_factory):
    """Return a database with fields, which is copied for each example."""
    path = tmp_path_factory.mktemp("prepared") / "clients.db"
    path.write_bytes(_blank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTCTL_NOW", NOW)
        inprocess.fill(path, *SETUP)
    return path


@pytest.fixture
def book(prepared, tmp_path):
    path = tmp_path / "clients.db"
    shutil.copy(prepared, path)
    yield path
    assert damage(path) == []


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def sheet(tmp_path):
    def write(text, name="members.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def cells(rows, header=HEADER):
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([header, *rows])
    return text.getvalue()


# -- who is there already ------------------------------------------------------------------------

_PEOPLE = (("Ana", "Müller"), ("Bo", "Li"), ("Cleo", "Roux"))
_ROW = st.fixed_dictionaries(
    {
        "who": st.integers(0, 2),
        "company": st.sampled_from(["", "Roux & Cie", "Studio"]),
        "chien": st.sampled_from(["", "Rex", "Milou"]),
        "jours": st.sampled_from([(), ("Lundi",), ("Lundi", "Mardi")]),
        "labels": st.sampled_from([(), ("VIP",), ("Neuf",)]),
        "newsletter": st.sampled_from(["", "oui", "non"]),
    }
)


def as_cells(row):
    first, last = _PEOPLE[row["who"]]
    email = f"{first}@example.com".lower()
    several = [";".join(row[key]) for key in ("jours", "labels")]
    return (first, last, email, row["company"], row["chien"], *several, row["newsletter"])


def merged(rows):
    """Merge the rows about each person: the first value counts, labels are combined, and an opt-out wins."""
    found = {}
    for row in rows:
        one = found.setdefault(row["who"], {**row, "labels": set()})
        for key in ("company", "chien", "jours"):
            one[key] = one[key] or row[key]
        one["labels"] |= set(row["labels"])
        if row["newsletter"]:
            one["newsletter"] = "non" if "non" in (one["newsletter"], row["newsletter"]) else "oui"
    return found


def expected(before, rows, on_match):
    """Return in plain Python who is there afterwards."""
    now = {who: dict(one) for who, one in before.items()}
    for who, said in merged(rows).items():
        one = now.get(who)
        if one is None:
            now[who] = said
        elif on_match != "skip":
            for key in ("company", "chien", "jours"):
                one[key] = (said[key] or one[key]) if on_match == "update" else (one[key] or said[key])
            one["labels"] = one["labels"] | said["labels"]
            if said["newsletter"] and one["newsletter"] != "non":
                one["newsletter"] = said["newsletter"]
    return now


def stored(db):
    shown = inprocess.run(
        "client", "list", "--columns", "first_name,company,chien,jours,labels,preferences", "--json", db=db
    )
    with looking.look(db) as reader:
        out = {row[0] for row in reader.rows("SELECT client_id FROM consents WHERE opted_in = 0")}
        ids = dict(reader.rows("SELECT first_name, id FROM clients"))
    return {
        each["first_name"]: (
            each["company"],
            each["chien"],
            set(each["jours"] or ()),
            set(each["labels"] or ()),
            "non" if ids[each["first_name"]] in out else "oui" if each["preferences"] else "",
        )
        for each in shown.json
    }


@settings(max_examples=heavy.times(12, 40), deadline=None)
@given(
    before=st.lists(_ROW, max_size=4),
    rows=st.lists(_ROW, min_size=1, max_size=6),
    on_match=st.sampled_from(["skip", "fill", "update"]),
)
def test_clients_who_are_there_are_skipped_filled_or_changed(prepared, tmp_path_factory, before, rows, on_match):
    folder = tmp_path_factory.mktemp("match")
    db, file = folder / "clients.db", folder / "sheet.csv"
    shutil.copy(prepared, db)
    if before:
        file.write_text(cells(map(as_cells, before)), encoding="utf-8")
        assert inprocess.run("import", "csv", file, *MAP, db=db).status == 0
    file.write_text(cells(map(as_cells, rows)), encoding="utf-8")
    kept = looking.dump_file(db)
    done = inprocess.run("import", "csv", file, *MAP, "--on-match", on_match, "--again", db=db)
    assert done.status == 0, done
    wanted = {
        _PEOPLE[who][0]: (
            one["company"] or None, one["chien"] or None, set(one["jours"]), one["labels"], one["newsletter"],
        )
        for who, one in expected(merged(before), rows, on_match).items()
    }  # fmt: skip
    assert stored(db) == wanted
    number = max(row["made_by"] for row in looking.dump_file(db)["imports"])
    assert inprocess.run("import", "revert", str(number), db=db).status == 0
    assert looking.dump_file(db) == kept


def test_a_name_and_a_birthday_are_a_person(do, sheet):
    do(
        "client",
        "add",
        "--first",
        "Ana Maria",
        "--last",
        "Müller",
        "--birthday",
        "1990-02-28",
        "--email",
        "a@example.com",
    )
    do("client", "add", "--first", "Ana", "--last", "Müller", "--birthday", "1990-02-27")
    do("client", "add", "--first", "Cher", "--birthday", "1946-05-20")
    text = (
        "Nom;Prénom;Date de naissance;Téléphone;Société\n"
        "MULLER;ana maria;28/02/1990;;Studio\n"
        "Ana Maria;Müller;28/02/1990;0612345678;\n"
        "Müller;Ana;26/02/1990;;\n"
        "Cher;;20/05/1946;;\n"
        "Roux;Léo;01/12/2000;0611111111;\n"
        "roux;léo;01/12/2000;0622222222;Roux SA\n"
    )
    done = do("import", "csv", sheet(text))
    assert done.err.splitlines()[-1].startswith("Imported 6 rows: clients 3 added, 1 updated"), done
    found = do("client", "list", "--columns", "id,company,phone").lines
    assert sorted(found) == [
        "1\tStudio\t+33612345678", "2\t\t", "3\t\t", "4\t\t", "5\t\t", "6\tRoux SA\t+33611111111",
    ]  # fmt: skip


def test_who_could_be_several_is_a_bad_row_that_names_them(do, sheet):
    for _ in range(2):
        do("client", "add", "--first", "Ana", "--last", "Müller", "--birthday", "1990-02-28")
    done = do("import", "csv", sheet("Nom;Prénom;Né le\nMüller;Ana;28/02/1990\n"))
    assert done.status == 7
    assert "client 1 Ana Müller, client 2 Ana Müller" in done.error.details[0]


def test_a_relative_with_the_same_e_mail_is_new_and_another_last_name_is_named(do, sheet):
    lopez = sheet("Prénom;Nom;E-mail\nAna;Lopez;fam@example.com\nBea;Lopez;fam@example.com\nA.;López;fam@example.com\n")
    done = do("import", "csv", lopez)
    assert "  line 3: Bea Lopez, shares fam@example.com with Ana Lopez in an earlier row\n" in done.err
    assert do("client", "list", "--columns", "first_name", "--sort", "id").lines == ["Ana", "Bea"]
    married = sheet("Nom;Prénom;E-mail;Société\nDupont;ANA;fam@example.com;Studio\nLopez;Béa;fam@example.com;\n")
    done = do("import", "csv", married)
    assert "  line 2: ANA Dupont, taken for client 1 Ana Lopez\n" in done.err
    assert "line 3" not in done.err
    assert do("client", "list", "--columns", "name,company", "--sort", "id").lines == [
        "Ana Lopez\tStudio",
        "Bea Lopez\t",
    ]
    for _ in range(2):
        assert do("undo").status == 0
    assert "  line 3: Béa Lopez, taken for ANA Dupont" in do("import", "csv", married, "--same-email", "match").err
    assert do("client", "list", "--count").out == "1\n"


def test_who_may_be_there_twice_is_counted(do, sheet):
    do("client", "add", "--first", "Ana", "--last", "Roux", "--phone", "0612345678")
    do("client", "add", "--first", "Cleo", "--last", "Petit", "--email", "cleo@example.com")
    do("client", "add", "--first", "Max", "--last", "Weber", "--email", "max@example.com")
    do("client", "add", "--first", "Max", "--last", "Weber", "--phone", "0611111111")
    rows = (
        "Léo;Roux;;06 12 34 56 78\n"  # a phone that somebody of another name has
        "petit;CLEO;;\n"  # nothing but a name that is there
        "Zoé;Roy;;\nZoé;Roy;zoe@example.com;\n"  # the same within the file
        "Max;Weber;max@example.com;06 11 11 11 11\n"  # one by the e-mail, another one by phone and name
        "Bo;Li;;\nPetit;Cleo;other@example.com;\n"
    )
    done = do("import", "csv", sheet("Prénom;Nom;E-mail;Téléphone\n" + rows))
    assert "Possible duplicates: 4 clients: `clientctl client duplicates` shows them\n" in done.err
    shown = {frozenset(line.split("\t")[:4:2]) for line in do("client", "duplicates").lines}
    assert {frozenset(pair) for pair in (("1", "5"), ("2", "6"), ("3", "4"), ("7", "8"))} <= shown
    assert "May be" not in do("import", "csv", sheet("Nom;E-mail\nNew;new@example.com\n")).err


def test_our_own_name_for_a_client_counts_in_their_file_only(do, sheet, book, prepared, tmp_path):
    do("client", "add", "--first", "Ana", "--last", "Müller", "--email", "ana@example.com")
    do("client", "add", "--first", "Zoé", "--last", "Roux")
    do("client", "merge", "1", "2", "--yes")
    out = tmp_path / "out.csv"
    assert do("export", "csv", out, "--columns", "uid,last_name,email").status == 0
    uid = next(csv.DictReader(out.read_text("utf-8-sig").splitlines()))["uid"]
    text = f"uid;Nom de famille;E-mail;Société\n{uid};Martin;ana.martin@example.com;Studio\n"
    assert do("import", "csv", sheet(text), "--on-match", "update").status == 0
    assert do("client", "list", "--columns", "id,last_name,email,company").lines == [
        "1\tMartin\tana.martin@example.com\tStudio"
    ]
    merged_uid = uid[:-1] + "2"
    text = f"uid;Nom;Poste\n{merged_uid};Roux;Gérante\n"
    assert do("import", "csv", sheet(text)).status == 0
    assert do("client", "list", "--columns", "id,position").lines == ["1\tGérante"]
    foreign = ("0" if uid[0] != "0" else "1") + uid[1:]
    assert do("import", "csv", sheet(f"uid;Nom\n{foreign};Roux\n")).status == 0
    assert do("client", "list", "--count").out == "2\n"
    done = do("import", "csv", sheet("uid;Nom\n1;Autre\n"))
    assert "Created field uid (text)\n" in done.err
    assert do("client", "list", "--columns", "id,uid_2").lines == ["1\t", "3\t", "4\t1"]
    assert do("export", "csv", out, "--force").status == 0
    assert do("import", "csv", out).err.endswith("3 unchanged\n")


def test_one_uid_is_not_two_peoples(do, sheet, prepared):
    do("client", "add", "--first", "Ana", "--last", "Müller")
    uid = next(csv.DictReader(do("export", "csv", "-", "--columns", "uid").out.lstrip("\ufeff").splitlines()))["uid"]
    text = "uid;Prénom;Nom;Société\n" + f"{uid};Ana;Müller;Studio\n{uid};Anna;Müller;\n"
    assert do("import", "csv", sheet(text), "--on-match", "update", "--dry-run").status == 0
    done = do("import", "csv", sheet(f"{text}{uid};Chiara;Rossi;\n"), "--on-match", "update")
    assert (done.status, done.error.details) == (
        7,
        ("line 4: has the uid of an earlier row about somebody else: leave it empty, or mend it",),
    )


def test_the_login_e_mail_and_an_opt_out_are_never_changed(do, sheet):
    do("client", "add", "--email", "ana@example.com", "--login-email", "login@example.com")
    do("preference", "opt-out", "1", "--preference", "Newsletter")
    text = "E-mail;Login e-mail;Newsletter\nana@example.com;other@example.com;oui\n"
    done = do("import", "csv", sheet(text), *MAP, "--on-match", "update")
    assert "Not opted in, as they had opted out: 1 client" in done.err
    assert do("client", "list", "--columns", "login_email,preferences").lines == ["login@example.com\t"]


# -- the same content ----------------------------------------------------------------------------


def test_the_same_rows_are_recognized_under_any_name_encoding_and_form(do, sheet, tmp_path):
    assert do("import", "csv", sheet(MEMBERS + ANA + BEN)).status == 0
    other = tmp_path / "renamed.csv"
    other.write_bytes((MEMBERS + BEN + ANA).replace(";", "\t").encode("utf-16"))
    book = Workbook()
    for line in (MEMBERS + ANA + BEN).splitlines():
        book.active.append(line.split(";"))
    book.save(tmp_path / "renamed.xlsx")
    for kind, path in (("csv", other), ("xlsx", tmp_path / "renamed.xlsx")):
        done = do("import", kind, path)
        assert (done.status, "the same rows were imported already by #" in done.error.message) == (5, True)


# -- before --------------------------------------------------------------------------------------


def test_a_dry_run_says_field_by_field_what_would_change(do, sheet, book):
    do("client", "add", "--first", "Ana", "--last", "Müller", "--email", "ana@example.com", "--company", "Old")
    before = looking.dump_file(book)
    rows = [("Ana", "Müller", "ana@example.com", "Studio", "Rex", "", "VIP", ""), ("Bo", "Li", *[""] * 6)]
    done = do("import", "csv", sheet(cells(rows)), "--on-match", "update", "--dry-run")
    assert (done.status, looking.dump_file(book)) == (0, before)
    assert done.lines == [
        "2\tAna Müller\tclient 1\tcompany\tOld\tStudio",
        "2\tAna Müller\tclient 1\tadded\t\tlabel VIP",
        "2\tAna Müller\tclient 1\tChien\t\tRex",
        "3\tBo Li\tclient 2\tadded\t\tfirst name Bo, last name Li, client since 2026-03-01, source import",
    ]
    assert do("import", "csv", sheet(cells(rows)), "--on-match", "update", "-n", "--json").json[0] == {
        "line": 2, "client": "Ana Müller", "record": "client 1", "field": "company", "was": "Old", "is": "Studio",
    }  # fmt: skip
    assert do("import", "csv", sheet(cells(rows)), "--on-match", "skip", "-n").lines[0].startswith("3\tBo")


def test_a_dry_run_says_a_change_once_and_nothing_of_how_it_is_kept(do, sheet, book, tmp_path):
    do("client", "add", "--first", "Ana", "--email", "ana@example.com", "--field", "chien=Rex")
    text = "Prénom;E-mail;Chien;E-mail 2;Étiquettes\nAna;ana@example.com;Milou;a@example.com;Neuf\nBo;bo;;;\n"
    done = do("import", "csv", sheet(text), "--on-match", "update", "-n", "--skip-bad", tmp_path / "rejects.csv")
    assert [line.split("\t")[2:] for line in done.lines] == [
        ["label 2", "added", "", "kind custom, name Neuf"],
        ["field 3", "added", "", "name E-mail 2, type email"],
        ["client 1", "added", "", "label Neuf"],
        ["client 1", "Chien", "Rex", "Milou"],
        ["client 1", "E-mail 2", "", "a@example.com"],
    ]
    assert f"Left out 1 bad row, which would be in {tmp_path / 'rejects.csv'}\n  line 3: not an e-mail" in done.err
    assert not (tmp_path / "rejects.csv").exists()


# -- after ---------------------------------------------------------------------------------------


def imported(do, sheet, *lines):
    assert do("import", "csv", sheet(MEMBERS + "".join(lines))).status == 0
    return do("import", "list", "-q").lines[-1]


def test_it_is_said_how_many_memberships_were_taken_back_and_which_mapping_went(do, sheet, book):
    plan = "E-mail;Plan;Rate;Price;Start;End\n"
    do("import", "csv", sheet(f"{plan}ana@example.com;Yoga;Monthly;50 EUR;2026-01-05;2026-12-31\n"))
    more = "ana@example.com;Yoga;Monthly;50 EUR;2026-01-05;2027-01-31\nbo@example.com;Yoga;Monthly;50 EUR;2026-02-01;\n"
    do("import", "csv", sheet(plan + more), "--save-mapping", "monthly", "--map", "Plan=plan")
    number = do("import", "list", "-q").lines[-1]
    done = do("import", "revert", number)
    assert done.err.splitlines() == [
        "Removed mapping monthly, saved with the import",
        f"Reverted import {number}: 1 client removed, 0 restored; 1 membership removed, 1 restored",
    ]


def test_an_import_is_taken_back_after_other_changes(do, sheet, book):
    do("client", "add", "--first", "Ben", "--last", "Smith", "--email", "ben@example.com")
    before = looking.dump_file(book)
    number = imported(do, sheet, ANA, BEN)
    do("label", "add", "Later")
    done = do("import", "revert", number)
    counted = "1 client removed, 1 restored; 2 memberships removed, 0 restored"
    assert (done.status, done.err) == (0, f"Reverted import {number}: {counted}\n")
    after = looking.dump_file(book)
    assert after.pop("labels")[-1]["name"] == "Later"
    before.pop("labels")
    assert after == before
    assert do("import", "revert", number).status == 3
    assert imported(do, sheet, ANA, BEN)


@pytest.mark.parametrize(
    ("later", "stays"),
    [
        (("client", "edit", "2", "--company", "Studio"), "client 2 Ana Müller"),
        (("note", "add", "2", "Prefers mornings"), "client 2 Ana Müller"),
        (("label", "detach", "2", "--label", "VIP"), "client 2 Ana Müller"),
        (("membership", "cancel", "M-1", "--now"), "client 2 Ana Müller"),
        (("client", "merge", "1", "2", "--yes"), "client 2 Ana Müller"),
        (("client", "delete", "2", "--yes"), "client 2 Anonymous #2"),
        (("label", "attach", "1", "--label", "Neuf"), "label Neuf"),
        (("plan", "edit", "Yoga", "--name", "Hatha"), "plan Hatha"),
    ],
)
def test_what_was_changed_since_stays_whole_and_is_named(do, sheet, book, later, stays):
    do("client", "add", "--first", "Zoé")
    number = imported(do, sheet, ANA, BEN)
    if later[1] == "delete":
        do("membership", "cancel", "M-1", "--now")
    assert do(*later).status == 0
    changed = looking.dump_file(book)
    done = do("import", "revert", number)
    assert done.status == 0, done
    named = [line.partition(": ")[2] for line in done.err.splitlines()[:-1]]
    assert stays in named
    after = looking.dump_file(book)
    if stays.startswith("client"):
        about = {"clients", "memberships", "client_labels", "notes", "consents"}
        for table in about:
            of_client = "id" if table == "clients" else "client_id"
            kept = [[row for row in dump[table] if row[of_client] in (1, 2)] for dump in (changed, after)]
            assert kept[0] == kept[1], table
    assert not [row for row in after["clients"] if row["first_name"] == "Ben"]
    assert do("db", "verify").lines == []
    assert do("undo").status == 0
    assert looking.dump_file(book) == changed


def test_what_stayed_goes_when_the_later_change_is_gone(do, sheet, book):
    before = looking.dump_file(book)
    number = imported(do, sheet, ANA, BEN)
    do("note", "add", "1", "Prefers mornings")
    assert do("import", "revert", number).status == 0
    refused = do("import", "revert", number)
    assert refused.status == 5
    assert refused.error.details[-1] == "client 1 Ana Müller"
    do("note", "remove", "1", "--yes")
    assert do("import", "revert", number).status == 0
    assert looking.dump_file(book) == before


_LATER = st.sampled_from(
    [
        ("client", "edit", "{}", "--company", "Later"),
        ("note", "add", "{}", "Later"),
        ("label", "attach", "{}", "--label", "VIP"),
        ("client", "archive", "{}"),
    ]
)


@settings(max_examples=heavy.times(8, 25), deadline=None)
@given(rows=st.lists(_ROW, min_size=1, max_size=6), later=_LATER, who=st.integers(0, 2))
def test_a_later_change_keeps_one_client_and_no_other(prepared, tmp_path_factory, rows, later, who):
    folder = tmp_path_factory.mktemp("later")
    db, file = folder / "clients.db", folder / "sheet.csv"
    shutil.copy(prepared, db)
    inprocess.fill(db, ("client", "add", "--first", "Ana", "--last", "Müller", "--email", "ana@example.com"))
    before = looking.dump_file(db)
    file.write_text(cells(map(as_cells, rows)), encoding="utf-8")
    assert inprocess.run("import", "csv", file, *MAP, db=db).status == 0
    number = looking.dump_file(db)["imports"][-1]["made_by"] if looking.dump_file(db)["imports"] else None
    ids = {row["first_name"]: row["id"] for row in looking.dump_file(db)["clients"]}
    changed = ids.get(_PEOPLE[who][0])
    if number is None or changed is None:
        return
    inprocess.run(*(part.format(changed) for part in later), db=db)
    now = looking.dump_file(db)
    done = inprocess.run("import", "revert", str(number), db=db)
    after = looking.dump_file(db)
    if done.status:
        assert (done.status, after) == (5, now)
        return
    for table in ("clients", "client_labels", "field_values", "consents"):
        key = "id" if table == "clients" else "client_id"
        assert [row for row in after[table] if row[key] != changed] == [
            row for row in before[table] if row[key] != changed
        ]
        kept = [row for row in after[table] if row[key] == changed]
        assert kept in (
            [row for row in now[table] if row[key] == changed],
            [row for row in before[table] if row[key] == changed],
        )


def test_a_whole_name_never_moves_the_border_between_first_and_last_name(do, sheet):
    do("client", "add", "--first", "Ana Maria", "--last", "Müller", "--email", "ana@example.com")
    text = "Nom complet;E-mail;Société\nAna Maria MULLER;ana@example.com;Studio\n"
    assert do("import", "csv", sheet(text), "--on-match", "update").status == 0
    assert do("client", "list", "--columns", "first_name,last_name,company").lines == ["Ana Maria\tMüller\tStudio"]


def test_our_own_vcards_name_clients_too(do, tmp_path):
    do("client", "add", "--first", "Ana", "--last", "Müller", "--company", "Studio")
    card = tmp_path / "out.vcf"
    assert do("export", "vcard", card).status == 0
    card.write_text(card.read_text("utf-8").replace("Studio", "Atelier").replace("Ana", "Anna"), "utf-8")
    done = do("import", "vcard", card, "--on-match", "update")
    assert done.status == 0, done
    assert do("client", "list", "--columns", "id,first_name,company").lines == ["1\tAnna\tAtelier"]


# -- a whole practice ----------------------------------------------------------------------------


def test_a_whole_practice_is_taken_back_by_undo_and_its_imports_where_they_were_done(do, sheet, _blank, tmp_path):  # noqa: PT019 - the bytes of a new file
    number = imported(do, sheet, ANA, BEN)
    assert do("export", "json", tmp_path / "all.json").status == 0
    path = tmp_path / "new.db"
    path.write_bytes(_blank)
    before = looking.dump_file(path)

    def there(*arguments):
        return inprocess.run(*arguments, db=path)

    assert there("import", "json", tmp_path / "all.json").status == 0
    (elsewhere,) = there("import", "list", "-q").lines
    whole = there("log", "-q").lines[-1]
    assert elsewhere == number
    for refused, way_out in ((elsewhere, "revert it there"), (whole, "clientctl undo")):
        done = there("import", "revert", refused)
        assert (done.status, way_out in done.error.message) == (5, True)
    assert there("undo").status == 0
    assert looking.dump_file(path) == before
    assert there("import", "list").lines == []
    assert there("redo").status == 0
    assert there("import", "list", "-q").lines == [elsewhere]
