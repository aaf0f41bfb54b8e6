"""Wall times and their instants, lengths, and starts as typed: the vectors of the rules, and many zones."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clientctl.base import clock, wall_time
from clientctl.base.wall_time import Length, Start, parse_length, parse_start
from clientctl.errors import UsageError

PARIS, LORD_HOWE = "Europe/Paris", "Australia/Lord_Howe"
ZONES = (
    PARIS, "Europe/London", "Europe/Dublin", "America/New_York", "America/Sao_Paulo", "America/St_Johns",
    "Africa/Casablanca", "Asia/Kolkata", "Asia/Gaza", LORD_HOWE, "Pacific/Apia", "UTC",
)  # fmt: skip
TODAY = date(2026, 3, 2)  # a Monday
YEARS = datetime.fromisoformat("2005-01-01"), datetime.fromisoformat("2040-01-01")


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ends(start: str, zone: str, length: str) -> str:
    return clock.stamp(wall_time.end(wall_time.to_instant(wall(start), zone), parse_length(length), zone))


@pytest.mark.parametrize(
    ("start", "zone", "instant"),
    [
        ("2026-03-28 10:00", PARIS, "2026-03-28T09:00:00Z"),
        ("2026-03-29 10:00", PARIS, "2026-03-29T08:00:00Z"),
        ("2026-03-29 01:30", PARIS, "2026-03-29T00:30:00Z"),
        ("2026-10-25 02:30", PARIS, "2026-10-25T00:30:00Z"),
        ("2026-10-25 01:30", PARIS, "2026-10-24T23:30:00Z"),
        ("2026-03-08 13:00", "America/New_York", "2026-03-08T17:00:00Z"),
        ("2026-03-08 18:00", "America/New_York", "2026-03-08T22:00:00Z"),
        ("2026-03-07 13:00", "America/New_York", "2026-03-07T18:00:00Z"),
        ("2026-04-05 01:45", LORD_HOWE, "2026-04-04T14:45:00Z"),
        *((f"2026-{day} 18:00", PARIS, f"2026-{day}T{hour}:00:00Z")
          for day, hour in (("03-17", 17), ("03-24", 17), ("03-31", 16), ("04-07", 16))),
        *((f"2026-{day} 09:00", PARIS, f"2026-{day}T{hour:02}:00:00Z")
          for day, hour in (("10-20", 7), ("10-27", 8), ("11-03", 8))),
    ],
)  # fmt: skip
def test_a_wall_time_has_an_instant(start, zone, instant) -> None:
    found = wall_time.to_instant(wall(start), zone)
    assert clock.stamp(found) == instant
    assert wall_time.to_wall(found, zone) == wall(start)
    assert wall_time.leave_gap(wall(start), zone) == wall(start)


@pytest.mark.parametrize(
    ("start", "zone", "first", "moved"),
    [
        ("2026-03-29 02:30", PARIS, "03:00", "2026-03-29 03:30"),
        ("2026-03-29 02:00", PARIS, "03:00", "2026-03-29 03:00"),
        ("2026-10-04 02:10", LORD_HOWE, "02:30", "2026-10-04 02:40"),
        ("2018-11-04 00:15", "America/Sao_Paulo", "01:00", "2018-11-04 01:15"),
        ("2011-12-30 10:00", "Pacific/Apia", "00:00", "2011-12-31 10:00"),
    ],
)
def test_a_time_that_the_clocks_skip_names_the_first_that_exists(start, zone, first, moved) -> None:
    with pytest.raises(UsageError, match=f"the clocks skip {start} in {zone}: use {first} or later"):
        wall_time.to_instant(wall(start), zone)
    assert wall_time.leave_gap(wall(start), zone) == wall(moved)


@pytest.mark.parametrize(
    ("typed", "zone", "instant"),
    [
        ("2026-10-25 02:30+01:00", PARIS, "2026-10-25T01:30:00Z"),
        ("2026-10-25 02:30+02:00", PARIS, "2026-10-25T00:30:00Z"),
        ("2026-07-01 09:00+02:00", PARIS, "2026-07-01T07:00:00Z"),
        ("2026-11-01 01:30-05:00", "America/New_York", "2026-11-01T06:30:00Z"),
        ("2026-10-25 02:30+03:00", PARIS, None),
        ("2026-07-01 09:00+01:00", PARIS, None),
    ],
)
def test_an_offset_chooses_between_two_times_and_has_to_be_right(typed, zone, instant) -> None:
    start = parse_start(typed, TODAY)
    assert start.time is not None
    at = datetime.combine(start.day, start.time)
    if instant is None:
        with pytest.raises(UsageError, match=r"are not \+0[13]:00 from UTC .*: leave the offset out"):
            wall_time.to_instant(at, zone, start.offset)
    else:
        assert clock.stamp(wall_time.to_instant(at, zone, start.offset)) == instant


@pytest.mark.parametrize(
    ("start", "zone", "length", "end"),
    [
        ("2026-03-29 01:30", PARIS, "1h", "2026-03-29T01:30:00Z"),
        ("2026-10-25 01:30", PARIS, "2h", "2026-10-25T01:30:00Z"),
        ("2026-03-03 10:00", PARIS, "45min", "2026-03-03T09:45:00Z"),
    ],
)
def test_minutes_elapse_whatever_the_clocks_do(start, zone, length, end) -> None:
    assert ends(start, zone, length) == end


@pytest.mark.parametrize(
    ("day", "zone", "first", "end", "hours"),
    [
        ("2026-03-29", PARIS, "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
        ("2026-10-25", PARIS, "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z", 23),
    ],
)
def test_a_whole_day_begins_with_its_first_instant(day, zone, first, end, hours) -> None:
    start = wall_time.first_instant(date.fromisoformat(day), zone)
    until = wall_time.end(start, Length(days=1), zone)
    assert (clock.stamp(start), clock.stamp(until)) == (first, end)
    assert until - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("typed", "length", "shown"),
    [
        ("45min", Length(45), "45min"),
        ("1h", Length(60), "1h"),
        ("1h30", Length(90), "1h30"),
        ("90min", Length(90), "1h30"),
        (" 1H05 ", Length(65), "1h05"),
        ("24h", Length(1440), "24h"),
        ("1d", Length(days=1), "1d"),
        ("2w", Length(days=14), "14d"),
    ],
)
def test_a_length_is_read_and_shown(typed, length, shown) -> None:
    assert parse_length(typed) == length
    assert str(length) == shown


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("90m", "m is months; did you mean 90min?"),
        *((each, "use 45min, 1h, 1h30 or 90min") for each in ("", "90", "1h60", "-1h", "1.5h", "h", "1h30min")),
        *((each, "out of range") for each in ("0min", "0d", "25h", "1441min", "53w", "400d", "24h01")),
    ],
)
def test_what_is_no_length_is_refused(typed, says) -> None:
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        parse_length(typed)


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("2026-12-31 14:30", Start(date(2026, 12, 31), time(14, 30))),
        ("tomorrow 9:05", Start(date(2026, 3, 3), time(9, 5))),
        ("monday 18:00", Start(date(2026, 3, 9), time(18))),
        ("+2w 10:00", Start(date(2026, 3, 16), time(10))),
        ("2026-12-31", Start(date(2026, 12, 31), None)),
        ("14:30", Start(date(2026, 5, 1), time(14, 30))),
    ],
)
def test_a_start_is_a_day_and_a_time(typed, start) -> None:
    assert parse_start(typed, TODAY, day=date(2026, 5, 1)) == start


@pytest.mark.parametrize(
    "typed", ["", "  ", "a day 10:00", "10:00 2026-03-03", "14:30", "24:00", "2026-03-03 10:00 Paris"]
)
def test_what_is_no_start_is_refused(typed) -> None:
    with pytest.raises(UsageError, match=r"not a day"):
        parse_start(typed, TODAY)


@given(st.datetimes(*YEARS), st.sampled_from(ZONES))
def test_every_instant_is_found_again_by_what_the_clocks_show(at, zone) -> None:
    instant = at.replace(tzinfo=UTC, microsecond=0)
    shown = wall_time.to_wall(instant, zone)
    offset = shown - instant.replace(tzinfo=None)
    assert wall_time.to_instant(shown, zone) <= instant
    if offset == offset // timedelta(minutes=1) * timedelta(minutes=1):
        assert wall_time.to_instant(shown, zone, offset) == instant


@given(st.datetimes(*YEARS), st.sampled_from(ZONES))
def test_only_skipped_times_move_and_they_move_forward(at, zone) -> None:
    at = at.replace(second=0, microsecond=0)
    moved = wall_time.leave_gap(at, zone)
    wall_time.to_instant(moved, zone)
    if moved == at:
        wall_time.to_instant(at, zone)
    else:
        assert moved > at
        with pytest.raises(UsageError, match="the clocks skip"):
            wall_time.to_instant(at, zone)


@given(st.dates(date(2005, 1, 1), date(2040, 1, 1)), st.sampled_from(ZONES))
def test_days_follow_each_other_without_a_gap(day, zone) -> None:
    first = wall_time.first_instant(day, zone)
    shown = wall_time.to_wall(first, zone)
    before = wall_time.to_wall(first - timedelta(seconds=1), zone)
    assert shown.date() >= day > before.date()
    assert wall_time.end(first, Length(days=1), zone) == wall_time.first_instant(shown.date() + timedelta(days=1), zone)


@given(st.one_of(st.integers(1, 1440).map(Length), st.integers(1, 366).map(lambda days: Length(days=days))))
def test_a_length_comes_back_as_it_is_shown(length) -> None:
    assert parse_length(str(length)) == length
