"""Aliases, words of other programs, `help` before the names, and names split at commas in any case."""

import json

import pytest
from inprocess import run

from clientctl import __version__
from clientctl.cli.framework import foreign_words
from clientctl.cli.framework.app import ALIASES, SECTIONS, Group, Root

SECTIONED = ["--section", "notes", "--section", "tasks"]


def asked(*words: str) -> str:
    done = run(*words)
    assert (done.status, done.out) == (2, "")
    return done.error.message


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["search", "ana"], "client list"),
        (["find"], "client list"),
        (["pause", "ana"], "membership suspend"),
        (["due"], "membership due"),
        (["membership", "sell", "ana"], "membership add"),
        (["client", "search", "ana"], "client list"),
        (["client", "remove", "1"], "client archive or client delete"),
        (["client", "rm", "1"], "client archive or client delete"),
        (["client", "pause", "1"], "membership suspend"),
        (["membership", "pause", "1"], "membership suspend"),
        (["membership", "delete", "1"], "membership cancel"),
        (["field", "delete", "dog"], "field archive or field remove"),
        (["package", "new"], "package sell"),
        (["add", "client"], "client add"),
        (["new", "note"], "note add"),
        (["rm", "note", "1"], "note remove"),
        (["delete", "1"], "client delete"),
        (["list"], "client list"),
        (["import", "my members.CSV"], "import csv"),
        (["import", "cards.vcf"], "import vcard"),
        (["membership", "suspend", "M-1", "--until", "+3w"], "--resume"),
        (["client", "add", "--name", "Ana"], "--first or --last"),
        (["client", "ajouter"], "client add"),
        (["aggiungi", "note"], "note add"),
        (["elimina", "1"], "client delete or client archive"),
        (["client", "cerca", "ana"], "client list or client show"),
        (["export", "excel"], "export xlsx"),
        (["payment", "edit", "P-1"], "payment void"),
        (["payment", "correct", "P-1"], "payment void"),
        (["payment", "modifier", "P-1"], "payment void"),
        (["charge", "edit", "C-1"], "charge waive"),
        (["clint"], "client"),
        (["help", "clint"], "client"),
        (["client", "lst"], "list"),
    ],
)
def test_a_word_of_another_program_says_what_is_meant(words, meant) -> None:
    assert asked(*words).endswith(f"; did you mean {meant}?")


def test_every_word_leads_to_a_command_there_is() -> None:
    root = Root()
    nouns = {name for section in SECTIONS.values() for name in section}
    verbs = {name: root.build(name) for name in nouns}
    for meant in {each for every in foreign_words.NOUNS.values() for each in every} | {
        *foreign_words.ELSEWHERE.values()
    }:
        noun, _, verb = meant.partition(" ")
        assert noun == "--version" or (noun in nouns and (not verb or verb in verbs[noun].helps)), meant
    assert not {*foreign_words.NOUNS} & nouns
    there = {verb for group in verbs.values() if isinstance(group, Group) for verb in group.helps}
    assert {each for every in foreign_words.VERBS.values() for each in every} <= there
    assert {*ALIASES.values()} <= there
    options = {option for group in verbs.values() if isinstance(group, Group)
               for verb in group.helps for each in group.build(verb).params for option in each.opts}  # fmt: skip
    assert {each for every in foreign_words.OPTIONS.values() for each in every} <= options
    assert {*foreign_words.FILES.values()} <= {*verbs["import"].helps}


@pytest.mark.parametrize(
    ("words", "extra"),
    [(["client", "add", "Jean", "Dupont"], "Dupont"), (["note", "add", "1", "sore", "back", "today"], "back today")],
)
def test_words_that_belong_together_are_to_be_quoted(words, extra) -> None:
    assert asked(*words).startswith(
        f"unexpected argument {extra}; put words that belong together in quotes; see `clientctl"
    )


def test_where_only_options_are_taken_no_words_are_to_be_quoted() -> None:
    said = "unexpected argument 7; this command takes options only; see `clientctl membership due --help`"
    assert asked("membership", "due", "7") == said


def test_a_number_that_is_none_is_said_in_words() -> None:
    assert "'abc' is not a whole number" in asked("client", "list", "--limit", "abc")


