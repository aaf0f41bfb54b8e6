"""Type what happens to a membership in its life: extend, suspend, resume, cancel, change, edit."""

from collections.abc import Callable
from typing import Annotated

import typer

from clientctl.base import calendar, choices, money
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Membership as Named
from clientctl.cli.framework.options import Session
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.periods import Dates
from clientctl.domain.memberships.record import Membership
from clientctl.domain.offers import plans, rates
from clientctl.domain.offers.plans import COLLECTIONS
from clientctl.domain.offers.rates import Rate
from clientctl.domain.practice import typed_days
from clientctl.domain.session.opened import Reader, Writer
from clientctl.errors import LackingError

Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="Why.")]
PlanName = Annotated[
    str | None, typer.Option("--plan", metavar="PLAN", help="Another plan; with its rate, like Yoga/Monthly.")
]
RateName = Annotated[
    str | None,
    typer.Option("--rate", metavar="RATE", help="The rate's name; of the plan it is on unless --plan is given."),
]

_EMPTIED = {"end": "until", "cancelled": "cancelled"}
"""What ``--unset`` takes away, each with the option that gives it."""


def extend(
    context: typer.Context,
    membership: Named,
    by: Annotated[str | None, typer.Option("--by", metavar="DURATION", help="By how much, like 1m or 10d.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="The new last day.")] = None,
    charge: Annotated[bool, typer.Option("--charge", help="Bill the time added; free unless given.")] = False,
) -> None:
    """Give a live membership a later end, free of charge unless --charge bills the time added.

    Months are counted from the anchor where it ends with a period: from 31 January, an end on
    27 February moves to 30 March.

    Examples:
      clientctl membership extend M-1 --by 1m
      clientctl membership extend M-1 --until 2027-12-31 --charge --dry-run
    """
    if runner.only_one({"--by": by, "--until": until}) is None:
        raise LackingError("by how much? give --by 1m or --until DAY", "--by")

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import endings

        found = membership_selectors.membership(db, membership, membership_selectors.MOVED)
        before = membership_periods.dates(db, found)
        length = None if by is None else calendar.parse_interval(by)
        after = endings.extend(db, found, until=typed_days.day(db, until), by=length, charge=charge)
        return [_told(db, f"Extended {_name(after)}", before, after)]

    runner.change(context.obj, "membership extend", act, memberships.card)


def suspend(
    context: typer.Context,
    membership: Named,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="DAY", help="The first day without access; today, or the start if later."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="DAY", help="The first day with access again; open-ended unless given."),
    ] = None,
    reason: Reason = None,
) -> None:
    """Pause a membership, from today or a later day on, perhaps until a planned day.

    As its plan says, the end and the bill days after the pause move by its length, and what it was renewed as moves
    along; or they stay, and the bill days inside are dropped, with what was billed for them. While it is open-ended,
    nothing moves and nothing is billed; what is cancelled or renewed needs --resume. What is due by today stays due.

    Examples:
      clientctl membership suspend M-1 --reason 'broken leg'
      clientctl membership suspend M-31 --from 2026-08-01 --resume 2026-09-01
    """

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import pauses

        found = membership_selectors.membership(db, membership, membership_selectors.MOVED)
        before = membership_periods.dates(db, found)
        first, back = typed_days.day(db, from_), typed_days.day(db, resume)
        after = pauses.suspend(db, found, starts_on=first, resumes_on=back, reason=reason)
        until = f"to {back}" if back else "until it is resumed"
        first = first or max(db.today, found.starts_on)
        return [_told(db, f"Suspended {_name(after)} from {first} {until}", before, after)]

    runner.change(context.obj, "membership suspend", act, memberships.card)


def resume(
    context: typer.Context,
    membership: Named,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The first day with access again; today unless given.")
    ] = None,
) -> None:
    """End a pause, today or on a later day; one that has not begun is called off.

    Earlier than planned, it gives the difference back.

    Examples:
      clientctl membership resume M-1
      clientctl membership resume M-1 --on +2w
    """

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import pauses

        found = membership_selectors.membership(db, membership, membership_selectors.PAUSED)
        before = membership_periods.dates(db, found)
        after, was, now = pauses.resume(db, found, typed_days.day(db, on))
        if now is None:
            return [_told(db, f"Called off the pause of {_name(after)} from {was.starts_on}", before, after)]
        said = "Resumed" if now.resumes_on == db.today else "Resumes"
        return [_told(db, f"{said} {_name(after)} on {now.resumes_on}", before, after)]

    runner.change(context.obj, "membership resume", act, memberships.card)


