"""Make one client of several: what survives, what moves along, what the merged ids lead to, and all of it undone."""

import shutil
from datetime import date

import heavy
import looking
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clientctl.domain.client_file import merge
from clientctl.domain.clients import duplicates, field_values, fields, labels, merged_ids, preferences
from clientctl.domain.clients import record as clients
from clientctl.domain.clients import selectors as client_selectors
from clientctl.domain.journal import history
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.practice import sites
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store import verify
from clientctl.store.catalog import TABLES
from clientctl.store.erase import erase


def join(records, survivor, *others, prefer=()):
    """Merge by id in one command; return the preview."""
    with records.change("client merge") as db:
        people = [clients.get(db, each) for each in (survivor, *others)]
        agreed = merge.plan(db, people[0], people[1:], prefer)
        said = merge.preview(db, agreed)
        merge.merge(db, agreed)
    return said


def undo(records):
    with records.change("undo") as db:
        history.undo(db)


def of(records, client_id, *columns):
    with records.read() as db:
        return db.row(f"SELECT {', '.join(columns)} FROM clients WHERE id = ?", (client_id,))


def values(records, client_id):
    """Return what a client has in the owner's fields."""
    with records.read() as db:
        return db.rows(
            "SELECT f.key, v.value FROM field_values v JOIN fields f ON f.id = v.field_id WHERE v.client_id = ?"
            " ORDER BY f.key, v.value",
            (client_id,),
        )


# -- fields -------------------------------------------------------------------------------------


def test_the_survivors_values_win_and_blanks_are_filled_in_the_order_named(records):
    records.client("Ana", None, email="ana@example.com", company="One")
    records.client("Anna", "Müller", email="anna@example.com", phone="0612345678", language="fr")
    records.client("Anne", "Muller", phone="0699887766", birthday_on="1990-02-28", company="Three")
    said = join(records, 1, 2, 3)
    columns = ("first_name", "last_name", "email", "phone", "company", "language", "birthday_on")
    assert of(records, 1, *columns) == (
        "Ana", "Müller", "ana@example.com", "+33612345678", "One", "fr", "1990-02-28",
    )  # fmt: skip
    assert said == [
        "First name: Ana (not Anna of 2, not Anne of 3)",
        "Last name: Müller (from 2)",
        "E-mail: ana@example.com",
        "Phone: +33 6 12 34 56 78 (from 2)",
        "Company: One (not Three of 3)",
        "Birthday: 1990-02-28 (from 3)",
        "Language: fr (from 2)",
        "E-mail 2: anna@example.com (from 2, in a new field)",
        "Phone 2: +33 6 99 88 77 66 (from 3, in a new field)",
        "Client since: 2026-03-01",
    ]


def test_the_merged_keep_their_own_values_and_lead_to_the_survivor(records):
    records.client("Ana", email="ana@example.com")
    records.client("Anna", email="anna@example.com")
    before = of(records, 2, "*")[:-1]
    join(records, 1, 2)
    assert of(records, 2, "*") == (*before, 1)
    assert of(records, 1, "email", "merged_into") == ("ana@example.com", None)


def test_a_preferred_value_wins(records):
    with records.change() as db:
        field = fields.add(db, "Hobby", "text")
        sites.add(db, "Lyon")
    records.client("Ana", email="ana@example.com", phone="0612345678")
    records.client("Anna", "Müller", phone="0699887766")
    with records.change() as db:
        field_values.set_values(db, 1, field, ["Chess"])
        field_values.set_values(db, 2, field, ["Judo"])
        db.update("clients", 2, site_id=1, photo="ab" * 32)
        db.update("clients", 1, photo="cd" * 32)
    wishes = ["first=2", "Phone=2", "hobby=2", "email=1", "site=2", "photo=2"]
    said = join(records, 1, 2, prefer=wishes)
    assert of(records, 1, "first_name", "phone", "email", "site_id", "photo") == (
        "Anna", "+33699887766", "ana@example.com", 1, "ab" * 32,
    )  # fmt: skip
    assert values(records, 1) == [("hobby", "Judo"), ("phone_2", "+33612345678")]
    assert "Phone: +33 6 99 88 77 66 (from 2)" in said
    assert "Phone 2: +33 6 12 34 56 78 (from 1, in a new field)" in said
    assert "Site: Lyon (from 2)" in said
    assert "Photo: kept (from 2, not that of 1)" in said


