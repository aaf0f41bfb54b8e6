"""Extend, cancel, take back: the last days they store, what they bill or give back, and what they refuse."""

from datetime import date

import pytest
from living import Life

from clientctl.base.calendar import Interval, parse_interval
from clientctl.base.money import Money
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import endings, pauses, rate_changes, renewal
from clientctl.domain.memberships.record import SOURCE
from clientctl.domain.money import charges, credit_spending, credits
from clientctl.domain.money.payments import SOURCE as PAYMENTS
from clientctl.domain.shared.queries import Query
from clientctl.errors import RefusedError

D = date.fromisoformat
NOW = "now"
PERIOD = "at-period-end"


@pytest.fixture
def life(records) -> Life:
    return Life(records)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


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
        (None, "2025-01-31", "2025-02-27", "1m", "2025-03-30"),
    ],
)
def test_an_extension_counts_from_the_anchor(records, life, ana, every, start, end, by, later):
    life.sold(ana, records.rate(every=every), start, until=end)
    extended = life.act(start, endings.extend, by=parse_interval(by))
    assert extended.ends_on == D(later)
    assert extended.term_ends_on == D(end), "free: billing still stops at the term's own end"


def test_an_extension_counts_from_where_a_pause_moved_the_anchor_to(records, life, ana):
    life.sold(ana, records.rate(), "2025-01-31", until="2025-04-29")
    life.act("2025-02-05", pauses.suspend, resumes_on=D("2025-02-08"))  # bills 03-03, 04-03; ends 05-02
    assert life.act("2025-02-10", endings.extend, by=Interval(1, "month")).ends_on == D("2025-06-02")


def test_an_extension_is_free_unless_charged(records, life, ana):
    life.sold(ana, records.rate(price=3100), "2026-02-15", until="2026-03-14")
    life.act("2026-03-01", endings.extend, until=D("2026-04-30"))
    assert life.shown("next_billing", "term_ends", "ends") == (None, "2026-03-14", "2026-04-30")
    life.bill("2026-06-01")
    assert life.charged() == [("2026-02-15..2026-03-14", "3100 EUR")]


def test_a_charged_extension_is_billed_to_the_day_and_no_day_twice(records, life, ana):
    """The first period was cut short by the end; its other days are charged beside it."""
    life.sold(ana, records.rate(price=3100), "2026-01-15", until="2026-02-09")
    told = life.told("2026-02-01", endings.extend, until=D("2026-03-09"), charge=True)
    assert told == ["C-2: Yoga/Monthly, pro rata, 31.00 EUR x 5/31 days = 5.00 EUR, due 2026-02-10"]
    assert life.charged("period", "amount", "kind") == [
        ("2026-01-15..2026-02-09", "2600 EUR", "prorata"),
        ("2026-02-10..2026-02-14", "500 EUR", "prorata"),
    ]
    life.bill("2026-06-01")
    assert life.charged()[2:] == [("2026-02-15..2026-03-09", "2546 EUR")]
    assert life.shown("term_ends", "ends") == ("2026-03-09", "2026-03-09")


def test_a_charged_extension_of_whole_periods_is_billed_when_it_comes(records, life, ana):
    life.sold(ana, records.rate(price=3100), "2026-02-15", until="2026-03-14")
    life.act("2026-03-01", endings.extend, by=Interval(1, "month"), charge=True)
    assert life.charged() == [("2026-02-15..2026-03-14", "3100 EUR")]
    assert life.shown("next_billing", "ends") == ("2026-03-15", "2026-04-14")


@pytest.mark.parametrize(
    ("start", "end", "every", "today", "charge", "message"),
    [
        (
            "2026-04-01",
            "2026-04-30",
            "1m",
            "2026-03-01",
            False,
            r"upcoming, it starts 2026-04-01.*`.* edit M-1 --until",
        ),
        ("2026-01-01", "2026-02-28", "1m", "2026-03-01", False, r"M-1 is expired already: `.* renew M-1`"),
        ("2026-01-01", None, "1m", "2026-03-01", False, r"M-1 has no end"),
        (
            "2026-01-01",
            "2026-12-31",
            None,
            "2026-03-01",
            True,
            r"paid once.*`clientctl membership renew M-1 --for DURATION`",
        ),
    ],
)
def test_only_what_is_live_and_has_an_end_is_extended(records, life, ana, start, end, every, today, charge, message):
    life.sold(ana, records.rate(every=every), start, until=end)
    with pytest.raises(RefusedError, match=message):
        life.act(today, endings.extend, by=Interval(1, "month"), charge=charge)


