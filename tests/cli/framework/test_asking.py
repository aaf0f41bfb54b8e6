"""Commands with missing input: asked for on a terminal, reported elsewhere."""

import re

import looking
import pytest
import terminal

PLANS = (
    ("plan", "add", "Ten", "--kind", "package"),
    ("rate", "add", "Ten", "Full", "--price", "99", "--sessions", "10"),
)


@pytest.fixture
def before() -> tuple[tuple[str, ...], ...]:
    sold = ("membership", "add", "--client", "3", "--plan", "Yoga/Monthly")
    return (*PLANS, sold, ("charge", "add", "--client", "1", "--amount", "20", "--for", "Lost key"))


@pytest.fixture
def at_terminal(practice):
    """Return ``at_terminal(*arguments, typed="")``, which runs one command at a terminal, with lines typed."""

    def run(*arguments: str, typed: str) -> terminal.Screen:
        return terminal.run(
            *arguments, typed=typed, width=200, CLIENTCTL_DB=str(practice), CLIENTCTL_TODAY="2026-03-01"
        )

    return run


ASKED = {
    "membership add": ([], "Yoga/Monthly\nnobody\n2\n", "M-7"),
    "membership extend": (["M-1"], "2m\n", "M-1"),
    "membership cancel": (["M-2"], "yesterday\n", "M-2"),
    "membership change": (["M-6"], "\nYearly\n", "M-6"),
    "package sell": ([], "Ten\n1\n", "K-1"),
    "note add": (["1"], "Prefers mornings\n", "1"),
    "task add": ([], "1\nCall\n", "1"),
    "label attach": ([], "VIP\n2\n", "2"),
    "payment record": (["C-2"], "gold\ncash\n", "P-1"),
    "charge add": ([], "12,50 dollars\n12,50\nKey\n1\n", "C-3"),
    "charge waive": (["C-2"], "Goodwill\n", "C-2"),
    "credit issue": (["1"], "20\n", "1"),
    "client archive": ([], "1\n", "1"),
    "client show": ([], "1\n", None),
    "address add": (["1", "--name", "Home"], "\n\nParis\n\n", "1"),
    "rate add": (["Yoga"], "-1\n-1 a month\n60\nmonthly\n1m\n", "5"),
    "config set": ([], "day-first\nday_first\noui\nyes\n", "day_first"),
    "rate add Ten": (["Half", "--price", "60"], "0\n5\n", "5"),
}
"""What is left out of a command, the lines typed instead, a wrong one among them, and the number that comes of it."""


@pytest.mark.parametrize("verb", ASKED)
def test_what_is_left_out_is_asked_for_and_each_answer_is_checked_at_once(at_terminal, verb) -> None:
    given, typed, number = ASKED[verb]
    quiet = ["-q"] if number else []
    seen = at_terminal(*verb.split(), *given, *quiet, typed=typed)
    assert seen.status == 0, seen.shown
    assert number is None or number in seen.shown.splitlines()


@pytest.mark.parametrize("verb", ASKED)
def test_nobody_is_asked_without_a_terminal_and_nothing_is_changed_when_the_answers_end(
    do, at_terminal, practice, verb
) -> None:
    given, typed, _ = ASKED[verb]
    before = looking.dump_file(practice)
    assert do(*verb.split(), *given, stdin=typed).status == 2
    ended = at_terminal(*verb.split(), *given, typed="\x04")
    assert (ended.status, ended.shown.endswith("clientctl: stopped; nothing was changed\n")) == (1, True)
    assert looking.dump_file(practice) == before


def test_where_there_is_no_database_nothing_is_asked(tmp_path) -> None:
    seen = terminal.run("note", "add", typed="1\n", CLIENTCTL_DB=str(tmp_path / "none.db"))
    assert (seen.status, seen.shown.startswith("clientctl: no database at ")) == (6, True)


