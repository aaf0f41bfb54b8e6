"""The options of a buyer: a client, or somebody who may be new."""

from typing import Annotated

import typer

from clientctl.base import person_names, text
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.doubts import Doubt, Doubts
from clientctl.domain.clients import find_or_add as matching
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.record import Client
from clientctl.domain.money import checkout
from clientctl.errors import MissingParameterError, UsageError
from clientctl.store import Writer

NewClient = Annotated[
    str | None,
    typer.Option(
        "--new-client",
        metavar="NAME",
        help="The name of a client who may be new; an existing client is recognized.",
    ),
]
Email = Annotated[str | None, typer.Option("--email", metavar="E-MAIL", help="The new client's e-mail.")]
Phone = Annotated[str | None, typer.Option("--phone", metavar="PHONE", help="The new client's phone.")]
Paid = Annotated[
    str | None,
    typer.Option("--paid", metavar="TYPE", help="Record that what is due was paid, with this payment type, like cash."),
]


def check(client: str | None, new_client: str | None, email: str | None, phone: str | None) -> None:
    """Check that there is one buyer, with an e-mail or phone only if new. Raise UsageError."""
    if runner.check_only_one({"--client": client, "--new-client": new_client}) is None:
        raise MissingParameterError(say("which client? use --client, or --new-client with a name"), "--client")
    if client is None and not ((new_client or "").strip() or email or phone):
        raise UsageError(
            say("a new client needs a name, an e-mail or a phone: use --new-client NAME, --email or --phone")
        )
    if client is not None and (email or phone):
        raise UsageError(say("--email and --phone go only with --new-client"))


def find_or_add(
    db: Writer, doubts: Doubts, client: str | None, new_client: str | None, email: str | None, phone: str | None
) -> Client:
    """Find the client who buys, or add a new one."""
    if client is not None:
        return client_selectors.client_named(db, client)
    first, last = person_names.parse_name(text.clean_line(new_client or ""))
    typed = {"first_name": first, "last_name": last, "email": email, "phone": phone}
    met = matching.find_or_add(db, typed, "purchase")
    if met.doubt:
        doubts.append(Doubt(met.doubt, say("Is this somebody else?")))
    return met.client


def notify_twin(db: Writer, doubts: Doubts, number: str, client: str) -> None:
    """Add a doubt and a notice if the client already had what was sold."""
    twin = checkout.describe_twin(db, number, client)
    if twin:
        doubts.append(Doubt(twin, say("Sell it again?")))
        db.notify(twin)
