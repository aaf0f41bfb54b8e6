"""Write a list as the kind of file that its name asks for."""

from datetime import datetime
from pathlib import Path

from clientctl.base.files import replacing
from clientctl.base.listing import Listing
from clientctl.base.text import quoted
from clientctl.errors import UsageError


def write_listing(path: Path, listing: Listing, *, title: str, now: datetime, force: bool) -> tuple[str, ...]:
    """Write a list as an .xlsx, .csv or .json file; return what the user should know, a line each.

    ``title`` and ``now`` are the workbook's. Raises UsageError for another extension, else what
    `files.replacing` raises.
    """
    extension = path.suffix.lower()
    if extension not in {".xlsx", ".csv", ".json"}:
        raise UsageError(f"{quoted(path.name)} is no kind of file known: end its name in .xlsx, .csv or .json")
    with replacing(path, force=force) as file:
        if extension == ".xlsx":
            from clientctl.exchange import xlsx

            return xlsx.write(file, title, listing, now)
        from clientctl.exchange import flat

        if extension == ".csv":
            flat.write_csv(file, listing)
        else:
            flat.write_json(file, listing)
    return ()
