"""Show a picture in the terminal, by the protocol that it speaks, else in colored half blocks."""

import base64
import re

import pytest

from clientctl.output import picture


class Terminal:
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Return a function that says which terminal standard output is, by its environment."""
    for name in ("TERM", "TERM_PROGRAM", "LC_TERMINAL", "TMUX", "KITTY_WINDOW_ID", "COLORTERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")

    def be(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("sys.stdout", Terminal())

    return be


@pytest.mark.parametrize(
    ("variables", "color", "way"),
    [
        ({"TERM": "xterm-kitty"}, "auto", "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "auto", "kitty"),
        ({"TERM": "xterm-ghostty"}, "auto", "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "auto", "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "auto", "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "auto", "iterm"),
        ({"TERM": "xterm-256color"}, "auto", "blocks"),
        ({"TERM": "tmux-256color", "TMUX": "/x", "TERM_PROGRAM": "iTerm.app"}, "auto", "blocks"),
        ({"TERM": "screen", "KITTY_WINDOW_ID": "1"}, "auto", "blocks"),
        ({"TERM": "dumb"}, "auto", None),
        ({"TERM": "dumb"}, "always", None),
        ({}, "auto", None),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "auto", None),
        ({"TERM": "xterm-kitty"}, "never", None),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, "always", "kitty"),
        ({"TERM": "xterm", "COLUMNS": "1"}, "auto", None),
    ],
)
def test_how_a_terminal_shows_a_picture(terminal, variables, color, way):
    terminal(**variables)
    assert picture.find_protocol(color) == way


def test_a_pipe_shows_none(capsys):
    assert picture.find_protocol("always") is None


def test_kitty_gets_pieces_of_at_most_4096_characters_that_make_the_picture(capsysbinary, monkeypatch):
    png = bytes(range(256)) * 40
    picture.show_png(png, "kitty")
    out = capsysbinary.readouterr().out.decode()
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", out)
    assert "".join(f"\x1b_G{keys};{data}\x1b\\" for keys, data in pieces) + "\n" == out
    assert pieces[0][0] == "a=T,f=100,c=40,q=2,m=1"
    assert [keys for keys, _ in pieces[1:]] == ["m=1"] * (len(pieces) - 2) + ["m=0"]
    assert max(len(data) for _, data in pieces) == 4096
    assert base64.b64decode("".join(data for _, data in pieces)) == png


def test_iterm_gets_one_command(capsysbinary):
    picture.show_png(b"png", "iterm")
    wanted = b"\x1b]1337;File=inline=1;size=3;width=40;preserveAspectRatio=1:cG5n\x07\n"
    assert capsysbinary.readouterr().out == wanted


RED, BLUE, GREEN = (255, 0, 0), (0, 0, 255), (0, 255, 0)


@pytest.mark.parametrize(
    ("variables", "above", "below", "first"),
    [  # each its own colors: Rich keeps the codes of those it has met
        ({"COLORTERM": "truecolor", "TERM": "xterm"}, RED, BLUE, "38;2;255;0;0;48;2;0;0;255"),
        ({"TERM": "xterm-256color"}, BLUE, GREEN, "38;5;21;48;5;46"),
        ({"TERM": "xterm"}, GREEN, RED, "32;41"),
    ],
)
def test_two_rows_of_pixels_are_one_line_of_blocks(capsysbinary, monkeypatch, variables, above, below, first):
    for name in ("COLORTERM", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    picture.show_blocks([[above, above], [below, above], [above, above]])
    lines = capsysbinary.readouterr().out.decode().splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("\x1b[")
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines] == ["▀▀", "▀▀"]
    codes = re.findall(r"\x1b\[([0-9;]+)m▀", lines[0])
    assert codes[0] == first
    assert "48;" not in lines[1]
