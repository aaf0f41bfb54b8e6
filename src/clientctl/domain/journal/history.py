"""Read the journal: who changed what and when, and the values before."""

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from clientctl.base.listing import Cell, Column, Listing
from clientctl.base.words import say
from clientctl.domain.clients import merged_ids
from clientctl.domain.journal.wording import PHOTO, Image, Wording
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Query, Request, Source, Where, field
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer, digests, transactions
from clientctl.store.catalog import TABLES, Table

if TYPE_CHECKING:
    from clientctl.store.undoing import Entry

LOG = Source(
    plural="commands",
    fields=dict(
        (
            field("number", "#", "('#' || k.id)", "number", order="k.id"),
            field("at", "When", "k.at", "instant"),
            field("who", "Who", "k.who"),
            field("command", "Command", "k.name"),
            field("touched", "Records", "nullif(k.touched, '')"),
            field("reverts", "Undoes", "('#' || k.reverts)", "number"),
            field(
                "undone_by",
                "Undone by",
                """(SELECT '#' || u.id FROM commands u WHERE u.reverts = k.id AND NOT EXISTS
                    (SELECT 1 FROM commands r WHERE r.reverts = u.id) ORDER BY u.id DESC LIMIT 1)""",
                "number",
            ),
            field("final", "Final", "k.final", "flag"),
        )
    ),
    origin="commands k",
    shown=("number", "at", "who", "command", "touched", "undone_by"),
    number="number",
    order=("k.id",),
)

CHANGES = (
    Column("number", "#", "number"),
    Column("record", "Record"),
    Column("field", "Field"),
    Column("was", "Was"),
    Column("is", "Is"),
    Column("at", "When", "instant"),
    Column("who", "Who"),
    Column("command", "Command"),
)

Change = tuple[int | None, tuple[Cell, ...]]
"""One change, after the client it is about: when, who and by which command come before what changed."""

_THROUGH = {"membership_changes": ("membership_id", "memberships")}
"""Tables whose rows refer to a person only through another table."""


def of_client(
    db: Reader, client_id: int, *, only: Collection[str] | None = None, without: Collection[str] = ()
) -> Listing:
    """List all changes to the records of a client, or of those merged into it, oldest first.

    ``only`` and ``without`` name tables.
    """
    wording = Wording(db)
    changes: list[tuple[Cell, ...]] = []
    for table in TABLES.values():
        if (ids := _rows_of(table)) and table.name not in without and (only is None or table.name in only):
            condition = f"f.id IN ({ids})"
            _warn_of_damage(db, table, condition, client_id)
            changes += (row for _, row in _changes(wording, table, condition, client_id))
    return Listing(CHANGES, _ordered(changes))


def _rows_of(table: Table) -> str | None:
    """Return the SQL for the rows of a table that are or were about the client; None if no table's are."""
    if table.client:
        return f"SELECT id FROM {table.log} WHERE {table.client} IN {merged_ids.FAMILY}"
    if table.name in _THROUGH:
        column, other = _THROUGH[table.name]
        return f"SELECT id FROM {table.log} WHERE {column} IN ({_rows_of(TABLES[other])})"
    return None


def of_command(db: Reader, number: int) -> Listing:
    """List all changes of one command. Raise NotFoundError if there is no such command."""
    if not db.row("SELECT 1 FROM commands WHERE id = ?", (number,)):
        raise NotFoundError(say("no command #{number}: `clientctl log` lists them", number=number))
    if not digests.command_fits(db.connection, number):
        db.notify(
            say(
                "what the journal says of #{number} is damaged, and what is shown of it may be wrong: "
                "`clientctl db verify` says where",
                number=number,
            )
        )
    wording = Wording(db)
    changes: list[tuple[Cell, ...]] = []
    for table in TABLES.values():
        ids = f"SELECT id FROM changes WHERE command_id = :wanted AND of = {table.number}"
        condition = f"f.id IN ({ids}) AND f.command_id = :wanted"
        _warn_of_damage(db, table, condition, number)
        changes += (row for _, row in _changes(wording, table, condition, number))
    return Listing(CHANGES, _ordered(changes))


def _warn_of_damage(db: Reader, table: Table, condition: str, wanted: int) -> None:
    """Warn if compared images, or others in their block, are damaged.

    They are shown all the same: what is damaged may be somebody else's.
    """
    compared = f"FROM {table.log} f WHERE {condition}"
    before = f"(SELECT max(seq) FROM {table.log} WHERE id = f.id AND seq < f.seq)"
    seqs = f"SELECT f.seq {compared} UNION SELECT {before} {compared}"
    if not digests.images_fit(db.connection, table, seqs, {"wanted": wanted}):
        db.notify(
            say(
                "the history of {table} is damaged, and what is shown of it may be wrong: "
                "`clientctl db verify` says where",
                table=table.name.replace("_", " "),
            )
        )


class Watch:
    """The changes of the running command."""

    def __init__(self, db: Writer) -> None:
        self._db = db
        self._wording = Wording(db)
        self._seen = {table.name: self._latest(table) for table in TABLES.values()}

    def changes(self) -> Iterator[Change]:
        """Return all changes since the last call, table by table: the client, then record, field, old, new."""
        self._db.flush()
        for table in TABLES.values():
            seen, self._seen[table.name] = self._seen[table.name], self._latest(table)
            if seen < self._seen[table.name]:
                for client, row in _changes(self._wording, table, "f.seq > :wanted", seen):
                    yield client, row[4:]

    def _latest(self, table: Table) -> int:
        return int(self._db.value(f"SELECT max(seq) FROM {table.log}") or 0)


