"""Name, find and show memberships."""

from datetime import date

import pytest

from clientctl.base.money import Money
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import charges
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, UsageError

D = date.fromisoformat


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller")


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


@pytest.mark.parametrize("number", ["", "M-", "X-1", "-1", "1.0", "M-M-1", "٣"])
def test_what_is_no_number_is_said_to_be_none(records, number):
    with records.read() as db, pytest.raises(UsageError, match=r"use one like M-42 or 42"):
        memberships.find(db, number)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda db: memberships.SOURCE.where(status=["gone"]), "no status 'gone': there are active, paused"),
        (lambda db: memberships.SOURCE.where(when=["soon"]), "no such time 'soon': there are past, current, upcoming"),
        (lambda db: membership_queues.where_queue(db, "late", 7), "no queue 'late': there are needs-mandate"),
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


# -- what is owed -------------------------------------------------------------------------------


def test_two_currencies_are_never_added(records, ana):
    sold = records.membership(ana, records.rate(), "2026-01-01")
    with records.change("charge add") as db:
        for minor, currency in ((2000, "EUR"), (700, "USD"), (1000, "EUR")):
            charges.add(db, ana, Money(minor, currency), "Fee", D("2026-03-01"), sold.id)
    assert records.listed(Query(memberships.SOURCE), "owed") == ["3000 EUR"]
