"""The page that `clientctl` shows without a command: the queues, or how to begin."""

import sys
from collections.abc import Iterator

from clientctl.base.text import show_controls
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.practice import settings
from clientctl.domain.session import opened
from clientctl.output.streams import fold_line, write

_HELP = ("clientctl --help", "lists all commands")
_NO_DATABASE = (("clientctl db init", "creates one"), _HELP)
_NO_CLIENTS = (("clientctl client add", "adds a client"), ("clientctl import csv FILE", "imports a list"), _HELP)
_NEXT = (
    ("clientctl membership due --queue QUEUE", "lists a queue"),
    ("clientctl client list", "lists your clients"),
    _HELP,
)


def show(session: Session) -> int:
    """Show the queues with their counts and the next commands; without clients or a database, how to begin.

    Return the exit status. With a format, the queues are a list like any other.
    """
    path = opened.path_of(session.db)
    if session.format or path.exists():
        with runner.reading(session) as db:
            within = int(settings.get(db, "within") or 7)
            is_new = not session.format and opened.is_new(db)
        if is_new:
            write([_format_line(say("There are no clients in {path} yet.", path=path)), *_format_commands(_NO_CLIENTS)])
            return 0
        status = runner.show_list(session, lambda db: membership_queues.counts(db, within), say("No queues."))
        if not session.format:
            write(["\n", *_format_commands(_NEXT)])
        return status
    write([_format_line(say("There is no database at {path} yet.", path=path)), *_format_commands(_NO_DATABASE)])
    return 0


def _format_line(text: str) -> str:
    return f"{fold_line(show_controls(text), sys.stdout)}\n"


def _format_commands(commands: tuple[tuple[str, str], ...]) -> Iterator[str]:
    width = max(len(command) for command, _ in commands)
    return (f"  {command.ljust(width)}  {say(what)}\n" for command, what in commands)
