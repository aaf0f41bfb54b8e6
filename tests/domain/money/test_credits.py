"""Keep credits: issued once or again and again, used by what expires first, never below zero."""

from datetime import date

import pytest

from clientctl.base import calendar
from clientctl.base.calendar import Interval
from clientctl.base.money import Money
from clientctl.domain.money import charges, credit_spending, credits, payment_corrections
from clientctl.domain.money.credits import CreditTerms
from clientctl.domain.money.payment_corrections import CorrectionDetails
from clientctl.domain.practice import payment_types
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError

TODAY = date(2026, 3, 1)
MONTH = Interval(1, "month")


@pytest.fixture
def ana(records):
    return records.client("Ana", "Díaz")


def issue(records, client, quantity, today=None, **terms):
    with records.change("credit issue", today=today) as db:
        given = quantity if isinstance(quantity, int) else Money(*quantity)
        return credits.issue(db, client.id, given, "a reason", CreditTerms(**terms))


def fee(records, client, minor=2000, currency="EUR"):
    with records.change("charge add") as db:
        return charges.add(db, client, Money(minor, currency), "Fee", TODAY)


def left(records, today=None):
    with records.read(today=today) as db:
        return [row[0] for row in db.rows("SELECT left_over FROM credits ORDER BY id")]


# -- issuing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quantity", "terms", "message"),
    [
        ((0, "EUR"), {}, "a credit can't be 0"),
        (0, {}, "a credit can't be 0"),
        (-1, {}, "a credit can't be 0"),
        (1, {"expires_on": date(2026, 2, 28)}, "2026-02-28 is past"),
        (1, {"until": date(2026, 4, 1)}, "give --every too"),
        (1, {"until": date(2026, 2, 1), "every": MONTH}, "2026-02-01 is past"),
        (1, {"expires_on": date(2026, 4, 1), "every": MONTH}, "give a duration, like --expires 1m"),
    ],
)
def test_a_credit_that_makes_no_sense_is_refused(records, ana, quantity, terms, message):
    with pytest.raises(UsageError, match=message):
        issue(records, ana, quantity, **terms)
    assert left(records) == []


def test_a_duration_ends_on_its_last_day(records, ana):
    made = issue(records, ana, (2000, "EUR"), today="2025-01-15", valid=MONTH)
    assert made.expires_on == "2025-02-14"


@pytest.mark.parametrize("steps", [["2026-08-31"], ["2026-02-28", "2026-03-01", "2026-05-15", "2026-08-31"]])
def test_a_recurring_credit_is_issued_once_for_each_of_its_days(records, ana, steps):
    issue(records, ana, 1, today="2026-01-31", every=MONTH, valid=MONTH, until=date(2026, 6, 30))
    issued = 0
    for step in steps:
        for _ in range(2):
            with records.change("billing run", today=step) as db:
                issued += credits.issue_due(db, date.fromisoformat(step))
    assert issued == 5
    assert records.listed(Query(credits.SOURCE), "issued", "expires", "recurs_from", "next_issue", "sessions") == [
        ("2026-01-31", "2026-02-27", None, None, 1),
        ("2026-02-28", "2026-03-30", 1, None, 1),
        ("2026-03-31", "2026-04-29", 1, None, 1),
        ("2026-04-30", "2026-05-30", 1, None, 1),
        ("2026-05-31", "2026-06-29", 1, None, 1),
        ("2026-06-30", "2026-07-30", 1, None, 1),
    ]


