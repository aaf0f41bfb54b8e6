"""Many write at once, some are killed: what was acknowledged is there, and nothing else is half there."""

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import heavy
import pytest
from looking import change, damage, last_command, look
from program import PATIENCE, PROGRAM, environment

from clientctl.domain.clients import labels

FAULTS = heavy.times(4, 40)
"""How often each fault is brought about; writers at once write twice as often, and half as often again."""

pytestmark = pytest.mark.heavy
TURNS = FAULTS * 5 // 2
PROCESSES = 8


def writer(path: Path, what: str, times: int, seed: int) -> subprocess.Popen[str]:
    script = [sys.executable, Path(__file__).with_name("writer.py"), path, what, str(times), str(seed)]
    return subprocess.Popen(
        script,
        env=environment(CLIENTCTL_TODAY="2026-03-01"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str]) -> list[int]:
    """Wait for a writer that nothing stops; give the numbers of the commands that it did."""
    told, error = process.communicate(timeout=PATIENCE)
    assert (process.returncode, error) == (0, "")
    return [int(line) for line in told.split()]


def test_no_change_of_many_at_once_is_lost(book: Path) -> None:
    """Each waits for the others, and readers are among them."""
    with change(book, "label add") as db:
        labels.add(db, "0")
    processes = [writer(book, "count", TURNS, number) for number in range(PROCESSES)]
    seen = [0]
    while any(process.poll() is None for process in processes):
        with look(book) as db:
            value, last = db.row("SELECT (SELECT name FROM labels), max(id) FROM commands")
        assert int(value) == last - 2
        seen.append(last - 2)
    done = [number for process in processes for number in ended(process)]
    assert sorted(done) == [*range(3, 3 + PROCESSES * TURNS)]
    assert seen == sorted(seen)
    with look(book) as db:
        assert db.rows("SELECT name FROM labels") == [(str(PROCESSES * TURNS),)]


def test_of_many_who_do_the_same_exactly_one_has_done_it(book: Path) -> None:
    processes = [writer(book, "race", FAULTS, number) for number in range(PROCESSES)]
    done = [number for process in processes for number in ended(process)]
    assert sorted(done) == [*range(2, 2 + 2 * FAULTS)]
    with look(book) as db:
        names = Counter(name for (name,) in db.rows("SELECT name FROM labels"))
    expected = [f"{what} {turn}" for turn in range(FAULTS) for what in ("Race", "Again")]
    assert names == dict.fromkeys(expected, 1)


def test_what_a_killed_writer_had_acknowledged_is_there(book: Path) -> None:
    killed = 0
    for seed in range(FAULTS):
        before = last_command(book)
        process = writer(book, "anything", 1_000_000, seed)
        told, error = process.communicate(timeout=PATIENCE)
        assert (process.returncode, error) == (-signal.SIGALRM, "")
        done = [int(line) for line in told.splitlines(keepends=True) if line.endswith("\n")]
        assert damage(book) == []
        last = last_command(book)
        # The very last one may have been done and not told any more.
        assert done in ([*range(before + 1, last + 1)], [*range(before + 1, last)])
        killed += 1
    assert killed == FAULTS


def test_a_killed_init_is_made_again(tmp_path: Path) -> None:
    """However far it came, `db init` makes the file, or the file is made."""
    code = (
        "import random, signal, sys\n"
        "from pathlib import Path\n"
        "import sqlite_utils\n"
        "from clientctl.domain.session import opened as book\n"
        "from clientctl.store import journal, migrations, search\n"
        "signal.setitimer(signal.ITIMER_REAL, random.Random(int(sys.argv[2])).uniform(0.0001, 0.03))\n"
        "book.initialize(Path(sys.argv[1]), 'Ana', {})\n"
        "signal.pause()\n"
    )
    for seed in range(FAULTS):
        path = tmp_path / str(seed) / "clients.db"
        killed = subprocess.run([sys.executable, "-c", code, path, str(seed)], env=environment(), check=False)
        assert killed.returncode == -signal.SIGALRM
        again = subprocess.run(
            [*PROGRAM, "db", "init", "--db", path], env=environment(), capture_output=True, check=False
        )
        assert again.returncode in {0, 5}, again  # 5: it was made already
        assert damage(path) == []
        assert last_command(path) == 1
        assert again.returncode or [file.name for file in path.parent.iterdir()] == ["clients.db"]
