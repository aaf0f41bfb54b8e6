"""Choose clients: each part of a filter by itself, all parts together, and every operator against plain Python."""

import heavy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.base.text import fold
from clientctl.domain.clients import field_values, fields, labels, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.offers import plans
from clientctl.domain.overview import client_list, client_rows, filters, segments
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.practice import sites
from clientctl.errors import RefusedError, UsageError

PEOPLE = (
    # first, last, email, company, birthday, dog, weight, price, level, paid
    ("Ana", "Müller", "ana@example.com", "Épices & Fils", "1990-03-15", "Rex", "7.5", "12.50 EUR", ["A", "B"], "yes"),
    ("Bo", "Østergaard", "bo@example.org", None, "1985-12-31", "rex II", "10", "99.00 EUR", ["B"], "no"),
    ("Zoé", "D'Angelo", None, "épices", "2000-02-29", None, "-3", "12.50 CHF", [], None),
    ("Иван", "Петров", "ivan@example.net", "100% Pur_e", None, "Мухтар", None, None, [], None),
)


@pytest.fixture
def people(records, once):
    """Return a database with PEOPLE as clients 1 to 4, and a field of most types."""
    once(records.path, lambda: fill(records))
    return records


def fill(records):
    with records.change() as db:
        kinds = {"Dog": "text", "Weight": "number", "Price": "money", "Paid": "yes-no"}
        made = {name: fields.add(db, name, kind) for name, kind in kinds.items()}
        made["Level"] = fields.add(db, "Level", "choices", offered=["A", "B", "C"])
    for first, last, email, company, birthday, *own in PEOPLE:
        client = records.client(first, last, email=email, company=company, birthday_on=birthday)
        with records.change() as db:
            for name, value in zip(("Dog", "Weight", "Price", "Level", "Paid"), own, strict=True):
                if value:
                    field_values.set_values(db, client.id, made[name], [value] if isinstance(value, str) else value)


def chosen(records, today=None, **parts):
    """Choose clients by looking up those who have something, and again by asking each: the same ones."""
    found = []
    for few in (client_rows.FEW, 0):
        with records.read(today=today) as db, pytest.MonkeyPatch.context() as patch:
            patch.setattr(client_rows, "FEW", few)
            found.append(sorted(client_list.list_ids(db, ClientFilter(**parts))))
    assert found[0] == found[1]
    return found[0]


def asked(records, *where, today=None):
    return chosen(records, today=today, where=where)


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("first_name is ANA", [1]),
        ("first-name is-not ana", [2, 3, 4]),
        ("name is muller ana", [1]),
        ("name is ana muller", [1]),
        ("last-name contains gel", [3]),
        ("last-name starts ost", [2]),
        ("last-name starts ter", []),
        ("company contains EPICES", [1, 3]),
        ("company starts epices", [1, 3]),
        ("company is epices fils", [1]),
        ("company empty", [2]),
        ("company filled", [1, 3, 4]),
        ("company contains %", None),
        ("company is 100% pur_e", [4]),
        ("email is ANA@example.com", [1]),
        ("email empty", [3]),
        ("birthday is 1990-03-15", [1]),
        ("birthday is-not 1990-03-15", [2, 3, 4]),
        ("birthday before 1990-03-15", [2]),
        ("birthday after 1990-03-15", [3]),
        ("birthday in this-month", [1]),
        ("birthday in last-month", [3]),
        ("birthday in 2025-12-20..2026-01-10", [2]),
        ("birthday in this-year", [1, 2, 3]),
        ("birthday empty", [4]),
        ("dog contains REX", [1, 2]),
        ("dog is rex", [1]),
        ("dog is-not rex", [2, 3, 4]),
        ("dog starts мух", [4]),
        ("dog empty", [3]),
        ("weight above 7.5", [2]),
        ("weight below 7,6", [1, 3]),
        ("weight is 7.50", [1]),
        ("weight filled", [1, 2, 3]),
        ("price is 12.5", [1]),
        ("price below 20", [1]),
        ("price below 20 CHF", [3]),
        ("price above 20 EUR", [2]),
        ("level is a", [1]),
        ("level is B", [1, 2]),
        ("level is-not B", [3, 4]),
        ("level empty", [3, 4]),
        ("paid is yes", [1]),
        ("paid is non", [2]),
        ("memberships is 0", [1, 2, 3, 4]),
        ("memberships above 0", []),
        ("status is lead", [1, 2, 3, 4]),
    ],
)
def test_every_operator(people, where, ids):
    if ids is None:
        with pytest.raises(UsageError):
            asked(people, where)
    else:
        assert asked(people, where) == ids


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("nothing is x", "no field 'nothing' to filter by; fields: id, name"),
        ("weight contains 7", "the operators of weight are is, is-not, above, below, empty, filled"),
        ("dog", "the operators of dog are"),
        ("dog is", "is needs a value"),
        ("dog empty now", "empty takes no value"),
        ("weight above heavy", "is not a number"),
        ("birthday before 12/31/1990", "not a day"),
        ("birthday in 2026-01-01..", "a range with two ends"),
        ("level is Z", "the choices are A, B, C"),
        ("price above 12.345", "12.345"),
        ("", "no field"),
    ],
)
def test_what_can_not_be_asked_is_said(people, where, words):
    with pytest.raises(UsageError, match=words.replace("(", r"\(")):
        asked(people, where)


