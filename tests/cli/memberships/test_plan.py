"""The `plan` and `rate` commands."""

import inprocess
import pytest


def test_plans_and_rates_are_listed(do) -> None:
    assert [line.split("\t")[1:] for line in do("plan", "list").lines] == [
        ["Pilates", "membership", "1", "2"],
        ["Yoga", "membership", "2", "3"],
    ]
    rows = [line.split("\t")[1:] for line in do("rate", "list", "yoga").lines]
    assert rows == [["Yoga", "Monthly", "49.90", "EUR", "1m", ""], ["Yoga", "Yearly", "499.00", "EUR", "1y", "1y"]]
    assert len(do("rate", "list").lines) == 3


def test_where_there_are_no_plans_yet_it_says_how_to_add_one(book) -> None:
    done = inprocess.run("rate", "add", "Aqua zen", "Monthly", "--price", "60", db=book)
    assert (done.status, done.error.message) == (3, "there are no plans yet: `clientctl plan add 'Aqua zen'` adds one")


def test_a_plan_is_shown_with_its_rates(do) -> None:
    plan = do("plan", "show", "PILATES", "--json").json
    assert (plan["name"], plan["archived"]) == ("Pilates", None)
    assert [(rate["name"], rate["price"], rate["currency"]) for rate in plan["rates"]] == [("Weekly", "15.00", "CHF")]
    assert dict(line.split("\t") for line in do("rate", "show", "yoga/MONTHLY").lines)["price"] == "49.90"


def test_what_is_sold_no_more_is_listed_apart(do) -> None:
    assert do("plan", "archive", "yoga").err == "Archived plan Yoga\n"
    assert do("plan", "archive", "yoga").err == "Plan Yoga is already archived\n"
    assert do("plan", "list", "--columns", "name").lines == ["Pilates"]
    assert do("plan", "list", "--archived", "--columns", "name,archived").lines == ["Yoga\t2026-03-01"]
    assert do("membership", "add", "--client", "3", "--plan", "Yoga/Monthly").status == 5
    assert do("plan", "restore", "yoga").err == "Restored plan Yoga\n"
    assert do("plan", "restore", "yoga").err == "Plan Yoga is not archived\n"
    assert do("rate", "archive", "Yoga/Yearly").err == "Archived rate Yoga/Yearly\n"
    assert do("rate", "list", "--archived", "--columns", "name").lines == ["Yearly"]
    assert do("rate", "list", "Yoga", "--columns", "name").lines == ["Monthly"]
    assert do("membership", "add", "--client", "3", "--plan", "Yoga/Yearly").status == 5
    assert do("rate", "restore", "Yoga/Yearly").err == "Restored rate Yoga/Yearly\n"


def test_a_plan_renamed_takes_its_label_along(do) -> None:
    assert do("plan", "edit", "yoga", "--name", "Hatha").err == "Renamed plan Yoga to Hatha\n"
    assert do("client", "show", "4", "--json").json["labels"] == ["Hatha"]
    assert do("membership", "show", "M-1", "--json").json["plan"] == "Hatha"


@pytest.mark.parametrize(
    ("typed", "price", "currency", "every", "term"),
    [
        (["--price", "60"], "60.00", "EUR", "1m", None),
        (["--price", "49,90"], "49.90", "EUR", "1m", None),
        (["--price", "49.90 CHF", "--every", "2w"], "49.90", "CHF", "2w", None),
        (["--price", "0", "--every", "once", "--for", "10d"], "0.00", "EUR", "once", "10d"),
        (["--price", "5000 JPY", "--every", "1y"], "5000", "JPY", "1y", None),
    ],
)
def test_a_rate_is_added_in_each_form(do, typed, price, currency, every, term) -> None:
    done = do("rate", "add", "Pilates", "New", *typed, "--json")
    assert done.json == {
        "id": 4, "plan": "Pilates", "name": "New", "price": price, "currency": currency, "every": every, "for": term,
        "setup": None, "trial_days": None, "bill_day": None, "sessions": None, "clock": None, "archived": None,
    }  # fmt: skip
    how = "once" if every == "once" else f"every {every}"
    assert done.err.startswith(f"Added rate Pilates/New: {price} {currency} {how}")


