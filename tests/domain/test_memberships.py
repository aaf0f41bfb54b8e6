"""Enrol, extend, cancel: the days they store, what they leave alone, and what they refuse."""

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.base.calendar import Interval, parse_interval
from clientctl.base.money import Money
from clientctl.domain import archive, clients, labels, memberships, plans, rates
from clientctl.domain.filters import ClientFilter
from clientctl.domain.lists import Query
from clientctl.domain.memberships import SOURCE
from clientctl.errors import NotFoundError, RefusedError, UsageError

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
        sold = memberships.add(db, ana, rate, start=D(start), term=parse_interval(term))
    assert sold.ends_on == sold.term_ends_on == D(ends)
    assert sold.anchor_on == sold.member_since_on == D(start)


def test_a_given_end_wins_over_a_term_and_that_over_the_rates_own(records, ana):
    rate = records.rate(term="1y")
    with records.change() as db:
        ends = [
            memberships.add(db, ana, rate, start=D("2026-01-01"), **given).ends_on
            for given in ({}, {"term": Interval(1, "month")}, {"ends_on": D("2026-01-01")})
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
def test_the_next_bill_day_is_after_both_the_start_and_yesterday(records, ana, start, every, today, following):
    records.today = today
    assert records.membership(ana, records.rate(every=every), start).next_bill_on == D(following)


def _month_later(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
        sold = memberships.add(db, client, rate, start=start)
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
        memberships.cancel(db, cancelled, D("2026-03-14"))
    assert records.listed(Query(SOURCE), "next_billing") == [None, None, "2026-03-15"]
    with records.change() as db:  # its last day is the bill day itself
        memberships.cancel(db, memberships.find(db, "M-2"), D("2026-03-15"))
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
        memberships.cancel(db, sold, "now")
        renamed = plans.rename(db, plans.find(db, "yoga"), "Yoga illimité")
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
        archive.archive(db, "rates", monthly.id, None)
        archive.archive(db, "plans", pilates.plan.id, None)
    with records.change() as db:
        with pytest.raises(RefusedError, match=r"rate Yoga/Monthly is archived: `clientctl rate restore`"):
            memberships.add(db, ana, rates.find(db, "Yoga/Monthly"), start=db.today)
        with pytest.raises(RefusedError, match=r"plan Pilates is archived: `clientctl plan restore`"):
            memberships.add(db, ana, rates.find(db, "Pilates/Monthly"), start=db.today)
        archive.restore(db, "rates", monthly.id, "2026-03-01")
        assert memberships.add(db, ana, rates.find(db, "Yoga/Monthly"), start=db.today).status == "active"


def test_the_erased_get_no_membership(records, ana):
    rate = records.rate()
    with records.change(dry_run=True) as db, pytest.raises(RefusedError, match="erased on 2026-02-01: add the person"):
        memberships.add(db, ana._replace(erased_on="2026-02-01"), rate, start=db.today)


def test_an_end_before_the_start_is_refused(records, ana):
    rate = records.rate()
    with pytest.raises(UsageError, match=r"2026-02-28 is before the start 2026-03-01: .*--until"):
        records.membership(ana, rate, "2026-03-01", "2026-02-28")
    assert records.counted(Query(SOURCE)) == 0


# -- extend -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("every", "start", "end", "by", "later"),
    [
        ("3m", "2025-08-31", "2025-11-29", "1m", "2025-12-30"),
        ("1m", "2025-01-31", "2025-02-27", "1m", "2025-03-30"),
        ("1m", "2025-02-01", "2025-02-28", "1m", "2025-03-31"),
        ("1m", "2025-01-31", "2025-02-27", "1y", "2026-02-27"),
        ("1m", "2025-01-15", "2025-02-09", "1m", "2025-03-09"),  # off the anchor's days
        ("1m", "2025-01-15", "2025-02-14", "10d", "2025-02-24"),
        ("1m", "2025-01-15", "2025-02-14", "2w", "2025-02-28"),
    ],
)
def test_an_extension_counts_from_the_anchor(records, ana, every, start, end, by, later):
    records.today = start
    sold = records.membership(ana, records.rate(every=every), start, end)
    with records.change() as db:
        extended = memberships.extend(db, sold, by=parse_interval(by))
    assert extended.ends_on == D(later)
    assert extended.term_ends_on == D(end), "free: billing still stops at the term's own end"


def test_an_extension_is_free_unless_charged(records, ana):
    sold = records.membership(ana, records.rate(), "2026-02-15", "2026-03-14")
    with records.change() as db:
        assert memberships.extend(db, sold, until=D("2026-04-30")).ends_on == D("2026-04-30")
    assert records.listed(Query(SOURCE), "next_billing", "term_ends", "ends") == [(None, "2026-03-14", "2026-04-30")]
    with records.change() as db:
        memberships.extend(db, memberships.find(db, "M-1"), until=D("2026-05-31"), charge=True)
    assert records.listed(Query(SOURCE), "next_billing", "term_ends") == [("2026-03-15", "2026-05-31")]


@pytest.mark.parametrize(
    ("start", "end", "today", "message"),
    [
        ("2026-04-01", "2026-04-30", "2026-03-01", r"M-1 is upcoming: only a live .* starts 2026-04-01"),
        ("2026-01-01", "2026-02-28", "2026-03-01", r"M-1 is expired: only a live .*`clientctl membership add`"),
        ("2026-01-01", None, "2026-03-01", r"M-1 has no end"),
    ],
)
def test_only_what_is_live_and_has_an_end_is_extended(records, ana, start, end, today, message):
    sold = records.membership(ana, records.rate(), start, end)
    with records.change(today=today) as db, pytest.raises(RefusedError, match=message):
        memberships.extend(db, sold, by=Interval(1, "month"))


def test_what_is_cancelled_is_not_extended_even_before_its_last_day(records, ana):
    sold = records.membership(ana, records.rate(), "2026-01-01", "2026-12-31")
    with records.change() as db:
        memberships.cancel(db, sold, D("2026-03-10"))
    for today, message in (
        ("2026-03-10", r"cancelled from 2026-03-11 on: undo that"),
        ("2026-03-11", r"M-1 is cancelled: .*`clientctl membership add`"),
    ):
        with records.change(today=today) as db, pytest.raises(RefusedError, match=message):
            memberships.extend(db, memberships.find(db, "M-1"), by=Interval(1, "month"))


@pytest.mark.parametrize("until", ["2026-03-31", "2026-03-30"])
def test_the_new_end_is_strictly_later(records, ana, until):
    sold = records.membership(ana, records.rate(), "2026-01-01", "2026-03-31")
    with records.change() as db, pytest.raises(RefusedError, match=r"ends 2026-03-31 already: give a later day"):
        memberships.extend(db, sold, until=D(until))


def test_on_its_last_day_it_is_still_extended(records, ana):
    sold = records.membership(ana, records.rate(), "2026-01-01", "2026-03-01")
    with records.change() as db:
        assert memberships.extend(db, sold, by=Interval(1, "day")).ends_on == D("2026-03-02")


# -- cancel -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "until", "when", "last"),
    [
        ("2026-01-31", None, "now", "2026-02-28"),  # yesterday was the last day
        ("2026-01-31", None, "at-period-end", "2026-03-30"),
        ("2026-01-15", None, "at-period-end", "2026-03-14"),
        ("2026-03-01", None, "at-period-end", "2026-03-31"),  # starts today
        ("2026-02-01", None, "at-period-end", "2026-03-31"),  # a period begins today: it is the one that is paid
        ("2026-02-02", None, "at-period-end", "2026-03-01"),  # a period ends today
        ("2026-04-10", None, "at-period-end", "2026-05-09"),  # upcoming: its first period
        ("2026-01-15", "2026-03-05", "at-period-end", "2026-03-05"),  # cut short by the end
        ("2026-01-15", None, D("2026-03-20"), "2026-03-20"),
        ("2026-01-15", None, D("2026-03-01"), "2026-03-01"),
        ("2026-01-15", None, D("2026-02-28"), "2026-02-28"),  # what --now stores
        ("2026-01-15", "2026-03-20", D("2026-03-20"), "2026-03-20"),  # the end itself
    ],
)
def test_a_cancellation_stores_the_last_day(records, ana, start, until, when, last):
    sold = records.membership(ana, records.rate(), start, until)
    with records.change() as db:
        after = memberships.cancel(db, sold, when, " moves  away ")
    assert after.cancelled_on == D(last)
    assert after.ends_on == sold.ends_on
    assert records.listed(Query(SOURCE), "cancel_reason", "ends") == [("moves away", last)]


