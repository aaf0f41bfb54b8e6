import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from program import PATIENCE, PROGRAM, environment, run

from clientctl import __version__, errors
from clientctl.cli.framework.app import SECTIONS

PROBE = (sys.executable, str(Path(__file__).with_name("probe.py")))
USER_ERRORS = errors.ClientctlError.__subclasses__()


def test_version() -> None:
    assert run("--version").stdout == f"clientctl {__version__}\n"


def test_root_help_lists_every_noun_from_the_table() -> None:
    done = run("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for section, helps in SECTIONS.items():
        assert f"\n{section}:\n" in done.stdout
        for name, text in helps.items():
            assert any(line.split(maxsplit=1) == [name, text] for line in done.stdout.splitlines())


def test_without_a_verb_the_help_is_shown_but_a_script_fails() -> None:
    done = run("completion")
    assert (done.returncode, done.stdout) == (2, "")
    first, usage = done.stderr.splitlines()[:2]
    assert first.startswith("clientctl: a command is missing; see `clientctl")
    assert usage.startswith("  Usage: clientctl")


@pytest.mark.parametrize("kind", USER_ERRORS)
def test_a_users_error_is_one_line_and_its_details(kind: type[errors.ClientctlError]) -> None:
    done = run("probe", "fail", kind.__name__, "no \x1b[31mway: do this", program=PROBE)
    lines = ["clientctl: no ␛[31mway: do this", "  first", "  second␉one", ""]
    assert (done.returncode, done.stdout, done.stderr) == (kind.status, "", "\n".join(lines))


@pytest.mark.parametrize("kind", USER_ERRORS)
@pytest.mark.parametrize("asked", [["--json"], ["--format", "json"], ["--format=json"]])
def test_errors_are_json_when_json_was_asked_for(kind: type[errors.ClientctlError], asked: list[str]) -> None:
    done = run(*asked, "probe", "fail", kind.__name__, "non \x9b à\n", program=PROBE)
    assert (done.returncode, done.stdout) == (kind.status, "")
    error = {"code": kind.code, "message": "non \x9b à\n", "details": ["first", "second\tone"]}
    assert json.loads(done.stderr) == {"error": error}
    assert done.stderr.count("\n") == 1
    assert done.stderr.isascii()


@pytest.mark.parametrize(
    ("arguments", "as_json"),
    [
        (["wxyz", "--json"], True),
        (["--json", "wxyz"], True),
        (["probe", "show", "--format", "xml", "--json"], True),
        (["--json", "wxyz", "--format", "table"], False),
        (["wxyz", "--", "--json"], False),
        (["wxyz"], False),
    ],
)
def test_errors_are_json_even_before_the_line_is_understood(arguments: list[str], as_json: bool) -> None:
    done = run(*arguments, program=PROBE)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith('{"error": {"code": "usage"' if as_json else "clientctl: ")


@pytest.mark.parametrize("kind", ["KeyError", "RecursionError", "MemoryError", "ValueError"])
def test_a_fault_shows_no_data_and_no_traceback(kind: str) -> None:
    done = run("probe", "fail", kind, "Ana Müller", program=PROBE)
    says = f"clientctl: a fault in clientctl ({kind}): nothing was changed; set CLIENTCTL_DEBUG=1 to see where\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", says)


def test_a_fault_shows_where_it_is_when_asked_and_no_data() -> None:
    done = run("probe", "fail", "KeyError", "Ana Müller", program=PROBE, CLIENTCTL_DEBUG="1")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "Ana Müller" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("clientctl: a fault in clientctl (KeyError)")


def test_no_at_a_prompt_is_1() -> None:
    done = run("--json", "probe", "fail", "Abort", "", program=PROBE)
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"]["code"] == "aborted"


def test_an_argument_that_is_not_utf_8_is_refused_before_anything() -> None:
    done = run("wxyz", b"b\xff")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "clientctl: argument 2 is not valid UTF-8: type it again\n"


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
@pytest.mark.parametrize("encoding", ["", "latin-1", "ascii"])
def test_output_is_utf_8_whatever_the_locale(locale: str, encoding: str) -> None:
    done = run("probe", "fail", "RefusedError", "Žofie ₿", program=PROBE, LC_ALL=locale, PYTHONIOENCODING=encoding)
    assert done.stderr.startswith("clientctl: Žofie ₿\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("catching", [(), ("--catch",)], ids=["", "in a library that catches everything"])
def test_a_signal_ends_the_command_and_everything_unwinds(number: signal.Signals, catching: tuple[str, ...]) -> None:
    process = start("wait", *catching)
    process.send_signal(number)
    assert process.communicate() == ("", "cleaned up\nclientctl: interrupted; nothing was changed\n")
    assert process.returncode == 128 + number


def test_a_signal_during_the_commit_is_too_late() -> None:
    process = start("wait", "--commit")
    process.send_signal(signal.SIGTERM)
    assert process.communicate("\n") == ("done\n", "cleaned up\n")
    assert process.returncode == 0


def test_a_signal_that_was_ignored_stays_ignored() -> None:
    process = start("wait", ignore="trap '' HUP;")
    process.send_signal(signal.SIGHUP)
    assert process.communicate("\n") == ("done\n", "cleaned up\n")
    assert process.returncode == 0


def test_a_test_in_the_background_sends_signals_that_are_heeded() -> None:
    """The suite is run with ``nohup`` too, and behind ``&``: what it starts itself has signals at their defaults."""
    test = f"{__file__}::{test_a_signal_ends_the_command_and_everything_unwinds.__name__}"
    done = shell(f"trap '' HUP INT QUIT; exec {PROGRAM[0]} -m pytest -n 0 -p no:cacheprovider {test}")
    assert (done.returncode, done.stdout.split()[-3:-1]) == (0, ["passed", "in"]), done.stdout


def test_a_reader_who_does_not_read_can_not_hold_up_the_end() -> None:
    process = start("change", "200000", says="row 0\n")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=PATIENCE) == 130
    assert process.communicate()[1] == "clientctl: interrupted; the change was made (#12)\n"


