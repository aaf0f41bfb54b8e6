"""Reading CSV files: what they are is recognized, what they are not is said, memory stays flat."""

import csv
import io
import tracemalloc
from pathlib import Path

import heavy
import pytest
import samples
from hypothesis import given, settings
from hypothesis import strategies as st

from clientctl.errors import BadInputError, NotFoundError, UsageError
from clientctl.exchange.tables.csv_json_writer import guard_cell
from clientctl.exchange.tables.csv_reader import LONGEST_ROW, Sheet, read_csv, unguard
from clientctl.exchange.tables.headings import SheetRow

MB = 1_000_000


@pytest.fixture
def sheet(tmp_path):
    """Write a file and read it."""

    def read(content: str | bytes, codec: str = "utf-8", **options) -> Sheet:
        path = tmp_path / "list.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(codec))
        return read_csv(path, **options)

    return read


def cells(sheet: Sheet) -> list[list[str]]:
    return [row.cells for row in sheet.rows]


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "columns", "last_line"),
    [
        ("members-fr.csv", "UTF-8 with BOM", ";", 14, 401),
        ("google-2024.csv", "UTF-8 with BOM", ",", 36, 1254),
        ("google-old-utf16.csv", "UTF-16", ",", 34, 456),
        ("outlook-cp1252.csv", "cp1252", ",", 26, 456),
        ("wix-contacts.csv", "UTF-8", ",", 24, 401),
    ],
)
def test_files_of_other_programs_are_recognized(tmp_path, name, encoding, delimiter, columns, last_line):
    read = read_csv(samples.write(tmp_path, name, samples.people(2026, 400)))
    rows = list(read.rows)
    assert (read.name, read.encoding, read.delimiter, len(read.header)) == (
        name,
        encoding,
        delimiter,
        columns,
    )
    assert len(rows) == 400
    assert {len(row.cells) for row in rows} == {columns}
    assert [row.problem for row in rows if row.problem] == []
    assert (rows[0].line, rows[-1].line) == (2, last_line)
    assert "Hélène" in rows[0].cells


def test_the_member_sheet_cell_by_cell(tmp_path):
    read = read_csv(samples.write(tmp_path, "members-fr.csv", samples.people(2026, 9)))
    assert read.header[0] == "N° client"
    assert next(iter(read.rows)).cells == [
        "1001", "Hélène", "Ferrari", "client0000@EXAMPLE.net", "(07700) 900-769", "06/10/2021",
        "Yoga illimité", "Mensuel", "49,90 €", "31/10/2024", "30/10/2025", "", "Actif", "non",
    ]  # fmt: skip


# Any text that CSV can carry, in a form that reading leaves alone: no blanks around it, no guard.
TEXT = (
    st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"]), max_size=12)
    .map(str.strip)
    .map(lambda text: text.lstrip("'").strip())
)
WORD = st.text("abcdéêñ '-", min_size=1, max_size=8).map(str.strip).filter(lambda text: text[:1].isalpha())


def table(header, cell):
    return st.integers(2, 5).flatmap(
        lambda width: st.tuples(
            st.lists(header, min_size=width, max_size=width, unique=True),
            st.lists(st.lists(cell, min_size=width, max_size=width).filter(any), max_size=6),
        )
    )


def write(header, rows, delimiter, end, quoting) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([header, *rows])
    return text.getvalue()


@settings(deadline=None, max_examples=heavy.times(50, 150))
@given(
    table(TEXT.filter(bool), TEXT),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["\r\n", "\n", "\r", "as needed"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]),
)
def test_any_table_reads_back(tmp_path_factory, made, delimiter, end, codec):
    header, rows = made
    quoting = csv.QUOTE_ALL
    if end == "as needed":
        end, quoting = "\r\n", csv.QUOTE_MINIMAL
    path = tmp_path_factory.mktemp("any") / "list.csv"
    path.write_bytes(write(header, rows, delimiter, end, quoting).encode(codec))
    read = read_csv(path, encoding=codec, delimiter=delimiter)
    assert list(read.header) == header
    assert cells(read) == rows