def cancel(
    context: typer.Context,
    membership: Named,
    now: Annotated[bool, typer.Option("--now", help="At once: yesterday was the last day.")] = False,
    at_period_end: Annotated[bool, typer.Option("--at-period-end", help="When the period that holds today ends.")] = (
        False
    ),
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The last day.")] = None,
    reason: Reason = None,
    force: Annotated[
        bool, typer.Option("--force", help="Below the notice or minimum term that was agreed; that is recorded.")
    ] = False,
    refund: Annotated[
        bool, typer.Option("--refund", help="Give back what was paid for days after the last one; asks.")
    ] = False,
) -> None:
    """End a membership early: now, when its period ends, or on a day.

    What is charged for after the last day is waived. Nothing that was paid is given back unless --refund says so.
    Until the last day is over, `membership edit M-1 --unset cancelled` takes it back.

    Examples:
      clientctl membership cancel M-1 --at-period-end --reason 'moves away'
      clientctl membership cancel M-2 --now --refund --yes
    """
    if runner.only_one({"--now": now, "--at-period-end": at_period_end, "--on": on}) is None:
        raise LackingError("from when? give --now, --at-period-end or --on DAY", "--on")

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import endings

        found = membership_selectors.membership(db, membership, membership_selectors.MOVED)
        before = membership_periods.dates(db, found)
        when: endings.Cancellation = typed_days.day(db, on) or ("now" if now else "at-period-end")
        ended = endings.cancel(db, found, when, reason, force=force, refund=refund)
        if not db.has_changed():
            return [f"{_name(found)} is cancelled already, its last day is {found.cancelled_on}", *ended.said]
        last = (
            f"Cancelled {_name(found)}: last day {ended.membership.cancelled_on} (was {before.ends or 'without end'})"
        )
        after = membership_periods.dates(db, found)._replace(ends=before.ends)
        return [", ".join([last, *membership_periods.moved(before, after)]), *ended.said]

    if refund:
        _ask(context.obj, "membership cancel", act, membership, "would be cancelled and paid back", "Do that?")
    runner.change(context.obj, "membership cancel", act, memberships.card)


def change(
    context: typer.Context,
    membership: Named,
    plan: PlanName = None,
    rate: RateName = None,
    now: Annotated[
        bool, typer.Option("--now", help="Today: the days left are given back and charged anew; asks.")
    ] = False,
) -> None:
    """Put a membership on another plan or rate, from its next bill day on, or today.

    Another change takes the place of one that is still to come; naming the present rate takes it back.

    Examples:
      clientctl membership change M-31 --rate Quarterly
      clientctl membership change M-31 --plan Aqua/Monthly --now --dry-run
    """
    _check_rate_given(plan, rate)

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import rate_changes

        found = membership_periods.bill_first(
            db, membership_selectors.membership(db, membership, membership_selectors.MOVED)
        )
        before, chosen = membership_periods.dates(db, found), rate_of(db, found, plan, rate)
        if now:
            after, said = rate_changes.now(db, found, chosen)
            return [_told(db, f"Changed {_name(after)} to {_price(after)}", before, after), *said]
        after = rate_changes.at_next_billing(db, found, chosen)
        pending = rate_changes.pending(db, after)
        if pending is None:
            return [f"{_name(after)} stays at {_price(after)}"]
        to = f"{chosen.full_name}, {money.amount(chosen.price)} {chosen.price.currency} every {chosen.every}"
        already = "" if db.has_changed() else ", as is agreed already"
        return [f"{_name(after)} changes to {to}, on {pending[1] or 'its next bill day'}{already}"]

    if now:
        _ask(context.obj, "membership change", act, membership, "would change today", "Change it?")
    runner.change(context.obj, "membership change", act, memberships.card)


