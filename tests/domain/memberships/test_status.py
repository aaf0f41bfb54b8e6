"""Compare the status that SQL computes with a plain-Python oracle, written from the rules and nothing else."""

from datetime import date, timedelta
from typing import NamedTuple

import heavy
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clientctl.base.calendar import Range
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import endings
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.record import SOURCE
from clientctl.domain.memberships.status import STATUSES
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.store import Reader, Writer

MIDDLE = date(2026, 3, 1)
CLIENTS = 3


class Pause(NamedTuple):
    start: date
    resume: date | None
    moves: date | None


class Charge(NamedTuple):
    kind: str
    due: date
    amount: int
    settled: int
    attempt: str | None


class Facts(NamedTuple):
    """What is stored of a membership, as far as its status goes.

    ``mandate`` is None where it is not paid by direct debit, and empty where that has no payment method.
    """

    client: int
    start: date
    term_end: date | None
    end: date | None
    cancelled: date | None
    next_bill: date | None
    created: date = MIDDLE
    rule: str = "extend"
    pauses: tuple[Pause, ...] = ()
    mandate: str | None = None
    charges: tuple[Charge, ...] = ()


# -- the oracle ---------------------------------------------------------------------------------


def paused(facts: Facts, day: date) -> bool:
    covered = any(each.start <= day and (each.resume is None or day < each.resume) for each in facts.pauses)
    past_end = facts.end is not None and day > facts.end
    return covered and (facts.rule == "extend" or not past_end)


def open_pause(facts: Facts) -> Pause | None:
    return next((each for each in facts.pauses if each.resume is None), None)


def reasons(facts: Facts, day: date) -> list[str]:
    unpaid = [each for each in facts.charges if each.settled < each.amount]
    billing = next_billing(facts)
    found = {
        "setup-fee-unpaid": any(each.kind == "setup" and each.due <= day for each in unpaid),
        "no-mandate": facts.mandate in {"", "none"},
        "mandate-requested": facts.mandate == "requested",
        "mandate-revoked": facts.mandate == "revoked",
        "payment-failed": any(each.attempt == "failed" for each in unpaid),
        "payment-disputed": any(each.attempt == "disputed" for each in unpaid),
        "payment-overdue": any(each.due < day for each in unpaid) or (billing is not None and billing < day),
    }
    return [reason for reason, holds in found.items() if holds]


def status(facts: Facts, day: date) -> str:
    if facts.cancelled is not None and day > facts.cancelled:
        return "cancelled"
    if paused(facts, day):
        return "paused"
    if facts.end is not None and day > facts.end:
        return "expired"
    if day < facts.start:
        return "upcoming"
    return "needs-attention" if reasons(facts, day) else "active"


def live(facts: Facts, day: date) -> bool:
    return status(facts, day) in {"active", "paused", "needs-attention"}


def has_membership(facts: Facts, day: date) -> bool:
    return live(facts, day) or status(facts, day) == "upcoming"


def last_day(facts: Facts) -> date | None:
    return facts.end if facts.cancelled is None else facts.cancelled


def next_billing(facts: Facts) -> date | None:
    if facts.next_bill is None:
        return None
    if facts.term_end is not None and facts.next_bill > facts.term_end:
        return None
    if facts.cancelled is not None and facts.cancelled < facts.next_bill:
        return None
    waits = open_pause(facts)
    if waits and waits.moves and facts.next_bill >= waits.moves:
        return None
    return facts.next_bill


def falls_due(facts: Facts) -> list[date]:
    """List the days on which something is to be paid that is not, billed or not."""
    unpaid = [each.due for each in facts.charges if each.settled < each.amount]
    return unpaid + [day for day in [next_billing(facts)] if day]


def ending(facts: Facts, day: date, within: int) -> bool:
    last, waits = last_day(facts), open_pause(facts)
    if waits and waits.start <= day and facts.rule == "extend" and facts.cancelled is None:
        return False
    return live(facts, day) and last is not None and day <= last <= day + timedelta(days=within)


def needs_mandate(facts: Facts, day: date) -> bool:
    return has_membership(facts, day) and facts.mandate in {"", "none", "requested", "revoked"}


def failed(facts: Facts) -> bool:
    return any(each.attempt and each.settled < each.amount for each in facts.charges)


def owed(facts: Facts, day: date) -> str | None:
    left = sum(each.amount - each.settled for each in facts.charges if each.due <= day)
    return f"{left} EUR" if left else None


