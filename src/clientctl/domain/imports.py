"""Take in what comes from other programs: all rows in one command, matched, never doubled."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base import text
from clientctl.base.calendar import Interval
from clientctl.base.listing import Card, Cell
from clientctl.base.money import Money
from clientctl.base.records import Record
from clientctl.domain import history, imported, labels, lifecycle, lists, memberships
from clientctl.domain.imported import Offers, Row, Sold
from clientctl.domain.lists import Source, Where, field
from clientctl.domain.matching import Arrivals
from clientctl.domain.particulars import Gathering
from clientctl.domain.rates import Rate
from clientctl.errors import ClientctlError, RefusedError
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.domain.plans import Plan

_CHUNK = 5_000
"""Values bound in one query; SQLite takes 32,766."""

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


class Rules(NamedTuple):
    """What the user said beforehand.

    ``every`` gives how often rates are paid, by name; ``same_email`` settles an e-mail under
    another name: ``match`` or ``new``; ``again`` takes the same rows once more.
    """

    every: Mapping[str, Interval | None] = {}
    same_email: str | None = None
    again: bool = False


class Outcome(NamedTuple):
    """What an import did: how many rows there were, counts, what was made for it, what the user should look at.

    ``bad`` gives the reason by line; ``odd_phones`` the phones kept as typed, by line;
    ``differing`` how many memberships are not what the file's status column says;
    ``odd_statuses`` what that column says that nobody knows; ``kept_out`` how many clients
    are not opted in for having opted out before.
    """

    rows: int
    counts: Counter[str]
    made_plans: list[str]
    made_rates: list[str]
    made_labels: list[str]
    bad: dict[int, str]
    odd_phones: dict[int, str]
    differing: int
    odd_statuses: list[str]
    kept_out: int


def run(db: Writer, name: str, file_format: str, records: Iterable[Record], rules: Rules) -> Outcome:
    """Import the rows of a file but the bad ones; a caller who wants all or nothing rolls back when there are any.

    Raise RefusedError when the same rows were imported before, UsageError for a rule about
    something that no row has.
    """
    digest = _Digest()
    rows, bad = imported.understood(db, digest.of(records))
    if not rules.again:
        _refuse_same(db, str(digest))
    arrivals = Arrivals(db, [row.person for row in rows], rules.same_email)
    offers = Offers(db, rules.every)
    enrolments = _Enrolments(db)
    gathering = Gathering(db)
    odd_phones = {row.line: row.odd_phone for row in rows if row.odd_phone}
    changed = _take(rows, bad, arrivals, offers, enrolments, gathering)
    del rows
    offers.check_rules()
    arrivals.store("import")
    changed |= gathering.store(arrivals)
    changed |= enrolments.store(arrivals)
    counts = Counter(
        clients_added=len(arrivals.new),
        clients_updated=len((arrivals.updated.keys() | gathering.changed) - arrivals.new.keys()),
        memberships_added=len(enrolments.new),
        memberships_updated=len(enrolments.updated),
        unchanged=digest.rows - len(bad) - len(changed),
    )
    db.insert(
        "imports",
        made_by=db.command,
        file_name=text.clean_line(name),
        format=file_format,
        digest=str(digest),
        rows=digest.rows,
        rejected=len(bad),
        **{column: counts[column] for column in _COUNTED},
    )
    db.touched[:] = [f"#{db.command}"]  # not the plans made for it
    return Outcome(
        digest.rows,
        counts,
        offers.made_plans,
        offers.made_rates,
        gathering.made_labels,
        bad,
        {line: phone for line, phone in odd_phones.items() if line not in bad},
        enrolments.differing(),
        enrolments.odd_statuses(),
        len(gathering.refused),
    )


def card(db: Reader, number: str) -> Card:
    """Show an import, by the number of its command."""
    where = Where("i.made_by = :record", {"record": history.parse_number(number)})
    return lists.card(db, SOURCE, where, title=f"Import {number}")


class _Digest:
    """A number for what rows say: the same for the same rows in any order and any bytes."""

    def __init__(self) -> None:
        self.rows = self._sum = 0

    def of(self, records: Iterable[Record]) -> Iterator[Record]:
        """Give the records on, each taken into account; whoever reads a file gives fields in one order, always."""
        for record in records:
            self.rows += 1
            said = "\x1f".join([*record.values, *record.values.values()])
            row = blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            self._sum += int.from_bytes(row)
            yield record

    def __str__(self) -> str:
        return f"{self._sum % 2**128:032x}"


def _refuse_same(db: Reader, digest: str) -> None:
    row = db.row("SELECT made_by, file_name FROM imports WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,))
    if row:
        raise RefusedError(f"the same rows were imported already by #{row[0]}, from {row[1]}: --again takes them again")


def _take(
    rows: Sequence[Row],
    bad: dict[int, str],
    arrivals: Arrivals,
    offers: Offers,
    enrolments: "_Enrolments",
    gathering: Gathering,
) -> set[int]:
    """Take in every row: the person, what is said of them, what they bought; return the lines that change a client.

    Everything that can be wrong with a row is found before anything is made of it.
    """
    changed: set[int] = set()
    for row in rows:
        try:
            client_id = arrivals.who(row.person)
            agreed = offers.agreed(row.sold) if row.sold else None
        except ClientctlError as error:
            bad[row.line] = error.message
            continue
        client_id, is_new = arrivals.take(client_id, row.person, row.columns)
        if is_new:
            changed.add(row.line)
        if row.particulars:
            gathering.take(row.line, client_id, row.particulars)
        if row.sold and agreed:
            enrolments.take(row.line, client_id, *agreed, row.sold)
    return changed


class _Bought(NamedTuple):
    """A membership to be stored: the line it is from, whose it is, at which rate and price."""

    line: int
    client: int
    rate: Rate
    price: Money
    sold: Sold


class _Enrolments:
    """The memberships of one import: a client's of the same plan and start is the same one."""

    def __init__(self, db: Writer) -> None:
        self._db = db
        self._bought: list[_Bought] = []
        self._claims: dict[int, str] = {}
        self._rows: dict[int, dict[str, Cell]] = {}
        self.new: dict[int, _Bought] = {}
        self.updated: set[int] = set()

    def take(self, line: int, client_id: int, rate: Rate, price: Money, sold: Sold) -> None:
        """Take note of what a client bought."""
        self._bought.append(_Bought(line, client_id, rate, price, sold))

    def store(self, arrivals: Arrivals) -> set[int]:
        """Store what was bought, when the clients are; return the lines that change a membership."""
        known = self._known({each.client for each in self._bought if arrivals.is_known(each.client)})
        following = self._db.next_id("memberships")
        lines: set[int] = set()
        buyers: dict[Plan, list[int]] = {}
        for each in self._bought:
            key = each.client, each.rate.plan.id, each.sold.starts_on
            membership_id = known.get(key)
            if membership_id is None:
                known[key] = membership_id = following
                following += 1
                self.new[membership_id] = each
                buyers.setdefault(each.rate.plan, []).append(each.client)
                lines.add(each.line)
            elif self._change(each, membership_id):
                lines.add(each.line)
            if each.sold.status:
                self._claims[membership_id] = each.sold.status
        self._write()
        for plan, ids in buyers.items():
            labels.attach_plan(self._db, plan.id, plan.name, ids)
            arrivals.restore(ids)
        return lines

    def differing(self) -> int:
        """Count the memberships whose status is not what the file says."""
        claims = {each: said for each, said in self._claims.items() if said in lifecycle.STATUSES}
        ids, different = list(claims), 0
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            values: dict[str, Cell] = {f"id{position}": each for position, each in enumerate(chunk)}
            statuses = self._db.rows(
                f"SELECT m.id, {lifecycle.STATUS} FROM memberships m WHERE m.id IN (:{', :'.join(values)})",
                {**values, "today": self._db.today.isoformat()},
            )
            different += sum(claims[membership] not in {status, "cancelled"} for membership, status in statuses)
        return different

    def odd_statuses(self) -> list[str]:
        """List what the file says of memberships that is no status."""
        return sorted(set(self._claims.values()) - set(lifecycle.STATUSES))

    # -- memberships ----------------------------------------------------------------------------

    def _facts(self, each: _Bought) -> dict[str, Cell]:
        return {
            "client_id": each.client,
            **memberships.terms(each.rate, each.price),
            **imported.facts(each.sold, each.rate.every, self._db.today),
            "member_since_on": each.sold.starts_on,
            "created_on": self._db.today.isoformat(),
        }

    def _change(self, each: _Bought, membership_id: int) -> bool:
        """Change a membership to what a row says of it; say whether that is anything new."""
        if membership_id not in self._rows:
            self._rows[membership_id] = self._facts(self.new[membership_id])
        changes = self._changes(each, membership_id, self._rows[membership_id])
        self._rows[membership_id] |= changes
        if changes and membership_id not in self.new:
            self.updated.add(membership_id)
        return bool(changes)

    def _changes(self, each: _Bought, membership_id: int, before: Mapping[str, Cell]) -> dict[str, Cell]:
        """Compare a row with the membership it is about; what the row does not say stays.

        A cancellation is stored once, and terms are those of the sale unless the row has another rate.
        """
        after, sold = self._facts(each), each.sold
        columns: list[str] = []
        if sold.rate and after["rate_id"] != before["rate_id"]:
            columns += ["rate_id", "every_count", "every_unit", "anchor_on", "next_bill_on", "billed_from_on"]
        if sold.price:
            columns += ["price_minor", "currency"]
        given = sold.next_bill_on
        if given and given >= self._db.today.isoformat() and not self._is_billed(membership_id):
            columns += ["anchor_on", "next_bill_on", "billed_from_on"]
        if before["cancelled_on"] is None:
            columns.append("cancelled_on")
        changes = {column: after[column] for column in columns if after[column] != before[column]}
        if sold.ends_on and sold.ends_on != before["term_ends_on"]:
            changes |= self._new_end(sold.ends_on, membership_id, before)
        return changes

    def _new_end(self, end: str, membership_id: int, before: Mapping[str, Cell]) -> dict[str, Cell]:
        """Give the columns of an end that is not the one stored; an extension made here is never taken back."""
        term, last = str(before["term_ends_on"] or ""), str(before["ends_on"] or "")
        if last > term:  # extended for free
            return {"term_ends_on": end, "ends_on": max(end, last)}
        if end < term and self._is_extended(membership_id, term):
            return {}
        return {"term_ends_on": end, "ends_on": end}

    def _is_extended(self, membership_id: int, term: str) -> bool:
        """Say whether the term got its end by being extended."""
        return bool(
            self._db.row(
                """SELECT 1 FROM memberships_log f JOIN commands k ON k.id = f.command_id
                   WHERE f.id = ? AND f.term_ends_on = ? AND k.name = 'membership extend'""",
                (membership_id, term),
            )
        )

    def _is_billed(self, membership_id: int) -> bool:
        """Say whether periods were billed here: its bill days are then known better than by any file."""
        return bool(self._db.row("SELECT 1 FROM charges WHERE membership_id = ? LIMIT 1", (membership_id,)))

    def _known(self, ids: set[int]) -> dict[tuple[int, int, str], int]:
        """Fetch the memberships of some clients; return their ids by client, plan and start."""
        known: dict[tuple[int, int, str], int] = {}
        wanted = sorted(ids)
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            rows = self._db.rows(
                f"""SELECT client_id, plan_id, starts_on, id, {", ".join(_CHANGING)} FROM memberships
                    WHERE client_id IN ({",".join("?" * len(chunk))}) ORDER BY id""",
                chunk,
            )
            for client_id, plan_id, starts_on, membership_id, *values in rows:
                known[client_id, plan_id, starts_on] = membership_id
                self._rows[membership_id] = dict(zip(_CHANGING, values, strict=True))
        return known

    def _write(self) -> None:
        self._db.insert_many(
            "memberships",
            ({"id": each, **(self._rows.get(each) or self._facts(bought))} for each, bought in self.new.items()),
        )
        self._db.update_many(
            "memberships",
            _CHANGING,
            [(*(self._rows[each][column] for column in _CHANGING), each) for each in sorted(self.updated)],
        )


_CHANGING = (
    "rate_id",
    "price_minor",
    "currency",
    "every_count",
    "every_unit",
    "anchor_on",
    "term_ends_on",
    "ends_on",
    "next_bill_on",
    "billed_from_on",
    "cancelled_on",
)
"""The columns of a membership that a row may change."""
