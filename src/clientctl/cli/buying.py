"""Say who buys: a client, or somebody who may be new; ask whether what is doubtful about it is meant."""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple

import typer

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.cli import work
from clientctl.cli.options import Session
from clientctl.domain import arrival, clients, find, sales
from clientctl.domain.book import Reader, Writer
from clientctl.domain.clients import Client
from clientctl.errors import UsageError

Buyer = Annotated[
    str | None, typer.Option("--client", metavar="CLIENT", help="Whose: an id, e-mail, phone or full name.")
]
NewClient = Annotated[
    str | None,
    typer.Option(
        "--new-client",
        metavar="NAME",
        help="Whose, by name, if they may be new; who is a client already is recognised.",
    ),
]
Email = Annotated[str | None, typer.Option("--email", metavar="E-MAIL", help="The new client's e-mail.")]
Phone = Annotated[str | None, typer.Option("--phone", metavar="PHONE", help="The new client's phone.")]
Paid = Annotated[
    str | None, typer.Option("--paid", metavar="TYPE", help="What is due for it was paid at once, by cash or the like.")
]


def check(client: str | None, new_client: str | None, email: str | None, phone: str | None) -> None:
    """Raise UsageError unless one buyer was said, and only of a new one how to reach them."""
    if work.only_one({"--client": client, "--new-client": new_client}) is None:
        raise UsageError("whose? give --client, or --new-client with a name")
    if client is None and not ((new_client or "").strip() or email or phone):
        raise UsageError("who is new? give --new-client a name, or --email or --phone too")
    if client is not None and (email or phone):
        raise UsageError("--email and --phone are those of a --new-client")


class Doubt(NamedTuple):
    """What may not be meant, and what is asked about it on a terminal."""

    fact: str
    question: str


Doubts = list[Doubt]


class _DoubtfulError(UsageError):
    """Something is to be asked before it is sold."""

    def __init__(self, doubts: Doubts) -> None:
        super().__init__("; ".join(doubt.fact for doubt in doubts))
        self.doubts = doubts


def sell(
    session: Session,
    name: str,
    act: Callable[[Writer, Doubts], Sequence[str]],
    card: Callable[[Reader, str], Card],
) -> None:
    """Run a command that sells; on a terminal ask first about the doubts that ``act`` finds, else tell of them."""

    def attempt(db: Writer, *, asks: bool) -> Sequence[str]:
        doubts: Doubts = []
        said = act(db, doubts)
        if asks and doubts:
            raise _DoubtfulError(doubts)
        return said

    asks = work.can_ask() and not (session.yes or session.dry_run)
    try:
        work.change(session, name, lambda db: attempt(db, asks=asks), card)
    except _DoubtfulError as error:
        for doubt in error.doubts:
            work.confirm(session, *doubt)
        work.change(session, name, lambda db: attempt(db, asks=False), card)


def buyer(
    db: Writer, doubts: Doubts, client: str | None, new_client: str | None, email: str | None, phone: str | None
) -> Client:
    """Find who buys, or make a client of them."""
    if client is not None:
        return find.client_named(db, client)
    first, last = clients.split_name(text.clean_line(new_client or ""))
    typed = {"first_name": first, "last_name": last, "email": email, "phone": phone}
    met = arrival.met(db, typed, "purchase")
    if met.doubt:
        doubts.append(Doubt(met.doubt, "Is it somebody else?"))
    return met.client


def tell_twin(db: Writer, doubts: Doubts, number: str, client: str) -> None:
    """Say of what was sold that the client had the same already, if so."""
    twin = sales.twin(db, number, client)
    if twin:
        doubts.append(Doubt(twin, "Sell it again?"))
        db.tell(twin)
