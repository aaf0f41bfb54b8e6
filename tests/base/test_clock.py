"""The time, and what it is on a local clock."""

import time
from datetime import UTC, date, datetime

import pytest

from clientctl.base import clock
from clientctl.errors import UsageError


@pytest.fixture(autouse=True)
def _unset(monkeypatch):
    monkeypatch.delenv("CLIENTCTL_NOW", raising=False)
    monkeypatch.delenv("CLIENTCTL_TODAY", raising=False)


@pytest.fixture
def in_new_york(monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_now_is_the_instant_in_utc_and_whole_seconds():
    before = datetime.now(UTC).replace(microsecond=0)
    assert before <= clock.now() <= datetime.now(UTC)
    assert clock.now().microsecond == 0
    assert clock.now().tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-12-31T23:30:00Z", "2027-01-01T00:30:00.75+01:00"])
def test_the_environment_sets_now_and_today(monkeypatch, text):
    monkeypatch.setenv("CLIENTCTL_NOW", text)
    assert clock.now() == datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    assert clock.today("UTC") == date(2026, 12, 31)
    assert clock.today("Europe/Paris") == date(2027, 1, 1)


def test_the_environment_sets_today_alone(monkeypatch):
    monkeypatch.setenv("CLIENTCTL_NOW", "2026-12-31T23:30:00Z")
    monkeypatch.setenv("CLIENTCTL_TODAY", "2024-02-29")
    assert clock.today("Europe/Paris") == date(2024, 2, 29)
    assert clock.now().year == 2026


@pytest.mark.parametrize(
    "text", ["now", "2026-12-31", "2026-12-31T23:30:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
)
def test_a_wrong_now_is_refused(monkeypatch, text):
    monkeypatch.setenv("CLIENTCTL_NOW", text)
    with pytest.raises(UsageError, match=r"CLIENTCTL_NOW.*2026-12-31T13:30:00Z"):
        clock.now()


@pytest.mark.parametrize("text", ["today", "2026-02-30", "20260101", "2026-W01-1", "0001-01-01", "2026-01-01 "])
def test_a_wrong_today_is_refused(monkeypatch, text):
    monkeypatch.setenv("CLIENTCTL_TODAY", text)
    with pytest.raises(UsageError, match=r"CLIENTCTL_TODAY.*2026-12-31"):
        clock.today(None)


@pytest.mark.parametrize("zone", ["Europe/Pariss", "", "../etc/passwd", "Europe", "CE\0T"])
def test_an_unknown_zone_is_refused(zone):
    with pytest.raises(UsageError, match=r"Europe/Paris$"):
        clock.check_zone(zone)
    with pytest.raises(UsageError, match="no time zone"):
        clock.today(zone)


def test_a_known_zone_is_given_back():
    assert clock.check_zone("Asia/Tokyo") == "Asia/Tokyo"


def test_an_instant_is_stored_and_shown_locally():
    instant = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert clock.stamp(instant) == "2026-07-01T12:30:00Z"
    shown = clock.to_local("2026-07-01T12:30:00Z", "Europe/Paris")
    assert shown.isoformat() == "2026-07-01T14:30:00+02:00"
    assert clock.stamp(shown) == "2026-07-01T12:30:00Z"


def test_without_a_zone_the_system_has_one(in_new_york, monkeypatch):
    monkeypatch.setenv("CLIENTCTL_NOW", "2026-07-02T03:00:00Z")
    assert clock.today() == date(2026, 7, 1)
    assert clock.to_local("2026-07-02T03:00:00Z", None).hour == 23
    assert clock.local_to_utc(datetime(2026, 1, 1, 12), None) == datetime(2026, 1, 1, 17, tzinfo=UTC)  # noqa: DTZ001 - local
    assert clock.end_of_day(date(2026, 1, 1), None) == datetime(2026, 1, 2, 4, 59, 59, tzinfo=UTC)
    with pytest.raises(UsageError, match="the clocks skip 2026-03-08 02:30 in the local zone"):
        clock.local_to_utc(datetime(2026, 3, 8, 2, 30), None)  # noqa: DTZ001 - local
