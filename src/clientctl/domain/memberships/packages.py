"""Packages: numbers of sessions bought, used and left. The balance belongs to the package, not to the client."""

from datetime import date
from typing import Any, NamedTuple

from clientctl.base import calendar, text
from clientctl.base.calendar import Interval, from_iso, to_iso
from clientctl.base.listing import Card, Cell
from clientctl.base.money import Money
from clientctl.base.words import count, say
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import enrolment
from clientctl.domain.money import charges, orders
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import client_sql, intervals, queries
from clientctl.domain.shared.queries import Query, Request, Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

STATUSES = ("unused", "in-use", "used-up", "expired")
"""All statuses of a package."""

STATUS = """CASE WHEN k.left_sessions = 0 THEN 'used-up' WHEN k.expires_on < :today THEN 'expired'
    WHEN EXISTS (SELECT 1 FROM package_entries e WHERE e.package_id = k.id AND e.kind = 'use') THEN 'in-use'
    ELSE 'unused' END"""
"""The status of a package ``k`` today, in SQL: used up or expired, whichever came first."""

USABLE = "k.left_sessions > 0 AND (k.expires_on IS NULL OR k.expires_on >= :today)"
"""Whether a package ``k`` has sessions left and has not expired, in SQL."""

SOURCE = Source(
    plural="packages",
    fields=dict(
        (
            field("number", "Number", "('K-' || k.id)", "number", order="k.id"),
            field("status", "Status", STATUS, "status"),
            field("client", "Client", client_sql.NAME, order=client_sql.NAME_ORDER),
            field("client_id", "Client id", "k.client_id", "integer"),
            field("email", "E-mail", "c.email"),
            field("phone", "Phone", "c.phone", "phone"),
            field("plan", "Plan", "p.name", order="p.name_key"),
            field("rate", "Rate", "r.name", order="r.name_key"),
            field("price", "Price", "(k.price_minor || ' ' || k.currency)", "money", order="k.price_minor"),
            field("currency", "Currency", "k.currency"),
            field("sessions", "Sessions", "k.sessions", "integer"),
            field("left", "Left", "k.left_sessions", "integer"),
            field("sold", "Sold", "k.sold_on", "day"),
            field("for", "For", intervals.interval_sql("k.valid_count", "k.valid_unit")),
            field("starts", "Start", "k.starts_on", "day"),
            field("expires", "Expires", "k.expires_on", "day"),
            field("order", "Order", "('O-' || k.order_id)", "number", order="k.order_id"),
        )
    ),
    origin="packages k",
    joins={
        "c": "JOIN clients c ON c.id = k.client_id",
        "s": "LEFT JOIN client_search s ON s.id = k.client_id",
        "p": "JOIN plans p ON p.id = k.plan_id",
        "r": "JOIN rates r ON r.id = k.rate_id",
    },
    shown=("number", "status", "client", "plan", "sessions", "left", "expires"),
    number="number",
    order=("k.id",),
    client="k.client_id",
    filters={
        "plan": queries.is_any_record("k.plan_id"),
        "status": queries.is_any_choice(STATUS, STATUSES, lambda: say("status")),
        "expires": queries.is_within("k.expires_on"),
    },
)

ENTRIES = Source(
    plural="entries of packages",
    fields=dict(
        (
            field("id", "Id", "e.id", "integer"),
            field("package", "Package", "('K-' || e.package_id)", "number", order="e.package_id"),
            field("day", "Day", "e.entered_on", "day"),
            field("kind", "Kind", "e.kind"),
            field("sessions", "Sessions", "e.sessions", "integer"),
            field("reason", "Reason", "e.reason"),
        )
    ),
    origin="package_entries e",
    shown=("id", "day", "kind", "sessions", "reason"),
    number="id",
    order=("e.id",),
    client="e.client_id",
)
"""The entries of packages: sessions bought plus the sum of entries is what is left."""


class Package(NamedTuple):
    """A package as stored; ``status`` is that of the reader's today.

    ``valid`` is how long it is valid from its first day on, None for no limit; ``starts_on`` is None
    before the first use of a package whose validity begins with it.
    """

    id: int
    client_id: int
    client: str
    plan: str
    rate: str
    status: str
    price: Money
    sessions: int
    left: int
    sold_on: date
    valid: Interval | None
    starts_on: date | None
    expires_on: date | None
    order_id: int

    @property
    def number(self) -> str:
        """Return the number that users see."""
        return f"K-{self.id}"


_SELECT = f"""SELECT k.id, k.client_id, {client_sql.NAME}, p.name, r.name, {STATUS}, k.price_minor, k.currency,
    k.sessions, k.left_sessions, k.sold_on, k.valid_count, k.valid_unit, k.starts_on, k.expires_on, k.order_id
    FROM packages k JOIN clients c ON c.id = k.client_id JOIN plans p ON p.id = k.plan_id
    JOIN rates r ON r.id = k.rate_id"""