@settings(max_examples=heavy.times(25, 80), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    value=st.one_of(
        st.sampled_from(["a", "ana", "ex", "épices", "d'an", "%", "_", "'", '"', "--", ";", "Иван", "ø"]),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=5),
    ),
    operator=st.sampled_from(["is", "contains", "starts"]),
)
def test_texts_are_compared_folded_and_never_obeyed(people, value, operator):
    key = fold(value)
    tests = {"is": str.__eq__, "contains": str.__contains__, "starts": str.startswith}
    names = {number: fold(person[1]) for number, person in enumerate(PEOPLE, 1)}
    try:
        found = asked(people, f"last-name {operator} {value}")
    except UsageError:
        assert not key or not value.strip()
        return
    assert found == [number for number, name in names.items() if tests[operator](name, key)]


def test_across_parts_all_must_hold(people):
    assert asked(people, "dog filled", "company filled") == [1, 4]
    with people.change() as db:
        vip, old = labels.add(db, "VIP"), labels.add(db, "Old")
        labels.attach(db, [1, 2], [vip])
        labels.attach(db, [2, 3], [old])
    assert chosen(people, labels=(vip.id, old.id)) == [1, 2, 3]
    assert chosen(people, labels=(vip.id,), not_labels=(old.id,)) == [1]
    assert chosen(people, labels=(vip.id,), where=("company empty",)) == [2]
    assert chosen(people, not_labels=(vip.id, old.id)) == [4]


def test_sites_preferences_plans_status_since_archived(people):
    with people.change() as db:
        lyon = sites.add(db, "Lyon")
        db.update("clients", 1, site_id=lyon.id)
        news = preferences.add(db, "News")
        for client_id, opted_in in ((1, True), (2, True), (2, False), (3, False)):
            preferences.record(db, [clients.get(db, client_id)], [news], opted_in)
    rate = people.rate()
    with people.read() as db:
        second = clients.get(db, 2)
    people.membership(second, rate, "2026-01-01")
    with people.read() as db:
        yoga = plans.find(db, "Yoga")
    assert chosen(people, site=lyon.id) == [1]
    assert chosen(people, preferences=(news.id,)) == [1]
    assert chosen(people, plans=(yoga.id,)) == chosen(people, member=True) == chosen(people, status=("client",)) == [2]
    assert chosen(people, member=False) == chosen(people, status=("lead",)) == [1, 3, 4]
    assert chosen(people, since="..2026-02-28") == []
    assert chosen(people, since="this-month") == [1, 2, 3, 4]
    with people.change() as db:
        clients.archive(db, clients.get(db, 3))
    assert chosen(people) == [1, 2, 4]
    assert chosen(people, archived=True) == [3]


