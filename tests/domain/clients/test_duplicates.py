"""Find who may be in the file twice: by e-mail, phone, birthday and name, and never all against all."""

from itertools import combinations

import heavy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.base.listing import SEPARATOR
from clientctl.domain.client_file import merge
from clientctl.domain.clients import duplicates, field_values, fields
from clientctl.domain.clients import record as clients
from clientctl.errors import RefusedError
from clientctl.store.erase import erase

ANA = {"first_name": "Ana", "last_name": "Müller", "email": "ana@example.com", "phone": "+33612345678"}


def pairs(records, client=None, **more):
    """List ids, score and reasons of every pair."""
    with records.read() as db:
        rows = duplicates.listing(db, client, **more).rows
        return [(one, other, score, tuple(why.split(SEPARATOR))) for one, _, other, _, score, why, *_ in rows]


def add(records, *people):
    return [records.client(first=p.pop("first_name", None), last=p.pop("last_name", None), **p) for p in people]


@pytest.mark.parametrize(
    ("other", "score", "reasons"),
    [
        ({}, 50, ["same name"]),
        ({"first_name": "ANA", "last_name": "Muller"}, 50, ["same name"]),
        ({"first_name": "Müller", "last_name": "Ana"}, 50, ["same name"]),
        ({"first_name": "Anna"}, 35, ["similar name"]),
        ({"last_name": "Mueller"}, 35, ["similar name"]),
        ({"email": "ANA@example.com"}, 100, ["same e-mail", "same name"]),
        (
            {"email": "ana@example.com", "first_name": "Bob", "last_name": "Stone"},
            30,
            ["same e-mail", "different names"],
        ),
        ({"email": "ana@example.com", "first_name": None, "last_name": None}, 60, ["same e-mail"]),
        ({"phone": "06 12 34 56 78"}, 100, ["same phone", "same name"]),
        ({"phone": "06 12 34 56 78", "first_name": "Anna"}, 85, ["same phone", "similar name"]),
        ({"phone": "0612345678", "last_name": None}, 65, ["same phone", "one name within the other"]),
        ({"phone": "06 12 34 56 78", "first_name": "Bob", "last_name": "Stone"}, 20, ["same phone", "different names"]),
        ({"birthday_on": "1990-02-28"}, 75, ["same name", "same birthday"]),
        ({"birthday_on": "1990-02-28", "last_name": None}, 40, ["one name within the other", "same birthday"]),
        ({"birthday_on": "1991-02-28"}, 20, ["same name", "different birthdays"]),
        ({"birthday_on": "1990-02-28", "first_name": "Bob", "last_name": "Stone"}, None, None),
        ({"birthday_on": "1991-02-28", "first_name": "Anna"}, None, None),
        ({"last_name": None}, None, None),
        ({"first_name": "Ines", "last_name": "Müller"}, None, None),
        ({"first_name": "Bob", "last_name": "Stone", "phone": "+44612345678"}, None, None),
        ({"first_name": "Bob", "last_name": "Stone", "phone": "12345"}, None, None),
    ],
)
def test_a_pair_is_scored_with_its_reasons(records, other, score, reasons):
    add(records, ANA | {"birthday_on": "1990-02-28"}, {"first_name": "Ana", "last_name": "Müller"} | other)
    expected = [(1, 2, score, tuple(reasons))] if reasons else []
    assert pairs(records) == expected
    assert pairs(records, 1) == expected
    assert [pair[:3] for pair in pairs(records, 2)] == ([(2, 1, score)] if reasons else [])


LENOIR = {"last_name": "Lenoir", "phone": "0612345678"}
ALL = {"email": "lenoir@example.org", "birthday_on": "2012-05-15"}


