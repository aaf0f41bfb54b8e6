"""Draw what was counted: a sheet of charts, each beside its numbers, that Excel and LibreOffice show."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from clientctl.base.listing import Listing

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.chart import BarChart
    from openpyxl.styles import Font
    from openpyxl.worksheet.worksheet import Worksheet

TITLE = "Summary"

_NO_CHARACTER = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_BARS = 40
"""Rows that a chart shows; the others stand below them."""

_ROWS_OF_CHART = 18


def add(book: "Workbook", charts: Mapping[str, Listing]) -> "Worksheet":
    """Add the sheet to a workbook: lists of a name and a number in each row, by title, one below the other."""
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet: Worksheet = book.create_sheet(TITLE)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 12
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    row = 1
    for title, listing in charts.items():
        counted = list(listing.rows)
        sheet.cell(row, 1, title).font = bold(13)
        for at, column in enumerate(listing.columns, 1):
            sheet.cell(row + 1, at, column.title).font = bold()
        for at, (name, number) in enumerate(counted, row + 2):
            sheet.cell(at, 1, _NO_CHARACTER.sub("\ufffd", str(name))).data_type = "s"  # a name is never a formula
            sheet.cell(at, 2, Decimal(str(number))).number_format = number_format(len(str(number).partition(".")[2]))
        if counted:
            sheet.add_chart(_chart(sheet, title, row + 1, min(len(counted), _MOST_BARS)), f"D{row}")
        row += max(len(counted) + 3, _ROWS_OF_CHART)
    return sheet


def bold(size: int = 11) -> "Font":
    """Give the font of a header: that of the other cells, for without its name LibreOffice takes another."""
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, bold=True)


def number_format(digits: int) -> str:
    """Give the format of numbers with so many digits after the point."""
    return f"#,##0.{'0' * digits}".rstrip(".")


def _chart(sheet: "Worksheet", title: str, header: int, bars: int) -> "BarChart":
    """Draw bars of the numbers below a header."""
    from openpyxl.chart import BarChart, Reference

    chart = BarChart()
    chart.title = title
    chart.legend = None
    chart.width, chart.height = 18, 8
    chart.add_data(Reference(sheet, min_col=2, min_row=header, max_row=header + bars), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=header + 1, max_row=header + bars))
    # Left to itself, openpyxl writes axes that Excel does not draw.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.number_format = number_format(0)
    chart.y_axis.majorGridlines = None
    return chart
