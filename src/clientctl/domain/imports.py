"""Take in what comes from other programs: all rows in one command, matched, never doubled."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from clientctl.base import text
from clientctl.base.calendar import Interval
from clientctl.base.listing import Card, Cell
from clientctl.base.money import Money
from clientctl.base.records import Record
from clientctl.domain import clients, history, imported, labels, lifecycle, lists, memberships, plans, rates, settings
from clientctl.domain.imported import Row, Sold
from clientctl.domain.lists import Source, Where, field
from clientctl.domain.matching import Match, People, Person
from clientctl.domain.plans import Plan
from clientctl.domain.rates import Rate
from clientctl.errors import ClientctlError, NotFoundError, RefusedError
from clientctl.store import Reader, Writer

_CHUNK = 500

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
    another name: ``match`` or ``new``; ``skip_bad`` imports the other rows; ``again`` takes
    the same rows once more.
    """

    every: Mapping[str, Interval | None] = {}
    same_email: str | None = None
    skip_bad: bool = False
    again: bool = False


class Outcome(NamedTuple):
    """What an import did: counts, what was made for it, what the user should look at.

    ``bad`` gives the reason by line; ``odd_phones`` the phones kept as typed, by line;
    ``differing`` how many memberships are not what the file's status column says.
    """

    rows: int
    counts: Counter[str]
    made_plans: list[str]
    made_rates: list[str]
    bad: dict[int, str]
    odd_phones: dict[int, str]
    differing: int


def run(db: Writer, name: str, file_format: str, records: Iterable[Record], rules: Rules) -> Outcome:
    """Import the rows of a file. With bad rows and without ``skip_bad`` the caller rolls back.

    Raise RefusedError when the same rows were imported before.
    """
    rows, bad, digest = _understood(db, records)
    if not rules.again:
        _refuse_same(db, digest)
    work = _Import(db, rules, bad)
    work.take(rows)
    counts = work.counts
    db.insert(
        "imports",
        made_by=db.command,
        file_name=text.clean_line(name),
        format=file_format,
        digest=digest,
        rows=len(rows) + len(bad),
        rejected=len(bad),
        **{
            column: counts[column]
            for column in (
                "clients_added",
                "clients_updated",
                "memberships_added",
                "memberships_updated",
                "unchanged",
            )
        },
    )
    db.touched[:] = [f"#{db.command}"]  # not the plans made for it
    odd = {row.line: row.odd_phone for row in rows if row.odd_phone}
    return Outcome(len(rows), counts, work.made_plans, work.made_rates, bad, odd, work.differing())


def card(db: Reader, number: str) -> Card:
    """Show an import, by the number of its command."""
    where = Where("i.made_by = :record", {"record": history.parse_number(number)})
    return lists.card(db, SOURCE, where, title=f"Import {number}")


def _understood(db: Reader, records: Iterable[Record]) -> tuple[list[Row], dict[int, str], str]:
    """Read every row; return those that make sense, why the others do not, and a digest of what they say.

    The digest is the same for the same rows in any order and any bytes.
    """
    currency = settings.get(db, "currency") or "EUR"
    rows: list[Row] = []
    bad: dict[int, str] = {}
    digest = 0
    for record in records:
        said = "\x1f".join(f"{key}={value}" for key, value in sorted(record.values.items()))
        digest += int.from_bytes(blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).digest())
        if record.problem:
            bad[record.line] = record.problem
            continue
        try:
            columns, odd_phone = imported.person(db, record.values)
            rows.append(Row(record.line, columns, imported.sold(record.values, currency), odd_phone))
        except ClientctlError as error:
            bad[record.line] = error.message
    return rows, bad, f"{digest % 2**128:032x}"


def _refuse_same(db: Reader, digest: str) -> None:
    row = db.row("SELECT made_by, file_name FROM imports WHERE digest = ? ORDER BY id DESC LIMIT 1", (digest,))
    if row:
        raise RefusedError(f"the same rows were imported already by #{row[0]}, from {row[1]}: --again takes them again")


