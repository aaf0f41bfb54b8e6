"""The `payment` commands: what a selector pays, what is billed first, what is asked."""

import pytest
import terminal


@pytest.fixture
def do(do):
    """Return the practice, with two charges of client 3, one due and one to come."""
    assert do("charge", "add", "--client", "3", "--amount", "20", "--for", "Lost key").status == 0
    assert do("charge", "add", "--client", "3", "--amount", "30", "--for", "Workshop", "--due", "+7d").status == 0
    return do


def left(do) -> list[str]:
    return [record["left"] for record in do("charge", "list", "--json").json]


# -- record -------------------------------------------------------------------------------------


def test_a_client_pays_what_is_due_today(do):
    done = do("payment", "record", "--client", "3", "--type", "cash", "--reference", "receipt 12")
    assert done.err == "Recorded P-1 (Łukasz Müller (3)): 20.00 EUR by Cash for C-1\n"
    assert left(do) == ["0.00", "30.00"]
    again = do("payment", "record", "--client", "3", "--type", "cash")
    assert (again.status, again.error.message) == (5, "nothing is due: give --amount for a payment in advance")


def test_an_amount_pays_also_what_is_to_come(do):
    done = do("payment", "record", "--client", "3", "--type", "card", "--amount", "35")
    assert done.err.splitlines() == [
        "Recorded P-1 (Łukasz Müller (3)): 35.00 EUR by Card for C-1, C-2",
        "15.00 EUR is left of C-2",
    ]
    assert left(do) == ["0.00", "15.00"]


def test_a_charge_that_is_named_is_paid_first_and_whenever_it_is_due(do):
    assert do("payment", "record", "c-2", "--type", "cash").status == 0
    assert left(do) == ["20.00", "0.00"]
    again = do("payment", "record", "C-2", "--type", "cash")
    assert (again.status, again.error.message) == (5, "C-2 is paid: there is nothing left to pay")


def test_several_are_paid_at_once_if_they_are_one_clients(do):
    assert do("payment", "record", "C-2", "C-1", "C-2", "--type", "cash", "-q").out == "P-1\n"
    assert left(do) == ["0.00", "0.00"]
    assert do("charge", "add", "--client", "4", "--amount", "5", "--for", "Towel").status == 0
    assert do("charge", "add", "--client", "3", "--amount", "5", "--for", "Towel").status == 0
    for mixed in (["C-3", "C-4"], ["C-3", "--client", "3"]):
        refused = do("payment", "record", *mixed, "--type", "cash")
        assert (refused.status, refused.error.message) == (
            2,
            "these belong to several clients: record a payment for each of them",
        )


def test_a_membership_is_billed_before_it_is_paid(do):
    assert do("membership", "add", "--client", "4", "--plan", "Yoga/Monthly", "--start", "2026-02-01").status == 0
    number = do("membership", "list", "--client", "4", "-q").lines[-1]
    done = do("payment", "record", number, "--type", "transfer")
    assert done.err.splitlines() == [
        "Billed first: 1 charge",
        "Recorded P-1 (nameless@example.net (4)): 99.80 EUR by Transfer for C-3, C-4",
    ]
    assert do("billing", "run").err == "Everything due by 2026-03-01 is already billed\n"


def test_an_order_is_paid_by_its_number(do):
    assert do("membership", "add", "--client", "4", "--plan", "Yoga/Monthly").status == 0
    assert do("payment", "record", "O-6", "--type", "cash").status == 0
    assert left(do) == ["20.00", "30.00", "0.00"]
    assert do("payment", "record", "O-9", "--type", "cash").status == 3


def test_a_package_is_paid_and_tried_by_its_number(do):
    assert do("plan", "add", "Ten", "--kind", "package").status == 0
    assert do("rate", "add", "Ten", "Swiss", "--price", "80 CHF", "--sessions", "10").status == 0
    assert do("package", "sell", "--client", "3", "--plan", "Ten").status == 0
    for number in ("K-1", "O-6"):
        tried = do("payment", "fail", number, "--type", "card")
        assert tried.err.endswith(" (Łukasz Müller (3)): 80.00 CHF by Card for C-3, which failed\n")
    paid = do("payment", "record", "k-1", "--type", "cash", "--amount", "90", "--overpay", "credit")
    assert paid.err.splitlines()[0] == "Recorded P-3 (Łukasz Müller (3)): 90.00 CHF by Cash for C-3"
    assert do("credit", "list").lines == ["1\tŁukasz Müller\t10.00\t\t10.00\t\topen\t\tpaid too much\tCHF"]
    nothing = do("payment", "fail", "k-1", "--type", "card")
    assert (nothing.status, nothing.error.message) == (
        5,
        "no charge of K-1 is due, so no payment of it can have failed",
    )
    assert do("payment", "record", "K-2", "--type", "cash").status == 3


