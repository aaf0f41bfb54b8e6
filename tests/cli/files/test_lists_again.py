"""Lists and workbooks that are imported again: they match their own rows and duplicate nobody."""

import csv
from zipfile import ZipFile

import inprocess
import pytest
from again import MORE, PHONES, collect
from openpyxl import load_workbook

from clientctl.domain.session.opened import initialize

LISTS = (
    *("client", "membership", "package", "order", "charge", "payment", "credit", "note", "task", "address"),
    *("payment-method", "preference history"),
)


@pytest.fixture
def before():
    return MORE


def all_columns(do, noun):
    message = do(*words(noun), "--columns", "nonsense").error.message
    return [key for key in message.split("the columns are ")[1].split(", ") if key != "uid"]


def words(noun):
    return noun.split() if " " in noun else [noun, "list"]


def taken_in(do, file, *more):
    done = do("import", file.suffix[1:], file, *more)
    assert (done.status, done.error) == (0, None), (done.error.message, done)
    return done


WAYS = ("update", "fill", "skip")


@pytest.mark.parametrize("noun", LISTS)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_list_with_uids_finds_its_own_rows_and_changes_nothing(do, practice, tmp_path, noun, kind) -> None:
    was, file = collect(practice), tmp_path / f"list.{kind}"
    for columns in (
        ",".join(["uid", *all_columns(do, noun)]),
        "uid",
        "client,uid",
        "number,status,uid,plan,rate,client",
    ):
        if set(columns.split(",")) - {"uid", *all_columns(do, noun)}:
            continue
        assert do(*words(noun), "--columns", columns, "--out", file, "--force").status == 0
        for way in WAYS:
            done = taken_in(do, file, "--on-match", way, "--again")
            assert "clients 0 added, 0 updated; memberships 0 added, 0 updated" in done.err, (columns, way)
            assert collect(practice) == was


def test_prices_without_a_currency_are_in_that_of_the_membership(do, practice, tmp_path) -> None:
    was = collect(practice)
    for kind in ("csv", "xlsx"):
        file = tmp_path / f"list.{kind}"
        do("membership", "list", "--columns", "uid,client,plan,rate,starts,price", "--out", file)
        assert "8 unchanged" in taken_in(do, file, "--on-match", "update", "--again").err
        assert collect(practice) == was
    file = tmp_path / "new.csv"
    file.write_text(
        "Name,Plan,Rate,Start,Price\nUgo,Pilates,Weekly,2026-01-05,12.50\nIris,Yoga,Monthly,2026-01-05,50 USD\n"
    )
    taken_in(do, file)
    found = do("membership", "list", "--columns", "price,currency", "--sort", "number").lines
    assert found[-2:] == ["12.50\tCHF", "50.00\tUSD"]


def test_a_package_is_no_membership_whatever_list_it_is_in(do, practice, tmp_path) -> None:
    was, file = collect(practice), tmp_path / "list.csv"
    do("package", "list", "--columns", "uid,client,plan,rate,starts,price", "--out", file)
    done = do("import", "csv", file)
    assert (done.status, collect(practice)) == (7, was)
    assert "Ten is a package, and an import takes memberships only" in done.error.details[0]


# -- workbooks ------------------------------------------------------------------------------------

SHEETS = ("Clients", "Memberships", "Packages", "Orders", "Charges", "Payments", "Credits", "Notes", "Tasks")
TWELVE = (
    *("Client id", "First name", "Last name", "E-mail", "Phone", "Client since", "Memberships", "Active memberships"),
    *("Membership type", "Membership rate", "Membership status", "Member since"),
)


