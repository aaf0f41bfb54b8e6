"""Keep charges: what one is made of, how far it is settled, how its amount is explained."""

from datetime import date

import pytest

from clientctl.base import calendar
from clientctl.base.money import Money
from clientctl.domain.money import charges, payments
from clientctl.domain.practice import payment_types
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError

TODAY = date(2026, 3, 1)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Díaz")


def fee(records, client, minor=2000, due="2026-03-01", currency="EUR", text="Lost key"):
    with records.change("charge add") as db:
        return charges.add(db, client, Money(minor, currency), text, date.fromisoformat(due))


def pay(records, client, minor, currency="EUR", kind="cash"):
    with records.change("payment record") as db:
        owed = charges.open_of(db, client_id=client.id)
        given = Money(minor, currency)
        return payments.record(db, client.id, given, payment_types.find(db, kind), TODAY, charges=owed)


def found(records, *where):
    return records.listed(Query(charges.SOURCE, where), "number")


# -- making -------------------------------------------------------------------------------------


def test_a_fee_is_what_was_said(records, ana):
    made = fee(records, ana, text="  Lost \n key ")
    assert (made.number, made.what, made.kind, made.status) == ("C-1", "Lost key", "fee", "open")
    assert (made.amount, made.left, made.due_on) == (Money(2000, "EUR"), Money(2000, "EUR"), TODAY)


@pytest.mark.parametrize(
    ("minor", "text", "error", "message"),
    [
        (0, "x", UsageError, "the amount of a charge can't be 0: give a larger --amount"),
        (100, " \n", UsageError, "what is the fee for"),
        (100, "card 4111 1111 1111 1111", RefusedError, "card"),
    ],
)
def test_a_fee_that_makes_no_sense_is_refused(records, ana, minor, text, error, message):
    with pytest.raises(error, match=message):
        fee(records, ana, minor=minor, text=text)
    assert found(records) == []


def test_many_are_made_as_one_is(records, ana):
    made = {"client_id": ana.id, "kind": "recurring", "amount": Money(3290, "EUR"), "due_on": date(2025, 7, 15)}
    more = {"starts_on": date(2025, 7, 15), "ends_on": date(2025, 7, 31), "whole": Money(6000, "EUR")}
    with records.change("billing run") as db:
        charges.make_many(db, [charges.row(db, **made, **more, used=17, of=31) for _ in range(3)])
        one = charges.make(db, **made, **more, used=17, of=31)
        assert {charges.get(db, key)._replace(id=0) for key in (1, 2, 3, one)} == {charges.get(db, one)._replace(id=0)}


@pytest.mark.parametrize(
    ("price", "used", "of", "working"),
    [
        (Money(6000, "EUR"), 17, 31, "60.00 EUR x 17/31 days = 32.90 EUR"),
        (Money(4990, "EUR"), 10, 28, "49.90 EUR x 10/28 days = 17.82 EUR"),
        (Money(6000, "EUR"), 12, 31, "60.00 EUR x 12/31 days = 23.23 EUR"),
        (Money(500, "JPY"), 1, 2, "500 JPY x 1/2 days = 250 JPY"),
        (Money(6000, "EUR"), None, None, None),
    ],
)
def test_the_working_of_a_part_of_a_price(price, used, of, working):
    assert charges.working(price, used, of) == working


def test_the_card_of_a_charge_explains_its_amount_and_says_what_paid_it(records, ana):
    with records.change("billing run") as db:
        whole = Money(6000, "EUR")
        made = {"client_id": ana.id, "kind": "prorata", "amount": Money(3290, "EUR"), "due_on": TODAY}
        charges.make(db, **made, whole=whole, used=17, of=31)
    pay(records, ana, 1000)
    with records.read() as db:
        card = payments.charge_card(db, "C-1")
    values = dict(zip((column.key for column in card.columns), card.values, strict=True))
    assert (values["working"], values["left"], values["status"]) == (
        "60.00 EUR x 17/31 days = 32.90 EUR",
        "2290 EUR",
        "part-paid",
    )
    assert list(card.sections["payments"][1].rows) == [("P-1", "2026-03-01", "received, Cash", "1000 EUR")]


# -- settling -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settled", "status"),
    [
        ({}, "open"),
        ({"paid_minor": 1}, "part-paid"),
        ({"waived_minor": 1}, "part-paid"),
        ({"paid_minor": 2000}, "paid"),
        ({"credit_minor": 2000}, "paid"),
        ({"waived_minor": 2000}, "waived"),
        ({"waived_minor": 1999, "paid_minor": 1}, "paid"),
        ({"refunded_minor": 1, "paid_minor": 1999}, "refunded"),
        ({"refunded_minor": 1}, "part-paid"),
    ],
)
def test_how_far_a_charge_is_settled(records, ana, settled, status):
    made = fee(records, ana)
    with records.change() as db:
        db.update("charges", made.id, **settled)
        assert charges.get(db, made.id).status == status
        assert charges.get(db, made.id).left.minor == 2000 - sum(settled.values())
    with records.read() as db:
        assert charges.SOURCE.where(status=[status])
    assert found(records, *charges.SOURCE.where(status=[status])) == ["C-1"]
    assert found(records, *charges.SOURCE.where(status=[each for each in charges.STATES if each != status])) == []