@pytest.mark.parametrize(
    ("first", "every", "valid", "days"),
    [
        ("2026-01-31", (1, "month"), None, ["01-31…02-27", "02-28…03-30", "03-31…04-29"]),
        ("2026-01-31", (1, "month"), (1, "month"), ["01-31…02-27", "02-28…03-30", "03-31…04-29"]),
        ("2026-01-31", (1, "month"), (2, "month"), ["01-31…03-30", "02-28…04-27", "03-31…05-30"]),
        ("2026-02-01", (1, "month"), (28, "day"), ["02-01…02-28", "03-01…03-28", "04-01…04-28"]),
        ("2024-02-29", (1, "year"), None, ["02-29…02-27", "02-28…02-27", "02-28…02-27", "02-28…02-28"]),
        ("2024-02-29", (1, "year"), (12, "month"), ["02-29…02-27", "02-28…02-27", "02-28…02-27", "02-28…02-28"]),
        ("2025-11-30", (3, "month"), None, ["11-30…02-27", "02-28…05-29", "05-30…08-29"]),
        ("2026-01-01", (2, "week"), None, ["01-01…01-14", "01-15…01-28"]),
        ("2026-01-01", (2, "week"), (14, "day"), ["01-01…01-14", "01-15…01-28"]),
        ("2026-01-01", (10, "day"), (1, "week"), ["01-01…01-07", "01-11…01-17"]),
    ],
)
def test_each_lasts_until_the_day_before_the_next_unless_for_another_length(records, ana, first, every, valid, days):
    terms = {"every": Interval(*every), "valid": Interval(*valid) if valid else None}
    issue(records, ana, 1, today=first, **terms)
    through = calendar.step(date.fromisoformat(first), terms["every"], len(days) - 1)
    with records.change("billing run", today=through.isoformat()) as db:
        assert credits.issue_due(db, through) == len(days) - 1
    listed = records.listed(Query(credits.SOURCE), "issued", "expires")
    assert [f"{issued[5:]}…{expires[5:]}" for issued, expires in listed] == days


def test_a_credit_that_recurs_without_an_end_goes_on_and_nobody_erased_is_issued_any(records, ana):
    issue(records, ana, (500, "EUR"), every=Interval(1, "week"))
    with records.change("billing run") as db:
        assert credits.issue_due(db, date(2026, 3, 31)) == 4
        assert credits.issue_due(db, date(2026, 3, 31)) == 0
    assert records.listed(Query(credits.SOURCE, credits.SOURCE.where(recurring=True)), "next_issue") == ["2026-04-05"]
    with records.change("client delete") as db:
        db.update("clients", ana.id, erased_on="2026-03-01")
        assert credits.issue_due(db, date(2027, 1, 1)) == 0


# -- using --------------------------------------------------------------------------------------


def test_what_expires_first_is_used_first(records, ana):
    issue(records, ana, (500, "EUR"))
    issue(records, ana, (500, "EUR"), expires_on=date(2026, 3, 20))
    issue(records, ana, (500, "EUR"), expires_on=date(2026, 3, 10))
    charge = fee(records, ana)
    with records.change("credit use") as db:
        taken = credit_spending.use(db, charge, Money(700, "EUR"))
        assert [(credit.id, part) for credit, part in taken] == [(3, 500), (2, 200)]
        assert charges.get(db, charge.id).left.minor == 1300
    assert left(records) == [500, 300, 0]


def test_what_has_expired_or_is_in_another_currency_is_not_used(records, ana):
    issue(records, ana, (500, "EUR"), expires_on=TODAY)
    issue(records, ana, (500, "USD"))
    charge = fee(records, ana)
    with (
        records.change("credit use", today="2026-03-02") as db,
        pytest.raises(RefusedError, match="Ana Díaz has no credits in EUR"),
    ):
        credit_spending.use(db, charge)
    with records.change("credit use") as db:
        with pytest.raises(UsageError, match="C-1 is in EUR: credit in USD can't pay it"):
            credit_spending.use(db, charge, Money(100, "USD"))
        with pytest.raises(RefusedError, match=r"Ana Díaz has 5.00 EUR of credit: use that or less"):
            credit_spending.use(db, charge, Money(501, "EUR"))
        credit_spending.use(db, charge)
    assert left(records) == [0, 500]
    assert records.listed(Query(credits.SOURCE), "status", today="2027-01-01") == ["used", "open"]


def test_no_more_is_used_than_is_left_of_the_charge(records, ana):
    issue(records, ana, (5000, "EUR"))
    charge = fee(records, ana)
    with records.change("credit use") as db:
        with pytest.raises(RefusedError, match=r"20.00 EUR is left of C-1: use that or less"):
            credit_spending.use(db, charge, Money(2001, "EUR"))
        credit_spending.use(db, charge)
        with pytest.raises(RefusedError, match="C-1 is paid"):
            credit_spending.use(db, charges.get(db, charge.id))
    assert left(records) == [3000]


