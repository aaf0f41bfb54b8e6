"""Delete clients: the row stays without the person, the books stay, all else that is theirs goes everywhere."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from clientctl.base import leftovers
from clientctl.domain.clients import merged_ids
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.clients.record import Client
from clientctl.domain.journal import undone_clients
from clientctl.domain.memberships import endings, packages
from clientctl.domain.memberships import record as memberships
from clientctl.domain.money import charges, credits
from clientctl.errors import ClientctlError, NotFoundError, RefusedError
from clientctl.store import Reader, Writer, attachments, drafts, erase, erasure_scan
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES
from clientctl.store.erase import Erased
from clientctl.store.erasure_scan import Traces

_SHOWN = 10
"""How many clients, and how many backups, are named one by one."""

_UNSAVED = "unsaved-*.txt"
"""How earlier versions called what was typed and could not be stored."""


def clients_named(db: Reader, selectors: Sequence[str]) -> list[Client]:
    """Find the clients that selectors name, each once; by id also one whom only the history knows."""
    found = [_named(db, selector) for selector in selectors]
    return list({client.id: client for client in found}.values())


def _named(db: Reader, selector: str) -> Client:
    try:
        return client_selectors.client_named(db, selector, exactly=True)
    except NotFoundError:
        digits = selector.strip().removeprefix("id:")
        known = undone_clients.find(db, int(digits)) if digits.isdecimal() and len(digits) < 19 else None
        if known is None:
            raise
        return known


def check(db: Reader, people: Sequence[Client]) -> None:
    """Raise RefusedError unless all may be deleted: nobody who is erased, or may still come.

    Who may come has a membership that is live or upcoming, or sessions left in a package.
    """
    for client in people:
        clients.check_not_erased(client)
    lines = [line for client in people for line in _standing(db, client)]
    if len(lines) == 1:
        raise RefusedError(lines[0])
    if lines:
        raise RefusedError(f"{len(lines)} memberships and packages are not over: end them first", lines)


def _standing(db: Reader, client: Client) -> Iterable[str]:
    """Name what of a client's is not over, and what ends it."""
    has = f"{client.called} has"
    for membership in memberships.live_or_upcoming(db, client):
        agreed = endings.earliest_last_day(db, membership)
        forced = " --force" if agreed and agreed[0] >= db.today else ""
        ends = f"`clientctl membership cancel {membership.number} --now{forced}` ends it"
        yield f"{has} {membership.number} ({membership.status}): {ends}"
    for package in packages.usable(db, client):
        ends = f"`clientctl package adjust {package.number} -{package.left} --reason TEXT` ends it"
        yield f"{has} {package.number} ({packages.format_sessions(package.left)} left): {ends}"


def owed(db: Reader, people: Sequence[Client]) -> list[str]:
    """Describe what clients still owe, and what is still owed to them."""
    return [line for client in people for line in _owed(db, client)]


def _owed(db: Reader, client: Client) -> Iterable[str]:
    for charge in charges.open_of(db, client_id=client.id):
        yield f"{client.name} owes {charges.format_money(charge.left)}: {charge.number}, {charge.what}"
    for (currency,) in db.rows("SELECT DISTINCT currency FROM credits WHERE client_id = ?", (client.id,)):
        for credit in credits.usable(db, client.id, currency):
            yield f"{client.name} has {credit.shown(credit.left)} in credit {credit.id}"


def going(db: Reader, people: Sequence[Client]) -> list[str]:
    """Say by table what goes with clients, and what stays without them."""
    everyone = _with_merged(db, people)
    lines = []
    for table in TABLES.values():
        if table.client and (table.goes or table.personal):
            count = _count(db, table.name, table.client, everyone)
            if count and table.goes:
                lines.append(f"{table.name.replace('_', ' ')}: {count} removed")
            elif count and table.name == "clients":
                lines.append(f"clients: {count} left without name, contacts and all other details")
            elif count:
                lines.append(f"{table.name.replace('_', ' ')}: {count} kept for the books, free texts blanked")
    return (
        [*lines, "and all their earlier versions in the history"] if lines else ["all earlier versions in the history"]
    )


def erase_all(db: Writer, people: Sequence[Client]) -> Erased:
    """Anonymize clients, and those merged into them; return what went with them.

    Nothing of this can be taken back. Raise RefusedError, nothing done, when one may not be deleted.
    """
    check(db, people)
    erased = erase.erase(db, _with_merged(db, people), db.today.isoformat())
    db.note_number(*(str(client.id) for client in people))
    return erased


def said(db: Reader, client: Client) -> str:
    """Describe what became of a client who was erased."""
    if clients.is_erased(db, client.id):
        return f"Deleted client {client.id}: it is Anonymous #{client.id} now"
    return f"Deleted client {client.id}, whom only the history knew: nothing but blank entries is left there"


def look(path: Path, erased: Erased) -> list[str]:
    """Remove the files that nobody needs now, and look for all that was erased; say what was found.

    To be called after the commit. Raise ClientctlError when something is left.
    """
    attachments.sweep(path)
    found = erasure_scan.scan(path, erased)
    if found.left:
        raise ClientctlError(
            f"it was done, but bytes of what was erased are left in {path} ({', '.join(found.left)}):"
            " `clientctl db compact` writes it anew"
        )
    return list(_said(path, erased, found))


def _said(path: Path, erased: Erased, found: Traces) -> Iterable[str]:
    if found.short:
        yield f"Not looked for, as there are texts under four characters: {', '.join(found.short)}"
    if found.elsewhere:
        held = [f"{what} ({', '.join(places)})" for what, places in found.elsewhere.items()]
        yield f"The same is still held elsewhere: {', '.join(held)}"
    if found.backups:
        named = [str(file.relative_to(path.parent)) for file in found.backups[:_SHOWN]]
        more = [f"{len(found.backups) - _SHOWN} more"] if len(found.backups) > _SHOWN else []
        yield f"Backups that still hold who was erased, to be removed by you: {', '.join([*named, *more])}"
    if left := leftovers.list_remaining(path):
        copies = ", ".join(map(str, left))
        yield f"Copies that are being written, or could not be removed, may hold who was erased: {copies}"
    if any(draft.client_id in erased.clients for draft in drafts.list_all(path)):
        yield "A text about who was erased is open in an editor: close that without saving it"
    if unsaved := sorted(file.name for file in path.parent.glob(_UNSAVED)):
        yield f"Texts that were typed and not stored may name who was erased, remove them: {', '.join(unsaved)}"


def _with_merged(db: Reader, people: Sequence[Client]) -> list[int]:
    return [each for client in people for each in (client.id, *merged_ids.family(db, client.id))]


def _count(db: Reader, table: str, column: str, ids: Sequence[int]) -> int:
    return int(db.value(f"SELECT count(*) FROM {table} WHERE {column} IN {AMONG}", (json_array(ids),)))
