"""Write the exported sheet of clients with a writer in Rust: ``rust_sheet.py DATABASE TARGET``.

The rows come from the same query; columns, dates, header, widths, frozen pane and filter are the same.
"""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rustpy_xlsxwriter import FastExcel, Format

from clientctl.base.listing import Listing
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.session import opened


def main(database: Path, target: Path) -> None:
    with opened.reading(database) as db:
        listing = client_list.stream_sheet(db, ClientFilter())
        days = [column.title for column in listing.columns if column.kind == "day"]
        widths = {column.title: 12.0 if column.title in days else 24.0 for column in listing.columns}
        sheet = FastExcel(str(target)).freeze(row=1)
        bold, day = Format().set_bold(), Format().set_num_format("yyyy-mm-dd")
        formats = dict.fromkeys(days, day)
        more = {"column_widths": widths, "column_formats": formats, "header_format": bold, "autofilter": True}
        sheet.sheet("Clients", _rows(listing), **more).save()


def _rows(listing: Listing) -> Iterator[dict[str, object]]:
    titles = [column.title for column in listing.columns]
    days = [place for place, column in enumerate(listing.columns) if column.kind == "day"]
    for row in listing.rows:
        cells: list[object] = list(row)
        for place in days:
            if row[place]:
                cells[place] = date.fromisoformat(str(row[place]))
        yield dict(zip(titles, cells, strict=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
