"""What is corrected is as if it had been entered so from the start."""

from datetime import date, timedelta

import lines
import pytest
from line_checks import corrects, lived, lives, same
from lines import Life, Move, Sale, Step


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
    taken = [step.done for step in steps if not (step.done and step.member == 1 and corrects(step))]
    if anew[0].done and [step.done for step in anew] == taken:  # else a move was made on what was wrong
        same(should, led_to)


# -- lives that were wrong once -------------------------------------------------------------------


def said(wait: int, name: str, back: int = 0, **given) -> Move:
    """Make a move; what is not said of it is as the command has it by itself."""
    own = {key: False if key in {"charge", "refund", "force", "now"} else None for key in lines.MOVES[name]}
    return Move(wait, name, back, tuple((own | given).items()))


FOUND = {
    "a change agreed begins on a day that a correction put before today": (
        Life(
            date(2025, 12, 17),
            Sale("Yoga/Quarter", date(2025, 11, 29)),
            (
                said(27, "change", rate="Keep/Week"),
                said(29, "edit start", by=timedelta(-18)),
                said(1, "change", rate="Yoga/Month", now=True),
            ),
        ),
        [
            (1, "recurring", "2025-11-11", "2026-02-10", 15000),
            (1, "recurring", "2026-02-11", "2026-02-11", 214),
            (1, "recurring", "2026-02-12", "2026-03-11", 6000),
        ],
    ),
    "so does one where the rate is corrected to a shorter interval": (
        Life(
            date(2026, 3, 1),
            Sale("Yoga/Quarter", date(2026, 3, 1)),
            (
                said(1, "change", rate="Yoga/Month"),
                said(28, "edit rate", rate="Yoga/Fortnight"),
            ),
        ),
        [
            (1, "recurring", "2026-03-01", "2026-03-14", 3000),
            (1, "recurring", "2026-03-15", "2026-04-14", 6000),
        ],
    ),
    "a period stays whole that would have been billed before the cancellation": (
        Life(
            date(2025, 1, 31),
            Sale("Yoga/Month", date(2025, 1, 31)),
            (said(14, "cancel", when="at-period-end"), said(0, "edit rate", rate="Yoga/Trial"), said(0, "renew")),
        ),
        [
            (1, "setup", "2025-01-31", None, 2500),
            (1, "recurring", "2025-02-14", "2025-03-13", 4990),
            (2, "recurring", "2025-03-14", "2025-04-13", 4990),
        ],
    ),
    "and one is cut short that would have been billed after it": (
        Life(
            date(2025, 1, 31),
            Sale("Yoga/Month", date(2025, 1, 31)),
            (said(10, "cancel", when=timedelta(10)), said(10, "edit rate", rate="Yoga/Trial")),
        ),
        [
            (1, "setup", "2025-01-31", None, 2500),
            (1, "prorata", "2025-02-14", "2025-02-20", 1248),
        ],
    ),
}
"""Lives, and what is charged at their end."""


@pytest.mark.parametrize(("life", "charges"), FOUND.values(), ids=FOUND)
def test_what_was_wrong_once_is_right(shop, life, charges):
    steps, led_to = lived(shop, life)
    assert all(step.done for step in steps)
    assert [charge[:5] for charge in led_to["charges"]] == charges
    right = entered_right(life, steps)
    if right:
        same(lived(shop, right)[1], led_to)
