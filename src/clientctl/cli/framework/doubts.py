"""Changes that may be a mistake: confirmed first on a terminal; elsewhere made, with a notice."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from clientctl.base.listing import Card
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.errors import UsageError
from clientctl.store import Reader, Writer


class Doubt(NamedTuple):
    """A fact that may point to a mistake, and the question to ask about it on a terminal."""

    fact: str
    question: str


Doubts = list[Doubt]


class _DoubtfulError(UsageError):
    """Raised to undo an attempt until its doubts are confirmed."""

    def __init__(self, doubts: Doubts) -> None:
        super().__init__("; ".join(doubt.fact for doubt in doubts))
        self.doubts = doubts


def change_if_confirmed(
    session: Session,
    name: str,
    act: Callable[[Writer, Doubts], Sequence[str]],
    card: Callable[[Reader, str], Card],
) -> None:
    """Run a changing command; on a terminal, ask first about the doubts that ``act`` adds to its list.

    Elsewhere ``act`` itself reports them.
    """

    def attempt(db: Writer, *, asks: bool) -> Sequence[str]:
        doubts: Doubts = []
        lines = act(db, doubts)
        if asks and doubts:
            raise _DoubtfulError(doubts)
        return lines

    asks = runner.can_ask() and not (session.yes or session.dry_run)
    try:
        runner.change(session, name, lambda db: attempt(db, asks=asks), card)
    except _DoubtfulError as error:
        for doubt in error.doubts:
            runner.confirm(session, *doubt)
        runner.change(session, name, lambda db: attempt(db, asks=False), card)