@pytest.fixture
def exported(do, tmp_path):
    """Return a function that exports a workbook, and saves it as a person would who changed some cells."""

    def export(*more, sheet="Clients", changes=(), keeps_properties=True):
        file = tmp_path / "ours.xlsx"
        assert do("export", "xlsx", file, *more, "--force").status == 0
        if changes or not keeps_properties:
            book = load_workbook(file)
            titles = [cell.value for cell in book[sheet][1]]
            for row, title, value in changes:
                book[sheet].cell(row, titles.index(title) + 1).value = value
            for name in () if keeps_properties else book.custom_doc_props.names:
                del book.custom_doc_props[name]
            book.save(file)
        return file

    return export


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_sheet_of_a_workbook_comes_back_and_changes_nothing(do, practice, exported, sheet) -> None:
    was = collect(practice)
    file = exported("--sheets", ",".join(SHEETS).lower())
    for way in WAYS:
        done = taken_in(do, file, "--sheet", sheet, "--on-match", way, "--again")
        assert "clients 0 added, 0 updated; memberships 0 added, 0 updated" in done.err
        assert collect(practice) == was


def test_the_twelve_columns_stay_twelve_and_come_back(do, practice, exported) -> None:
    was, file = collect(practice), exported()
    assert tuple(cell.value for cell in load_workbook(file).active[1]) == TWELVE
    for way in WAYS:
        done = taken_in(do, file, "--on-match", way, "--again")
        assert "clients 0 added, 0 updated; memberships 0 added, 0 updated; 8 unchanged" in done.err
        assert "Ignored columns of lists that an import does not change" in done.err
        assert collect(practice) == was


def test_what_is_changed_in_a_workbook_is_changed_here(do, exported) -> None:
    changes = [
        (2, "First name", "Zoë"),
        (2, "E-mail", "new@example.com"),
        (7, "Last name", "Kerr"),
        (8, "E-mail", "x@y.fr"),
    ]
    done = taken_in(do, exported(changes=changes), "--on-match", "update")
    assert "clients 0 added, 3 updated" in done.err
    found = do("client", "list", "--columns", "id,name,email", "--sort", "id").lines
    assert found[0] == "1\tZoë Müller\tnew@example.com"
    assert found[5:7] == ["7\tZoé Kerr\tzoe@example.com", "8\tNo Contact\tx@y.fr"]


def test_a_membership_is_known_by_its_number_in_a_workbook_of_this_file(do, exported) -> None:
    changes = [(2, "Price", 55), (3, "End", "2027-12-31"), (5, "Next billing", "2026-05-02")]
    file = exported("--sheets", "memberships", sheet="Memberships", changes=changes)
    done = taken_in(do, file, "--sheet", "Memberships")
    assert "clients 0 added, 0 updated; memberships 0 added, 3 updated" in done.err
    found = do("membership", "list", "--columns", "number,price,ends,next_billing").lines
    assert found[0].startswith("M-1\t55.00\t")
    assert found[1].split("\t")[2] == "2027-12-31"
    assert found[3].split("\t")[3] == "2026-05-02"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ((2, "Number", "M-2"), "M-2 is no membership of that client"),
        ((2, "Number", "M-99"), "M-99 is no membership of that client"),
        ((2, "Start", "2025-03-03"), "M-1 starts 2025-03-02, not 2025-03-03: `clientctl membership edit M-1 --start"),
        ((2, "Type", "Pilates"), "M-1 is of the plan Yoga, not 'Pilates': `clientctl membership change --help`"),
        ((2, "Client id", None), "has the number M-1, which alone does not say whose it is"),
    ],
)
def test_a_number_that_does_not_fit_makes_a_bad_row(do, practice, exported, change, said) -> None:
    was = collect(practice)
    file = exported("--sheets", "memberships", sheet="Memberships", changes=[change])
    done = do("import", "xlsx", file, "--sheet", "Memberships")
    assert (done.status, collect(practice)) == (7, was)
    assert [line for line in done.error.details if said in line] == list(done.error.details)


