"""Compute, for a line whose first membership was corrected, the line as entered correctly from the start.

What was done before the correction is known afterwards only as a fact, and so it is said again as one: a cancellation
and a renewal are of a day, an extension is as long as it was, in months where it lay on months. Four things are not
known, and such lines are not compared: what a rate was before a change made at once on the first day (no charge of it
is left); which of several extensions was how long, and how long one by months is that was counted from an end moved by
a pause; what of an end that was given is a charged extension; what a pause moved by the rule of another plan.
A cancellation and a charged extension together are not compared either: the extension's charge is beside that of the
period, may begin after the last day, and is then let off as the rest of a whole period is not. So is what is charged
beside a paid part of a period, or of days that something is paid for already. Where something was paid, another sum
would have been, and so been given back.
"""

from datetime import date, timedelta
from typing import NamedTuple

import lines
import pytest
from line_checks import PERIODS, corrects
from line_days import is_step
from lines import DAY, Life, Move, Sale, Step

from clientctl.base.calendar import parse_interval, same_length

Facts = dict[str, list[tuple]]


class CorrectLife(NamedTuple):
    """The life as entered correctly, and the steps before the last correction."""

    life: Life
    before: set[str]


def enter_correctly(life: Life, steps: list[Step]) -> CorrectLife | None:
    """Return the life with the first membership sold as corrected; None if that is not known."""
    became = {id(step.move): step for step in steps if step.move and step.done}
    last = max((at for at, move in enumerate(life.moves) if is_of_first(became.get(id(move)))), default=-1)
    sale, wait = life.sale, 0
    kept: list[Move] = []
    before: set[str] = set()
    corrected_so: set[int] = set()
    for at, move in enumerate(life.moves):
        step = became.get(id(move))
        if step and is_of_first(step):
            after = apply_correction(sale, step)
            if after is None or "change now" in before or not _is_known(sale, after, step, kept, corrected_so):
                return None
            if move.name == "edit until" or not _has_end(after):  # in the place of what it was extended by
                kept = [each._replace(name="wait", given=()) if each.name == "extend" else each for each in kept]
            corrected_so |= {id(each) for each in kept}
            sale, wait = after, wait + move.wait
            continue
        kept.append((_as_fact(step, move) if step and at < last else move)._replace(wait=wait + move.wait))
        if step and at < last:
            before |= {move.name, *(f"{move.name} {key}" for key, value in move.given if value is True)}
        wait = 0
    kept.append(Move(wait, "bill"))
    if "pay" in before and any(dict(move.given).get("refund") for move in kept):
        return None
    return CorrectLife(Life(life.today, sale, tuple(kept)), before) if sale != life.sale else None


def is_of_first(step: Step | None) -> bool:
    """Return whether a step is a correction of the first member."""
    return step is not None and step.done and step.member == 1 and corrects(step)


def apply_correction(sale: Sale, step: Step) -> Sale | None:
    """Return the sale as a correction has it; None if that can't be sold."""
    assert step.move
    given, (_, _, terms) = dict(step.move.given), lines.RATES[sale.rate]
    own = terms.get("term")
    match step.move.name:
        case "edit start":
            return sale._replace(start=sale.start + given["by"])
        case "edit rate":
            # What the rate did not have, nobody knows to have been left out; nor to have been said what is usual.
            setup, trial = sale.setup or "setup" not in terms, sale.trial or "trial_days" not in terms
            usual = own and sale.term and same_length(own, parse_interval(sale.term))
            return sale._replace(rate=given["rate"], term=None if usual else sale.term, setup=setup, trial=trial)
        case "edit until":
            return sale._replace(until=step.today + given["until"] - step.paused, term=None)
        case "edit term":
            return sale._replace(term=given["term"], until=None)
        case "edit endless" if own is None:
            return sale._replace(until=None, term=None)
    return None


def _has_end(sale: Sale) -> bool:
    return bool(sale.until or sale.term or lines.RATES[sale.rate][2].get("term"))


def _is_known(sale: Sale, after: Sale, step: Step, kept: list[Move], corrected_so: set[int]) -> bool:
    """Return whether everything that a correction needs from earlier steps is known."""
    assert step.move
    names = {each.name for each in kept}
    extended = [each for each in kept if each.name == "extend"]
    by = [str(dict(each.given)["by"]) for each in extended]
    maybe_months = any(each.endswith("m") or int(each[:-1]) >= 28 for each in by)
    if maybe_months and (len(extended) > 1 or "suspend" in names or corrected_so & {id(each) for each in extended}):
        return False
    given = step.move.name == "edit term" and sale.until
    if any(dict(each.given)["charge"] for each in extended) and ("cancel" in names or given):
        return False
    return "suspend" not in names or (step.was is not None and step.was.pause_rule == _rule(sale) == _rule(after))


def _rule(sale: Sale) -> str:
    return lines.PLANS[sale.rate.partition("/")[0]].get("pause_rule", "extend")


