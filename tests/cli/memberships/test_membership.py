"""The `membership` commands."""

import re

import pytest
import terminal
from program import run as run_program

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


# -- lists ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ([], [1, 2, 3, 4, 5]),
        (["--status", "active"], [1, 2]),
        (["--status", "active", "--status", "upcoming"], [1, 2, 4]),
        (["--status", "needs-attention"], []),
        (["--plan", "PILATES"], [3, 4]),
        (["--plan", "Pilates", "--plan", "Yoga"], [1, 2, 3, 4, 5]),
        (["--client", "ana dubois"], [2, 3]),
        (["--client", "an du", "--when", "past"], [3]),
        (["--when", "past", "--when", "upcoming"], [3, 4, 5]),
        (["--when", "current"], [1, 2]),
        (["--ends", "2026-03-01..2026-03-31"], [1]),
        (["--ends", "2026-03-01.."], [1, 2]),
        (["--ends", "..2026-02-28"], [3, 5]),
        (["--ends", "this-month"], [1]),
        (["--starts", "2026-04-01"], [4]),
        (["--created", "today"], [1, 2, 3, 4, 5]),
        (["--created", "..yesterday"], []),
        (["--next-billing", "2026-03-01..2026-04-30"], [1, 4]),
        (["--queue", "ending"], [1]),
        (["--queue", "ending", "--within", "3"], []),
        (["--status", "active", "--plan", "Yoga", "--ends", "2026-03-05", "--client", "1"], [1]),
        (["--status", "expired", "--today", "2026-03-06"], [1, 3]),
    ],
)
def test_filters_combine(do, filters, found) -> None:
    assert do("membership", "list", *filters, "-q").lines == [f"M-{number}" for number in found]


def test_the_list_and_its_order(do) -> None:
    first = do("membership", "list", "--status", "active", "--sort", "ends").lines[0]
    assert first == "M-1\tactive\tZoé Müller\t2026-03-05\tYoga\tMonthly\t2025-03-02\t2026-03-02\t"
    assert do("membership", "list", "--sort", "-ends", "-q").lines == ["M-2", "M-1", "M-5", "M-3", "M-4"]
    assert do("membership", "list", "--sort", "client", "-q").lines == ["M-2", "M-3", "M-4", "M-1", "M-5"]
    with_money = do("membership", "list", "--columns", "price,currency", "--limit", "1", "--json").json
    assert with_money == [{"price": "49.90", "currency": "EUR"}]


def test_the_queue_counts_what_its_list_shows(do) -> None:
    assert do("membership", "queues").lines == [
        "needs-mandate\tPaid by direct debit, without an active mandate\t0",
        "payment-failed\tThe latest payment failed or was disputed\t0",
        "ending\tEnding within 10 days\t1",
        "payment-due\tPayment due within 10 days\t1",
        "overdue\tPayment overdue\t0",
        "charges-overdue\tCharges overdue, of memberships or not\t0",
    ]
    for within in ("0", "3", "4", "400"):
        for queue in do("membership", "queues", "--within", within, "--json").json[:-1]:
            asked = ("--queue", queue["queue"], "--within", within, "-q")
            due = do("membership", "due", *asked).lines
            assert queue["count"] == len(due)
            assert sorted(due) == do("membership", "list", *asked).lines


def test_charges_past_their_day_are_counted_whatever_they_are_for(do) -> None:
    assert do("charge", "add", "--client", "3", "--amount", "20", "--for", "Key", "--due", "2026-02-28").status == 0
    assert do("charge", "add", "--membership", "M-4", "--amount", "40 CHF", "--for", "Mat").status == 0
    for charge, some in (("C-1", "20"), ("C-2", "10")):
        assert do("payment", "record", charge, "--type", "cash", "--amount", some).status == 0
    for day, count, overdue in (("2026-03-01", "0", []), ("2026-03-02", "1", ["C-2"])):
        assert do("membership", "queues", "--today", day).lines[-1].split("\t")[::2] == ["charges-overdue", count]
        assert do("charge", "list", "--overdue", "-q", "--today", day).lines == overdue
    refused = do("membership", "due", "--queue", "charges-overdue")
    assert (refused.status, "`clientctl charge list --overdue` lists those charges" in refused.error.message) == (
        2,
        True,
    )


