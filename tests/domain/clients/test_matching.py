"""One person, one client: by e-mail when the names agree, else by phone and the same name."""

from itertools import permutations

import pytest

from clientctl.base import person_names
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import same_person
from clientctl.domain.clients.matching import Candidates
from clientctl.domain.clients.same_person import Person, combine
from clientctl.domain.imports.people import ImportedPeople
from clientctl.domain.journal import history
from clientctl.errors import RefusedError
from clientctl.store import erase

ANA = {"first_name": "Ana", "last_name": "Müller", "email": "ana@example.com", "phone": "+33612345678"}


def person(**values):
    return Person.from_columns(values)


@pytest.fixture
def ana(records):
    return records.client("Ana", "Müller", email="ana@example.com", phone="06 12 34 56 78").id


def match(records, wanted, **more):
    with records.read() as db:
        return Candidates.who_could_be(db, [wanted], **more).match(wanted)


@pytest.mark.parametrize(
    "who",
    [
        {**ANA},
        {"first_name": "ANA", "last_name": "Muller", "email": "Ana@Example.COM"},
        {"first_name": "Müller", "last_name": "Ana-Maria", "email": "ana@example.com"},
        {"last_name": "Mueller Muller", "email": "ana@example.com"},
        {"email": "ana@example.com"},
        {"first_name": "Müller", "last_name": "Ana", "phone": "0033 6 12 34 56 78"},
        {"first_name": "ana", "last_name": "MULLER", "email": "other@example.com", "phone": "0612345678"},
    ],
)
def test_the_same_person(records, ana, who):
    assert match(records, person(**who)).client == ana


@pytest.mark.parametrize(
    "who",
    [
        {"first_name": "Ana", "last_name": "Müller"},
        {"phone": "+33612345678"},
        {"first_name": "Bob", "last_name": "Müller", "phone": "+33612345678"},
        {"first_name": "Ana", "phone": "+33612345678"},
        {"first_name": "Ana", "last_name": "Müller", "email": "ana@example.org"},
        {"first_name": "Ana", "last_name": "Müller", "phone": "+33612345679"},
    ],
)
def test_somebody_else(records, ana, who):
    found = match(records, person(**who))
    assert (found.client, found.doubt) == (None, None)


@pytest.mark.parametrize(
    ("first", "last", "is_ana"),
    [
        ("Bob", "Smith", False),
        ("Bea", "Müller", False),
        ("Anna", "Müller", False),
        ("B.", "Müller", False),
        ("A.", "Müller", True),
        ("a", "Dupont", True),
        ("ANA", "Dupont", True),
        ("Ana Maria", "Müller", True),
        ("Müller", "Ana", True),
        (None, "Müller", True),
        (None, "Smith", False),
        ("Ana", None, True),
        ("Bob", None, False),
        (None, None, True),
    ],
)
def test_the_same_e_mail_is_the_same_person_when_the_names_agree(records, ana, first, last, is_ana):
    wanted = person(first_name=first, last_name=last, email="ana@example.com")
    found = match(records, wanted)
    assert (found.client, found.shares) == ((ana, ()) if is_ana else (None, (ana,)))
    assert match(records, wanted, same_email="match").client == ana
    is_named_so = not (first or last) or (first, last) == ("Müller", "Ana")
    assert match(records, wanted, same_email="new").client == (ana if is_named_so else None)


def test_a_family_with_one_e_mail_is_told_apart_by_the_whole_name_then_by_the_phone(records, ana):
    ben = records.client("Ben", "Müller", email="ana@example.com", phone="+33698765432").id
    assert match(records, person(**ANA)).client == ana
    assert match(records, person(first_name="ben", last_name="müller", email="ana@example.com")).client == ben
    both = person(last_name="Müller", email="ana@example.com")
    assert match(records, both).about == (ana, ben)
    assert match(records, both._replace(phone=person(phone="+33698765432").phone)).client == ben


def test_two_records_of_one_name_and_phone_are_a_doubt(records, ana):
    twin = records.client("Ana", "Müller", phone="+33612345678").id
    assert match(records, person(first_name="Ana", last_name="Müller", phone="+33612345678")).about == (ana, twin)


def test_an_erased_client_is_nobody(records, ana):
    with records.change("client delete") as db:
        erase.erase(db, [ana], "2026-03-01")
    assert match(records, person(**ANA)).client is None


def taken(records, *people, same_email=None):
    """Take people in as an import does; give their ids, None where it is in doubt, and the reasons."""
    ids, doubts = [], []
    persons = combine([Person.from_columns(values) for values in people])
    with records.change("import csv") as db:
        imported = ImportedPeople(db, same_email)
        imported.expect(persons)
        for values, who in zip(people, persons, strict=True):
            try:
                ids.append(imported.add_or_update(imported.find_match(who).client, who, values)[0])
            except RefusedError as error:
                ids.append(None)
                doubts.append(error.message)
        imported.store("import")
    return ids, doubts


def test_rows_of_one_file_follow_the_same_rule(records):
    ids, doubts = taken(
        records,
        {"first_name": "Ana", "last_name": "Müller", "email": "ana@example.com"},
        {"first_name": "Ana", "last_name": "Müller", "email": "ANA@example.com", "phone": "+33612345678"},
        {"first_name": "Ana", "last_name": "Müller", "phone": "+33612345678"},
        {"first_name": "Ben", "last_name": "Müller", "phone": "+33612345678"},
        {"first_name": "Bob", "email": "ana@example.com"},
    )
    assert (ids, doubts) == ([1, 1, 1, 2, 3], [])


