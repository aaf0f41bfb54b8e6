"""Import rows from other programs: all in one command, matched with existing clients, never duplicated."""

import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.calendar import Interval
from clientctl.base.import_records import NO_EXTRAS, Record, RowExtras, RowNote
from clientctl.base.listing import Card, Cell, Column, Listing
from clientctl.base.row_notes import BAD_ROW, ODD_PHONE, ODD_VALUE, OTHER_NAME, SHARED_EMAIL, Notes
from clientctl.base.words import say
from clientctl.domain.clients import same_person
from clientctl.domain.clients.matching import Match
from clientctl.domain.imports import rows as import_rows
from clientctl.domain.imports.client_extras import ExtrasWriter
from clientctl.domain.imports.memberships import ImportedMemberships
from clientctl.domain.imports.people import ImportedPeople
from clientctl.domain.imports.rows import ImportRow, Offers
from clientctl.domain.imports.status_claims import Claims
from clientctl.domain.journal import history
from clientctl.domain.shared import client_sql, queries
from clientctl.domain.shared.queries import Source, Where, field
from clientctl.errors import ClientctlError, NotFoundError, RefusedError
from clientctl.store import Reader, Writer, transactions
from clientctl.store.array_parameters import AMONG, json_array
from clientctl.store.catalog import TABLES
from clientctl.store.fetched_rows import fetch_all
from clientctl.store.selective_revert import RemainingRow

_PART = 1_000
"""Rows per part."""

_MOST_BAD = 5_000
"""Bad rows after which reading stops, if no row can be imported anyway."""

_COUNTED = ("clients_added", "clients_updated", "memberships_added", "memberships_updated", "unchanged")

SOURCE = Source(
    plural="imports",
    fields=dict(
        (
            field("number", "#", "('#' || i.made_by)", "number", order="i.made_by"),
            field("at", "When", "k.at", "instant"),
            field("who", "Who", "k.who"),
            field("file", "File", "i.file_name"),
            field("format", "Format", "i.format"),
            field("rows", "Rows", "i.rows", "integer"),
            field("clients_added", "Clients added", "i.clients_added", "integer"),
            field("clients_updated", "Clients updated", "i.clients_updated", "integer"),
            field("memberships_added", "Memberships added", "i.memberships_added", "integer"),
            field("memberships_updated", "Memberships updated", "i.memberships_updated", "integer"),
            field("unchanged", "Rows unchanged", "i.unchanged", "integer"),
            field("rejected", "Rows rejected", "i.rejected", "integer"),
        )
    ),
    origin="imports i JOIN commands k ON k.id = i.made_by",
    shown=("number", "at", "file", "rows", "clients_added", "memberships_added", "unchanged", "rejected"),
    number="number",
    order=("i.id",),
)


_FORESEEN = (
    Column("line", "Line", "integer"),
    Column("client", "Client"),
    Column("record", "Record"),
    Column("field", "Field"),
    Column("was", "Was"),
    Column("is", "Is"),
)


_NOTES = (Column("line", "Line", "integer"), Column("kind", "Kind"), Column("who", "Who"), Column("what", "What"))


class Rules(NamedTuple):
    """The user's choices for an import.

    ``every`` gives how often rates are paid, by name; ``same_email`` settles an e-mail under
    another name: ``match`` or ``new``; ``again`` takes the same rows once more; ``on_match`` says what
    is done with clients who were there: see ``people.ON_MATCH``; ``leaves_out`` bad rows: else a
    file with thousands of them is not read to its end; ``hold_unclear`` suspends memberships that go on here
    and not in the file.
    """

    every: Mapping[str, Interval | None] = {}
    same_email: str | None = None
    again: bool = False
    on_match: str = "fill"
    leaves_out: bool = True
    hold_unclear: bool = False


class Outcome(NamedTuple):
    """The result of an import: the number of rows, counts, what was created, what the user should check.

    ``bad`` gives the reason by line; ``kept_out`` how many clients are not opted in for having opted out before;
    ``twice`` how many clients may be there twice now; ``is_whole`` tells that every row was looked at; ``foreseen``
    lists what changed, field by field, in a dry run only.
    """

    rows: int
    counts: Counter[str]
    made_plans: list[str]
    made_rates: list[str]
    made_labels: list[str]
    made_fields: list[str]
    bad: dict[int, str]
    kept_out: int
    twice: int
    is_whole: bool
    foreseen: Listing


