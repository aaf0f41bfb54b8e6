"""Ask SQLite how it would find what lists show: by an index, and never by reading all there is."""

import pytest

from clientctl.base.calendar import Range
from clientctl.domain.client_file import card
from clientctl.domain.clients import field_values, fields, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.journal import history
from clientctl.domain.memberships import queues as membership_queues
from clientctl.domain.memberships import record as memberships
from clientctl.domain.memberships.queues import QUEUES
from clientctl.domain.money import charges
from clientctl.domain.overview import client_list, client_rows
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.practice import sites
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.store import Reader

PAGE = Request(limit=20)

OF_FIELDS = {"SCAN fields", "SCAN f"}
"""Reading all the fields that the owner made: a handful, whatever the number of clients."""


class Explained(Reader):
    """A reader that keeps how each statement it runs is carried out."""

    def __init__(self, db):
        super().__init__(db.connection, db.path)
        self.today = db.today
        self.steps = []

    def rows(self, sql, parameters=()):
        self._explain(sql, parameters)
        return super().rows(sql, parameters)

    def row(self, sql, parameters=()):
        self._explain(sql, parameters)
        return super().row(sql, parameters)

    def _explain(self, sql, parameters):
        self.steps += [step[3] for step in super().rows(f"EXPLAIN QUERY PLAN {sql}", parameters)]


@pytest.fixture
def steps_of():
    """Return ``steps_of(records, act)``: the steps by which what ``act(db)`` asks for is found."""

    def steps(records, act):
        with records.read() as db:
            watched = Explained(db)
            act(watched)
        assert watched.steps
        return watched.steps

    return steps


@pytest.fixture
def explain(records, steps_of):
    """Return ``explain(act)``: the steps by which what ``act(db)`` asks for is found."""
    records.membership(
        records.client("Ana", "Müller", email="ana@example.com", phone="0612345678"), records.rate(), "2026-01-01"
    )

    return lambda act: steps_of(records, act)


def scans(steps):
    """Return the steps that read a whole table of ours.

    Going along an index stops when the page is full; a subquery holds what one client has; the
    virtual table looks its trigrams up.
    """
    harmless = ("USING INDEX", "(subquery", "SCAN v", "VIRTUAL TABLE")
    scanned = [step for step in steps if step.startswith("SCAN ") and step not in OF_FIELDS]
    return [step for step in scanned if not any(word in step for word in harmless)]


IN_QUEUE = {
    "ending": ["SEARCH m USING INDEX memberships_last (last_on>? AND last_on<?)"],
    "needs-mandate": ["memberships_no_method", "payment_methods_mandate", "memberships_method (payment_method_id=?)"],
    "payment-failed": ["charges_attempt"],
    "payment-due": ["charges_due (due_on>? AND due_on<?)", "memberships_bills (bills_on>? AND bills_on<?)"],
    "overdue": ["charges_due (due_on<?)", "memberships_bills (bills_on>? AND bills_on<?)"],
}
"""The indexes by which the members of a queue are found."""


@pytest.mark.parametrize("queue", list(QUEUES))
@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda db, query: queries.listing(db, query, PAGE), id="first 20"),
        pytest.param(lambda db, query: queries.listing(db, query, PAGE._replace(sort="ends")), id="by their end"),
        pytest.param(queries.count, id="count"),
    ],
)
def test_a_queue_is_found_by_its_index(explain, queue, ask):
    steps = explain(lambda db: ask(db, Query(memberships.SOURCE, [membership_queues.where_queue(db, queue, 7)])))
    assert scans(steps) == []
    for index in IN_QUEUE[queue]:
        assert any(index in step for step in steps)
    assert "SCAN m" not in steps


def test_the_first_to_end_are_read_in_their_order_and_no_further(explain):
    def ask(db):
        query = Query(memberships.SOURCE, [membership_queues.where_queue(db, "ending", 7)])
        queries.listing(db, query, PAGE._replace(sort="ends"))

    assert "USE TEMP B-TREE FOR ORDER BY" not in explain(ask)


