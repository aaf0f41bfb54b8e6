"""The `package` commands: sold, used and adjusted, never below zero."""

from concurrent.futures import ThreadPoolExecutor

import inprocess
import pytest
from program import run as run_program

TERMS = ("--sessions", "10", "--for", "6m", "--clock", "first-use")
TEN = (
    ("plan", "add", "Ten classes", "--kind", "package"),
    ("rate", "add", "Ten classes", "Open", "--price", "120", *TERMS),
    ("rate", "add", "Ten classes", "Trial", "--price", "0", "--sessions", "2", "--for", "1m"),
    ("package", "sell", "--client", "1", "--plan", "Ten classes/Open"),
    ("package", "sell", "--client", "1", "--plan", "Ten classes", "--rate", "trial"),
)


@pytest.fixture
def ten(practice, once):
    """Sell client 1 two packages of a plan: K-1 that waits for its first use, and K-2 that expires."""
    once(practice, lambda: inprocess.fill(practice, *TEN))


def test_selling_says_what_was_sold_and_what_is_to_be_paid(do, ten) -> None:
    done = do("package", "sell", "--client", "3", "--plan", "Ten classes/Open", "--start", "2026-03-10")
    assert done.err == (
        "Sold K-3 (Łukasz Müller (3)): Ten classes/Open, 10 sessions, from 2026-03-10 until 2026-09-09\n"
        "C-3: Ten classes/Open, 120.00 EUR, due 2026-03-01\n"
    ).replace("C-3", do("charge", "list", "--client", "3", "--columns", "number").lines[0])
    shown = do("package", "show", "k-3", "--json").json
    assert [shown[key] for key in ("number", "status", "left", "expires", "entries")] == [
        "K-3", "unused", 10, "2026-09-09", [],
    ]  # fmt: skip
    assert do("client", "show", "3", "--json").json["packages"][0]["number"] == "K-3"


def test_what_is_paid_at_once_is_recorded(do, ten) -> None:
    done = do("package", "sell", "--client", "4", "--plan", "Ten classes/Open", "--paid", "cash", "--json")
    assert "for 6m from the first use\n" in done.err
    assert "\nPaid by Cash: P-1, 120.00 EUR\n" in done.err
    order = do("order", "show", done.json["order"], "--json").json
    assert [order[key] for key in ("packages", "paid", "left")] == [
        ["K-3"],
        [{"amount": "120.00", "currency": "EUR"}],
        [],
    ]


def test_a_dry_run_shows_it_and_sells_nothing(do, ten) -> None:
    done = do("package", "sell", "--client", "3", "--plan", "Ten classes/Open", "--dry-run")
    assert "K-3" in done.err
    assert do("package", "list", "--count").out == "2\n"


def test_a_package_is_used_by_number_or_the_clients_first_to_expire(do, ten) -> None:
    assert (
        do("package", "use", "--client", "1").err
        == "Used 1 session of K-2 (Zoé Müller): 1 session left, until 2026-03-31\n"
    )
    assert do("package", "use", "--client", "1", "--sessions", "2").err == (
        "Used 1 session of K-2 (Zoé Müller): no sessions left, until 2026-03-31\n"
        "Used 1 session of K-1 (Zoé Müller): 9 sessions left, until 2026-08-31\n"
    )
    assert do("package", "use", "K-1", "--reason", "duo", "-q").out == "K-1\n"
    assert do("package", "show", "K-1", "--json").json["entries"][1] == {
        "id": 4, "day": "2026-03-01", "kind": "use", "sessions": -1, "reason": "duo",
    }  # fmt: skip


def test_an_adjustment_is_a_number_with_its_sign(do, ten) -> None:
    assert (
        do("package", "adjust", "K-2", "-1", "--reason", "came").err
        == "Adjusted K-2 (Zoé Müller): 1 session left (was 2)\n"
    )
    assert (
        do("package", "adjust", "--reason", "gift", "K-2", "+12").err
        == "Adjusted K-2 (Zoé Müller): 13 sessions left (was 1)\n"
    )
    assert do("package", "adjust", "K-2", "-13", "--reason", "x").err.endswith("no sessions left (was 13)\n")


