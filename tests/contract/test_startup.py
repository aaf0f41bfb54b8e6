"""What a reading command never imports. A clock would lie on a busy machine; ``sys.modules`` does not."""

import sys
from pathlib import Path

import inprocess
import pytest
from program import run as run_program

SLOW = {
    "asyncio", "babel", "charset_normalizer", "dateutil", "email_validator", "importlib.metadata", "json",
    "multiprocessing", "openpyxl", "phonenumbers", "platformdirs", "pydantic", "rich", "sqlite_utils",
    "stdnum", "tempfile", "zoneinfo",
}  # fmt: skip

CODE = """
import sys
from clientctl.__main__ import main
try:
    main()
except SystemExit as end:
    sys.stderr.write(" ".join(sys.modules))
    raise
"""

READING = [
    ["--help"],
    ["--version"],
    ["client", "list", "--help"],
    ["completion", "bash"],
    ["client", "list", "--limit", "20", "--format", "tsv"],
    ["client", "list", "mull"],
    ["client", "list", "--format", "csv"],
    ["client", "show", "Luca Rossi"],
    ["client", "history", "Luca Rossi"],
    ["membership", "list", "--queue", "ending"],
    ["membership", "queues"],
    ["membership", "due", "--within", "7"],
    ["label", "list"],
    ["plan", "list"],
    ["log"],
]
JSON = [["client", "list", "--json"], ["client", "show", "Luca Rossi", "--json"], ["membership", "queues", "--json"]]


@pytest.fixture
def luca(book: Path) -> Path:
    inprocess.fill(book, ("client", "add", "--first", "Luca", "--last", "Rossi", "--phone", "+39 06 5555 1234"))
    return book


@pytest.mark.parametrize(("arguments", "allowed"), [*((a, set()) for a in READING), *((a, {"json"}) for a in JSON)])
def test_a_reading_command_imports_nothing_slow(luca: Path, arguments: list[str], allowed: set[str]) -> None:
    done = run_program(*arguments, program=(sys.executable, "-c", CODE), CLIENTCTL_DB=str(luca))
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.splitlines()[-1].split())
    assert "clientctl.cli.framework.app" in loaded
    assert loaded & (SLOW - allowed) == set()


def test_only_the_noun_that_was_asked_for_is_imported() -> None:
    done = run_program("--help", program=(sys.executable, "-c", CODE))
    nouns = {name for name in done.stderr.split() if name.startswith("clientctl.cli.")}
    assert nouns == {f"clientctl.cli.framework{each}" for each in ("", ".app", ".click", ".options", ".shared_options")}
