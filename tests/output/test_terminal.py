"""What differs between a terminal and a pipe, seen by a process that has a real one."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import clientctl

SOURCE = str(Path(clientctl.__file__).parents[1])
LISTING = """
from clientctl.base.listing import Column, Listing, Page
from clientctl.output.listing import show
columns = (Column("name", "Name"), Column("status", "Status", "status"))
listing = Listing(columns, [("Zo\\xe9 \\x1b[31m \\u202e" + "x" * 50, "active")], Page(7, 7))
none = listing._replace(rows=[], page=None)
"""


def run(code, *, terminal, width=80, env=None, python=()):
    """Run code with standard output, error or both on a terminal; return what each of them got."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCE, "TERM": "xterm", **(env or {})}
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    process = subprocess.Popen(
        [sys.executable, *python, "-c", LISTING + code],
        stdin=subprocess.DEVNULL,
        stdout=slave if "out" in terminal else subprocess.PIPE,
        stderr=slave if "err" in terminal else subprocess.PIPE,
        env=environment,
    )
    os.close(slave)
    seen = read_all(master)
    out, err = process.communicate()
    os.close(master)
    assert process.returncode == 0, err
    texts = [None if text is None else text.decode() for text in (out, err)]
    return seen.replace(b"\r\n", b"\n").decode(), *texts


def read_all(master):
    """Read until the last process has closed the terminal; Linux says so by an error."""
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            return seen
        if not part:
            return seen
        seen += part


def test_a_table_is_coloured_inert_and_folded_to_the_width():
    seen, _, err = run("show(listing, format='table')", terminal=["out"], width=40)
    assert "\x1b[1mName" in seen
    assert "\x1b[31m" not in seen
    assert "␛[31m" in seen
    assert "<U+202E>xx" in seen
    assert seen.count("x") == 50
    assert "\x1b[32mactive\x1b[0m" in seen
    assert err == "page 7 of 7\n"


@pytest.mark.parametrize(
    ("env", "color"),
    [({"NO_COLOR": "1"}, "auto"), ({"TERM": "dumb"}, "auto"), ({}, "never"), ({"FORCE_COLOR": "1"}, "never")],
)
def test_no_colour_means_no_escape_code_at_all(env, color):
    seen, _, err = run(f"show(listing, format='table', color={color!r})", terminal=["out"], env=env)
    assert "active" in seen
    assert "\x1b" not in seen + err


def test_always_colours_where_no_color_says_no():
    seen, *_ = run("show(listing, format='table', color='always')", terminal=["out"], env={"NO_COLOR": "1"})
    assert "\x1b[32m" in seen


@pytest.mark.parametrize("width", [1, 20, 40, 80])
def test_every_width(width):
    seen, *_ = run("show(listing, format='table', color='never')", terminal=["out"], width=width)
    assert seen.count("x") == 50
    assert all(len(line) <= max(20, width) for line in seen.splitlines())


@pytest.mark.parametrize(("form", "out"), [("table", ""), ("tsv", ""), ("json", "[]\n")])
def test_an_empty_list_is_noted_on_a_terminal_only(form, out):
    code = f"show(none, format={form!r}, empty='no clients match')"
    assert run(code, terminal=["out"]) == (out, None, "no clients match\n")
    assert run(code, terminal=[]) == ("", out, "")


def test_the_page_is_noted_on_a_terminal_only():
    code = "show(listing, format='tsv')"
    assert run(code, terminal=["out"])[2] == "page 7 of 7\n"
    assert run(code, terminal=["err"])[0] == ""


def test_a_page_beyond_the_last_is_the_last_one_and_said():
    code = "show(listing._replace(page=Page(1, 1, 9)), format='table')"
    assert run(code, terminal=["out"])[2] == "page 9 does not exist: this is the last one, page 1 of 1\n"


