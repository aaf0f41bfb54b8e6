"""Who is found by what was typed, in which order, and without looking at everybody."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import heavy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from looking import as_of, change, damage, find_names, last_command, look

from clientctl.base import text
from clientctl.domain.clients import field_values, fields
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Request
from clientctl.store import journal, migrations, search
from clientctl.store.catalog import TABLES

PEOPLE = (
    # first, last, e-mail, phone
    ("Zoe", "Anders", None, None),
    ("Andy", "Zulu", None, None),
    ("Bo", "Van Anderson", None, None),
    ("Fernanda", "Meier", None, None),
    ("Anna", "Müller", "anna.m@example.com", "+33612345678"),
    ("Łukasz", "O'Brien-Smith", "LOB@Exämple.org", None),
    ("Пётр", "Иванов", None, None),
    ("小龙", "李", None, None),
    ("Marie-Ève", "d’Alembert", "eve+yoga@sub.example.net", None),
    ("Franz", "Weiß", None, "+4915112345678"),
    ("Franziska", "Weissmann", None, "012 kein Anschluss 34"),
    (None, '100% Yoga_Studio "*"', None, "+33600000100"),
    ("Cher", None, None, None),
    (None, None, "only@mail.example", None),
    (None, None, None, "+447700900769"),
    ("Studio", "54", None, None),
)
NAMES = [" ".join(filter(None, person[:2])) for person in PEOPLE]


@pytest.fixture
def people(book: Path, once) -> Path:
    def fill() -> None:
        with change(book) as db:
            for person in PEOPLE:
                clients.add(
                    db, dict(zip(("first_name", "last_name", "email", "phone"), person, strict=True)), source="hand"
                )

    once(book, fill)
    return book


# -- who, and in which order --------------------------------------------------------------------

ANDERS, ANDY, VAN, FERNANDA, ANNA, LUKASZ, PJOTR, LI, EVE, FRANZ, ZISKA, STUDIO, CHER, ONLY, CALL, FIFTY = NAMES

WANTED = {
    # A last name that starts so, a first name, a further word, then what only contains it.
    "and": [ANDERS, ANDY, VAN, FERNANDA],
    "an": [ANDERS, ANDY, ANNA, VAN],
    "a": [ANDERS, ANDY, ANNA],
    "franz weiss": [FRANZ, ZISKA],
    "weiss franz": [FRANZ, ZISKA],
    "weiss": [FRANZ, ZISKA],
    "franz": [FRANZ, ZISKA],
    "weiss f": [FRANZ, ZISKA],
    "weißmann f": [ZISKA],
    "fra wei": [FRANZ, ZISKA],
    # Case, accents, hyphens, apostrophes do not matter.
    "müller": [ANNA],
    "MULLER": [ANNA],
    "mu\N{COMBINING DIAERESIS}ller": [ANNA],
    "lukasz": [LUKASZ],
    "ŁUKASZ": [LUKASZ],
    "o'brien smith": [LUKASZ],
    "o’brien-smith łukasz": [LUKASZ],
    "obriensmith": [LUKASZ],
    "brien": [LUKASZ],
    "smith": [LUKASZ],
    "dalembert": [EVE],
    "d'alembert": [EVE],
    "alembert": [EVE],
    "marie eve": [EVE],
    "marieeve": [EVE],
    "weiß": [FRANZ, ZISKA],
    "wEISSMANN": [ZISKA],
    # One letter starts a name, two a word, three are anywhere.
    "z": [ANDY, ANDERS],
    "sm": [LUKASZ],
    "mb": [],
    "mbe": [EVE],
    # Every script.
    "иван": [PJOTR],
    "ПЁТР": [PJOTR],
    "петр иванов": [PJOTR],
    "李": [LI],
    "小": [LI],
    "小龙": [LI],
    "李小龙": [LI],
    "龙": [],
    # E-mails.
    "anna.m@example.com": [ANNA],
    "ANNA.M@EXAMPLE": [ANNA],
    "lob@exämple.org": [LUKASZ],
    "eve+yoga": [EVE],
    "only@": [ONLY],
    "example.net": [EVE],
    # Phones: international, national, in any writing, by their last digits and then those before.
    "+33612345678": [ANNA],
    "+33 6 12 34 56 78": [ANNA],
    "0033 612345678": [ANNA],
    "06 12 34 56 78": [ANNA],
    "06.12.34.56.78": [ANNA],
    "(0)612-345-678": [ANNA],
    "5678": [FRANZ, ANNA],
    "78": [FRANZ, ANNA],
    "345678": [FRANZ, ANNA],
    "2345": [ANNA, FRANZ],  # within
    "07700 900769": [CALL],
    "1234": [ZISKA, ANNA, FRANZ],
    "100": [STUDIO],
    # What means something elsewhere means nothing here.
    "%": [],
    "_": [],
    '"': [],
    "*": [],
    "' OR 1=1 --": [],
    "100%": [STUDIO],
    "yoga_studio": [STUDIO],
    '"*"': [],
    'studio "*" NEAR(': [],
    "%nd%": [],
    "_nd": [],
    "a*": [ANDERS, ANDY, ANNA],
    "": [],
    "   ": [],
    "nobody": [],
    "\x00": [],
    "x" * 10_000: [],
    "cher": [CHER],
    "54": [],
}


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted[:20])
def test_who_is_found(people: Path, wanted: str) -> None:
    with look(people) as db:
        assert find_names(db, wanted) == WANTED[wanted]


# -- all of them, each once ---------------------------------------------------------------------

LETTERS = st.text("abcé -'ß李", max_size=7)
DIGITS = st.text("0123", min_size=1, max_size=12)
SOMEBODY = st.tuples(
    st.none() | LETTERS,
    st.none() | LETTERS,
    st.none() | st.builds("{}@{}.example".format, st.text("abc.", max_size=4), st.text("abc", max_size=3)),
    st.none() | DIGITS | DIGITS.map("+33{}".format),
)
TYPED = LETTERS | DIGITS | DIGITS.map("+33 {}".format) | st.text("abc.@", max_size=6)


def matches(typed: str, person: tuple[str | None, ...]) -> bool:
    """Return whether a person is found, as the rules say it: each word of the text in the words of the person."""
    first, last, email, phone = (value or "" for value in person)
    own = "".join(filter(str.isdecimal, phone))
    digits = "".join(filter(str.isdecimal, typed))
    if digits:  # what is typed here has letters or digits, never both
        national = digits.lstrip("0")
        hay = search.keys(*person)[-1]
        return own[-9:].endswith(digits[-9:]) or (len(national) >= 3 and national in hay)
    first, last = text.fold(first), text.fold(last)
    orders = [f"{last} {first}".strip(), f"{first} {last}".strip()]
    squeezed = text.squeeze(last + first + last) if " " in orders[0] else ""
    words = [*orders[0].split(), *last.split(), squeezed, *text.fold(email).split(), own]
    asked = text.fold(typed).split()
    if not asked:
        return False
    return (
        any(order.startswith(" ".join(asked)) for order in orders)
        or (max(map(len, asked)) >= 2 and all(any(w.startswith(part) for w in words) for part in asked))
        or (max(map(len, asked)) >= 3 and all(any(part in w for w in words) for part in asked))
    )


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    """Return the tables of clients and of the search, to be filled without a journal."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrations.apply_schema(connection)
        for op in "iud":
            connection.execute(f"DROP TRIGGER {journal.trigger(TABLES['clients'], op)}")
        yield connection


