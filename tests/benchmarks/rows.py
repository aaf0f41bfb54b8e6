"""What is measured, a function for each row of the table; each says what it is compared with.

A row that is added here is found by its name in ``ROWS``.
"""

import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import filters
import generate
import layouts
import money
from harness import Command, Result, beside, compare, compare_calls, cost, output, peer, program, run, weigh


class Bench(NamedTuple):
    """Where and how it is measured: a folder for files that are made once, sizes, runs of a short command."""

    folder: Path
    sizes: tuple[int, ...]
    runs: int

    def csv(self, count: int, *, members: bool, crowded: bool = False) -> Path:
        """Return the sheet of that many people."""
        path = self.folder / f"{'crowd' if crowded else 'members' if members else 'clients'}-{count}.csv"
        if not path.exists():
            with path.open("w", encoding="utf-8") as file:
                generate.write(file, count, members=members, crowded=crowded)
        return path

    def book(self, count: int) -> Path:
        """Return a database of that many people and their memberships."""
        path = self.folder / f"book-{count}.db"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            run(program("db", "init", "--db", unfinished))
            sheet = self.csv(count, members=True)
            annual = ("--rate", "Annual=1y")
            run(program("import", "csv", sheet, "--db", unfinished, "--today", str(generate.TODAY), *annual))
            unfinished.rename(path)
        return path

    def filled(self, count: int) -> Path:
        """Return a database of that many people with all that clients are filtered by."""
        path = self.folder / f"filled-{count}.db"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            shutil.copy(self.book(count), unfinished)
            filters.fill(unfinished)
            unfinished.rename(path)
        return path

    def ledger(self, count: int) -> Path:
        """Return a database of that many people with what they owe and paid."""
        path = self.folder / f"ledger-{count}.db"
        if not path.exists():
            unfinished = path.with_suffix(".unfinished")
            shutil.copy(self.book(count), unfinished)
            money.fill(unfinished)
            unfinished.rename(path)
        return path

    @property
    def small(self) -> int:
        """The smallest size."""
        return min(self.sizes)

    @property
    def big(self) -> int:
        """The biggest size."""
        return max(self.sizes)

    @property
    def long_runs(self) -> int:
        """How often a command is run that takes seconds."""
        return max(self.runs // 5, 3)


def spread(bench: Bench) -> Iterator[Result]:
    """An empty Typer program against itself: what is no difference."""
    yield compare("A/A", "", peer("empty"), peer("empty"), target=None, runs=bench.runs)


def start_plain(bench: Bench) -> Iterator[Result]:
    """A short list, against an empty Typer program."""
    ours = program("client", "list", "--limit", "20", "--format", "tsv", "--db", bench.book(bench.small))
    yield compare("start.plain", name(bench.small), ours, peer("empty"), target=1.25, runs=bench.runs)


def start_table(bench: Bench) -> Iterator[Result]:
    """The same as a table on a terminal, against an empty Typer program that imports rich.table."""
    book = bench.book(bench.small)
    ours = program("client", "list", "--limit", "20", "--format", "table", "--db", book, terminal=True)
    theirs = peer("empty_rich", terminal=True)
    yield compare("start.table", name(bench.small), ours, theirs, target=1.25, runs=bench.runs)


def start_help(bench: Bench) -> Iterator[Result]:
    """Help, against that of an empty Typer program."""
    theirs = peer("empty", "--help")
    yield compare("start.help root", "", program("--help"), theirs, target=1.3, runs=bench.runs)
    ours = program("client", "list", "--help")
    yield compare("start.help client list", "", ours, theirs, target=1.3, runs=bench.runs)


TERMS = {
    "prefix": ("xanth",),
    "two words": ("quirina", "xanth"),
    "infix": ("nthopo",),
    "miss": ("wqzzkxv",),
    "phone": (generate.PLANTED_PHONE,),
}
"""What is searched for: as many are found in a big book as in a small one."""


def search_flat(bench: Bench) -> Iterator[Result]:
    """The same search in a big book and in a small one; last, one whose hits grow with the book."""

    def search(count: int, *term: str) -> Command:
        return program("client", "list", *term, "--limit", "20", "--format", "tsv", "--db", bench.book(count))

    for kind, term in TERMS.items():
        yield _flat(bench, f"search.flat {kind}", lambda count, term=term: search(count, *term), 1.15)
    yield _flat(bench, "search (hits grow)", lambda count: search(count, "mar"), None)


def search_peer(bench: Bench) -> Iterator[Result]:
    """A search in the middle of names, against LIKE by sqlite-utils."""
    book = bench.book(bench.big)
    where = " OR ".join(f"{column} LIKE '%nthopo%'" for column in ("first_name", "last_name", "email", "phone"))
    sql = f"SELECT id, first_name, last_name, email FROM clients WHERE {where} ORDER BY last_name LIMIT 20"
    theirs = _sqlite_utils("query", book, sql)
    ours = program("client", "list", "nthopo", "--limit", "20", "--json", "--db", book)
    yield compare("search.peer", name(bench.big), ours, theirs, target=0.5, runs=bench.runs)


def queue_flat(bench: Bench) -> Iterator[Result]:
    """Each queue's first page and the counts of all in a big book and in a small one, as many being in them."""

    def listed(count: int, queue: str, day: object = generate.TODAY) -> Command:
        words = ("membership", "list", "--queue", queue, "--limit", "20", "--format", "tsv")
        return program(*words, "--today", str(day), "--db", bench.ledger(count))

    def counts(count: int, day: object = generate.TODAY) -> Command:
        return program("membership", "queues", "--format", "tsv", "--today", str(day), "--db", bench.ledger(count))

    for queue in money.QUEUES:
        yield _flat(bench, f"queue.flat {queue}", lambda count, queue=queue: listed(count, queue), 1.15)
    yield _flat(bench, "queue.flat counts", counts, 1.4)
    yield _flat(bench, "queue due (grows)", lambda count: listed(count, "payment-due", money.BILLED), None)
    yield _flat(bench, "queue counts (grow)", lambda count: counts(count, money.BILLED), None)


def billing_flat(bench: Bench) -> Iterator[Result]:
    """Billing a few that are due, in a big book and in a small one; then all of the small one, against that."""

    def billed(count: int, day: object = generate.TODAY) -> Command:
        words = ("billing", "run", "-q", "--today", str(day), "--db", bench.folder / "billed.db")
        original = bench.ledger(count)
        return program(*words, before=lambda: shutil.copy(original, bench.folder / "billed.db"))

    previewed = lambda count: program(  # noqa: E731 - what `_flat` takes
        "billing", "preview", "--today", str(generate.TODAY), "--db", bench.ledger(count)
    )
    yield _flat(bench, "billing.flat preview", previewed, 1.15)
    sizes, few = f"{name(bench.big)}/{name(bench.small)}", bench.long_runs
    yield compare("billing.flat run", sizes, billed(bench.big), billed(bench.small), target=1.15, runs=few)
    ours, theirs = billed(bench.small, money.BILLED), billed(bench.small)
    yield compare("billing of all", name(bench.small), ours, theirs, target=None, runs=bench.long_runs)


def filter_flat(bench: Bench) -> Iterator[Result]:
    """The first page of a filtered list in a big book and in a small one: as few chosen, or a part of the book.

    Without a target are those for which no index serves: the last column says what is looked at, one by one.
    """

    def listed(count: int, asked: tuple[str, ...]) -> Command:
        words = [word.format(email=generate.planted_email(count)) for word in asked]
        book = ("--today", str(generate.TODAY), "--db", bench.filled(count))
        return program("client", "list", *words, "--limit", "20", "--format", "tsv", *book)

    for kind, asked in filters.FEW.items():
        looked_at = filters.LOOKED_AT.get(kind)
        flat = _flat(
            bench, f"filter.few {kind}", lambda count, asked=asked: listed(count, asked), None if looked_at else 1.15
        )
        yield flat._replace(by=looked_at or "index")
    for kind, asked in filters.MANY.items():
        flat = _flat(bench, f"filter.many {kind}", lambda count, asked=asked: listed(count, asked), 1.15)
        yield flat._replace(by="the first of many")


def xlsx_peer(bench: Bench) -> Iterator[Result]:
    """The exported sheet, against openpyxl's own streaming mode with the same rows."""
    for count in bench.sizes:
        book, target = bench.book(count), bench.folder / "sheet.xlsx"
        ours = program("export", "xlsx", target, "--force", "--db", book)
        theirs = peer("openpyxl_sheet", book, bench.folder / "peer.xlsx")
        least = 0.30 if count < 100_000 else 0.25
        yield compare("xlsx.peer", name(count), ours, theirs, target=least, runs=bench.long_runs)


def xlsx_rust(bench: Bench) -> Iterator[Result]:
    """The exported sheet, against a writer in Rust with the same rows."""
    if importlib.util.find_spec("rustpy_xlsxwriter") is None:
        print("xlsx.rust: left out, as there is no rustpy-xlsxwriter (pip install rustpy-xlsxwriter)", file=sys.stderr)
        return
    book, target = bench.book(bench.big), bench.folder / "sheet.xlsx"
    ours = program("export", "xlsx", target, "--force", "--db", book)
    theirs = peer("rust_sheet", book, bench.folder / "peer.xlsx")
    yield compare("xlsx.rust", name(bench.big), ours, theirs, target=1.3, runs=bench.long_runs)


def xlsx_memory(bench: Bench) -> Iterator[Result]:
    """The memory that the exported sheet takes, against 120 MB."""
    ours = program("export", "xlsx", bench.folder / "sheet.xlsx", "--force", "--db", bench.book(bench.big))
    yield weigh("xlsx.memory", name(bench.big), ours, 120.0, target=1.0)


def stream(bench: Bench) -> Iterator[Result]:
    """A whole list as JSON: its time against SQLite's own shell, its memory against that of a thousand clients."""
    book = bench.book(bench.big)
    ours = program("client", "list", "--json", "--db", book)
    if shutil.which("sqlite3"):
        theirs = Command(("sqlite3", "-json", str(book), _SAME_LIST))
        yield compare("stream", name(bench.big), ours, theirs, target=3, runs=bench.long_runs)
    else:
        print("stream: its time is left out, as there is no sqlite3 (apt install sqlite3)", file=sys.stderr)
    few = program("client", "list", "--json", "--db", bench.book(1_000))
    yield weigh("stream", f"{name(bench.big)}/1k", ours, few, target=1.3)


_SAME_LIST = """SELECT c.id, trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, '')) AS name, c.email,
    (SELECT json_group_array(l.name) FROM client_labels cl JOIN labels l ON l.id = cl.label_id
     WHERE cl.client_id = c.id) AS labels FROM clients c
    WHERE c.archived_on IS NULL AND c.erased_on IS NULL AND c.merged_into IS NULL ORDER BY c.moved_by, c.id"""


def import_peer(bench: Bench) -> Iterator[Result]:
    """A sheet of clients, against sqlite-utils, which takes the cells as they are."""
    sheet, other = bench.csv(bench.big, members=False), bench.folder / "peer.db"
    ours = _import(bench, sheet)
    fresh = lambda: other.unlink(missing_ok=True)  # noqa: E731 - the counterpart of the lambda of ours
    theirs = _sqlite_utils("insert", other, "clients", sheet, "--csv", before=fresh)
    yield compare("import.peer", name(bench.big), ours, theirs, target=0.85, runs=bench.long_runs)


def import_members(bench: Bench) -> Iterator[Result]:
    """A sheet of members, many of whom share a phone, against sqlite-utils with indexes and a history of its own.

    What is compared is what the processor does: sqlite-utils waits for the disk at every hundred rows besides. Then
    the memory, against 110 MB, and a row in a big sheet against one in a small sheet.
    """
    other, times = bench.folder / "peer.db", {}
    for count in sorted({bench.small, bench.big}):
        sheet = bench.csv(count, members=True, crowded=True)
        ours = _import(bench, sheet, *_MEMBERS)
        theirs = peer("members", sheet, other, before=lambda: other.unlink(missing_ok=True))
        runs = bench.long_runs
        result = compare("import.members (CPU)", name(count), ours, theirs, target=0.9, runs=runs, measure=cost)
        times[count] = result.ours / count
        yield result
    crowded = bench.csv(bench.big, members=True, crowded=True)
    yield weigh("import.members", name(bench.big), _import(bench, crowded, *_MEMBERS), 110.0, target=1.0)
    big, small = times[bench.big], times[bench.small]
    sizes = f"{name(bench.big)}/{name(bench.small)}"
    yield Result("import.members a row (CPU)", sizes, big, small, big / small, 1.2, (big / small,) * 2)


def import_again(bench: Bench) -> Iterator[Result]:
    """The same sheets once more, when everybody is known, against the first time; of clients, then of such members.

    What is compared is what the processor does, as nothing is written the second time.
    """
    done, book = bench.folder / "imported.db", bench.folder / "again.db"
    for row, members in (("import.again", False), ("import.again members", True)):
        sheet = bench.csv(bench.big, members=members, crowded=members)
        first = _import(bench, sheet, *(_MEMBERS if members else ()))
        run(first)
        (bench.folder / "import.db").rename(done)
        words = ("import", "csv", sheet, "--again", *(_MEMBERS if members else ()), "--db", book)
        again = program(*words, before=lambda: shutil.copy(done, book))
        yield compare(f"{row} (CPU)", name(bench.big), again, first, target=1.0, runs=bench.long_runs, measure=cost)


_MEMBERS = ("--rate", "Annual=1y", "--today", str(generate.TODAY))


def import_memory(bench: Bench) -> Iterator[Result]:
    """The memory that an import and its dry run take, against 100 MB; at a million, a third more."""
    sheet = bench.csv(bench.big, members=False)
    most = 100.0 if bench.big <= 100_000 else 130.0
    yield weigh("import.memory", name(bench.big), _import(bench, sheet), most, target=1.0)
    yield weigh("import.memory --dry-run", name(bench.big), _import(bench, sheet, "--dry-run"), most, target=1.0)


def import_wait(bench: Bench) -> Iterator[Result]:
    """How long a reader waits at worst while an import is under way, against how long that takes."""
    importing = _import(bench, bench.csv(bench.big, members=False))
    longest, whole = beside(importing, bench.folder / "import.db")
    target = 0.15 if bench.big <= 100_000 else None
    yield Result("import.wait", name(bench.big), longest, whole, longest / whole, target, (longest / whole,) * 2)


def _import(bench: Bench, sheet: Path, *options: str) -> Command:
    """Import a sheet into a new file, made anew for each run."""
    empty, book = bench.folder / "empty.db", bench.folder / "import.db"
    if not empty.exists():
        run(program("db", "init", "--db", empty))
    return program("import", "csv", sheet, *options, "--db", book, before=lambda: shutil.copy(empty, book))


def write_one(bench: Bench) -> Iterator[Result]:
    """Adding one client, against showing one."""
    original, book = bench.book(bench.small), bench.folder / "write.db"
    shutil.copy(original, book)
    ours = program("client", "add", "--first", "Ana", "--last", "Müller", "--db", book)
    theirs = program("client", "show", "id:5", "--db", original)
    yield compare("write.one", name(bench.small), ours, theirs, target=2.2, runs=bench.runs)


def schema(bench: Bench) -> Iterator[Result]:
    """Opening a file and reading a row, in this process, against a file as it was before version 8."""
    before, now, more = (bench.folder / f"schema-{each}.db" for each in ("before", "now", "more"))
    for path, make in ((before, layouts.before), (now, layouts.now), (more, layouts.with_more)):
        path.unlink(missing_ok=True)
        make(path)
    reading = {path: lambda path=path: layouts.read_a_row(path) for path in (before, now, more)}
    runs = 3 * bench.runs
    yield compare_calls("schema", reading[now], reading[before], target=0.75, runs=runs)
    yield compare_calls("schema, 30 tables more", reading[more], reading[before], target=1.15, runs=runs)


def undo_import(bench: Bench) -> Iterator[Result]:
    """Undoing an import, against the import."""
    importing = _import(bench, bench.csv(bench.big, members=False))
    done, book = bench.folder / "imported.db", bench.folder / "undo.db"
    run(importing)
    (bench.folder / "import.db").rename(done)
    undoing = program("undo", "--db", book, before=lambda: shutil.copy(done, book))
    yield compare("undo.import", name(bench.big), undoing, importing, target=0.7, runs=bench.long_runs)


ROWS: dict[str, Callable[[Bench], Iterator[Result]]] = {
    "start.plain": start_plain,
    "start.table": start_table,
    "start.help": start_help,
    "search.flat": search_flat,
    "search.peer": search_peer,
    "queue.flat": queue_flat,
    "billing.flat": billing_flat,
    "filter.flat": filter_flat,
    "xlsx.peer": xlsx_peer,
    "xlsx.rust": xlsx_rust,
    "xlsx.memory": xlsx_memory,
    "stream": stream,
    "import.peer": import_peer,
    "import.members": import_members,
    "import.again": import_again,
    "import.memory": import_memory,
    "import.wait": import_wait,
    "write.one": write_one,
    "schema": schema,
    "undo.import": undo_import,
}


def name(count: int) -> str:
    """Write a size as people do: 10k, 1m."""
    for factor, letter in ((1_000_000, "m"), (1_000, "k")):
        if count % factor == 0:
            return f"{count // factor}{letter}"
    return str(count)


def _flat(bench: Bench, row: str, command: Callable[[int], Command], target: float | None) -> Result:
    big, small = command(bench.big), command(bench.small)
    found, found_in_small = (output(each).count("\n") for each in (big, small))
    if target is not None and (found != found_in_small or (not found and "miss" not in row)):
        raise RuntimeError(f"{row}: {found} found in the big book, {found_in_small} in the small one")
    size = f"{name(bench.big)}/{name(bench.small)}"
    return compare(row, size, big, small, target=target, runs=bench.runs)


def _sqlite_utils(*words: str | Path, before: Callable[[], object] | None = None) -> Command:
    return Command((sys.executable, "-m", "sqlite_utils", *map(str, words)), before=before)
