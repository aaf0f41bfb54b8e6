"""The `label` commands."""

import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


def labels_of(do, client: str) -> list[str]:
    return do("client", "show", client, "--json").json["labels"]


def test_labels_are_listed_with_how_many_have_them(do) -> None:
    rows = [line.split("\t")[1:] for line in do("label", "list").lines]
    assert rows == [
        ["Family", "custom", "0"],
        ["Pilates", "plan", "2"],
        ["VIP", "custom", "1"],
        ["Yoga", "plan", "3"],
    ]
    assert do("label", "list", "PIL", "--columns", "name").lines == ["Pilates"]
    do("label", "add", "À relancer vite")
    assert do("label", "list", "a", "relancer", "--columns", "name").lines == ["À relancer vite"]


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["add", "vip"], 5, "VIP"),
        (["add", "New", "VIP"], 5, "VIP"),
        (["add", ""], 2, "name"),
        (["add", "!?"], 2, "'!?'"),
        (["add"], 2, "NAME"),
        (["rename", "Nonsense", "X"], 3, "'Nonsense'"),
        (["rename", "Yoga", "X"], 5, "automatic"),
        (["rename", "VIP", "family"], 5, "Family"),
        (["remove", "Yoga"], 5, "automatic"),
        (["remove", "Nonsense"], 3, "'Nonsense'"),
        (["remove", "VIP"], 2, "--yes"),
        (["attach", "1", "--label", "Nonsense"], 3, "`clientctl label add Nonsense`"),
        (["attach", "1", "99", "--label", "Family"], 3, "'99'"),
        (["attach", "1"], 2, "--label"),
        (["detach", "1", "--label", "VIP", "--label", "Nonsense"], 3, "'Nonsense'"),
        (["set", "müller", "--label", "VIP"], 4, "'müller'"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(do, typed, status, says) -> None:
    before = do("label", "list", "--json").out, do("log").out
    done = do("label", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert (do("label", "list", "--json").out, do("log").out) == before


def test_a_label_renamed_stays_with_its_clients(do) -> None:
    assert do("label", "rename", "vip", "Régulière").err == "Renamed label VIP to Régulière\n"
    assert labels_of(do, "1") == ["Régulière", "Yoga"]
    assert do("label", "rename", "regulière", "REGULIÈRE").status == 0


def test_labels_are_attached_and_detached_by_any_name(do) -> None:
    done = do("label", "attach", "2", "lu@example.org", "--label", "vip", "--label", "Walk-in", "--new-label")
    assert done.err.splitlines() == [
        "Attached VIP, Walk-in to Ana Dubois (2)",
        "Attached VIP, Walk-in to Łukasz Müller (3)",
    ]
    again = do("label", "attach", "2", "--label", "VIP")
    assert (again.status, again.err) == (0, "Nothing to attach: Ana Dubois (2) already had it\n")
    done = do("label", "detach", "2", "--label", "VIP", "--label", "plan:Yoga")
    assert done.err == "Detached VIP, Yoga from Ana Dubois (2)\n"
    assert labels_of(do, "2") == ["Pilates", "Walk-in"]
    assert do("label", "detach", "2", "--label", "VIP").err == "Nothing to detach: Ana Dubois (2) did not have it\n"


def test_many_are_said_in_few_lines(do) -> None:
    for number in range(12):
        do("client", "add", "--first", f"Person {number}")
    done = do("label", "attach", "-", "--label", "Family", stdin=do("client", "list", "person", "-q").out)
    assert len(done.err.splitlines()) == 11
    assert done.err.endswith("… and 2 clients more\n")


def test_two_labels_of_one_name_are_told_apart_by_kind(do) -> None:
    do("label", "add", "Yoga")
    done = do("label", "attach", "1", "--label", "yoga")
    assert (done.status, done.error.details) == (4, ("custom:Yoga", "plan:Yoga"))
    assert do("label", "attach", "1", "--label", "custom:Yoga").err == "Attached Yoga to Zoé Müller (1)\n"


def test_labels_are_set_exactly_and_automatic_ones_stay(do) -> None:
    done = do("label", "set", "1", "--label", "Family")
    assert done.err == "Attached Family to Zoé Müller (1)\nDetached VIP from Zoé Müller (1)\n"
    assert labels_of(do, "1") == ["Family", "Yoga"]
    assert do("label", "set", "1").err == "Detached Family from Zoé Müller (1)\n"
    assert do("label", "set", "1").err == "Nothing to change: Zoé Müller (1) already had these labels\n"
    chosen = do("label", "set", "--where", "last-name is müller", "--label", "Family")
    assert chosen.err == "Attached Family to Łukasz Müller (3)\nAttached Family to Zoé Müller (1)\n"


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1)])
def test_removing_a_label_that_someone_has_is_asked_about(practice, do, typed, status) -> None:
    seen = terminal.run("label", "remove", "VIP", typed=typed, CLIENTCTL_DB=str(practice), **HOME)
    assert seen.status == status
    assert seen.shown.startswith("1 client has the label VIP. Remove it? [y/N]: ")
    last = "Removed label VIP from 1 client" if status == 0 else "nothing was changed"
    assert seen.shown.splitlines()[-1].endswith(last)
    assert labels_of(do, "1") == (["Yoga"] if status == 0 else ["VIP", "Yoga"])


def test_only_what_takes_much_away_is_asked_about(practice, do) -> None:
    home = {**HOME, "CLIENTCTL_DB": str(practice)}
    assert terminal.run("label", "remove", "Family", **home).shown == "Removed label Family\n"
    dry = terminal.run("label", "remove", "VIP", "-n", **home)
    assert dry.shown.splitlines() == ["Removed label VIP from 1 client", "Dry run: nothing was changed."]
    assert terminal.run("label", "remove", "VIP", "--yes", **home).status == 0
    assert do("label", "list", "--columns", "name").lines == ["Pilates", "Yoga"]


def test_what_is_removed_is_shown_as_it_was(do) -> None:
    done = do("label", "remove", "VIP", "--yes", "--json")
    assert done.json == {"id": 1, "name": "VIP", "kind": "custom", "clients": 1}
