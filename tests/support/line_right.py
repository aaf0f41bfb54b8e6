"""Work out, of a line in which a membership was corrected, how it would have been sold or renewed right from the start.

What was done before the correction is known afterwards only as a fact, and so it is said again as one: a cancellation
and a renewal are of a day, an extension is as long as it was, in months where it lay on months. Some things are not
known, and such lines are not compared:

* what a rate was before a change made at once on the first day: no charge of it is left;
* that a change was taken back by one to the rate that is corrected;
* which of several extensions was how long, and how long one by months is that was counted from an end moved by a pause;
* what of an end that was given is a charged extension;
* what a pause moved by the rule of another plan;
* whether a pause moved the day of a cancellation made before it: it does where that is the last day of a period;
* how what was renewed would have been moved by what became of its predecessor meanwhile.

A charged extension together with a cancellation or a payment is not compared either: the extension's charge is beside
that of the period, may begin after the last day, and is then let off as the rest of a whole period is not; and it is
for other days where some were paid. So is what is charged beside a paid part of a period, or of days that something is
paid for already. Where something was paid, another sum would have been, and so been given back.
"""

from datetime import date, timedelta
from typing import NamedTuple

import lines
import pytest
from line_checks import PERIODS, corrects
from line_days import is_step
from lines import DAY, Life, Move, Sale, Step

from clientctl.base.calendar import Interval, parse_interval, same_length

Facts = dict[str, list[tuple]]


class CorrectLife(NamedTuple):
    """The life in which a member was entered right, and what was done from its beginning to its last correction."""

    life: Life
    before: set[str]
    member: int


def enter_correctly(life: Life, steps: list[Step], member: int = 1) -> CorrectLife | None:
    """Return the life in which a member is sold, or renewed, as it was corrected to; None where that isn't known."""
    became = {id(step.move): step for step in steps if step.move and step.done}
    done = [became.get(id(move)) for move in life.moves]
    last = max((at for at, step in enumerate(done) if is_of(step, member)), default=-1)
    begun = next((at for at, step in enumerate(done) if member > 1 and step and _number(step) == member), -1)
    renewed = done[begun] if begun >= 0 else None
    first = _renewal(renewed) if renewed else life.sale
    sale, wait = first, 0
    kept: list[Move] = []
    before: set[str] = set()
    corrected_so: set[int] = set()
    for at, move in enumerate(life.moves[begun + 1 :], begun + 1):
        step = done[at]
        if step and is_of(step, member):
            after = apply_correction(sale, step, renewed=member > 1)
            if after is None or "change now" in before or not _is_known(sale, after, step, kept, corrected_so):
                return None
            if move.name == "edit until" or not _has_end(after):  # in the place of what it was extended by
                kept = [each._replace(name="wait", given=()) if each.name == "extend" else each for each in kept]
            corrected_so |= {id(each) for each in kept}
            sale, wait = after, wait + move.wait
            continue
        if step and at < last and step.member < member and move.name not in {"bill", "pay"}:
            return None
        kept.append((_as_fact(step, move) if step and at < last else move)._replace(wait=wait + move.wait))
        if step and at < last:
            before |= {move.name, *(f"{move.name} {key}" for key, value in move.given if value is True)}
        wait = 0
    kept.append(Move(wait, "bill"))
    if sale == first or ("pay" in before and any(dict(move.given).get("refund") for move in kept)):
        return None
    if renewed is None:
        return CorrectLife(Life(life.today, sale, tuple(kept)), before, member)
    anew = _renewed(sale, renewed, life.moves[begun])
    return CorrectLife(Life(life.today, life.sale, (*life.moves[:begun], anew, *kept)), before, member)


def is_of(step: Step | None, member: int) -> bool:
    """Return whether a step corrected a member."""
    return step is not None and step.done and step.member == member and corrects(step)


def _number(step: Step) -> int | None:
    return step.made.id if step.made else None


def _renewal(step: Step) -> Sale:
    """Return what was sold by a renewal."""
    made = step.made
    assert made
    return Sale(f"{made.plan}/{made.rate}", made.starts_on, None if made.sold_for else made.ends_on,
                str(made.sold_for) if made.sold_for else None)  # fmt: skip


def _renewed(sale: Sale, step: Step, move: Move) -> Move:
    """Return the renewal by which something is sold."""
    until = sale.until and sale.until - step.today
    given = {"rate": sale.rate, "start": sale.start - step.today, "until": until, "term": sale.term}
    return move._replace(given=tuple(given.items()))


