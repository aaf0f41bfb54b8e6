"""Run commands within the test's own process, where a process of its own would tell nothing more: ten times faster.

Standard output and standard error are no terminals, but for `shown`. What the exit of the program adds (signals,
errors as JSON, faults of standard output) is not here: `program.run` and `terminal.run` have it.
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
from clientctl.cli.framework.options import Session
from clientctl.errors import ClientctlError


class Done(NamedTuple):
    """What a command left: its exit status, what it wrote, and the error that ended it, if one did."""

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


def run(*arguments: str | Path, db: Path | None = None, stdin: str | bytes = "") -> Done:
    """Run one command to its end; a ``ClientctlError`` is given back with its status, anything else is raised.

    The ways out that it names are taken.
    """
    given = [*(["--db", str(db)] if db else []), *map(str, arguments)]
    done = _run(given, stdin.encode() if isinstance(stdin, str) else stdin)
    take_ways_out(given, said(done), {}, failed=done.status != 0)
    return done


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


def shown(*arguments: str | Path, db: Path, width: int) -> Done:
    """Run one command whose output goes to a terminal of a width, without colours; nobody is there to answer it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(width))
        patch.setenv("NO_COLOR", "1")
        return _run(["--db", str(db), *map(str, arguments)], b"", stream=_Terminal)


def seen(*arguments: str, width: int) -> tuple[str, int]:
    """Run one command on a terminal of a width; return all that a person sees there, errors too, and its status."""
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


def said(done: Done) -> str:
    """Return all that a command said to people."""
    return "\n".join([done.err, done.error.message, *done.error.details] if done.error else [done.err])


def take_ways_out(given: Sequence[str], text: str, variables: Mapping[str, str], *, failed: bool) -> None:
    """Take the ways out that a command named; what a dry run did not do leaves none."""
    if ways_out.named(text) and (failed or not {"-n", "--dry-run"} & {*given}):

        def run_one(words: Sequence[str]) -> tuple[int, str]:
            done = _run(words, b"")
            return done.status, said(done)

        ways_out.take(run_one, given, text, variables)


def _run(given: Sequence[str], typed: bytes, stream: type[io.TextIOWrapper] = io.TextIOWrapper) -> Done:
    out, err = (stream(io.BytesIO(), encoding="utf-8") for _ in range(2))
    status, error = 0, None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        try:
            status = app.run(given, Session())
        except ClientctlError as raised:
            # Without its frames, whose queries that were not read to their end would keep the file locked.
            raised.__cause__ = raised.__context__ = None
            status, error = raised.status, raised.with_traceback(None)
        out.flush()
        err.flush()
    return Done(status, *(stream.buffer.getvalue().decode() for stream in (out, err)), error)


def commands(kind: type[TyperCommand]) -> list[str]:
    """Name every verb of a kind (ListCommand, ChangeCommand), as it is typed: ``client list``."""
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
    """Run commands that must succeed, one after the other."""
    for line in lines:
        done = run(*line, db=db)
        assert done.status == 0, (line, done)
