"""Lines of memberships, each renewed from its predecessor: successors, and the day that terms are counted from.

No two memberships of a line cover the same day, and no day of a line is billed twice.
"""

from datetime import date

from clientctl.base import calendar
from clientctl.base.calendar import ONE_DAY, Interval
from clientctl.base.text import word
from clientctl.base.words import say
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.schedule import Pause
from clientctl.domain.memberships.status import SUCCESSOR
from clientctl.domain.offers import rates
from clientctl.domain.offers.rates import Rate
from clientctl.errors import RefusedError
from clientctl.store import Reader, Writer

_NO_ID = 2**62
"""An id greater than that of any membership."""

_LINE = """WITH RECURSIVE line(id) AS (SELECT :member
    UNION SELECT m.id FROM line JOIN memberships m ON m.renewed_from = line.id
    UNION SELECT m.renewed_from FROM line JOIN memberships m ON m.id = line.id WHERE m.renewed_from IS NOT NULL)"""


def successor(db: Reader, membership: Membership) -> Membership | None:
    """Find the successor of a membership; None without one."""
    row = db.row(f"SELECT s.id FROM memberships s WHERE {SUCCESSOR.format(':old')}", {"old": membership.id})
    return memberships.get(db, row[0]) if row else None


def last_of(db: Reader, membership: Membership) -> Membership:
    """Return the last membership of a line; for one that counts as never made, the last of its predecessor's line."""
    if membership.renewed_from and is_never_made(membership):
        membership = memberships.get(db, membership.renewed_from)
    while following := successor(db, membership):
        membership = following
    return membership


def renew_command(db: Reader, membership: Membership, rate: Rate | None = None) -> str:
    """Return the command that renews the last of a line, at its rate or another, for use in a message."""
    last = last_of(db, membership)
    own = rates.get(db, last.rate_id)
    target = rate or own
    at = f" --rate {word(target.full_name)}" if target.id != own.id else ""
    has_term = target.renewal_term or (target.id == own.id and last.sold_for)
    return f"`clientctl membership renew {last.number}{at}{'' if has_term else ' --for DURATION'}`"


def check_ends_before_successor(db: Reader, membership: Membership, last: date | None) -> None:
    """Raise RefusedError for a last day, None for no end, with which a membership would overlap its successor."""
    following = successor(db, membership)
    if following and (last is None or last >= following.starts_on):
        move = "edit" if following.status == "upcoming" else "extend"  # what has not begun can't be extended
        raise RefusedError(
            say(
                "{number} was renewed as {following_number}, which begins on {starts_on}: `clientctl membership "
                "{move} {following_number} --until DAY` moves the end of that one, or `clientctl membership "
                "cancel {following_number} --now` first",
                number=membership.number,
                following_number=following.number,
                starts_on=following.starts_on,
                move=move,
            )
        )


def check_billed_once(
    db: Reader, membership: Membership, last: date | None, *, before: Membership | None = None
) -> None:
    """Raise RefusedError for a last day, None for no end, up to which days would be billed that are charged already.

    That happens after a successor was cancelled before its first day without a refund. ``before`` is a successor that
    will move to later days, with all after it.
    """
    row = db.row(
        f"""{_LINE} SELECT h.id, h.starts_on, h.ends_on FROM line JOIN charges h ON h.membership_id = line.id
        WHERE line.id > :member AND line.id < :before AND h.starts_on <= :last
        AND h.kind IN ('prorata', 'recurring', 'once')
        AND h.amount_minor > h.waived_minor + h.refunded_minor ORDER BY h.starts_on LIMIT 1""",
        {
            "member": membership.id,
            "last": (last or date.max).isoformat(),
            "before": before.id if before else _NO_ID,
        },
    )
    if row:
        raise RefusedError(
            say(
                "C-{charge} is for {first}..{last}, which would be billed twice: refund or waive it first, "
                "`clientctl charge show C-{charge}` shows what paid it",
                charge=row[0],
                first=row[1],
                last=row[2] or "",
            )
        )


def check_new_last_day(db: Reader, membership: Membership, last: date | None) -> None:
    """Raise RefusedError for a last day, None for no end, that replaces that of a cancellation, if its days are taken.

    One that counts as never made may have lost its place in the line.
    """
    check_ends_before_successor(db, membership, last)
    if is_never_made(membership) and (last is None or last >= membership.starts_on):
        check_follows(db, membership, membership.starts_on)
    if last is None or (membership.last_on and last > membership.last_on):  # free days are not billed
        check_billed_once(db, membership, min(filter(None, (last, membership.term_ends_on)), default=None))


def is_never_made(membership: Membership) -> bool:
    """Return whether it was cancelled before its first day, and so counts as never made."""
    return membership.cancelled_on is not None and membership.cancelled_on < membership.starts_on


