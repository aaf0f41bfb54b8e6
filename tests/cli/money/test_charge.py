"""The `charge` commands: fees, lists and waivers."""

import pytest


@pytest.fixture
def do(do):
    """Return the practice, with a fee of client 3."""
    assert do("charge", "add", "--client", "3", "--amount", "20", "--for", "Lost key").status == 0
    return do


def test_a_fee_can_belong_to_a_membership(do):
    done = do("charge", "add", "--membership", "M-2", "--amount", "15,50", "--for", "Late", "--due", "+7d")
    assert done.err == "Added C-2 (Ana Dubois (2)): Late, 15.50 EUR, due 2026-03-08\n"
    assert do("charge", "list", "--membership", "M-2", "-q").lines == ["C-2"]
    assert do("charge", "show", "C-2", "--json").json["membership"] == "M-2"


@pytest.mark.parametrize(
    ("typed", "status", "message"),
    [
        (["--amount", "5", "--for", "x"], 2, "which client? use --client or --membership"),
        (["--client", "3", "--membership", "M-2", "--amount", "5", "--for", "x"], 2, "M-2 is Ana Dubois's"),
        (["--client", "3", "--amount", "0", "--for", "x"], 2, "the amount of a charge can't be 0"),
        (["--client", "3", "--amount", "-5", "--for", "x"], 2, "not an amount of money"),
        (["--client", "3", "--amount", "5", "--for", " "], 2, "what is the fee for?"),
        (["--client", "99", "--amount", "5", "--for", "x"], 3, "no client"),
    ],
)
def test_what_can_not_be_charged(do, typed, status, message):
    done = do("charge", "add", *typed)
    assert (done.status, message in done.error.message) == (status, True)
    assert do("charge", "list", "-q").lines == ["C-1"]


def test_charges_are_listed_by_client_state_kind_and_day(do):
    assert do("charge", "add", "--client", "4", "--amount", "5", "--for", "Towel", "--due", "2026-02-01").status == 0
    assert do("payment", "record", "C-2", "--type", "cash").status == 0
    for options, numbers in (
        ([], ["C-1", "C-2"]),
        (["--client", "4"], ["C-2"]),
        (["--status", "open", "--status", "part-paid"], ["C-1"]),
        (["--status", "paid"], ["C-2"]),
        (["--owed"], ["C-1"]),
        (["--kind", "fee"], ["C-1", "C-2"]),
        (["--kind", "recurring"], []),
        (["--due", "..yesterday"], ["C-2"]),
    ):
        assert do("charge", "list", "-q", *options).lines == numbers
    for wrong in (["--status", "x"], ["--kind", "x"], ["--due", "x"], ["--membership", "K-1"]):
        assert do("charge", "list", *wrong).status == 2


def test_what_is_owed_is_left_of_open_and_part_paid_charges_alike(do):
    assert do("charge", "add", "--client", "4", "--amount", "49.90", "--for", "Mat", "--due", "2026-02-01").status == 0
    assert do("charge", "add", "--client", "4", "--amount", "9", "--for", "Mat", "--due", "2026-04-01").status == 0
    assert do("payment", "record", "C-2", "--type", "cash", "--amount", "10").status == 0
    for options, numbers in (
        (["--status", "open"], ["C-1", "C-3"]),
        (["--owed"], ["C-1", "C-2", "C-3"]),
        (["--owed", "--due", "..today"], ["C-1", "C-2"]),
        (["--overdue"], ["C-2"]),
        (["--overdue", "--status", "open"], []),
    ):
        assert do("charge", "list", "-q", *options).lines == numbers


def test_a_pro_rata_charge_is_explained(do):
    assert do("rate", "add", "Pilates", "First", "--price", "60", "--bill-day", "1").status == 0
    typed = ["--client", "4", "--plan", "Pilates/First", "--start", "2026-01-20"]
    assert do("membership", "add", *typed, "--today", "2026-01-20").status == 0
    shown = do("charge", "show", "C-2", "--json").json
    assert (shown["kind"], shown["amount"], shown["order"]) == ("prorata", "23.23", "O-6")
    assert shown["working"] == "60.00 EUR x 12/31 days = 23.23 EUR"


def test_what_is_left_is_waived_for_a_reason(do):
    part = do("charge", "waive", "C-1", "--amount", "5", "--reason", "Goodwill")
    assert part.err == "Waived 5.00 EUR of C-1 (Łukasz Müller): 15.00 EUR left\n"
    assert do("charge", "waive", "C-1", "--reason", "Goodwill").status == 0
    assert do("charge", "show", "C-1", "--json").json["status"] == "waived"
    again = do("charge", "waive", "C-1", "--reason", "Goodwill")
    assert (again.status, again.error.message) == (5, "C-1 is waived: there is nothing left to waive")
    assert do("charge", "waive", "C-1").status == 2


def test_payment_types_are_the_owners(do):
    assert do("payment-type", "add", "Gift voucher").err == "Added payment type Gift voucher\n"
    assert do("payment-type", "edit", "gift VOUCHER", "--name", "Voucher").err == (
        "Renamed payment type Gift voucher to Voucher\n"
    )
    assert do("payment", "record", "C-1", "--type", "voucher").status == 0
    refused = do("payment-type", "remove", "Voucher")
    assert (refused.status, refused.error.message) == (
        5,
        "1 payment is of the type Voucher, so it stays: `clientctl payment-type edit Voucher --name NAME` renames it",
    )
    assert do("payment-type", "remove", "Cash", "--json").json["name"] == "Cash"
    assert do("payment-type", "add", "card").error.message.startswith("the payment type 'card' already exists")
