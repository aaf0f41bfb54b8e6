"""The `note` commands, with texts as arguments, on standard input and in an editor."""

import pytest
import terminal

HOME = {"CLIENTCTL_TODAY": "2026-03-01", "CLIENTCTL_NOW": "2026-03-01T09:00:00Z"}


def texts(do) -> list[str]:
    return [record["text"] for record in do("note", "list", "--json").json]


@pytest.fixture
def noted(do, practice, once):
    """Write three notes: on Zoé, twice on Ana."""

    def fill() -> None:
        do("note", "add", "zoe@example.com", "Prefers mornings")
        do("note", "add", "Ana Dubois", "Genou opéré", "--type", "call", "--label", "VIP")
        do("note", "add", "2", "-", "--type", "meeting", stdin="First line\n\nSecond line\n")

    once(practice, fill)
    return do


# -- add, list ------------------------------------------------------------------------------------


def test_notes_are_added_and_listed_across_clients(noted) -> None:
    assert noted("note", "list", "--json").json == [
        {"id": 1, "client": "Zoé Müller", "type": "general", "text": "Prefers mornings", "by": "Ana Müller",
         "at": "2026-03-01T09:00:00Z", "label": None},
        {"id": 2, "client": "Ana Dubois", "type": "call", "text": "Genou opéré", "by": "Ana Müller",
         "at": "2026-03-01T09:00:00Z", "label": "VIP"},
        {"id": 3, "client": "Ana Dubois", "type": "meeting", "text": "First line\n\nSecond line", "by": "Ana Müller",
         "at": "2026-03-01T09:00:00Z", "label": None},
    ]  # fmt: skip
    assert noted("note", "list", "--columns", "text").lines[2] == "First line  Second line"
    assert noted("note", "add", "1", "More").err == "Added note 4 (Zoé Müller (1))\n"


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        (["ana dub"], "2 3"),
        (["1"], "1"),
        (["--type", "call"], "2"),
        (["--type", "call", "--type", "meeting"], "2 3"),
        (["--search", "GENÓU oper"], "2"),
        (["ana", "--search", "line"], "3"),
        (["--label", "vip"], "2"),
        (["--by", "ana muller"], "1 2 3"),
        (["--search", ""], ""),
        (["--limit", "1"], "3"),
    ],
)
def test_notes_are_chosen(noted, asked, ids) -> None:
    assert noted("note", "list", "-q", *asked).lines == ids.split()
    if "--limit" not in asked:
        assert noted("note", "list", "--count", *asked).lines == [str(len(ids.split()))]


