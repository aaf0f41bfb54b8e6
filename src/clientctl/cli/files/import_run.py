"""Take a file in: read, stored in one command, its bad rows written beside; say what was done."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from clientctl.base import atomic_files
from clientctl.base.import_records import Note, Record
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
from clientctl.cli.framework import runner
from clientctl.cli.framework.options import Session
from clientctl.domain.imports import run as import_run
from clientctl.domain.imports.run import Outcome, Rules
from clientctl.domain.session.opened import Writer
from clientctl.errors import BadInputError, ClientctlError, RefusedError, StorageError, UsageError
from clientctl.exchange.members.source import Source
from clientctl.exchange.tables.csv_json_writer import guarded
from clientctl.output.progress import Advance, progress
from clientctl.output.streams import note

_SHOWN = 5
"""How many of what was made are named."""

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
"""What there is of each kind of note."""

_STEP = 1_000
"""Rows between two looks at the progress bar."""

_MANY = 200_000
"""Rows of which more is changed than memory should hold."""


class Way(NamedTuple):
    """What the user said of how rows are taken in, whatever the file."""

    rules: Rules
    skip_bad: Path | None
    notes: Path | None
    force: bool


def take_in(session: Session, kind: str, file: Path, read: Callable[[Writer], Source], way: Way) -> None:
    """Import a file: read, taken in, its bad rows written beside, all or nothing."""
    notes = Notes(keeps_all=way.notes is not None or session.format is not None)

    def act(db: Writer) -> list[str]:
        if way.skip_bad:
            _check_output(file, way.skip_bad, "--skip-bad", force=way.force)
        if way.notes:
            _check_output(file, way.notes, "--notes", force=way.force)
        source = read(db)
        with progress(f"Importing {source.name}", source.count, runner.color(session)) as advance:
            counted = _counted(source.records(), advance)
            rules = way.rules._replace(leaves_out=way.skip_bad is not None)
            outcome = import_run.run(db, source.name, kind, counted, rules, notes)
            notes.add(source.notes)
        made.append(outcome)
        if outcome.bad and way.skip_bad is None:
            raise _bad_rows(outcome)
        if outcome.bad and way.skip_bad is not None and not session.dry_run:
            opened = rejects.enter_context(atomic_files.replace_file(way.skip_bad, force=way.force))
            source.write_rejects(opened, outcome.bad)
        if way.notes is not None and not session.dry_run:
            _write_notes(rejects.enter_context(atomic_files.replace_file(way.notes, force=way.force)), notes)
        return [
            *source.said,
            *_said(outcome, notes, _headings(way, session)),
            _imported(outcome),
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
        _put_in_place(rejects, session, way.skip_bad)


def _check_output(source: Path, target: Path, option: str, *, force: bool) -> None:
    """Refuse early what could not be written in the end, and what would overwrite the file that is read."""
    if not target.exists():
        return
    if source.exists() and target.samefile(source):
        raise UsageError(f"{option} names the file that is imported: name another one")
    if not force:
        raise RefusedError(f"{quoted(str(target))} is already there; --force replaces it")


def _write_notes(file: BinaryIO, notes: Notes) -> None:
    """Write what is to be looked at as CSV, by line."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(Note._fields)
    writer.writerows((line, kind, guarded(who), guarded(what)) for line, kind, who, what in notes.all())
    text.flush()  # a full disk is met here, before the commit
    text.detach()


def _counted(records: Iterable[Record], advance: Advance) -> Iterator[Record]:
    for number, record in enumerate(records, 1):
        if number % _STEP == 0:
            advance(_STEP)
        if number == _MANY:
            note(f"Over {_MANY:,} rows: other commands may have to wait until this one is done")
        yield record


def _bad_rows(outcome: Outcome) -> BadInputError:
    named = [f"line {line}: {reason}" for line, reason in sorted(outcome.bad.items())]
    if not outcome.is_whole:
        return BadInputError(
            f"over {len(named)} rows can't be imported, so nothing was: is this the right file? "
            "mend them, or leave them out with --skip-bad REJECTS",
            [*named, "… the rest of the file was not looked at"],
        )
    return BadInputError(
        f"{_count(len(named), 'row')} can't be imported, so nothing was: "
        "mend them, or leave them out with --skip-bad REJECTS",
        named,
    )


def _put_in_place(rejects: ExitStack, session: Session, target: Path | None) -> None:
    """Move the file of bad rows to its name, now that the others are in."""
    try:
        rejects.close()
    except ClientctlError as error:
        raise StorageError(
            f"the import was made (#{session.committed}); its bad rows could not be written to {target}:"
            " `clientctl undo` takes it back"
        ) from error


def _said(outcome: Outcome, notes: Notes, headings: Mapping[str, str]) -> list[str]:
    """Describe what was made, and what to look at."""
    said = []
    for kind, made in _made(outcome):
        if made:
            said.append(f"Made {_count(len(made), kind)}: {', '.join(made[:_SHOWN])}{_more(made)}")
    said += _told(notes, headings)
    if outcome.kept_out:
        said.append(f"Not opted in, having opted out before: {_count(outcome.kept_out, 'client')}")
    if outcome.twice:
        people = _count(outcome.twice, "client")
        said.append(f"May be there twice: {people}: `clientctl client duplicates` shows them")
    return said


def _told(notes: Notes, headings: Mapping[str, str]) -> Iterator[str]:
    """Return what is to be looked at, the first of each kind by line."""
    for kind, heading in headings.items():
        if number := notes.counts[kind]:
            yield heading.replace("{}", _count(number, _NOUNS[kind]), 1)
            first = notes.first(kind)
            yield from (f"  line {each.line}: {', '.join(filter(None, (each.who, each.what)))}" for each in first)
            if number > len(first):
                yield f"  … and {number - len(first)} more (--notes FILE lists all)"


def _headings(way: Way, session: Session) -> dict[str, str]:
    """Return how each kind of note is told; how many there are is put in."""
    held = "" if way.rules.hold_unclear else " (--hold-unclear suspends what is not over)"
    where = f"which would be in {way.skip_bad}" if session.dry_run else f"with the reason in {way.skip_bad}"
    return {
        LEFT_OUT: "Left out, being nobody's: {}",
        ODD_PHONE: "Kept as typed, as no valid number: {}",
        ODD_VALUE: "Kept in a note, being no value of its field: {}",
        STATUS: f"Another status in the file than here, where the days decide{held}: {{}}",
        ODD_STATUS: "Not compared, being no status that is known: {}",
        OTHER_NAME: "Taken for a client of another name (--same-email new makes them clients of their own): {}",
        SHARED_EMAIL: (
            "Made clients of their own, being of another first name (--same-email match takes them for one): {}"
        ),
        BAD_ROW: f"Left out {{}}, {where}",
    }


def _imported(outcome: Outcome) -> str:
    """Describe what was taken in."""
    counts = outcome.counts
    return (
        f"Imported {_count(outcome.rows - len(outcome.bad), 'row')}: "
        f"clients {counts['clients_added']} added, {counts['clients_updated']} updated; "
        f"memberships {counts['memberships_added']} added, {counts['memberships_updated']} updated; "
        f"{counts['unchanged']} unchanged"
    )


def _made(outcome: Outcome) -> Iterator[tuple[str, list[str]]]:
    yield "plan", outcome.made_plans
    yield "rate", outcome.made_rates
    yield "label", outcome.made_labels
    yield "field", outcome.made_fields


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _more(listed: Sequence[str]) -> str:
    return f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