@pytest.mark.parametrize(
    ("until", "when", "message"),
    [
        (None, D("2026-02-27"), r"2026-02-27 is past: the earliest last day is yesterday, which --now stores"),
        ("2026-03-31", D("2026-04-01"), r"M-1 ends 2026-03-31 anyway: give a day before"),
        ("2026-02-28", "now", r"M-1 is expired already: add a new one with `clientctl membership add`"),
    ],
)
def test_a_cancellation_is_neither_past_nor_after_the_end(records, ana, until, when, message):
    sold = records.membership(ana, records.rate(), "2026-01-01", until)
    with records.change() as db, pytest.raises(RefusedError, match=message):
        memberships.cancel(db, sold, when)


def test_what_is_cancelled_is_never_cancelled_again_but_a_coming_cancellation_is_moved(records, ana):
    sold = records.membership(ana, records.rate(), "2026-01-01")
    with records.change() as db:
        later = memberships.cancel(db, sold, D("2026-03-31"))
        assert memberships.cancel(db, later, D("2026-03-15")).cancelled_on == D("2026-03-15")
    with records.change(today="2026-03-16") as db, pytest.raises(RefusedError, match=r"cancelled already: add a new"):
        memberships.cancel(db, memberships.find(db, "M-1"), "now")


def test_what_is_paid_once_has_no_period_to_end(records, ana):
    once = records.rate(every=None)
    ended = records.membership(ana, once, "2026-01-01", "2026-06-30")
    endless = records.membership(ana, once, "2026-01-01")
    with records.change() as db:
        assert memberships.cancel(db, ended, "at-period-end").cancelled_on == D("2026-06-30")
        with pytest.raises(RefusedError, match=r"M-2 is paid once .*: give --now or --on DAY"):
            memberships.cancel(db, endless, "at-period-end")


