"""Correct how a membership was entered: the days worked out anew, what becomes of its charges, what is refused."""

from datetime import date

import pytest
from living import Life

from clientctl.base.calendar import Interval
from clientctl.domain.clients import labels
from clientctl.domain.memberships import corrections as membership_corrections
from clientctl.domain.memberships import endings, pauses, payment_methods, rate_changes, renewal
from clientctl.domain.memberships.as_entered import Correction
from clientctl.domain.offers import rates
from clientctl.errors import RefusedError

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


def test_another_start_moves_everything_that_is_not_paid(life, ana, monthly):
    life.sold(ana, monthly, "2026-03-01", term=Interval(1, "year"))
    after, said = life.act("2026-03-01", membership_corrections.edit, Correction(start=D("2026-03-05")))
    assert (after.starts_on, after.anchor_on, after.ends_on) == (D("2026-03-05"), D("2026-03-05"), D("2027-03-04"))
    assert (after.next_bill_on, after.member_since_on) == (D("2026-04-05"), D("2026-03-05"))
    assert said == ["C-1: Yoga/Monthly, 31.00 EUR, due 2026-03-05 (was 2026-03-01)"]
    assert life.charged() == [("2026-03-05..2026-04-04", "3100 EUR")]


def test_an_earlier_start_makes_the_charges_that_were_missing(life, ana, monthly):
    life.sold(ana, monthly, "2026-03-01")
    life.act("2026-03-01", membership_corrections.edit, Correction(start=D("2026-01-01")))
    assert sorted(life.charged("period")) == [
        "2026-01-01..2026-01-31",
        "2026-02-01..2026-02-28",
        "2026-03-01..2026-03-31",
    ]
    assert life.shown("next_billing") == "2026-04-01"


def test_a_paid_period_may_not_go_nor_begin_on_another_day(life, ana, monthly):
    life.sold(ana, monthly, "2026-03-01")
    life.pay("2026-03-01", "C-1", amount=100)
    for start in ("2026-03-05", "2026-02-20"):
        with pytest.raises(
            RefusedError, match=r"C-1 for 2026-03-01..2026-03-31 is part-paid, .* `clientctl charge show C-1`"
        ):
            life.act("2026-03-01", membership_corrections.edit, Correction(start=D(start)))
    life.act("2026-03-01", membership_corrections.edit, Correction(start=D("2026-02-01")))
    assert sorted(life.charged("period", "left")) == [
        ("2026-02-01..2026-02-28", "3100 EUR"),
        ("2026-03-01..2026-03-31", "3000 EUR"),
    ]


