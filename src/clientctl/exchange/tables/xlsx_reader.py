"""Read a sheet of an Excel workbook like a CSV file: a header, and rows of texts.

The rows are read once and put aside in a private file without a name, so that they can be gone through
again without taking the workbook apart again. Memory stays flat, but for the texts that the workbook shares.
"""

import csv
import io
import os
import re
import weakref
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import cache
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple

from clientctl.base import uids
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import BadInputError, NotFoundError, UsageError
from clientctl.exchange.tables import headings
from clientctl.exchange.tables.csv_reader import Sheet, fit_row, open_regular, unguard
from clientctl.exchange.tables.encodings import LONGEST_ROW
from clientctl.exchange.tables.headings import FIRST_ROW, MOST_COLUMNS, Header, Heading, SheetRow

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from openpyxl import Workbook

MOST_ROWS = 1_048_576
"""Rows in a sheet of Excel."""

_MOST_SHARED = 150 << 20
"""Maximum bytes of shared strings, which are held in memory."""

_TIGHT, _BIG = 100, 30 << 20
"""A part that is unpacked to so many times its size, and to so many bytes, is no list."""

_MOST_PARTS = 5_000

_LONGEST_XML = 2 << 20
"""Bytes of XML in which a row ends: a row is held in memory, and 16,384 cells of numbers need a third of it."""

_MOST_HELD = 4 << 20
"""Bytes of a part that is held in memory whole, as the formats are."""

_MOST_ELEMENTS = 100_000
"""Elements of such a part: half a million cell formats take 17 seconds and 300 MB."""

_MOST_SHEETS = 1_000

_MOST_AFTER = 4 << 20
"""Bytes that follow the rows of a sheet: of merged cells, links and rules, which are held in memory."""

_MOST_TEXTS = 1_000_000
"""Texts that a workbook shares between cells."""

_CHUNK = 1 << 20
_ROW_END = re.compile(rb"</(?:[\w.-]+:)?row\s*>|<(?:[\w.-]+:)?row\b[^<>]*/>")
_LITERAL = re.compile(r'"([^"0#]*)"|\\([^0#])')
_ZEROS = re.compile(r"[ #()+-]*0[ ()-]*[0#][ 0#()-]*")
_CURRENCY = re.compile(r"\[\$([A-Z]{3})(?:-[0-9A-F]*)?\]")
_ELEMENT = re.compile(rb"<\w")
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b")
_SHEETS = re.compile(r"worksheets/[^/]*\.xml", re.IGNORECASE)
_HELD = re.compile(r"(?:xl/)?(?:workbook|styles)\.xml|\[content_types\]\.xml|docprops/.*|.*\.rels", re.IGNORECASE)
LINE = "clientctl"
"""The property of a workbook that we exported: the digits of the file whose ids are in it."""

_XLSX_ONLY = "save it as .xlsx in Excel, or as CSV"


class PeopleSheetRules(NamedTuple):
    """The rules for recognizing sheets of people by their columns: ``surely`` needs more than a name."""

    surely: Callable[[Sequence[str]], bool]
    perhaps: Callable[[Sequence[str]], bool]


def read(path: Path, wanted: str | None, of_people: PeopleSheetRules, heading: Heading = FIRST_ROW) -> Sheet:
    """Read a sheet of a workbook: the one ``wanted``, else the first visible one of people, else the first visible one.

    Raise NotFoundError when there is no such file or sheet, BadInputError when it is no workbook or a
    hostile one.
    """
    title = quoted(path.name)
    with open_regular(path) as file:
        _check_parts(file, title)
        try:
            return _read(file, path.name, wanted, of_people, heading)
        except (BadInputError, NotFoundError, UsageError):
            raise
        except MemoryError:
            raise BadInputError(say("{title} needs too much memory: save the sheet as CSV", title=title)) from None
        except Exception as error:  # noqa: BLE001 - the reader raises whatever it meets in a broken file
            raise BadInputError(
                say(
                    "{title} is a damaged Excel file ({name}): {hint}",
                    title=title,
                    name=type(error).__name__,
                    hint=say(_XLSX_ONLY),
                )
            ) from None


