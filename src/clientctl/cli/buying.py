"""Say who buys: a client, or somebody who may be new."""

from typing import Annotated

import typer

from clientctl.base import text
from clientctl.cli import work
from clientctl.domain import arrival, clients, find
from clientctl.domain.book import Writer
from clientctl.domain.clients import Client
from clientctl.errors import UsageError

Buyer = Annotated[
    str | None, typer.Option("--client", metavar="CLIENT", help="Whose: an id, e-mail, phone or full name.")
]
NewClient = Annotated[
    str | None,
    typer.Option("--new-client", metavar="NAME", help="Whose, by name, if they may be new; they are never doubled."),
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
    if client is not None and (email or phone):
        raise UsageError("--email and --phone are those of a --new-client")


def buyer(db: Writer, client: str | None, new_client: str | None, email: str | None, phone: str | None) -> Client:
    """Find who buys, or make a client of them."""
    if client is not None:
        return find.client_named(db, client)
    first, last = clients.split_name(text.clean_line(new_client or ""))
    return arrival.met(db, {"first_name": first, "last_name": last, "email": email, "phone": phone}, "purchase")