def test_packages_are_listed_by_client_plan_status_and_expiry(do, ten) -> None:
    do("package", "use", "K-2")

    def numbers(*options: str) -> list[str]:
        return do("package", "list", "--columns", "number", *options).lines

    assert numbers() == numbers("--client", "zoe") == numbers("--plan", "ten classes") == ["K-1", "K-2"]
    assert numbers("--client", "2") == numbers("--plan", "Yoga") == []
    assert numbers("--status", "in-use") == numbers("--expires", "..2026-03-31") == ["K-2"]
    assert numbers("--status", "in-use", "--status", "unused") == ["K-1", "K-2"]
    assert numbers("--status", "expired", "--today", "2026-04-01") == ["K-2"]


def test_a_package_makes_a_lead_a_client_and_no_member(do) -> None:
    do("client", "add", "--first", "Noé")
    do("plan", "add", "Ten", "--kind", "package")
    do("rate", "add", "Ten", "Open", "--price", "120", "--sessions", "10")
    assert do("client", "show", "6", "--json").json["status"] == "lead"
    do("package", "sell", "--client", "6", "--plan", "Ten")
    shown = do("client", "show", "6", "--json").json
    assert (shown["status"], shown["labels"], shown["memberships"]) == ("client", ["Ten"], [])
    assert do("client", "list", "--status", "client", "noé", "-q").out == "6\n"
    assert do("client", "list", "--no-member", "noé", "-q").out == "6\n"


def test_who_has_sessions_left_is_not_deleted(do, ten) -> None:
    do("membership", "cancel", "M-1", "--now")
    do("package", "adjust", "K-2", "-2", "--reason", "gone")
    refused = do("client", "delete", "1", "--yes")
    assert (refused.status, refused.error.message) == (
        5,
        "Zoé Müller (1) has K-1 (10 sessions left): `clientctl package adjust K-1 -10 --reason TEXT` ends it",
    )
    done = do("package", "adjust", "K-1", "-10", "--reason", "moves away")
    assert done.status == 0
    done = do("client", "delete", "1", "--yes", "--dry-run")
    assert "Zoé Müller owes 120.00 EUR" in done.err
    assert do("client", "delete", "1", "--yes").status == 0
    entries = do("package", "show", "K-1", "--json").json["entries"]
    assert [(entry["sessions"], entry["reason"]) for entry in entries] == [(-10, None)]


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["sell", "--client", "1", "--plan", "Ten classes"], 2, "give --rate; rates: Open, Trial"),
        (
            ["sell", "--client", "1", "--plan", "Yoga/Monthly"],
            2,
            "`clientctl membership add --client id:1 --plan Yoga/Monthly` sells it",
        ),
        (["sell", "--client", "9", "--plan", "Ten classes/Open"], 3, "no client matches '9'"),
        (["sell", "--client", "1", "--plan", "Ten classes/Trial", "--start", "2026-01-01"], 2, "would have expired"),
        (["sell", "--client", "1", "--plan", "Ten classes/Open", "--paid", "magic"], 3, "magic"),
        (["sell", "--client", "1", "--plan", "Ten classes/Trial", "--paid", "cash"], 5, "nothing is due for it"),
        (["use"], 2, "give its number, like K-7, or --client"),
        (["use", "K-1", "--client", "1"], 2, "don't go together"),
        (["use", "K-9"], 3, "no package K-9"),
        (["use", "M-1"], 2, "is not the number of a package"),
        (["use", "K-2", "--sessions", "3"], 5, "K-2 has 2 sessions left"),
        (["use", "K-2", "--sessions", "0"], 2, "at least 1"),
        (["use", "K-2", "--on", "tomorrow"], 2, "in the future"),
        (["use", "K-2", "--on", "yesterday"], 5, "starts only on 2026-03-01"),
        (["use", "--client", "1", "--sessions", "13"], 5, "has 12 sessions left"),
        (["use", "K-2", "--reason", "4111 1111 1111 1111"], 5, "ending in 1111"),
        (["adjust", "K-2", "-1"], 2, "--reason"),
        (["adjust", "K-2", "-1", "--reason", " "], 2, "--reason"),
        (["adjust", "K-2", "-3", "--reason", "x"], 5, "no more can be removed"),
        (["adjust", "K-2", "0", "--reason", "x"], 2, "+2 or -1"),
        (["adjust", "K-2", "--wrong", "--reason", "x"], 2, "+2 or -1"),
        (["adjust", "K-2", "1.5", "--reason", "x"], 2, "+2 or -1"),
        (["show", "K-9"], 3, "no package K-9"),
        (["list", "--status", "new"], 2, "unused, in-use, used-up, expired"),
        (["list", "--plan", "Nonsense"], 3, "'Nonsense'"),
        (["list", "--expires", "soon"], 2, "not a range"),
    ],
)
def test_what_can_not_be_is_refused_and_nothing_changes(do, ten, typed, status, says) -> None:
    log = do("log").out
    done = do("package", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert do("log").out == log


def test_of_eight_who_use_the_last_session_one_does(do, ten, practice) -> None:
    do("package", "adjust", "K-2", "-1", "--reason", "one is left")

    def use(_turn: int) -> tuple[int, str]:
        done = run_program("package", "use", "K-2", CLIENTCTL_DB=str(practice), CLIENTCTL_TODAY="2026-03-01")
        return done.returncode, done.stderr

    with ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(use, range(8)))
    assert [status for status, _ in found] == [0] + [5] * 7
    assert all("has no sessions left" in said for _, said in found[1:])
    shown = do("package", "show", "K-2", "--json").json
    assert (shown["left"], len(shown["entries"])) == (0, 2)


