"""Keep payments: what each entry does to the charges it is about, and what is refused."""

from datetime import date

import pytest

from clientctl.base.money import Money
from clientctl.domain.money import charges, credit_spending, credits, payment_corrections, payments
from clientctl.domain.money.payment_corrections import CorrectionDetails
from clientctl.domain.money.payments import OverpaidError
from clientctl.domain.practice import payment_types
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError

TODAY = date(2026, 3, 1)
NOW = CorrectionDetails(TODAY)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Díaz")


class Practice:
    """Ana's charges and payments, one command each."""

    def __init__(self, records, client):
        self.records, self.client = records, client

    def fee(self, minor=2000, due="2026-03-01"):
        with self.records.change("charge add") as db:
            return charges.add(db, self.client, Money(minor, "EUR"), "Fee", date.fromisoformat(due))

    def pay(self, minor=None, on=TODAY, kind="cash", **more):
        with self.records.change("payment record") as db:
            owed = charges.open_of(db, client_id=self.client.id)
            given = None if minor is None else Money(minor, "EUR")
            return payments.record(db, self.client.id, given, payment_types.find(db, kind), on, charges=owed, **more)

    def correct(self, act, *arguments):
        with self.records.change("payment void") as db:
            return act(db, *arguments)

    def left(self):
        with self.records.read() as db:
            return db.rows("SELECT left_minor, refunded_minor, attempt FROM charges ORDER BY id")

    def credit(self):
        return self.records.listed(Query(credits.SOURCE), "left")


@pytest.fixture
def practice(records, ana):
    return Practice(records, ana)


# -- receiving ----------------------------------------------------------------------------------


def test_exactly_what_is_due_unless_an_amount_is_given(practice):
    practice.fee(2000)
    practice.fee(1550)
    made = practice.pay(reference="  receipt  12 ")
    assert (made.number, made.amount, made.type.name) == ("P-1", Money(3550, "EUR"), "Cash")
    assert (made.status, made.reference) == ("received", "receipt 12")
    assert practice.left() == [(0, 0, None), (0, 0, None)]


def test_more_than_is_due_is_refused_unless_it_may_be_kept(practice):
    practice.fee()
    with pytest.raises(
        OverpaidError, match=r"^25.00 EUR is 5.00 EUR more than the 20.00 EUR that is due: --overpay credit keeps"
    ):
        practice.pay(2500)
    assert practice.left() == [(2000, 0, None)]
    practice.pay(2500, overpay="credit")
    assert practice.left() == [(0, 0, None)]
    assert practice.records.listed(Query(credits.SOURCE), "left", "refundable", "payment", "reason") == [
        ("500 EUR", 1, "P-1", "paid too much")
    ]


def test_nothing_is_no_payment(practice):
    with pytest.raises(RefusedError, match="nothing is due: give --amount for a payment in advance"):
        practice.pay()
    with pytest.raises(UsageError, match="the amount of a payment can't be 0"):
        practice.pay(0)


def test_money_is_recorded_once_it_has_come(practice):
    practice.fee()
    with pytest.raises(UsageError, match="2026-03-02 is in the future"):
        practice.pay(on=date(2026, 3, 2))
    assert practice.pay(on=date(2020, 1, 1)).paid_on == date(2020, 1, 1)


def test_a_card_number_is_refused_as_a_reference(practice):
    practice.fee()
    with pytest.raises(RefusedError):
        practice.pay(reference="4111 1111 1111 1111")


# -- taking back --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "attempt"), [("failed", "failed"), ("disputed", "disputed"), ("voided", None)]
)  # fmt: skip
def test_what_a_payment_paid_is_due_again(practice, kind, attempt):
    practice.fee()
    paid = practice.pay()
    entry = practice.correct(payment_corrections.reverse, paid, kind, CorrectionDetails(TODAY, "because"))
    assert (entry.number, entry.kind, entry.corrects, entry.amount) == ("P-2", kind, 1, Money(2000, "EUR"))
    assert practice.left() == [(2000, 0, attempt)]
    assert practice.records.listed(Query(payments.SOURCE), "status", "net", "reason", "charges") == [
        (kind, "2000 EUR", None, "C-1"),
        (kind, "-2000 EUR", "because", "C-1"),
    ]
    with practice.records.read() as db:
        again = payments.find(db, "P-1")
    with pytest.raises(RefusedError, match=f"P-1 is {kind} already"):
        practice.correct(payment_corrections.reverse, again, "voided", NOW)
    with pytest.raises(RefusedError, match=f"P-1 is {kind} already"):
        practice.correct(payment_corrections.refund, again, NOW)
    with pytest.raises(RefusedError, match="P-2 is an entry that corrects P-1, not money received"):
        practice.correct(payment_corrections.reverse, entry, "voided", NOW)


def test_a_later_payment_ends_a_failure_and_its_void_brings_it_back(practice):
    charge = practice.fee()
    with practice.records.change("payment fail") as db:
        card = payment_types.find(db, "card")
        tried = payment_corrections.record_failed_attempt(db, charge, CorrectionDetails(TODAY, "declined", card))
    assert (tried.kind, tried.amount, practice.left()) == ("failed", charge.amount, [(2000, 0, "failed")])
    assert practice.records.listed(Query(payments.SOURCE), "net", "charges") == [("0 EUR", "C-1")]
    paid = practice.pay()
    assert practice.left() == [(0, 0, None)]
    practice.correct(payment_corrections.reverse, paid, "voided", NOW)
    assert practice.left() == [(2000, 0, "failed")]
    practice.pay()
    with (
        practice.records.change() as db,
        pytest.raises(RefusedError, match="C-1 is paid, so no payment of it can have failed"),
    ):
        payment_corrections.record_failed_attempt(db, charges.get(db, 1), CorrectionDetails(TODAY, None, card))


