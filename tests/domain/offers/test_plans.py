"""Keep plans and rates: found by their folded names, sold until they are archived."""

import pytest

from clientctl.base.calendar import Interval, parse_interval
from clientctl.base.money import Money
from clientctl.domain.memberships import record as memberships
from clientctl.domain.offers import plans, rates
from clientctl.domain.shared import archiving
from clientctl.errors import NotFoundError, RefusedError, UsageError


def test_plans_and_rates_go_by_folded_names_that_are_unique(records):
    records.rate("Yoga Été/Carte d'or")
    with records.change() as db:
        found = rates.find(db, "YOGA ete/carte d’OR")
        assert found.full_name == "Yoga Été/Carte d'or"
        with pytest.raises(RefusedError, match="the plan 'yoga ete' already exists: choose another name"):
            plans.add(db, "yoga ete")
        with pytest.raises(RefusedError, match="Yoga Été has a rate 'CARTE D OR' already"):
            rates.add(db, found.plan, "CARTE D OR", Money(1, "EUR"), None)
        pilates = plans.add(db, "Pilates")
        with pytest.raises(RefusedError, match="already"):
            plans.edit(db, pilates, pilates._replace(name="yoga été"))
        pilates = plans.edit(db, pilates, pilates._replace(name="PILATES"))
        assert rates.add(db, pilates, "Carte d'or", Money(1, "EUR"), None).full_name == "PILATES/Carte d'or"


@pytest.mark.parametrize("name", ["", "  ", "—", "\u200b", "a/b"])
def test_a_plan_needs_a_name_that_can_be_typed(records, name):
    with records.change() as db, pytest.raises(UsageError, match="is not a name for a plan"):
        plans.add(db, name)


def test_the_only_rate_on_sale_needs_no_name(records):
    monthly, yearly = records.rate("Yoga/Monthly"), records.rate("Yoga/Yearly")
    with records.change() as db:
        assert rates.choose(db, "Yoga/Yearly", None) == yearly
        assert rates.choose(db, "Yoga", "Yearly") == yearly
        with pytest.raises(UsageError, match=r"which rate of Yoga\? give --rate; rates: Monthly, Yearly"):
            rates.choose(db, "Yoga", None)
        archiving.archive(db, "rates", yearly.id, None)
        assert rates.choose(db, "Yoga", None) == monthly
        with pytest.raises(NotFoundError, match="no rate 'Daily' in Yoga; rates: Monthly, Yearly"):
            rates.choose(db, "Yoga", "Daily")
        with pytest.raises(NotFoundError, match="no plan 'Pilates'"):
            rates.choose(db, "Pilates", None)


EURO = Money(6000, "EUR")
MONTHLY, YEARLY, WEEKLY = Interval(1, "month"), Interval(1, "year"), Interval(1, "week")
TERMS = {"min_term": Interval(6, "month"), "notice": MONTHLY, "grace": Interval(14, "day")}


def test_a_plan_keeps_its_terms_until_they_are_changed(records):
    with records.change("plan add") as db:
        made = plans.add(db, "Yoga", collection="direct-debit", pause_rule="keep", **TERMS)
        assert plans.find(db, "yoga") == made
        assert made[2:] == ("membership", None, "direct-debit", "keep", *TERMS.values())
    with records.change("plan edit") as db:
        after = plans.edit(db, made, made._replace(notice=None, collection="card", name="Hatha"))
        assert plans.find(db, "hatha") == after
        assert (after.notice, after.collection, after.grace) == (None, "card", TERMS["grace"])


def test_what_was_sold_keeps_the_plans_terms(records):
    with records.change("plan add") as db:
        plan = plans.add(db, "Yoga", **TERMS)
    sold = records.membership(records.client("Ana"), records.rate(), "2026-03-01")
    with records.change("plan edit") as db:
        plans.edit(db, plan, plan._replace(notice=None, min_term=None, grace=None, pause_rule="keep"))
    with records.read() as db:
        kept = memberships.find(db, sold.number)
    assert (kept.min_term, kept.notice, kept.grace) == tuple(TERMS.values())
    assert kept.pause_rule == "extend"