def when(facts: Facts, day: date) -> str:
    past = {"cancelled": "past", "expired": "past", "upcoming": "upcoming"}
    return past.get(status(facts, day), "current")


def standing_for(held: dict[int, Facts], day: date) -> int | None:
    """Name the membership that stands for a client: the live one that started last, else the latest."""
    pool = {number: facts for number, facts in held.items() if live(facts, day)} or held
    return max(pool, key=lambda number: (pool[number].start, number), default=None)


# -- random facts -------------------------------------------------------------------------------


def days(least: int = -50, most: int = 50) -> st.SearchStrategy[date]:
    return st.integers(least, most).map(lambda n: MIDDLE + timedelta(days=n))


@st.composite
def facts_of_one(draw: st.DrawFn) -> Facts:
    start = draw(days())
    term_end = draw(st.none() | st.integers(0, 40).map(lambda n: start + timedelta(days=n)))
    end = None if term_end is None else term_end + timedelta(days=draw(st.integers(0, 20)))
    # Upcoming ones are cancelled too, so the day may lie before the start; it never lies after the end.
    cancelled = draw(st.none() | st.integers(-30, 40).map(lambda n: start + timedelta(days=n)))
    if cancelled and end:
        cancelled = min(cancelled, end)
    # Often just before, on or after the day that billing stops.
    from_day = draw(st.sampled_from([start, term_end or start, cancelled or start]))
    next_bill = draw(st.none() | st.integers(-1, 40).map(lambda n: max(from_day + timedelta(days=n), start)))
    return Facts(
        draw(st.integers(1, CLIENTS)),
        start,
        term_end,
        end,
        cancelled,
        next_bill,
        draw(days()),
        draw(st.sampled_from(["extend", "keep"])),
        draw(pauses_from(start)),
        draw(st.sampled_from([None, None, None, "", "none", "requested", "active", "revoked"])),
        tuple(draw(st.lists(charges(), max_size=2))),
    )


@st.composite
def pauses_from(draw: st.DrawFn, start: date) -> tuple[Pause, ...]:
    """Draw pauses that do not overlap, the last of them perhaps open."""
    found: list[Pause] = []
    day = start
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        begins = day + timedelta(days=draw(st.integers(0, 20)))
        length = draw(st.integers(1, 20))
        moves = draw(st.none() | st.integers(0, 10).map(lambda n, begins=begins: begins + timedelta(days=n)))
        day = begins + timedelta(days=length)
        found.append(Pause(begins, day, moves))
    if found and draw(st.booleans()):
        found[-1] = found[-1]._replace(resume=None)
    return tuple(found)


def charges() -> st.SearchStrategy[Charge]:
    kinds = st.sampled_from(["setup", "fee"])
    return st.builds(
        Charge,
        kinds,
        days(),
        st.just(4990),
        st.sampled_from([0, 990, 4990]),
        st.sampled_from([None, "failed", "disputed"]),
    )


def put(db: Writer, stored: list[Facts]) -> dict[int, Facts]:
    """Store facts; return them by the number they got."""
    return {_put_one(db, facts): facts for facts in stored}


def _put_one(db: Writer, facts: Facts) -> int:
    method = None
    if facts.mandate:
        method = db.insert(
            "payment_methods",
            client_id=facts.client,
            kind="direct-debit",
            mandate=facts.mandate,
            mandate_on="2026-01-01",
        )
    number = db.insert(
        "memberships",
        client_id=facts.client,
        plan_id=1,
        rate_id=1,
        price_minor=4990,
        currency="EUR",
        every_count=1,
        every_unit="month",
        anchor_on=facts.start.isoformat(),
        starts_on=facts.start.isoformat(),
        term_ends_on=iso(facts.term_end),
        ends_on=iso(facts.end),
        cancelled_on=iso(facts.cancelled),
        next_bill_on=iso(facts.next_bill),
        member_since_on=facts.start.isoformat(),
        created_on=facts.created.isoformat(),
        pause_rule=facts.rule,
        collection="manual" if facts.mandate is None else "direct-debit",
        payment_method_id=method,
    )
    for each in facts.pauses:
        days = {"starts_on": iso(each.start), "resumes_on": iso(each.resume), "moves_on": iso(each.moves)}
        db.insert("pauses", client_id=facts.client, membership_id=number, **days)
    for position, each in enumerate(facts.charges):
        db.insert(
            "charges",
            client_id=facts.client,
            membership_id=number,
            kind=each.kind,
            starts_on=iso(facts.start + timedelta(days=position)),
            amount_minor=each.amount,
            currency="EUR",
            due_on=iso(each.due),
            made_on=iso(each.due),
            paid_minor=each.settled,
            attempt=each.attempt,
        )
    return number


def iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@pytest.fixture
def people(records):
    """Return a database with a rate, and clients 1 to 3 who bought nothing yet."""
    records.rate()
    for name in ("Ana", "Bo", "Chloé"):
        records.client(name)
    return records


ANY_FACTS = given(stored=st.lists(facts_of_one(), max_size=12), day=days(), within=st.integers(0, 30))
THOROUGH = settings(
    max_examples=heavy.times(30, 120),
    deadline=None,
    # Every example writes in a transaction of its own, which is rolled back.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def numbers(db: Reader, *where: queries.Where) -> set[str]:
    """Ask for the numbers of memberships, and check that the count is that of the list."""
    query = Query(SOURCE, where)
    found = [row[0] for row in queries.listing(db, query, Request(("number",))).rows]
    assert queries.count(db, query) == len(found)
    return set(found)


@THOROUGH
@ANY_FACTS
@example(stored=[], day=MIDDLE, within=7)
def test_status_filters_and_queue_are_those_of_the_oracle(people, stored, day, within):
    with people.change(dry_run=True) as db:
        kept = put(db, stored)
        db.today = day

        def expected(test) -> set[str]:
            return {f"M-{number}" for number, facts in kept.items() if test(facts)}

        columns = ("number", "status", "attention", "ends", "next_billing", "up_to_date", "due", "owed")
        shown = queries.listing(db, Query(SOURCE), Request(columns)).rows
        assert list(shown) == [
            (
                f"M-{number}",
                status(facts, day),
                "\x1f".join(reasons(facts, day)) if status(facts, day) == "needs-attention" else None,
                iso(last_day(facts)),
                iso(next_billing(facts)),
                int(not any(due <= day for due in falls_due(facts))),
                iso(min(falls_due(facts), default=None)),
                owed(facts, day),
            )
            for number, facts in kept.items()
        ]
        for number, facts in kept.items():
            assert memberships.find(db, f"M-{number}").status == status(facts, day)
        for one in STATUSES:
            assert numbers(db, *memberships.SOURCE.where(status=[one])) == expected(
                lambda f, s=one: status(f, day) == s
            )
        standing = [each for each in STATUSES if each not in {"cancelled", "expired"}]
        assert numbers(db, *memberships.SOURCE.where(status=standing)) == expected(lambda f: has_membership(f, day))
        for time in ("past", "current", "upcoming"):
            assert numbers(db, *memberships.SOURCE.where(when=[time])) == expected(lambda f, t=time: when(f, day) == t)
        ahead = day + timedelta(days=within)
        queues = {
            "needs-mandate": expected(lambda f: needs_mandate(f, day)),
            "payment-failed": expected(failed),
            "ending": expected(lambda f: ending(f, day, within)),
            "payment-due": expected(lambda f: any(day <= due <= ahead for due in falls_due(f))),
            "overdue": expected(lambda f: any(due < day for due in falls_due(f))),
        }
        for name, members in queues.items():
            assert numbers(db, membership_queues.where_queue(db, name, within)) == members
        late = sum(each.settled < each.amount and each.due < day for facts in kept.values() for each in facts.charges)
        assert [(row[0], row[2]) for row in membership_queues.counts(db, within).rows] == [
            *((name, len(members)) for name, members in queues.items()),
            ("charges-overdue", late),
        ]


@THOROUGH
@ANY_FACTS
def test_clients_are_shown_by_the_oracle(people, stored, day, within):
    with people.change(dry_run=True) as db:
        kept = put(db, stored)
        db.today = day
        columns = ("id", "status", "memberships", "active_memberships", "membership_status", "member_since")
        rows = list(queries.listing(db, client_list.query(db, ClientFilter()), Request(columns)).rows)
        members = {row[0] for row in _clients(db, ClientFilter(member=True))}
        others = {row[0] for row in _clients(db, ClientFilter(member=False))}
        for client in range(1, CLIENTS + 1):
            held = {number: facts for number, facts in kept.items() if facts.client == client}
            best = standing_for(held, day)
            assert rows[client - 1] == (
                client,
                "client" if held else "lead",
                len(held),
                sum(live(facts, day) for facts in held.values()),
                None if best is None else status(held[best], day),
                None if best is None else iso(held[best].start),
            )
            assert (client in members) == any(has_membership(facts, day) for facts in held.values())
        assert members | others == set(range(1, CLIENTS + 1))
        assert not members & others


@THOROUGH
@given(stored=st.lists(facts_of_one(), max_size=12), first=st.none() | days(), last=st.none() | days())
def test_ranges_of_days_hold_both_their_ends(people, stored, first, last):
    with people.change(dry_run=True) as db:
        kept = put(db, stored)
        asked = {
            "created": lambda facts: facts.created,
            "starts": lambda facts: facts.start,
            "ends": last_day,
            "next_billing": next_billing,
        }
        for name, day_of in asked.items():
            inside = {
                f"M-{number}"
                for number, facts in kept.items()
                if day_of(facts) and (first or date.min) <= day_of(facts) <= (last or date.max)
            }
            assert numbers(db, *memberships.SOURCE.where(**{name: Range(first, last)})) == inside


def _clients(db: Reader, chosen: ClientFilter) -> list[tuple]:
    query = client_list.query(db, chosen)
    rows = list(queries.listing(db, query, Request(("id",))).rows)
    assert queries.count(db, query) == len(rows)
    return rows


# -- the boundaries, by name --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        ("2025-01-14", "upcoming"),
        ("2025-01-15", "active"),  # the first day
        ("2025-02-14", "active"),  # the end is the last day of access
        ("2025-02-15", "expired"),
    ],
)
def test_the_first_and_the_last_day_have_access(records, today, expected):
    ana, rate = records.client("Ana"), records.rate(term="1m")
    records.membership(ana, rate, "2025-01-15")
    assert records.listed(Query(SOURCE), "status", today=today) == [expected]


