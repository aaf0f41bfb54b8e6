"""The unrecognized columns of a sheet: asked about on a terminal, saved and reused, or made into fields."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple

from clientctl.base import text
from clientctl.base.import_records import Record, Target
from clientctl.base.text import fold, quoted
from clientctl.base.words import say
from clientctl.cli.framework import prompts, runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.client_file import list_columns
from clientctl.domain.clients import field_values, fields
from clientctl.domain.clients.field_types import FITS, TYPES, Field
from clientctl.domain.imports import client_extras, mappings
from clientctl.domain.imports import rows as import_rows
from clientctl.domain.practice import settings
from clientctl.domain.session import opened
from clientctl.domain.shared import client_uids
from clientctl.errors import ClientctlError, RefusedError, UsageError
from clientctl.exchange.members import column_names
from clientctl.exchange.members.rows import DAYS, NEVER, MemberSheet, Options
from clientctl.exchange.members.status_words import consent_of
from clientctl.exchange.members.unknown_columns import UnknownColumn
from clientctl.output.streams import is_terminal, note
from clientctl.store import Reader, Writer

if TYPE_CHECKING:
    from clientctl.exchange.members.day_formats import Order

ReadSheet = Callable[[Options], MemberSheet]

_NEW = "new"
_REST = "ignore-all"
_HELP = ("?", "help")
_LEAST_SIMILARITY = 0.8
"""The least similarity of a column's and a field's name, from 0 to 1, for the field to be proposed."""

_LEAST_NEAR = 0.7
"""The same for an answer and the fields that it may have meant."""

_LONGEST_SAMPLE = 40

_CHECKED = ("email", "language", "site", "labels")
"""The built-in fields that do not take every text."""


class MappingOptions(NamedTuple):
    """The options about a sheet and its columns."""

    named: Mapping[str, str]
    date_format: str | None
    sender: str | None
    mapping: str | None
    save: str | None
    create: bool
    header_row: int | None


class _Answers(NamedTuple):
    """The answers of the user: the fields of columns, by name, and the columns to create fields for."""

    named: Mapping[str, str]
    new: tuple[UnknownColumn, ...]


def make_reader(session: Session, typed: MappingOptions, read: ReadSheet) -> Callable[[Writer], MemberSheet]:
    """Return the function that reads the sheet in the command; ask first, while no transaction is open."""
    runner.refuse_past(session)
    if typed.save is not None:
        text.parse_name(typed.save, say("a mapping"))
    answers = _Answers({}, ())
    if not typed.create and not session.yes and is_terminal(sys.stdin) and is_terminal(sys.stderr):
        with runner.reading(session) as db:
            is_done = opened.is_done(db, session.request_id)
            options = _options(db, typed, typed.named)
        if not is_done:
            answers = _Questions(session, read(options), options.own).ask()

    def read_sheet(db: Writer) -> MemberSheet:
        sheet = read(_options(db, typed, {**typed.named, **answers.named}))
        if typed.create:
            _add_choices(db, sheet)
        new = [*(sheet.describe_unknown(FITS) if typed.create else answers.new), *_without_fields(db, sheet.numbers())]
        if new:
            made = {each.column: _create_target(db, each) for each in new}
            sheet = sheet.again(_options(db, typed, {**typed.named, **answers.named, **made}))
        if typed.save is not None:
            _save(db, typed, typed.save, sheet)
        return sheet

    return read_sheet


def _options(db: Reader, typed: MappingOptions, named: Mapping[str, str]) -> Options:
    usual = mappings.find(db, typed.mapping) if typed.mapping is not None else {}
    orders: Mapping[str | None, Literal["dmy", "mdy"]] = {"yes": "dmy", "no": "mdy"}
    otherwise: Order | None = orders.get(settings.get(db, "day_first"))
    own = client_extras.targets(db)
    return Options(
        named,
        typed.date_format,
        otherwise,
        own,
        typed.sender,
        usual,
        typed.mapping or "",
        typed.header_row,
        list_columns.columns(db),
        client_uids.line(db),
    )


def _save(db: Writer, typed: MappingOptions, name: str, sheet: MemberSheet) -> None:
    """Save the columns' fields, with those saved before for columns that are not in this sheet."""
    usual = mappings.find(db, typed.mapping) if typed.mapping is not None else {}
    if targets := {**usual, **sheet.named}:
        db.notify(say("Saved mapping {save}", save=mappings.save(db, name, targets)))
    else:
        db.notify(say("Did not save mapping {name}: every column is recognized by its name", name=name))


def _without_fields(db: Reader, numbers: Sequence[UnknownColumn]) -> list[UnknownColumn]:
    """Return the columns whose names are not those of fields, in use or archived."""
    taken = {fold(each.name) for each in fields.all_fields(db, archived=True)}
    return [each for each in numbers if fold(each.column) not in taken]


