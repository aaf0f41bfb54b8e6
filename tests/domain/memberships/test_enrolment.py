"""Enrol and renew: the days that are stored, the order and its charges, what is left alone, what is refused."""

from calendar import monthrange
from datetime import date, timedelta

import heavy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.base.calendar import Interval, parse_interval
from clientctl.base.money import Money
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import endings, enrolment, renewal
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.memberships.record import SOURCE
from clientctl.domain.money.charges import SOURCE as CHARGES
from clientctl.domain.offers import plans, rates
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import archiving
from clientctl.domain.shared.queries import Query
from clientctl.errors import RefusedError, UsageError

D = date.fromisoformat


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


# -- add ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "term", "ends"),
    [
        ("2025-01-15", "1m", "2025-02-14"),
        ("2025-08-31", "6m", "2026-02-27"),
        ("2024-03-01", "1y", "2025-02-28"),
        ("2026-01-31", "1y", "2027-01-30"),
        ("2026-01-01", "1d", "2026-01-01"),
    ],
)
def test_the_end_is_the_last_day_of_the_term(records, ana, start, term, ends):
    rate = records.rate()
    with records.change() as db:
        sold = enrolment.add(db, ana, rate, MembershipTerms(D(start), term=parse_interval(term)))
    assert sold.ends_on == sold.term_ends_on == D(ends)
    assert sold.anchor_on == sold.member_since_on == D(start)


def test_a_given_end_wins_over_a_term_and_that_over_the_rates_own(records, ana):
    rate = records.rate(term="1y")
    with records.change() as db:
        ends = [
            enrolment.add(db, ana, rate, MembershipTerms(D("2026-01-01"), **given)).ends_on
            for given in ({}, {"term": Interval(1, "month")}, {"until": D("2026-01-01")})
        ]
    assert ends == [D("2026-12-31"), D("2026-01-31"), D("2026-01-01")]


def test_without_any_term_it_has_no_end(records, ana):
    assert records.membership(ana, records.rate(), "2026-01-01").ends_on is None


@pytest.mark.parametrize(
    ("start", "every", "today", "following"),
    [
        # The first period is sold with the membership, so the start is no bill day any more.
        ("2026-03-01", "1m", "2026-03-01", "2026-04-01"),
        ("2026-03-10", "1m", "2026-03-01", "2026-04-10"),
        # Today is one, yesterday not.
        ("2025-01-31", "1m", "2025-02-28", "2025-02-28"),
        ("2025-01-31", "1m", "2025-03-01", "2025-03-31"),
        ("2025-01-31", "1m", "2025-03-31", "2025-03-31"),
        ("2025-01-31", "1m", "2025-04-01", "2025-04-30"),
        ("2024-02-29", "1y", "2024-03-01", "2025-02-28"),
        ("2024-02-29", "1y", "2025-03-01", "2026-02-28"),
        ("2024-02-29", "1y", "2026-03-01", "2027-02-28"),
        ("2024-02-29", "1y", "2027-03-01", "2028-02-29"),
        ("2025-11-30", "3m", "2025-12-01", "2026-02-28"),
        ("2025-11-30", "3m", "2026-03-01", "2026-05-30"),
        ("2025-11-30", "3m", "2026-05-31", "2026-08-30"),
        ("2026-01-01", "2w", "2026-01-01", "2026-01-15"),
        ("2026-01-01", "2w", "2026-01-16", "2026-01-29"),
        ("2026-01-01", "2w", "2026-01-30", "2026-02-12"),
    ],
)
def test_of_what_was_settled_elsewhere_the_next_bill_day_is_after_both_the_start_and_yesterday(
    records, ana, start, every, today, following
):
    records.today = today
    assert records.membership(ana, records.rate(every=every), start).next_bill_on == D(following)


