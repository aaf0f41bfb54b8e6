import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta, timezone

import heavy
import openpyxl
import pytest
import python_calamine
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clientctl.base.listing import SEPARATOR, Column, Listing
from clientctl.exchange.tables import xlsx_writer

EARLIEST = datetime.fromisoformat("1900-03-01")
NOW = datetime(2026, 3, 1, 12, 30, 15, 999, tzinfo=UTC)
COLUMNS = (
    Column("id", "Id", "integer"),
    Column("number", "No.", "number"),
    Column("name", "Name"),
    Column("status", "Status", "status"),
    Column("ends_on", "Ends", "day"),
    Column("added_at", "Added", "instant"),
    Column("price", "Price", "money"),
    Column("paid", "Paid", "flag"),
    Column("labels", "Labels", "words"),
)
ROWS = [
    (
        1,
        "M-42",
        "Ana Müller",
        "active",
        "2026-12-31",
        "2026-01-02T13:30:05Z",
        "4990 EUR",
        1,
        f"a{SEPARATOR}b",
    ),
    (2, None, "Bo & <Co>", None, None, None, "-4990 JPY", 0, None),
]
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="".join(map(chr, range(32))) + "\ufffe\uffff"))


def written(listing, **options):
    file = io.BytesIO()
    notes = xlsx_writer.write(file, options.pop("title", "Clients"), listing, options.pop("now", NOW), **options)
    return file, notes


def column(kind, *cells):
    return Listing((Column("x", "X", kind),), [(cell,) for cell in cells])


def by_openpyxl(file, sheet=0):
    return openpyxl.load_workbook(file).worksheets[sheet]


def by_calamine(file, sheet=0):
    file.seek(0)
    book = python_calamine.CalamineWorkbook.from_filelike(file)
    return book.get_sheet_by_index(sheet).to_python(skip_empty_area=False)


def read_back(kind, *cells, said=()):
    """The cells of a column as both readers see them, checked to be the same."""
    file, notes = written(column(kind, *cells))
    assert notes == said
    sheet = by_openpyxl(file)
    values = [sheet.cell(row, 1).value for row in range(2, len(cells) + 2)]
    others = [row[0] for row in by_calamine(file)[1:]]
    others += [""] * (len(values) - len(others))
    assert [value or "" for value in others] == ["" if value is None else plain_day(value) for value in values]
    return values


def plain_day(value):
    """Calamine gives a midnight as a day."""
    return value.date() if isinstance(value, datetime) and value.time() == datetime.min.time() else value


def test_cells_are_what_their_kind_says():
    file, notes = written(Listing(COLUMNS, ROWS))
    assert notes == ()
    sheet = by_openpyxl(file)
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["Id", "No.", "Name", "Status", "Ends", "Added", "Price", "Paid", "Labels"],
        [
            1,
            "M-42",
            "Ana Müller",
            "active",
            datetime.fromisoformat("2026-12-31"),
            datetime.fromisoformat("2026-01-02T13:30:05"),
            49.9,
            "yes",
            "a, b",
        ],
        [2, None, "Bo & <Co>", None, None, None, -4990, "no", None],
    ]
    assert by_calamine(file) == [
        ["Id", "No.", "Name", "Status", "Ends", "Added", "Price", "Paid", "Labels"],
        [
            1,
            "M-42",
            "Ana Müller",
            "active",
            date(2026, 12, 31),
            datetime.fromisoformat("2026-01-02T13:30:05"),
            49.9,
            "yes",
            "a, b",
        ],
        [2, "", "Bo & <Co>", "", "", "", -4990, "no", ""],
    ]
    formats = [sheet.cell(row, col).number_format for row, col in ((2, 5), (2, 6), (2, 7), (3, 7))]
    assert formats == ["yyyy-mm-dd", 'yyyy-mm-dd hh:mm:ss "UTC"', "#,##0.00 [$EUR]", "#,##0 [$JPY]"]


