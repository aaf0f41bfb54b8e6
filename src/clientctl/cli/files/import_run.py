"""The run of an import: read the file, store it in one command, write its bad rows to a file, report."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from clientctl.base.text import format_count, quoted
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

_NOUNS = {
    LEFT_OUT: "row",
    ODD_PHONE: "phone",
    ODD_VALUE: "value",
    STATUS: "membership",
    ODD_STATUS: "membership",
    OTHER_NAME: "row",
    SHARED_EMAIL: "row",
    BAD_ROW: "bad row",
}
"""The noun that each kind of note counts."""

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
        with progress(f"Importing {source.name}", source.count, runner.color(session)) as advance:
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
            *_describe(outcome, notes, _headings(options, session)),
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
        raise UsageError(f"{option} names the imported file: name another one")
    if not force:
        raise RefusedError(f"{quoted(str(target))} already exists; --force replaces it")


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
            note(f"Over {_MANY:,} rows: other commands may have to wait for this one")
        yield record


def _bad_rows(outcome: Outcome) -> BadInputError:
    named = [f"line {line}: {reason}" for line, reason in sorted(outcome.bad.items())]
    if not outcome.is_whole:
        return BadInputError(
            f"over {len(named)} rows can't be imported, so nothing was: is this the right file? "
            "correct them, or leave them out with --skip-bad REJECTS",
            [*named, "… the rest of the file was not checked"],
        )
    return BadInputError(
        f"{format_count(len(named), 'row')} can't be imported, so nothing was: "
        "correct them, or leave them out with --skip-bad REJECTS",
        named,
    )


def _place_rejects(rejects: ExitStack, session: Session, target: Path | None) -> None:
    """Move the file of bad rows to its name, once the good rows are stored."""
    try:
        rejects.close()
    except ClientctlError as error:
        raise StorageError(
            f"the import was made (#{session.committed}); its bad rows could not be written to {target}:"
            " `clientctl undo` reverses it"
        ) from error


def _describe(outcome: Outcome, notes: Notes, headings: Mapping[str, str]) -> list[str]:
    """Describe what was created, and what to check."""
    lines = []
    for kind, made in _list_created(outcome):
        if made:
            lines.append(f"Created {format_count(len(made), kind)}: {', '.join(made[:_SHOWN])}{_count_more(made)}")
    lines += _describe_notes(notes, headings)
    if outcome.kept_out:
        lines.append(f"Not opted in, as they had opted out: {format_count(outcome.kept_out, 'client')}")
    if outcome.twice:
        people = format_count(outcome.twice, "client")
        lines.append(f"Possible duplicates: {people}: `clientctl client duplicates` shows them")
    return lines


def _describe_notes(notes: Notes, headings: Mapping[str, str]) -> Iterator[str]:
    """Yield the notes, the first of each kind by line."""
    for kind, heading in headings.items():
        if number := notes.counts[kind]:
            yield heading.replace("{}", format_count(number, _NOUNS[kind]), 1)
            first = notes.first(kind)
            yield from (f"  line {each.line}: {', '.join(filter(None, (each.who, each.what)))}" for each in first)
            if number > len(first):
                yield f"  … and {number - len(first)} more (--notes FILE lists all)"


def _headings(options: ImportOptions, session: Session) -> dict[str, str]:
    """Return the heading of each kind of note, with ``{}`` for their number."""
    held = "" if options.rules.hold_unclear else " (--hold-unclear suspends the live ones)"
    where = f"which would be in {options.skip_bad}" if session.dry_run else f"with the reason in {options.skip_bad}"
    return {
        LEFT_OUT: "Left out, as they name nobody: {}",
        ODD_PHONE: "Stored as typed, as not a valid number: {}",
        ODD_VALUE: "Kept in a note, as not a valid value of the field: {}",
        STATUS: f"Status in the file differs from the computed status{held}: {{}}",
        ODD_STATUS: "Unknown status values, not compared: {}",
        OTHER_NAME: "Matched to a client with a different name (--same-email new adds new clients): {}",
        SHARED_EMAIL: ("Added as new clients, as their first name differs (--same-email match matches them): {}"),
        BAD_ROW: f"Left out {{}}, {where}",
    }


def _describe_imported(outcome: Outcome) -> str:
    """Describe what was imported."""
    counts = outcome.counts
    return (
        f"Imported {format_count(outcome.rows - len(outcome.bad), 'row')}: "
        f"clients {counts['clients_added']} added, {counts['clients_updated']} updated; "
        f"memberships {counts['memberships_added']} added, {counts['memberships_updated']} updated; "
        f"{counts['unchanged']} unchanged"
    )


def _list_created(outcome: Outcome) -> Iterator[tuple[str, list[str]]]:
    yield "plan", outcome.made_plans
    yield "rate", outcome.made_rates
    yield "label", outcome.made_labels
    yield "field", outcome.made_fields


def _count_more(listed: Sequence[str]) -> str:
    return f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