def _as_fact(step: Step, move: Move) -> Move:
    """Return a move in terms of the days that it resulted in."""
    given, was = dict(move.given), step.was
    assert was
    if move.name == "cancel" and step.last_on:
        given["when"] = step.last_on - step.today
    elif move.name == "renew" and step.made:
        until = step.made.ends_on and step.made.ends_on - step.today
        given |= {"start": step.made.starts_on - step.today, "until": until, "term": None}
    elif move.name.startswith("extend") and was.ends_on and step.last_on:
        return Move(move.wait, "extend", move.back, (("by", _longer(step, was.ends_on)), ("charge", given["charge"])))
    elif move.name == "suspend" and given["first"] is None:
        given["first"] = max(was.starts_on - step.today, timedelta())
    return move._replace(given=tuple(given.items()))


def _longer(step: Step, ended: date) -> str:
    """Return the extension of a membership, in months if both ends are whole months from the first paid day."""
    assert step.was
    assert step.last_on
    was, now, count = ended + DAY, step.last_on + DAY, step.was.first_paid_on
    if step.paused or not (is_step(was, count, "1m") and is_step(now, count, "1m")):
        return f"{(now - was).days}d"
    return f"{(now.year - was.year) * 12 + now.month - was.month}m"


# -- what is compared -----------------------------------------------------------------------------


def reduce_for_comparison(led_to: Facts, should: Facts, right: CorrectLife) -> tuple[Facts, Facts]:
    """Return the actual and expected results of a life without what a correction does not affect.

    What was renewed before it stays as it was renewed; what is paid stays as it was charged, and what is renewed
    begins after it.
    """
    if right.before & {"renew", "pay"}:
        led_to, should = ({what: [row for row in rows if row[0] == 1] for what, rows in each.items()}
                          for each in (led_to, should))  # fmt: skip
    if "pay" in right.before:
        # A cancellation lets days off, and in a pause nobody comes.
        are_all = not any(move.name in {"cancel", "suspend"} for move in right.life.moves)
        led_to, should = _without_paid(led_to, should, whole=are_all)
    if right.before & {"extend charge", "extend to charge"}:
        led_to, should = _joined(led_to), _joined(should)
        should["charges"] = [(*row[:4], pytest.approx(row[4], abs=2), row[5]) for row in should["charges"]]
    return led_to, should


def _joined(facts: Facts) -> Facts:
    """Merge charges of consecutive days, with or without those of an extension.

    Which part of it is paid is not compared.
    """
    found: list[tuple] = []
    for member, kind, first, last, minor, due in facts["charges"]:
        if found and found[-1][:2] == (member, "days") and kind in PERIODS and _after(found[-1][3]) == first:
            found[-1] = (*found[-1][:3], last, found[-1][4] + minor, found[-1][5])
        else:
            found.append((member, "days" if kind in PERIODS else kind, first, last, minor, due))
    return {**facts, "charges": found, "paid": []}


def _without_paid(led_to: Facts, should: Facts, *, whole: bool) -> tuple[Facts, Facts]:
    """Remove the periods in which a paid one begins, after checking that they are charged completely."""
    fees = {member for member, kind, _ in led_to["paid"] if kind == "setup"}
    paid = [
        (member, first, last or "9999")
        for member, kind, first, last, *_ in should["charges"]
        for paid, what, day in led_to["paid"]
        if member == paid and kind in PERIODS and what in PERIODS and first <= day <= (last or "9999")
    ]
    for member, first, last in paid if whole else ():
        day = first
        for _, _, begins, ends, *_ in _of_period(led_to, member, first, last):
            assert begins == day, f"M-{member} comes for nothing from {day} on"
            day = _after(ends or "9999-01-01")
        assert day > last, f"M-{member} comes for nothing from {day} to {last}"

    beyond = [row for row in led_to["charges"] if (row[0], row[1], row[2]) in led_to["paid"]]

    def rest(facts: Facts) -> Facts:
        out = [row for each in paid for row in _of_period(facts, *each)]
        out += [row for row in facts["charges"] for each in beyond if _is_within(row, each)]
        out += [row for row in facts["charges"] if row[1] == "setup" and row[0] in fees]
        return {**facts, "charges": [row for row in facts["charges"] if row not in out], "paid": []}

    return rest(led_to), rest(should)


def _is_within(row: tuple, paid: tuple) -> bool:
    """Return whether a charge is for days already paid for: too many days were charged."""
    same = row[0] == paid[0] and {row[1], paid[1]} <= PERIODS
    return same and paid[2] <= row[2] and (row[3] or "9999") <= (paid[3] or "9999")


def _of_period(facts: Facts, member: int, first: str, last: str) -> list[tuple]:
    return [row for row in facts["charges"] if row[0] == member and row[1] in PERIODS and first <= row[2] <= last]


def _after(day: str) -> str:
    return (date.fromisoformat(day) + DAY).isoformat()
