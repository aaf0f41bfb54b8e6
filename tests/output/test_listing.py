import csv
import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clientctl.base.cell_text import csv_text, format_rows_for_people, json_array, json_lines
from clientctl.base.currencies import add_currency
from clientctl.base.listing import FORMATS, SEPARATOR, Column, Listing, Page
from clientctl.output import tables
from clientctl.output.listing import show, tsv_text

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
ANA = (
    1,
    "M-42",
    "Ana Müller",
    "active",
    "2026-12-31",
    "2026-01-02T13:30:00Z",
    "4990 EUR",
    1,
    f"a{SEPARATOR}b c",
)
NOBODY = (2, *[None] * 8)
LISTING = Listing(COLUMNS, [ANA, NOBODY])

HOSTILE = [
    "[bold]x[/]",
    "[/]",
    ":smile:",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://example.org\x07link\x1b]8;;\x07",
    "\x9b31m",
    "\x07\x08\x7f",
    "over\rwritten",
    "a\tb\nc\r\nd",
    "\u202egnp.exe",
    "\u2066x\u2069\u200f\u061c",
    "a\u2028b\u2029c\x85d\x0be",
]
CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)


def of_text(*texts, columns=("name",)):
    return Listing(tuple(Column(key, key.title()) for key in columns), [(text,) for text in texts])


def table_text(listing, width=None, color=False):
    return "".join(tables.draw([tables.make_table(listing, width).drawn], width, color=color))


@pytest.fixture
def shown(capsysbinary):
    def show_it(listing, **options):
        show(listing, **options)
        captured = capsysbinary.readouterr()
        assert captured.err == b""
        return captured.out.decode()

    return show_it


def test_tsv_is_plain_values_without_a_header(shown):
    assert shown(LISTING, format="tsv") == (
        "1\tM-42\tAna Müller\tactive\t2026-12-31\t2026-01-02T13:30:00Z\t49.90\tyes\ta, b c\n2\t\t\t\t\t\t\t\t\n"
    )


def test_tsv_has_a_header_when_asked(shown):
    text = shown(LISTING, format="tsv", header=True)
    assert text.startswith("id\tnumber\tname\tstatus\tends_on\tadded_at\tprice\tpaid\tlabels\n1\t")


def test_csv_always_has_a_header(shown):
    assert shown(LISTING, format="csv") == (
        "id,number,name,status,ends_on,added_at,price,paid,labels\r\n"
        '1,M-42,Ana Müller,active,2026-12-31,2026-01-02T13:30:00Z,49.90,yes,"a, b c"\r\n'
        "2,,,,,,,,\r\n"
    )
    assert shown(LISTING._replace(rows=[]), format="csv").count("\r\n") == 1


def test_json_says_what_each_value_is(shown):
    ana, nobody = json.loads(shown(LISTING, format="json"))
    assert ana == {
        "id": 1,
        "number": "M-42",
        "name": "Ana Müller",
        "status": "active",
        "ends_on": "2026-12-31",
        "added_at": "2026-01-02T13:30:00Z",
        "price": "49.90",
        "currency": "EUR",
        "paid": True,
        "labels": ["a", "b c"],
    }
    assert nobody == {**dict.fromkeys(ana), "id": 2, "labels": []}


def test_json_never_has_an_empty_string(shown):
    assert json.loads(shown(of_text(""), format="json")) == [{"name": None}]


def test_jsonl_is_an_object_a_line(shown):
    lines = shown(LISTING, format="jsonl").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [1, 2]


@pytest.mark.parametrize(
    ("form", "expected"), [("json", "[]\n"), ("jsonl", ""), ("tsv", ""), ("table", ""), ("csv", "name\r\n")]
)
def test_an_empty_list(shown, form, expected):
    assert shown(of_text(), format=form, empty="no clients match") == expected


def test_quiet_shows_the_first_cell_alone_whatever_the_format(shown):
    listing = LISTING._replace(columns=COLUMNS[1:], rows=iter([ANA[1:]]), page=Page(7, 7))
    assert shown(listing, format="json", quiet=True, header=True) == "M-42\n"


@pytest.mark.parametrize("rows", [999, 1000, 1001, 2500])
def test_lists_longer_than_a_chunk_are_whole(rows):
    def listing():
        return Listing((Column("id", "Id", "integer"),), ((number,) for number in range(rows)))

    expected = [{"id": number} for number in range(rows)]
    assert json.loads("".join(json_array(listing()))) == expected
    assert [json.loads(line) for line in "".join(json_lines(listing())).splitlines()] == expected
    assert "".join(tsv_text(listing())).split() == [str(number) for number in range(rows)]
    assert len("".join(csv_text(listing())).splitlines()) == rows + 1