def run(db: Writer, name: str, file_format: str, records: Iterable[Record], rules: Rules, notes: Notes) -> Outcome:
    """Import the rows of a file except bad ones; a caller who wants all or nothing rolls back if there are any.

    What the user should look at row by row is added to ``notes``.

    Raise RefusedError when the same rows were imported before, UsageError for a rule about
    something that no row has.
    """
    taking = _ImportInProgress(db, name, rules, notes)
    digest = _Digest()
    given = digest.add_all(records)
    foreseen = Listing(_FORESEEN, fetch_all(taking.import_all(given)))
    if taking.is_whole:
        if not rules.again:
            _refuse_same(db, str(digest))
        taking.offers.check_rules()
    counts = taking.counts(digest.rows)
    db.insert(
        "imports",
        made_by=db.command,
        file_name=text.clean_line(name),
        format=file_format,
        digest=str(digest),
        rows=digest.rows,
        rejected=len(taking.bad),
        **{column: counts[column] for column in _COUNTED},
    )
    db.numbers[:] = [f"#{db.command}"]  # not the plans made for it
    return Outcome(
        digest.rows,
        counts,
        taking.offers.made_plans,
        taking.offers.made_rates,
        taking.gathering.made_labels,
        taking.gathering.made_fields,
        taking.bad,
        len(taking.gathering.refused),
        taking.people.count_twice(),
        taking.is_whole,
        foreseen,
    )


