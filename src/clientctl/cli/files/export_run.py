"""The run of an export: to a file, whole or not at all, with old files removed, or to standard output."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from clientctl.base import atomic_files, dated_files
from clientctl.base.listing import Listing
from clientctl.base.words import say
from clientctl.cli.framework import runner
from clientctl.cli.framework.shared_options import Session
from clientctl.domain.session import opened
from clientctl.domain.shared import queries
from clientctl.domain.shared.queries import Request
from clientctl.errors import UsageError
from clientctl.output.progress import Advance, progress
from clientctl.output.streams import is_terminal, note, write, write_file
from clientctl.store import Reader


def _parse_file(typed: str) -> Path:
    """Parse the file to write. Raise BadParameter for an empty name or a folder."""
    if os.path.basename(typed) in {"", os.curdir, os.pardir}:  # noqa: PTH119 - a Path forgets a slash at the end
        raise typer.BadParameter(
            say("{typed} is not the name of a file: give one, like clients.csv, or -", typed=repr(typed))
        )
    return Path(typed)


Target = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", parser=_parse_file, help="The file to write; {today} in its name is the day; - is stdout."
    ),
]
Text = Annotated[
    list[str] | None, typer.Argument(metavar="[TEXT]...", help="Only clients that a search for this text finds.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace FILE if it exists.")]
Keep = Annotated[
    int | None,
    typer.Option("--keep", metavar="N", help="Keep the latest N files of this name, with those of earlier days."),
]

Write = Callable[[Reader, BinaryIO, Advance], Iterable[str]]


def run(
    session: Session,
    target: Path,
    write_to: Write,
    *,
    force: bool,
    keep: int | None,
    count: Callable[[Reader], int] | None = None,
    binary: bool = False,
) -> None:
    """Open the records, write them to the file and report; with ``keep``, remove older files.

    ``write_to`` reports its progress; ``count`` is the number of its steps, if known. A ``binary`` file is
    never written to a terminal. Others who write to the records meanwhile hardly wait.
    """
    is_stdout = str(target) == "-"
    if is_stdout and binary and is_terminal(sys.stdout):
        raise UsageError(say("standard output is a terminal, and this is not text: name a file, or redirect it"))
    if keep is not None:
        _check_keep(target, keep, is_stdout=is_stdout)
    path = opened.path_of(session.db)
    with opened.reading(path, today=session.today, as_of=session.as_of, long=True) as db:
        named = dated_files.path_for(target, db.today)
        total = partial(count, db) if count else None
        with (
            _to_stdout() if is_stdout else atomic_files.replace_file(named, force=force) as file,
            progress(say("Writing {name}", name=named.name), total, runner.color(session)) as advance,
        ):
            notes = tuple(write_to(db, file, advance))
    runner.show_notices(db)
    for line in notes:
        note(line)
    if is_stdout:
        return
    note(say("Wrote {named}", named=named))
    if keep is not None:
        _remove_old(target, keep, db.today)


def write_line(session: Session, build: Callable[[Reader], Listing]) -> int:
    """Write the e-mails of a list in one line, separated by commas, up to ``--limit``; return the exit status."""
    with runner.reading(session) as db:
        request = Request(("email",), session.sort, session.limit)
        found = [str(email) for (email,) in queries.select_part(build(db), request).rows]
    runner.show_notices(db)
    if found:
        write([f"{', '.join(found)}\n"])
    elif is_terminal(sys.stdout):
        note(say("No e-mails."))
    return runner.FOUND if session.exit_code and found else 0


@contextmanager
def _to_stdout() -> Iterator[BinaryIO]:
    """Open a private file without a name, and copy it to standard output when it is complete."""
    import tempfile

    with tempfile.TemporaryFile() as file:
        yield file
        file.seek(0)
        write_file(file)


def _check_keep(target: Path, keep: int, *, is_stdout: bool) -> None:
    if keep < 1:
        raise UsageError(say("--keep {keep}: keep at least one file", keep=keep))
    if is_stdout:
        raise UsageError(say("--keep goes with a file, not with standard output"))
    dated_files.check_pattern(target)


def _remove_old(target: Path, keep: int, today: date) -> None:
    for file in dated_files.list_old(target, keep, today):
        try:
            file.unlink()
            note(say("Removed {file}", file=file))
        except OSError as error:
            note(say("{file} could not be removed: {strerror}", file=file, strerror=error.strerror))
