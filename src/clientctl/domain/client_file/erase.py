"""Delete clients: their row stays anonymous, the accounts stay, everything else about them is erased everywhere."""

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
"""The most backups that are named one by one."""

_UNSAVED = "unsaved-*.txt"
"""The files in which earlier versions kept texts that could not be stored."""


def clients_named(db: Reader, selectors: Sequence[str]) -> list[Client]:
    """Find the clients that selectors name, each once; an id also finds one who is only in the history."""
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
    """Raise RefusedError if a client is already erased, has a live or upcoming membership, or sessions left."""
    for client in people:
        clients.check_not_erased(client)
    lines = [line for client in people for line in _describe_current(db, client)]
    if len(lines) == 1:
        raise RefusedError(lines[0])
    if lines:
        raise RefusedError(f"{len(lines)} memberships and packages are not over: end them first", lines)


def _describe_current(db: Reader, client: Client) -> Iterable[str]:
    """Describe the memberships and packages that are not over, with the commands that end them."""
    has = f"{client.title} has"
    for membership in memberships.live_or_upcoming(db, client):
        agreed = endings.earliest_last_day(db, membership)
        forced = " --force" if agreed and agreed[0] >= db.today else ""
        ends = f"`clientctl membership cancel {membership.number} --now{forced}` ends it"
        yield f"{has} {membership.number} ({membership.status}): {ends}"
    for package in packages.usable(db, client):
        ends = f"`clientctl package adjust {package.number} -{package.left} --reason TEXT` ends it"
        yield f"{has} {package.number} ({packages.format_sessions(package.left)} left): {ends}"


def describe_owed(db: Reader, people: Sequence[Client]) -> list[str]:
    """Describe what clients owe, and what is owed to them."""
    return [line for client in people for line in _owed(db, client)]


def _owed(db: Reader, client: Client) -> Iterable[str]:
    for charge in charges.open_of(db, client_id=client.id):
        yield f"{client.name} owes {charges.format_money(charge.left)}: {charge.number}, {charge.what}"
    for (currency,) in db.rows("SELECT DISTINCT currency FROM credits WHERE client_id = ?", (client.id,)):
        for credit in credits.usable(db, client.id, currency):
            yield f"{client.name} has {credit.shown(credit.left)} in credit {credit.id}"


def describe_erased(db: Reader, people: Sequence[Client]) -> list[str]:
    """Describe by table what deleting clients removes, and what stays without personal data."""
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
    """Anonymize clients and those merged into them, for good; return what was erased.

    Raise RefusedError, nothing done, if one of them may not be deleted.
    """
    check(db, people)
    erased = erase.erase(db, _with_merged(db, people), db.today.isoformat())
    db.note_number(*(str(client.id) for client in people))
    return erased


def describe_deleted(db: Reader, client: Client) -> str:
    """Describe the result of deleting a client."""
    if clients.is_erased(db, client.id):
        return f"Deleted client {client.id}: it is Anonymous #{client.id} now"
    return f"Deleted client {client.id}, who was only in the history: blank entries are left there"


def clean_up(path: Path, erased: Erased) -> list[str]:
    """Remove the files that are no longer needed, search for what was erased, and describe what was found.

    Call it after the commit. Raise ClientctlError if something is left.
    """
    attachments.sweep(path)
    found = erasure_scan.scan(path, erased)
    if found.left:
        raise ClientctlError(
            f"it was deleted, but traces are left in {path} ({', '.join(found.left)}):"
            " `clientctl db compact` removes them"
        )
    return list(_describe_traces(path, erased, found))


def _describe_traces(path: Path, erased: Erased, found: Traces) -> Iterable[str]:
    if found.short:
        yield f"Not searched for, being shorter than four characters: {', '.join(found.short)}"
    if found.elsewhere:
        held = [f"{what} ({', '.join(places)})" for what, places in found.elsewhere.items()]
        yield f"The same text is also in: {', '.join(held)}"
    if found.backups:
        named = [str(file.relative_to(path.parent)) for file in found.backups[:_SHOWN]]
        more = [f"{len(found.backups) - _SHOWN} more"] if len(found.backups) > _SHOWN else []
        yield f"Backups that still contain who was erased, for you to remove: {', '.join([*named, *more])}"
    if left := leftovers.list_remaining(path):
        copies = ", ".join(map(str, left))
        yield f"Copies that are being written, or could not be removed, may contain who was erased: {copies}"
    if any(draft.client_id in erased.clients for draft in drafts.list_all(path)):
        yield "A text about who was erased is open in an editor: close the editor without saving"
    if unsaved := sorted(file.name for file in path.parent.glob(_UNSAVED)):
        yield f"Files with unsaved texts may name who was erased, for you to remove: {', '.join(unsaved)}"


def _with_merged(db: Reader, people: Sequence[Client]) -> list[int]:
    return [each for client in people for each in (client.id, *merged_ids.list_merged(db, client.id))]


def _count(db: Reader, table: str, column: str, ids: Sequence[int]) -> int:
    return int(db.value(f"SELECT count(*) FROM {table} WHERE {column} IN {AMONG}", (json_array(ids),)))