def test_the_oldest_due_is_paid_first(records, ana):
    late, soon, early = (fee(records, ana, 1000, due) for due in ("2026-03-20", "2026-03-02", "2026-02-01"))
    pay(records, ana, 1500)
    with records.read() as db:
        left = [charges.get(db, each.id).left.minor for each in (early, soon, late)]
        assert left == [0, 500, 1000]
        assert [each.id for each in charges.open_of(db, client_id=ana.id)] == [soon.id, late.id]
        assert charges.open_of(db, client_id=ana.id, due_by=TODAY) == []
        assert [each.id for each in charges.open_of(db, charge_ids=[early.id, late.id])] == [late.id]


def test_currencies_never_mix(records, ana):
    fee(records, ana, 1000, currency="EUR")
    fee(records, ana, 1000, currency="USD")
    with records.change("payment record") as db:
        owed = charges.open_of(db, client_id=ana.id)
        cash = payment_types.find(db, "cash")
        with pytest.raises(UsageError, match="what is due is in EUR and USD: choose one with --amount"):
            payments.record(db, ana.id, None, cash, TODAY, charges=owed)
        with pytest.raises(UsageError, match="what is due is in EUR: give the amount in that currency"):
            payments.record(db, ana.id, Money(5, "CHF"), cash, TODAY, charges=owed)
        payments.record(db, ana.id, Money(1000, "USD"), cash, TODAY, charges=owed)
        assert [each.status for each in (charges.get(db, 1), charges.get(db, 2))] == ["open", "paid"]
        assert charges.open_of(db, client_id=ana.id, currency="USD") == []


def test_what_is_left_can_be_waived_for_a_reason(records, ana):
    made = fee(records, ana)
    with records.change("charge waive") as db:
        part = charges.waive(db, made, "Goodwill", Money(500, "EUR"))
        assert (part.left.minor, part.status) == (1500, "part-paid")
        assert charges.waive(db, part, "Goodwill").status == "waived"


@pytest.mark.parametrize(
    ("reason", "amount", "error", "message"),
    [
        (" ", None, UsageError, "why"),
        ("x", Money(2001, "EUR"), RefusedError, "20.00 EUR is left of C-1: waive that or less"),
        ("x", Money(0, "EUR"), UsageError, "can't be 0"),
        ("x", Money(1, "USD"), UsageError, "C-1 is in EUR"),
    ],
)
def test_what_can_not_be_waived(records, ana, reason, amount, error, message):
    made = fee(records, ana)
    with records.change() as db, pytest.raises(error, match=message):
        charges.waive(db, made, reason, amount)
    pay(records, ana, 2000)
    with records.change() as db, pytest.raises(RefusedError, match="C-1 is paid: there is nothing left to waive"):
        charges.waive(db, charges.get(db, 1), "x")


# -- finding ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["C-1", "c-1", "1", " C-1 "])
def test_a_charge_goes_by_its_number(records, ana, number):
    fee(records, ana)
    with records.read() as db:
        assert charges.find(db, number).number == "C-1"


@pytest.mark.parametrize(
    ("number", "error"),
    [
        ("P-1", UsageError),
        ("x", UsageError),
        ("-1", UsageError),
        ("C-9", NotFoundError),
        ("9" * 30, NotFoundError),
    ],
)
def test_what_is_no_number_of_a_charge(records, number, error):
    with records.read() as db, pytest.raises(error):
        charges.find(db, number)


def test_charges_are_listed_by_whose_they_are_and_when_they_are_due(records, ana):
    bruno = records.client("Bruno")
    fee(records, ana, due="2026-02-10")
    fee(records, bruno, due="2026-03-10")
    assert found(records, *charges.SOURCE.where(client=bruno)) == ["C-2"]
    assert found(records, *charges.SOURCE.where(due=calendar.parse_range("this-month", TODAY))) == ["C-2"]
    assert found(records, *charges.SOURCE.where(due=calendar.parse_range("..2026-02-10", TODAY))) == ["C-1"]
    assert found(records, *charges.SOURCE.where(kind=["recurring"])) == []
    for wrong in (lambda: charges.SOURCE.where(kind=["x"]), lambda: charges.SOURCE.where(status=["x"])):
        with pytest.raises(UsageError, match=r"'x'.*: there are"):
            wrong()