def test_a_segment_is_whoever_it_chooses_now(people):
    with people.change() as db:
        dogs = segments.save(db, "Chiens", ClientFilter(where=("dog filled",)))
        born = segments.save(db, "This month", ClientFilter(where=("birthday in this-month",), segments=(dogs.id,)))
        found = segments.save(db, "Named so", ClientFilter(text="mul"))
        assert segments.count(db, dogs) == 3
    assert chosen(people, segments=(dogs.id,)) == [1, 2, 4]
    assert chosen(people, segments=(born.id,)) == [1]
    assert chosen(people, segments=(born.id,), today="2026-12-05") == [2]
    assert chosen(people, segments=(found.id,)) == [1]
    assert chosen(people, segments=(dogs.id,), text="bo") == [2]
    with people.change() as db:
        field_values.set_values(db, 3, fields.find(db, "dog"), ["Médor"])
    assert chosen(people, segments=(dogs.id,)) == [1, 2, 3, 4]


def test_a_segment_follows_the_names_of_what_it_means(people):
    with people.change() as db:
        vip = labels.add(db, "VIP")
        labels.attach(db, [4], [vip])
        saved = segments.save(db, "Important", ClientFilter(labels=(vip.id,)))
        labels.rename(db, vip, "Very important")
    assert chosen(people, segments=(saved.id,)) == [4]


def test_a_segment_is_shown_as_it_would_be_typed_now(people):
    with people.change() as db:
        vip, old, news = labels.add(db, "VIP"), labels.add(db, "Old"), preferences.add(db, "News")
        dogs = segments.save(db, "Chiens", ClientFilter(where=("dog filled", "weight above 2"), member=False))
        both = ClientFilter("ana mul", (vip.id, old.id), preferences=(news.id,), segments=(dogs.id,), archived=True)
        segments.save(db, "Both", both)
        labels.rename(db, vip, "Very important")
        labels.remove(db, old)
        assert [row[2] for row in segments.listing(db).rows] == [
            "'ana mul' --label 'Very important' --label (removed) --opted-in News --segment Chiens --archived",
            "--where 'dog filled' --where 'weight above 2' --no-member",
        ]
        assert segments.card(db, str(dogs.id)).values[1:] == (
            "Chiens",
            "--where 'dog filled' --where 'weight above 2' --no-member",
        )


def test_a_segment_that_would_mean_itself_is_refused(people):
    with people.change() as db:
        one = segments.save(db, "One", ClientFilter(where=("dog filled",)))
        two = segments.save(db, "Two", ClientFilter(segments=(one.id,)))
    with people.change() as db, pytest.raises(UsageError, match="contains itself"):
        segments.save(db, "One", ClientFilter(segments=(two.id,)), replace=True)
    with people.change() as db, pytest.raises(RefusedError, match="'Two' uses 'One'"):
        segments.remove(db, one)


def test_segments_are_named_once_and_never_empty(people):
    with people.change() as db:
        segments.save(db, "Chiens", ClientFilter(where=("dog filled",)))
        with pytest.raises(RefusedError, match="--replace"):
            segments.save(db, "chiens", ClientFilter(member=True))
        with pytest.raises(UsageError, match="needs a filter"):
            segments.save(db, "All", ClientFilter())
        with pytest.raises(UsageError, match="no field"):
            segments.save(db, "Wrong", ClientFilter(where=("cat filled",)))
    with people.change("undo") as db:
        history.undo(db)
    with people.read() as db:
        assert db.value("SELECT count(*) FROM segments") == 0


FILTERS = st.builds(
    ClientFilter,
    text=st.none() | st.text(max_size=5),
    labels=st.lists(st.integers(1, 9), max_size=3).map(tuple),
    member=st.none() | st.booleans(),
    site=st.none() | st.integers(1, 9),
    archived=st.booleans(),
    where=st.lists(st.text(max_size=8), max_size=2).map(tuple),
)


@given(FILTERS)
def test_a_filter_is_saved_and_read_as_it_was(saved):
    assert filters.from_text(filters.to_text(saved)) == saved


def test_a_birthday_on_29_february_is_in_february(people):
    for year in (2026, 2028):
        assert asked(people, f"birthday in {year}-02-01..{year}-02-28") == [3]
    assert asked(people, "birthday in 2026-03-01..2026-03-10") == []