def test_a_corrected_reject_of_a_workbook_still_knows_whose_row_it_is(do, practice, exported, tmp_path) -> None:
    file, rejects = exported(changes=[(2, "E-mail", "no at"), (3, "Last name", "Dupont")]), tmp_path / "rejects.csv"
    taken_in(do, file, "--on-match", "update", "--skip-bad", rejects)
    text = rejects.read_text("utf-8-sig")
    assert text.startswith("uid,Client id,First name")
    rejects.write_text(text.replace("no at", "mended@example.com"))
    assert "clients 0 added, 1 updated" in taken_in(do, rejects, "--on-match", "update").err
    assert do("client", "list", "--columns", "id,email", "--sort", "id").lines[0] == "1\tmended@example.com"


def test_ids_of_another_file_are_nobodys_here(do, practice, exported, tmp_path) -> None:
    other = tmp_path / "other.db"
    initialize(other, "Noor", {})
    inprocess.fill(other, ("client", "add", "--first", "Ugo"), ("client", "add", "--first", "Iris"))
    before = collect(other)["clients"]
    file = exported("--sheets", "clients,memberships")

    def into_other(*more):
        return inprocess.run("import", "xlsx", file, "--on-match", "update", *more, db=other)

    assert "clients 8 added, 0 updated; memberships 0 added" in into_other().err
    assert "8 unchanged" in into_other("--again").err
    done = into_other("--sheet", "Memberships", "--rate", "First=1m")
    assert "clients 0 added, 0 updated; memberships 8 added" in done.err
    assert "8 unchanged" in into_other("--sheet", "Memberships", "--again").err
    assert [row for row in collect(other)["clients"] if row["id"] < 3] == before
    lists = [
        inprocess.run("membership", "list", "--columns", "client,plan,starts,price", db=each)
        for each in (other, practice)
    ]
    assert sorted(lists[0].lines) == sorted(lists[1].lines) != []


def test_without_the_property_ids_are_no_ids(do, practice, exported) -> None:
    changes = [(2, "E-mail", "other@example.com")]
    file = exported("Dubois", "--columns", "id,name,email", changes=changes, keeps_properties=False)
    assert "clients 1 added, 0 updated" in taken_in(do, file, "--on-match", "update").err
    assert do("client", "show", "2", "--json").json["email"] == "nameless@example.net"


# -- lists without uids ---------------------------------------------------------------------------