def _read(file: BinaryIO, name: str, wanted: str | None, of_people: PeopleSheetRules, heading: Heading) -> Sheet:
    import warnings

    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which are not read
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        headers = _headers(book, quoted(name), _candidates(book, quoted(name), wanted), heading)
        if not headers:
            raise BadInputError(
                say("{name} is empty: a list needs a line with the names of its columns", name=quoted(name))
            )
        shown = [title for title in headers if wanted is not None or book[title].sheet_state == "visible"]
        if not shown:
            raise BadInputError(
                say(
                    "all sheets of {name} are hidden: --sheet takes {headers}",
                    name=quoted(name),
                    headers=_alternatives(headers),
                )
            )
        surely = [title for title in headers if of_people.surely(headers[title].names)]
        perhaps = [title for title in shown if of_people.perhaps(headers[title].names)]
        taken = next(each for each in [*surely, *perhaps, *shown] if each in shown)
        besides = tuple(each for each in headers if each != taken and each in {*surely, *perhaps})
        header = headers[taken]
        rows = ((line, cells) for line, cells in _rows(book, taken) if line > header.line)
        spool = _Spool(rows, len(header.names))
        return Sheet(name, "", ",", header.names, spool, taken, besides, header.said, _line(book))


def _line(book: "Workbook") -> str:
    """Return the digits of the file that this program exported a workbook from; empty for any other."""
    properties = book.custom_doc_props.props  # type: ignore[attr-defined] # its types do not know it
    found = next((each.value for each in properties if each.name == LINE), None)
    return found if isinstance(found, str) and uids.is_of_file(found) else ""


def _candidates(book: "Workbook", title: str, wanted: str | None) -> list[str]:
    """List the possible sheets."""
    titles = [sheet.title for sheet in book.worksheets]
    if wanted is None:
        return titles
    found = [each for each in titles if each.casefold() == wanted.casefold()]
    if not found:
        raise NotFoundError(
            say(
                "no sheet {wanted} in {title}: there is {titles}",
                wanted=quoted(wanted),
                title=title,
                titles=_alternatives(titles),
            )
        )
    return found[:1]


def _alternatives(titles: Iterable[str]) -> str:
    return ", ".join(map(quoted, titles))


def _headers(book: "Workbook", name: str, titles: Sequence[str], heading: Heading) -> dict[str, Header]:
    """Find the header of each sheet that is not empty."""
    found: dict[str, Header] = {}
    for title in titles:
        rows = (SheetRow(line, cells) for line, cells in _rows(book, title))
        first = next(rows, None)
        if first:
            try:
                found[title] = headings.find(chain([first], rows), heading, name)
            except UsageError:
                if len(titles) == 1:
                    raise
    return found


def _rows(book: "Workbook", title: str) -> Iterator[tuple[int, list[str]]]:
    """Read the rows of a sheet that are not empty, with their numbers."""
    sheet: Any = book[title]
    sheet.reset_dimensions()  # a file may lie about its size
    masked = any(_mask(each) or _currency(each) for each in book._number_formats)  # type: ignore[attr-defined] # the reader says nowhere else which there are
    # The reader's own makes a row as wide as its last cell says: 16,384 values for a blank one in column XFD.
    sheet._get_row = lambda row, *_bounds: _values(sheet, row, masked)
    for line, values in enumerate(sheet.iter_rows(max_row=MOST_ROWS, values_only=True), 1):
        if values:
            cells = [_text(value) for value in values]
            if sum(map(len, cells)) > LONGEST_ROW:
                raise BadInputError(
                    say(
                        "row {line} of {title} has over {longest_row} characters: is it a list?",
                        line=line,
                        title=quoted(title),
                        longest_row=f"{LONGEST_ROW:,}",
                    )
                )
            if any(cells):
                yield line, cells