def test_a_client_is_asked_for_one_thing_at_a_time_and_a_bad_answer_asked_again_alone(do, at_terminal) -> None:
    do("site", "add", "Lyon")
    do("field", "edit", "site", "--required")
    do("field", "add", "Dog", "--type", "choice", "--choice", "Small", "--choice", "Big", "--required")
    typed = "Noé\nPetit\nnot an e-mail\nnoe@example.com\n\nParis\nlyon\nhuge\nbig\n"
    seen = at_terminal("client", "add", typed=typed)
    assert seen.status == 0, seen.shown
    asked = ["First name", "Last name", "E-mail", "E-mail", "Phone", "Site", "Site", "Dog", "Dog", "Dog"]
    # The second dog is in what is said of a huge one.
    assert re.findall("|".join(f"{each}(?=[^:]*: )" for each in dict.fromkeys(asked)), seen.shown) == asked
    assert "Added client 6: Noé Petit" in seen.shown
    stored = do("client", "list", "petit", "--columns", "email,phone,site,dog", "--json").json
    assert stored == [{"email": "noe@example.com", "phone": None, "site": "Lyon", "dog": "Big"}]


def test_who_is_there_already_is_asked_about_before_being_added_again(do, at_terminal) -> None:
    again = ["client", "add", "--first", "Zoé", "--last", "Müller", "--email", "zoe@example.com"]
    for answer, status, people in (("n", 1, 5), ("y", 0, 6)):
        seen = at_terminal(*again, typed=f"{answer}\n")
        assert "client 1 (Zoé Müller) already exists. Add somebody else with that name? [y/N]:" in seen.shown
        assert (seen.status, int(do("client", "list", "--count").out)) == (status, people - 1)
    assert at_terminal(*again, "--yes", typed="").status == 0
    told = do(*again)
    assert (told.status, "1 Zoé Müller may be the same person" in told.err) == (0, True)


def test_a_label_that_is_not_there_yet_can_be_made_at_the_prompt(do, at_terminal) -> None:
    seen = at_terminal("label", "attach", "2", typed="Walk-in\nn\nWalk-in\ny\n")
    assert (seen.status, "[Family, Pilates, VIP, Yoga]: " in seen.shown) == (0, True), seen.shown
    assert "Walk-in" in do("label", "list", "--columns", "name").lines


def test_what_begins_with_a_dash_is_an_answer_and_no_option(do, at_terminal) -> None:
    assert at_terminal("note", "add", "1", typed="--editor\n").status == 0
    assert at_terminal("task", "add", "1", "--due", "+1d", typed="-n\n").status == 0
    assert do("note", "list", "--columns", "text").lines == ["--editor"]
    assert do("task", "list", "--columns", "description").lines == ["-n"]


ANSWERED = {
    "membership show": ([], ["M-77", "nobody"], "M-4"),
    "membership renew": ([], ["M-77", "id:5"], "id:1"),
    "membership resume": ([], ["id:1", "M-77"], "id:2"),
    "package show": ([], ["id:2", "K-77"], "id:1"),
    "payment show": ([], ["id:2", "P-77"], "id:1"),
    "payment void": (["--yes"], ["id:2", "P-77"], "P-1"),
    "payment fail": (["--type", "cash"], ["C-77", "id:77", "O-77"], "C-2"),
    "charge show": ([], ["C-77", "K-1"], "2"),
    "credit revoke": (["--yes"], ["77"], "1"),
    "task done": ([], ["77", "Call"], "1"),
    "note remove": (["--yes"], ["77"], "1"),
    "address remove": (["--yes"], ["77"], "1"),
    "document save": ([], ["77"], "1"),
    "payment-method remove": (["--yes"], ["77"], "1"),
    "order show": ([], ["O-77"], "1"),
}
"""What is asked for by its number or by whose it is: answers that won't do, each asked again, and one that will."""


@pytest.mark.parametrize("verb", ANSWERED)
def test_what_has_a_number_is_checked_as_it_is_answered(do, at_terminal, tmp_path, monkeypatch, verb) -> None:
    monkeypatch.chdir(tmp_path)
    given, wrong, right = ANSWERED[verb]
    letter = tmp_path / "letters" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("x", encoding="utf-8")
    for line in (
        ("membership", "suspend", "M-2", "--resume", "+1w"),
        ("package", "sell", "--client", "1", "--plan", "Ten"),
        ("payment", "record", "C-2", "--type", "cash", "--amount", "1"),
        ("credit", "issue", "2", "--amount", "5"),
        ("task", "add", "2", "Call"),
        ("note", "add", "2", "Likes mornings"),
        ("address", "add", "2", "--city", "Paris"),
        ("document", "attach", "2", letter),
        ("payment-method", "add", "2", "cash"),
    ):
        assert do(*line).status == 0, line
    seen = at_terminal(*verb.split(), *given, typed="\n".join([*wrong, right, "\x04"]))
    assert seen.status == 0, seen.shown
    asked = re.split("[(:]", seen.shown)[0]
    assert len(re.findall(rf"^{asked}[(:]", seen.shown, re.MULTILINE)) == len(wrong) + 1, seen.shown