class _Pending(NamedTuple):
    """A membership to be stored, for a client, from a line."""

    line: int
    client: int
    plan: Plan
    rate: Rate
    price: Money
    sold: Sold


class _Import:
    """One import under way: what is known so far, what is to be stored."""

    def __init__(self, db: Writer, rules: Rules, bad: dict[int, str]) -> None:
        self.db, self.rules, self.bad = db, rules, bad
        self.counts: Counter[str] = Counter()
        self.made_plans: list[str] = []
        self.made_rates: list[str] = []
        self._every = {text.fold(name): every for name, every in rules.every.items()}
        self._plans: dict[str, Plan] = {}
        self._rates: dict[tuple[int, str | None], Rate] = {}
        self._claims: dict[int, str] = {}
        self._known: dict[int, clients.Client] = {}

    def take(self, rows: Sequence[Row]) -> None:
        """Store rows: people first, then their memberships."""
        pending, changed = self._take_people(rows)
        lines = {row.line for row in rows} - set(self.bad)
        changed |= self._take_memberships(pending)
        self.counts["unchanged"] = len(lines - changed - set(self.bad))

    def differing(self) -> int:
        """Count the memberships whose status is not what the file says."""
        different = 0
        ids = list(self._claims)
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            marks = ", ".join(f":id{position}" for position in range(len(chunk)))
            values: dict[str, Cell] = {f"id{position}": each for position, each in enumerate(chunk)}
            statuses = self.db.rows(
                f"SELECT m.id, {lifecycle.STATUS} FROM memberships m WHERE m.id IN ({marks})",
                {**values, "today": self.db.today.isoformat()},
            )
            different += sum(self._claims[membership] != status for membership, status in statuses)
        return different

    # -- people ---------------------------------------------------------------------------------

    def _take_people(self, rows: Sequence[Row]) -> tuple[list[_Pending], set[int]]:
        """Match every row to a client, known or new; return the memberships and the lines that change a client."""
        persons = [Person.of(row.person) for row in rows]
        people = People.who_could_be(self.db, persons)
        following = self.db.next_id("clients")
        new: dict[int, dict[str, str | None]] = {}
        updated: dict[int, dict[str, str | None]] = {}
        lines: set[int] = set()
        pending: list[_Pending] = []
        for row, person in zip(rows, persons, strict=True):
            found = people.match(person, same_email=self.rules.same_email)
            if found.doubt:
                self.bad[row.line] = self._doubt(found, new)
                continue
            try:
                agreed = self._agreed(row.sold) if row.sold else None
            except ClientctlError as error:
                self.bad[row.line] = error.message
                continue
            client_id = found.client
            if client_id is None:
                client_id = following
                following += 1
                new[client_id] = dict(row.person)
                lines.add(row.line)
            elif self._fill(client_id, new.get(client_id), updated, row.person):
                lines.add(row.line)
            people.add(client_id, person)
            if agreed and row.sold:
                pending.append(_Pending(row.line, client_id, *agreed, row.sold))
        self._store_people(new, updated)
        return pending, lines

    def _fill(
        self,
        client_id: int,
        being_added: dict[str, str | None] | None,
        updated: dict[int, dict[str, str | None]],
        given: Mapping[str, str | None],
    ) -> bool:
        """Fill what is empty of a client; client since becomes the earlier. Say whether that changes anything."""
        known = being_added if being_added is not None else updated.get(client_id)
        if known is None:
            client = self._known[client_id] = clients.get(self.db, client_id)
            known = {column: client._asdict()[column] for column in clients.EDITABLE}
        changes = {column: value for column, value in given.items() if value and not known.get(column)}
        since, before = given.get("client_since_on"), known.get("client_since_on")
        if since and before and since < before:
            changes["client_since_on"] = since
        if changes:
            known |= changes
            if being_added is None:
                updated[client_id] = known
        return bool(changes) and being_added is None

    def _store_people(
        self, new: Mapping[int, dict[str, str | None]], updated: Mapping[int, dict[str, str | None]]
    ) -> None:
        today = self.db.today.isoformat()
        blank = dict.fromkeys(clients.EDITABLE)
        self.db.insert_many(
            "clients",
            (
                {
                    "id": client_id,
                    **blank,
                    **values,
                    "client_since_on": values.get("client_since_on") or today,
                    "source": "import",
                    "moved_by": self.db.command,
                }
                for client_id, values in new.items()
            ),
        )
        self.db.update_many(
            "clients",
            (*clients.EDITABLE, "moved_by"),
            [
                (*(values[column] for column in clients.EDITABLE), self.db.command, client_id)
                for client_id, values in updated.items()
            ],
        )
        self.counts["clients_added"], self.counts["clients_updated"] = len(new), len(updated)

    def _doubt(self, found: Match, new: Mapping[int, dict[str, str | None]]) -> str:
        names = []
        for client_id in found.about[:3]:
            values = new.get(client_id)
            if values is None:
                names.append(f"{client_id} {clients.get(self.db, client_id).name}")
            else:
                names.append(f"{values.get('first_name') or ''} {values.get('last_name') or ''}".strip())
        way_out = "" if "several" in (found.doubt or "") else ": say --same-email match or new"
        return f"{found.doubt}: {', '.join(names)}{way_out}"

    # -- memberships ----------------------------------------------------------------------------

    def _agreed(self, sold: Sold) -> tuple[Plan, Rate, Money]:
        """Find or make the plan and rate of a row, and settle its price. Raise ClientctlError, nothing made."""
        plan = self._plan(sold.plan)
        rate = self._rate(plan, sold) if plan else None
        if plan is None or rate is None:
            plan, rate = self._made(plan, sold)
        return plan, rate, sold.price or rate.price

    def _plan(self, name: str) -> Plan | None:
        key = text.fold(name)
        if key not in self._plans:
            try:
                self._plans[key] = plans.find(self.db, name)
            except NotFoundError:
                return None
        return self._plans[key]

    def _rate(self, plan: Plan, sold: Sold) -> Rate | None:
        key = (plan.id, text.fold(sold.rate) if sold.rate else None)
        if key not in self._rates:
            try:
                found = rates.of(self.db, plan, sold.rate) if sold.rate else rates.chosen(self.db, plan.name, None)
            except NotFoundError:
                return None
            self._rates[key] = found
        return self._rates[key]

    def _made(self, plan: Plan | None, sold: Sold) -> tuple[Plan, Rate]:
        """Make the rate a row names, and the plan if that is new too."""
        if sold.rate is None:
            raise RefusedError(f"has the plan {text.quoted(sold.plan)} and no rate")
        key = text.fold(sold.rate)
        every = self._every.get(key, sold.every)
        if every is None and key not in self._every:
            name = text.quoted(sold.rate + "=1m")
            raise RefusedError(f"how often is the rate {text.quoted(sold.rate)} paid? say --rate {name}, or =once")
        if sold.price is None:
            raise RefusedError(f"the rate {text.quoted(sold.rate)} of {text.quoted(sold.plan)} is new and has no price")
        if plan is None:
            plan = self._plans[text.fold(sold.plan)] = plans.add(self.db, sold.plan.replace("/", "-"))
            self.made_plans.append(plan.name)
        rate = self._rates[plan.id, key] = rates.add(self.db, plan, sold.rate, sold.price, every)
        self.made_rates.append(rate.full_name)
        return plan, rate

    def _take_memberships(self, pending: Sequence[_Pending]) -> set[int]:
        """Store memberships, a client's of the same plan and start being the same one; return the lines that change."""
        known = self._known_memberships({each.client for each in pending})
        following = self.db.next_id("memberships")
        new: dict[int, dict[str, Cell]] = {}
        updated: dict[int, dict[str, Cell]] = {}
        bought: dict[Plan, list[int]] = {}
        lines: set[int] = set()
        for each in pending:
            key = (each.client, each.plan.id, each.sold.starts_on.isoformat())
            if key in known:
                membership_id, before = known[key]
                changes = self._changes(each, before)
                if changes:
                    before |= changes
                    if membership_id not in new:
                        updated[membership_id] = before
                        lines.add(each.line)
            else:
                membership_id, row = following, self._facts(each)
                following += 1
                new[membership_id] = row
                known[key] = (membership_id, row)
                bought.setdefault(each.plan, []).append(each.client)
                lines.add(each.line)
            if each.sold.status and each.sold.status != "cancelled":
                self._claims[membership_id] = each.sold.status
        self._store_memberships(new, updated, bought)
        return lines

    def _facts(self, each: _Pending) -> dict[str, Cell]:
        return {
            "client_id": each.client,
            "plan_id": each.plan.id,
            "rate_id": each.rate.id,
            **memberships.terms(each.price, each.rate.every),
            **imported.facts(each.sold, each.rate.every, self.db.today),
            "member_since_on": each.sold.starts_on.isoformat(),
            "created_on": self.db.today.isoformat(),
        }

    def _changes(self, each: _Pending, before: Mapping[str, Cell]) -> dict[str, Cell]:
        """Compare a row with the membership it is about; what the file does not say stays.

        An end that the file has always said does not take back an extension; a cancellation is
        stored once.
        """
        after = self._facts(each)
        columns = ["rate_id", "price_minor", "currency", "every_count", "every_unit"]
        if after["term_ends_on"] != before["term_ends_on"]:
            columns += ["term_ends_on", "ends_on"]
        if each.sold.next_bill_on and each.sold.next_bill_on >= self.db.today:
            columns += ["next_bill_on", "anchor_on"]
        if after["cancelled_on"] is not None and before["cancelled_on"] is None:
            columns.append("cancelled_on")
        return {column: after[column] for column in columns if after[column] != before[column]}

    def _known_memberships(self, ids: set[int]) -> dict[tuple[int, int, str], tuple[int, dict[str, Cell]]]:
        columns = ("id", "client_id", "plan_id", *_MEMBERSHIP)
        known: dict[tuple[int, int, str], tuple[int, dict[str, Cell]]] = {}
        wanted = sorted(ids & set(self._known))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            rows = self.db.rows(
                f"SELECT {', '.join(columns)} FROM memberships WHERE client_id IN ({','.join('?' * len(chunk))})", chunk
            )
            for row in rows:
                values = dict(zip(columns, row, strict=True))
                known[row[1], row[2], values["starts_on"]] = (row[0], {c: values[c] for c in _MEMBERSHIP})
        return known

    def _store_memberships(
        self,
        new: Mapping[int, dict[str, Cell]],
        updated: Mapping[int, dict[str, Cell]],
        bought: Mapping[Plan, list[int]],
    ) -> None:
        self.db.insert_many("memberships", ({"id": each, **values} for each, values in new.items()))
        self.db.update_many(
            "memberships",
            _MEMBERSHIP,
            [(*(values[column] for column in _MEMBERSHIP), each) for each, values in updated.items()],
        )
        for plan, buyers in bought.items():
            labels.attach_plan(self.db, plan.id, plan.name, buyers)
            for client_id in buyers:
                if client_id in self._known:
                    clients.come_back(self.db, self._known[client_id])
        self.counts["memberships_added"], self.counts["memberships_updated"] = len(new), len(updated)


_MEMBERSHIP = (
    "rate_id",
    "price_minor",
    "currency",
    "every_count",
    "every_unit",
    "starts_on",
    "anchor_on",
    "term_ends_on",
    "ends_on",
    "next_bill_on",
    "cancelled_on",
)
"""The columns of a membership that an import may change."""
