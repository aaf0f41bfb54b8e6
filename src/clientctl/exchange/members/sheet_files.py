"""Open the files that hold a sheet of people: CSV files and workbooks."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from clientctl.base.import_records import Target
from clientctl.base.uids import UID
from clientctl.errors import UsageError
from clientctl.exchange.members import column_names
from clientctl.exchange.members.day_formats import Order
from clientctl.exchange.members.row_values import PERSON
from clientctl.exchange.members.rows import MemberSheet, Options
from clientctl.exchange.tables import csv_reader, headings
from clientctl.exchange.tables.headings import Heading


def heading(options: Options) -> Heading:
    """Return how to find the header row: by most names, one a person's, and no e-mail or phone."""
    own = {name: target.key for target in options.own for name in target.names}
    fields = column_names.fields_by_key({**own, **options.usual, **options.named})

    def known(cells: Sequence[str]) -> int:
        found = {fields.get(column_names.key_of(cell)) for cell in cells} - {None}
        return 0 if found.isdisjoint(PERSON) or any(map(headings.is_value, cells)) else len(found)

    return Heading(known, options.header_row)


def read_csv(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    named: Mapping[str, str],
    date_format: str | None = None,
    otherwise: Order | None = None,
    own: Sequence[Target] = (),
    sender: str | None = None,
    header_row: int | None = None,
) -> MemberSheet:
    """Read a CSV file; see ``Options``.

    Raise BadInputError for a sheet without a person's name, e-mail or phone or without rows,
    RefusedError for days that could be two.
    """
    options = Options(named, date_format, otherwise, own, sender, header_row=header_row)
    return MemberSheet(
        csv_reader.read_csv(path, encoding=encoding, delimiter=delimiter, heading=heading(options)), options
    )


def read_xlsx(path: Path, sheet: str | None, options: Options) -> MemberSheet:
    """Read a sheet of a workbook, the first one of people unless one is named; see ``read_csv``."""
    from clientctl.exchange.tables import xlsx_reader

    def found(header: Sequence[str]) -> set[str]:
        try:
            return set(column_names.recognize(header, {}, options.own).places)
        except UsageError:  # two of a kind: of the sheet that is taken the user is told, if it is none of ours
            names = column_names.fields_by_key({})
            return {field for name in header if (field := names.get(column_names.key_of(name)))}

    of_people = xlsx_reader.PeopleSheetRules(
        surely=lambda header: (
            bool(found(header) & {"email", "phone", "birthday", UID}) or found(header) >= {"first_name", "last_name"}
        ),
        perhaps=lambda header: not found(header).isdisjoint(PERSON),
    )
    return MemberSheet(xlsx_reader.read(path, sheet, of_people, heading(options)), options)
