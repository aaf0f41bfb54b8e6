"""Run random lines of memberships, and check the days, charges and money after each move."""

from collections.abc import Callable
from datetime import date
from itertools import combinations, pairwise

import heavy
import lines
from hypothesis import HealthCheck, given, settings
from lines import DAY, Life, Step, members

from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import Membership
from clientctl.domain.memberships.status import NEXT_BILLING
from clientctl.store import Reader

PERIODS = {"prorata", "recurring", "once"}


def lives(few: int, many: int, **how) -> Callable[[Callable], Callable]:
    """Test a property on a few lives, and on many in the heavy part."""

    def tried(test: Callable) -> Callable:
        asked = settings(max_examples=heavy.times(few, many), suppress_health_check=list(HealthCheck))
        return asked(given(life=lines.lives(**how))(test))

    return tried


# -- what holds at any time -----------------------------------------------------------------------


def check(db: Reader) -> None:
    """Check that no day belongs to two members or is billed twice, and that every cent is accounted for."""
    check_days(db, members(db))
    check_charges(db)
    check_money(db)


def check_days(db: Reader, line: list[Membership]) -> None:
    for one, other in combinations(line, 2):
        for first, last in access(db, one):
            for begins, ends in access(db, other):
                assert last < begins or ends < first, f"{one.number} and {other.number} share {max(first, begins)}"
    for member in line:
        assert member.cancelled_on is None or member.ends_on is None or member.cancelled_on <= member.ends_on
        for one, other in pairwise(memberships.pauses(db, member.id)):
            assert one.resumes_on
            assert one.resumes_on <= other.starts_on


def access(db: Reader, member: Membership) -> list[tuple[date, date]]:
    """List the spans of days with access: up to the end or a cancellation, except pauses."""
    spans, first, last = [], member.starts_on, member.last_on or date.max
    for pause in memberships.pauses(db, member.id):
        spans.append((first, min(pause.starts_on - DAY, last)))
        first = pause.resumes_on or date.max
    return [span for span in [*spans, (first, last)] if span[0] <= span[1]]


def check_charges(db: Reader) -> None:
    periods = [
        (first, last or "9999", number)
        for number, kind, first, last, *_ in list_charged(db)
        if first and kind in PERIODS
    ]
    for (_, last, one), (first, _, other) in pairwise(sorted(periods)):
        assert last < first, f"M-{one} and M-{other} are both charged for {first}"


def list_charged(db: Reader) -> list[tuple]:
    """List charges neither waived nor refunded: member, kind, first and last day, cents, due day."""
    return db.rows(
        """SELECT membership_id, kind, starts_on, ends_on, amount_minor - waived_minor - refunded_minor AS minor, due_on
           FROM charges WHERE minor > 0 ORDER BY membership_id, starts_on, kind, minor"""
    )


def check_money(db: Reader) -> None:
    parts = "paid_minor, credit_minor, left_minor, waived_minor, refunded_minor"
    odd = db.rows(
        f"SELECT id FROM charges WHERE amount_minor <> {parts.replace(', ', ' + ')} OR min({parts}) < 0",
    )
    assert not odd, f"charges {odd} are not settled to the cent"
    received, back = (
        db.value("SELECT coalesce(sum(amount_minor), 0) FROM payments WHERE kind = ?", (kind,))
        for kind in ("received", "refunded")
    )
    lies = db.value("SELECT coalesce(sum(paid_minor), 0) FROM charges")
    owed = db.value("SELECT coalesce(sum(left_over + used), 0) FROM credits")
    assert received - back == lies + owed, "money is on charges, in credit or given back"


# -- however often it is billed -------------------------------------------------------------------


def facts_of(db: Reader) -> dict[str, list[tuple]]:
    """Return everything about a line except the numbers of its charges."""
    return {
        "members": db.rows(
            f"""SELECT id, renewed_from, rate_id, price_minor, pause_rule, starts_on, ends_on, term_ends_on,
               cancelled_on, anchor_on, {NEXT_BILLING}, sold_count, sold_unit FROM memberships m ORDER BY id"""
        ),
        "pauses": db.rows("SELECT membership_id, starts_on, resumes_on FROM pauses ORDER BY 1, 2"),
        "changes": db.rows("SELECT membership_id, rate_id FROM membership_changes ORDER BY 1"),
        "charges": list_charged(db),
        "paid": db.rows(
            """SELECT DISTINCT membership_id, kind, starts_on FROM charges
               WHERE starts_on IS NOT NULL AND paid_minor + credit_minor + refunded_minor > 0 ORDER BY 1, 2, 3"""
        ),
    }


def run_life(shop, life: Life, **how) -> tuple[list[Step], dict[str, list[tuple]]]:
    """Run a life with checks after each move; return the outcomes of its moves except billing, and the result."""
    with shop.change(dry_run=True) as db:
        steps = []
        for step in lines.live(db, life, **how):
            if step.move is None or not step.move.name.startswith("bill"):
                steps.append(step)
            check(db)
        check(db)
        return steps, facts_of(db)


def same(one: dict[str, list[tuple]], other: dict[str, list[tuple]]) -> None:
    for what, rows in one.items():
        assert rows == other[what], f"{what} differ:\n" + "\n".join(
            [f"- {row}" for row in rows if row not in other[what]]
            + [f"+ {row}" for row in other[what] if row not in rows]
        )


def corrects(step: Step) -> bool:
    return step.move is not None and step.move.name.startswith("edit ")
