"""Marketing preferences: what clients can opt in to, and every consent or refusal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.client_columns import LAST_CONSENT
from clientctl.domain.clients.record import Client
from clientctl.domain.shared import by_name, client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import CONSENT_MADE_BY


def _count_sql(opted_in: int) -> str:
    """Return the SQL that counts the listed clients who are opted in to, or out of, a preference ``p``."""
    return f"""(SELECT count(*) FROM consents k JOIN clients c ON c.id = k.client_id
        WHERE k.preference_id = p.id AND k.opted_in = {opted_in} AND {LAST_CONSENT} AND {client_sql.LISTED})"""


SOURCE = Source(
    plural="preferences",
    fields=dict(
        (
            field("id", "Id", "p.id", "integer"),
            field("name", "Name", "p.name", order="p.name_key"),
            field("opted_in", "Opted in", _count_sql(1), "integer"),
            field("opted_out", "Opted out", _count_sql(0), "integer"),
        )
    ),
    origin="preferences p",
    shown=("id", "name", "opted_in", "opted_out"),
    number="id",
    order=("p.name_key", "p.id"),
)

_RECORDED = f"(SELECT {{}} FROM commands d WHERE d.id = {CONSENT_MADE_BY.format('k')})"

CONSENTS = Source(
    plural="consents",
    fields=dict(
        (
            field("id", "Id", "k.id", "integer"),
            field("on", "On", "k.given_on", "day"),
            field("client_id", "Client id", "k.client_id", "integer"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("preference", "Preference", "p.name", order="p.name_key"),
            field("opted", "Opted", "CASE WHEN k.opted_in THEN 'in' ELSE 'out' END"),
            field("how", "How", "k.how"),
            field("from", "From", "k.source"),
            field("counts", "Counts", LAST_CONSENT, "flag"),
            field("kept_at", "Kept at", _RECORDED.format("d.at"), "instant"),
            field("kept_by", "Kept by", _RECORDED.format("d.who")),
        )
    ),
    origin="consents k JOIN preferences p ON p.id = k.preference_id JOIN clients c ON c.id = k.client_id",
    joins={"s": "LEFT JOIN client_search s ON s.id = c.id"},
    shown=("id", "on", "client_id", "client", "preference", "opted", "how", "from", "kept_at", "kept_by"),
    number="id",
    order=("k.given_on", "k.id"),
    client="k.client_id",
)

STANDING = CONSENTS._replace(
    plural="preferences",
    fields={key: CONSENTS.fields[key] for key in ("preference", "opted", "on", "how", "from")},
    origin=f"{CONSENTS.origin} AND {LAST_CONSENT}",
    shown=("preference", "opted", "on", "how", "from"),
    order=("p.name_key",),
)
"""What clients last agreed or refused to receive, for each preference."""


class Preference(NamedTuple):
    """A kind of message that clients can opt in to."""

    id: int
    name: str


class Change(NamedTuple):
    """The result of an opt-in or opt-out: ``same_since`` when nothing changed, ``until`` when a later one differs.

    Both are ISO days.
    """

    client_id: int
    preference: Preference
    same_since: str | None
    until: str | None


def like(wanted: str) -> list[Where]:
    """Filter by names that contain a text; without a letter or digit, none match."""
    return [Where("instr(p.name_key, nullif(:preference, '')) > 0", {"preference": text.fold(wanted)})]


def card(db: Reader, preference_id: str) -> Card:
    """Return a preference as a record to show."""
    return queries.card(db, SOURCE, Where("p.id = :record", {"record": int(preference_id)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> Preference:
    """Find a preference by name or, unless ``exactly``, its beginning. Raise NotFoundError when there is none."""
    found = by_name.find_id(db, "preferences", name, exactly=exactly)
    row = db.row("SELECT id, name FROM preferences WHERE id = ?", (found,))
    if row is None:
        raise NotFoundError(
            say(
                "no preference {name}: `clientctl preference list` lists them, `clientctl preference add "
                "{typed}` adds one",
                name=text.quoted(name),
                typed=text.name_word(name),
            )
        )
    return Preference(*row)


def all_preferences(db: Reader) -> list[Preference]:
    """List all preferences, by name."""
    return [Preference(*row) for row in db.rows("SELECT id, name FROM preferences ORDER BY name_key")]


def add(db: Writer, name: str) -> Preference:
    """Add a preference. Raise RefusedError when one with that name exists."""
    name, key = _check_name(db, name)
    made = Preference(db.insert("preferences", name=name, name_key=key), name)
    db.note_number(str(made.id))
    return made


def rename(db: Writer, preference: Preference, name: str) -> Preference:
    """Rename a preference; its consents remain. Raise RefusedError for a name that is taken."""
    name, key = _check_name(db, name, but=preference.id)
    db.update("preferences", preference.id, name=name, name_key=key)
    db.note_number(str(preference.id))
    return preference._replace(name=name)


def remove(db: Writer, preference: Preference) -> tuple[int, int]:
    """Delete a preference and its consents; return how many consents, and of how many clients."""
    gone = db.rows("SELECT id, client_id FROM consents WHERE preference_id = ?", (preference.id,))
    for row_id, _ in gone:
        db.delete("consents", row_id)
    people = {client_id for _, client_id in gone}
    clients.move(db, people)
    db.delete("preferences", preference.id)
    db.note_number(str(preference.id))
    return len(gone), len(people)


def count_consents(db: Reader, preference: Preference) -> tuple[int, int]:
    """Count the consents to a preference, and the clients who gave them."""
    row = db.row("SELECT count(*), count(DISTINCT client_id) FROM consents WHERE preference_id = ?", (preference.id,))
    return row or (0, 0)


def record(
    db: Writer,
    people: Sequence[Client],
    preferences: Sequence[Preference],
    opted: bool,
    *,
    on: date | None = None,
    how: str | None = None,
) -> list[Change]:
    """Record by hand that clients opted in to preferences, or out of them, on a day; return the result of each.

    Nothing is recorded where the client's choice on that day was the same. Raise UsageError for a day in the
    future, RefusedError for an erased client.
    """
    for client in people:
        clients.check_not_erased(client)
    day = on or db.today
    if day > db.today:
        raise UsageError(say("{day} is in the future: record a consent on the day it was given, or later", day=day))
    how = text.clean_optional_line(how)
    changes = [
        _record(db, client.id, preference, opted, day, "hand", how)
        for client in people
        for preference in dict.fromkeys(preferences)
    ]
    clients.move(db, {change.client_id for change in changes if not change.same_since})
    db.note_number(*(str(client.id) for client in people))
    return changes


class ImportedConsents(NamedTuple):
    """The clients whom an import newly opted in or out, and those not opted in because they had opted out before."""

    changed: set[int]
    refused: set[int]


def record_import(db: Writer, preference: Preference, said: Mapping[int, bool]) -> ImportedConsents:
    """Record the consents of an imported file, by the ids of clients, many at once.

    A file may be old: it never opts in a client who has opted out.
    """
    stand = {client_id: (bool(opted), day) for client_id, opted, day in _current_choices(db, preference, said)}
    today = db.today.isoformat()
    new = {
        client_id: max(today, stand.get(client_id, (None, today))[1])
        for client_id, opted in said.items()
        if client_id not in stand or (stand[client_id][0] and not opted)
    }
    db.insert_many(
        "consents",
        (
            {
                "client_id": client_id,
                "preference_id": preference.id,
                "opted_in": int(said[client_id]),
                "given_on": day,
                "source": "import",
            }
            for client_id, day in new.items()
        ),
    )
    refused = {client_id for client_id, opted in said.items() if opted and not stand.get(client_id, (True,))[0]}
    return ImportedConsents(set(new), refused)


def _current_choices(db: Reader, preference: Preference, ids: Iterable[int]) -> list[tuple[int, int, str]]:
    """List the current choice of clients for a preference, and its day."""
    return db.rows(
        f"""SELECT k.client_id, k.opted_in, k.given_on FROM consents k
            WHERE k.client_id IN {AMONG} AND k.preference_id = ? AND {LAST_CONSENT}""",
        (json_array(ids), preference.id),
    )


def merge_opt_outs(db: Writer, survivor: int, merged: int) -> None:
    """Record for the survivor of a merge the opt-outs that only one of the two has.

    Has to run before the consents of the merged client become the survivor's.
    """
    for (preference_id,) in db.rows("SELECT id FROM preferences ORDER BY id"):
        said = [_choice_on(db, client_id, preference_id, date.max) for client_id in (survivor, merged)]
        days = [each[1] for each in said if each]
        if {each[0] for each in said if each} == {0, 1}:
            _insert(db, survivor, preference_id, False, max(db.today.isoformat(), *days), "merge", None)


def current_choice(db: Reader, client_id: int, preference_id: int) -> int | None:
    """Return the current choice of a client for a preference: 1 opted in, 0 opted out, None unknown."""
    row = _choice_on(db, client_id, preference_id, date.max)
    return row[0] if row else None


def _record(
    db: Writer, client_id: int, preference: Preference, opted: bool, day: date, source: str, how: str | None
) -> Change:
    before = _choice_on(db, client_id, preference.id, day)
    if before and bool(before[0]) is opted:
        return Change(client_id, preference, before[1], None)
    _insert(db, client_id, preference.id, opted, day.isoformat(), source, how)
    after = _choice_on(db, client_id, preference.id, date.max)
    return Change(client_id, preference, None, after[1] if after and bool(after[0]) is not opted else None)


def _insert(
    db: Writer, client_id: int, preference_id: int, opted: bool, day: str, source: str, how: str | None
) -> None:
    db.insert(
        "consents",
        client_id=client_id,
        preference_id=preference_id,
        opted_in=int(opted),
        given_on=day,
        source=source,
        how=how,
    )


def _choice_on(db: Reader, client_id: int, preference_id: int, day: date) -> tuple[int, str] | None:
    """Find the last choice of a client for a preference up to a day, and its day."""
    return db.row(
        """SELECT opted_in, given_on FROM consents WHERE client_id = ? AND preference_id = ? AND given_on <= ?
           ORDER BY given_on DESC, id DESC LIMIT 1""",
        (client_id, preference_id, day.isoformat()),
    )


def _check_name(db: Reader, name: str, but: int | None = None) -> tuple[str, str]:
    name, key = text.parse_name(name, say("a preference"))
    if db.row("SELECT 1 FROM preferences WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(say("the preference {name} already exists: choose another name", name=text.quoted(name)))
    return name, key
