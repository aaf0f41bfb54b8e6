"""The runner of all commands: open the file, act, show; confirm what can't be undone."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from clientctl.base import choices, clock, currencies
from clientctl.base.listing import Card, Cell, Format, Listing
from clientctl.base.words import say
from clientctl.cli.framework import prompts
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.session import opened as book
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Query, Request
from clientctl.errors import AbortedError, NotFoundError, UsageError
from clientctl.output import listing as listing_output
from clientctl.output.streams import Color, is_terminal, note, write
from clientctl.store import Reader, Writer

_PAGE = 50
"""Rows a terminal gets without ``--limit``."""

_BEGIN = (
    "There are no clients yet: `clientctl client add --first NAME` adds one, `clientctl import csv FILE` imports a list"
)

_WHOLE = "--json has all"
"""What a card says of what it does not show."""

FOUND = 10
"""The exit status of ``--exit-code`` when the list is not empty."""


def reading(session: Session) -> AbstractContextManager[Reader]:
    """Open the file for reading, as it is or as it was at ``--as-of``."""
    return book.reading(book.path_of(session.db), today=session.today, as_of=session.as_of)


def show_list(
    session: Session,
    build: Callable[[Reader], Query | Listing],
    empty: str,
    opened: AbstractContextManager[Reader] | None = None,
    suggest: Callable[[Reader], str | None] | None = None,
) -> int:
    """Fetch a list and show it as the options say: a page, a count or a file; return the exit status.

    ``opened`` replaces the usual way to open the file. ``suggest`` returns a hint to report when the whole list is
    empty.
    """
    check_only_one({"--count": session.count, "--out": session.out})
    instead = None
    with opened or reading(session) as db:
        query = build(db)
        if session.count:
            total = queries.count(db, query) if isinstance(query, Query) else len(list(query.rows))
            fetched = None
        else:
            fetched = _for_reader(session, db, _fetch(db, query, _request(session, query)))
            if suggest and _is_whole(session) and not any(fetched.rows):
                instead = suggest(db)
            is_of_clients = isinstance(query, Query) and query.source.client != ""
            if is_of_clients and is_terminal(sys.stdout) and not session.as_of and book.is_new(db):
                empty += f" {say(_BEGIN)}"
    show_notices(db)
    if fetched is None:
        write([f"{total}\n"])
        return FOUND if session.exit_code and total else 0
    found = any(True for _ in fetched.rows)
    if session.out:
        _write_file(session, fetched, query.source.plural if isinstance(query, Query) else "list", db.today)
    else:
        listing_output.show(
            fetched,
            format=_format(session),
            header=session.header,
            quiet=session.quiet,
            color=color(session),
            empty=empty,
        )
    if instead:
        note(instead)
    return FOUND if session.exit_code and found else 0


def _is_whole(session: Session) -> bool:
    """Return whether the whole list is shown as it is now, so that no row means that there is none."""
    return not (session.page or session.as_of or session.format in {"json", "jsonl"})


def show_card(
    session: Session,
    build: Callable[[Reader], Card | Sequence[Card]],
    sections: list[str] | None = None,
    whole: str = _WHOLE,
) -> None:
    """Fetch and show one or several cards as the options say; ``whole`` is that of `card.show`."""
    with reading(session) as db:
        built = build(db)
        cards = [_card_for_reader(session, db, card) for card in ([built] if isinstance(built, Card) else built)]
    show_notices(db)
    if sections:
        in_all = [key for key in cards[0].sections if all(key in card.sections for card in cards)]
        sections = choices.parse_several(sections, in_all, "section")
    _show_cards(session, cards[0] if isinstance(built, Card) else cards, sections, whole)


def _show_cards(
    session: Session, shown: Card | Sequence[Card], sections: list[str] | None = None, whole: str = _WHOLE
) -> None:
    from clientctl.output import card

    if isinstance(shown, Card):
        card.show(shown, format=_format(session), section=sections, whole=whole, color=color(session))
    else:
        card.show_many(shown, format=_format(session), section=sections, whole=whole, color=color(session))


def show_value(session: Session, value: str | None, card: Card) -> None:
    """Show one value on its own line, nothing when it is None; its card when a format was asked for."""
    if session.format:
        _show_cards(session, card)
    elif value is not None:
        write([f"{listing_output.one_line(value)}\n"])


def change(
    session: Session,
    name: str,
    act: Callable[[Writer], Sequence[str]],
    card: Callable[[Reader, str], Card],
    *,
    final: bool = False,
    bulk: bool = False,
    after: Callable[[Path], Sequence[str]] | None = None,
    preview: Callable[[Writer], Listing] | None = None,
) -> None:
    """Run one changing command; report on stderr what it did, and show the changed records when asked to.

    ``act`` makes the change and returns the lines to report; ``card`` shows a record, given a number that ``act``
    touched. ``after`` is called with the file once the change is committed, and returns further lines. ``preview``
    lists what a dry run would change, instead of records. A ``final`` command can't be undone; a ``bulk`` one may
    change more rows than memory should hold.
    """
    refuse_past(session)
    with book.writing(
        book.path_of(session.db),
        name,
        today=session.today,
        request_id=session.request_id,
        final=final,
        bulk=bulk,
        dry_run=session.dry_run,
        committing=committing(session),
    ) as db:
        lines = [say("already done (#{command})", command=db.replay.command)] if db.replay else act(db)
        touched = db.replay.touched if db.replay else db.numbers
        foreseen = preview(db) if preview and session.dry_run and not db.replay and not session.quiet else None
        cards = _read_cards(session, db, card, touched) if session.format and foreseen is None else []
    if after and session.committed:
        lines = [*lines, *after(db.path)]
    show_notices(db)
    for line in lines:
        note(line)
    if session.dry_run:
        note(say("Dry run: nothing was changed."))
    if foreseen is not None:
        _show_page(session, foreseen)
    elif session.quiet:
        write([f"{number}\n" for number in touched])
    elif session.format:
        _show_cards(session, cards[0] if len(cards) == 1 else cards)


def _show_page(session: Session, listing: Listing) -> None:
    """Show a list, on a terminal only its first page."""
    on_screen = _format(session) == "table" and is_terminal(sys.stdout)
    shown = listing._replace(rows=list(islice(listing.rows, _PAGE))) if on_screen else listing
    listing_output.show(shown, format=_format(session), color=color(session))
    total = sum(1 for _ in listing.rows) if on_screen else 0
    if total > _PAGE:
        note(say("Showing the first {page} of {total} changes; a pipe gets all of them", page=_PAGE, total=total))


def show_notices(db: Reader) -> None:
    """Report the notices of a command on stderr."""
    for line in db.notices:
        note(line)


def _read_cards(
    session: Session, db: Writer, card: Callable[[Reader, str], Card], numbers: Sequence[str]
) -> list[Card]:
    """Return the cards of records as they are now; one that an earlier request made may no longer exist."""
    db.flush()  # a card shows what has changed, and when
    cards = []
    for number in numbers:
        try:
            cards.append(_card_for_reader(session, db, card(db, number)))
        except NotFoundError:
            if not db.replay:
                raise
    return cards


def confirm(session: Session, fact: str, question: str, shown: Sequence[str] = ()) -> None:
    """Show lines, a fact and a question before a change that can't be undone or removes much.

    Raise AbortedError for a no, UsageError when nobody can answer.
    """
    if session.yes or session.dry_run:
        return
    if not can_ask():
        raise UsageError(say("{fact}: confirm with --yes", fact=fact))
    for line in shown:
        note(line)
    if not prompts.is_agreed(f"{fact}. {question}"):
        raise AbortedError(say("nothing was changed"))


def confirm_preview(
    session: Session, name: str, act: Callable[[Writer], Sequence[str]], fact: Callable[[Reader], str], question: str
) -> None:
    """Show what a dry run reports, and ask before money is moved or rows are put back.

    Nothing is asked when the request was already done, is refused or would change nothing.
    """
    if session.yes or session.dry_run:
        return
    refuse_past(session)
    with book.writing(book.path_of(session.db), name, today=session.today, dry_run=True) as db:
        if book.is_done(db, session.request_id):
            return
        summary = fact(db)
        shown = [*act(db)]
    if shown:
        confirm(session, summary, question, [say("This would be done:"), *shown])


def can_ask() -> bool:
    """Return whether somebody can read and answer a question."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def read_selectors(values: Sequence[str]) -> list[str]:
    """Return selectors, with ``-`` replaced by the ids or numbers like M-42 on standard input, one per line."""
    result: list[str] = []
    for value in values:
        if value == "-":
            lines = filter(None, map(str.strip, _read_input().splitlines()))
            result += [line if queries.is_number(line) and not line.isdecimal() else f"id:{line}" for line in lines]
        else:
            result.append(value)
    return result