def _values(sheet: Any, row: Sequence[dict[str, Any]], masked: bool) -> list[object]:  # noqa: ANN401 - of the reader, untyped
    """List the values of a row up to the last one; with ``masked``, numbers as their formats show them."""
    width = max((cell["column"] for cell in row if cell["value"] is not None), default=0)
    if width > MOST_COLUMNS:
        where = say("row {row} of {title}", row=row[0]["row"], title=quoted(sheet.title))
        raise BadInputError(
            say("{where} has over {most_columns} columns: is it a list?", where=where, most_columns=f"{MOST_COLUMNS:,}")
        )
    values: list[object] = [None] * width
    for cell in row:
        if cell["column"] <= width:
            values[cell["column"] - 1] = _shown(sheet, cell) if masked else cell["value"]
    return values


def _shown(sheet: Any, cell: dict[str, Any]) -> object:  # noqa: ANN401 - of the reader, untyped
    """Return the value of a cell, a number with the leading zeros, signs or currency of its format."""
    from openpyxl.cell.read_only import ReadOnlyCell

    value = cell["value"]
    return _as_shown(value, ReadOnlyCell(sheet, **cell).number_format) if type(value) in {int, float} else value


def _as_shown(value: float, number_format: str) -> object:
    if currency := _currency(number_format):
        return f"{_text(value)} {currency}"
    mask = _mask(number_format)
    if not mask or value < 0 or value != int(value):
        return value
    digits = list(str(int(value)).rjust(_least(mask), "0"))
    shown = [sign if sign not in "0#" else digits.pop() if digits else "" for sign in reversed(mask)]
    return "".join([*digits, *reversed(shown)])


def _least(mask: str) -> int:
    """Count the digits that a format always shows: from its first zero on."""
    return sum(sign in "0#" for sign in mask[mask.index("0") :])


@cache
def _currency(number_format: str) -> str:
    """Return the code of the currency that a format shows, ``#,##0.00 [$CHF]``; else nothing."""
    found = _CURRENCY.search(number_format)
    return found[1] if found else ""


@cache
def _mask(number_format: str) -> str:
    """Return the signs of a format that shows numbers with leading zeros: ``00000``, ``0# ## ##``; else nothing."""
    shown = number_format.partition(";")[0]
    if not _ZEROS.fullmatch(_LITERAL.sub(" ", shown)):
        return ""
    return _LITERAL.sub(lambda found: found[1] or found[2] or "", shown)


def _text(value: object) -> str:
    """Format the value of a cell as a person would in a CSV file: ISO days, whole numbers without a point."""
    if isinstance(value, str):
        text = value.strip()
        return unguard(text) if text[:1] == "'" else "" if text == "#N/A" else text
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
    """Rows stored in an unnamed file that only this program can open."""

    def __init__(self, rows: Iterator[tuple[int, list[str]]], width: int) -> None:
        from tempfile import TemporaryFile

        self._width = width
        self._file = io.TextIOWrapper(TemporaryFile(), encoding="utf-8", errors="surrogatepass", newline="")  # noqa: SIM115 - it is open as long as the rows are wanted
        weakref.finalize(self, self._file.close)
        writer = csv.writer(self._file)
        for line, cells in rows:
            writer.writerow([line, *cells])
        self._file.flush()

    def __iter__(self) -> Iterator[SheetRow]:
        self._file.seek(0)
        csv.field_size_limit(LONGEST_ROW)
        for line, *cells in csv.reader(self._file):
            yield fit_row(SheetRow(int(line), cells), self._width)


