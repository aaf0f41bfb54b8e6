"""Days, ranges and durations as people type them, and counting from anchors."""

from datetime import UTC, date, datetime, timedelta
from itertools import islice

import heavy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clientctl.base import calendar
from clientctl.base.calendar import Interval, Range
from clientctl.errors import UsageError

TODAY = date(2026, 3, 18)  # a Wednesday


def day(text: str) -> date:
    return date.fromisoformat(text)


def span(text: str) -> Interval:
    return calendar.parse_interval(text)


intervals = st.one_of(
    st.builds(Interval, st.integers(1, 400), st.just("day")),
    st.builds(Interval, st.integers(1, 60), st.just("week")),
    st.builds(Interval, st.integers(1, 24), st.just("month")),
    st.builds(Interval, st.integers(1, 5), st.just("year")),
)
anchors = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-31", "2026-12-31"),
        ("today", "2026-03-18"),
        ("Tomorrow", "2026-03-19"),
        (" yesterday ", "2026-03-17"),
        ("+7d", "2026-03-25"),
        ("-2w", "2026-03-04"),
        ("+1m", "2026-04-18"),
        ("+1y", "2027-03-18"),
        ("-1m", "2026-02-18"),
        ("+0d", "2026-03-18"),
        ("thursday", "2026-03-19"),
        ("monday", "2026-03-23"),
        ("tuesday", "2026-03-24"),
        ("wednesday", "2026-03-25"),
        ("2024-02-29", "2024-02-29"),
        ("1900-01-01", "1900-01-01"),
        ("2200-12-31", "2200-12-31"),
    ],
)
def test_a_day_is_read_in_every_form(text, expected):
    assert calendar.parse_day(text, TODAY) == day(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("31/12/2026", "2026-12-31"),
        (" 01/02/1990 ", "1990-02-01"),
        ("1/2/2026", "2026-02-01"),
        ("31/12", "2026-12-31"),
        ("19/03", "2026-03-19"),
        ("18/3", "2026-03-18"),
        ("17/03", "2027-03-17"),
        ("29/02", "2028-02-29"),
        ("+7d", "2026-03-25"),
        ("2026-12-31", "2026-12-31"),
    ],
)
def test_a_day_is_read_with_the_day_first_where_it_is_written_so(text, expected):
    assert calendar.parse_day(text, TODAY, day_first=True) == day(expected)


def test_the_next_29_february_can_be_eight_years_away():
    assert calendar.parse_day("29/02", date(2096, 3, 1), day_first=True) == date(2104, 2, 29)


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.integers(0, 364))
def test_every_day_is_read_as_it_was_written_with_the_day_first(today, later):
    written = today + timedelta(later)
    assert calendar.parse_day(f"{written:%d/%m/}{written.year}", today, day_first=True) == written
    assert calendar.parse_day(f"{written:%d/%m}", today, day_first=True) == written
    assert calendar.normalize_days(f"is {written:%d/%m/}{written.year}") == f"is {written}"


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from([None, False]))
def test_a_day_with_slashes_is_no_day_unless_the_day_is_first(written, day_first):
    for typed in (f"{written:%d/%m/%Y}", f"{written:%d/%m}"):
        with pytest.raises(UsageError, match=r"2026-12-31, today, .* to sunday") as error:
            calendar.parse_day(typed, TODAY, day_first=day_first)
        assert ("`clientctl config set day_first yes`" in error.value.message) == (day_first is None)


def test_a_month_said_from_the_31st_ends_in_a_shorter_one():
    assert calendar.parse_day("+1m", date(2026, 1, 31)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    "text",
    ["", "10", "2026-02-30", "2026-2-3", "20260203", "2026-W05-1", "31/12/2026", "12-31", "mon", "next week",
     "7d", "+d", "+7", "+1q", "+99999d", "--1d", "+ 1d", "２０２６-01-01", "2026-01-01T00:00", "1899-12-31",
     "2201-01-01"],
)  # fmt: skip
def test_a_day_is_never_guessed(text):
    with pytest.raises(UsageError) as error:
        calendar.parse_day(text, TODAY)
    assert "\n" not in error.value.message
    assert ("2026-12-31, today" in error.value.message) or ("1900 to 2200" in error.value.message)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-01-01..2026-01-31", "2026-01-01", "2026-01-31"),
        ("2026-01-01..", "2026-01-01", None),
        ("..2026-01-31", None, "2026-01-31"),
        ("2026-01-05", "2026-01-05", "2026-01-05"),
        ("today..+7d", "2026-03-18", "2026-03-25"),
        ("today .. tomorrow", "2026-03-18", "2026-03-19"),
        ("-1w..-1d", "2026-03-11", "2026-03-17"),
        ("this-week", "2026-03-16", "2026-03-22"),
        ("last-week", "2026-03-09", "2026-03-15"),
        ("next-week", "2026-03-23", "2026-03-29"),
        ("this-month", "2026-03-01", "2026-03-31"),
        ("Last-Month", "2026-02-01", "2026-02-28"),
        ("next-month", "2026-04-01", "2026-04-30"),
        ("this-year", "2026-01-01", "2026-12-31"),
        ("last-year", "2025-01-01", "2025-12-31"),
        ("next-year", "2027-01-01", "2027-12-31"),
    ],
)
def test_a_range_is_read_in_every_form(text, first, last):
    expected = Range(first and day(first), last and day(last))
    assert calendar.parse_range(text, TODAY) == expected


