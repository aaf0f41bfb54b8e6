"""Any moves of a line of memberships in any order: its days, charges and money stay right."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import combinations, pairwise

import heavy
import lines
import pytest
from hypothesis import HealthCheck, given, settings
from line_days import Rate, Unsure
from line_said import Line, in_days
from lines import DAY, Life, Move, Sale, Step, members
from looking import damage, dumped

from clientctl.domain import billing, history, lists, memberships, moves
from clientctl.domain.lifecycle import NEXT_BILLING
from clientctl.domain.lists import Query, Request
from clientctl.domain.memberships import SOURCE, Membership
from clientctl.errors import RefusedError, UsageError
from clientctl.store import Reader


def lives(few: int, many: int, **how) -> Callable[[Callable], Callable]:
    """Try a property on a few lives, and on many in the heavy part."""

    def tried(test: Callable) -> Callable:
        asked = settings(max_examples=heavy.times(few, many), suppress_health_check=list(HealthCheck))
        return pytest.mark.heavy(asked(given(life=lines.lives(**how))(test)))

    return tried


PERIODS = {"prorata", "recurring", "once"}
KEEPING = [name for name in lines.RATES if name.startswith("Keep/")]


@pytest.fixture
def shop(records):
    """Give a database with every plan and rate, and a client."""
    with records.change("client add") as db:
        lines.prepare(db)
    records.blank = records.path.read_bytes()
    return records


# -- what holds at any time -----------------------------------------------------------------------


def check(db: Reader) -> None:
    """Look that no day is two members' or is billed twice, and that every cent is somewhere."""
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
    """List the spans of days that a member may come: up to the end or a cancellation, but in no pause."""
    spans, first, last = [], member.starts_on, member.last_on or date.max
    for pause in memberships.pauses(db, member.id):
        spans.append((first, min(pause.starts_on - DAY, last)))
        first = pause.resumes_on or date.max
    return [span for span in [*spans, (first, last)] if span[0] <= span[1]]


def check_charges(db: Reader) -> None:
    periods = [
        (first, last or "9999", number) for number, kind, first, last, *_ in charged(db) if first and kind in PERIODS
    ]
    for (_, last, one), (first, _, other) in pairwise(sorted(periods)):
        assert last < first, f"M-{one} and M-{other} are both charged for {first}"


def charged(db: Reader) -> list[tuple]:
    """List what is charged and was neither waived nor given back: of whom, kind, first and last day, cents, due day."""
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


def facts(db: Reader) -> dict[str, list[tuple]]:
    """List everything that a line is, but the numbers of its charges."""
    return {
        "members": db.rows(
            f"""SELECT id, renewed_from, rate_id, price_minor, pause_rule, starts_on, ends_on, term_ends_on,
               cancelled_on, anchor_on, {NEXT_BILLING}, sold_count, sold_unit FROM memberships m ORDER BY id"""
        ),
        "pauses": db.rows("SELECT membership_id, starts_on, resumes_on FROM pauses ORDER BY 1, 2"),
        "changes": db.rows("SELECT membership_id, rate_id FROM membership_changes ORDER BY 1"),
        "charges": charged(db),
    }


def lived(shop, life: Life, **how) -> tuple[list[Step], dict[str, list[tuple]]]:
    """Live a life, looking after each move; say what became of its moves but billing, and what it led to."""
    with shop.change(dry_run=True) as db:
        steps = []
        for step in lines.live(db, life, **how):
            if step.move is None or not step.move.name.startswith("bill"):
                steps.append(step)
            check(db)
        check(db)
        return steps, facts(db)


def same(one: dict[str, list[tuple]], other: dict[str, list[tuple]]) -> None:
    for what, rows in one.items():
        assert rows == other[what], f"{what} differ:\n" + "\n".join(
            [f"- {row}" for row in rows if row not in other[what]]
            + [f"+ {row}" for row in other[what] if row not in rows]
        )


@lives(200, 5_000)
def test_a_line_is_the_same_however_often_it_is_billed(shop, life):
    steps, led_to = lived(shop, life)
    for how in ({"bills": False}, {"daily": True}):
        others, other = lived(shop, life, **how)
        assert [step.done for step in others] == [step.done for step in steps], "a move is refused"
        same(led_to, other)


@lives(60, 500, names=[*lines.NAMES, "bill ahead", "bill ahead"])
def test_nothing_is_billed_twice_when_it_is_billed_ahead(shop, life):
    lived(shop, life)


@lives(
    40, 300, rates=KEEPING, names=["bill ahead", "suspend", "resume"], together=[["suspend", "bill ahead", "resume"]]
)
def test_by_the_rule_keep_a_line_costs_the_same_even_when_it_is_billed_ahead(shop, life):
    life = life._replace(moves=(*life.moves, Move(100, "bill")))
    steps, led_to = lived(shop, life)
    others, other = lived(shop, life, bills=False)
    assert [step.done for step in others] == [step.done for step in steps], "a move is refused"
    same(led_to, other)


# -- corrections ----------------------------------------------------------------------------------


