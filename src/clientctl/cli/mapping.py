"""Settle what the columns of a sheet are that nobody knows: asked at a terminal, saved and used again, made fields."""

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

import typer

from clientctl.base.records import Target
from clientctl.base.text import fold, inert, quoted
from clientctl.cli import work
from clientctl.cli.options import Session
from clientctl.domain import book, fields, mappings, particulars, settings
from clientctl.domain.book import Reader, Writer
from clientctl.errors import UsageError
from clientctl.exchange import columns
from clientctl.exchange.members import Members, Options
from clientctl.exchange.strangers import Stranger
from clientctl.output.streams import is_terminal, note

if TYPE_CHECKING:
    from clientctl.exchange.days import Order

Read = Callable[[Options], Members]

_NEW = "new"
_REST = "ignore-all"
_ALIKE = 0.8
"""How like a field's name that of a column is, from 0 to 1, for the field to be proposed."""

_LONGEST_SAMPLE = 40


class Said(NamedTuple):
    """What the user said of a sheet and its columns on the command line."""

    named: Mapping[str, str]
    date_format: str | None
    sender: str | None
    mapping: str | None
    save: str | None
    create: bool


class _Answers(NamedTuple):
    """What the user answered: the fields of columns, by name, and the columns to make fields of."""

    named: Mapping[str, str]
    new: tuple[Stranger, ...]


def understanding(session: Session, said: Said, read: Read) -> Callable[[Writer], Members]:
    """Give what reads the sheet within the command; what has to be asked is asked before, while nobody waits."""
    work.refuse_past(session)
    answers = _Answers({}, ())
    if not said.create and not session.yes and is_terminal(sys.stdin) and is_terminal(sys.stderr):
        with work.reading(session) as db:
            is_done = book.is_done(db, session.request_id)
            options = _options(db, said, said.named)
        if not is_done:
            answers = _ask(read(options), options.own)

    def understand(db: Writer) -> Members:
        sheet = read(_options(db, said, {**said.named, **answers.named}))
        new = sheet.strangers() if said.create else answers.new
        if new:
            made = {each.column: _make(db, each) for each in new}
            sheet = sheet.again(_options(db, said, {**said.named, **answers.named, **made}))
        if said.save:
            usual = mappings.find(db, said.mapping) if said.mapping else {}
            db.tell(f"Saved mapping {mappings.save(db, said.save, {**usual, **sheet.named})}")
        return sheet

    return understand


def _options(db: Reader, said: Said, named: Mapping[str, str]) -> Options:
    usual = mappings.find(db, said.mapping) if said.mapping else {}
    orders: Mapping[str | None, Literal["dmy", "mdy"]] = {"yes": "dmy", "no": "mdy"}
    otherwise: Order | None = orders.get(settings.get(db, "day_first"))
    return Options(named, said.date_format, otherwise, particulars.targets(db), said.sender, usual)


def _make(db: Writer, stranger: Stranger) -> str:
    """Make a field of a column; return what the column is then."""
    made = mappings.make_field(db, stranger.column, stranger.kind, stranger.choices)
    db.tell(f"Made field {made.name} ({made.type})")
    return particulars.target_of(made)


# -- asking ---------------------------------------------------------------------------------------


def _ask(sheet: Members, own: Sequence[Target]) -> _Answers:
    """Ask for each column nobody knows what it is."""
    strangers = sheet.strangers()
    if strangers:
        note(f"{sheet.name} has columns nobody knows. Say what each is: a field by its name, {_NEW} for a field of its")
        note(
            f"own, {_NEW} TYPE for one of another type, {columns.IGNORE}, or {_REST} for this one and all that follow."
        )
    named: dict[str, str] = {}
    new: list[Stranger] = []
    for stranger in strangers:
        answer = _REST if _REST in named.values() else _answer(stranger, own)
        if isinstance(answer, Stranger):
            new.append(answer)
        else:
            named[stranger.column] = answer
    return _Answers({name: columns.IGNORE if key == _REST else key for name, key in named.items()}, tuple(new))


def _answer(stranger: Stranger, own: Sequence[Target]) -> str | Stranger:
    """Ask until the answer makes sense."""
    samples = ", ".join(quoted(sample[:_LONGEST_SAMPLE]) for sample in stranger.samples)
    close = _closest(stranger.column, own)
    while True:
        proposed = close or f"{_NEW} {stranger.kind}"
        typed = str(typer.prompt(inert(f"{stranger.column} ({samples})"), default=proposed, err=True)).strip()
        word, _, kind = typed.partition(" ")
        try:
            if word == _NEW:
                return _new(stranger, kind.strip())
            return _REST if typed == _REST else columns.meant_by(typed, own)
        except UsageError as error:
            note(error.message)


def _new(stranger: Stranger, kind: str) -> Stranger:
    if kind and kind not in fields.TYPES:
        raise UsageError(f"no type {quoted(kind)}: there are {', '.join(fields.TYPES)}")
    if kind in {"choice", "choices"} and not stranger.choices:
        raise UsageError("it has too many different values to choose from: take text")
    kind = kind or stranger.kind
    return stranger._replace(kind=kind, choices=stranger.choices if kind in {"choice", "choices"} else ())


def _closest(column: str, own: Sequence[Target]) -> str | None:
    """Propose a field whose name is nearly that of a column."""
    import difflib

    names = {fold(each.replace("_", " ")): each for each in columns.FIELDS}
    names |= {fold(name): target.key for target in own for name in target.names}
    found = difflib.get_close_matches(fold(column), names, 1, _ALIKE)
    return names[found[0]] if found else None
