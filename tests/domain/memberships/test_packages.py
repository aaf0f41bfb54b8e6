"""Keep packages: what was bought less what was used is what is left, until its day; the first to expire goes first."""

from datetime import date, timedelta

import heavy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.base.calendar import Range, parse_interval
from clientctl.base.money import Money
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.memberships import packages
from clientctl.domain.money.charges import SOURCE as CHARGES
from clientctl.domain.offers import plans, rates
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import archiving
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store.erase import erase

EVERY = Query(packages.SOURCE)
D = date.fromisoformat


@pytest.fixture
def ana(records):
    return records.client("Ana")


def rate(records, term="6m", *, name="Full", clock="purchase", sessions=10, price=12000, setup=None):
    """Make a rate of the plan Ten, one command."""
    with records.change("rate add") as db:
        try:
            plan = plans.find(db, "Ten")
        except NotFoundError:
            plan = plans.add(db, "Ten", kind="package")
        fee = Money(setup, "EUR") if setup else None
        valid = parse_interval(term) if term else None
        return rates.add(db, plan, name, Money(price, "EUR"), None, valid, sessions=sessions, clock=clock, setup=fee)


def sell(records, client, at, start=None, *, today=None):
    with records.change("package sell", today=today) as db:
        return packages.sell(db, client, at, D(start) if start else None)


# -- selling --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "start", "starts", "expires"),
    [
        ("purchase", None, "2026-03-01", "2026-08-31"),
        ("first-use", None, None, None),
        ("purchase", "2026-01-31", "2026-01-31", "2026-07-30"),
        ("first-use", "2026-08-31", "2026-08-31", "2027-02-27"),
    ],
)
def test_the_time_begins_at_purchase_at_first_use_or_on_a_day(records, ana, clock, start, starts, expires):
    sold = sell(records, ana, rate(records, clock=clock), start)
    assert (sold.number, sold.status, sold.left, sold.sold_on) == ("K-1", "unused", 10, D("2026-03-01"))
    assert records.listed(EVERY, "starts", "expires") == [(starts, expires)]


def test_without_a_term_it_never_expires(records, ana):
    sell(records, ana, rate(records, None))
    assert records.listed(EVERY, "expires", "status", today="2099-12-31") == [(None, "unused")]


def test_selling_makes_the_order_its_charges_and_the_label_and_makes_a_lead_a_client(records, ana):
    at = rate(records, setup=500)
    with records.change("client archive") as db:
        clients.archive(db, ana)
        place = db.value("SELECT moved_by FROM clients")
    assert records.listed(ClientFilter(archived=True), "status") == ["lead"]
    with records.read() as db:
        archived = clients.get(db, ana.id)
    sell(records, archived, at)
    assert records.listed(Query(CHARGES), "kind", "amount", "due", "order", "package", "membership") == [
        ("setup", "500 EUR", "2026-03-01", "O-1", "K-1", None),
        ("once", "12000 EUR", "2026-03-01", "O-1", "K-1", None),
    ]
    assert records.listed(ClientFilter(), "status", "labels", "memberships", "archived") == [("client", "Ten", 0, None)]
    with records.read() as db:
        assert labels.of_client(db, ana.id)[0].exact == "plan:Ten"
        assert db.value("SELECT moved_by FROM clients") == place


def test_what_costs_nothing_has_no_charge(records, ana):
    sell(records, ana, rate(records, price=0))
    assert records.counted(Query(CHARGES)) == 0


def test_what_was_sold_keeps_its_terms(records, ana):
    at = rate(records, clock="first-use")
    sold = sell(records, ana, at)
    with records.change("rate edit") as db:
        rates.edit(db, at, at._replace(sessions=1, price=Money(1, "EUR"), term=None, clock="purchase"))
    with records.change("package use") as db:
        used = packages.use(db, sold)
    assert (used.sessions, used.price, used.expires_on) == (10, Money(12000, "EUR"), D("2026-08-31"))


def test_what_can_not_be_sold_is_said(records, ana):
    at, monthly = rate(records), records.rate()
    with records.change() as db:
        with pytest.raises(UsageError, match=r"Yoga is a membership: `clientctl membership add .*` sells it"):
            packages.sell(db, ana, monthly)
        with pytest.raises(UsageError, match="from 2025-01-01 it would have expired on 2025-06-30"):
            packages.sell(db, ana, at, D("2025-01-01"))
        archiving.archive(db, "rates", at.id, None)
        with pytest.raises(RefusedError, match="the rate Ten/Full is archived"):
            packages.sell(db, ana, rates.find(db, "Ten/Full"))
        archiving.archive(db, "plans", at.plan.id, None)
        with pytest.raises(RefusedError, match="the plan Ten is archived"):
            packages.sell(db, ana, rates.find(db, "Ten/Full"))
    with records.change("client delete", today="2026-03-02") as db:
        erase(db, [ana.id], "2026-03-02")
    with records.change() as db, pytest.raises(RefusedError, match="was erased on 2026-03-02"):
        packages.sell(db, clients.get(db, ana.id), at)


