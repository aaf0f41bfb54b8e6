"""Import memberships: one of the same client, plan and start is the same membership."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from clientctl.base import text
from clientctl.base.listing import Cell
from clientctl.base.money import Money
from clientctl.base.text import quoted
from clientctl.base.words import say
from clientctl.domain.clients import labels
from clientctl.domain.imports import rows as import_rows
from clientctl.domain.imports.people import ImportedPeople
from clientctl.domain.imports.rows import ImportRow, SoldMembership
from clientctl.domain.imports.status_claims import Claim, Claims
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships import status as membership_status
from clientctl.domain.offers.rates import Rate
from clientctl.domain.shared import intervals
from clientctl.errors import RefusedError
from clientctl.store import Writer
from clientctl.store.array_parameters import AMONG, json_array

if TYPE_CHECKING:
    from clientctl.domain.offers.plans import Plan


_NO_LENGTH = intervals.columns(sold=None)
"""Marks an unknown sold term: a file has only the last day."""


class _NewMembership(NamedTuple):
    """A membership to be stored: its line, client, rate and price, and whom the line names."""

    line: int
    client: int
    rate: Rate
    price: Money
    sold: SoldMembership
    who: str


class _NamedMembership(NamedTuple):
    """A membership that a row names by its number."""

    client: int
    plan_key: str
    plan: str
    starts_on: str


class ImportedMemberships:
    """The memberships of one import: one of the same client, plan and start is the same membership."""

    def __init__(self, db: Writer, claims: Claims) -> None:
        self._db, self._claims = db, claims
        self._bought: list[_NewMembership] = []
        self._rows: dict[int, dict[str, Cell]] = {}
        self._new: dict[int, _NewMembership] = {}
        self._changed: set[int] = set()
        self._named: dict[int, _NamedMembership] = {}
        self._terms = lru_cache(maxsize=1_000)(memberships.terms)
        self._first_id = self._next_id = db.next_id("memberships")
        self.updated: set[int] = set()

    def expect(self, ids: Iterable[int]) -> None:
        """Start a part: fetch the memberships that its rows name."""
        rows = self._db.rows(
            f"""SELECT m.id, m.client_id, p.name_key, p.name, m.starts_on FROM memberships m
                JOIN plans p ON p.id = m.plan_id WHERE m.id IN {AMONG}""",
            (json_array(ids),),
        )
        self._named = {membership_id: _NamedMembership(*values) for membership_id, *values in rows}

    def check(self, client_id: int | None, sold: SoldMembership) -> None:
        """Check that the membership that a row names fits the rest of the row. Raise RefusedError."""
        if sold.membership is None:
            return
        number, named = f"M-{sold.membership}", self._named.get(sold.membership)
        if named is None or named.client != client_id:
            raise RefusedError(
                say(
                    "{number} is no membership of that client: `clientctl membership list` shows whose it is",
                    number=number,
                )
            )
        if named.starts_on != sold.starts_on:
            how = say(
                "`clientctl membership edit {number} --start {starts_on}`", number=number, starts_on=sold.starts_on
            )
            raise RefusedError(
                say(
                    "{number} starts {starts_on}, not {given}: {how} changes that",
                    number=number,
                    starts_on=named.starts_on,
                    given=sold.starts_on,
                    how=how,
                )
            )
        if named.plan_key != text.fold(sold.plan):
            how = say("`clientctl membership change --help` says how that changes")
            raise RefusedError(
                say(
                    "{number} is of the plan {plan}, not {given}: {how}",
                    number=number,
                    plan=named.plan,
                    given=quoted(sold.plan),
                    how=how,
                )
            )

    def add(self, row: ImportRow, client_id: int, rate: Rate, price: Money, sold: SoldMembership) -> None:
        """Add a membership that a client bought."""
        self._bought.append(_NewMembership(row.line, client_id, rate, price, sold, row.name))

    def store(self, people: ImportedPeople) -> set[int]:
        """Store what was added, once the clients of this part are stored; return the lines that change a membership."""
        known = self._known({each.client for each in self._bought if people.is_stored(each.client)})
        lines: set[int] = set()
        buyers: dict[Plan, list[int]] = {}
        claims: dict[int, Claim] = {}
        for each in self._bought:
            key = each.client, each.rate.plan.id, each.sold.starts_on
            membership_id = each.sold.membership or known.get(key)
            if membership_id is None:
                known[key] = membership_id = self._next_id
                self._next_id += 1
                self._new[membership_id] = each
                buyers.setdefault(each.rate.plan, []).append(each.client)
                lines.add(each.line)
            elif self._change(each, membership_id):
                lines.add(each.line)
            if each.sold.status:
                claims[membership_id] = Claim(each.line, each.who, each.sold.status)
        self._write()
        for plan, ids in buyers.items():
            labels.attach_automatic(self._db, "plan", plan.id, plan.name, ids)
            people.restore(ids)
        held = self._claims.compare(claims)
        lines |= {claims[each].line for each in held}
        self.updated |= {each for each in held if each < self._first_id}
        self._bought.clear()
        return lines

    @property
    def added(self) -> int:
        """Count the new memberships."""
        return self._next_id - self._first_id

    # -- memberships ----------------------------------------------------------------------------

    def _facts(self, each: _NewMembership) -> dict[str, Cell]:
        return {
            "client_id": each.client,
            **self._terms(each.rate, each.price),
            **import_rows.facts(each.sold, each.rate.every, self._db.today),
            **_NO_LENGTH,
            "member_since_on": each.sold.starts_on,
            "created_on": self._db.today.isoformat(),
        }

    def _change(self, each: _NewMembership, membership_id: int) -> bool:
        """Change a membership to what a row says; return whether anything is new."""
        if membership_id not in self._rows:
            self._rows[membership_id] = self._facts(self._new[membership_id])
        changes = self._changes(each, membership_id, self._rows[membership_id])
        self._rows[membership_id] |= changes
        if changes and membership_id not in self._new:
            self._changed.add(membership_id)
        return bool(changes)

    def _changes(self, each: _NewMembership, membership_id: int, before: Mapping[str, Cell]) -> dict[str, Cell]:
        """Compare a row with its membership; what the row does not say stays unchanged.

        A cancellation is stored once, and terms are those of the sale unless the row has another rate.
        Of what was billed here, the bill days are known better than by any file.
        """
        after, sold = self._facts(each), each.sold
        given = sold.next_bill_on
        anew = bool(sold.rate) and after["rate_id"] != before["rate_id"]
        moved = bool(given) and str(given) >= self._db.today.isoformat() and given != before["next_bill_on"]
        if (anew or moved) and self._is_billed(membership_id):
            anew = moved = False
        columns: list[str] = []
        if anew:
            columns += ["rate_id", "every_count", "every_unit"]
        if sold.price and (not sold.amount or after["currency"] == before["currency"]):
            columns += ["price_minor", "currency"]
        if anew or moved:
            columns += ["anchor_on", "next_bill_on", "billed_from_on"]
        if before["cancelled_on"] is None:
            columns.append("cancelled_on")
        changes = {column: after[column] for column in columns if after[column] != before[column]}
        last = before["cancelled_on"] or before["ends_on"]  # as lists show it
        if sold.ends_on and sold.ends_on not in {before["term_ends_on"], last}:
            changes |= self._new_end(sold.ends_on, membership_id, before)
        return changes

    def _new_end(self, end: str, membership_id: int, before: Mapping[str, Cell]) -> dict[str, Cell]:
        """Return the columns of an end that differs from the stored one; an extension made here is never undone."""
        term, last = str(before["term_ends_on"] or ""), str(before["ends_on"] or "")
        if (end < term and self._is_extended(membership_id, term)) or self._is_taken(membership_id, end):
            return {}
        if last > term:  # extended for free
            return {"term_ends_on": end, "ends_on": max(end, last), **_NO_LENGTH}
        return {"term_ends_on": end, "ends_on": end, **_NO_LENGTH}

    def _is_taken(self, membership_id: int, end: str) -> bool:
        """Check whether a day belongs to the successor already."""
        sql = f"SELECT 1 FROM memberships s WHERE {membership_status.SUCCESSOR.format(':old')} AND s.starts_on <= :end"
        return bool(self._db.row(sql, {"old": membership_id, "end": end}))

    def _is_extended(self, membership_id: int, term: str) -> bool:
        """Return whether the term was extended; in a practice that was imported whole, assume that it may have been."""
        return bool(
            self._db.row(
                """SELECT 1 FROM memberships_log f JOIN commands k ON k.id = f.command_id
                   WHERE f.id = ? AND f.term_ends_on = ? AND k.name IN ('membership extend', 'import json')""",
                (membership_id, term),
            )
        )

    def _is_billed(self, membership_id: int) -> bool:
        """Return whether periods of a membership were billed here."""
        return bool(self._db.row("SELECT 1 FROM charges WHERE membership_id = ? LIMIT 1", (membership_id,)))

    def _known(self, ids: set[int]) -> dict[tuple[int, int, str], int]:
        """Fetch the memberships of some clients; return their ids by client, plan and start."""
        known: dict[tuple[int, int, str], int] = {}
        rows = self._db.rows(
            f"""SELECT client_id, plan_id, starts_on, id, {", ".join(_CHANGING)} FROM memberships
                WHERE client_id IN {AMONG} ORDER BY id""",
            (json_array(ids),),
        )
        for client_id, plan_id, starts_on, membership_id, *values in rows:
            known[client_id, plan_id, starts_on] = membership_id
            self._rows[membership_id] = dict(zip(_CHANGING, values, strict=True))
        return known

    def _write(self) -> None:
        """Write and forget the new and the changed memberships."""
        new = [{"id": each, **(self._rows.get(each) or self._facts(bought))} for each, bought in self._new.items()]
        # In most files many columns are empty in every row: these need not be bound.
        filled = [column for column in new[0] if any(row[column] is not None for row in new)] if new else []
        self._db.insert_rows("memberships", filled, (map(row.__getitem__, filled) for row in new))
        self._db.update_many(
            "memberships",
            _CHANGING,
            [(*(self._rows[each][column] for column in _CHANGING), each) for each in sorted(self._changed)],
        )
        self.updated |= {each for each in self._changed if each < self._first_id}
        self._rows, self._new, self._changed = {}, {}, set()


_CHANGING = (
    "rate_id",
    "price_minor",
    "currency",
    "every_count",
    "every_unit",
    "anchor_on",
    "term_ends_on",
    "ends_on",
    "sold_count",
    "sold_unit",
    "next_bill_on",
    "billed_from_on",
    "cancelled_on",
)
"""The columns of a membership that a row may change."""