def test_who_is_due_is_told_with_how_to_reach_them(do) -> None:
    done = do("membership", "due", "--within", "400", "--exit-code")
    assert done.status == 10
    assert done.lines == [
        "M-1\tZoé Müller\t2026-03-05\tzoe@example.com\t\tYoga\tMonthly",
        "M-2\tAna Dubois\t2027-01-14\t\t+33199001234\tYoga\tYearly",
    ]
    assert do("membership", "due", "--within", "3", "--exit-code")[:3] == (0, "", "")
    assert do("membership", "due", "-q").lines == ["M-1"]


OWING = (
    ("charge", "add", "--membership", "M-2", "--amount", "20", "--for", "Mat", "--due", "2026-03-04"),
    ("charge", "add", "--membership", "M-2", "--amount", "7", "--for", "Key", "--due", "2026-03-06"),
    ("payment", "record", "C-1", "--type", "cash", "--amount", "5"),
    ("rate", "add", "Yoga", "Dear", "--price", "60", "--every", "1m"),
    ("membership", "add", "--client", "3", "--plan", "Yoga/Monthly", "--start", "2026-02-06", "--settled"),
    ("membership", "change", "M-6", "--rate", "Yoga/Dear"),
    ("charge", "add", "--membership", "M-6", "--amount", "3", "--for", "Tea", "--due", "2026-03-06"),
    ("membership", "add", "--client", "3", "--plan", "Yoga/Monthly", "--start", "2026-02-10", "--settled"),
    ("membership", "add", "--client", "3", "--plan", "Pilates", "--start", "2026-02-23", "--settled"),
)
"""M-2 owes the rest of a charge and more later, M-6 another rate besides a charge, M-8 is paid in francs."""


def test_what_is_to_be_paid_on_the_day_is_told(do, practice) -> None:
    for line in OWING:
        assert do(*line).status == 0, line
    asked = ("membership", "due", "--queue", "payment-due")
    expected = [
        ("M-1", "Zoé Müller", "2026-03-02", "6.44", "EUR"),  # the last four days of 31
        ("M-8", "Łukasz Müller", "2026-03-02", "15.00", "CHF"),
        ("M-2", "Ana Dubois", "2026-03-04", "15.00", "EUR"),
        ("M-6", "Łukasz Müller", "2026-03-06", "63.00", "EUR"),
        ("M-7", "Łukasz Müller", "2026-03-10", "49.90", "EUR"),
    ]
    rows = [line.split("\t") for line in do(*asked).lines]
    assert [(*row[:4], row[-1]) for row in rows] == expected
    keys = ("number", "client", "due", "amount", "currency")
    assert [tuple(row[key] for key in keys) for row in do(*asked, "--json").json] == expected
    by_amount = ["M-6", "M-7", "M-2", "M-8", "M-1"]
    assert do(*asked, "--sort", "-amount", "--columns", "number").lines == by_amount
    assert do(*asked, "--sort", "-amount", "--limit", "2", "--page", "2", "-q").lines == by_amount[2:4]
    shown = terminal.run(*asked, width=150, CLIENTCTL_DB=str(practice), **HOME).shown.splitlines()
    assert shown[0].split()[:5] == ["Number", "Client", "Due", "Amount", "Currency"]
    assert [tuple(re.split(" {2,}", line)[2:5]) for line in shown[2:7]] == [row[2:] for row in expected]
    # What has been unbilled for longer is in the queue of what is overdue, by its first day.
    asked = ("membership", "due", "--queue", "overdue", "--columns", "number,due,amount", "--today", "2026-03-20")
    assert do(*asked).lines == [
        "M-1\t2026-03-02\t6.44",
        "M-8\t2026-03-02\t15.00",
        "M-2\t2026-03-04\t15.00",
        "M-6\t2026-03-06\t63.00",
        "M-7\t2026-03-10\t49.90",
    ]