def test_csv_is_inert_on_a_terminal_and_as_it_is_in_a_pipe():
    code = "show(listing, format='csv')"
    assert "\x1b" not in run(code, terminal=["out"])[0]
    assert "\x1b" in run(code, terminal=[])[1]


@pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}])
@pytest.mark.parametrize("python", [(), ("-u",)])
def test_text_is_utf_8_whatever_the_locale(env, python):
    code = "show(listing, format='json'); from clientctl.output.streams import note; note('Zo\\xe9 \\x1b')"
    _, out, err = run(code, terminal=[], env=env, python=python)
    assert json.loads(out)[0]["name"].startswith("Zoé")
    assert err == "Zoé ␛\n"


def test_a_closed_reader_and_a_full_disk_are_told_as_they_are():
    code = LISTING + (
        "import errno, os, sys\n"
        "rows = [('x' * 100, 'y')] * 10_000\n"
        "try: show(listing._replace(rows=rows), format='tsv')\n"
        "except OSError as error: os.write(2, errno.errorcode[error.errno].encode())\n"
        "os._exit(0)"
    )
    environment = {"PYTHONPATH": SOURCE}
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-c", code]
    broken = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment, check=True)
    os.close(writer)
    assert broken.stderr == b"EPIPE"
    if Path("/dev/full").exists():
        with Path("/dev/full").open("wb") as full:
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=environment, check=True)
        assert result.stderr == b"ENOSPC"


def test_without_standard_output_or_error():
    code = LISTING + (
        "import os, sys\n"
        "from clientctl.output.streams import note\n"
        "note('nobody reads this')\n"
        "try: show(listing, format='json')\n"
        "except OSError: os._exit(7)"
    )
    command = f'exec "{sys.executable}" -c "$CODE" >&- 2>&-'
    result = subprocess.run(["/bin/sh", "-c", command], env={"CODE": code, "PYTHONPATH": SOURCE}, check=False)
    assert result.returncode == 7


WORK = """
import time
now = 0.0
time.monotonic = lambda: now
from clientctl.output.progress import progress
with progress("Importing [b]", lambda: 3, {color!r}) as advance:
    for step in range(3):
        now += {seconds}
        advance(1)
"""


def test_long_work_shows_a_bar_on_a_terminal_and_clears_it():
    seen, out, _ = run(WORK.format(color="auto", seconds=0.6), terminal=["err"])
    assert "Importing [b]" in seen
    assert "100%" in seen
    assert seen.endswith("\x1b[2K")
    assert out == ""


@pytest.mark.parametrize(
    ("seconds", "terminal", "env"), [(0, ["err"], {}), (0.4, [], {}), (0.4, ["err"], {"TERM": "dumb"})]
)
def test_short_work_pipes_and_dumb_terminals_show_no_bar(seconds, terminal, env):
    assert not any(run(WORK.format(color="auto", seconds=seconds), terminal=terminal, env=env))


def test_rich_is_imported_only_to_draw():
    code = (
        "import sys, clientctl.output.card, clientctl.output.progress\n"
        "show(listing, format='tsv')\n"
        "sys.exit('rich' in sys.modules)"
    )
    run(code, terminal=[])


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        ("say what is to be changed, like --unset company", ["say what is to be changed, like", "--unset company"]),
        ("a note that is long: give --by 1m or so", ["a note that is long: give", "--by 1m or so"]),
        ("a note that is long, (--field 'a b') too", ["a note that is long,", "(--field 'a b') too"]),
        ("a note that is longer: --clock are words", ["a note that is longer: --clock", "are words"]),
        ("a note: --field 'as long as a whole line of it'", ["a note: --field 'as long as a", "whole line of it'"]),
    ],
)
def test_a_note_is_folded_at_words_and_never_between_an_option_and_its_value(said, lines):
    code = f"from clientctl.output.streams import note\nnote({said!r})"
    assert run(code, terminal=["err"], width=32)[0].splitlines() == lines