def corrected(sale: Sale, step: Step) -> Sale | None:
    """Say what would have been sold had it been entered as a correction has it; None where that can't be said."""
    assert step.move
    given, (_, _, terms) = dict(step.move.given), lines.RATES[sale.rate]
    own = terms.get("term")
    match step.move.name:
        case "edit start":
            return sale._replace(start=sale.start + given["by"])
        case "edit rate" if sale.term is None or own is None:
            # What the rate did not have, nobody knows to have been left out.
            setup, trial = sale.setup or "setup" not in terms, sale.trial or "trial_days" not in terms
            return sale._replace(rate=given["rate"], setup=setup, trial=trial)
        case "edit until":
            return sale._replace(until=step.today + given["until"], term=None)
        case "edit term":
            return sale._replace(term=given["term"], until=None)
        case "edit endless" if own is None:
            return sale._replace(until=None, term=None)
    return None


def entered_right(life: Life, steps: list[Step]) -> Life | None:
    """Make the life in which the first membership is sold as it was corrected to; None where that can't be said.

    What is paid stays as it is; a cancellation, once said, is of a day; so is an end that was moved, and a renewal.
    """
    became = {id(step.move): step for step in steps if step.move and step.done}
    sale, kept, wait, meanwhile = life.sale, [], 0, set()
    for move in life.moves:
        step = became.get(id(move))
        if step and step.member == 1 and move.name.startswith("edit "):
            after = corrected(sale, step)
            if after is None or meanwhile & {"pay", "renew", "extend", "extend to", "change now"}:
                return None
            if "suspend" in meanwhile and move.name != "edit start":
                return None
            sale, wait = after, wait + move.wait
            continue
        if step and move.name == "cancel" and step.last_on:
            kept.append(
                Move(wait + move.wait, "cancel", move.back, (("when", step.last_on - step.today), *move.given[1:]))
            )
        else:
            kept.append(move._replace(wait=wait + move.wait))
        if step:  # of a change made at once on the first day, nobody knows afterwards what it was from
            meanwhile.add("change now" if dict(move.given).get("now") else move.name)
        wait = 0
    kept.append(Move(wait, "bill"))
    return Life(life.today, sale, tuple(kept)) if sale != life.sale else None


@lives(80, 1_000)
def test_what_is_corrected_is_as_if_it_had_been_entered_so(shop, life):
    steps, led_to = lived(shop, life)
    right = entered_right(life, steps)
    if right is None:
        return
    anew, should = lived(shop, right)
    taken = [step.done for step in steps if not (step.done and step.member == 1 and _corrects(step))]
    if anew[0].done and [step.done for step in anew] == taken:  # else a move was made on what was wrong
        same(should, led_to)


def _corrects(step: Step) -> bool:
    return step.move is not None and step.move.name.startswith("edit ")


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


@lives(120, 1_000)
def test_the_days_of_a_line_are_those_of_the_rules(shop, life):
    """After each move, as far as the rules say: starts, ends, what it is billed for next, status, and who is ending."""
    line, told = Line(RATES), []
    with shop.change(dry_run=True) as db:
        try:
            for step in lines.live(db, life, daily=True):
                if not step.done:
                    continue
                if _corrects(step) and line.paid:
                    return  # what is paid stays as it is
                told.append(f"{step.today} M-{step.member} {step.move or life.sale}")
                line.say(step.today, step.member - 1, *said(life, step))
                billing.bill(db, db.today)
                line.bill(db.today)
                check_same_days(db, line, told)
        except Unsure:
            return
        check_no_day_is_free(db)


def said(life: Life, step: Step) -> tuple[str, dict[str, object]]:
    if step.move is None:
        sale = life.sale._asdict()
        return "add", {key: sale[key] for key in ("rate", "start", "until", "term", "trial")}
    return in_days(step.today, step.move.name, dict(step.move.given))


def check_same_days(db: Reader, line: Line, told: list[str]) -> None:
    ending = {row[0] for row in _listed(db, memberships.where_queue(db, "ending", WITHIN))}
    status = dict(_listed(db))
    for member, stored in zip(line.members, members(db), strict=True):
        most = 1 if member.agreed else 3  # another rate may begin on the next bill day
        are = (
            f"{stored.plan}/{stored.rate}",
            (stored.starts_on, stored.ends_on, stored.term_ends_on, stored.cancelled_on),
            str(stored.sold_for or ""),
            [each.period.starts_on for each in billing.coming(db, stored, most)],
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


def _listed(db: Reader, *where: lists.Where) -> list[tuple]:
    return list(lists.listing(db, Query(SOURCE, where), Request(("number", "status"))).rows)


def check_no_day_is_free(db: Reader) -> None:
    """Look that every day was charged that a member could come, where nothing was cancelled or dropped."""
    for member in members(db):
        if member.cancelled_on or member.pause_rule == "keep" or member.every is None:
            continue
        last = min(member.bills_until or date.max, member.next_bill_on - DAY) if member.next_bill_on else date.min
        held = [(each.starts_on, each.ends_on) for each in moves.charged(db, member)]
        for (_, end), (first, _) in pairwise(held):
            assert end
            assert end + DAY == first, f"{member.number} came for nothing from {end + DAY} on: {held}"
        if held:
            assert held[0][0] == member.first_paid_on
            assert held[-1][1] == last


# -- undo -----------------------------------------------------------------------------------------


@lives(12, 50, names=[*lines.NAMES, "bill ahead"])
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
        before = dumped(book)
        try:
            with shop.change("membership edit", today=today.isoformat()) as db:
                act(db)
                check(db)
        except (RefusedError, UsageError, IndexError):
            assert dumped(book) == before
        if dumped(book) != before:
            states.append(before)
    assert damage(book) == []
    for before in reversed(states):
        with shop.change("undo", today=today.isoformat()) as db:
            history.undo(db)
        assert dumped(book) == before