# -- naming -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["M-1", "m-1", "1", "M-01"])
def test_a_membership_goes_by_its_number(records, ana, number):
    sold = records.membership(ana, records.rate(), "2026-01-01")
    with records.read() as db:
        assert memberships.find(db, number) == sold


@pytest.mark.parametrize("number", ["M-2", "0", "9" * 30, "9" * 5000])
def test_a_number_that_nobody_has_is_not_found(records, number):
    with records.read() as db, pytest.raises(NotFoundError, match="`clientctl membership list`"):
        memberships.find(db, number)


@pytest.mark.parametrize("number", ["", "M-", "K-1", "-1", "1.0", "M-M-1", "٣"])
def test_what_is_no_number_is_said_to_be_none(records, number):
    with records.read() as db, pytest.raises(UsageError, match=r"say M-42 or 42"):
        memberships.find(db, number)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda db: memberships.where_status(["gone"]), "no status 'gone': there are active, paused"),
        (lambda db: memberships.where_when(["soon"]), "no such time 'soon': there are past, current, upcoming"),
        (lambda db: memberships.where_queue(db, "late", 7), "no queue 'late': there is ending"),
    ],
)
def test_unknown_words_are_answered_with_those_there_are(records, ask, message):
    with records.read() as db, pytest.raises((UsageError, NotFoundError), match=message):
        ask(db)


def test_a_bought_card_shows_every_fact(records, ana):
    records.membership(ana, records.rate(), "2026-01-01", "2026-12-31")
    with records.read() as db:
        card = memberships.card(db, "M-1")
    facts = {column.key: value for column, value in zip(card.columns, card.values, strict=True)}
    assert card.title == "M-1  Ana Müller"
    assert facts["price"] == "4990 EUR"
    assert (facts["status"], facts["starts"], facts["ends"]) == ("active", "2026-01-01", "2026-12-31")
    assert (facts["next_billing"], facts["member_since"], facts["every"]) == ("2026-03-01", "2026-01-01", "1m")
