"""The arguments and options that several commands share.

Where one of them stands for a client, `commands.Command` takes ``--client`` too.
"""

from collections.abc import Iterable
from typing import Annotated

import typer

_ONE = "The client's id, e-mail, phone or name; the start of a name is enough."
_EXACTLY = "Ids, e-mails, phones or full names; - reads ids from stdin."
_ONLY = "Only this client's: an id, e-mail, phone or name."
_HOLDER = "or its client: a name, e-mail, +33… or id:12"

ClientArgument = Annotated[str, typer.Argument(metavar="CLIENT", help=_ONE)]
ClientArguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLIENT...]", help="Ids, e-mails, phones or names; - reads ids from stdin."),
]
ExactClientArguments = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLIENT...]", help=_EXACTLY),
]
MergedClients = Annotated[
    list[str],
    typer.Argument(metavar="SURVIVOR OTHER...", help=_EXACTLY),
]
ClientFilterArgument = Annotated[str | None, typer.Argument(metavar="[CLIENT]", help=_ONLY)]
ClientFilterOption = Annotated[str | None, typer.Option("--client", metavar="CLIENT", help=_ONLY)]
ClientOption = Annotated[str | None, typer.Option("--client", metavar="CLIENT", help=_ONE)]

Membership = Annotated[str, typer.Argument(metavar="MEMBERSHIP", help=f"Its number, like M-42, {_HOLDER}.")]
AnyMembership = Annotated[
    str | None, typer.Argument(metavar="[MEMBERSHIP]", help=f"The membership's number, like M-42, {_HOLDER}.")
]
Package = Annotated[str, typer.Argument(metavar="PACKAGE", help=f"Its number, like K-7, {_HOLDER}.")]
AnyPackage = Annotated[
    str | None,
    typer.Argument(
        metavar="[PACKAGE]", help=f"Its number, like K-7, {_HOLDER}; then the one that expires first is used."
    ),
]
Payment = Annotated[str, typer.Argument(metavar="PAYMENT", help=f"Its number, like P-7, {_HOLDER}.")]
AttemptedPayment = Annotated[
    str,
    typer.Argument(
        metavar="PAYMENT",
        help=f"The payment that came back, like P-7, or what the attempt was for: M-42, K-7, C-7 or O-3; {_HOLDER}.",
    ),
]
Paid = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SELECTOR...]",
        help=f"What is paid: M-42, K-7, a charge C-7, an order O-3, {_HOLDER}; - reads numbers from stdin.",
    ),
]

Reason = Annotated[str | None, typer.Option("--reason", metavar="TEXT", help="The reason.")]
NeededReason = Annotated[
    str | None,
    typer.Option("--reason", metavar="TEXT", help="The reason; required, but not stored for erased clients."),
]
Archived = Annotated[bool, typer.Option("--archived", help="Archived ones instead.")]
NewName = Annotated[str, typer.Option("--name", metavar="NAME", help="The new name.")]


def unset_option(fields: Iterable[str]) -> object:
    """Return the option ``--unset`` of a command that can empty these fields."""
    return typer.Option("--unset", metavar="FIELD", help=f"Empty a field: {', '.join(fields)}; repeat for several.")


def status_option(statuses: Iterable[str], more: str = "") -> object:
    """Return the option ``--status`` of a list that any of these filter."""
    return typer.Option("--status", metavar="STATUS", help=f"{', '.join(statuses)}; repeat for several.{more}")
