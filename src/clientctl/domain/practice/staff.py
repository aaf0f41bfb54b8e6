"""Staff: who works in the practice, and who of them runs a command."""

import os
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.listing import Card
from clientctl.base.words import say
from clientctl.domain.practice import settings
from clientctl.domain.shared import archiving, by_name, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import Reader, Writer

SOURCE = Source(
    plural="staff",
    fields=dict(
        (
            field("id", "Id", "w.id", "integer"),
            field("name", "Name", "w.name", order="w.name_key"),
            field(
                "tasks",
                "Open tasks",
                "(SELECT count(*) FROM tasks t WHERE t.staff_id = w.id AND t.done_on IS NULL)",
                "integer",
            ),
            field("archived", "Archived", "w.archived_on", "day"),
        )
    ),
    origin="staff w",
    shown=("id", "name", "tasks"),
    number="id",
    order=("w.name_key", "w.id"),
)


class StaffMember(NamedTuple):
    """One staff member, active or archived."""

    id: int
    name: str
    archived_on: str | None


_SELECT = "SELECT id, name, archived_on FROM staff"


def card(db: Reader, number: str) -> Card:
    """Return the card of a staff member."""
    return queries.card(db, SOURCE, Where("w.id = :record", {"record": int(number)}))


def find(db: Reader, name: str, *, exactly: bool = False) -> StaffMember:
    """Find a staff member by name or, unless ``exactly``, its beginning. Raise NotFoundError, which lists all."""
    row = db.row(f"{_SELECT} WHERE id = ?", (by_name.find_id(db, "staff", name, exactly=exactly),))
    if row is None:
        names = ", ".join(row[0] for row in db.rows("SELECT name FROM staff WHERE archived_on IS NULL ORDER BY id"))
        raise NotFoundError(say("no staff member named {name}; staff: {names}", name=text.quoted(name), names=names))
    return StaffMember(*row)


def find_active(db: Reader, name: str) -> StaffMember:
    """Find a staff member who is active. Raise RefusedError for an archived one."""
    member = find(db, name)
    if member.archived_on:
        raise RefusedError(
            say(
                "{name} was archived on {archived_on}: name another staff member, or `clientctl staff restore "
                "{member_name}` first",
                name=member.name,
                archived_on=member.archived_on,
                member_name=text.word(member.name),
            )
        )
    return member


def find_acting(db: Reader) -> StaffMember:
    """Find who runs the command: ``CLIENTCTL_USER``, else the setting ``user``, else the first active staff member."""
    for source, name in (("CLIENTCTL_USER", os.environ.get("CLIENTCTL_USER")), ("user", settings.get(db, "user"))):
        if name:
            member = find(db, name, exactly=True)
            if member.archived_on:
                raise RefusedError(
                    say(
                        "{source} names {name}, who was archived on {archived_on}: name another staff member in "
                        "CLIENTCTL_USER",
                        source=source,
                        name=member.name,
                        archived_on=member.archived_on,
                    )
                )
            return member
    row = db.row(f"{_SELECT} WHERE archived_on IS NULL ORDER BY id")
    return StaffMember(*(row or ()))  # never empty: the last active one can't be archived


def find_owner(db: Reader) -> StaffMember:
    """Find the owner of the practice: the first staff member, active or archived."""
    return StaffMember(*(db.row(f"{_SELECT} ORDER BY id") or ()))


def find_acting_name(db: Reader) -> str:
    """Find the name of who runs the command, as the journal stores it."""
    return find_acting(db).name


def add(db: Writer, name: str) -> StaffMember:
    """Add a staff member. Raise RefusedError when the name is taken."""
    name, key = _parse_name(db, name)
    member_id = db.insert("staff", name=name, name_key=key)
    db.note_number(str(member_id))
    return StaffMember(member_id, name, None)


def rename(db: Writer, member: StaffMember, name: str) -> StaffMember:
    """Rename a staff member, also in the setting ``user``; the journal keeps the name that an entry was signed with."""
    name, key = _parse_name(db, name, but=member.id)
    is_user = _is_user(db, member)
    db.update("staff", member.id, name=name, name_key=key)
    if is_user:
        settings.put(db, "user", name)
    db.note_number(str(member.id))
    return member._replace(name=name)


def archive(db: Writer, member: StaffMember) -> bool:
    """Archive a staff member; return whether they were active.

    Raise RefusedError for the last active one, and for the one of the setting ``user``.
    """
    if not member.archived_on:
        if not db.row("SELECT 1 FROM staff WHERE archived_on IS NULL AND id <> ?", (member.id,)):
            raise RefusedError(say("{name} is the only active staff member: add another one first", name=member.name))
        if _is_user(db, member):
            raise RefusedError(
                say(
                    "{name} is the user of the setting user: `clientctl config set user --default` resets it",
                    name=member.name,
                )
            )
    return archiving.archive(db, "staff", member.id, member.archived_on)


def restore(db: Writer, member: StaffMember) -> bool:
    """Restore a staff member; return whether they were archived."""
    return archiving.restore(db, "staff", member.id, member.archived_on)


def count_open_tasks(db: Reader, member: StaffMember) -> int:
    """Count the open tasks of a staff member."""
    return int(db.value("SELECT count(*) FROM tasks WHERE staff_id = ? AND done_on IS NULL", (member.id,)))


def _is_user(db: Reader, member: StaffMember) -> bool:
    return text.fold(settings.get(db, "user") or "") == text.fold(member.name)


def _parse_name(db: Reader, typed: str, but: int | None = None) -> tuple[str, str]:
    """Return a name and its key. Raise RefusedError when another staff member has it."""
    name, key = text.parse_name(typed, say("a staff member"))
    if db.row("SELECT 1 FROM staff WHERE name_key = ? AND id IS NOT ?", (key, but)):
        raise RefusedError(
            say("the staff member {name} already exists: choose another name, or restore them", name=text.quoted(name))
        )
    return name, key
