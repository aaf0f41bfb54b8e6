"""The `order` commands: what was bought in one go, and how much is paid."""

import pytest


@pytest.fixture
def bought(do):
    """Sell client 3 a membership with a fee and part of a month; return the order's number."""
    terms = ["--setup", "30", "--bill-day", "1"]
    assert do("rate", "add", "Yoga", "Flexible", "--price", "60", *terms).status == 0
    done = do("membership", "add", "--client", "3", "--plan", "Yoga/Flexible", "--today", "2026-01-20", "--json")
    return done.json["order"]


def test_an_order_is_shown_with_its_lines_and_their_working(do, bought) -> None:
    order = do("order", "show", bought, "--json").json
    assert (order["number"], order["client"], order["memberships"]) == (bought, "Łukasz Müller", ["M-6"])
    assert (order["total"], order["left"]) == ([{"amount": "53.23", "currency": "EUR"}],) * 2
    assert [(line["what"], line["amount"], line["working"]) for line in order["lines"]] == [
        ("Yoga/Flexible, setup fee", "30.00", None),
        ("Yoga/Flexible, pro rata", "23.23", "60.00 EUR x 12/31 days = 23.23 EUR"),
    ]
    number = order["lines"][0]["number"]
    assert do("payment", "record", number, "--type", "cash").status == 0
    row = do("order", "list", "--client", "3", "--columns", "number,total,paid,left").lines[-1]
    assert row == f"{bought}\t53.23 EUR\t30.00 EUR\t23.23 EUR"


def test_orders_are_listed_by_lead_booker_site_and_day(do, bought) -> None:
    do("site", "add", "Lyon")
    do("client", "edit", "2", "--site", "Lyon")
    done = do("membership", "add", "--client", "2", "--plan", "Yoga/Monthly", "--today", "2026-02-10", "--json")
    numbers = {
        options: do("order", "list", *options, "-q").lines
        for options in (("--site", "lyon"), ("--ordered", "2026-02-10"), ("--ordered", "2026-01-20"))
    }
    assert list(numbers.values()) == [[done.json["order"]], [done.json["order"]], [bought]]
    assert bought in do("order", "list", "--client", "3", "-q").lines
    assert bought not in do("order", "list", "--client", "2", "-q").lines
    assert do("client", "show", "3", "--json").json["orders"][-1]["number"] == bought


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["show", "O-99"], 3, "no order O-99: `clientctl order list`"),
        (["show", "M-1"], 2, "is not the number of an order"),
        (["list", "--client", "9"], 3, "no client matches '9'"),
        (["list", "--site", "Nowhere"], 3, "'Nowhere'"),
        (["list", "--ordered", "some day"], 2, "not a range"),
    ],
)
def test_what_is_not_there_is_said(do, typed, status, says) -> None:
    done = do("order", *typed)
    assert (done.status, done.out) == (status, "")
    assert says in done.error.message
