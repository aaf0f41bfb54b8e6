"""Any moves one after another: nothing is charged twice, dates stay in order, and each move can be undone."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from looking import dumped

from clientctl.base.calendar import Interval
from clientctl.base.money import Money
from clientctl.domain import (
    billing,
    changes,
    charges,
    clients,
    edits,
    endings,
    enrolment,
    history,
    memberships,
    moves,
    pauses,
    payment_types,
    payments,
    plans,
    rates,
)
from clientctl.domain.edits import Edit
from clientctl.domain.enrolment import Terms
from clientctl.errors import ClientctlError

D = date.fromisoformat
START = D("2026-01-31")

AHEAD = st.integers(0, 70)
MOVES = st.one_of(
    st.tuples(st.just("extend"), st.integers(1, 60), st.booleans()),
    st.tuples(st.just("suspend"), AHEAD, st.integers(1, 60) | st.none()),
    st.tuples(st.just("resume"), st.integers(0, 40), st.booleans()),
    st.tuples(st.just("cancel"), AHEAD, st.sampled_from(["now", "at-period-end", "on"])),
    st.tuples(st.just("refund"), AHEAD, st.just(None)),
    st.tuples(st.just("take back"), st.just(0), st.just(None)),
    st.tuples(st.just("change"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("until"), AHEAD, st.booleans()),
    st.tuples(st.just("start"), st.integers(-40, 20), st.just(None)),
    st.tuples(st.just("pay"), st.integers(1, 9000), st.just(None)),
    st.tuples(st.just("bill"), AHEAD, st.just(None)),
)
LIVES = st.lists(st.tuples(st.integers(0, 40), MOVES), min_size=1, max_size=9)
KINDS = st.sampled_from(["extend", "keep"])


def born(db, rule, ends, notice=None):
    """Enrol Ana, on a plan that has two more rates."""
    client = clients.get(db, clients.add(db, {"first_name": "Ana"}, source="hand"))
    plan = plans.add(db, "Yoga", pause_rule=rule, notice=notice)
    other = plans.add(db, "Other")
    rate = rates.add(db, plan, "Monthly", Money(3100, "EUR"), Interval(1, "month"))
    rates.add(db, plan, "Dear", Money(7000, "EUR"), Interval(1, "month"))
    rates.add(db, other, "Weekly", Money(1000, "EUR"), Interval(1, "week"))
    return enrolment.add(db, client, rate, Terms(db.today, ends))


def live(db, move, number, extra):
    """Make one move, unless a rule forbids it."""
    try:
        with db.database.atomic():
            make(db, memberships.find(db, "M-1"), move, number, extra)
    except ClientctlError:
        return


def make(db, found, move, number, extra):
    day = db.today + timedelta(days=number)
    match move:
        case "extend":
            endings.extend(db, found, by=Interval(number, "day"), charge=extra)
        case "suspend":
            pauses.suspend(db, found, starts_on=day, resumes_on=day + timedelta(days=extra) if extra else None)
        case "resume":
            pauses.resume(db, found, day if extra else None)
        case "cancel":
            endings.cancel(db, found, day if extra == "on" else extra, force=True)
        case "refund":
            endings.cancel(db, found, day, force=True, refund=True)
        case "take back":
            endings.take_back(db, found)
        case "change":
            (changes.now if extra else changes.at_next_billing)(db, found, rates.get(db, 1 + number))
        case "until":
            edits.edit(db, found, Edit(until=None if extra else day, endless=extra))
        case "start":
            edits.edit(db, found, Edit(start=found.starts_on + timedelta(days=number)))
        case "pay":
            owed = charges.open_of(db, membership_id=found.id)
            amount = Money(min(number, sum(each.left.minor for each in owed)), "EUR")
            payments.record(db, found.client_id, amount, payment_types.find(db, "cash"), db.today, charges=owed)
        case "bill":
            billing.bill(db, day, [found.id])


def check(db):
    """Look whether everything fits together."""
    found = memberships.find(db, "M-1")
    schedule = moves.schedule_of(db, found)
    assert schedule
    assert found.cancelled_on is None or found.ends_on is None or found.cancelled_on <= found.ends_on
    assert (found.term_ends_on is None) == (found.ends_on is None)
    waiting = billing.held(schedule, found.next_bill_on)
    on_days = next((first for first, _ in schedule.spans(found.next_bill_on)), None) == found.next_bill_on
    assert on_days or waiting == found.next_bill_on, (found.next_bill_on, schedule)
    held = sorted((each.starts_on, each.ends_on or date.max) for each in moves.charged(db, found) if not gone(each))
    for (_, last), (first, _) in pairwise(held):
        assert last < first, held
    if held:
        assert held[-1][0] < found.next_bill_on
    for one, other in pairwise(schedule.pauses):
        assert one.resumes_on
        assert one.resumes_on <= other.starts_on
    sums = db.row(
        """SELECT sum(amount_minor),
        sum(paid_minor + credit_minor + waived_minor + refunded_minor + left_minor) FROM charges"""
    )
    assert sums is None or sums[0] == sums[1]
    owed = db.value("""SELECT coalesce(sum(left_over + used), 0) FROM credits""")
    paid = db.value("SELECT coalesce(sum(amount_minor), 0) FROM payments WHERE kind = 'received'")
    back = db.value("SELECT coalesce(sum(amount_minor), 0) FROM payments WHERE kind = 'refunded'")
    lies = db.value("SELECT coalesce(sum(paid_minor), 0) FROM charges")
    assert paid - back == lies + owed, "money is on charges, in credit or given back"


def check_no_day_is_free(db):
    """Look whether every day up to the next bill day is charged, where nothing was cancelled or dropped."""
    billing.bill(db, db.today)
    found = memberships.find(db, "M-1")
    if found.cancelled_on or found.pause_rule == "keep":
        return
    held = [(each.starts_on, each.ends_on) for each in moves.charged(db, found)]
    for (_, last), (first, _) in pairwise(held):
        assert last + timedelta(days=1) == first, held
    if held:
        assert held[0][0] == found.starts_on
        assert held[-1][1] == min(found.next_bill_on - timedelta(days=1), found.term_ends_on or date.max)


def gone(period):
    """Say whether a charge was let off altogether: it is for days that are not used."""
    return period.charge.status == "waived"


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIVES, rule=KINDS, endless=st.booleans())
def test_any_moves_keep_dates_charges_and_money_in_order(book, records, life, rule, endless):
    with records.change(today=str(START), dry_run=True) as db:
        born(db, rule, None if endless else D("2026-12-30"))
        check(db)
        for wait, (move, number, extra) in life:
            db.today += timedelta(days=wait)
            live(db, move, number, extra)
            check(db)
        check_no_day_is_free(db)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=LIVES, rule=KINDS, days=st.lists(st.integers(0, 200), max_size=6))
def test_billing_in_any_split_of_days_gives_the_same_charges_as_in_one_go(book, records, life, rule, days):
    """Between the same moves: nothing is billed ahead, so the bill days of each stretch are due in it."""
    seen = []
    for often in (False, True):
        with records.change(today=str(START), dry_run=True) as db:
            born(db, rule, D("2026-12-30"))
            for wait, (move, number, extra) in life:
                following = db.today + timedelta(days=wait)
                for day in sorted(days) if often else []:
                    between = START + timedelta(days=day)
                    if db.today < between < following:
                        db.today = between
                        billing.bill(db, between)
                db.today = following
                billing.bill(db, following)
                if move not in {"bill", "pay"}:
                    live(db, move, number, extra)
            billing.bill(db, db.today)
            rows = db.rows(
                "SELECT kind, starts_on, ends_on, amount_minor, due_on, left_minor FROM charges ORDER BY 2, 1, 4"
            )
            seen.append((rows, memberships.find(db, "M-1"), memberships.pauses(db, 1)))
    assert seen[0] == seen[1]


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=st.lists(st.tuples(st.integers(0, 40), MOVES), min_size=1, max_size=5), rule=KINDS)
def test_each_move_undone_restores_every_table(book, records, life, rule):
    blank = book.read_bytes()
    with records.change(today=str(START)) as db:
        born(db, rule, D("2026-12-30"))
    states, today = [], START
    for wait, (move, number, extra) in life:
        today += timedelta(days=wait)
        before = dumped(book)
        with records.change(today=str(today)) as db:
            live(db, move, number, extra)
        if dumped(book) != before:
            states.append(before)
    for before in reversed(states):
        with records.change("undo", today=str(today)) as db:
            history.undo(db)
        assert dumped(book) == before
    book.write_bytes(blank)