@pytest.mark.parametrize(
    ("typed", "status", "message"),
    [
        (["7", "--type", "cash"], 2, "'7' is not a full number: give M-42, K-7, C-7 or O-3, or --client"),
        (["P-1", "--type", "cash"], 2, "'P-1' is not a full number: give M-42, K-7, C-7 or O-3, or --client"),
        (["--type", "cash"], 2, "what is paid? give M-42, K-7, C-7 or O-3, or --client"),
        (["C-1", "--type", "gold"], 3, "no payment type 'gold'; payment types: Card, Cash, Direct debit, Transfer"),
        (["C-1", "--type", "cash", "--on", "tomorrow"], 2, "2026-03-02 is in the future"),
        (["C-1", "--type", "cash", "--overpay", "tip"], 2, "--overpay tip: it takes only credit"),
        (["C-1", "--type", "cash", "--amount", "5 USD"], 2, "C-1 is in EUR: give the amount in that currency"),
        (
            ["C-1", "C-2", "--type", "cash", "--amount", "5 USD", "--overpay", "credit"],
            2,
            "C-1 and C-2 are in EUR: give the amount in that currency",
        ),
        (["C-1", "--type", "cash", "--amount", "0"], 2, "the amount of a payment can't be 0"),
        (["C-9", "--type", "cash"], 3, "no charge C-9"),
        (["C-1", "--type", "cash", "--reference", "4111 1111 1111 1111"], 5, "card number"),
    ],
)
def test_what_can_not_be_recorded(do, typed, status, message):
    done = do("payment", "record", *typed)
    assert (done.status, done.out) == (status, "")
    assert message in done.error.message
    assert do("payment", "list").out == ""


def test_too_much_is_asked_about_on_a_terminal_and_refused_elsewhere(do, practice):
    typed = ["payment", "record", "C-1", "--type", "cash", "--amount", "25"]
    refused = do(*typed)
    assert (refused.status, refused.error.message) == (
        2,
        "25.00 EUR is 5.00 EUR more than the 20.00 EUR that is due: --overpay credit keeps the rest for the client",
    )
    env = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    seen = terminal.run(*typed, typed="n\n", **env)
    assert (seen.status, "25.00 EUR is 5.00 EUR more than the 20.00 EUR that is due" in seen.shown) == (1, True)
    assert left(do)[0] == "20.00"
    assert terminal.run(*typed, typed="y\n", **env).status == 0
    assert do("credit", "list", "--columns", "client,left,payment", "--header").lines == [
        "client\tleft\tpayment",
        "Łukasz Müller\t5.00\tP-1",
    ]


def test_an_amount_is_in_the_currency_of_what_is_paid(do):
    ahead = ["--type", "cash", "--amount", "5", "--overpay", "credit"]
    assert do("membership", "add", "--client", "3", "--plan", "Pilates", "--paid", "cash").status == 0
    for named, said in (
        ("M-6", "5.00 CHF by Cash"),
        ("O-6", "5.00 CHF by Cash"),
        ("M-2", "5.00 EUR by Cash"),
    ):
        assert f": {said}\n" in do("payment", "record", named, *ahead).err
    assert do("credit", "list", "--columns", "left,currency").lines == ["5.00\tCHF", "5.00\tCHF", "5.00\tEUR"]
    assert do("charge", "add", "--membership", "M-6", "--amount", "8", "--for", "Mat").status == 0
    assert do("charge", "add", "--membership", "M-6", "--amount", "8 EUR", "--for", "Mat").status == 2
    for both in (["C-1", "C-4"], ["C-1", "M-6"], ["M-6", "--client", "3", "C-2"], ["--client", "3"]):
        done = do("payment", "record", *both, *ahead)
        assert (done.status, done.error.message) == (
            2,
            "the amount can be in CHF or EUR: name the currency, like '20 CHF'",
        )
    assert "5.00 CHF by Cash for C-4\n" in do("payment", "record", "C-1", "C-4", *ahead[:3], "5 CHF").err
    assert "3.00 CHF by Cash for C-4\n" in do("payment", "record", "M-6", *ahead[:3], "3").err