def test_the_sheet_is_ready_to_work_with():
    sheet = by_openpyxl(written(Listing(COLUMNS, ROWS))[0])
    assert sheet.title == "Clients"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I3"
    assert sheet["A1"].font.bold
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.column_dimensions["C"].width >= 20


def test_a_list_without_rows_has_its_header():
    file, notes = written(column("text"))
    assert (by_calamine(file), notes) == ([["X"]], ())
    assert by_openpyxl(file).auto_filter.ref == "A1:A1"


def test_the_same_data_give_the_same_bytes():
    def content(now=NOW):
        return written(Listing(COLUMNS, iter(ROWS)), now=now)[0].getvalue()

    assert content() == content()
    assert content(NOW.astimezone(timezone(timedelta(hours=5)))) == content()
    assert content(NOW + timedelta(days=1)) != content()
    properties = openpyxl.load_workbook(io.BytesIO(content())).properties
    assert properties.created == properties.modified == datetime.fromisoformat("2026-03-01T12:30:15")


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x","y")',
        "+1",
        "-1",
        "@x",
        "#N/A",
        "#REF!",
        "TRUE",
        "1",
        "1e5",
        "2026-01-01",
    ],
)
def test_a_text_is_never_a_formula_nor_anything_else(text):
    file, _ = written(Listing((Column("x", text),), [(text,)]))
    for cell in (by_openpyxl(file)["A1"], by_openpyxl(file)["A2"]):
        assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x00\x01\x1b[31m\x1f", "␀␁␛[31m␟"),
        ("a\r\nb\rc\nd\te", "a\nb\nc\nd\te"),
        ("\ufffe\uffff\udc80", "\ufffd\ufffd\ufffd"),
        ("]]>&amp;<t>\"'", "]]>&amp;<t>\"'"),
        ("\u202e\x9b\x7f", "\u202e\x9b\x7f"),
        ("  two  spaces  ", "  two  spaces  "),
        ("\n", "\n"),
        ("😀 é e\u0301", "😀 é e\u0301"),
    ],
)
def test_any_text_is_held_or_replaced_by_what_shows_it(text, shown):
    assert read_back("text", text, "clean") == [shown, "clean"]


def test_what_excel_would_read_as_an_escape_is_escaped():
    file, _ = written(column("text", "_x0041_ _x1F600_ _x"))
    xml = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    assert "_x005F_x0041_ _x1F600_ _x<" in xml
    assert by_calamine(file)[1] == ["_x0041_ _x1F600_ _x"]


@given(st.lists(XML_TEXT.filter(lambda text: not re.search("_x[0-9a-fA-F]{4}_", text)), min_size=1, max_size=5))
@example([" a", "b ", "\u3000c"])
def test_texts_come_back_as_they_were(texts):
    assert read_back("text", *texts) == [text or None for text in texts]


@given(st.lists(st.dates(min_value=date(1900, 3, 1)), min_size=1, max_size=20))
@example([date(1900, 3, 1), date(2024, 2, 29), date(9999, 12, 31)])
def test_days_come_back_as_days(days):
    assert [value.date() for value in read_back("day", *[day.isoformat() for day in days])] == days


@settings(deadline=None, max_examples=heavy.times(15, 40))
@given(st.datetimes(EARLIEST).map(lambda instant: instant.replace(microsecond=0)))
def test_instants_come_back_to_the_second(instant):
    assert read_back("instant", instant.isoformat() + "Z") == [instant]


def test_days_before_excel_counts_are_text():
    early = ["1900-02-28", "1899-12-31", "0001-01-01"]
    said = ("X: days before March 1900, which Excel can't hold, are texts",)
    assert read_back("day", *early, said=said) == early
    assert read_back("instant", "1850-05-05T10:00:00Z", said=said) == ["1850-05-05T10:00:00Z"]


@pytest.mark.parametrize("kind", ["money", "amount", "amounts"])
def test_an_amount_of_one_currency_is_a_number_that_shows_it(kind):
    file, notes = written(column(kind, "1230 USD", None, "-4990 JPY", "5 KWD"))
    cells = [by_openpyxl(file).cell(row, 1) for row in range(2, 6)]
    assert [(cell.value, cell.number_format) for cell in cells] == [
        (12.3, "#,##0.00 [$USD]"),
        (None, "General"),
        (-4990, "#,##0 [$JPY]"),
        (0.005, "#,##0.000 [$KWD]"),
    ]
    assert notes == ()