@pytest.mark.parametrize(
    ("wish", "error", "says"),
    [
        ("phone", UsageError, "write FIELD=ID"),
        ("phone=", UsageError, "write FIELD=ID"),
        ("phone=3", UsageError, "the ids are 1, 2"),
        ("phone=x", UsageError, "the ids are 1, 2"),
        ("nonsense=1", NotFoundError, "no field 'nonsense'"),
        ("company=2", UsageError, "client 2 has nothing there"),
    ],
)
def test_a_preference_that_makes_no_sense(records, wish, error, says):
    records.client("Ana", phone="0612345678")
    records.client("Anna", phone="0612345678")
    records.client("Else")
    with pytest.raises(error, match=says):
        join(records, 1, 2, prefer=[wish])
    with pytest.raises(UsageError, match="preferred from another"):
        join(records, 1, 2, prefer=["phone=1", "phone=2"])


def test_fields_of_the_owner_follow_the_same_rule_and_choices_are_united(records):
    with records.change() as db:
        hobby, size = (fields.add(db, name, "text") for name in ("Hobby", "Size"))
        sports = fields.add(db, "Sports", "choices", offered=["Judo", "Yoga", "Golf"])
    records.client("Ana")
    records.client("Anna")
    with records.change() as db:
        for client, field, given in (
            (1, hobby, ["Chess"]), (2, hobby, ["Go"]), (2, size, ["M"]), (1, sports, ["Judo", "Yoga"]),
            (2, sports, ["Yoga", "Golf"]),
        ):  # fmt: skip
            field_values.set_values(db, client, field, given)
        fields.archive(db, fields.find(db, "size"), archived=True)
    assert "Sports: Judo, Yoga, Golf" in join(records, 1, 2)
    together = [("hobby", "Chess"), ("size", "M"), ("sports", "Golf"), ("sports", "Judo"), ("sports", "Yoga")]
    assert values(records, 1) == together
    assert values(records, 2) == []
    undo(records)
    join(records, 2, 1, prefer=["sports=1"])
    assert values(records, 2) == [("hobby", "Go"), ("size", "M"), ("sports", "Judo"), ("sports", "Yoga")]


def test_an_email_or_phone_left_over_goes_to_the_first_free_further_field(records):
    with records.change() as db:
        work, second = fields.add(db, "Work", "email"), fields.add(db, "e-mail 2", "email")
        fields.add(db, "E-mail 3", "text")
        fields.add(db, "Partner's e-mail", "email")
        fields.archive(db, fields.add(db, "Phone 2", "phone"), archived=True)
    records.client("Ana", email="ana@example.com", phone="0612345678")
    records.client("Anna", email="anna@example.com", phone="0699887766")
    records.client("Anne", email="ANNA@example.com", phone="+33612345678")
    with records.change() as db:
        field_values.set_values(db, 2, work, ["ANA@example.com"])
        field_values.set_values(db, 2, second, ["second@example.com"])
        field_values.set_values(db, 3, work, ["third@example.com"])
    before = looking.dump_file(records.path)
    said = join(records, 1, 2, 3)
    assert values(records, 1) == [
        ("e_mail_2", "second@example.com"),
        ("e_mail_4", "anna@example.com"),
        ("e_mail_5", "third@example.com"),
        ("phone_3", "+33699887766"),
        ("work", "ANA@example.com"),
    ]
    assert "Work: ANA@example.com (from 2)" in said
    assert "Phone 3: +33 6 99 88 77 66 (from 2, in a new field)" in said
    with records.read() as db:
        typed = ("ana@example.com", "anna@example.com", "0699887766")
        assert [client_selectors.client_named(db, each).id for each in typed] == [1, 1, 1]
    undo(records)
    assert looking.dump_file(records.path) == before