@pytest.mark.parametrize("option", [["--overpay", "credit"], ["--yes"]])
def test_too_much_can_be_kept_as_credit(do, option):
    done = do("payment", "record", "C-1", "--type", "cash", "--amount", "25", *option)
    assert done.err.splitlines() == [
        "Recorded P-1 (Łukasz Müller (3)): 25.00 EUR by Cash for C-1",
        "5.00 EUR is kept as credit 1",
    ]


# -- correcting ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("verb", "kind"), [("fail", "failed"), ("dispute", "disputed"), ("void", "voided")])
def test_what_is_taken_back_is_due_again(do, verb, kind):
    assert do("payment", "record", "C-1", "--type", "cash", "--amount", "25", "--overpay", "credit").status == 0
    done = do("payment", verb, "P-1", "--reason", "because", "--yes")
    assert done.err.splitlines() == [
        f"Recorded P-2: 25.00 EUR of P-1 (Łukasz Müller) {kind}; due again: C-1",
        "credit 1 (Łukasz Müller (3)) is removed with it: 5.00 EUR",
    ]
    shown = do("payment", "show", "P-1", "--json").json
    assert (shown["status"], shown["net"], shown["corrections"][0]["reason"]) == (kind, "25.00", "because")
    assert do("undo").status == 0
    assert (left(do)[0], do("payment", "show", "P-1", "--json").json["status"]) == ("0.00", "received")


def test_an_attempt_that_failed_is_of_the_oldest_due(do):
    assert do("membership", "add", "--client", "4", "--plan", "Yoga/Monthly", "--start", "2026-02-01").status == 0
    number = do("membership", "list", "--client", "4", "-q").lines[-1]
    missing = do("payment", "fail", number)
    assert (missing.status, missing.error.message) == (2, "how was C-3 to be paid? give --type")
    done = do("payment", "fail", number, "--type", "direct debit", "--reason", "no funds")
    assert done.err.splitlines() == [
        "Billed first: 1 charge",
        "Recorded P-1 (nameless@example.net (4)): 49.90 EUR by Direct debit for C-3, which failed",
    ]
    assert number in do("membership", "list", "--queue", "payment-failed", "-q").lines
    assert do("payment", "fail", "C-1", "--type", "card").status == 0
    assert do("charge", "show", "C-1", "--json").json["attempt"] == "failed"


@pytest.mark.parametrize("typed", [["void", "P-1"], ["refund", "P-1"]])
def test_what_gives_up_money_asks_first(do, practice, typed):
    assert do("payment", "record", "C-1", "--type", "cash").status == 0
    refused = do("payment", *typed)
    assert refused.status == 2
    assert "P-1 (Łukasz Müller) is 20.00 EUR by Cash of 2026-03-01: confirm with --yes" in refused.error.message
    env = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    assert terminal.run("payment", *typed, typed="n\n", **env).status == 1
    assert do("payment", "list", "-q").lines == ["P-1"]


def test_part_of_a_payment_is_given_back(do):
    assert do("payment", "record", "C-1", "C-2", "--type", "cash").status == 0
    typed = ("payment", "refund", "P-1", "--amount", "5", "--charge", "C-1", "--type", "transfer", "--yes")
    assert do(*typed).err == "Recorded P-2: 5.00 EUR of P-1 (Łukasz Müller) refunded by Transfer\n"
    charge = do("charge", "show", "C-1", "--json").json
    assert (charge["status"], charge["refunded"], charge["left"]) == ("refunded", "5.00", "0.00")
    assert [row["net"] for row in do("payment", "list", "--columns", "net", "--json").json] == ["50.00", "-5.00"]


