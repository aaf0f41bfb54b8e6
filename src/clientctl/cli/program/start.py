"""What the bare `clientctl` shows: the queues, or how to begin."""

import sys
from collections.abc import Iterator

from clientctl.base.text import inert
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.practice import settings
from clientctl.domain.session import opened
from clientctl.output.streams import fold_line, write

_HELP = ("clientctl --help", "lists all commands")
_WITHOUT = (("clientctl db init", "creates one"), _HELP)
_EMPTY = (("clientctl client add", "adds a client"), ("clientctl import csv FILE", "imports a list"), _HELP)
_ONWARD = (
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
            write([_line(f"There are no clients in {path} yet."), *_ways(_EMPTY)])
            return 0
        status = runner.show_list(session, lambda db: membership_queues.counts(db, within), "No queues.")
        if not session.format:
            write(["\n", *_ways(_ONWARD)])
        return status
    write([_line(f"There is no database at {path} yet."), *_ways(_WITHOUT)])
    return 0


def _line(text: str) -> str:
    return f"{fold_line(inert(text), sys.stdout)}\n"


def _ways(ways: tuple[tuple[str, str], ...]) -> Iterator[str]:
    width = max(len(command) for command, _ in ways)
    return (f"  {command.ljust(width)}  {what}\n" for command, what in ways)
