"""The `membership add` and `membership renew` commands."""

from typing import Annotated

import typer

from clientctl.base import calendar, choices, money
from clientctl.base.words import say
from clientctl.cli.framework import buyer, runner
from clientctl.cli.framework.arguments import ClientOption, Membership
from clientctl.cli.framework.buyer import Email, NewClient, Paid, Phone
from clientctl.cli.framework.commands import ChangeCommand, Verbs
from clientctl.cli.framework.doubts import Doubts, change_if_confirmed
from clientctl.cli.memberships import membership_moves
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import enrolment, renewal
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.money import checkout
from clientctl.domain.offers import rates
from clientctl.domain.offers.plans import COLLECTIONS
from clientctl.domain.practice import typed_days
from clientctl.errors import UsageError
from clientctl.store import Writer

app = Verbs()

Rate = Annotated[
    str | None,
    typer.Option("--rate", metavar="RATE", help="The rate's name; not needed if the plan has only one."),
]
Until = Annotated[str | None, typer.Option("--until", metavar="DAY", help="The last day.")]
Term = Annotated[
    str | None,
    typer.Option(
        "--for", metavar="DURATION", help="How long, like 1y; the rate's default unless given, else without end."
    ),
]


@app.command("add", cls=ChangeCommand)
def add(
    context: typer.Context,
    plan: Annotated[
        str,
        typer.Option(
            "--plan", metavar="PLAN", help="The plan's name; with its rate, like Yoga/Monthly, --rate is not needed."
        ),
    ],
    client: ClientOption = None,
    new_client: NewClient = None,
    email: Email = None,
    phone: Phone = None,
    rate: Rate = None,
    start: Annotated[str, typer.Option("--start", metavar="DAY", help="The first day.")] = "today",
    until: Until = None,
    term: Term = None,
    settled: Annotated[
        bool, typer.Option("--settled", help="Charge nothing due before today, as it was settled elsewhere.")
    ] = False,
    next_billing: Annotated[
        str | None,
        typer.Option(
            "--next-billing",
            metavar="DAY",
            help="Charge nothing due before this bill day, as it was settled elsewhere.",
        ),
    ] = None,
    collection: Annotated[
        str | None,
        typer.Option("--collection", metavar="HOW", help=f"{', '.join(COLLECTIONS)}; the plan's unless given."),
    ] = None,
    method: Annotated[
        int | None, typer.Option("--method", metavar="ID", help="The payment method to collect with.")
    ] = None,
    no_setup: Annotated[bool, typer.Option("--no-setup", help="Don't charge the rate's setup fee.")] = False,
    no_trial: Annotated[bool, typer.Option("--no-trial", help="Skip the rate's trial.")] = False,
    paid: Paid = None,
) -> None:
    """Sell a client a membership of a plan at a rate: creates the membership, its order and the first charges.

    With --dry-run it shows what would be charged. A second sale of the same membership, or a new client with the
    e-mail of one with another first name, must be confirmed on a terminal; elsewhere it is reported.

    Examples:
      clientctl membership add --client ana@example.com --plan Yoga --rate Monthly --start 2026-01-31 --for 1y
      clientctl membership add --client 12 --plan Yoga/Monthly --paid cash
      clientctl membership add --new-client 'Zoé Dubois' --email zoe@example.com --plan Yoga --dry-run
    """
    runner.check_only_one({"--until": until, "--for": term})
    buyer.check(client, new_client, email, phone)
    if paid and (settled or next_billing):
        raise UsageError(
            say("--paid does not go with --settled or --next-billing: nothing is charged that was settled elsewhere")
        )

    def act(db: Writer, doubts: Doubts) -> list[str]:
        made = enrolment.add(
            db,
            buyer.find_or_add(db, doubts, client, new_client, email, phone),
            rates.choose(db, plan, rate),
            MembershipTerms(
                start=typed_days.parse(db, start),
                until=typed_days.parse(db, until),
                term=None if term is None else calendar.parse_interval(term),
                settled=settled or next_billing is not None,
                next_bill_on=typed_days.parse(db, next_billing),
                collection=None
                if collection is None
                else choices.parse_one(collection, COLLECTIONS, say("way to collect")),
                method=method,
                with_setup=not no_setup,
                with_trial=not no_trial,
            ),
        )
        return _record_sale(db, doubts, None, made, paid)

    change_if_confirmed(context.obj, "membership add", act, memberships.card)


@app.command("renew", cls=ChangeCommand)
def renew(
    context: typer.Context,
    membership: Membership,
    rate: Annotated[
        str | None,
        typer.Option("--rate", metavar="RATE", help="The new rate, like Yoga/Yearly; the same unless given."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--start", metavar="DAY", help="The first day; the day after the old end if within the grace period."
        ),
    ] = None,
    until: Until = None,
    term: Annotated[
        str | None,
        typer.Option("--for", metavar="DURATION", help="How long, like 1y; as long as the old one unless given."),
    ] = None,
    paid: Paid = None,
) -> None:
    """Renew a membership that ends or has ended, as a new one; *member since* is kept if there is no gap.

    It lasts as long as the old one was sold for; at another rate, or if that is unknown, for the rate's default
    duration, else one interval. It never begins on a day that is already charged.

    Examples:
      clientctl membership renew M-1
      clientctl membership renew M-1 --rate Yoga/Yearly --for 1y --paid card
    """
    runner.check_only_one({"--until": until, "--for": term})

    def act(db: Writer, doubts: Doubts) -> list[str]:
        old = membership_periods.bill_first(
            db, membership_selectors.membership(db, membership, membership_selectors.RENEWABLE)
        )
        made = renewal.renew(
            db,
            old,
            clients.get(db, old.client_id),
            membership_moves.find_rate(db, old, None, rate) if rate else None,
            start=typed_days.parse(db, start),
            until=typed_days.parse(db, until),
            term=None if term is None else calendar.parse_interval(term),
        )
        return _record_sale(db, doubts, old.number, made, paid)

    change_if_confirmed(context.obj, "membership renew", act, memberships.card)


def _record_sale(
    db: Writer, doubts: Doubts, renewed: str | None, made: memberships.Membership, paid: str | None
) -> list[str]:
    """Describe what was sold and what is due; record the payment, if any."""
    buyer.notify_twin(db, doubts, made.number, made.client)
    price = f"{money.format_amount(made.price)} {made.price.currency}"
    whose = f"{made.client} ({made.client_id})"
    facts = [
        f"{made.plan}/{made.rate}",
        say("{price} every {every}", price=price, every=made.every) if made.every else say("{price} once", price=price),
        say("from {first} until {last}", first=made.starts_on, last=made.ends_on)
        if made.ends_on
        else say("from {first} without end", first=made.starts_on),
        say("trial until {day}", day=made.trial_ends_on) if made.trial_ends_on else "",
    ]
    values = {"number": made.number, "client": whose, "facts": ", ".join(filter(None, facts))}
    lines = [
        say("Renewed {old} as {number} ({client}): {facts}", old=renewed, **values)
        if renewed
        else say("Added {number} ({client}): {facts}", **values)
    ]
    lines += checkout.settle(db, made.order_id or 0, paid)
    if made.next_bill_on and made.next_bill_on < db.today and made.status != "expired":
        lines.append(
            say(
                "Not billed since {next_bill_on}: `clientctl billing run` charges for it; with --settled it "
                "would not be charged",
                next_bill_on=made.next_bill_on,
            )
        )
    return lines
