"""The `membership` commands that change one: the reports of moved dates, and the questions."""

import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


@pytest.fixture
def sold(do):
    """Return ``do`` on a practice with M-6, of Łukasz Müller: from today for a year, 62.00 EUR a month."""
    for line in (
        ("rate", "add", "Yoga", "Round", "--price", "62"),
        ("rate", "add", "Yoga", "Half", "--price", "31"),
        ("membership", "add", "--client", "3", "--plan", "Yoga/Round", "--for", "1y"),
    ):
        assert do(*line).status == 0
    return do


# -- what is told -----------------------------------------------------------------------------------


def test_extending_tells_the_end(do) -> None:
    assert do("membership", "extend", "M-1", "--by", "1m").err == (
        "Extended M-1 (Zoé Müller): ends 2026-04-05 (was 2026-03-05)\n"
    )
    record = do("membership", "extend", "1", "--until", "2026-12-31", "--json").json
    assert (record["ends"], record["term_ends"]) == ("2026-12-31", "2026-03-05")
    refused = do("membership", "extend", "m-1", "--by", "10d", "--charge")
    assert (refused.status, "membership renew M-1" in refused.error.message) == (5, True)


def test_extending_for_money_tells_what_is_billed_next(do) -> None:
    done = do("membership", "extend", "M-1", "--by", "1m", "--charge", "--today", "2026-03-02", "--json")
    assert done.err == (
        "Charged the bill day of M-1 that had fallen due\n"
        "C-2: Yoga/Monthly, pro rata, 49.90 EUR x 27/31 days = 43.46 EUR, due 2026-03-06\n"
        "Extended M-1 (Zoé Müller): ends 2026-04-05 (was 2026-03-05), next billing 2026-04-02 (was 2026-03-02)\n"
    )
    assert done.json["term_ends"] == "2026-04-05"


def test_suspending_and_resuming_tell_every_date_that_moved(sold) -> None:
    assert sold("membership", "suspend", "M-6", "--from", "2026-03-10", "--resume", "2026-03-24").err == (
        "Suspended M-6 (Łukasz Müller) from 2026-03-10 to 2026-03-24:"
        " ends 2027-03-14 (was 2027-02-28), next billing 2026-04-15 (was 2026-04-01)\n"
    )
    assert sold("membership", "resume", "M-6", "--today", "2026-03-20").err == (
        "Resumed M-6 (Łukasz Müller) on 2026-03-20:"
        " ends 2027-03-10 (was 2027-03-14), next billing 2026-04-11 (was 2026-04-15)\n"
    )
    assert sold("membership", "suspend", "M-6", "--today", "2026-03-25", "--reason", "broken  leg").err == (
        "Suspended M-6 (Łukasz Müller) from 2026-03-25 until it is resumed: next billing none (was 2026-04-11)\n"
    )
    assert sold("membership", "resume", "M-6", "--on", "2026-03-28", "--today", "2026-03-26").err == (
        "Resumes M-6 (Łukasz Müller) on 2026-03-28:"
        " ends 2027-03-13 (was 2027-03-10), next billing 2026-04-14 (was none)\n"
    )


def test_a_pause_that_is_called_off_is_said_to_be(sold) -> None:
    sold("membership", "suspend", "M-6", "--from", "+7d", "--resume", "+10d")
    assert sold("membership", "resume", "M-6").err == (
        "Cancelled the pause of M-6 (Łukasz Müller) from 2026-03-08:"
        " ends 2027-02-28 (was 2027-03-03), next billing 2026-04-01 (was 2026-04-04)\n"
    )


@pytest.mark.parametrize(
    ("typed", "last"),
    [(["--now"], "2026-02-28"), (["--at-period-end"], "2026-03-01"), (["--on", "2026-03-04"], "2026-03-04")],
)
def test_cancelling_tells_the_last_day(do, typed, last) -> None:
    done = do("membership", "cancel", "M-1", *typed, "--reason", "moves  away", "--json")
    never = ", next billing none (was 2026-03-02)" if last < "2026-03-02" else ""
    assert done.err == f"Cancelled M-1 (Zoé Müller): last day {last} (was 2026-03-05){never}\n"
    assert (done.json["cancelled"], done.json["ends"], done.json["cancel_reason"]) == (last, last, "moves away")
    assert (done.json["status"] == "cancelled") == (typed == ["--now"])


