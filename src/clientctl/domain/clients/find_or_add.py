"""The client for a person who buys, books or writes: an existing one, or a new one."""

from typing import NamedTuple

from clientctl.base import phones, text
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.matching import Candidates
from clientctl.domain.clients.record import Client, Columns
from clientctl.domain.clients.same_person import Person
from clientctl.store import Reader, Writer


class FoundOrAdded(NamedTuple):
    """The client found or added; ``doubt`` is why it may be another client, who has the same e-mail."""

    client: Client
    doubt: str | None = None


def find_or_add(db: Writer, typed: dict[str, str | None], source: str) -> FoundOrAdded:
    """Find a client by e-mail, when the names agree, or by phone and name; else add one.

    ``typed`` are the columns. For a new client, notify the user of others with the same e-mail, phone or name.
    Raise AmbiguousError when several clients match.
    """
    values, warnings = clients.normalized(db, typed)
    for warning in warnings:
        db.notify(warning)
    person = Person.from_columns(values)._replace(is_parted=True)
    people = Candidates.who_could_be(db, [person])
    match = people.match(person)
    if match.doubt:
        raise client_selectors.ambiguous_error(db, typed.get("email") or typed.get("phone") or "", match.about)
    if match.client:
        found = clients.get(db, match.client)
        if people.name_is_other(found.id, person):  # people marry and take another name
            db.notify(
                say("{values} matches client {id} {name}", values=_full_name(values), id=found.id, name=found.name)
            )
        else:
            db.notify(say("{name} is client {id} already", name=found.name, id=found.id))
        return FoundOrAdded(found)
    namesakes = _namesakes(db, values)
    made = clients.get(db, clients.add(db, values, source=source))
    db.numbers.remove(str(made.id))  # the answer names what the client buys or writes
    emailed, phoned = people.having("email", person.email), people.having("phone", person.phone)
    same_email = _shared(db, made.email, emailed)
    shared = same_email + _shared(db, made.phone and phones.format_for_people(made.phone), phoned)
    db.notify("; ".join([say("Added client {id}: {name}", id=made.id, name=made.name), *(shared or namesakes)]))
    if shared:
        db.notify(
            say(
                "They may be the same person: `clientctl client merge {emailed} {id}` merges them",
                emailed=(emailed + phoned)[0],
                id=made.id,
            )
        )
    return FoundOrAdded(made, f"{made.name} {say(' and ').join(same_email)}" if same_email else None)


def _full_name(values: Columns) -> str:
    return " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))


def _shared(db: Reader, contact: str | None, others: tuple[int, ...]) -> list[str]:
    """List the other clients who have an e-mail or a phone."""
    return [
        say("shares {contact} with client {id} {name}", contact=contact, id=each, name=clients.get(db, each).name)
        for each in others
    ]


def _namesakes(db: Reader, values: Columns) -> list[str]:
    """List one client who has the same name."""
    name = _full_name(values)
    rows = db.rows(
        "SELECT id FROM client_search WHERE last_first = :name OR first_last = :name ORDER BY id LIMIT 1",
        {"name": text.fold(name)},
    )
    begins_with_vowel = text.fold(name)[:1] in tuple("aeiou")
    return [
        say("an {name} is client {id} already", name=name, id=client_id)
        if begins_with_vowel
        else say("a {name} is client {id} already", name=name, id=client_id)
        for (client_id,) in rows
        if name
    ]