def _read_input() -> str:
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise UsageError(say("standard input is not valid UTF-8: it takes ids, one per line")) from None


def _fetch(db: Reader, query: Query | Listing, request: Request) -> Listing:
    return queries.listing(db, query, request) if isinstance(query, Query) else queries.select_part(query, request)


def _request(session: Session, query: Query | Listing) -> Request:
    on_screen = _format(session) == "table" and is_terminal(sys.stdout) and not session.out
    limit = session.limit if session.limit is not None else (_PAGE if on_screen else None)
    if session.page and not limit:
        limit = _PAGE
    columns = tuple(session.columns or ())
    if session.quiet:
        columns = (query.source.number,) if isinstance(query, Query) else (query.columns[0].key,)
    return Request(
        columns, session.sort, limit or None, session.page, numbered=is_terminal(sys.stdout) and not session.out
    )


def _for_reader(session: Session, db: Reader, listing: Listing) -> Listing:
    """Add the currency of amounts and convert instants to local time, as the reader needs them.

    A program always gets the currency, unless the columns were named; a person where it is not the usual one.
    """
    if session.quiet:
        return listing
    if _format(session) != "table" or session.out:
        return listing if session.columns else currencies.add_currency(listing)
    if currencies.CURRENCY.key not in (session.columns or ()):
        from clientctl.domain.practice import amounts

        listing = currencies.add_currency_if_needed(listing, amounts.default_currency(db))
    return _to_local(db, listing)


