"""The `field` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.clients import fields
from clientctl.domain.clients.field_types import TYPES
from clientctl.domain.session import opened
from clientctl.domain.shared.queries import Query, Where
from clientctl.store import Writer

if TYPE_CHECKING:
    from clientctl.base.listing import Card
    from clientctl.cli.framework.shared_options import Session

app = noun("Manage fields: what you know about each client, built-in and your own.")

Key = Annotated[str, typer.Argument(metavar="FIELD", help="The field's key or name.")]
Choice = Annotated[
    list[str] | None, typer.Option("--choice", metavar="NAME", help="A value to choose from; repeat for each.")
]
Collect = Annotated[
    list[str] | None,
    typer.Option(
        "--collect", metavar="FORM", help=f"Ask for it on this form: {', '.join(fields.COLLECTED)}; repeat for several."
    ),
]


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The field's name.")],
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help=f"{', '.join(TYPES)}.")] = "text",
    key: Annotated[
        str | None, typer.Option("--key", help="The permanent name for scripts; derived from the name unless given.")
    ] = None,
    choice: Choice = None,
    required: Annotated[bool, typer.Option("--required", help="Required of every client added by hand.")] = False,
    collect: Collect = None,
) -> None:
    """Add a field of your own.

    Examples:
      clientctl field add 'Nom du chien'
      clientctl field add Niveau --type choice --choice Débutant --choice Confirmé
      clientctl field add 'Portable 2' --type phone --collect booking
    """

    def act(db: Writer) -> list[str]:
        made = fields.add(db, name, kind, key=key, offered=choice or (), required=required, collected=collect or ())
        return [
            say("Added field {name}, {type}: set it with --field {key}=…", name=made.name, type=made.type, key=made.key)
        ]

    runner.change(context.obj, "field add", act, fields.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    archived: Annotated[bool, typer.Option("--archived", help="Archived ones too.")] = False,
) -> int:
    """List the fields in their order.

    Examples:
      clientctl field list
    """
    where = [] if archived else [Where("f.archived_on IS NULL")]
    return runner.show_list(context.obj, lambda _db: Query(fields.SOURCE, where), say("No fields."))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    field: Key,
    name: Annotated[str | None, typer.Option("--name", help="The new name; the key stays.")] = None,
    required: Annotated[
        bool | None, typer.Option("--required/--optional", help="Whether every client added by hand needs it.")
    ] = None,
    collect: Collect = None,
    collect_nowhere: Annotated[bool, typer.Option("--collect-nowhere", help="Ask for it on no form.")] = False,
    choice: Choice = None,
    remove_choice: Annotated[
        list[str] | None,
        typer.Option("--remove-choice", metavar="NAME", help="Withdraw this choice; repeat for several."),
    ] = None,
    before: Annotated[str | None, typer.Option("--before", metavar="FIELD", help="Move it before this field.")] = None,
    last: Annotated[bool, typer.Option("--last", help="Move it to the end.")] = False,
) -> None:
    """Change a field's name, choices or position, whether it is required, and where it is asked for.

    Examples:
      clientctl field edit company --name Société --collect booking
    """
    runner.check_only_one({"--collect": collect, "--collect-nowhere": collect_nowhere})
    runner.check_only_one({"--before": before, "--last": last})
    changes = [name, required, collect, choice, remove_choice, before, collect_nowhere or None, last or None]
    runner.check_change_given(changes, say("give --name, --required, --collect, --choice or --before"))

    def act(db: Writer) -> list[str]:
        found = fields.find(db, field)
        after = fields.edit(
            db,
            found,
            name=name,
            required=required,
            collected=[] if collect_nowhere else collect,
            offered=choice or (),
            withdrawn=remove_choice or (),
            before=None if before is None else fields.find(db, before),
            last=last,
        )
        if not db.has_changed():
            return [say("Field {name} is unchanged", name=after.name)]
        return [
            say("Changed field {name} (was {was})", name=after.name, was=found.name)
            if after.name != found.name
            else say("Changed field {name}", name=after.name)
        ]

    runner.change(context.obj, "field edit", act, fields.card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, field: Key) -> None:
    """Stop using a field of your own; its values are kept.

    Examples:
      clientctl field archive nom_du_chien
    """

    def act(db: Writer) -> list[str]:
        found = fields.find(db, field)
        new = fields.archive(db, found, archived=True)
        return [
            say("Archived field {name}", name=found.name)
            if new
            else say("Field {name} is already archived", name=found.name)
        ]

    runner.change(context.obj, "field archive", act, fields.card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, field: Key) -> None:
    """Use an archived field again, with its values.

    Examples:
      clientctl field restore nom_du_chien
    """

    def act(db: Writer) -> list[str]:
        found = fields.find(db, field)
        new = fields.archive(db, found, archived=False)
        return [
            say("Restored field {name}", name=found.name)
            if new
            else say("Field {name} is not archived", name=found.name)
        ]

    runner.change(context.obj, "field restore", act, fields.card)


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context, field: Key) -> None:
    """Remove a field of your own, with its values; if clients have any, it asks first.

    Examples:
      clientctl field remove nom_du_chien --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    with runner.reading(session) as reader:
        done = opened.is_done(reader, session.request_id)  # then the field may be gone
        found = None if done else fields.find(reader, field, exactly=True)
        if found:
            fields.check_custom(found, "removed")
        holders = fields.holders(reader, found) if found else 0
    was: list[Card] = []
    if found and holders:
        fact = count(
            holders, "{n} client has a value in {field}", "{n} clients have a value in {field}", field=found.name
        )
        runner.confirm(session, fact, say("Remove it and the values?"))

    def act(db: Writer) -> list[str]:
        found = fields.find(db, field, exactly=True)
        was.append(fields.card(db, found.key))
        gone = fields.remove(db, found)
        if not gone:
            return [say("Removed field {name}", name=found.name)]
        return [
            count(
                gone,
                "Removed field {name} and the values of {n} client",
                "Removed field {name} and the values of {n} clients",
                name=found.name,
            )
        ]

    runner.change(session, "field remove", act, lambda db, key: was[0] if was else fields.card(db, key))
