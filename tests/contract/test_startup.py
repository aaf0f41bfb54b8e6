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


_OF_MEMBERSHIPS = {"cli.memberships", "domain.clients", "domain.memberships", "domain.money", "domain.offers"}
ALWAYS = {"base", "cli.framework", "output", "store", "domain.practice", "domain.session", "domain.shared"}
OURS = {
    "plan list": (60, {"cli.memberships", "domain.clients", "domain.offers"}),
    "service list": (60, {"cli.appointments", "domain.clients", "domain.offers"}),
    "note list": (65, {"cli.clients", "domain.clients"}),
    "client list": (61, {"cli.clients", "domain.clients", "domain.memberships", "domain.money", "domain.overview"}),
    "membership due": (
        86,
        {"cli.memberships", "domain.clients", "domain.memberships", "domain.money", "domain.offers"},
    ),
    "membership list": (
        86,
        {"cli.memberships", "domain.clients", "domain.memberships", "domain.money", "domain.offers"},
    ),
    "client history": (72, {"cli.clients", "domain.clients", "domain.journal"}),
}
"""How many modules of ours a command may load, each of which takes 0.2 ms, and from which rooms besides ``ALWAYS``."""


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


@pytest.mark.parametrize("command", OURS)
def test_a_reading_command_imports_no_room_it_does_not_need(luca: Path, command: str) -> None:
    arguments = [*command.split(), *(["Luca Rossi"] if command == "client history" else [])]
    done = run_program(*arguments, program=(sys.executable, "-c", CODE), CLIENTCTL_DB=str(luca))
    assert done.returncode == 0, done.stderr
    most, rooms = OURS[command]
    loaded = [name for name in done.stderr.splitlines()[-1].split() if name.partition(".")[0] == "clientctl"]
    nested = {name.rpartition(".")[0].removeprefix("clientctl.") for name in loaded if name.count(".") > 1}
    assert "domain.session" in nested
    assert nested - {"cli", "domain"} <= ALWAYS | rooms
    own = [name for name in loaded if name.startswith("clientctl.cli.") and name.count(".") == 3]
    verbs = [name for name in own if "framework" not in name]
    assert len(verbs) <= 2, f"{command} imports the files of other verbs: {verbs}"
    assert len(loaded) <= most, f"{command} imports {len(loaded)} modules, and {most} are enough: {loaded}"


def test_only_the_noun_that_was_asked_for_is_imported() -> None:
    done = run_program("--help", program=(sys.executable, "-c", CODE))
    nouns = {name for name in done.stderr.split() if name.startswith("clientctl.cli.")}
    assert nouns == {
        f"clientctl.cli.framework{each}" for each in ("", ".app", ".click", ".commands", ".shared_options")
    }