def find(db: Reader, number: str) -> Package:
    """Find a package by number, ``K-7`` or ``7``. Raise UsageError, NotFoundError."""
    found = _where(db, "k.id = :id", {"id": queries.number_id(number, "K")})
    if not found:
        raise NotFoundError(say("no package {number}: `clientctl package list` lists them", number=number))
    return found[0]


def usable(db: Reader, client: Client) -> list[Package]:
    """List the packages of a client that have sessions left and have not expired."""
    return _where(db, f"k.client_id = :client AND {USABLE}", {"client": client.id})


def all_of(db: Reader, client: Client) -> list[Package]:
    """List all the packages of a client."""
    return _where(db, "k.client_id = :client", {"client": client.id})


def card(db: Reader, number: str) -> Card:
    """Return the card of a package with its entries."""
    found = find(db, number)
    where = Where("k.id = :record", {"record": found.id})
    entries = queries.listing(db, Query(ENTRIES, [Where("e.package_id = :record", {"record": found.id})]), Request())
    title = f"{found.number}  {found.client}"
    return queries.card(db, SOURCE, where, title=title, sections={"entries": ("Entries", entries)})


# -- selling and using ----------------------------------------------------------------------------


def sell(db: Writer, client: Client, rate: Rate, start: date | None = None) -> Package:
    """Sell a client a package: with its order, setup fee, price and the label of the plan.

    Its validity begins on ``start``, else by the rate's clock: today, or with the first use. The terms are copied:
    editing the plan never changes packages sold. An archived client is restored. Raise RefusedError, UsageError.
    """
    enrolment.check_sellable(client, rate, "package")
    assert rate.sessions  # noqa: S101 - a package's rate has some; this tells mypy
    starts_on = start or (None if rate.clock == "first-use" else db.today)
    expires_on = calendar.term_end(starts_on, rate.term) if starts_on and rate.term else None
    if expires_on and expires_on < db.today:
        raise UsageError(
            say(
                "from {starts_on} it would have expired on {expires_on}: give a later --start",
                starts_on=starts_on,
                expires_on=expires_on,
            )
        )
    order_id = orders.make(db, client.id, client.site_id)
    package_id = db.insert(
        "packages",
        client_id=client.id,
        plan_id=rate.plan.id,
        rate_id=rate.id,
        order_id=order_id,
        price_minor=rate.price.minor,
        currency=rate.price.currency,
        sessions=rate.sessions,
        left_sessions=rate.sessions,
        sold_on=db.today.isoformat(),
        **intervals.columns(valid=rate.term),
        starts_on=to_iso(starts_on),
        expires_on=to_iso(expires_on),
    )
    for kind, amount in (("setup", rate.setup), ("once", rate.price)):
        if amount and amount.minor:
            charges.make(
                db,
                client_id=client.id,
                kind=kind,
                amount=amount,
                due_on=db.today,
                package_id=package_id,
                order_id=order_id,
                rate_id=rate.id,
            )
    labels.attach_automatic(db, "plan", rate.plan.id, rate.plan.name, [client.id])
    clients.restore_on_purchase(db, client)
    db.note_number(f"K-{package_id}")
    return find(db, str(package_id))


def use(db: Writer, package: Package, sessions: int = 1, on: date | None = None, reason: str | None = None) -> Package:
    """Use sessions of a package, today or on an earlier day; the first use may begin its validity.

    Raise RefusedError when fewer are left, or for a day on which the package is not valid.
    """
    day = _check_use(db, sessions, on)
    first = package.starts_on or package.sold_on
    if day < first:
        raise RefusedError(
            say("{number} starts only on {first}: give a later --on", number=package.number, first=first)
        )
    if package.expires_on and day > package.expires_on:
        raise RefusedError(
            say(
                "{number} expired on {expires_on}: `clientctl package sell --client id:{client_id} --plan "
                "{text}` sells another, `clientctl package edit {number} --expires DAY` moves that day",
                number=package.number,
                expires_on=package.expires_on,
                client_id=package.client_id,
                text=text.word(f"{package.plan}/{package.rate}"),
            )
        )
    if sessions > package.left:
        raise RefusedError(
            say(
                "{number} has {left} left: {sessions} can't be used",
                number=package.number,
                left=format_sessions(package.left),
                sessions=format_sessions(sessions),
            )
        )
    starting: dict[str, Cell] = {}
    if package.starts_on is None:
        last = calendar.term_end(day, package.valid) if package.valid else None
        starting = {"starts_on": day.isoformat(), "expires_on": to_iso(package.expires_on or last)}
    return _enter(db, package, "use", -sessions, day, reason, starting)


