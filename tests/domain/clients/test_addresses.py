"""Keep the addresses of clients: as typed, several each, never only a name."""

import pytest
from looking import dump_file

from clientctl.domain.clients import addresses
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.session import opened
from clientctl.domain.shared.queries import Query
from clientctl.errors import NotFoundError, RefusedError, UsageError
from clientctl.store.erase import erase

EVERY = Query(addresses.SOURCE)


@pytest.fixture
def ana(records):
    """Add the client Ana, who lives somewhere."""
    return records.client("Ana", "Díaz")


def add(records, client, name="Home", **lines):
    """Add an address, one command."""
    with records.change("address add") as db:
        return addresses.add(db, client, name, lines)


def test_an_address_is_kept_as_typed_a_line_each(records, ana):
    made = add(records, ana, " Home ", street="12  rue X,\n 2nd floor", postal_code="01234", city="Paris", country="fr")
    assert made[3:] == ("Home", "12 rue X, 2nd floor", "01234", "Paris", None, "fr")
    row = records.listed(EVERY, "client", "name", "street", "postal_code", "city", "region", "country")
    assert row == [("Ana Díaz", *made[3:])]


@pytest.mark.parametrize("line", addresses.LINES)
def test_one_line_besides_the_name_is_enough_and_needed(records, ana, line):
    made = add(records, ana, **{line: "x"})
    with pytest.raises(UsageError, match="needs more than a name: give --street"):
        add(records, ana, **dict.fromkeys(addresses.LINES, " "))
    with pytest.raises(UsageError, match="needs more than a name"):
        add(records, ana)
    with records.change() as db:
        with pytest.raises(RefusedError, match=r"address 1 needs .* keep one line, or `.* remove 1`"):
            addresses.edit(db, made, {line: "", "name": "Work"})
        other = next(each for each in addresses.LINES if each != line)
        assert addresses.edit(db, made, {line: "", other: "y"})
    assert records.listed(EVERY, line, other) == [(None, "y")]


@pytest.mark.parametrize("name", ["", " ", "!"])
def test_an_address_has_a_name(records, ana, name):
    with pytest.raises(UsageError, match="is not a name for an address"):
        add(records, ana, name, city="Paris")
    made = add(records, ana, city="Paris")
    with pytest.raises(UsageError, match="is not a name for an address"), records.change() as db:
        addresses.edit(db, made, {"name": name})


def test_no_card_number_in_any_line(records, ana):
    for line in addresses.LINES:
        with pytest.raises(RefusedError, match="ending in 1111"):
            add(records, ana, **{line: "4111111111111111"})
    with pytest.raises(RefusedError, match="ending in 1111"):
        add(records, ana, "4111111111111111", city="Paris")


def test_a_client_has_several_and_is_moved_by_each_change(records, ana):
    bo = records.client("Bo")

    def order():
        with records.read() as db:
            query = client_list.query(db, ClientFilter())
        return records.listed(query, "id")

    def touch(client):
        with records.change() as db:
            clients.move(db, [client.id])

    first = add(records, ana, city="Paris")
    assert order() == [bo.id, ana.id]
    add(records, bo, city="Lyon")
    add(records, ana, "Work", city="Lyon")
    assert records.listed(Query(addresses.SOURCE, addresses.SOURCE.where(client=ana)), "name") == ["Home", "Work"]
    touch(bo)
    with records.change() as db:
        assert addresses.edit(db, first, {"city": "Nice"})
    assert order() == [bo.id, ana.id]
    touch(bo)
    with records.change() as db:
        assert not addresses.edit(db, addresses.find(db, "1"), {"city": " Nice ", "name": "Home"})
    assert order() == [ana.id, bo.id]
    with records.change() as db:
        addresses.remove(db, addresses.find(db, "id:1"))
    assert order() == [bo.id, ana.id]
    with records.read() as db:
        with pytest.raises(NotFoundError, match="no address 1: `clientctl address list`"):
            addresses.find(db, "1")
        with pytest.raises(UsageError, match="is not the number of an address"):
            addresses.find(db, "Home")


def test_texts_are_sorted_whatever_the_case_and_accents(records, ana):
    for city in ("Zürich", "évian", "Annecy", "Evry"):
        add(records, ana, city=city)
    add(records, ana, country="fr")
    assert records.listed(EVERY, "city", sort="city") == ["Annecy", "évian", "Evry", "Zürich", None]


def test_every_change_can_be_taken_back_and_erasing_takes_all(records, ana):
    before = dump_file(records.path)
    made = add(records, ana, street="Secret Street 1")
    added = dump_file(records.path)
    with records.change("address edit") as db:
        addresses.edit(db, made, {"street": "Secret Street 2"})
    with opened.reading(records.path, as_of="#4") as db:
        assert addresses.find(db, "1").street == "Secret Street 1"
    for state in (added, before):
        with records.change("undo") as db:
            history.undo(db)
        assert dump_file(records.path) == state
    add(records, ana, street="Secret Street 3")
    with opened.writing(records.path, "client delete", today=records.today, final=True) as db:
        erase(db, [ana.id], "2026-03-01")
    assert records.counted(EVERY) == 0
    assert b"Secret Street" not in records.path.read_bytes()
    with pytest.raises(RefusedError, match="was erased"), records.change() as db:
        addresses.add(db, clients.get(db, ana.id), "Home", {"city": "Paris"})