def undo(db: Writer, named: int | None = None) -> "Entry":
    """Undo the last command that is not undone, or the named one before final commands; return it.

    Raise RefusedError.
    """
    return transactions.undo(db, partial(_describe, db), named)


def redo(db: Writer) -> "Entry":
    """Redo the command that the last undo undid; return it. Raise RefusedError."""
    return transactions.redo(db)


def _describe(db: Reader, command: "Entry") -> str:
    """Describe a command: its number, its name, and its client if there is only one."""
    met: set[int] = set()
    for table in TABLES.values():
        if table.client:
            whose = f"SELECT f.{table.client} FROM changes c JOIN {table.log} f"
            same = "ON f.id = c.id AND f.command_id = c.command_id WHERE c.command_id = ? AND c.of = ?"
            met |= {row[0] for row in db.rows(f"{whose} {same}", (command.id, table.number)) if row[0] is not None}
    name = None
    if len(met) == 1:
        name = db.value(f"SELECT {client_sql.NAME} || ' (' || c.id || ')' FROM clients c WHERE c.id = ?", (*met,))
    return f"{command.id} {command.name}" + (f" ({name})" if name else "")


def parse_number(text: str) -> int:
    """Parse the number of a command, ``#12`` or ``12``. Raise UsageError."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
        raise UsageError(say("{text} is not a command number: say '#12', as in `clientctl log`", text=repr(text)))
    return int(digits)


def _ordered(changes: Sequence[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    return [("#" + str(row[0]), *row[4:], *row[1:4]) for row in sorted(changes, key=lambda row: int(row[0] or 0))]


def _changes(wording: Wording, table: Table, condition: str, wanted: int) -> list[Change]:
    """List changes as ``_compared`` does; a value removed and another added in its place are one change."""
    changes: list[Change] = []
    gone: dict[tuple[Cell, ...], list[int]] = {}
    for client, row in _compared(wording, table, condition, wanted):
        *what, was, now = row
        places = gone.setdefault(tuple(what), [])
        if was is None and places:
            place = places.pop(0)
            changes[place] = client, (*what, changes[place][1][-2], now)
            continue
        if now is None:
            places.append(len(changes))
        changes.append((client, row))
    return changes


def _compared(wording: Wording, table: Table, condition: str, wanted: int) -> Iterator[Change]:
    """Compare each image with the previous one: a row for each changed field, one for a record created or removed.

    The image of a row that is gone holds nothing but what columns have by
    default; one before it that holds nothing either is of somebody who was erased.
    """
    db = wording.db
    columns = [row[1] for row in db.rows(f"PRAGMA table_info({table.name})")]
    now, before = ", ".join(f"f.{c}" for c in columns), ", ".join(f"p.{c}" for c in columns)
    rows = db.rows(
        f"""SELECT k.id, k.at, k.who, k.name, f.op, p.op, {now}, {before} FROM {table.log} f
            JOIN commands k ON k.id = f.command_id
            LEFT JOIN {table.log} p ON p.seq = (SELECT max(seq) FROM {table.log} WHERE id = f.id AND seq < f.seq)
            WHERE {condition} ORDER BY f.seq""",
        {"wanted": wanted},
    )
    for row in rows:
        image, previous = _image(row[4], columns, row[6:]), _image(row[5], columns, row[6 + len(columns) :])
        if about := image or previous:
            record = wording.record(table, about)
            for difference in _differences(wording, table, previous, image):
                yield int(about.get(table.client or "") or 0) or None, (*row[:4], record, *difference)


def _image(op: str | None, columns: Sequence[str], cells: Sequence[Cell]) -> Image:
    return {} if op in {None, "d"} else dict(zip(columns, cells, strict=False))


def _differences(wording: Wording, table: Table, was: Image, now: Image) -> Iterator[tuple[str | None, ...]]:
    """List field, old and new value: for each changed field, or once for a record created or removed."""
    if table.name == "field_values":
        before, after = wording.words(table, was), wording.words(table, now)
        if before.get("value") != after.get("value"):  # else it moved, in a merge
            yield after.get("field") or before.get("field"), before.get("value"), after.get("value")
    elif not was:
        yield "added", None, wording.summary(table, now)
    elif not now:
        yield "removed", wording.summary(table, was), None
    else:
        before, after = wording.words(table, was), wording.words(table, now)
        yield from (
            (word, before[word], after[word]) for word in after if word != PHOTO and before[word] != after[word]
        )
        if was.get(PHOTO) != now.get(PHOTO):
            yield PHOTO, None, "added" if not was[PHOTO] else "changed" if now[PHOTO] else "removed"


def latest(db: Reader, client_id: int, most: int) -> Listing:
    """List the latest commands that changed a client's records."""
    logs = [
        f"SELECT command_id FROM {t.log} WHERE {t.client} IN {merged_ids.FAMILY}" for t in TABLES.values() if t.client
    ]
    where = Where(f"k.id IN ({' UNION ALL '.join(logs)})", {"wanted": client_id})
    columns = ("number", "at", "who", "command", "undone_by")
    return queries.listing(db, Query(LOG, [where]), Request(columns, limit=most))