def use_any(
    db: Writer, client: Client, sessions: int = 1, on: date | None = None, reason: str | None = None
) -> list[tuple[Package, Package]]:
    """Use sessions of all packages of a client: the first to expire comes first, then the oldest.

    Return each package used, before and after. Raise RefusedError when all of them together have fewer left.
    """
    day = _check_use(db, sessions, on)
    usable = _where(
        db,
        """k.client_id = :client AND k.left_sessions > 0 AND coalesce(k.starts_on, k.sold_on) <= :day
           AND (k.expires_on IS NULL OR k.expires_on >= :day)""",
        {"client": client.id, "day": day.isoformat()},
        order="k.expires_on IS NULL, k.expires_on, k.sold_on, k.id",
    )
    left = sum(package.left for package in usable)
    if sessions > left:
        raise RefusedError(
            say(
                "{name} has {left} left for {day}: {sessions} can't be used; `clientctl plan list` shows what "
                "can be sold",
                name=client.name,
                left=format_sessions(left),
                day=day,
                sessions=format_sessions(sessions),
            )
        )
    used = []
    for package in usable:
        if part := min(package.left, sessions):
            used.append((package, use(db, package, part, day, reason)))
            sessions -= part
    return used


def adjust(db: Writer, package: Package, by: int, reason: str | None) -> Package:
    """Add sessions to a package, or remove some with a negative number, for a reason.

    Raise RefusedError when fewer than zero would be left.
    """
    stored_reason = clients.reason(db, package.client_id, reason)
    if by == 0:
        raise UsageError(say("the number of sessions can't be 0: give one like +2 or -1"))
    if package.left + by < 0:
        raise RefusedError(
            say(
                "{number} has {left} left: no more can be removed",
                number=package.number,
                left=format_sessions(package.left),
            )
        )
    return _enter(db, package, "adjust", by, db.today, stored_reason, {})


def empty(db: Writer, package: Package, reason: str) -> Package:
    """Remove all sessions left of a package. For an erased client the reason is not stored."""
    erased = db.value("SELECT erased_on FROM clients WHERE id = ?", (package.client_id,))
    return _enter(db, package, "adjust", -package.left, db.today, None if erased else reason, {})


def expire(db: Writer, package: Package, on: date | None) -> Package:
    """Change the last day of a package, also of an expired one; None for no last day.

    Without one, the first use sets it if the validity begins with it. Raise UsageError for a day before the first day,
    RefusedError for one before the last use.
    """
    first = package.starts_on or package.sold_on
    if on and on < first:
        raise UsageError(
            say(
                "{number} starts on {first}: give --expires that day or a later one", number=package.number, first=first
            )
        )
    used_on = db.value(
        "SELECT max(entered_on) FROM package_entries WHERE package_id = ? AND kind = 'use'", (package.id,)
    )
    if on and used_on and used_on > on.isoformat():
        raise RefusedError(
            say(
                "{number} was used on {used_on}: give --expires that day or a later one",
                number=package.number,
                used_on=used_on,
            )
        )
    if on != package.expires_on:
        db.update("packages", package.id, expires_on=to_iso(on))
    db.note_number(package.number)
    return find(db, package.number)


def format_sessions(sessions: int) -> str:
    """Format a number of sessions: ``1 session``."""
    return count(sessions, "{n} session", "{n} sessions") if sessions else say("no sessions")


def _enter(
    db: Writer, package: Package, kind: str, sessions: int, day: date, reason: str | None, also: dict[str, Cell]
) -> Package:
    db.insert(
        "package_entries",
        client_id=package.client_id,
        package_id=package.id,
        kind=kind,
        sessions=sessions,
        entered_on=day.isoformat(),
        reason=text.clean_optional_line(reason),
    )
    db.update("packages", package.id, left_sessions=package.left + sessions, **also)
    db.note_number(package.number)
    return find(db, package.number)


def _check_use(db: Reader, sessions: int, on: date | None) -> date:
    """Check a number of sessions used; return the day of use. Raise UsageError."""
    if sessions < 1:
        raise UsageError(say("--sessions {sessions}: give the number of sessions used, at least 1", sessions=sessions))
    if on is not None and on > db.today:
        raise UsageError(
            say("{on} is in the future: enter sessions on the day on which they are used, or later", on=on)
        )
    return on or db.today


def _where(db: Reader, condition: str, values: dict[str, Cell], order: str = "k.id") -> list[Package]:
    sql = f"{_SELECT} WHERE {condition} ORDER BY {order}"
    return [_package(row) for row in db.rows(sql, {"today": db.today.isoformat(), **values})]


def _package(row: tuple[Any, ...]) -> Package:
    package_id, client_id, client, plan, rate, status, minor, currency, *more = row
    sessions, left, sold, count, unit, starts, expires, order_id = more
    return Package(
        package_id,
        client_id,
        client,
        plan,
        rate,
        status,
        Money(minor, currency),
        sessions,
        left,
        date.fromisoformat(sold),
        intervals.interval(count, unit),
        from_iso(starts),
        from_iso(expires),
        order_id,
    )
