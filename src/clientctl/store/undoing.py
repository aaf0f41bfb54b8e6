"""Undo and redo: which commands, and how their rows are restored."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from clientctl.base.words import say
from clientctl.errors import NotFoundError, RefusedError
from clientctl.store import digests, journal
from clientctl.store.catalog import NUMBERED, TABLES, Table

_ENDS = {"db init", "db restore", "import json", "client delete"}
"""The final commands before which nothing can be undone, even if named."""


class Entry(NamedTuple):
    """A command in the journal."""

    id: int
    at: str
    who: str
    name: str
    final: bool
    reverts: int | None


def find_entry(connection: sqlite3.Connection, number: int) -> Entry | None:
    """Find a command by its number."""
    row = connection.execute(
        "SELECT id, at, who, name, final, reverts FROM commands WHERE id = ?", (number,)
    ).fetchone()
    return _entry(row) if row else None


def next_undo(
    connection: sqlite3.Connection, before: int, describe: Callable[[Entry], str], named: int | None = None
) -> Entry:
    """Find the command that ``undo`` reverts: the last one in effect that is not an undo itself.

    One before final commands is reverted only if it is ``named``, and none of these depends on it.
    ``describe`` describes a command. Raise RefusedError if there is none, or something prevents it.
    """
    if named is not None:
        _check_named(connection, named, before)
    finals: list[Entry] = []
    undone: set[int] = set()
    for command in _iterate_backwards(connection, before):
        if command.id in undone:
            continue
        if command.reverts is not None:
            undone.add(command.reverts)
        elif command.final and command.name in _ENDS:
            title = _title_of(command)
            raise RefusedError(
                say("#{named} can't be undone: {command} is final and came later", named=named, command=title)
                if named
                else say("nothing to undo: {command} is final", command=title)
            )
        elif command.final:
            finals.append(command)
        else:
            _check_reached(connection, command, finals, describe, named)
            return command
    raise RefusedError(say("nothing to undo"))


def _check_named(connection: sqlite3.Connection, named: int, before: int) -> None:
    """Check that a named command can be undone at all."""
    wanted = find_entry(connection, named)
    if wanted is None or named >= before:
        raise NotFoundError(say("no command #{named}: `clientctl log` lists them", named=named))
    if wanted.final:
        raise RefusedError(say("{wanted} is final: it can't be undone", wanted=_title_of(wanted)))
    if wanted.reverts is not None:
        raise RefusedError(
            say(
                "{wanted} is an undo or redo of #{reverts}: `clientctl log` says which",
                wanted=_title_of(wanted),
                reverts=wanted.reverts,
            )
        )
    by = connection.execute(
        """SELECT u.id FROM commands u WHERE u.reverts = ? AND NOT EXISTS
           (SELECT 1 FROM commands r WHERE r.reverts = u.id) ORDER BY u.id DESC LIMIT 1""",
        (named,),
    ).fetchone()
    if by:
        again = (
            say("`clientctl redo` redoes it") if _would_redo(connection, by[0], before) else say("it is already undone")
        )
        raise RefusedError(
            say("{wanted} was undone by #{by}: {again}", wanted=_title_of(wanted), by=by[0], again=again)
        )


def _check_reached(
    connection: sqlite3.Connection,
    command: Entry,
    finals: Sequence[Entry],
    describe: Callable[[Entry], str],
    named: int | None,
) -> None:
    """Check that the last command that is not final is the one named, and that no final one depends on it."""
    if named not in {None, command.id}:
        ways = (
            say(
                "`clientctl undo` undoes that first, and `clientctl import revert '#{named}'` reverts all but what was "
                "changed since",
                named=named,
            )
            if entry_of_import(connection, named or 0)
            else say("`clientctl undo` undoes that first")
        )
        raise RefusedError(
            say(
                "#{named} can't be undone yet: #{command} came later: {ways}",
                named=named,
                command=describe(command),
                ways=ways,
            )
        )
    for final in finals:
        if place := _find_dependency(connection, final, command):
            raise RefusedError(
                say(
                    "#{command} can't be undone: {final} is final and depends on it ({place}): `clientctl log` shows "
                    "what else was done",
                    command=describe(command),
                    final=_title_of(final),
                    place=place,
                )
            )
    if finals and named is None:
        raise RefusedError(
            say(
                "{finals} is final; `clientctl undo '#{id}'` undoes #{command}",
                finals=_title_of(finals[0]),
                id=command.id,
                command=describe(command),
            )
        )


def entry_of_import(connection: sqlite3.Connection, number: int) -> bool:
    """Return whether a command was an import, which can be reverted at any later time."""
    return connection.execute("SELECT 1 FROM imports WHERE made_by = ?", (number,)).fetchone() is not None


def _find_dependency(connection: sqlite3.Connection, final: Entry, command: Entry) -> str | None:
    """Find a row touched by an earlier command that a final one also touched or wrote a reference to."""
    values = {"final": final.id, "command": command.id}
    for table in journal.list_touched(connection, final.id):
        same = f"""SELECT c.id FROM changes c JOIN changes k ON k.command_id = :command AND k.of = c.of AND k.id = c.id
            WHERE c.command_id = :final AND c.of = {table.number} LIMIT 1"""
        keys = connection.execute(f"PRAGMA foreign_key_list({table.name})").fetchall()
        refers = [
            f"""SELECT f.id FROM changes c JOIN {table.log} f ON f.id = c.id AND f.command_id = c.command_id
                JOIN changes k ON k.command_id = :command AND k.of = {TABLES[key[2]].number} AND k.id = f.{key[3]}
                WHERE c.command_id = :final AND c.of = {table.number} LIMIT 1"""
            for key in keys
            if key[2] in TABLES
        ]
        for sql in (same, *refers):
            if found := connection.execute(sql, values).fetchone():
                return f"{table.name.replace('_', ' ')} {found[0]}"
    return None


def _title_of(command: Entry) -> str:
    return f"#{command.id} {command.name}"


def next_redo(connection: sqlite3.Connection, before: int) -> Entry:
    """Find the undo that ``redo`` reverts: the last one in effect, if nothing new came after it."""
    undone: set[int] = set()
    for command in _iterate_backwards(connection, before):
        if command.id in undone:
            continue
        if command.reverts is None:
            break
        target = find_entry(connection, command.reverts)
        if target is not None and target.reverts is not None:  # a redo: it reverted an undo
            undone.add(target.id)
            continue
        return command
    raise RefusedError(say("nothing to redo"))


def _would_redo(connection: sqlite3.Connection, number: int, before: int) -> bool:
    """Return whether ``redo`` would revert the undo with a number."""
    try:
        return next_redo(connection, before).id == number
    except RefusedError:
        return False


def revert(connection: sqlite3.Connection, undone: Entry, number: int) -> None:
    """Restore every row that a command touched to its state before it, as command ``number``.

    Raise RefusedError if a row was changed since, StorageError if its image is damaged.
    """
    digests.check_command(connection, undone.id)
    pairs = [journal.Images.read(connection, table) for table in journal.list_touched(connection, undone.id)]
    for images in pairs:
        _check_untouched(connection, images, undone)
    connection.execute("UPDATE commands SET reverts = ? WHERE id = ?", (undone.id, number))
    for images in pairs:
        put_back(connection, images, undone.id)
    made = "SELECT DISTINCT of FROM changes WHERE command_id = ? AND op = 'i'"
    for (of,) in connection.execute(made, (undone.id,)).fetchall():
        _check_references(connection, NUMBERED[of], undone)


def _entry(row: tuple[Any, ...]) -> Entry:
    number, at, who, name, final, reverts = row
    return Entry(number, at, who, name, bool(final), reverts)


def _iterate_backwards(connection: sqlite3.Connection, before: int) -> Iterator[Entry]:
    """Yield the commands before one, the latest first.

    A command that changed nothing is in the journal only for its request id, and is skipped.
    """
    rows = connection.execute(
        "SELECT id, at, who, name, final, reverts, request_id FROM commands WHERE id < ? ORDER BY id DESC", (before,)
    )
    for *row, request_id in rows:
        found = _entry(row)
        kept_for_its_id = request_id is not None and not found.final
        if not kept_for_its_id or journal.has_changed(connection, found.id):
            yield found


def _check_untouched(connection: sqlite3.Connection, images: journal.Images, undone: Entry) -> None:
    table = images.table
    moved = connection.execute(
        f"""SELECT f.id FROM {table.log} f LEFT JOIN {table.name} t ON t.id = f.id
            WHERE f.seq IN ({journal.newest(table)}) AND NOT {images.same} LIMIT 1""",
        {"number": undone.id},
    ).fetchone()
    if moved is None:
        return
    digests.check_images(connection, table, journal.newest(table), {"number": undone.id})
    later = connection.execute(
        f"""SELECT c.id, c.name, c.who, c.at FROM {table.log} f JOIN commands c ON c.id = f.command_id
            WHERE f.id = ? ORDER BY f.seq DESC LIMIT 1""",
        moved,
    ).fetchone()
    raise RefusedError(
        say(
            "#{id} {command} can't be undone: {table} {row} was changed since by #{other} "
            "{other_command} ({who}, {at}); undo that first",
            id=undone.id,
            command=undone.name,
            table=table.name,
            row=moved[0],
            other=later[0],
            other_command=later[1],
            who=later[2],
            at=later[3],
        )
    )


def put_back(connection: sqlite3.Connection, images: journal.Images, undone: int, which: str = "1") -> None:
    """Restore the rows of a table that a command changed; ``which`` selects among its changes ``c``.

    All are deleted before any is restored: two may have swapped unique values.
    """
    table, names = images.table, images.names
    mine = f"c.command_id = :number AND c.of = {table.number} AND {which}"
    values = {"number": undone}
    before = f"(SELECT max(seq) FROM {table.log} WHERE id = c.id AND command_id < :number)"
    digests.check_images(connection, table, f"SELECT {before} FROM changes c WHERE {mine} AND c.op <> 'i'", values)
    connection.execute(f"DELETE FROM {table.name} WHERE id IN (SELECT c.id FROM changes c WHERE {mine})", values)
    connection.execute(
        f"""INSERT INTO {table.name}(id, {", ".join(names)}) SELECT f.id, {", ".join(f"f.{name}" for name in names)}
            FROM changes c CROSS JOIN {table.log} f ON f.seq = {before}
            WHERE {mine} AND c.op <> 'i' AND f.op <> 'd'""",
        values,
    )


def _check_references(connection: sqlite3.Connection, table: Table, undone: Entry) -> None:
    """Raise RefusedError naming a row that refers to one the undo removed; COMMIT would not say which."""
    for child in TABLES.values():
        for key in connection.execute(f"PRAGMA foreign_key_list({child.name})").fetchall():
            if key[2] != table.name:
                continue
            orphan = connection.execute(
                f"""SELECT id FROM {child.name} WHERE {key[3]} IS NOT NULL AND {key[3]} NOT IN
                    (SELECT id FROM {table.name}) LIMIT 1"""
            ).fetchone()
            if orphan:
                raise RefusedError(
                    say(
                        "#{id} {command} can't be undone: {table} {row} came later and refers to what it added; undo "
                        "that first",
                        id=undone.id,
                        command=undone.name,
                        table=child.name,
                        row=orphan[0],
                    )
                )