def test_another_rate_corrects_what_is_open_and_leaves_what_is_paid(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-02-01")
    life.bill("2026-03-01")
    life.pay("2026-03-01", "C-1")
    _, said = life.act("2026-03-01", membership_corrections.edit, Correction(rate=dear))
    assert said == [
        "C-1: 31.00 EUR is paid and stays as it is",
        "C-2: Pilates/Dear, 62.00 EUR, due 2026-03-01 (was 31.00 EUR)",
    ]
    assert life.shown("plan", "price") == ("Pilates", "6200 EUR")


def test_another_interval_is_counted_from_the_start(life, ana, monthly, weekly):
    life.sold(ana, monthly, "2026-02-15", until="2026-05-14")
    life.act("2026-03-01", membership_corrections.edit, Correction(rate=weekly))
    assert [period[:10] for period in sorted(life.charged("period"))] == [
        "2026-02-15", "2026-02-22", "2026-03-01",
    ]  # fmt: skip
    assert life.shown("ends", "next_billing") == ("2026-05-14", "2026-03-08"), "nothing is charged ahead"


def test_a_rates_own_term_gives_way_to_that_of_the_other(records, life, ana):
    yearly = records.rate("Yoga/Yearly", every="1y", term="1y")
    half = records.rate("Yoga/Half", every="1m", term="6m")
    endless = records.rate("Yoga/Endless")
    life.sold(ana, yearly, "2026-03-01")
    assert life.act("2026-03-01", membership_corrections.edit, Correction(rate=half))[0].ends_on == D("2026-08-31")
    assert life.act("2026-03-01", membership_corrections.edit, Correction(rate=endless))[0].ends_on is None
    assert life.act("2026-03-01", membership_corrections.edit, Correction(rate=endless, until=D("2026-12-31")))[
        0
    ].ends_on == D("2026-12-31")


def test_trial_setup_fee_and_bill_day_are_those_of_the_other_rate(records, life, ana, monthly):
    other = monthly._replace(id=0)
    with records.change() as db:
        other = rates.add(
            db, monthly.plan, "Other", monthly.price, monthly.every,
            setup=monthly.price._replace(minor=500), trial_days=7, bill_day=20,
        )  # fmt: skip
    life.sold(ana, other, "2026-03-01")
    assert life.charged("kind") == ["setup"]
    life.act("2026-03-01", membership_corrections.edit, Correction(start=D("2026-03-03")))
    life.bill("2026-03-20")
    assert life.charged("period", "amount", "kind") == [
        (None, "500 EUR", "setup"),
        ("2026-03-10..2026-03-19", "1107 EUR", "prorata"),
        ("2026-03-20..2026-04-19", "3100 EUR", "recurring"),
    ]
    life.act("2026-03-20", membership_corrections.edit, Correction(rate=monthly))
    assert life.charged("period", "kind") == [("2026-03-03..2026-04-02", "recurring")]
    assert life.shown("next_billing") == "2026-04-03"


def test_an_earlier_end_cuts_what_is_open_short_and_a_later_one_makes_it_whole(life, ana, monthly):
    life.sold(ana, monthly, "2026-01-15")
    life.bill("2026-04-15", today="2026-03-01")
    _, said = life.act("2026-03-01", membership_corrections.edit, Correction(until=D("2026-03-25")))
    assert said == [
        "C-3: Yoga/Monthly, pro rata, 31.00 EUR x 11/31 days = 11.00 EUR, due 2026-03-15 (was 31.00 EUR)",
        "C-4: Yoga/Monthly, 31.00 EUR, due 2026-04-15, is removed",
    ]
    after, _ = life.act("2026-03-01", membership_corrections.edit, Correction(endless=True))
    assert (after.ends_on, after.next_bill_on) == (None, D("2026-04-15"))
    life.bill("2026-04-15")
    assert life.charged()[2:] == [("2026-03-15..2026-04-14", "3100 EUR"), ("2026-04-15..2026-05-14", "3100 EUR")]


def test_a_later_end_charges_the_rest_of_what_is_paid_beside_it(life, ana, monthly):
    life.sold(ana, monthly, "2026-03-01", until="2026-03-10")
    life.pay("2026-03-01", "C-1")
    life.act("2026-03-01", membership_corrections.edit, Correction(until=D("2026-04-30")))
    assert life.charged() == [("2026-03-01..2026-03-10", "1000 EUR"), ("2026-03-11..2026-03-31", "2100 EUR")]
    assert life.shown("next_billing", "ends") == ("2026-04-01", "2026-04-30")


def test_an_earlier_end_leaves_no_paid_period_out(life, ana, monthly):
    life.sold(ana, monthly, "2026-01-15")
    life.bill("2026-03-15", today="2026-03-01")
    life.pay("2026-03-01", "C-3")
    with pytest.raises(RefusedError, match=r"C-3 for 2026-03-15..2026-04-14 is paid"):
        life.act("2026-03-01", membership_corrections.edit, Correction(until=D("2026-03-10")))
    _, said = life.act("2026-03-01", membership_corrections.edit, Correction(until=D("2026-03-20")))
    assert said == ["C-3: 31.00 EUR is paid and stays as it is"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (Correction(until=D("2026-01-31")), r"end 2026-01-31 is before the start 2026-02-01"),
        (
            Correction(until=D("2026-05-09")),
            r"cancelled, its last day is 2026-05-10: .* M-1 --unset cancelled --until 2026-05-09`",
        ),
        (Correction(until=D("2026-04-09")), r"cancelled|paused from 2026-04-10 on"),
        (Correction(start=D("2026-04-11")), r"is paused from 2026-04-10 on: give a start up to that day"),
        (
            Correction(member_since=D("2026-02-02")),
            r"M-1 starts on 2026-02-01: its client is a member since that day or before",
        ),
    ],
)
def test_days_at_odds_with_others_are_refused(life, ana, monthly, wanted, message):
    life.sold(ana, monthly, "2026-02-01", until="2026-12-31")
    life.act("2026-03-01", pauses.suspend, starts_on=D("2026-04-10"), resumes_on=D("2026-04-20"))
    life.act("2026-03-01", endings.cancel, D("2026-05-10"))
    with pytest.raises(RefusedError, match=message):
        life.act("2026-03-01", membership_corrections.edit, wanted)


