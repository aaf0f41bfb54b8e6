"""Change a database again and again, from a process that others run beside, or that is killed.

Arguments: the database, what to do, how often, a seed. Each number of a command that was done goes to stdout
at once; then it must be there whatever happens.
"""

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.session import opened
from clientctl.errors import RefusedError
from clientctl.store import Writer, opening
from clientctl.store.erase import erase

opening.BUSY_SECONDS = 600.0  # no machine is so busy
path, chance = Path(sys.argv[1]), random.Random(int(sys.argv[4]))


def done(number: int) -> None:
    os.write(1, f"{number}\n".encode())


def count(_turn: int) -> None:
    """Read a number, write the next."""
    with opened.writing(path, "count") as db:
        label = labels.get(db, 1)
        labels.rename(db, label, str(int(label.name) + 1))
    done(db.command)


def race(turn: int) -> None:
    """Add what everybody adds, under a number that everybody uses; exactly one may have done it."""
    with opened.writing(path, "label add", request_id=f"r{turn}") as db:
        if not db.replay:
            labels.add(db, f"Race {turn}")
    if not db.replay:
        done(db.command)
    try:
        with opened.writing(path, "label add") as db:
            labels.add(db, f"Again {turn}")
        done(db.command)
    except RefusedError:
        pass


def anything(turn: int) -> None:
    """Do something that no other command does in the same way; be killed at any moment after the first."""
    if turn == 1:
        signal.setitimer(signal.ITIMER_REAL, chance.uniform(0.0001, 0.05))  # nobody handles SIGALRM: it kills at once
    act = chance.choice([add, add, add_many, edit, history.undo, history.redo, forget])
    try:
        with opened.writing(path, act.__name__, final=act is forget) as db:
            act(db)
    except RefusedError:
        return
    if db.changed:
        done(db.command)


def add(db: Writer) -> None:
    clients.add(db, {"first_name": f"Zoé {chance.random()}", "email": "zoe@example.com"}, source="hand")


def add_many(db: Writer) -> None:
    for _ in range(50):
        add(db)


def edit(db: Writer) -> None:
    clients.edit(db, someone(db), {"last_name": f"Müller {chance.random()}"})


def forget(db: Writer) -> None:
    erase(db, [someone(db).id], "2026-03-01")


def someone(db: Writer) -> clients.Client:
    ids = [number for (number,) in db.rows("SELECT id FROM clients WHERE erased_on IS NULL")]
    if not ids:
        raise RefusedError("nobody is there")
    return clients.get(db, chance.choice(ids))


if __name__ == "__main__":
    do: dict[str, Callable[[int], None]] = {"count": count, "race": race, "anything": anything}
    for number in range(int(sys.argv[3])):
        do[sys.argv[2]](number)
