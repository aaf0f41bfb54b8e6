"""Run commands in the test's own process, ten times faster, if a separate process would test nothing more.

Standard output and standard error are not terminals, except in `run_at_width`. What the exit of the program adds
(signals, errors as JSON, faults of standard output) is not included: `program.run` and `terminal.run` have it.
"""

import io
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
import ways_out

from clientctl import __main__
from clientctl.cli.framework import app
from clientctl.cli.framework.click import Context, TyperCommand
from clientctl.cli.framework.shared_options import Session
from clientctl.errors import ClientctlError


class Result(NamedTuple):
    """The result of a command: its exit status, its output, and the error that ended it, if any."""

    status: int
    out: str
    err: str
    error: ClientctlError | None = None

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()

    @property
    def json(self):
        return json.loads(self.out)


def run(*arguments: str | Path, db: Path | None = None, stdin: str | bytes = "") -> Result:
    """Run one command; return a ``ClientctlError`` with its status, and raise any other error.

    The commands that its messages suggest are run too.
    """
    given = [*(["--db", str(db)] if db else []), *map(str, arguments)]
    done = _run(given, stdin.encode() if isinstance(stdin, str) else stdin)
    take_ways_out(given, messages_of(done), {}, failed=done.status != 0)
    return done


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def run_at_width(*arguments: str | Path, width: int, db: Path | None = None) -> Result:
    """Run one command with output to a terminal of a width, without colors and without anybody to answer."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("NO_COLOR", "1")
        return _run([*(["--db", str(db)] if db else []), *map(str, arguments)], b"", stream=_Terminal)


def run_on_screen(*arguments: str, width: int) -> tuple[str, int]:
    """Run one command on a terminal of a width; return everything it shows, errors included, and the status."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"COLUMNS": str(width), "NO_COLOR": "1", "TERM": "dumb"}.items():
            patch.setenv(name, value)
        screen = _Terminal(io.BytesIO(), encoding="utf-8", write_through=True)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", screen)
        try:
            status = app.run(arguments, Session())
        except ClientctlError as raised:
            raised.__cause__ = raised.__context__ = None
            status = raised.status
            __main__._report(__main__._explain(raised, None), raised, as_json="--json" in arguments)
        return screen.buffer.getvalue().decode(), status


def messages_of(done: Result) -> str:
    """Return all messages of a command for people."""
    return "\n".join([done.err, done.error.message, *done.error.details] if done.error else [done.err])


def take_ways_out(given: Sequence[str], text: str, variables: Mapping[str, str], *, failed: bool) -> None:
    """Run the commands that the messages of a command suggest, except after a dry run."""
    if ways_out.named_commands(text) and (failed or not {"-n", "--dry-run"} & {*given}):

        def run_one(words: Sequence[str]) -> tuple[int, str]:
            done = _run(words, b"")
            return done.status, messages_of(done)

        ways_out.take(run_one, given, text, variables)


def _run(given: Sequence[str], typed: bytes, stream: type[io.TextIOWrapper] = io.TextIOWrapper) -> Result:
    out, err = (stream(io.BytesIO(), encoding="utf-8") for _ in range(2))
    status, error = 0, None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            status = app.run(given, Session())
        except ClientctlError as raised:
            # Without its frames, whose unfinished queries would keep the file locked.
            raised.__cause__ = raised.__context__ = None
            status, error = raised.status, raised.with_traceback(None)
        out.flush()
        err.flush()
    return Result(status, *(stream.buffer.getvalue().decode() for stream in (out, err)), error)


def list_commands(kind: type[TyperCommand]) -> list[str]:
    """List the commands of a class (ListCommand, ChangeCommand) as typed: ``client list``."""
    root = app.Root()
    context = Context(root, info_name="clientctl")
    found = []
    for name in root.list_commands(context):
        command = root.get_command(context, name)
        verbs = (
            {f"{name} {verb}": command.build(verb) for verb in command.helps}
            if isinstance(command, app.Group)
            else {name: command}
        )
        found += [typed for typed, verb in verbs.items() if isinstance(verb, kind)]
    return found


def fill(db: Path, *lines: tuple[str, ...]) -> None:
    """Run several commands, all of which must succeed."""
    for line in lines:
        done = run(*line, db=db)
        assert done.status == 0, (line, done)
