"""Change the plan or rate of memberships: at the next bill day, or today with charges settled to the day."""

from datetime import date

from clientctl.base import calendar, money
from clientctl.base.calendar import ONE_DAY, from_iso, to_iso
from clientctl.base.money import Money
from clientctl.base.text import word
from clientctl.base.words import say
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import billing, enrolment, successors, unused_days
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.billing import RateChange
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Period, Schedule
from clientctl.domain.money import charges, credit_spending, credits
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import intervals
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader, Writer


def change_at_next_billing(db: Writer, membership: Membership, rate: Rate) -> Membership:
    """Record a change to another rate at the next bill day, replacing an agreed one; the present rate deletes it.

    Bill days up to today are billed first, at the present terms. Nothing is pro rata. Return the changed membership.
    Raise RefusedError, UsageError.
    """
    membership = membership_periods.bill_first(db, membership)
    every = _check(db, membership, rate).every
    pending = db.value("SELECT id FROM membership_changes WHERE membership_id = ?", (membership.id,))
    if rate.id == membership.rate_id:
        if not pending:
            raise RefusedError(
                say(
                    "{number} is at {full_name} already: name another rate",
                    number=membership.number,
                    full_name=rate.full_name,
                )
            )
        db.delete("membership_changes", pending)
    else:
        _check_billed_again(db, membership, rate)
        terms = {
            "rate_id": rate.id,
            "price_minor": rate.price.minor,
            "currency": rate.price.currency,
            **intervals.columns(every=every),
            "agreed_on": db.today.isoformat(),
        }
        if pending:
            db.update("membership_changes", pending, **terms)
        else:
            db.insert("membership_changes", membership_id=membership.id, **terms)
    db.note_number(membership.number)
    return memberships.get(db, membership.id)


def change_now(db: Writer, membership: Membership, rate: Rate) -> tuple[Membership, list[str]]:
    """Change the rate of a membership today: the days left are credited, and charged at the new rate.

    With the same interval, the new rate is charged pro rata until the same next bill day; else a period begins today,
    and bill days are counted from it. Return the changed membership, and a sentence for each changed charge.
    Raise RefusedError, UsageError.
    """
    membership = membership_periods.bill_first(db, membership)
    change = _check(db, membership, rate)
    if rate.id == membership.rate_id:
        raise RefusedError(
            say(
                "{number} is at {full_name} already: name another rate",
                number=membership.number,
                full_name=rate.full_name,
            )
        )
    if membership.status == "paused":
        raise RefusedError(
            say("{number} is paused: `clientctl membership resume {number}` first", number=membership.number)
        )
    schedule = membership_periods.schedule_of(db, membership)
    rest = _rest_of_period(db, membership, schedule, rate)
    assert schedule  # noqa: S101 - what is paid once was refused; this tells mypy
    sentences, credited = _give_back(db, membership, schedule)
    for (pending,) in db.rows("SELECT id FROM membership_changes WHERE membership_id = ?", (membership.id,)):
        db.delete("membership_changes", pending)
    new_schedule = billing.change_schedule(schedule, change, db.today)
    billing.apply_change(db, membership, change, new_schedule)
    if calendar.same_length(change.every, schedule.every):
        following = new_schedule.next_after(rest.ends_on) or billing.waiting_bill_day(
            new_schedule, rest.ends_on + ONE_DAY
        )
        db.update("memberships", membership.id, next_bill_on=to_iso(following))
        _charge(db, membership, rate, rest)
    else:
        db.update("memberships", membership.id, next_bill_on=db.today.isoformat())
        billing.bill(db, db.today, [membership.id])
    sentences += _pay(db, membership, credited)
    db.numbers[:] = [membership.number]
    return memberships.get(db, membership.id), sentences


# -- checks -------------------------------------------------------------------------------------