@pytest.mark.parametrize("noun", ["membership", "package"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_number_alone_never_makes_a_membership(do, practice, tmp_path, noun, kind) -> None:
    was, file = collect(practice), tmp_path / f"list.{kind}"
    do(noun, "list", "--out", file)
    for way in WAYS:
        done = do("import", kind, file, "--on-match", way)
        assert (done.status, collect(practice)) == (7, was)
        assert len(done.error.details) == len(was[f"{noun}s"])
        assert all("--columns uid,… too" in line for line in done.error.details)


def test_members_of_a_club_may_have_numbers_like_ours(do, tmp_path) -> None:
    file = tmp_path / "club.csv"
    file.write_text("Number,Name,Plan,Start,Price\nM-31,Ugo Roy,Yoga,2026-01-01,49.90\n")
    assert "--map 'Number=ignore'" in do("import", "csv", file).error.details[0]
    done = taken_in(do, file, "--map", "Number=ignore", "--map", "Plan=ignore", "--map", "Start=ignore")
    assert "clients 1 added" in done.err


def test_a_list_with_no_uid_hides_nothing_and_is_matched_like_any_sheet(do, practice, tmp_path) -> None:
    file = tmp_path / "clients.xlsx"
    do("client", "merge", "1", "7", "--yes")
    do("client", "edit", "2", "--email", "ana@example.com")
    do("client", "list", "--out", file, "--columns", "id,name,email,labels")
    assert "docProps/custom.xml" not in ZipFile(file).namelist()
    assert [cell.value for cell in load_workbook(file).active[1]] == ["Id", "Name", "E-mail", "Labels"]
    done = taken_in(do, file, "--on-match", "update")
    # Who has an e-mail is found; two of one name with nothing else, and a phone alone, tell nobody apart.
    # Whose ids those are nothing says: they are kept as those of any program.
    assert "Created field Id (text)\n" in done.err
    assert "clients 3 added, 4 updated" in done.err
    assert "Possible duplicates: 2 clients" in done.err


def test_a_uid_alone_says_whose_row_it_is(do, practice, tmp_path) -> None:
    file = tmp_path / "clients.csv"
    do("client", "list", "--columns", "uid,labels", "--out", file)
    header, first, *rest = file.read_text().splitlines()
    uid = first.partition(",")[0]
    file.write_text("\n".join([header, f"{uid},Trial", *rest]))
    assert "clients 0 added, 1 updated" in taken_in(do, file).err
    assert do("client", "list", "--label", "Trial", "--count").out == "1\n"
    file.write_text("\n".join([header, f"{uid[:-2]}ff,Trial", *rest]))
    assert "its uid is of no client here" in do("import", "csv", file).error.details[0]


# -- phones ---------------------------------------------------------------------------------------

_COLUMNS = ("--columns", "uid,phone,phone_2,code")


def phones(do):
    return [line.split("\t") for line in do("client", "list", *_COLUMNS, "--sort", "id").lines]


@pytest.mark.parametrize(
    ("words", "kind"),
    [("export csv", "csv"), ("client list --out", "csv"), ("export xlsx", "xlsx"), ("client list --out", "xlsx")],
)
def test_phones_are_written_so_that_a_spreadsheet_leaves_them_alone(do, practice, tmp_path, words, kind) -> None:
    inprocess.fill(practice, *PHONES)
    was, file = collect(practice), tmp_path / f"clients.{kind}"
    do(*words.split(), file, *_COLUMNS)
    if kind == "csv":
        rows = list(csv.reader(file.read_text().splitlines()))
    else:
        rows = [[cell.value or "" for cell in row] for row in load_workbook(file).active]
    found = {row[1]: row[2:] for row in rows}
    guard = "'" if kind == "csv" else ""
    assert found["+39 339 000 0001"] == ["+41 44 668 18 00", f"{guard}007"]
    assert found["+33 1 99 00 12 34"] == ["", f"{guard}+41"]
    assert found["(07700) 900-769"] == ["", f"{guard}12345678901234567890"]
    assert found[f"{guard}06123"] == ["", "''5"]
    assert "unchanged" in taken_in(do, file, "--on-match", "update").err
    assert collect(practice) == was


def test_a_number_that_lost_its_plus_is_the_one_that_is_there(do, practice, tmp_path) -> None:
    inprocess.fill(practice, *PHONES)
    was, file = collect(practice), tmp_path / "saved.csv"
    uids = [row[0] for row in phones(do)]
    file.write_text(f"uid,phone,phone_2\n{uids[0]},393390000001,41446681800\n{uids[1]},33199001234,\n")
    done = taken_in(do, file, "--on-match", "update")
    assert "clients 0 added, 0 updated" in done.err
    assert "as no valid number" not in done.err
    assert collect(practice) == was


def test_a_number_that_was_cut_replaces_none_wherever_it_stands(do, practice, tmp_path) -> None:
    inprocess.fill(practice, *PHONES)
    was, file = phones(do), tmp_path / "saved.csv"
    file.write_text(f'uid,first_name,phone,phone_2,Home phone\n{was[0][0]},Zoé,"3,9339E+11",4.1447E+10,"3,31E+10"\n')
    done = taken_in(do, file, "--on-match", "update")
    assert phones(do) == was
    assert [line for line in done.err.splitlines() if "E+1" in line] == [
        "  line 2: Zoé, phone: 3,9339E+11",
        "  line 2: Zoé, Home phone: 3,31E+10",
        "  line 2: Zoé, phone_2: 4.1447E+10",
    ]
