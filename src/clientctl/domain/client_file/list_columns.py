"""The columns of the lists that the program writes, by which an import recognizes them."""

from collections.abc import Collection, Mapping

from clientctl.base.import_records import OwnColumns
from clientctl.base.text import fold, squeeze
from clientctl.domain.client_file import workbook
from clientctl.domain.client_file.parts import PARTS
from clientctl.domain.memberships import record as memberships
from clientctl.domain.overview import client_columns
from clientctl.domain.shared.queries import ListField
from clientctl.store import Reader

_IDENTITY = ("client", "email", "phone")
"""The columns of a list that name the client of a record."""

_TERMS = ("plan", "rate", "price", "currency", "status", "starts", "ends", "next_billing")
"""The columns of the list of memberships that an import uses."""

_OTHERS = tuple(
    part.source for part in PARTS if "client" in part.source.fields and part.source is not memberships.SOURCE
)


def columns(db: Reader) -> list[OwnColumns]:
    """Return the column names of the lists about clients: first of clients, then of memberships, then the others."""
    of_clients = workbook.columns(db)
    details = {*workbook.DETAILS, "name", *(of_clients.keys() - client_columns.COLUMNS.keys())}
    found = [_named(of_clients, details), _named(memberships.SOURCE.columns, {*_IDENTITY, *_TERMS}, _TERMS)]
    return found + [_named(each.columns, _IDENTITY) for each in _OTHERS]


def _named(columns: Mapping[str, ListField], used: Collection[str], terms: Collection[str] = ()) -> OwnColumns:
    """Return the names of columns in files, which are their keys and their titles."""
    names = {key: {squeeze(fold(key)), squeeze(fold(field.column.title))} for key, field in columns.items()}
    return OwnColumns(
        *(frozenset[str]().union(*(names[key] for key in names if key in some)) for some in (columns, used, terms))
    )
