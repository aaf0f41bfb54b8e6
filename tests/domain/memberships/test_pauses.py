"""Suspend and resume: what moves by which rule, what stays due, and what is refused."""

from datetime import date, timedelta
from itertools import pairwise

import heavy
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from living import Life

from clientctl.base.calendar import Interval
from clientctl.base.money import Money
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import billing, endings, enrolment, pauses, rate_changes
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.offers import plans, rates
from clientctl.errors import RefusedError

D = date.fromisoformat


@pytest.fixture
def life(records) -> Life:
    return Life(records)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


@pytest.fixture
def keeping(records, life):
    """Return a rate of a plan whose pauses move nothing."""
    records.rate(price=3000)
    life.plan("Yoga", pause_rule="keep")
    return life.rate("Yoga/Monthly")


# -- the tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("planned", [True, False])
def test_the_end_moves_by_the_days_paused(records, life, ana, planned):
    life.sold(ana, records.rate(), "2024-06-15", until="2025-06-14", settled=True, today="2025-03-10")
    life.act("2025-03-10", pauses.suspend, resumes_on=D("2025-03-24") if planned else None)
    if not planned:
        assert life.shown("ends", "next_billing", today="2025-03-10") == ("2025-06-14", None)
        life.act("2025-03-24", pauses.resume)
    assert life.shown("ends", "next_billing", today="2025-03-24") == ("2025-06-28", "2025-03-29")


@pytest.mark.parametrize("planned", [True, False])
def test_bill_days_are_counted_from_where_the_pause_moves_the_first_of_them(records, life, ana, planned):
    life.sold(ana, records.rate(), "2025-01-17")
    life.act("2025-02-01", pauses.suspend, resumes_on=D("2025-02-15") if planned else None)
    life.bill("2025-02-28")
    assert [period[:10] for period in life.charged("period")] == ["2025-01-17"]
    if not planned:
        life.act("2025-02-15", pauses.resume)
    life.bill("2025-04-30")
    assert life.charged("period") == [
        "2025-01-17..2025-03-02",  # what is charged already is lengthened
        "2025-03-03..2025-04-02",
        "2025-04-03..2025-05-02",
    ]


def test_by_the_rule_keep_nothing_moves_and_bill_days_inside_are_dropped(life, ana, keeping):
    life.sold(ana, keeping, "2025-01-17", until="2025-07-16")
    life.act("2025-02-01", pauses.suspend, resumes_on=D("2025-03-20"))
    assert life.shown("ends", "next_billing", today="2025-02-01") == ("2025-07-16", "2025-04-17")
    life.bill("2025-04-30")
    assert life.charged("period") == ["2025-01-17..2025-02-16", "2025-04-17..2025-05-16"]


@pytest.mark.parametrize("through", ["2026-03-01", "2026-04-01", "2026-05-01"])
def test_by_the_rule_keep_what_a_life_costs_does_not_depend_on_when_it_was_billed(records, life, ana, keeping, through):
    life.sold(ana, keeping, "2026-03-01")
    life.bill(through, today="2026-03-05")
    life.pay("2026-03-05", *[f"C-{n}" for n in range(1, len(life.charged()) + 1)])
    told = life.told("2026-03-10", pauses.suspend, starts_on=D("2026-03-20"), resumes_on=D("2026-04-10"))
    assert told == ([] if through == "2026-03-01" else ["C-2: 30.00 EUR to credit"])
    life.bill("2026-06-01")
    kept = [(period[:10], status) for period, status in life.charged("period", "status") if status != "waived"]
    assert [day for day, _ in kept] == ["2026-03-01", "2026-05-01", "2026-06-01"]