@pytest.mark.parametrize(
    ("one", "other", "more", "score", "reasons"),
    [
        ("Léo", "Léa", {}, 20, ["same phone", "different names"]),
        ("Tom", "Tim", {}, 20, ["same phone", "different names"]),
        ("Eva", "Evan", {}, 20, ["same phone", "different names"]),
        ("Lina", "Lena", ALL, 30, ["same phone", "same e-mail", "different names", "same birthday"]),
        ("Ugo", "Eli", ALL, 30, ["same phone", "same e-mail", "different names", "same birthday"]),
        ("Paul", "Saul", ALL, 30, ["same phone", "same e-mail", "different names", "same birthday"]),
        ("Noa", "Nooa", {}, 85, ["same phone", "similar name"]),
        ("Julien", "Jullien", {}, 85, ["same phone", "similar name"]),
        ("J.", "Julien", {}, 65, ["same phone", "an initial agrees"]),
        ("J.-P.", "Jean-Pierre", {}, 65, ["same phone", "an initial agrees"]),
        ("J.", "Paul", {}, 20, ["same phone", "different names"]),
    ],
)
def test_a_family_shares_much_and_is_several_people(records, one, other, more, score, reasons):
    add(records, *({"first_name": name} | LENOIR | more for name in (one, other)))
    ((*_, found, why),) = pairs(records)
    assert (found, sorted(why)) == (score, sorted(reasons))
    assert [pair[2] for pair in pairs(records, 1)] == [score]


@pytest.mark.parametrize(("other", "scores"), [("Paul", [20]), ("Paull", []), ("P.", []), ("Jean", [])])
def test_another_birthday_is_another_person(records, other, scores):
    for name, day in (("Paul", "1970-01-02"), (other, "2001-05-15")):
        add(records, {"first_name": name} | LENOIR | {"email": "lenoir@example.org", "birthday_on": day})
    assert [pair[2] for pair in pairs(records)] == scores


def test_the_likeliest_come_last_with_what_tells_them_apart(records):
    add(
        records, {**ANA}, {"first_name": "Ana", "last_name": "Müller", "email": "a@b.org"}, ANA | {"first_name": "Anna"}
    )
    with records.read() as db:
        listed = duplicates.listing(db)
    assert [column.key for column in listed.columns][:6] == ["id", "name", "other_id", "other_name", "score", "reasons"]
    assert [row[4] for row in listed.rows] == sorted(row[4] for row in listed.rows)
    assert list(listed.rows)[-1][:5] == (1, "Ana Müller", 3, "Anna Müller", 100)
    assert list(listed.rows)[-1][6:] == ("ana@example.com", "ana@example.com", "+33612345678", "+33612345678")


def test_further_emails_and_phones_count_like_the_first(records):
    with records.change() as db:
        further = [fields.add(db, name, kind) for name, kind in (("Work", "email"), ("Mobile", "phone"))]
    add(records, {**ANA}, {"first_name": "X"}, {"first_name": "Y"})
    with records.change() as db:
        field_values.set_values(db, 2, further[0], ["Ana@Example.com"])
        field_values.set_values(db, 3, further[1], ["06 12 34 56 78"])
    assert [pair[:2] for pair in pairs(records)] == [(1, 3), (1, 2)]
    assert [pair[1] for pair in pairs(records, 1)] == [3, 2]


def test_many_who_share_a_number_are_compared_only_where_names_are_the_same(records):
    shared = {"phone": "0140000000", "birthday_on": "1970-01-01"}
    names = [chr(ord("a") + n) * 8 for n in range(12)] + ["cccccccc", "dddddddd"]
    add(records, *({"first_name": name, **shared} for name in names))
    found = [(1 + names.index(name), number, 100) for number, name in ((13, "cccccccc"), (14, "dddddddd"))]
    assert sorted(pair[:3] for pair in pairs(records)) == found


def test_a_name_of_many_says_nothing(records):
    add(records, *({"first_name": "Marie", "last_name": "Martin"} for _ in range(6)))
    assert pairs(records) == []
    assert len(pairs(records, 1)) == 5  # asked about her, all are shown


def test_a_day_that_stands_for_an_unknown_birthday(records):
    names = [f"{a}{b}" * 4 for a in "abcdefgh" for b in "ijklmno"]
    with records.change() as db:
        for name in [*names, names[0]]:
            clients.add(db, {"first_name": name, "birthday_on": "1970-01-01"}, source="hand")
    assert [pair[:2] for pair in pairs(records)] == [(1, 57)]


