"""The list engine: a source of columns, conditions, an order, a page."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from clientctl.base import choices, text
from clientctl.base.currencies import add_currency
from clientctl.base.listing import Card, Cell, Column, Kind, Listing, Page
from clientctl.base.uids import UID, prefix_of
from clientctl.base.words import say
from clientctl.domain.shared import client_uids
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader
from clientctl.store.fetched_rows import fetch_all

if TYPE_CHECKING:
    from clientctl.base.calendar import Range
    from clientctl.store.search import Search

LETTERS = {"M": "membership", "K": "package", "C": "charge", "P": "payment", "O": "order"}
"""The letter with which each kind of number begins."""

_MAXIMUM = 2**31
"""The largest limit and page; larger ones mean the same. SQLite multiplies them."""


_CHUNK = 500
"""How many records have their cells computed together."""

Compute = Callable[[Reader, Sequence[Cell]], Sequence[Cell]]
"""A function that computes the cells of records from what SQL returns for each."""


class ListField(NamedTuple):
    """A column that a list can show: its header, the SQL of its cell, the SQL it is sorted by.

    A column that needs more than SQL has ``compute``, and is sorted by the cells shown.
    """

    column: Column
    sql: str
    order: str
    compute: Compute | None = None


Filter = Callable[[str, Any], list["Where"]]
"""A filter of a list: returns the conditions for its name, which its parameters begin with, and a value."""


class Source(NamedTuple):
    """Where the records of a list come from.

    ``plural`` is the name of its records, ``origin`` the FROM clause, ``joins`` the joins that are added when
    a chosen column or condition uses their alias, ``shown`` the default columns, ``number`` the column that
    identifies a record, ``order`` the default order, with the most relevant records last. ``client`` is the SQL
    of the id of the client whom a record is about: such a list also has a column ``uid``, by which an import
    recognizes the client, and a filter ``client``. ``filters`` are the others, by name.
    """

    plural: str
    fields: Mapping[str, ListField]
    origin: str
    shown: tuple[str, ...]
    number: str
    order: tuple[str, ...]
    joins: Mapping[str, str] = {}
    client: str = ""
    filters: Mapping[str, Filter] = {}

    def where(self, **values: object) -> list["Where"]:
        """Return the conditions of filters, by their names; one whose value is None, False or empty does not filter.

        An empty text is a value. Raise UsageError for a choice that does not exist.
        """
        filters = {"client": is_record(self.client), **self.filters}
        asked = [(filters[name], name, value) for name, value in values.items()]  # an unknown name fails at once
        return [each for make, name, value in asked if value == "" or value for each in make(name, value)]

    @property
    def columns(self) -> Mapping[str, ListField]:
        """Return every column that can be chosen, by key."""
        named = {UID: ListField(Column(UID, "UID"), client_uids.sql(self.client), self.client)} if self.client else {}
        return {**self.fields, **named}


class Query(NamedTuple):
    """A list to be fetched: its source, its conditions, its parsed search text."""

    source: Source
    where: Sequence["Where"] = ()
    search: "Search | None" = None


class Request(NamedTuple):
    """The columns, order and page that a user wants of a list.

    ``limit`` None is everything; ``numbered`` also counts the pages.
    """

    columns: tuple[str, ...] = ()
    sort: str | None = None
    limit: int | None = None
    page: int | None = None
    numbered: bool = False


class Where(NamedTuple):
    """A condition in SQL and its parameters."""

    sql: str
    values: Mapping[str, Cell] = {}


def field(key: str, title: str, sql: str, kind: Kind = "text", order: str | None = None) -> tuple[str, ListField]:
    """Return a column of a source."""
    return key, ListField(Column(key, title, kind), sql, order or sql)


def computed_field(key: str, title: str, sql: str, compute: Compute, kind: Kind = "text") -> tuple[str, ListField]:
    """Return a column of a source whose cells are computed from what SQL returns."""
    return key, ListField(Column(key, title, kind), sql, sql, compute)


# -- filters of sources ------------------------------------------------------------------------


def is_record(sql: str) -> Filter:
    """Return a filter by a record; the SQL is its id."""
    return lambda name, record: [Where(f"{sql} = :{name}", {name: record.id})]


def is_any_record(sql: str) -> Filter:
    """Return a filter by several records; the SQL is the id of one of them."""
    return lambda name, records: [where_one_of(sql, name, [each.id for each in records])]


def is_any_choice(sql: str, there: Collection[str], noun: Callable[[], str]) -> Filter:
    """Return a filter by several keywords out of a fixed set; ``noun`` returns what the error calls one of them."""
    return lambda name, typed: [where_one_of(sql, name, choices.parse_several(typed, there, noun()))]


def is_within(sql: str) -> Filter:
    """Return a filter by a range of days."""
    return lambda name, days: where_within(sql, name, days)


def has_words(sql: str) -> Filter:
    """Return a filter by the words in a text."""
    return lambda _name, wanted: where_words(sql, wanted)


def is_true(sql: str) -> Filter:
    """Return a filter by a condition."""
    return lambda _name, _given: [Where(sql)]


def where_one_of(sql: str, name: str, values: Sequence[Cell]) -> Where:
    """Filter by the values that an expression may have; ``name`` is the prefix of their parameters."""
    names = {f"{name}{position}": value for position, value in enumerate(values)}
    return Where(f"{sql} IN ({', '.join(':' + each for each in names)})", names)


def where_words(sql: str, wanted: str) -> list[Where]:
    """Filter by texts that contain every word of a text, ignoring case and accents; without a word, none match."""
    words = text.fold(wanted).split()
    conditions = [Where(f"instr(fold({sql}), :word{at}) > 0", {f"word{at}": word}) for at, word in enumerate(words)]
    return conditions or [Where("0")]


def row_id(selector: str, noun: str) -> int:
    """Parse the id of a record, ``12`` or ``id:12``; return 0, which no record has, for one that is too large.

    Raise UsageError for anything else.
    """
    digits = selector.strip().removeprefix("id:")
    if not (digits.isascii() and digits.isdecimal()):
        raise UsageError(
            say(
                "{selector} is not the number of {record}: `clientctl {noun} list` lists them",
                selector=text.quoted(selector),
                record=_with_article(noun),
                noun=noun,
            )
        )
    return int(digits) if len(digits) < 19 else 0


def is_number(typed: str) -> bool:
    """Return whether a text can be the number of a record, ``C-7`` or ``7``, and so is not the name of a client."""
    return re.fullmatch("[0-9]*|[A-Za-z]-[0-9]*", typed.strip()) is not None


def number_id(number: str, letter: str) -> int:
    """Parse the id of a record from its number, ``C-7`` or ``7``; return 0, which no record has, if it is too large.

    Raise UsageError for anything else; the message says which kind of record has such a number.
    """
    typed = number.strip().upper()
    digits = typed.removeprefix(f"{letter}-")
    if not (digits.isascii() and digits.isdecimal()):
        problem = say(
            "{number} is not the number of {letters}",
            number=text.quoted(number),
            letters=_with_article(LETTERS[letter]),
        )
        if typed[1:2] == "-" and typed[:1] in LETTERS and typed[0] != letter:
            raise UsageError(
                say(
                    "{problem} but of {letters}: use one like {letter}-42",
                    problem=problem,
                    letters=_with_article(LETTERS[typed[:1]]),
                    letter=letter,
                )
            )
        raise UsageError(say("{problem}: use one like {letter}-42 or 42", problem=problem, letter=letter))
    return int(digits) if len(digits) < 19 else 0  # longer ones are too large for SQLite


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def where_within(sql: str, name: str, days: "Range") -> list[Where]:
    """Filter by a range of days; ``name`` is the prefix of its parameters."""
    conditions = [Where(f"{sql} IS NOT NULL")]
    if days.first:
        conditions.append(Where(f"{sql} >= :{name}_first", {f"{name}_first": days.first.isoformat()}))
    if days.last:
        conditions.append(Where(f"{sql} <= :{name}_last", {f"{name}_last": days.last.isoformat()}))
    return conditions


def count(db: Reader, query: Query) -> int:
    """Count the records of a list on all its pages."""
    statement, values = _statement(db, query.source, ("count(*)",), [*query.where, *_any_stage(query.search)])
    return int(db.value(statement, values))


def listing(db: Reader, query: Query, request: Request) -> Listing:
    """Fetch one page of a list, or all of it.

    Without a page number, return the last page of the default order, filled to the limit, or the first page of a
    sort or a search. Raise UsageError for a column that does not exist.
    """
    shown = request.columns or query.source.shown
    if request.sort and _field(query.source, key := request.sort.removeprefix("-")).compute:
        everything = Request(tuple(dict.fromkeys((*shown, key))))
        return select_part(listing(db, query, everything), request._replace(columns=shown))
    fields = [_field(query.source, key) for key in shown]
    request = request._replace(limit=_cap(request.limit), page=_cap(request.page))
    cells = tuple(field.sql for field in fields)
    columns = tuple(field.column for field in fields)
    if query.search and not request.sort:
        rows, page = _fetch_by_stages(db, query, query.search, cells, request)
    else:
        rows, page = _fetch_sorted(db, query, cells, request)
    if any(field.compute for field in fields):
        rows = fetch_all(_compute_cells(db, fields, rows))
    return Listing(columns, rows, page)


def stream(db: Reader, query: Query, columns: Sequence[str] = (), sort: str | None = None) -> Listing:
    """Return a whole list, in its default order or sorted, whose rows are fetched one by one."""
    fields = [_field(query.source, key) for key in columns or query.source.shown]
    where = [*query.where, *_any_stage(query.search)]
    order = ", ".join(_order(query.source, sort))
    statement, values = _statement(db, query.source, tuple(f.sql for f in fields), where, order)
    rows = db.stream(f"{statement} ORDER BY {order}", values)
    return Listing(tuple(f.column for f in fields), rows)


def _compute_cells(
    db: Reader, fields: Sequence[ListField], rows: Iterable[tuple[Cell, ...]]
) -> Iterator[tuple[Cell, ...]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        columns = zip(fields, zip(*chunk, strict=True), strict=True)
        yield from zip(*(each.compute(db, cells) if each.compute else cells for each, cells in columns), strict=True)


def where_among(db: Reader, sql: str, query: Query) -> Where:
    """Filter by the records of another list; ``sql`` is the id that refers to one of them."""
    where = [*query.where, *_any_stage(query.search)]
    statement, values = _statement(db, query.source, (query.source.fields[query.source.number].sql,), where)
    return Where(f"{sql} IN ({statement})", values)


def select_part(whole: Listing, request: Request) -> Listing:
    """Select columns and a page of a list in memory, sorted if requested."""
    whole = add_currency(whole)
    keys = [column.key for column in whole.columns]
    for key in [*request.columns, *([request.sort.removeprefix("-")] if request.sort else [])]:
        if key not in keys:
            raise _unknown_column(key, say("this list"), keys)
    rows = list(whole.rows)
    if request.sort:
        at = keys.index(request.sort.removeprefix("-"))
        filled = [row for row in rows if row[at] is not None]
        filled.sort(key=lambda row: _sort_key(row[at], whole.columns[at]), reverse=request.sort.startswith("-"))
        rows = filled + [row for row in rows if row[at] is None]
    page = None
    if request.limit:
        page = _page(request, request.limit, len(rows))
        if request.sort is None and request.page is None:
            rows, page = rows[-request.limit :], Page(page.pages, page.pages)
        else:
            number = page.number if request.numbered else request.page or 1
            rows = rows[(number - 1) * request.limit : number * request.limit]
    chosen = [keys.index(key) for key in request.columns or keys]
    return Listing(tuple(whole.columns[i] for i in chosen), [tuple(row[i] for i in chosen) for row in rows], page)


def card(
    db: Reader,
    source: Source,
    where: Where,
    columns: Sequence[str] = (),
    title: str | None = None,
    sections: Mapping[str, tuple[str, Listing]] | None = None,
) -> Card:
    """Return one record with the columns of its list, by default all; its name is the default title.

    Raise NotFoundError when the record does not exist any more.
    """
    shown = tuple(columns or source.fields)
    found = listing(db, Query(source, [where]), Request(columns=shown))
    row = next(iter(found.rows), None)
    if row is None:
        raise NotFoundError(say("it is no longer among the {plural}", plural=source.plural))
    return Card(title or str(row[shown.index("name")]), found.columns, row, sections or {})


def _sort_key(cell: Cell, column: Column) -> Any:  # noqa: ANN401 - the cells of one column have one type
    """Return the sort key of a cell in memory: a number such as ``M-9`` by its digits, money by its amount."""
    if column.kind == "number":
        return int("".join(filter(str.isdecimal, str(cell))))
    return int(str(cell).partition(" ")[0]) if column.kind == "money" else cell


def _cap(number: int | None) -> int | None:
    return number if number is None else min(number, _MAXIMUM)


def _unknown_column(key: str, plural: str, columns: Iterable[str]) -> UsageError:
    return UsageError(
        say(
            "no column {key} in {plural}: the columns are {columns}",
            key=repr(key),
            plural=plural,
            columns=", ".join(columns),
        )
    )


def _field(source: Source, key: str) -> ListField:
    found = source.fields.get(key) or source.columns.get(key)
    if found is None:
        raise _unknown_column(key, source.plural, source.columns)
    return found


def _any_stage(search: "Search | None") -> list[Where]:
    if search is None:
        return []
    return [Where("(" + (" OR ".join(f"({s.condition})" for s in search.stages) or "0") + ")", search.values)]


def _statement(
    db: Reader, source: Source, cells: Sequence[str], where: Sequence[Where], more: str = ""
) -> tuple[str, dict[str, Cell]]:
    """Build SELECT, FROM and WHERE, with the joins whose aliases are used in them or in ``more``."""
    values: dict[str, Cell] = {"today": db.today.isoformat()}
    for condition in where:
        values |= condition.values
    if any(f":{client_uids.PARAMETER}" in cell for cell in cells):
        values[client_uids.PARAMETER] = prefix_of(client_uids.line(db))
    conditions = " AND ".join(f"({condition.sql})" for condition in where) or "1"
    return (
        f"SELECT {', '.join(cells)} FROM {_origin(source, ' '.join([*cells, conditions, more]))} WHERE {conditions}",
        values,
    )


def _origin(source: Source, named: str) -> str:
    """Build the FROM clause with the joins whose aliases are used, and the joins those need."""
    joins = {alias: join for alias, join in source.joins.items() if f"{alias}." in named}
    needed = {alias for alias in source.joins if any(f"{alias}." in join for join in joins.values())}
    return " ".join([source.origin, *(join for alias, join in source.joins.items() if alias in needed | set(joins))])


def _fetch_sorted(
    db: Reader, query: Query, cells: tuple[str, ...], request: Request
) -> tuple[Iterable[tuple[Cell, ...]], Page | None]:
    order = _order(query.source, request.sort)
    where = [*query.where, *_any_stage(query.search)]
    statement, values = _statement(db, query.source, cells, where, " ".join(order))
    limit = request.limit
    if not limit:
        return fetch_all(db.stream(f"{statement} ORDER BY {', '.join(order)}", values)), None
    page = _page(request, limit, count(db, query)) if request.numbered else None
    if request.sort is None and request.page is None:
        backwards = ", ".join(f"{term} DESC" for term in order)
        rows = db.rows(f"{statement} ORDER BY {backwards} LIMIT {limit}", values)[::-1]
        return rows, Page(page.pages, page.pages) if page else None
    number = page.number if page else request.page or 1
    rows = db.rows(f"{statement} ORDER BY {', '.join(order)} LIMIT {limit} OFFSET {(number - 1) * limit}", values)
    return rows, page


def _fetch_by_stages(
    db: Reader, query: Query, search: "Search", cells: tuple[str, ...], request: Request
) -> tuple[Iterable[tuple[Cell, ...]], Page | None]:
    """Fetch the stages of a search one after the other until the page is full."""
    if not request.limit:
        return fetch_all(_stream_stages(db, query, search, cells)), None
    rows: list[tuple[Cell, ...]] = []
    limit = request.limit
    page = _page(request, limit, count(db, query)) if request.numbered else None
    skipped = ((page.number if page else request.page or 1) - 1) * limit
    for stage in search.stages:
        where = [*query.where, Where(stage.condition, search.values)]
        statement, values = _statement(db, query.source, cells, where, stage.order)
        rows += db.rows(f"{statement} ORDER BY {stage.order} LIMIT {limit + skipped - len(rows)}", values)
        if len(rows) >= skipped + limit:
            break
    return rows[skipped:], page


def _page(request: Request, limit: int, rows: int) -> Page:
    """Return the page to show of a number of rows: the requested page, at most the last one."""
    pages, asked = max(1, -(-rows // limit)), request.page or 1
    return Page(asked, pages) if asked <= pages else Page(pages, pages, asked)


def _stream_stages(db: Reader, query: Query, search: "Search", cells: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
    for stage in search.stages:
        where = [*query.where, Where(stage.condition, search.values)]
        statement, values = _statement(db, query.source, cells, where, stage.order)
        yield from db.stream(f"{statement} ORDER BY {stage.order}", values)


def _order(source: Source, sort: str | None) -> list[str]:
    if sort is None:
        return list(source.order)
    field = _field(source, sort.removeprefix("-"))
    down = " DESC" if sort.startswith("-") else ""
    # Empty cells come last both ways; the default order settles the rest.
    return [f"{field.order}{down} NULLS LAST", *source.order]