def _month_later(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


@settings(deadline=None, max_examples=heavy.times(20, 60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.dates(D("2023-01-01"), D("2028-12-31")),
    today=st.dates(D("2023-01-01"), D("2028-12-31")),
    months=st.sampled_from([1, 2, 3, 6, 12]),
)
def test_bill_days_are_counted_from_the_start_whatever_the_day(book, records, start, today, months):
    with records.change(today=today.isoformat(), dry_run=True) as db:
        client = clients.get(db, clients.add(db, {"first_name": "Ana"}, source="hand"))
        every = Interval(1, "year") if months == 12 else Interval(months, "month")
        rate = rates.add(db, plans.add(db, "Yoga"), "Any", Money(4990, "EUR"), every)
        sold = enrolment.add(db, client, rate, MembershipTerms(start, settled=True))
    expected = next(
        day
        for day in (_month_later(start, k * months) for k in range(200))
        if day > start and day > today - timedelta(days=1)
    )
    assert sold.next_bill_on == expected


def test_what_is_paid_once_is_not_billed_again(records, ana):
    sold = records.membership(ana, records.rate(every=None), "2026-01-01", "2026-12-31")
    assert (sold.every, sold.next_bill_on) == (None, None)
    assert records.listed(Query(SOURCE), "every", "next_billing") == [("once", None)]


def test_no_billing_is_shown_past_the_term_or_past_a_cancellation(records, ana):
    rate = records.rate()
    records.membership(ana, rate, "2026-02-15", "2026-03-14")  # would be billed the day after
    cancelled = records.membership(ana, rate, "2026-02-15", "2026-12-31")
    records.membership(ana, rate, "2026-02-15", "2026-03-15")  # billed on its very last day
    with records.change() as db:
        endings.cancel(db, cancelled, D("2026-03-14"))
    assert records.listed(Query(SOURCE), "next_billing") == [None, None, "2026-03-15"]
    with records.change() as db:  # its last day is the bill day itself
        endings.cancel(db, memberships.find(db, "M-2"), D("2026-03-15"))
    assert records.listed(Query(SOURCE), "next_billing") == [None, "2026-03-15", "2026-03-15"]


def test_the_terms_are_copied(records, ana):
    rate = records.rate()
    before = records.membership(ana, rate, "2026-01-01")
    with records.change("rate edit") as db:
        after = rate._replace(name="Dear", price=Money(9990, "CHF"), every=Interval(1, "year"))
        rates.edit(db, rate, after)
    with records.read() as db:
        sold = memberships.find(db, "M-1")
    assert (sold.price, sold.every, sold.next_bill_on) == (before.price, before.every, before.next_bill_on)
    assert sold.rate == "Dear"  # the rate it was sold at is called so now
    assert records.membership(ana, after, "2026-01-01").price == Money(9990, "CHF")


def test_a_buyer_gets_the_label_of_the_plan_and_keeps_the_place_in_the_list(records, ana):
    bo = records.client("Bo")
    records.membership(ana, records.rate(), "2026-01-01")
    everyone = ClientFilter()
    assert records.listed(everyone, "id", "labels") == [(ana.id, "Yoga"), (bo.id, None)]
    records.membership(ana, records.rate("Yoga/Yearly"), "2026-02-01")  # has it already
    with records.read() as db:
        assert [label.exact for label in labels.of_client(db, ana.id)] == ["plan:Yoga"]


def test_a_detached_plan_label_comes_back_with_the_next_purchase(records, ana):
    rate = records.rate()
    records.membership(ana, rate, "2025-01-01", "2025-12-31")
    with records.change() as db:
        labels.detach(db, [ana.id], labels.of_client(db, ana.id))
    assert records.listed(ClientFilter(), "labels") == [None]
    records.membership(ana, rate, "2026-01-01")
    assert records.listed(ClientFilter(), "labels") == ["Yoga"]


def test_the_label_stays_when_the_plan_ends_and_follows_its_name(records, ana):
    sold = records.membership(ana, records.rate(), "2026-01-01")
    with records.change() as db:
        endings.cancel(db, sold, "now")
        yoga = plans.find(db, "yoga")
        renamed = plans.edit(db, yoga, yoga._replace(name="Yoga illimité"))
    assert renamed.name == "Yoga illimité"
    assert records.listed(ClientFilter(), "labels") == ["Yoga illimité"]
    with records.read() as db:
        assert labels.find(db, "plan:yoga illimite").plan_id == renamed.id


def test_an_archived_client_comes_back_with_a_purchase(records, ana):
    with records.change() as db:
        clients.archive(db, ana)
        ana = clients.get(db, ana.id)
    bo = records.client("Bo")
    records.membership(ana, records.rate(), "2026-01-01")
    with records.read() as db:
        assert clients.get(db, ana.id).archived_on is None
    # Nobody edited the profile: its place in the list is what it was.
    shown = [(ana.id, "client"), (bo.id, "lead")]
    assert records.listed(ClientFilter(), "id", "status") == shown


def test_an_archived_plan_or_rate_is_not_sold(records, ana):
    monthly, pilates = records.rate(), records.rate("Pilates/Monthly")
    with records.change() as db:
        archiving.archive(db, "rates", monthly.id, None)
        archiving.archive(db, "plans", pilates.plan.id, None)
    with records.change() as db:
        with pytest.raises(RefusedError, match=r"rate Yoga/Monthly is archived: `clientctl rate restore Yoga/Monthly`"):
            enrolment.add(db, ana, rates.find(db, "Yoga/Monthly"), MembershipTerms(db.today))
        with pytest.raises(RefusedError, match=r"plan Pilates is archived: `clientctl plan restore Pilates`"):
            enrolment.add(db, ana, rates.find(db, "Pilates/Monthly"), MembershipTerms(db.today))
        archiving.restore(db, "rates", monthly.id, "2026-03-01")
        assert enrolment.add(db, ana, rates.find(db, "Yoga/Monthly"), MembershipTerms(db.today)).status == "active"


def test_the_erased_get_no_membership(records, ana):
    rate = records.rate()
    with records.change(dry_run=True) as db, pytest.raises(RefusedError, match="erased on 2026-02-01: add the person"):
        enrolment.add(db, ana._replace(erased_on="2026-02-01"), rate, MembershipTerms(db.today))


def test_an_end_before_the_start_is_refused(records, ana):
    rate = records.rate()
    with pytest.raises(UsageError, match=r"2026-02-28 is before the start 2026-03-01: .*--until"):
        records.membership(ana, rate, "2026-03-01", "2026-02-28")
    assert records.counted(Query(SOURCE)) == 0


# -- the order and its charges --------------------------------------------------------------------


def charged(records, *columns: str) -> list:
    return records.listed(Query(CHARGES), *(columns or ("kind", "period", "due", "amount")))


@pytest.mark.parametrize(
    ("start", "terms", "charges", "following"),
    [
        ("2026-03-01", {}, [("recurring", "2026-03-01..2026-03-31", "2026-03-01", "6000 EUR")], "2026-04-01"),
        ("2026-04-10", {}, [("recurring", "2026-04-10..2026-05-09", "2026-04-10", "6000 EUR")], "2026-05-10"),
        ("2026-01-31", {}, [("recurring", "2026-01-31..2026-02-27", "2026-01-31", "6000 EUR")], "2026-02-28"),
        # A fixed bill day makes a part of a period first: 12 and 17 of 31 days.
        (
            "2026-01-20",
            {"bill_day": 1},
            [("prorata", "2026-01-20..2026-01-31", "2026-01-20", "2323 EUR")],
            "2026-02-01",
        ),
        (
            "2026-07-15",
            {"bill_day": 1},
            [("prorata", "2026-07-15..2026-07-31", "2026-07-15", "3290 EUR")],
            "2026-08-01",
        ),
        (
            "2026-03-01",
            {"bill_day": 1},
            [("recurring", "2026-03-01..2026-03-31", "2026-03-01", "6000 EUR")],
            "2026-04-01",
        ),
        (
            "2026-03-10",
            {"bill_day": 15},
            [("prorata", "2026-03-10..2026-03-14", "2026-03-10", "1071 EUR")],
            "2026-03-15",
        ),
        # A trial comes before anything is paid, but for the setup fee.
        ("2026-03-01", {"trial_days": 14}, [], "2026-03-15"),
        (
            "2026-03-10",
            {"setup": Money(3000, "EUR"), "trial_days": 7},
            [("setup", None, "2026-03-01", "3000 EUR")],
            "2026-03-17",
        ),
        (
            "2026-02-10",
            {"setup": Money(3000, "EUR")},
            [
                ("setup", None, "2026-02-10", "3000 EUR"),
                ("recurring", "2026-02-10..2026-03-09", "2026-02-10", "6000 EUR"),
            ],
            "2026-03-10",
        ),
        # Days that a term cuts off are not paid for.
        (
            "2026-02-01",
            {"term": Interval(10, "day")},
            [("prorata", "2026-02-01..2026-02-10", "2026-02-01", "2143 EUR")],
            "2026-03-01",
        ),
    ],
)
def test_the_beginning_is_charged_with_the_sale(records, ana, start, terms, charges, following):
    rate = records.rate(price=6000)._replace(**terms)
    with records.change() as db:
        sold = enrolment.add(db, ana, rate, MembershipTerms(D(start)))
    assert charged(records) == charges
    assert sold.next_bill_on == D(following)
    assert charged(records, "order", "membership") == [("O-1", "M-1")] * len(charges)
    assert sold.order_id == 1


def test_what_is_paid_once_is_charged_whole(records, ana):
    rate = records.rate(every=None, price=12000)
    records.membership(ana, rate, "2026-03-05", "2026-12-31", settled=False)
    assert charged(records) == [("once", "2026-03-05..2026-12-31", "2026-03-05", "12000 EUR")]


def test_what_costs_nothing_is_not_charged(records, ana):
    sold = records.membership(ana, records.rate(price=0), "2026-03-01", settled=False)
    assert charged(records) == []
    assert sold.next_bill_on == D("2026-04-01")


def test_of_what_was_settled_elsewhere_nothing_is_charged(records, ana):
    rate = records.rate()._replace(setup=Money(3000, "EUR"), trial_days=7)
    with records.change() as db:
        settled = enrolment.add(db, ana, rate, MembershipTerms(D("2025-01-31"), settled=True))
        given = enrolment.add(
            db, ana, rate, MembershipTerms(D("2025-01-31"), settled=True, next_bill_on=D("2026-04-30"))
        )
        off = enrolment.add(db, ana, rate, MembershipTerms(D("2025-01-31"), settled=True, next_bill_on=D("2026-04-11")))
    assert charged(records) == []
    assert [(each.anchor_on, each.next_bill_on, each.billed_from_on) for each in (settled, given, off)] == [
        (D("2025-01-31"), D("2026-03-31"), D("2026-03-31")),
        (D("2025-01-31"), D("2026-04-30"), D("2026-04-30")),
        (D("2026-04-11"), D("2026-04-11"), D("2026-04-11")),
    ]


def test_there_is_one_trial_a_plan(records, ana):
    rate, other = records.rate()._replace(trial_days=14), records.rate("Pilates/Monthly")._replace(trial_days=14)
    with records.change() as db:
        first, second, third = (enrolment.add(db, ana, each, MembershipTerms(db.today)) for each in (rate, rate, other))
        assert db.notices == ["No trial: Ana Müller had one on Yoga with M-1"]
    assert [each.trial_ends_on for each in (first, second, third)] == [D("2026-03-14"), None, D("2026-03-14")]


def test_the_term_counts_from_the_first_paid_day(records, ana):
    rate = records.rate(term="1y")._replace(trial_days=14)
    with records.change() as db:
        sold = enrolment.add(db, ana, rate, MembershipTerms(D("2026-03-01")))
    assert (sold.first_paid_on, sold.ends_on) == (D("2026-03-15"), D("2027-03-14"))


def test_the_terms_of_the_plan_are_copied(records, ana):
    rate = records.rate()
    with records.change("plan edit") as db:
        asked = {"collection": "card", "pause_rule": "keep", "notice": Interval(1, "month")}
        plan = plans.edit(db, rate.plan, rate.plan._replace(**asked))
    sold = records.membership(ana, rate._replace(plan=plan), "2026-01-01")
    with records.change("plan edit") as db:
        plans.edit(db, plan, plan._replace(collection="manual", notice=None))
    with records.read() as db:
        assert memberships.get(db, sold.id) == sold
    assert (sold.collection, sold.pause_rule, sold.notice) == ("card", "keep", Interval(1, "month"))


def test_a_package_is_no_membership(records, ana):
    with records.change() as db:
        plan = plans.add(db, "Ten", kind="package")
        rate = rates.add(db, plan, "Ten", Money(10000, "EUR"), None, sessions=10)
        with pytest.raises(
            UsageError, match=r"Ten is a package: `clientctl package sell --client id:1 --plan Ten/Ten`"
        ):
            enrolment.add(db, ana, rate, MembershipTerms(db.today))


# -- renew --------------------------------------------------------------------------------------


def renewed(records, old, today, **given):
    with records.change(today=today) as db:
        rate = given.pop("rate", None) or rates.get(db, old.rate_id)
        again = memberships.get(db, old.id)
        return renewal.renew(db, again, clients.get(db, old.client_id), rate, **given)


@pytest.mark.parametrize(
    ("start", "until", "grace", "today", "starts", "ends", "anchor", "since"),
    [
        # Live: it joins on, counted from the old anchor.
        ("2026-01-31", "2026-02-27", None, "2026-02-20", "2026-02-28", "2026-03-30", "2026-01-31", "2026-01-31"),
        ("2026-01-31", "2026-02-27", None, "2026-02-27", "2026-02-28", "2026-03-30", "2026-01-31", "2026-01-31"),
        # Expired: today, and the line is broken; within the grace it is not.
        ("2026-01-31", "2026-02-27", None, "2026-03-05", "2026-03-05", "2026-04-04", "2026-03-05", "2026-03-05"),
        ("2026-01-31", "2026-02-27", "7d", "2026-03-05", "2026-02-28", "2026-03-30", "2026-01-31", "2026-01-31"),
        # A gap of seven days is within a grace of seven, one of eight is not.
        ("2026-01-31", "2026-02-27", "7d", "2026-03-07", "2026-03-07", "2026-04-06", "2026-03-07", "2026-01-31"),
        ("2026-01-31", "2026-02-27", "7d", "2026-03-08", "2026-03-08", "2026-04-07", "2026-03-08", "2026-03-08"),
        # A day that was given says nothing of how long: one interval of the rate.
        ("2026-01-01", "2026-12-31", None, "2026-12-01", "2027-01-01", "2027-01-31", "2026-01-01", "2026-01-01"),
        ("2026-01-01", "2026-01-10", None, "2026-01-05", "2026-01-11", "2026-02-10", "2026-01-11", "2026-01-01"),
    ],
)
def test_a_renewal_follows_the_old_one(records, ana, start, until, grace, today, starts, ends, anchor, since):
    records.today = start
    rate = records.rate()
    rate = rate._replace(plan=rate.plan._replace(grace=parse_interval(grace) if grace else None))
    old = records.membership(ana, rate, start, until)
    new = renewed(records, old, today)
    assert (new.starts_on, new.ends_on, new.anchor_on, new.member_since_on) == (D(starts), D(ends), D(anchor), D(since))
    assert (new.renewed_from, new.number) == (old.id, "M-2")


def test_a_renewal_has_no_setup_fee_and_no_trial_and_is_charged(records, ana):
    rate = records.rate(price=6000)
    with records.change() as db:
        rate = rates.edit(db, rate, rate._replace(setup=Money(3000, "EUR"), trial_days=7))
    old = records.membership(ana, rate, "2026-02-01", "2026-03-31")
    new = renewed(records, old, "2026-03-20")
    assert new.trial_ends_on is None
    assert charged(records, "membership", "kind", "period", "amount") == [
        ("M-1", "recurring", "2026-03-01..2026-03-31", "6000 EUR"),  # it had fallen due
        ("M-2", "recurring", "2026-04-01..2026-04-30", "6000 EUR"),
    ]


def test_a_cancelled_one_is_renewed_from_today_and_one_that_is_to_end_from_the_day_after(records, ana):
    rate = records.rate(term="1y")
    gone, leaving = (records.membership(ana, rate, "2026-01-01") for _ in range(2))
    with records.change() as db:
        endings.cancel(db, gone, "now")
        endings.cancel(db, leaving, D("2026-03-31"))
    assert renewed(records, gone, "2026-03-10").starts_on == D("2026-03-10")
    assert renewed(records, leaving, "2026-03-10").starts_on == D("2026-04-01")


@pytest.mark.parametrize(
    ("start", "until", "today", "message"),
    [
        ("2026-02-01", None, "2026-03-01", "M-1 has no end: there is nothing to renew"),
        ("2026-04-01", "2026-12-31", "2026-03-01", "M-1 starts only on 2026-04-01"),
    ],
)
def test_what_has_no_end_or_is_still_to_start_is_not_renewed(records, ana, start, until, today, message):
    old = records.membership(ana, records.rate(), start, until)
    with pytest.raises(RefusedError, match=message):
        renewed(records, old, today)


def test_it_is_renewed_once_and_after_its_end(records, ana):
    old = records.membership(ana, records.rate(), "2026-02-01", "2026-03-31")
    with pytest.raises(RefusedError, match="M-1 lasts until 2026-03-31"):
        renewed(records, old, "2026-03-01", start=D("2026-03-15"))
    renewed(records, old, "2026-03-01")
    with pytest.raises(RefusedError, match="M-1 was renewed already, as M-2"):
        renewed(records, old, "2026-03-01")
