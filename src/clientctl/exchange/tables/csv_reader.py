"""Read CSV files of any program: encoding and delimiter are detected, rows are streamed.

A file is looked through once before its first row is given, so that a wrong encoding, a file that is
no text or a line without an end is known before anything is done with it. Memory stays flat.

The standard library's ``csv.Sniffer`` is not used: it takes letters and decimal commas for delimiters.
"""

import codecs
import csv
import io
import os
import re
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import dropwhile
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO, NamedTuple

from clientctl.base.text import quoted, word
from clientctl.base.words import say
from clientctl.errors import BadInputError, NotFoundError, UsageError
from clientctl.exchange.tables import encodings, headings
from clientctl.exchange.tables.encodings import LONGEST_ROW
from clientctl.exchange.tables.headings import FIRST_ROW, MOST_COLUMNS, Header, Heading, SheetRow

DELIMITERS = ";\t|,"
"""What may stand between cells; of two that fit equally the first, because a comma is common in text."""

_FITS = 0.5
"""Share of the rows that has as many cells as the first one, below which that one is no header but a title."""

_SAMPLE = 1 << 16
_SEP_LINE = re.compile(r'"?sep=([;\t|,])"?(?:[\r\n]|\Z)', re.IGNORECASE)
_GUARDED = re.compile(r"''*(?:[=+\-@\t\r]|[0-9(][0-9 ()./+-]*\Z)")
_OTHER_FILES = {
    b"\xd0\xcf\x11\xe0": "{title} is an old Excel file: save it as CSV in Excel",
    b"%PDF": "{title} is a PDF file: export the list as CSV instead",
    b"SQLite format 3": "{title} is a database: export the list as CSV instead",
    b"\x1f\x8b": "{title} is a gzip file: unpack it first",
    b"BEGIN:VCARD": "{title} is a vCard file: `clientctl import vcard {path}` takes it",
    b"<": "{title} is a web page or XML: save it as CSV in a spreadsheet program",
}


class Sheet(NamedTuple):
    """A table with a header, from any kind of file.

    Column names are unique and none is empty. Cells come without blanks around them and without the
    apostrophe that guards formulas. ``rows`` can be gone through more than once; each time the file is
    read anew, and BadInputError is raised when it is not the same any more, when a quote is not closed,
    or when a row is longer than LONGEST_ROW. Empty rows are left out. ``title`` is that of a
    workbook's sheet, which has no encoding; ``besides`` are the others that are of people; ``heading`` tells
    where the header was found; ``line`` are the digits of the file of ours whose export it is, where it says so.
    """

    name: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: Iterable[SheetRow]
    title: str = ""
    besides: tuple[str, ...] = ()
    heading: str = ""
    line: str = ""

    @property
    def how(self) -> str:
        """Return how the file was read."""
        if self.title:
            return say("sheet {title}{heading}", title=self.title, heading=self.heading)
        separator = say("tabs") if self.delimiter == "\t" else self.delimiter
        return say(
            "{encoding}, columns separated by {separator}{heading}",
            encoding=self.encoding,
            separator=separator,
            heading=self.heading,
        )


def read_csv(
    path: Path, *, encoding: str | None = None, delimiter: str | None = None, heading: Heading = FIRST_ROW
) -> Sheet:
    """Detect the format of a CSV file and return its header and its rows, which are read lazily.

    Raises NotFoundError when there is no such file, BadInputError when it is no CSV file, UsageError
    when there is no such encoding or delimiter.
    """
    if delimiter is not None and delimiter not in set(DELIMITERS):
        raise UsageError(say("no delimiter {delimiter}: use one of ; , | or a tab", delimiter=quoted(delimiter)))
    csv.field_size_limit(LONGEST_ROW)
    title = quoted(path.name)
    with open_regular(path) as file:
        _refuse_other_files(file, path)
        codec, shown = encodings.recognize(file, title, encoding)
        delimiter = delimiter or _recognize_delimiter(file, codec)
        with closing(_records(file, title, codec, delimiter)) as records:
            header = headings.find(records, heading, title)
        rows = _Rows(path, codec, delimiter, header, _stamp(file))
    return Sheet(path.name, shown, delimiter, header.names, rows, heading=header.said)