def test_what_is_to_be_paid_is_what_billing_charges(do) -> None:
    for line in OWING:
        assert do(*line).status == 0, line
    asked = ("membership", "due", "--queue", "payment-due", "--within", "60", "--columns", "number,due,amount")
    told = [line.split("\t") for line in do(*asked).lines]
    assert len(told) == 6
    assert do("billing", "run", "--through", "+60d").status == 0
    for number, day, amount in told:
        columns = ("--columns", "due,left")
        charges = [line.split("\t") for line in do("charge", "list", "--membership", number, *columns).lines]
        assert sum(float(left) for due, left in charges if due == day) == pytest.approx(float(amount)), number
        assert min(due for due, left in charges if float(left)) == day
    assert [line.split("\t") for line in do(*asked).lines] == told


def test_money_that_is_worked_out_is_sorted_by_how_much_it_is(do) -> None:
    done = do("billing", "preview", "--through", "+2m", "--sort", "amount", "--columns", "amount")
    amounts = [line.split("\t")[0] for line in done.lines]
    assert amounts == sorted(amounts, key=float)
    assert len({len(amount) for amount in amounts}) > 1


def test_cron_hears_nothing_when_nobody_is_due(practice) -> None:
    """As cron runs it: no terminal, hardly an environment."""
    home = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    done = run_program("membership", "due", "--within", "3", "--exit-code", **home)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run_program("membership", "due", "--within", "7", "--exit-code", **home)
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (10, 1, "")


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["list", "--status", "live"], 2, "needs-attention"),
        (["list", "--status", "active,soon"], 2, "upcoming"),
        (["list", "--when", "now"], 2, "current"),
        (["list", "--plan", "Nonsense"], 3, "'Nonsense'"),
        (["list", "--client", "nobody"], 3, "'nobody'"),
        (["list", "--client", "müller"], 4, "'müller'"),
        (["list", "--ends", "2026"], 2, "2026-01-01..2026-01-31"),
        (["list", "--ends", "2026-03-31..2026-03-01"], 2, "2026-03"),
        (["list", "--queue", "nonsense"], 2, "ending"),
        (["list", "--within", "7"], 2, "--queue"),
        (["due", "--within", "-1"], 2, "3650"),
        (["due", "--within", "4000"], 2, "3650"),
        (["due", "--within", "soon"], 2, "--within"),
        (["due", "--queue", "nonsense"], 2, "ending"),
        (["show", "M-99"], 3, "M-99"),
        (["show", "X-1"], 2, "M-42"),
        (["show", ""], 2, "M-42"),
        (["show", "M-99999999999999999999999"], 3, "membership list"),
        (["extend", "M-1"], 2, "--by 1m"),
        (["extend", "M-1", "--by", "1m", "--until", "2027-01-01"], 2, "--until"),
        (["extend", "M-1", "--by", "0d"], 2, "10d"),
        (["extend", "M-1", "--by", ""], 2, "10d"),
        (["extend", "M-1", "--until", ""], 2, "2026-12-31"),
        (["extend", "M-1", "--until", "2026-03-05"], 5, "2026-03-05"),
        (["extend", "M-3", "--by", "1m"], 5, "expired"),
        (["extend", "M-5", "--by", "1m"], 5, "cancelled"),
        (["extend", "M-4", "--by", "1m"], 5, "upcoming"),
        (["cancel", "M-1"], 2, "--at-period-end"),
        (["cancel", "M-1", "--now", "--on", "today"], 2, "--on"),
        (["cancel", "M-1", "--on", ""], 2, "2026-12-31"),
        (["cancel", "M-1", "--on", "2026-04-01"], 5, "2026-03-05"),
        (["cancel", "M-1", "--on", "2026-01-01"], 5, "--now"),
        (["cancel", "M-5", "--now"], 5, "cancelled"),
        (["add", "--plan", "Pilates"], 2, "--client"),
        (["add", "--client", "3"], 2, "--plan"),
        (["add", "--client", "nobody", "--plan", "Pilates"], 3, "'nobody'"),
        (["add", "--client", "zo mx", "--plan", "Pilates"], 3, "'zo mx'"),
        (["add", "--client", "3", "--plan", "Nonsense"], 3, "'Nonsense'"),
        (["add", "--client", "3", "--plan", "Yoga"], 2, "Monthly, Yearly"),
        (["add", "--client", "3", "--plan", "Yoga", "--rate", "Nonsense"], 3, "Monthly"),
        (["add", "--client", "3", "--plan", "Pilates", "--until", ""], 2, "2026-12-31"),
        (["add", "--client", "3", "--plan", "Pilates", "--for", ""], 2, "10d"),
        (["add", "--client", "3", "--plan", "Pilates", "--start", "31/12/2026"], 2, "2026-12-31"),
        (["add", "--client", "3", "--plan", "Pilates", "--until", "2026-02-01"], 2, "2026-02-01"),
        (["add", "--client", "3", "--plan", "Pilates", "--until", "+1m", "--for", "1m"], 2, "--until"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(do, typed, status, says) -> None:
    log = do("log").out
    done = do("membership", *typed)
    assert done.status == status or (status is None and done.status in {2, 3})
    assert (done.out, done.err) == ("", "")
    assert says.lower() in done.error.message.lower()
    assert do("log").out == log


# -- changes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        (["--plan", "Pilates"], ("Weekly", "2026-03-01", None, "2026-03-08")),
        (
            ["--plan", "yoga/monthly", "--start", "2026-02-15", "--for", "1y"],
            ("Monthly", "2026-02-15", "2027-02-14", "2026-03-15"),
        ),
        (
            ["--plan", "Yoga", "--rate", "Monthly", "--start", "2026-01-31", "--settled"],
            ("Monthly", "2026-01-31", None, "2026-03-31"),
        ),
        (
            ["--plan", "Yoga", "--rate", "Monthly", "--start", "2026-01-31", "--next-billing", "2026-04-30"],
            ("Monthly", "2026-01-31", None, "2026-04-30"),
        ),
        (["--plan", "Yoga", "--rate", "Yearly"], ("Yearly", "2026-03-01", "2027-02-28", None)),
        (["--plan", "Yoga/Yearly", "--until", "2028-12-31"], ("Yearly", "2026-03-01", "2028-12-31", "2027-03-01")),
        (
            ["--plan", "Pilates", "--start", "tomorrow", "--until", "+2w"],
            ("Weekly", "2026-03-02", "2026-03-15", "2026-03-09"),
        ),
    ],
)
def test_a_client_is_enrolled(do, typed, wanted) -> None:
    done = do("membership", "add", "--client", "lu@example.org", *typed, "--json")
    record = done.json
    assert (record["rate"], record["starts"], record["ends"], record["next_billing"]) == wanted
    assert (record["number"], record["client_id"]) == ("M-6", 3)
    end = f"until {record['ends']}" if record["ends"] else "without end"
    assert done.err.startswith(f"Added M-6 (Łukasz Müller (3)): {record['plan']}/{record['rate']}, {record['price']} ")
    told, charged = done.err.splitlines()
    assert told.endswith(f"from {record['starts']} {end}")
    assert charged == "Nothing to pay now" if "Monthly" in typed else charged.startswith("C-1: ")
    assert record["plan"] in do("client", "show", "3", "--json").json["labels"]