def test_what_was_extended_free_of_charge_is_renewed_not_charged(records, life, ana):
    life.sold(ana, records.rate(), "2026-02-15", until="2026-03-14")
    life.act("2026-03-01", endings.extend, by=Interval(1, "month"))
    with pytest.raises(RefusedError, match=r"after 2026-03-14, .*`.* renew M-1` bills from 2026-04-15 on"):
        life.act("2026-03-01", endings.extend, by=Interval(1, "month"), charge=True)


def test_neither_the_paused_nor_the_renewed_nor_the_cancelled_is_extended(records, life, ana):
    rate = records.rate()
    life.sold(ana, rate, "2026-01-01", until="2026-12-31")
    life.act("2026-03-01", pauses.suspend)
    with pytest.raises(RefusedError, match=r"M-1 is paused: `clientctl membership resume M-1` first"):
        life.act("2026-03-01", endings.extend, by=Interval(1, "month"))
    life.act("2026-03-01", pauses.resume)
    life.act("2026-03-01", endings.cancel, D("2026-03-10"))
    for today, message in (
        ("2026-03-10", r"its last day is 2026-03-10: `.* edit M-1 --unset cancelled` reverses that"),
        ("2026-03-11", r"M-1 is cancelled already: `.* renew M-1`"),
    ):
        with pytest.raises(RefusedError, match=message):
            life.act(today, endings.extend, by=Interval(1, "month"))
    life.act("2026-03-01", endings.reverse_cancellation)
    life.act("2026-03-01", lambda db, old: renewal.renew(db, old, clients.get(db, ana.id), rate))
    with pytest.raises(RefusedError, match=r"renewed as M-2, .* edit M-2 --until DAY` .*, or `.* cancel M-2 --now`"):
        life.act("2026-03-01", endings.extend, by=Interval(1, "month"))


@pytest.mark.parametrize("until", ["2026-03-31", "2026-03-30"])
def test_the_new_end_is_strictly_later(records, life, ana, until):
    life.sold(ana, records.rate(), "2026-01-01", until="2026-03-31")
    with pytest.raises(RefusedError, match=r"ends 2026-03-31 already: give a later day"):
        life.act("2026-03-01", endings.extend, until=D(until))


def test_on_its_last_day_it_is_still_extended(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01", until="2026-03-01")
    assert life.act("2026-03-01", endings.extend, by=Interval(1, "day")).ends_on == D("2026-03-02")


# -- cancel -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "until", "when", "last"),
    [
        ("2026-01-31", None, NOW, "2026-02-28"),  # yesterday was the last day
        ("2026-01-31", None, PERIOD, "2026-03-30"),
        ("2026-01-15", None, PERIOD, "2026-03-14"),
        ("2026-03-01", None, PERIOD, "2026-03-31"),  # starts today
        ("2026-02-01", None, PERIOD, "2026-03-31"),  # a period begins today: it is the one that is meant
        ("2026-02-02", None, PERIOD, "2026-03-01"),  # a period ends today
        ("2026-04-10", None, PERIOD, "2026-05-09"),  # upcoming: its first period
        ("2026-04-10", None, NOW, "2026-02-28"),  # upcoming: no access at all
        ("2026-01-15", "2026-03-05", PERIOD, "2026-03-05"),  # cut short by the end
        ("2026-01-15", None, D("2026-03-20"), "2026-03-20"),
        ("2026-01-15", None, D("2026-03-01"), "2026-03-01"),
        ("2026-01-15", None, D("2026-02-28"), "2026-02-28"),  # what --now stores
        ("2026-01-15", "2026-03-20", D("2026-03-20"), "2026-03-20"),  # the end itself
    ],
)
def test_a_cancellation_stores_the_last_day(records, life, ana, start, until, when, last):
    sold = life.sold(ana, records.rate(), start, until=until)
    after = life.act("2026-03-01", endings.cancel, when, " moves  away ").membership
    assert after.cancelled_on == D(last)
    assert after.ends_on == sold.ends_on
    assert life.shown("cancel_reason", "ends") == ("moves away", last)
    assert after.status == ("cancelled" if last < "2026-03-01" else sold_status(start))


