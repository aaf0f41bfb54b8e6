"""Write the exported sheet of clients with openpyxl's own streaming mode: ``openpyxl_sheet.py DATABASE TARGET``.

The rows come from the same query; columns, dates, header, widths, frozen pane and filter are the same.
"""

import sys
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.session import opened


def main(database: Path, target: Path) -> None:
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Clients")
    sheet.freeze_panes = "A2"
    with opened.reading(database) as db:
        listing = client_list.stream_sheet(db, ClientFilter())
        days = {place for place, column in enumerate(listing.columns) if column.kind == "day"}
        for place in range(len(listing.columns)):
            sheet.column_dimensions[get_column_letter(place + 1)].width = 12 if place in days else 24
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(listing.columns))}1"
        header = [WriteOnlyCell(sheet, column.title) for column in listing.columns]
        for cell in header:
            cell.font = Font(bold=True)
        sheet.append(header)
        for row in listing.rows:
            cells = list(row)
            for place in days:
                if row[place]:
                    cells[place] = WriteOnlyCell(sheet, date.fromisoformat(str(row[place])))
                    cells[place].number_format = "yyyy-mm-dd"
            sheet.append(cells)
    workbook.save(target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
