"""Run the commands that messages suggest: `clientctl …` in backticks must work as written, where it was shown.

All helpers that run a command pass on its standard error. Each command named there is run on a copy of the database,
with the same today and variables, as a dry run that answers every question with yes. It has to exit with 0;
`db verify` may find the damage it was suggested for. A word in capitals is a placeholder that is filled in; of
several days, one that works is enough. A sentence is tried once in each test process, regardless of numbers and
names in it.
"""

import ast
import functools
import itertools
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image

import clientctl
from clientctl.cli.framework import app
from clientctl.cli.framework.click import Context
from clientctl.domain.session import opened

_NAMED = re.compile(r"""`clientctl ((?:'[^']*'|"[^"]*"|[^`'"])*)`""")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")
FILLED_IN = {
    "AMOUNT": ["10"],
    "DAY": ["+1m", "+1y", "+2y", "+1d", "+1w", "today", "yesterday", "-1w"],
    "DURATION": ["1m"],
    "EMAIL": ["other@example.org"],
    "NAME": ["Something else"],
    "NUMBER": ["10"],
    "TEXT": ["some words"],
}
"""Values for placeholders. FILE is a backup, a sheet, a picture, or a new file; PLAN is added first."""

_EDITOR = """sh -c 'echo "company: Typed" > "$1"' -"""
_SEEN: set[str] = set()
REACHED: set[str] = set()
"""The sentences of the source that appeared in messages, and whose commands were run."""

Run = Callable[[Sequence[str]], tuple[int, str]]
"""Run a command in this process: its exit status and what it wrote to standard error."""


def named_commands(said: str) -> list[str]:
    """List the commands in a text, without the program's name."""
    return _NAMED.findall(said)


@functools.cache
def list_sentences() -> list[str]:
    """List the messages in the source that name a command, with {} for inserted values."""
    return [text for text in messages("`clientctl") if "`clientctl" in text]


def messages(with_: str = "") -> Iterator[str]:
    """Yield all strings except docstrings and help, with {} for inserted values, in files that contain a text."""
    for path in Path(clientctl.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)) if with_ in source else ():
            yield from _messages(node)


def _messages(node: ast.AST) -> Iterator[str]:
    """Yield the strings directly in a node."""
    is_noun = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "noun"
    if is_noun or isinstance(node, ast.Expr | ast.JoinedStr) or (isinstance(node, ast.keyword) and node.arg == "help"):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in child.values)
        elif isinstance(child, ast.Constant) and isinstance(child.value, str):
            yield re.sub(r"\{\w*\}", "{}", child.value)


def without_ways(said: str) -> str:
    """Return a text without the commands that it names."""
    return _NAMED.sub("", said)


def take(run: Run, typed: Sequence[str], said: str, variables: Mapping[str, str]) -> None:
    """Run every command in the messages of ``typed``, unless its sentence was tried before."""
    for line in said.splitlines():
        sentence = re.sub(r"\d+", "#", re.sub(r"'[^']*'|\([^)]*\)", "", line))
        if sentence not in _SEEN:
            REACHED.update(each for each in list_sentences() if _contains(line, each))
            for way in named_commands(line):
                ends = list(itertools.takewhile(lambda end: end[0], _run_filled_in(run, typed, way, variables)))
                tried = "\n".join(f"    {status}: {told.strip()}" for status, told in ends)
                told = f"{shlex.join(typed)}\n  said: {line}\n  and `clientctl {way}` ends with\n{tried}"
                assert len(ends) < len(_fill_in(way)), told
            _SEEN.add(sentence)


def _contains(line: str, sentence: str) -> bool:
    """Return whether a line contains all parts of a sentence between inserted values, in order."""
    at = 0
    for part in sentence.split("{}"):
        at = line.find(part, at) + len(part)
        if at < len(part):
            return False
    return True


def _run_filled_in(run: Run, typed: Sequence[str], way: str, variables: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Run a command on copies of the database, with different values for its placeholders."""
    for words in _fill_in(way):
        with (
            tempfile.TemporaryDirectory(dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")) as folder,
            pytest.MonkeyPatch.context() as patch,
        ):
            for name, value in {**variables, "VISUAL": _EDITOR}.items():
                patch.setenv(name, value)
            path, today = _copy(opened.path_of(_option(typed, "--db")), Path(folder)), _option(typed, "--today")
            before = ["--db", str(path), *(["--today", today] if today else [])]
            # Commands with --dry-run are rolled back; the others may be run for real, as it is a copy.
            after = ["--dry-run", "--yes"] if _is_change(words) else []
            file = path.with_name("another")
            if words[:2] == ["db", "restore"]:
                run(["--db", str(file), "db", "init"])
            if "PLAN" in words:
                kind, more = ("package", ["--sessions", "10"]) if words[0] == "package" else ("membership", [])
                run(["--db", str(path), "plan", "add", "PLAN", "--kind", kind])
                run(["--db", str(path), "rate", "add", "PLAN", "Any", "--price", "10", *more])
            if words[:2] == ["import", "csv"]:
                file.write_text("First name\nNoé\n", encoding="utf-8")
            if words[:2] == ["client", "photo"]:
                Image.new("RGB", (9, 9)).save(file, "PNG")
            given = [*before, *(re.sub(r"\bFILE\b", str(file), word) for word in words), *after]
            status, told = run(given)
            if status == 6 and "move it elsewhere" in told:
                path.rename(path.with_name("elsewhere"))
                status, told = run(given)
        yield 0 if status == 10 and words[:2] == ["db", "verify"] else status, told


def _fill_in(way: str) -> list[list[str]]:
    """Return the words of a command, with every combination of values for its placeholders."""
    words = shlex.split(way)
    wanted = [name for name in dict.fromkeys(_CAPITALS.findall(way)) if name in FILLED_IN]
    filled = []
    for values in itertools.product(*(FILLED_IN[name] for name in wanted)):
        given = dict(zip(wanted, values, strict=True))
        filled.append([_CAPITALS.sub(lambda met: given.get(met[0], met[0]), word) for word in words])  # noqa: B023 - called here
    return filled


def _copy(database: Path, folder: Path) -> Path:
    """Copy a database and its files, damaged or not."""
    for part in database.parent.glob(f"{database.name}*"):
        (shutil.copytree if part.is_dir() else shutil.copyfile)(part, folder / part.name)
    return folder / database.name


def _option(typed: Sequence[str], name: str) -> str | None:
    """Return the last value of an option."""
    found = None
    for number, word in enumerate(typed):
        if word == name and number + 1 < len(typed):
            found = typed[number + 1]
        elif word.startswith(f"{name}="):
            found = word.partition("=")[2]
    return found


def _is_change(words: Sequence[str]) -> bool:
    """Return whether a command, given at least by its noun, accepts ``--dry-run``."""
    root = app.Root()
    context = Context(root, info_name="clientctl")
    command = root.get_command(context, words[0])
    if isinstance(command, app.Group):
        command = command.get_command(context, words[1]) if len(words) > 1 else None
    return command is not None and any("--dry-run" in each.opts for each in command.get_params(context))
