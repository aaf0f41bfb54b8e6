"""Very many with one e-mail or phone: each is found by it and the name as if they were few, and nobody looks at all."""

import random
import sys
from collections import Counter
from contextlib import contextmanager

import heavy
import pytest

from clientctl.base.import_records import NO_EXTRAS, ExtraContact, Record, RowExtras
from clientctl.base.row_notes import Notes
from clientctl.domain.client_file import merge
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import shared_contacts
from clientctl.domain.imports import run as import_run
from clientctl.domain.imports.run import Rules
from clientctl.store import Reader

PHONE, OTHER, EMAIL = "+33612345678", "+33612345679", "all@example.com"
EVA = {"first_name": "Eva", "last_name": "Ott"}
OTT = {"last_name": "Ott"}
MAIL = {"email": "eva@example.com"}


@pytest.fixture(autouse=True)
def _in_small_parts(monkeypatch):
    monkeypatch.setattr(import_run, "_PART", 5)


def take(db, rows, **rules):
    """Take rows in; give how many clients are new. ``second`` is a further phone."""
    records = []
    for line, row in enumerate(rows, 2):
        values = {key: value for key, value in sorted(row.items()) if value and key != "second"}
        more = RowExtras((ExtraContact("phone", None, row["second"]),)) if row.get("second") else NO_EXTRAS
        records.append(Record(line, values, None, more))
    rules = Rules(again=True, **rules)
    return import_run.run(db, "list.csv", "csv", iter(records), rules, Notes()).counts["clients_added"]


def crowd(count, **shared):
    """Make up people of different names who share an e-mail or a phone."""
    return [
        {"first_name": f"Ana{number // 7}", "last_name": f"Smith {number % 7}", **shared} for number in range(count)
    ]


MAILS = (EMAIL, "others@example.com")
SHARED = [("phone", PHONE, None), ("email", EMAIL, "new")]


@pytest.mark.parametrize(("kind", "contact", "same_email"), SHARED)
def test_each_of_a_crowd_is_one_client_however_often_the_rows_come(records, kind, contact, same_email):
    rows = crowd(40, **{kind: contact})
    with records.change("import csv") as db:
        assert take(db, rows + rows[::-1], same_email=same_email) == 40
    with records.change("import csv") as db:
        assert take(db, rows, same_email=same_email) == 0


@pytest.mark.parametrize("others", [0, 12])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize(
    "rows",
    [
        # A name that is filled in counts with what the client had before, in whatever row that was.
        [{**OTT, **MAIL, "phone": PHONE}, {**EVA, **MAIL}, {**EVA, "phone": PHONE}],
        [{**OTT, **MAIL, "phone": OTHER}, {**OTT, **MAIL, "phone": PHONE}, {**EVA, **MAIL}, {**EVA, "phone": PHONE}],
        [{**OTT, **MAIL, "phone": OTHER, "second": PHONE}, {**EVA, **MAIL}, {**EVA, "phone": PHONE}],
        [{**OTT, **MAIL, "phone": OTHER}, {**EVA, **MAIL}, {**EVA, **MAIL, "phone": PHONE}, {**EVA, "phone": PHONE}],
        # Who has no name may be anybody of an e-mail.
        [{**EVA, **MAIL, "phone": PHONE}, {**MAIL, "phone": PHONE}, {**EVA, "phone": PHONE}],
    ],
)
def test_a_client_is_found_among_a_crowd_as_among_few(records, rows, others, before):
    """``before`` says how many of the rows come in an import of their own."""
    crowded = crowd(others, phone=PHONE)
    nobody = [{"last_name": f"Nobody {number}", "email": f"{number}@example.org"} for number in range(5)]
    with records.change("import csv") as db:
        added = take(db, [*crowded, *rows[:before]])
    with records.change("import csv") as db:
        added += take(db, [each for row in rows[before:] for each in (row, *nobody)])
        assert added == others + 1 + len(nobody)


@pytest.mark.parametrize("others", [0, 12])
def test_who_shares_an_e_mail_with_many_is_told_by_the_phone_when_the_name_is_missing(records, others):
    with records.change("import csv") as db:
        rows = [*crowd(others, email=EMAIL), {**EVA, "email": EMAIL, "phone": PHONE}]
        take(db, rows, same_email="new")
    with records.change("import csv") as db:
        assert take(db, [{"email": EMAIL, "phone": PHONE, "company": "Studio"}], same_email="new") == 0
        assert db.rows("SELECT first_name FROM clients WHERE company IS NOT NULL") == [("Eva",)]