@pytest.mark.parametrize(
    ("typed", "client", "says"),
    [
        (["Zoe Muller", "--email", "ZOE@example.com"], 1, "Zoé Müller is client 1 already"),
        (["Dubois Ana", "--phone", "01 99 00 12 34"], 2, "Ana Dubois is client 2 already"),
        (["Z. Weber", "--email", "zoe@example.com"], 1, "Z. Weber matches client 1 Zoé Müller"),  # people marry
        (["Ana Dubois"], 6, "Ana Dubois; an Ana Dubois is client 2 already"),  # a name alone is nobody known
        (
            ["Noé Petit", "--phone", "01 99 00 12 34"],
            6,
            "Noé Petit; shares +33 1 99 00 12 34 with client 2 Ana Dubois\n",
        ),
        (
            ["Noé Petit", "--email", "zoe@example.com"],
            6,
            "Noé Petit; shares zoe@example.com with client 1 Zoé Müller\n",
        ),
        (["Noé Müller", "--email", "zoe@example.com"], 6, "they may be the same person: `clientctl client merge 1 "),
    ],
)
def test_who_may_be_new_is_never_doubled(do, typed, client, says) -> None:
    for words in (("membership", "add", "--plan", "Pilates"), ("package", "sell", "--plan", "Ten")):
        do("plan", "add", "Ten", "--kind", "package")
        do("rate", "add", "Ten", "Ten", "--price", "90", "--sessions", "10")
        done = do(*words, "--new-client", *typed, "--json")
        assert done.json["client_id"] in {client, client + (client == 6)}  # an id is never used again
        assert says.lower() in done.err.lower()
        do("undo")
    nobody = do("membership", "add", "--new-client", "", "--plan", "Pilates")
    assert (nobody.status, nobody.error.message) == (
        2,
        "a new client needs a name, an e-mail or a phone: use --new-client NAME, --email or --phone",
    )
    assert (
        "--new-client" in do("membership", "add", "--client", "1", "--email", "a@b.c", "--plan", "Yoga").error.message
    )