def apply_correction(sale: Sale, step: Step, *, renewed: bool) -> Sale | None:
    """Return what would have been sold had it been entered as a correction has it; None where that can't be sold."""
    assert step.move
    given, (_, _, terms) = dict(step.move.given), lines.RATES[sale.rate]
    own = _usual(sale.rate, renewed=renewed)
    match step.move.name:
        case "edit start":
            return sale._replace(start=sale.start + given["by"])
        case "edit rate":
            # What the rate did not have, nobody knows to have been left out; nor to have been said what is usual.
            setup, trial = sale.setup or "setup" not in terms, sale.trial or "trial_days" not in terms
            usual = own and sale.term and same_length(own, parse_interval(sale.term))
            others = _usual(given["rate"], renewed=True) if renewed else None
            term = (str(others) if others else None) if usual else sale.term
            return sale._replace(rate=given["rate"], term=term, setup=setup, trial=trial)
        case "edit until":
            return sale._replace(until=step.today + given["until"] - step.paused, term=None)
        case "edit term":
            return sale._replace(term=given["term"], until=None)
        case "edit endless" if own is None:
            return sale._replace(until=None, term=None)
    return None


def _usual(rate: str, *, renewed: bool) -> Interval | None:
    """Return how long what is sold at a rate usually is; a renewal has always an end."""
    every, _, terms = lines.RATES[rate]
    own: Interval | None = terms.get("term")
    return own or (parse_interval(every) if renewed and every else None)


def _has_end(sale: Sale) -> bool:
    return bool(sale.until or sale.term or lines.RATES[sale.rate][2].get("term"))


def _is_known(sale: Sale, after: Sale, step: Step, kept: list[Move], corrected_so: set[int]) -> bool:
    """Return whether of what was done before a correction all is known that it asks for."""
    assert step.move
    names = [each.name for each in kept]
    extended = [each for each in kept if each.name == "extend"]
    by = [str(dict(each.given)["by"]) for each in extended]
    maybe_months = any(each.endswith("m") or int(each[:-1]) >= 28 for each in by)
    if maybe_months and (len(extended) > 1 or "suspend" in names or corrected_so & {id(each) for each in extended}):
        return False
    given = step.move.name == "edit term" and sale.until
    if any(dict(each.given)["charge"] for each in extended) and (given or {"cancel", "pay"} & set(names)):
        return False
    if sale.rate != after.rate and sale.rate in [dict(each.given)["rate"] for each in kept if each.name == "change"]:
        return False
    if "cancel" in names and {"suspend", "resume"} & set(names[names.index("cancel") :]):
        return False
    return "suspend" not in names or (step.was is not None and step.was.pause_rule == _rule(sale) == _rule(after))


def _rule(sale: Sale) -> str:
    return lines.PLANS[sale.rate.partition("/")[0]].get("pause_rule", "extend")


def _as_fact(step: Step, move: Move) -> Move:
    """Return a move as it is known once it was made: of the days that it came to."""
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
    """Return how much longer a membership became: in months where both ends are so many from the first day paid for."""
    assert step.was
    assert step.last_on
    assert step.count
    was, now, count = ended + DAY, step.last_on + DAY, step.count
    if step.paused or not (is_step(was, count, "1m") and is_step(now, count, "1m")):
        return f"{(now - was).days}d"
    return f"{(now.year - was.year) * 12 + now.month - was.month}m"


# -- what is compared -----------------------------------------------------------------------------


def reduce_for_comparison(led_to: Facts, should: Facts, right: CorrectLife) -> tuple[Facts, Facts]:
    """Remove from what a life led to, and what it should have, what a correction does not touch.

    What was renewed before it stays as it was renewed; what is paid stays as it was charged, and what is renewed
    begins after it.
    """
    if right.before & {"renew", "pay"}:
        led_to, should = ({what: [row for row in rows if row[0] <= right.member] for what, rows in each.items()}
                          for each in (led_to, should))  # fmt: skip
    if "pay" in right.before:
        # A cancellation lets days off, and in a pause nobody comes.
        are_all = not any(move.name in {"cancel", "suspend"} for move in right.life.moves)
        led_to, should = _without_paid(led_to, should, whole=are_all)
    if right.before & {"extend charge", "extend to charge"}:
        led_to, should = _joined(led_to), _joined(should)
        should["charges"] = [(*row[:4], pytest.approx(row[4], abs=2), row[5]) for row in should["charges"]]
    return _with_days_paid(led_to), _with_days_paid(should)


def _with_days_paid(facts: Facts) -> Facts:
    """Keep of what is paid the members and days: of two charges due together, the one that was made first is paid."""
    return {**facts, "paid": sorted({(member, day) for member, _, day in facts["paid"]})}


def _joined(facts: Facts) -> Facts:
    """Join what is charged of days that follow one another, with or without what an extension was charged.

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
    """Remove the periods in which a paid one begins, having looked that the whole of them is charged."""
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
    """Return whether a charge is within days already paid for: more days were charged than is right."""
    same = row[0] == paid[0] and {row[1], paid[1]} <= PERIODS
    return same and paid[2] <= row[2] and (row[3] or "9999") <= (paid[3] or "9999")


def _of_period(facts: Facts, member: int, first: str, last: str) -> list[tuple]:
    return [row for row in facts["charges"] if row[0] == member and row[1] in PERIODS and first <= row[2] <= last]


def _after(day: str) -> str:
    return (date.fromisoformat(day) + DAY).isoformat()
