"""Whenever a restore is killed, the file is the old one or the new one; nobody who works with it loses anything."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import heavy
import pytest
from looking import change, damage, dump_file, last_command, look
from program import PATIENCE, PROGRAM, environment

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.store import backup

FAULTS = heavy.times(4, 20)
"""How often each fault is brought about."""

KILLED = """
import os, signal, sys
from pathlib import Path
from clientctl.domain.session import database_file as database
from clientctl.store import attachments, restore

path, source, when = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]

def kill(*_arguments, **_more):
    os.kill(os.getpid(), signal.SIGKILL)

def write(source, target):  # changed pages reach the file long before the commit
    target.execute("PRAGMA cache_spill=1")
    target.execute("PRAGMA cache_size=1")
    target.execute("PRAGMA locking_mode=NORMAL")
    calls = iter(range(int(when)))
    source.backup(target, pages=16, progress=lambda *_: next(calls, None) is None and kill())

if when.isdecimal():
    restore._write = write
elif when == "kept":
    attachments.copy = kill
elif when == "files":
    restore._write = kill
elif when == "done":
    attachments.sweep = kill
with database.open_backup(source, path) as candidate:
    database.restore(path, candidate)
"""


def filled(path: Path) -> Path:
    """Make a backup of a client, then change half of the file."""
    with change(path) as db:
        for number in range(500):
            clients.add(db, {"first_name": f"Zoé {number}", "company": "C" * 200}, source="hand")
    copy = path.with_name("copy.db")
    backup.back_up(path, copy)
    with change(path) as db:
        for number in range(1, 900):
            labels.add(db, f"Label {number}")
            clients.add(db, {"first_name": f"Ana {number}", "company": "C" * 200}, source="hand")
    return copy


def restore(path: Path, source: Path, *, when: str) -> int:
    killed = subprocess.run([sys.executable, "-c", KILLED, path, source, when], env=environment(), check=False)
    return killed.returncode


@pytest.mark.parametrize("when", ["kept", "files", "done"])
def test_killed_between_two_steps_it_is_the_old_or_the_new(book: Path, when: str) -> None:
    copy = filled(book)
    old, new = dump_file(book), dump_file(copy)
    assert restore(book, copy, when=when) == -signal.SIGKILL
    assert dump_file(book) == (new if when == "done" else old)
    assert damage(book) == []


@pytest.mark.heavy
def test_killed_while_it_is_written_it_is_the_old(book: Path) -> None:
    copy = filled(book)
    old, pages = dump_file(book), copy.stat().st_size // 4096
    chance, torn = random.Random(1), 0
    for when in sorted(chance.sample(range(pages // 16), FAULTS)):
        before = book.read_bytes()
        assert restore(book, copy, when=str(when)) == -signal.SIGKILL
        torn += book.read_bytes() != before
        assert dump_file(book) == old
        assert damage(book) == []
    assert torn > FAULTS // 2, "most kills must find the file half written"
    assert restore(book, copy, when="1000000") == 0
    assert dump_file(book) == dump_file(copy)


@pytest.mark.heavy
def test_restored_while_others_write_nothing_acknowledged_is_lost(book: Path) -> None:
    """Each writes the next number: it is in the file, or in one that a restore kept."""
    with change(book, "label add") as db:
        labels.add(db, "0")
    copy = book.with_name("copy.db")
    backup.back_up(book, copy)
    script = [sys.executable, Path(__file__).with_name("writer.py"), book, "count", str(FAULTS * 4), "1"]
    writers = [subprocess.Popen(script, env=environment(), stdout=subprocess.PIPE, encoding="utf-8") for _ in range(3)]
    restored = 0
    while any(process.poll() is None for process in writers):
        done = subprocess.run(
            [*PROGRAM, "db", "restore", copy, "--db", book, "--yes", "-q"],
            env=environment(CLIENTCTL_TODAY="2026-03-01"),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done
        restored += 1
    commands = [int(line) for process in writers for line in process.communicate(timeout=PATIENCE)[0].split()]
    assert [process.returncode for process in writers] == [0, 0, 0]
    assert len(commands) == len(set(commands)) == 3 * FAULTS * 4
    counted = 0
    for path in [*sorted(book.parent.glob("clients-before-restore-*.db")), book]:
        with look(path) as db:
            value, since = db.row(
                "SELECT (SELECT name FROM labels), coalesce(max(id), 2) FROM commands WHERE name = 'db restore'"
            )
            assert last_command(path) == since + int(value)
            counted += int(value)
    assert counted == len(commands)
    assert last_command(book) == 2 + len(commands) + restored
    assert restored
