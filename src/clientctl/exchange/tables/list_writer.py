"""Write a list as the kind of file that its name ends in."""

from datetime import datetime
from pathlib import Path

from clientctl.base.atomic_files import replace_file
from clientctl.base.listing import Listing
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.errors import UsageError


def write_listing(path: Path, listing: Listing, *, title: str, now: datetime, force: bool) -> tuple[str, ...]:
    """Write a list as an .xlsx, .csv or .json file; return notices for the user, a line each.

    ``title`` and ``now`` are the workbook's. Raises UsageError for another extension, else what
    `files.replacing` raises.
    """
    extension = path.suffix.lower()
    if extension not in {".xlsx", ".csv", ".json"}:
        raise UsageError(
            say("{name} is not a known file type: end its name in .xlsx, .csv or .json", name=quoted(path.name))
        )
    with replace_file(path, force=force) as file:
        if extension == ".xlsx":
            from clientctl.exchange.tables import xlsx_writer

            return xlsx_writer.write(file, title, listing, now)
        from clientctl.exchange.tables import csv_json_writer

        if extension == ".csv":
            csv_json_writer.write_csv(file, listing)
        else:
            csv_json_writer.write_json(file, listing)
    return ()