def check_follows(db: Reader, membership: Membership, start: date) -> None:
    """Raise RefusedError for a first day on which a renewal can't follow its predecessor, or if another one does."""
    if membership.renewed_from is None:
        return
    old = memberships.get(db, membership.renewed_from)
    other = successor(db, old)
    if other and other.id != membership.id:
        raise RefusedError(
            say(
                "{number} was renewed as {other_number} since, which takes the place of {membership_number}: "
                "`clientctl membership cancel {other_number} --now` first",
                number=old.number,
                other_number=other.number,
                membership_number=membership.number,
            )
        )
    if old.last_on is None or start <= old.last_on:
        until = say("until {last_on}", last_on=old.last_on) if old.last_on else say("without end")
        raise RefusedError(
            say(
                "{number} follows {old_number}, which lasts {until}: give a start after that",
                number=membership.number,
                old_number=old.number,
                until=until,
            )
        )
    charged = last_charged_day(db, membership, before=membership)
    if charged and start <= charged[0]:
        raise RefusedError(
            say(
                "{charge} is for days until {day}, which would be billed twice: give a start after them",
                charge=charged[1],
                day=charged[0],
            )
        )


def grace_end(old: Membership) -> date:
    """Return the last day on which a renewal still continues a membership."""
    assert old.last_on  # noqa: S101 - the caller checked it; this tells mypy
    return calendar.step(old.last_on, old.grace, 1) if old.grace else old.last_on


def member_since(old: Membership, start: date) -> date:
    """Return *member since* of a renewal from a day: a gap within the grace does not break the line."""
    return old.member_since_on if start <= grace_end(old) + ONE_DAY else start


def update_member_since(db: Writer, before: Membership) -> None:
    """Update *member since* of all successors of a membership, given as it was before a change; report each.

    A day that was given by hand stays.
    """
    while following := successor(db, before):
        since = member_since(memberships.get(db, before.id), following.starts_on)
        former = following.member_since_on
        if since == former or former != member_since(before, following.starts_on):
            return
        db.update("memberships", following.id, member_since_on=since.isoformat())
        db.notify(
            say("{number}: member since {since} (was {former})", number=following.number, since=since, former=former)
        )
        before = following


def count_of(db: Reader, membership: Membership) -> date:
    """Return the day that the term of a membership is counted from: the first paid day of its line.

    That holds as long as each began the day after its predecessor, with the same interval, whole months from that day.
    """
    if membership.renewed_from is None:
        return membership.first_paid_on
    old = memberships.get(db, membership.renewed_from)
    return count_for(db, old, membership.every, membership.starts_on)


def count_after(db: Reader, membership: Membership, following: date) -> date:
    """Return the day that terms after a membership are counted from; a pause that moved the end starts a new count."""
    if not any(pause.length for pause in pauses_moving_end(db, membership)):
        return count_of(db, membership)
    schedule = membership.schedule(memberships.pauses(db, membership.id))
    return schedule.anchor_on(following) if schedule else following


def pauses_moving_end(db: Reader, membership: Membership) -> list[Pause]:
    """List the pauses that moved its end: by its own pause rule, or by that of a former plan at the time."""
    charged = db.rows(
        """SELECT h.starts_on, iif(r.plan_id = :plan, :rule, p.pause_rule)
           FROM charges h JOIN rates r ON r.id = h.rate_id JOIN plans p ON p.id = r.plan_id
           WHERE h.membership_id = :member AND h.starts_on IS NOT NULL AND h.kind IN ('prorata', 'recurring', 'once')
           ORDER BY h.starts_on, h.id""",
        {"member": membership.id, "plan": membership.plan_id, "rule": membership.pause_rule},
    )
    found = []
    for pause in memberships.pauses(db, membership.id):
        rules = [rule for first, rule in charged if date.fromisoformat(first) <= pause.starts_on]
        if (rules[-1] if rules else membership.pause_rule) == "extend":
            found.append(pause)
    return found


def count_for(db: Reader, old: Membership, every: Interval | None, start: date) -> date:
    """Return the day that the term of a renewal is counted from."""
    if old.last_on and start == old.last_on + ONE_DAY and calendar.same_length(every, old.every):
        count = count_after(db, old, start)
        if calendar.months_from(count, start) is not None:
            return count
    return start


def first_free_day(db: Reader, membership: Membership, following: Membership) -> date | None:
    """Return the first day on which a successor may begin; None when its predecessor has no end."""
    if membership.last_on is None:
        return None
    charged = last_charged_day(db, membership, before=following)
    return max(membership.last_on, charged[0] if charged and charged[0] < date.max else membership.last_on) + ONE_DAY


def last_charged_day(
    db: Reader, membership: Membership, *, before: Membership | None = None
) -> tuple[date, str] | None:
    """Return the last day for which a line is charged, neither waived nor refunded, and the number of the charge.

    A price paid once without an end is for days up to ``date.max``. ``before`` limits the search to memberships
    enrolled before it.
    """
    row = db.row(
        f"""{_LINE} SELECT coalesce(h.ends_on, '{date.max}') AS last, h.id
        FROM line JOIN charges h ON h.membership_id = line.id
        WHERE h.kind IN ('prorata', 'recurring', 'once') AND h.starts_on IS NOT NULL AND line.id < :before
        AND h.amount_minor > h.waived_minor + h.refunded_minor ORDER BY last DESC, h.id LIMIT 1""",
        {"member": membership.id, "before": before.id if before else _NO_ID},
    )
    return (date.fromisoformat(row[0]), f"C-{row[1]}") if row else None
