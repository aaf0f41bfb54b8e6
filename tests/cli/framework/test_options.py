import json
import sys
from pathlib import Path

import pytest
from program import run

from clientctl.cli.framework.app import Noun
from clientctl.cli.framework.commands import list_examples
from clientctl.cli.program.completion import app as completion

PROBE = (sys.executable, str(Path(__file__).with_name("probe.py")))


def told(*arguments: str) -> dict[str, object]:
    done = run(*arguments, program=PROBE)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def refused(*arguments: str) -> str:
    done = run(*arguments, program=PROBE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("clientctl: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (["--db", "a b.db"], {"db": "a b.db"}),
        (["--today", "-2w"], {"today": "-2w"}),
        (["--as-of", "#123"], {"as_of": "#123"}),
        (["--format", "jsonl"], {"format": "jsonl"}),
        (["--format=csv"], {"format": "csv"}),
        (["--json"], {"format": "json"}),
        (["--color", "never"], {"color": "never"}),
        (["--lang", "en"], {"lang": "en"}),
    ],
)
def test_a_common_option_is_taken_at_every_level(option: list[str], expected: dict[str, object]) -> None:
    assert told(*option, "probe", "show") == expected
    assert told("probe", *option, "show") == expected
    assert told("probe", "show", *option) == expected


def test_the_later_level_wins() -> None:
    words = ["--db", "1", "--json", "probe", "--db", "2", "show", "--db", "3", "--format", "tsv"]
    assert told(*words) == {"db": "3", "format": "tsv"}
    assert told("--db", "1", "probe", "--db", "2", "show") == {"db": "2"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--columns", "name,email"], {"columns": ["name", "email"]}),
        (["--columns", "name, email", "--columns", "phone"], {"columns": ["name", "email", "phone"]}),
        (["--columns", "first-name", "--sort", "-last-name"], {"columns": ["first_name"], "sort": "-last_name"}),
        (["--sort", "-ends"], {"sort": "-ends"}),
        (["--sort=-ends"], {"sort": "-ends"}),
        (["--sort", "--json"], {"sort": "--json"}),
        (["--limit", "0", "--page", "3"], {"limit": 0, "page": 3}),
        (["-q", "--count", "--header"], {"quiet": True, "count": True, "header": True}),
        (["--quiet"], {"quiet": True}),
        (["--out", "x.csv", "--force"], {"out": "x.csv", "force": True}),
    ],
)
def test_every_list_takes_the_same_options(options: list[str], expected: dict[str, object]) -> None:
    assert told("probe", "list", *options) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["-n"], {"dry_run": True}),
        (["--dry-run", "--yes"], {"dry_run": True, "yes": True}),
        (["-nq"], {"dry_run": True, "quiet": True}),
        (["--request-id", "a-1"], {"request_id": "a-1"}),
    ],
)
def test_every_change_takes_the_same_options(options: list[str], expected: dict[str, object]) -> None:
    assert told("probe", "remove", *options) == expected


def test_a_verb_has_options_of_its_own_and_values_may_start_with_a_dash() -> None:
    assert told("probe", "show", "--until", "-2w", "one") == {"until": "-2w", "words": ["one"]}
    assert told("probe", "show", "--until=-2w") == {"until": "-2w"}
    assert told("probe", "show", "--", "--json", "-1") == {"words": ["--json", "-1"]}


def test_what_a_verb_returns_is_the_status() -> None:
    assert run("probe", "list", "--exit-code", program=PROBE).returncode == 10


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "xml", "probe", "show"], "'xml' is not one of table, tsv, csv, json, jsonl"),
        (["probe", "show", "--color", "maybe"], "'maybe' is not one of auto, always, never"),
        (["--db", "", "probe", "show"], "'--db': the value is empty"),
        (["probe", "list", "--limit", "-1"], "'--limit': -1 is less than 0"),
        (["probe", "list", "--page", "0"], "'--page': 0 is less than 1"),
        (["probe", "list", "--limit", "x"], "see `clientctl probe list --help`"),
        (["probe", "list", "--columns", "a,,b"], "a key is empty"),
        (["probe", "list", "--dry-run"], "no such option: --dry-run"),
        (["probe", "remove", "--limit", "1"], "no such option: --limit"),
        (["probe", "--limit", "1", "list"], "no such option: --limit"),
        (["probe", "list", "--sort"], "see `clientctl probe list --help`"),
        (["probe", "list", "--colums", "a"], "no such option: --colums; did you mean --columns"),
        (["prob", "list"], "no such command: prob; did you mean probe?"),
        (["probe", "lst"], "no such command: lst; did you mean list?"),
        (["probe", "li"], "no such command: li"),
        (["probe", "wxyz"], "see `clientctl probe --help`"),
        (["wxyz"], "see `clientctl --help`"),
    ],
)
def test_what_is_mistyped_is_refused_with_what_to_do(arguments: list[str], says: str) -> None:
    assert says in refused(*arguments)


def test_hidden_aliases() -> None:
    assert told("probe", "ls", "-q") == {"quiet": True}
    assert told("probe", "rm", "-n") == {"dry_run": True}
    assert "probe list --help" in refused("probe", "ls", "--limit", "x")
    assert " ls " not in run("probe", "--help", program=PROBE).stdout
    assert "no such command: rm" in refused("completion", "rm")


def headings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith(" ")][1:]


def test_help_goes_from_what_is_special_to_what_is_common_and_ends_with_examples() -> None:
    text = run("probe", "show", "-h", program=PROBE).stdout
    assert headings(text) == ["Arguments:", "Options:", "Common options:", "Examples:"]
    examples = "  # the spaces of the second line stay\n  clientctl probe show one\n"
    assert text.endswith(f"Examples:\n{examples}  clientctl probe show   one    two\n")
    assert text.count("clientctl probe show one") == 1
    listed = run("probe", "list", "--help", program=PROBE).stdout
    assert headings(listed) == ["List options:", "Common options:"]
    changed = run("probe", "remove", "--help", program=PROBE).stdout
    assert headings(changed) == ["Change options:", "Common options:"]


@pytest.mark.parametrize(("columns", "width"), [("40", 50), ("76", 76), ("300", 100)])
def test_help_fits_the_terminal_up_to_100_columns(columns: str, width: int) -> None:
    lines = run("probe", "show", "--help", program=PROBE, COLUMNS=columns).stdout.splitlines()
    assert width - 20 < max(map(len, lines)) <= width


def test_help_of_a_noun_lists_its_verbs() -> None:
    text = run("probe", "--help", program=PROBE).stdout
    assert "Try the command line." in text
    assert "  list    List what was typed\n" in text


def test_examples_are_found_without_comments() -> None:
    verbs = Noun("completion", completion)
    assert list_examples(verbs) == ["clientctl completion bash"]
    assert list_examples(verbs.build("zsh")) == ["clientctl completion zsh"]