_EVA = {"first_name": "Eva", "last_name": "Ott"}
_MAIL, _PHONE, _BORN = {"email": "eva@example.com"}, {"phone": "+33677777777"}, {"birthday_on": "1990-02-28"}


@pytest.mark.parametrize(
    "rows",
    [
        ({**_EVA, **_MAIL}, {**_EVA, **_PHONE}, {**_EVA, **_MAIL, **_PHONE}),
        ({**_EVA, **_MAIL}, {**_EVA, **_BORN}, {**_EVA, **_MAIL, **_BORN}),
        ({**_EVA, **_PHONE}, {**_EVA, **_BORN}, {**_EVA, **_PHONE, **_BORN}),
        ({**_EVA, **_MAIL}, {**_EVA, **_PHONE}, {**_EVA, **_MAIL, **_BORN}, {**_EVA, **_PHONE, **_BORN}),
        ({**_MAIL}, {**_EVA, **_PHONE}, {**_EVA, **_MAIL, **_PHONE}),
        ({"first_name": "Eva", **_MAIL}, {**_EVA, **_PHONE}, {**_EVA, **_MAIL, **_PHONE}),
    ],
)
def test_who_is_one_person_does_not_depend_on_the_order_of_rows(records, rows):
    for order in permutations(rows):
        ids, doubts = taken(records, *order)
        assert (len(set(ids)), doubts) == (1, [])
        with records.change("undo") as db:
            history.undo(db)


def test_rows_that_nothing_joins_stay_apart(records):
    other = {"first_name": "Leo", "last_name": "Ott"}
    rows = ({**_EVA, **_MAIL}, {**other, **_PHONE}, {**_EVA, **_BORN}, {**other, "email": "leo@example.com", **_PHONE})
    assert taken(records, *rows)[0] == [1, 2, 3, 2]


def test_a_name_that_stands_for_everybody_joins_nobody(records):
    many = [{**_EVA, **_MAIL, "phone": f"+336{number:08}"} for number in range(40)]
    assert combine([Person.from_columns(each) for each in many]) == [Person.from_columns(each) for each in many]


def test_a_name_that_is_filled_in_recognizes_the_next_row(records):
    ids, _ = taken(
        records,
        {"email": "ana@example.com", "phone": "+33612345678"},
        {"first_name": "Ana", "last_name": "Müller", "email": "ana@example.com"},
        {"first_name": "Ana", "last_name": "Müller", "phone": "+33612345678"},
        {"first_name": "Ana", "last_name": "Müller"},
    )
    assert ids == [1, 1, 1, 2]


def test_a_shorter_name_does_not_become_the_clients(records, ana):
    ids, doubts = taken(
        records,
        {"first_name": "Ana", "email": "ana@example.com"},
        {"first_name": "Ana", "last_name": "Müller", "phone": "+33612345678"},
        {"first_name": "Ana", "phone": "+33612345678"},
    )
    assert (ids, doubts) == ([ana, ana, 2], [])


def test_blanks_are_filled_and_what_is_there_wins(records):
    ana = records.client("Ana", "Müller", email="ana@example.com").id
    first = {
        "email": "ana@example.com",
        "last_name": "Muller",
        "phone": "+33612345678",
        "client_since_on": "2019-01-31",
    }
    again = {"email": "ana@example.com", "phone": "+33699999999", "client_since_on": "2025-01-31"}
    assert taken(records, first, again)[0] == [ana, ana]
    with records.read() as db:
        after = clients.get(db, ana)
    assert (after.last_name, after.phone, after.client_since_on) == ("Müller", "+33612345678", "2019-01-31")


def test_whoever_changes_moves_to_the_end_of_the_list_and_nobody_else(records, ana):
    ben = records.client("Ben", "Smith", email="ben@example.com").id
    taken(records, {"email": "ana@example.com", "company": "Studio"}, {"email": "ben@example.com"})
    with records.read() as db:
        assert [row[0] for row in db.rows("SELECT id FROM clients ORDER BY moved_by")] == [ben, ana]


def test_ids_are_never_those_of_clients_who_are_gone(records, ana):
    gone = records.client("Gone").id
    with records.change("undo") as db:
        history.undo(db)
    assert taken(records, {"first_name": "New"}, {"first_name": "Newer"})[0] == [gone + 1, gone + 2]
    with records.read() as db:
        assert clients.get(db, gone + 2).name == "Newer"


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Ana Müller", "ana muller", True),
        ("Ana Müller", "Müller Ana", True),
        ("Ana Müller", "Ana Weber", True),  # people marry
        ("Weber Ana", "Ana Müller", True),
        ("A. Müller", "Ana Müller", True),
        ("Ana", "Ana Müller", True),
        ("Müller", "Ana Müller", True),
        ("Ana Maria Müller", "Ana Müller", True),
        ("", "Ana Müller", True),
        ("Ana Müller", "", True),
        ("Léo Müller", "Ana Müller", False),
        ("Müller Léo", "Ana Müller", False),
        ("L. Müller", "Ana Müller", False),
        ("Léa Müller", "Léo Müller", False),
        ("Léo", "Ana", False),
    ],
)
def test_another_first_name_is_another_person(one, other, agree):
    typed, known = (
        person(**dict(zip(("first_name", "last_name"), person_names.split(name), strict=True))) for name in (one, other)
    )
    assert same_person.agree(known, typed._replace(is_parted=True)) is agree