def test_amounts_of_several_currencies_in_a_cell_are_text():
    assert read_back("amounts", f"4990 EUR{SEPARATOR}-1000 JPY", "5 EUR") == ["49.90 EUR + -1000 JPY", 0.05]


@pytest.mark.parametrize("kind", ["money", "amount", "amounts"])
@given(amounts=st.lists(st.tuples(st.integers(-(10**13), 10**13), st.sampled_from(["EUR", "JPY", "KWD"])), min_size=1))
def test_amounts_are_exact(kind, amounts):
    digits = {"EUR": 2, "JPY": 0, "KWD": 3}
    file, _ = written(column(kind, *[f"{minor} {currency}" for minor, currency in amounts]))
    xml = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    for text, (minor, currency) in zip(re.findall("<v>(.*?)</v>", xml), amounts, strict=True):
        assert int(text.replace(".", "")) == minor
        assert len(text.partition(".")[2]) == digits[currency]


def test_numbers_that_excel_would_round_are_text():
    said = ("X: numbers of over 15 digits, which Excel can't hold, are texts",)
    exact = [10**15 - 1, -(10**15) + 1]
    assert read_back("integer", *exact) == exact
    assert read_back("integer", *exact, 2**63, said=said) == [*exact, str(2**63)]
    assert read_back("money", f"{2**63 - 1} EUR", said=said) == ["92233720368547758.07"]
    assert read_back("amounts", f"{2**63 - 1} EUR", said=said) == ["92233720368547758.07 EUR"]


def drawn(months, plans):
    """The summary of a workbook with charts of so many months and plans."""
    number = Column("number", "Number", "integer")
    charts = {
        "Plans": Listing((Column("name", "Plan"), number), plans),
        "Months": Listing((Column("month", "Month"), number), months),
    }
    out = io.BytesIO()
    xlsx_writer.write_lists(out, {"X": column("text")}, NOW, charts=charts)
    return openpyxl.load_workbook(out)["Summary"]


def title_of(chart):
    return chart.title.tx.rich.p[0].r[0].t


def test_a_chart_of_many_names_stays_legible():
    long = "Aquatic gymnastics for advanced members, group "
    plans = [(f"{long}{at}", 100 - at) for at in range(50)]
    sheet = drawn([(f"2026-{at:02}", at) for at in range(1, 13)], plans)
    bars, columns = sorted(sheet._charts, key=title_of, reverse=True)
    assert (title_of(bars), bars.barDir, bars.series[0].val.numRef.f) == (
        "Plans: the first 15 of 50",
        "bar",
        "'Summary'!$B$3:$B$17",
    )
    assert bars.series[0].cat.numRef.f == "'Summary'!$C$3:$C$17"
    assert not bars.visible_cells_only
    assert sheet.column_dimensions["C"].hidden
    assert [sheet.cell(row, 3).value for row in (3, 17, 18)] == [*["Aquatic gymnastics for advanc…"] * 2, None]
    assert [(sheet.cell(row, 1).value, sheet.cell(row, 2).value) for row in range(3, 53)] == plans
    assert (title_of(columns), columns.barDir, len(sheet._charts)) == ("Months", "col", 2)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_chart_is_as_high_as_what_it_shows(count):
    sheet = drawn([("2026-01", 1)], [(f"=Plan {at}", 1) for at in range(count)])
    at = {title_of(chart): chart.anchor._from.row + 1 for chart in sheet._charts}
    assert at.get("Plans") == (1 if count else None)
    below = sheet.cell(at["Months"], 1).value
    assert (below, at["Months"]) == ("Months", {0: 4, 1: 10, 5: 14}[count])
    for row in range(3, 3 + count):
        assert [sheet.cell(row, column).data_type for column in (1, 3)] == ["s", "s"]


