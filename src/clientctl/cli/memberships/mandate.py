"""The `mandate` commands."""

from pathlib import Path
from typing import Annotated

import typer

from clientctl.base import atomic_files, clock
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import AnyMembership
from clientctl.cli.framework.commands import ChangeCommand, noun
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.memberships import mandate_letters, mandates, payment_methods
from clientctl.domain.memberships import selectors as membership_selectors
from clientctl.domain.memberships.mandate_letters import Letter
from clientctl.domain.memberships.mandates import State
from clientctl.domain.practice import typed_days
from clientctl.errors import MissingParameterError, RefusedError
from clientctl.store import Writer

app = noun("Manage mandates: permissions to collect from a client's account by direct debit.")

Method = Annotated[
    str | None,
    typer.Option("--method", metavar="ID", help="The number of the direct debit, as in `payment-method list`."),
]
On = Annotated[str, typer.Option("--on", metavar="DAY", help="The day this happened.")]


@app.command("request", cls=ChangeCommand)
def request(
    context: typer.Context,
    membership: AnyMembership = None,
    method: Method = None,
    on: On = "today",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the message to FILE.eml, for your mail program.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")] = False,
) -> None:
    """Request a mandate from a client: writes the message to send to stderr, or with --out to a file.

    The client's direct debit is created if there is none, and linked to the membership.

    Examples:
      clientctl mandate request M-32
      clientctl mandate request M-32 --out mandate.eml
    """
    session: Session = context.obj
    _check_one(membership, method)

    def act(db: Writer) -> list[str]:
        found = (
            None
            if membership is None
            else membership_selectors.membership(db, membership, membership_selectors.FOR_MANDATE)
        )
        asked = mandates.request(db, found) if found else mandates.find_direct_debit(db, None, method)
        new = mandates.change_state(db, asked, "requested", typed_days.parse(db, on))
        now = payment_methods.find(db, str(asked.id))
        letter = mandate_letters.letter(db, now, found)
        title = payment_methods.title_of(now)
        mandate = (
            say("the mandate of {method} for {number}", method=title, number=found.number)
            if found
            else say("the mandate of {method}", method=title)
        )
        fact = (
            say("Requested {mandate}", mandate=mandate)
            if new
            else say("Already requested, on {day}: {mandate}", day=now.mandate_on, mandate=mandate)
        )
        return [fact, *(_write(session, letter, out, force) if out else _show(letter))]

    runner.change(session, "mandate request", act, payment_methods.card)


@app.command("activate", cls=ChangeCommand)
def activate(
    context: typer.Context,
    membership: AnyMembership = None,
    method: Method = None,
    on: On = "today",
    reference: Annotated[
        str | None, typer.Option("--reference", metavar="TEXT", help="The mandate's reference at the bank.")
    ] = None,
) -> None:
    """Record that a client gave the requested mandate, so that what is due can be collected.

    Examples:
      clientctl mandate activate M-32 --reference CC-2026-001
    """
    _change_state(context.obj, "activate", "active", membership, method, on, reference)


@app.command("revoke", cls=ChangeCommand)
def revoke(context: typer.Context, membership: AnyMembership = None, method: Method = None, on: On = "today") -> None:
    """Record that a client revoked or refused a mandate; it can be requested again.

    Examples:
      clientctl mandate revoke M-32
    """
    _change_state(context.obj, "revoke", "revoked", membership, method, on)


def _change_state(
    session: Session,
    verb: str,
    state: State,
    membership: str | None,
    method: str | None,
    on: str,
    reference: str | None = None,
) -> None:
    _check_one(membership, method)

    def act(db: Writer) -> list[str]:
        enrolled = (
            None
            if membership is None
            else membership_selectors.membership(db, membership, membership_selectors.FOR_MANDATE)
        )
        found = mandates.find_direct_debit(db, enrolled, method)
        new = mandates.change_state(db, found, state, typed_days.parse(db, on), reference)
        now = payment_methods.find(db, str(found.id))
        values = {"method": payment_methods.title_of(now), "state": say(state, "status"), "day": now.mandate_on}
        return [
            say("The mandate of {method} is now {state}, since {day}", **values)
            if new
            else say("The mandate of {method} is already {state}, since {day}", **values)
        ]

    runner.change(session, f"mandate {verb}", act, payment_methods.card)


def _check_one(membership: str | None, method: str | None) -> None:
    if runner.check_only_one({"MEMBERSHIP": membership, "--method": method}) is None:
        raise MissingParameterError(say("which mandate? give a membership, like M-42, or --method ID"), "MEMBERSHIP")


def _write(session: Session, letter: Letter, out: Path, force: bool) -> list[str]:
    """Write the message to a file, before the commit: if it fails, nothing is changed."""
    from clientctl.post.composing import compose_draft

    if letter.address is None:
        raise RefusedError(say("{name} has no e-mail: leave out --out to see the message", name=letter.name))
    content = compose_draft(letter.name, letter.address, letter.subject, letter.text, clock.now())
    if session.dry_run:
        return []
    with atomic_files.replace_file(out, force=force) as file:
        file.write(content)
    return [say("Wrote {out}", out=out)]


def _show(letter: Letter) -> list[str]:
    """Return the lines of the message, for stderr: standard output is for the record."""
    return [
        say("The message to send:"),
        *say(
            "To: {address}\nSubject: {subject}\n\n{text}",
            address=letter.address or letter.name,
            subject=letter.subject,
            text=letter.text,
        ).splitlines(),
    ]
