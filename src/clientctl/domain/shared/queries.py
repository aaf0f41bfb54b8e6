"""Build every list the same way: a source of columns, conditions, an order, a page."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from clientctl.base import text
from clientctl.base.currencies import add_currency
from clientctl.base.listing import Card, Cell, Column, Kind, Listing, Page
from clientctl.base.uids import UID, prefix_of
from clientctl.domain.shared import client_uids
from clientctl.errors import NotFoundError, UsageError
from clientctl.store import Reader
from clientctl.store.fetched_rows import fetch_all

if TYPE_CHECKING:
    from clientctl.base.calendar import Range
    from clientctl.store.search import Search

LETTERS = {"M": "membership", "K": "package", "C": "charge", "P": "payment", "O": "order"}
"""The letter that each kind of number begins with."""

_MOST = 2**31
"""The largest limit and page that are told from larger ones: SQLite takes their product."""


_CHUNK = 500
"""Records whose cells are worked out together."""

Worked = Callable[[Reader, Sequence[Cell]], Sequence[Cell]]
"""Work out the cells of some records, which SQL can't, from what SQL says of each."""


class Field(NamedTuple):
    """One column a list can show: what it is, the SQL of its cell, the SQL it sorts by.

    What is ``worked`` out by more than SQL is sorted as it is shown.
    """

    column: Column
    sql: str
    order: str
    worked: Worked | None = None


class Source(NamedTuple):
    """What a list is made of.

    ``plural`` names its records for people, ``origin`` is the FROM clause, ``joins`` what
    is joined to it only when a chosen column or condition names the alias, ``shown`` the columns
    shown when none are asked for, ``number`` the column that names a record, ``order`` the
    default order, its end being what people want to see first. ``client`` is the id of the client
    whom a record is about, in SQL: such a list has a column ``uid`` besides, by which it finds them when it
    comes back.
    """

    plural: str
    fields: Mapping[str, Field]
    origin: str
    shown: tuple[str, ...]
    number: str
    order: tuple[str, ...]
    joins: Mapping[str, str] = {}
    client: str = ""

    @property
    def columns(self) -> Mapping[str, Field]:
        """Return every column that can be asked for, by key."""
        named = {UID: Field(Column(UID, "UID"), client_uids.sql(self.client), self.client)} if self.client else {}
        return {**self.fields, **named}


class Query(NamedTuple):
    """A list to be fetched: what it is made of, what is asked of it, a search text understood."""

    source: Source
    where: Sequence["Where"] = ()
    search: "Search | None" = None


class Request(NamedTuple):
    """What the user asked of a list. ``limit`` None is everything; ``numbered`` asks for the page's number."""

    columns: tuple[str, ...] = ()
    sort: str | None = None
    limit: int | None = None
    page: int | None = None
    numbered: bool = False


class Where(NamedTuple):
    """A condition in SQL and the parameters it names."""

    sql: str
    values: Mapping[str, Cell] = {}


def field(key: str, title: str, sql: str, kind: Kind = "text", order: str | None = None) -> tuple[str, Field]:
    """Declare a column of a source."""
    return key, Field(Column(key, title, kind), sql, order or sql)


def worked(key: str, title: str, sql: str, work: Worked, kind: Kind = "text") -> tuple[str, Field]:
    """Declare a column of a source whose cells are worked out from what SQL says."""
    return key, Field(Column(key, title, kind), sql, sql, work)


def one_of(sql: str, name: str, values: Sequence[Cell]) -> Where:
    """Ask for one of several values of an expression; ``name`` is what their parameters are called."""
    names = {f"{name}{position}": value for position, value in enumerate(values)}
    return Where(f"{sql} IN ({', '.join(':' + each for each in names)})", names)


def containing(sql: str, wanted: str) -> list[Where]:
    """Ask for texts with every word of one in them, whatever the case and accents; for none without a word."""
    words = text.fold(wanted).split()
    conditions = [Where(f"instr(fold({sql}), :word{at}) > 0", {f"word{at}": word}) for at, word in enumerate(words)]
    return conditions or [Where("0")]


