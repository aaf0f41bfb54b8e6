"""The `service` commands."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from clientctl.base import money, wall_time
from clientctl.base.money import Money
from clientctl.base.wall_time import Length
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Archived, unset_option
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.offers import services
from clientctl.domain.offers.services import Place, Service
from clientctl.domain.practice import amounts
from clientctl.domain.shared import archiving
from clientctl.domain.shared.queries import Query, Where
from clientctl.errors import UsageError
from clientctl.store import Writer

app = noun("Manage services: what clients book with you.")

Name = Annotated[str, typer.Argument(metavar="SERVICE", help="The service's name.")]

Price = Annotated[
    str | None, typer.Option("--price", metavar="AMOUNT", help="The price, like 60 or '60 CHF'; free unless given.")
]
Before = Annotated[
    str | None,
    typer.Option("--before", metavar="LENGTH", help="How long you keep free before it, like 10min, up to 12h."),
]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="LENGTH", help="How long you keep free after it, like 15min, up to 12h."),
]
AtPlace = Annotated[
    Place | None,
    typer.Option(
        "--place",
        metavar="PLACE",
        case_sensitive=False,
        help="site (at your place), client (at the client's) or online; site unless given.",
    ),
]
Link = Annotated[str | None, typer.Option("--link", metavar="URL", help="Where to meet online.")]

_WORDS = {
    "length": "length",
    "price": "price",
    "before": "before",
    "after": "after",
    "place": "place",
    "link": "link",
}
"""What a message calls each term."""

_EMPTY: Mapping[str, Any] = {"price": None, "before": 0, "after": 0, "link": None}
"""The fields of ``--unset``, and what each is without a value."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    length: Annotated[
        str, typer.Option("--length", metavar="LENGTH", help="How long it lasts: 45min, 1h, 1h30; whole days 1d, 2w.")
    ],
    price: Price = None,
    before: Before = None,
    after: After = None,
    place: AtPlace = None,
    link: Link = None,
) -> None:
    """Add a service.

    Examples:
      clientctl service add Massage --length 1h --after 15min --price 60
      clientctl service add Bilan --length 45min --place online --link https://meet.example.com/bilan
      clientctl service add Retraite --length 2d --price 240
    """

    def act(db: Writer) -> list[str]:
        amount = None if price is None else amounts.parse(db, price)
        made = services.add(
            db, _change(Service(0, name, wall_time.parse_length(length)), amount, before, after, place, link)
        )
        return [say("Added service {name}: {terms}", name=made.name, terms=_describe_terms(made))]

    runner.change(context.obj, "service add", act, services.card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context, archived: Archived = False) -> int:
    """List services.

    Examples:
      clientctl service list
    """
    where = [Where(f"s.archived_on IS {'NOT ' if archived else ''}NULL")]
    return runner.show_list(context.obj, lambda _db: Query(services.SOURCE, where), say("No services."))


@app.command("show", cls=Command)
def show(context: typer.Context, service: Name) -> None:
    """Show a service.

    Examples:
      clientctl service show Massage
    """
    runner.show_card(context.obj, lambda db: services.card(db, str(services.find(db, service).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    service: Name,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The new name.")] = None,
    length: Annotated[
        str | None, typer.Option("--length", metavar="LENGTH", help="The new length: 45min, 1h30; whole days 1d, 2w.")
    ] = None,
    price: Price = None,
    before: Before = None,
    after: After = None,
    place: AtPlace = None,
    link: Link = None,
    unset: Annotated[list[str] | None, unset_option(_EMPTY)] = None,
) -> None:
    """Change a service. The service's label is renamed with it.

    Examples:
      clientctl service edit Massage --price 65 --length 1h15
      clientctl service edit Massage --name 'Massage suédois' --unset after
    """
    given = {"price": price, "before": before, "after": after, "link": link}
    runner.check_change_given(
        [name, length, place, unset, *given.values()], say("give an option, like --name, --price or --unset after")
    )
    emptied = {key: _EMPTY[key] for key in runner.parse_unset(unset, {key: key for key in _EMPTY}, given)}

    def act(db: Writer) -> list[str]:
        found = services.find(db, service)
        amount = None
        if price is not None:
            amount = amounts.parse(db, price, [found.price.currency] if found.price else [])
        wanted = found if name is None else found._replace(name=name)
        wanted = wanted if length is None else wanted._replace(length=wall_time.parse_length(length))
        wanted = _change(wanted, amount, before, after, place, link)._replace(**emptied)
        return [_describe_change(found, services.edit(db, found, wanted))]

    runner.change(context.obj, "service edit", act, services.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, service: Name) -> None:
    """Stop offering a service; its bookings stay.

    Examples:
      clientctl service archive Massage
    """

    def act(db: Writer) -> list[str]:
        found = services.find(db, service)
        new = archiving.archive(db, "services", found.id, found.archived_on)
        return [
            say("Archived service {name}", name=found.name)
            if new
            else say("Service {name} is already archived", name=found.name)
        ]

    runner.change(context.obj, "service archive", act, services.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, service: Name) -> None:
    """Restore an archived service: clients can book it again.

    Examples:
      clientctl service restore Massage
    """

    def act(db: Writer) -> list[str]:
        found = services.find(db, service)
        new = archiving.restore(db, "services", found.id, found.archived_on)
        return [
            say("Restored service {name}", name=found.name)
            if new
            else say("Service {name} is not archived", name=found.name)
        ]

    runner.change(context.obj, "service restore", act, services.card)


def _change(
    service: Service,
    price: Money | None,
    before: str | None,
    after: str | None,
    place: Place | None,
    link: str | None,
) -> Service:
    """Return a service with the terms that were given."""
    given: dict[str, Any] = {
        "price": price,
        "before": None if before is None else _parse_minutes("--before", before),
        "after": None if after is None else _parse_minutes("--after", after),
        "place": place,
        "link": link,
    }
    return service._replace(**{term: value for term, value in given.items() if value is not None})


def _parse_minutes(option: str, typed: str) -> int:
    """Parse a time before or after, in minutes; whole days are too long."""
    length = wall_time.parse_length(typed)
    if length.days:
        raise UsageError(say("{option} {typed}: give minutes or hours, like 15min or 1h", option=option, typed=typed))
    return length.minutes


def _words(service: Service) -> dict[str, str | None]:
    """Return the terms of a service as they are shown; None where there is none."""
    price = service.price
    return {
        "length": str(service.length),
        "price": f"{money.format_amount(price)} {price.currency}" if price else None,
        "before": str(Length(service.before)) if service.before else None,
        "after": str(Length(service.after)) if service.after else None,
        "place": service.place,
        "link": service.link,
    }


def _describe_terms(service: Service) -> str:
    """Describe a service that was added."""
    return ", ".join(f"{say(_WORDS[term])} {value}" for term, value in _words(service).items() if value is not None)


def _describe_change(was: Service, now: Service) -> str:
    """Describe how a service was changed."""
    before, after, none = _words(was), _words(now), say("none")
    changed = [
        say("{name} {new} (was {former})", name=say(_WORDS[term]), new=after[term] or none, former=before[term] or none)
        for term in _WORDS
        if after[term] != before[term]
    ]
    if now.name != was.name:
        changed = [say("Renamed service {name} to {now_name}", name=was.name, now_name=now.name), *changed]
    elif changed:
        changed[0] = say("Changed service {name}: {changed}", name=now.name, changed=changed[0])
    return ", ".join(changed) if changed else say("Service {name} is unchanged", name=now.name)
