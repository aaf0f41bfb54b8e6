"""The `preference` commands, and the export of the e-mails of those who agreed."""

from pathlib import Path

import looking
import pytest
import terminal
from looking import damage

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


@pytest.fixture
def letters(do):
    """Return the practice with two preferences; clients 1 and 3 are opted in to Newsletter, 3 is out of Offers."""
    for line in (
        ("add", "Newsletter", "Offers"),
        ("opt-in", "1", "3", "--preference", "Newsletter", "--on", "2026-01-10", "--how", "paper form"),
        ("opt-out", "3", "--preference", "Offers"),
    ):
        assert do("preference", *line).status == 0
    return do


def test_what_was_done_is_said_once(do) -> None:
    assert (
        do("preference", "add", "Newsletter", "Offers").err == "Added preference Newsletter\nAdded preference Offers\n"
    )
    done = do("preference", "opt-in", "1", "Lu@example.org", "--preference", "NEWSLETTER")
    assert done.err == "Opted Zoé Müller (1) in to Newsletter\nOpted Łukasz Müller (3) in to Newsletter\n"
    again = do("preference", "opt-in", "1", "2", "--preference", "newsletter", "--preference", "Offers")
    assert again.err.splitlines() == [
        "Zoé Müller (1) is already opted in to Newsletter, since 2026-03-01",
        "Opted Zoé Müller (1) in to Offers",
        "Opted Ana Dubois (2) in to Newsletter",
        "Opted Ana Dubois (2) in to Offers",
    ]
    assert do("preference", "opt-out", "1", "--preference", "offers").err == "Opted Zoé Müller (1) out of Offers\n"
    late = do("preference", "opt-in", "1", "--preference", "offers", "--on", "2026-02-01")
    assert late.err == "Opted Zoé Müller (1) in to Offers; the later opt-out on 2026-03-01 still counts\n"
    assert do("preference", "edit", "offers", "--name", "Deals").err == "Renamed preference Offers to Deals\n"


def test_many_are_opted_in_from_a_pipe(do) -> None:
    do("preference", "add", "Newsletter")
    for number in range(12):
        assert do("client", "add", "--first", f"N{number}").status == 0
    ids = do("client", "list", "-q").out
    done = do("preference", "opt-in", "-", "--preference", "newsletter", stdin=ids)
    assert (len(done.err.splitlines()), done.err.splitlines()[-1]) == (11, "… and 6 more")
    assert do("preference", "list", "--columns", "opted_in").out == "16\n"


