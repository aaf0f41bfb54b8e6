"""Read a sheet of an Excel workbook as a CSV file is read: a header, and rows of texts.

The rows are read once and put aside in a private file without a name, so that they can be gone through
again without taking the workbook apart again. Memory stays flat, but for the texts that the workbook shares.
"""

import csv
import io
import re
import weakref
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from clientctl.base.text import quoted
from clientctl.errors import BadInputError, NotFoundError
from clientctl.exchange.sheets import LONGEST_ROW, Row, Sheet, fitted, header_of, opened, unguarded

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from openpyxl import Workbook

MOST_ROWS = 1_048_576
"""Rows in a sheet of Excel."""

_MOST_SHARED = 150 << 20
"""Bytes of texts that a workbook shares between cells: they are held in memory."""

_TIGHT, _BIG = 100, 30 << 20
"""A part that is unpacked to so many times its size, and to so many bytes, is no list."""

_MOST_PARTS = 5_000

_LONGEST_XML = 2 << 20
"""Bytes of XML in which a row ends: a row is held in memory, and 16,384 cells of numbers need a third of it."""

_MOST_STYLES = 65_490
"""Cell formats that Excel has at most; half a million take 17 seconds and 300 MB."""

_MOST_HELD = 4 << 20
"""Bytes of a part that is held in memory whole."""

_CHUNK = 1 << 20
_ROW_END = re.compile(rb"</(?:[\w.-]+:)?row\s*>|<(?:[\w.-]+:)?row\b[^<>]*/>")
_SHEETS = re.compile(r"worksheets/[^/]*\.xml", re.IGNORECASE)
_HELD = re.compile(r"(?:xl/)?(?:workbook|styles)\.xml|\[content_types\]\.xml|docprops/.*|.*\.rels", re.IGNORECASE)
_XLSX_ONLY = "save it as .xlsx in Excel, or as CSV"


def read(path: Path, wanted: str | None, is_of_people: Callable[[Sequence[str]], bool]) -> Sheet:
    """Read a sheet of a workbook: the one ``wanted``, else the first whose columns are those of people, else the first.

    Raise NotFoundError when there is no such file or sheet, BadInputError when it is no workbook or a
    hostile one.
    """
    title = quoted(path.name)
    with opened(path) as file:
        _check_parts(file, title)
        try:
            return _read(file, path.name, wanted, is_of_people)
        except (BadInputError, NotFoundError):
            raise
        except MemoryError:
            raise BadInputError(f"{title} needs too much memory: save the sheet as CSV") from None
        except Exception as error:  # noqa: BLE001 - the reader raises whatever it meets in a broken file
            raise BadInputError(f"{title} is a broken Excel file ({type(error).__name__}): {_XLSX_ONLY}") from None


def _read(file: BinaryIO, name: str, wanted: str | None, is_of_people: Callable[[Sequence[str]], bool]) -> Sheet:
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which are not read
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        titles = _chosen(book, quoted(name), wanted)
        first: Sheet | None = None
        for title in titles:
            rows = _rows(book, title)
            line, cells = next(rows, (1, []))
            if not cells:
                continue
            header = header_of(Row(line, cells), quoted(name))
            if len(titles) == 1 or is_of_people(header):
                return Sheet(name, "", ",", header, _Spool(rows, len(header)), title)
            first = first or Sheet(name, "", ",", header, [], title)
    if first is None:
        raise BadInputError(f"{quoted(name)} is empty: a list needs a line with the names of its columns")
    return first


def _chosen(book: "Workbook", title: str, wanted: str | None) -> list[str]:
    """List the sheets that come into question."""
    titles = [sheet.title for sheet in book.worksheets]
    if wanted is None:
        return titles
    found = [each for each in titles if each.casefold() == wanted.casefold()]
    if not found:
        raise NotFoundError(f"no sheet {quoted(wanted)} in {title}: there is {', '.join(map(quoted, titles))}")
    return found[:1]