def test_pauses_move_the_bill_days_of_what_is_corrected(life, ana, monthly):
    life.sold(ana, monthly, "2026-01-01", term=Interval(12, "month"))
    life.bill("2026-02-05")
    life.act("2026-02-05", pauses.suspend, resumes_on=D("2026-02-10"))  # bills 03-06, ends 2027-01-05
    after, _ = life.act("2026-02-20", membership_corrections.edit, Correction(start=D("2026-01-15")))
    assert (after.ends_on, after.next_bill_on) == (D("2027-01-19"), D("2026-03-20"))
    assert life.charged("period") == ["2026-01-15..2026-02-19", "2026-02-20..2026-03-19"]


def test_what_is_paid_once_is_corrected_too(records, life, ana, monthly):
    once = records.rate("Yoga/Once", every=None, price=5000)
    life.sold(ana, once, "2026-03-01", until="2026-03-31")
    life.act("2026-03-01", membership_corrections.edit, Correction(until=D("2026-04-30")))
    assert life.charged() == [("2026-03-01..2026-04-30", "5000 EUR")]
    after, _ = life.act("2026-03-01", membership_corrections.edit, Correction(rate=monthly))
    assert (after.next_bill_on, life.charged()) == (D("2026-04-01"), [("2026-03-01..2026-03-31", "3100 EUR")])
    after, _ = life.act("2026-03-01", membership_corrections.edit, Correction(rate=once))
    assert (after.next_bill_on, life.charged()) == (None, [("2026-03-01..2026-04-30", "5000 EUR")])


