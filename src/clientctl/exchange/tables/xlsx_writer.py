"""Write a list as an Excel workbook: openpyxl builds it, the rows are streamed into its sheets as XML.

openpyxl alone takes five times as long. What Excel can't hold is never cut: long texts continue
in further cells, long lists in further sheets. The same data at the same time give the same bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from clientctl.base import money
from clientctl.base.cell_text import chunks, format_for_people, format_money, format_plain
from clientctl.base.listing import SEPARATOR, Cell, Column, Kind, Listing
from clientctl.base.words import count, say
from clientctl.exchange.tables import xlsx_charts, xlsx_reader
from clientctl.exchange.tables.csv_json_writer import guard_again

if TYPE_CHECKING:
    from _typeshed import SizedBuffer
    from openpyxl import Workbook
    from openpyxl.packaging.relationship import RelationshipList
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST_TEXT = 32_767
"""UTF-16 units in a cell."""
MOST_ROWS = 1_048_575
"""Rows in a sheet below its header."""

_MOST_DIGITS = 15
_FIRST_DAY = date(1900, 3, 1)
_DAY_ZERO = date(1899, 12, 30).toordinal()
_WIDTHS: dict[Kind, int] = {
    "number": 10,
    "integer": 10,
    "decimal": 10,
    "day": 12,
    "instant": 24,
    "money": 16,
    "amount": 16,
    "amounts": 16,
    "flag": 8,
}
_WIDTH = 24
_TIMES = {"day", "instant"}
_NUMBERS = {"integer", "decimal", "money", "amount", "amounts"} | _TIMES
_DAY = "yyyy-mm-dd"
_INSTANT = 'yyyy-mm-dd hh:mm:ss "UTC"'

# The number of a row is not known yet when its cells are written; NUL can't be in XML.
_ROW = "\0"

# Excel reads _x0041_ in a text as A.
_CARE = re.compile("[\x00-\x1f&<>\ud800-\udfff\ufffe\uffff]|_x")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")
_ESCAPED_ALIKE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]")


def write(
    file: BinaryIO, title: str, listing: Listing, now: datetime, *, line: str = "", rows_per_sheet: int = MOST_ROWS
) -> tuple[str, ...]:
    """Write a list as a workbook with a sheet called ``title``; ``now`` is when it is made.

    ``line`` are the digits that tell the file of records from others, kept as a property of the workbook: when that
    comes back, the ids in it are known to be that file's.

    Days and amounts are real ones, with formats that show the currency; several amounts in a cell, days
    before March 1900, which Excel has none for, and numbers of more than 15 digits, which it would round, are text.
    Returns what the user should know about the workbook, a line each.
    """
    return write_lists(file, {title: listing}, now, line=line, rows_per_sheet=rows_per_sheet)


def write_lists(
    file: BinaryIO,
    lists: Mapping[str, Listing],
    now: datetime,
    *,
    charts: Mapping[str, Listing] | None = None,
    line: str = "",
    rows_per_sheet: int = MOST_ROWS,
) -> tuple[str, ...]:
    """Write several lists as one workbook, as `write` does, with a sheet for each, named by its title.

    ``charts`` are drawn on a sheet of their own before them.
    """
    from openpyxl import Workbook
    from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
    from openpyxl.packaging.custom import StringProperty
    from openpyxl.packaging.relationship import get_rels_path
    from openpyxl.writer.excel import ExcelWriter
    from openpyxl.xml.functions import tostring

    book = Workbook()
    blank = book.worksheets[0]
    book.remove(blank)
    notes: list[str] = []
    made = now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    book.properties.created = book.properties.modified = made
    book.properties.creator = "clientctl"
    if line:
        digits = StringProperty(name=xlsx_reader.LINE, value=line)
        book.custom_doc_props.append(digits)  # type: ignore[attr-defined] # its types do not know it

    class Writer(ExcelWriter):
        """A workbook writer that streams the sheets where openpyxl would write its cells."""

        def _write_worksheets(self) -> None:
            if charts:
                self._write_summary(xlsx_charts.add(book, charts))
            for title, listing in lists.items():
                sheets = _Sheets(blank, archive, title, listing.columns)
                for sheet in sheets.write(book, listing.rows, rows_per_sheet):
                    self.manifest.append(sheet)
                notes.extend(sheets.notes())

        def _write_summary(self, sheet: "Worksheet") -> None:
            """Write a small sheet with its charts, as openpyxl does, but through memory."""
            sheet._id = 1  # type: ignore[attr-defined] # set by openpyxl's own writer too
            sheet._drawing = SpreadsheetDrawing()  # type: ignore[attr-defined] # as above
            sheet._drawing.charts = sheet._charts  # type: ignore[attr-defined] # as above
            content, rels = _whole(sheet)
            archive.writestr(sheet.path[1:], content)
            self.manifest.append(sheet)
            if sheet._charts:  # type: ignore[attr-defined] # as above
                self._write_drawing(sheet._drawing)  # type: ignore[attr-defined] # as above
                rels[0].Target = sheet._drawing.path  # type: ignore[attr-defined] # as above
                path = get_rels_path(sheet.path)[1:]  # type: ignore[no-untyped-call] # it has no types
                archive.writestr(path, tostring(rels.to_tree()))

    with _Archive(file, "w", ZIP_DEFLATED) as archive:
        Writer(book, archive).save()
    return tuple(notes)


class _Archive(ZipFile):
    """A ZIP file whose entries all have the same time, so that the same data give the same bytes."""

    def __exit__(self, kind: type[BaseException] | None, *details: Any) -> None:  # noqa: ANN401 - passed on
        """Finish the file; leave one that could not be written unfinished, as finishing it would fail too."""
        if kind is not None:
            self.fp = None
        super().__exit__(kind, *details)

    def writestr(
        self,
        zinfo_or_arcname: str | ZipInfo,
        data: "SizedBuffer | str",
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        """Write a whole entry, as ``ZipFile`` does."""
        if isinstance(zinfo_or_arcname, str):
            zinfo_or_arcname = _entry(zinfo_or_arcname)
        super().writestr(zinfo_or_arcname, data, compress_type, compresslevel)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


class _Sheets:
    """A writer of rows into as many sheets as needed; styles are made with a blank sheet."""

    def __init__(self, blank: "Worksheet", archive: ZipFile, title: str, columns: tuple[Column, ...]) -> None:
        self._archive = archive
        self._title = _NOT_IN_TITLES.sub(" ", title).strip("' ")[:24] or "List"
        self._columns = columns
        self._cells = _Cells(blank, columns)
        self._rows = 0
        self._sheets = 0

    def write(self, book: "Workbook", rows: Iterable[tuple[Cell, ...]], rows_per_sheet: int) -> Iterator["Worksheet"]:
        """Write and yield the sheets of a workbook one after the other; if there are no rows, one with a header."""
        rest = iter(rows)
        following = list(islice(rest, 1))
        while following or not self._sheets:
            sheet = self._new_sheet(book)
            self._write_sheet(sheet, islice(chain(following, rest), rows_per_sheet))
            yield sheet
            following = list(islice(rest, 1))

    def notes(self) -> tuple[str, ...]:
        """Return notices for the user on what was written, a line each."""
        notes = [
            say("{title}: days before March 1900, which Excel can't hold, are texts", title=say(column.title))
            if column.kind in _TIMES
            else say("{title}: numbers of over 15 digits, which Excel can't hold, are texts", title=say(column.title))
            for column in self._columns
            if column.key in self._cells.as_texts
        ]
        if texts := self._cells.continued:
            notes.append(
                count(
                    texts,
                    "{texts} text of over {longest} characters: continued in the cells right of the last column",
                    "{texts} texts of over {longest} characters: continued in the cells right of the last column",
                    texts=f"{texts:,}",
                    longest=f"{LONGEST_TEXT:,}",
                )
            )
        if self._sheets > 1:
            notes.append(
                say(
                    "{rows} rows, more than a sheet holds: continued in {sheets} sheets",
                    rows=f"{self._rows:,}",
                    sheets=self._sheets,
                )
            )
        return tuple(notes)

    def _new_sheet(self, book: "Workbook") -> "Worksheet":
        from openpyxl.utils import get_column_letter

        self._sheets += 1
        sheet: Worksheet = book.create_sheet()
        sheet.title = self._title if self._sheets == 1 else f"{self._title} ({self._sheets})"
        sheet._id = len(book.worksheets)  # type: ignore[attr-defined] # set by openpyxl's own writer too
        sheet.freeze_panes = "A2"
        _fit_on_paper(sheet)
        for index, column in enumerate(self._columns, 1):
            width = max(_WIDTHS.get(column.kind, _WIDTH), min(len(say(column.title)) + 4, 40))
            sheet.column_dimensions[get_column_letter(index)].width = width
        return sheet

    def _write_sheet(self, sheet: "Worksheet", rows: Iterator[tuple[Cell, ...]]) -> None:
        """Write one sheet: what openpyxl writes before the rows, the rows, what it writes after them."""
        from openpyxl.utils import get_column_letter

        before, _ = _frame(sheet)
        first = self._rows
        with self._archive.open(_entry(sheet.path[1:]), "w", force_zip64=True) as part:
            part.write(before)
            part.write(self._cells.header().encode())
            for chunk in chunks(rows):
                part.write(self._cells.rows(chunk, self._rows - first + 2).encode())
                self._rows += len(chunk)
            last = f"{get_column_letter(len(self._columns))}{self._rows - first + 1}"
            sheet.auto_filter.ref = f"A1:{last}"
            _, after = _frame(sheet)
            part.write(after)


def _fit_on_paper(sheet: "Worksheet") -> None:
    """Set all columns to be printed on one page's width, with their names on every page."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0  # as many pages as the rows need
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _frame(sheet: "Worksheet") -> tuple[bytes, bytes]:
    """Return a sheet without cells as XML, cut where its rows belong; its size is left out."""
    content, _ = _whole(sheet)
    before, after = re.split(rb"<sheetData ?/>|<sheetData></sheetData>", content)
    return re.sub(rb"<dimension[^>]*/>", b"", before) + b"<sheetData>", b"</sheetData>" + after


