"""The `credit` commands: issue, use, take back, revoke, pay out."""

import pytest


@pytest.fixture
def do(do):
    """Return the practice, with a charge of client 3."""
    assert do("charge", "add", "--client", "3", "--amount", "20", "--for", "Lost key").status == 0
    return do


def credit(do, number: int) -> dict:
    return do("credit", "list", "--columns", "id,left,sessions_left,status,expires,next_issue", "--json").json[
        number - 1
    ]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--amount", "20"], "20.00 EUR"),
        (["--amount", "20 USD", "--expires", "2026-12-31"], "20.00 USD, until 2026-12-31"),
        (["--sessions", "1", "--expires", "1m"], "1 session, until 2026-03-31"),
        (
            ["--sessions", "2", "--every", "1m", "--expires", "1m"],
            "2 sessions, until 2026-03-31, every 1m, next 2026-04-01",
        ),
    ],
)
def test_credit_is_issued(do, typed, said):
    assert do("credit", "issue", "3", *typed).err == f"Issued credit 1 (Łukasz Müller (3)): {said}\n"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ([], "how much? use --amount 20 or --sessions 1"),
        (["--amount", "20", "--sessions", "1"], "--amount and --sessions don't go together"),
        (["--sessions", "-1"], "a credit can't be 0"),
        (["--amount", "x"], "not an amount of money"),
        (["--amount", "5", "--expires", "soon"], "not a day: 'soon'"),
        (["--amount", "5", "--expires", "yesterday"], "2026-02-28 is past"),
        (["--amount", "5", "--until", "+1y"], "give --every too"),
    ],
)
def test_what_can_not_be_issued(do, typed, message):
    done = do("credit", "issue", "3", *typed)
    assert (done.status, message in done.error.message) == (2, True)


def test_credit_pays_a_charge_and_can_be_taken_back(do):
    assert do("credit", "issue", "3", "--amount", "12").status == 0
    done = do("credit", "use", "3", "--charge", "C-1")
    assert done.err == "Used 12.00 EUR of credit 1 for C-1 (Łukasz Müller (3)): 8.00 EUR is left of it\n"
    assert do("charge", "show", "C-1", "--json").json["payments"][0]["from"] == "credit 1"
    back = do("credit", "use", "3", "--charge", "C-1", "--back")
    assert back.err == "Took back 12.00 EUR of credit 1 of Łukasz Müller (3): 20.00 EUR is left of C-1\n"
    assert do("undo").status == 0
    assert credit(do, 1)["left"] == "0.00"


def test_what_goes_back_to_a_credit_that_has_expired_is_said_to_be_lost(do):
    assert do("credit", "issue", "3", "--amount", "12", "--expires", "2026-03-05").status == 0
    assert do("credit", "use", "3", "--charge", "C-1").status == 0
    back = ("credit", "use", "3", "--charge", "C-1", "--back")
    assert len(do(*back, "--dry-run", "--today", "2026-03-05").err.splitlines()) == 2
    assert do(*back, "--today", "2026-03-06").err.splitlines() == [
        "Took back 12.00 EUR of credit 1 of Łukasz Müller (3): 20.00 EUR is left of C-1",
        "credit 1 expired on 2026-03-05: what was returned to it can no longer be used",
    ]


@pytest.mark.parametrize(
    ("typed", "status", "message"),
    [
        (["3"], 2, "what for? use --charge C-7 or --sessions 1"),
        (["4", "--charge", "C-1"], 2, "C-1 is Łukasz Müller's: credit pays only for its own client"),
        (["3", "--sessions", "1", "--amount", "5"], 2, "--amount and --back go only with --charge"),
        (["3", "--charge", "C-1", "--amount", "13"], 5, "Łukasz Müller has 12.00 EUR of credit: use that or less"),
        (["3", "--sessions", "1"], 5, "Łukasz Müller has no sessions of credit"),
        (["3", "--charge", "C-1", "--back"], 5, "no credit pays C-1"),
    ],
)
def test_what_can_not_be_used(do, typed, status, message):
    assert do("credit", "issue", "3", "--amount", "12").status == 0
    done = do("credit", "use", *typed)
    assert (done.status, message in done.error.message) == (status, True)
    assert credit(do, 1)["left"] == "12.00"


def test_what_is_revoked_is_gone_and_recurs_no_more(do):
    assert do("credit", "issue", "3", "--sessions", "3", "--every", "1m").status == 0
    asked = do("credit", "revoke", "1")
    assert (asked.status, asked.error.message) == (
        2,
        "credit 1 (Łukasz Müller (3)): 3 sessions left: confirm with --yes",
    )
    done = do("credit", "revoke", "1", "--sessions", "1", "--yes")
    assert done.err == "Revoked 1 session of credit 1 (Łukasz Müller (3)); it is not issued again\n"
    assert (credit(do, 1)["sessions_left"], credit(do, 1)["next_issue"]) == (2, None)
    assert do("credit", "revoke", "1", "--amount", "1", "--yes").error.message == (
        "credit 1 is of sessions: give --sessions"
    )


def test_credit_is_revoked_in_its_own_currency(do):
    assert do("credit", "issue", "3", "--amount", "20 USD").status == 0
    done = do("credit", "revoke", "1", "--amount", "5 EUR", "--yes")
    assert (done.status, done.error.message) == (2, "credit 1 is in USD: give the amount in that currency")
    assert do("credit", "revoke", "1", "--amount", "5", "--yes").status == 0
    assert credit(do, 1)["left"] == "15.00"


def test_billing_issues_what_recurs_once(do):
    assert do("credit", "issue", "3", "--amount", "5", "--every", "1w", "--expires", "1w").status == 0
    for _ in range(2):
        assert do("billing", "run", "--today", "2026-03-15").status == 0
    assert do("credit", "list", "--columns", "issued,expires").lines == [
        "2026-03-01\t2026-03-07",
        "2026-03-08\t2026-03-14",
        "2026-03-15\t2026-03-21",
    ]
    assert do("credit", "list", "--status", "expired", "--today", "2026-03-15", "-q").lines == ["1", "2"]
    assert do("credit", "list", "--recurring", "-q").lines == ["1"]


def test_refundable_credit_is_given_back_in_money(do):
    assert do("payment", "record", "C-1", "--type", "card", "--amount", "25", "--overpay", "credit").status == 0
    kept = do("credit", "revoke", "1", "--yes")
    assert (kept.status, "`clientctl credit revoke 1 --refund` refunds the money" in kept.error.message) == (5, True)
    done = do("credit", "revoke", "1", "--refund", "--reason", "asked for it", "--yes")
    assert done.err == "Recorded P-2: 5.00 EUR of credit 1 (Łukasz Müller (3)) paid out\n"
    assert do("payment", "list", "--columns", "net,type,corrects,credit").lines == [
        "25.00\tCard\t\t",
        "-5.00\tCard\tP-1\t1",
    ]
