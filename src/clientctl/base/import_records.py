"""Rows and columns of imported files, shared by the readers of formats and the rules of the domain."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from clientctl.base.people import Place
from clientctl.base.text import quoted, show_controls
from clientctl.base.words import say
from clientctl.errors import BadInputError

ContactKind = Literal["email", "phone", "url"]
"""What a file may say of a person several times over, by the type of the field it goes into."""


class Target(NamedTuple):
    """A possible meaning of a column in one practice, such as a custom field.

    ``key`` is what its values are stored by, ``names`` are possible headings; ``is_day`` means
    that its cells are days, ``is_consent`` that they are yes or no to a preference,
    ``is_contact`` that they are e-mails, phones or web addresses.
    """

    key: str
    names: tuple[str, ...]
    is_day: bool = False
    is_consent: bool = False
    is_contact: bool = False


class OwnColumns(NamedTuple):
    """The columns of a list of our own, by folded names: all that are ``there``, and those ``taken`` by an import.

    Of these, ``terms`` are about a membership, and mean nothing without its plan and start.
    """

    there: frozenset[str]
    taken: frozenset[str]
    terms: frozenset[str] = frozenset()


class ExtraContact(NamedTuple):
    """An additional e-mail, phone or web address; ``name`` is its name in the file, if any.

    ``column`` is its column in the sheet; None if it comes from another kind of file.
    """

    kind: ContactKind
    name: str | None
    value: str
    column: str | None = None


class RowExtras(NamedTuple):
    """Further data of a person, as address books have: several values of a kind, notes, a photo.

    ``kept`` are properties of a vCard without a field here, as they were written, unfolded;
    ``photo`` is the picture's bytes in the file.
    """

    further: tuple[ExtraContact, ...] = ()
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    photo: bytes | None = None


NO_EXTRAS = RowExtras()


class RowNote(NamedTuple):
    """A remark on a row that needs attention: its line, the kind of remark, who the row is about, the text."""

    line: int
    kind: str
    who: str
    what: str


class Record(NamedTuple):
    """One row: the line it starts on, its values by field, and the problem, if it has one.

    Values are texts as written in the file, trimmed and never empty, but
    days are ISO days; ``odd`` are columns with values that their fields can't store; ``every`` is how often
    the rate is paid according to its name, like ``1m``; ``status`` is one of our words if it was recognized.
    ``columns`` are the columns of the sheet, by field, that can be left out of the row.
    """

    line: int
    values: Mapping[str, str]
    problem: str | None = None
    more: RowExtras = NO_EXTRAS
    columns: Mapping[str, str] = {}
    odd: tuple[tuple[str, str], ...] = ()


def doubtful_value(column: str, reason: str) -> BadInputError:
    """Return the error for a value in a column of a sheet that can be left out of its row."""
    return BadInputError(
        say(
            "{column}: {reason}; --map {ignored} ignores the column",
            column=show_controls(column),
            reason=reason,
            ignored=quoted(f"{column}=ignore"),
        )
    )
