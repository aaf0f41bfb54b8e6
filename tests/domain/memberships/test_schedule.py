"""Bill days and periods: the tables of days, and plain Python that counts the same days in another way."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import count, islice, pairwise

import heavy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientctl.base.calendar import Interval, parse_interval
from clientctl.domain.memberships.schedule import Pause, Period, Schedule

D = date.fromisoformat
DAY = timedelta(days=1)

ANCHORS = st.dates(D("2000-01-01"), D("2100-12-31"))
INTERVALS = st.one_of(
    st.builds(Interval, st.integers(1, 90), st.just("day")),
    st.builds(Interval, st.integers(1, 12), st.just("week")),
    st.builds(Interval, st.integers(1, 24), st.just("month")),
    st.builds(Interval, st.integers(1, 3), st.just("year")),
)


def stepped(anchor: date, every: Interval, k: int) -> date:
    """Count from the anchor, without the help of any library."""
    if every.unit in {"day", "week"}:
        return anchor + timedelta(days=k * every.count * (7 if every.unit == "week" else 1))
    months = k * every.count * (12 if every.unit == "year" else 1)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def firsts(schedule: Schedule, count: int, since: date | None = None) -> list[date]:
    return [first for first, _ in islice(schedule.spans(since or schedule.anchor), count)]


@pytest.mark.parametrize(
    ("anchor", "every", "days"),
    [
        ("2025-01-31", "1m", ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]),
        ("2024-02-29", "1y", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2025-11-30", "3m", ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"]),
        ("2026-01-01", "2w", ["2026-01-01", "2026-01-15", "2026-01-29", "2026-02-12"]),
    ],
)
def test_bill_days_are_counted_from_the_anchor(anchor, every, days) -> None:
    assert firsts(Schedule(D(anchor), parse_interval(every)), len(days)) == [D(day) for day in days]


def test_a_period_ends_the_day_before_the_next_one() -> None:
    periods = Schedule(D("2025-01-31"), Interval(1, "month")).periods(D("2025-01-31"), None)
    assert [(str(each.starts_on)[5:], str(each.ends_on)[5:]) for each in islice(periods, 4)] == [
        ("01-31", "02-27"),
        ("02-28", "03-30"),
        ("03-31", "04-29"),
        ("04-30", "05-30"),
    ]


@pytest.mark.parametrize(
    ("schedule", "last", "part"),
    [
        # A fixed bill day leaves a part of a period before it.
        (Schedule(D("2026-02-01"), Interval(1, "month"), (), "extend", D("2026-01-20")), None, (12, 31)),
        # The end leaves a part of the last one.
        (Schedule(D("2026-07-15"), Interval(1, "month")), "2026-07-31", (17, 31)),
        # Both.
        (Schedule(D("2026-02-01"), Interval(1, "month"), (), "extend", D("2026-01-20")), "2026-01-25", (6, 31)),
        # Days that a pause gives back later are not paid for.
        (
            Schedule(
                D("2026-03-01"), Interval(1, "month"), (Pause(D("2026-03-10"), D("2026-03-24"), D("2026-04-01")),)
            ),
            "2026-04-04",
            (21, 31),
        ),
    ],
)
def test_a_part_of_a_period_says_how_many_days_of_how_many(schedule, last, part) -> None:
    first = next(schedule.periods(min(schedule.first_on or schedule.anchor, schedule.anchor), last and D(last)))
    assert (first.used, first.whole) == part


@pytest.mark.parametrize(
    ("pauses", "rule", "days"),
    [
        # monthly from 2025-01-17, paused 02-01, resumed 02-15
        ([("2025-02-01", "2025-02-15", "2025-02-17")], "extend", ["01-17", "03-03", "04-03", "05-03"]),
        ([("2025-02-01", "2025-02-15", "2025-02-17")], "keep", ["01-17", "02-17", "03-17"]),
        ([("2025-02-01", "2025-03-20", "2025-02-17")], "keep", ["01-17", "04-17", "05-17"]),
        ([("2025-02-01", None, "2025-02-17")], "extend", ["01-17"]),
        ([("2025-02-01", None, "2025-02-17")], "keep", ["01-17"]),
        # a bill day that was due already stays
        ([("2025-02-17", "2025-02-27", "2025-03-17")], "extend", ["01-17", "02-17", "03-27", "04-27"]),
        # two in one period
        (
            [("2025-01-20", "2025-01-23", "2025-02-17"), ("2025-02-01", "2025-02-03", "2025-02-20")],
            "extend",
            ["01-17", "02-22", "03-22"],
        ),
        # from the start
        ([("2025-01-17", "2025-01-20", "2025-01-17")], "extend", ["01-20", "02-20"]),
        # what moves nothing, counted from an anchor after it
        ([("2025-01-01", "2025-01-20", None)], "extend", ["01-17", "02-17"]),
        ([("2025-02-01", "2025-02-04", "2025-02-17"), ("2025-02-10", None, "2025-02-20")], "extend", ["01-17"]),
    ],
)
def test_pauses_move_bill_days_or_drop_them(pauses, rule, days) -> None:
    held = tuple(Pause(*(each and D(each) for each in pause)) for pause in pauses)
    schedule = Schedule(D("2025-01-17"), Interval(1, "month"), held, rule)
    assert [str(day)[5:] for day in firsts(schedule, len(days))] == days
    if held[-1].resumes_on is None:
        assert len(list(schedule.spans(schedule.anchor))) == len(days)


def test_what_a_pause_lengthens_ends_where_the_next_one_begins() -> None:
    early, late = (Pause(D(first), D(back), D(moves)) for first, back, moves in (
        ("2025-01-20", "2025-01-23", "2025-02-17"), ("2025-02-01", "2025-02-03", "2025-02-20"),
    ))  # fmt: skip
    schedule = Schedule(D("2025-01-17"), Interval(1, "month"), (early, late))
    assert schedule.period_of(D("2025-02-19")) == (D("2025-01-17"), D("2025-02-21"))
    assert schedule.anchor_on(D("2025-02-19")) == D("2025-01-17")
    assert schedule.anchor_on(D("2025-02-22")) == D("2025-02-22")


def test_a_pause_lengthens_or_moves_the_part_before_the_first_bill_day() -> None:
    """From 20 January, billed on the 1st: 12 days come first."""
    stub = Schedule(D("2026-02-01"), Interval(1, "month"), (), "extend", D("2026-01-20"))
    inside = stub._replace(pauses=(Pause(D("2026-01-25"), D("2026-01-28"), D("2026-02-01")),))
    assert list(islice(inside.periods(D("2026-01-20"), None), 2)) == [
        Period(D("2026-01-20"), D("2026-02-03"), 12, 31),
        Period(D("2026-02-04"), D("2026-03-03")),
    ]
    whole = stub._replace(pauses=(Pause(D("2026-01-20"), D("2026-01-23"), D("2026-01-20")),))
    assert list(islice(whole.periods(D("2026-01-20"), None), 1)) == [Period(D("2026-01-23"), D("2026-02-22"))]


# -- any schedule ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=heavy.times(80, 300))
@given(anchor=ANCHORS, every=INTERVALS, skipped=st.integers(0, 200), stub=st.integers(0, 27))
def test_periods_tile_without_gap_or_overlap(anchor, every, skipped, stub) -> None:
    first_on = anchor - timedelta(days=stub)
    schedule = Schedule(anchor, every, (), "extend", first_on)
    since = stepped(anchor, every, skipped) if skipped else first_on
    if since.year > 2400:
        return
    spans = list(islice(schedule.spans(since), 5))
    expected = [stepped(anchor, every, skipped + k) for k in range(6)]
    if stub and not skipped:
        expected = [first_on, *expected]
    assert [first for first, _ in spans] == expected[:5]
    for (_, last), (first, _) in pairwise(spans):
        assert last + DAY == first
    for first, last in spans:
        assert schedule.period_of(first) == schedule.period_of(last) == (first, last)
    assert schedule.next_after(spans[0][0]) == spans[1][0]


@st.composite
def paused(draw: st.DrawFn) -> tuple[Schedule, list[tuple[date, date]]]:
    """Return a schedule with pauses, and those as days; each moves the first bill day from its own first day on."""
    anchor = draw(st.dates(D("2000-01-01"), D("2090-12-31")))
    schedule = Schedule(anchor, draw(INTERVALS))
    day, days = anchor, []
    for _ in range(draw(st.integers(1, 4))):
        day += timedelta(days=draw(st.integers(0, 60)))
        back = day + timedelta(days=draw(st.integers(1, 60)))
        days.append((day, back))
        schedule = schedule.with_pauses([Pause(day, back, None)], day)
        day = back
    return schedule, days


@settings(deadline=None, max_examples=heavy.times(80, 300))
@given(paused())
def test_paused_periods_tile_and_hold_as_many_days_of_access_as_without_a_pause(drawn) -> None:
    """A plain count: days without a pause are dealt out to periods, as many to each as its anchor gives."""
    schedule, days = drawn
    periods = list(islice(schedule.periods(schedule.anchor, None), 12))
    for one, other in pairwise(periods):
        assert one.ends_on + DAY == other.starts_on
    anchor, k = schedule.anchor, 0
    waiting = [pause.moves_on for pause in schedule.pauses]
    lengths = [back - first for first, back in days]
    day = anchor
    for period in periods:
        moved = False
        while waiting and waiting[0] == day:
            anchor, k, moved = day + lengths.pop(0), 0, True
            day = anchor
            waiting.pop(0)
        assert period.starts_on == day, moved
        k += 1
        day = stepped(anchor, schedule.every, k)
        access = sum(
            1
            for n in range((period.ends_on - period.starts_on).days + 1)
            if not any(first <= period.starts_on + n * DAY < back for first, back in days)
        )
        whole = (day - period.starts_on).days
        # A pause that begins in one period and goes on after the bill day it moves takes no day of the next one.
        assert access == whole
        assert (period.used, period.whole) == (None, None)


@settings(deadline=None, max_examples=heavy.times(60, 200))
@given(paused())
def test_kept_bill_days_are_those_outside_of_the_pauses(drawn) -> None:
    extended, days = drawn
    kept = extended._replace(pauses=(), rule="keep")
    for first, back in days:
        kept = kept.with_pauses([Pause(first, back, None)], first)
    outside = (
        day
        for day in (stepped(kept.anchor, kept.every, k) for k in count())
        if not any(first <= day < back for first, back in days)
    )
    assert firsts(kept, 10) == list(islice(outside, 10))