def test_after_another_rate_the_beginning_stays(life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-02-01")
    life.act("2026-02-10", rate_changes.change_at_next_billing, dear)
    life.bill("2026-03-01")
    with pytest.raises(
        RefusedError, match=r"M-1 was at another rate before, as C-1 shows, so its start and rate can't be corrected"
    ):
        life.act("2026-03-01", membership_corrections.edit, Correction(start=D("2026-02-02")))
    assert life.act("2026-03-01", membership_corrections.edit, Correction(until=D("2026-12-31")))[0].ends_on == D(
        "2026-12-31"
    )


def test_how_it_is_collected_is_corrected_too(records, life, ana, monthly):
    life.sold(ana, monthly, "2026-02-01")
    with records.change() as db:
        payment_methods.add(db, ana, "direct-debit")
    after, _ = life.act("2026-03-01", membership_corrections.edit, Correction(collection="direct-debit"))
    assert (after.collection, after.payment_method_id) == ("direct-debit", 1)
    assert life.act("2026-03-01", membership_corrections.edit, Correction(member_since=D("2020-01-01")))[
        0
    ].member_since_on == D("2020-01-01")
    assert (
        life.act("2026-03-01", membership_corrections.edit, Correction(collection="manual"))[0].payment_method_id
        is None
    )


# -- as if entered so from the start -------------------------------------------------------------


def test_nothing_is_charged_ahead_that_was_not(records, life, ana):
    """Once: next year's 600.00 was charged with the correction of a day."""
    life.sold(ana, records.rate(every="1y", price=60000), "2026-03-05", today="2026-03-06")
    life.act("2026-03-06", membership_corrections.edit, Correction(start=D("2026-03-04")))
    assert life.charged() == [("2026-03-04..2027-03-03", "60000 EUR")]
    assert life.shown("next_billing") == "2027-03-04"


def test_days_that_are_paid_are_not_billed_again(records, life, ana, monthly, weekly):
    life.sold(ana, monthly, "2026-03-01")
    life.pay("2026-03-01", "C-1")
    with pytest.raises(RefusedError, match=r"C-1 for 2026-03-01..2026-03-31 is paid, and that period would be removed"):
        life.act("2026-03-01", membership_corrections.edit, Correction(rate=weekly))


def test_as_many_periods_stay_charged_ahead_as_were(life, ana, monthly):
    life.sold(ana, monthly, "2026-03-05")
    life.bill("2026-05-05", today="2026-03-06")
    life.act("2026-03-06", membership_corrections.edit, Correction(start=D("2026-03-04")))
    assert [period[:10] for period in life.charged("period")] == ["2026-03-04", "2026-04-04", "2026-05-04"]
    assert life.shown("next_billing") == "2026-06-04"


def test_an_end_that_was_given_stays_when_the_start_is_corrected(life, ana, monthly):
    life.sold(ana, monthly, "2025-01-31", until="2025-03-24")
    assert life.act("2025-02-01", membership_corrections.edit, Correction(start=D("2025-02-01")))[0].ends_on == D(
        "2025-03-24"
    )


def test_bill_days_of_what_was_settled_elsewhere_are_those_of_the_other_start(life, ana, monthly):
    life.sold(ana, monthly, "2025-01-31", settled=True, today="2026-03-01")
    after, _ = life.act("2026-03-02", membership_corrections.edit, Correction(start=D("2025-02-15")))
    assert (after.anchor_on, after.next_bill_on, after.billed_from_on) == (D("2025-02-15"), *[D("2026-03-15")] * 2)
    after, _ = life.act("2026-03-02", membership_corrections.edit, Correction(start=D("2025-02-20")))
    assert (after.anchor_on, after.next_bill_on, life.charged()) == (D("2025-02-20"), D("2026-03-20"), [])


def test_a_day_that_was_given_to_be_billed_next_stays(life, ana, monthly):
    life.sold(ana, monthly, "2025-01-31", settled=True, next_bill_on=D("2026-04-11"), today="2026-03-01")
    after, _ = life.act("2026-03-02", membership_corrections.edit, Correction(start=D("2025-02-15")))
    assert (after.anchor_on, after.next_bill_on) == (D("2026-04-11"), D("2026-04-11"))


def test_a_renewal_is_corrected_as_if_it_had_been_renewed_so(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-01-31", term=Interval(1, "month"))
    life.act("2026-02-20", lambda db, old: renewal.renew(db, old, ana))
    after, _ = life.act("2026-02-20", membership_corrections.edit, Correction(rate=dear), number="M-2")
    assert (after.starts_on, after.anchor_on, after.ends_on) == (D("2026-02-28"), D("2026-01-31"), D("2026-03-30"))
    assert life.charged() == [("2026-01-31..2026-02-27", "3100 EUR"), ("2026-02-28..2026-03-30", "6200 EUR")]


@pytest.mark.parametrize(
    "wanted", [Correction(endless=True), Correction(until=D("2026-12-31")), Correction(start=D("2026-02-28"))]
)
def test_a_period_charged_before_a_cancellation_stays_whole(life, ana, monthly, wanted):
    life.sold(ana, monthly, "2026-03-01", until="2026-06-30")
    life.act("2026-03-01", endings.cancel, D("2026-03-05"))
    life.act("2026-03-01", membership_corrections.edit, wanted)
    assert life.charged("amount", "kind") == [("3100 EUR", "recurring")]


def test_a_change_that_was_agreed_outlives_a_correction_of_the_rate(life, ana, monthly, dear, weekly):
    life.sold(ana, monthly, "2026-03-01")
    life.act("2026-03-01", rate_changes.change_at_next_billing, dear)
    life.act("2026-03-01", membership_corrections.edit, Correction(rate=life.rate("Yoga/Monthly")))
    assert life.shown("changes_to") == "Pilates/Dear"
    _, said = life.act("2026-03-01", membership_corrections.edit, Correction(rate=dear))
    assert said[-1] == "The agreed change to Pilates/Dear is deleted"
    assert life.shown("changes_to") is None


@pytest.fixture
def with_fee(records, monthly):
    with records.change() as db:
        fee = monthly.price._replace(minor=500)
        return rates.add(db, monthly.plan, "Fee", monthly.price, monthly.every, setup=fee)


def test_a_setup_fee_comes_and_goes_with_the_rate(life, ana, monthly, with_fee):
    life.sold(ana, monthly, "2026-03-10", today="2026-03-01")
    life.act("2026-03-05", membership_corrections.edit, Correction(rate=with_fee))
    assert life.charged("kind", "due", "amount") == [
        ("recurring", "2026-03-10", "3100 EUR"),
        ("setup", "2026-03-01", "500 EUR"),  # due on the day of the sale
    ]
    life.act("2026-03-05", membership_corrections.edit, Correction(start=D("2026-02-20")))
    assert ("setup", "2026-02-20") in life.charged("kind", "due")
    life.act("2026-03-05", membership_corrections.edit, Correction(start=D("2026-03-10")))
    assert ("setup", "2026-03-01") in life.charged("kind", "due")
    life.act("2026-03-05", membership_corrections.edit, Correction(rate=monthly))
    assert life.charged("kind") == ["recurring"]


def test_another_setup_fee_is_told_as_that_of_the_new_rate(records, life, ana, monthly, with_fee):
    life.sold(ana, with_fee, "2026-03-01")
    with records.change() as db:
        dear = rates.add(db, monthly.plan, "Dear", monthly.price, monthly.every, setup=monthly.price)
    _, said = life.act("2026-03-01", membership_corrections.edit, Correction(rate=dear))
    assert said == ["C-1: Yoga/Dear, setup fee, 31.00 EUR, due 2026-03-01 (was 5.00 EUR)"]


@pytest.mark.parametrize("sold", [{"with_setup": False}, {"settled": True}])
def test_who_was_sold_without_a_fee_gets_none(records, life, ana, monthly, with_fee, sold):
    life.sold(ana, with_fee, "2026-03-01", **sold)
    with records.change() as db:
        other = rates.add(db, monthly.plan, "Other", monthly.price, monthly.every, setup=with_fee.setup)
    life.act("2026-03-01", membership_corrections.edit, Correction(rate=other))
    assert "setup" not in life.charged("kind")


def exact(records, client):
    with records.read() as db:
        return [label.exact for label in labels.of_client(db, client.id)]


def test_the_label_follows_the_plan(records, life, ana, monthly, dear):
    life.sold(ana, monthly, "2026-03-01")
    life.act("2026-03-01", membership_corrections.edit, Correction(rate=dear))
    assert exact(records, ana) == ["plan:Pilates"]


@pytest.mark.parametrize("why", ["another membership", "one that was", "by hand"])
def test_a_label_that_something_else_explains_stays(records, life, ana, monthly, dear, why):
    life.sold(ana, monthly, "2026-03-01")
    if why == "by hand":
        with records.change("label attach") as db:
            (label,) = labels.of_client(db, ana.id)
            labels.detach(db, [ana.id], [label])
        with records.change("label attach") as db:
            labels.attach(db, [ana.id], [label])
    else:
        life.sold(ana, monthly, "2026-02-01")
    if why == "one that was":
        life.act("2026-03-01", rate_changes.change_at_next_billing, dear, number="M-2")
        life.bill("2026-04-01")
    life.act("2026-03-01", membership_corrections.edit, Correction(rate=dear))
    assert exact(records, ana) == ["plan:Pilates", "plan:Yoga"]


def test_how_another_plan_is_collected_and_paused_holds(records, life, ana, monthly, dear):
    life.plan("Pilates", collection="card", pause_rule="keep")
    life.sold(ana, monthly, "2026-03-01", term=Interval(1, "year"))
    life.act("2026-03-02", pauses.suspend, starts_on=D("2026-03-20"), resumes_on=D("2026-04-10"))
    after, _ = life.act("2026-03-02", membership_corrections.edit, Correction(rate=life.rate("Pilates/Dear")))
    assert (after.collection, after.pause_rule, after.ends_on) == ("card", "keep", D("2027-02-28"))
    assert (after.next_bill_on, life.charged()) == (D("2026-05-01"), [("2026-03-01..2026-03-31", "6200 EUR")])


def test_what_is_paid_once_and_for_good_is_not_billed_again_at_another_rate(records, life, ana, weekly):
    once = records.rate("Yoga/Once", every=None, price=5000)
    life.sold(ana, once, "2026-03-01")
    life.pay("2026-03-01", "C-1")
    with pytest.raises(RefusedError, match=r"C-1 for 2026-03-01.. is paid, and that period would be removed"):
        life.act("2026-03-01", membership_corrections.edit, Correction(rate=weekly))


def test_what_is_paid_for_a_while_does_not_pay_for_all_of_what_is_paid_once(records, life, ana, weekly):
    once = records.rate("Yoga/Once", every=None, price=5000)
    life.sold(ana, weekly, "2026-03-01")
    life.pay("2026-03-01", "C-1")
    with pytest.raises(RefusedError, match=r"C-1 for 2026-03-01..2026-03-07 is paid, and that period would be removed"):
        life.act("2026-03-01", membership_corrections.edit, Correction(rate=once))


def test_what_a_pause_dropped_is_due_again_where_the_other_plan_drops_nothing(life, ana, monthly, dear):
    life.plan("Yoga", pause_rule="keep")
    life.sold(ana, life.rate("Yoga/Monthly"), "2026-03-05", today="2026-03-01")
    life.act("2026-03-02", pauses.suspend, resumes_on=D("2026-03-12"))
    assert life.charged("left", "status") == [("0 EUR", "waived")]
    _, said = life.act("2026-03-03", membership_corrections.edit, Correction(rate=dear))
    assert said[0] == "C-1: 31.00 EUR is due again on 2026-03-05"
    assert life.charged("left", "period") == [("6200 EUR", "2026-03-05..2026-04-11")]


@pytest.mark.parametrize(("was", "then", "ends"), [("keep", "extend", "2026-05-31"), ("extend", "keep", "2026-06-14")])
def test_a_pause_before_a_change_counts_by_the_rule_of_the_plan_it_was_on(life, ana, monthly, dear, was, then, ends):
    life.plan("Yoga", pause_rule=was)
    life.plan("Pilates", pause_rule=then)
    life.sold(ana, life.rate("Yoga/Monthly"), "2026-03-01", term=Interval(6, "month"))
    life.act("2026-03-10", pauses.suspend, resumes_on=D("2026-03-24"))
    life.act("2026-03-25", rate_changes.change_at_next_billing, life.rate("Pilates/Dear"))
    life.bill("2026-05-01")
    after, _ = life.act("2026-05-01", membership_corrections.edit, Correction(term=Interval(3, "month")))
    assert (after.pause_rule, after.ends_on, after.term_ends_on) == (then, D(ends), D(ends))


@pytest.mark.parametrize("wanted", ["rate", "start"])
def test_a_period_that_stays_whole_may_not_reach_into_a_successor(records, life, ana, monthly, wanted):
    yearly = records.rate("Yoga/Yearly", every="1y", price=60000)
    life.sold(ana, monthly, "2026-03-01")
    life.bill("2026-04-01")
    life.act("2026-04-05", endings.cancel, D("2026-04-10"))
    life.act("2026-04-05", renewal.renew, ana)
    with pytest.raises(RefusedError, match=r"^C-3 is for 2026-05-01..2026-05-31, which would be billed twice"):
        life.act(
            "2026-04-05",
            membership_corrections.edit,
            Correction(rate=yearly) if wanted == "rate" else Correction(start=D("2026-03-03")),
        )


def test_a_start_after_what_was_sold_is_refused_however_long_it_was_extended(life, ana, monthly):
    life.sold(ana, monthly, "2026-03-01", until="2026-03-10")
    life.act("2026-03-01", endings.extend, by=Interval(1, "year"))
    with pytest.raises(RefusedError, match="the end 2026-03-10 is before the start 2026-03-12"):
        life.act("2026-03-01", membership_corrections.edit, Correction(start=D("2026-03-12")))


def test_a_charged_extension_of_a_renewal_is_kept(life, ana, monthly):
    life.sold(ana, monthly, "2026-01-31", term=Interval(1, "month"))
    life.act("2026-02-01", renewal.renew, ana)
    life.act("2026-02-28", endings.extend, number="M-2", by=Interval(1, "month"), charge=True)
    after, _ = life.act("2026-02-28", membership_corrections.edit, Correction(start=D("2026-03-02")), number="M-2")
    assert (after.ends_on, after.term_ends_on) == (D("2026-05-01"), D("2026-05-01"))


@pytest.mark.parametrize("by", [None, Interval(1, "month")])
def test_a_renewal_is_as_much_longer_as_it_was_though_what_it_follows_ends_earlier_now(life, ana, monthly, by):
    life.sold(ana, monthly, "2026-01-31", term=Interval(1, "month"))
    life.act("2026-02-01", renewal.renew, ana)
    life.act("2026-02-20", membership_corrections.edit, Correction(until=D("2026-02-25")))
    if by:
        life.act("2026-02-28", endings.extend, number="M-2", by=by, charge=True)
    after, _ = life.act("2026-02-28", membership_corrections.edit, Correction(start=D("2026-03-02")), number="M-2")
    assert after.ends_on == D("2026-05-01" if by else "2026-04-01")