def test_the_counts_of_the_queues_are_found_by_their_indexes(explain):
    steps = explain(lambda db: list(membership_queues.counts(db, 7).rows))
    whole = {"SCAN d USING INDEX memberships_no_method", "SCAN y USING INDEX payment_methods_mandate"}
    assert {step for step in steps if step.startswith("SCAN")} == whole  # indexes of nobody else


@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda db, query: queries.listing(db, query, PAGE), id="last 20"),
        pytest.param(lambda db, query: queries.listing(db, query, PAGE._replace(sort="due")), id="by their day"),
        pytest.param(queries.count, id="count"),
    ],
)
def test_overdue_charges_are_found_by_their_index(explain, ask):
    steps = explain(lambda db: ask(db, Query(charges.SOURCE, charges.SOURCE.where(overdue=True))))
    assert "SEARCH h USING INDEX charges_due (due_on<?)" in steps
    assert scans(steps) == []


@pytest.mark.parametrize("columns", [("id", "name", "email"), tuple(client_list.SOURCE.fields)])
def test_the_last_page_of_clients_is_read_from_its_end(explain, columns):
    request = PAGE._replace(columns=columns)
    steps = explain(lambda db: queries.listing(db, client_list.query(db, ClientFilter()), request))
    assert scans(steps) == []
    steps = steps[steps.index("SCAN c USING INDEX clients_moved") :]
    assert steps[-1] != "USE TEMP B-TREE FOR ORDER BY"  # it would come after all that is sorted


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("ends", "memberships_last"),
        ("next_billing", "memberships_bills"),
        ("created", "memberships_created"),
    ],
)
def test_a_range_of_days_is_found_by_its_index(explain, name, index):
    def ask(db):
        query = Query(memberships.SOURCE, memberships.SOURCE.where(**{name: Range(db.today, db.today)}))
        queries.count(db, query)

    steps = explain(ask)
    assert steps[0].startswith("SEARCH m USING")
    assert f"INDEX {index} (" in steps[0]
    assert scans(steps) == []


def test_memberships_are_read_from_their_end(explain):
    steps = explain(lambda db: queries.listing(db, Query(memberships.SOURCE), PAGE))
    assert "SCAN m" in steps  # along the ids, until the page is full
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_the_memberships_of_a_client_are_found_by_index(explain):
    def ask(db):
        queries.listing(db, Query(memberships.SOURCE, memberships.SOURCE.where(client=clients.get(db, 1))), PAGE)

    steps = explain(ask)
    assert scans(steps) == []
    assert any("memberships_client (client_id=?)" in step for step in steps)


@pytest.fixture
def holders(records):
    """Return ``records`` with a client who has all that clients are filtered by."""
    client = records.client("Ana", "Müller", email="ana@example.com")
    records.membership(client, records.rate(), "2026-01-01")
    with records.change() as db:
        for name, kind, value in (("Dog", "text", "Rex"), ("Points", "number", "5"), ("Chipped", "date", "2026-01-01")):
            field_values.set_values(db, client.id, fields.add(db, name, kind), [value])
        preferences.record(db, [client], [preferences.add(db, "News")], True)
        db.update("clients", client.id, site_id=sites.add(db, "Lyon").id)
    return records


BY_VALUE = "SEARCH v USING INDEX field_values_key (field_id=? AND value_key"
OF_CLIENT = "INDEX sqlite_autoindex_field_values_1 (client_id=? AND field_id=?"
HELD = [
    pytest.param({"labels": (1,)}, "SEARCH cl USING INDEX client_labels_label", "(client_id=? AND label_id=?)", id="l"),
    pytest.param(
        {"preferences": (1,)},
        "SEARCH k USING INDEX consents_preference (preference_id=?)",
        "(preference_id=? AND client_id=?)",
        id="p",
    ),
    pytest.param(
        {"plans": (1,)}, "SEARCH m USING INDEX memberships_plan", "INDEX memberships_client (client_id=?)", id="on-plan"
    ),
    pytest.param({"where": ("dog is rex",)}, BY_VALUE + "=?)", OF_CLIENT, id="text is"),
    pytest.param({"where": ("points is 5",)}, BY_VALUE + "=?)", OF_CLIENT, id="number is"),
    pytest.param({"where": ("chipped before today",)}, BY_VALUE + "<?)", OF_CLIENT, id="day before"),
    pytest.param({"where": ("chipped in this-year",)}, BY_VALUE + ">? AND value_key<?)", OF_CLIENT, id="day in"),
]
"""Filters, how a few who have something are looked up, and how each client on the way is asked when they are many."""