def unguard(cell: str) -> str:
    """Strip the apostrophe that keeps a spreadsheet from reading a text as a formula or a number.

    It is one when a formula's first character follows (``'=…``, ``'+33…``) or nothing but a number or
    phone: ``'(07700) 900-769``. After more apostrophes too, so that guarding can be undone exactly.
    """
    return cell[1:] if _GUARDED.match(cell) else cell


class _Rows:
    """The rows of a file whose format was detected; each iteration opens it again."""

    def __init__(self, path: Path, codec: str, delimiter: str, header: Header, stamp: tuple[int, ...]) -> None:
        self._path, self._codec, self._delimiter = path, codec, delimiter
        self._width, self._header_line, self._stamp = len(header.names), header.line, stamp

    def __iter__(self) -> Iterator[SheetRow]:
        title, width = quoted(self._path.name), self._width
        with open_regular(self._path) as file:
            if _stamp(file) != self._stamp:
                raise BadInputError(say("{title} was changed while it was read: start again", title=title))
            with closing(_records(file, title, self._codec, self._delimiter)) as records:
                for row in dropwhile(lambda each: each.line <= self._header_line, records):
                    yield row if len(row.cells) == width or row.problem else fit_row(row, width)


def fit_row(row: SheetRow, width: int) -> SheetRow:
    """Fill a row up to the width of the header; non-empty cells beyond it make it a bad row."""
    cells = row.cells
    if len(cells) < width:
        cells.extend([""] * (width - len(cells)))
    elif any(cells[width:]):
        return row._replace(problem=say("has {cells} cells, the header {width}", cells=len(cells), width=width))
    else:
        del cells[width:]
    return row


