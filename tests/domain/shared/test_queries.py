"""Page, sort and count lists: those that SQL makes, and those in memory, by the same rules."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clientctl.base.listing import Column, Listing, Page
from clientctl.domain.clients import labels
from clientctl.domain.clients import record as clients
from clientctl.domain.journal import history
from clientctl.domain.memberships import record as memberships
from clientctl.domain.offers import plans, rates
from clientctl.domain.overview import client_list
from clientctl.domain.overview.filters import ClientFilter
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import UsageError
from clientctl.store import search

EVERYONE = ClientFilter()


def expected(rows, request, at=None):
    """Return the rows a request shows: the whole model of paging and sorting."""
    if request.sort:
        filled = [row for row in rows if row[at] is not None]
        empty = [row for row in rows if row[at] is None]
        rows = sorted(filled, key=lambda row: row[at], reverse=request.sort.startswith("-")) + empty
    if not request.limit:
        return rows
    if request.sort is None and request.page is None:
        return rows[-request.limit :]
    number = request.page or 1
    if request.numbered:  # who sees the number is shown the last page for one beyond it
        number = min(number, pages(rows, request))
    first = (number - 1) * request.limit
    return rows[first : first + request.limit]


def pages(rows, request):
    return max(1, -(-len(rows) // request.limit))


def requests(*columns):
    """Draw what can be asked of a list."""
    return st.builds(
        Request,
        columns=st.just(()),
        sort=st.none() | st.sampled_from([*columns, *(f"-{column}" for column in columns)]),
        limit=st.none() | st.integers(0, 6),
        page=st.none() | st.integers(1, 5),
        numbered=st.booleans(),
    )


# -- in memory ----------------------------------------------------------------------------------

MEMORY = (Column("number", "#", "number"), Column("name", "Name"), Column("count", "Count", "integer"))


@given(
    rows=st.lists(
        st.tuples(st.integers(1, 20), st.none() | st.sampled_from(["a", "b", "", "É"]), st.none() | st.integers(-2, 2)),
        max_size=12,
    ),
    request=requests("number", "name", "count"),
)
@example(rows=[(9, None, None), (10, "", 0)], request=Request(sort="number"))
def test_a_list_in_memory_is_paged_and_sorted_like_any_other(rows, request):
    at = [column.key for column in MEMORY].index(request.sort.removeprefix("-")) if request.sort else None
    whole = Listing(MEMORY, [(f"#{number}", name, count) for number, name, count in rows])
    shown = queries.select_part(whole, request)
    assert [(int(number[1:]), *rest) for number, *rest in shown.rows] == expected(rows, request, at)
    assert shown.columns == MEMORY


def test_a_list_in_memory_shows_the_columns_asked_for_in_their_order():
    whole = Listing(MEMORY, iter([("#1", "a", 2)]))
    shown = queries.select_part(whole, Request(columns=("count", "number"), sort="name"))
    assert (shown.columns, list(shown.rows)) == ((MEMORY[2], MEMORY[0]), [(2, "#1")])


@pytest.mark.parametrize("request_", [Request(columns=("nme",)), Request(sort="nme"), Request(sort="-nme")])
def test_an_unknown_column_is_answered_with_those_there_are(records, request_):
    with pytest.raises(UsageError, match="no column 'nme' in this list: the columns are number, name, count"):
        queries.select_part(Listing(MEMORY, []), request_)
    with (
        records.read() as db,
        pytest.raises(UsageError, match="no column 'nme' in labels: the columns are id, name, kind"),
    ):
        queries.listing(db, Query(labels.SOURCE), request_)


# -- from the file ------------------------------------------------------------------------------


@pytest.fixture
def companies(records):
    """Return a database of clients who have a company, or none, in every order; and their rows."""
    found = ["b", None, "a", "c", None, "a", None, "b", "d"]
    with records.change() as db:
        for number, company in enumerate(found, 1):
            clients.add(db, {"first_name": f"N{number}", "company": company}, source="hand")
    return records, list(enumerate(found, 1))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests("id", "company"))
def test_a_list_is_paged_and_sorted(companies, request):
    records, rows = companies
    at = ("id", "company").index(request.sort.removeprefix("-")) if request.sort else None
    request = request._replace(columns=("id", "company"))
    with records.read() as db:
        shown = queries.listing(db, client_list.query(db, EVERYONE), request)
    assert list(shown.rows) == expected(rows, request, at)
    if request.limit and request.numbered:
        last = pages(rows, request)
        asked = request.page or (1 if request.sort else last)
        assert shown.page == (Page(asked, last) if asked <= last else Page(last, last, asked))
    else:
        assert shown.page is None


def test_the_default_order_gives_its_end_and_it_is_full(companies):
    records, _ = companies
    assert records.listed(EVERYONE, "id", limit=4) == [6, 7, 8, 9]
    assert records.listed(EVERYONE, "id", limit=4, page=1) == [1, 2, 3, 4]
    assert records.listed(EVERYONE, "id", limit=4, page=3) == [9]
    assert records.listed(EVERYONE, "id", limit=4, page=4) == []


def test_empty_cells_come_last_both_ways_and_the_default_order_settles_the_rest(companies):
    records, _ = companies
    assert records.listed(EVERYONE, "id", sort="company") == [3, 6, 1, 8, 4, 9, 2, 5, 7]
    assert records.listed(EVERYONE, "id", sort="-company") == [9, 4, 1, 8, 3, 6, 2, 5, 7]


@pytest.mark.parametrize("huge", [2**31, 2**63, 10**40])
def test_no_page_is_too_far_and_no_limit_too_large(companies, huge):
    records, rows = companies
    found = ClientFilter(text="n")
    for query in (EVERYONE, found):
        for sort in (None, "company"):
            assert records.listed(query, "id", sort=sort, limit=huge, page=huge) == []
            assert len(records.listed(query, "id", sort=sort, limit=huge)) == len(rows)
    assert list(queries.select_part(Listing(MEMORY, [("#1", "a", 1)]), Request(limit=huge, page=huge)).rows) == []


def test_a_name_sorts_by_last_then_first_name_without_regard_to_accents(records):
    for first, last in (("Zoé", "Abel"), ("Ana", "Étienne"), ("Ana", "Zola"), ("ana", "eden"), ("Bo", "Eden")):
        records.client(first, last)
    names = ["Zoé Abel", "ana eden", "Bo Eden", "Ana Étienne", "Ana Zola"]
    assert records.listed(EVERYONE, "name", sort="name") == names
    assert records.listed(EVERYONE, "name", sort="-name") == names[::-1]
    for nameless in ("bo@example.com", "ana@example.com"):
        records.client(email=nameless)
    names += ["ana@example.com", "bo@example.com"]
    assert records.listed(EVERYONE, "name", sort="name") == names
    assert records.listed(EVERYONE, "name", sort="-name") == names[::-1]


def test_money_and_numbers_sort_as_numbers(records):
    ana = records.client("Ana")
    for price in (990, 12000, 4990):
        records.membership(ana, records.rate(f"Yoga/{price}", price=price), "2026-01-01")
    assert records.listed(Query(memberships.SOURCE), "price", sort="price") == ["990 EUR", "4990 EUR", "12000 EUR"]
    for _ in range(8):
        records.membership(ana, records.rate(f"Yoga/R{_}"), "2026-01-01")
    numbers = records.listed(Query(memberships.SOURCE), "number", sort="-number")
    assert numbers[:3] == ["M-11", "M-10", "M-9"]


SOURCES = [client_list.SOURCE, memberships.SOURCE, labels.SOURCE, plans.SOURCE, rates.SOURCE, history.LOG]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.plural)
def test_every_column_is_shown_and_sorted_by_alone_and_with_all_others(records, source):
    ana = records.client("Ana", "Müller")
    records.client("Bo")
    records.membership(ana, records.rate(), "2026-01-01", "2026-03-01")
    with records.read() as db:
        total = queries.count(db, Query(source))
        everything = queries.listing(db, Query(source), Request(tuple(source.fields)))
        whole = [dict(zip(source.fields, row, strict=True)) for row in everything.rows]
        assert total == len(whole) > 0
        assert [column.key for column in everything.columns] == list(source.fields)
        assert {source.number, *source.shown} <= set(source.fields)
        for key in source.fields:
            alone = queries.listing(db, Query(source), Request((key,)))
            assert [row[0] for row in alone.rows] == [row[key] for row in whole]
            for sort in (key, f"-{key}"):
                found = queries.listing(db, Query(source), Request((source.number, key), sort=sort)).rows
                assert sorted(map(str, found)) == sorted(str((row[source.number], row[key])) for row in whole)


def test_columns_come_in_the_order_asked_for(records):
    records.client("Ana", "Müller")
    with records.read() as db:
        everyone = client_list.query(db, EVERYONE)
        shown = queries.listing(db, everyone, Request(("last_name", "id", "first_name")))
        assert [column.key for column in shown.columns] == ["last_name", "id", "first_name"]
        assert list(shown.rows) == [("Müller", 1, "Ana")]
        assert [column.key for column in queries.listing(db, everyone, Request()).columns] == list(
            everyone.source.shown
        )


# -- searched ---------------------------------------------------------------------------------


@pytest.fixture
def many(records):
    """Return a database where ``ma`` is found at the start of names, of words, and (``mar``) within them."""
    names = [("Max", "Zola"), ("Ana", "Mayer"), ("Bo", "Lamar"), ("Jo", "de Marne"), ("Mara", "Abel"), ("Zoé", "Zorn")]
    for first, last in names:
        records.client(first, last)
    return records


def test_a_search_gives_the_closest_first_page_by_page(many):
    query = ClientFilter(text="mar")
    everyone = ["Mara Abel", "Jo de Marne", "Bo Lamar"]
    assert many.listed(query, "name") == everyone
    assert many.counted(query) == 3
    assert many.listed(query, "name", limit=2) == everyone[:2]
    assert many.listed(query, "name", limit=2, page=2) == everyone[2:]
    assert many.listed(query, "name", limit=2, page=3) == []
    assert many.listed(query, "name", sort="name") == ["Mara Abel", "Jo de Marne", "Bo Lamar"]
    assert many.listed(query, "name", sort="-name", limit=1) == ["Bo Lamar"]
    with many.read() as db:
        assert queries.listing(db, client_list.query(db, query), Request(limit=2, page=2, numbered=True)).page == Page(
            2, 2
        )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.sampled_from(["ma", "m", "mar", "a", "zola", "de ma", "ana mayer", "xyz", "o"]),
    limit=st.integers(1, 4),
)
def test_the_pages_of_a_search_put_together_are_the_whole_and_its_count(many, text, limit):
    query = ClientFilter(text=text)
    whole = many.listed(query, "id")
    pages = [many.listed(query, "id", limit=limit, page=number) for number in range(1, 8)]
    assert [row for page in pages for row in page] == whole
    assert many.counted(query) == len(whole) == len(set(whole))
    assert set(many.listed(query, "id", sort="id")) == set(whole)


@pytest.mark.parametrize("text", ["!", "—", "\u200b"])
def test_a_search_text_without_letter_or_digit_finds_nobody(many, text):
    query = ClientFilter(text=text)
    assert (many.listed(query, "id"), many.counted(query)) == ([], 0)
    assert many.listed(query, "id", sort="id") == []
    assert search.search(text).stages == ()


def test_a_search_and_filters_go_together(many):
    with many.change() as db:
        vip = labels.add(db, "VIP")
        labels.attach(db, [1, 3], [vip])
    query = ClientFilter(labels=(vip.id,), text="ma")
    assert many.listed(query, "name") == ["Max Zola"]
    assert many.listed(ClientFilter(labels=(vip.id,), text="mar"), "name") == ["Bo Lamar"]


# -- the exported sheet -------------------------------------------------------------------------


def test_the_sheet_holds_one_row_for_each_client_by_id(records):
    ana, rate = records.client("Ana", "Müller", email="ana@example.com"), records.rate(term="1m")
    bo = records.client("Bo")
    records.membership(ana, rate, "2026-02-15")
    records.membership(ana, rate, "2025-01-01")
    records.membership(ana, records.rate("Pilates/Yearly"), "2026-06-01")
    with records.change() as db:
        clients.edit(db, ana, {"phone": "+33612345678"})
    with records.read() as db:
        sheet = client_list.stream_sheet(db, ClientFilter())
        person = ("Ana", "Müller", "ana@example.com", "+33612345678")
        assert [column.key for column in sheet.columns] == list(client_list.SHEET)
        assert list(sheet.rows) == [
            (ana.id, *person, "2026-03-01", 3, 1, "Yoga", "Monthly", "active", "2026-02-15"),
            (bo.id, "Bo", None, None, None, "2026-03-01", 0, 0, None, None, None, None),
        ]
    with records.read(today="2026-05-01") as db:  # none is live: the latest
        (row, _) = client_list.stream_sheet(db, ClientFilter()).rows
        assert row[6:] == (3, 0, "Pilates", "Yearly", "upcoming", "2026-06-01")


@pytest.mark.parametrize(
    ("number", "letter", "says"),
    [
        ("K-7", "M", "'K-7' is not the number of a membership but of a package: use one like M-42"),
        ("o-3", "P", "'o-3' is not the number of a payment but of an order: use one like P-42"),
        ("M-1", "O", "'M-1' is not the number of an order but of a membership: use one like O-42"),
        ("C-", "C", "'C-' is not the number of a charge: use one like C-42 or 42"),
        ("X-1", "C", "'X-1' is not the number of a charge: use one like C-42 or 42"),
    ],
)
def test_a_wrong_letter_says_whose_number_it_is(number, letter, says):
    with pytest.raises(UsageError) as caught:
        queries.number_id(number, letter)
    assert caught.value.message == says