def test_a_further_field_that_is_there_and_free_is_taken(records):
    with records.change() as db:
        fields.add(db, "Courriel", "email", key="mail")
        fields.edit(db, fields.find(db, "mail"), name="E-mail 2")
    records.client("Ana", email="ana@example.com")
    records.client("Anna", email="anna@example.com")
    assert "E-mail 2: anna@example.com (from 2)" in join(records, 1, 2)
    assert values(records, 1) == [("mail", "anna@example.com")]


# -- what there can be several of ---------------------------------------------------------------


def test_client_since_and_member_since_are_the_earlier(records):
    rate = records.rate()
    one, other = records.client("Ana"), records.client("Anna")
    records.membership(other, rate, "2019-05-01", "2020-04-30")
    live = records.membership(one, rate, "2025-06-01")
    with records.change() as db:
        db.update("clients", 2, client_since_on="2019-04-01")
    said = join(records, 1, 2)
    assert of(records, 1, "client_since_on") == ("2019-04-01",)
    with records.read() as db:
        rows = db.rows("SELECT id, client_id, member_since_on FROM memberships ORDER BY id")
    assert rows == [(1, 1, "2019-05-01"), (live.id, 1, "2019-05-01")]
    assert said[-3:] == [
        "Client since: 2019-04-01 (was 2026-03-01)",
        "Member since: 2019-05-01 (was 2025-06-01)",
        "Moved to 1: labels Yoga, orders 1, memberships 1",
    ]


@pytest.mark.parametrize(
    ("survivor", "other", "result"),
    [("in", "in", 1), ("in", "out", 0), ("out", "in", 0), ("out", "out", 0), (None, "in", 1), (None, "out", 0),
     ("in", None, 1), ("out", None, 0)],
)  # fmt: skip
def test_opted_out_wins_and_the_history_of_both_is_kept(records, survivor, other, result):
    records.client("Ana")
    records.client("Anna")
    with records.change() as db:
        news = preferences.add(db, "News")
        for client, said, on in ((2, other, date(2026, 2, 1)), (1, survivor, date(2025, 1, 1))):
            if said:
                preferences.record(db, [clients.get(db, client)], [news], said == "in", on=on)
    said = join(records, 1, 2)
    with records.read() as db:
        assert preferences.current_choice(db, 1, news.id) == result
        kept = db.rows("SELECT client_id, source FROM consents ORDER BY id")
    expected = [(1, "hand")] * sum(map(bool, (survivor, other)))
    assert kept == expected + [(1, "merge")] * ({survivor, other} == {"in", "out"})
    assert f"News: opted {'in' if result else 'out'}" in said


def test_rows_that_say_the_same_become_one(records):
    records.client("Ana")
    records.client("Anna")
    with records.change() as db:
        for client in (1, 2):
            labels.attach(db, [client], [labels.find_or_add(db, "VIP"), labels.find_or_add(db, f"Only {client}")])
            db.insert("addresses", client_id=client, name="Home", street="1 rue X", city="Lyon")
            db.insert("documents", client_id=client, name="a", digest="d", bytes=1, shared_by="us",
                      attached_at=f"2026-03-0{client}T09:00:00Z")  # fmt: skip
        db.insert("addresses", client_id=2, name="Home", street="2 rue X", city="Lyon")
    join(records, 1, 2)
    with records.read() as db:
        assert [label.name for label in labels.of_client(db, 1)] == ["Only 1", "Only 2", "VIP"]
        assert db.rows("SELECT client_id, street FROM addresses ORDER BY id") == [(1, "1 rue X"), (1, "2 rue X")]
        assert db.rows("SELECT client_id FROM documents") == [(1,)]


def test_two_people_stay_two_when_one_of_them_is_merged(records):
    for name in ("A", "B", "C", "D"):
        records.client(name)
    with records.change() as db:
        a, b, c, d = (clients.get(db, n) for n in (1, 2, 3, 4))
        for one, other in ((a, c), (b, c), (c, d), (a, d)):
            duplicates.mark(db, one, other)
    join(records, 4, 3)
    with records.read() as db:
        assert db.rows("SELECT client_id, other_id FROM not_duplicates ORDER BY 1, 2") == [(1, 4), (2, 4)]


# -- who can be merged, and where the ids lead --------------------------------------------------