def row_id(selector: str, noun: str) -> int:
    """Read the id of a record that has no name, ``12`` or ``id:12``; 0, which none has, when it is beyond all.

    Raise UsageError for anything else.
    """
    digits = selector.strip().removeprefix("id:")
    if not (digits.isascii() and digits.isdecimal()):
        raise UsageError(f"{text.quoted(selector)} is not the number of any {noun}: `clientctl {noun} list` shows them")
    return int(digits) if len(digits) < 19 else 0


def is_number(typed: str) -> bool:
    """Return whether a text can be a number of a record, ``C-7`` or ``7``, and so names nobody."""
    return re.fullmatch("[0-9]*|[A-Za-z]-[0-9]*", typed.strip()) is not None


def number_id(number: str, letter: str) -> int:
    """Read the id of a record known by a number, ``C-7`` or ``7``; 0, which none has, when it is beyond all.

    Raise UsageError for anything else, naming whose number it is.
    """
    typed = number.strip().upper()
    digits = typed.removeprefix(f"{letter}-")
    if not (digits.isascii() and digits.isdecimal()):
        of = f"{text.quoted(number)} is no number of {_one(LETTERS[letter])}"
        if typed[1:2] == "-" and typed[:1] in LETTERS and typed[0] != letter:
            raise UsageError(f"{of} but of {_one(LETTERS[typed[:1]])}: say one like {letter}-42")
        raise UsageError(f"{of}: say {letter}-42 or 42")
    return int(digits) if len(digits) < 19 else 0  # beyond what SQLite, and then Python, takes for a number


def _one(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeio' else 'a'} {noun}"


def within(sql: str, name: str, days: "Range") -> list[Where]:
    """Ask for a day in a range; ``name`` is what its parameters are called."""
    conditions = [Where(f"{sql} IS NOT NULL")]
    if days.first:
        conditions.append(Where(f"{sql} >= :{name}_first", {f"{name}_first": days.first.isoformat()}))
    if days.last:
        conditions.append(Where(f"{sql} <= :{name}_last", {f"{name}_last": days.last.isoformat()}))
    return conditions


def count(db: Reader, query: Query) -> int:
    """Count what the same list would show without a page."""
    statement, values = _statement(db, query.source, ("count(*)",), [*query.where, *_any_stage(query.search)])
    return int(db.value(statement, values))


def listing(db: Reader, query: Query, request: Request) -> Listing:
    """Fetch one page of a list, or all of it.

    Without a page number, the default order gives its end, as many rows as a page holds; a
    sort or a search its first page. Raise UsageError for a column that does not exist.
    """
    shown = request.columns or query.source.shown
    if request.sort and _field(query.source, key := request.sort.removeprefix("-")).worked:
        everything = Request(tuple(dict.fromkeys((*shown, key))))
        return part(listing(db, query, everything), request._replace(columns=shown))
    fields = [_field(query.source, key) for key in shown]
    request = request._replace(limit=_at_most(request.limit), page=_at_most(request.page))
    cells = tuple(field.sql for field in fields)
    columns = tuple(field.column for field in fields)
    if query.search and not request.sort:
        rows, page = _staged(db, query, query.search, cells, request)
    else:
        rows, page = _sorted(db, query, cells, request)
    if any(field.worked for field in fields):
        rows = fetch_all(_worked_out(db, fields, rows))
    return Listing(columns, rows, page)


def stream(db: Reader, query: Query, columns: Sequence[str] = (), sort: str | None = None) -> Listing:
    """Return all of a list in its default order, or sorted, its rows fetched as they are written out."""
    fields = [_field(query.source, key) for key in columns or query.source.shown]
    where = [*query.where, *_any_stage(query.search)]
    order = ", ".join(_order(query.source, sort))
    statement, values = _statement(db, query.source, tuple(f.sql for f in fields), where, order)
    rows = db.stream(f"{statement} ORDER BY {order}", values)
    return Listing(tuple(f.column for f in fields), rows)


def _worked_out(db: Reader, fields: Sequence[Field], rows: Iterable[tuple[Cell, ...]]) -> Iterator[tuple[Cell, ...]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, _CHUNK)):
        columns = zip(fields, zip(*chunk, strict=True), strict=True)
        yield from zip(*(each.worked(db, cells) if each.worked else cells for each, cells in columns), strict=True)


