"""Open the practitioner's file for a command: which file, who acts, what day it is."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path

from clientctl.base import clock
from clientctl.base.words import say
from clientctl.domain.practice import settings
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader, Writer, transactions
from clientctl.store.opening import default_path
from clientctl.store.transactions import Committing, no_guard


def path_of(given: str | None) -> Path:
    """Return the path of the file: as given, else ``CLIENTCTL_DB``, else in the platform's data folder."""
    chosen = given or os.environ.get("CLIENTCTL_DB")
    return transactions.real_path(chosen) if chosen else default_path()


def is_new(db: Reader) -> bool:
    """Return whether no client was ever stored in the file."""
    return not db.value("SELECT EXISTS (SELECT 1 FROM clients)")


@contextmanager
def reading(path: Path, *, today: str | None = None, as_of: str | None = None, long: bool = False) -> Iterator[Reader]:
    """Open the file for reading, perhaps as of an earlier time; ``today`` moves there too unless given.

    ``long`` says that this takes a while, in which nobody who writes must wait.
    """
    if as_of is None:
        with _read(path, long=long) as db:
            place(db, today)
            yield db
        return
    placed: list[tuple[date, bool | None]] = []

    def number(db: Reader) -> int:
        place(db, today)
        command, then = _moment(db, as_of)
        placed.append((db.today if today else then, db.day_first))
        return command

    with transactions.as_of(path, number) as db:
        db.today, db.day_first = placed[0]
        yield db


def _read(path: Path, *, long: bool) -> AbstractContextManager[Reader]:
    if not long:
        return transactions.read(path)
    from clientctl.store import snapshot

    return snapshot.open_snapshot(path)


@contextmanager
def writing(
    path: Path,
    name: str,
    *,
    today: str | None = None,
    request_id: str | None = None,
    final: bool = False,
    dry_run: bool = False,
    bulk: bool = False,
    committing: Committing = no_guard,
) -> Iterator[Writer]:
    """Open the file for a changing command, signed by who acts; ``committing`` is entered around its commit.

    ``bulk`` says that it may change more than memory should hold.
    """
    from clientctl.domain.practice import staff

    with transactions.write(
        path,
        name,
        who=staff.find_acting_name,
        request_id=request_id,
        final=final,
        dry_run=dry_run,
        bulk=bulk,
        committing=committing,
    ) as db:
        place(db, today)
        yield db


def initialize(path: Path, owner: str | None, values: dict[str, str], *, dry_run: bool = False) -> str:
    """Create a file with its owner, first settings and payment types; return the owner's name.

    The owner is called as the system calls the user, unless a name is given. Raise
    RefusedError if there is a file, UsageError for a value that makes no sense.
    """
    from clientctl.base.text import parse_name
    from clientctl.domain.practice import payment_types, staff

    name, _ = parse_name(owner or _login(), say("the owner"))
    for key, value in values.items():
        settings.parse(key, value)  # before there is a file
    with transactions.initialize(path, "db init", name, dry_run=dry_run) as db:
        db.today = clock.today()
        staff.add(db, name)
        for key, value in values.items():
            settings.put(db, key, value)
        for each in payment_types.STANDARD:
            payment_types.add(db, each)
    return name


def _login() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # neither in the environment nor known to the system
        return "owner"


def is_done(db: Reader, request_id: str | None) -> bool:
    """Return whether a command with a request id was run before."""
    return request_id is not None and transactions.find_by_request(db, request_id) is not None


def zone(db: Reader) -> str | None:
    """Return the time zone of the practice; None is the system's."""
    return settings.get(db, "timezone")


def place(db: Reader, today: str | None) -> None:
    """Return the day that rules apply on, else today in the practice's time zone, and how days are typed."""
    db.today = clock.today(zone(db))
    db.day_first = {"yes": True, "no": False}.get(settings.get(db, "day_first") or "")
    if today is not None:
        from clientctl.domain.practice import typed_days

        db.today = typed_days.parse(db, today)


def _moment(db: Reader, as_of: str) -> tuple[int, date]:
    """Find the last command before ``#12`` or a time, and its day."""
    where = zone(db)
    if as_of.startswith("#"):
        from clientctl.domain.journal import history

        number = history.parse_number(as_of)
        at = db.value("SELECT at FROM commands WHERE id = ?", (number,))
        if at is None:
            raise NotFoundError(say("no command {as_of}: `clientctl log` lists them", as_of=as_of))
        return number - 1, clock.to_local(at, where).date()
    from clientctl.base import calendar

    instant = calendar.parse_moment(as_of, clock.today(where), where, day_first=db.day_first)
    last = db.value("SELECT max(id) FROM commands WHERE at <= ?", (clock.stamp(instant),))
    if last is None:
        first = db.value("SELECT min(at) FROM commands")
        raise UsageError(
            say("there was nothing yet on {as_of}: the first command is of {first}", as_of=as_of, first=first)
        )
    return int(last), clock.to_local(clock.stamp(instant), where).date()
