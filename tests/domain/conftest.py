"""What the tests of the rules share: the book they work on, opened as the program opens it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import lines
import pytest

from clientctl.base.calendar import parse_interval
from clientctl.base.money import Money
from clientctl.domain.clients import record as clients
from clientctl.domain.clients.record import Client
from clientctl.domain.memberships import enrolment
from clientctl.domain.memberships.enrolment import MembershipTerms
from clientctl.domain.memberships.record import Membership
from clientctl.domain.offers import plans, rates
from clientctl.domain.offers.rates import Rate
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.session import opened
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import NotFoundError
from clientctl.store import Reader, Writer, opening


class Records:
    """A database and short ways to fill it. ``today`` is an ISO day; 2026-03-01 unless it is changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.today = "2026-03-01"
        self.blank = b""

    @contextmanager
    def change(self, name: str = "client edit", *, today: str | None = None, dry_run: bool = False) -> Iterator[Writer]:
        """Run one command."""
        with opened.writing(self.path, name, today=today or self.today, dry_run=dry_run) as db:
            yield db

    @contextmanager
    def read(self, *, today: str | None = None) -> Iterator[Reader]:
        """Look at what there is."""
        with opened.reading(self.path, today=today or self.today) as db:
            yield db

    def client(self, first: str | None = None, last: str | None = None, **more: str | None) -> Client:
        """Add a client by hand, one command."""
        with self.change("client add") as db:
            kept, _ = clients.normalized(db, {"first_name": first, "last_name": last, **more})
            return clients.get(db, clients.add(db, kept, source="hand"))

    def rate(
        self, name: str = "Yoga/Monthly", every: str | None = "1m", term: str | None = None, price: int = 4990
    ) -> Rate:
        """Make a rate, and its plan if it is new."""
        plan, _, rate = name.partition("/")
        with self.change("rate add") as db:
            try:
                found = plans.find(db, plan)
            except NotFoundError:
                found = plans.add(db, plan)
            return rates.add(
                db,
                found,
                rate,
                Money(price, "EUR"),
                parse_interval(every) if every else None,
                parse_interval(term) if term else None,
            )

    def membership(
        self, client: Client, rate: Rate, start: str, until: str | None = None, *, settled: bool = True
    ) -> Membership:
        """Enrol a client, one command; what was due before today was settled elsewhere unless said otherwise."""
        with self.change("membership add") as db:
            ends = date.fromisoformat(until) if until else None
            return enrolment.add(db, client, rate, MembershipTerms(date.fromisoformat(start), ends, settled=settled))

    def listed(self, asked: Query | ClientFilter, *columns: str, today: str | None = None, **request: object) -> list:
        """List something: rows of the columns, or bare cells when there is one column."""
        with self.read(today=today) as db:
            rows = list(queries.listing(db, _query(db, asked), Request(columns, **request)).rows)
        return [row[0] for row in rows] if len(columns) == 1 else rows

    def counted(self, asked: Query | ClientFilter, *, today: str | None = None) -> int:
        """Count what a list holds."""
        with self.read(today=today) as db:
            return queries.count(db, _query(db, asked))


def _query(db: Reader, asked: Query | ClientFilter) -> Query:
    return client_list.query(db, asked) if isinstance(asked, ClientFilter) else asked


@pytest.fixture(autouse=True)
def _unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't wait for the disk: what survives a power cut is not asked here, and waiting takes most of the time."""
    pragmas = tuple(p for p in opening._WRITE_PRAGMAS if not p.startswith("synchronous"))
    monkeypatch.setattr(opening, "_WRITE_PRAGMAS", (*pragmas, "synchronous=OFF"))


@pytest.fixture
def records(book: Path) -> Records:
    """Return a fresh database and ways to fill it."""
    return Records(book)


@pytest.fixture
def shop(records: Records) -> Records:
    """Return a database with every plan and rate of made-up lines, and a client."""
    with records.change("client add") as db:
        lines.prepare(db)
    records.blank = records.path.read_bytes()
    return records