class _ImportInProgress:
    """An import in progress: rows are imported part by part, so that memory holds one part."""

    def __init__(self, db: Writer, file: str, rules: Rules, notes: Notes) -> None:
        self._notes, file = notes, text.clean_line(file)
        self._reading = import_rows.RowParser(db)
        self.people = ImportedPeople(db, rules.same_email, rules.on_match)
        self.offers = Offers(db, rules.every)
        self.memberships = ImportedMemberships(db, Claims(db, notes, file, holds=rules.hold_unclear))
        self.gathering = ExtrasWriter(db, file)
        self.bad: dict[int, str] = {}
        self.is_whole = True
        self._leaves_out = rules.leaves_out
        self._changed = 0
        self._db = db

    def import_all(self, records: Iterator[Record]) -> Iterator[tuple[Cell, ...]]:
        """Import all rows; list what changes, in a dry run only.

        That is by the line of the file, field by field; what is no client's comes before a part of the rows.
        """
        watch = history.Watch(self._db) if self._db.dry_run else None
        while self.is_whole and (part := list(islice(records, _PART))):
            lines = self._take_part(part)
            if watch:
                yield from self._foreseen(watch.changes(), lines)
            self.is_whole = self._leaves_out or len(self.bad) < _MOST_BAD

    def _foreseen(
        self, changes: Iterable[tuple[int | None, tuple[Cell, ...]]], lines: Mapping[int, int]
    ) -> list[tuple[Cell, ...]]:
        sql = f"SELECT c.id, {client_sql.NAME} FROM clients c WHERE c.id IN {AMONG}"
        names = dict(self._db.rows(sql, (json_array(lines),)))
        found = [(lines.get(client or 0), names.get(client or 0), *change) for client, change in changes]
        return sorted(found, key=lambda row: row[0] or 0)

    def _take_part(self, part: Sequence[Record]) -> dict[int, int]:
        """Import some rows, after those before them; return the first line about each client."""
        rows, bad = import_rows.parse_all(self._reading, part)
        people = same_person.combine([row.person for row in rows])
        rows = [
            row._replace(person=one) if one is not row.person else row for row, one in zip(rows, people, strict=True)
        ]
        self.people.expect(people)
        self.memberships.expect({row.sold.membership for row in rows if row.sold and row.sold.membership})
        changed, lines = self._take_people(rows, bad)
        self.people.store("import")
        changed |= self.gathering.store(self.people)
        changed |= self.memberships.store(self.people)
        self._changed += len(changed)
        self.bad |= {line: sys.intern(reason) for line, reason in bad.items()}  # many are alike
        if self._leaves_out:
            names = {row.line: row.name for row in rows if row.line in bad}
            self._notes.add(RowNote(line, BAD_ROW, names.get(line, ""), bad[line]) for line in sorted(bad))
        odd = (row for row in rows if row.odd and row.line not in bad)
        self._notes.add(
            RowNote(row.line, ODD_VALUE, row.name, f"{at}: {value}") for row in odd for at, value in row.odd
        )
        good = (row for row in rows if row.odd_phones and row.line not in bad)
        self._notes.add(RowNote(row.line, ODD_PHONE, row.name, phone) for row in good for phone in row.odd_phones)
        return lines

    def _take_people(self, rows: Sequence[ImportRow], bad: dict[int, str]) -> tuple[set[int], dict[int, int]]:
        """Import each row: the person, their further data, their membership.

        Return the lines that change a client, and the first line about each. Everything that can be wrong with a
        row is found before anything is made of it.
        """
        changed: set[int] = set()
        lines: dict[int, int] = {}
        for row in rows:
            try:
                match = self.people.find_match(row.person)
                client_id, told = match.client, self._names(row, match)
                if self.people.is_skipped(client_id):
                    self._notes.add(told)
                    continue
                if row.sold:
                    self.memberships.check(client_id, row.sold)
                agreed = self.offers.rate_for(row.sold) if row.sold else None
            except ClientctlError as error:
                bad[row.line] = error.message
                continue
            self._notes.add(told)
            client_id, is_new = self.people.add_or_update(client_id, row.person, row.columns)
            if is_new:
                changed.add(row.line)
            lines.setdefault(client_id, row.line)
            if row.particulars:
                self.gathering.add(row.line, client_id, row.particulars)
            if row.sold and agreed:
                self.memberships.add(row, client_id, *agreed, row.sold)
        return changed, lines

    def _names(self, row: ImportRow, match: Match) -> list[RowNote]:
        """Report rows matched with a client of another name, and rows that share an e-mail with an unmatched one."""
        if match.shares:
            shared = f"shares {match.email} with {self.people.names(match.shares)}"
            return [RowNote(row.line, SHARED_EMAIL, row.name, shared)]
        if match.client and not match.is_named and self.people.is_of_another_name(match.client, row.person):
            taken_for = f"taken for {self.people.name(match.client)}"
            return [RowNote(row.line, OTHER_NAME, row.name, taken_for)]
        return []

    def counts(self, rows: int) -> Counter[str]:
        """Count the results for this many rows."""
        return Counter(
            clients_added=self.people.added,
            clients_updated=self.people.count_updated(),
            memberships_added=self.memberships.added,
            memberships_updated=len(self.memberships.updated),
            unchanged=rows - len(self.bad) - self._changed,
        )


def card(db: Reader, number: str, notes: Sequence[RowNote] = ()) -> Card:
    """Show an import, by the number of its command, with the notes on its rows."""
    where = Where("i.made_by = :record", {"record": history.parse_number(number)})
    sections = {"notes": ("Notes", Listing(_NOTES, [*notes]))}
    return queries.card(db, SOURCE, where, title=say("Import {number}", number=number), sections=sections)


class RevertedImport(NamedTuple):
    """The result of reverting an import: how many clients and memberships were removed, and restored.

    ``mappings`` are the names of those that went with it, ``left`` is what stays, to be read.
    """

    clients: tuple[int, int]
    memberships: tuple[int, int]
    mappings: list[str]
    left: list[str]


def revert(db: Writer, number: int) -> RevertedImport:
    """Revert what an import created and changed, except what was changed or is needed since.

    Of a client of whom anything stays, everything does. Raise NotFoundError for no import of that number,
    RefusedError when everything was changed since.
    """
    _check_revertible(db, number)
    saved = dict(db.rows("SELECT id, name FROM mappings"))
    reverted = transactions.take_back(db, number)
    left = list(_left(db, reverted.left))
    if not reverted.rows:
        raise RefusedError(
            say("nothing of #{number} can be reverted: it was changed since, or is reverted already", number=number),
            left,
        )
    db.note_number(f"#{number}")
    there = {each for (each,) in db.rows("SELECT id FROM mappings")}
    gone = [name for each, name in saved.items() if each not in there]
    return RevertedImport(_taken_back(db, "clients"), _taken_back(db, "memberships"), gone, left)


