"""Read what a row holds several of: e-mails and phones, addresses, notes, labels."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from clientctl.base import joined_names, phones
from clientctl.base.import_records import NO_EXTRAS, ExtraContact, RowExtras
from clientctl.base.text import fold
from clientctl.exchange.members import cells as cells_
from clientctl.exchange.members import repeated_columns
from clientctl.exchange.members.repeated_columns import RepeatedColumns
from clientctl.exchange.members.senders import Sender

_ONE_LINE = ("company", "position")
"""Fields of which several values in a cell are one line."""

_CONTACTS: tuple[tuple[Literal["email", "phone"], Callable[[str], list[str] | None]], ...] = (
    ("email", cells_.emails),
    ("phone", cells_.phones),
)

_is_usual_email, _is_usual_phone = cells_.USUAL_EMAIL.fullmatch, cells_.USUAL_PHONE.fullmatch

_NO_GROUPS = "* "
"""How the names of groups begin in Google's sheets that are not the practitioner's own: ``* myContacts``."""


class ExtrasReader:
    """A reader of what the rows of a sheet hold several of; ``places`` are those of the fields."""

    def __init__(
        self, header: Sequence[str], places: Mapping[str, int], several: RepeatedColumns, sender: Sender
    ) -> None:
        self._header, self._places, self._several, self._sender = header, places, several, sender
        self._sort_of_phone = repeated_columns.label_of(header, places["phone"]) if "phone" in places else None

    def take_contacts(self, values: dict[str, str], odd: list[tuple[str, str]]) -> list[ExtraContact]:
        """Set one e-mail and one phone in their cells; return the others that were in them."""
        if _are_usual(values):
            return []
        found: list[ExtraContact] = []
        for kind, listed in _CONTACTS:
            if kind not in values:
                continue
            cell, column = values[kind], self._header[self._places[kind]]
            if kind == "phone" and phones.is_truncated(cell):
                odd.append((column, values.pop(kind)))
            elif repeated_columns.VALUE_SEPARATOR not in cell and (each := listed(cell)) is not None:
                del values[kind]
                if each:
                    values[kind] = each[0]
                found += [ExtraContact(kind, None, value, column) for value in each[1:]]
        return found

    def read(
        self, values: dict[str, str], cells: Sequence[str], found: Sequence[ExtraContact], odd: list[tuple[str, str]]
    ) -> RowExtras:
        """Read the repeated data of a row, with the contacts already found; of several in a cell the first stays."""
        further = list(found)
        sort_of_phone = cells[self._sort_of_phone].removeprefix("* ") if self._sort_of_phone is not None else ""
        for kind in ("email", "phone"):
            if repeated_columns.VALUE_SEPARATOR in values.get(kind, ""):
                values[kind], *others = repeated_columns.split_values(values[kind])
                called = sort_of_phone if kind == "phone" and _is_fax(sort_of_phone) else None
                column = self._header[self._places[kind]]
                further += [
                    ExtraContact("email" if kind == "email" else "phone", called, each, column) for each in others
                ]
        for field in _ONE_LINE:
            if (
                self._sender.separator == repeated_columns.VALUE_SEPARATOR
                and repeated_columns.VALUE_SEPARATOR in values.get(field, "")
            ):
                values[field] = ", ".join(repeated_columns.split_values(values[field]))
        further += self._uncut(self._several.contacts(cells), odd)
        if not any(
            phones.is_truncated(value) for _, value in odd
        ):  # what stood there before it was cut may be known here
            self._promote(values, further, sort_of_phone)
        labels: tuple[str, ...] = ()
        separator = self._sender.separator or _separator(values.get("labels", ""))
        if separator and "labels" in values:
            cell = values.pop("labels")
            parts = joined_names.split_quoted(cell) or list(map(str.strip, cell.split(separator)))
            labels = tuple(part for part in parts if part and not part.startswith(_NO_GROUPS))
        if self._several.middle is not None and (middle := cells[self._several.middle]) and "first_name" in values:
            values["first_name"] += f" {middle}"
        notes = tuple(cells[at] for at in self._several.notes if cells[at])
        if not (further or labels or notes or self._several.addresses):
            return NO_EXTRAS
        return RowExtras(tuple(further), self._several.places(cells), notes, labels)

    def _uncut(self, contacts: list[ExtraContact], odd: list[tuple[str, str]]) -> list[ExtraContact]:
        """Remove the phones whose first digits a spreadsheet cut off; they are odd."""
        cut = [each for each in contacts if each.kind == "phone" and phones.is_truncated(each.value)]
        odd += [(each.column or "", each.value) for each in cut]
        return [each for each in contacts if each not in cut]

    def _promote(self, values: dict[str, str], further: list[ExtraContact], sort_of_phone: str) -> None:
        """Use the first of the further e-mails and phones as the first one, if its cell is empty or a fax."""
        for kind in ("email", "phone"):
            first = next((each for each in further if each.kind == kind and not _is_fax(each.name)), None)
            if kind not in self._places or first is None:
                continue
            if kind not in values:
                further.remove(first)
                values[kind] = first.value
            elif kind == "phone" and _is_fax(sort_of_phone):
                further[further.index(first)] = ExtraContact(
                    "phone", sort_of_phone, values[kind], self._header[self._places[kind]]
                )
                values[kind] = first.value


def _separator(labels: str) -> str | None:
    """Return the separator of labels in a cell of an address book; None for other lists, see `joined_names`."""
    return (
        repeated_columns.VALUE_SEPARATOR
        if repeated_columns.VALUE_SEPARATOR in labels and joined_names.split_quoted(labels) is None
        else None
    )


def _are_usual(values: Mapping[str, str]) -> bool:
    """Return whether the cells of e-mail and phone have nothing else in them, as most do."""
    email, phone = values.get("email"), values.get("phone")
    return (not email or _is_usual_email(email) is not None) and (not phone or _is_usual_phone(phone) is not None)


def _is_fax(name: str | None) -> bool:
    return any(word in fold(name or "") for word in ("fax", "telecopie"))
