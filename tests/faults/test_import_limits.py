"""Import hostile and very long files: refused within seconds and a bounded memory, or taken in without growing.

The system bounds what the process of the command may have, of memory and of the processor's time, which a busy machine
does not make longer: what needs more ends otherwise than it should.
"""

import re
import resource
import subprocess
import zipfile
from pathlib import Path

import heavy
import pytest
from looking import dump_file, look
from openpyxl import Workbook
from program import PROGRAM, environment
from today import TODAY

SECONDS = 5
"""Of work, not of waiting for others."""
BYTES = 200 << 20
MOST = 100 << 20
"""Bytes that an import of 100,000 rows may take, or of fewer."""


def run(
    book: Path, *arguments: str | Path, memory: int = BYTES, seconds: int = SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run an import in a process that may have so much data in memory, and work so long."""

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))

    return subprocess.run(
        [*PROGRAM, "import", *map(str, arguments)],
        env=environment(CLIENTCTL_DB=str(book), CLIENTCTL_TODAY=TODAY),
        capture_output=True,
        encoding="utf-8",
        preexec_fn=bound,
        check=False,
    )


SPACES = (
    b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    b' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
PARTS = {b"styleSheet": "xl/styles.xml", b"workbook": "xl/workbook.xml", b"sst": "xl/sharedStrings.xml"}


def workbook(path: Path, part: bytes) -> None:
    """Make a workbook of which one part is given as XML: the only sheet, or what its first word says."""
    made = Workbook()
    made.active.append(["Name"])
    made.save(path)
    with zipfile.ZipFile(path) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    held[PARTS.get(re.findall(rb"\w+", part[:20])[0], "xl/worksheets/sheet1.xml")] = part
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        for name, content in held.items():
            parts.writestr(name, content)


def xml(rows: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    """Return a sheet of some rows."""
    return b"%s<worksheet %s><sheetData>%s</sheetData>%s</worksheet>" % (before, SPACES, rows, after)


def text(place: bytes, value: bytes) -> bytes:
    """Return a row of one cell."""
    row = bytes(filter(lambda char: chr(char).isdigit(), place))
    return b'<row r="%s"><c r="%s" t="inlineStr"><is><t>%s</t></is></c></row>' % (row, place, value)


HEADER = text(b"A1", b"Name")
LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))

SITE = b'{"id": 1, "name": "Lyon", "name_key": "lyon"}'

HOSTILE = {
    "a bomb.xlsx": lambda: xml(text(b"A1", b"x" * (300 << 20))),
    "sparse.xlsx": lambda: xml(text(b"XFD1048576", b"Name")),
    "entities.xlsx": lambda: xml(text(b"A1", b"&a9;"), b'<!DOCTYPE x [<!ENTITY a0 "lol">%s]>' % LAUGHS),
    "long cell.xlsx": lambda: xml(text(b"A1", b"x" * (20 << 20))),
    "broken.xlsx": lambda: None,
    "long line.csv": lambda: b"Name,E-mail\nAna," + b"x" * (10 << 20) + b"\n",
    "open quote.csv": lambda: b'Name,E-mail\nAna,"' + b"x\n" * (5 << 20),
    "wrong encoding.csv": lambda: b"Name\nAna\nZo\xc3\xa9\n\x81\x8d\x9d\n" * 1_000,
    "NUL.csv": lambda: b"Name\n" + b"\0" * (10 << 20),
    "long line.vcf": lambda: b"BEGIN:VCARD\nFN:Ana\nNOTE:" + b"x" * (10 << 20) + b"\nEND:VCARD\n",
    "folded line.vcf": lambda: b"BEGIN:VCARD\nFN:Ana\nNOTE:" + b"x\n " * (5 << 20) + b"\nEND:VCARD\n",
    "many types.vcf": lambda: b"BEGIN:VCARD\nFN:\nTEL;TYPE=" + b",a" * 100_000 + b'":1\nEND:VCARD\n',
    "no card.vcf": lambda: b"\x89PNG" * 1_000_000,
    "giant photo.vcf": lambda: b"BEGIN:VCARD\nFN:Ana\nPHOTO;ENCODING=b:" + b"QUJD\n " * (3 << 20) + b"\nEND:VCARD\n",
    "wrong encoding.vcf": lambda: b"\xff\xfeB\0E\0G\0I\0N\0\0\xd8\0\xd8" * 1_000_000,
    "many groups.vcf": lambda: (
        b"BEGIN:VCARD\nFN:Ana\n%sEND:VCARD\n" % b"".join(b"g%d.X-A:1\n" % n for n in range(300_000))
    ),
    "deep.xlsx": lambda: xml(b"<row>" * 1_000_000),
    "long names.xlsx": lambda: xml(b"".join(b"<r%d>" % n for n in range(500_000))),
    "many formats.xlsx": lambda: b"<styleSheet><cellXfs>" + b"<xf/>" * 400_000 + b"</cellXfs></styleSheet>",
    "many columns.xlsx": lambda: xml(b'<row r="1">%s</row>' % (b"<c><v>1</v></c>" * 2_000_000)),
    "wide rows.xlsx": lambda: xml(HEADER + b"".join(text(b"XFD%d" % n, b"x") for n in range(2, 5_002))),
    "many sheets.xlsx": lambda: (
        b"<workbook %s><sheets>%s</sheets></workbook>"
        % (SPACES, b"".join(b'<sheet name="a" sheetId="%d" r:id="rId1"/>' % n for n in range(1, 30_000)))
    ),
    "many merges.xlsx": lambda: xml(
        HEADER, after=b"<mergeCells>%s</mergeCells>" % (b'<mergeCell ref="A1:XFD9"/>' * 500_000)
    ),
    "many fonts.xlsx": lambda: b"<styleSheet %s><fonts>%s</fonts></styleSheet>" % (SPACES, b"<font/>" * 500_000),
    "many texts.xlsx": lambda: (
        b"<sst %s>%s</sst>" % (SPACES, b"".join(b"<si><t>%d</t></si>" % n for n in range(3_000_000)))
    ),
    "wide row.csv": lambda: b"Name,E-mail\nAna,\n" + b"a," * 499_000 + b"\n",
    "wide header.csv": lambda: b"a," * 499_000 + b"\nAna\n",
    "wide rows.csv": lambda: b"Name,E-mail\n" + (b"a," * 499_000 + b"\n") * 20,
    "long line 2.csv": lambda: b"Name\n" + b"x" * (100 << 20),
    "odd.csv": lambda: "Name\nAna\n".encode("utf-16") + b"x",
    "many phones.vcf": lambda: (
        b"BEGIN:VCARD\nFN:Ana\n%sEND:VCARD\n" % b"".join(b"TEL:+336%08d\n" % n for n in range(100_000))
    ),
    "many addresses.vcf": lambda: (
        b"BEGIN:VCARD\nFN:Ana\n%sEND:VCARD\n" % b"".join(b"ADR:;;%d a;;;;\n" % n for n in range(100_000))
    ),
    "many labels.vcf": lambda: (
        b"BEGIN:VCARD\nFN:Ana\nCATEGORIES:%s\nEND:VCARD\n" % b",".join(b"l%d" % n for n in range(100_000))
    ),
    "many labels.csv": lambda: b'Name,Labels\nAna,"%s"\n' % b", ".join(b"l%d" % n for n in range(100_000)),
    "a line.vcf": lambda: b"x" * (100 << 20),
    "no JSON.json": lambda: b"BEGIN:VCARD\n" * 1_000_000,
    "deep.json": lambda: b'{"clientctl": 1, "numbers": ' + b"[" * (10 << 20),
    "long text.json": lambda: b'{"clientctl": "' + b"x" * (20 << 20) + b'"}',
    "wide text.json": lambda: b'{"clientctl": "' + "\U0001f600".encode() * (5 << 20) + b'"}',
    "long number.json": lambda: b'{"clientctl": ' + b"9" * (10 << 20) + b"}",
    "many names.json": lambda: b"{%s}" % b",".join(b'"n%d": [%d]' % (n, n) for n in range(1_000_000)),
    "wrong encoding.json": lambda: b'{"clientctl": "\xff' * 1_000_000,
    "another version.json": lambda: b'{"clientctl": 1, "schema": 999, "numbers": {}, "tables": {}, "files": {}}',
    "an unknown table.json": lambda: b'{"clientctl": 1, "schema": 6, "numbers": {}, "tables": {"sqlite_schema": []}}',
    "no number.json": lambda: b'{"clientctl": 1, "schema": 6, "numbers": {"clients": NaN}}',
    "twice.json": lambda: b'{"clientctl": 1, "schema": 6, "numbers": {}, "tables": {"sites": [%s, %s]}}' % (SITE, SITE),
}


BLANK = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>Ana</t></is></c><c r="XFD%d" s="0"/></row>'

HARMLESS = {
    "last row.xlsx": (2, lambda: xml(HEADER + text(b"A2", b"Ana") + text(b"A1048576", b"Bo"))),
    "empty rows.xlsx": (
        1,
        lambda: xml(HEADER + text(b"A2", b"Ana") + b"".join(b'<row r="%d"/>' % n for n in range(3, 200_000))),
    ),
    "wide blanks.xlsx": (3_000, lambda: xml(HEADER + b"".join(BLANK % (n, n, n) for n in range(2, 3_002)))),
    "merged.xlsx": (
        1,
        lambda: xml(HEADER + text(b"A2", b"Ana"), after=b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
    ),
    "many properties.vcf": (1, lambda: b"BEGIN:VCARD\nFN:Ana\n%sEND:VCARD\n" % (b"X-A:1\n" * 100_000)),
    "many notes.vcf": (
        1,
        lambda: b"BEGIN:VCARD\nFN:Ana\n%sEND:VCARD\n" % b"".join(b"NOTE:n%d\n" % n for n in range(100_000)),
    ),
    "many notes.csv": (1, lambda: b"Name%s\nAna%s\n" % (b",Notes" * 900, b",what was said" * 900)),
}
"""Files that only look hostile, and how many clients are in them."""

SOME = ["sparse.xlsx", "entities.xlsx", "broken.xlsx", "wide rows.xlsx", "long line.csv", "wide header.csv", "odd.csv"]
SOME += ["long line.vcf", "many types.vcf", "deep.json", "twice.json", "an unknown table.json"]
"""What the suite tries of them: some of each kind; the heavy part tries all."""
ROWS = heavy.times(10_000, 100_000)

pytestmark = pytest.mark.heavy


def made(path: Path, content: bytes | None) -> Path:
    """Make a file of the kind that its name says."""
    if content is None:
        path.write_bytes(b"PK\x03\x04" + b"broken" * 1_000)
    elif path.suffix == ".xlsx":
        workbook(path, content)
    else:
        path.write_bytes(content)
    return path


def kind(path: Path) -> str:
    return {".vcf": "vcard"}.get(path.suffix, path.suffix[1:])


@pytest.mark.parametrize("name", heavy.times(["last row.xlsx", "merged.xlsx"], [*HARMLESS]))
def test_a_file_that_only_looks_hostile_is_taken_in(book: Path, tmp_path: Path, name: str) -> None:
    clients, content = HARMLESS[name]
    path = made(tmp_path / name, content())
    done = run(book, kind(path), path)
    assert (done.returncode, len(dump_file(book)["clients"])) == (0, clients), done.stderr


@pytest.mark.parametrize("name", heavy.times(SOME, [*HOSTILE]))
def test_a_hostile_file_is_refused_at_once_and_nothing_is_imported(book: Path, tmp_path: Path, name: str) -> None:
    path = made(tmp_path / name, HOSTILE[name]())
    before = dump_file(book)
    done = run(book, kind(path), path)
    assert (done.returncode, done.stdout) == (7, ""), done.stderr
    assert done.stderr.startswith("clientctl: ")
    assert "Traceback" not in done.stderr
    assert dump_file(book) == before


def test_many_rows_need_little_memory(book: Path, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    with path.open("w") as file:
        file.write("Prénom,Nom,E-mail,Client depuis\n")
        file.writelines(f"Ana{n % 997},Müller{n % 1009},client{n}@example.com,2025-01-31\n" for n in range(ROWS))
    done = run(book, "csv", path, memory=MOST, seconds=100)
    assert done.returncode == 0, done.stderr
    with look(book) as db:
        assert db.value("SELECT count(*) FROM clients") == ROWS
        assert db.value("SELECT count(*) FROM client_search") == ROWS
