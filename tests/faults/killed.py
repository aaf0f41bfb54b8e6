"""Kill a command wherever it touches a file, each time in a process of its own; let another write follow.

Arguments: the folder in which every file is that counts; 1 for every touch, 2 for every second and so on; the command
as it is typed. What it makes is in the folders ``away`` and ``backups`` there, which are emptied before each time.
Each time a line of JSON goes to stdout: whether it was killed, the files there then, those there after the other write,
and how many of the attached ones nobody names then.
"""

import json
import os
import signal
import sys
from itertools import count
from pathlib import Path
from typing import NoReturn

from clientctl.__main__ import main
from clientctl.cli.framework.app import run
from clientctl.cli.framework.shared_options import Session
from clientctl.store import attachments, transactions

TOUCHING = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.scandir", "sqlite3.connect"}
folder, words = Path(sys.argv[1]), sys.argv[3:]
database = folder / "clients.db"


def killed(at: int) -> bool:
    """Run the command in another process that is killed as it touches a file for so many times; say whether it was."""
    child = os.fork()
    if not child:
        be_killed(at)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in {0, -signal.SIGKILL}, status
    return status != 0


def be_killed(at: int) -> NoReturn:
    touched = count(1)

    def watch(event: str, values: tuple[object, ...]) -> None:
        if event in TOUCHING and str(folder) in str(values[0]) and next(touched) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    sys.argv = ["clientctl", *words]
    main()


def files() -> list[str]:
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def unnamed() -> int:
    with transactions.read(database) as db:
        return len(attachments.list_digests(database) - attachments.named_digests(db.connection))


def empty() -> None:
    for made in [*folder.glob("away/**/*"), *folder.glob("backups/**/*")]:
        if made.is_file():
            made.unlink()


if __name__ == "__main__":
    devnull = os.open(os.devnull, os.O_WRONLY)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    for _ in range(2):  # all that it needs is loaded then, as it is in the processes that are forked
        empty()
        run(words, Session())
    for number in count(1, int(sys.argv[2])):
        empty()
        (folder / "scan.pdf").write_text(f"Scan {number}")
        was_killed = killed(number)
        left = files()
        run(["label", "add", f"After {number}"], Session())
        outcome = {"killed": was_killed, "left": left, "swept": files(), "unnamed": unnamed()}
        print(json.dumps(outcome), file=out, flush=True)
        if not was_killed:
            break