def edit(
    context: typer.Context,
    membership: Named,
    plan: PlanName = None,
    rate: RateName = None,
    start: Annotated[str | None, typer.Option("--start", metavar="DAY", help="The first day.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="The last day.")] = None,
    term: Annotated[
        str | None, typer.Option("--for", metavar="DURATION", help="How long it was sold for, like 1y.")
    ] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="HOW", help=f"{', '.join(COLLECTIONS)}.")
    ] = None,
    method: Annotated[
        int | None, typer.Option("--method", metavar="ID", help="The payment method it is collected through.")
    ] = None,
    member_since: Annotated[
        str | None, typer.Option("--member-since", metavar="DAY", help="Since when its client is a member.")
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Take away: end, or cancelled; repeat.")
    ] = None,
) -> None:
    """Correct a membership that was entered wrongly, as if it had been entered so from the start.

    Bill days, end and what was charged follow; nothing is charged ahead that was not before. What it was extended
    by is kept, unless --until says the last day. It is refused if a period that is paid would be gone, or if days
    would be taken that what it was renewed as has. For what has changed since, there are `change`, `extend` and
    `cancel`. Until the last day of a cancellation is over, --unset cancelled takes it back.

    Examples:
      clientctl membership edit M-32 --start 2026-03-05
      clientctl membership edit M-32 --plan Yoga/Monthly --until 2026-12-31 --dry-run
      clientctl membership edit M-31 --for 1y
      clientctl membership edit M-1 --unset end
    """
    given = {
        "plan": plan,
        "rate": rate,
        "start": start,
        "until": until,
        "for": term,
        "collection": collection,
        "method": method,
        "since": member_since,
    }
    emptied = runner.emptied(unset, _EMPTIED, given)
    runner.only_one({"--until": until, "--for": term, "--unset end": "end" if "until" in emptied else None})
    runner.refuse_nothing([*given.values(), *emptied], "give --start, --until, --rate or another option")
    if collection is not None:
        collection = choices.one(collection, COLLECTIONS, "way to collect")

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import as_entered, endings
        from clientctl.domain.memberships import corrections as membership_corrections

        found = membership_selectors.membership(db, membership, membership_selectors.SHOWN)
        if plan or rate:  # its plan is the one it is on once what is due is billed
            found = membership_periods.bill_first(db, found)
        before = membership_periods.dates(db, found)
        said: list[str] = []
        if "cancelled" in emptied:
            found, said = endings.take_back(db, found)
        wanted = as_entered.Edit(
            rate=rate_of(db, found, plan, rate) if plan or rate else None,
            start=typed_days.day(db, start),
            until=typed_days.day(db, until),
            term=None if term is None else calendar.parse_interval(term),
            endless="until" in emptied,
            collection=collection,
            method=method,
            member_since=typed_days.day(db, member_since),
        )
        after, corrected = membership_corrections.edit(db, found, wanted)
        facts = [*_retold(found, after), *membership_periods.moved(before, membership_periods.dates(db, after))]
        if not db.has_changed():
            return [f"{_name(after)} is so already"]
        return [": ".join(filter(None, [f"Edited {_name(after)}", ", ".join(facts)])), *said, *corrected]

    runner.change(context.obj, "membership edit", act, memberships.card)


def _ask(
    session: Session, name: str, act: Callable[[Writer], list[str]], number: str, fact: str, question: str
) -> None:
    """Ask before money is moved."""
    runner.confirm_foreseen(
        session,
        name,
        act,
        lambda db: f"{_name(membership_selectors.membership(db, number, membership_selectors.MOVED))} {fact}",
        question,
    )


def _check_rate_given(plan: str | None, rate: str | None) -> None:
    if plan is None and rate is None:
        raise LackingError("to which rate? give --rate, or --plan with --rate", "--rate")


def rate_of(db: Reader, membership: Membership, plan: str | None, rate: str | None) -> Rate:
    """Find the rate that is meant: of the plan that is named, else of the present one."""
    if plan is not None:
        return rates.chosen(db, plan, rate)
    if rate is not None and "/" in rate:
        return rates.find(db, rate)
    return rates.of(db, plans.find(db, membership.plan), rate or "")


def _told(db: Reader, what: str, before: Dates, after: Membership) -> str:
    """Describe what was done, and each date that moved."""
    dates = membership_periods.moved(before, membership_periods.dates(db, after))
    return f"{what}: {', '.join(dates)}" if dates else what


def _retold(before: Membership, after: Membership) -> list[str]:
    """Say at which rate, for how much, for how long and how it is paid, where that is other than it was."""
    said = [f"{_price(after)} (was {_price(before)})"] if _price(before) != _price(after) else []
    told: dict[str, tuple[object, object]] = {
        "collection": (before.collection, after.collection),
        "payment method": (before.payment_method_id, after.payment_method_id),
        "sold for": (before.sold_for, after.sold_for),
    }
    if before.starts_on == after.starts_on:  # else it may only follow
        told["member since"] = (before.member_since_on, after.member_since_on)
    if after.cancelled_on and before.last_on == after.last_on:
        told["end without the cancellation"] = (before.ends_on, after.ends_on)
    return said + [f"{what} {now or 'none'} (was {was or 'none'})" for what, (was, now) in told.items() if was != now]


def _price(membership: Membership) -> str:
    price = membership.price
    every = f"every {membership.every}" if membership.every else "once"
    return f"{membership.plan}/{membership.rate}, {money.amount(price)} {price.currency} {every}"


def _name(membership: Membership) -> str:
    return f"{membership.number} ({membership.client})"