def start(*arguments: str, says: str = "ready\n", ignore: str = "") -> subprocess.Popen[str]:
    """Start a verb of the probe and wait until it is at work."""
    process = subprocess.Popen(
        ["sh", "-c", f'{ignore} exec "$@"', "sh", *PROBE, "probe", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment(),
    )
    assert process.stdout is not None
    assert process.stdout.readline() == says
    return process


def shell(script: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell; in it, ``clientctl`` is the program and ``probe`` the noun of that name."""
    python, probe = PROBE
    functions = [
        f'clientctl() {{ "{python}" -m clientctl "$@"; }}',
        f'probe() {{ "{python}" "{probe}" probe "$@"; }}',
    ]
    return subprocess.run(
        ["bash", "-c", "\n".join([*functions, script])],
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


UNWRITTEN = "clientctl: the output could not be written"
COMMITTED = "clientctl: the change was made (#12); its output could not be written"


@pytest.mark.parametrize(
    ("script", "status", "stderr"),
    [
        ("clientctl completion bash > /dev/full", 6, f"{UNWRITTEN} (No space left on device)\n"),
        ("clientctl --help > /dev/full", 6, f"{UNWRITTEN} (No space left on device)\n"),
        ("clientctl --help >&-", 6, f"{UNWRITTEN} (Bad file descriptor)\n"),
        ("clientctl --help <&- >&- 2>&-", 6, ""),
        ("clientctl --help 2>&- >/dev/null", 0, ""),
        ("clientctl wxyz 2>&-", 2, ""),
        ("clientctl wxyz 2>/dev/full", 2, ""),
        ("probe change 1 > /dev/full", 6, f"{COMMITTED} (No space left on device)\n"),
        ("probe change 200000 > /dev/full", 6, f"{COMMITTED} (No space left on device)\n"),
        ("probe change 200000 | head -n 1 > /dev/null; exit ${PIPESTATUS[0]}", 141, f"{COMMITTED}\n"),
        ("probe change 0 >&-", 0, ""),
    ],
)  # fmt: skip
def test_output_that_can_not_be_written(script: str, status: int, stderr: str) -> None:
    done = shell(script)
    assert (done.returncode, done.stdout, done.stderr) == (status, "", stderr)


@pytest.mark.parametrize("arguments", [["--help"], ["completion", "bash"]])
def test_a_reader_who_went_away_is_met_in_silence(arguments: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([*PROGRAM, *arguments], stdout=writer, stderr=subprocess.PIPE, env=environment(), check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_standard_stream_that_is_closed_is_not_taken_by_a_file(tmp_path: Path) -> None:
    script = tmp_path / "opens.py"
    script.write_text(
        "import os\n"
        "from clientctl.__main__ import _open_standard_streams\n"
        "_open_standard_streams()\n"
        "os.write(9, b'%d' % os.open('/', os.O_RDONLY))\n"
    )
    done = shell(f'"{PROGRAM[0]}" "{script}" 9>&1 <&- >&- 2>&-')
    assert int(done.stdout) > 2


def completed(words: str, shell_name: str = "bash") -> list[str]:
    count = len(words.split(" "))
    variables = {"COMP_WORDS": words, "COMP_CWORD": str(count - 1), "_TYPER_COMPLETE_ARGS": words}
    action = {"_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    done = run(_CLIENTCTL_COMPLETE=f"complete_{shell_name}", **variables, **action)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("clientctl cl", ["client"]),
        ("clientctl co", ["config", "completion"]),
        ("clientctl --json completion b", ["bash"]),
        ("clientctl completion ", ["bash", "zsh", "fish"]),
        ("clientctl completion bash --fo", ["--format"]),
        ("clientctl --format js", ["json", "jsonl"]),
        ("clientctl wxyz ", []),
    ],
)
def test_completion_of_nouns_verbs_options_and_values(words: str, expected: list[str]) -> None:
    assert [word for word in completed(words) if word in expected] == expected
    if expected:
        assert completed(words) == expected


def test_completion_speaks_to_zsh_and_fish() -> None:
    assert completed("clientctl cl", "fish") == ["client\tThe people you serve"]
    assert completed("clientctl completion f", "fish") == ["fish\tPrint the completion script for fish"]
    assert '"client":"The people you serve"' in completed("clientctl cl", "zsh")[0]


def test_the_script_for_bash_completes_in_bash(tmp_path: Path) -> None:
    program = tmp_path / "clientctl"
    program.write_text(f'#!/bin/sh\nexec "{PROGRAM[0]}" -m clientctl "$@"\n')
    program.chmod(0o700)
    done = shell(
        "source <(clientctl completion bash); COMP_WORDS=(clientctl completion z); COMP_CWORD=2\n"
        f"_clientctl_completion '{program}'; echo \"${{COMPREPLY[@]}}\""
    )
    assert (done.stdout, done.stderr) == ("zsh\n", "")


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_there_is_a_script_for_every_shell(name: str) -> None:
    done = run("completion", name)
    assert done.returncode == 0
    assert f"_CLIENTCTL_COMPLETE=complete_{name}" in done.stdout