def sold_status(start):
    return "upcoming" if start > "2026-03-01" else "needs-attention" if start < "2026-03-01" else "active"


def test_in_a_trial_the_period_is_the_trial_and_nothing_is_charged(records, life, ana):
    rate = records.rate()._replace(trial_days=14)
    life.sold(ana, rate, "2026-03-01")
    assert life.act("2026-03-05", endings.cancel, PERIOD).membership.cancelled_on == D("2026-03-14")
    life.bill("2026-06-01")
    assert life.charged() == []


@pytest.mark.parametrize(
    ("terms", "when", "earliest", "why"),
    [
        # A month's notice from 1 March is in the period from 15 March to 14 April.
        ({"notice": Interval(1, "month")}, PERIOD, "2026-04-14", "a notice of 1m was agreed"),
        ({"min_term": Interval(1, "year")}, PERIOD, "2027-01-14", "a minimum term of 1y was agreed"),
        ({"notice": Interval(1, "month"), "min_term": Interval(6, "month")}, NOW, "2026-07-14", "a minimum term of 6m"),
        ({"notice": Interval(8, "month"), "min_term": Interval(6, "month")}, NOW, "2026-11-14", "a notice of 8m"),
        ({"notice": Interval(1, "month")}, D("2026-04-13"), "2026-04-14", "a notice of 1m"),
    ],
)
def test_a_wish_before_what_was_agreed_is_answered_with_the_earliest_day(
    records, life, ana, terms, when, earliest, why
):
    records.rate()
    life.plan("Yoga", **terms)
    life.sold(ana, life.rate("Yoga/Monthly"), "2026-01-15")
    with pytest.raises(RefusedError, match=f"{why}.* earliest last day is {earliest}: `.* cancel M-1 --on {earliest}`"):
        life.act("2026-03-01", endings.cancel, when)
    assert life.act("2026-03-01", endings.cancel, D(earliest)).membership.cancelled_on == D(earliest)
    forced = "SELECT cancel_forced FROM memberships"
    with records.read() as db:
        assert db.value(forced) == 0
    life.act("2026-03-01", endings.cancel, when, force=True)
    with records.read() as db:
        assert db.value(forced) == 1


@pytest.mark.parametrize(
    ("until", "when", "message"),
    [
        (None, D("2026-02-27"), r"2026-02-27 is past: `clientctl membership edit M-1 --until 2026-02-27` corrects"),
        ("2026-03-31", D("2026-04-01"), r"M-1 ends 2026-03-31 already: give an earlier day"),
        ("2026-02-28", NOW, r"M-1 is expired already: `clientctl membership renew M-1`"),
    ],
)
def test_a_cancellation_is_neither_past_nor_after_the_end(records, life, ana, until, when, message):
    life.sold(ana, records.rate(), "2026-01-01", until=until)
    with pytest.raises(RefusedError, match=message):
        life.act("2026-03-01", endings.cancel, when)


