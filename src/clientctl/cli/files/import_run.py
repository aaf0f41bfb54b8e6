"""The run of an import: read the file, store it in one command, write its bad rows to a file, report."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clientctl.base import atomic_files
from clientctl.base.import_records import Record, RowNote
from clientctl.base.row_notes import (
    BAD_ROW,
    LEFT_OUT,
    ODD_PHONE,
    ODD_STATUS,
    ODD_VALUE,
    OTHER_NAME,
    SHARED_EMAIL,
    STATUS,
    Notes,
)
from clientctl.base.text import quoted
from clientctl.base.words import count, say
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.imports import run as import_run
from clientctl.domain.imports.run import Outcome, Rules
from clientctl.errors import BadInputError, ClientctlError, RefusedError, StorageError, UsageError
from clientctl.exchange.members.source import PeopleSource
from clientctl.exchange.tables.csv_json_writer import guard_cell
from clientctl.output.progress import Advance, progress
from clientctl.output.streams import note
from clientctl.store import Writer

_SHOWN = 5
"""The most created records that are named."""

_KINDS = (LEFT_OUT, ODD_PHONE, ODD_VALUE, STATUS, ODD_STATUS, OTHER_NAME, SHARED_EMAIL, BAD_ROW)
"""The kinds of notes, in the order in which they are shown."""

_STEP = 1_000
"""Rows between two updates of the progress bar."""

_MANY = 200_000
"""Rows that change more than memory should hold."""


class ImportOptions(NamedTuple):
    """The options of an import that do not depend on the kind of file."""

    rules: Rules
    skip_bad: Path | None
    notes: Path | None
    force: bool


def run_import(
    session: Session, kind: str, file: Path, read: Callable[[Writer], PeopleSource], options: ImportOptions
) -> None:
    """Import a file: read it, store it and write its bad rows to a file, all or nothing."""
    notes = Notes(keeps_all=options.notes is not None or session.format is not None)

    def act(db: Writer) -> list[str]:
        if options.skip_bad:
            _check_output(file, options.skip_bad, "--skip-bad", force=options.force)
        if options.notes:
            _check_output(file, options.notes, "--notes", force=options.force)
        source = read(db)
        with progress(say("Importing {name}", name=source.name), source.count, runner.color(session)) as advance:
            records = _with_progress(source.records(), advance)
            rules = options.rules._replace(leaves_out=options.skip_bad is not None)
            outcome = import_run.run(db, source.name, kind, records, rules, notes)
            notes.add(source.notes)
        made.append(outcome)
        if outcome.bad and options.skip_bad is None:
            raise _bad_rows(outcome)
        if outcome.bad and options.skip_bad is not None and not session.dry_run:
            opened = rejects.enter_context(atomic_files.replace_file(options.skip_bad, force=options.force))
            source.write_rejects(opened, outcome.bad)
        if options.notes is not None and not session.dry_run:
            _write_notes(rejects.enter_context(atomic_files.replace_file(options.notes, force=options.force)), notes)
        return [
            *source.summary,
            *_describe(outcome, notes, options, session),
            _describe_imported(outcome),
        ]

    made: list[Outcome] = []
    with ExitStack() as rejects:
        runner.change(
            session,
            f"import {kind}",
            act,
            lambda db, number: import_run.card(db, number, notes.all()),
            bulk=True,
            preview=lambda _: made[0].foreseen,
        )
        _place_rejects(rejects, session, options.skip_bad)


def _check_output(source: Path, target: Path, option: str, *, force: bool) -> None:
    """Check early that an output can be written and does not overwrite the imported file."""
    if not target.exists():
        return
    if source.exists() and target.samefile(source):
        raise UsageError(say("{option} names the imported file: name another one", option=option))
    if not force:
        raise RefusedError(say("{target} already exists; --force replaces it", target=quoted(str(target))))


def _write_notes(file: BinaryIO, notes: Notes) -> None:
    """Write the notes as CSV, by line."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(RowNote._fields)
    writer.writerows((line, kind, guard_cell(who), guard_cell(what)) for line, kind, who, what in notes.all())
    text.flush()  # a full disk is noticed here, before the commit
    text.detach()


def _with_progress(records: Iterable[Record], advance: Advance) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if number % _STEP == 0:
            advance(_STEP)
        if number == _MANY:
            note(say("Over {many} rows: other commands may have to wait for this one", many=f"{_MANY:,}"))
        yield record


def _bad_rows(outcome: Outcome) -> BadInputError:
    named = [say("line {line}: {reason}", line=line, reason=reason) for line, reason in sorted(outcome.bad.items())]
    if not outcome.is_whole:
        return BadInputError(
            say(
                "over {named} rows can't be imported, so nothing was: is this the right file? correct them, or "
                "leave them out with --skip-bad REJECTS",
                named=len(named),
            ),
            [*named, say("… the rest of the file was not checked")],
        )
    return BadInputError(
        count(
            len(named),
            "{n} row can't be imported, so nothing was: correct them, or leave them out with --skip-bad REJECTS",
            "{n} rows can't be imported, so nothing was: correct them, or leave them out with --skip-bad REJECTS",
        ),
        named,
    )


