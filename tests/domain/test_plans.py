"""Keep plans and rates: found by their folded names, sold until they are archived."""

import pytest

from clientctl.base.money import Money
from clientctl.domain import archive, plans, rates
from clientctl.errors import NotFoundError, RefusedError, UsageError


def test_plans_and_rates_go_by_folded_names_that_are_unique(records):
    records.rate("Yoga Été/Carte d'or")
    with records.change() as db:
        found = rates.find(db, "YOGA ete/carte d’OR")
        assert found.full_name == "Yoga Été/Carte d'or"
        with pytest.raises(RefusedError, match="there is a plan 'yoga ete' already: choose another name"):
            plans.add(db, "yoga ete")
        with pytest.raises(RefusedError, match="Yoga Été has a rate 'CARTE D OR' already"):
            rates.add(db, found.plan, "CARTE D OR", Money(1, "EUR"), None)
        pilates = plans.add(db, "Pilates")
        with pytest.raises(RefusedError, match="already"):
            plans.rename(db, pilates, "yoga été")
        pilates = plans.rename(db, pilates, "PILATES")
        assert rates.add(db, pilates, "Carte d'or", Money(1, "EUR"), None).full_name == "PILATES/Carte d'or"


@pytest.mark.parametrize("name", ["", "  ", "—", "\u200b", "a/b"])
def test_a_plan_needs_a_name_that_can_be_typed(records, name):
    with records.change() as db, pytest.raises(UsageError, match="is no name for a plan"):
        plans.add(db, name)


def test_the_only_rate_on_sale_needs_no_name(records):
    monthly, yearly = records.rate("Yoga/Monthly"), records.rate("Yoga/Yearly")
    with records.change() as db:
        assert rates.chosen(db, "Yoga/Yearly", None) == yearly
        assert rates.chosen(db, "Yoga", "Yearly") == yearly
        with pytest.raises(UsageError, match=r"at which rate of Yoga\? give --rate: there is Monthly, Yearly"):
            rates.chosen(db, "Yoga", None)
        archive.archive(db, "rates", yearly.id, None)
        assert rates.chosen(db, "Yoga", None) == monthly
        with pytest.raises(NotFoundError, match="no rate 'Daily' in Yoga: there is Monthly, Yearly"):
            rates.chosen(db, "Yoga", "Daily")
        with pytest.raises(NotFoundError, match="no plan 'Pilates'"):
            rates.chosen(db, "Pilates", None)