def _taken_back(db: Writer, table: str) -> tuple[int, int]:
    """Count the rows of a table that this command removed, and those that it restored."""
    there = f"EXISTS (SELECT 1 FROM {table} t WHERE t.id = c.id)"
    sql = f"SELECT count(*) FILTER (WHERE NOT {there}), count(*) FILTER (WHERE {there}) FROM changes c"
    out, back = db.rows(f"{sql} WHERE c.command_id = ? AND c.of = ?", (db.command, TABLES[table].number))[0]
    return int(out), int(back)


def _check_revertible(db: Reader, number: int) -> None:
    """Check that a command is an import into this file whose earlier rows are known."""
    name, final = db.row("SELECT name, final FROM commands WHERE id = ?", (number,)) or ("", 0)
    if name == "import json":
        whole = say("`clientctl undo` undoes the last command; `clientctl db init --db FILE` starts a new database")
        raise RefusedError(
            say("#{number} imported a whole practice, not a list of people: {whole}", number=number, whole=whole)
        )
    if not db.row("SELECT 1 FROM imports WHERE made_by = ?", (number,)):
        raise NotFoundError(say("no import #{number}: `clientctl import list` lists them", number=number))
    if final:
        raise RefusedError(
            say("#{number} was run in another file, which was imported by import json: revert it there", number=number)
        )


def _left(db: Reader, left: Iterable[RemainingRow]) -> Iterator[str]:
    """Return what stays: clients, and what is in use, by name."""
    ids: set[int] = set()
    for each in left:
        table = TABLES[each.table]
        if table.client:
            log = f"SELECT {table.client} FROM {table.log} WHERE id = ? AND {table.client} IS NOT NULL"
            ids.add(db.value(f"{log} ORDER BY seq DESC LIMIT 1", (each.id,)))
        elif "name" in table.business:
            name = db.value(f"SELECT name FROM {table.name} WHERE id = ?", (each.id,))
            yield f"{each.table.removesuffix('s').replace('_', ' ')} {name}" if name else f"{each.table} {each.id}"
    for client_id in sorted(ids):
        name = db.value(f"SELECT {client_sql.NAME} FROM clients c WHERE c.id = ?", (client_id,))
        yield say("client {client_id} {name}", client_id=client_id, name=name or "").rstrip()


class _Digest:
    """A digest of rows: the same for the same rows in any order, encoding or form of accents."""

    def __init__(self) -> None:
        self.rows = self._sum = 0

    def add_all(self, records: Iterable[Record]) -> Iterator[Record]:
        """Yield the records, each added to the digest; readers always give fields in the same order."""
        for record in records:
            self.rows += 1
            more = () if record.more is NO_EXTRAS else _format_extras(record.more)
            said = "\x1f".join([*record.values, *record.values.values(), *more])
            said = said if said.isascii() else unicodedata.normalize("NFC", said)
            row = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            self._sum += int.from_bytes(row)
            yield record

    def __str__(self) -> str:
        return f"{self._sum % 2**128:032x}"


def _format_extras(more: RowExtras) -> Iterator[str]:
    """Format the repeated data of a row, without its names in the file."""
    for each in more.further:
        yield from (each.kind, each.value)
    for place in more.places:
        yield from (line or "" for line in place)
    yield from (*more.notes, "", *more.labels, "", *more.kept)
    yield blake2b(more.photo or b"").hexdigest()


def _refuse_same(db: Reader, digest: str) -> None:
    row = db.row("SELECT made_by, file_name FROM imports WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,))
    if row:
        raise RefusedError(
            say(
                "the same rows were imported already by #{number}, from {file}: --again imports them again",
                number=row[0],
                file=row[1],
            )
        )
