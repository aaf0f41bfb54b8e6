"""The `package` commands."""

import re
from typing import Annotated

import typer

from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.cli.framework import buyer, runner
from clientctl.cli.framework.arguments import (
    AnyPackage,
    ClientFilterOption,
    ClientOption,
    NeededReason,
    Reason,
    status_option,
    unset_option,
)
from clientctl.cli.framework.arguments import Package as Named
from clientctl.cli.framework.buyer import Email, NewClient, Paid, Phone
from clientctl.cli.framework.commands import ChangeCommand, Command, ListCommand, noun
from clientctl.cli.framework.doubts import Doubts, change_if_confirmed
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.memberships import packages
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.packages import STATUSES, Package
from clientctl.domain.money import checkout
from clientctl.domain.offers import plans, rates
from clientctl.domain.practice import typed_days
from clientctl.domain.shared.queries import Query
from clientctl.errors import MissingParameterError, UsageError
from clientctl.store import Reader, Writer

app = noun("Manage packages: sessions bought, used and remaining.")


_BY = r"[+-]?[0-9]{1,6}"
_UNSET = {"expires": "expires"}


@app.command("sell", cls=ChangeCommand)
def sell(
    context: typer.Context,
    plan: Annotated[
        str,
        typer.Option(
            "--plan", metavar="PLAN", help="The plan's name; with its rate, like 'Ten/Half', --rate is not needed."
        ),
    ],
    client: ClientOption = None,
    new_client: NewClient = None,
    email: Email = None,
    phone: Phone = None,
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="RATE", help="The rate's name; not needed if the plan has only one."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--start", metavar="DAY", help="The day its validity begins; set by its rate unless given."),
    ] = None,
    paid: Paid = None,
) -> None:
    """Sell a client a package of sessions: creates the package, its order and the charge.

    A second sale of the same package, or a new client with the e-mail of one with another first name, must be
    confirmed on a terminal; elsewhere it is reported.

    Examples:
      clientctl package sell --client ana@example.com --plan 'Ten classes'
      clientctl package sell --client 12 --plan 'Ten classes' --start monday --paid cash --dry-run
      clientctl package sell --new-client 'Zoé Dubois' --email zoe@example.com --plan 'Ten classes'
    """
    buyer.check(client, new_client, email, phone)

    def act(db: Writer, doubts: Doubts) -> list[str]:
        sold = packages.sell(
            db,
            buyer.find_or_add(db, doubts, client, new_client, email, phone),
            rates.choose(db, plan, rate),
            typed_days.parse(db, start),
        )
        buyer.notify_twin(db, doubts, sold.number, sold.client)
        title = f"{sold.number} ({sold.client} ({sold.client_id}))"
        what = f"{sold.plan}/{sold.rate}, {packages.format_sessions(sold.sessions)}, {_describe_days(sold)}"
        return [say("Sold {title}: {what}", title=title, what=what), *checkout.settle(db, sold.order_id, paid)]

    change_if_confirmed(context.obj, "package sell", act, packages.card)


@app.command("list", cls=ListCommand)
def list_(
    context: typer.Context,
    client: ClientFilterOption = None,
    plan: Annotated[
        list[str] | None, typer.Option("--plan", metavar="PLAN", help="Of this plan; repeat for several.")
    ] = None,
    status: Annotated[list[str] | None, status_option(STATUSES)] = None,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="RANGE", help="Expiring in this range, like next-month.")
    ] = None,
) -> int:
    """List packages.

    Examples:
      clientctl package list
      clientctl package list --client ana@example.com --status unused --status in-use
      clientctl package list --expires today..+1m --sort expires
    """

    def build(db: Reader) -> Query:
        where = packages.SOURCE.where(
            client=client_selectors.client_if_named(db, client),
            plan=[plans.find(db, name) for name in plan or ()],
            status=status,
            expires=typed_days.parse_range(db, expires),
        )
        return Query(packages.SOURCE, where)

    return runner.show_list(context.obj, build, say("No packages match."))


@app.command("show", cls=Command)
def show(context: typer.Context, package: Named) -> None:
    """Show a package, with everything that used or added sessions.

    Examples:
      clientctl package show K-1
    """
    runner.show_card(context.obj, lambda db: packages.card(db, membership_selectors.package(db, package).number))


