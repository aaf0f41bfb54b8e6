"""The `client duplicates` and `client merge` commands."""

from typing import TYPE_CHECKING, Annotated

import typer

from clientctl.base.listing import Listing
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.arguments import ClientFilterArgument, MergedClients
from clientctl.cli.framework.commands import ChangeCommand, ListOrChangeCommand, Verbs
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card
from clientctl.domain.clients import selectors as client_selectors
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.domain.client_file.merge import MergePlan

app = Verbs()


@app.command("duplicates", cls=ListOrChangeCommand)
def duplicates(
    context: typer.Context,
    client: ClientFilterArgument = None,
    not_duplicate: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="CLIENT CLIENT", help="Mark these as two different people; lists nothing."),
    ] = None,
    maybe_duplicate: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="CLIENT CLIENT", help="Remove that mark; lists nothing."),
    ] = None,
    marked: Annotated[bool, typer.Option("--marked", help="The pairs marked as different people.")] = False,
) -> int:
    """List pairs of clients who may be the same person, most likely last; or mark two as different.

    A pair is scored from 0 to 100 by e-mail, phone, birthday and name, allowing for typos, swapped
    names and initials, and the reasons are listed; relatives and different birthdays score low.
    Archived clients are included.

    Examples:
      clientctl client duplicates
      clientctl client duplicates ana@example.com --json
      clientctl client duplicates --not-duplicate 12 34
      clientctl client duplicates --marked
      clientctl client duplicates --maybe-duplicate 12 34
    """
    session: Session = context.obj
    runner.check_only_one({"--not-duplicate": not_duplicate, "--maybe-duplicate": maybe_duplicate, "CLIENT": client})
    runner.check_only_one({"--not-duplicate": not_duplicate, "--maybe-duplicate": maybe_duplicate, "--marked": marked})
    if not_duplicate:
        _mark(session, not_duplicate, apart=True)
        return 0
    if maybe_duplicate:
        _mark(session, maybe_duplicate, apart=False)
        return 0

    def build(db: Reader) -> Listing:
        from clientctl.domain.clients import duplicates

        found = None if client is None else client_selectors.client_named(db, client).id
        return duplicates.listing(db, found, marked=marked)

    return runner.show_list(session, build, say("No duplicates."))


@app.command("merge", cls=ChangeCommand)
def merge(
    context: typer.Context,
    client: MergedClients,
    prefer: Annotated[
        list[str] | None,
        typer.Option(metavar="FIELD=ID", help="Use this client's value of a field, like phone=34; repeat for several."),
    ] = None,
) -> None:
    """Merge clients who are the same person into the first one, the survivor.

    The survivor's values win, and empty ones are filled from the others. Notes, labels, memberships
    and everything else a client can have several of are combined. The earlier of client since and of
    member since is kept, and an opt-out wins. A second e-mail or phone goes to the first free further
    field, created if there is none: `E-mail 2`, `Phone 2`. It shows the result, field by field, and
    on a terminal asks first. Afterwards the ids of the others lead to the survivor; `undo` separates
    them again.

    Examples:
      clientctl client merge 12 34 --dry-run
      clientctl client merge 12 34 20 --prefer email=34 --yes
    """
    from clientctl.domain.client_file import merge

    session: Session = context.obj
    selectors = runner.read_selectors(client)

    def planned(db: Reader) -> "MergePlan":
        survivor = client_selectors.client_named(db, selectors[0], exactly=True)
        return merge.plan(db, survivor, client_selectors.clients_named(db, selectors[1:], exactly=True), prefer or ())

    ask = not (session.yes or session.dry_run)
    if ask:
        runner.refuse_past(session)
        with runner.reading(session) as reader:
            agreed = planned(reader)
            shown = merge.preview(reader, agreed)
        runner.confirm(
            session, say("{others} would be merged into {survivor}", **_titles(agreed)), say("Merge them?"), shown
        )

    def act(db: Writer) -> list[str]:
        agreed = planned(db)
        lines = [] if ask else merge.preview(db, agreed)
        merge.merge(db, agreed)
        return [*lines, say("Merged {others} into {survivor}", **_titles(agreed))]

    runner.change(session, "client merge", act, card.client)


def _mark(session: Session, pair: tuple[str, str], *, apart: bool) -> None:
    from clientctl.domain.clients import duplicates

    def act(db: Writer) -> list[str]:
        one, other = (client_selectors.client_named(db, each) for each in pair)
        new = (duplicates.mark if apart else duplicates.unmark)(db, one, other)
        names = {"one": one.title, "other": other.title}
        if apart:
            return [
                say("Marked {one} and {other} as different people", **names)
                if new
                else say("{one} and {other} were already marked as different people", **names)
            ]
        return [
            say("Marked {one} and {other} as possible duplicates", **names)
            if new
            else say("{one} and {other} were already marked as possible duplicates", **names)
        ]

    runner.change(session, "client duplicates", act, card.client)


def _titles(agreed: "MergePlan") -> dict[str, str]:
    others = ", ".join(other.title for other in agreed.others)
    return {"others": others, "survivor": agreed.survivor.title}