def _add_choices(db: Writer, sheet: MemberSheet) -> None:
    """Add the missing choices that columns hold to their choice fields."""
    for of in fields.custom(db):
        at = sheet.places.get(client_extras.target_of(of))
        if at is not None and TYPES[of.type].has_choices:
            new = client_extras.offer_missing(db, of, sheet.cells(sheet.sheet.header[at]))
            if new:
                db.notify(say("Added choices to {name}: {new}", name=of.name, new=", ".join(new)))


def _create_target(db: Writer, column: UnknownColumn) -> str:
    """Create a field for a column, or the preference it is about; return the column's target."""
    if column.kind == column_names.CONSENT:
        preference = mappings.make_preference(db, column_names.consent(column.column) or column.column)
        db.notify(say("Created preference {name}", name=preference.name))
        return client_extras.of_preference(preference)
    made = mappings.make_field(db, column.column, column.kind, column.choices)
    db.notify(say("Created field {name} ({type})", name=made.name, type=made.type))
    return client_extras.target_of(made)


# -- asking ---------------------------------------------------------------------------------------


class _Questions:
    """The questions about unrecognized columns, repeated until the answers fit together and fit the values."""

    def __init__(self, session: Session, sheet: MemberSheet, own: Sequence[Target]) -> None:
        self._session, self._sheet, self._own = session, sheet, own
        header = sheet.sheet.header
        self._taken = {field: header[at] for field, at in sheet.places.items()}
        self._taken |= {field: name for name, field in sheet.named.items()}
        with runner.reading(session) as db:
            self._names = {fold(each.name): each for each in fields.all_fields(db, archived=True)}

    def ask(self) -> _Answers:
        """Ask about every unrecognized column."""
        describe_unknown = self._sheet.describe_unknown(FITS)
        if describe_unknown:
            note(
                say(
                    "{name} has unrecognized columns. For each, give a field by its name, {new} for a new field, "
                    "{new} TYPE for one of another type, {ignore}, or {rest} for this one and all that follow; ? "
                    "explains.",
                    name=self._sheet.name,
                    new=_NEW,
                    ignore=column_names.IGNORE,
                    rest=_REST,
                )
            )
        named: dict[str, str] = {}
        new: list[UnknownColumn] = []
        for column in describe_unknown:
            answer = _REST if _REST in named.values() else self._ask_one(column)
            if isinstance(answer, UnknownColumn):
                new.append(answer)
            else:
                named[column.column] = answer
        return _Answers({name: column_names.IGNORE if key == _REST else key for name, key in named.items()}, tuple(new))

    def _ask_one(self, column: UnknownColumn) -> str | UnknownColumn:
        """Ask about one column until the answer is valid."""
        samples = ", ".join(quoted(_shorten(sample)) for sample in column.samples)
        proposed = self._propose(column)
        while True:
            typed = prompts.ask(f"{column.column} ({samples}) [{proposed}]:", default=proposed)
            if typed in _HELP:
                self._explain()
                continue
            word, _, kind = typed.partition(" ")
            try:
                if fold(typed) == fold(_REST):
                    return _REST
                if fold(word) == _NEW:
                    return self._new(_new(column, "-".join(fold(kind).split()) or kind))
                key = column_names.find_field_key(typed, self._own)
                if key is None:
                    raise _no_field(typed, self._own)
                return self._check_known(column, key)
            except ClientctlError as error:
                note(error.message)
                note(
                    say(
                        "Enter takes {proposed}, {new} makes a new field, {ignore} leaves the column out, ? explains "
                        "all.",
                        proposed=proposed,
                        new=_NEW,
                        ignore=column_names.IGNORE,
                    )
                )

    def _propose(self, column: UnknownColumn) -> str:
        """Propose a field with a similar name, a preference for a column about mailings, else a new field."""
        close = _find_similar(column.column, self._own)
        if close and close not in self._taken:
            return close
        if column.kind == "yes-no" and column_names.is_mailing(column.column):
            return self._find_preference(column) or f"{_NEW} {column_names.CONSENT}"
        return f"{_NEW} {column.kind}"

    def _find_preference(self, column: UnknownColumn) -> str | None:
        """Find the existing preference that a column is about, by its name."""
        key = fold(f"{column_names.CONSENT}:{column_names.consent(column.column) or column.column}")
        return next((each.key for each in self._own if each.is_consent and fold(each.key) == key), None)

    def _explain(self) -> None:
        """Describe the possible answers."""
        note(say("A field: {own}", own=", ".join(column_names.field_names(self._own))))
        note(
            say(
                "{new} creates a field for the column, {new} TYPE one of a type: {types}",
                new=_NEW,
                types=", ".join(TYPES),
            )
        )
        note(
            say(
                "{new} {consent} records consents and refusals, as a preference", new=_NEW, consent=column_names.CONSENT
            )
        )
        note(
            say(
                "{ignore} leaves the column out, {rest} all that follow too; Enter takes what is in brackets",
                ignore=column_names.IGNORE,
                rest=_REST,
            )
        )

    def _new(self, column: UnknownColumn) -> UnknownColumn:
        """Check that a field can be created for a column. Raise ClientctlError."""
        if column.kind == column_names.CONSENT:
            if found := self._find_preference(column):
                raise RefusedError(say("a preference of that name already exists: use {found}", found=found))
            return column
        _, key = text.parse_name(column.column, say("a field"))
        if taken := self._names.get(key):
            restore = (
                say("`clientctl field restore {key}` restores it", key=taken.key)
                if taken.archived_on
                else say("use that")
            )
            raise RefusedError(
                say(
                    "the field {name} already exists, {key}: {restore}",
                    name=quoted(taken.name),
                    key=taken.key,
                    restore=restore,
                )
            )
        made = Field(None, "", column.column, column.kind, False, False, (), 0, None)
        if not TYPES[column.kind].has_choices:
            self._check_days(column, is_day=column.kind == "date")
            with runner.reading(self._session) as db:
                for cell in self._cells(column) if column.kind != "date" else ():
                    field_values.canonical(db, made, cell)
        self._names[key] = made
        return column

    def _check_known(self, column: UnknownColumn, field: str) -> str:
        """Check that a column fits a field. Raise ClientctlError."""
        if field == column_names.IGNORE:
            return field
        if field in NEVER:
            raise UsageError(say("{field} is never imported: only you change it, client by client", field=field))
        if field in self._taken and field not in column_names.FURTHER:
            raise UsageError(
                say(
                    "{taken} is already {field}: give another field, or {ignore}",
                    taken=quoted(self._taken[field]),
                    field=field,
                    ignore=column_names.IGNORE,
                )
            )
        is_day = field in DAYS or any(each.key == field and each.is_day for each in self._own)
        self._check_days(column, is_day=is_day)
        if not is_day and (field in _CHECKED or ":" in field):
            with runner.reading(self._session) as db:
                reading = import_rows.RowParser(db)
                for cell in self._cells(column):
                    value = consent_of(cell) or cell if field.startswith(column_names.CONSENT) else cell
                    reading.row(Record(0, {"last_name": "?", field: value}))
        self._taken[field] = column.column
        return field

    def _cells(self, column: UnknownColumn) -> Iterator[str]:
        return self._sheet.cells(column.column)

    def _check_days(self, column: UnknownColumn, *, is_day: bool) -> None:
        if is_day and not column.are_days:
            raise UsageError(say("not all its values are days with the day or the month first: use text or number"))