@app.command("use", cls=ChangeCommand)
def use(
    context: typer.Context,
    package: AnyPackage = None,
    client: ClientOption = None,
    sessions: Annotated[int, typer.Option("--sessions", metavar="N", help="How many.")] = 1,
    on: Annotated[str, typer.Option("--on", metavar="DAY", help="The day they were used.")] = "today",
    reason: Reason = None,
) -> None:
    """Use one or several sessions of a package. A client's packages are used in the order they expire.

    Examples:
      clientctl package use K-1
      clientctl package use --client ana@example.com --sessions 2 --on yesterday
    """
    if runner.check_only_one({"PACKAGE": package, "--client": client}) is None:
        raise MissingParameterError(say("which package? give its number, like K-7, or --client"), "--client")

    def act(db: Writer) -> list[str]:
        day = typed_days.parse(db, on)
        who = (
            membership_selectors.client_of(db, package)
            if package is not None
            else client_selectors.client_named(db, client or "")
        )
        if who is None:
            found = packages.find(db, package or "")
            return [_describe_use(found, packages.use(db, found, sessions, day, reason))]
        return [_describe_use(was, now) for was, now in packages.use_any(db, who, sessions, day, reason)]

    runner.change(context.obj, "package use", act, packages.card)


# A number with a minus would otherwise be read as an option.
@app.command("adjust", cls=ChangeCommand, context_settings={"ignore_unknown_options": True})
def adjust(
    context: typer.Context,
    package: Named,
    by: Annotated[str, typer.Argument(metavar="SESSIONS", help="How many to add, like +2, or remove, like -1.")],
    reason: NeededReason = None,
) -> None:
    """Add sessions to a package or remove some, for a reason.

    Examples:
      clientctl package adjust K-1 +2 --reason 'class cancelled'
      clientctl package adjust K-1 -1 --reason 'came without booking'
    """
    if not re.fullmatch(_BY, by):
        raise UsageError(say("{by} is not a number of sessions: give one like +2 or -1", by=quoted(by)))

    def act(db: Writer) -> list[str]:
        found = membership_selectors.package(db, package)
        after = packages.adjust(db, found, int(by), reason)
        return [
            say(
                "Adjusted {after}: {left} left (was {found_left})",
                after=_title(after),
                left=packages.format_sessions(after.left),
                found_left=found.left,
            )
        ]

    runner.change(context.obj, "package adjust", act, packages.card)


@app.command("edit", cls=ChangeCommand)
def edit(
    context: typer.Context,
    package: Named,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="DAY", help="The new last day, even if the old one is past.")
    ] = None,
    unset: Annotated[list[str] | None, unset_option(_UNSET)] = None,
) -> None:
    """Change or remove the last day of a package.

    Examples:
      clientctl package edit K-1 --expires 2026-12-31
      clientctl package edit K-1 --unset expires
    """
    runner.check_change_given([expires, unset], say("give --expires DAY or --unset expires"))
    runner.parse_unset(unset, _UNSET, {"expires": expires})

    def act(db: Writer) -> list[str]:
        found = membership_selectors.package(db, package)
        after = packages.expire(db, found, typed_days.parse(db, expires))
        if after.expires_on == found.expires_on:
            return [say("{found} is unchanged", found=_title(found))]
        return [
            say(
                "Changed {after}: {end} (was {found})",
                after=_title(after),
                end=_describe_end(after),
                found=_describe_end(found),
            )
        ]

    runner.change(context.obj, "package edit", act, packages.card)


def _describe_end(package: Package) -> str:
    return say("until {expires_on}", expires_on=package.expires_on) if package.expires_on else say("without a last day")


def _title(package: Package) -> str:
    return f"{package.number} ({package.client})"


def _describe_days(package: Package) -> str:
    if package.starts_on is None:
        return say("for {valid} from the first use", valid=package.valid) if package.valid else say("forever")
    if package.expires_on:
        return say("from {first} until {last}", first=package.starts_on, last=package.expires_on)
    return say("from {first} on", first=package.starts_on)


def _describe_use(was: Package, now: Package) -> str:
    taken = packages.format_sessions(was.left - now.left)
    values = {"taken": taken, "package": _title(now), "left": packages.format_sessions(now.left)}
    if now.expires_on:
        return say("Used {taken} of {package}: {left} left, until {day}", day=now.expires_on, **values)
    return say("Used {taken} of {package}: {left} left", **values)
