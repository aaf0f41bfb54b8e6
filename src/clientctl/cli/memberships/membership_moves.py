"""The `membership` commands that change one: extend, suspend, resume, cancel, change and edit."""

from collections.abc import Callable
from typing import Annotated

import typer

from clientctl.base import calendar, choices, money
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import Membership as Named
from clientctl.cli.framework.arguments import Reason, unset_option
from clientctl.cli.framework.commands import ChangeCommand, Verbs
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.periods import Dates
from clientctl.domain.memberships.record import Membership
from clientctl.domain.offers import plans, rates
from clientctl.domain.offers.plans import COLLECTIONS
from clientctl.domain.offers.rates import Rate
from clientctl.domain.practice import typed_days
from clientctl.errors import MissingParameterError
from clientctl.store import Reader, Writer

app = Verbs()

PlanName = Annotated[
    str | None, typer.Option("--plan", metavar="PLAN", help="The new plan; with its rate, like Yoga/Monthly.")
]
RateName = Annotated[
    str | None,
    typer.Option("--rate", metavar="RATE", help="The rate's name; of its present plan unless --plan is given."),
]

_EMPTIED = {"end": "until", "cancelled": "cancelled"}
"""The fields of ``--unset``, and the options that set them."""


@app.command("extend", cls=ChangeCommand)
def extend(
    context: typer.Context,
    membership: Named,
    by: Annotated[str | None, typer.Option("--by", metavar="DURATION", help="By how much, like 1m or 10d.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help="The new last day.")] = None,
    charge: Annotated[bool, typer.Option("--charge", help="Bill the added time; free unless given.")] = False,
) -> None:
    """Move the end of a live membership to a later day; the added time is free without --charge.

    If it ends with a period, months are counted from the anchor: when it began on January 31, an
    end on February 27 moves to March 30.

    Examples:
      clientctl membership extend M-1 --by 1m
      clientctl membership extend M-1 --until 2027-12-31 --charge --dry-run
    """
    if runner.check_only_one({"--by": by, "--until": until}) is None:
        raise MissingParameterError(say("extend by how much? use --by 1m or --until DAY"), "--by")

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import endings

        found = membership_selectors.membership(db, membership, membership_selectors.CHANGEABLE)
        before = membership_periods.dates(db, found)
        length = None if by is None else calendar.parse_interval(by)
        after = endings.extend(db, found, until=typed_days.parse(db, until), by=length, charge=charge)
        return [_describe_moved_dates(db, say("Extended {after}", after=_title(after)), before, after)]

    runner.change(context.obj, "membership extend", act, memberships.card)


@app.command("suspend", cls=ChangeCommand)
def suspend(
    context: typer.Context,
    membership: Named,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="DAY", help="The first day without access; today, or the start if later, unless given."
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="DAY", help="The first day with access again; open-ended unless given."),
    ] = None,
    reason: Reason = None,
) -> None:
    """Pause a membership from today or a later day, until a planned day or open-ended.

    Depending on its plan, the end and later bill days move by the length of the pause, together with the membership
    it was renewed as; or they stay, and bill days within the pause are dropped, with what was billed for them. While
    the pause is open-ended, nothing moves and nothing is billed; a cancelled or renewed membership needs --resume.
    What is due by today stays due.

    Examples:
      clientctl membership suspend M-1 --reason 'broken leg'
      clientctl membership suspend M-31 --from 2026-08-01 --resume 2026-09-01
    """

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import pauses

        found = membership_selectors.membership(db, membership, membership_selectors.CHANGEABLE)
        before = membership_periods.dates(db, found)
        first, back = typed_days.parse(db, from_), typed_days.parse(db, resume)
        after = pauses.suspend(db, found, starts_on=first, resumes_on=back, reason=reason)
        first = first or max(db.today, found.starts_on)
        values = {"membership": _title(after), "first": first, "back": back}
        return [
            _describe_moved_dates(
                db,
                say("Suspended {membership} from {first} to {back}", **values)
                if back
                else say("Suspended {membership} from {first} until it is resumed", **values),
                before,
                after,
            )
        ]

    runner.change(context.obj, "membership suspend", act, memberships.card)