def test_a_list_is_streamed():
    endless = ((number,) for number in iter(int, 1))
    listing = Listing((Column("id", "Id", "integer"),), endless)
    for text in (tsv_text(listing), json_array(listing), json_lines(listing), csv_text(listing)):
        assert next(text)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["table", "tsv", "json", "jsonl"])
def test_what_a_terminal_would_obey_is_shown_inert(shown, text, form):
    hostile_title = Listing((Column("name", text), Column("status", text, "status")), [(text, text)])
    output = shown(hostile_title, format=form)
    assert not CONTROLS.search(output.replace("\t", "") if form == "tsv" else output)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_from_json_and_csv_as_it_is(shown, text):
    assert json.loads(shown(of_text(text), format="json")) == [{"name": text}]
    # A line end within a cell is kept; reading with newline="" keeps it too.
    assert list(csv.reader(io.StringIO(shown(of_text(text), format="csv"), newline=""))) == [["name"], [text]]


@pytest.mark.parametrize("text", ["[bold]x[/]", "[/]", ":smile:", "[link=http://example.org]x[/link]"])
def test_markup_is_shown_as_it_is(shown, text):
    assert text in shown(of_text(text), format="table", color="always")
    assert shown(of_text(text), format="tsv") == text + "\n"


def test_tabs_and_line_ends_become_spaces_in_tsv(shown):
    assert shown(of_text("a\tb\nc\r\nd\re", "clean"), format="tsv") == "a b c d e\nclean\n"


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=5))
def test_any_text_comes_back_from_json_and_csv(rows):
    listing = Listing((Column("a", "A"), Column("b", "B")), rows)
    expected = [{"a": a or None, "b": b or None} for a, b in rows]
    assert json.loads("".join(json_array(listing))) == expected
    assert [json.loads(line) for line in "".join(json_lines(listing)).split("\n")[:-1]] == expected
    written = io.StringIO("".join(csv_text(listing)), newline="")
    assert list(csv.reader(written))[1:] == [[a, b or ""] for a, b in rows]


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), max_size=5))
def test_tsv_keeps_rows_and_cells_apart_whatever_they_hold(rows):
    lines = "".join(tsv_text(Listing((Column("a", "A"), Column("b", "B")), rows))).split("\n")
    assert len(lines) == len(rows) + 1
    assert all(line.count("\t") == 1 for line in lines[:-1])


def test_a_lone_surrogate_is_written_all_the_same(shown):
    assert json.loads(shown(of_text("\udc80"), format="json")) == [{"name": "\udc80"}]
    for form in ("tsv", "csv", "table"):
        assert "\udc80" not in shown(of_text("\udc80"), format=form)


def test_an_amount_without_a_column_for_its_currency_names_it(shown):
    fee = Listing((Column("fee", "Fee", "amount"),), [("1230 USD",), ("-5 JPY",), (None,)])
    assert "".join(tsv_text(fee)).split("\n") == ["12.30 USD", "-5 JPY", "", ""]
    assert json.loads("".join(json_array(fee))) == [
        {"fee": {"amount": "12.30", "currency": "USD"}},
        {"fee": {"amount": "-5", "currency": "JPY"}},
        {"fee": None},
    ]
    assert "".join(csv_text(fee)).splitlines()[1:] == ["12.30 USD", "-5 JPY", '""']
    assert [line.strip() for line in shown(fee, format="table").splitlines()[2:]] == ["12.30 USD", "-5 JPY", ""]


def test_a_table_off_a_terminal_is_as_wide_as_it_needs(shown):
    long = "word " * 100 + "end"
    assert shown(of_text(long), format="table").splitlines()[-1] == long


def test_numbers_and_amounts_are_right_aligned(shown):
    columns = (Column("n", "Count", "integer"), Column("price", "Price", "money"), Column("name", "Name"))
    text = shown(Listing(columns, [(7, "500 EUR", "x"), (12345, "123456 EUR", "y")]), format="table")
    header, _, first, second = text.splitlines()
    assert (header, first, second) == (
        "Count    Price  Name",
        "    7     5.00  x",
        "12345  1234.56  y",
    )


WIDE = Listing(
    (
        *COLUMNS[:3],
        Column("phone", "Phone", "phone"),
        Column("email", "Electronic mail"),
        *COLUMNS[3:],
        Column("note", "Note"),
    ),
    [
        (*ANA[:3], "+33199001234", "ana@example.com", *ANA[3:], "a long note, with-a-long-word-that-stays-whole " * 2),
        (*NOBODY[:3], None, None, *NOBODY[3:], "明日 " * 30),
    ],
)