def _check_parts(file: BinaryIO, title: str) -> None:
    """Check the parts of a workbook before unpacking any. Raise BadInputError for a bad file or a bomb."""
    from zipfile import BadZipFile, ZipFile

    start = file.read(8)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise BadInputError(
            say("{title} is an old Excel file, or has a password: {hint}", title=title, hint=say(_XLSX_ONLY))
        )
    file.seek(0)
    try:
        with ZipFile(file) as parts:
            _check_sizes(parts.infolist(), os.fstat(file.fileno()).st_size, title)
            for part in parts.infolist():
                _check_content(parts, part, title)
    # What zipfile raises for an archive that is cut off, damaged, packed in an unknown way, or has a password.
    except (BadZipFile, ValueError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        raise BadInputError(
            say("{title} is not an Excel file, or is damaged: {hint}", title=title, hint=say(_XLSX_ONLY))
        ) from None
    file.seek(0)


def _check_sizes(listed: Sequence["ZipInfo"], packed: int, title: str) -> None:
    names = [part.filename for part in listed]
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise BadInputError(
            say("{title} is a zip file, but not an Excel file: {hint}", title=title, hint=say(_XLSX_ONLY))
        )
    whole = sum(part.file_size for part in listed)
    if whole > _BIG and whole > _TIGHT * packed:
        raise BadInputError(
            say(
                "{title} would unpack to {whole} MB, which no list needs: save the sheet as CSV",
                title=title,
                whole=whole >> 20,
            )
        )
    for part in listed:
        tight = part.file_size > _BIG and part.file_size > _TIGHT * max(part.compress_size, 1)
        shared = part.filename.lower().endswith("sharedstrings.xml") and part.file_size > _MOST_SHARED
        other = not re.search(r"worksheets/|sharedstrings", part.filename, re.IGNORECASE) and part.file_size > _BIG
        held = part.file_size > _MOST_HELD and _HELD.fullmatch(part.filename)
        if tight or shared or held or (other and part.filename.endswith(".xml")) or len(names) > _MOST_PARTS:
            raise BadInputError(
                say(
                    "{title} would unpack to {file_size} MB in one of {names} parts, which no list needs: save the "
                    "sheet as CSV",
                    title=title,
                    file_size=part.file_size >> 20,
                    names=len(names),
                )
            )


def _check_content(parts: "ZipFile", part: "ZipInfo", title: str) -> None:
    """Read a part through once, unpacked piece by piece, to check that it will not use up memory or time."""
    with parts.open(part) as content:
        if _HELD.fullmatch(part.filename):
            held = content.read(_MOST_HELD)
            if len(_ELEMENT.findall(held)) > _MOST_ELEMENTS or len(_SHEET.findall(held)) > _MOST_SHEETS:
                raise BadInputError(
                    say("{title} has more sheets or formats than any list needs: save the sheet as CSV", title=title)
                )
        elif part.filename.lower().endswith("sharedstrings.xml"):
            count = sum(chunk.count(b"</t>") for chunk in iter(lambda: content.read(_CHUNK), b""))
            if count > _MOST_TEXTS:
                raise BadInputError(
                    say(
                        "{title} has over {most_texts} texts: save the sheet as CSV",
                        title=title,
                        most_texts=f"{_MOST_TEXTS:,}",
                    )
                )
        elif part.filename.lower().endswith(".xml"):
            _check_rows(content, bool(_SHEETS.search(part.filename)), title)


def _check_rows(content: IO[bytes], is_sheet: bool, title: str) -> None:
    rest = content.read(_CHUNK)
    if b"sheetData" not in rest and not is_sheet:
        return
    while b"</sheetData>" not in rest and (chunk := content.read(_CHUNK)):
        rest += chunk
        ends = [match.end() for match in _ROW_END.finditer(rest)]
        rest = rest[ends[-1] :] if ends else rest
        if len(rest) > _LONGEST_XML:
            raise BadInputError(
                say(
                    "a row of {title} needs over {longest_xml} MB: is it a list?",
                    title=title,
                    longest_xml=_LONGEST_XML >> 20,
                )
            )
    if len(content.read(_MOST_AFTER + 1)) > _MOST_AFTER:
        raise BadInputError(
            say("{title} has more merged cells, links or rules than a list needs: save the sheet as CSV", title=title)
        )