def _to_local(db: Reader, listing: Listing) -> Listing:
    """Convert instants to the practitioner's time zone."""
    at = [position for position, column in enumerate(listing.columns) if column.kind == "instant"]
    if not at:
        return listing
    zone = book.zone(db)
    rows = [
        tuple(_local_time(cell, zone) if position in at else cell for position, cell in enumerate(row))
        for row in listing.rows
    ]
    columns = [column._replace(kind="day") if column.kind == "instant" else column for column in listing.columns]
    return listing._replace(columns=tuple(columns), rows=rows)


def _card_for_reader(session: Session, db: Reader, card: Card) -> Card:
    fields = Listing(card.columns, [card.values])
    fields = _to_local(db, fields) if _format(session) == "table" else fields
    sections = {key: (title, _for_reader(session, db, listing)) for key, (title, listing) in card.sections.items()}
    return Card(card.title, fields.columns, next(iter(fields.rows)), sections)


def _local_time(instant: Cell, zone: str | None) -> str | None:
    return None if instant is None else f"{clock.to_local(str(instant), zone):%Y-%m-%d %H:%M}"


def _write_file(session: Session, listing: Listing, plural: str, today: date) -> None:
    from clientctl.base import dated_files
    from clientctl.exchange.tables.list_writer import write_listing
    from clientctl.output.progress import count_steps, progress

    path, rows = dated_files.path_for(Path(session.out or ""), today), listing.rows
    total = partial(len, rows) if isinstance(rows, Sized) else None
    with progress(say("Writing {name}", name=path.name), total, color(session)) as advance:
        counted = listing._replace(rows=count_steps(rows, advance))
        title, made = plural.capitalize(), midnight(today)
        notes = write_listing(path, counted, title=title, now=made, force=session.force)
    for line in notes:
        note(line)
    note(say("Wrote {path}", path=path))


def midnight(today: date) -> datetime:
    """Return the time to write into a file, so that the same records give the same bytes all day."""
    return datetime(today.year, today.month, today.day, tzinfo=UTC)


def _format(session: Session) -> Format:
    return session.format or ("table" if is_terminal(sys.stdout) else "tsv")


def color(session: Session) -> Color:
    """Return when colors are wanted."""
    return session.color or "auto"


def committing(session: Session) -> Callable[[int], AbstractContextManager[None]]:
    """Return the context of a commit, which records on the session whether the change was made."""

    @contextmanager
    def watch(number: int) -> Iterator[None]:
        session.committing = True
        try:
            yield
            session.committed = number
        finally:
            session.committing = False

    return watch


def check_only_one(values: dict[str, object]) -> str | None:
    """Check that at most one option was given; return its name. Raise UsageError."""
    used = [name for name, value in values.items() if value not in (None, False, [], ())]
    if len(used) > 1:
        raise UsageError(say("{options} don't go together: give one of them", options=say(" and ").join(used)))
    return used[0] if used else None


def refuse_past(session: Session) -> None:
    """Check that a command about the present was not given ``--as-of``. Raise UsageError."""
    if session.as_of:
        raise UsageError(say("--as-of shows the past; it works only with commands that show records"))


def check_change_given(values: Sequence[object], what: str) -> None:
    """Check that something was given. Raise UsageError."""
    if not any(value is not None for value in values):
        raise UsageError(say("nothing to change: {what}", what=what))


def report_rename(kind: str, was: str, now: str) -> str:
    """Describe the new name of a record, or that it is unchanged."""
    if not kind:
        return say("{name} is unchanged", name=now) if was == now else say("Renamed {was} to {name}", was=was, name=now)
    if was == now:
        return say("{kind} {name} is unchanged", kind=kind.capitalize(), name=now)
    return say("Renamed {kind} {was} to {name}", kind=kind, was=was, name=now)


def report_unchanged(title: str) -> str:
    """Describe that a record, titled like ``note 3 (Ana Müller)``, is unchanged."""
    return say("{title} is unchanged", title=f"{title[0].upper()}{title[1:]}")


def parse_unset(keys: Sequence[str] | None, fields: Mapping[str, str], changes: Mapping[str, object]) -> list[str]:
    """Return what ``--unset`` empties; ``fields`` maps each value of the option to the field it stands for.

    Raise UsageError for an unknown field, and for one that is also set.
    """
    for field in keys or ():
        if field not in fields:
            raise UsageError(
                say("--unset {field}: no such field; it takes {fields}", field=field, fields=", ".join(fields))
            )
        if changes.get(fields[field]) is not None:
            raise UsageError(say("--{field} and --unset {field} don't go together: give one of them", field=field))
    return [fields[field] for field in keys or ()]