def test_a_range_has_its_ends_with_the_day_first_too():
    assert calendar.parse_range("01/01/2026..31/12", TODAY, day_first=True) == Range(
        day("2026-01-01"), day("2026-12-31")
    )
    assert calendar.parse_range("..31/03", TODAY, day_first=True) == Range(None, day("2026-03-31"))
    assert calendar.parse_range("1/4", TODAY, day_first=True) == Range(day("2026-04-01"), day("2026-04-01"))
    with pytest.raises(UsageError, match="ends before it starts, as 2026-03-31 is before 2027-03-01"):
        calendar.parse_range("01/03..31/03", TODAY, day_first=True)


@pytest.mark.parametrize(
    "text", ["31/12/26", "12/31/2026", "31/02/2026", "30/02", "31/12/", "/12", "31-12-2026", "31.12.2026"]
)
def test_what_is_no_day_with_the_day_first_either_does_not_name_the_setting(text):
    with pytest.raises(UsageError, match=r"use 2026-12-31, today, .* to sunday$"):
        calendar.parse_day(text, TODAY)
    with pytest.raises(UsageError, match=r"use 31/12/2026, 31/12 \(the next one\), 2026-12-31, today"):
        calendar.parse_day(text, TODAY, day_first=True)


def test_a_week_begins_on_monday():
    assert calendar.parse_range("this-week", date(2026, 3, 16)).first == date(2026, 3, 16)
    assert calendar.parse_range("this-week", date(2026, 3, 22)).first == date(2026, 3, 16)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-02-01..2026-01-31", "ends before it starts"),
        ("..", "this-, last- or next-"),
        ("", "this-, last- or next-"),
        ("march", "this-, last- or next-"),
        ("this-decade", "this-, last- or next-"),
        ("2026-01-01..2026-02-30", "not a day: '2026-02-30'"),
        ("2026-01-01..2026-01-02..2026-01-03", "not a day"),
        ("2026-01-01...2026-01-02", "not a day"),
    ],
)
def test_a_wrong_range_says_how(text, says):
    with pytest.raises(UsageError, match=says):
        calendar.parse_range(text, TODAY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10d", Interval(10, "day")),
        ("2w", Interval(2, "week")),
        ("1m", Interval(1, "month")),
        (" 1Y ", Interval(1, "year")),
        ("36525d", Interval(36525, "day")),
    ],
)
def test_a_duration_is_read_and_written(text, expected):
    assert calendar.parse_interval(text) == expected
    assert calendar.parse_interval(str(expected)) == expected


@pytest.mark.parametrize(
    "text", ["", "0d", "0m", "-1m", "+1m", "1", "m", "1.5m", "1 m", "101y", "999999d", "1mo", "١d"]
)
def test_a_wrong_duration_is_refused(text):
    with pytest.raises(UsageError, match=r"10d, 2w, 1m or 1y \(days, weeks, months, years\)"):
        calendar.parse_interval(text)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-12-31 14:30", "Europe/Paris", "2026-12-31T13:30"),
        ("2026-07-01 14:30", "Europe/Paris", "2026-07-01T12:30"),
        ("2026-07-01  00:00", "America/New_York", "2026-07-01T04:00"),
        ("tomorrow 09:05", "UTC", "2026-03-19T09:05"),
        # Clocks go back: 02:30 comes twice, the earlier is meant.
        ("2026-10-25 02:30", "Europe/Paris", "2026-10-25T00:30"),
    ],
)
def test_a_time_is_local(text, zone, expected):
    assert calendar.parse_moment(text, TODAY, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2026-12-31", "Europe/Paris", "2026-12-31T22:59:59"),
        ("today", "UTC", "2026-03-18T23:59:59"),
        ("2026-03-29", "Europe/Paris", "2026-03-29T21:59:59"),
        # Here midnight itself is skipped, or comes twice.
        ("2026-09-05", "America/Santiago", "2026-09-06T03:59:59"),
        ("2026-04-04", "America/Santiago", "2026-04-05T03:59:59"),
    ],
)
def test_a_day_as_a_time_is_its_last_second(text, zone, expected):
    assert calendar.parse_moment(text, TODAY, zone) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_a_time_has_its_day_first_too():
    at = calendar.parse_moment("31/12/2026 14:30", TODAY, "Europe/Paris", day_first=True)
    assert at == datetime(2026, 12, 31, 13, 30, tzinfo=UTC)
    with pytest.raises(UsageError, match="14:30, or a day; `clientctl config set day_first yes`"):
        calendar.parse_moment("31/12/2026 14:30", TODAY, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2026-03-29 02:30", "the clocks skip 2026-03-29 02:30 in Europe/Paris"),
        ("2026-12-31 24:00", "2026-12-31 14:30, or a day"),
        ("2026-12-31 9:00", "2026-12-31 14:30, or a day"),
        ("2026-12-31 14:30:00", "2026-12-31 14:30, or a day"),
        ("2026-02-30 14:30", "2026-12-31 14:30, or a day"),
        ("14:30", "2026-12-31 14:30, or a day"),
        ("", "2026-12-31 14:30, or a day"),
        ("2026-12-31 14:30 UTC", "2026-12-31 14:30, or a day"),
    ],
)
def test_a_wrong_time_says_how(text, says):
    with pytest.raises(UsageError, match=says):
        calendar.parse_moment(text, TODAY, "Europe/Paris")


