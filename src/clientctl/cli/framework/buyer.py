"""Say who buys: a client, or somebody who may be new, and what is doubtful about it."""

from typing import Annotated

import typer

from clientctl.base import person_names, text
from clientctl.cli.framework import runner
from clientctl.cli.framework.doubts import Doubt, Doubts
from clientctl.domain.clients import find_or_add
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.record import Client
from clientctl.domain.money import checkout
from clientctl.domain.session.opened import Writer
from clientctl.errors import LackingError, UsageError

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
    if runner.only_one({"--client": client, "--new-client": new_client}) is None:
        raise LackingError("whose? give --client, or --new-client with a name", "--client")
    if client is None and not ((new_client or "").strip() or email or phone):
        raise UsageError("who is new? give --new-client a name, or --email or --phone too")
    if client is not None and (email or phone):
        raise UsageError("--email and --phone are those of a --new-client")


def buyer(
    db: Writer, doubts: Doubts, client: str | None, new_client: str | None, email: str | None, phone: str | None
) -> Client:
    """Find who buys, or make a client of them."""
    if client is not None:
        return client_selectors.client_named(db, client)
    first, last = person_names.apart(text.clean_line(new_client or ""))
    typed = {"first_name": first, "last_name": last, "email": email, "phone": phone}
    met = find_or_add.met(db, typed, "purchase")
    if met.doubt:
        doubts.append(Doubt(met.doubt, "Is it somebody else?"))
    return met.client


def tell_twin(db: Writer, doubts: Doubts, number: str, client: str) -> None:
    """Say of what was sold that the client had the same already, if so."""
    twin = checkout.twin(db, number, client)
    if twin:
        doubts.append(Doubt(twin, "Sell it again?"))
        db.tell(twin)
