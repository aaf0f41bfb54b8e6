"""Imports of another database's exports: people are found by uid, whatever was changed since."""

import csv

import inprocess
import pytest
from openpyxl import Workbook
from today import OWNER

from clientctl.domain.session import opened

FAMILY = (
    ("client", "add", "--first", "Marie", "--last", "Lenoir", "--email", "lenoir@example.org"),
    ("client", "add", "--first", "Paul", "--last", "Lenoir", "--email", "lenoir@example.org"),
    ("client", "add", "--first", "Marie", "--last", "Lenoir", "--email", "lenoir@example.org"),
)
CORRECTED = (
    ("client", "edit", "1", "--first", "Anne-Marie", "--email", "am@example.org"),
    ("client", "edit", "3", "--first", "Zoé", "--last", "Roux", "--phone", "0612345678"),
    ("client", "add", "--first", "Marie", "--last", "Lenoir", "--email", "lenoir@example.org"),
)
NOTHING_NEW = "clients 0 added, 0 updated; memberships 0 added, 0 updated; 3 unchanged\n"


@pytest.fixture
def do(book):
    return lambda *arguments: inprocess.run(*arguments, db=book)


@pytest.fixture
def names(do):
    """Return a function that lists who there is, by id."""

    def listed():
        listed = do("client", "list", "--sort", "id", "--columns", "id,first_name,last_name,email")
        return [tuple(line.split("\t")) for line in listed.lines]

    return listed


@pytest.fixture
def export(tmp_path):
    """Return a function that exports a family on one e-mail from another file, in a format that carries uids."""
    other = tmp_path / "other" / "clients.db"
    opened.initialize(other, OWNER, {})
    inprocess.fill(other, *FAMILY)

    def exported(kind):
        out = tmp_path / f"family.{'vcf' if kind == 'vcard' else 'csv'}"
        assert inprocess.run("export", "csv" if kind == "xlsx" else kind, out, "--force", db=other).status == 0
        if kind != "xlsx":
            return "import", kind, out
        workbook = Workbook()
        with out.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                workbook.active.append(row)
        workbook.save(out.with_suffix(".xlsx"))
        return "import", kind, out.with_suffix(".xlsx")

    return exported


@pytest.mark.parametrize("first", ["csv", "vcard", "xlsx"])
@pytest.mark.parametrize("second", ["csv", "vcard", "xlsx"])
def test_the_same_people_come_again_whatever_was_corrected_here(do, names, export, book, first, second):
    assert do(*export(first)).status == 0
    assert [name for _, *name in names()] == [list(line[3:8:2]) for line in FAMILY]
    inprocess.fill(book, *CORRECTED)
    before = names()
    for options in ((), ("--same-email", "match"), ("--same-email", "new")):
        again = do(*export(second), "--again", *options)
        assert again.err.endswith(NOTHING_NEW)
        assert "line" not in again.err.replace("--map", "")
        assert names() == before
    assert do(*export(second), "--again", "--on-match", "update").status == 0
    assert [name for _, *name in names()] == [list(line[3:8:2]) for line in (*FAMILY, FAMILY[0])]


def test_what_a_person_came_with_shares_the_persons_life(do, names, export, book, tmp_path):
    family = export("csv")
    assert do(*family).status == 0
    inprocess.fill(book, CORRECTED[0], ("client", "merge", "2", "1", "--yes"))
    assert do(*family, "--again").err.endswith(NOTHING_NEW)
    assert len(names()) == 2
    inprocess.fill(book, ("undo",), ("undo",))  # of the second import, then of the merge
    assert do(*family, "--again").err.endswith(NOTHING_NEW)
    assert [name for _, name, *_ in names()] == ["Anne-Marie", "Paul", "Marie"]

    moved = tmp_path / "moved" / "clients.db"
    opened.initialize(moved, OWNER, {})
    inprocess.fill(book, ("export", "json", tmp_path / "all.json"))
    inprocess.fill(moved, ("import", "json", tmp_path / "all.json"))
    assert inprocess.run(*family, "--again", db=moved).err.endswith(NOTHING_NEW)

    inprocess.fill(book, ("client", "edit", "3", "--email", "m@example.org"), ("client", "delete", "1", "--yes"))
    again = do(*family, "--again")
    assert "clients 1 added, 0 updated" in again.err
    assert [name for _, *name in names()] == [
        ["Paul", "Lenoir", "lenoir@example.org"],
        ["Marie", "Lenoir", "m@example.org"],
        ["Marie", "Lenoir", "lenoir@example.org"],
    ]


def test_an_import_taken_back_takes_back_what_people_came_with(do, names, export, book):
    family = export("csv")
    inprocess.fill(book, FAMILY[1])
    assert "clients 2 added, 0 updated" in do(*family).err
    inprocess.fill(book, ("import", "revert", "#3"), ("client", "edit", "1", "--first", "Jean"))
    assert "clients 3 added" in do(*family).err
    inprocess.fill(book, ("undo",), ("redo",))
    assert do(*family, "--again").err.endswith(NOTHING_NEW)
    assert len(names()) == 4


def test_another_of_the_same_file_is_another_person_when_it_comes_later(do, export, tmp_path):
    _, kind, whole = export("csv")
    first, *rest = whole.read_text("utf-8-sig").splitlines()
    said = []
    for place, row in enumerate(rest):
        part = tmp_path / f"part-{place}.csv"
        part.write_text(f"{first}\n{row}\n", "utf-8")
        said.append(do("import", kind, part).err)
    assert all("clients 1 added, 0 updated" in each for each in said)


def test_a_uid_of_another_file_is_not_two_peoples(do, export, tmp_path):
    _, kind, whole = export("csv")
    text = whole.read_text("utf-8-sig")
    whole.write_text(text + text.splitlines()[1].replace("Marie", "Otto").replace("Lenoir", "Kahn") + "\n", "utf-8")
    reason = "has the uid of an earlier row about somebody else: leave it empty, or mend it"
    done = do("import", kind, whole)
    assert (done.status, done.error.details) == (7, (f"line 5: {reason}",)), done


def test_who_is_a_client_here_already_gets_the_uid_and_is_told_by_line(do, names, export, book):
    inprocess.fill(book, ("client", "add", "--first", "Paul", "--last", "Roux", "--email", "lenoir@example.org"))
    done = do(*export("csv"))
    assert "  line 3: Paul Lenoir, taken for client 1 Paul Roux\n" in done.err
    inprocess.fill(book, ("client", "edit", "1", "--first", "Jean", "--email", "jean@example.org"))
    assert do(*export("vcard")).err.endswith(NOTHING_NEW)
    assert names()[0] == ("1", "Jean", "Roux", "jean@example.org")
