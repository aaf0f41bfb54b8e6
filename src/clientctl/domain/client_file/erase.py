"""Delete clients: their row stays anonymous, the accounts stay, everything else about them is erased everywhere."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from clientctl.base import leftovers
from clientctl.base.words import say
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
        raise RefusedError(
            say("{lines} memberships and packages are not over: end them first", lines=len(lines)), lines
        )


def _describe_current(db: Reader, client: Client) -> Iterable[str]:
    """Describe the memberships and packages that are not over, with the commands that end them."""
    for membership in memberships.live_or_upcoming(db, client):
        agreed = endings.earliest_last_day(db, membership)
        forced = " --force" if agreed and agreed[0] >= db.today else ""
        ends = say(
            "`clientctl membership cancel {number} --now{forced}` ends it", number=membership.number, forced=forced
        )
        yield say(
            "{client} has {number} ({status}): {ends}",
            client=client.title,
            number=membership.number,
            status=say(membership.status, "status"),
            ends=ends,
        )
    for package in packages.usable(db, client):
        ends = say(
            "`clientctl package adjust {number} -{left} --reason TEXT` ends it",
            number=package.number,
            left=package.left,
        )
        yield say(
            "{client} has {number} ({left} left): {ends}",
            client=client.title,
            number=package.number,
            left=packages.format_sessions(package.left),
            ends=ends,
        )


def describe_owed(db: Reader, people: Sequence[Client]) -> list[str]:
    """Describe what clients owe, and what is owed to them."""
    return [line for client in people for line in _owed(db, client)]


def _owed(db: Reader, client: Client) -> Iterable[str]:
    for charge in charges.open_of(db, client_id=client.id):
        yield say(
            "{name} owes {left}: {number}, {what}",
            name=client.name,
            left=charges.format_money(charge.left),
            number=charge.number,
            what=charge.what,
        )
    for (currency,) in db.rows("SELECT DISTINCT currency FROM credits WHERE client_id = ?", (client.id,)):
        for credit in credits.usable(db, client.id, currency):
            yield say(
                "{name} has {left} in credit {id}", name=client.name, left=credit.shown(credit.left), id=credit.id
            )


def describe_erased(db: Reader, people: Sequence[Client]) -> list[str]:
    """Describe by table what deleting clients removes, and what stays without personal data."""
    everyone = _with_merged(db, people)
    lines = []
    for table in TABLES.values():
        if table.client and (table.goes or table.personal):
            count = _count(db, table.name, table.client, everyone)
            if count and table.goes:
                lines.append(say("{replace}: {count} removed", replace=table.name.replace("_", " "), count=count))
            elif count and table.name == "clients":
                lines.append(say("clients: {count} left without name, contacts and all other details", count=count))
            elif count:
                lines.append(
                    say(
                        "{replace}: {count} kept for the books, free texts blanked",
                        replace=table.name.replace("_", " "),
                        count=count,
                    )
                )
    return (
        [*lines, say("and all their earlier versions in the history")]
        if lines
        else [say("all earlier versions in the history")]
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
        return say("Deleted client {id}: it is Anonymous #{id} now", id=client.id)
    return say("Deleted client {id}, who was only in the history: blank entries are left there", id=client.id)


def clean_up(path: Path, erased: Erased) -> list[str]:
    """Remove the files that are no longer needed, search for what was erased, and describe what was found.

    Call it after the commit. Raise ClientctlError if something is left.
    """
    attachments.sweep(path)
    found = erasure_scan.scan(path, erased)
    if found.left:
        raise ClientctlError(
            say(
                "it was deleted, but traces are left in {path} ({left}): `clientctl db compact` removes them",
                path=path,
                left=", ".join(found.left),
            )
        )
    return list(_describe_traces(path, erased, found))


def _describe_traces(path: Path, erased: Erased, found: Traces) -> Iterable[str]:
    if found.short:
        yield say("Not searched for, being shorter than four characters: {short}", short=", ".join(found.short))
    if found.elsewhere:
        held = [f"{what} ({', '.join(places)})" for what, places in found.elsewhere.items()]
        yield say("Other records have the same text, and keep it: {held}", held=", ".join(held))
    if found.backups:
        named = [str(file.relative_to(path.parent)) for file in found.backups[:_SHOWN]]
        more = [say("{backups} more", backups=len(found.backups) - _SHOWN)] if len(found.backups) > _SHOWN else []
        yield say(
            "Backups that still contain who was erased, for you to remove: {value}", value=", ".join([*named, *more])
        )
    if left := leftovers.list_remaining(path):
        copies = ", ".join(map(str, left))
        yield say(
            "Copies that are being written, or could not be removed, may contain who was erased: {copies}",
            copies=copies,
        )
    if any(draft.client_id in erased.clients for draft in drafts.list_all(path)):
        yield say("A text about who was erased is open in an editor: close the editor without saving")
    if unsaved := sorted(file.name for file in path.parent.glob(_UNSAVED)):
        yield say(
            "Files with unsaved texts may name who was erased, for you to remove: {unsaved}", unsaved=", ".join(unsaved)
        )


def _with_merged(db: Reader, people: Sequence[Client]) -> list[int]:
    return [each for client in people for each in (client.id, *merged_ids.list_merged(db, client.id))]


def _count(db: Reader, table: str, column: str, ids: Sequence[int]) -> int:
    return int(db.value(f"SELECT count(*) FROM {table} WHERE {column} IN {AMONG}", (json_array(ids),)))
