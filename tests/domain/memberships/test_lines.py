"""Any moves of a line of memberships in any order: its days, charges and money stay right."""

from datetime import date, timedelta
from functools import partial
from itertools import pairwise

import lines
from line_checks import check, corrects, lives, run_life, same
from line_days import Rate, UnsureError
from line_said import Line, in_days
from lines import DAY, Life, Move, Step, members
from looking import damage, dump_file

from clientctl.domain.journal import history
from clientctl.domain.memberships import billing
from clientctl.domain.memberships import periods as membership_periods
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships.record import SOURCE
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader

KEEPING = [name for name in lines.RATES if name.startswith("Keep/")]


# -- however often it is billed -------------------------------------------------------------------


@lives(200, 5_000)
def test_a_line_is_the_same_however_often_it_is_billed(shop, life):
    steps, led_to = run_life(shop, life)
    for how in ({"bills": False}, {"daily": True}):
        others, other = run_life(shop, life, **how)
        assert [step.done for step in others] == [step.done for step in steps], "a move is refused"
        same(led_to, other)


@lives(20, 500, names=[*lines.NAMES, "bill ahead", "bill ahead"])
def test_nothing_is_billed_twice_when_it_is_billed_ahead(shop, life):
    run_life(shop, life)


@lives(
    15, 300, rates=KEEPING, names=["bill ahead", "suspend", "resume"], together=[["suspend", "bill ahead", "resume"]]
)
def test_by_the_rule_keep_a_line_costs_the_same_even_when_it_is_billed_ahead(shop, life):
    life = life._replace(moves=(*life.moves, Move(100, "bill")))
    steps, led_to = run_life(shop, life)
    others, other = run_life(shop, life, bills=False)
    assert [step.done for step in others] == [step.done for step in steps], "a move is refused"
    same(led_to, other)


# -- days -----------------------------------------------------------------------------------------


def of_rate(name: str) -> Rate:
    every, _, terms = lines.RATES[name]
    plan = lines.PLANS[name.partition("/")[0]]
    return Rate(
        every,
        str(terms["term"]) if "term" in terms else None,
        terms.get("bill_day"),
        terms.get("trial_days", 0),
        plan.get("pause_rule", "extend"),
        plan.get("grace"),
    )


RATES = {name: of_rate(name) for name in lines.RATES}
WITHIN = 7


@lives(40, 1_000)
def test_the_days_of_a_line_are_those_of_the_rules(shop, life):
    """After each move, as far as the rules say: starts, ends, what it is billed for next, status, and who is ending."""
    line, told = Line(RATES), []
    with shop.change(dry_run=True) as db:
        try:
            for step in lines.live(db, life, daily=True):
                if not step.done:
                    continue
                if corrects(step) and line.paid:
                    return  # what is paid stays as it is
                told.append(f"{step.today} M-{step.member} {step.move or life.sale}")
                line.say(step.today, step.member - 1, *said(life, step))
                billing.bill(db, db.today)
                line.bill(db.today)
                check_same_days(db, line, told)
        except UnsureError:
            return
        check_no_day_is_free(db)


def said(life: Life, step: Step) -> tuple[str, dict[str, object]]:
    if step.move is None:
        sale = life.sale._asdict()
        return "add", {key: sale[key] for key in ("rate", "start", "until", "term", "trial")}
    return in_days(step.today, step.move.name, dict(step.move.given))


def check_same_days(db: Reader, line: Line, told: list[str]) -> None:
    ending = {row[0] for row in _listed(db, membership_queues.where_queue(db, "ending", WITHIN))}
    status = dict(_listed(db))
    for member, stored in zip(line.members, members(db), strict=True):
        most = 1 if member.agreed else 3  # another rate may begin on the next bill day
        are = (
            f"{stored.plan}/{stored.rate}",
            (stored.starts_on, stored.ends_on, stored.term_ends_on, stored.cancelled_on),
            str(stored.sold_for or ""),
            [each.period.starts_on for each in billing.next_periods(db, stored, most)],
            status[stored.number].replace("needs-attention", "active"),
            stored.number in ending,
        )
        should = (
            member.rate,
            (member.start, member.end, member.term_end, member.cancelled),
            member.sold or "",
            member.coming(db.today, most),
            member.status(db.today),
            member.is_ending(db.today, WITHIN),
        )
        assert are == should, "\n".join(
            [f"{stored.number} is", f"  {are}", "and should be", f"  {should}", "after", *told]
        )


def _listed(db: Reader, *where: queries.Where) -> list[tuple]:
    return list(queries.listing(db, Query(SOURCE, where), Request(("number", "status"))).rows)


def check_no_day_is_free(db: Reader) -> None:
    """Look that every day was charged that a member could come, where nothing was cancelled or dropped."""
    for member in members(db):
        if member.cancelled_on or member.pause_rule == "keep" or member.every is None:
            continue
        last = min(member.bills_until or date.max, member.next_bill_on - DAY) if member.next_bill_on else date.min
        held = [(each.starts_on, each.ends_on) for each in membership_periods.charged_periods(db, member)]
        for (_, end), (first, _) in pairwise(held):
            assert end
            assert end + DAY == first, f"{member.number} came for nothing from {end + DAY} on: {held}"
        if held:
            assert held[0][0] == member.first_paid_on
            assert held[-1][1] == last


# -- undo -----------------------------------------------------------------------------------------


@lives(4, 50, names=[*lines.NAMES, "bill ahead"])
def test_every_move_of_a_line_can_be_undone_one_after_another(shop, life):
    """One command a move: the file is whole, what is refused changes nothing, and undo leads back to the start."""
    book, today = shop.path, life.today
    shop.path.write_bytes(shop.blank)
    states = []
    for wait, act in [
        (0, partial(lines.sell, sale=life.sale)),
        *((m.wait, partial(lines.make, move=m)) for m in life.moves),
    ]:
        today += timedelta(days=wait)
        before = dump_file(book)
        try:
            with shop.change("membership edit", today=today.isoformat()) as db:
                act(db)
                check(db)
        except (RefusedError, UsageError, IndexError):
            assert dump_file(book) == before
        if dump_file(book) != before:
            states.append(before)
    assert damage(book) == []
    for before in reversed(states):
        with shop.change("undo", today=today.isoformat()) as db:
            history.undo(db)
        assert dump_file(book) == before
