"""Whatever is done in whatever order: the journal knows every state there was, and undo finds the way back."""

import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from looking import Dump, Row, as_of, change, dump, dumped, holds, look

from clientctl.base.calendar import Interval
from clientctl.base.money import Money
from clientctl.domain import addresses, clients, history, labels, memberships, notes, plans, rates, sites, staff, tasks
from clientctl.domain import settings as options
from clientctl.domain.clients import Client
from clientctl.domain.labels import Label
from clientctl.errors import ClientctlError, RefusedError
from clientctl.store import Reader, Writer, journal, verify
from clientctl.store.erase import erase
from clientctl.store.tables import TABLES, Table

MORE = int(os.environ.get("CLIENTCTL_EXAMPLES", "0"))
"""How many random sequences to try, anew each time; a few that are always the same when not set."""

PICKS = st.integers(0, 1_000)
SOME_PICKS = st.lists(PICKS, max_size=3)
AWKWARD = st.sampled_from(["", "É", "ß", "O'Brien-", "李", "Иван ", '%_"*', "\N{COMBINING ACUTE ACCENT}", "a" * 300])
NAMES = st.sampled_from(["yoga", "Yóga!", "pilates", "naïve"])
MONEY = st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "JPY"]))
INTERVALS = st.none() | st.builds(Interval, st.integers(1, 3), st.sampled_from(["day", "month"]))


