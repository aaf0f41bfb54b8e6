"""Type commands that bill memberships."""

from datetime import date
from typing import Annotated

import typer

from clientctl.base import money
from clientctl.base.listing import Card
from clientctl.base.money import Money
from clientctl.cli.framework import runner
from clientctl.cli.framework.options import ChangeCommand, ListCommand, noun
from clientctl.domain.memberships import billing
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.billing import Billed
from clientctl.domain.practice import typed_days
from clientctl.domain.session.opened import Reader, Writer

app = noun("Bill memberships: charge what has fallen due.")

Through = Annotated[
    str, typer.Option("--through", metavar="DAY", help="All that falls due until this day; a day to come bills ahead.")
]


@app.command("run", cls=ChangeCommand)
def run(context: typer.Context, through: Through = "today") -> None:
    """Charge every membership what has fallen due, and issue the credits that recur.

    Each period is charged once, however often this runs and whoever else runs it.

    Examples:
      clientctl billing run
      clientctl billing run --through +7d --dry-run
    """

    def act(db: Writer) -> list[str]:
        day = typed_days.day(db, through)
        return _said(billing.bill(db, day), day)

    runner.change(context.obj, "billing run", act, _card)


@app.command("preview", cls=ListCommand)
def preview(context: typer.Context, through: Through = "today") -> int:
    """List the charges that billing would make, with the working of each amount.

    Examples:
      clientctl billing preview
      clientctl billing preview --through +1m --sort client
    """
    return runner.show_list(
        context.obj,
        lambda db: billing.preview(db, typed_days.day(db, through)),
        "Nothing has fallen due that is not billed.",
    )


def _said(billed: Billed, day: date) -> list[str]:
    credits = [f"Issued {billed.credits} credit{'s' * (billed.credits > 1)}"] if billed.credits else []
    if not billed.charges:
        return credits or [f"Nothing has fallen due until {day} that is not billed"]
    sums = ", ".join(f"{money.amount(Money(minor, code))} {code}" for code, minor in sorted(billed.sums.items()))
    charges = f"{billed.charges} charge{'s' * (billed.charges > 1)}"
    whose = f"{billed.memberships} membership{'s' * (billed.memberships > 1)}"
    return [f"Made {charges} for {whose} until {day}: {sums}", *credits]


def _card(db: Reader, number: str) -> Card:
    return memberships.card(db, number)
