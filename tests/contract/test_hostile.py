"""Hostile texts through every option that takes one, and out again through every format: harmless, and never changed.

Where a terminal or a line-based format shows them, no control character of theirs is left; JSON and Excel
have them as they were stored.
"""

import csv
import io
import json
import re
import unicodedata

import heavy
import inprocess
import pytest
import terminal
from program import run as run_program
from python_calamine import CalamineWorkbook

from clientctl.cli.framework.commands import ListCommand

HOSTILE = {
    "markup": "[bold]A[/bold] [/] [link=http://e.example]x[/link]",
    "emoji": ":smile: :warning:",
    "colour": "A\x1b[31mred\x1b[0m\x1b[2J",
    "title": "A\x1b]0;title\x07B",
    "link": "A\x1b]8;;http://e.example\x1b\\B",
    "c1": "A\x9b31mB\x85C\x90D",
    "bell": "A\x07B\x08C\x7fD",
    "return": "Anna\rEve",
    "lines": "A\nB\tC\r\nD\x0bE\x0cF\x1cG",
    "separators": "A\u2028B\u2029C",
    "bidi": "A\u202eB\u2066C\u200fD\u061cE",
    "decomposed": "Zoe\u0301",
    "zero width": "A\u200bB\u200dC\ufeffD",
    "long": "x" * 10_000,
    "quotes": "A \"B\" 'C' `D` $(E) \\ %s {0} ;&|",
    "formula": "=cmd|' /C calc'!A0",
    "sql": "'; DROP TABLE clients; --",
    "wild": "%_*?Q",
    "unit separator": "A\x1fB",
    "astral": "A\U0001f600\U000e0001B\ufffe",
}
ACTIVE = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What a terminal may obey; line ends and tabs are our own."""


def stored(text: str) -> str:
    """Return how a text of one line is kept: NFC, its runs of white space one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


CHANGES = {
    "client add --first": ["client", "add", "--first", "{}"],
    "client add --last": ["client", "add", "--last", "{}"],
    "client add --company": ["client", "add", "--first", "A", "--company", "{}"],
    "client add --position": ["client", "add", "--first", "A", "--position", "{}"],
    "client add --phone": ["client", "add", "--first", "A", "--phone", "{}"],
    "client add --label": ["client", "add", "--first", "A", "--label", "{}", "--new-label"],
    "client edit --first": ["client", "edit", "1", "--first", "{}"],
    "client edit --last": ["client", "edit", "1", "--last", "{}"],
    "client edit --company": ["client", "edit", "1", "--company", "{}"],
    "client edit --position": ["client", "edit", "1", "--position", "{}"],
    "client edit --phone": ["client", "edit", "1", "--phone", "{}"],
    "label add": ["label", "add", "--", "{}"],
    "label rename": ["label", "rename", "--", "VIP", "{}"],
    "label attach": ["label", "attach", "2", "--label", "{}", "--new-label"],
    "label set": ["label", "set", "3", "--label", "{}", "--new-label"],
    "plan add": ["plan", "add", "--", "{}"],
    "plan edit": ["plan", "edit", "Yoga", "--name", "{}"],
    "service add": ["service", "add", "--length", "1h", "--", "{}"],
    "rate add": ["rate", "add", "--price", "1", "--", "Pilates", "{}"],
    "rate edit": ["rate", "edit", "Pilates/Weekly", "--name", "{}"],
    "membership cancel --reason": ["membership", "cancel", "M-2", "--at-period-end", "--reason", "{}"],
    "request id": ["label", "add", "Harmless", "--request-id", "{}"],
}
"""Every way to type a text that is kept."""

