"""The `plan` commands."""

from typing import Annotated, Any

import typer

from clientctl.base.calendar import parse_interval
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Archived, unset_option
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.domain.offers import plans, rates
from clientctl.domain.offers.plans import Collection, Kind, PauseRule, Plan
from clientctl.domain.shared import archiving
from clientctl.domain.shared.queries import Query, Where
from clientctl.store import Writer

app = noun("Manage plans: the types of membership and the packages of sessions you sell.")

Name = Annotated[str, typer.Argument(metavar="PLAN", help="The plan's name.")]

PlanKind = Annotated[
    Kind | None,
    typer.Option(
        "--kind",
        metavar="KIND",
        case_sensitive=False,
        help="membership (access for a time) or package (a number of sessions).",
    ),
]
CollectedBy = Annotated[
    Collection | None,
    typer.Option(
        "--collection", metavar="HOW", case_sensitive=False, help="How it is collected: manual, card or direct-debit."
    ),
]
Pause = Annotated[
    PauseRule | None,
    typer.Option(
        "--pause",
        metavar="RULE",
        case_sensitive=False,
        help="extend: a pause moves the end and the bill days by its length; keep: they stay.",
    ),
]
MinimumTerm = Annotated[
    str | None,
    typer.Option("--minimum-term", metavar="DURATION", help="The time before which it can't be cancelled, like 6m."),
]
Notice = Annotated[
    str | None,
    typer.Option("--notice", metavar="DURATION", help="The notice that a cancellation needs, like 1m."),
]
Grace = Annotated[
    str | None,
    typer.Option(
        "--grace", metavar="DURATION", help="How long after the end a renewal still counts as continuous, like 14d."
    ),
]

_WORDS = {
    "kind": "kind",
    "collection": "collected by",
    "pause_rule": "pause rule",
    "min_term": "minimum term",
    "notice": "notice",
    "grace": "grace",
}
_UNSET = {"minimum-term": "min_term", "notice": "notice", "grace": "grace"}
"""The fields of ``--unset``, and the terms they empty."""


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME")],
    kind: PlanKind = None,
    collection: CollectedBy = None,
    pause: Pause = None,
    minimum_term: MinimumTerm = None,
    notice: Notice = None,
    grace: Grace = None,
) -> None:
    """Add a plan; `rate add` then gives it a price.

    Without options it is a membership, collected by hand. What is sold keeps a copy of the terms.

    Examples:
      clientctl plan add Yoga
      clientctl plan add Aquagym --collection direct-debit --minimum-term 6m --notice 1m --grace 14d
      clientctl plan add 'Ten classes' --kind package
    """
    terms = _parse_terms(kind, collection, pause, minimum_term, notice, grace)

    def act(db: Writer) -> list[str]:
        made = plans.add(db, name, **terms)
        facts = ", ".join(f"{say(_WORDS[term])} {value}" for term, value in terms.items())
        added = say("Added plan {name}", name=made.name)
        return [f"{added}: {facts}" if facts else added]

    runner.change(context.obj, "plan add", act, rates.plan_card)


@app.command("list", cls=ListCommand)
def list_(context: typer.Context, archived: Archived = False) -> int:
    """List plans.

    Examples:
      clientctl plan list
    """
    where = [Where(f"p.archived_on IS {'NOT ' if archived else ''}NULL")]
    return runner.show_list(context.obj, lambda _db: Query(plans.SOURCE, where), say("No plans."))


@app.command("show", cls=Command)
def show(context: typer.Context, plan: Name) -> None:
    """Show a plan and its rates.

    Examples:
      clientctl plan show Yoga
    """
    runner.show_card(context.obj, lambda db: rates.plan_card(db, str(plans.find(db, plan).id)))


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    plan: Name,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The new name.")] = None,
    kind: PlanKind = None,
    collection: CollectedBy = None,
    pause: Pause = None,
    minimum_term: MinimumTerm = None,
    notice: Notice = None,
    grace: Grace = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change a plan for future sales; what was sold keeps its terms. The plan's label is renamed with it.

    Examples:
      clientctl plan edit Yoga --name 'Yoga illimité'
      clientctl plan edit Yoga --notice 1m --unset grace
    """
    changes = _parse_terms(kind, collection, pause, minimum_term, notice, grace)
    if name is not None:
        changes["name"] = name
    runner.check_change_given(
        [name, unset, *changes.values()], say("give an option, like --name, --notice or --unset grace")
    )
    changes |= dict.fromkeys(runner.parse_unset(unset, _UNSET, changes))

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        return [_describe(found, plans.edit(db, found, found._replace(**changes)))]

    runner.change(context.obj, "plan edit", act, rates.plan_card)


@app.command("archive", cls=ChangeCommand)
def archive(context: typer.Context, plan: Name) -> None:
    """Stop selling a plan; its memberships and packages continue.

    Examples:
      clientctl plan archive Yoga
    """

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        new = archiving.archive(db, "plans", found.id, found.archived_on)
        return [
            say("Archived plan {name}", name=found.name)
            if new
            else say("Plan {name} is already archived", name=found.name)
        ]

    runner.change(context.obj, "plan archive", act, rates.plan_card)


@app.command("restore", cls=ChangeCommand)
def restore(context: typer.Context, plan: Name) -> None:
    """Sell an archived plan again.

    Examples:
      clientctl plan restore Yoga
    """

    def act(db: Writer) -> list[str]:
        found = plans.find(db, plan)
        new = archiving.restore(db, "plans", found.id, found.archived_on)
        return [
            say("Restored plan {name}", name=found.name) if new else say("Plan {name} is not archived", name=found.name)
        ]

    runner.change(context.obj, "plan restore", act, rates.plan_card)


def _parse_terms(
    kind: Kind | None,
    collection: Collection | None,
    pause: PauseRule | None,
    minimum_term: str | None,
    notice: str | None,
    grace: str | None,
) -> dict[str, Any]:
    """Return the terms that were given, by the names of the record."""
    durations = {"min_term": minimum_term, "notice": notice, "grace": grace}
    terms = {"kind": kind, "collection": collection, "pause_rule": pause}
    return {term: value for term, value in terms.items() if value is not None} | {
        term: parse_interval(typed) for term, typed in durations.items() if typed is not None
    }


def _describe(was: Plan, now: Plan) -> str:
    """Describe how a plan was changed."""
    before, after = was._asdict(), now._asdict()
    none = say("none")
    changed = [
        say("{name} {new} (was {former})", name=say(_WORDS[term]), new=after[term] or none, former=before[term] or none)
        for term in _WORDS
        if after[term] != before[term]
    ]
    if now.name != was.name:
        changed = [say("Renamed plan {name} to {now_name}", name=was.name, now_name=now.name), *changed]
    elif changed:
        changed[0] = say("Changed plan {name}: {changed}", name=now.name, changed=changed[0])
    return say("Plan {name} is unchanged", name=now.name) if not changed else ", ".join(changed)
