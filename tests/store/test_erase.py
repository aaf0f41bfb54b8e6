"""Who is erased is gone: from the rows, from the journal, from the bytes; the books stay."""

import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from looking import as_of, change, dump, dump_file, last_command, list_contained, look, open_raw

from clientctl.base.money import Money
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import endings, enrolment
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.offers import plans, rates
from clientctl.errors import StorageError
from clientctl.store import Writer, opening
from clientctl.store.catalog import TABLES
from clientctl.store.erase import erase

DAY = "2026-03-01"


def person(number: int) -> dict[str, str]:
    """Return a client of whom every text is nowhere else."""
    return {
        "first_name": f"Zqf{number:05}é",
        "last_name": f"Wxl{number:05}",
        "email": f"Kve{number:05}@{'x' * (number % 40)}example.com",
        "phone": f"+3361{(number * 7919 + 1_000_003) % 10_000_000:07}",
        "company": f"Jkc{number:05}",
        "position": f"Qjp{number:05}",
        "language": f"Xl{number:05}",
        "birthday_on": f"19{number % 100:02}-02-0{number % 9 + 1}",
    }


def traces(values: dict[str, str]) -> list[str]:
    """Return what could be found of a client: each text as it was typed and as it is looked up."""
    phone = values["phone"].removeprefix("+")
    texts = [value for column, value in values.items() if column not in {"birthday_on", "phone"}]
    folded = [value.lower().replace("é", "e") for value in texts]
    return [*texts, *folded, phone, phone[:1:-1], *(text.split("@")[0] for text in texts)]


def buy(db: Writer, client_id: int, reason: str) -> None:
    plan = plans.add(db, "Yoga")
    rate = rates.add(db, plan, "Once", Money(100, "EUR"), None)
    membership = enrolment.add(db, clients.get(db, client_id), rate, MembershipTerms(db.today))
    endings.cancel(db, membership, "now", reason)


def test_a_person_goes_and_the_books_stay(book: Path) -> None:
    values = person(1)
    with change(book) as db:
        clients.add(db, values, source="hand")
        clients.add(db, person(2), source="hand")
        labels.attach(db, [1, 2], [labels.add(db, "Regulars")])
        buy(db, 1, "moves to Zanzibar")
    before = dump_file(book)
    assert len(list_contained(book, *traces(values), "Zanzibar")) > 10
    with change(book, "client delete", final=True) as db:
        erase(db, [1], DAY)
    after = dump_file(book)
    blank = dict.fromkeys(TABLES["clients"].personal)
    assert after["clients"] == [before["clients"][0] | blank | {"erased_on": DAY}, before["clients"][1]]
    assert after["client_labels"] == [row for row in before["client_labels"] if row["client_id"] == 2]
    assert after["memberships"] == [before["memberships"][0] | {"cancel_reason": None}]
    for table in ("labels", "plans", "rates", "staff", "settings"):
        assert after[table] == before[table]
    assert list_contained(book, *traces(values), "Zanzibar") == []
    with look(book) as db:
        assert clients.get(db, 1).name == "Anonymous #1"
    with as_of(book, 2) as db:
        past = dump(db)
    assert past["clients"] == [before["clients"][0] | blank, before["clients"][1]]
    assert past["memberships"] == after["memberships"]
    assert past["client_labels"] == after["client_labels"]


def test_nothing_is_left_in_the_bytes_among_many_who_changed_often(book: Path) -> None:
    """Pages were split, merged and reused by then: what is left behind in their gaps must go too."""
    chance = random.Random(1)
    known: dict[int, list[str]] = {}
    for start in range(0, 1_200, 300):
        with change(book) as db:
            for number in range(start, start + 300):
                client_id = clients.add(db, person(number), source="hand")
                known[client_id] = traces(person(number))
    for start in range(2_000, 2_300, 50):
        with change(book) as db:
            for number in range(start, start + 50):
                client = clients.get(db, chance.choice(list(known)))
                clients.edit(db, client, person(number))
                known[client.id] += traces(person(number))
    gone = chance.sample(sorted(known), 40)
    for client_id in gone[:20]:
        with change(book, "client delete", final=True) as db:
            erase(db, [client_id], DAY)
    with change(book, "client delete", final=True) as db:
        for client_id in gone[20:]:
            erase(db, [client_id], DAY)
    left = {client_id: list_contained(book, *known[client_id]) for client_id in gone}
    assert {client_id: texts for client_id, texts in left.items() if texts} == {}
    stay = next(client_id for client_id in known if client_id not in gone)
    assert list_contained(book, known[stay][0]) == [known[stay][0]]
    assert last_command(book) == 1 + 4 + 6 + 21


class ReadAfterCommit:
    """Begin to read when the commit is done, and go on."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)

    @contextmanager
    def __call__(self, _number: int) -> Iterator[None]:
        yield
        self.connection.execute("BEGIN")
        self.connection.execute("SELECT * FROM clients").fetchall()


def test_it_is_said_when_the_file_can_not_be_written_anew(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with change(book) as db:
        clients.add(db, person(1), source="hand")
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0.02)
    reader = ReadAfterCommit(book)
    told = r"^#3 was done, but .*clients\.db could not be rewritten \(database is locked\): bytes of removed data"
    deleting = change(book, "client delete", final=True, committing=reader)
    with closing(reader.connection), pytest.raises(StorageError, match=told), deleting as db:
        erase(db, [1], DAY)
    with look(book) as db:
        assert clients.get(db, 1).name == "Anonymous #1"


@contextmanager
def die_after_commit(_number: int) -> Iterator[None]:
    yield
    os.kill(os.getpid(), signal.SIGKILL)


def test_killed_before_the_file_is_written_anew_the_next_change_does_it(book: Path) -> None:
    with change(book) as db:
        for number in range(60):
            clients.add(db, person(number), source="hand")
    for again in range(3):  # so that rows grow, and move to other pages
        with change(book) as db:
            for number in range(1, 61):
                longer = person(number - 1)["company"] + "y" * 300 * again
                clients.edit(db, clients.get(db, number), {"company": longer})
    child = os.fork()
    if not child:
        with change(book, "client delete", final=True, committing=die_after_commit) as db:
            erase(db, range(1, 61, 2), DAY)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    gone = [text for number in range(0, 60, 2) for text in traces(person(number))]
    assert list_contained(book, *gone) != []
    with change(book, dry_run=True):
        assert list_contained(book, *gone) != []
    with change(book) as db:
        assert list_contained(book, *gone) == []
    assert not book.with_name("clients.db.leftovers").exists()


def test_no_other_command_writes_the_whole_file_anew(book: Path) -> None:
    with change(book) as db:
        for number in range(100):
            clients.add(db, person(number), source="hand")
    with change(book) as db:
        for number in range(1, 101):
            db.delete("clients", number)
    with open_raw(book) as connection:
        assert connection.execute("PRAGMA freelist_count").fetchone() > (0,)