def test_the_kind_of_a_plan_is_that_of_its_rates(records):
    with records.change() as db:
        plan = plans.add(db, "Ten")
        plan = plans.edit(db, plan, plan._replace(kind="package"))
        rates.add(db, plan, "Full", EURO, None, sessions=10)
        with pytest.raises(RefusedError, match="Ten has rates of a package, so its kind can't change"):
            plans.edit(db, plan, plan._replace(kind="membership"))


@pytest.mark.parametrize(
    ("term", "option"),
    [
        ({"collection": "card"}, "--collection"),
        ({"pause_rule": "keep"}, "--pause"),
        *(
            ({name: MONTHLY}, option)
            for name, option in zip(TERMS, ("--minimum-term", "--notice", "--grace"), strict=True)
        ),
    ],
)
def test_a_package_takes_no_terms_of_memberships(records, term, option):
    with records.change() as db, pytest.raises(UsageError, match=f"{option} can't be used for a package"):
        plans.add(db, "Ten", kind="package", **term)


def test_a_rate_keeps_its_terms_until_they_are_changed(records):
    with records.change() as db:
        yoga, ten = plans.add(db, "Yoga"), plans.add(db, "Ten", kind="package")
        monthly = rates.add(
            db, yoga, "Monthly", EURO, MONTHLY, YEARLY, setup=Money(3000, "EUR"), trial_days=14, bill_day=28
        )
        full = rates.add(db, ten, "Full", EURO, None, parse_interval("6m"), sessions=10, clock="first-use")
        half = rates.add(db, ten, "Half", EURO, None, sessions=5)
        assert half.clock == "purchase"
        for rate in (monthly, full, half):
            assert rates.find(db, rate.full_name) == rate
        after = rates.edit(db, monthly, monthly._replace(setup=None, trial_days=None, bill_day=None, term=None))
        assert rates.find(db, "Yoga/Monthly") == after
        assert after[5:] == (None,) * 7


def test_a_setup_fee_of_nothing_is_none(records):
    with records.change() as db:
        plan = plans.add(db, "Yoga")
        assert rates.add(db, plan, "Monthly", EURO, MONTHLY, setup=Money(0, "EUR")).setup is None


@pytest.mark.parametrize(
    ("plan", "every", "terms", "says"),
    [
        ("Yoga", MONTHLY, {"setup": Money(3000, "CHF")}, "fee in CHF and a price in EUR"),
        ("Yoga", None, {"trial_days": 14}, "--trial is for a recurring rate"),
        ("Yoga", MONTHLY, {"bill_day": 29}, "--bill-day 29: give a day from 1 to 28"),
        ("Yoga", MONTHLY, {"bill_day": 0}, "--bill-day 0: give a day from 1 to 28"),
        ("Yoga", WEEKLY, {"bill_day": 1}, "paid by months or years"),
        ("Yoga", None, {"bill_day": 1}, "paid by months or years"),
        ("Yoga", MONTHLY, {"sessions": 10}, "--sessions and --clock are for packages"),
        ("Yoga", None, {"clock": "first-use"}, "--sessions and --clock are for packages"),
        ("Ten", None, {}, "give its number of sessions, at least 1"),
        ("Ten", None, {"sessions": 0}, "give its number of sessions, at least 1"),
        ("Ten", MONTHLY, {"sessions": 10}, "Ten is a package, paid once"),
    ],
)
def test_terms_of_a_rate_that_are_at_odds_are_refused(records, plan, every, terms, says):
    with records.change() as db:
        plans.add(db, "Yoga")
        plans.add(db, "Ten", kind="package")
        found = plans.find(db, plan)
        with pytest.raises(UsageError, match=says):
            rates.add(db, found, "New", EURO, every, **terms)
        kept = rates.add(db, found, "New", EURO, None, sessions=1 if plan == "Ten" else None)
        with pytest.raises(UsageError, match=says):
            rates.edit(db, kept, kept._replace(every=every, **({"sessions": None} if plan == "Ten" else {}) | terms))