def among(db: Reader, sql: str, query: Query) -> Where:
    """Ask for what leads to one of the records of another list; ``sql`` is the id it leads to."""
    where = [*query.where, *_any_stage(query.search)]
    statement, values = _statement(db, query.source, (query.source.fields[query.source.number].sql,), where)
    return Where(f"{sql} IN ({statement})", values)


def part(whole: Listing, request: Request) -> Listing:
    """Take columns and a page of a list that is in memory, sorted when asked."""
    whole = add_currency(whole)
    keys = [column.key for column in whole.columns]
    for key in [*request.columns, *([request.sort.removeprefix("-")] if request.sort else [])]:
        if key not in keys:
            raise _no_column(key, "this list", keys)
    rows = list(whole.rows)
    if request.sort:
        at = keys.index(request.sort.removeprefix("-"))
        filled = [row for row in rows if row[at] is not None]
        filled.sort(key=lambda row: _rank(row[at], whole.columns[at]), reverse=request.sort.startswith("-"))
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
    """Show one record by the columns of its list, all unless some are named; its name is the title unless given.

    Raise NotFoundError when it is no longer there.
    """
    shown = tuple(columns or source.fields)
    found = listing(db, Query(source, [where]), Request(columns=shown))
    row = next(iter(found.rows), None)
    if row is None:
        raise NotFoundError(f"it is no longer among the {source.plural}")
    return Card(title or str(row[shown.index("name")]), found.columns, row, sections or {})


def _rank(cell: Cell, column: Column) -> Any:  # noqa: ANN401 - the cells of one column compare, whatever they are
    """Return what a cell in memory sorts by: a record's number, ``M-9``, by what it counts, money by how much it is."""
    if column.kind == "number":
        return int("".join(filter(str.isdecimal, str(cell))))
    return int(str(cell).partition(" ")[0]) if column.kind == "money" else cell


def _at_most(number: int | None) -> int | None:
    return number if number is None else min(number, _MOST)


def _no_column(key: str, plural: str, there: Iterable[str]) -> UsageError:
    return UsageError(f"no column {key!r} in {plural}: there are {', '.join(there)}")


def _field(source: Source, key: str) -> Field:
    found = source.fields.get(key) or source.columns.get(key)
    if found is None:
        raise _no_column(key, source.plural, source.columns)
    return found


def _any_stage(search: "Search | None") -> list[Where]:
    if search is None:
        return []
    return [Where("(" + (" OR ".join(f"({s.condition})" for s in search.stages) or "0") + ")", search.values)]


def _statement(
    db: Reader, source: Source, cells: Sequence[str], where: Sequence[Where], more: str = ""
) -> tuple[str, dict[str, Cell]]:
    """Put SELECT, FROM and WHERE together, joining what is named in them or in ``more``."""
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
    """Join what is named, and what those joins name."""
    joins = {alias: join for alias, join in source.joins.items() if f"{alias}." in named}
    needed = {alias for alias in source.joins if any(f"{alias}." in join for join in joins.values())}
    return " ".join([source.origin, *(join for alias, join in source.joins.items() if alias in needed | set(joins))])


def _sorted(
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


def _staged(
    db: Reader, query: Query, search: "Search", cells: tuple[str, ...], request: Request
) -> tuple[Iterable[tuple[Cell, ...]], Page | None]:
    """Fetch stage after stage until the page is full."""
    if not request.limit:
        return fetch_all(_by_stages(db, query, search, cells)), None
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
    """Return which page of so many rows is shown: that which was asked for, the last one where that is beyond it."""
    pages, asked = max(1, -(-rows // limit)), request.page or 1
    return Page(asked, pages) if asked <= pages else Page(pages, pages, asked)


def _by_stages(db: Reader, query: Query, search: "Search", cells: tuple[str, ...]) -> Iterator[tuple[Cell, ...]]:
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