@settings(max_examples=heavy.times(100, 300), deadline=None, database=None)
@given(crowd=st.lists(SOMEBODY, max_size=12), typed=st.lists(TYPED, min_size=1, max_size=6))
def test_everybody_who_should_be_is_found_once(index: sqlite3.Connection, crowd: list, typed: list[str]) -> None:
    index.execute("DELETE FROM clients")
    for number, person in enumerate(crowd, 1):
        if any(value is not None for value in person):
            index.execute(
                """INSERT INTO clients(id, first_name, last_name, email, phone, client_since_on, source, moved_by)
                   VALUES (?, ?, ?, ?, ?, '2026-01-01', 'hand', 1)""",
                (number, *person),
            )
    search.refresh(index, range(1, 13))
    assert list(search.find_problems(index)) == []
    people = index.execute("SELECT id, first_name, last_name, email, phone FROM clients").fetchall()
    for each in typed:
        looked = search.search(each)
        stages = [
            [row[0] for row in index.execute(f"SELECT s.id FROM client_search s WHERE {s.condition}", looked.values)]
            for s in looked.stages
        ]
        ids = [number for stage in stages for number in stage]
        assert sorted(ids) == [number for number, *person in people if matches(each, tuple(person))], each


# -- without looking at everybody ---------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["a", "an", "and", "a b", "an b", "anna müller", "and mül x", "1", "5678", "+33612"])
def test_an_index_leads_to_them(people: Path, wanted: str) -> None:
    looked = search.search(wanted)
    assert looked.stages
    with look(people) as db:
        for condition, order in looked.stages:
            statement = f"SELECT s.id FROM client_search s WHERE {condition} ORDER BY {order} LIMIT 50"
            plan = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {statement}", looked.values)]
            assert not [step for step in plan if step.startswith("SCAN s") or "SCAN client_search" in step], plan
            assert any(step.startswith("SEARCH s USING") for step in plan), plan
            assert all("INDEX 0:L" in step for step in plan if "client_fts" in step), plan


@pytest.mark.parametrize("wanted", ["a", "anna", "anna müller", "5678"])
def test_the_list_of_clients_uses_it(people: Path, wanted: str) -> None:
    statements: list[str] = []
    with look(people) as db:
        query = client_list.query(db, ClientFilter(text=wanted))
        db.connection.set_trace_callback(statements.append)
        queries.listing(db, query, Request(limit=50))
        db.connection.set_trace_callback(None)
        asked = [statement for statement in statements if statement.startswith("SELECT c.")]
        assert len(asked) == len(search.search(wanted).stages)
        for statement in asked:
            plan = [row[3] for row in db.rows(f"EXPLAIN QUERY PLAN {statement}")]
            assert not [step for step in plan if step.split()[:2] in (["SCAN", "c"], ["SCAN", "s"])], plan