def test_the_currency_is_that_of_the_settings_for_what_is_new_and_its_own_for_a_rate(do) -> None:
    do("config", "set", "currency", "GBP")
    assert do("rate", "add", "Yoga", "Week", "--price", "9", "--json").json["currency"] == "GBP"
    done = do("rate", "edit", "Pilates/Weekly", "--price", "16")
    assert done.err == (
        "Changed rate Pilates/Weekly: 16.00 CHF every 1w (was Weekly: 15.00 CHF every 1w); what was sold stays\n"
    )
    assert do("membership", "show", "M-4", "--json").json["price"] == "15.00"


def test_how_long_a_rate_is_sold_for_can_be_emptied(do) -> None:
    done = do("rate", "edit", "Yoga/Yearly", "--unset", "for", "--json")
    assert (done.json["for"], done.json["every"]) == (None, "1y")
    assert "(was Yearly: 499.00 EUR every 1y, for 1y)" in done.err


def test_a_plan_is_added_with_its_terms_and_tells_them(do) -> None:
    terms = [
        "--collection",
        "direct-debit",
        "--pause",
        "keep",
        "--minimum-term",
        "6m",
        "--notice",
        "1m",
        "--grace",
        "2w",
    ]
    done = do("plan", "add", "Aqua", *terms, "--json")
    assert done.err == (
        "Added plan Aqua: collected by direct-debit, pause rule keep, minimum term 6m, notice 1m, grace 2w\n"
    )
    assert done.json == {
        "id": 3, "name": "Aqua", "kind": "membership", "collection": "direct-debit", "pause": "keep",
        "minimum_term": "6m", "notice": "1m", "grace": "2w", "memberships": 0, "packages": 0,
        "archived": None, "rates": [],
    }  # fmt: skip
    done = do("plan", "edit", "aqua", "--name", "Hydro", "--unset", "notice", "--unset", "grace", "--pause", "extend")
    assert done.err == (
        "Renamed plan Aqua to Hydro, pause rule extend (was keep), notice none (was 1m), grace none (was 2w)\n"
    )
    done = do("plan", "edit", "Hydro", "--notice", "14d", "--json")
    assert done.err == "Changed plan Hydro: notice 14d (was none)\n"
    assert (done.json["notice"], done.json["grace"], done.json["minimum_term"]) == ("14d", None, "6m")
    assert do("plan", "edit", "Hydro", "--notice", "14d").err == "Plan Hydro is unchanged\n"


def test_a_rate_is_added_with_its_terms_and_tells_them(do) -> None:
    terms = ["--setup", "30", "--trial", "2w", "--bill-day", "1"]
    done = do("rate", "add", "Yoga", "Flexible", "--price", "60", *terms, "--json")
    assert done.err == (
        "Added rate Yoga/Flexible: 60.00 EUR every 1m, setup fee 30.00, 14 days on trial, billed on day 1\n"
    )
    assert [done.json[key] for key in ("setup", "trial_days", "bill_day", "clock")] == ["30.00", 14, 1, None]
    unset = [word for field in ("setup", "trial", "bill-day") for word in ("--unset", field)]
    done = do("rate", "edit", "Yoga/Flexible", "--for", "1y", "--every", "once", *unset, "--json")
    assert [done.json[key] for key in ("setup", "trial_days", "bill_day", "for", "every")] == [
        None, None, None, "1y", "once",
    ]  # fmt: skip


def test_a_packages_rate_is_paid_once_and_has_sessions(do) -> None:
    assert do("plan", "add", "Ten", "--kind", "package").err == "Added plan Ten: kind package\n"
    typed = ["--price", "120", "--sessions", "10", "--for", "6m"]
    done = do("rate", "add", "Ten", "Full", *typed, "--clock", "first-use", "--json")
    assert done.err == "Added rate Ten/Full: 120.00 EUR once, 10 sessions, for 6m from the first use\n"
    assert [done.json[key] for key in ("every", "sessions", "clock")] == ["once", 10, "first-use"]
    assert do("rate", "add", "Ten", "Half", *typed, "--every", "once", "--json").json["clock"] == "purchase"
    done = do("rate", "edit", "Ten/Half", "--sessions", "5", "--clock", "first-use", "--unset", "for", "--json")
    assert [done.json[key] for key in ("sessions", "clock", "for")] == [5, "first-use", None]
    refused = do("plan", "edit", "Ten", "--kind", "membership")
    assert (refused.status, refused.err) == (5, "")