@pytest.mark.parametrize(("character", "fits"), [("a", 32_767), ("é", 32_767), ("😀", 16_383)])
def test_long_texts_continue_in_further_cells(character, fits):
    long = character * (fits + 1) + "end"
    listing = Listing(
        (Column("a", "A"), Column("b", "B"), Column("c", "C")),
        [("x", "y", "z"), (long, "y", character * fits * 2), (None, character * fits, "z")],
    )
    file, notes = written(listing)
    for read in (
        by_calamine(file)[1:],
        [[cell.value or "" for cell in row] for row in by_openpyxl(file)["A2:F4"]],
    ):
        assert [cell for cell in read[0] if cell] == ["x", "y", "z"]
        assert read[1][:3] == [character * fits, "y", character * fits]
        assert [cell for cell in read[1][3:] if cell] == [character + "end", character * fits]
        assert [cell for cell in read[2] if cell] == [character * fits, "z"]
    assert len(notes) == 1
    assert notes[0].startswith("2 texts of over 32,767 characters: continued in the cells right of")


def test_long_lists_continue_in_further_sheets():
    file, notes = written(column("integer", *range(7)), rows_per_sheet=3)
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["Clients", "Clients (2)", "Clients (3)"]
    for number, values in enumerate([[0, 1, 2], [3, 4, 5], [6]]):
        assert by_calamine(file, number) == [["X"], *[[value] for value in values]]
        assert by_openpyxl(file, number).auto_filter.ref == f"A1:A{len(values) + 1}"
    assert notes == ("7 rows, more than a sheet holds: continued in 3 sheets",)
    assert len(openpyxl.load_workbook(written(column("integer", 1, 2, 3), rows_per_sheet=3)[0]).sheetnames) == 1


@pytest.mark.parametrize("rows", [999, 1000, 2001])
def test_chunks_leave_no_gap(rows):
    file, _ = written(column("integer", *range(rows)))
    assert by_calamine(file) == [["X"], *[[number] for number in range(rows)]]


@pytest.mark.parametrize(
    ("title", "sheet"),
    [
        ("a/b:c?[d]*\\", "a b c  d"),
        ("'quoted'", "quoted"),
        ("", "List"),
        ("x" * 40, "x" * 24),
        ("\x1b\n", "List"),
    ],
)
def test_any_title_names_the_sheet(title, sheet):
    assert by_openpyxl(written(column("text", "x"), title=title)[0]).title == sheet


@settings(deadline=None, max_examples=heavy.times(8, 20))
@given(st.lists(st.tuples(st.none() | XML_TEXT, st.none() | XML_TEXT), max_size=8))
def test_cells_stay_in_their_places(rows):
    file, _ = written(Listing((Column("a", "A"), Column("b", "B")), [(*row,) for row in rows]))
    sheet = by_openpyxl(file)
    for number, row in enumerate(rows, 2):
        for index, value in enumerate(row, 1):
            assert bool(sheet.cell(number, index).value) == bool(value)


def test_several_lists_are_sheets_of_one_workbook() -> None:
    out = io.BytesIO()
    columns = (Column("id", "Id", "integer"), Column("name", "Name"))
    lists = {
        "First": Listing(columns, [(1, "a"), (2, "b"), (3, "c")]),
        "Empty": Listing(columns, []),
        "First/": Listing((Column("day", "Day", "day"),), [("2026-03-01",)]),
    }
    said = xlsx_writer.write_lists(out, lists, NOW, rows_per_sheet=2)
    out.seek(0)
    assert said == ("3 rows, more than a sheet holds: continued in 2 sheets",)
    book = python_calamine.CalamineWorkbook.from_filelike(out)
    assert book.sheet_names == ["First", "First (2)", "Empty", "First1"]
    assert [book.get_sheet_by_name(name).to_python()[1:] for name in book.sheet_names] == [
        [[1, "a"], [2, "b"]],
        [[3, "c"]],
        [],
        [[date(2026, 3, 1)]],
    ]
    assert [sheet.title for sheet in openpyxl.load_workbook(out)] == book.sheet_names