def test_the_same_sold_twice_is_told_in_a_script_and_asked_on_a_terminal(do, practice) -> None:
    do("plan", "add", "Ten", "--kind", "package")
    do("rate", "add", "Ten", "Ten", "--price", "90", "--sessions", "10")
    do("rate", "add", "Ten", "Later", "--price", "90", "--sessions", "10", "--clock", "first-use")
    env = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    for typed, told in (
        (["membership", "add", "--client", "1", "--plan", "Pilates"], "Zoé Müller has M-6 already: Pilates/Weekly"),
        (["package", "sell", "--client", "1", "--plan", "Ten/Ten"], "Zoé Müller has K-1 already: Ten/Ten"),
        (["package", "sell", "--client", "1", "--plan", "Ten/Later"], "Zoé Müller has K-3 already: Ten/Later"),
    ):
        once, twice = do(*typed), do(*typed)
        assert (once.status, twice.status, told in once.err) == (0, 0, False)
        assert f"{told} from 2026-03-01\n" in twice.err
        listed = do(typed[0], "list", "-q").lines
        seen = terminal.run(*typed, typed="n\n", **env)
        assert (seen.status, f"{told} from 2026-03-01. Sell it again?" in " ".join(seen.shown.split())) == (1, True)
        assert do(typed[0], "list", "-q").lines == listed
    assert terminal.run(*typed, typed="y\n", **env).status == 0
    assert do("package", "list", "-q").lines == [*listed, "K-5"]
    assert "already" not in do("membership", "add", "--client", "1", "--plan", "Pilates", "--start", "2026-03-02").err


def test_somebody_else_at_the_same_e_mail_is_asked_about_on_a_terminal(do, practice) -> None:
    typed = ["membership", "add", "--new-client", "Noé Müller", "--email", "zoe@example.com", "--plan", "Pilates"]
    env = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    seen = terminal.run(*typed, typed="n\n", **env)
    asked = "Noé Müller shares zoe@example.com with client 1 Zoé Müller. Is this somebody else?"
    assert (seen.status, asked in " ".join(seen.shown.split())) == (1, True)
    assert do("client", "list", "--count").out == "4\n"
    assert terminal.run(*typed, typed="y\n", **env).status == 0
    assert do("client", "list", "--count").out == "5\n"