REFUSED = {
    "client add --email": ["client", "add", "--email", "{}"],
    "client add --language": ["client", "add", "--first", "A", "--language", "{}"],
    "client add --birthday": ["client", "add", "--first", "A", "--birthday", "{}"],
    "client archive": ["client", "archive", "--", "name:{}"],
    "client list --label": ["client", "list", "--label", "{}"],
    "client list --columns": ["client", "list", "--columns", "{}"],
    "client list --sort": ["client", "list", "--sort", "{}"],
    "client list --as-of": ["client", "list", "--as-of", "{}"],
    "client list --today": ["client", "list", "--today", "{}"],
    "client list --format": ["client", "list", "--format", "{}"],
    "client list --out": ["client", "list", "--out", "{}"],
    "label remove": ["label", "remove", "--", "{}"],
    "plan show": ["plan", "show", "--", "{}"],
    "service show": ["service", "show", "--", "{}"],
    "service add --length": ["service", "add", "Call", "--length", "{}"],
    "rate show": ["rate", "show", "--", "{}"],
    "rate add --price": ["rate", "add", "Yoga", "X", "--price", "{}"],
    "rate add --every": ["rate", "add", "Yoga", "X", "--price", "1", "--every", "{}"],
    "membership show": ["membership", "show", "--", "name:{}"],
    "membership list --status": ["membership", "list", "--status", "{}"],
    "membership list --when": ["membership", "list", "--when", "{}"],
    "membership list --ends": ["membership", "list", "--ends", "{}"],
    "membership list --queue": ["membership", "list", "--queue", "{}"],
    "config get": ["config", "get", "--", "{}"],
    "config set": ["config", "set", "--", "currency", "{}"],
    "config set user": ["config", "set", "--", "user", "{}"],
    "log": ["log", "--", "{}"],
    "a noun": ["{}"],
    "a verb": ["client", "{}"],
    "an option": ["client", "list", "--{}"],
}
"""Every way to type a text that names something, or is not a text: no such thing."""


def typed(words: list[str], text: str) -> list[str]:
    return [word.replace("{}", text) for word in words]