# -- using ----------------------------------------------------------------------------------------


def test_the_first_use_starts_a_clock_that_waits_for_it(records, ana):
    sold = sell(records, ana, rate(records, clock="first-use"), today="2026-01-10")
    with records.change("package use") as db:
        with pytest.raises(RefusedError, match="K-1 starts only on 2026-01-10"):
            packages.use(db, sold, on=D("2026-01-09"))
        used = packages.use(db, sold, on=D("2026-01-31"))
        assert (used.starts_on, used.expires_on, used.left) == (D("2026-01-31"), D("2026-07-30"), 9)
        again = packages.use(db, used)
        assert (again.starts_on, again.expires_on, again.left) == (D("2026-01-31"), D("2026-07-30"), 8)


def test_it_is_used_within_its_time_and_not_in_the_future(records, ana):
    sold = sell(records, ana, rate(records), "2026-02-01")
    with records.change("package use", today="2026-09-01") as db:
        with pytest.raises(RefusedError, match="K-1 starts only on 2026-02-01"):
            packages.use(db, sold, on=D("2026-01-31"))
        with pytest.raises(RefusedError, match=r"K-1 expired on 2026-07-31: `clientctl package sell .*`"):
            packages.use(db, sold, on=D("2026-08-01"))
        with pytest.raises(RefusedError, match="expired"):
            packages.use(db, sold)
        with pytest.raises(UsageError, match="2026-09-02 is in the future"):
            packages.use(db, sold, on=D("2026-09-02"))
        assert packages.use(db, sold, on=D("2026-07-31")).left == 9  # entered late
        assert packages.find(db, "K-1").status == "expired"


def test_no_more_is_used_or_taken_than_is_left(records, ana):
    sold = sell(records, ana, rate(records, sessions=2))
    with records.change("package use") as db:
        with pytest.raises(RefusedError, match="K-1 has 2 sessions left: 3 sessions can't be used"):
            packages.use(db, sold, 3)
        for wrong in (0, -1):
            with pytest.raises(UsageError, match="at least 1"):
                packages.use(db, sold, wrong)
        empty = packages.use(db, sold, 2, reason="two came")
        assert (empty.left, empty.status) == (0, "used-up")
        with pytest.raises(RefusedError, match="K-1 has no sessions left: 1 session can't"):
            packages.use(db, empty)
        with pytest.raises(RefusedError, match="no more can be removed"):
            packages.adjust(db, empty, -1, "wrong")
        given_back = packages.adjust(db, empty, 1, " class  cancelled ")
        assert (given_back.left, given_back.status) == (1, "in-use")
    with records.read() as db:
        assert list(packages.card(db, "K-1").sections["entries"][1].rows) == [
            (1, "2026-03-01", "use", -2, "two came"),
            (2, "2026-03-01", "adjust", 1, "class cancelled"),
        ]


def test_an_adjustment_has_a_reason_and_does_something(records, ana):
    sold = sell(records, ana, rate(records))
    with records.change() as db:
        for reason in ("", " "):
            with pytest.raises(UsageError, match="--reason"):
                packages.adjust(db, sold, 1, reason)
        with pytest.raises(UsageError, match="the number of sessions can't be 0"):
            packages.adjust(db, sold, 0, "x")
        for act in (packages.adjust, packages.use):
            with pytest.raises(RefusedError, match="ending in 1111"):
                act(db, sold, 1, reason="4111 1111 1111 1111")


def test_what_expires_first_is_used_first_then_the_oldest(records, ana):
    bo = records.client("Bo")
    never, short, same = rate(records, None), rate(records, "1m", name="1m"), rate(records, "30d", name="30d")
    waiting = rate(records, "1d", name="waiting", clock="first-use", sessions=1)
    for client, at in ((ana, never), (ana, waiting), (ana, same), (ana, short), (bo, short)):
        sell(records, client, at)
    with records.change("package use") as db:
        used = packages.use_any(db, ana, 22)
    assert [(was.number, was.left - now.left) for was, now in used] == [("K-3", 10), ("K-4", 10), ("K-1", 2)]
    with records.change("package use", today="2026-05-01") as db:
        with pytest.raises(RefusedError, match="Ana has 9 sessions left for 2026-05-01: 10 sessions can't be used"):
            packages.use_any(db, ana, 10)
        with pytest.raises(RefusedError, match="Bo has no sessions left for 2026-05-01"):
            packages.use_any(db, bo)
        assert [now.number for _, now in packages.use_any(db, bo, on=D("2026-03-31"))] == ["K-5"]
        assert [(now.number, now.left) for _, now in packages.use_any(db, ana, 9)] == [("K-1", 0), ("K-2", 0)]


# -- lists ----------------------------------------------------------------------------------------