def test_an_edit_to_what_is_so_already_leaves_no_entry(do) -> None:
    log = do("log").out
    done = do("rate", "edit", "Yoga/Monthly", "--price", "49.90 EUR")
    assert (done.status, done.err) == (0, "Rate Yoga/Monthly is unchanged\n")
    assert do("log").out == log


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["plan", "add", "yoga"], 5, "Yoga"),
        (["plan", "add", "??"], 2, "'??'"),
        (["plan", "show", "Nonsense"], 3, "'Nonsense'"),
        (["plan", "edit", "Yoga"], 2, "--name"),
        (["plan", "edit", "Yoga", "--name", "pilates"], 5, "Pilates"),
        (["plan", "archive", "Nonsense"], 3, "'Nonsense'"),
        (["rate", "add", "Yoga", "monthly", "--price", "1"], 5, "Monthly"),
        (["rate", "add", "Nonsense", "X", "--price", "1"], 3, "'Nonsense'"),
        (["rate", "add", "Yoga", "X"], 2, "--price"),
        (["rate", "show", "Yoga"], 2, "Yoga/Monthly"),
        (["rate", "show", "Yoga/Nonsense"], 3, "Monthly"),
        (["rate", "list", "Nonsense"], 3, "'Nonsense'"),
        (["rate", "edit", "Yoga/Monthly"], 2, "--price"),
        (["rate", "edit", "Yoga/Monthly", "--name", ""], 2, "name"),
        (["rate", "edit", "Yoga/Yearly", "--unset", "price"], 2, "it takes for, setup, trial, bill-day"),
        (["rate", "edit", "Yoga/Yearly", "--unset", "for", "--for", "1y"], 2, "don't go together"),
        (["rate", "edit", "Yoga/Monthly", "--price", ""], 2, "49.90"),
        (["rate", "edit", "Yoga/Monthly", "--name", "yearly"], 5, "Yearly"),
        *[
            (["rate", "add", "Yoga", "X", "--price", wrong], 2, "49.90 EUR")
            for wrong in ("1e400", "NaN", "inf", "12.345", "9223372036854775808", "-5", "", "5 XXX EUR")
        ],
        (["rate", "add", "Yoga", "X", "--price", "5 XXX"], 2, "'XXX'"),
        (["plan", "add", "X", "--kind", "pack"], 2, "'membership', 'package'"),
        (["plan", "add", "X", "--collection", "paypal"], 2, "'direct-debit'"),
        (["plan", "add", "X", "--pause", "maybe"], 2, "'keep'"),
        (["plan", "add", "X", "--kind", "package", "--notice", "1m"], 2, "--notice can't be used for a package"),
        (["plan", "edit", "Yoga", "--unset", "name"], 2, "it takes minimum-term, notice, grace"),
        (["plan", "edit", "Yoga", "--unset", "notice", "--notice", "1m"], 2, "don't go together"),
        (["plan", "edit", "Yoga", "--kind", "package"], 5, "Yoga has rates of a membership"),
        (["rate", "add", "Yoga", "X", "--price", "5", "--trial", "1m"], 2, "give days or weeks"),
        (["rate", "add", "Yoga", "X", "--price", "5", "--setup", "3 CHF"], 2, "one currency"),
        (["rate", "add", "Yoga", "X", "--price", "5", "--bill-day", "29"], 2, "from 1 to 28"),
        (["rate", "add", "Yoga", "X", "--price", "5", "--sessions", "3"], 2, "are for packages"),
        (["rate", "add", "Yoga", "X", "--price", "5", "--clock", "never"], 2, "'first-use'"),
        (["rate", "edit", "Yoga/Monthly", "--unset", "sessions"], 2, "it takes for, setup, trial, bill-day"),
        (["rate", "edit", "Yoga/Monthly", "--unset", "trial", "--trial", "2w"], 2, "don't go together"),
        *[
            (["plan", "add", "X", option, wrong], 2, "10d, 2w, 1m or 1y")
            for option in ("--minimum-term", "--notice", "--grace")
            for wrong in ("0d", "month", "")
        ],
        *[
            (["rate", "add", "Yoga", "X", "--price", "5", option, wrong], 2, "10d, 2w, 1m or 1y")
            for option in ("--every", "--for")
            for wrong in ("monthly", "0m", "1", "", "-1m", "1.5m", "999y")
        ],
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(do, typed, status, says) -> None:
    log = do("log").out
    done = do(*typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert do("log").out == log
