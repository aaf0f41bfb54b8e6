"""What a reading command never imports. A clock would lie on a busy machine; ``sys.modules`` does not."""

import sys

import pytest
from program import run

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
    (["--help"], set()),
    (["--version"], set()),
    (["completion", "--help"], set()),
    (["completion", "bash"], set()),
]


@pytest.mark.parametrize(("arguments", "allowed"), READING)
def test_a_reading_command_imports_nothing_slow(arguments: list[str], allowed: set[str]) -> None:
    done = run(*arguments, program=(sys.executable, "-c", CODE))
    assert done.returncode == 0, done.stderr
    loaded = set(done.stderr.split())
    assert "clientctl.cli.app" in loaded
    assert loaded & (SLOW - allowed) == set()


def test_only_the_noun_that_was_asked_for_is_imported() -> None:
    done = run("--help", program=(sys.executable, "-c", CODE))
    nouns = {name for name in done.stderr.split() if name.startswith("clientctl.cli.")}
    assert nouns == {"clientctl.cli.app", "clientctl.cli.options"}
