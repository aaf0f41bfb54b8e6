"""Put a membership on another rate, at its next bill day or now: what is charged, given back and refused."""

from datetime import date

import pytest
from living import Life

from clientctl.base.calendar import Interval
from clientctl.domain.clients import labels
from clientctl.domain.memberships import endings, pauses, rate_changes, timeline
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import credits as owed
from clientctl.domain.offers import rates
from clientctl.domain.shared import archiving
from clientctl.domain.shared.queries import Query
from clientctl.errors import RefusedError, UsageError

D = date.fromisoformat


@pytest.fixture
def life(records) -> Life:
    return Life(records)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


@pytest.fixture
def monthly(records):
    return records.rate(price=3100)


@pytest.fixture
def dear(records, monthly):
    return records.rate("Pilates/Dear", price=6200)


@pytest.fixture
def weekly(records, monthly):
    return records.rate("Yoga/Weekly", every="1w", price=1000)


# -- at the next bill day -------------------------------------------------------------------------


def test_what_is_due_is_billed_first_as_it_was_agreed(records, life, ana):
    first, second, third = (
        records.rate(f"Yoga/{name}", price=price) for name, price in (("A", 77), ("B", 45), ("D", 60))
    )
    life.sold(ana, first, "2018-10-09")
    life.act("2018-11-02", rate_changes.change_at_next_billing, second)
    after = life.act("2018-12-11", rate_changes.change_at_next_billing, third)
    with records.read(today="2018-12-11") as db:
        assert rate_changes.pending(db, after) == ("Yoga/D", D("2019-01-09")), "never a day that is past"
    life.bill("2019-01-31")
    assert life.charged("amount") == ["77 EUR", "45 EUR", "45 EUR", "60 EUR"]


