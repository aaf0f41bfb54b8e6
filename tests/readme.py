"""Run the console blocks of the README: what a person sees who types them, on a terminal 100 columns wide.

The lines after ``$`` are run in order, all in one folder with the examples in it; ``>`` continues a line. What
follows has to be shown exactly; ``…`` stands for anything within a line, and alone on a line for any lines.

    sh tests/run.sh tests/test_readme.py        says where the README and the program differ
    .venv/bin/python tests/readme.py            writes what the program shows into the README: look at the difference
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import shell

README = shell.ROOT / "README.md"


class Step(NamedTuple):
    """One command of a console block: its first line in the README, counted from 1, and what is shown after it."""

    line: int
    command: str
    shown: list[str]

    @property
    def shown_at(self) -> int:
        """Say before which line, counted from 0, what is shown begins."""
        return self.line + self.command.count("\n")

    def shows(self, output: str) -> bool:
        """Say whether an output is what is shown; blanks at the end of its lines do not count."""
        lines = ["(?:.*\n)*" if line == "…" else _line(line) for line in self.shown]
        return re.fullmatch("".join(lines), output) is not None


class Done(NamedTuple):
    """What became of a step."""

    step: Step
    output: str
    status: int


def steps() -> Iterator[Step]:
    """Read the commands of all console blocks."""
    step, inside = None, False
    for number, line in enumerate(README.read_text(encoding="utf-8").splitlines(), start=1):
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


def run() -> Iterator[Done]:
    """Run all steps in a folder that is made for it, with an empty home; of what is shown their names are ``…``.

    Both are made where temporary files are, as their names have to fit into a line.
    """
    with tempfile.TemporaryDirectory(dir="/tmp") as scratch:
        home, folder = Path(scratch, "home"), Path(scratch, "folder")
        env = shell.prepare(home)
        folder.mkdir()
        shutil.copytree(shell.EXAMPLES, folder / "examples")
        for step in steps():
            output, status = shell.run_on_terminal(step.command, folder, env)
            yield Done(step, output.replace(str(home), "…").replace(str(folder), "…"), status)


def update() -> None:
    """Write what is shown now where it is something else than the README says."""
    lines = README.read_text(encoding="utf-8").splitlines()
    differing = [done for done in run() if not done.step.shows(done.output)]
    for step, output, _ in reversed(differing):
        lines[step.shown_at : step.shown_at + len(step.shown)] = [line.rstrip() for line in output.splitlines()]
    README.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.rstrip().split("…")) + r" *\n"


if __name__ == "__main__":
    update()