@pytest.mark.parametrize(
    ("anchor", "interval", "starts"),
    [
        ("2025-01-31", "1m", ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30", "2025-05-31"]),
        ("2024-02-29", "1y", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2025-11-30", "3m", ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"]),
        ("2026-01-01", "2w", ["2026-01-01", "2026-01-15", "2026-01-29", "2026-02-12"]),
        ("2026-01-01", "10d", ["2026-01-01", "2026-01-11", "2026-01-21", "2026-01-31"]),
    ],
)
def test_periods_are_counted_from_the_anchor(anchor, interval, starts):
    found = list(islice(calendar.periods(day(anchor), span(interval)), len(starts)))
    assert [first for first, _ in found] == [day(start) for start in starts]
    assert [last for _, last in found[:-1]] == [day(start) - timedelta(1) for start in starts[1:]]


@pytest.mark.parametrize(
    ("start", "term", "end"),
    [
        ("2025-01-15", "1m", "2025-02-14"),
        ("2025-08-31", "6m", "2026-02-27"),
        ("2024-03-01", "1y", "2025-02-28"),
        ("2025-01-31", "1m", "2025-02-27"),
        ("2025-01-01", "10d", "2025-01-10"),
        ("2025-01-01", "2w", "2025-01-14"),
    ],
)
def test_the_end_is_the_last_day(start, term, end):
    assert calendar.term_end(day(start), span(term)) == day(end)


@pytest.mark.parametrize(
    ("end", "anchor", "by", "expected"),
    [
        ("2025-11-29", "2025-08-31", "1m", "2025-12-30"),  # quarterly: a third of a period more
        ("2025-02-27", "2025-01-31", "1m", "2025-03-30"),
        ("2025-02-28", "2025-02-01", "1m", "2025-03-31"),
        ("2025-02-27", "2025-01-31", "2m", "2025-04-29"),
        ("2025-02-27", "2024-02-29", "1y", "2026-02-27"),
        ("2027-02-27", "2024-02-29", "1y", "2028-02-28"),
        ("2025-03-09", "2025-01-31", "1m", "2025-04-09"),  # an end off the anchor's days
        ("2025-01-29", "2025-01-31", "1m", "2025-02-27"),  # before the anchor
        ("2025-01-30", "2025-01-31", "1m", "2025-02-27"),  # k = 0
        ("2025-02-27", "2025-01-31", "10d", "2025-03-09"),
        ("2025-02-27", "2025-01-31", "2w", "2025-03-13"),
    ],
)
def test_an_end_is_extended_on_the_anchors_days(end, anchor, by, expected):
    assert calendar.extend_end(day(end), day(anchor), span(by)) == day(expected)


@settings(max_examples=heavy.times(60, 200))
@given(anchors, intervals, st.integers(0, 40))
def test_periods_leave_no_gap_and_no_overlap(anchor, interval, k):
    first, last = calendar.period(anchor, interval, k)
    following, _ = calendar.period(anchor, interval, k + 1)
    assert first <= last
    assert following == last + timedelta(1)


@settings(max_examples=heavy.times(60, 200))
@given(anchors, intervals, st.integers(-50, 3000))
def test_the_first_bill_day_is_what_a_loop_finds(anchor, interval, days):
    wanted = anchor + timedelta(days)
    expected = next(first for first, _ in calendar.periods(anchor, interval) if first >= wanted)
    assert calendar.first_bill_day(anchor, interval, wanted) == expected


@settings(max_examples=heavy.times(60, 200))
@given(anchors, st.integers(1, 30), st.integers(1, 30))
def test_extending_a_term_is_as_if_it_had_been_longer(anchor, months, more):
    end = calendar.term_end(anchor, Interval(months, "month"))
    longer = calendar.term_end(anchor, Interval(months + more, "month"))
    assert calendar.extend_end(end, anchor, Interval(more, "month")) == longer


@settings(max_examples=heavy.times(60, 200))
@given(anchors, anchors, intervals)
def test_extending_is_always_later(end, anchor, by):
    assert calendar.extend_end(end, anchor, by) > end
