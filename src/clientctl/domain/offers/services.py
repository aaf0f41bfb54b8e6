"""Services: what clients book."""

from typing import Literal, NamedTuple

from clientctl.base import text, web_addresses
from clientctl.base.listing import Card
from clientctl.base.money import Money
from clientctl.base.wall_time import Length
from clientctl.base.words import say
from clientctl.domain.clients import labels
from clientctl.domain.shared import by_name, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import Reader, Writer

Place = Literal["site", "client", "online"]
"""Where a service takes place: at a site of the practice, at the client's, or online."""

_MOST_APART = 12 * 60
"""The longest time before or after, in minutes."""


def _length_sql(minutes: str, days: str) -> str:
    """Return the SQL of a length as it is shown, like ``str`` of a Length: ``45min``, ``1h30``, ``2d``."""
    return f"""CASE WHEN {days} THEN {days} || 'd' WHEN {minutes} < 60 THEN {minutes} || 'min'
        ELSE ({minutes} / 60) || 'h' || CASE WHEN {minutes} % 60 THEN printf('%02d', {minutes} % 60) ELSE '' END END"""


def _time_sql(minutes: str) -> str:
    """Return the SQL of a time before or after; NULL where there is none."""
    return _length_sql(f"nullif({minutes}, 0)", "NULL")


SOURCE = Source(
    plural="services",
    fields=dict(
        (
            field("id", "Id", "s.id", "integer"),
            field("name", "Name", "s.name", order="s.name_key"),
            field("length", "Length", _length_sql("s.minutes", "s.days"), order="coalesce(s.minutes, s.days * 1440)"),
            field("price", "Price", "(s.price_minor || ' ' || s.currency)", "money", order="s.price_minor"),
            field("currency", "Currency", "s.currency"),
            field("before", "Before", _time_sql("s.before_minutes"), order="s.before_minutes"),
            field("after", "After", _time_sql("s.after_minutes"), order="s.after_minutes"),
            field("place", "Place", "s.place"),
            field("link", "Link", "s.link"),
            field("archived", "Archived", "s.archived_on", "day"),
        )
    ),
    origin="services s",
    shown=("id", "name", "length", "price", "currency", "place"),
    number="id",
    order=("s.name_key", "s.id"),
)


class Service(NamedTuple):
    """A service; its terms are copied into each booking.

    ``price`` None is free. ``before`` and ``after`` are the minutes kept free around an appointment, ``link`` is where
    an online one takes place.
    """

    id: int
    name: str
    length: Length
    price: Money | None = None
    before: int = 0
    after: int = 0
    place: Place = "site"
    link: str | None = None
    archived_on: str | None = None


def card(db: Reader, number: str) -> Card:
    """Return the card of a service."""
    return queries.card(db, SOURCE, Where("s.id = :record", {"record": int(number)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> Service:
    """Find a service by its name or, unless ``exactly``, the beginning of its name. Raise NotFoundError."""
    row = db.row(
        """SELECT id, name, minutes, days, price_minor, currency, before_minutes, after_minutes, place, link,
               archived_on
           FROM services WHERE id = ?""",
        (by_name.find_id(db, "services", name, exactly=exactly),),
    )
    if row is None:
        raise NotFoundError(
            say(
                "no service {name}: `clientctl service list` lists them, `clientctl service add {name2} --length 1h` "
                "adds one",
                name=text.quoted(name),
                name2=text.name_word(name),
            )
        )
    number, kept, minutes, days, price, currency, *terms = row
    amount = None if price is None else Money(price, currency)
    return Service(number, kept, Length(minutes or 0, days or 0), amount, *terms)


def add(db: Writer, wanted: Service) -> Service:
    """Add a service, whose id is 0. Raise RefusedError when the name is taken, UsageError for wrong terms."""
    made, values = _check(db, wanted)
    number = db.insert("services", **values)
    db.note_number(str(number))
    return made._replace(id=number)


def edit(db: Writer, service: Service, after: Service) -> Service:
    """Change a service; the label of its clients follows its name. Raise like `add`."""
    after, values = _check(db, after)
    db.update("services", service.id, **values)
    labels.rename_automatic(db, "service", service.id, after.name)
    db.note_number(str(service.id))
    return after


def check_link(link: str) -> None:
    """Check a link as it is stored. Raise UsageError."""
    if (written := web_addresses.parse(link)) != link:
        raise UsageError(say("{value} is written {written}", value=text.quoted(link), written=text.quoted(written)))


def _check(db: Reader, service: Service) -> tuple[Service, dict[str, str | int | None]]:
    """Check a service, which is new if its id is 0; return it as it is stored, and its columns."""
    name, key = text.parse_name(service.name, say("a service"))
    if db.row("SELECT 1 FROM services WHERE name_key = ? AND id IS NOT ?", (key, service.id)):
        raise RefusedError(
            say("the service {name} already exists: choose another name, or edit it", name=text.quoted(name))
        )
    for option, minutes in (("--before", service.before), ("--after", service.after)):
        if minutes > _MOST_APART:
            raise UsageError(say("{option} is too long: give up to 12h", option=option))
    link = None if service.link is None else web_addresses.parse(text.clean(service.link))
    price = service.price if service.price and service.price.minor else None
    service = service._replace(name=name, link=link, price=price)
    return service, {
        "name": name,
        "name_key": key,
        "minutes": service.length.minutes or None,
        "days": service.length.days or None,
        "before_minutes": service.before,
        "after_minutes": service.after,
        "price_minor": price.minor if price else None,
        "currency": price.currency if price else None,
        "place": service.place,
        "link": link,
    }