@pytest.mark.parametrize(
    ("width", "left_out"),
    [
        (200, ()),
        (120, ("note",)),
        (80, ("added_at", "price", "paid", "labels", "note")),
        (60, ("status", "ends_on", "added_at", "price", "paid", "labels", "note")),
        (40, ("email", "status", "ends_on", "added_at", "price", "paid", "labels", "note")),
        (20, ("phone", "email", "status", "ends_on", "added_at", "price", "paid", "labels", "note")),
    ],
)
def test_the_last_columns_are_left_out_where_a_table_is_too_wide_and_no_word_is_cut(width, left_out):
    assert tables.make_table(WIDE, width).left_out == left_out
    text = table_text(WIDE, width)
    assert max(map(cell_len, text.split("\n"))) <= width
    at = [place for place, column in enumerate(WIDE.columns) if column.key not in left_out]
    shown = format_rows_for_people(WIDE.columns, WIDE.rows)[0]
    for place in at:
        words = [shown[place]] if WIDE.columns[place].kind != "text" else shown[place].split()
        assert words
        assert all(any(word in line for line in text.split("\n")) for word in words)


def test_what_was_left_out_is_said(capsysbinary):
    show(WIDE, format="table", width=60)
    left_out = b"status, ends_on, added_at, price, paid, labels, note"
    assert capsysbinary.readouterr().err == b"7 columns left out at this width; --columns names them: %s\n" % left_out
    show(WIDE._replace(columns=WIDE.columns[:4], rows=[row[:4] for row in WIDE.rows]), format="table", width=30)
    assert capsysbinary.readouterr().err == b"1 column left out at this width; --columns names it: phone\n"


def test_a_value_that_no_line_holds_is_folded_and_columns_without_any_go_first():
    columns = (Column("id", "Id", "integer"), Column("a", "A"), Column("url", "Page"), Column("end", "End", "day"))
    long = "https://example.org/" + "x" * 90
    listing = Listing(columns, [(1, None, long, "2026-12-31")])
    assert tables.make_table(listing, 40).left_out == ("a",)
    text = table_text(listing, 40)
    assert text.count("x") == 91  # that of example too
    assert "2026-12-31" in text
    alone = Listing(columns[2:3], [(long,)])
    assert tables.make_table(alone, 40).left_out == ()
    assert table_text(alone, 40).split()[2:] == [long[:40], long[40:80], long[80:]]


def test_a_currency_is_left_out_only_with_what_it_is_of():
    columns = (Column("id", "Id", "integer"), Column("price", "Price", "money"), Column("note", "Note", "number"))
    listing = add_currency(Listing(columns, [(1, "123456 USD", "x" * 20)]))
    drawn = tables.make_table(listing._replace(rows=list(listing.rows)), 22)
    assert drawn.left_out == ("note",)


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=3), st.integers(1, 60))
def test_any_text_is_drawn_at_any_width(rows, width):
    listing = Listing((Column("a", "A"), Column("b", "B", "status"), Column("c", "C", "words")), rows)
    text = table_text(listing, width)
    assert not CONTROLS.search(text)
    assert max(map(cell_len, text.split("\n"))) <= max(width, 20)


def test_status_is_coloured_only_when_asked():
    listing = Listing((Column("s", "Status", "status"),), [("active",), ("needs-attention (no-mandate)",), ("odd",)])
    colored = table_text(listing, 80, color=True)
    assert "\x1b[32mactive" in colored
    assert "\x1b[33mneeds-attention" in colored
    assert "\x1b" not in table_text(listing, 80)


@pytest.mark.parametrize(("color", "escapes"), [("always", True), ("never", False), ("auto", False)])
def test_color_in_a_pipe(shown, color, escapes):
    assert ("\x1b" in shown(LISTING, format="table", color=color)) is escapes


def test_amounts_of_several_currencies_are_told_apart():
    owed = Listing(
        (Column("balance", "Balance", "amounts"),), [(f"4990 EUR{SEPARATOR}-1000 JPY",), ("5 USD",), (None,)]
    )
    assert "".join(tsv_text(owed)).split("\n") == ["49.90 EUR + -1000 JPY", "0.05 USD", "", ""]
    assert json.loads("".join(json_array(owed))) == [
        {"balance": [{"amount": "49.90", "currency": "EUR"}, {"amount": "-1000", "currency": "JPY"}]},
        {"balance": [{"amount": "0.05", "currency": "USD"}]},
        {"balance": []},
    ]
    assert "".join(csv_text(owed)).splitlines()[1:] == ["49.90 EUR + -1000 JPY", "0.05 USD", '""']


def test_every_format_is_written_in_a_way_of_its_own(shown):
    assert len({shown(LISTING, format=each) for each in FORMATS}) == len(FORMATS)


def test_a_format_that_nothing_writes_is_a_fault(shown):
    with pytest.raises(AssertionError):
        shown(LISTING, format="yaml")