def test_what_is_paused_past_its_end_is_cancelled_at_its_end(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01", until="2026-02-28")
    life.act("2026-02-20", pauses.suspend)
    assert life.act("2026-03-10", endings.cancel, NOW).membership.cancelled_on == D("2026-02-28")


def test_a_coming_cancellation_is_moved_and_keeps_its_reason(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01")
    life.act("2026-03-01", endings.cancel, D("2026-03-31"), "moves away")
    assert life.act("2026-03-01", endings.cancel, D("2026-03-15")).membership.cancelled_on == D("2026-03-15")
    assert life.shown("cancel_reason") == "moves away"
    life.act("2026-03-01", endings.cancel, D("2026-03-15"), "too dear")
    assert life.shown("cancel_reason") == "too dear"
    with pytest.raises(RefusedError, match=r"cancelled already: `clientctl membership renew M-1`"):
        life.act("2026-03-16", endings.cancel, NOW)
    with pytest.raises(RefusedError, match=r"cancelled already"):
        life.act("2026-03-16", endings.reverse_cancellation)


def test_a_cancellation_is_taken_back_before_its_last_day_is_over(records, life, ana):
    before = life.sold(ana, records.rate(), "2026-01-01")
    life.bill("2026-03-01")
    life.act("2026-03-01", endings.cancel, D("2026-03-31"), "moves away")
    after = life.act("2026-03-31", endings.reverse_cancellation).membership
    assert after._replace(next_bill_on=before.next_bill_on, status=before.status) == before
    with pytest.raises(RefusedError, match=r"M-1 is not cancelled"):
        life.act("2026-03-31", endings.reverse_cancellation)


def test_what_was_billed_until_a_cancellation_only_is_charged_in_full_when_that_is_taken_back(records, life, ana):
    life.sold(ana, records.rate(price=3100), "2026-01-15")
    life.act("2026-01-20", endings.cancel, D("2026-03-20"))
    life.bill("2026-03-15")
    life.pay("2026-03-15", "C-3")
    assert life.charged()[2:] == [("2026-03-15..2026-03-20", "600 EUR")]
    later = life.act("2026-03-16", endings.cancel, D("2026-03-25"))
    assert later.sentences == ["C-4: Yoga/Monthly, pro rata, 31.00 EUR x 5/31 days = 5.00 EUR, due 2026-03-21"]
    taken = life.act("2026-03-18", endings.reverse_cancellation)
    assert taken.sentences == [
        "C-4: Yoga/Monthly, pro rata, 31.00 EUR x 25/31 days = 25.00 EUR, due 2026-03-21 (was 5.00 EUR)"
    ]


def test_what_was_given_back_is_charged_again_when_that_is_taken_back(records, life, ana):
    life.sold(ana, records.rate(price=3100), "2026-03-01")
    life.bill("2026-05-01", today="2026-03-01")
    life.pay("2026-03-01", "C-1", "C-2")
    life.act("2026-03-11", endings.cancel, D("2026-03-21"), refund=True)
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-21", "0 EUR"),
        (None, "0 EUR"),
        ("2026-05-01..2026-05-31", "0 EUR"),
    ]
    life.act("2026-03-12", endings.reverse_cancellation)
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-21", "0 EUR"),
        (None, "0 EUR"),
        ("2026-05-01..2026-05-31", "3100 EUR"),
        ("2026-03-22..2026-03-31", "1000 EUR"),
        ("2026-04-01..2026-04-30", "3100 EUR"),
    ]
    assert life.shown("next_billing") == "2026-06-01"


def test_what_is_paid_once_has_no_period_to_end(records, life, ana):
    once = records.rate(every=None)
    life.sold(ana, once, "2026-01-01", until="2026-06-30")
    life.sold(ana, once, "2026-01-01")
    assert life.act("2026-03-01", endings.cancel, PERIOD).membership.cancelled_on == D("2026-06-30")
    with pytest.raises(RefusedError, match=r"M-2 is paid once .*: give --now or --on DAY"):
        life.act("2026-03-01", endings.cancel, PERIOD, number="M-2")


def test_while_nobody_knows_when_a_pause_is_over_no_period_ends(records, life, ana):
    life.sold(ana, records.rate(), "2026-01-01")
    life.act("2026-01-10", pauses.suspend)
    with pytest.raises(RefusedError, match=r"on without an end: `.* resume M-1 --on DAY`"):
        life.act("2026-03-01", endings.cancel, PERIOD)


def test_what_begins_after_the_last_day_is_waived_and_open_again_when_that_is_taken_back(records, life, ana):
    life.sold(ana, records.rate(price=3000), "2026-01-01")
    life.bill("2026-05-01", today="2026-03-01")
    ended = life.act("2026-03-01", endings.cancel, PERIOD)
    assert ended.sentences == [
        "C-4: 30.00 EUR for days after the last day is waived",
        "C-5: 30.00 EUR for days after the last day is waived",
    ]
    states = ["open", "open", "open", "waived", "waived"]
    assert life.charged("status") == states
    life.act("2026-03-01", endings.cancel, D("2026-04-10"))
    assert life.charged("status", "waive_reason")[3:] == [("open", None), ("waived", "cancelled")]
    life.act("2026-03-01", endings.reverse_cancellation)
    assert life.charged("status") == ["open"] * 5


