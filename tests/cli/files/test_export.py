"""The `export xlsx` command: the file's contents, derived here from the input, and read by another program."""

import stat
import zipfile
from datetime import date
from pathlib import Path

import inprocess
import pytest
from python_calamine import CalamineWorkbook

TITLES = [
    "Client id", "First name", "Last name", "E-mail", "Phone", "Client since", "Memberships", "Active memberships",
    "Membership type", "Membership rate", "Membership status", "Member since",
]  # fmt: skip


def day(text: str) -> date:
    return date.fromisoformat(text)


# As the practice was typed; the blank of an empty cell is "". Ana has two memberships: the live one stands for her.
ZOE = [
    1,
    "Zoé",
    "Müller",
    "zoe@example.com",
    "",
    day("2026-03-01"),
    1,
    1,
    "Yoga",
    "Monthly",
    "active",
    day("2025-03-02"),
]
ANA = [
    2,
    "Ana",
    "Dubois",
    "",
    "+33 1 99 00 12 34",
    day("2020-05-01"),
    2,
    1,
    "Yoga",
    "Yearly",
    "active",
    day("2026-01-15"),
]
LU = [
    3,
    "Łukasz",
    "Müller",
    "Lu@example.org",
    "",
    day("2026-03-01"),
    1,
    0,
    "Pilates",
    "Weekly",
    "upcoming",
    day("2026-04-01"),
]
NAMELESS = [
    4,
    "",
    "",
    "nameless@example.net",
    "",
    day("2026-03-01"),
    1,
    0,
    "Yoga",
    "Monthly",
    "cancelled",
    day("2026-02-10"),
]
OLD = [5, "Old", "Friend", "", "", day("2026-03-01"), 0, 0, "", "", "", ""]


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


def rows(path: str = "clients.xlsx") -> list[list]:
    book = CalamineWorkbook.from_path(path)
    assert len(book.sheet_names) == 1
    return book.get_sheet_by_index(0).to_python()


def test_the_twelve_columns_and_real_dates_and_numbers(do) -> None:
    done = do("export", "xlsx", "clients.xlsx")
    assert done[:3] == (0, "", "Wrote clients.xlsx\n")
    titles, *found = rows()
    assert titles == TITLES
    assert found == [ZOE, ANA, LU, NAMELESS]
    assert [type(cell) for cell in found[1]] == [type(cell) if not isinstance(cell, int) else float for cell in ANA]
    assert stat.S_IMODE(Path("clients.xlsx").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        (["--archived"], [OLD]),
        (["--member"], [ZOE, ANA, LU]),
        (["--no-member"], [NAMELESS]),
        (["--label", "Pilates"], [ANA, LU]),
        (["--label", "Pilates", "--label", "VIP", "--not-label", "Yoga"], [LU]),
        (["--label", "Family"], []),
    ],
)
def test_the_filters_of_the_list(do, filters, wanted) -> None:
    assert do("export", "xlsx", "clients.xlsx", *filters).status == 0
    assert rows()[1:] == wanted


def test_the_membership_that_stands_for_a_client(do) -> None:
    """The live one that started last, else the latest of all."""
    do("membership", "add", "--client", "2", "--plan", "Yoga/Monthly", "--start", "2026-02-01", "--settled")
    do("membership", "add", "--client", "2", "--plan", "Pilates", "--start", "2027-01-01")
    do("membership", "add", "--client", "4", "--plan", "Pilates", "--start", "2024-01-01", "--until", "2024-12-31")
    do("export", "xlsx", "clients.xlsx")
    found = {row[0]: row[6:] for row in rows()[1:]}
    assert found[2] == [4, 2, "Yoga", "Monthly", "active", day("2026-02-01")]
    assert found[4] == [2, 0, "Yoga", "Monthly", "cancelled", day("2026-02-10")]


def test_another_day_and_the_past(do) -> None:
    do("export", "xlsx", "clients.xlsx", "--today", "2026-03-06")
    assert [row[6:11] for row in rows()[1:2]] == [[1, 0, "Yoga", "Monthly", "expired"]]
    do("export", "xlsx", "past.xlsx", "--as-of", "#10")
    assert [row[0] for row in rows("past.xlsx")[1:]] == [1, 2]


def test_a_file_that_is_there_needs_force(do) -> None:
    Path("clients.xlsx").write_bytes(b"precious")
    refused = do("export", "xlsx", "clients.xlsx")
    assert (refused.status, refused.out, "--force" in refused.error.message) == (5, "", True)
    assert Path("clients.xlsx").read_bytes() == b"precious"
    assert do("export", "xlsx", "clients.xlsx", "--force").status == 0
    assert rows()[1:] == [ZOE, ANA, LU, NAMELESS]


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        (["no/such/folder/clients.xlsx"], 6),
        (["."], 2),
        ([""], 2),
        (["folder/"], 2),
        ([], 2),
        (["clients.xlsx", "--label", "Nonsense"], 3),
        (["clients.xlsx", "--db", "missing.db"], 6),
        (["clients.xlsx", "--nonsense"], 2),
    ],
)
def test_what_fails_leaves_no_file(do, tmp_path, typed, status) -> None:
    before = sorted(tmp_path.iterdir())
    assert do("export", "xlsx", *typed)[:2] == (status, "")
    assert sorted(tmp_path.iterdir()) == before


def test_formulas_are_text_and_long_texts_are_whole(do) -> None:
    for text in ("=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "+4", "#N/A", "x" * 10_000, "\x1b[31m\x07", "a\x00b"):
        do("client", "add", "--first", text)
    assert do("export", "xlsx", "clients.xlsx", "--force").status == 0
    names = [row[1] for row in rows()[5:]]
    assert names[:6] == ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "+4", "#N/A", "x" * 10_000]
    sheet = zipfile.ZipFile("clients.xlsx").read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_a_practice_imported_from_a_sheet_is_exported_whole(book, tmp_path) -> None:
    lines = ["First name;Last name;E-mail;Plan;Rate;Price;Start;End"]
    lines += [f"P{n};Family {n};p{n}@example.com;Yoga;Monthly;49.90;2025-0{n}-01;2026-0{n}-28" for n in range(1, 10)]
    (tmp_path / "sheet.csv").write_text("\n".join(lines) + "\n")
    assert inprocess.run("import", "csv", "sheet.csv", db=book).status == 0
    assert inprocess.run("export", "xlsx", "clients.xlsx", db=book).status == 0
    for n, row in enumerate(rows()[1:], start=1):
        live = date(2026, n, 28) >= day("2026-03-01")
        status = "active" if live else "expired"
        assert row[1:4] == [f"P{n}", f"Family {n}", f"p{n}@example.com"]
        assert row[6:] == [1, int(live), "Yoga", "Monthly", status, date(2025, n, 1)]