@settings(deadline=None, max_examples=heavy.times(50, 150))
@given(
    table(WORD, TEXT),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_delimiter_and_encoding_are_recognized_under_any_cells(tmp_path_factory, made, delimiter, codec):
    header, rows = made
    path = tmp_path_factory.mktemp("any") / "list.csv"
    path.write_bytes(write(header, rows, delimiter, "\r\n", csv.QUOTE_MINIMAL).encode(codec))
    read = read_csv(path)
    assert (read.delimiter, list(read.header), cells(read)) == (delimiter, header, rows)


@pytest.mark.parametrize(
    ("text", "delimiter", "header"),
    [
        ("Nom;Prix, EUR\nAna;49,90\nZoé;65,00\n", ";", ("Nom", "Prix, EUR")),
        ('Name,Notes\nAna,"a; b; c"\nZoé,"d; e"\n', ",", ("Name", "Notes")),
        ("Name,Labels; tags\nAna,x\nZoé,y\n", ",", ("Name", "Labels; tags")),
        ('"Nom";"Prénom, usuel"\n"Müller";"Ana, dite A"\n', ";", ("Nom", "Prénom, usuel")),
        ("sep=;\r\na,b;c\r\n1,2;3\r\n", ";", ("a,b", "c")),
        ('"sep=,"\na,b;c\n1,2\n', ",", ("a", "b;c")),
        ("sep=\t\na\tb\n1\t2\n", "\t", ("a", "b")),
        ("sep=;\ra;b\r1;2\r", ";", ("a", "b")),
        ("sep=;x,b\n1,2\n", ",", ("sep=;x", "b")),
        ("name | email\nAna | a@example.com\n", "|", ("name", "email")),
        ('name, note\nAna, "one, two"\n', ",", ("name", "note")),
    ],
)
def test_delimiter(sheet, text, delimiter, header):
    read = sheet(text)
    assert (read.delimiter, read.header) == (delimiter, header)
    assert {row.problem for row in read.rows} == {None}


def test_a_single_column_needs_no_delimiter(sheet):
    assert cells(sheet("E-mail\na@example.com\nb@example.com\n")) == [["a@example.com"], ["b@example.com"]]


def test_a_given_delimiter_is_used_and_an_odd_one_refused(sheet):
    assert sheet("a;b,c\n", delimiter=",").header == ("a;b", "c")
    with pytest.raises(UsageError, match="no delimiter 'x'"):
        sheet("a;b\n", delimiter="x")


def test_encodings_of_the_same_names(sheet):
    text = "Prénom,Nom\nZoë,Weiß\n"
    for codec, shown in [
        ("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8 with BOM"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"), ("cp1252", "cp1252"), ("mac-roman", "Mac Roman"),
    ]:  # fmt: skip
        read = sheet(text, codec)
        assert (read.encoding, read.header, cells(read)) == (shown, ("Prénom", "Nom"), [["Zoë", "Weiß"]])
    marked = "\ufeff" + text
    assert sheet(marked, "utf-16-be").header == ("Prénom", "Nom")
    assert sheet(marked, "utf-16-le", encoding="utf-16-le").header == ("Prénom", "Nom")
    assert cells(sheet(text, "mac-roman", encoding="mac-roman")) == [["Zoë", "Weiß"]]


NAMES = (
    "Noémie", "François", "Müller", "Noël", "Élodie", "Özil", "MÜLLER", "NOÉMIE", "l’eau", "n°\xa05", "Åberg", "Zoé",
    "Éric", "Nicolò", "caffè", "João Conceição", "Bjørn", "île", "Ångström", "naïve", "cœur", "CÔTÉ", "À\xa0bientôt",
    "Paris–Lyon", "30 €", "“Ana”", "«Ana»", "été…", "Straße",
)  # fmt: skip


@pytest.mark.parametrize("codec", ["cp1252", "mac-roman"])
@pytest.mark.parametrize("name", NAMES)
def test_windows_and_the_mac_are_told_apart_by_what_no_language_writes(sheet, codec, name):
    assert cells(sheet(f"Nom;Note\n{name};x\n", codec)) == [[name, "x"]]


def test_a_late_byte_that_is_not_utf8_decides_for_the_whole_file(sheet):
    rows = ["Ana,Martin"] * 100_000
    read = sheet("\n".join(["a,b", *rows, "Zoé,Müller"]), "cp1252")
    assert read.encoding == "cp1252"
    assert list(read.rows)[-1] == SheetRow(100_002, ["Zoé", "Müller"])


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("a,b\n1,2\nZo\x81e,3\n".encode("latin-1"), {}, r"line 3 of 'list.csv' \(byte 0x81\).*--encoding"),
        ("a,b\nJürgen,1\n".encode("cp850"), {}, "cp1252, mac-roman or another encoding: say which with --encoding"),
        ("a,b\nŁukasz Włodarczyk,1\n".encode("cp1250"), {}, "line 2 .* mac-roman or another"),
        ("a,b\nSchröder,1\n".encode("mac-roman"), {}, "mac-roman or another"),
        ("a,b\nZoë,1\n".encode("utf-16-le") + b"x", {}, "line 3 .*not UTF-16"),
        (b"\xef\xbb\xbfa,b\nZo\xe9,1\n", {}, r"line 2 .*byte 0xe9.* not UTF-8"),
        (b"a,b\r\n\r\nZo\xe9,1\r\n", {"encoding": "utf-8"}, "line 3 .* not UTF-8.*--encoding"),
        ("a,b\nZoé,1\n".encode() + "Zoé,2\n".encode("cp1252"), {}, "line 3 .* not UTF-8, other lines are"),
        ("a,b\nx’y,1\n".encode() + "Zoé,2\n".encode("cp1252"), {}, "line 3 .* not UTF-8, other lines are"),
        (b"a,b\nZo\xed\xa0\x80,1\n", {}, "line 2 .*byte 0xed.* not UTF-8"),
        (b"\xff\xfea\x00\n\x00\x00\xd8b\x00", {}, "line 2 .*not UTF-16"),
        ("a,b\nZoé".encode()[:-1], {"encoding": "utf-8"}, "line 2 .*not UTF-8"),
    ],
)
def test_what_is_not_the_encoding_is_named_by_line_and_byte(sheet, content, options, says):
    with pytest.raises(BadInputError, match=says) as error:
        sheet(content, **options)
    assert "\n" not in error.value.message