def _check(db: Reader, membership: Membership, rate: Rate) -> RateChange:
    """Return a change to a rate, agreed today. Raise RefusedError, UsageError when it is not possible."""
    number = membership.number
    membership_periods.check_not_over(db, membership)
    enrolment.check_sellable(clients.get(db, membership.client_id), rate, "membership")
    if membership.status == "upcoming":
        raise RefusedError(
            say(
                "{number} starts only on {starts_on}: `clientctl membership edit {number} --rate {full_name}` "
                "corrects it",
                number=number,
                starts_on=membership.starts_on,
                full_name=word(rate.full_name),
            )
        )
    membership_periods.check_not_cancelled(membership)
    if membership.every is None:
        sells = (
            successors.renew_command(db, membership, rate)
            if membership.ends_on
            else enrolment.sell_command(membership, rate)
        )
        raise RefusedError(
            say(
                "{number} is paid once, there is no next billing: {sells} sells the other rate",
                number=number,
                sells=sells,
            )
        )
    if rate.every is None:
        sells = enrolment.sell_command(membership, rate)
        raise RefusedError(
            say(
                "{full_name} is paid once: cancel {number}, and {sells} sells that one",
                full_name=rate.full_name,
                number=number,
                sells=sells,
            )
        )
    if rate.price.currency != membership.price.currency:
        raise UsageError(
            say(
                "{number} is paid in {currency}, {full_name} in {price_currency}: cancel it, and {sell_command} "
                "sells that one",
                number=number,
                currency=membership.price.currency,
                full_name=rate.full_name,
                price_currency=rate.price.currency,
                sell_command=enrolment.sell_command(membership, rate),
            )
        )
    return RateChange(0, rate, rate.price, rate.every, db.today)


def _check_billed_again(db: Reader, membership: Membership, rate: Rate) -> None:
    """Raise RefusedError when no bill day is left from which another rate could begin."""
    if _is_billed_again(membership):
        return
    at_once = say(
        "`clientctl membership change {number} --rate {full_name} --now` changes it today",
        number=membership.number,
        full_name=word(rate.full_name),
    )
    way = at_once if _can_change_today(db, membership, rate) else _describe_next_rate(db, membership, rate)
    raise RefusedError(
        say(
            "{number} is not billed again before its end {ends_on}: {way}",
            number=membership.number,
            ends_on=membership.ends_on,
            way=way,
        )
    )


def _is_billed_again(membership: Membership) -> bool:
    last = membership.bills_until
    return not (last and membership.next_bill_on and membership.next_bill_on > last)


def _can_change_today(db: Reader, membership: Membership, rate: Rate) -> bool:
    """Return whether the rate can be changed today: a period that was billed here contains today."""
    try:
        _rest_of_period(db, membership, membership_periods.schedule_of(db, membership), rate)
    except RefusedError:
        return False
    return membership.status != "paused"


def _describe_next_rate(db: Reader, membership: Membership, rate: Rate) -> str:
    """Describe how a membership without further bill days can continue at another rate."""
    last = successors.last_of(db, membership)
    if last.status == "upcoming":
        return say(
            "`clientctl membership edit {number} --rate {full_name}` changes the rate of what follows",
            number=last.number,
            full_name=word(rate.full_name),
        )
    return say("{renew_command} renews it at that rate", renew_command=successors.renew_command(db, membership, rate))


