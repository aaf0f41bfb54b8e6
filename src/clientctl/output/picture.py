"""Show a picture in the terminal, using its graphics protocol or colored half blocks."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from clientctl.output.streams import Color, is_colored, is_terminal, terminal_width, write

Protocol = Literal["kitty", "iterm", "blocks"]
Row = Sequence[tuple[int, int, int]]

WIDEST, TALLEST = 40, 24
"""The largest number of columns and lines of a picture."""

_PIECE = 4096
"""The most characters that a command of kitty's protocol may hold."""

_KITTY = ("xterm-kitty", "xterm-ghostty")
_ITERM = ("iTerm.app", "WezTerm", "mintty")


def find_protocol(color: Color) -> Protocol | None:
    """Return how the terminal at standard output can show a picture; None if it can't, or is no terminal.

    A terminal within another (tmux, screen) gets blocks, which pass through both.
    """
    if not is_terminal(sys.stdout) or not is_colored(color, sys.stdout):
        return None
    term, program = os.environ.get("TERM", ""), os.environ.get("TERM_PROGRAM", "")
    if term in {"", "dumb"} or (terminal_width() or 0) < 2:
        return None
    if os.environ.get("TMUX") or term.startswith(("screen", "tmux")):
        return "blocks"
    if term in _KITTY or os.environ.get("KITTY_WINDOW_ID") or program == "ghostty":
        return "kitty"
    return "iterm" if program in _ITERM or os.environ.get("LC_TERMINAL") == "iTerm2" else "blocks"


def width() -> int:
    """Return how many columns a picture takes on the terminal at standard output."""
    columns = terminal_width()
    return min(WIDEST, columns - 1) if columns else WIDEST


def show_png(png: bytes, by: Literal["kitty", "iterm"]) -> None:
    """Show a PNG on standard output. Raise OSError if it can't be written."""
    from base64 import b64encode

    protocol: dict[str, Callable[[str, int], Iterator[str]]] = {"kitty": _kitty, "iterm": _iterm}
    write([*protocol[by](b64encode(png).decode(), len(png)), "\n"])


def show_blocks(rows: Sequence[Row]) -> None:
    """Show rows of pixels on standard output, two per line. Raise OSError if it can't be written."""
    import io

    from rich.color import Color as RichColor
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    lines = Text()
    for upper, lower in zip(rows[::2], [*rows[1::2], *([[]] if len(rows) % 2 else [])], strict=True):
        for column, above in enumerate(upper):
            below = RichColor.from_rgb(*lower[column]) if lower else None
            lines.append("▀", Style(color=RichColor.from_rgb(*above), bgcolor=below))
        lines.append("\n")
    drawn = io.StringIO()
    console = Console(
        file=drawn, width=WIDEST, force_terminal=True, color_system=_color_system(), legacy_windows=False, _environ={}
    )
    console.print(lines, end="", soft_wrap=True)
    write([drawn.getvalue()])


def _kitty(data: str, _size: int) -> Iterator[str]:
    """Yield a PNG in pieces, each saying whether more follow, without an answer from the terminal (``q=2``)."""
    for start in range(0, len(data), _PIECE):
        first = f"a=T,f=100,c={width()},q=2," if start == 0 else ""
        yield f"\x1b_G{first}m={int(start + _PIECE < len(data))};{data[start : start + _PIECE]}\x1b\\"


def _iterm(data: str, size: int) -> Iterator[str]:
    yield f"\x1b]1337;File=inline=1;size={size};width={width()};preserveAspectRatio=1:{data}\x07"


def _color_system() -> Literal["truecolor", "256", "standard"]:
    """Return how many colors the terminal has."""
    if os.environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return "truecolor"
    return "256" if "256" in os.environ.get("TERM", "") else "standard"
