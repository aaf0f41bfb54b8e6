"""The `config` commands."""

import pytest
import terminal


def test_every_setting_is_listed_set_or_not(do) -> None:
    rows = {each["setting"]: each for each in do("config", "list", "--json").json}
    assert (rows["within"]["value"], rows["within"]["set"]) == ("10", True)
    assert (rows["currency"]["value"], rows["currency"]["set"]) == ("EUR", False)
    assert rows["timezone"]["value"] is None
    assert do("config", "list", "-q").lines == list(rows)


def test_one_value_is_printed_bare(do) -> None:
    assert do("config", "get", "within")[:3] == (0, "10\n", "")
    assert do("config", "get", "user")[:3] == (0, "", "")
    record = do("config", "get", "within", "--json").json
    assert (record["setting"], record["value"], record["set"]) == ("within", "10", True)
    assert do("config", "get", "user", "--json").json["value"] is None


@pytest.mark.parametrize(
    ("setting", "typed", "value"),
    [
        ("currency", "chf", "CHF"),
        ("region", "it", "IT"),
        ("timezone", "Europe/Rome", "Europe/Rome"),
        ("language", "en", "en"),
        ("user", "Ana Müller", "Ana Müller"),
        ("within", " 14 ", "14"),
        ("day_first", "YES", "yes"),
    ],
)
def test_a_setting_is_set_as_it_is_written_and_taken_back(do, setting, typed, value) -> None:
    was = do("config", "get", setting).out.strip() or "not set"
    done = do("config", "set", setting, typed)
    again = "already" if was == value else f"(was {was})"
    assert (done.status, done.out, done.err) == (0, "", f"{setting} is {value} {again}\n")
    assert do("config", "get", setting).out == f"{value}\n"
    assert do("config", "set", setting, typed).err == f"{setting} is {value} already\n"
    do("config", "set", setting, "--default")
    assert do("config", "list", "--json").json[do("config", "list", "-q").lines.index(setting)]["set"] is False


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["get", "nonsense"], 3, "currency"),
        (["set", "nonsense", "1"], 3, "currency"),
        (["set", "within"], 2, "--default"),
        (["set", "within", "7", "--default"], 2, "--default"),
        (["set", "within", "soon"], 2, "7"),
        (["set", "within", "1e3"], 2, "7"),
        (["set", "within", "99999"], 2, "7"),
        (["set", "within", "²"], 2, "7"),
        (["set", "within", ""], 2, "7"),
        (["set", "currency", "XXX"], 2, "EUR"),
        (["set", "region", "ZZ"], 2, "FR"),
        (["set", "timezone", "Mars/Base"], 2, "Mars/Base"),
        (["set", "timezone", "../../etc/passwd"], 2, "passwd"),
        (["set", "language", "fr"], 2, "en"),
        (["set", "user", "Nobody"], 3, "Nobody"),
        (["set", "day_first", "maybe"], 2, "yes"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(do, typed, status, says) -> None:
    log = do("log").out
    done = do("config", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says in done.error.message
    assert do("log").out == log
    assert do("label", "add", "Still works").status == 0


def test_settings_are_looked_at_by_other_commands(do, practice) -> None:
    do("config", "set", "within", "3")
    assert do("membership", "due").out == ""
    do("config", "set", "timezone", "Asia/Tokyo")
    seen = terminal.run("log", "--limit", "1", CLIENTCTL_DB=str(practice), CLIENTCTL_NOW="2026-03-01T23:30:00Z")
    assert "2026-03-01 18:00" in seen.shown  # of the change at 09:00 UTC, whatever the clock of this machine


TYPED = (
    ("client", "edit", "2", "--birthday", "15/03/1990", "--since", "01/02/2020"),
    ("client", "edit", "2", "--field", "seen=01/03/2026"),
    ("task", "add", "2", "Call", "--due", "31/12"),
    ("membership", "extend", "M-1", "--until", "31/03/2026"),
    ("membership", "add", "--client", "4", "--plan", "Yoga/Monthly", "--start", "15/03"),
    ("charge", "add", "--client", "2", "--amount", "5", "--for", "Key", "--due", "05/04/2026"),
    ("credit", "issue", "2", "--amount", "5", "--expires", "31/12/2026"),
    ("client", "list", "--where", "birthday is 15/03/1990"),
    ("client", "list", "--where", "birthday in 15/03..16/03"),
    ("client", "list", "--since", "01/02/2020..28/02/2020"),
    ("task", "list", "--due", "..31/12"),
    ("log", "--as-of", "01/03/2026"),
    ("client", "list", "--today", "02/03/2026"),
)


def test_a_day_is_typed_with_the_day_first_once_that_is_set(do) -> None:
    do("field", "add", "Seen", "--type", "date")
    for typed in TYPED:
        assert do(*typed).status == 2, typed
    do("config", "set", "day_first", "yes")
    for typed in TYPED:
        assert do(*typed).status == 0, typed
    assert do("client", "list", "--columns", "birthday,client_since,seen", "--since", "01/02/2020").lines == [
        "1990-03-15\t2020-02-01\t2026-03-01"
    ]
    assert do("task", "list", "--columns", "due").lines == ["2026-12-31"]
    do("config", "set", "day_first", "no")
    refused = do("task", "list", "--due", "01/02/2026")
    assert (refused.status, "day_first" in refused.error.message) == (2, False)


def test_the_day_comes_first_also_where_the_past_is_shown(do) -> None:
    do("config", "set", "day_first", "yes")
    seen = do("client", "list", "--since", "01/05/2020", "--as-of", "#10", "--today", "01/03/2026", "-q")
    assert (seen.status, seen.lines) == (0, ["2"])


def test_a_segment_is_read_alike_when_the_setting_has_changed(do) -> None:
    do("config", "set", "day_first", "yes")
    do("segment", "save", "Old", "--since", "01/05/2020..02/05/2020", "--where", "client_since is 01/05/2020")
    do("config", "set", "day_first", "--default")
    assert do("client", "list", "--segment", "Old", "-q").lines == ["2"]
    assert "--since 2020-05-01..2020-05-02 --where 'client_since is 2020-05-01'" in do("segment", "list").out
