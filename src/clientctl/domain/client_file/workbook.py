"""The contents of exports about the clients that a filter chooses: rows, contacts, days, whole sheets."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from clientctl.base import money
from clientctl.base.calendar_events import Event
from clientctl.base.joined_names import join
from clientctl.base.listing import SEPARATOR, Cell, Column, Listing
from clientctl.base.money import Money
from clientctl.base.people import Contact, NamedContact, Place
from clientctl.base.uids import UID, make_uid
from clientctl.domain.client_file.parts import PARTS
from clientctl.domain.clients import fields, preferences, tasks
from clientctl.domain.clients.client_columns import LAST_CONSENT
from clientctl.domain.clients.field_types import CONTACTS
from clientctl.domain.memberships.status import LIVE, LIVE_OR_UPCOMING, NEXT_BILLING
from clientctl.domain.money import client_balances
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import client_sql, client_uids, queries
from clientctl.domain.shared.queries import ListField, Query, Source
from clientctl.store import Reader

_CHUNK = 1_000
"""The number of contacts that are built together."""

# -- rows that can be imported again ------------------------------------------------------------

DETAILS = (
    *(UID, "first_name", "last_name", "email", "phone", "company", "position", "company_address"),
    *("birthday", "language", "login_email", "site", "client_since", "labels"),
)


def columns(db: Reader) -> dict[str, ListField]:
    """Return every column of an export that can be imported again: those of the client list, and consents."""
    return {**client_list.source(db).columns, **_consents(db)}


def rows(db: Reader, chosen: ClientFilter, keys: Sequence[str] = (), sort: str | None = None) -> Listing:
    """Return clients with every detail that an import reads, or with some columns; rows are fetched as they are read.

    They are ordered by id unless sorted. Several names in a cell are joined so that an import can separate them.
    """
    wanted = tuple(keys or (*DETAILS, *(each.key for each in fields.custom(db)), *_consents(db)))
    asked = client_list.query(db, chosen, by_id=not sort)
    asked = asked._replace(source=asked.source._replace(fields=columns(db)))
    found = queries.stream(db, asked, wanted, sort)
    exact = {at: _EXACT[column.kind] for at, column in enumerate(found.columns) if column.kind in _EXACT}

    def exactly(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        return tuple(exact[at](cell) if at in exact and cell is not None else cell for at, cell in enumerate(row))

    plain = tuple(each._replace(kind="text") if at in exact else each for at, each in enumerate(found.columns))
    return Listing(plain, map(exactly, found.rows))


_EXACT = {"words": lambda cell: join(str(cell).split(SEPARATOR))}
"""How to write the cells that a list for people would shorten, by kind."""


def _consents(db: Reader) -> dict[str, ListField]:
    """Return a column for each preference: yes for opted in, no for opted out."""
    consent = "(SELECT k.opted_in FROM consents k WHERE k.client_id = c.id AND k.preference_id = {} AND {})"
    return dict(
        queries.field(f"preference:{each.name}", each.name, consent.format(each.id, LAST_CONSENT), "flag")
        for each in preferences.all_preferences(db)
    )


# -- people -------------------------------------------------------------------------------------


def contacts(
    db: Reader, chosen: ClientFilter, *, with_notes: bool = False, with_photos: bool = False
) -> Iterator[Contact]:
    """Yield clients as contacts of an address book, by id; a thousand are fetched at a time."""
    found = queries.stream(db, client_list.query(db, chosen, by_id=True), ("id",))
    ids = (int(str(row[0])) for row in found.rows)
    while chunk := list(islice(ids, _CHUNK)):
        yield from people(db, chunk, with_notes=with_notes, with_photos=with_photos)


def people(db: Reader, ids: Sequence[int], *, with_notes: bool = False, with_photos: bool = False) -> Iterator[Contact]:
    """Yield some clients, a thousand at most, as contacts of an address book, by id."""
    line = client_uids.line(db)
    among = f"IN ({', '.join(map(str, ids))})"
    further = _further(db, among)
    places = _by_client(
        db.rows(f"SELECT client_id, name, street, postal_code, city, region, country FROM addresses"
                f" WHERE client_id {among} ORDER BY id")
    )  # fmt: skip
    labels = _by_client(
        db.rows(f"SELECT cl.client_id, l.name FROM client_labels cl JOIN labels l ON l.id = cl.label_id"
                f" WHERE cl.client_id {among} ORDER BY l.name_key")
    )  # fmt: skip
    extra_properties = _by_client(
        db.rows(f"SELECT client_id, text FROM card_properties WHERE client_id {among} ORDER BY id")
    )
    texts = (
        _by_client(db.rows(f"SELECT client_id, text FROM notes WHERE client_id {among} ORDER BY id"))
        if with_notes
        else {}
    )
    for row in db.rows(f"{_PEOPLE} WHERE c.id {among} ORDER BY c.id"):
        number, name, first, last, company, position, birthday, email, phone, at_work, photo, at = row
        of_client = further.get(number, {})
        yield Contact(
            name,
            first,
            last,
            company,
            position,
            birthday,
            (*_first(email), *of_client.get("email", ())),
            (*_first(phone), *of_client.get("phone", ())),
            tuple(of_client.get("url", ())),
            tuple(Place(*place) for place in places.get(number, ())),
            tuple(each[0] for each in labels.get(number, ())),
            tuple(each[0] for each in texts.get(number, ())),
            tuple(each[0] for each in extra_properties.get(number, ())),
            _picture(db, photo) if photo and with_photos else None,
            make_uid(line, number),
            at,
            at_work,
        )


_PEOPLE = f"""SELECT c.id, {client_sql.NAME}, c.first_name, c.last_name, c.company, c.position, c.birthday_on, c.email,
    c.phone, c.company_address, c.photo, k.at FROM clients c JOIN commands k ON k.id = c.moved_by"""


def _further(db: Reader, among: str) -> dict[int, dict[str, list[NamedContact]]]:
    """Return the e-mails, phones and web addresses in custom fields, by client and type."""
    found: dict[int, dict[str, list[NamedContact]]] = {}
    several = [each for each in fields.custom(db) if each.type in CONTACTS]
    for each in several:
        of_field = f"client_id {among} AND field_id = {each.id}"
        for client, value in db.rows(f"SELECT client_id, value FROM field_values WHERE {of_field} ORDER BY id"):
            found.setdefault(client, {}).setdefault(each.type, []).append(NamedContact(each.name, value))
    return found


def _by_client(found: Iterable[tuple[Any, ...]]) -> dict[int, list[tuple[Any, ...]]]:
    by_client: dict[int, list[tuple[Any, ...]]] = {}
    for client, *rest in found:
        by_client.setdefault(client, []).append(tuple(rest))
    return by_client


def _first(value: str | None) -> tuple[NamedContact, ...]:
    return (NamedContact(None, value),) if value else ()


def _picture(db: Reader, digest: str) -> bytes:
    from clientctl.store import attachments

    with attachments.open_verified(db.path, digest) as file:
        return file.read()


# -- days ---------------------------------------------------------------------------------------


def _revised(*tables: str) -> str:
    """Return in SQL when the records that a title and a day come from were last changed."""
    last = (  # of one value, max would be that of all rows
        f"""(SELECT k.at FROM {each}_log l JOIN commands k ON k.id = l.command_id WHERE l.id = {_ALIASES[each]}.id
            ORDER BY l.seq DESC LIMIT 1)"""
        for each in tables
    )
    return f"max('', {', '.join(last)})"


_ALIASES = {"clients": "c", "memberships": "m", "plans": "p", "tasks": "t"}


class _Days(NamedTuple):
    """A kind of days: its query, the id of the client in it, and whether it returns every year."""

    sql: str
    client: str
    yearly: bool = False


_OF_THEM = _revised("memberships", "clients", "plans")
_OF_MEMBERSHIP = "FROM memberships m JOIN clients c ON c.id = m.client_id JOIN plans p ON p.id = m.plan_id"

DAYS = {
    "birthdays": _Days(
        f"""SELECT c.id, 'Birthday: ' || {client_sql.NAME}, c.birthday_on, {_revised("clients")}
            FROM clients c WHERE c.birthday_on IS NOT NULL""",
        "c.id",
        yearly=True,
    ),
    "ends": _Days(
        f"""SELECT m.id, p.name || ' ends: ' || {client_sql.NAME}, m.last_on, {_OF_THEM}
            {_OF_MEMBERSHIP} WHERE m.last_on IS NOT NULL AND {LIVE_OR_UPCOMING}""",
        "c.id",
    ),
    "billing": _Days(
        f"""SELECT m.id, p.name || ' is billed: ' || {client_sql.NAME}, {NEXT_BILLING},
            {_OF_THEM} {_OF_MEMBERSHIP} WHERE {NEXT_BILLING} IS NOT NULL AND {LIVE_OR_UPCOMING}""",
        "c.id",
    ),
    "tasks": _Days(
        f"""SELECT t.id, t.description || ': ' || {client_sql.NAME}, t.due_on, {_revised("tasks", "clients")}
            FROM tasks t JOIN clients c ON c.id = t.client_id WHERE t.due_on IS NOT NULL AND {tasks.OPEN}""",
        "c.id",
    ),
}
"""The kinds of days in a calendar, in SQL: id, title, day, when it was last changed."""


def days(db: Reader, chosen: ClientFilter, kinds: Sequence[str]) -> Iterator[Event]:
    """Yield the days of the chosen clients, kind by kind, by day."""
    line = client_uids.line(db)
    for kind in kinds:
        sql, client, yearly = DAYS[kind]
        where = queries.where_among(db, client, client_list.query(db, chosen))
        values = {"today": db.today.isoformat(), **where.values}
        for number, title, on, revised in db.stream(f"{sql} AND {where.sql} ORDER BY 3, 1", values):
            yield Event(f"{kind}-{number}@{line}.clientctl", title, on, revised, yearly)


# -- whole sheets -------------------------------------------------------------------------------


SHEETS: dict[str, Source | None] = {
    "clients": None,
    **{part.key: part.source for part in PARTS if part.is_sheet},
}
"""The sheets of a workbook; that of clients has its own columns."""


def sheet(db: Reader, name: str, chosen: ClientFilter) -> Listing:
    """Return the rows of a sheet about the chosen clients, fetched as they are read."""
    wanted = SHEETS[name]
    if wanted is None:
        return client_list.stream_sheet(db, chosen)
    where = queries.where_among(db, wanted.client, client_list.query(db, chosen))
    return queries.stream(db, Query(wanted, [where]), tuple(wanted.fields))


def summaries(db: Reader, chosen: ClientFilter) -> dict[str, Listing]:
    """Return what the charts show, by title: rows of a name or month and a number."""
    found = {}
    for title, name, number, sql, client in _SUMMARIES:
        where = queries.where_among(db, client, client_list.query(db, chosen))
        values = {"today": db.today.isoformat(), **where.values}
        counted = db.rows(sql.format(chosen=where.sql), values)
        found[title] = Listing((name, Column("number", number, "integer")), counted)
    return found | _revenue(db, chosen)


def _revenue(db: Reader, chosen: ClientFilter) -> dict[str, Listing]:
    """Sum the money received in each of the last twelve months, less refunds; one list for each currency."""
    where = queries.where_among(db, "y.client_id", client_list.query(db, chosen))
    values = {"today": db.today.isoformat(), **where.values}
    columns = (_MONTH, Column("number", "Received", "decimal"))
    found = {}
    received = f"FROM payments y WHERE {where.sql} AND y.paid_on >= date(:today, 'start of month', '-11 months')"
    for (currency,) in db.rows(f"SELECT DISTINCT y.currency {received} ORDER BY 1", values):
        sums = db.rows(
            f"""{_MONTHS}, received(first, minor) AS
                (SELECT substr(y.paid_on, 1, 7) || '-01', sum({client_balances.NET}) {received}
                    AND y.currency = :currency GROUP BY 1)
                SELECT substr(months.first, 1, 7), coalesce(minor, 0) FROM months LEFT JOIN received USING (first)
                ORDER BY 1""",
            {**values, "currency": currency},
        )
        rows = [(month, money.format_amount(Money(minor, currency))) for month, minor in sums]
        found[f"Revenue by month, {currency}"] = Listing(columns, rows)
    return found


_MONTHS = """WITH RECURSIVE months(first) AS (SELECT date(:today, 'start of month', '-11 months')
    UNION ALL SELECT date(first, '+1 month') FROM months WHERE first < date(:today, 'start of month'))"""
"""The first days of the last twelve months, in SQL."""
_MONTH = Column("month", "Month")

_SUMMARIES = (
    (
        "Members by plan",
        Column("name", "Plan"),
        "Members",
        f"""SELECT p.name, count(DISTINCT m.client_id) FROM memberships m JOIN plans p ON p.id = m.plan_id
            WHERE {LIVE} AND {{chosen}} GROUP BY p.id ORDER BY 2 DESC, p.name_key""",
        "m.client_id",
    ),
    (
        "New clients by month",
        _MONTH,
        "Clients",
        f"""{_MONTHS}, joined(first, number) AS (SELECT substr(c.client_since_on, 1, 7) || '-01', count(*)
               FROM clients c WHERE {{chosen}} GROUP BY 1)
           SELECT substr(months.first, 1, 7), coalesce(number, 0) FROM months LEFT JOIN joined USING (first)
           ORDER BY 1""",
        "c.id",
    ),
)
"""The charts: title, name column, title of the number, SQL, the client id in it."""


# -- addresses to write to ----------------------------------------------------------------------


def addresses(db: Reader, chosen: ClientFilter) -> Listing:
    """List e-mail addresses, each once, with the name of the first client who has it."""
    from clientctl.base import emails

    found = queries.stream(db, client_list.query(db, chosen), ("email", "first_name", "last_name", "name"))
    once: dict[str, tuple[Cell, ...]] = {}
    for row in found.rows:
        if row[0]:
            once.setdefault(emails.key(str(row[0])), row)
    return Listing(found.columns, list(once.values()))