def test_nobody_is_asked_about_what_is_done_or_would_be_refused_and_all_that_goes_is_shown_before(do, practice):
    assert do("plan", "add", "Ten", "--kind", "package").status == 0
    assert do("rate", "add", "Ten", "Full", "--price", "80", "--sessions", "10").status == 0
    assert do("package", "sell", "--client", "3", "--plan", "Ten", "--paid", "cash").status == 0
    assert do("payment", "record", "C-1", "--type", "cash", "--amount", "25", "--overpay", "credit").status == 0
    env = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    seen = terminal.run("payment", "refund", "P-1", typed="n\n", **env)
    shown = " ".join(seen.shown.split())
    part = terminal.run("payment", "refund", "P-1", "--amount", "20,5", typed="n\n", **env)
    assert ": 20.50 EUR of P-1" in part.shown
    assert "Refund this amount? [y/N]:" in part.shown
    assert shown.startswith("This would be done: Recorded P-")
    assert "so its 10 sessions are removed; --keep-sessions keeps them P-1 (Łukasz Müller) is 80.00 EUR" in shown
    refused = do("payment", "refund", "P-1", "--charge", "C-1")
    assert (refused.status, refused.error.message) == (
        5,
        "nothing is left of P-1 for C-1: `clientctl payment show P-1` shows what it paid",
    )
    for gone in (["payment", "refund", "P-1"], ["payment", "void", "P-2"]):
        assert do(*gone, "--request-id", gone[1], "--yes").status == 0
        assert do(*gone, "--request-id", gone[1]).err.startswith("already done (#")
        assert do(*gone).status == 5
    assert do("credit", "revoke", "1").status == 5
    kept = do("payment", "show", "P-2", "--json").json
    assert (kept["credit"], [each["amount"] for each in kept["overpaid"]]) == (None, ["5.00"])


# -- lists --------------------------------------------------------------------------------------


def test_payments_are_listed_by_client_type_status_and_day(do):
    assert do("payment", "record", "C-1", "--type", "cash", "--on", "yesterday").status == 0
    assert do("payment", "record", "C-2", "--type", "card").status == 0
    assert do("payment", "void", "P-2", "--yes").status == 0
    for options, numbers in (
        (["--client", "3"], ["P-1", "P-2", "P-3"]),
        (["--client", "1"], []),
        (["--type", "cash"], ["P-1"]),
        (["--status", "received"], ["P-1"]),
        (["--status", "voided"], ["P-2", "P-3"]),
        (["--on", "today"], ["P-2", "P-3"]),
        (["--on", "..yesterday"], ["P-1"]),
    ):
        assert do("payment", "list", "-q", *options).lines == numbers
    assert do("payment", "list", "--status", "lost").status == 2


def test_balance_credit_and_spend_of_clients_are_listed_sorted_and_asked_for(do):
    assert do("charge", "add", "--client", "3", "--amount", "7 USD", "--for", "Book").status == 0
    assert do("charge", "add", "--client", "4", "--amount", "90", "--for", "Course").status == 0
    assert do("payment", "record", "C-1", "--type", "cash", "--amount", "5").status == 0
    assert do("credit", "issue", "3", "--amount", "2").status == 0
    typed = ("client", "list", "--columns", "id,balance,credit,spend", "--sort", "balance")
    euro = [{"amount": "15.00", "currency": "EUR"}, {"amount": "7.00", "currency": "USD"}]
    first, second, *_ = do(*typed, "--json").json
    assert (first["id"], first["balance"], first["credit"]) == (3, euro, [{"amount": "2.00", "currency": "EUR"}])
    assert first["spend"] == [{"amount": "5.00", "currency": "EUR"}]
    assert (second["id"], second["balance"], second["spend"]) == (4, [{"amount": "90.00", "currency": "EUR"}], [])
    assert do(*typed, "--limit", "1").lines[0] == "3\t15.00 EUR + 7.00 USD\t2.00 EUR\t5.00 EUR"
    for asked, ids in (
        ("balance above 14,99", ["3", "4"]),
        ("balance above 15", ["4"]),
        ("balance above 6 USD", ["3"]),
        ("balance is 0", ["1", "2"]),
        ("spend above 4", ["3"]),
        ("credit filled", ["3"]),
    ):
        assert sorted(do("client", "list", "-q", "--where", asked).lines) == ids