@app.command("resume", cls=ChangeCommand)
def resume(
    context: typer.Context,
    membership: Named,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="The first day with access again; today unless given.")
    ] = None,
) -> None:
    """End a pause today or on a later day; a pause that has not begun is cancelled.

    If it ends earlier than planned, the end and bill days move back by the difference.

    Examples:
      clientctl membership resume M-1
      clientctl membership resume M-1 --on +2w
    """

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import pauses

        found = membership_selectors.membership(db, membership, membership_selectors.RESUMABLE)
        before = membership_periods.dates(db, found)
        after, was, now = pauses.resume(db, found, typed_days.parse(db, on))
        if now is None:
            return [
                _describe_moved_dates(
                    db,
                    say(
                        "Cancelled the pause of {after} from {starts_on}", after=_title(after), starts_on=was.starts_on
                    ),
                    before,
                    after,
                )
            ]
        values = {"membership": _title(after), "day": now.resumes_on}
        return [
            _describe_moved_dates(
                db,
                say("Resumed {membership} on {day}", **values)
                if now.resumes_on == db.today
                else say("Resumes {membership} on {day}", **values),
                before,
                after,
            )
        ]

    runner.change(context.obj, "membership resume", act, memberships.card)


@app.command("cancel", cls=ChangeCommand)
def cancel(
    context: typer.Context,
    membership: Named,
    now: Annotated[bool, typer.Option("--now", help="At once: yesterday was the last day.")] = False,
    at_period_end: Annotated[bool, typer.Option("--at-period-end", help="At the end of the current period.")] = (False),
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="The last day.")] = None,
    reason: Reason = None,
    force: Annotated[
        bool, typer.Option("--force", help="Ignore the agreed notice and minimum term; this is recorded.")
    ] = False,
    refund: Annotated[
        bool, typer.Option("--refund", help="Refund what was paid for days after the last one; asks first.")
    ] = False,
) -> None:
    """Cancel a membership: now, at the end of the period, or on a day.

    Charges after the last day are waived. Nothing paid is refunded without --refund. Until the last
    day is over, `membership edit M-1 --unset cancelled` undoes it.

    Examples:
      clientctl membership cancel M-1 --at-period-end --reason 'moves away'
      clientctl membership cancel M-2 --now --refund --yes
    """
    if runner.check_only_one({"--now": now, "--at-period-end": at_period_end, "--on": on}) is None:
        raise MissingParameterError(say("cancel when? use --now, --at-period-end or --on DAY"), "--on")

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import endings

        found = membership_selectors.membership(db, membership, membership_selectors.CHANGEABLE)
        before = membership_periods.dates(db, found)
        when: endings.Cancellation = typed_days.parse(db, on) or ("now" if now else "at-period-end")
        ended = endings.cancel(db, found, when, reason, force=force, refund=refund)
        if not db.has_changed():
            return [
                say(
                    "{found} is already cancelled, its last day is {cancelled_on}",
                    found=_title(found),
                    cancelled_on=found.cancelled_on,
                ),
                *ended.sentences,
            ]
        last = say(
            "Cancelled {membership}: last day {day} (was {was})",
            membership=_title(found),
            day=ended.membership.cancelled_on,
            was=before.ends or say("without end"),
        )
        after = membership_periods.dates(db, found)._replace(ends=before.ends)
        done = [", ".join([last, *membership_periods.describe_moves(before, after)]), *ended.sentences]
        if ended.has_missed_refund and not context.obj.dry_run:
            done.append(say("`clientctl undo` undoes the cancellation, so that you can cancel again with --refund"))
        return done

    if refund:
        _ask(
            context.obj,
            "membership cancel",
            act,
            membership,
            lambda title: say("{membership} would be cancelled and refunded", membership=title),
            say("Cancel it?"),
        )
    runner.change(context.obj, "membership cancel", act, memberships.card)


