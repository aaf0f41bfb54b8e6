"""Programs that bill, pay, take back and use the same credit at once, or are killed, double nothing."""

import shutil
import signal
import subprocess
from collections import Counter
from pathlib import Path

import heavy
import pytest
from looking import damage
from program import PATIENCE, PROGRAM, environment, wait

from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import enrolment
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.offers import rates
from clientctl.domain.session import opened

TODAY = "2026-03-01"
AT_ONCE = heavy.times(4, 8)

pytestmark = pytest.mark.heavy


@pytest.fixture
def at_once(book: Path):
    """Run one command several times at once; count what became of them by exit status."""

    def run(*arguments: str) -> Counter[int]:
        env = environment(CLIENTCTL_DB=str(book), CLIENTCTL_TODAY=TODAY)
        running = [
            subprocess.Popen([*PROGRAM, *arguments], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(AT_ONCE)
        ]
        return Counter(each.wait(PATIENCE) for each in running)

    return run


def facts(book: Path) -> tuple[object, ...]:
    """Return the sums on the charge, the entries, what is left of credits, whether allocations are on the charge."""
    with opened.reading(book, today=TODAY) as db:
        return (
            db.row("SELECT left_minor, paid_minor, credit_minor FROM charges"),
            [kind for (kind,) in db.rows("SELECT kind FROM payments ORDER BY id")],
            [left for (left,) in db.rows("SELECT left_over FROM credits ORDER BY id")],
            db.value("SELECT coalesce(sum(amount_minor), 0) FROM allocations"),
        )


def test_what_is_done_at_once_is_done_once(book, run, at_once):
    for line in (
        ("client", "add", "--first", "Ana"),
        ("charge", "add", "--client", "1", "--amount", "20", "--for", "Lost key"),
        ("credit", "issue", "1", "--amount", "15"),
    ):
        assert run(*line).returncode == 0
    assert at_once("payment", "record", "C-1", "--type", "cash") == {0: 1, 5: AT_ONCE - 1}
    assert facts(book) == ((0, 2000, 0), ["received"], [1500], 2000)
    assert at_once("payment", "void", "P-1", "--yes") == {0: 1, 5: AT_ONCE - 1}
    assert facts(book) == ((2000, 0, 0), ["received", "voided"], [1500], 0)
    assert at_once("credit", "use", "1", "--charge", "C-1", "--amount", "5") == {0: 3, 5: AT_ONCE - 3}
    assert facts(book) == ((500, 0, 1500), ["received", "voided"], [0], 1500)


@pytest.fixture
def members(book, run):
    """Enrol twenty clients at 40 a month, from the same day on."""
    assert run("plan", "add", "Yoga").returncode == 0
    assert run("rate", "add", "Yoga", "Monthly", "--price", "40").returncode == 0
    with opened.writing(book, "membership add", today=TODAY) as db:
        rate = rates.find(db, "Yoga/Monthly")
        for number in range(20):
            client = clients.get(db, clients.add(db, {"first_name": f"Client {number}"}, source="hand"))
            enrolment.add(db, client, rate, MembershipTerms(db.today))
    return book


def billed(book: Path) -> list[tuple[object, ...]]:
    with opened.reading(book, today=TODAY) as db:
        return db.rows("SELECT membership_id, starts_on, amount_minor, paid_minor FROM charges ORDER BY 1, 2")


def test_billing_and_paying_at_once_bill_and_pay_once(members):
    env = environment(CLIENTCTL_DB=str(members), CLIENTCTL_TODAY="2026-06-01")
    pay = [("payment", "record", f"M-{number}", "--type", "cash") for number in range(1, 5)]
    lines = [line for one in pay for line in (("billing", "run"), one)]
    running = [subprocess.Popen([*PROGRAM, *line], env=env, stderr=subprocess.DEVNULL) for line in lines]
    assert {each.wait(PATIENCE) for each in running} == {0}
    days = ["2026-03-01", "2026-04-01", "2026-05-01", "2026-06-01"]
    assert billed(members) == [
        (number, day, 4000, 4000 if number < 5 else 0) for number in range(1, 21) for day in days
    ]
    with opened.reading(members, today=TODAY) as db:
        assert db.rows("SELECT amount_minor FROM payments") == [(16_000,)] * 4
    assert damage(members) == []


def kill_when_writing(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Kill a program once it begins to write to the database."""
    wait(lambda: path.with_name(f"{path.name}-journal").exists() or process.poll() is not None)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE)


def test_billing_that_was_killed_is_done_again_and_once(members, tmp_path):
    days = 24
    for attempt in range(5):
        path = tmp_path / f"{attempt}" / "clients.db"
        path.parent.mkdir()
        shutil.copy(members, path)
        env = environment(CLIENTCTL_DB=str(path), CLIENTCTL_TODAY="2028-02-28")
        kill_when_writing(path, subprocess.Popen([*PROGRAM, "billing", "run"], env=env, stderr=subprocess.DEVNULL))
        assert len(billed(path)) in {20, 20 * days}
        assert subprocess.run([*PROGRAM, "billing", "run"], env=env, capture_output=True, check=False).returncode == 0
        assert len(billed(path)) == len({row[:2] for row in billed(path)}) == 20 * days
        assert damage(path) == []
