"""Run the console blocks of the README and the pages in docs/ on a terminal of 80 columns.

The lines after ``$`` are run in order, all in one folder with the examples in it; ``>`` continues a line. What
follows has to be shown exactly; ``…`` stands for anything within a line, and alone on a line for any lines.
The README begins with nothing; each page in docs/ with what the first two commands of the README make.

    sh tests/run.sh tests/test_readme.py        says where a page and the program differ
    .venv/bin/python tests/readme.py            writes what the program shows into the pages: look at the difference
"""

import functools
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import inprocess
import pytest
import shell

README = shell.ROOT / "README.md"
PAGES = [README, *sorted((shell.ROOT / "docs").glob("*.md"))]
WIDTH = 80


class Step(NamedTuple):
    """One command of a console block: its first line in the page, counted from 1, and the output after it."""

    line: int
    command: str
    shown: list[str]

    @property
    def shown_at(self) -> int:
        """Return the number of the first line of output, counted from 0."""
        return self.line + self.command.count("\n")

    @property
    def words(self) -> list[str]:
        """Return the words of a command that only calls the program; otherwise none."""
        words = list(shlex.shlex(self.command, posix=True, punctuation_chars=True))
        plain = words[0] == "clientctl" and not any(set(word) <= set("|&;<>()") for word in words)
        return shlex.split(self.command) if plain else []

    def shows(self, output: str) -> bool:
        """Return whether an output matches the page, ignoring trailing blanks."""
        lines = ["(?:.*\n)*" if line == "…" else _line(line) for line in self.shown]
        return re.fullmatch("".join(lines), output) is not None


class StepResult(NamedTuple):
    """The result of a step."""

    step: Step
    output: str
    status: int


def steps(page: Path) -> Iterator[Step]:
    """Read the commands of all console blocks of a page."""
    step, inside = None, False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = line.startswith("```")
        if step and (fence or line.startswith("$ ")):
            yield step
            step = None
        if fence:
            inside = line == "```console"
        elif inside and line.startswith("$ "):
            step = Step(number, line.removeprefix("$ "), [])
        elif step and line.startswith("> ") and not step.shown:
            step = step._replace(command=f"{step.command}\n{line.removeprefix('> ')}")
        elif step:
            step.shown.append(line)


def run(page: Path) -> Iterator[StepResult]:
    """Run all steps of a page in a new folder with a new home; in the output, their names become ``…``.

    Steps that only call the program are run in this process, the others by a shell.
    Both folders are in /tmp, as their names have to fit into a line.
    """
    found = list(steps(page))
    with tempfile.TemporaryDirectory(dir="/tmp") as scratch, pytest.MonkeyPatch.context() as patch:
        home, folder = Path(scratch, "home"), Path(scratch, "folder")
        env = shell.prepare(home)
        folder.mkdir()
        shutil.copytree(shell.EXAMPLES, folder / "examples")
        patch.chdir(folder)
        for name, value in env.items():
            patch.setenv(name, value)
        if found and page != README:
            database = home / ".local" / "share" / "clientctl" / "clients.db"
            database.parent.mkdir(parents=True, mode=0o700)
            database.write_bytes(_beginning())
            database.chmod(0o600)
        for step in found:
            if step.words:
                output, status = inprocess.run_on_screen(*step.words[1:], width=WIDTH)
            else:
                output, status = shell.run_on_terminal(step.command, folder, env, WIDTH)
            yield StepResult(step, output.replace(str(home), "…").replace(str(folder), "…"), status)


@functools.cache
def _beginning() -> bytes:
    """Return the database after the first two commands of the README."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, value in shell.environment(Path(folder)).items():
            patch.setenv(name, value)
        patch.chdir(shell.ROOT)
        database = Path(folder, "clients.db")
        for step, _ in zip(steps(README), range(2), strict=False):
            done = inprocess.run(*step.words[1:], db=database)
            assert done.status == 0, done
        return database.read_bytes()


def update() -> None:
    """Update the pages where the output differs."""
    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        differing = [done for done in run(page) if not done.step.shows(done.output)]
        for step, output, _ in reversed(differing):
            lines[step.shown_at : step.shown_at + len(step.shown)] = [line.rstrip() for line in output.splitlines()]
        if differing:
            page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split("…")) + r" *\n"


if __name__ == "__main__":
    update()