def test_a_change_comes_into_force_with_the_next_bill_day_and_nothing_is_pro_rata(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-01-31")
    after = life.act("2026-02-10", rate_changes.change_at_next_billing, dear)
    assert (after.rate, after.price.minor) == ("Monthly", 3100)
    assert life.shown("changes_to", "next_billing", today="2026-02-10") == ("Pilates/Dear", "2026-02-28")
    life.bill("2026-03-31")
    assert life.charged() == [
        ("2026-01-31..2026-02-27", "3100 EUR"),
        ("2026-02-28..2026-03-30", "6200 EUR"),
        ("2026-03-31..2026-04-29", "6200 EUR"),
    ]
    assert life.shown("plan", "rate", "changes_to", today="2026-03-31") == ("Pilates", "Dear", None)
    with records.read() as db:
        assert [label.exact for label in labels.of_client(db, ana.id)] == ["plan:Pilates", "plan:Yoga"]


def test_another_interval_is_counted_from_that_day(life, ana, monthly, weekly):
    life.sold(ana, monthly, "2026-01-31")
    life.act("2026-02-10", rate_changes.change_at_next_billing, weekly)
    life.bill("2026-03-12")
    assert [period[:10] for period in life.charged("period")] == ["2026-01-31", "2026-02-28", "2026-03-07"]
    assert life.shown("next_billing", today="2026-03-12") == "2026-03-14"


def test_a_bill_day_that_is_due_already_is_at_the_old_rate(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-01-31")
    life.act("2026-02-28", rate_changes.change_at_next_billing, dear)
    life.bill("2026-03-31")
    assert life.charged("amount") == ["3100 EUR", "3100 EUR", "6200 EUR"]


def test_the_price_is_that_of_the_day_it_was_agreed(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-01-31")
    life.act("2026-02-10", rate_changes.change_at_next_billing, dear)
    with records.change("rate edit") as db:
        rates.edit(db, dear, dear._replace(price=dear.price._replace(minor=9900)))
    life.bill("2026-02-28")
    assert life.charged("amount") == ["3100 EUR", "6200 EUR"]


def test_another_change_replaces_a_coming_one_and_the_present_rate_takes_it_back(life, ana, monthly, dear, weekly):
    life.sold(ana, monthly, "2026-01-31")
    life.act("2026-02-10", rate_changes.change_at_next_billing, dear)
    life.act("2026-02-10", rate_changes.change_at_next_billing, weekly)
    assert life.shown("changes_to", today="2026-02-10") == "Yoga/Weekly"
    life.act("2026-02-10", rate_changes.change_at_next_billing, monthly)
    assert life.shown("changes_to", today="2026-02-10") is None
    with pytest.raises(RefusedError, match="M-1 is at Yoga/Monthly already"):
        life.act("2026-02-10", rate_changes.change_at_next_billing, monthly)


def test_how_it_is_collected_stays_and_the_pause_rule_is_that_of_the_new_plan(records, life, ana, monthly, dear):
    life.plan("Pilates", collection="card", pause_rule="keep")
    life.sold(ana, monthly, "2026-01-31", collection="direct-debit")
    life.act("2026-02-02", pauses.suspend, resumes_on=D("2026-02-05"))  # bills 03-03
    life.act("2026-02-10", rate_changes.change_at_next_billing, life.rate("Pilates/Dear"))
    life.bill("2026-04-03")
    with records.read(today="2026-04-03") as db:
        found = memberships.find(db, "M-1")
    assert (found.collection, found.pause_rule) == ("direct-debit", "keep")
    assert [period[:10] for period in life.charged("period")] == ["2026-01-31", "2026-03-03", "2026-04-03"]


def test_a_pause_still_to_come_moves_the_bill_days_of_the_new_interval(life, ana, monthly, weekly):
    life.sold(ana, monthly, "2026-01-31")
    life.act("2026-02-10", rate_changes.change_at_next_billing, weekly)
    life.act("2026-02-10", pauses.suspend, starts_on=D("2026-03-10"), resumes_on=D("2026-03-13"))
    life.bill("2026-03-24")
    assert life.charged("period")[1:] == [
        "2026-02-28..2026-03-06",
        "2026-03-07..2026-03-16",
        "2026-03-17..2026-03-23",
        "2026-03-24..2026-03-30",
    ]


@pytest.mark.parametrize("now", [False, True])
@pytest.mark.parametrize(
    ("today", "start", "until", "every", "message"),
    [
        ("2026-03-01", "2026-04-01", None, "1m", r"M-1 starts only on 2026-04-01: `.* edit M-1 --rate Pilates/Dear`"),
        ("2026-03-01", "2026-01-01", "2026-02-28", "1m", r"M-1 is expired already"),
        ("2026-03-01", "2026-01-01", None, None, r"M-1 is paid once"),
    ],
)
def test_only_what_is_live_and_billed_changes(records, life, ana, dear, today, start, until, every, message, now):
    life.sold(ana, records.rate("Yoga/Sold", every=every), start, until=until)
    with pytest.raises(RefusedError, match=message):
        life.act(today, rate_changes.change_now if now else rate_changes.change_at_next_billing, dear)


def test_neither_to_another_currency_nor_to_what_is_paid_once_nor_to_what_is_gone(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    once = records.rate("Yoga/Once", every=None)
    with records.change() as db:
        francs = rates.add(db, monthly.plan, "Francs", monthly.price._replace(currency="CHF"), Interval(1, "month"))
        archiving.archive(db, "rates", dear.id, None)
    for rate, error, message in (
        (once, RefusedError, r"Yoga/Once is paid once: cancel M-1, and `clientctl membership add"),
        (francs, UsageError, r"paid in EUR, Yoga/Francs in CHF: cancel it"),
        (life.rate("Pilates/Dear"), RefusedError, r"rate Pilates/Dear is archived"),
    ):
        with pytest.raises(error, match=message):
            life.act("2026-03-01", rate_changes.change_at_next_billing, rate)
    life.act("2026-03-01", endings.cancel, D("2026-03-20"))
    with pytest.raises(RefusedError, match=r"last day is 2026-03-20: `.* --unset cancelled`"):
        life.act("2026-03-01", rate_changes.change_at_next_billing, monthly)


def test_one_that_has_not_started_is_not_sent_to_a_rate_that_is_gone(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-04-01")
    with records.change() as db:
        archiving.archive(db, "rates", dear.id, None)
    with pytest.raises(RefusedError, match=r"rate Pilates/Dear is archived"):
        life.act("2026-03-01", rate_changes.change_at_next_billing, life.rate("Pilates/Dear"))


def test_without_a_further_bill_day_there_is_nothing_to_change(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01", until="2026-03-31")
    with pytest.raises(RefusedError, match=r"not billed again before its end 2026-03-31: `.* change M-1 .* --now`"):
        life.act("2026-03-10", rate_changes.change_at_next_billing, dear)


# -- now ------------------------------------------------------------------------------------------


def test_now_waives_what_is_not_paid_and_charges_the_same_days_anew(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    after, said = life.act("2026-03-11", rate_changes.change_now, dear)
    assert said == [
        "C-1: 21.00 EUR waived (31.00 EUR x 21/31 days = 21.00 EUR)",
        "C-2: Pilates/Dear, pro rata, 62.00 EUR x 21/31 days = 42.00 EUR, due 2026-03-11",
    ]
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-10", "1000 EUR"),
        ("2026-03-11..2026-03-31", "4200 EUR"),
    ]
    assert (after.plan, after.next_bill_on, after.anchor_on) == ("Pilates", D("2026-04-01"), D("2026-03-01"))
    life.bill("2026-04-01")
    assert life.charged()[2:] == [("2026-04-01..2026-04-30", "6200 EUR")]


def test_now_what_is_paid_becomes_credit_and_pays_the_new_part(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    life.pay("2026-03-01", "C-1")
    _, said = life.act("2026-03-11", rate_changes.change_now, dear)
    assert said[0].startswith("C-1: 21.00 EUR to credit (")
    assert said[2:] == ["C-2: 21.00 EUR paid by credit"]
    assert life.charged("paid", "credit", "waived", "left") == [
        ("1000 EUR", "0 EUR", "2100 EUR", "0 EUR"),
        ("0 EUR", "2100 EUR", "0 EUR", "2100 EUR"),
    ]


def test_now_to_a_cheaper_rate_leaves_credit_that_can_be_paid_out(records, life, ana, monthly, dear):
    life.sold(ana, dear, "2026-03-01")
    life.pay("2026-03-01", "C-1")
    life.act("2026-03-11", rate_changes.change_now, monthly)
    assert records.listed(Query(owed.SOURCE), "amount", "left", "refundable", "payment") == [
        ("4200 EUR", "2100 EUR", 1, "P-1")
    ]
    life.act("2026-03-21", rate_changes.change_now, dear)  # and back: the credit that paid is credit again, and pays
    assert records.listed(Query(owed.SOURCE), "amount", "left") == [("4200 EUR", "2100 EUR")]
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-10", "0 EUR"),
        ("2026-03-11..2026-03-20", "0 EUR"),
        ("2026-03-21..2026-03-31", "1100 EUR"),
    ]


def test_now_half_paid_is_waived_first(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    life.pay("2026-03-01", "C-1", amount=2000)
    _, said = life.act("2026-03-11", rate_changes.change_now, dear)
    assert said[0].startswith("C-1: 11.00 EUR waived, 10.00 EUR to credit (31.00 EUR x 21/31")


def test_now_on_a_bill_day_takes_the_whole_charge_back(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    life.act("2026-03-01", rate_changes.change_now, dear)
    assert life.charged("period", "amount", "left") == [
        (None, "3100 EUR", "0 EUR"),
        ("2026-03-01..2026-03-31", "6200 EUR", "6200 EUR"),
    ]


def test_now_twice_on_one_day_is_as_if_once(life, ana, monthly, dear, weekly):
    life.sold(ana, monthly, "2026-03-01")
    for rate in (dear, weekly, monthly, dear):
        life.act("2026-03-11", rate_changes.change_now, rate)
    assert sum(int(left.split()[0]) for left in life.charged("left")) == 1000 + 6200
    days = [period for period in life.charged("period") if period]
    assert days == ["2026-03-01..2026-03-10", "2026-03-11..2026-04-10"]


def test_now_to_another_interval_begins_a_period_today(life, ana, monthly, weekly):
    life.sold(ana, monthly, "2026-03-01")
    after, _ = life.act("2026-03-11", rate_changes.change_now, weekly)
    assert (after.anchor_on, after.next_bill_on) == (D("2026-03-11"), D("2026-03-18"))
    life.bill("2026-03-18")
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-10", "1000 EUR"),
        ("2026-03-11..2026-03-17", "1000 EUR"),
        ("2026-03-18..2026-03-24", "1000 EUR"),
    ]


def test_now_what_was_billed_ahead_is_billed_anew_when_it_comes(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    life.bill("2026-05-01", today="2026-03-01")
    after, _ = life.act("2026-03-11", rate_changes.change_now, dear)
    assert after.next_bill_on == D("2026-04-01")
    life.bill("2026-05-01")
    assert [row for row in life.charged() if row[0]] == [
        ("2026-03-01..2026-03-10", "3100 EUR"),
        ("2026-03-11..2026-03-31", "4200 EUR"),
        ("2026-04-01..2026-04-30", "6200 EUR"),
        ("2026-05-01..2026-05-31", "6200 EUR"),
    ]


def test_now_a_coming_change_and_the_end_are_minded(life, ana, monthly, dear, weekly):
    life.sold(ana, monthly, "2026-03-01", until="2026-03-20")
    assert life.charged("amount") == ["2000 EUR"]
    life.act("2026-03-11", rate_changes.change_now, dear)
    assert life.charged("period", "left") == [
        ("2026-03-01..2026-03-10", "1000 EUR"),
        ("2026-03-11..2026-03-20", "2000 EUR"),
    ]


@pytest.mark.parametrize(
    ("terms", "day", "message"),
    [
        ({"trial": 14}, "2026-03-05", r"in its trial until 2026-03-14: `.* change M-1 --rate Pilates/Dear`"),
        ({"settled": True, "start": "2026-02-15", "today": "2026-03-01"}, "2026-03-05", r"was settled elsewhere"),
    ],
)
def test_now_needs_a_period_of_ours(life, ana, monthly, dear, terms, day, message):
    rate = monthly._replace(trial_days=terms.pop("trial", None))
    life.sold(ana, rate, terms.pop("start", "2026-03-01"), **terms)
    with pytest.raises(RefusedError, match=message):
        life.act(day, rate_changes.change_now, dear)


def test_now_is_not_for_what_is_paused_or_extended_free_of_charge(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01", until="2026-03-31")
    life.act("2026-03-05", pauses.suspend)
    with pytest.raises(RefusedError, match=r"M-1 is paused: `.* resume M-1` first"):
        life.act("2026-03-05", rate_changes.change_now, dear)
    life.act("2026-03-05", pauses.resume)
    life.act("2026-03-05", endings.extend, by=Interval(1, "month"))
    with pytest.raises(RefusedError, match=r"not billed after 2026-03-31: `.* renew M-1 --rate Pilates/Dear`"):
        life.act("2026-04-05", rate_changes.change_now, dear)


def test_the_timeline_explains_every_amount(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    life.pay("2026-03-01", "C-1")
    life.act("2026-03-11", rate_changes.change_now, dear)
    life.act("2026-03-12", rate_changes.change_at_next_billing, monthly)
    life.bill("2026-04-01")
    life.act("2026-04-02", endings.cancel, "now", refund=True)
    with records.read(today="2026-04-02") as db:
        shown = timeline.build(db, memberships.find(db, "M-1"), 0).rows
    assert [(row[0], *row[2:4], row[7]) for row in shown] == [
        ("2026-03-01", "starts", None, None),
        ("2026-03-01", "recurring", "3100 EUR", None),
        ("2026-03-01", "to credit", "-2100 EUR", "changed, not used"),
        ("2026-03-11", "changed to Pilates/Dear", "6200 EUR", None),
        ("2026-03-11", "prorata", "4200 EUR", "62.00 EUR x 21/31 days = 42.00 EUR"),
        ("2026-04-01", "changed to Yoga/Monthly", "3100 EUR", None),
        ("2026-04-01", "recurring", "3100 EUR", None),
        ("2026-04-01", "ends, cancelled", None, None),
    ]


@pytest.mark.parametrize(("every", "other", "day"), [("1y", "12m", "2028-02-29"), ("12m", "1y", "2028-02-29")])
def test_bill_days_go_on_where_the_interval_is_as_long(records, life, ana, every, other, day):
    """From 29 February a year is twelve months: the day is not lost when the rate is another."""
    life.sold(ana, records.rate(every=every), "2024-02-29")
    life.act("2024-03-01", rate_changes.change_at_next_billing, records.rate("Yoga/Other", every=other))
    life.bill("2028-02-28")
    assert life.shown("next_billing", "every") == (day, other)


def test_a_change_today_keeps_the_next_bill_day_where_the_interval_is_as_long(records, life, ana):
    life.sold(ana, records.rate(every="2w", price=1400), "2026-03-01")
    life.act("2026-03-08", rate_changes.change_now, records.rate("Yoga/Days", every="14d", price=2800))
    assert life.charged()[1:] == [("2026-03-08..2026-03-14", "1400 EUR")]
    assert life.shown("next_billing", today="2026-03-08") == "2026-03-15"
