"""Read the journal for people: who changed what when, and what it was before."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from clientctl.base import money
from clientctl.base.listing import Cell, Column, Listing
from clientctl.base.money import Money
from clientctl.domain import lists, merged
from clientctl.domain.lists import Query, Request, Source, Where, field
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer, transactions
from clientctl.store.tables import TABLES, Table

if TYPE_CHECKING:
    from clientctl.store.journal import Entry

LOG = Source(
    plural="commands",
    fields=dict(
        (
            field("number", "#", "('#' || k.id)", "number", order="k.id"),
            field("at", "When", "k.at", "instant"),
            field("who", "Who", "k.who"),
            field("command", "Command", "k.name"),
            field("touched", "On", "nullif(k.touched, '')"),
            field("reverts", "Takes back", "('#' || k.reverts)", "number"),
            field(
                "undone_by",
                "Taken back by",
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
    Column("at", "When", "instant"),
    Column("who", "Who"),
    Column("command", "Command"),
    Column("record", "Record"),
    Column("field", "Field"),
    Column("was", "Was"),
    Column("is", "Is"),
)

_HIDDEN = {"id", "digest", "moved_by", "made_by", "name_key"}
"""Columns that say nothing to a person."""

_FLAGS = {"built_in", "required", "on_intake", "on_booking", "on_contact", "cancel_forced"}
_OWN = {"key", "place"}
"""Columns that a summary leaves out: when they are not set, and always."""

_NAMES = {
    "label_id": "labels",
    "staff_id": "staff",
    "site_id": "sites",
    "preference_id": "preferences",
    "plan_id": "plans",
    "rate_id": "rates",
    "type_id": "payment_types",
    "field_id": "fields",
}
"""References shown by the name of what they lead to."""

_NUMBERS = {
    "membership_id": "M",
    "renewed_from": "M",
    "package_id": "K",
    "order_id": "O",
    "charge_id": "C",
    "payment_id": "P",
    "corrects": "P",
}
"""References shown by the number of what they lead to, with its letter."""

_RECORDS = {
    "memberships": "M-{id}",
    "packages": "K-{id}",
    "orders": "O-{id}",
    "charges": "C-{id}",
    "payments": "P-{id}",
    "credits": "credit {id}",
    "payment_methods": "payment method {id}",
    "clients": "client {id}",
    "notes": "note {id}",
    "tasks": "task {id}",
    "addresses": "address {id}",
    "fields": "field {id}",
    "labels": "label {id}",
    "plans": "plan {id}",
    "rates": "rate {id}",
}


def of_client(
    db: Reader, client_id: int, *, only: Collection[str] | None = None, without: Collection[str] = ()
) -> Listing:
    """List every change to anything of a client's, or of those merged into it, oldest first.

    ``only`` and ``without`` name tables.
    """
    changes: list[tuple[Cell, ...]] = []
    for table in TABLES.values():
        if table.client and table.name not in without and (only is None or table.name in only):
            ids = f"SELECT id FROM {table.log} WHERE {table.client} IN {merged.FAMILY}"
            changes += (row for _, row in _changes(db, table, f"f.id IN ({ids})", client_id))
    return Listing(CHANGES, _ordered(changes))


def of_command(db: Reader, number: int) -> Listing:
    """List every change one command made. Raise NotFoundError when there is no such command."""
    if not db.row("SELECT 1 FROM commands WHERE id = ?", (number,)):
        raise NotFoundError(f"no command #{number}: `clientctl log` shows those there are")
    changes: list[tuple[Cell, ...]] = []
    for table in TABLES.values():
        ids = f"SELECT id FROM changes WHERE command_id = :wanted AND of = {table.number}"
        changes += (row for _, row in _changes(db, table, f"f.id IN ({ids}) AND f.command_id = :wanted", number))
    return Listing(CHANGES, _ordered(changes))


class Watch:
    """Watch what the command under way changes."""

    def __init__(self, db: Reader) -> None:
        self._db = db
        self._seen = {table.name: self._latest(table) for table in TABLES.values()}

    def changes(self) -> Iterator[tuple[int | None, tuple[Cell, ...]]]:
        """Give every change since the last look, table by table: whose it is, then record, field, was, is."""
        from clientctl.store import journal

        journal.flush(self._db.connection)
        for table in TABLES.values():
            seen, self._seen[table.name] = self._seen[table.name], self._latest(table)
            if seen < self._seen[table.name]:
                for client, row in _changes(self._db, table, "f.seq > :wanted", seen):
                    yield client, row[4:]

    def _latest(self, table: Table) -> int:
        return int(self._db.value(f"SELECT max(seq) FROM {table.log}") or 0)


def undo(db: Writer) -> "Entry":
    """Take back the last command that still stands; return it. Raise RefusedError."""
    return transactions.undo(db)


def redo(db: Writer) -> "Entry":
    """Make again the command that the last undo took back; return it. Raise RefusedError."""
    from clientctl.store import journal

    undone = transactions.undo(db, redo=True)
    again = journal.entry(db.connection, undone.reverts or 0)
    return again or undone


def parse_number(text: str) -> int:
    """Read the number of a command, ``#12`` or ``12``. Raise UsageError."""
    digits = text.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 19):
        raise UsageError(f"{text!r} is no number of a command: say '#12', as in `clientctl log`")
    return int(digits)