# -- kept up to date ----------------------------------------------------------------------------


def test_whatever_changes_a_client_changes_what_finds_it(people: Path) -> None:
    with change(people) as db:
        clients.edit(db, clients.get(db, 1), {"last_name": "Bauer", "email": "z@example.com"})
        db.connection.execute("UPDATE clients SET first_name = 'Hanna' WHERE last_name = 'Müller'")
        db.insert_many(
            "clients",
            [
                {"last_name": f"Many{n}", "client_since_on": "2026-01-01", "source": "import", "moved_by": db.command}
                for n in range(20)
            ],
        )
        db.delete("clients", 2)
    with look(people) as db:
        assert (find_names(db, "anders"), find_names(db, "zoe"), find_names(db, "andy")) == (
            ["Bo Van Anderson"],
            ["Zoe Bauer"],
            [],
        )
        assert (find_names(db, "hanna"), len(find_names(db, "many"))) == (["Hanna Müller"], 20)
    with change(people, "undo") as db:
        history.undo(db)
    with look(people) as db:
        assert (find_names(db, "and"), find_names(db, "bauer"), find_names(db, "hanna")) == (
            [ANDERS, ANDY, VAN, FERNANDA],
            [],
            [],
        )
        assert find_names(db, "many") == []


def test_many_at_once(book: Path) -> None:
    """More than one statement takes: the index follows in parts."""
    with change(book) as db:
        row = {"client_since_on": "2026-01-01", "source": "import", "moved_by": db.command}
        db.insert_many("clients", ({"last_name": f"Person {n}", **row} for n in range(12_001)))
    with look(book) as db:
        assert len(find_names(db, "person")) == 12_001
        assert find_names(db, "person 12000") == ["Person 12000"]


# -- further e-mails and phones -------------------------------------------------------------------

FURTHER = ("E-mail 2", "email"), ("Portable 2", "phone"), ("Ville", "text")


@pytest.fixture
def further(people: Path) -> Path:
    """Return Cher a further e-mail and phone; a town is no contact."""
    with change(people) as db:
        own = [fields.add(db, name, kind) for name, kind in FURTHER]
        cher = NAMES.index(CHER) + 1
        for of, value in zip(own, ("Cher+work@sub.example.org", "06 98 76 54 32", "Paris"), strict=True):
            field_values.set_values(db, cher, of, [value])
    return people


@pytest.mark.parametrize(
    "wanted",
    [
        "cher+work@sub.example.org",
        "WORK",
        "sub.example",
        "0698765432",
        "+33 6 98 76 54 32",
        "+33 (0)6 98 76 54 32",
        "32",
    ],
)
def test_a_further_e_mail_and_phone_find_as_the_first_do(further: Path, wanted: str) -> None:
    with look(further) as db:
        assert CHER in find_names(db, wanted)


def test_a_town_is_not_searched(further: Path) -> None:
    with look(further) as db:
        assert find_names(db, "paris") == []


def test_the_first_phone_comes_before_a_further_one(further: Path) -> None:
    with change(further) as db:
        clients.add(db, {"first_name": "Zoe", "phone": "+33698765432"}, source="hand")
    with look(further) as db:
        assert find_names(db, "98 76 54 32") == ["Zoe", CHER]


def test_what_is_no_longer_there_finds_nobody(further: Path) -> None:
    cher = NAMES.index(CHER) + 1
    with change(further) as db:
        field_values.set_values(db, cher, fields.find(db, "e_mail_2"), [])
        fields.remove(db, fields.find(db, "portable_2"))
    with look(further) as db:
        assert (find_names(db, "work"), find_names(db, "0698765432")) == ([], [])
    with change(further, "undo") as db:
        history.undo(db)
    with look(further) as db:
        assert (find_names(db, "work"), find_names(db, "0698765432")) == ([CHER], [CHER])
    assert damage(further) == []


def test_the_past_is_searched_as_it_was(further: Path) -> None:
    cher = NAMES.index(CHER) + 1
    before = last_command(further)
    with change(further) as db:
        field_values.set_values(db, cher, fields.find(db, "e_mail_2"), ["other@example.org"])
    with as_of(further, before) as db:
        assert (find_names(db, "work"), find_names(db, "other@")) == ([CHER], [])
    with as_of(further, before - 1) as db:
        assert find_names(db, "work") == []


def test_a_further_phone_is_looked_up(further: Path) -> None:
    with look(further) as db:
        looked = search.search("0698765432")
        for condition, order in looked.stages:
            statement = f"EXPLAIN QUERY PLAN SELECT s.id FROM client_search s WHERE {condition} ORDER BY {order}"
            steps = [row[3] for row in db.rows(statement, looked.values)]
            assert not [step for step in steps if step.startswith(("SCAN s", "SCAN v"))], steps