@contextmanager
def open_regular(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; errors while it is open become one line for the user."""
    if str(path) == "-":
        raise UsageError(
            say("it is read more than once, and standard input can't be: save it to a file, and name that")
        )
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            raise BadInputError(say("{path} is a folder: name a file in it", path=quoted(str(path))))
        if not S_ISREG(mode):
            raise BadInputError(say("{path} is not a regular file: save the list to one first", path=quoted(str(path))))
        with path.open("rb") as file:
            yield file
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(say("no file {path}: check its name and folder", path=quoted(str(path)))) from None
    except OSError as error:
        reason = (error.strerror or say("input error")).lower()
        raise BadInputError(
            say("can't read {path}: {reason}: check the file", path=quoted(str(path)), reason=reason)
        ) from None


def _stamp(file: BinaryIO) -> tuple[int, ...]:
    """Return a fingerprint of the file, which changes with the file or if another replaces it."""
    now = os.fstat(file.fileno())
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns


def _refuse_other_files(file: BinaryIO, path: Path) -> None:
    """Raise BadInputError for files that people mistake for CSV files, saying what they are."""
    title, start = quoted(path.name), file.read(_SAMPLE)
    if start.startswith(b"PK\x03\x04"):
        if b"xl/" in start or b"[Content_Types].xml" in start:
            takes = say("`clientctl import xlsx {path}` takes it", path=word(str(path)))
            raise BadInputError(say("{title} is an Excel file: {takes}, or save it as CSV", title=title, takes=takes))
        raise BadInputError(
            say("{title} is a zip or LibreOffice file: unpack it, or save the sheet as CSV", title=title)
        )
    start = start.removeprefix(codecs.BOM_UTF8).lstrip()
    signature = next(filter(start.startswith, _OTHER_FILES), None)
    if signature:
        raise BadInputError(say(_OTHER_FILES[signature], title=title, path=word(str(path))))


def _recognize_delimiter(file: BinaryIO, codec: str) -> str:
    """Choose the delimiter with which most of the first rows are as wide as the header."""
    with _as_text(file, codec) as text:
        sample = text.read(_SAMPLE).removeprefix("\ufeff")
    named = _SEP_LINE.match(sample)
    if named:
        return named[1]

    def fit(delimiter: str) -> tuple[float, int]:
        widths = widths_by[delimiter]
        return (widths.count(widths[0]) / len(widths), widths[0]) if widths[0] > 1 else (0, 1)

    def fit_below(delimiter: str) -> tuple[float, int]:
        widths = widths_by[delimiter]
        usual = max(set(widths), key=lambda width: (width > 1, widths.count(width)))
        return (widths.count(usual) / len(widths), usual) if usual > 1 else (0, 1)

    widths_by = {delimiter: _widths(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=fit)
    return best if fit(best)[0] >= _FITS else max(DELIMITERS, key=fit_below)


def _widths(sample: str, delimiter: str) -> list[int]:
    rows = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
    return [len(row) for row in rows if any(row)] or [1]


@contextmanager
def _as_text(file: BinaryIO, codec: str) -> Iterator[io.TextIOWrapper]:
    """Read the file from its start as text, line ends unchanged; leave it open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(file, codec, newline="")
    try:
        yield text
    finally:
        text.detach()


class _Lines:
    """The lines of a text for the csv reader, with the current row remembered."""

    def __init__(self, text: Iterable[str], title: str) -> None:
        self._text, self._title = text, title
        self.start_row(1)

    def start_row(self, line: int) -> None:
        """Record that a row starts on this line."""
        self.start, self._length, self.has_apostrophe = line, 0, False

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self._text):
            self._latest = line if number else _without_marks(line)
            self._length += len(line)
            if "'" in line:
                self.has_apostrophe = True
            if self._length > LONGEST_ROW:
                raise BadInputError(
                    say(
                        "the row at line {start} of {title} has over {longest_row} characters: is a quote left open "
                        "there?",
                        start=self.start,
                        title=self._title,
                        longest_row=f"{LONGEST_ROW:,}",
                    )
                )
            yield self._latest

    def unreadable(self, line: int, at_end: bool) -> SheetRow:
        """Return a row with a misplaced quote; if it may have swallowed others, refuse the file."""
        if line > self.start or at_end:
            raise BadInputError(
                say(
                    "a quote opened in the row at line {start} of {title} is not closed as it should be, up to line "
                    "{line}: correct it",
                    start=self.start,
                    title=self._title,
                    line=line,
                )
            )
        return SheetRow(line, [self._latest.rstrip("\r\n")], say("has text after a closing quote"))


def _without_marks(line: str) -> str:
    """Strip what is about the file from the first line: a byte order mark, Excel's ``sep=;``."""
    line = line.removeprefix("\ufeff")
    return "\n" if _SEP_LINE.match(line) else line


def _records(file: BinaryIO, title: str, codec: str, delimiter: str) -> Generator[SheetRow, None, None]:
    """Yield the rows that are not empty, the header first."""
    with _as_text(file, codec) as text:
        lines = _Lines(text, title)
        reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=True)
        while True:
            lines.start_row(reader.line_num + 1)
            try:
                read = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield lines.unreadable(reader.line_num, "end of data" in str(error))
                continue
            cells = list(map(str.strip, read))
            if lines.has_apostrophe:
                cells = list(map(unguard, cells))
            if len(cells) > MOST_COLUMNS and any(cells[MOST_COLUMNS:]):
                raise BadInputError(
                    say(
                        "line {start} of {title} has over {most_columns} columns: is it a list?",
                        start=lines.start,
                        title=title,
                        most_columns=f"{MOST_COLUMNS:,}",
                    )
                )
            if any(cells):
                yield SheetRow(lines.start, cells)