def test_what_is_billed_until_a_cancellation_does_not_depend_on_when(records, life, ana):
    """The bill day that is due when it is cancelled costs the whole period, billed before or not."""
    life.sold(ana, records.rate(price=3000), "2026-01-01")
    life.bill("2026-02-01")
    assert life.told("2026-03-05", endings.cancel, D("2026-03-10")) == [
        "Charged the bill day of M-1 that had fallen due"
    ]
    assert life.charged()[2:] == [("2026-03-01..2026-03-31", "3000 EUR")]
    life.bill("2026-06-01")
    assert len(life.charged()) == 3


@pytest.mark.parametrize(
    ("last", "said"),
    [
        (D("2026-06-30"), "The change to Yoga/Half stays agreed, on 2026-04-01"),
        (PERIOD, "The change to Yoga/Half stays agreed, but never takes effect: no bill day is left"),
    ],
)
def test_a_change_that_is_agreed_outlives_a_cancellation(records, life, ana, last, said):
    life.sold(ana, records.rate(price=6000), "2026-03-01")
    half = records.rate("Yoga/Half", price=3000)
    life.act("2026-03-05", rate_changes.change_at_next_billing, half)
    assert life.act("2026-03-10", endings.cancel, last).sentences == [said]
    assert life.shown("changes_to") == (None if last == PERIOD else "Yoga/Half")
    assert life.act("2026-03-20", endings.reverse_cancellation).sentences == [
        "The change to Yoga/Half stays agreed, on 2026-04-01"
    ]
    life.bill("2026-04-01")
    assert life.charged("amount") == ["6000 EUR", "3000 EUR"]


def test_paid_days_are_given_back_only_when_asked(records, life, ana):
    life.sold(ana, records.rate(price=3100), "2026-03-01")
    life.pay("2026-03-01", "C-1")
    kept = life.act("2026-03-11", endings.cancel, D("2026-03-21"))
    (said,) = kept.sentences
    assert said == (
        "C-1: 10.00 EUR (31.00 EUR x 10/31 days = 10.00 EUR) was paid for days after the last day:"
        " `clientctl membership cancel M-1 --on 2026-03-21 --refund` refunds it"
    )
    assert life.charged("refunded") == ["0 EUR"]
    given = life.act("2026-03-11", endings.cancel, D("2026-03-21"), refund=True)
    assert given.sentences == ["C-1: 10.00 EUR refunded (31.00 EUR x 10/31 days = 10.00 EUR)"]
    assert life.charged("refunded", "paid", "status") == [("1000 EUR", "2100 EUR", "refunded")]
    assert records.listed(Query(PAYMENTS), "kind", "net") == [("received", "3100 EUR"), ("refunded", "-1000 EUR")]


def test_what_credit_paid_is_credit_again(records, life, ana):
    life.sold(ana, records.rate(price=3100), "2026-03-01")
    with records.change(today="2026-03-01") as db:
        credits.issue(db, ana.id, Money(1500, "EUR"))
        credit_spending.use(db, charges.find(db, "C-1"))
    life.pay("2026-03-01", "C-1")
    given = life.act("2026-03-11", endings.cancel, D("2026-03-11"), refund=True)  # 20 of 31 days
    assert given.sentences == ["C-1: 15.00 EUR to credit, 5.00 EUR refunded (31.00 EUR x 20/31 days = 20.00 EUR)"]
    assert records.listed(Query(credits.SOURCE), "used", "left") == [("0 EUR", "1500 EUR")]
    assert life.charged("paid", "credit", "waived", "refunded", "left") == [
        ("1100 EUR", "0 EUR", "1500 EUR", "500 EUR", "0 EUR")
    ]


def test_no_billing_is_shown_past_the_term_or_past_a_cancellation(records, life, ana):
    rate = records.rate()
    life.sold(ana, rate, "2026-02-15", until="2026-03-14")  # would be billed the day after
    life.sold(ana, rate, "2026-02-15", until="2026-12-31")
    life.sold(ana, rate, "2026-02-15", until="2026-03-15")  # billed on its very last day
    life.act("2026-03-01", endings.cancel, D("2026-03-14"), number="M-2")
    assert records.listed(Query(SOURCE), "next_billing") == [None, None, "2026-03-15"]
    life.act("2026-03-01", endings.cancel, D("2026-03-15"), number="M-2")  # its last day is the bill day itself
    assert records.listed(Query(SOURCE), "next_billing") == [None, "2026-03-15", "2026-03-15"]
