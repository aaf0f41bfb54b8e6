"""A small practice for tests of commands: four clients, two plans, a membership of every status."""

import functools
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import inprocess
import pytest
from looking import verify
from today import NOW, OWNER, TODAY

from clientctl.domain.session import opened
from clientctl.store import attachments

Do = Callable[..., inprocess.Result]
Lines = tuple[tuple[str, ...], ...]


def _enrol(words: str) -> tuple[str, ...]:
    """Return the words of an enrolment with everything due before today settled."""
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
    with _today():
        opened.initialize(path, OWNER, {})
        inprocess.fill(path, *PRACTICE)
    return path


@contextmanager
def _today() -> Iterator[None]:
    """Set the clock: fixtures of a wider scope than a test are set up before the test's own clock is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTCTL_NOW", NOW)
        patch.setenv("CLIENTCTL_TODAY", TODAY)
        yield


@pytest.fixture(scope="session")
def _grown(_practice: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Lines], Path]:
    """Return a function that returns the practice after further commands, which are run only once."""

    @functools.cache
    def grown(lines: Lines) -> Path:
        path = tmp_path_factory.mktemp("grown") / _practice.name
        copy_book(_practice, path)
        with _today():
            inprocess.fill(path, *lines)
        return path

    return grown


@pytest.fixture
def before() -> Lines:
    """Return the commands to run on the practice before a test; test files may override it."""
    return ()


@pytest.fixture
def practice(_grown: Callable[[Lines], Path], before: Lines, tmp_path: Path) -> Iterator[Path]:
    """Yield the path of a copy of the practice, on which `run` works too; verify it after the test."""
    path = tmp_path / "clients.db"
    copy_book(_grown(before), path)
    yield path
    verify(path)


def copy_book(source: Path, target: Path) -> None:
    """Copy a database, and its documents and pictures if there are any."""
    shutil.copy(source, target)
    if attachments.folder_of(source).exists():
        shutil.copytree(attachments.folder_of(source), attachments.folder_of(target))


@pytest.fixture
def do(practice: Path) -> Do:
    """Return ``do(*arguments, stdin="")``, which runs one command on the practice, in this process."""

    def run(*arguments: str | Path, stdin: str | bytes = "") -> inprocess.Result:
        return inprocess.run(*arguments, db=practice, stdin=stdin)

    return run


@pytest.fixture
def copies(practice: Path) -> Callable[[], Do]:
    """Return a function that makes another copy of the practice to run commands on."""
    numbers = itertools.count(1)

    def copy() -> Do:
        folder = practice.parent / f"copy-{next(numbers)}"  # or each would be reported as a backup of the others
        folder.mkdir()
        path = folder / practice.name
        copy_book(practice, path)
        return lambda *arguments, stdin="": inprocess.run(*arguments, db=path, stdin=stdin)

    return copy
