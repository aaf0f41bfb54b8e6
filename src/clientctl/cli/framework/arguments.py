"""Say once how clients, memberships, packages and payments are typed: the arguments of all commands that take one.

Where one of them stands, `options.Command` takes ``--client`` too.
"""

from typing import Annotated

import typer

_CLIENT = "an id, e-mail, phone or name, its beginnings too"
_EXACTLY = "an id, e-mail, phone or whole name"
_HOLDER = "or whose it is: a name, e-mail, +33…, id:12"

One = Annotated[str, typer.Argument(metavar="CLIENT", help=f"Who: {_CLIENT}.")]
Chosen = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLIENT...]", help=f"Who: {_CLIENT}; - reads ids from stdin."),
]
ChosenExactly = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLIENT...]", help=f"Who: {_EXACTLY}; - reads ids from stdin."),
]
Merged = Annotated[
    list[str],
    typer.Argument(metavar="SURVIVOR OTHER...", help=f"Who: {_EXACTLY}; - reads ids from stdin."),
]
OnlyOf = Annotated[str | None, typer.Argument(metavar="[CLIENT]", help=f"Only one client's: {_CLIENT}.")]
OnlyWith = Annotated[str | None, typer.Option("--client", metavar="CLIENT", help=f"Only one client's: {_CLIENT}.")]
Whose = Annotated[str | None, typer.Option("--client", metavar="CLIENT", help=f"Whose: {_CLIENT}.")]

Membership = Annotated[str, typer.Argument(metavar="MEMBERSHIP", help=f"Its number, like M-42, {_HOLDER}.")]
AnyMembership = Annotated[
    str | None, typer.Argument(metavar="[MEMBERSHIP]", help=f"The number of what it is for, like M-42, {_HOLDER}.")
]
Package = Annotated[str, typer.Argument(metavar="PACKAGE", help=f"Its number, like K-7, {_HOLDER}.")]
AnyPackage = Annotated[
    str | None,
    typer.Argument(metavar="[PACKAGE]", help=f"Its number, like K-7, {_HOLDER}; then what expires first is used."),
]
Payment = Annotated[str, typer.Argument(metavar="PAYMENT", help=f"Its number, like P-7, {_HOLDER}.")]
Tried = Annotated[
    str,
    typer.Argument(
        metavar="PAYMENT",
        help=f"What came back, like P-7, or what an attempt was for, M-42, K-7, C-7 or O-3; {_HOLDER}.",
    ),
]
Paid = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SELECTOR...]",
        help=f"What is paid: M-42, K-7, a charge C-7, an order O-3, {_HOLDER}; - reads numbers from stdin.",
    ),
]