def _rows(book: "Workbook", title: str) -> Iterator[tuple[int, list[str]]]:
    """Read the rows of a sheet that are not empty, with their numbers."""
    sheet: Any = book[title]
    sheet.reset_dimensions()  # a file may lie about its size
    for line, values in enumerate(sheet.iter_rows(max_row=MOST_ROWS, values_only=True), 1):
        if any(value is not None for value in values):
            cells = [_text(value) for value in values]
            if sum(map(len, cells)) > LONGEST_ROW:
                raise BadInputError(f"row {line} of {quoted(title)} has over {LONGEST_ROW:,} characters: is it a list?")
            if any(cells):
                yield line, cells


def _text(value: object) -> str:
    """Write the value of a cell as a person would in a CSV file: days ISO, whole numbers without a point."""
    if isinstance(value, str):
        text = value.strip()
        return unguarded(text) if text[:1] == "'" else "" if text == "#N/A" else text
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


class _Spool:
    """Rows put aside in a file without a name, which only this program can open."""

    def __init__(self, rows: Iterator[tuple[int, list[str]]], width: int) -> None:
        from tempfile import TemporaryFile

        self._width = width
        self._file = io.TextIOWrapper(TemporaryFile(), encoding="utf-8", errors="surrogatepass", newline="")  # noqa: SIM115 - it is open as long as the rows are wanted
        weakref.finalize(self, self._file.close)
        writer = csv.writer(self._file)
        for line, cells in rows:
            writer.writerow([line, *cells])
        self._file.flush()

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        csv.field_size_limit(LONGEST_ROW)
        for line, *cells in csv.reader(self._file):
            yield fitted(Row(int(line), cells), self._width)


def _check_parts(file: BinaryIO, title: str) -> None:
    """Look at the parts of a workbook before any is unpacked. Raise BadInputError for what is none or is a bomb."""
    from zipfile import BadZipFile, ZipFile

    start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInputError(f"{title} is an old Excel file, or has a password: {_XLSX_ONLY}")
    file.seek(0)
    try:
        with ZipFile(file) as parts:
            _check_sizes(parts.infolist(), title)
            for part in parts.infolist():
                _check_content(parts, part, title)
    # What zipfile raises for an archive that is cut off, damaged, packed in an unknown way, or has a password.
    except (BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        raise BadInputError(f"{title} is no Excel file, or a broken one: {_XLSX_ONLY}") from None
    file.seek(0)


def _check_sizes(listed: Sequence["ZipInfo"], title: str) -> None:
    names = [part.filename for part in listed]
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise BadInputError(f"{title} is a zip file, but no Excel file: {_XLSX_ONLY}")
    for part in listed:
        tight = part.file_size > _BIG and part.file_size > _TIGHT * max(part.compress_size, 1)
        shared = part.filename.lower().endswith("sharedstrings.xml") and part.file_size > _MOST_SHARED
        other = not re.search(r"worksheets/|sharedstrings", part.filename, re.IGNORECASE) and part.file_size > _BIG
        held = part.file_size > _MOST_HELD and _HELD.fullmatch(part.filename)
        if tight or shared or held or (other and part.filename.endswith(".xml")) or len(names) > _MOST_PARTS:
            raise BadInputError(
                f"{title} would unpack to {part.file_size >> 20} MB in one of {len(names)} parts, which no list needs: "
                "save the sheet as CSV"
            )


def _check_content(parts: "ZipFile", part: "ZipInfo", title: str) -> None:
    """Read a sheet or the formats through once, unpacked piece by piece, to know that no row takes the memory."""
    if part.filename.lower().endswith("styles.xml"):
        with parts.open(part) as content:
            if len(re.findall(rb"<(?:[\w.-]+:)?xf\b", content.read(_MOST_HELD))) > _MOST_STYLES:
                raise BadInputError(
                    f"{title} has over {_MOST_STYLES:,} cell formats, which Excel has not: {_XLSX_ONLY}"
                )
    elif part.filename.lower().endswith(".xml"):
        with parts.open(part) as content:
            rest = content.read(_CHUNK)
            if b"sheetData" not in rest and not _SHEETS.search(part.filename):
                return
            while chunk := content.read(_CHUNK):
                rest += chunk
                ends = [match.end() for match in _ROW_END.finditer(rest)]
                rest = rest[ends[-1] :] if ends else rest
                if b"</sheetData>" in rest:
                    break
                if len(rest) > _LONGEST_XML:
                    raise BadInputError(f"a row of {title} needs over {_LONGEST_XML >> 20} MB: is it a list?")