def test_cancelled_now_is_cancelled_today_and_was_active_yesterday(records):
    held = records.membership(records.client("Ana"), records.rate(), "2026-01-01")
    with records.change() as db:
        endings.cancel(db, held, "now")
    assert records.listed(Query(SOURCE), "status") == ["cancelled"]
    assert records.listed(Query(SOURCE), "status", today="2026-02-28") == ["active"]


def test_a_day_of_cancellation_is_the_last_with_access(records):
    held = records.membership(records.client("Ana"), records.rate(), "2026-02-20")
    with records.change() as db:
        endings.cancel(db, held, date(2026, 3, 10))
    assert records.listed(Query(SOURCE), "status", today="2026-03-10") == ["active"]
    assert records.listed(Query(SOURCE), "status", today="2026-03-11") == ["cancelled"]


def test_an_upcoming_one_cancelled_is_cancelled_and_never_was_active(records):
    held = records.membership(records.client("Ana"), records.rate(), "2026-04-01")
    with records.change() as db:
        endings.cancel(db, held, "now")
    for today, expected in (("2026-02-28", "upcoming"), ("2026-03-01", "cancelled"), ("2026-04-01", "cancelled")):
        assert records.listed(Query(SOURCE), "status", today=today) == [expected]


def test_the_queue_holds_today_and_the_last_day_looked_ahead(records):
    rate = records.rate()
    for until in ("2026-02-28", "2026-03-01", "2026-03-08", "2026-03-09"):
        records.membership(records.client("Ana"), rate, "2026-01-01", until)
    with records.read() as db:
        found = queries.listing(db, Query(SOURCE, [membership_queues.where_queue(db, "ending", 7)]), Request(("ends",)))
        assert list(found.rows) == [("2026-03-01",), ("2026-03-08",)]


def test_the_queue_takes_the_day_of_cancellation_for_the_last(records):
    held = records.membership(records.client("Ana"), records.rate(), "2026-01-01", "2026-12-31")
    with records.change() as db:
        endings.cancel(db, held, date(2026, 3, 5))
        assert numbers(db, membership_queues.where_queue(db, "ending", 7)) == {"M-1"}
        assert numbers(db, membership_queues.where_queue(db, "ending", 3)) == set()


def test_archiving_someone_does_not_take_them_out_of_a_queue(records):
    ana = records.client("Ana")
    records.membership(ana, records.rate(), "2026-01-01", "2026-03-05")
    with records.change() as db:
        clients.archive(db, ana)
        assert numbers(db, membership_queues.where_queue(db, "ending", 7)) == {"M-1"}