def test_an_attempt_has_a_type(practice):
    charge = practice.fee()
    with pytest.raises(UsageError, match=r"how was C-1 to be paid. give --type"):
        practice.correct(payment_corrections.record_failed_attempt, charge, NOW)


def test_what_was_paid_too_much_goes_back_with_the_payment(practice):
    practice.fee()
    paid = practice.pay(2500, overpay="credit")
    practice.correct(payment_corrections.reverse, paid, "voided", NOW)
    assert (practice.left(), practice.credit()) == ([(2000, 0, None)], ["0 EUR"])


def test_a_payment_whose_credit_was_used_stays_until_that_is_taken_back(practice):
    practice.fee()
    paid = practice.pay(2500, overpay="credit")
    other = practice.fee(300)
    practice.correct(credit_spending.use, other)
    with pytest.raises(
        RefusedError, match=r"the overpaid amount of P-1 has paid C-2: `clientctl credit use .*C-2 --back`"
    ):
        practice.correct(payment_corrections.reverse, paid, "disputed", NOW)
    with practice.records.change("credit use") as db:
        credit_spending.give_back(db, charges.get(db, other.id))
    practice.correct(payment_corrections.reverse, paid, "disputed", NOW)
    assert practice.left() == [(2000, 0, "disputed"), (300, 0, None)]


# -- refunding ----------------------------------------------------------------------------------


def test_a_refund_is_not_due_again(practice):
    practice.fee(1000, "2026-02-01")
    practice.fee(1000)
    paid = practice.pay(2000)
    practice.correct(payment_corrections.refund, paid, CorrectionDetails(TODAY, "class cancelled"), Money(1200, "EUR"))
    assert practice.left() == [(0, 200, None), (0, 1000, None)], "what was paid last goes back first"
    assert practice.records.listed(Query(charges.SOURCE), "status") == ["refunded", "refunded"]
    assert practice.records.listed(Query(payments.SOURCE), "status") == ["part-refunded", "refunded"]
    with practice.records.change() as db:
        again = payments.find(db, "1")
        with pytest.raises(RefusedError, match=r"8.00 EUR of P-1 can be refunded"):
            payment_corrections.refund(db, again, NOW, Money(801, "EUR"))
        payment_corrections.refund(db, again, NOW)
        assert payments.find(db, "1").status == "refunded"


def test_what_was_paid_too_much_is_given_back_first(practice):
    practice.fee()
    paid = practice.pay(2500, overpay="credit")
    practice.correct(payment_corrections.refund, paid, NOW, Money(700, "EUR"))
    assert (practice.left(), practice.credit()) == ([(0, 200, None)], ["0 EUR"])


def test_a_charge_can_be_refunded_by_itself(practice):
    first, _ = practice.fee(), practice.fee(500)
    paid = practice.pay(3000, overpay="credit")
    practice.correct(payment_corrections.refund, paid, NOW, None, [first.id])
    assert (practice.left(), practice.credit()) == ([(0, 2000, None), (0, 0, None)], ["500 EUR"])


def test_a_dispute_after_a_refund_takes_what_was_left(practice):
    practice.fee()
    paid = practice.pay()
    practice.correct(payment_corrections.refund, paid, NOW, Money(500, "EUR"))
    with practice.records.change("payment dispute") as db:
        entry = payment_corrections.reverse(db, payments.find(db, "1"), "disputed", NOW)
    assert entry.amount == Money(1500, "EUR")
    assert practice.left() == [(1500, 500, "disputed")]


# -- types and finding --------------------------------------------------------------------------


def test_a_new_file_has_four_types(practice):
    assert practice.records.listed(Query(payment_types.SOURCE), "name") == ["Card", "Cash", "Direct debit", "Transfer"]


def test_a_type_is_found_by_its_folded_name_and_stays_while_it_is_used(practice):
    practice.fee()
    practice.pay(kind="DIRECT-DÉBIT")
    with practice.records.change("payment-type remove") as db:
        debit = payment_types.find(db, "direct debit")
        with pytest.raises(RefusedError, match="1 payment is of the type Direct debit, so it stays"):
            payment_types.remove(db, debit)
        payment_types.remove(db, payment_types.find(db, "Cash"))
        with pytest.raises(NotFoundError, match="no payment type 'cash'; payment types: Card, Direct debit, Transfer"):
            payment_types.find(db, "cash")
        with pytest.raises(RefusedError, match="the payment type 'card' already exists"):
            payment_types.rename(db, debit, "card")
        assert payment_types.rename(db, debit, "Direct Debit").name == "Direct Debit"


@pytest.mark.parametrize(("number", "error"), [("C-1", UsageError), ("P-9", NotFoundError), ("P", UsageError)])
def test_what_is_no_number_of_a_payment(practice, number, error):
    with practice.records.read() as db, pytest.raises(error):
        payments.find(db, number)
