"""Describe the unrecognized columns of a sheet: sample values, the type of field that fits all."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from clientctl.base.text import fold, squeeze
from clientctl.exchange.members import day_formats
from clientctl.exchange.members.column_names import CONSENT, consent
from clientctl.exchange.tables.csv_reader import Sheet

_SAMPLES = 3

_MOST_CHOICES = 8
"""Different values of a column that are taken for the choices of a field, at most."""

_EACH_CHOICE = 3
"""How often each comes up then, on average."""

_LONGEST_CHOICE = 40
_LONGEST_LINE = 200
"""Characters of a text, beyond which it is a long one."""

_PEOPLE = """
    client cliente clienti customer contact contatto member membre adherent adherente socio inscrit inscrite iscritto
    iscritta eleve allievo abonne abonnee abbonato participant partecipante patient patiente paziente user utilisateur
    utilisatrice utente person personne persona tessera licence license licenza"""
_KEYS = """
    id n no nr num numero number code codice ref reference riferimento identifiant identificativo identificatore
    identifier matricule matricola key"""
_WHO, _WHAT = (f"(?:{'|'.join(words.split())})" for words in (_PEOPLE, _KEYS))
_OTHERS_NUMBER = re.compile(
    rf"u?id|uuid|guid|identifiant|identificativo|matricule|matricola|(?:external|unique|record)id|idexterne|"
    rf"{_WHAT}(?:de|du|d|di|del|dell)?{_WHO}|{_WHO}{_WHAT}"
)
"""The name of a column that holds what another program calls people by, folded and squeezed."""


class UnknownColumn(NamedTuple):
    """An unrecognized column: its name, some of its values, the type that fits them all, its choices if any.

    One about a preference that is missing is of no type of fields, but ``CONSENT``. ``are_days`` says
    that a field of days can hold them all.
    """

    column: str
    samples: tuple[str, ...]
    kind: str
    choices: tuple[str, ...] = ()
    are_days: bool = False


def is_others_number(column: str) -> bool:
    """Return whether a column is the number that another program identifies people by, by its name."""
    return _OTHERS_NUMBER.fullmatch(squeeze(fold(column))) is not None


def describe(sheet: Sheet, places: Sequence[int], fits: Mapping[str, Callable[[str], bool]]) -> list[UnknownColumn]:
    """Describe the columns of a sheet in some places, by reading it.

    ``fits`` tells by a type whether a value is of it; where several fit all values, the last is taken.
    """
    gathered = {place: _Values(fits) for place in places}
    for _, cells, problem in sheet.rows:
        if not problem:
            for place, values in gathered.items():
                if cell := cells[place]:
                    values.add(cell)
    return [values.stranger(sheet.header[place]) for place, values in gathered.items()]


class _Values:
    """The values of one column, as far as it takes to know their type; memory is bounded."""

    def __init__(self, fits: Mapping[str, Callable[[str], bool]]) -> None:
        self._tests = dict(fits)
        self._orders = set(day_formats.ORDERS)
        self._has_day = self._is_long = False
        self._different: dict[str, str] = {}
        self._filled = 0

    def add(self, value: str) -> None:
        """Add a value."""
        self._filled += 1
        for kind in [kind for kind, test in self._tests.items() if not test(value)]:
            del self._tests[kind]
        if self._orders:
            self._try_days(value)
        self._is_long = self._is_long or "\n" in value or len(value) > _LONGEST_LINE
        if len(self._different) <= _MOST_CHOICES:
            self._different.setdefault(fold(value), value[: _LONGEST_LINE + 1])

    def _try_days(self, value: str) -> None:
        for order in tuple(self._orders):
            try:
                self._has_day = day_formats.parse_day(value, order) is not None or self._has_day
            except ValueError:
                self._orders.discard(order)

    def stranger(self, column: str) -> UnknownColumn:
        """Return the description of the column."""
        samples = tuple(self._different.values())[:_SAMPLES]
        if consent(column):
            return UnknownColumn(column, samples, CONSENT)
        if self._orders and self._has_day:
            return UnknownColumn(column, samples, "date", are_days=True)
        if self._tests:
            return UnknownColumn(column, samples, next(reversed(self._tests)))
        if self._are_choices():
            return UnknownColumn(column, samples, "choice", tuple(self._different.values()))
        return UnknownColumn(column, samples, "long-text" if self._is_long else "text")

    def _are_choices(self) -> bool:
        number = len(self._different)
        fits = all(
            key and len(value) <= _LONGEST_CHOICE and "\n" not in value for key, value in self._different.items()
        )
        return fits and 1 < number <= _MOST_CHOICES and self._filled >= _EACH_CHOICE * number
