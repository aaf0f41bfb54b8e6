"""The `label` commands."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from clientctl.base.listing import Card
from clientctl.base.words import count, say
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.arguments import ClientArguments
from clientctl.cli.framework.commands import ChangeCommand, ConditionChangeCommand, ListCommand, noun
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.labels import Label
from clientctl.domain.clients.record import Client
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer

app = noun("Manage labels, and attach them to clients.")

Name = Annotated[
    str, typer.Argument(metavar="LABEL", help="The label's name; plan:Yoga names an automatic one exactly.")
]
Names = Annotated[list[str], typer.Option("--label", metavar="LABEL", help="The label's name; repeat for several.")]
NewLabel = Annotated[bool, typer.Option("--new-label", help="Create labels that do not exist yet.")]


@app.command("add", cls=ChangeCommand)
def add(context: typer.Context, name: Annotated[list[str], typer.Argument(metavar="NAME...")]) -> None:
    """Add one or several labels.

    Examples:
      clientctl label add VIP
      clientctl label add 'À relancer' Nouveau
    """

    def act(db: Writer) -> list[str]:
        return [say("Added label {name}", name=labels.add(db, each).name) for each in name]

    runner.change(context.obj, "label add", act, labels.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    text: Annotated[list[str] | None, typer.Argument(metavar="[TEXT...]", help="Search names.")] = None,
) -> int:
    """List labels, and how many clients have each one.

    Examples:
      clientctl label list
      clientctl label list vi --json
    """
    where = labels.like(" ".join(text)) if text else []
    return runner.show_list(context.obj, lambda _db: Query(labels.SOURCE, where), say("No labels match."))


@app.command("rename", cls=ChangeCommand)
def rename(context: typer.Context, label: Name, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Rename a label; clients who have it keep it.

    Examples:
      clientctl label rename VIP 'Very important'
    """

    def act(db: Writer) -> list[str]:
        found = labels.find(db, label, exactly=True)
        return [runner.report_rename(say("label"), found.name, labels.rename(db, found, name).name)]

    runner.change(context.obj, "label rename", act, labels.card)


@app.command("remove", cls=ChangeCommand)
def remove(context: typer.Context, label: Name) -> None:
    """Remove a label, also from the clients who have it; if there are any, it asks first.

    Examples:
      clientctl label remove Nouveau --yes
    """
    session: Session = context.obj
    runner.refuse_past(session)
    if holders := _count_holders(session, label):
        fact = count(holders, "{n} client has the label {label}", "{n} clients have the label {label}", label=label)
        runner.confirm(session, fact, say("Remove it?"))
    was: list[Card] = []

    def act(db: Writer) -> list[str]:
        found = labels.find(db, label, exactly=True)
        was.append(labels.card(db, str(found.id)))
        gone = labels.remove(db, found)
        if not gone:
            return [say("Removed label {name}", name=found.name)]
        return [
            count(
                gone, "Removed label {name} from {n} client", "Removed label {name} from {n} clients", name=found.name
            )
        ]

    def card_before(db: Reader, number: str) -> Card:
        return was[0] if was else labels.card(db, number)

    runner.change(session, "label remove", act, card_before)


@app.command("attach", cls=ConditionChangeCommand)
def attach(context: typer.Context, label: Names, client: ClientArguments = None, new_label: NewLabel = False) -> None:
    """Attach labels to clients, named or chosen with --where or --segment.

    Examples:
      clientctl label attach 12 ana@example.com --label VIP
      clientctl label attach --where 'company filled' --label Entreprise --new-label
      clientctl client list --member -q | clientctl label attach - --label Membre --new-label
    """
    session: Session = context.obj
    selectors = client_filters.parse_selectors(client)

    def act(db: Writer) -> list[str]:
        found = client_filters.find_clients(db, session, selectors)
        new = labels.attach(db, [c.id for c in found], _find_labels(db, label, new_label))
        return _describe_pairs(db, _describe_attached, new) or [
            say("Nothing to attach: {found} already had it", found=_describe_clients(found))
        ]

    runner.change(context.obj, "label attach", act, card.client)


@app.command("detach", cls=ConditionChangeCommand)
def detach(context: typer.Context, label: Names, client: ClientArguments = None) -> None:
    """Detach labels from clients, named or chosen with --where or --segment.

    Examples:
      clientctl label detach ana@example.com --label VIP
    """
    session: Session = context.obj
    selectors = client_filters.parse_selectors(client)

    def act(db: Writer) -> list[str]:
        found = client_filters.find_clients(db, session, selectors)
        gone = labels.detach(db, [c.id for c in found], _find_labels(db, label))
        return _describe_pairs(db, _describe_detached, gone) or [
            say("Nothing to detach: {found} did not have it", found=_describe_clients(found))
        ]

    runner.change(context.obj, "label detach", act, card.client)


@app.command("set", cls=ConditionChangeCommand)
def set_(
    context: typer.Context,
    client: ClientArguments = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="LABEL", help="The label's name; repeat for several, leave out for none."),
    ] = None,
    new_label: NewLabel = False,
) -> None:
    """Set exactly these labels on clients, named or chosen; automatic labels stay.

    Examples:
      clientctl label set 12 --label VIP --label Famille --new-label
      clientctl label set 12
      clientctl label set --where 'company filled' --label Entreprise --new-label
    """
    session: Session = context.obj
    selectors = client_filters.parse_selectors(client)

    def act(db: Writer) -> list[str]:
        found = client_filters.find_clients(db, session, selectors)
        attached, detached = labels.set_exactly(db, [c.id for c in found], _find_labels(db, label or [], new_label))
        lines = _describe_pairs(db, _describe_attached, attached)
        lines += _describe_pairs(db, _describe_detached, detached)
        return lines or [say("Nothing to change: {found} already had these labels", found=_describe_clients(found))]

    runner.change(session, "label set", act, card.client)


def _count_holders(session: Session, label: str) -> int:
    """Count the clients who have a label that is to be removed; 0 when there is no such label."""
    with runner.reading(session) as db:
        try:
            found = labels.find(db, label, exactly=True)
        except NotFoundError:
            return 0  # the request was already done, or the change itself reports it
        labels.check_removable(found)
        return labels.holders(db, found)


def _find_labels(db: Reader, names: list[str], new_label: bool = False) -> list[Label]:
    if new_label and isinstance(db, Writer):
        return [labels.find_or_add(db, name) for name in names]
    return [labels.find(db, name) for name in names]


def _describe_attached(names: str, client: str) -> str:
    return say("Attached {labels} to {client}", labels=names, client=client)


def _describe_detached(names: str, client: str) -> str:
    return say("Detached {labels} from {client}", labels=names, client=client)


def _describe_pairs(db: Reader, describe: Callable[[str, str], str], pairs: list[tuple[int, Label]]) -> list[str]:
    """Describe what was done: a line for each of up to ten clients, then how many more."""
    by_client: dict[int, list[str]] = {}
    for client_id, label in pairs:
        by_client.setdefault(client_id, []).append(label.name)
    lines = []
    for client_id, names in list(by_client.items())[:10]:
        lines.append(describe(", ".join(names), clients.get(db, client_id).title))
    if len(by_client) > len(lines):
        lines.append(count(len(by_client) - len(lines), "… and {n} client more", "… and {n} clients more"))
    return lines


def _describe_clients(people: Sequence[Client]) -> str:
    return people[0].title if len(people) == 1 else say("all {people}", people=len(people))