def test_a_name_alone_is_made_anew_and_told(do) -> None:
    typed = ["membership", "add", "--new-client", "Walk In", "--plan", "Pilates"]
    assert "already" not in do(*typed).err
    assert "Added client 7: Walk In; a Walk In is client 6 already\n" in do(*typed).err


def test_enrolling_an_archived_client_brings_them_back(do) -> None:
    do("membership", "add", "--client", "5", "--plan", "Pilates")
    assert do("client", "list", "--archived", "--count").out == "0\n"


def test_a_membership_is_extended_by_and_until(do) -> None:
    assert do("membership", "extend", "M-1", "--by", "1m").err == (
        "Extended M-1 (Zoé Müller): ends 2026-04-05 (was 2026-03-05)\n"
    )
    record = do("membership", "extend", "1", "--until", "2026-12-31", "--json").json
    assert (record["ends"], record["term_ends"]) == ("2026-12-31", "2026-03-05")
    assert "2026-03-05" in do("membership", "extend", "m-1", "--by", "10d", "--charge").error.message
    assert do("membership", "extend", "m-2", "--by", "10d", "--charge", "--json").json["term_ends"] == "2027-01-24"


@pytest.mark.parametrize(
    ("typed", "last"),
    [(["--now"], "2026-02-28"), (["--at-period-end"], "2026-03-01"), (["--on", "2026-03-04"], "2026-03-04")],
)
def test_a_membership_is_cancelled(do, typed, last) -> None:
    done = do("membership", "cancel", "M-1", *typed, "--reason", "moves  away", "--json")
    told = f"Cancelled M-1 (Zoé Müller): last day {last} (was 2026-03-05)"
    billed = "" if last == "2026-03-04" else ", next billing none (was 2026-03-02)"
    assert done.err == f"{told}{billed}\n"
    assert (done.json["cancelled"], done.json["ends"], done.json["cancel_reason"]) == (last, last, "moves away")
    assert (done.json["status"] == "cancelled") == (typed == ["--now"])


def test_a_membership_is_shown(do) -> None:
    record = do("membership", "show", "M-5", "--json").json
    assert (record["status"], record["cancel_reason"], record["member_since"]) == (
        "cancelled",
        "moves away",
        "2026-02-10",
    )
    assert do("membership", "show", "5").out == do("membership", "show", "m-5").out
    card = do("membership", "show", "M-5", "--format", "table")
    assert card.lines[0] == "M-5  nameless@example.net"


# -- on a terminal ----------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [(), ("--sort", "number"), ("zo",)], ids=["default", "sorted", "search"])
def test_a_page_beyond_the_last_is_the_last_on_a_terminal_and_nothing_elsewhere(practice, do, more) -> None:
    noun = "client" if more == ("zo",) else "membership"
    sort = ("--sort", "id") if (noun, more[:1]) == ("client", ("--sort",)) else more
    asked = (noun, "list", *sort, "--page", "9", "--limit", "2")
    last = do(noun, "list", *sort, "-q").lines[-1]
    seen = terminal.run(*asked, CLIENTCTL_DB=str(practice), **HOME)
    assert f"\n{last} " in seen.shown or f"\n {last} " in seen.shown
    assert "page 9 does not exist: this is the last one, page " in seen.shown
    assert do(*asked)[:3] == (0, "", "")


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_a_terminal_shows_as_many_columns_as_there_is_room_for(practice, width) -> None:
    seen = terminal.run("membership", "list", width=width, CLIENTCTL_DB=str(practice), **HOME)
    assert max(map(len, seen.shown.splitlines())) <= width
    for number in range(1, 6):
        assert f"M-{number} " in seen.shown.replace("\n", " ")
    assert "cancelled" in seen.shown
    assert ("Zoé Müller" in seen.shown, "2027-01-14" in seen.shown) == (width >= 40, width >= 80)