def test_who_can_not_be_merged(records):
    for name in ("A", "B", "C", "D"):
        records.client(name)
    with records.change() as db:
        clients.archive(db, clients.get(db, 2))
        erase(db, [3], "2026-03-01")
    with pytest.raises(UsageError, match="who is merged into A"):
        join(records, 1)
    with pytest.raises(RefusedError, match=r"A \(1\) can't be merged with itself"):
        join(records, 1, 4, 1)
    with pytest.raises(RefusedError, match=r"archived: `clientctl client restore 2` first"):
        join(records, 2, 1)
    for people in ((3, 1), (1, 3)):
        with pytest.raises(RefusedError, match="client 3 was erased"):
            join(records, *people)
    join(records, 1, 2)  # an archived one goes into another
    assert of(records, 1, "archived_on") == (None,)


def test_a_merged_client_is_nowhere_but_its_id_leads_on(records):
    records.client("Ana", email="ana@example.com")
    records.client("Anna", "Zzz", email="anna@example.com", phone="0699887766")
    records.client("Anne", email="anne@example.com")
    with records.change() as db:
        labels.attach(db, [1, 2, 3], [labels.add(db, "VIP")])
    join(records, 1, 2)
    with records.read() as db:
        for chosen in (ClientFilter(), ClientFilter(archived=True), ClientFilter(text="zzz"), ClientFilter(text="ann")):
            assert 2 not in client_list.list_ids(db, chosen)
        assert records.listed(Query(labels.SOURCE), "clients") == [2]
        for selector in ("2", "id:2"):
            assert client_selectors.client_named(db, selector).id == 1
        assert db.notices == ["client 2 was merged into 1"]
        with pytest.raises(NotFoundError):
            client_selectors.client_named(db, "name:Anna")
        assert {client_selectors.client_named(db, each).id for each in ("Ana Zzz", "anna@example.com")} == {1}
    join(records, 3, 1)
    with records.read() as db:
        assert (
            client_selectors.client_named(db, "2").id,
            merged_ids.list_merged(db, 3),
            merged_ids.list_merged(db, 1),
        ) == (
            3,
            [1, 2],
            [],
        )
        assert client_list.list_ids(db, ClientFilter()) == [3]
        changes = history.of_client(db, 3)
    at = {column.key: place for place, column in enumerate(changes.columns)}
    names = [row[at["is"]] for row in changes.rows if row[at["field"]] == "added"]
    assert [name for name in ("Ana,", "Anna,", "Anne,") if not any(name in str(n) for n in names)] == []


def test_the_survivor_comes_last_in_the_list(records):
    for name in ("A", "B", "C"):
        records.client(name)
    join(records, 1, 2)
    with records.read() as db:
        assert client_list.list_ids(db, ClientFilter()) == [3, 1]


# -- every table, whatever hangs on whom --------------------------------------------------------


def test_rows_that_must_be_unique_say_how_they_unite(records):
    """A new table with one row a client, or one for each of something, must say what a merge makes of two."""
    with records.read() as db:
        for table, column in merge._references(db):
            unique = [row[1] for row in db.rows(f"PRAGMA index_list({table})") if row[2]]
            for index in unique:
                keys = [row[2] for row in db.rows(f"PRAGMA index_info({index})")]
                if column in keys and table != "not_duplicates":  # united by duplicates.follow_merge
                    assert set(keys) == {column, *TABLES[table].unite}, table
        references = {table for table, _ in merge._references(db)}
        assert {name for name, table in TABLES.items() if table.client and table.client != "id"} <= references


@pytest.fixture
def fresh(records, tmp_path):
    """Keep a copy of the database as it is before anything is in it."""
    return shutil.copy(records.path, tmp_path / "fresh.db")


FACTS = st.lists(st.tuples(st.sampled_from(sorted(TABLES)), st.integers(1, 4), st.integers(0, 2)), max_size=25)


