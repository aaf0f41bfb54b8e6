"""The `preference` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import count, say
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.arguments import ClientArguments, ClientFilterArgument, NewName
from clientctl.cli.framework.commands import ChangeCommand, ConditionChangeCommand, ListCommand, noun
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card
from clientctl.domain.clients import preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.preferences import Change
from clientctl.domain.practice import typed_days
from clientctl.domain.shared import client_sql
from clientctl.domain.shared.queries import Query, Where
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.base.listing import Card

app = noun("Manage marketing preferences: what clients agreed to receive, when and how.")

Name = Annotated[str, typer.Argument(metavar="PREFERENCE", help="The preference's name.")]
Names = Annotated[
    list[str], typer.Option("--preference", metavar="NAME", help="The preference's name; repeat for several.")
]
On = Annotated[str | None, typer.Option("--on", metavar="DAY", help="The day the client decided; today unless given.")]
How = Annotated[
    str | None, typer.Option("--how", metavar="TEXT", help="How the client told you, like 'paper form' or 'by phone'.")
]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[list[str], typer.Argument(metavar="NAME...")]) -> None:
    """Add one or several preferences; no client is opted in to them yet.

    Examples:
      clientctl preference add Newsletter
      clientctl preference add 'Birthday wishes' Offers
    """

    def act(db: Writer) -> list[str]:
        return [say("Added preference {name}", name=preferences.add(db, each).name) for each in name]

    runner.change(context.obj, "preference add", act, preferences.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(metavar="[TEXT...]", help="Search names.")] = None,
) -> int:
    """List preferences, and how many clients are opted in to each one or out of it.

    Examples:
      clientctl preference list
      clientctl preference list news --json
    """
    where = preferences.like(" ".join(text)) if text else []
    return runner.show_list(context.obj, lambda _db: Query(preferences.SOURCE, where), say("No preferences match."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    preference: Name,
    name: NewName,
) -> None:
    """Rename a preference; clients' consents are kept.

    Examples:
      clientctl preference edit Newsletter --name 'Monthly letter'
    """

    def act(db: Writer) -> list[str]:
        found = preferences.find(db, preference)
        return [runner.report_rename(say("preference"), found.name, preferences.rename(db, found, name).name)]

    runner.change(context.obj, "preference edit", act, preferences.card)


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context, preference: Name) -> None:
    """Remove a preference and all consents to it; if there are any, it asks first.

    Examples:
      clientctl preference remove Newsletter --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    consents, people = _count_consents(session, preference)
    if consents:
        runner.confirm(
            session,
            say(
                "{consents} to {preference} would be lost",
                consents=_describe_consents(consents, people),
                preference=preference,
            ),
            say("Remove it?"),
        )
    was: list[Card] = []

    def act(db: Writer) -> list[str]:
        found = preferences.find(db, preference, exactly=True)
        was.append(preferences.card(db, str(found.id)))
        consents, people = preferences.remove(db, found)
        if not consents:
            return [say("Removed preference {name}", name=found.name)]
        lost = _describe_consents(consents, people)
        return [say("Removed preference {name} and {consents}", name=found.name, consents=lost)]

    runner.change(session, "preference remove", act, lambda db, number: was[0] if was else preferences.card(db, number))


@app.command("opt-in", cls=ConditionChangeCommand)
def opt_in(
    context: typer.Context, preference: Names, client: ClientArguments = None, on: On = None, how: How = None
) -> None:
    """Record that clients, named or chosen with --where or --segment, agreed: when, how, and who recorded it.

    Examples:
      clientctl preference opt-in ana@example.com --preference Newsletter --how 'paper form'
      clientctl preference opt-in --where 'company filled' --preference Newsletter
      clientctl client list --label VIP -q | clientctl preference opt-in - --preference Newsletter --on yesterday
    """
    _record(context.obj, client, preference, True, on, how)


@app.command("opt-out", cls=ConditionChangeCommand)
def opt_out(
    context: typer.Context, preference: Names, client: ClientArguments = None, on: On = None, how: How = None
) -> None:
    """Record that clients, named or chosen, do not agree or no longer agree; no import opts them in again.

    Examples:
      clientctl preference opt-out ana@example.com --preference Newsletter --how 'by phone'
    """
    _record(context.obj, client, preference, False, on, how)


@app.command("history", cls=ListCommand)
def history(
    context: typer.Context,
    client: ClientFilterArgument = None,
    preference: Annotated[
        str | None, typer.Option("--preference", metavar="NAME", help="Only consents to this preference.")
    ] = None,
) -> int:
    """List every opt-in and opt-out: when, how, where it came from, who recorded it.

    Examples:
      clientctl preference history ana@example.com
      clientctl preference history --preference Newsletter --out consents.csv
    """

    def build(db: Reader) -> Query:
        where = [Where(client_sql.LISTED)]
        if client is not None:
            found = client_selectors.client_named(db, client)
            where = [Where("k.client_id = :client", {"client": found.id})]
        if preference is not None:
            where.append(Where("k.preference_id = :preference", {"preference": preferences.find(db, preference).id}))
        return Query(preferences.CONSENTS, where)

    return runner.show_list(context.obj, build, say("No consents yet."))


def _record(
    session: Session, client: list[str] | None, preference: list[str], opted: bool, on: str | None, how: str | None
) -> None:
    selectors = client_filters.parse_selectors(client)

    def act(db: Writer) -> list[str]:
        found = client_filters.find_clients(db, session, selectors)
        wanted = [preferences.find(db, name) for name in preference]
        day = typed_days.parse(db, on)
        return _describe_records(db, preferences.record(db, found, wanted, opted, on=day, how=how), opted)

    runner.change(session, f"preference opt-{'in' if opted else 'out'}", act, card.client)


def _count_consents(session: Session, preference: str) -> tuple[int, int]:
    """Count the consents to a preference and the clients who gave them; 0 when there is no such preference."""
    with runner.reading(session) as db:
        try:
            return preferences.count_consents(db, preferences.find(db, preference, exactly=True))
        except NotFoundError:
            return 0, 0  # the request was already done, or the change itself reports it


def _describe_records(db: Reader, changes: list[Change], opted: bool) -> list[str]:
    """Describe what was recorded and what was unchanged: up to ten lines, then how many more."""
    lines = [_describe_record(clients.get(db, each.client_id).title, each, opted) for each in changes[:10]]
    return [*lines, say("… and {changes} more", changes=len(changes) - 10)] if len(changes) > 10 else lines


def _describe_record(client: str, change: Change, opted: bool) -> str:
    values = {"client": client, "preference": change.preference.name, "day": change.same_since or change.until}
    if change.same_since:
        return (
            say("{client} is already opted in to {preference}, since {day}", **values)
            if opted
            else say("{client} is already opted out of {preference}, since {day}", **values)
        )
    if change.until:
        return (
            say("Opted {client} in to {preference}; the later opt-out on {day} still counts", **values)
            if opted
            else say("Opted {client} out of {preference}; the later opt-in on {day} still counts", **values)
        )
    return (
        say("Opted {client} in to {preference}", **values)
        if opted
        else say("Opted {client} out of {preference}", **values)
    )


def _describe_consents(consents: int, people: int) -> str:
    clients = count(people, "{n} client", "{n} clients")
    return count(consents, "{n} consent of {clients}", "{n} consents of {clients}", clients=clients)
