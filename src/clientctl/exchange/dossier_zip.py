"""Write a dossier, all data about a person, as one zip file that anybody can open and read.

The same data at the same time give the same bytes.
"""

import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from clientctl.base.cell_text import format_for_people, json_card
from clientctl.base.listing import Card, Column, Listing
from clientctl.base.people import Dossier
from clientctl.base.text import show_controls
from clientctl.exchange.tables import xlsx_writer
from clientctl.exchange.vcards import writer as vcard_writer

_PNG = b"\x89PNG"
_EARLIEST, _LATEST = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""The times that a zip file has room for."""

_WIDTH = 18
"""Characters that the names in the index have room for."""


def write(file: BinaryIO, dossier: Dossier, made: datetime, as_of: str | None = None) -> int:
    """Write a dossier as a zip file; return the number of files in it.

    ``made`` is the present on the owner's clock, ``as_of`` the moment in the past that the dossier shows.
    """
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, write_one in _entries(dossier, made, as_of):
            with archive.open(_entry(name, made), "w", force_zip64=True) as part:
                write_one(part)  # type: ignore[arg-type] # an IO[bytes], which is all that is written to
        return len(archive.namelist())


def _entry(name: str, made: datetime) -> ZipInfo:
    entry = ZipInfo(name, min(max(made.timetuple()[:6], _EARLIEST), _LATEST))
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return entry


def _entries(dossier: Dossier, made: datetime, as_of: str | None) -> Iterator[tuple[str, Callable[[BinaryIO], None]]]:
    """Yield each file of the zip with the function that writes it."""
    yield "index.txt", _bytes(_index(dossier, made, as_of).encode())
    yield from _card("client", dossier.card, made)
    yield "client.vcf", _bytes(vcard_writer.write(dossier.contact))
    if dossier.photo:
        yield _photo_name(dossier.photo), _bytes(dossier.photo)
    for name, write_one in dossier.documents:
        yield f"documents/{name}", write_one
    if dossier.private:
        yield from _card("private/private", dossier.private, made)


def _card(name: str, card: Card, made: datetime) -> Iterator[tuple[str, Callable[[BinaryIO], None]]]:
    """Write a card as JSON and as a workbook."""
    yield f"{name}.json", _bytes(json_card(card, indent=True).encode() + b"\n")
    workbook = io.BytesIO()
    xlsx_writer.write_lists(workbook, _sheets(card), made)
    yield f"{name}.xlsx", _bytes(workbook.getvalue())


def _sheets(card: Card) -> dict[str, Listing]:
    """Return the sheets of a workbook: the fields one per row, then each section."""
    values = [
        format_for_people(column.kind, [value])[0] for column, value in zip(card.columns, card.values, strict=True)
    ]
    fields = [(column.title, value or None) for column, value in zip(card.columns, values, strict=True)]
    details = {"Details": Listing((Column("field", "Field"), Column("value", "Value")), fields)} if fields else {}
    return {**details, **dict(card.sections.values())}


def _bytes(content: bytes) -> Callable[[BinaryIO], None]:
    def write_one(file: BinaryIO) -> None:
        file.write(content)

    return write_one


def _photo_name(photo: bytes) -> str:
    return "photo.png" if photo.startswith(_PNG) else "photo.jpg"


# -- the index ----------------------------------------------------------------------------------


def _index(dossier: Dossier, made: datetime, as_of: str | None) -> str:
    """Describe in plain words what the zip file is and what is in it."""
    title = f"What is held about {dossier.card.title}"
    when = f"on {made:%Y-%m-%d} at {made:%H:%M}"
    lines = [title, "=" * len(title), "", f"{dossier.owner} keeps this; it was put together {when}."]
    if as_of:
        lines.append(f"It shows what was held at an earlier time: {as_of}.")
    lines += ["", "The files", ""]
    lines += [f"  {name:<{_WIDTH}} {what}" for name, what in _files(dossier)]
    lines += ["", "What client.json and client.xlsx hold", "", f"  {'Details':<{_WIDTH}} every field, filled or empty"]
    lines += [f"  {title:<{_WIDTH}} {_count(listing)}" for title, listing in dossier.card.sections.values()]
    lines += ["", *_private(dossier)]
    return "".join(f"{show_controls(line)}\r\n" for line in lines)


def _files(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield "index.txt", "this page"
    yield "client.json", "all that is written down, for programs"
    yield "client.xlsx", "the same as a workbook, a sheet for each part"
    yield "client.vcf", "names, phones, e-mails and addresses, for an address book"
    if dossier.photo:
        yield _photo_name(dossier.photo), "the photo"
    if dossier.documents:
        count = len(dossier.documents)
        yield "documents", f"{count} {'file' if count == 1 else 'files'} that were given or received"
    if dossier.private:
        yield "private", "notes and tasks"


def _count(listing: Listing) -> str:
    rows = list(listing.rows)
    return "nothing" if not rows else "1 entry" if len(rows) == 1 else f"{len(rows)} entries"


def _private(dossier: Dossier) -> list[str]:
    if dossier.private is None:
        return ["Private notes and tasks, if there are any, are not in here."]
    parts = [f"  {title:<{_WIDTH}} {_count(listing)}" for title, listing in dossier.private.sections.values()]
    return ["What the private folder holds", "", *parts]