@pytest.mark.parametrize("through", ["2026-03-01", "2026-04-01"])
def test_by_the_rule_keep_what_was_given_back_is_due_again_when_resumed_before_it(life, ana, keeping, through):
    life.sold(ana, keeping, "2026-03-01")
    life.bill(through, today="2026-03-05")
    life.act("2026-03-10", pauses.suspend, starts_on=D("2026-03-20"), resumes_on=D("2026-04-10"))
    told = life.told("2026-03-25", pauses.resume)
    assert told == ([] if through == "2026-03-01" else ["C-2: 30.00 EUR is due again on 2026-04-01"])
    life.bill("2026-05-01")
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-31", "3000 EUR"),
        ("2026-04-01..2026-04-30", "3000 EUR"),
        ("2026-05-01..2026-05-31", "3000 EUR"),
    ]


def test_both_parts_of_a_period_move_with_a_pause_and_back(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2026-01-01")
    life.pay("2026-01-01", "C-1")
    life.act("2026-01-08", pauses.suspend)
    life.act("2026-01-08", pauses.resume, D("2026-01-09"))
    life.act("2026-01-08", endings.cancel, D("2026-01-31"), refund=True)
    life.act("2026-01-08", endings.reverse_cancellation)
    life.act("2026-01-08", pauses.resume)
    assert life.charged("period") == ["2026-01-01..2026-01-30", "2026-01-31..2026-01-31"]


def test_while_a_pause_is_open_nothing_is_billed_whatever_change_was_agreed(records, life, ana):
    life.sold(ana, records.rate(price=3000), "2026-03-30")
    weekly = records.rate("Yoga/Weekly", every="1w", price=1000)
    life.act("2026-03-30", rate_changes.change_at_next_billing, weekly)
    life.act("2026-03-30", pauses.suspend, starts_on=D("2026-03-31"))
    life.bill("2026-05-20")
    assert len(life.charged()) == 1
    life.act("2026-05-20", pauses.resume, D("2026-05-25"))
    life.bill("2026-07-05")
    assert [(day[:10], amount) for day, amount in life.charged()][1:3] == [
        ("2026-06-24", "1000 EUR"),
        ("2026-07-01", "1000 EUR"),
    ]


def test_what_is_paid_once_is_charged_until_its_end_moves(records, life, ana):
    life.sold(ana, records.rate(every=None), "2026-01-01", until="2026-06-30")
    life.act("2026-03-01", pauses.suspend, resumes_on=D("2026-03-11"))
    assert life.charged("period") == ["2026-01-01..2026-07-10"]


# -- suspending -----------------------------------------------------------------------------------


def test_what_is_due_by_the_day_it_is_agreed_stays_due_billed_or_not(records, life, ana):
    life.sold(ana, records.rate(price=3000), "2025-01-17")
    told = life.told("2025-02-17", pauses.suspend, resumes_on=D("2025-02-27"))  # a bill day, not billed yet
    assert told == ["Charged the bill day of M-1 that had fallen due"]
    assert life.shown("next_billing", today="2025-02-17") == "2025-03-27"
    life.bill("2025-04-30")
    assert life.charged("period") == [
        "2025-01-17..2025-02-16",
        "2025-02-17..2025-03-26",
        "2025-03-27..2025-04-26",
        "2025-04-27..2025-05-26",
    ]


def test_what_was_billed_ahead_stays_and_the_day_after_it_moves(records, life, ana):
    life.sold(ana, records.rate(price=3000), "2025-01-17")
    life.bill("2025-03-17", today="2025-02-01")
    life.act("2025-02-01", pauses.suspend, starts_on=D("2025-02-10"), resumes_on=D("2025-02-20"))
    assert life.shown("next_billing", today="2025-02-01") == "2025-04-27"
    assert life.charged("period") == [
        "2025-01-17..2025-02-16",
        "2025-02-17..2025-03-16",
        "2025-03-17..2025-04-26",
    ]


def test_a_pause_from_a_bill_day_on_lengthens_the_period_before_it(records, life, ana):
    life.sold(ana, records.rate(price=3000), "2025-01-17")
    life.act("2025-02-01", pauses.suspend, starts_on=D("2025-02-17"), resumes_on=D("2025-02-18"))
    assert life.charged("period") == ["2025-01-17..2025-02-17"]
    assert life.shown("next_billing", today="2025-02-01") == "2025-02-18"


def test_what_is_upcoming_is_suspended_from_its_start(records, life, ana):
    life.sold(ana, records.rate(), "2026-04-01", until="2027-03-31", today="2026-03-01")
    after = life.act("2026-03-01", pauses.suspend, resumes_on=D("2026-04-11"))
    assert after.ends_on == D("2027-04-10")
    assert after.next_bill_on == D("2026-05-11")
    assert life.charged("period") == ["2026-04-01..2026-05-10"], "it was charged at the sale already"
    assert life.shown("status", "paused_from", today="2026-04-05") == ("paused", "2026-04-01")


def test_a_free_extension_stays_free_when_a_pause_moves_it(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01", until="2026-02-28")
    life.bill("2026-02-20")
    life.act("2026-02-20", endings.extend, until=D("2026-03-31"))
    life.act("2026-03-05", pauses.suspend, resumes_on=D("2026-03-15"))
    assert life.shown("term_ends", "ends", "next_billing", today="2026-03-05") == ("2026-02-28", "2026-04-10", None)
    life.bill("2026-06-01")
    assert [period[:10] for period in life.charged("period")] == ["2026-01-01", "2026-02-01"]


def test_what_is_paid_once_moves_its_end_alone(records, life, ana):
    life.sold(ana, records.rate(every=None), "2026-01-01", until="2026-06-30")
    after = life.act("2026-03-01", pauses.suspend, resumes_on=D("2026-03-11"))
    assert (after.ends_on, after.next_bill_on) == (D("2026-07-10"), None)


def test_an_earlier_pause_is_taken_into_account_by_a_later_one(records, life, ana):
    """Planned from 15 April, when the bill day of 1 May was the first to move; in March three days are lost before."""
    life.sold(ana, records.rate(), "2026-01-01")
    life.bill("2026-03-01")
    life.act("2026-03-01", pauses.suspend, starts_on=D("2026-04-15"), resumes_on=D("2026-05-05"))
    life.act("2026-03-10", pauses.suspend, resumes_on=D("2026-03-13"))
    life.bill("2026-07-01")
    assert life.charged("period")[2:] == [
        "2026-03-01..2026-04-03",
        "2026-04-04..2026-05-23",
        "2026-05-24..2026-06-23",
        "2026-06-24..2026-07-23",
    ]


@pytest.mark.parametrize(
    ("today", "given", "message"),
    [
        ("2026-03-01", {"starts_on": "2026-02-28"}, r"2026-02-28 is past: a pause of M-1 begins today at the earliest"),
        ("2026-01-01", {"starts_on": "2026-01-31"}, r"M-1 starts only on 2026-02-01"),
        ("2026-03-01", {"starts_on": "2026-07-01"}, r"the last day of M-1 is 2026-06-30"),
        ("2026-03-01", {"resumes_on": "2026-03-01"}, r"can't end on 2026-03-01: give a later day"),
        ("2026-07-01", {}, r"M-1 is expired already"),
    ],
)
def test_a_pause_that_cannot_be_is_refused(records, life, ana, today, given, message):
    life.sold(ana, records.rate(), "2026-02-01", until="2026-06-30", today="2026-01-01")
    with pytest.raises(RefusedError, match=message):
        life.act(today, pauses.suspend, **{key: D(day) for key, day in given.items()})


@pytest.mark.parametrize(
    ("today", "given", "message"),
    [
        ("2026-03-01", {"starts_on": "2026-05-10"}, r"a pause from 2026-05-01 until 2026-05-14: .*`.* resume M-1`"),
        ("2026-03-01", {"resumes_on": "2026-05-02"}, r"a pause from 2026-05-01 until"),
        ("2026-03-01", {}, r"a pause from 2026-05-01 until"),
        ("2026-05-03", {}, r"M-1 is paused: `.* resume M-1 --on DAY` sets"),
    ],
)
def test_pauses_do_not_overlap(records, life, ana, today, given, message):
    life.sold(ana, records.rate(), "2026-02-01", until="2026-06-30")
    life.act("2026-03-01", pauses.suspend, starts_on=D("2026-05-01"), resumes_on=D("2026-05-15"))
    with pytest.raises(RefusedError, match=message):
        life.act(today, pauses.suspend, **{key: D(day) for key, day in given.items()})


def test_pauses_may_follow_each_other(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01")
    life.act("2026-02-01", pauses.suspend, starts_on=D("2026-03-10"), resumes_on=D("2026-03-15"))
    life.act("2026-02-01", pauses.suspend, starts_on=D("2026-03-15"), resumes_on=D("2026-03-20"))
    life.act("2026-02-01", pauses.suspend, starts_on=D("2026-03-05"), resumes_on=D("2026-03-10"))
    assert life.shown("next_billing", today="2026-02-01") == "2026-03-01"
    life.bill("2026-04-16")
    assert life.charged("period")[2:] == ["2026-03-01..2026-04-15", "2026-04-16..2026-05-15"]


# -- resuming -------------------------------------------------------------------------------------


def test_what_is_suspended_and_resumed_on_one_day_is_as_before(records, life, ana):
    before = life.sold(ana, records.rate(), "2026-01-01", until="2026-12-31")
    life.act("2026-01-10", pauses.suspend)
    after, was, now = life.act("2026-01-10", pauses.resume)
    assert (after._replace(status=before.status), was.starts_on, now) == (before, D("2026-01-10"), None)


def test_a_pause_that_has_not_begun_is_called_off_and_all_it_moved_moves_back(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01", until="2026-12-31")
    facts = "starts", "ends", "term_ends", "next_billing"
    before = life.shown(*facts, today="2026-01-10"), life.charged()
    life.act("2026-01-10", pauses.suspend, starts_on=D("2026-01-20"), resumes_on=D("2026-02-20"))
    assert life.shown(*facts, today="2026-01-10") != before[0]
    life.act("2026-01-11", pauses.resume)
    assert (life.shown(*facts, today="2026-01-10"), life.charged()) == before


def test_a_planned_pause_gets_another_last_day(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01", until="2026-12-31")
    life.act("2026-01-10", pauses.suspend, starts_on=D("2026-01-20"))
    life.act("2026-01-11", pauses.resume, D("2026-01-25"))
    assert life.shown("ends", "next_billing", today="2026-01-11") == ("2027-01-05", "2026-02-06")
    with pytest.raises(
        RefusedError, match=r"paused from 2026-01-20 on: give a later day, or no day to cancel the pause"
    ):
        life.act("2026-01-11", pauses.resume, D("2026-01-19"))


def test_earlier_than_planned_moves_back_even_what_was_billed_ahead(records, life, ana):
    life.sold(ana, records.rate(price=3000), "2026-01-17", until="2027-01-16")
    life.act("2026-02-01", pauses.suspend, resumes_on=D("2026-02-15"))
    life.bill("2026-03-03", today="2026-02-02")
    assert life.charged("period", "due")[1:] == [("2026-03-03..2026-04-02", "2026-03-03")]
    life.act("2026-02-05", pauses.resume)
    assert life.charged("period", "due") == [
        ("2026-01-17..2026-02-20", "2026-01-17"),
        ("2026-02-21..2026-03-20", "2026-02-21"),
    ]
    assert life.shown("ends", "next_billing", today="2026-02-05") == ("2027-01-20", "2026-03-21")


def test_a_period_that_is_charged_in_parts_moves_with_each_of_its_parts(records, life, ana):
    life.sold(ana, records.rate(price=6000), "2026-01-01")
    life.pay("2026-01-08", "C-1")
    life.act("2026-01-08", pauses.suspend, resumes_on=D("2026-01-09"))
    life.act("2026-01-08", endings.cancel, D("2026-01-31"), refund=True)
    life.act("2026-01-08", endings.reverse_cancellation)
    assert life.charged("period") == ["2026-01-01..2026-01-31", "2026-02-01..2026-02-01"]
    life.act("2026-01-08", pauses.resume)
    assert life.charged("period") == ["2026-01-01..2026-01-30", "2026-01-31..2026-01-31"]
    life.act("2026-01-08", pauses.suspend, resumes_on=D("2026-01-13"))
    assert life.charged() == [("2026-01-01..2026-02-04", "6000 EUR"), ("2026-02-05..2026-02-05", "194 EUR")]


@pytest.mark.parametrize("rule", ["extend", "keep"])
def test_a_change_that_was_agreed_waits_for_the_end_of_an_open_pause(records, life, ana, rule):
    records.rate(), records.rate("Yoga/Week", every="1w", price=1500)
    life.plan("Yoga", pause_rule=rule)
    life.sold(ana, life.rate("Yoga/Monthly"), "2026-03-30")
    life.act("2026-03-30", rate_changes.change_at_next_billing, life.rate("Yoga/Week"))
    life.act("2026-03-30", pauses.suspend)
    life.bill("2026-05-20")
    assert life.charged("period")[1:] == []
    assert life.shown("next_billing", "changes_to", today="2026-05-20") == (None, "Yoga/Week")
    life.act("2026-05-20", pauses.resume)
    life.bill("2026-06-28")
    assert life.charged("due")[1:] == (
        ["2026-06-20", "2026-06-27"]
        if rule == "extend"
        else ["2026-05-30", "2026-06-06", "2026-06-13", "2026-06-20", "2026-06-27"]
    )


def test_by_the_rule_keep_an_earlier_end_brings_bill_days_back(life, ana, keeping):
    life.sold(ana, keeping, "2025-01-17")
    life.act("2025-02-01", pauses.suspend, resumes_on=D("2025-05-20"))
    assert life.shown("next_billing", today="2025-02-01") == "2025-06-17"
    life.act("2025-03-20", pauses.resume)
    assert life.shown("next_billing", today="2025-03-20") == "2025-04-17"
    life.bill("2025-06-30")
    assert [period[:10] for period in life.charged("period")] == [
        "2025-01-17",
        "2025-04-17",
        "2025-05-17",
        "2025-06-17",
    ]


def test_by_the_rule_keep_days_brought_back_are_billed_before_what_was_billed_ahead(life, ana, keeping):
    life.sold(ana, keeping, "2025-01-17")
    life.act("2025-02-01", pauses.suspend, resumes_on=D("2025-05-01"))
    life.bill("2025-05-17", today="2025-02-02")
    life.act("2025-03-20", pauses.resume)
    assert sorted(period[:10] for period in life.charged("period")) == ["2025-01-17", "2025-04-17", "2025-05-17"]
    assert life.shown("next_billing", today="2025-03-20") == "2025-06-17"


def test_by_the_rule_keep_a_later_end_gives_back_what_was_billed_ahead(life, ana, keeping):
    life.sold(ana, keeping, "2025-01-17")
    life.act("2025-02-01", pauses.suspend, resumes_on=D("2025-02-15"))
    life.bill("2025-02-17", today="2025-02-02")
    life.act("2025-02-10", pauses.resume, D("2025-03-01"))
    assert life.charged("period", "status") == [
        ("2025-01-17..2025-02-16", "open"),
        ("2025-02-17..2025-03-16", "waived"),
    ]
    assert life.shown("next_billing", today="2025-02-10") == "2025-03-17"


def test_there_is_nothing_to_resume_without_a_pause(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01")
    with pytest.raises(RefusedError, match=r"M-1 has no present or future pause"):
        life.act("2026-01-10", pauses.resume)
    life.act("2026-01-10", pauses.suspend)
    with pytest.raises(RefusedError, match=r"2026-01-11 is past: M-1 resumes today at the earliest"):
        life.act("2026-01-12", pauses.resume, D("2026-01-11"))


# -- any pause ------------------------------------------------------------------------------------

MONTHS = st.sampled_from([Interval(1, "month"), Interval(3, "month"), Interval(2, "week"), Interval(10, "day")])


def _enrolled(db, every, rule, ends):
    client = clients.get(db, clients.add(db, {"first_name": "Ana"}, source="hand"))
    rate = rates.add(db, plans.add(db, "Yoga", pause_rule=rule), "Any", Money(3000, "EUR"), every)
    return enrolment.add(db, client, rate, MembershipTerms(db.today, ends))


def _facts(db, number):
    found = memberships.find(db, number)
    charges = db.rows("SELECT kind, starts_on, ends_on, due_on, amount_minor FROM charges ORDER BY starts_on")
    return found, memberships.pauses(db, found.id), charges


@settings(deadline=None, max_examples=heavy.times(12, 40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    every=MONTHS,
    rule=st.sampled_from(["extend", "keep"]),
    wait=st.integers(0, 40),
    planned=st.integers(1, 60) | st.none(),
    resumed=st.integers(1, 60),
    endless=st.booleans(),
)
def test_resumed_early_or_late_is_as_if_that_had_been_planned(
    book, records, every, rule, wait, planned, resumed, endless
):
    start = D("2026-01-31")
    ends = None if endless else D("2027-01-30")
    day = start + timedelta(days=wait)
    back = day + timedelta(days=resumed)
    told = min(back, day + timedelta(days=planned) - timedelta(days=1)) if planned else back
    assume(told > day)
    seen = []
    for live in (False, True):
        with records.change(today=start.isoformat(), dry_run=True) as db:
            made = _enrolled(db, every, rule, ends)
            db.today = day
            if live:
                pauses.suspend(db, made, resumes_on=day + timedelta(days=planned) if planned else None)
                db.today = told
                pauses.resume(db, memberships.get(db, made.id), back)
            else:
                pauses.suspend(db, made, resumes_on=back)
            db.today = back
            seen.append(_facts(db, made.number))
    assert seen[0] == seen[1]


@settings(deadline=None, max_examples=heavy.times(12, 40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    every=MONTHS,
    wait=st.integers(0, 40),
    planned=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 30)), min_size=1, max_size=3),
    ahead=st.integers(0, 90),
)
def test_the_days_of_access_that_are_paid_for_do_not_depend_on_pauses(book, records, every, wait, planned, ahead):
    """By the rule extend: whatever was billed ahead, every charge is for as many days of access as without a pause."""
    start = D("2026-01-31")
    with records.change(today=start.isoformat(), dry_run=True) as db:
        made = _enrolled(db, every, "extend", None)
        db.today = start + timedelta(days=wait)
        billing.bill(db, db.today + timedelta(days=ahead), [made.id])
        day = db.today
        for gap, length in planned:
            day += timedelta(days=gap)
            pauses.suspend(db, memberships.get(db, made.id), starts_on=day, resumes_on=day + timedelta(days=length))
            day += timedelta(days=length)
        billing.bill(db, day + timedelta(days=120), [made.id])
        spans = [tuple(map(D, row)) for row in db.rows("SELECT starts_on, ends_on FROM charges ORDER BY starts_on")]
        missing = [
            each.starts_on + timedelta(days=n)
            for each in memberships.pauses(db, made.id)
            for n in range(each.length.days)
        ]
    for (_, last), (first, _) in pairwise(spans):
        assert last + timedelta(days=1) == first
    covered = [day for day in missing if spans[0][0] <= day <= spans[-1][1]]
    assert len(covered) == len(missing)
    total = (spans[-1][1] - spans[0][0]).days + 1 - len(missing)
    shortest, longest = {"month": (28, 31), "week": (7, 7), "day": (1, 1)}[every.unit]
    assert shortest * every.count * len(spans) <= total <= longest * every.count * len(spans)


def test_an_earlier_pause_moves_the_bill_day_that_waits_for_the_end_of_another(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01")
    life.act("2026-01-05", pauses.suspend, starts_on=D("2026-01-25"))
    life.act("2026-01-05", pauses.suspend, starts_on=D("2026-01-10"), resumes_on=D("2026-01-20"))
    assert life.shown("next_billing", today="2026-01-05") is None, "it waits"
    life.act("2026-01-30", pauses.resume)
    assert life.shown("next_billing", today="2026-01-30") == "2026-02-16"
