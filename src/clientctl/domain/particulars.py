"""Take in what rows of a file say of clients besides the columns of their record, set by set.

That is values of the owner's fields, kept where the client has none, labels, made where there are
none of that name, and what people are opted in to, never turned on for who has opted out.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base.records import Target
from clientctl.domain import clients, field_values, fields, labels, preferences
from clientctl.domain.fields import Field
from clientctl.domain.matching import Arrivals
from clientctl.domain.preferences import Preference
from clientctl.errors import UsageError
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.base.listing import Cell

_CHUNK = 5_000
"""Values bound in one query; SQLite takes 32,766."""

_LABELS = "labels"
_GROUPS_OF_GOOGLE = "* "
"""How the names of groups begin that are not the practitioner's own: ``* myContacts``."""

_GOOGLE_SEPARATOR = " ::: "


class Particulars(NamedTuple):
    """What a row says of a client: values as stored with their keys, names of labels, what is opted in to or out of."""

    values: tuple[tuple[Field, dict[str, str]], ...]
    labels: tuple[str, ...]
    consents: tuple[tuple[Preference, bool], ...]


def targets(db: Reader) -> list[Target]:
    """List what a column of a file can be in this practice besides what it can be everywhere."""
    built_in = [Target(each.key, (each.name,)) for each in fields.all_fields(db) if each.built_in]
    own = [Target(_of_field(each), (each.key, each.name), each.type == "date") for each in fields.custom(db)]
    consents = [Target(_of_preference(each), (), is_consent=True) for each in preferences.all_preferences(db)]
    return [*own, *built_in, *consents]


class Reading:
    """Understand what rows say of clients besides their record."""

    def __init__(self, db: Reader) -> None:
        self._fields = {_of_field(each): each for each in fields.custom(db)}
        self._preferences = {_of_preference(each): each for each in preferences.all_preferences(db)}
        self._targets = frozenset({*self._fields, *self._preferences, _LABELS})
        self._value = lru_cache(maxsize=50_000)(lambda of, given: field_values.canonical(db, of, given))
        self._flag = lru_cache(maxsize=1_000)(self._is_opted_in)
        self._labels = lru_cache(maxsize=10_000)(lambda given: tuple(_names(db, given)))
        self._db = db

    def of(self, values: Mapping[str, str]) -> Particulars | None:
        """Understand a row; None when it says nothing more. Raise ClientctlError for a value that is refused."""
        if self._targets.isdisjoint(values):
            return None
        of_fields = {of: values[target] for target, of in self._fields.items() if target in values}
        consents = {of: values[target] for target, of in self._preferences.items() if target in values}
        return Particulars(
            tuple((of, self._values(of, given)) for of, given in of_fields.items()),
            self._labels(values[_LABELS]) if _LABELS in values else (),
            tuple((of, self._flag(of, given)) for of, given in consents.items()),
        )

    def _values(self, of: Field, given: str) -> dict[str, str]:
        """Check what a cell holds, several choices parted by ``;``; give values by their keys."""
        if of.type != "choices":
            value, key = self._value(of, given)
            return {key: value}
        return {key: value for value, key in (self._value(of, each) for each in _parts(given))}

    def _is_opted_in(self, of: Preference, given: str) -> bool:
        asked = Field(None, "", of.name, "yes-no", False, False, (), 0, None)
        return field_values.canonical(self._db, asked, given)[0] == "1"


class Gathering:
    """What is said of many clients besides their record, stored when all is known."""

    def __init__(self, db: Writer) -> None:
        self._db = db
        self._said: list[tuple[int, int, Particulars]] = []
        self._lines: set[int] = set()
        self.changed: set[int] = set()
        self.made_labels: list[str] = []
        self.refused: set[int] = set()

    def take(self, line: int, client_id: int, particulars: Particulars) -> None:
        """Take note of what a row says of a client."""
        self._said.append((line, client_id, particulars))

    def store(self, arrivals: Arrivals) -> set[int]:
        """Store it, when the clients are; return the lines that change something.

        ``changed`` are then the clients changed, ``refused`` those not opted in for having opted out.
        """
        self._store_values({client for _, client, _ in self._said if arrivals.is_known(client)})
        self._store_labels()
        self._store_consents()
        clients.move(self._db, self.changed - arrivals.new.keys() - arrivals.updated.keys())
        return self._lines

    def _store_values(self, known: Iterable[int]) -> None:
        have = set(self._held(sorted(known)))
        rows: list[dict[str, Cell]] = []
        for line, client, particulars in self._said:
            for of, values in particulars.values:
                if (client, of.id) not in have:
                    have.add((client, of.id))
                    self._note(line, client)
                    of_client = {"client_id": client, "field_id": of.id}
                    rows += [{**of_client, "value": value, "value_key": key} for key, value in values.items()]
        self._db.insert_many("field_values", rows)

    def _held(self, ids: list[int]) -> Iterator[tuple[int, int | None]]:
        """List which clients have something in which fields."""
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            yield from self._db.rows(
                f"SELECT DISTINCT client_id, field_id FROM field_values WHERE client_id IN ({marks})", chunk
            )

    def _store_labels(self) -> None:
        wanted: dict[str, dict[int, int]] = {}
        for line, client, particulars in self._said:
            for name in particulars.labels:
                wanted.setdefault(name, {}).setdefault(client, line)
        for name, line_of in wanted.items():
            label, made = labels.found_or_made(self._db, name)
            if made:
                self.made_labels.append(label.name)
            for client in labels.attach_to_many(self._db, label.id, line_of):
                self._note(line_of[client], client)

    def _store_consents(self) -> None:
        """Keep who opted in or out; of rows that differ about the same client, out counts."""
        wanted: dict[Preference, dict[int, tuple[bool, int]]] = {}
        for line, client, particulars in self._said:
            for of, opted in particulars.consents:
                of_clients = wanted.setdefault(of, {})
                if client not in of_clients or (of_clients[client][0] and not opted):
                    of_clients[client] = opted, line
        for of, said in wanted.items():
            taken = preferences.from_import(self._db, of, {client: opted for client, (opted, _) in said.items()})
            self.refused |= taken.refused
            for client in taken.kept:
                self._note(said[client][1], client)

    def _note(self, line: int, client: int) -> None:
        self._lines.add(line)
        self.changed.add(client)


def contacts(particulars: Particulars | None) -> tuple[tuple[str, str], ...]:
    """Give the further e-mails and phones in what a row says: their kinds and keys."""
    if particulars is None:
        return ()
    return tuple((of.type, key) for of, values in particulars.values if of.type in {"email", "phone"} for key in values)


def _names(db: Reader, given: str) -> Iterator[str]:
    """Part the names of labels, and check each. Raise AmbiguousError, UsageError."""
    for name in _parts(given.replace(_GOOGLE_SEPARATOR, ";")):
        if not name.startswith(_GROUPS_OF_GOOGLE):
            labels.check_name(db, name)
            yield name


def _parts(given: str) -> list[str]:
    parts = [part for part in map(str.strip, given.split(";")) if part]
    if not parts:
        raise UsageError(f"{given!r} holds nothing between its semicolons: leave it empty")
    return parts


def _of_field(of: Field) -> str:
    return f"field:{of.key}"


def _of_preference(of: Preference) -> str:
    return f"preference:{of.name}"
