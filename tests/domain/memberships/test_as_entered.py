"""What is corrected is as if it had been entered so from the start."""

from datetime import date, timedelta

import lines
import pytest
from line_checks import lives, run_life, same
from line_right import enter_correctly, is_of, reduce_for_comparison
from lines import Life, Move, Sale


def compare(shop, life: Life, member: int = 1) -> set[str] | None:
    """Compare a life with the one in which a member was entered right.

    Say what was done before it was corrected, None where nothing is known.

    Not where a move was refused in one of them: it was made on what was wrong.
    """
    steps, led_to = run_life(shop, life)
    right = enter_correctly(life, steps, member)
    if right is None:
        return None
    anew, should = run_life(shop, right.life)
    done = [step.done for step in steps if not is_of(step, member)]
    if not anew[0].done or [step.done for step in anew] != done:
        return None
    led_to, should = reduce_for_comparison(led_to, should, right)
    same(should, led_to)
    return right.before


CORRECTIONS = [name for name in lines.MOVES if name.startswith("edit ")]


@lives(80, 1_000)
def test_what_is_corrected_is_as_if_it_had_been_entered_so(shop, life):
    compare(shop, life)


@lives(
    60,
    4_000,
    names=["extend", "suspend", "resume", "pay", "renew", "change", "cancel", "bill", *CORRECTIONS],
    together=[["extend", "edit term"], ["extend", "edit start"], ["pay", "edit rate"], ["suspend", "edit start"]],
)
def test_so_it_is_when_it_was_extended_paused_paid_or_renewed_meanwhile(shop, life):
    compare(shop, life)


@lives(
    60,
    2_000,
    names=["extend", "suspend", "resume", "pay", "renew", "renew", "change", "cancel", "bill", *CORRECTIONS],
    together=[["renew", each] for each in CORRECTIONS] + [["renew", "extend", each] for each in CORRECTIONS],
)
def test_so_it_is_with_what_was_renewed(shop, life):
    for member in (2, 3):
        compare(shop, life, member)


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
    "what is paid is no reason for a year that costs nothing": (
        Life(
            date(2026, 3, 1),
            Sale("Yoga/Month", date(2026, 3, 1)),
            (said(0, "pay"), said(2, "edit rate", rate="Yoga/Year")),
        ),
        [
            (1, "recurring", "2026-03-01", "2026-03-31", 6000),
            (1, "prorata", "2026-04-01", "2027-02-28", 54904),
        ],
    ),
    "what is charged beside a paid part stays": (
        Life(
            date(2026, 3, 1),
            Sale("Yoga/Month", date(2026, 3, 1), until=date(2026, 3, 10)),
            (said(0, "pay"), said(1, "edit endless"), said(1, "edit rate", rate="Keep/Month")),
        ),
        [
            (1, "prorata", "2026-03-01", "2026-03-10", 1935),
            (1, "prorata", "2026-03-11", "2026-03-31", 4065),
        ],
    ),
    "a charged extension is kept when the start is corrected": (
        Life(
            date(2025, 3, 1),
            Sale("Yoga/Month", date(2025, 3, 1), term="1m"),
            (said(0, "extend", by="1m", charge=True), said(0, "edit start", by=timedelta(-4)), said(59, "bill")),
        ),
        [
            (1, "recurring", "2025-02-25", "2025-03-24", 6000),
            (1, "recurring", "2025-03-25", "2025-04-24", 6000),
        ],
    ),
    "a pause moves a bill day on its own first day, when it was agreed before": (
        Life(
            date(2026, 3, 1),
            Sale("Yoga/Fortnight", date(2026, 3, 1)),
            (
                said(4, "suspend", first=timedelta(11), length=timedelta(7)),
                said(0, "edit start", by=timedelta(1)),
                said(18, "bill"),
            ),
        ),
        [
            (1, "recurring", "2026-03-02", "2026-03-22", 3000),
            (1, "recurring", "2026-03-23", "2026-04-05", 3000),
        ],
    ),
}
"""Lives, and what is charged at their end."""


@pytest.mark.parametrize(("life", "charges"), FOUND.values(), ids=FOUND)
def test_what_was_wrong_once_is_right(shop, life, charges):
    steps, led_to = run_life(shop, life)
    assert all(step.done for step in steps)
    assert [charge[:5] for charge in led_to["charges"]] == charges
    assert compare(shop, life) is not None


@pytest.mark.parametrize(
    ("correction", "ends"),
    [
        (said(0, "edit start", by=timedelta(-5)), ("2026-04-02", "2026-03-23")),
        (said(0, "edit term", term="2m"), ("2026-05-10", "2026-04-30")),
        (said(0, "edit rate", rate="Yoga/Days"), ("2026-04-10", "2026-03-31")),
        (said(0, "edit until", until=timedelta(60)), ("2026-04-30", "2026-04-30")),
    ],
)
def test_a_free_extension_is_kept_unless_another_end_is_said(shop, correction, ends):
    sale = Sale("Yoga/Month", date(2026, 3, 1), term="1m")
    life = Life(date(2026, 3, 1), sale, (said(0, "extend", by="10d"), correction))
    _, led_to = run_life(shop, life)
    assert led_to["members"][0][6:8] == ends
    assert compare(shop, life) is not None


def test_an_extension_is_charged_only_for_days_that_nothing_paid_is_charged_for(shop):
    moves = (said(0, "pay"), said(0, "edit until", until=timedelta()), said(0, "extend", by="1m", charge=True))
    steps, led_to = run_life(shop, Life(date(2025, 1, 31), Sale("Yoga/Month", date(2025, 1, 31)), moves))
    assert [step.done for step in steps if step.move] == [True, True, True]
    assert [charge[:5] for charge in led_to["charges"]] == [(1, "recurring", "2025-01-31", "2025-02-27", 6000)]


def test_a_payment_of_one_of_two_charges_due_together_is_compared_by_its_day(shop):
    """What is left out of a rate and comes back with another is charged after what was there: that was paid first."""
    moves = (
        Move(0, "edit rate", given=(("rate", "Strict/Month"),)),
        Move(28, "pay", given=(("amount", 1),)),
        Move(0, "edit rate", given=(("rate", "Yoga/Month"),)),
    )
    sale = Sale("Yoga/Month", date(2025, 1, 31), None, "1m", setup=True, trial=True)
    assert compare(shop, Life(date(2025, 1, 31), sale, moves)) is not None