def test_a_cancellation_is_taken_back(do) -> None:
    do("membership", "cancel", "M-1", "--on", "2026-03-04", "--reason", "moves away")
    done = do("membership", "edit", "M-1", "--unset", "cancelled", "--json")
    assert done.err == "Edited M-1 (Zoé Müller): ends 2026-03-05 (was 2026-03-04)\n"
    assert (done.json["cancelled"], done.json["cancel_reason"]) == (None, None)


def test_a_correction_tells_what_it_changes_though_no_other_day_moves(do) -> None:
    assert do("membership", "edit", "M-1", "--member-since", "2019-05-01").err.startswith(
        "Edited M-1 (Zoé Müller): member since 2019-05-01 (was "
    )
    do("membership", "cancel", "M-1", "--on", "2026-03-03")
    assert do("membership", "edit", "M-1", "--unset", "end").err == (
        "Edited M-1 (Zoé Müller): end without the cancellation none (was 2026-03-05)\n"
    )


def test_notice_and_minimum_term_are_named_and_overruled(sold) -> None:
    sold("plan", "edit", "Pilates", "--notice", "1m", "--minimum-term", "6m")
    sold("membership", "add", "--client", "3", "--plan", "Pilates")
    refused = sold("membership", "cancel", "M-7", "--now")
    assert refused.status == 5
    assert refused.error.message == (
        "M-7: a minimum term of 6m was agreed, so its earliest last day is 2026-08-31:"
        " `clientctl membership cancel M-7 --on 2026-08-31` respects that, --force overrides it"
    )
    assert sold("membership", "cancel", "M-7", "--now", "--force").status == 0


def test_changing_at_the_next_bill_day_tells_which(sold) -> None:
    done = sold("membership", "change", "M-6", "--rate", "Half")
    assert done.err == "M-6 (Łukasz Müller) changes to Yoga/Half, 31.00 EUR every 1m, on 2026-04-01\n"
    assert sold("membership", "show", "M-6", "--json").json["changes_to"] == "Yoga/Half"
    done = sold("membership", "change", "M-6", "--plan", "Yoga/Round")
    assert done.err == "M-6 (Łukasz Müller) stays at Yoga/Round, 62.00 EUR every 1m\n"


CHANGED = """\
Changed M-6 (Łukasz Müller) to Yoga/Half, 31.00 EUR every 1m
C-1: 42.00 EUR waived (62.00 EUR x 21/31 days = 42.00 EUR)
C-2: Yoga/Half, pro rata, 31.00 EUR x 21/31 days = 21.00 EUR, due 2026-03-11
"""


def test_changing_today_shows_both_amounts_and_asks(sold) -> None:
    typed = ["membership", "change", "M-6", "--rate", "Half", "--now", "--today", "2026-03-11"]
    assert sold(*typed, "--dry-run").err == CHANGED + "Dry run: nothing was changed.\n"
    refused = sold(*typed)
    assert (refused.status, refused.error.message) == (
        2,
        "M-6 (Łukasz Müller) would change today: confirm with --yes",
    )
    assert sold(*typed, "--yes").err == CHANGED


def test_a_terminal_is_asked_with_both_amounts_before_its_eyes(sold, practice) -> None:
    typed = ("membership", "change", "M-6", "--rate", "Half", "--now", "--today", "2026-03-11")
    seen = terminal.run(*typed, typed="n\n", width=100, CLIENTCTL_DB=str(practice), **HOME)
    shown = "\n".join(line.rstrip() for line in seen.shown.splitlines())
    assert CHANGED.strip() in shown
    assert "M-6 (Łukasz Müller) would change today. Change it?" in shown
    assert sold("membership", "show", "M-6", "--json").json["rate"] == "Round"