def test_credit_can_be_taken_back_from_a_charge(records, ana):
    issue(records, ana, (500, "EUR"))
    issue(records, ana, (700, "EUR"))
    charge = fee(records, ana)
    with records.change("credit use") as db:
        credit_spending.use(db, charge)
        assert [part for _, part in credit_spending.give_back(db, charge)] == [500, 700]
        assert charges.get(db, charge.id).status == "open"
        with pytest.raises(RefusedError, match="no credit pays C-1"):
            credit_spending.give_back(db, charge)
    assert left(records) == [500, 700]


def test_sessions_are_used_and_never_below_zero(records, ana):
    issue(records, ana, 2)
    issue(records, ana, 1, expires_on=TODAY)
    with records.change("credit use") as db:
        with pytest.raises(RefusedError, match="Ana Díaz has 3 sessions of credit: use that or less"):
            credit_spending.use_sessions(db, ana, 4)
        taken = credit_spending.use_sessions(db, ana, 2, "Saturday class")
        assert [(credit.id, part) for credit, part in taken] == [(2, 1), (1, 1)]
        with pytest.raises(UsageError):
            credit_spending.use_sessions(db, ana, -1)
    assert left(records) == [1, 0]
    bruno = records.client("Bruno")
    with records.change("credit use") as db, pytest.raises(RefusedError, match="Bruno has no sessions of credit"):
        credit_spending.use_sessions(db, bruno, 1)


# -- revoking -----------------------------------------------------------------------------------


def test_what_is_left_can_be_revoked_and_is_not_issued_anew(records, ana):
    made = issue(records, ana, 3, every=MONTH)
    with records.change("credit revoke") as db:
        with pytest.raises(RefusedError, match="credit 1 has 3 sessions left: revoke that or less"):
            credits.revoke(db, made, 4)
        assert credits.revoke(db, made, 1) == 1
        assert credits.issue_due(db, date(2030, 1, 1)) == 0
        assert credits.revoke(db, credits.find(db, "1")) == 2
        with pytest.raises(RefusedError, match="nothing is left of credit 1"):
            credits.revoke(db, credits.find(db, "1"))
    assert records.listed(Query(credits.SOURCE), "status", "revoked", "sessions_left") == [("revoked", "2026-03-01", 0)]


def test_a_used_one_that_recurs_can_still_be_ended(records, ana):
    issue(records, ana, 1, every=MONTH)
    with records.change("credit revoke") as db:
        credit_spending.use_sessions(db, ana, 1)
        assert credits.revoke(db, credits.find(db, "1")) == 0
        assert credits.issue_due(db, date(2030, 1, 1)) == 0


def test_only_a_refundable_credit_is_given_back_in_money(records, ana):
    plain, refundable = issue(records, ana, (500, "EUR")), issue(records, ana, (500, "EUR"), refundable=True)
    with records.change("credit revoke") as db:
        cash = payment_types.find(db, "cash")
        with pytest.raises(RefusedError, match="credit 1 is not refundable"):
            payment_corrections.pay_out(db, plain, CorrectionDetails(TODAY, None, cash))
        with pytest.raises(UsageError, match=r"how is the money refunded. give --type"):
            payment_corrections.pay_out(db, refundable, CorrectionDetails(TODAY))
        made = payment_corrections.pay_out(db, refundable, CorrectionDetails(TODAY, None, cash), Money(200, "EUR"))
        assert (made.kind, made.amount, made.corrects) == ("refunded", Money(200, "EUR"), None)
        with pytest.raises(RefusedError, match=r"credit 2 has 3.00 EUR left"):
            payment_corrections.pay_out(
                db, credits.find(db, "2"), CorrectionDetails(TODAY, None, cash), Money(301, "EUR")
            )
    assert left(records) == [500, 300]


@pytest.mark.parametrize(("number", "error"), [("x", UsageError), ("9", NotFoundError)])
def test_what_is_no_number_of_a_credit(records, number, error):
    with records.read() as db, pytest.raises(error):
        credits.find(db, number)