@pytest.mark.parametrize("name", ["klingon", "base64", "rot13", "idna", "undefined", "utf-7", "x\0y", "é"])
def test_an_encoding_that_no_sheet_is_in_is_refused(sheet, name):
    with pytest.raises(UsageError, match="no encoding"):
        sheet("a,b\n", encoding=name)


def test_rows_shorter_longer_and_empty(sheet):
    read = sheet("\n\n;;\na;b;c;\n\n1\n;;;\n1;2;3;;\n1;2;3;4\n x ;\xa0y\t; \n")
    assert read.header == ("a", "b", "c")
    assert list(read.rows) == [
        SheetRow(6, ["1", "", ""]),
        SheetRow(8, ["1", "2", "3"]),
        SheetRow(9, ["1", "2", "3", "4"], "has 4 cells, the header 3"),
        SheetRow(10, ["x", "y", ""]),
    ]


def test_a_row_is_named_by_the_line_it_starts_on(sheet):
    text = 'sep=,\r\n\r\na,"b\r\nc"\r\n"x\r\ny",1\r\n\r\n"p\r\rq",2\r\nz,3'
    read = sheet(text)
    assert read.header == ("a", "b\r\nc")
    assert [(row.line, row.cells) for row in read.rows] == [
        (5, ["x\r\ny", "1"]),
        (8, ["p\r\rq", "2"]),
        (11, ["z", "3"]),
    ]


def test_rows_can_be_read_again_until_the_file_changes(sheet, tmp_path):
    read = sheet("a,b\n1,2\n")
    assert cells(read) == cells(read) == [["1", "2"]]
    (tmp_path / "list.csv").write_text("a,b\n1,2\n3,4\n")
    with pytest.raises(BadInputError, match="changed while it was read"):
        cells(read)
    (tmp_path / "list.csv").unlink()
    with pytest.raises(NotFoundError):
        cells(read)


def test_column_names_are_made_unique_and_never_empty(sheet):
    assert sheet("Tél,Tél,,Tél (2),column 3,x\n").header == (
        "Tél", "Tél (2)", "column 3", "Tél (2) (2)", "column 3 (2)", "x"
    )  # fmt: skip


def test_a_quote_misplaced_in_one_line_is_a_bad_row(sheet):
    read = sheet('a,b\n"5" nails",1\nAna "Nana" X,2\n"say ""hi""",3\n')
    assert list(read.rows) == [
        SheetRow(2, ['"5" nails",1'], "has text after a closing quote"),
        SheetRow(3, ['Ana "Nana" X', "2"]),
        SheetRow(4, ['say "hi"', "3"]),
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b\n1,2\n"Ana,3\nZoé,4\n', 3),
        ('a,b\n"Ana,3', 2),
        ('a,b\n"Ana,3\nZoé,4\n"Léa",5\nx,6\n', 2),
        ('"a,b\n1,2\n', 1),
    ],
)
def test_an_open_quote_swallows_nothing(sheet, text, line):
    with pytest.raises(BadInputError, match=f"row at line {line} of 'list.csv' is not closed") as error:
        list(sheet(text).rows)
    assert "Ana" not in error.value.message


def test_guards_are_removed(sheet):
    read = sheet("a,b\n'=1+1,'+33 6 39 98 00 00\n'(07700) 900-769,'t Hooft\n'-x,''=y\n")
    assert cells(read) == [["=1+1", "+33 6 39 98 00 00"], ["(07700) 900-769", "'t Hooft"], ["-x", "'=y"]]
    assert [unguard(text) for text in ("'@a", "'80s", "'12", "'", "O'Neil", "''+", "''12")] == [
        "@a", "'80s", "12", "'", "O'Neil", "'+", "'12"
    ]  # fmt: skip