def _ordered(changes: Sequence[tuple[Cell, ...]]) -> list[tuple[Cell, ...]]:
    return [("#" + str(row[0]), *row[1:]) for row in sorted(changes, key=lambda row: int(row[0] or 0))]


def _changes(db: Reader, table: Table, condition: str, wanted: int) -> list[tuple[int | None, tuple[Cell, ...]]]:
    """List changes as ``_compared`` does; a value taken away and another one put in its place are one change."""
    changes: list[tuple[int | None, tuple[Cell, ...]]] = []
    gone: dict[tuple[Cell, ...], list[int]] = {}
    for client, row in _compared(db, table, condition, wanted):
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


def _compared(db: Reader, table: Table, condition: str, wanted: int) -> Iterator[tuple[int | None, tuple[Cell, ...]]]:
    """Compare each image with the one before it: a row for each field that changed, one for a record made or gone.

    Each comes after the client it is about.
    """
    columns = [row[1] for row in db.rows(f"PRAGMA table_info({table.name})") if row[1] not in _HIDDEN]
    now, before = ", ".join(f"f.{c}" for c in columns), ", ".join(f"p.{c}" for c in columns)
    rows = db.rows(
        f"""SELECT k.id, k.at, k.who, k.name, f.op, f.id, {now}, p.op, {before} FROM {table.log} f
            JOIN commands k ON k.id = f.command_id
            LEFT JOIN {table.log} p ON p.seq = (SELECT max(seq) FROM {table.log} WHERE id = f.id AND seq < f.seq)
            WHERE {condition} ORDER BY f.seq""",
        {"wanted": wanted},
    )
    for row in rows:
        new, old = row[6 : 6 + len(columns)], row[7 + len(columns) :]
        of_client = dict(zip(columns, old if row[4] == "d" else new, strict=True)).get(table.client or "")
        client = row[5] if table.client == "id" else of_client
        record = _RECORDS.get(table.name, "client {client}" if of_client else "{table} {id}").format(
            table=table.name.replace("_", " "), id=row[5], client=of_client
        )
        image = _shown(db, table, dict(zip(columns, new, strict=True)))
        previous = _shown(db, table, dict(zip(columns, old, strict=True)))
        if table.name == "field_values":
            if image["value"] != previous["value"]:  # else it moved, in a merge
                field = image["field"] or previous["field"]
                yield client, (*row[:4], record, field, previous["value"], image["value"])
        elif row[4] == "i":
            yield client, (*row[:4], record, "added", None, _summary(image))
        elif row[4] == "d":
            yield client, (*row[:4], record, "removed", _summary(previous), None)
        else:
            for name in image:
                if image[name] != previous[name]:
                    yield client, (*row[:4], record, name, previous[name], image[name])


def _shown(db: Reader, table: Table, image: dict[str, Cell]) -> dict[str, str | None]:
    """Give an image as people read it: amounts, intervals and what is referred to by name."""
    shown: dict[str, str | None] = {}
    for column, value in image.items():
        if column in {table.client, "currency"} or column.endswith("_unit"):
            continue
        name = column.removesuffix("_id").removesuffix("_on").removesuffix("_minor").removesuffix("_count")
        if value is None:
            shown[name] = None
        elif column in _NAMES:
            shown[name] = _name(db, _NAMES[column], value)
        elif column in _NUMBERS:
            shown[name] = f"{_NUMBERS[column]}-{value}"
        elif column.endswith("_minor"):
            price = Money(int(value), str(image.get("currency") or _currency(db, image)))
            shown[name] = f"{money.amount(price)} {price.currency}"
        elif column.endswith("_count"):
            shown[name] = f"{value}{str(image[name + '_unit'])[0]}"
        else:
            shown[name] = str(value)
    return shown


def _currency(db: Reader, image: dict[str, Cell]) -> Cell:
    """Give the currency of what an allocation went to, which has none of its own."""
    currency: Cell = db.value(
        "SELECT currency FROM charges_log WHERE id = ? AND currency IS NOT NULL", (image["charge_id"],)
    )
    return currency


def _summary(image: dict[str, str | None]) -> str:
    """Say what a record holds, but what nobody wants to know of one that is made or gone."""
    said = {name: value for name, value in image.items() if not (name in _OWN or (name in _FLAGS and value == "0"))}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in said.items() if value is not None)


def _name(db: Reader, table: str, row_id: Cell) -> str | None:
    """Give the last name of a row, also of one that is gone."""
    newest = f"SELECT name FROM {table}_log WHERE id = ? AND name IS NOT NULL ORDER BY seq DESC LIMIT 1"
    found: str | None = db.value(newest, (row_id,))
    return found


def latest(db: Reader, client_id: int, most: int) -> Listing:
    """List the latest commands that changed anything of a client's."""
    logs = [f"SELECT command_id FROM {t.log} WHERE {t.client} IN {merged.FAMILY}" for t in TABLES.values() if t.client]
    where = Where(f"k.id IN ({' UNION ALL '.join(logs)})", {"wanted": client_id})
    columns = ("number", "at", "who", "command", "undone_by")
    return lists.listing(db, Query(LOG, [where]), Request(columns, limit=most))