def chosen_by(parts):
    def ask(db):
        query = client_list.query(db, ClientFilter(**parts))
        queries.listing(db, query, PAGE)

    return ask


@pytest.mark.parametrize(("parts", "lookup", "each"), HELD)
def test_the_few_who_have_something_are_looked_up(steps_of, holders, parts, lookup, each):
    steps = steps_of(holders, chosen_by(parts))
    assert scans(steps) == []
    assert [step for step in steps if step.startswith(lookup)]
    assert "SEARCH c USING INTEGER PRIMARY KEY (rowid=?)" in steps
    assert "SCAN c USING INDEX clients_moved" not in steps


@pytest.mark.parametrize(("parts", "lookup", "each"), HELD)
def test_of_many_no_more_are_read_than_a_page_takes(steps_of, holders, monkeypatch, parts, lookup, each):
    monkeypatch.setattr(client_rows, "FEW", 0)
    steps = steps_of(holders, chosen_by(parts))
    assert scans(steps) == []
    walk = steps[steps.index("SCAN c USING INDEX clients_moved") :]
    assert [step for step in walk if each in step]
    assert walk[-1] != "USE TEMP B-TREE FOR ORDER BY"


@pytest.mark.parametrize(
    "parts",
    [
        {"not_labels": (1,)},
        {"member": True},
        {"member": False},
        {"where": ("dog empty",)},
        {"where": ("dog contains x",)},
        {"where": ("points above 4",)},
    ],
)
def test_what_no_index_answers_is_asked_of_each_client_until_the_page_is_full(steps_of, holders, parts):
    steps = steps_of(holders, chosen_by(parts))
    assert scans(steps) == []
    assert "SCAN c USING INDEX clients_moved" in steps
    assert steps[-1] != "USE TEMP B-TREE FOR ORDER BY"


def test_who_is_at_home_at_a_site_is_read_from_the_end_by_index(steps_of, holders):
    steps = steps_of(holders, chosen_by({"site": 1}))
    assert scans(steps) == []
    assert "SEARCH c USING INDEX clients_site (site_id=?)" in steps
    assert (
        "USE TEMP B-TREE FOR ORDER BY" not in steps[steps.index("SEARCH c USING INDEX clients_site (site_id=?)") :][-1:]
    )


def test_a_card_reads_no_table_as_a_whole(explain):
    steps = explain(lambda db: card.client(db, "1"))
    assert scans(steps) == []


@pytest.mark.parametrize("text", ["mul", "m", "ana mul", "ller", "0612345678"])
def test_a_search_looks_up_and_does_not_read_all_clients(explain, text):
    steps = explain(lambda db: queries.listing(db, client_list.query(db, ClientFilter(text=text)), PAGE))
    assert scans(steps) == []


@pytest.mark.parametrize("selector", ["1", "ana@example.com", "+33612345678", "Müller Ana", "mül an", "ana"])
def test_whoever_is_named_is_looked_up(explain, selector):
    assert scans(explain(lambda db: client_selectors.client_named(db, selector))) == []


def test_the_log_is_read_from_its_end(explain):
    steps = explain(lambda db: queries.listing(db, Query(history.LOG), PAGE))
    assert not [step for step in steps if "TEMP B-TREE" in step]
    assert any("commands_reverts (reverts=?)" in step for step in steps)