def test_money_given_back_is_asked_about(sold) -> None:
    sold("payment", "record", "C-1", "--type", "cash")
    typed = ["membership", "cancel", "M-6", "--on", "2026-03-10", "--today", "2026-03-05", "--refund"]
    assert sold(*typed).status == 2
    assert sold(*typed, "--yes").err == (
        "Cancelled M-6 (Łukasz Müller): last day 2026-03-10 (was 2027-02-28), next billing none (was 2026-04-01)\n"
        "C-1: 42.00 EUR refunded (62.00 EUR x 21/31 days = 42.00 EUR)\n"
    )
    assert sold(*typed, "--yes").err == "M-6 (Łukasz Müller) is already cancelled, its last day is 2026-03-10\n"


def test_a_refund_that_was_forgotten_is_made_up_for(sold) -> None:
    sold("payment", "record", "C-1", "--type", "cash")
    typed = ("membership", "cancel", "M-6", "--now", "--today", "2026-03-05")
    paid = (
        "C-1: 54.00 EUR (62.00 EUR x 27/31 days = 54.00 EUR) was paid for days after the last day: --refund refunds it"
    )
    undoes = "`clientctl undo` undoes the cancellation, so that you can cancel again with --refund"
    assert sold(*typed, "-n").err.splitlines()[1:] == [paid, "Dry run: nothing was changed."]
    assert sold(*typed).err.splitlines()[1:] == [paid, undoes]
    assert sold("undo", "--today", "2026-03-05").status == 0
    assert "C-1: 54.00 EUR refunded" in sold(*typed, "--refund", "--yes").err


def test_a_request_asks_once(sold) -> None:
    typed = ["membership", "change", "M-6", "--rate", "Half", "--now", "--today", "2026-03-11", "--request-id", "r1"]
    assert sold(*typed, "--yes").status == 0
    assert sold(*typed).err.startswith("already done (#")


def test_a_correction_tells_dates_and_charges(sold) -> None:
    done = sold("membership", "edit", "M-6", "--start", "2026-03-08", "--rate", "Half", "--json")
    assert done.err == (
        "Edited M-6 (Łukasz Müller): Yoga/Half, 31.00 EUR every 1m (was Yoga/Round, 62.00 EUR every 1m),"
        " starts 2026-03-08 (was 2026-03-01), ends 2027-03-07 (was 2027-02-28),"
        " next billing 2026-04-08 (was 2026-04-01)\n"
        "C-1: Yoga/Half, 31.00 EUR, due 2026-03-08 (was 62.00 EUR)\n"
    )
    assert (done.json["number"], done.json["member_since"]) == ("M-6", "2026-03-08")
    done = sold("membership", "edit", "M-6", "--unset", "end", "--collection", "card", "--member-since", "2025-01-01")
    assert done.err == (
        "Edited M-6 (Łukasz Müller): collection card (was manual), sold for none (was 1y),"
        " member since 2025-01-01 (was 2026-03-08), ends none (was 2027-03-07)\n"
    )
    record = sold("membership", "show", "M-6", "--json").json
    assert (record["collection"], record["member_since"]) == ("card", "2025-01-01")


def test_each_move_is_undone_by_undo(sold) -> None:
    before = sold("membership", "show", "M-6", "--json").out, sold("charge", "list", "--json").out
    for typed in (
        ("extend", "M-6", "--by", "1m", "--charge"),
        ("suspend", "M-6", "--resume", "+3w"),
        ("cancel", "M-6", "--at-period-end"),
        ("change", "M-6", "--rate", "Half"),
        ("change", "M-6", "--rate", "Half", "--now", "--yes"),
        ("edit", "M-6", "--start", "2026-03-08"),
    ):
        assert sold("membership", *typed, "--dry-run").err.endswith("Dry run: nothing was changed.\n")
        assert sold("membership", *typed).status == 0
        assert sold("undo").status == 0
        assert (sold("membership", "show", "M-6", "--json").out, sold("charge", "list", "--json").out) == before