def test_archived_clients_are_marked_and_gone_ones_never_there(records):
    one, other, *_ = add(records, {**ANA}, {**ANA}, {**ANA}, {**ANA}, {"first_name": "Else"})
    with records.change() as db:
        clients.archive(db, other)
        merge.merge(db, merge.plan(db, clients.get(db, 5), [clients.get(db, 3)]))
    with records.change() as db:
        erase(db, [4], "2026-03-01")
    with_else = (1, 5, 30, ("same phone", "same e-mail", "different names"))
    assert pairs(records)[-1] == (1, 2, 100, ("same phone", "same e-mail", "same name", "2 is archived"))
    assert with_else[:3] in [pair[:3] for pair in pairs(records)]
    assert {pair[0] for pair in pairs(records)} | {pair[1] for pair in pairs(records)} == {1, 2, 5}
    assert one.id == 1


def test_two_people_are_remembered_until_that_is_taken_back(records):
    one, other, third = add(records, {**ANA}, {**ANA}, {**ANA})
    with records.change() as db:
        assert duplicates.mark(db, other, one)
    with records.change() as db:
        assert not duplicates.mark(db, one, other)
    assert [pair[:2] for pair in pairs(records)] == [(2, 3), (1, 3)]
    assert [pair[:2] for pair in pairs(records, 1)] == [(1, 3)]
    assert [pair[:2] for pair in pairs(records, marked=True)] == [(1, 2)]
    assert pairs(records, 3, marked=True) == []
    with records.change() as db, pytest.raises(RefusedError, match="named twice"):
        duplicates.mark(db, third, third)
    with records.change() as db:
        assert duplicates.unmark(db, one, other)
        assert not duplicates.unmark(db, one, other)
    assert len(pairs(records)) == 3


def test_who_is_added_is_compared_before_the_command_ends(records):
    add(records, {**ANA}, {"first_name": "Anna", "last_name": "Muller"}, {"first_name": "Bob"})
    with records.change() as db:
        said = duplicates.warnings(db, clients.add(db, {"first_name": "Ana", "phone": "+33612345678"}, source="hand"))
    way_out = "`clientctl client merge 1 4` merges them"
    assert said == [f"1 Ana Müller may be the same person (same phone, one name within the other): {way_out}"]


NAMES = st.sampled_from(["Ana", "Anna", "Müller", "Muller", "Mullerova", "Bob", "Stone", None])
PEOPLE = st.fixed_dictionaries(
    {
        "first_name": NAMES,
        "last_name": NAMES,
        "email": st.sampled_from(["a@x.org", "A@x.org", "b@x.org", None]),
        "phone": st.sampled_from(["+33612345678", "0612345678", "+44612345678", "612", None]),
        "birthday_on": st.sampled_from(["1990-01-01", "1991-01-01", None]),
    }
).filter(lambda person: any(person[key] for key in ("first_name", "last_name", "email", "phone")))


@settings(max_examples=heavy.times(20, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(PEOPLE, min_size=2, max_size=5))
def test_what_all_against_all_would_find_is_found(records, people):
    with records.change(dry_run=True) as db:
        ids = [clients.add(db, person, source="hand") for person in people]
        duplicates.refresh(db.connection, ids)
        facts = duplicates._facts(db, ids)
        every = [duplicates._compared(facts[one], facts[other]) for one, other in combinations(ids, 2)]
        wanted = {pair[:3] for pair in every if pair.score >= 20}
        listed = {(row[0], row[2], row[4]) for row in duplicates.listing(db).rows}
        of_each = {
            (*sorted((pair.one, pair.other)), pair.score)
            for each in ids
            for pair in duplicates.list_of_client(db, each)
        }
    # Swapped and with a slip at once, and nothing else in common: too far apart in every order of names.
    assert listed <= wanted
    assert {pair[2] for pair in wanted - listed} <= {35}
    assert listed <= of_each <= wanted
