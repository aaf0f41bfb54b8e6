"""Say what the lists about clients are made of, so that one that comes back is known."""

from collections.abc import Collection, Mapping

from clientctl.base.import_records import OwnColumns
from clientctl.base.text import fold, squeeze
from clientctl.domain.client_file import workbook
from clientctl.domain.client_file.parts import PARTS
from clientctl.domain.memberships import record as memberships
from clientctl.domain.overview import client_columns
from clientctl.domain.shared.queries import Field
from clientctl.store import Reader

_SAID = ("client", "email", "phone")
"""What a list says of the client whom a record is about."""

_TERMS = ("plan", "rate", "price", "currency", "status", "starts", "ends", "next_billing")
"""What the list of memberships says that an import has a use for."""

_OTHERS = tuple(
    part.source for part in PARTS if "client" in part.source.fields and part.source is not memberships.SOURCE
)


def columns(db: Reader) -> list[OwnColumns]:
    """Name the columns of the lists about clients: that of clients first, that of memberships, the others."""
    of_clients = workbook.columns(db)
    details = {*workbook.DETAILS, "name", *(of_clients.keys() - client_columns.COLUMNS.keys())}
    found = [_named(of_clients, details), _named(memberships.SOURCE.columns, {*_SAID, *_TERMS}, _TERMS)]
    return found + [_named(each.columns, _SAID) for each in _OTHERS]


def _named(there: Mapping[str, Field], taken: Collection[str], terms: Collection[str] = ()) -> OwnColumns:
    """Return the names that columns have in files, which are their keys and their titles."""
    names = {key: {squeeze(fold(key)), squeeze(fold(field.column.title))} for key, field in there.items()}
    all_of = (frozenset[str]().union(*(names[key] for key in names if key in some)) for some in (there, taken, terms))
    return OwnColumns(*all_of)
