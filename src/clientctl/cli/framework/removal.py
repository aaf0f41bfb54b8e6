"""Remove records that have a number and no name: ask first, and be able to show what they were."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from clientctl.base.listing import Card
from clientctl.base.text import quoted
from clientctl.cli.framework import runner
from clientctl.cli.framework.options import Session
from clientctl.domain.session.opened import Reader, Writer
from clientctl.errors import NotFoundError

_SAID = 3
"""How many of several records the question names."""


class Numbered(Protocol):
    """A record with a number."""

    @property
    def id(self) -> int:
        """Return its number."""


T = TypeVar("T", bound=Numbered)


def named(db: Reader, numbers: Sequence[str], find: Callable[[Reader, str], T]) -> list[T]:
    """Find the records that numbers name, each once, in their order."""
    return list({record.id: record for record in (find(db, number) for number in numbers)}.values())


def remove(
    session: Session,
    noun: str,
    numbers: Sequence[str],
    find: Callable[[Reader, str], T],
    said: Callable[[T], tuple[str, str]],
    act: Callable[[Writer, T], None],
    card: Callable[[Reader, str], Card],
) -> None:
    """Ask, remove, and show the records as they were.

    ``said`` gives what a record is called, like ``note 3 (Ana Müller)``, and what would be lost.
    """
    runner.refuse_past(session)
    selectors = runner.named(numbers)
    with runner.reading(session) as reader:
        try:
            doomed = [said(record) for record in named(reader, selectors, find)]
        except NotFoundError:
            doomed = []  # gone since a request that was done already, or the change itself says so
    if doomed:
        shown = [f"{what}: {quoted(content)}" for what, content in doomed[:_SAID]]
        more = [f"and {len(doomed) - _SAID} more"] if len(doomed) > _SAID else []
        runner.confirm(session, "; ".join([*shown, *more]), "Remove it?" if len(doomed) == 1 else "Remove them?")
    was: dict[str, Card] = {}

    def remove_all(db: Writer) -> list[str]:
        found = named(db, selectors, find)
        for record in found:
            was[str(record.id)] = card(db, str(record.id))
            act(db, record)
        return [f"Removed {said(record)[0]}" for record in found]

    runner.change(session, f"{noun} remove", remove_all, lambda db, number: was.get(number) or card(db, number))
