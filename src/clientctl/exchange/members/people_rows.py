"""Separate the rows of people in a sheet from others: totals, counts, repeated headers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from clientctl.base.import_records import RowNote
from clientctl.base.row_notes import LEFT_OUT
from clientctl.base.text import fold
from clientctl.exchange.tables.headings import SheetRow

_SURE = ("email", "phone", "birthday", "uid")
"""What only a person has."""

_SUMS = """
    total totals totaux totale totali subtotal subtotale soustotal sum sums somme sommes somma somme moyenne media
    average count nombre nb numero number"""
_MANY = """
    adherent adherents adherente adherentes membre membres client clients cliente clienti clientes inscrit inscrits
    eleve eleves personne personnes participant participants participante participantes abonne abonnes
    licencie licencies
    member members people person persons customer customers student students subscriber subscribers contact contacts
    contatti socio soci iscritto iscritti membro membri persona persone allievo allievi partecipante partecipanti
    abbonato abbonati ligne lignes row rows riga righe"""
_LINKS = "general generale generali generaux grand en sous of the de des du d l la le les di dei degli complessivo a"


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_ALONE = "adherents membres members soci"
"""Words of many that stand for a count without a number too."""

_NOBODY = re.compile(
    rf"(?:{_any(_LINKS)} )*(?:{_any(_SUMS)}|\d+ {_any(_MANY)}|{_any(_MANY)} \d+|{_any(_ALONE)})"
    rf"(?: (?:{_any(_LINKS)}|{_any(_SUMS)}|{_any(_MANY)}|\d+))*"
)


class PeopleRows:
    """The rows of people in a sheet; ``notes`` are about the others, complete once all rows are read.

    A row is nobody's that has no e-mail, phone or birthday, and whose first cell is a sum or a count in words;
    so is one that names the columns again.
    """

    def __init__(self, rows: Iterable[SheetRow], header: Sequence[str], places: Mapping[str, int]) -> None:
        self._rows, self._header = rows, list(header)
        self._sure = [places[field] for field in _SURE if field in places]
        self._names = [places[field] for field in ("first_name", "last_name", "name") if field in places]
        self._first = min(places.values(), default=0)
        self.notes: list[RowNote] = []

    def __iter__(self) -> Iterator[SheetRow]:
        self.notes = []
        first, name, sure = self._first, self._header[self._first], self._sure[0] if self._sure else self._first
        for row in self._rows:
            cells = row.cells
            if row.problem or (cells[sure] and cells[first] != name and self._sure) or not self._is_nobody(cells):
                yield row
            else:
                self.notes.append(RowNote(row.line, LEFT_OUT, "", ", ".join(filter(None, cells))))

    def _is_nobody(self, cells: Sequence[str]) -> bool:
        first = self._first
        if cells[first] == self._header[first] and cells[first]:
            return all(not cell or name.startswith(cell) for cell, name in zip(cells, self._header, strict=True))
        if any(cells[at] for at in self._sure):
            return False
        filled = next(filter(None, cells), "")
        names = [fold(cells[at]) for at in self._names if cells[at]]
        return _NOBODY.fullmatch(fold(filled)) is not None and all(map(_is_no_name, names))


def _is_no_name(folded: str) -> bool:
    return _NOBODY.fullmatch(folded) is not None or not any(map(str.isalpha, folded))