EMPTY = (("--type", 2), ("--label", 3), ("--by", 3))
"""Options for which a script lost the value, and what each is answered with."""


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        (["add", "nobody", "x"], 3, "'nobody'"),
        (["add", "müller", "x"], 4, "'müller'"),
        (["add", "1"], 2, "--editor"),
        (["add", "1", " "], 2, "some text"),
        (["add", "1", "-"], 2, "some text"),
        (["add", "1", "x", "--editor"], 2, "--editor"),
        (["add", "1", "x", "--type", "mail"], 2, "general, meeting, call"),
        (["add", "1", "x", "--label", "Nonsense"], 3, "'Nonsense'"),
        (["add", "1", "x", "--by", "Sacha"], 3, "'Sacha'"),
        *[(["add", "1", "x", option, ""], status, "''") for option, status in EMPTY],
        (["add", "1", "4111 1111 1111 1111"], 5, "1111"),
        (["add", "1", "x", "y"], 2, "y"),
        (["list", "nobody"], 3, "'nobody'"),
        (["list", "--type", "mail"], 2, "general, meeting, call"),
        (["list", "--by", "Sacha"], 3, "'Sacha'"),
        (["list", "--label", "Nonsense"], 3, "'Nonsense'"),
        (["edit", "1"], 2, "--editor"),
        (["edit", "9", "x"], 3, "no note 9"),
        (["edit", "x", "y"], 2, "'x'"),
        (["edit", "1", ""], 2, "some text"),
        *[(["edit", "1", option, ""], status, "''") for option, status in EMPTY],
        (["edit", "1", "--unset", "text"], 2, "label"),
        (["edit", "1", "--unset", "label", "--label", "VIP"], 2, "together"),
        (["remove", "9", "--yes"], 3, "no note 9"),
        (["remove", "1", "9", "--yes"], 3, "no note 9"),
        (["remove", "1"], 2, "--yes"),
        (["remove"], 2, "NOTE"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_changes(noted, typed, status, says) -> None:
    before = noted("note", "list", "--json").out, noted("log").out
    done = noted("note", *typed)
    assert (done.status, done.out, done.err) == (status, "", "")
    assert says.lower() in done.error.message.lower()
    assert (noted("note", "list", "--json").out, noted("log").out) == before


def test_standard_input_is_utf_8_or_refused(do) -> None:
    done = do("note", "add", "1", "-", stdin=b"caf\xe9")
    assert (done.status, "UTF-8" in done.error.message) == (2, True)


def test_a_hostile_text_is_shown_inert_and_stored_as_it_is(practice, do) -> None:
    hostile = "[bold]x[/] \x1b[31m\u202e =1+1"
    do("note", "add", "1", hostile)
    assert texts(do) == [hostile]
    home = {**HOME, "CLIENTCTL_DB": str(practice)}
    for command in (["note", "list"], ["client", "show", "1"]):
        shown = terminal.run(*command, width=200, **home).shown
        assert "[bold]x[/] ␛[31m<U+202E> =1+1" in shown
        assert "\x1b" not in shown


def test_the_card_has_the_notes_of_the_client(noted) -> None:
    shown = noted("client", "show", "2", "--json").json["notes"]
    assert [(note["id"], note["type"], note["label"]) for note in shown] == [(2, "call", "VIP"), (3, "meeting", None)]


# -- edit, remove ---------------------------------------------------------------------------------


def test_a_note_is_changed_in_every_part(noted) -> None:
    noted("staff", "add", "Noor")
    done = noted("note", "edit", "1", "-", "--type", "call", "--label", "vip", "--by", "noor", "--json", stdin="New\n")
    assert done.err == "Changed note 1 (Zoé Müller (1))\n"
    assert [done.json[key] for key in ("text", "type", "label", "by")] == ["New", "call", "VIP", "Noor"]
    assert noted("note", "edit", "1", "New").err == "Note 1 (Zoé Müller (1)) is unchanged\n"
    assert noted("note", "edit", "1", "--unset", "label", "--json").json["label"] is None
    assert noted("note", "list", "--by", "noor", "-q").lines == ["1"]


def test_several_are_removed_and_shown_as_they_were(noted) -> None:
    done = noted("note", "remove", "3", "1", "3", "--yes", "--json")
    assert done.err == "Removed note 3 (Ana Dubois (2))\nRemoved note 1 (Zoé Müller (1))\n"
    assert [record["text"] for record in done.json] == ["First line\n\nSecond line", "Prefers mornings"]
    assert texts(noted) == ["Genou opéré"]
    noted("undo")
    assert len(texts(noted)) == 3
    assert noted("note", "remove", "-", "--yes", stdin=noted("note", "list", "-q").out).status == 0
    assert texts(noted) == []


@pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 1), ("\n", 1), ("\x04", 1)])
def test_removing_is_asked_about_and_says_what_would_be_lost(practice, noted, typed, status) -> None:
    seen = terminal.run("note", "remove", "3", typed=typed, CLIENTCTL_DB=str(practice), **HOME)
    assert seen.status == status
    assert seen.shown.startswith("note 3 (Ana Dubois (2)): 'First line␊␊Second line'. Remove it? [y/N]: ")
    assert len(texts(noted)) == (2 if status == 0 else 3)


def test_of_many_a_few_are_named(practice, noted) -> None:
    for number in range(3):
        noted("note", "add", "1", f"More {number}")
    done = noted("note", "remove", *"123456")
    assert done.error.message.endswith("'First line␊␊Second line'; and 3 more: confirm with --yes")
