"""Meet a person who buys, books or writes: a client already, or made one."""

from typing import NamedTuple

from clientctl.base import phones, text
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.matching import Candidates
from clientctl.domain.clients.record import Client, Columns
from clientctl.domain.clients.same_person import Person
from clientctl.store import Reader, Writer


class Met(NamedTuple):
    """The client that somebody is; ``doubt`` says why they may be another one, who has the same e-mail."""

    client: Client
    doubt: str | None = None


def met(db: Writer, typed: dict[str, str | None], source: str) -> Met:
    """Find the client that somebody is, by e-mail when the names agree, or by phone and name; else add one.

    ``typed`` are their columns. Of a new client it is said who has the same e-mail, phone or name.
    Raise AmbiguousError when several could be meant.
    """
    values, warnings = clients.normalized(db, typed)
    for warning in warnings:
        db.notify(warning)
    person = Person.from_columns(values)._replace(is_parted=True)
    people = Candidates.who_could_be(db, [person])
    match = people.match(person)
    if match.doubt:
        raise client_selectors.several(db, typed.get("email") or typed.get("phone") or "", match.about)
    if match.client:
        found = clients.get(db, match.client)
        if people.name_is_other(found.id, person):  # people marry
            db.notify(f"{_called(values)} is taken for client {found.id} {found.name}")
        else:
            db.notify(f"{found.name} is client {found.id} already")
        return Met(found)
    namesakes = _namesakes(db, values)
    made = clients.get(db, clients.add(db, values, source=source))
    db.numbers.remove(str(made.id))  # the command is about what the client buys or writes
    emailed, phoned = people.having("email", person.email), people.having("phone", person.phone)
    same_email = _shared(db, made.email, emailed)
    shared = same_email + _shared(db, made.phone and phones.format_for_people(made.phone), phoned)
    db.notify("; ".join([f"Added client {made.id}: {made.name}", *(shared or namesakes)]))
    if shared:
        db.notify(
            f"They may be the same person: `clientctl client merge {(emailed + phoned)[0]} {made.id}` makes one of them"
        )
    return Met(made, f"{made.name} {' and '.join(same_email)}" if same_email else None)


def _called(values: Columns) -> str:
    return " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))


def _shared(db: Reader, contact: str | None, others: tuple[int, ...]) -> list[str]:
    """Return whose an e-mail or a phone is too."""
    return [f"shares {contact} with client {each} {clients.get(db, each).name}" for each in others]


def _namesakes(db: Reader, values: Columns) -> list[str]:
    """Return who has the same name."""
    name = _called(values)
    rows = db.rows(
        "SELECT id FROM client_search WHERE last_first = :name OR first_last = :name ORDER BY id LIMIT 1",
        {"name": text.fold(name)},
    )
    article = "an" if text.fold(name)[:1] in tuple("aeiou") else "a"
    return [f"{article} {name} is client {client_id} already" for (client_id,) in rows if name]