def _whole(sheet: "Worksheet") -> tuple[bytes, "RelationshipList"]:
    """Return a sheet as openpyxl writes it, and what it refers to."""
    import io

    from openpyxl.worksheet._writer import WorksheetWriter

    out = io.BytesIO()
    writer = WorksheetWriter(sheet, out)
    writer.write()
    return out.getvalue(), writer._rels  # type: ignore[attr-defined] # its types do not know it


class _Cells:
    """A converter of cells into XML, a column of a chunk of rows at a time."""

    def __init__(self, blank: "Worksheet", columns: tuple[Column, ...]) -> None:
        from openpyxl.utils import get_column_letter

        self._blank = blank
        self._columns = columns
        self._letters = [get_column_letter(index + 1) for index in range(len(columns))]
        self._converters = [self._converter(*pair) for pair in zip(columns, self._letters, strict=True)]
        self._overflow: dict[int, list[str]] = {}
        self.continued = 0
        self.as_texts: set[str] = set()
        """The keys of the columns with days or numbers that Excel has none for."""

    def header(self) -> str:
        """Write the row of titles."""
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import PatternFill

        cell = WriteOnlyCell(self._blank)
        cell.font = xlsx_charts.bold()
        cell.fill = PatternFill("solid", fgColor="DDE6F0")
        pairs = zip(self._columns, self._letters, strict=True)
        return _row(1, [_text_cell(letter, say(column.title), cell.style_id) for column, letter in pairs])

    def rows(self, chunk: list[tuple[Cell, ...]], number: int) -> str:
        """Write rows, the first of them numbered ``number``."""
        cells = zip(*chunk, strict=True)
        columns = [convert(c) for convert, c in zip(self._converters, cells, strict=True)]
        rows = list(zip(*columns, strict=True))
        for index, pieces in self._overflow.items():
            rows[index] += self._further_cells(pieces)
        self._overflow.clear()
        return "".join([_row(n, row) for n, row in enumerate(rows, number)])

    def _further_cells(self, texts: list[str]) -> tuple[str, ...]:
        from openpyxl.utils import get_column_letter

        first = len(self._columns) + 1
        return tuple(_text_cell(get_column_letter(n), text) for n, text in enumerate(texts, first))

    def _converter(self, column: Column, letter: str) -> Callable[[Sequence[Any]], list[str]]:
        """Return the function that converts the cells of a column to XML, by their kind."""
        if column.kind in _NUMBERS:
            one = lru_cache(maxsize=10_000)(self._number_converter(column, letter))
            return lambda cells: ["" if cell is None else one(cell) for cell in cells]
        opening, closing = f'<c r="{letter}{_ROW}" t="inlineStr"><is><t>', "</t></is></c>"

        def convert(cells: Sequence[Any]) -> list[str]:
            texts = format_for_people(column.kind, cells)
            if any(text[:1] == "'" for text in texts):
                texts = list(map(guard_again, texts))
            if max(map(len, texts)) > LONGEST_TEXT // 2:
                texts = self._shorten(texts)
            # A thousand cells are tried at once: few need care.
            if _CARE.search("|".join(texts)) or list(map(str.strip, texts)) != texts:
                return [_text_cell(letter, text) if text else "" for text in texts]
            return [f"{opening}{text}{closing}" if text else "" for text in texts]

        return convert

    def _shorten(self, texts: list[str]) -> list[str]:
        """Cut long texts, and return the rest for further cells of their rows."""
        shortened = []
        for index, text in enumerate(texts):
            size = LONGEST_TEXT if text.isascii() or max(text) <= "\uffff" else LONGEST_TEXT // 2
            shortened.append(text[:size])
            if further := [text[start : start + size] for start in range(size, len(text), size)]:
                self._overflow.setdefault(index, []).extend(further)
                self.continued += 1
        return shortened

    def _number_converter(self, column: Column, letter: str) -> Callable[[Cell], str]:
        """Return a function that converts a cell to a number with its format, or a text if Excel can't hold it."""
        number_and_style = self._number_reader(column.kind)

        def convert(cell: Cell) -> str:
            number, style = number_and_style(str(cell))
            if number is None:
                if SEPARATOR not in str(cell):
                    self.as_texts.add(column.key)
                return _text_cell(letter, format_plain(column.kind, [cell])[0])
            return f'<c r="{letter}{_ROW}" s="{style}"><v>{number}</v></c>'

        return convert

    def _number_reader(self, kind: Kind) -> Callable[[str], tuple[str | None, int]]:
        """Return a function that reads a number and its style from a cell; None for a number Excel can't hold."""
        if kind in {"integer", "decimal"}:
            return lambda cell: (_exact(cell), 0)
        if kind not in _TIMES:
            style_of = cache(lambda currency: self._style(xlsx_charts.number_format(money.digits(currency), currency)))
            return lambda cell: (None if SEPARATOR in cell else _exact(format_money(cell)), style_of(cell[-3:]))
        style = self._style(_DAY if kind == "day" else _INSTANT)
        return lambda cell: (_serial(cell), style)

    def _style(self, number_format: str) -> int:
        from openpyxl.cell import WriteOnlyCell

        cell = WriteOnlyCell(self._blank)
        cell.number_format = number_format
        return cell.style_id


def _row(number: int, cells: Iterable[str]) -> str:
    return f'<row r="{_ROW}">{"".join(cells)}</row>'.replace(_ROW, str(number))


def _text_cell(letter: str, text: str, style: int = 0) -> str:
    """Write a text, with what XML has no character for replaced by pictures and U+FFFD."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _CONTROL.sub(lambda found: chr(0x2400 + ord(found[0])), text)
    text = _ESCAPED_ALIKE.sub("_x005F_", _NO_CHARACTER.sub("\ufffd", text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<c r="{letter}{_ROW}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _exact(number: str) -> str | None:
    """Return a number that Excel holds exactly; None for one it would round."""
    return number if sum(map(str.isdecimal, number)) <= _MOST_DIGITS else None


def _serial(text: str) -> str | None:
    """Return an ISO day or instant as Excel counts days.

    None before March 1900, where Excel has a day that never was, and for anything else.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.date() < _FIRST_DAY:
        return None
    days = moment.toordinal() - _DAY_ZERO
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{days + seconds / 86_400:.9f}" if seconds else str(days)
