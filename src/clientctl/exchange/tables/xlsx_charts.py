"""Draw charts of counts on a sheet, each next to its numbers, for Excel and LibreOffice."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from clientctl.base.listing import Cell, Listing
from clientctl.base.words import say

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.chart import BarChart
    from openpyxl.styles import Font
    from openpyxl.worksheet.worksheet import Worksheet

TITLE = "Summary"

_NO_CHARACTER = re.compile("[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST_BARS = 15
"""Rows that a chart of names shows; the others stand beside it."""
_LONGEST_NAME = 30
_CUT_NAMES = 3
_HEIGHT = 8.0
"""Of a chart of months, in centimetres."""
_ROW_HEIGHT = 0.53


def add(book: "Workbook", charts: Mapping[str, Listing]) -> "Worksheet":
    """Add the sheet to a workbook: lists with rows of a name and a number, by title, one below the other.

    Months are drawn as columns; what else there is as bars, the first of them where there are many.
    """
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet: Worksheet = book.create_sheet(TITLE)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 12
    sheet.column_dimensions["C"].hidden = True
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    row = 1
    for title, listing in charts.items():
        counted = list(listing.rows)
        sheet.cell(row, 1, title).font = bold(13)
        for at, column in enumerate(listing.columns, 1):
            sheet.cell(row + 1, at, say(column.title)).font = bold()
        for at, (name, number) in enumerate(counted, row + 2):
            sheet.cell(at, 1, _name(name)).data_type = "s"  # a name is never a formula
            sheet.cell(at, 2, Decimal(str(number))).number_format = number_format(len(str(number).partition(".")[2]))
        height = 0.0
        if counted:
            is_monthly = listing.columns[0].key == "month"
            chart = _columns(sheet, row + 1, len(counted)) if is_monthly else _bars(sheet, row + 1, counted)
            is_part = not is_monthly and len(counted) > _MOST_BARS
            chart.title = (
                say(
                    "{title}: the first {most_bars} of {counted}",
                    title=title,
                    most_bars=_MOST_BARS,
                    counted=len(counted),
                )
                if is_part
                else title
            )
            sheet.add_chart(chart, f"E{row}")
            height = chart.height
        row += max(len(counted), round(height / _ROW_HEIGHT)) + 3
    return sheet


def bold(size: int = 11) -> "Font":
    """Return the font of headers: that of other cells, as LibreOffice uses another one without its name."""
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, bold=True)


def number_format(digits: int, currency: str = "") -> str:
    """Return the format of numbers with so many digits after the point, and of amounts in a currency."""
    return f"#,##0.{'0' * digits}".rstrip(".") + (f" [${currency}]" if currency else "")


def _columns(sheet: "Worksheet", header: int, count: int) -> "BarChart":
    """Draw the numbers below a header as columns, each above its name."""
    chart = _chart(sheet, header, count, names=1)
    chart.height = _HEIGHT
    chart.y_axis.number_format = number_format(0)
    return chart


def _bars(sheet: "Worksheet", header: int, counted: list[tuple[Cell, ...]]) -> "BarChart":
    """Draw the first numbers below a header as bars from top to bottom, each beside its name, cut where it is long."""
    from openpyxl.chart.label import DataLabelList

    names = [_name(name) for name, _ in counted[:_MOST_BARS]]
    for at, name in enumerate(names, header + 1):
        # LibreOffice takes names from cells alone; these are hidden.
        cut = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        sheet.cell(at, _CUT_NAMES, cut).data_type = "s"
    chart = _chart(sheet, header, len(names), names=_CUT_NAMES)
    chart.type = "bar"
    chart.height = 2.5 + 0.6 * len(names)
    chart.visible_cells_only = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.scaling.min = 0
    chart.y_axis.delete = True
    shown = {"showLegendKey": False, "showCatName": False, "showSerName": False, "showPercent": False}
    chart.dataLabels = DataLabelList(showVal=True, **shown)
    return chart


def _chart(sheet: "Worksheet", header: int, count: int, *, names: int) -> "BarChart":
    """Draw so many numbers below a header, each with its name in another column."""
    from openpyxl.chart import BarChart, Reference

    chart = BarChart()
    chart.legend = None
    chart.width, chart.gapWidth = 18, 60
    chart.add_data(Reference(sheet, min_col=2, min_row=header, max_row=header + count), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=names, min_row=header + 1, max_row=header + count))
    # Left to itself, openpyxl writes axes that Excel does not draw.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.y_axis.majorGridlines = None
    return chart


def _name(cell: Cell) -> str:
    return _NO_CHARACTER.sub("\ufffd", str(cell))
