"""Describe files from elsewhere, for those who read formats and those who know the rules: columns and rows."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from clientctl.base.people import Place
from clientctl.base.text import inert, quoted
from clientctl.errors import BadInputError


class Target(NamedTuple):
    """Something that a column of a file can be in one practice, as its owner has set it up.

    ``key`` is what its values go by, ``names`` are those a column of it may have; ``is_day`` tells
    that its cells are days, ``is_consent`` that they say yes or no to something people are sent,
    ``is_contact`` that they are e-mails, phones or web addresses.
    """

    key: str
    names: tuple[str, ...]
    is_day: bool = False
    is_consent: bool = False
    is_contact: bool = False


class OwnColumns(NamedTuple):
    """What a list that we write is made of, by folded names of columns: those ``there``, those an import has a use for.

    ``terms`` of these are about a membership, and say nothing without its plan and start.
    """

    there: frozenset[str]
    taken: frozenset[str]
    terms: frozenset[str] = frozenset()


class ExtraContact(NamedTuple):
    """An e-mail, phone or web address besides the first; ``name`` is what the file calls it, None for nothing.

    ``column`` is that of the sheet that holds it, None for no sheet.
    """

    kind: Literal["email", "phone", "url"]
    name: str | None
    value: str
    column: str | None = None


class RowExtras(NamedTuple):
    """What a row says of a person besides its values, as address books do: several of a kind, whatever was kept.

    ``kept`` are properties of a vCard that are no field of ours, as they were written, unfolded;
    ``photo`` is a picture as it was in the file.
    """

    further: tuple[ExtraContact, ...] = ()
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    photo: bytes | None = None


NO_EXTRAS = RowExtras()


class Note(NamedTuple):
    """Something to look at in a row: its line, of which kind it is, who the row is about, what is to be seen."""

    line: int
    kind: str
    who: str
    what: str


class Record(NamedTuple):
    """One row: the line it starts on, its values by field, what is wrong with it if so.

    Values are texts as written in the file, without blanks around them and never empty, but
    days are ISO days; ``odd`` are columns with values that their fields can't hold; ``every`` is how often
    the rate's name says it is paid, like ``1m``; ``status`` is one of our words where it could be understood.
    ``columns`` are those of the sheet that the rest of the row makes sense without, by field.
    """

    line: int
    values: Mapping[str, str]
    problem: str | None = None
    more: RowExtras = NO_EXTRAS
    columns: Mapping[str, str] = {}
    odd: tuple[tuple[str, str], ...] = ()


def doubtful_value(column: str, reason: str) -> BadInputError:
    """Return of which column of a sheet a value is refused that the rest of its row makes sense without."""
    return BadInputError(f"{inert(column)}: {reason}; --map {quoted(column + '=ignore')} leaves the column out")
