"""The `segment` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import count, say
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.commands import ChangeCommand, ClientFilterChangeCommand, ListCommand, noun
from clientctl.domain.overview import segments
from clientctl.domain.shared.queries import Query
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.base.listing import Card
    from clientctl.cli.framework.shared_options import Session

app = noun("Manage segments: saved client filters, evaluated each time they are used.")

Name = Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment's name.")]


@app.command("save", cls=ClientFilterChangeCommand)
def save(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The segment's name.")],
    text: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT...]", help="A search text, as in `client list`.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace the segment of that name.")] = False,
) -> None:
    """Save a client filter as a segment.

    Examples:
      clientctl segment save Fidèles --member --since ..2024-12-31
      clientctl segment save 'Anniversaires du mois' --where 'birthday in this-month'
    """
    session: Session = context.obj

    def act(db: Writer) -> list[str]:
        saved = segments.save(db, name, client_filters.build_filter(db, session, text), replace=replace)
        number = segments.count(db, saved)
        return [
            count(
                number, "Saved segment {name}: {n} client now", "Saved segment {name}: {n} clients now", name=saved.name
            )
        ]

    runner.change(session, "segment save", act, segments.card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context) -> int:
    """List segments.

    Examples:
      clientctl segment list
    """
    return runner.show_list(context.obj, segments.listing, say("No segments yet."))


@app.command("show", cls=ListCommand)
def show(context: typer.Context, segment: Name) -> int:
    """List the clients who are in a segment now.

    Examples:
      clientctl segment show Fidèles
    """

    def build(db: Reader) -> Query:
        return segments.query_clients(db, segments.find(db, segment))

    return runner.show_list(context.obj, build, say("No clients in it now."))


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context, segment: Name) -> None:
    """Remove a segment; its clients stay.

    Examples:
      clientctl segment remove Fidèles
    """
    was: list[Card] = []

    def act(db: Writer) -> list[str]:
        found = segments.find(db, segment, exactly=True)
        was.append(segments.card(db, str(found.id)))
        segments.remove(db, found)
        return [say("Removed segment {name}", name=found.name)]

    runner.change(context.obj, "segment remove", act, lambda db, number: was[0] if was else segments.card(db, number))
