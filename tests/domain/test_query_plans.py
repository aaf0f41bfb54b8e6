"""Ask SQLite how it would find what lists show: by an index, and never by reading all there is."""

import pytest

from clientctl.base.calendar import Range
from clientctl.domain import card, client_list, clients, find, history, labels, lists, memberships
from clientctl.domain.filters import ClientFilter
from clientctl.domain.lifecycle import QUEUES
from clientctl.domain.lists import Query, Request
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
def explain(records):
    """Give ``explain(act)``: the steps by which what ``act(db)`` asks for is found."""
    records.membership(
        records.client("Ana", "Müller", email="ana@example.com", phone="0612345678"), records.rate(), "2026-01-01"
    )

    def steps(act):
        with records.read() as db:
            watched = Explained(db)
            act(watched)
        assert watched.steps
        return watched.steps

    return steps


def scans(steps):
    """Give the steps that read a whole table of ours.

    Going along an index stops when the page is full; a subquery holds what one client has; the
    virtual table looks its trigrams up.
    """
    harmless = ("USING INDEX", "(subquery", "VIRTUAL TABLE")
    scanned = [step for step in steps if step.startswith("SCAN ") and step not in OF_FIELDS]
    return [step for step in scanned if not any(word in step for word in harmless)]


@pytest.mark.parametrize("queue", list(QUEUES))
@pytest.mark.parametrize(
    "ask",
    [
        pytest.param(lambda db, query: lists.listing(db, query, PAGE), id="first 20"),
        pytest.param(lambda db, query: lists.listing(db, query, PAGE._replace(sort="ends")), id="by their end"),
        pytest.param(lists.count, id="count"),
    ],
)
def test_a_queue_is_found_by_its_index(explain, queue, ask):
    steps = explain(lambda db: ask(db, Query(memberships.SOURCE, [memberships.where_queue(db, queue, 7)])))
    assert scans(steps) == []
    assert "SEARCH m USING INDEX memberships_last (last_on>? AND last_on<?)" in steps


def test_the_first_to_end_are_read_in_their_order_and_no_further(explain):
    def ask(db):
        query = Query(memberships.SOURCE, [memberships.where_queue(db, "ending", 7)])
        lists.listing(db, query, PAGE._replace(sort="ends"))

    assert "USE TEMP B-TREE FOR ORDER BY" not in explain(ask)


def test_the_counts_of_the_queues_are_found_by_their_indexes(explain):
    steps = explain(lambda db: list(memberships.queues(db, 7).rows))
    assert not [step for step in steps if step.startswith("SCAN")]


@pytest.mark.parametrize("columns", [("id", "name", "email"), tuple(client_list.SOURCE.fields)])
def test_the_last_page_of_clients_is_read_from_its_end(explain, columns):
    request = PAGE._replace(columns=columns)
    steps = explain(lambda db: lists.listing(db, client_list.query(db, ClientFilter()), request))
    assert scans(steps) == []
    steps = steps[steps.index("SCAN c USING INDEX clients_moved") :]
    assert steps[-1] != "USE TEMP B-TREE FOR ORDER BY"  # it would come after all that is sorted


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("ends", "memberships_last"),
        ("next_billing", "memberships_next_bill"),
        ("created", "memberships_created"),
    ],
)
def test_a_range_of_days_is_found_by_its_index(explain, name, index):
    def ask(db):
        query = Query(memberships.SOURCE, memberships.where_day(name, Range(db.today, db.today)))
        lists.count(db, query)

    (step,) = explain(ask)
    assert step.startswith("SEARCH m USING")
    assert f"INDEX {index} (" in step


def test_memberships_are_read_from_their_end(explain):
    steps = explain(lambda db: lists.listing(db, Query(memberships.SOURCE), PAGE))
    assert "SCAN m" in steps  # along the ids, until the page is full
    assert not [step for step in steps if "TEMP B-TREE" in step]


def test_the_memberships_of_a_client_are_found_by_index(explain):
    def ask(db):
        lists.listing(db, Query(memberships.SOURCE, [memberships.where_client(clients.get(db, 1))]), PAGE)

    steps = explain(ask)
    assert scans(steps) == []
    assert any("memberships_client (client_id=?)" in step for step in steps)


@pytest.mark.parametrize("chosen", ["labels", "not_labels"])
def test_who_has_a_label_is_looked_up(explain, chosen):
    def ask(db):
        query = client_list.query(db, ClientFilter(**{chosen: (labels.find(db, "Yoga").id,)}))
        lists.listing(db, query, PAGE)
        lists.count(db, query)

    steps = explain(ask)
    assert not [step for step in steps if "SCAN cl" in step]
    assert any(step.startswith("SEARCH cl USING COVERING INDEX") for step in steps)


@pytest.mark.parametrize("member", [True, False])
def test_who_has_a_membership_is_looked_up(explain, member):
    def ask(db):
        query = client_list.query(db, ClientFilter(member=member))
        lists.listing(db, query, PAGE)
        lists.count(db, query)

    steps = explain(ask)
    assert not [step for step in steps if step.startswith("SCAN m")]
    assert any("memberships_client (client_id=?)" in step for step in steps)


def test_a_card_reads_no_table_as_a_whole(explain):
    steps = explain(lambda db: card.client(db, "1"))
    assert scans(steps) == []


@pytest.mark.parametrize("text", ["mul", "m", "ana mul", "ller", "0612345678"])
def test_a_search_looks_up_and_does_not_read_all_clients(explain, text):
    steps = explain(lambda db: lists.listing(db, client_list.query(db, ClientFilter(text=text)), PAGE))
    assert scans(steps) == []


@pytest.mark.parametrize("selector", ["1", "ana@example.com", "+33612345678", "Müller Ana", "mül an"])
def test_whoever_is_named_is_looked_up(explain, selector):
    assert scans(explain(lambda db: find.client_named(db, selector, loosely=True))) == []


def test_the_log_is_read_from_its_end(explain):
    steps = explain(lambda db: lists.listing(db, Query(history.LOG), PAGE))
    assert not [step for step in steps if "TEMP B-TREE" in step]
    assert any("commands_reverts (reverts=?)" in step for step in steps)