class Book(RuleBasedStateMachine):
    """One database, the tables as they were after each command, and everything that was erased."""

    blank: Path
    """A database as ``db init`` makes it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=self.blank.parent)
        self.path = Path(self.folder.name) / "clients.db"
        shutil.copy(self.blank, self.path)
        self.states: dict[int, Dump] = {1: dumped(self.path)}
        self.last_final = 1
        self.names = map("Zq{:06}Xw".format, itertools.count())
        """Texts that are nowhere else, with digits that make no phone number."""
        self.secrets: defaultdict[int, list[str]] = defaultdict(list)
        self.erased: list[str] = []

    def teardown(self) -> None:
        try:
            self.check_time_travel()
            self.check_undo_and_redo()
        finally:
            self.folder.cleanup()

    @contextmanager
    def command(self, name: str, **more: object) -> Iterator[Writer]:
        """Do one command, or nothing when a rule forbids it."""
        with suppress(ClientctlError), change(self.path, name, **more) as db:
            yield db

    # -- what is done -------------------------------------------------------------------------

    @rule(awkward=AWKWARD, only=st.sampled_from(["", "email", "phone", "first_name"]))
    def add_client(self, awkward: str, only: str) -> None:
        with self.command("client add") as db:
            values, secrets = self.person(db, awkward)
            kept = {key: value for key, value in values.items() if only in {"", key}}
            self.secrets[clients.add(db, kept, source="hand")] += secrets

    @rule(pick=PICKS, awkward=AWKWARD, emptied=st.sets(st.sampled_from(["first_name", "email", "company"])))
    def edit_client(self, pick: int, awkward: str, emptied: set[str]) -> None:
        with self.command("client edit") as db:
            client = self.client(db, pick)
            values, secrets = self.person(db, awkward)
            self.secrets[client.id] += secrets
            clients.edit(db, client, values | dict.fromkeys(emptied))

    @initialize()
    def begin_with_some_of_everything(self) -> None:
        self.add_client("", "")
        self.add_client("É", "")
        self.add_label("Regulars")
        self.label_clients([0, 1], [0], labels.attach)
        self.add_plan("Yoga")
        self.add_rate(0, "Monthly", Money(4990, "EUR"), Interval(1, "month"), Interval(1, "year"))
        self.add_membership(0, 0, 0, None)
        self.add_note(0, 0, True, "call")
        self.add_task(0, None)
        self.add_address(0)

    @rule(pick=PICKS, back=st.booleans())
    def archive_client(self, pick: int, back: bool) -> None:
        with self.command("client archive") as db:
            (clients.restore if back else clients.archive)(db, self.client(db, pick))

    @rule(name=NAMES)
    def add_label(self, name: str) -> None:
        with self.command("label add") as db:
            labels.add(db, name)

    @rule(pick=PICKS, name=NAMES)
    def rename_label(self, pick: int, name: str) -> None:
        with self.command("label rename") as db:
            labels.rename(db, self.label(db, pick), name)

    @rule(pick=PICKS)
    def remove_label(self, pick: int) -> None:
        with self.command("label remove") as db:
            labels.remove(db, self.label(db, pick))

    @rule(people=SOME_PICKS, picks=SOME_PICKS, how=st.sampled_from([labels.attach, labels.detach, labels.set_exactly]))
    def label_clients(self, people: list[int], picks: list[int], how: Callable[..., object]) -> None:
        with self.command("label attach") as db:
            how(db, list({self.client(db, pick).id for pick in people}), self.distinct_labels(db, picks))

    @rule(name=NAMES)
    def add_plan(self, name: str) -> None:
        with self.command("plan add") as db:
            plans.add(db, name)

    @rule(pick=PICKS, name=NAMES)
    def rename_plan(self, pick: int, name: str) -> None:
        with self.command("plan edit") as db:
            plans.rename(db, self.plan(db, pick), name)

    @rule(pick=PICKS, name=NAMES, price=MONEY, every=INTERVALS, term=INTERVALS)
    def add_rate(self, pick: int, name: str, price: Money, every: Interval | None, term: Interval | None) -> None:
        with self.command("rate add") as db:
            rates.add(db, self.plan(db, pick), name, price, every, term)

    @rule(pick=PICKS, price=MONEY, every=INTERVALS)
    def edit_rate(self, pick: int, price: Money, every: Interval | None) -> None:
        with self.command("rate edit") as db:
            rate = self.rate(db, pick)
            rates.edit(db, rate, rate._replace(price=price, every=every))

    @rule(pick=PICKS, at=PICKS, days=st.integers(-40, 10), term=INTERVALS)
    def add_membership(self, pick: int, at: int, days: int, term: Interval | None) -> None:
        with self.command("membership add") as db:
            start = db.today + timedelta(days=days)
            memberships.add(db, self.client(db, pick), self.rate(db, at), start=start, term=term)

    @rule(pick=PICKS, charge=st.booleans())
    def extend_membership(self, pick: int, charge: bool) -> None:
        with self.command("membership extend") as db:
            memberships.extend(db, self.membership(db, pick), charge=charge)

    @rule(pick=PICKS)
    def cancel_membership(self, pick: int) -> None:
        with self.command("membership cancel") as db:
            membership, reason = self.membership(db, pick), next(self.names)
            memberships.cancel(db, membership, "now", f"moves to {reason}")
            self.secrets[membership.client_id].append(reason)

    @rule(pick=PICKS, at=PICKS, explains=st.booleans(), kind=st.sampled_from(notes.KINDS))
    def add_note(self, pick: int, at: int, explains: bool, kind: str) -> None:
        with self.command("note add") as db:
            text, label = next(self.names), self.label(db, at) if explains else None
            self.secrets[notes.add(db, self.client(db, pick), text, kind, staff.who_acts(db), label).client_id].append(
                text
            )

    @rule(pick=PICKS, gone=st.booleans())
    def edit_note(self, pick: int, gone: bool) -> None:
        with self.command("note edit") as db:
            note, text = notes.find(db, str(self.any_id(db, "notes", pick))), next(self.names)
            notes.remove(db, note) if gone else notes.edit(db, note, note._replace(text=text, label_id=None))
            self.secrets[note.client_id].append(text)

    @rule(pick=PICKS, due=st.none() | st.dates(date(2025, 1, 1), date(2027, 1, 1)))
    def add_task(self, pick: int, due: date | None) -> None:
        with self.command("task add") as db:
            text = next(self.names)
            self.secrets[tasks.add(db, self.client(db, pick), text, staff.who_acts(db), due).client_id].append(text)

    @rule(pick=PICKS, how=st.sampled_from([tasks.finish, tasks.reopen, tasks.remove]))
    def change_task(self, pick: int, how: Callable[..., object]) -> None:
        with self.command("task done") as db:
            how(db, tasks.find(db, str(self.any_id(db, "tasks", pick))))

    @rule(pick=PICKS)
    def add_address(self, pick: int) -> None:
        with self.command("address add") as db:
            name, street = next(self.names), next(self.names)
            made = addresses.add(db, self.client(db, pick), name, {"street": street})
            self.secrets[made.client_id] += [name, street]

    @rule(pick=PICKS, gone=st.booleans())
    def edit_address(self, pick: int, gone: bool) -> None:
        with self.command("address edit") as db:
            address, city = addresses.find(db, str(self.any_id(db, "addresses", pick))), next(self.names)
            addresses.remove(db, address) if gone else addresses.edit(db, address, {"city": city, "street": None})
            self.secrets[address.client_id].append(city)

    @rule(what=st.sampled_from([staff, sites]), name=NAMES, other=NAMES, how=st.sampled_from(["add", "rename"]))
    def name_somebody_or_somewhere(self, what: ModuleType, name: str, other: str, how: str) -> None:
        with self.command("staff edit") as db:
            what.add(db, name) if how == "add" else what.rename(db, what.find(db, name), other)

    @rule(what=st.sampled_from([staff, sites]), name=NAMES, how=st.sampled_from(["archive", "restore"]))
    def archive_somebody_or_somewhere(self, what: ModuleType, name: str, how: str) -> None:
        with self.command("staff archive") as db:
            getattr(what, how)(db, what.find(db, name))

    @rule(key=st.sampled_from(["user", "site"]), name=NAMES)
    def name_in_a_setting(self, key: str, name: str) -> None:
        with self.command("config set") as db:
            options.put(db, key, name)

    @rule(key=st.sampled_from(["currency", "within"]), value=st.sampled_from(["EUR", "CHF", "7", "14"]))
    def put_setting(self, key: str, value: str) -> None:
        with self.command("config set") as db:
            options.put(db, key, value)

    @rule(pick=PICKS)
    def erase_client(self, pick: int) -> None:
        with self.command("client delete", final=True) as db:
            client = self.client(db, pick)
            if client.erased_on:
                raise RefusedError("erased already")
            erase(db, [client.id], db.today.isoformat())
            self.erased += self.secrets[client.id]
            self.last_final = db.command
            self.states = {number: forgotten(state, client.id) for number, state in self.states.items()}

    # -- all at once, unusual, or gone wrong --------------------------------------------------

    @rule(first=PICKS, second=PICKS)
    def swap_labels(self, first: int, second: int) -> None:
        with self.command("swap") as db:
            one, other = self.label(db, first), self.label(db, second)
            db.update("labels", one.id, name_key="\x00between")
            db.update("labels", other.id, name=one.name, name_key=one.name.lower())
            db.update("labels", one.id, name=other.name, name_key=other.name.lower())

    @rule(pick=PICKS)
    def remove_and_add_the_same_label(self, pick: int) -> None:
        with self.command("label again") as db:
            label = self.label(db, pick)
            labels.remove(db, label)
            labels.add(db, label.name)

    @rule(value=st.sampled_from(["1", "2"]), same_row=st.booleans())
    def replace_a_setting(self, value: str, same_row: bool) -> None:
        with self.command("replace") as db:
            row = db.value("SELECT id FROM settings WHERE key = 'within'") if same_row else None
            sql = "INSERT OR REPLACE INTO settings(id, key, value) VALUES (?, 'within', ?)"
            db.connection.execute(sql, (row, value))

    @rule(name=NAMES)
    def change_and_change_back(self, name: str) -> None:
        with self.command("there and back") as db:
            labels.remove(db, labels.add(db, name))
            options.put(db, "within", "3")
            options.unset(db, "within")

    @rule(pick=PICKS)
    def change_nothing(self, pick: int) -> None:
        with self.command("nothing") as db:
            client = self.client(db, pick)
            clients.edit(db, client, {"company": client.company})
            db.update("clients", client.id, company=client.company)

    @rule(awkward=AWKWARD, pick=PICKS)
    def fail_half_way(self, awkward: str, pick: int) -> None:
        with self.command("half") as db:
            clients.add(db, self.person(db, awkward)[0], source="hand")
            labels.remove(db, self.label(db, pick))
            raise RefusedError("half-way")

    @rule(pick=PICKS)
    def take_back_any_command(self, pick: int) -> None:
        """Revert one that others may have built on: refused, or a state that verifies; then not done after all."""
        with self.command("revert", dry_run=True) as db:
            standing = db.rows("SELECT id FROM commands WHERE NOT final AND id < ? ORDER BY id", (db.command,))
            number = self.one([row[0] for row in standing], pick)
            journal.revert(db.connection, journal.entry(db.connection, number), db.command)
            assert list(journal.verify(db.connection)) == []

    @rule(times=st.integers(1, 3))
    def undo(self, times: int) -> None:
        for _ in range(times):
            self.step("undo")

    @rule(times=st.integers(1, 3))
    def redo(self, times: int) -> None:
        for _ in range(times):
            self.step("redo")

    @rule(steps=st.lists(st.sampled_from(["undo", "redo"]), max_size=6))
    def undo_and_redo(self, steps: list[str]) -> None:
        for name in steps:
            self.step(name)

    # -- what must hold -----------------------------------------------------------------------

    @invariant()
    def is_whole(self) -> None:
        with look(self.path) as db:
            assert verify.verify(db.connection) == []
            logs = " UNION ".join(f"SELECT command_id FROM {table.log}" for table in TABLES.values())
            assert db.rows(f"SELECT id, name FROM commands WHERE id NOT IN ({logs})") == []
            number, state = db.value("SELECT max(id) FROM commands"), dump(db)
        assert self.states.setdefault(number, state) == state
        assert holds(self.path, *self.erased) == []

    def check_time_travel(self) -> None:
        for number in list(self.states)[:: max(1, len(self.states) // 5)]:
            with as_of(self.path, number) as db:
                assert dump(db) == self.states[number], number

    def check_undo_and_redo(self) -> None:
        states = [dumped(self.path)]
        while self.step("undo"):
            states.append(dumped(self.path))
        assert states[-1] == self.states[self.last_final]
        for state in states[-2::-1]:
            assert self.step("redo")
            assert dumped(self.path) == state
        self.is_whole()

    def step(self, name: str) -> bool:
        try:
            with change(self.path, name) as db:
                getattr(history, name)(db)
        except RefusedError as error:
            if not error.message.startswith(f"nothing to {name}"):
                raise
            return False
        return True

    # -- somebody, something ------------------------------------------------------------------

    def person(self, db: Reader, awkward: str) -> tuple[dict[str, str | None], list[str]]:
        first, last, email, company = (next(self.names) for _ in range(4))
        typed = {"first_name": awkward + first, "last_name": last + awkward, "company": company}
        values, _ = clients.normalised(db, typed | {"email": f"{email}@example.com", "phone": "06 12 34 56 78"})
        return values, [part for name in (first, last, email, company) for part in (name, name.lower())]

    def client(self, db: Reader, pick: int) -> Client:
        return clients.get(db, self.any_id(db, "clients", pick))

    def label(self, db: Reader, pick: int) -> Label:
        return labels.get(db, self.any_id(db, "labels", pick))

    def distinct_labels(self, db: Reader, picks: list[int]) -> list[Label]:
        return list(dict.fromkeys(self.label(db, pick) for pick in picks))

    def plan(self, db: Reader, pick: int) -> plans.Plan:
        return plans.find(db, db.value("SELECT name FROM plans WHERE id = ?", (self.any_id(db, "plans", pick),)))

    def rate(self, db: Reader, pick: int) -> rates.Rate:
        sql = "SELECT p.name || '/' || r.name FROM rates r JOIN plans p ON p.id = r.plan_id WHERE r.id = ?"
        return rates.find(db, db.value(sql, (self.any_id(db, "rates", pick),)))

    def membership(self, db: Reader, pick: int) -> memberships.Membership:
        return memberships.find(db, str(self.any_id(db, "memberships", pick)))

    def any_id(self, db: Reader, table: str, pick: int) -> int:
        return self.one([row[0] for row in db.rows(f"SELECT id FROM {table} ORDER BY id")], pick)

    @staticmethod
    def one(ids: Sequence[int], pick: int) -> int:
        if not ids:
            raise RefusedError("none there")
        return ids[pick % len(ids)]


def forgotten(state: Dump, client_id: int) -> Dump:
    """Take from the tables what goes with a person, as the journal shows the past once that person is erased."""
    return {
        name: [row for row in (blanked(TABLES[name], row, client_id) for row in rows) if row]
        for name, rows in state.items()
    }


def blanked(table: Table, row: Row, client_id: int) -> Row | None:
    if table.client is None or row[table.client] != client_id:
        return row
    return None if table.goes else row | dict.fromkeys(table.personal)


def test_every_state_can_be_shown_and_every_command_taken_back(book: Path) -> None:
    Book.blank = book
    run_state_machine_as_test(
        Book,
        settings=settings(
            max_examples=MORE or 12,
            stateful_step_count=40,
            derandomize=not MORE,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
