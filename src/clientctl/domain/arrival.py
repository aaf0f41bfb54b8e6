"""Meet a person who buys, books or writes: a client already, or made one."""

from clientctl.domain import clients, find
from clientctl.domain.clients import Client
from clientctl.domain.matching import People, Person
from clientctl.store import Writer


def met(db: Writer, typed: dict[str, str | None], source: str) -> Client:
    """Find the client that somebody is, by e-mail, or by phone and name; else add one. ``typed`` are their columns.

    Of who has the same e-mail under quite another name a new client is made, and it is said.
    Raise AmbiguousError when several could be meant.
    """
    values, warnings = clients.normalised(db, typed)
    for warning in warnings:
        db.tell(warning)
    person = Person.of(values)
    people = People.who_could_be(db, [person])
    match = people.match(person, same_email="apart")
    if match.doubt:
        raise find.several(db, typed.get("email") or typed.get("phone") or "", match.about)
    if match.client:
        found = clients.get(db, match.client)
        db.tell(f"{found.name} is client {found.id} already")
        return found
    other = people.match(person).about
    if other:
        db.tell(f"Client {other[0]} has this e-mail too, under another name")
    made = clients.get(db, clients.add(db, values, source=source))
    db.touched.remove(str(made.id))  # the command is about what the client buys or writes
    db.tell(f"Added client {made.id}: {made.name}")
    return made
