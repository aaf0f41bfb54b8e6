"""The `address` commands."""

import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


@pytest.fixture
def housed(do):
    """Return Ana two addresses and Zoé one."""
    home = ["--street", "12 rue Oberkampf", "--postal-code", "01234", "--city", "Paris", "--country", "FR"]
    do("address", "add", "Ana Dubois", "--name", "Home", *home)
    do("address", "add", "2", "--name", "Work", "--city", "Lyon", "--region", "Rhône")
    do("address", "add", "1", "--country", "=1+1")  # Home, unless said
    return do


def test_addresses_are_added_and_listed(housed) -> None:
    assert [line.split("\t") for line in housed("address", "list").lines] == [
        ["1", "Ana Dubois", "Home", "12 rue Oberkampf", "01234", "Paris", "", "FR"],
        ["2", "Ana Dubois", "Work", "", "", "Lyon", "Rhône", ""],
        ["3", "Zoé Müller", "Home", "", "", "", "", "=1+1"],
    ]
    assert housed("address", "list", "zoé", "-q").lines == ["3"]
    assert housed("address", "list", "nameless@example.net").out == ""
    assert [each["name"] for each in housed("client", "show", "2", "--json").json["addresses"]] == ["Home", "Work"]
    assert (
        housed("address", "add", "1", "--name", "Work", "--city", "X").err == "Added address 4 (Zoé Müller (1), Work)\n"
    )


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["add", "nobody", "--name", "Home", "--city", "X"], 3, "'nobody'"),
        (["add", "1", "--name", "Home"], 2, "--street"),
        (["add", "1", "--name", "!", "--city", "X"], 2, "'!'"),
        (["add", "1", "--name", "Home", "--street", "4111 1111 1111 1111"], 5, "1111"),
        (["list", "nobody"], 3, "'nobody'"),
        (["edit", "1"], 2, "--unset"),
        (["edit", "9", "--city", "X"], 3, "no address 9"),
        (["edit", "Home", "--city", "X"], 2, "'Home'"),
        (["edit", "1", "--unset", "name"], 2, "postal-code"),
        (["edit", "1", "--unset", "city", "--city", "X"], 2, "--city"),
        (["edit", "2", "--unset", "city", "--unset", "region"], 5, "keep one"),
        (["remove", "1"], 2, "'12 rue Oberkampf, 01234, Paris, FR': confirm with --yes"),
        (["remove", "1", "9", "--yes"], 3, "no address 9"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(housed, typed, status, says) -> None:
    before = housed("address", "list", "--json").out, housed("log").out
    done = housed("address", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert (housed("address", "list", "--json").out, housed("log").out) == before


def test_an_address_is_changed_line_by_line(housed) -> None:
    done = housed("address", "edit", "1", "--name", "Flat", "--unset", "postal-code", "--city", "Évry", "--json")
    assert done.err == "Changed address 1 (Ana Dubois (2), Home)\n"
    assert {key: done.json[key] for key in ("name", "street", "postal_code", "city")} == {
        "name": "Flat", "street": "12 rue Oberkampf", "postal_code": None, "city": "Évry"
    }  # fmt: skip
    assert housed("address", "edit", "1", "--city", "Évry").err == "Address 1 (Ana Dubois (2), Flat) is unchanged\n"
    assert housed("client", "list", "-q").lines[-1] == "2"


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1)])
def test_removing_is_asked_about(practice, housed, typed, status) -> None:
    seen = terminal.run("address", "remove", "2", "3", typed=typed, CLIENTCTL_DB=str(practice), **HOME)
    assert seen.status == status
    asked = "address 2 (Ana Dubois (2), Work): 'Lyon, Rhône'; address 3 (Zoé Müller (1), Home): '=1+1'"
    assert seen.shown.startswith(f"{asked}. Remove them? [y/N]: ")
    assert housed("address", "list", "-q").lines == (["1"] if status == 0 else ["1", "2", "3"])


def test_a_card_in_a_pipe_names_the_lists_for_which_it_has_no_place(housed) -> None:
    done = housed("client", "show", "2")
    assert done.err.startswith("Left out, as tsv has no place for lists: ")
    assert "addresses" in done.err
    assert done.err.endswith("; --section NAME shows one, --json all\n")
    assert "history" not in done.err
    assert housed("client", "show", "5").err == ""  # nothing but the history, which everybody has
    assert "expired" not in done.out
    for silent in (("--json",), ("--section", "addresses"), ("--format", "table")):
        assert housed("client", "show", "2", *silent).err == "", silent
    assert housed("address", "add", "2", "--city", "Lille", "-q").err == "Added address 4 (Ana Dubois (2), Home)\n"


def test_the_card_has_its_parts_in_order(housed) -> None:
    keys = list(housed("client", "show", "2", "--json").json)
    parts = ["memberships", "tasks", "notes", "addresses", "history"]
    assert [key for key in keys if key in parts] == parts