def put(db, table, client, pick):
    """Add a row about a client, if there is none like it."""
    words = ("alpha", "beta", "gamma")
    rows = {
        "client_labels": {"label_id": 1 + pick},
        "memberships": {
            "plan_id": 1, "rate_id": 1, "price_minor": 100, "currency": "EUR", "starts_on": f"202{pick}-01-01",
            "anchor_on": f"202{pick}-01-01", "member_since_on": f"202{pick}-01-01", "created_on": "2026-03-01",
        },
        "field_values": {"field_id": 1 + pick, "value": words[client % 3], "value_key": words[client % 3]},
        "notes": {"kind": "general", "text": words[pick], "staff_id": 1, "written_at": "2026-03-01T09:00:00Z"},
        "tasks": {"description": words[pick], "staff_id": 1, "created_on": "2026-03-01"},
        "addresses": {"name": words[pick], "city": words[client % 2]},
        "consents": {"preference_id": 1 + pick % 2, "opted_in": pick % 2, "given_on": "2026-01-01", "source": "hand"},
        "documents": {"name": words[pick], "digest": words[client % 2], "bytes": 1, "shared_by": "us",
                      "attached_at": "2026-03-01T09:00:00Z"},
        "not_duplicates": {"other_id": client + 1 + pick},
    }  # fmt: skip
    if table not in rows or (table == "not_duplicates" and client + 1 + pick > 4):
        return
    keys = TABLES[table].unite or (("other_id",) if table == "not_duplicates" else ())
    row = {"client_id": client, **rows[table]}
    same = " AND ".join(f"{key} IS :{key}" for key in ("client_id", *keys))
    if table == "field_values" and pick < 2:  # one value
        same = "client_id = :client_id AND field_id = :field_id"
    if not keys or not db.row(
        f"SELECT 1 FROM {table} WHERE {same}", {"client_id": client, **dict.fromkeys(keys), **row}
    ):
        db.insert(table, **row)


def told_by(db, table):
    """Return what a table says of anybody, each once, apart from whom it is about."""
    unite = TABLES[table].unite
    columns = ", ".join(unite or ("id",))
    return set(db.rows(f"SELECT {columns} FROM {table}"))


@settings(max_examples=heavy.times(12, 40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts=FACTS, people=st.permutations([1, 2, 3, 4]), count=st.integers(2, 4))
def test_nothing_that_hung_on_them_is_lost_and_undo_restores_it(records, fresh, facts, people, count):
    shutil.copy(fresh, records.path)
    for name in ("Ana", "Bob", "Cleo", "Dan"):
        records.client(name, email=f"{name}@example.com")
    records.rate()
    with records.change("facts") as db:
        for name in ("VIP", "Old", "New"):
            labels.add(db, name)
            preferences.add(db, name)
        fields.add(db, "One", "text")
        fields.add(db, "Mail", "email")
        fields.add(db, "Many", "choices", offered=["alpha", "beta", "gamma"])
        for table, client, pick in facts:
            put(db, table, client, pick)
    survivor, *others = people[:count]
    before = looking.dump_file(records.path)
    with records.read() as db:
        told = {table: told_by(db, table) for table in TABLES}
        command = looking.last_command(records.path)

    join(records, survivor, *others)

    after = looking.dump_file(records.path)
    with records.read() as db:
        for table, column in merge._references(db):
            if (table, column) != ("clients", "merged_into"):
                assert db.rows(f"SELECT * FROM {table} WHERE {column} IN ({', '.join(map(str, others))})") == []
            assert len(after[table]) >= len(before[table]) or TABLES[table].unite or table == "not_duplicates"
            if table not in {"field_values", "not_duplicates"}:
                assert told_by(db, table) >= told[table], table
        values = db.rows("SELECT field_id, count(*) FROM field_values WHERE client_id = ? GROUP BY 1", (survivor,))
        held = {row["field_id"] for row in before["field_values"] if row["client_id"] in people[:count]}
        assert {field for field, _ in values} >= held
        assert all(number == 1 for field, number in values if field != 3)
        assert list(verify.check_rows(db.connection)) == []
    with looking.as_of(records.path, command) as db:
        assert looking.dump(db) == before
        assert [client_selectors.client_named(db, str(each)).id for each in people] == people
    undo(records)
    assert looking.dump_file(records.path) == before
    with records.change("redo") as db:
        history.redo(db)
    assert looking.dump_file(records.path) == after
