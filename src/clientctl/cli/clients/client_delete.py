"""The `client delete` command."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.cli.framework import client_filters, runner
from clientctl.cli.framework.arguments import ExactClientArguments
from clientctl.cli.framework.commands import ClientFilterChangeCommand, Verbs
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import card
from clientctl.domain.session import opened
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.store.erase import Erased

app = Verbs()

_SHOWN = 10
"""The most clients that are named one by one."""


@app.command("delete", cls=ClientFilterChangeCommand)
def delete(
    context: typer.Context,
    client: ExactClientArguments = None,
) -> None:
    """Delete clients for good, named or chosen by filters: personal data is erased, the books are kept.

    An anonymous row is left, with its memberships, packages and charges. Name, contacts, fields,
    labels, notes, tasks, addresses, consents, documents, payment methods and photo are erased, also
    from the history. Then the database and the files beside it are searched for the erased data,
    and the backups that still hold it are named.
    A person known only from the history (`client list --undone`) is named by id.
    It is refused while a membership is live or upcoming, or a package has sessions left. It shows what
    would be erased, by table, and what is still owed, and asks first; it can't be undone.

    Examples:
      clientctl client delete 12 --dry-run
      clientctl client delete ana@example.com --yes
      clientctl client delete --label 'À effacer' --no-member --yes
    """
    from clientctl.domain.client_file import erase

    session: Session = context.obj
    selectors = client_filters.parse_selectors(client)
    runner.refuse_past(session)
    asked = None if session.yes or session.dry_run else _ask(session, selectors)
    gone: list[Erased] = []

    def act(db: Writer) -> list[str]:
        people = client_filters.find_clients(db, session, selectors, erase.clients_named)
        if asked is not None and [each.id for each in people] != asked:
            raise RefusedError(say("the chosen clients have changed since you were asked: try again"))
        lines = (
            [*erase.describe_erased(db, people), *_shorten(erase.describe_owed(db, people))] if asked is None else []
        )
        gone.append(erase.erase_all(db, people))
        return [*lines, *_shorten([erase.describe_deleted(db, each) for each in people])]

    def after(path: Path) -> list[str]:
        return erase.clean_up(path, gone[0])

    runner.change(session, "client delete", act, _card, final=True, after=after)


def _ask(session: Session, selectors: Sequence[str] | None) -> list[int] | None:
    """Ask whether clients may be deleted; return their ids, None when the request was already done."""
    from clientctl.domain.client_file import erase

    with runner.reading(session) as db:
        if opened.is_done(db, session.request_id):
            return None
        people = client_filters.find_clients(db, session, selectors, erase.clients_named)
        erase.check(db, people)
        named = _shorten([each.title for each in people])
        shown = [*named, *erase.describe_erased(db, people), *_shorten(erase.describe_owed(db, people))]
    runner.show_notices(db)
    count = people[0].title if len(people) == 1 else say("{people} clients", people=len(people))
    runner.confirm(
        session, say("{count} would be deleted for good", count=count), say("This can't be undone. Delete?"), shown
    )
    return [each.id for each in people]


def _card(db: Reader, number: str) -> Card:
    """Return the card of a deleted client."""
    from clientctl.domain.journal import undone_clients

    try:
        return card.client(db, number)
    except NotFoundError:
        return undone_clients.card(int(number))


def _shorten(lines: Sequence[str]) -> list[str]:
    more = [say("… and {lines} more", lines=len(lines) - _SHOWN)] if len(lines) > _SHOWN else []
    return [*lines[:_SHOWN], *more]