def test_those_who_agree_are_chosen_as_elsewhere(do) -> None:
    do("preference", "add", "Newsletter")
    do("segment", "save", "Müllers", "mul")
    done = do("preference", "opt-in", "--where", "email filled", "--segment", "Müllers", "--preference", "newsletter")
    assert done.err == "Opted Zoé Müller (1) in to Newsletter\nOpted Łukasz Müller (3) in to Newsletter\n"
    assert do("preference", "opt-out", "--segment", "Müllers", "--preference", "newsletter", "-q").out == "1\n3\n"
    both = do("preference", "opt-in", "1", "--where", "email filled", "--preference", "newsletter")
    assert (both.status, both.error.message[:14]) == (2, "which clients?")
    assert do("preference", "opt-in", "--preference", "newsletter").status == 2


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["add", "NEWSLETTER"], 5, "the preference 'NEWSLETTER' already exists"),
        (["add", "!"], 2, "letter or a digit"),
        (["edit", "Offers", "--name", "newsletter"], 5, "already"),
        (["edit", "Offers"], 2, "--name"),
        (["edit", "Nothing", "--name", "X"], 3, "`clientctl preference add Nothing` adds one"),
        (["remove", "Nothing", "--yes"], 3, "'Nothing'"),
        (["remove", "Newsletter"], 2, "2 consents of 2 clients to Newsletter would be lost: confirm with --yes"),
        (["opt-in", "1"], 2, "--preference"),
        (["opt-in", "1", "99", "--preference", "Offers"], 3, "'99'"),
        (["opt-in", "1", "--preference", "Offers", "--preference", "Nothing"], 3, "'Nothing'"),
        (["opt-in", "1", "--preference", "Offers", "--on", "2026-03-02"], 2, "in the future"),
        (["opt-in", "1", "--preference", "Offers", "--on", "10"], 2, "2026-12-31"),
        (["opt-out", "1", "--preference", "Offers", "--how", "card 4111 1111 1111 1111"], 5, "ending in 1111"),
        (["history", "nobody"], 3, "'nobody'"),
        (["history", ""], 3, "''"),
        (["history", "--preference", ""], 3, "''"),
        (["history", "--preference", "Nothing"], 3, "'Nothing'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(letters, practice, typed, status, says) -> None:
    before = looking.dump_file(practice)
    done = letters("preference", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert looking.dump_file(practice) == before


def test_removing_asks_on_a_terminal_and_undo_brings_all_of_it_back(letters, practice) -> None:
    before = looking.dump_file(practice)
    home = {**HOME, "CLIENTCTL_DB": str(practice)}
    no = terminal.run("preference", "remove", "newsletter", typed="n\n", width=200, **home)
    assert (no.status, looking.dump_file(practice)) == (1, before)
    assert "2 consents of 2 clients to newsletter would be lost. Remove it?" in no.shown
    yes = terminal.run("preference", "remove", "newsletter", typed="y\n", width=200, **home)
    assert yes.status == 0
    assert yes.shown.endswith("Removed preference Newsletter and 2 consents of 2 clients\n")
    assert letters("client", "list", "--columns", "preferences").out.strip() == ""
    assert letters("undo").status == 0
    assert looking.dump_file(practice) == before
    assert letters("preference", "remove", "offers", "--yes", "--json").json == {
        "id": 2, "name": "Offers", "opted_in": 0, "opted_out": 1,
    }  # fmt: skip


def test_history_shows_every_change_of_one_client_or_of_all(letters) -> None:
    letters("preference", "opt-out", "1", "--preference", "newsletter")
    keys = "on,client,preference,opted,how,from,kept_by"
    rows = [line.split("\t") for line in letters("preference", "history", "--columns", keys).lines]
    assert rows == [
        ["2026-01-10", "Zoé Müller", "Newsletter", "in", "paper form", "hand", "Ana Müller"],
        ["2026-01-10", "Łukasz Müller", "Newsletter", "in", "paper form", "hand", "Ana Müller"],
        ["2026-03-01", "Łukasz Müller", "Offers", "out", "", "hand", "Ana Müller"],
        ["2026-03-01", "Zoé Müller", "Newsletter", "out", "", "hand", "Ana Müller"],
    ]
    assert letters("preference", "history", "zoé", "--columns", "opted").lines == ["in", "out"]
    assert letters("preference", "history", "--preference", "offers", "--count").out == "1\n"
    letters("client", "archive", "1")
    assert letters("preference", "history", "--count").out == "2\n"
    assert letters("preference", "history", "1", "--count").out == "2\n"


def test_the_past_shows_who_was_opted_in_then(letters) -> None:
    number = letters("log", "--limit", "1", "-q").out.strip().removeprefix("#")
    letters("preference", "opt-out", "1", "--preference", "newsletter")
    then = ["--as-of", f"#{int(number) + 1}"]
    assert letters("preference", "list", "--columns", "name,opted_in", *then).lines == ["Newsletter\t2", "Offers\t0"]
    assert letters("preference", "list", "--columns", "name,opted_in").lines == ["Newsletter\t1", "Offers\t0"]
    assert letters("client", "list", "--opted-in", "newsletter", "-q", *then).lines == ["1", "3"]
    assert letters("client", "list", "--opted-in", "newsletter", "-q").lines == ["3"]
    assert letters("preference", "history", "1", "--columns", "opted", *then).lines == ["in"]


def test_hostile_names_are_shown_inert(do, practice) -> None:
    name = "[/] \x1b[31m \u202e 'x'; DROP TABLE consents; --"
    assert do("preference", "add", name).err == "Added preference [/] ␛[31m <U+202E> 'x'; DROP TABLE consents; --\n"
    assert do("preference", "opt-in", "1", "--preference", name, "--how", name).status == 0
    seen = terminal.run("preference", "history", "1", CLIENTCTL_DB=str(practice), **HOME)
    assert (seen.status, "\x1b" in seen.shown, "\u202e" in seen.shown) == (0, False, False)
    assert do("client", "show", "1", "--json").json["preferences"][0]["how"] == name


# -- e-mails ------------------------------------------------------------------------------------


def test_the_emails_of_those_who_agreed_one_a_line(letters) -> None:
    done = letters("export", "emails", "--opted-in", "newsletter")
    assert (done.status, done.out, done.err) == (0, "zoe@example.com\nLu@example.org\n", "")
    assert letters("export", "emails", "--opted-in", "offers").out == ""
    assert letters("export", "emails", "--opted-in", "newsletter", "--label", "VIP").out == "zoe@example.com\n"
    assert letters("export", "emails", "--opted-in", "nothing").status == 3
    assert len(letters("export", "emails", "--everyone", "--yes").lines) == 3


def test_an_address_is_given_once_and_only_of_clients_who_are_there(letters) -> None:
    letters("client", "add", "--first", "Twin", "--email", "ZOE@example.com")
    letters("client", "add", "--first", "No", "--phone", "+33 1 99 00 12 35")
    letters("preference", "opt-in", "6", "7", "5", "--preference", "newsletter")
    assert letters("export", "emails", "--opted-in", "newsletter", "--count").out == "2\n"
    letters("client", "archive", "1", "3")
    rows = letters("export", "emails", "--opted-in", "newsletter", "--columns", "email,name", "--json").json
    assert rows == [{"email": "ZOE@example.com", "name": "Twin"}]


def test_emails_go_to_a_file(letters, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert letters("export", "emails", "--opted-in", "newsletter", "--out", "to.csv").status == 0
    assert Path("to.csv").read_text(encoding="utf-8-sig").splitlines() == ["email", "zoe@example.com", "Lu@example.org"]


def test_undoing_every_step_leaves_no_trace(do, practice) -> None:
    before = looking.dump_file(practice)
    for line in (
        ("add", "Newsletter"),
        ("opt-in", "1", "2", "--preference", "newsletter"),
        ("opt-out", "2", "--preference", "newsletter"),
        ("edit", "newsletter", "--name", "Letter"),
        ("remove", "letter", "--yes"),
    ):
        assert do("preference", *line).status == 0
    for _ in range(5):
        assert do("undo").status == 0
    assert looking.dump_file(practice) == before
    assert damage(practice) == []