def some(kind: str, ways: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    """List the ways to type a kind of text: every third in the suite, so that each is tried with every third text."""
    every = heavy.times(3, 1)
    return [*ways.items()][[*HOSTILE].index(kind) % every :: every]


@pytest.mark.heavy
@pytest.mark.parametrize("kind", HOSTILE)
def test_every_text_is_kept_and_said_inertly(do, copies, kind) -> None:
    text = HOSTILE[kind]
    for where, words in some(kind, CHANGES):
        done = (
            copies()(*typed(words, text), "--json")
            if "--" not in words
            else copies()(*words[:2], "--json", *typed(words[2:], text))
        )
        if "/" in text and where in {"plan add", "plan edit"}:  # kept for its rates, as in Yoga/Monthly
            assert done.status == 2, where
            continue
        assert done.status == 0, (where, done.error)
        assert not ACTIVE.search(done.err), where
        if where != "request id":
            assert stored(text) in values(done.json), where
        assert not ACTIVE.search(done.out), where


def values(found: object) -> list[object]:
    """List every value in what JSON gave."""
    if isinstance(found, dict | list):
        return [value for each in (found.values() if isinstance(found, dict) else found) for value in values(each)]
    return [found]


@pytest.mark.heavy
@pytest.mark.parametrize("kind", HOSTILE)
def test_what_names_nothing_is_refused_in_one_inert_line(do, kind) -> None:
    for where, words in some(kind, REFUSED):
        done = do(*typed(words, HOSTILE[kind]))
        assert done.error is not None, where
        assert (done.out, done.err, done.status in {2, 3, 5, 6}) == ("", "", True), where
        assert len(done.error.message) < 1_000 or kind == "long", where


@pytest.fixture
def full(do, practice, once) -> list[str]:
    """Add every hostile text as a name, label and company; return the names as stored."""
    once(practice, lambda: fill(do))
    return [stored(text) for text in HOSTILE.values()]


def fill(do) -> None:
    for text in HOSTILE.values():
        done = do("client", "add", "--first", text, "--company", text, "--phone", text)
        assert done.status == 0
    for number, text in enumerate(HOSTILE.values(), start=6):
        do("label", "attach", str(number), "--new-label", "--label", text)
        do("plan", "add", "--", text)
    do("segment", "save", "Everyone", "--since", "..2026-12-31")
    do("membership", "cancel", "M-2", "--now", "--reason", "\n".join(HOSTILE.values()))


READS = [
    ["membership", "timeline", "M-1"],
    ["client", "show", "8"],
    ["client", "history", "8"],
    ["segment", "show", "Everyone"],
    ["export", "emails", "--everyone", "--yes"],
    ["log", "#30"],
    ["plan", "show", "Yoga"],
    ["membership", "show", "M-2"],
]


def reads() -> list[list[str]]:
    asked = {"client history", "segment show", "export emails", "membership timeline"}
    return [name.split() for name in inprocess.list_commands(ListCommand) if name not in asked] + READS


@pytest.mark.parametrize("form", ["table", "tsv", "json", "jsonl", "csv"])
def test_every_format_shows_them_inertly(do, full, form) -> None:
    for words in reads():
        done = do(*words, "--format", form)
        assert done.status == 0, words
        assert not done.err or done.err.startswith("Left out, as "), words
        assert not ACTIVE.search(done.err), words
        if form != "csv":  # for programs, and in a pipe as they are
            assert not ACTIVE.search(done.out), words
        if form == "tsv":
            tabs = {line.count("\t") for line in done.lines}
            assert len(tabs) <= 1, words


def test_programs_get_them_exactly(do, full) -> None:
    everyone = do("client", "list", "--columns", "id,first_name,company", "--json").json
    assert [each["first_name"] for each in everyone][4:] == full
    assert [each["company"] for each in everyone][4:] == full
    lines = do("client", "list", "--columns", "first_name", "--format", "jsonl").out.split("\n")
    assert [json.loads(line)["first_name"] for line in lines[4:-1]] == full
    text = do("client", "list", "--columns", "first_name", "--format", "csv").out
    assert [row[0] for row in csv.reader(io.StringIO(text, newline=""))][5:] == full


def test_a_file_of_them_is_whole(do, full, tmp_path) -> None:
    for name in ("list.xlsx", "list.csv", "list.json"):
        done = do("client", "list", "--columns", "first_name,labels", "--out", tmp_path / name)
        assert (done.status, done.out) == (0, "")
        assert not ACTIVE.search(done.err)
    assert [each["first_name"] for each in json.loads((tmp_path / "list.json").read_text())][4:] == full
    done = do("export", "xlsx", tmp_path / "clients.xlsx")
    assert (done.status, done.out) == (0, "")
    for name in ("list.xlsx", "clients.xlsx"):
        rows = CalamineWorkbook.from_path(tmp_path / name).get_sheet_by_index(0).to_python()
        names = [row[0 if name == "list.xlsx" else 1] for row in rows[5:]]
        assert len(names) == len(full)
        harmless = [text for text in full if text.isprintable()]
        assert [text for text in names if text in harmless] == harmless


def test_a_terminal_shows_them_inertly(practice, full) -> None:
    home = {"CLIENTCTL_DB": str(practice), "CLIENTCTL_TODAY": "2026-03-01"}
    for words in (
        ["client", "list"],
        ["client", "list", "--format", "csv"],
        ["client", "show", "8"],
        ["label", "list"],
        ["log", "#30"],
    ):
        seen = terminal.run(*words, **home)
        assert seen.status == 0, words
        assert not ACTIVE.search(seen.shown.replace("\r\n", "\n")), words  # csv's own line ends
    for words in (
        ["client", "archive", "name:A\x1b[31m\x07\u202e"],
        ["label", "remove", "A\x1b[31m\x07\u202e"],
        ["client", "\x1b[31m"],
    ):
        seen = terminal.run(*words, **home)
        assert seen.status in {2, 3}
        assert not ACTIVE.search(seen.shown), words
        assert "[31m" in seen.shown


@pytest.mark.parametrize("where", sorted(set(CHANGES) - {"request id"}))
def test_text_that_can_not_be_stored_is_refused(do, where) -> None:
    done = do(*typed(CHANGES[where], "A\0B"))
    assert (done.status, done.out, done.err) == (2, "", "")
    assert do("log", "--count").out == "22\n"


@pytest.mark.parametrize("words", [["client", "list", b"A\xff"], ["client", "add", "--first", b"\xc3"], [b"\xff"]])
@pytest.mark.parametrize(
    "locale", [{}, {"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}]
)
def test_undecodable_arguments_are_refused_in_one_line(practice, words, locale) -> None:
    done = run_program(*words, CLIENTCTL_DB=str(practice), **locale)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"clientctl: argument {len(words)} is not valid UTF-8: type it again\n"
