"""A small practice, to try commands on: four clients, two plans, a membership of every status there is."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import inprocess
import pytest
from conftest import NOW, OWNER, TODAY, damage

from clientctl.domain import book as opened

Do = Callable[..., inprocess.Done]


def _enrol(words: str) -> tuple[str, ...]:
    """Write an enrolment of which all that was due before is settled."""
    return ("membership", "add", *words.split(), "--settled")


PRACTICE = (
    ("plan", "add", "Yoga"),
    ("rate", "add", "Yoga", "Monthly", "--price", "49.90", "--every", "1m"),
    ("rate", "add", "Yoga", "Yearly", "--price", "499", "--every", "1y", "--for", "1y"),
    ("plan", "add", "Pilates"),
    ("rate", "add", "Pilates", "Weekly", "--price", "15 CHF", "--every", "1w"),
    ("label", "add", "VIP", "Family"),
    ("client", "add", "--first", "Zoé", "--last", "Müller", "--email", "zoe@example.com", "--label", "VIP"),
    ("client", "add", "--first", "Ana", "--last", "Dubois", "--phone", "+33 1 99 00 12 34", "--since", "2020-05-01"),
    ("client", "add", "--first", "Łukasz", "--last", "Müller", "--email", "Lu@example.org", "--birthday", "1990-02-28"),
    ("client", "add", "--email", "nameless@example.net"),
    ("client", "add", "--first", "Old", "--last", "Friend"),
    ("client", "archive", "5"),
    _enrol("--client 1 --plan Yoga/Monthly --start 2025-03-02 --until 2026-03-05"),
    _enrol("--client 2 --plan Yoga/Yearly --start 2026-01-15"),
    _enrol("--client 2 --plan Pilates --start 2024-01-31 --until 2025-01-30"),
    _enrol("--client 3 --plan Pilates --start 2026-04-01"),
    _enrol("--client 4 --plan Yoga/Monthly --start 2026-02-10"),
    ("membership", "cancel", "M-5", "--now", "--reason", "moves away"),
    ("config", "set", "within", "10"),
    ("client", "edit", "1", "--company", "Studio Müller"),
    ("undo",),
)
"""Today is 2026-03-01: M-1 ends in four days, M-2 is active, M-3 expired, M-4 upcoming, M-5 cancelled."""


@pytest.fixture(scope="session")
def _practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("practice") / "clients.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTCTL_NOW", NOW)
        patch.setenv("CLIENTCTL_TODAY", TODAY)
        opened.initialise(path, OWNER, {})
        inprocess.fill(path, *PRACTICE)
    return path


@pytest.fixture
def practice(_practice: Path, tmp_path: Path) -> Iterator[Path]:
    """Give the path of a copy of the practice, where `run` works too; it is verified after the test."""
    path = tmp_path / "clients.db"
    shutil.copy(_practice, path)
    yield path
    assert damage(path) == []


@pytest.fixture
def do(practice: Path) -> Do:
    """Give ``do(*arguments, stdin="")``, which runs one command on the practice, in this process."""

    def run(*arguments: str | Path, stdin: str | bytes = "") -> inprocess.Done:
        return inprocess.run(*arguments, db=practice, stdin=stdin)

    return run


@pytest.fixture
def copies(practice: Path) -> Callable[[], Do]:
    """Give a function that makes a further copy of the practice to run commands on."""
    numbers = itertools.count(1)

    def copy() -> Do:
        path = practice.with_name(f"copy-{next(numbers)}.db")
        shutil.copy(practice, path)
        return lambda *arguments, stdin="": inprocess.run(*arguments, db=path, stdin=stdin)

    return copy
