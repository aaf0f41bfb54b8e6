"""Questions on a terminal: a line, or yes or no."""

import typer

from clientctl.base.text import show_controls
from clientctl.base.words import say
from clientctl.output.streams import fold_line, note

_YES = frozenset({"y", "yes"})
_NO = frozenset({"", "n", "no"})


def ask(question: str, default: str = "") -> str:
    """Ask for a line, and return it without spaces around it.

    Raise typer.Abort when the input ends. Whatever ends the program here is then told on a line of its own.
    """
    asked = fold_line(show_controls(question))
    try:
        return str(typer.prompt(asked, default=default, show_default=False, prompt_suffix=" ", err=True)).strip()
    except BaseException:
        note("")
        raise


def is_agreed(question: str) -> bool:
    """Ask until the answer is yes or no, and return whether it is yes; nothing is no."""
    while True:
        answer = ask(f"{question} [y/N]:").lower()
        if answer in _YES | _NO:
            return answer in _YES
        note(say("type y for yes or n for no"))
