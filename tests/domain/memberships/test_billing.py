"""Bill memberships: what has fallen due is charged once, whoever asks and however often."""

import subprocess
import sys
from datetime import date, timedelta

import heavy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import dump_file

from clientctl.base.calendar import Interval, period
from clientctl.base.money import Money, prorata
from clientctl.domain.clients import labels
from clientctl.domain.journal import history
from clientctl.domain.memberships import billing, enrolment, timeline
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.memberships.record import SOURCE
from clientctl.domain.money.charges import SOURCE as CHARGES
from clientctl.domain.offers import plans, rates
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query

D = date.fromisoformat


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


def sold(records, client, rate, start, today=None, **terms):
    """Enrol a client on the day it starts, unless said otherwise."""
    with records.change("membership add", today=today or start) as db:
        return enrolment.add(db, client, rate, MembershipTerms(D(start), **terms))


def bill(records, through, today=None, **given):
    with records.change("billing run", today=today or through) as db:
        return billing.bill(db, D(through), **given)


def charged(records, *columns):
    return records.listed(Query(CHARGES), *(columns or ("period", "amount")))


@pytest.mark.parametrize(
    ("start", "every", "through", "starts"),
    [
        ("2025-01-31", "1m", "2025-05-01", ["2025-01-31", "2025-02-28", "2025-03-31", "2025-04-30"]),
        ("2024-02-29", "1y", "2028-03-01", ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2025-11-30", "3m", "2026-08-30", ["2025-11-30", "2026-02-28", "2026-05-30", "2026-08-30"]),
        ("2026-01-01", "2w", "2026-02-12", ["2026-01-01", "2026-01-15", "2026-01-29", "2026-02-12"]),
    ],
)
def test_bill_days_are_counted_from_the_anchor(records, ana, start, every, through, starts):
    sold(records, ana, records.rate(every=every), start)
    bill(records, through)
    assert [period[:10] for period, _ in charged(records)] == starts
    assert charged(records, "due") == starts


def test_periods_follow_each_other_to_the_day(records, ana):
    sold(records, ana, records.rate(price=6000), "2025-01-31")
    bill(records, "2025-04-30")
    assert charged(records) == [
        ("2025-01-31..2025-02-27", "6000 EUR"),
        ("2025-02-28..2025-03-30", "6000 EUR"),
        ("2025-03-31..2025-04-29", "6000 EUR"),
        ("2025-04-30..2025-05-30", "6000 EUR"),
    ]


def test_a_day_is_billed_on_that_day_and_once(records, ana):
    sold(records, ana, records.rate(), "2026-03-01")
    assert bill(records, "2026-03-31").charges == 0
    done = bill(records, "2026-04-01")
    assert (done.charges, done.memberships, done.sums) == (1, 1, {"EUR": 4990})
    assert bill(records, "2026-04-01").charges == 0
    assert records.listed(Query(SOURCE), "next_billing") == ["2026-05-01"]


def test_ahead_is_billed_as_on_the_day(records, ana):
    sold(records, ana, records.rate(), "2026-03-01")
    assert bill(records, "2026-05-01", today="2026-03-01").charges == 2
    assert charged(records, "due", "made") == [
        ("2026-03-01", "2026-03-01"),
        ("2026-04-01", "2026-03-01"),
        ("2026-05-01", "2026-03-01"),
    ]
    assert bill(records, "2026-05-31").charges == 0


def test_the_last_period_is_cut_by_the_end(records, ana):
    sold(records, ana, records.rate(price=4990), "2026-02-01", until=D("2026-03-10"))
    done = bill(records, "2026-12-31")
    assert done.charges == 1
    amount = prorata(Money(4990, "EUR"), 10, 31).minor
    assert charged(records)[-1] == ("2026-03-01..2026-03-10", f"{amount} EUR")
    with records.read() as db:
        (row,) = queries.listing(db, Query(CHARGES, [queries.Where("h.id = 2")]), queries.Request(("kind",))).rows
    assert row == ("prorata",)
    assert records.listed(Query(SOURCE), "next_billing") == [None]


def test_nothing_is_billed_of_a_free_extension_nor_past_a_cancellation(records, ana):
    rate = records.rate()
    held = sold(records, ana, rate, "2026-02-01", until=D("2026-02-28"))
    with records.change() as db:
        db.update("memberships", held.id, ends_on="2026-04-30")
    other = sold(records, ana, rate, "2026-02-01")
    with records.change() as db:
        db.update("memberships", other.id, cancelled_on="2026-03-31")
    assert bill(records, "2026-12-31").charges == 1
    assert charged(records, "membership", "period") == [
        ("M-1", "2026-02-01..2026-02-28"),
        ("M-2", "2026-02-01..2026-02-28"),
        ("M-2", "2026-03-01..2026-03-31"),
    ]


def test_after_a_trial_the_first_paid_day_is_billed(records, ana):
    rate = records.rate(price=6000)._replace(trial_days=14, bill_day=1)
    sold(records, ana, rate, "2026-01-06")
    assert bill(records, "2026-01-19").charges == 0
    bill(records, "2026-02-01")
    assert charged(records) == [("2026-01-20..2026-01-31", "2323 EUR"), ("2026-02-01..2026-02-28", "6000 EUR")]


def test_some_alone_are_billed(records, ana):
    rate = records.rate()
    for _ in range(3):
        sold(records, ana, rate, "2026-03-01")
    assert bill(records, "2026-04-01", ids=[2]).charges == 1
    assert charged(records, "membership") == ["M-1", "M-2", "M-3", "M-2"]


def test_the_preview_is_what_is_billed_and_changes_nothing(records, ana):
    sold(records, ana, records.rate(price=6000)._replace(bill_day=1), "2026-01-20")
    sold(records, records.client("Bo"), records.rate("Yoga/Free", price=0), "2026-01-20")
    before = dump_file(records.path)
    with records.read(today="2026-03-01") as db:
        shown = [row[:6] for row in billing.preview(db, D("2026-03-01")).rows]
    assert dump_file(records.path) == before
    assert shown == [
        ("M-1", "Ana Müller", "recurring", "2026-02-01", "2026-02-28", "6000 EUR"),
        ("M-1", "Ana Müller", "recurring", "2026-03-01", "2026-03-31", "6000 EUR"),
    ]
    bill(records, "2026-03-01")
    assert [f"{row[3]}..{row[4]}" for row in shown] == charged(records, "period")[1:]


def test_a_change_begins_with_the_next_bill_day(records, ana):
    held = sold(records, ana, records.rate(price=6000), "2026-01-31")
    yearly = records.rate("Pilates/Yearly", every="1y", price=50000)
    with records.change(today="2026-02-10") as db:
        db.insert(
            "membership_changes",
            membership_id=held.id,
            rate_id=yearly.id,
            price_minor=50000,
            currency="EUR",
            every_count=1,
            every_unit="year",
            agreed_on="2026-02-10",
        )
    assert bill(records, "2026-02-27").charges == 0
    bill(records, "2027-03-01")
    assert charged(records) == [
        ("2026-01-31..2026-02-27", "6000 EUR"),
        ("2026-02-28..2027-02-27", "50000 EUR"),
        ("2027-02-28..2028-02-27", "50000 EUR"),
    ]
    with records.read() as db:
        assert memberships.find(db, "M-1").plan == "Pilates"
        assert [label.exact for label in labels.of_client(db, ana.id)] == ["plan:Pilates", "plan:Yoga"]
        assert db.rows("SELECT * FROM membership_changes") == []


def test_billing_undone_is_as_if_it_had_not_been(records, ana):
    sold(records, ana, records.rate(), "2026-01-31")
    before = dump_file(records.path)
    bill(records, "2026-12-31")
    assert dump_file(records.path) != before
    with records.change("undo") as db:
        history.undo(db)
    assert dump_file(records.path) == before


# -- whatever the days --------------------------------------------------------------------------

EVERY = st.builds(Interval, st.integers(1, 3), st.sampled_from(["day", "week", "month", "year"]))
QUIET = settings(
    deadline=None, max_examples=heavy.times(12, 40), suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUIET
@given(
    start=st.dates(D("2023-12-01"), D("2025-06-30")),
    every=EVERY,
    term=st.none() | st.integers(1, 200),
    bill_day=st.none() | st.integers(1, 28),
    trial=st.none() | st.integers(1, 40),
    steps=st.lists(st.integers(0, 200), max_size=5),
)
def test_billing_in_any_split_of_days_is_billing_in_one_go(records, ana, start, every, term, bill_day, trial, steps):
    monthly = every.unit in {"month", "year"}
    last = start + timedelta(days=sum(steps))
    found = []
    for days in (steps, [sum(steps)]):
        with records.change(today=start.isoformat(), dry_run=True) as db:
            plan = plans.add(db, "Any")
            rate = rates.add(db, plan, "Any", Money(4990, "EUR"), every)
            rate = rate._replace(bill_day=bill_day if monthly else None, trial_days=trial)
            enrolment.add(db, ana, rate, MembershipTerms(start, term=Interval(term, "day") if term else None))
            day = start
            for step in days:
                day += timedelta(days=step)
                db.today = day
                billing.bill(db, day)
            assert day == last
            found.append(
                db.rows("SELECT kind, starts_on, ends_on, due_on, amount_minor, days_used, days_whole FROM charges")
                + db.rows("SELECT next_bill_on FROM memberships")
            )
    assert found[0] == found[1]


@QUIET
@given(
    start=st.dates(D("2000-01-01"), D("2030-12-31")),
    every=st.builds(Interval, st.integers(1, 3), st.sampled_from(["week", "month", "year"])),
    term=st.integers(1, 900),
)
def test_what_is_charged_for_a_term_is_its_days_and_no_other(records, ana, start, every, term):
    with records.change(today=start.isoformat(), dry_run=True) as db:
        rate = rates.add(db, plans.add(db, "Any"), "Any", Money(10**7, "EUR"), every)
        made = enrolment.add(db, ana, rate, MembershipTerms(start, term=Interval(term, "day")))
        billing.bill(db, start + timedelta(days=term + 2000))
        rows = db.rows("SELECT starts_on, ends_on, amount_minor FROM charges ORDER BY starts_on")
    day = start
    for k, (first, last, amount) in enumerate(rows):
        whole_first, whole_last = period(start, every, k)
        assert D(first) == day == whole_first
        assert D(last) == min(whole_last, made.ends_on)
        whole = (whole_last - whole_first).days + 1
        assert amount == (2 * 10**7 * ((D(last) - day).days + 1) + whole) // (2 * whole)
        day = D(last) + timedelta(days=1)
    assert day == made.ends_on + timedelta(days=1)


# -- along its days -----------------------------------------------------------------------------


def test_the_timeline_shows_what_was_and_what_comes(records, ana):
    sold(records, ana, records.rate(price=6000)._replace(setup=Money(3000, "EUR"), bill_day=1), "2026-01-20")
    with records.read(today="2026-02-10") as db:
        rows = [row[:6] for row in timeline.build(db, memberships.find(db, "M-1"), 2).rows]
    assert rows == [
        ("2026-01-20", None, "starts", None, None, None),
        ("2026-01-20", None, "setup", "3000 EUR", "2026-01-20", "open"),
        ("2026-01-20", "2026-01-31", "prorata", "2323 EUR", "2026-01-20", "open"),
        ("2026-02-01", "2026-02-28", "recurring", "6000 EUR", "2026-02-01", "not billed"),
        ("2026-03-01", "2026-03-31", "recurring", "6000 EUR", "2026-03-01", "coming"),
    ]


def test_the_timeline_ends_with_the_term(records, ana):
    sold(records, ana, records.rate(), "2026-03-01", until=D("2026-04-10"))
    with records.read() as db:
        rows = [row[:3] for row in timeline.build(db, memberships.find(db, "M-1"), 12).rows]
    assert rows == [
        ("2026-03-01", None, "starts"),
        ("2026-03-01", "2026-03-31", "recurring"),
        ("2026-04-01", "2026-04-10", "prorata"),
        ("2026-04-10", None, "ends"),
    ]


# -- many at once -------------------------------------------------------------------------------


def test_eight_programs_billing_at_once_bill_once(records):
    rate = records.rate()
    for number in range(20):
        sold(records, records.client(f"Client {number}"), rate, "2026-03-01")
    words = [sys.executable, "-m", "clientctl", "billing", "run", "--db", str(records.path), "--today", "2026-06-01"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    said = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0] * 8
    assert sum("Created 60 charges" in each for each in said) == 1
    assert sum("is already billed" in each for each in said) == 7
    assert len(charged(records)) == 80
    assert len(set(charged(records, "membership", "period"))) == 80


@pytest.mark.parametrize(
    ("every", "following"), [("1d", "2027-03-02"), ("1w", "2027-03-07"), ("1m", "2027-04-01"), ("1y", "2028-03-01")]
)
def test_a_free_membership_goes_on_without_charges(records, ana, every, following):
    held = sold(records, ana, records.rate(every=every, price=0), "2026-03-01")
    assert bill(records, "2027-03-01").charges == 0
    with records.read() as db:
        assert memberships.get(db, held.id).next_bill_on == D(following)
