"""Progress bars for long work, on a terminal only."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from clientctl.base.text import show_controls
from clientctl.output.streams import Color, is_colored, is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress

Advance = Callable[[int], None]
Item = TypeVar("Item")

_PATIENCE = 1.0
"""Seconds of work before a bar appears."""
_BETWEEN = 0.1
"""Seconds between updates of the bar."""


@contextmanager
def progress(title: str, total: Callable[[], int] | None, color: Color = "auto") -> Iterator[Advance]:
    """Yield a function that counts the steps done, and draw a bar if they take over a second.

    The bar is on standard error, if that is a terminal that can redraw a line, and removed afterwards.
    ``total`` returns the number of steps, and is called only if a bar is drawn.
    """
    bar: Progress | None = None
    due = time.monotonic() + _PATIENCE
    done = 0

    def advance(steps: int) -> None:
        nonlocal bar, due, done
        done += steps
        now = time.monotonic()
        if now < due:
            return
        due = now + _BETWEEN
        if bar is None:
            bar = _bar(title, total() if total else None, color)
        bar.update(bar.task_ids[0], completed=done)

    try:
        yield advance if _is_redrawable() else _ignore
    finally:
        if bar is not None:
            bar.stop()


def count_steps(items: Iterable[Item], advance: Advance) -> Iterable[Item]:
    """Yield items, counting a step after each; return them unchanged if no bar can be drawn."""
    return items if advance is _ignore else _counting(items, advance)


def _counting(items: Iterable[Item], advance: Advance) -> Iterator[Item]:
    for item in items:
        yield item
        advance(1)


def _is_redrawable() -> bool:
    return is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb"


def _ignore(steps: int) -> None:
    """Do nothing, where no bar can be drawn."""


def _bar(title: str, total: int | None, color: Color) -> "Progress":
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import Progress

    console = Console(stderr=True, no_color=not is_colored(color, sys.stderr), legacy_windows=False)
    bar = Progress(*Progress.get_default_columns(), console=console, transient=True)
    bar.add_task(escape(show_controls(title)), total=total)
    bar.start()
    return bar