def _no_field(typed: str, own: Sequence[Target]) -> UsageError:
    """Return the error for an answer that is no field, with the fields of similar names."""
    import difflib

    names = {fold(name.replace("_", " ")): name for name in column_names.field_names(own)}
    near = [names[each] for each in difflib.get_close_matches(fold(typed.replace("_", " ")), names, cutoff=_LEAST_NEAR)]
    if not near:
        return UsageError(say("no field {typed} to map to", typed=quoted(typed)))
    return UsageError(
        say("no field {typed} to map to; did you mean {names}?", typed=quoted(typed), names=say(" or ").join(near))
    )


def _new(column: UnknownColumn, kind: str) -> UnknownColumn:
    if column.kind == column_names.CONSENT and kind not in {"", column_names.CONSENT}:
        raise UsageError(say("it holds consents, which are kept as a preference: use new or ignore"))
    if column.kind == column_names.CONSENT:
        return column
    if kind == column_names.CONSENT and column.kind == "yes-no":
        return column._replace(kind=kind)
    if kind and kind not in TYPES:
        raise UsageError(say("no type {kind}: the types are {types}", kind=quoted(kind), types=", ".join(TYPES)))
    if kind and TYPES[kind].has_choices and not column.choices:
        raise UsageError(say("it has too many different values for a choice: use text"))
    kind = kind or column.kind
    return column._replace(kind=kind, choices=column.choices if TYPES[kind].has_choices else ())


def _shorten(sample: str) -> str:
    """Shorten a long sample by its last words, or a long word by its end."""
    if len(sample) <= _LONGEST_SAMPLE:
        return sample
    start = sample[: _LONGEST_SAMPLE + 1]
    return f"{start.rpartition(' ')[0] or start[:-1]} …"


def _find_similar(column: str, own: Sequence[Target]) -> str | None:
    """Find the field with the most similar name to a column's."""
    import difflib

    names = {fold(each.replace("_", " ")): each for each in column_names.FIELDS}
    names |= {fold(name): target.key for target in own for name in target.names}
    found = difflib.get_close_matches(fold(column), names, 1, _LEAST_SIMILARITY)
    return names[found[0]] if found else None