def test_a_former_name_of_somebody_who_was_merged_counts_among_a_crowd(records):
    with records.change("import csv") as db:
        take(db, [*crowd(12, phone=PHONE), {**EVA, "phone": PHONE}, {"first_name": "Ida", "last_name": "Ott"}])
    with records.change("client merge") as db:
        merge.merge(db, merge.plan(db, clients.get(db, 14), [clients.get(db, 13)]))
    with records.change("import csv") as db:
        assert take(db, [{**EVA, "phone": PHONE}, {"first_name": "Ida", "last_name": "Ott", "phone": PHONE}]) == 0


FIRST = ("Ana", "Bob", "Chloé", "A.", "Ana-Maria", "")
LAST = ("Müller", "Rossi", "Le-Gall", "")


def any_rows(chance, count):
    """Make up rows of few names, phones and e-mails, so that everybody is taken for everybody."""
    for _ in range(count):
        phone, second = (f"+3361234567{chance.randrange(4)}" if chance.random() < 0.6 else "" for _ in range(2))
        email = f"{chance.randrange(12)}@example.com" if chance.random() < 0.5 else ""
        row = {"first_name": chance.choice(FIRST), "last_name": chance.choice(LAST), "email": email, "phone": phone}
        row["second"] = second if chance.random() < 0.3 else ""
        yield {**row, "company": chance.choice(["", "Studio", "Spa"])}


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(heavy.times(4, 12)))
def test_the_rows_stored_are_those_of_looking_at_everybody(records, monkeypatch, seed):
    chance = random.Random(seed)
    first, then = (list(any_rows(chance, 60)) for _ in range(2))
    rules = {"same_email": chance.choice([None, "new", "new", "match"]), "on_match": chance.choice(["fill", "update"])}
    with records.change("import csv") as db:
        take(db, first, **rules)
    stored = []
    for kinds in (shared_contacts.kinds, lambda _: ()):
        monkeypatch.setattr(shared_contacts, "kinds", kinds)
        with records.change("import csv", dry_run=True) as db:
            take(db, then + first, **rules)
            stored.append([db.rows(f"SELECT * FROM {table} ORDER BY id") for table in ("clients", "field_values")])
    assert stored[0] == stored[1]
    assert len(stored[0][0]) > 20


# -- as much work for each, however many there are -----------------------------------------------


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(
    ("kind", "one", "other", "same_email"), [("phone", PHONE, OTHER, None), ("email", *MAILS, "new")]
)
def test_the_work_does_not_grow_with_those_who_share(records, monkeypatch, kind, one, other, same_email, again):
    monkeypatch.setattr(import_run, "_PART", 50)
    work = []
    for count, contact in ((300, one), (900, other)):
        rows = crowd(count, **{kind: contact})
        if again:
            with records.change("import csv") as db:
                assert take(db, rows, same_email=same_email) == count
        with records.change("import csv") as db, counting(db, monkeypatch) as counted:
            assert take(db, rows, same_email=same_email) == (0 if again else count)
        work.append(counted)
    few, many = work
    assert many["rows"] < 4 * max(few["rows"], 300)
    assert 0 < many["calls"] < 4 * few["calls"]
    assert 0 < many["steps"] < 5 * few["steps"]


_STEPS = 100
"""Steps of SQLite between two times that it is counted."""


@contextmanager
def counting(db, monkeypatch):
    """Count the rows that are fetched, the functions that are called, and the steps that SQLite takes."""
    counted = Counter()

    def rows(reader, sql, parameters=()):
        found = reader.connection.execute(sql, parameters).fetchall()
        counted["rows"] += len(found)
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Reader, "rows", rows)
        patched.setattr(Reader, "stream", rows)
        sys.setprofile(lambda _frame, event, _given: counted.update({"calls": event == "call"}))
        db.connection.set_progress_handler(lambda: counted.update({"steps": _STEPS}), _STEPS)
        try:
            yield counted
        finally:
            db.connection.set_progress_handler(None, 0)
            sys.setprofile(None)