@app.command("change", cls=ChangeCommand)
def change(
    context: typer.Context,
    membership: Named,
    plan: PlanName = None,
    rate: RateName = None,
    now: Annotated[
        bool,
        typer.Option("--now", help="Today: the remaining days are credited and charged at the new rate; asks first."),
    ] = False,
) -> None:
    """Change the plan or rate of a membership, from its next bill day on, or today.

    A new change replaces a pending one; choosing the present rate drops a pending change.

    Examples:
      clientctl membership change M-31 --rate Quarterly
      clientctl membership change M-31 --plan Aqua/Monthly --now --dry-run
    """
    _check_rate_given(plan, rate)

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import rate_changes

        found = membership_periods.bill_first(
            db, membership_selectors.membership(db, membership, membership_selectors.CHANGEABLE)
        )
        before, chosen = membership_periods.dates(db, found), find_rate(db, found, plan, rate)
        if now:
            after, lines = rate_changes.change_now(db, found, chosen)
            fact = say("Changed {after} to {price}", after=_title(after), price=_describe_price(after))
            return [_describe_moved_dates(db, fact, before, after), *lines]
        after = rate_changes.change_at_next_billing(db, found, chosen)
        pending = rate_changes.pending(db, after)
        if pending is None:
            return [say("{after} stays at {price}", after=_title(after), price=_describe_price(after))]
        to = say(
            "{full_name}, {price} {currency} every {every}",
            full_name=chosen.full_name,
            price=money.format_amount(chosen.price),
            currency=chosen.price.currency,
            every=chosen.every,
        )
        values = {"membership": _title(after), "rate": to, "day": pending[1] or say("its next bill day")}
        return [
            say("{membership} changes to {rate}, on {day}", **values)
            if db.has_changed()
            else say("{membership} changes to {rate}, on {day}, as already agreed", **values)
        ]

    if now:
        _ask(
            context.obj,
            "membership change",
            act,
            membership,
            lambda title: say("{membership} would change today", membership=title),
            say("Change it?"),
        )
    runner.change(context.obj, "membership change", act, memberships.card)


@app.command("edit", cls=ChangeCommand)
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
        int | None, typer.Option("--method", metavar="ID", help="The payment method to collect with.")
    ] = None,
    member_since: Annotated[
        str | None, typer.Option("--member-since", metavar="DAY", help="The day its client became a member.")
    ] = None,
    unset: Annotated[list[str] | None, unset_option(_EMPTIED)] = None,
) -> None:
    """Correct a membership that was entered wrongly, as if it had been entered this way from the start.

    Bill days, the end and the charges follow; nothing new is charged ahead. Extensions are kept, unless --until sets
    the last day. It is refused if a paid period would disappear, or if it would overlap the membership it was
    renewed as. For later changes, use `change`, `extend` and `cancel`. Until the last day of a cancellation is over,
    --unset cancelled undoes it.

    Examples:
      clientctl membership edit M-32 --start 2026-03-05
      clientctl membership edit M-32 --plan Yoga/Monthly --until 2026-12-31 --dry-run
      clientctl membership edit M-31 --for 1y
      clientctl membership edit M-1 --unset end
    """
    values = {
        "plan": plan,
        "rate": rate,
        "start": start,
        "until": until,
        "for": term,
        "collection": collection,
        "method": method,
        "since": member_since,
    }
    emptied = runner.parse_unset(unset, _EMPTIED, values)
    runner.check_only_one({"--until": until, "--for": term, "--unset end": "end" if "until" in emptied else None})
    runner.check_change_given([*values.values(), *emptied], say("give an option, like --start, --until or --rate"))
    if collection is not None:
        collection = choices.parse_one(collection, COLLECTIONS, say("way to collect"))

    def act(db: Writer) -> list[str]:
        from clientctl.domain.memberships import as_entered, endings
        from clientctl.domain.memberships import corrections as membership_corrections

        found = membership_selectors.membership(db, membership, membership_selectors.ANY)
        if plan or rate:  # billing can apply a pending change of the plan
            found = membership_periods.bill_first(db, found)
        before = membership_periods.dates(db, found)
        lines: list[str] = []
        if "cancelled" in emptied:
            found, lines, _ = endings.reverse_cancellation(db, found)
        wanted = as_entered.Correction(
            rate=find_rate(db, found, plan, rate) if plan or rate else None,
            start=typed_days.parse(db, start),
            until=typed_days.parse(db, until),
            term=None if term is None else calendar.parse_interval(term),
            endless="until" in emptied,
            collection=collection,
            method=method,
            member_since=typed_days.parse(db, member_since),
        )
        after, corrected = membership_corrections.edit(db, found, wanted)
        facts = [
            *_describe_terms(found, after),
            *membership_periods.describe_moves(before, membership_periods.dates(db, after)),
        ]
        if not db.has_changed():
            return [say("{after} is unchanged", after=_title(after))]
        return [
            ": ".join(filter(None, [say("Edited {after}", after=_title(after)), ", ".join(facts)])),
            *lines,
            *corrected,
        ]

    runner.change(context.obj, "membership edit", act, memberships.card)


