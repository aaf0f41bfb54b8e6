"""Kill, interrupt, terminate and hang up on an import at any moment: all of it is there or nothing, and that is said.

The moments are spread over the work from the first page written, which the rollback journal beside the
database shows, to the end.
"""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import heavy
import pytest
from looking import damage, dump_file
from program import PATIENCE, PROGRAM, cpu_seconds, environment, wait
from today import TODAY

ROWS = heavy.times(1_000, 4_000)
MOMENTS = heavy.times(4, 10)

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def sheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sheets") / "members.csv"
    lines = [
        f"Ana{n};Müller;ana{n}@example.com;06 12 34 {n // 100:02} {n % 100:02};Yoga;Mensuel;49,90;31/01/2025"
        for n in range(ROWS)
    ]
    path.write_text("\n".join(["Prénom;Nom;E-mail;Téléphone;Formule;Tarif;Prix;Début", *lines]), "utf-8")
    return path


def start(book: Path, sheet: Path) -> subprocess.Popen[str]:
    """Start an import; return when it has begun to write."""
    process = subprocess.Popen(
        [*PROGRAM, "import", "csv", os.fspath(sheet)],
        env=environment(CLIENTCTL_DB=os.fspath(book), CLIENTCTL_TODAY=TODAY),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    journal = book.with_name(f"{book.name}-journal")
    wait(lambda: journal.exists() or process.poll() is not None)
    return process


def send(process: subprocess.Popen[str], number: int, after: float) -> tuple[int, str, str]:
    """Send a signal when it has worked so many seconds more; return the exit status and what was written."""
    at = cpu_seconds(process) + after
    wait(lambda: process.poll() is not None or cpu_seconds(process) >= at)
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def duration(book: Path, sheet: Path) -> float:
    """Measure how long an import works from the first page written to its end, in seconds."""
    with start(copy(book, "measured"), sheet) as process:
        began = cpu_seconds(process)
        process.stdout.read()  # to its end, which is that of the program
        lasts = cpu_seconds(process) - began
    assert process.returncode == 0
    return lasts


def copy(book: Path, name: str) -> Path:
    """Make a further empty database, in a folder of its own."""
    folder = book.with_name(name)
    folder.mkdir()
    return shutil.copy(book, folder / book.name)


def imported(book: Path) -> int:
    """Count what is there: every client with a membership and a label, or none of them. The file is whole."""
    assert damage(book) == []
    there = dump_file(book)
    assert {len(there[table]) for table in ("clients", "memberships", "client_labels")} <= {0, ROWS}
    assert len(there["imports"]) == len(there["plans"]) == len(there["rates"]) == bool(there["clients"])
    return len(there["clients"])


def test_killed_at_any_moment_all_of_it_is_there_or_nothing(book: Path, sheet: Path) -> None:
    lasts = duration(book, sheet)
    killed = 0
    for moment in range(MOMENTS):
        empty = copy(book, str(moment))
        status, _, _ = send(start(empty, sheet), signal.SIGKILL, lasts * moment / (MOMENTS - 1))
        killed += status == -signal.SIGKILL
        assert imported(empty) in ({0, ROWS} if status else {ROWS})
    assert killed > MOMENTS // 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_at_any_moment_nothing_was_changed_and_it_is_said(book: Path, sheet: Path, number: int) -> None:
    lasts = duration(book, sheet)
    stopped = 0
    for tenth in heavy.times((2, 7), (0, 2, 5, 7, 9)):
        empty = copy(book, str(tenth))
        status, out, err = send(start(empty, sheet), number, lasts * tenth / 10)
        if status == 0:
            assert imported(empty) == ROWS
            continue
        stopped += 1
        changed = "the change was made (#2)" if imported(empty) else "nothing was changed"
        assert (status, out, err.splitlines()[-1]) == (128 + number, "", f"clientctl: interrupted; {changed}")
    assert stopped