# -- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["extend", "M-1"], 2, "--by 1m"),
        (["extend", "M-1", "--by", "1m", "--until", "2027-01-01"], 2, "--until"),
        (["extend", "M-1", "--by", "0d"], 2, "10d"),
        (["extend", "M-1", "--until", "2026-03-05"], 5, "2026-03-05"),
        (["extend", "M-3", "--by", "1m"], 5, "membership renew M-3"),
        (["extend", "M-5", "--by", "1m"], 5, "membership renew M-5"),
        (["extend", "M-4", "--by", "1m"], 5, "upcoming"),
        (["extend", "M-99", "--by", "1m"], 3, "M-99"),
        (["suspend", "M-1", "--from", "yesterday"], 5, "begins today at the earliest"),
        (["suspend", "M-1", "--from", "2026-03-06"], 5, "last day of M-1 is 2026-03-05"),
        (["suspend", "M-1", "--resume", "today"], 5, "give a later day"),
        (["suspend", "M-1", "--resume", "soon"], 2, "2026-12-31"),
        (["suspend", "M-5"], 5, "membership renew M-5"),
        (["suspend", "M-1", "--reason", "4111 1111 1111 1111"], 5, "card"),
        (["resume", "M-1"], 5, "nothing to resume"),
        (["resume", "M-3"], 5, "expired"),
        (["cancel", "M-1"], 2, "--at-period-end"),
        (["cancel", "M-1", "--now", "--on", "today"], 2, "--on"),
        (["cancel", "M-1", "--on", ""], 2, "2026-12-31"),
        (["cancel", "M-1", "--on", "2026-04-01"], 5, "2026-03-05"),
        (["cancel", "M-1", "--on", "2026-01-01"], 5, "--now"),
        (["cancel", "M-5", "--now"], 5, "cancelled"),
        (["change", "M-1"], 2, "--rate"),
        (["change", "M-1", "--rate", "Nonsense"], 3, "Monthly"),
        (["change", "M-1", "--rate", "Monthly"], 5, "at Yoga/Monthly already"),
        (["change", "M-1", "--plan", "Pilates"], 2, "CHF"),
        (["change", "M-4", "--plan", "Yoga/Monthly"], 5, "membership edit M-4 --rate"),
        (["change", "M-3", "--plan", "Yoga/Monthly"], 5, "membership renew M-3"),
        (["edit", "M-1"], 2, "--start"),
        (["edit", "M-1", "--until", "+1m", "--unset", "end"], 2, "--unset end"),
        (["edit", "M-1", "--unset", "plan"], 2, "end, cancelled"),
        (["edit", "M-1", "--unset", "cancelled"], 5, "not cancelled"),
        (["edit", "M-1", "--until", "2025-01-01"], 5, "before the start"),
        (["edit", "M-1", "--collection", "post"], 2, "direct-debit"),
        (["edit", "M-1", "--method", "7"], 3, "payment-method list"),
        (["edit", "M-5", "--start", "today"], 5, "cancelled already"),
        (["edit", "M-5", "--unset", "cancelled"], 5, "cancelled already"),
    ],
)
def test_what_no_rule_allows_is_refused_and_nothing_changes(do, typed, status, says) -> None:
    log = do("log").out
    done = do("membership", *typed)
    assert done.status == status
    assert (done.out, done.err) == ("", "")
    assert says.lower() in done.error.message.lower()
    assert do("log").out == log


def test_what_is_agreed_again_is_said_to_be_so_already(do):
    do("membership", "add", "--client", "3", "--plan", "Yoga/Monthly")
    moves = (("change", "M-6", "--rate", "Yearly"), ("cancel", "M-6", "--at-period-end", "--reason", "moves"))
    for move in moves:
        assert "already" not in do("membership", *move).err
        there = do("log", "--count").out
        assert "already" in do("membership", *move).err
        assert do("log", "--count").out == there


def test_a_correction_says_all_that_it_has_changed(do):
    do("payment-method", "add", "2", "card", "--label", "Visa")
    until = do("membership", "edit", "M-2", "--until", "2027-01-14", "--member-since", "2020-05-01")
    assert until.err == "Edited M-2 (Ana Dubois): sold for none (was 1y), member since 2020-05-01 (was 2026-01-15)\n"
    method = do("membership", "edit", "M-2", "--collection", "card", "--method", "1")
    assert method.err == "Edited M-2 (Ana Dubois): collection card (was manual), payment method 1 (was none)\n"
