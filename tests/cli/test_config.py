"""Type commands about settings."""

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