def test_when_nothing_is_answered_it_says_what_is_needed_and_asks_again(do, at_terminal) -> None:
    seen = at_terminal("client", "add", typed="\n\n\n\n\nPetit\n\n\n\x04")
    assert seen.status == 0, seen.shown
    assert "a client needs a name, an e-mail or a phone; Ctrl-C stops\nFirst name" in seen.shown
    assert "Added client 6: Petit" in seen.shown
    ended = at_terminal("client", "add", typed="\n\n\n\n\x04")
    assert (ended.status, ended.shown.endswith("clientctl: stopped; nothing was changed\n")) == (1, True)


def test_a_phone_that_could_not_be_checked_is_asked_about(do, at_terminal) -> None:
    do("field", "add", "Mobile", "--type", "phone", "--required")
    seen = at_terminal("client", "add", typed="Noé\n\n\n0199\nn\n0199001234\n12\ny\n\x04")
    assert seen.status == 0, seen.shown
    assert "0199 is not a valid phone number. Store it as typed? [y/N]: Phone" in seen.shown
    stored = do("client", "list", "Noé", "--columns", "phone,mobile", "--json").json
    assert stored == [{"phone": "+33199001234", "mobile": "12"}]


def test_how_often_a_rate_is_paid_is_asked_for_unless_it_is_of_a_package_or_yes_was_said(at_terminal) -> None:
    seen = at_terminal("rate", "add", "Yoga", "Quarterly", "--price", "140", typed="3m\n")
    assert "Every (how often it is paid: 1m, 2w, 1y …, or once):" in seen.shown
    assert "Added rate Yoga/Quarterly: 140.00 EUR every 3m" in seen.shown
    sold = at_terminal("rate", "add", "Ten", "More", "--price", "99", "--sessions", "10", typed="")
    assert "Added rate Ten/More: 99.00 EUR once" in sold.shown
    agreed = at_terminal("rate", "add", "Yoga", "Plain", "--price", "50", "--yes", typed="")
    assert "Added rate Yoga/Plain: 50.00 EUR every 1m" in agreed.shown


def test_which_rate_is_asked_with_those_there_are_and_a_wrong_one_asked_again(at_terminal) -> None:
    for words in (["add", "--client", "2", "--plan", "Yoga"], ["change", "M-6"]):
        seen = at_terminal("membership", *words, typed="weekly\nyear\n\x04")
        assert (seen.status, seen.shown.count(" [Monthly, Yearly]: ")) == (0, 2), seen.shown


def test_a_record_that_is_not_there_is_told_before_anything_is_asked_about_it(at_terminal) -> None:
    for words in (
        ["note", "add", "nobody"],
        ["label", "attach", "1", "nobody"],
        ["membership", "extend", "M-77"],
        ["rate", "add", "Yogi"],
    ):
        seen = at_terminal(*words, typed="\x04")
        assert (seen.status, seen.shown.startswith("clientctl: no ")) == (3, True), seen.shown


def test_the_settings_are_named_once_in_the_question(at_terminal) -> None:
    seen = at_terminal("config", "get", typed="currency\n")
    assert (seen.status, seen.shown.count("currency, region, timezone")) == (0, 1), seen.shown


def test_what_else_could_be_given_is_told_with_the_question(at_terminal) -> None:
    seen = at_terminal("membership", "cancel", "M-2", typed="yesterday\n")
    assert seen.shown.startswith("cancel when? use --now, --at-period-end or --on DAY\nOn (the last day): ")


def test_an_answer_that_is_neither_yes_nor_no_says_what_to_type(at_terminal) -> None:
    seen = at_terminal("label", "attach", "2", typed="Walk-in\noui\nY\n")
    assert (seen.status, "[y/N]: type y for yes or n for no\nCreate it? [y/N]: " in seen.shown) == (0, True), seen.shown


def test_the_end_of_the_answers_is_told_on_a_line_of_its_own(at_terminal) -> None:
    seen = at_terminal("note", "add", "1", typed="\x04")
    assert seen.shown.endswith(":\x20\nclientctl: stopped; nothing was changed\n")