# -- given back, and its last day -----------------------------------------------------------------


@pytest.fixture
def paid(do):
    """Sell client 2 K-1, ten sessions with a setup fee, paid by P-1 and P-2, and use one."""
    for line in (
        ("plan", "add", "Ten", "--kind", "package"),
        ("rate", "add", "Ten", "Ten", "--price", "100", "--setup", "5", "--sessions", "10", "--for", "6m"),
        ("package", "sell", "--client", "2", "--plan", "Ten"),
        ("payment", "record", "O-6", "--type", "cash", "--amount", "65"),
        ("payment", "record", "O-6", "--type", "card"),
        ("package", "use", "K-1"),
    ):
        done = do(*line)
        assert done.status == 0, (line, done)


TAKES = "; `clientctl package adjust K-1 -9 --reason refunded` removes them\n"


def test_the_sessions_left_go_with_the_last_of_the_money(do, paid) -> None:
    kept = do("payment", "refund", "P-1", "--yes")
    assert kept.err.endswith(f"refunded by Cash\nK-1 (Ana Dubois) keeps 9 sessions: 40.00 EUR of it is paid{TAKES}")
    gone = do("payment", "refund", "P-2", "--yes", "--json")
    assert gone.err.endswith(
        "K-1 (Ana Dubois): all that was paid for it is refunded, so its 9 sessions are removed;"
        " --keep-sessions keeps them\n"
    )
    assert gone.json["number"] == "P-4"
    shown = do("package", "show", "K-1", "--json").json
    assert (shown["left"], shown["status"], shown["entries"][-1]["sessions"]) == (0, "used-up", -9)
    assert do("package", "use", "K-1").status == 5
    assert do("undo").status == 0
    assert do("package", "show", "K-1", "--json").json["left"] == 9


def test_the_sessions_stay_when_they_are_to_be_kept(do, paid) -> None:
    assert do("payment", "refund", "P-1", "--yes").status == 0
    assert do("payment", "refund", "P-2", "--keep-sessions", "--yes").err.endswith(
        f"refunded by Card\nK-1 (Ana Dubois) keeps 9 sessions{TAKES}"
    )
    assert do("package", "use", "K-1").status == 0


