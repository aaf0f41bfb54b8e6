"""Excel workbooks: cells as a person reads them, the sheet of people, and files that are none or do harm."""

import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from clientctl.errors import BadInputError, NotFoundError
from clientctl.exchange.members import sheet_files
from clientctl.exchange.members.rows import Options
from clientctl.exchange.tables import xlsx_reader


@pytest.fixture
def book(tmp_path):
    """Return a function that makes a workbook of some sheets, each its rows, and gives its path."""

    def make(**sheets):
        made = Workbook()
        made.remove(made.active)
        for title, rows in sheets.items():
            sheet = made.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "book.xlsx"
        made.save(path)
        return path

    return make


def records(path, sheet=None):
    return list(sheet_files.read_xlsx(path, sheet, Options()).records())


def test_cells_are_read_as_people_read_them(book):
    header = ["Name", "Phone", "Birthday", "Client since", "Price", "Plan", "Start", "Company"]
    row = [
        "Ana",
        33612345678.0,
        date(1990, 2, 28),
        datetime.fromisoformat("2025-03-01T09:30"),
        49.9,
        "Yoga",
        "31/01/2025",
        True,
    ]
    (record,) = records(book(People=[header, row, [None] * 8]))
    assert record.line == 2
    assert record.values == {
        "name": "Ana",
        "phone": "33612345678",
        "birthday": "1990-02-28",
        "client_since": "2025-03-01",
        "price": "49.9",
        "plan": "Yoga",
        "starts_on": "2025-01-31",
        "company": "yes",
    }


def test_lines_are_those_of_excel_and_guards_are_taken_away(book):
    found = records(book(P=[[None], ["Name", "Phone"], ["Ana", "'+33 1"], [None, None], ["=Bo", None], ["'=Cleo"]]))
    assert [(each.line, each.values.get("name"), each.values.get("phone")) for each in found][:1] == [
        (3, "Ana", "+33 1")
    ]
    assert found[-1].line == 6
    assert found[-1].values["name"] == "=Cleo"


def test_the_first_sheet_of_people_is_taken_or_the_one_that_is_named(book):
    path = book(Summary=[["Plan", "Count"], ["Yoga", 3]], Clients=[["Name"], ["Ana"]], More=[["Name"], ["Bo"]])
    assert records(path)[0].values == {"name": "Ana"}
    assert records(path, "more")[0].values == {"name": "Bo"}
    with pytest.raises(NotFoundError, match=r"no sheet 'Nope' in 'book.xlsx': there is 'Summary', 'Clients', 'More'"):
        records(path, "Nope")
    with pytest.raises(BadInputError, match="no column that names a person"):
        records(path, "Summary")


def test_rows_can_be_gone_through_again(book):
    sheet = xlsx_reader.read(
        book(P=[["Name", "x"], ["Ana", None], ["Bo", "y"]]), None, xlsx_reader.PeopleSheetRules(bool, bool)
    )
    assert list(sheet.rows) == list(sheet.rows)
    assert [row.cells for row in sheet.rows] == [["Ana", ""], ["Bo", "y"]]


def test_a_time_is_told(book):
    assert xlsx_reader._text(time(9, 30)) == "09:30:00"
    assert xlsx_reader._text(1e20) == "1e+20"
    assert xlsx_reader._text("#N/A") == ""


# -- files that are none, or do harm -------------------------------------------------------------


def repacked(path, change):
    """Write a workbook anew with the parts that a function gives for its own."""
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    change(held)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in held.items():
            parts.writestr(name, content)
    return path


SHEET = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s<sheetData>%s</sheetData></worksheet>"""
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def cell(place, text):
    return b'<row r="%d"><c r="%s" t="inlineStr"><is><t>%s</t></is></c></row>' % (
        int("".join(filter(str.isdigit, place))),
        place.encode(),
        text,
    )


HOSTILE = {
    "a sparse sheet": (
        SHEET % (b'<dimension ref="A1:XFD1048576"/>', cell("XFD1048576", b"Name")),
        "row 1048576 of 'P' has over 1,000 columns",
    ),
    "a row far beyond": (SHEET % (b"", cell("A99999999999", b"Name")), "empty"),
    "a column far beyond": (SHEET % (b"", cell("ZZZZZZZZ1", b"Name")), "damaged"),
    "a wrong dimension": (SHEET % (b'<dimension ref="A1:A1"/>', cell("A1", b"Name")), "no rows"),
    "entities": (ENTITIES + SHEET % (b"", cell("A1", b"&b;")), "damaged"),
    "a file from elsewhere": (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + SHEET % (b"", cell("A1", b"&a;")),
        "damaged",
    ),
    "XML cut off": ((SHEET % (b"", cell("A1", b"Name")))[:-30], "damaged|no rows"),
    "a cell too long": (SHEET % (b"", cell("A1", b"x" * 2_000_000)), "over 1,000,000 characters"),
    "a bomb": (SHEET % (b"", cell("A1", b"x" * (40 << 20))), "would unpack to 40 MB"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_sheets_are_refused(book, name):
    content, reason = HOSTILE[name]

    def change(parts):
        parts["xl/worksheets/sheet1.xml"] = content

    with pytest.raises(BadInputError, match=reason):
        records(repacked(book(P=[["Name"], ["Ana"]]), change))


def test_a_bomb_in_another_part_is_refused(book):
    path = repacked(book(P=[["Name"]]), lambda parts: parts.update({"xl/styles.xml": b" " * (31 << 20)}))
    with pytest.raises(BadInputError, match="would unpack"):
        records(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not an Excel file"),
        (b"PK\x03\x04 broken", "not an Excel file, or is damaged"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "an old Excel file"),
        (b"Name\nAna\n", "not an Excel file"),
    ],
)
def test_what_is_no_workbook_is_refused(tmp_path, content, reason):
    path = tmp_path / "book.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=reason):
        records(path)


def test_a_zip_of_something_else_and_one_cut_off_are_refused(tmp_path, book):
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as parts:
        parts.writestr("a.txt", "x")
    with pytest.raises(BadInputError, match="a zip file, but not an Excel file"):
        records(other)
    path = book(P=[["Name"], ["Ana"]])
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(BadInputError, match="damaged"):
        records(path)
    with pytest.raises(NotFoundError):
        records(tmp_path / "nothing.xlsx")


def test_an_empty_workbook_is_refused(book):
    with pytest.raises(BadInputError, match="is empty"):
        records(book(P=[]))