@given(st.text("'=+-@(0 \ta", max_size=6))
def test_guarding_is_undone_exactly(text):
    assert unguard(guard_cell(text)) == text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\r\n \r\n;;;\r\n", "is empty"),
        (b"sep=;\r\n", "is empty"),
        (b"PK\x03\x04\x14\0[Content_Types].xml", "is an Excel file: `clientctl import xlsx .*/list.csv` takes it"),
        (b"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "LibreOffice"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (b"SQLite format 3\0", "database"),
        (b"BEGIN:VCARD\r\nVERSION:3.0\r\n", "is a vCard file: `clientctl import vcard .*/list.csv` takes it"),
        (b"\xef\xbb\xbf  <html><table>", "web page"),
        (b"a,b\n1,\0\n", "NUL in line 2"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "NUL in line 3"),
        (b"a,b\n" + b"x" * (3 * MB) + b",1\n", "line 2 of 'list.csv' has over 1,000,000 characters"),
        (b"a,b\n" + b"x" * LONGEST_ROW + b",1\n", "row at line 2 .*1,000,000 characters"),
        (b'a,b\n1,2\n"' + b"x\n" * MB + b'",1\n', "row at line 3 .*is a quote left open"),
        (b'a,b\n"' + b'","\n' * MB + b'"\n', "row at line 2 .*1,000,000 characters"),
        (b";" * 1001 + b"x\n", "over 1,000 columns"),
    ],
)
def test_what_is_no_csv_file_is_said_in_one_line(sheet, content, says):
    with pytest.raises(BadInputError, match=says) as error:
        list(sheet(content).rows)
    assert "\n" not in error.value.message
    assert len(error.value.message) < 200


def test_a_row_as_long_as_allowed_is_read(sheet):
    text = "x" * (LONGEST_ROW - 3)
    assert cells(sheet(f"a,b\n{text},1\n")) == [[text, "1"]]


def test_a_missing_file_a_folder_a_device(tmp_path):
    with pytest.raises(NotFoundError, match="no file"):
        read_csv(tmp_path / "none.csv")
    (tmp_path / "plain").write_text("x")
    with pytest.raises(NotFoundError, match="no file"):
        read_csv(tmp_path / "plain" / "none.csv")
    with pytest.raises(BadInputError, match="is a folder"):
        read_csv(tmp_path)
    with pytest.raises(BadInputError, match="not a regular file"):
        read_csv(Path("/dev/zero"))
    with pytest.raises(BadInputError, match=r"can't read .*too long"):
        read_csv(tmp_path / ("x" * 5000))


def test_a_name_with_controls_is_shown_inert(tmp_path):
    path = tmp_path / "\x1b[31m.csv"
    path.write_text("")
    with pytest.raises(BadInputError) as error:
        read_csv(path)
    assert "\x1b" not in error.value.message


def test_garbage_without_line_ends_is_given_up_at_its_beginning(tmp_path):
    # A file of 4 GB, of which only the first 4 MB take room: going on would meet a NUL.
    path = tmp_path / "garbage.csv"
    with path.open("wb") as file:
        file.write(b"a" * 4 * MB)
        file.truncate(4_000 * MB)
    with pytest.raises(BadInputError, match=r"line 1 .* 1,000,000 characters"):
        read_csv(path)


MANY = heavy.times(50_000, 200_000)
"""Rows that would take more than twice the memory that is allowed, were they kept."""


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("content", "fails"),
    [
        (b"a,b\n" + b"Ana Martin,ana@example.com\n" * MANY, False),
        (b"a,b\r" + b"Zo\xe9 Martin,zoe@example.com\r" * MANY, False),
        (b"a,b\n" + b"x" * 10 * MB + b",1\n", True),
        (b'a,b\n"' + b'","\n' * 2 * MB + b'"\n', True),
        (b'a,b\n"' + b"x\n" * 4 * MB, True),
    ],
    ids=["rows", "rows-cp1252-cr", "line", "cells", "quote"],
)
def test_memory_does_not_grow_with_the_file(tmp_path, content, fails):
    path = tmp_path / "large.csv"
    path.write_bytes(content)
    assert path.stat().st_size > MB
    tracemalloc.start()
    try:
        if fails:
            with pytest.raises(BadInputError):
                sum(1 for row in read_csv(path).rows)
        else:
            assert sum(1 for row in read_csv(path).rows) == MANY
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < (32 * MB if fails else 4 * MB)
