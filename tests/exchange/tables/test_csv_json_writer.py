import csv
import io
import json
import re
from datetime import UTC, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base.listing import Column, Listing
from clientctl.errors import RefusedError, UsageError
from clientctl.exchange.tables import csv_json_writer
from clientctl.exchange.tables.csv_reader import read_csv, unguard
from clientctl.exchange.tables.list_writer import write_listing

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


def listing(*texts):
    return Listing((Column("name", "Name"), Column("balance", "Balance", "money")), [(t, "-500 EUR") for t in texts])


@pytest.mark.parametrize(
    "text",
    ["=1+1", '=HYPERLINK("http://x")', "+cmd|x", "-2+3|x", "@SUM(A1)", "\tx", "\rx", "-", "+", "+33a", "'=1"],
)
def test_what_a_spreadsheet_would_run_is_guarded(text):
    assert csv_json_writer.guard_cell(text) == "'" + text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ana",
        "-5",
        "-5.00",
        "+1,234.5",
        "+33 6 39 98 12 34",
        "+44 (0)7700-900769",
        "a=1",
        "'n Sync",
        "1-2",
    ],
)
def test_plain_texts_numbers_and_phones_are_left(text):
    assert csv_json_writer.guard_cell(text) == text


@given(st.text() | st.from_regex(r"'{0,3}[=+\-@0-9(][0-9 ()./+=-]{0,10}", fullmatch=True))
def test_reading_a_sheet_removes_the_guard_exactly(text):
    # White space at the ends is never stored; an apostrophe before digits is taken for a guard.
    if not text.startswith(("\t", "\r")) and not re.match("'+[0-9(]", text):
        assert unguard(csv_json_writer.guard_cell(text)) == text


def test_csv_is_guarded_unless_told_otherwise():
    file = io.BytesIO()
    csv_json_writer.write_csv(file, listing("=1", 'Zoé, "x"\n'))
    assert file.getvalue().decode() == 'name,balance\r\n\'=1,-5.00\r\n"Zoé, ""x""\n",-5.00\r\n'
    file = io.BytesIO()
    csv_json_writer.write_csv(file, listing("=1"), guard=False)
    assert file.getvalue().decode() == "name,balance\r\n=1,-5.00\r\n"


@pytest.mark.parametrize("guard", [True, False])
def test_an_apostrophe_that_was_typed_comes_back(tmp_path, guard):
    typed = ["'=x", "''+1", "'80s", "=x", "'(07700) 900-769"]
    with (tmp_path / "a.csv").open("wb") as file:
        csv_json_writer.write_csv(file, listing(*typed), guard=guard)
    assert [row.cells[0] for row in read_csv(tmp_path / "a.csv").rows] == typed


def test_json_is_what_standard_output_would_get():
    file = io.BytesIO()
    csv_json_writer.write_json(file, listing("=1", "\x1b\u202e"))
    assert json.loads(file.getvalue()) == [
        {"name": "=1", "balance": "-5.00", "currency": "EUR"},
        {"name": "\x1b\u202e", "balance": "-5.00", "currency": "EUR"},
    ]
    assert b"\\u202e" in file.getvalue()


def test_the_name_says_what_kind_of_file(tmp_path):
    options = {"title": "Clients", "now": NOW, "force": False}
    for name in ("a.csv", "a.JSON", "a.xlsx"):
        assert write_listing(tmp_path / name, listing("Ana"), **options) == ()
    with (tmp_path / "a.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [["name", "balance"], ["Ana", "-5.00"]]
    assert json.loads((tmp_path / "a.JSON").read_bytes()) == [{"name": "Ana", "balance": "-5.00", "currency": "EUR"}]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert [sheet.title, sheet["A2"].value, sheet["B2"].value] == ["Clients", "Ana", -5]


@pytest.mark.parametrize("name", ["a.txt", "a", "a.xls", "csv"])
def test_another_extension_is_refused_and_the_three_named(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.xlsx, \.csv or \.json"):
        write_listing(tmp_path / name, listing(), title="Clients", now=NOW, force=True)
    assert list(tmp_path.iterdir()) == []


def test_a_list_that_fails_leaves_the_old_file(tmp_path):
    def rows():
        yield ("Ana", None)
        raise RuntimeError

    for name in ("a.csv", "a.json", "a.xlsx"):
        (tmp_path / name).write_bytes(b"old")
        with pytest.raises(RefusedError):
            write_listing(tmp_path / name, listing("Ana"), title="Clients", now=NOW, force=False)
        broken = listing()._replace(rows=rows())
        with pytest.raises(RuntimeError):
            write_listing(tmp_path / name, broken, title="Clients", now=NOW, force=True)
        assert (tmp_path / name).read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 3
