"""Eight programs that pay, take back and use the same credit at once double nothing."""

import subprocess
from collections import Counter
from pathlib import Path

import pytest
from program import PROGRAM, environment

from clientctl.domain import book as opened

TODAY = "2026-03-01"
AT_ONCE = 8


@pytest.fixture
def at_once(book: Path):
    """Run one command eight times at once; count what became of them by exit status."""

    def run(*arguments: str) -> Counter[int]:
        env = environment(CLIENTCTL_DB=str(book), CLIENTCTL_TODAY=TODAY)
        running = [
            subprocess.Popen([*PROGRAM, *arguments], env=env, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for _ in range(AT_ONCE)
        ]
        return Counter(each.wait(60) for each in running)

    return run


def facts(book: Path) -> tuple[object, ...]:
    """Give the sums on the charge, the entries, what is left of credits, whether all allocations are on the charge."""
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