def _rest_of_period(db: Reader, membership: Membership, schedule: Schedule | None, rate: Rate) -> Period:
    """Return the rest of the current period from today on. Raise RefusedError when none was billed here."""
    last, at = membership.bills_until, word(rate.full_name)
    next_time = say(
        "`clientctl membership change {number} --rate {at}` changes it on the next bill day",
        number=membership.number,
        at=at,
    )
    later = next_time if _is_billed_again(membership) else _describe_next_rate(db, membership, rate)
    if membership.trial_ends_on and db.today <= membership.trial_ends_on:
        raise RefusedError(
            say(
                "{number} is in its trial until {trial_ends_on}: {later}",
                number=membership.number,
                trial_ends_on=membership.trial_ends_on,
                later=later,
            )
        )
    if last and db.today > last:
        raise RefusedError(
            say(
                "{number} is not billed after {last}: {next_rate}",
                number=membership.number,
                last=last,
                next_rate=_describe_next_rate(db, membership, rate),
            )
        )
    span = schedule.period_of(db.today) if schedule else None
    if span and membership.billed_from_on and span[0] < membership.billed_from_on:
        raise RefusedError(
            say("this period of {number} was settled elsewhere: {later}", number=membership.number, later=later)
        )
    rest = schedule.rest_of(db.today, last) if schedule else None
    if rest is None:
        raise RefusedError(say("no period of {number} holds today: {later}", number=membership.number, later=later))
    return rest


# -- settling -----------------------------------------------------------------------------------


def _give_back(db: Writer, membership: Membership, schedule: Schedule) -> tuple[list[str], int]:
    """Waive or credit what was charged from today on; return a sentence for each charge, and minor units credited."""
    sentences, credited = [], 0
    for period in membership_periods.charged_periods(db, membership):
        if period.ends_on is None or period.ends_on < db.today:
            continue
        amount, working = unused_days.share_from(period, schedule, db.today)
        if amount.minor:
            returned = unused_days.give_back(db, period.charge, amount, "changed, not used", as_money="credit")
            sentences.append(f"{returned.description}{unused_days.in_parentheses(working)}")
            credited += returned.credited
        unused_days.shorten(db, period, db.today)
    return sentences, credited


def _charge(db: Writer, membership: Membership, rate: Rate, rest: Period) -> None:
    part = rest.used is not None and rest.whole is not None
    amount = money.prorata(rate.price, rest.used or 1, rest.whole or 1) if part else rate.price
    if amount.minor:
        charges.make(
            db,
            client_id=membership.client_id,
            membership_id=membership.id,
            rate_id=rate.id,
            kind="prorata" if part else "recurring",
            amount=amount,
            due_on=rest.starts_on,
            starts_on=rest.starts_on,
            ends_on=rest.ends_on,
            whole=rate.price,
            used=rest.used,
            of=rest.whole,
        )


def _pay(db: Writer, membership: Membership, credited: int) -> list[str]:
    """Pay the charges from today on with what was credited; return a sentence for each charge and payment."""
    sentences = []
    for period in membership_periods.charged_periods(db, membership):
        if period.starts_on != db.today:
            continue
        charge = period.charge
        working = charges.working(charge.whole, charge.used, charge.of) if charge.whole else None
        sentences.append(
            say(
                "{number}: {what}, {working}, due {due_on}",
                number=charge.number,
                what=charge.what,
                working=working or charges.format_money(charge.amount),
                due_on=charge.due_on,
            )
        )
        available = sum(each.left for each in credits.usable(db, charge.client_id, charge.amount.currency))
        part = Money(min(credited, available, charge.left.minor), charge.amount.currency)
        if part.minor:
            credit_spending.use(db, charge, part)
            sentences.append(
                say("{number}: {part} paid by credit", number=charge.number, part=charges.format_money(part))
            )
    return sentences


def agreed_on(db: Reader, membership: Membership) -> date | None:
    """Return the day on which a pending change was agreed; None without one."""
    day = db.value("SELECT agreed_on FROM membership_changes WHERE membership_id = ?", (membership.id,))
    return from_iso(day)


def pending(db: Reader, membership: Membership) -> tuple[str, date | None] | None:
    """Return the rate and the day of a pending change; None without one."""
    rate = db.value(
        """SELECT p.name || '/' || r.name FROM membership_changes g JOIN rates r ON r.id = g.rate_id
           JOIN plans p ON p.id = r.plan_id WHERE g.membership_id = ?""",
        (membership.id,),
    )
    day = membership_periods.dates(db, membership).next_billing
    return (rate, from_iso(day)) if rate else None
