"""Record the output of a few hundred commands, to check that a refactoring does not change it.

    python tests/support/corpus.py BEFORE [PROGRAM]     # with the program of the commit before
    python tests/support/corpus.py AFTER [PROGRAM]
    diff -r BEFORE AFTER

The commands are the examples of the help, each as it is, with --json, and as tsv, csv, jsonl and table, and what is
wrong in a few ways. ``machine`` holds what programs read, without the messages of errors; ``human`` what people read.
"""

import importlib.util
import json
import re
import shlex
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import shell

HERE = Path(__file__).parent.parent
RANDOM = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,64}")
"""What differs in each new database: the digits in UIDs, and digests."""

WRONG = """\
clientctl client show nobody
clientctl client show 9999
clientctl client list --columns nothing
clientctl client list --where 'nothing is 1'
clientctl client add
clientctl client edit ana@example.com --email nothing
clientctl label attach ana@example.com --label Nothing
clientctl membership show M-999
clientctl membership extend M-1 --by nothing
clientctl membership resume M-1
clientctl membership renew M-1 --start 2020-01-01
clientctl payment record C-1 --amount 1000000
clientctl payment void P-99
clientctl charge waive C-999 --reason x
clientctl package use K-1 --sessions 1000
clientctl plan add Yoga
clientctl rate add Yoga Monthly --price nothing
clientctl rate add Nothing Monthly --price 1
clientctl field add Email
clientctl note show 999
clientctl task done 999
clientctl staff archive Nobody
clientctl site archive Nowhere
clientctl import csv nothing.csv
clientctl import csv plan.pdf
clientctl export xlsx /nowhere/clients.xlsx
clientctl undo '#999'
clientctl config set nothing 1
clientctl config set currency nothing
clientctl nothing
clientctl client nothing
clientctl client list --nothing
clientctl client list --limit nothing
"""
FORMATS = ["", "--json", "--format tsv", "--format csv", "--format jsonl", "--format table", "--dry-run"]


def _examples():
    sys.path[:0] = [str(HERE)]
    path = next(HERE.rglob("test_help_examples.py"))
    spec = importlib.util.spec_from_file_location("help_examples", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(folder: Path, program: str | None) -> int:
    """Write the output of each command into a folder; return the number of files."""
    examples = _examples()
    asked = [(name, line) for name, line in examples.EXAMPLES if "|" not in line and ">" not in line]
    asked += [("", line) for line in WRONG.splitlines()]
    with tempfile.TemporaryDirectory() as made:
        home = Path(made) / "home"
        variables = shell.prepare(home)
        if program:
            (home / "bin" / "clientctl").unlink()
            (home / "bin" / "clientctl").symlink_to(program)
        examples.put_files(home)
        for line in examples.PREPARED.splitlines():
            assert (done := shell.run(line, home, variables)).returncode == 0, done

        def answer(at: int) -> int:
            name, line = asked[at]
            mine = Path(made) / str(at) / "home"
            shutil.copytree(home, mine)
            here = {**variables, "HOME": str(mine)}
            before = [each for each in examples.BEFORE.get(name, "").split("; ") if each]
            for each in before:
                assert (done := shell.run(each, mine, here)).returncode == 0, done
            kept = Path(made) / str(at) / "kept"
            mine.rename(kept)
            for how in FORMATS:
                shutil.copytree(kept, mine)
                done = shell.run(f"{line} {how}", mine, here)
                _write(folder, f"{at:03} {line} {how}".strip(), done, str(mine))
                shutil.rmtree(mine)
            shutil.rmtree(kept)
            return len(FORMATS)

        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(answer, range(len(asked))))


def _write(folder: Path, what: str, done: CompletedProcess[str], home: str) -> None:
    out, error = (RANDOM.sub("…", text.replace(home, "~")) for text in (done.stdout, done.stderr))
    name = re.sub(r"[^\w -]", "_", what)[:120] + ".txt"
    words = [*shlex.split(what)[1:]]
    machine = f"{done.returncode}\n"
    if {"--json", "tsv", "csv", "jsonl"} & {*words}:
        machine += out + (_error(error) if "--json" in words else "")
    for room, text in (("machine", machine), ("human", f"{done.returncode}\n{out}\n-- stderr\n{error}")):
        (folder / room).mkdir(parents=True, exist_ok=True)
        (folder / room / name).write_text(f"{what}\n{text}", encoding="utf-8")


def _error(text: str) -> str:
    """Return the machine-readable parts of an error: all except its message and details."""
    try:
        error = json.loads(text.splitlines()[-1])["error"]
    except (ValueError, IndexError, KeyError, TypeError):
        return ""
    return json.dumps({key: value for key, value in error.items() if key not in {"message", "details", "hint"}})


if __name__ == "__main__":
    print(record(Path(sys.argv[1]), sys.argv[2] if sys.argv[2:] else None))
