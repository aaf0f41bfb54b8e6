"""Any sequence of commands: the journal has every state, and undo returns to each."""

import itertools
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import heavy
import inprocess
import pytest
from hypothesis import HealthCheck, Phase, find, note, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from looking import Dump, as_of, change, dump, files, list_contained, look
from memory import Memory
from PIL import Image
from sequences import LINES, NAME, NOT_HERE, PHONE, START, WORD, Drawn, File, New, Some, drawn

from clientctl.cli.framework.commands import Command
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.labels import Label
from clientctl.domain.practice import settings as options
from clientctl.errors import ClientctlError, RefusedError
from clientctl.store import Reader, Writer, attachments, undoing, verify
from clientctl.store.catalog import TABLES

EXPECTED = {0, 2, 3, 4, 5, 7}
"""The statuses of what is done or rightly refused: no fault, and no file that can't be used."""

SETTINGS = settings(
    max_examples=heavy.times(4, 40),
    stateful_step_count=50,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
"""A sequence takes seconds: one that fails is shown as it is typed, not looked at a thousand times to shorten it."""


def swap_labels(db: Writer, pick: int, _name: str) -> None:
    one, other = any_label(db, pick), any_label(db, pick + 1)
    db.update("labels", one.id, name_key="\x00between")
    db.update("labels", other.id, name=one.name, name_key=one.name.lower())
    db.update("labels", one.id, name=other.name, name_key=other.name.lower())


def remove_and_add_the_same_label(db: Writer, pick: int, _name: str) -> None:
    label = any_label(db, pick)
    labels.remove(db, label)
    labels.add(db, label.name)


def replace_a_setting(db: Writer, pick: int, _name: str) -> None:
    row = db.value("SELECT id FROM settings WHERE key = 'within'") if pick % 2 else None
    sql = "INSERT OR REPLACE INTO settings(id, key, value) VALUES (?, 'within', ?)"
    db.connection.execute(sql, (row, str(pick)))


def change_and_change_back(db: Writer, _pick: int, name: str) -> None:
    labels.remove(db, labels.add(db, name))
    options.put(db, "within", "3")
    options.unset(db, "within")


def fail_half_way(db: Writer, pick: int, _name: str) -> None:
    clients.add(db, {"first_name": "Half"}, source="hand")
    labels.remove(db, any_label(db, pick))
    raise RefusedError("half-way")


def take_back_any_command(db: Writer, pick: int, _name: str) -> None:
    """Revert one that others may have built on: refused, or a state that verifies; then not done after all."""
    standing = db.rows("SELECT id FROM commands WHERE NOT final AND id < ? ORDER BY id", (db.command,))
    if standing:
        number = standing[pick % len(standing)][0]
        undoing.revert(db.connection, undoing.find_entry(db.connection, number), db.command)
        db.flush()
        assert list(verify.check_rows(db.connection)) == []


def any_label(db: Reader, pick: int) -> Label:
    ids = db.rows("SELECT id FROM labels WHERE kind = 'custom' ORDER BY id")
    if not ids:
        raise RefusedError("none there")
    return labels.get(db, ids[pick % len(ids)][0])


UNUSUAL: dict[str, Callable[[Writer, int, str], None]] = {
    "swap": swap_labels,
    "label again": remove_and_add_the_same_label,
    "replace": replace_a_setting,
    "there and back": change_and_change_back,
    "half": fail_half_way,
    "revert": take_back_any_command,
}
"""What no command does: all at once, unusual, or gone wrong."""


def typed(name: str) -> Callable[..., None]:
    """Return the rule that runs one command, sometimes as a dry run."""

    def run(self: "Book", words: Drawn, rehearsed: bool) -> None:
        self.do(name, words, rehearsed=rehearsed)

    run.__name__ = re.sub(r"\W", "_", name)
    return rule(words=drawn(LINES[name]), rehearsed=st.sampled_from([False, False, True]))(run)


Typed = type("Typed", (RuleBasedStateMachine,), {name: typed(name) for name in LINES})


class Book(Typed):
    """One database, the tables as they were after each command, and everything that was erased."""

    start: Path
    """A database on which START was typed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=self.start.parent.parent)
        self.path = Path(self.folder.name) / "book" / "clients.db"
        self.given = Path(self.folder.name) / "given"
        shutil.copytree(self.start.parent, self.path.parent)
        self.given.mkdir()
        self.numbers = itertools.count(1)
        self.past: list[Dump] = []
        """What each further ``undo`` must bring back, the next one last."""
        self.future: list[Dump] = []
        """Likewise ``redo``."""
        self.states: dict[int, Dump] = {}
        """The tables after each command, by its number, as time travel must show them."""
        self.memory = Memory(self.path)
        self.number, _, self.state = self.seen()
        self.states[self.number] = self.state
        self.memory.learn(self.state)
        self.looked_at = 0
        """The command after which everything was looked at last."""

    def teardown(self) -> None:
        try:
            for name in ("undo", "redo"):
                while self.step(name):
                    pass
                self.is_whole()
            self.check_time_travel()
        finally:
            self.folder.cleanup()

    # -- what is done -------------------------------------------------------------------------

    def do(self, name: str, words: Drawn, *, rehearsed: bool = False) -> None:
        """Run a command, and check that it did everything or nothing."""
        line = [*name.split(), *self.spelled(words), "--yes"]
        rehearsal = self.run(*line, "--dry-run") if rehearsed else None
        done = self.run(*line)
        assert rehearsal is None or rehearsal.status == done.status, (line, rehearsal, done)
        self.settle(name)

    def run(self, *line: str) -> inprocess.Result:
        """Run a command: one that is refused, or a dry run, leaves every file as it was."""
        self.files = files(self.path.parent)
        done = inprocess.run(*line, db=self.path)
        note(f"#{self.number} {shlex.join(line)} -> {done.status} {done.error or ''}")
        assert done.status in EXPECTED, (line, done)
        assert "--help`" not in str(done.error), (line, done)
        if done.status or "--dry-run" in line:
            assert files(self.path.parent) == self.files, (line, done)
        return done

    @rule(name=st.sampled_from(["undo", "redo"]), times=st.integers(1, 4))
    def undo_or_redo(self, name: str, times: int) -> None:
        for _ in range(times):
            self.step(name)

    @rule(names=st.lists(st.sampled_from(["undo", "redo"]), max_size=6))
    def undo_and_redo(self, names: list[str]) -> None:
        for name in names:
            self.step(name)

    @rule(
        merged=drawn(LINES["client merge"]),
        edited=drawn(LINES["client edit"]),
        written=drawn(LINES["note edit"]),
        parted=st.integers(0, 3),
        pick=st.integers(0, 1),
    )
    def merge_and_delete(self, merged: Drawn, edited: Drawn, written: Drawn, parted: int, pick: int) -> None:
        """Delete one of some who are one person, or were for a while."""
        self.do("client merge", merged)
        self.do("client edit", edited)
        self.do("note edit", written)
        for _ in range(parted):
            self.step("undo")
        self.do("client delete", merged[0][pick])

    def step(self, name: str) -> bool:
        """Undo or redo a command, and check that every table is as it was, to the last cell."""
        there, back = (self.past, self.future) if name == "undo" else (self.future, self.past)
        done = self.run(name)
        assert done.status == (0 if there else 5), done
        if there:
            back.append(self.state)
            self.settle(name)
            assert self.state == there.pop()
        return done.status == 0

    def settle(self, name: str) -> None:
        """Take up what a command has left: nothing, or one entry in the journal and a state that is whole."""
        if files(self.path.parent) == self.files:
            return
        before, (number, made_by, state) = self.state, self.seen()
        assert (number, made_by) == (self.number + 1, name)
        if name not in {"undo", "redo"}:
            self.past.append(before)
            self.future.clear()
        self.number, self.state = number, state
        self.memory.learn(state)
        if erased := anonymous(state) - anonymous(before):
            self.past.clear()
            self.states = self.memory.forget(erased, self.states)
        self.states[number] = state

    def seen(self) -> tuple[int, str, Dump]:
        """Return the last command's number and name, and the tables."""
        with look(self.path) as db:
            return *db.row("SELECT id, name FROM commands ORDER BY id DESC"), dump(db)

    @invariant()
    def is_whole(self) -> None:
        """Check that each row and file agrees with the journal, and that no other file and no erased data is there."""
        if self.looked_at == self.number:
            return
        self.looked_at = self.number
        with look(self.path) as db:
            assert verify.verify(db.connection) == []
            assert list(attachments.find_problems(db.connection, self.path)) == []
            assert attachments.named_digests(db.connection) == attachments.list_digests(self.path)
            logs = " UNION ".join(f"SELECT command_id FROM {table.log}" for table in TABLES.values())
            assert db.rows(f"SELECT id, name FROM commands WHERE id NOT IN ({logs})") == []
        assert list_contained(self.path, *self.memory.texts) == []

    def check_time_travel(self) -> None:
        numbers = [*list(self.states)[:: max(1, len(self.states) // 4)], self.number]
        for number in numbers:
            with as_of(self.path, number) as db:
                assert self.memory.blurred(number, dump(db)) == self.memory.blurred(number, self.states[number])

    # -- all at once, unusual, or gone wrong --------------------------------------------------

    @rule(what=st.sampled_from(sorted(UNUSUAL)), pick=st.integers(0, 1_000), name=NAME)
    def do_what_no_command_does(self, what: str, pick: int, name: str) -> None:
        self.files = files(self.path.parent)
        with suppress(ClientctlError), change(self.path, what, dry_run=what == "revert") as db:
            UNUSUAL[what](db, pick, name)
        self.settle(what)

    # -- words ----------------------------------------------------------------------------------

    def spelled(self, words: Drawn) -> list[str]:
        """Spell out what is typed: rows by what tells them, new texts, files, which are made."""
        match words:
            case None:
                return []
            case str():
                return [words]
            case Some():
                rows = [row for row in self.state[words.table] if row[words.having]] or self.state[words.table]
                return [words.form.format(rows[words.number % len(rows)][words.column] if rows else "none")]
            case New():
                return [self.new(words.form)]
            case File():
                return [str(self.file(words.name))]
        typed = [self.spelled(word) for word in words]
        if len(words) == 2 and isinstance(words[0], str) and words[0].endswith("="):
            return ["".join(itertools.chain(*typed))]
        return list(itertools.chain(*typed))

    def new(self, form: str) -> str:
        number = next(self.numbers)
        return form.format(number if form == PHONE else WORD.format(number))

    def file(self, name: str) -> Path:
        path = self.given / self.new(name)
        if path.suffix == ".png":
            number = next(self.numbers)
            Image.new("RGB", (1 + number % 100, 1 + number // 100)).save(path)
        else:
            made = {".csv": self.sheet, ".vcf": self.card}.get(path.suffix)
            path.write_bytes(made() if made else path.stem.encode())
        return path

    def card(self) -> bytes:
        """Write the vCard of somebody new, with more values than there are fields for."""
        values = ("N:{};É", "EMAIL:{}@example.com", "NOTE:Says {}", "X-SKYPE:{}", "CATEGORIES:Friends", "ADR:;;;{};;;")
        lines = ["BEGIN:VCARD", "VERSION:3.0", *map(self.new, values), "END:VCARD", ""]
        return "\r\n".join(lines).encode()

    def sheet(self) -> bytes:
        """Write a sheet with somebody new, and more about an existing client."""
        known = next((row for row in self.state["clients"] if row["email"] and not row["archived_on"]), {})
        old = [known.get(column) or "" for column in ("first_name", "last_name", "email")]
        lines = [
            ["First name", "Last name", "E-mail", "Company"],
            [self.new(form) for form in ("{}", "É{}", "{}@example.com", "{}")],
            [*old, self.new("{}")],
        ]
        return "\n".join(";".join(line) for line in lines[: 3 if any(old) else 2]).encode()


def anonymous(state: Dump) -> set[object]:
    return {row["id"] for row in state["clients"] if row["erased_on"]}


@pytest.fixture
def start(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run START on a database in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "first.txt").write_text("Zq900012Xw")
    (tmp_path / "first.csv").write_text("First name;Dog\nZq900021Xw;Rex\n")
    Image.new("RGB", (9, 9), "red").save(tmp_path / "first.png")
    place = tmp_path / "start" / book.name
    place.parent.mkdir()
    shutil.copy(book, place)
    inprocess.fill(place, *START)
    Book.start = place
    return place


@pytest.mark.heavy
def test_every_state_can_be_shown_and_every_command_taken_back(start: Path) -> None:
    run_state_machine_as_test(Book, settings=SETTINGS)


def test_whatever_is_typed_at_random_can_be_done(start: Path) -> None:
    made = Book()

    def is_done(name: str) -> bool:
        def can_be(words: Drawn) -> bool:
            return made.run(*name.split(), *made.spelled(words), "--yes", "--dry-run").status == 0

        with suppress(NoSuchExample):
            find(drawn(LINES[name]), can_be, settings=settings(SETTINGS, max_examples=400))
            return True
        return False

    try:
        assert [name for name in LINES if not is_done(name)] == []
    finally:
        made.folder.cleanup()


def test_every_command_that_changes_something_is_typed() -> None:
    changing = {
        name for name in inprocess.list_commands(Command) if "--dry-run" in inprocess.run(*name.split(), "--help").out
    }
    assert changing == {*LINES, *NOT_HERE}