def test_a_status_is_that_of_the_day_and_lists_are_chosen_by_it(records, ana):
    bo = records.client("Bo")
    full, one = rate(records), rate(records, None, name="One", sessions=1)
    sold = [sell(records, client, at) for client, at in ((ana, full), (ana, full), (bo, one), (bo, one))]
    with records.change("package use") as db:
        for each in sold[1:3]:
            packages.use(db, each)
    found = [("K-1", "unused"), ("K-2", "in-use"), ("K-3", "used-up"), ("K-4", "unused")]
    assert records.listed(EVERY, "number", "status", today="2026-08-31") == found
    late = [("K-1", "expired"), ("K-2", "expired"), ("K-3", "used-up"), ("K-4", "unused")]
    assert records.listed(EVERY, "number", "status", today="2026-09-01") == late

    def numbers(*where, **more):
        return records.listed(Query(packages.SOURCE, where), "number", **more)

    assert numbers(*packages.SOURCE.where(status=["unused", "used-up"])) == ["K-1", "K-3", "K-4"]
    assert numbers(*packages.SOURCE.where(status=["expired"]), today="2026-09-01") == ["K-1", "K-2"]
    assert numbers(*packages.SOURCE.where(client=bo)) == ["K-3", "K-4"]
    assert numbers(*packages.SOURCE.where(plan=[full.plan])) == ["K-1", "K-2", "K-3", "K-4"]
    assert numbers(*packages.SOURCE.where(expires=Range(D("2026-08-31"), None))) == ["K-1", "K-2"]
    assert numbers(*packages.SOURCE.where(expires=Range(D("2026-09-01"), None))) == []
    with pytest.raises(UsageError, match="no status 'new': there are unused, in-use, used-up, expired"):
        packages.SOURCE.where(status=["new"])
    with records.read(today="2026-09-01") as db:
        standing = {client.first_name: packages.usable(db, client) for client in (ana, bo)}
    assert {who: [each.number for each in found] for who, found in standing.items()} == {"Ana": [], "Bo": ["K-4"]}


@pytest.mark.parametrize(
    ("number", "error"), [("K-2", NotFoundError), ("9" * 30, NotFoundError), ("M-1", UsageError), ("", UsageError)]
)
def test_a_package_that_is_not_there_is_said(records, number, error):
    with records.read() as db, pytest.raises(error, match="package"):
        packages.find(db, number)


# -- the balance ----------------------------------------------------------------------------------

ACTS = st.lists(
    st.tuples(
        st.sampled_from(["first", "second", "any", "adjust first", "adjust second"]),
        st.integers(-4, 6),
        st.integers(0, 40),
    ),
    max_size=15,
)


@settings(deadline=None, max_examples=heavy.times(15, 60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_what_is_left_is_what_was_bought_and_entered_and_never_less_than_nothing(records, acts):
    """Try anything, and ask a model of two packages what may be done: one expires on 30 March, one never."""
    with records.change(dry_run=True) as db:
        plan = plans.add(db, "Ten", kind="package")
        client = clients.get(db, clients.add(db, {"first_name": "Ana"}, source="hand"))
        for name, term in (("Short", parse_interval("30d")), ("Long", None)):
            packages.sell(db, client, rates.add(db, plan, name, Money(100, "EUR"), None, term, sessions=5))
        left = {"K-1": 5, "K-2": 5}
        for act, sessions, day in acts:
            db.today = D("2026-03-01") + timedelta(days=day)
            wanted = _wanted(left, act, sessions, open_first=day < 30)
            try:
                _do(db, client, act, sessions)
            except (RefusedError, UsageError):
                assert wanted is None
            else:
                assert wanted is not None
                left = wanted
            for number, sessions_left in left.items():
                assert packages.find(db, number).left == sessions_left >= 0
            sums = db.rows(
                """SELECT 'K-' || k.id, k.sessions + coalesce((SELECT sum(e.sessions) FROM package_entries e
                   WHERE e.package_id = k.id), 0) FROM packages k"""
            )
            assert dict(sums) == left


def _do(db, client, act, sessions):
    if act == "any":
        packages.use_any(db, client, sessions)
        return
    package = packages.find(db, "K-1" if act.endswith("first") else "K-2")
    if act.startswith("adjust"):
        packages.adjust(db, package, sessions, "because")
    else:
        packages.use(db, package, sessions)


def _wanted(left, act, sessions, *, open_first):
    """Describe what would be left, None when it may not be done."""
    number = "K-1" if act.endswith("first") else "K-2"
    if act.startswith("adjust"):
        return {**left, number: left[number] + sessions} if sessions and left[number] + sessions >= 0 else None
    if sessions < 1:
        return None
    if act != "any":
        can = left[number] >= sessions and (open_first or number == "K-2")
        return {**left, number: left[number] - sessions} if can else None
    first = min(sessions, left["K-1"]) if open_first else 0
    after = {"K-1": left["K-1"] - first, "K-2": left["K-2"] - sessions + first}
    return after if after["K-2"] >= 0 else None
