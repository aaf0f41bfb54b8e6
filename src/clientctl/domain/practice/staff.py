"""Know who works here and who acts."""

import os
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.domain.practice import settings
from clientctl.domain.shared import archiving, by_name, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import Reader, Writer

SOURCE = Source(
    plural="staff",
    fields=dict(
        (
            field("id", "Id", "w.id", "integer"),
            field("name", "Name", "w.name", order="w.name_key"),
            field(
                "tasks",
                "Open tasks",
                "(SELECT count(*) FROM tasks t WHERE t.staff_id = w.id AND t.done_on IS NULL)",
                "integer",
            ),
            field("archived", "Archived", "w.archived_on", "day"),
        )
    ),
    origin="staff w",
    shown=("id", "name", "tasks"),
    number="id",
    order=("w.name_key", "w.id"),
)


class Person(NamedTuple):
    """Somebody who works here, or did."""

    id: int
    name: str
    archived_on: str | None


_SELECT = "SELECT id, name, archived_on FROM staff"


def card(db: Reader, number: str) -> Card:
    """Show somebody."""
    return queries.card(db, SOURCE, Where("w.id = :record", {"record": int(number)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> Person:
    """Find someone by name or, unless ``exactly``, its beginning. Raise NotFoundError naming who works here."""
    row = db.row(f"{_SELECT} WHERE id = ?", (by_name.id_of(db, "staff", name, exactly=exactly),))
    if row is None:
        names = ", ".join(row[0] for row in db.rows("SELECT name FROM staff WHERE archived_on IS NULL ORDER BY id"))
        raise NotFoundError(f"nobody called {text.quoted(name)} works here: there is {names}")
    return Person(*row)


def find_working(db: Reader, name: str) -> Person:
    """Find someone who can act and be given work. Raise RefusedError for who is archived."""
    person = find(db, name)
    if person.archived_on:
        raise RefusedError(
            f"{person.name} has not worked here since {person.archived_on}: name somebody else, or"
            f" `clientctl staff restore {text.word(person.name)}` first"
        )
    return person


def who_acts(db: Reader) -> Person:
    """Return who acts: ``CLIENTCTL_USER``, else the setting ``user``, else the first of those who work here."""
    for source, name in (("CLIENTCTL_USER", os.environ.get("CLIENTCTL_USER")), ("user", settings.get(db, "user"))):
        if name:
            person = find(db, name, exactly=True)
            if person.archived_on:
                raise RefusedError(
                    f"{source} says that {person.name} acts, who has not worked here since {person.archived_on}: "
                    "name somebody else in CLIENTCTL_USER"
                )
            return person
    row = db.row(f"{_SELECT} WHERE archived_on IS NULL ORDER BY id")
    return Person(*(row or ()))  # never empty: the last one can't be archived


def owner(db: Reader) -> Person:
    """Return the first of those who work here, or ever did: whose file it is."""
    return Person(*(db.row(f"{_SELECT} ORDER BY id") or ()))


def acting(db: Reader) -> str:
    """Return the name of who acts, as the journal keeps it."""
    return who_acts(db).name


def add(db: Writer, name: str) -> Person:
    """Add someone. Raise RefusedError when the name is taken."""
    kept, key = _checked(db, name)
    person_id = db.insert("staff", name=kept, name_key=key)
    db.note_number(str(person_id))
    return Person(person_id, kept, None)


def rename(db: Writer, person: Person, name: str) -> Person:
    """Rename someone; the setting ``user`` follows, entries of the journal stay as they were signed."""
    kept, key = _checked(db, name, but=person.id)
    acts = _acts_by_setting(db, person)
    db.update("staff", person.id, name=kept, name_key=key)
    if acts:
        settings.put(db, "user", kept)
    db.note_number(str(person.id))
    return person._replace(name=kept)


def archive(db: Writer, person: Person) -> bool:
    """Let someone act and be given work no more; say whether that is new.

    Raise RefusedError for the last one who works here, and for who acts by the setting ``user``.
    """
    if not person.archived_on:
        if not db.row("SELECT 1 FROM staff WHERE archived_on IS NULL AND id <> ?", (person.id,)):
            raise RefusedError(f"{person.name} is the last one who works here: add somebody else first")
        if _acts_by_setting(db, person):
            raise RefusedError(
                f"the setting user says that {person.name} acts: `clientctl config set user --default` ends that"
            )
    return archiving.archive(db, "staff", person.id, person.archived_on)


def restore(db: Writer, person: Person) -> bool:
    """Let someone work here again; say whether that is new."""
    return archiving.restore(db, "staff", person.id, person.archived_on)


def open_tasks(db: Reader, person: Person) -> int:
    """Count what someone still has to do."""
    return int(db.value("SELECT count(*) FROM tasks WHERE staff_id = ? AND done_on IS NULL", (person.id,)))


def _acts_by_setting(db: Reader, person: Person) -> bool:
    return text.fold(settings.get(db, "user") or "") == text.fold(person.name)


def _checked(db: Reader, name: str, but: int | None = None) -> tuple[str, str]:
    kept, key = text.parse_name(name, "somebody who works here")
    if db.row("SELECT 1 FROM staff WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(
            f"somebody called {text.quoted(kept)} works here already: choose another name, or restore it"
        )
    return kept, key