def test_the_sessions_stay_while_something_is_open_and_go_with_its_waiver(do, paid) -> None:
    voided = do("payment", "void", "P-2", "--yes")
    assert voided.err.endswith(
        f"due again: C-2\nK-1 (Ana Dubois) keeps 9 sessions: 40.00 EUR of it is open and 65.00 EUR of it is paid{TAKES}"
    )
    refunded = do("payment", "refund", "P-1", "--yes")
    assert refunded.err.endswith(f"K-1 (Ana Dubois) keeps 9 sessions: 40.00 EUR of it is open{TAKES}")
    waived = do("charge", "waive", "C-2", "--reason", "moves away")
    assert "so its 9 sessions are removed" in waived.err
    assert do("package", "show", "K-1", "--json").json["left"] == 0


def test_the_sessions_stay_when_the_credit_that_paid_them_is_taken_back(do, paid) -> None:
    for line in (
        ("package", "sell", "--client", "3", "--plan", "Ten"),
        ("credit", "issue", "3", "--amount", "105"),
        ("credit", "use", "3", "--charge", "C-4"),
        ("payment", "record", "C-3", "--type", "cash"),
    ):
        assert do(*line).status == 0, line
    assert (
        "K-2 (Łukasz Müller) keeps 10 sessions: 100.00 EUR of it is paid;"
        in do("payment", "refund", "P-3", "--yes").err
    )
    done = do("credit", "use", "3", "--charge", "C-4", "--back")
    assert "100.00 EUR is left of C-4\nK-2 (Łukasz Müller) keeps 10 sessions: 100.00 EUR of it is open;" in done.err


def test_what_was_never_paid_and_is_waived_is_a_gift(do, paid) -> None:
    assert do("package", "sell", "--client", "3", "--plan", "Ten").status == 0
    for charge in ("C-3", "C-4"):
        assert "sessions" not in do("charge", "waive", charge, "--reason", "gift").err
    assert do("package", "show", "K-2", "--json").json["left"] == 10


def test_its_last_day_is_moved_also_when_it_is_over(do, ten) -> None:
    later = ["--today", "2026-04-10"]
    refused = do("package", "use", "K-2", *later)
    assert "`clientctl package edit K-2 --expires DAY` moves that day" in refused.error.message
    moved = do("package", "edit", "K-2", "--expires", "2026-04-30", *later)
    assert moved.err == "Changed K-2 (Zoé Müller): until 2026-04-30 (was until 2026-03-31)\n"
    assert do("package", "use", "K-2", *later).status == 0
    assert do("package", "edit", "K-2", "--expires", "2026-04-30").err == "K-2 (Zoé Müller) is unchanged\n"
    assert do("package", "edit", "K-2", "--unset", "expires").err.startswith("Changed K-2 (Zoé Müller): without a last")
    for typed, status, message in (
        (["--expires", "2026-02-28"], 2, "K-2 starts on 2026-03-01: give --expires that day or a later one"),
        (["--expires", "2026-04-09"], 5, "K-2 was used on 2026-04-10: give --expires that day or a later one"),
        (["--expires", "soon"], 2, "not a day"),
        (["--expires", "2026-05-01", "--unset", "expires"], 2, "don't go together"),
        (["--unset", "left"], 2, "no such field; it takes expires"),
        ([], 2, "nothing to change"),
    ):
        done = do("package", "edit", "K-2", *typed, "--today", "2026-04-10")
        assert (done.status, message in done.error.message) == (status, True), done


def test_a_last_day_that_was_given_stays_with_the_first_use(do, ten) -> None:
    assert do("package", "edit", "K-1", "--expires", "2026-05-31").status == 0
    assert do("package", "use", "K-1").err == "Used 1 session of K-1 (Zoé Müller): 9 sessions left, until 2026-05-31\n"