@pytest.mark.parametrize("words", [["cl", "list"], ["client", "li"], ["client", "list", "--col", "id"]])
def test_nothing_is_abbreviated(words) -> None:
    assert "no such" in asked(*words)


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (["help"], ["--help"]),
        (["help", "client"], ["client", "--help"]),
        (["help", "client", "edit"], ["client", "edit", "-h"]),
        (["client", "help", "edit"], ["client", "edit", "-h"]),
        (["client", "help"], ["client", "--help"]),
        (["help", "undo"], ["undo", "-h"]),
        (["-V"], ["--version"]),
    ],
)
def test_help_and_version_are_there_both_ways(words, same) -> None:
    done = run(*words)
    assert (done.status, done.out, done.err) == (0, run(*same).out, "")
    assert done.out


def test_version_is_the_programs_and_its_own() -> None:
    assert run("-V").out == f"clientctl {__version__}\n"


def test_an_alias_means_one_thing(do) -> None:
    assert do("label", "new", "Regular").err == "Added label Regular\n"
    assert do("label", "delete", "Regular").err == "Removed label Regular\n"
    assert do("label", "rm", "Family", "--yes").status == 0
    assert do("label", "ls", "--columns", "name").lines == ["Pilates", "VIP", "Yoga"]


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        (["membership", "list", "--status", "Expired,CANCELLED"], ["--status", "expired", "--status", "cancelled"]),
        (["membership", "list", "--when", "Past, current"], ["--when", "past", "--when", "current"]),
        (["membership", "list", "--queue", "Ending"], ["--queue", "ending"]),
        (["membership", "list", "--status", "needs_attention"], ["--status", "needs-attention"]),
        (["client", "list", "--status", "Lead"], ["--status", "lead"]),
        (["charge", "list", "--status", "Open,part-paid"], ["--status", "open", "--status", "part-paid"]),
        (["charge", "list", "--kind", "FEE,once"], ["--kind", "fee", "--kind", "once"]),
        (["note", "list", "--type", "Call,meeting"], ["--type", "call", "--type", "meeting"]),
        (["client", "show", "1", "--section", "Notes,tasks", "--format", "JSON"], [*SECTIONED, "--json"]),
    ],
)
def test_names_of_a_fixed_set_are_split_at_commas_in_any_case(do, typed, same) -> None:
    until = next(at for at, word in enumerate(typed) if word.startswith("--"))
    assert do(*typed) == do(*typed[:until], *same)


def test_a_name_that_is_none_of_a_set_is_said_with_those_there_are(do) -> None:
    done = do("membership", "list", "--status", "active,done")
    assert done.error.message == (
        "no status 'done': there are active, paused, needs-attention, upcoming, expired, cancelled"
    )
    assert do("membership", "list", "--status", "").status == 2


def test_free_values_are_never_split(do) -> None:
    do("field", "add", "Interests", "--type", "choices", *("--choice", "Yoga"), *("--choice", "Deep massage"))
    done = do("client", "edit", "1", "--field", "interests=Yoga, deep massage")
    each = "--field interests=Yoga --field 'interests=Deep massage'"
    said = f"Interests: 'Yoga, deep massage' are several choices, and a choice may contain a comma: give {each}"
    assert (done.status, done.error.message) == (2, said)
    both = do("client", "edit", "1", "--field", "interests=Yoga", "--field", "interests=Deep massage", "--json")
    assert both.json["interests"] == ["Deep massage", "Yoga"]


@pytest.mark.parametrize(
    "where",
    ["nom_du_chien is Max", "nom-du-chien is Max", "Nom du chien is Max", "nom du CHIEN is max", "Nom du chien IS Max"],
)
def test_a_condition_names_a_field_by_key_or_title(do, where) -> None:
    do("field", "add", "Nom", "--type", "text")
    do("field", "add", "Nom du chien", "--type", "text")
    do("client", "edit", "3", "--field", "nom_du_chien=Max")
    assert do("client", "list", "--where", where, "--columns", "id").lines == ["3"]
    assert do("client", "list", "--where", "E-mail contains zoe", "--columns", "id").lines == ["1"]
    assert do("client", "list", "--where", "chien is Max").status == 2


def test_a_segment_keeps_the_key_and_outlives_the_title(do) -> None:
    do("field", "add", "Nom du chien", "--type", "text")
    do("client", "edit", "3", "--field", "nom_du_chien=Max")
    assert do("segment", "save", "Dogs", "--where", "nom du chien filled").status == 0
    assert do("field", "edit", "nom_du_chien", "--name", "Dog").status == 0
    assert json.loads(do("segment", "show", "Dogs", "--columns", "id", "--json").out) == [{"id": 3}]