def _ask(
    session: Session,
    name: str,
    act: Callable[[Writer], list[str]],
    number: str,
    fact: Callable[[str], str],
    question: str,
) -> None:
    """Ask before money is moved."""
    runner.confirm_preview(
        session,
        name,
        act,
        lambda db: fact(_title(membership_selectors.membership(db, number, membership_selectors.CHANGEABLE))),
        question,
    )


def _check_rate_given(plan: str | None, rate: str | None) -> None:
    if plan is None and rate is None:
        raise MissingParameterError(say("which rate? use --rate, or --plan with --rate"), "--rate")


def find_rate(db: Reader, membership: Membership, plan: str | None, rate: str | None) -> Rate:
    """Find the rate that was named, of the named plan or else of the present one."""
    if plan is not None:
        return rates.choose(db, plan, rate)
    if rate is not None and "/" in rate:
        return rates.find(db, rate)
    return rates.find_of_plan(db, plans.find(db, membership.plan), rate or "")


def _describe_moved_dates(db: Reader, what: str, before: Dates, after: Membership) -> str:
    """Describe what was done and each date that moved."""
    dates = membership_periods.describe_moves(before, membership_periods.dates(db, after))
    return f"{what}: {', '.join(dates)}" if dates else what


def _describe_terms(before: Membership, after: Membership) -> list[str]:
    """Describe the changes of rate, price, length and payment."""
    facts = (
        [say("{after} (was {before})", after=_describe_price(after), before=_describe_price(before))]
        if _describe_price(before) != _describe_price(after)
        else []
    )
    terms: dict[str, tuple[object, object]] = {
        say("collection"): (before.collection, after.collection),
        say("payment method"): (before.payment_method_id, after.payment_method_id),
        say("sold for"): (before.sold_for, after.sold_for),
    }
    if before.starts_on == after.starts_on:  # else it only follows the start
        terms[say("member since")] = (before.member_since_on, after.member_since_on)
    if after.cancelled_on and before.last_on == after.last_on:
        terms[say("end without the cancellation")] = (before.ends_on, after.ends_on)
    none = say("none")
    return facts + [
        say("{name} {new} (was {former})", name=what, new=now or none, former=was or none)
        for what, (was, now) in terms.items()
        if was != now
    ]


def _describe_price(membership: Membership) -> str:
    price = f"{money.format_amount(membership.price)} {membership.price.currency}"
    often = (
        say("{price} every {every}", price=price, every=membership.every)
        if membership.every
        else say("{price} once", price=price)
    )
    return f"{membership.plan}/{membership.rate}, {often}"


def _title(membership: Membership) -> str:
    return f"{membership.number} ({membership.client})"