def _place_rejects(rejects: ExitStack, session: Session, target: Path | None) -> None:
    """Move the file of bad rows to its name, once the good rows are stored."""
    try:
        rejects.close()
    except ClientctlError as error:
        raise StorageError(
            say(
                "the import was made (#{committed}); its bad rows could not be written to {target}: `clientctl "
                "undo` reverses it",
                committed=session.committed,
                target=target,
            )
        ) from error


def _describe(outcome: Outcome, notes: Notes, options: ImportOptions, session: Session) -> list[str]:
    """Describe what was created, and what to check."""
    lines = []
    for number, made in _list_created(outcome):
        if made:
            names = ", ".join(made[:_SHOWN])
            if len(made) > _SHOWN:
                names = say("{names} and {more} more", names=names, more=len(made) - _SHOWN)
            lines.append(say("Created {number}: {names}", number=number, names=names))
    lines += _describe_notes(notes, options, session)
    if outcome.kept_out:
        kept_out = count(outcome.kept_out, "{n} client", "{n} clients")
        lines.append(say("Not opted in, as they had opted out: {clients}", clients=kept_out))
    if outcome.twice:
        people = count(outcome.twice, "{n} client", "{n} clients")
        lines.append(say("Possible duplicates: {people}: `clientctl client duplicates` shows them", people=people))
    return lines


def _describe_notes(notes: Notes, options: ImportOptions, session: Session) -> Iterator[str]:
    """Yield the notes, the first of each kind by line."""
    for kind in _KINDS:
        if number := notes.counts[kind]:
            yield _heading(kind, number, options, session)
            first = notes.first(kind)
            yield from (
                "  "
                + say("line {line}: {reason}", line=each.line, reason=", ".join(filter(None, (each.who, each.what))))
                for each in first
            )
            if number > len(first):
                yield "  " + say("… and {number} more (--notes FILE lists all)", number=number - len(first))


def _heading(kind: str, number: int, options: ImportOptions, session: Session) -> str:
    """Return the heading of a kind of note, with their number."""
    if kind == BAD_ROW:
        where = (
            say("which would be in {file}", file=options.skip_bad)
            if session.dry_run
            else say("with the reason in {file}", file=options.skip_bad)
        )
        return count(number, "Left out {n} bad row, {where}", "Left out {n} bad rows, {where}", where=where)
    if kind == STATUS:
        memberships = count(number, "{n} membership", "{n} memberships")
        if options.rules.hold_unclear:
            return say("Status in the file differs from the computed status: {memberships}", memberships=memberships)
        return say(
            "Status in the file differs from the computed status (--hold-unclear suspends the live ones): "
            "{memberships}",
            memberships=memberships,
        )
    rows = count(number, "{n} row", "{n} rows")
    return {
        LEFT_OUT: say("Left out, as they name nobody: {rows}", rows=rows),
        ODD_PHONE: say(
            "Stored as typed, as not a valid number: {phones}", phones=count(number, "{n} phone", "{n} phones")
        ),
        ODD_VALUE: say(
            "Kept in a note, as not a valid value of the field: {values}",
            values=count(number, "{n} value", "{n} values"),
        ),
        ODD_STATUS: say(
            "Unknown status values, not compared: {memberships}",
            memberships=count(number, "{n} membership", "{n} memberships"),
        ),
        OTHER_NAME: say(
            "Matched to a client with a different name (--same-email new adds new clients): {rows}", rows=rows
        ),
        SHARED_EMAIL: say(
            "Added as new clients, as their first name differs (--same-email match matches them): {rows}", rows=rows
        ),
    }[kind]


def _describe_imported(outcome: Outcome) -> str:
    """Describe what was imported."""
    counts = outcome.counts
    return say(
        "Imported {rows}: clients {clients_added} added, {clients_updated} updated; memberships {memberships_added} "
        "added, {memberships_updated} updated; {unchanged} unchanged",
        rows=count(outcome.rows - len(outcome.bad), "{n} row", "{n} rows"),
        **counts,
    )


def _list_created(outcome: Outcome) -> Iterator[tuple[str, list[str]]]:
    plans, rates, labels, fields = outcome.made_plans, outcome.made_rates, outcome.made_labels, outcome.made_fields
    yield count(len(plans), "{n} plan", "{n} plans"), plans
    yield count(len(rates), "{n} rate", "{n} rates"), rates
    yield count(len(labels), "{n} label", "{n} labels"), labels
    yield count(len(fields), "{n} field", "{n} fields"), fields
