"""Removal of records that have a number and no name: ask first, and show them as they were."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from clientctl.base.listing import Card
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer

_SHOWN = 3
"""The most records that a question names."""


class Numbered(Protocol):
    """A record with a number."""

    @property
    def id(self) -> int:
        """Return its number."""


T = TypeVar("T", bound=Numbered)


def find_all(db: Reader, numbers: Sequence[str], find: Callable[[Reader, str], T]) -> list[T]:
    """Find records by their numbers, each once, in that order."""
    return list({record.id: record for record in (find(db, number) for number in numbers)}.values())


def remove(
    session: Session,
    noun: str,
    numbers: Sequence[str],
    find: Callable[[Reader, str], T],
    describe: Callable[[T], tuple[str, str]],
    act: Callable[[Writer, T], None],
    card: Callable[[Reader, str], Card],
) -> None:
    """Ask, remove records, and show them as they were.

    ``describe`` returns the title of a record, like ``note 3 (Ana Müller)``, and what would be lost.
    """
    runner.refuse_past(session)
    selectors = runner.read_selectors(numbers)
    with runner.reading(session) as reader:
        try:
            records = [describe(record) for record in find_all(reader, selectors, find)]
        except NotFoundError:
            records = []  # the request was already done, or the change itself reports it
    if records:
        shown = [f"{what}: {quoted(content)}" for what, content in records[:_SHOWN]]
        more = [say("and {records} more", records=len(records) - _SHOWN)] if len(records) > _SHOWN else []
        runner.confirm(
            session, "; ".join([*shown, *more]), say("Remove it?") if len(records) == 1 else say("Remove them?")
        )
    was: dict[str, Card] = {}

    def remove_all(db: Writer) -> list[str]:
        found = find_all(db, selectors, find)
        for record in found:
            was[str(record.id)] = card(db, str(record.id))
            act(db, record)
        return [say("Removed {record}", record=describe(record)[0]) for record in found]

    runner.change(session, f"{noun} remove", remove_all, lambda db, number: was.get(number) or card(db, number))
