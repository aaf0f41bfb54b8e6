"""Type commands about plans and their rates."""

import pytest


def test_plans_and_rates_are_listed(do) -> None:
    assert [line.split("\t")[1:] for line in do("plan", "list").lines] == [
        ["Pilates", "membership", "1", "2"],
        ["Yoga", "membership", "2", "3"],
    ]
    rows = [line.split("\t")[1:] for line in do("rate", "list", "yoga").lines]
    assert rows == [["Yoga", "Monthly", "49.90", "EUR", "1m", ""], ["Yoga", "Yearly", "499.00", "EUR", "1y", "1y"]]
    assert len(do("rate", "list").lines) == 3


def test_a_plan_is_shown_with_its_rates(do) -> None:
    plan = do("plan", "show", "PILATES", "--json").json
    assert (plan["name"], plan["archived"]) == ("Pilates", None)
    assert [(rate["name"], rate["price"], rate["currency"]) for rate in plan["rates"]] == [("Weekly", "15.00", "CHF")]
    assert dict(line.split("\t") for line in do("rate", "show", "yoga/MONTHLY").lines)["price"] == "49.90"


def test_what_is_sold_no_more_is_listed_apart(do) -> None:
    assert do("plan", "archive", "yoga").err == "Archived plan Yoga\n"
    assert do("plan", "archive", "yoga").err == "Plan Yoga is archived already\n"
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
        "archived": None,
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


def test_an_edit_to_what_is_so_already_leaves_no_entry(do) -> None:
    log = do("log").out
    done = do("rate", "edit", "Yoga/Monthly", "--price", "49.90 EUR")
    assert (done.status, done.err) == (0, "Rate Yoga/Monthly is so already\n")
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
        (["rate", "edit", "Yoga/Monthly", "--price", ""], 2, "49.90"),
        (["rate", "edit", "Yoga/Monthly", "--name", "yearly"], 5, "Yearly"),
        *[
            (["rate", "add", "Yoga", "X", "--price", wrong], 2, "49.90 EUR")
            for wrong in ("1e400", "NaN", "inf", "12.345", "9223372036854775808", "-5", "", "5 XXX EUR")
        ],
        (["rate", "add", "Yoga", "X", "--price", "5 XXX"], 2, "'XXX'"),
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
