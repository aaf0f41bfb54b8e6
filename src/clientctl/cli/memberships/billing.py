"""The `billing` commands."""

from datetime import date
from typing import Annotated

import typer

from clientctl.base import money
from clientctl.base.listing import Card
from clientctl.base.money import Money
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.commands import ChangeCommand, ListCommand, noun
from clientctl.domain.memberships import billing
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.billing import BillingTotals
from clientctl.domain.practice import typed_days
from clientctl.store import Reader, Writer

app = noun("Bill memberships: charge what has fallen due.")

Through = Annotated[
    str, typer.Option("--through", metavar="DAY", help="Bill what falls due by this day; a future day bills ahead.")
]


@app.command("run", cls=ChangeCommand)
def run(context: typer.Context, through: Through = "today") -> None:
    """Charge every membership what has fallen due, and issue recurring credits.

    Each period is charged only once, however often and by whomever this is run.

    Examples:
      clientctl billing run
      clientctl billing run --through +7d --dry-run
    """

    def act(db: Writer) -> list[str]:
        day = typed_days.parse(db, through)
        return _describe(billing.bill(db, day), day)

    runner.change(context.obj, "billing run", act, _card)


@app.command("preview", cls=ListCommand)
def preview(context: typer.Context, through: Through = "today") -> int:
    """List the charges that billing would create, and how each amount is calculated.

    Examples:
      clientctl billing preview
      clientctl billing preview --through +1m --sort client
    """
    return runner.show_list(
        context.obj,
        lambda db: billing.preview(db, typed_days.parse(db, through)),
        say("Everything due is already billed."),
    )


def _describe(billed: BillingTotals, day: date) -> list[str]:
    credits = [count(billed.credits, "Issued {n} credit", "Issued {n} credits")] if billed.credits else []
    if not billed.charges:
        return credits or [say("Everything due by {day} is already billed", day=day)]
    sums = ", ".join(f"{money.format_amount(Money(minor, code))} {code}" for code, minor in sorted(billed.sums.items()))
    charges = count(billed.charges, "{n} charge", "{n} charges")
    whose = count(billed.memberships, "{n} membership", "{n} memberships")
    return [
        say("Created {charges} for {whose}, due by {day}: {sums}", charges=charges, whose=whose, day=day, sums=sums),
        *credits,
    ]


def _card(db: Reader, number: str) -> Card:
    return memberships.card(db, number)
