"""Measure everything that is promised about speed, and print the table:

    python tests/benchmarks/run.py [--rows start.plain,search.flat] [--sizes 10k,100k] [--million]

Each row is the ratio of two commands that took turns. The first line is a program against itself: a
difference no bigger than that is none. Ends with 1 when a target is missed. Takes some minutes,
most of them for making up books; ``--keep FOLDER`` keeps those for the next time.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "support"))  # what looks into databases lies there

from generate import size
from harness import HEADER, line
from rows import ROWS, Bench, spread


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the rows that are asked for; return 1 when one is over its target."""
    parser = argparse.ArgumentParser(description="Measure everything that is promised about speed.")
    parser.add_argument("--rows", default=",".join(ROWS), help=f"some of {', '.join(ROWS)}")
    parser.add_argument("--sizes", default="10k,100k", help="how many clients; 10k,100k unless given")
    parser.add_argument("--million", action="store_true", help="measure at a million too")
    parser.add_argument("--runs", type=int, default=21, help="how often a short command is run; 21 unless given")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where books are kept for the next time")
    given = parser.parse_args(arguments)
    names = given.rows.split(",")
    if unknown := set(names) - set(ROWS):
        parser.error(f"no row {', '.join(unknown)}: there are {', '.join(ROWS)}")
    sizes = {size(text) for text in given.sizes.split(",")} | ({1_000_000} if given.million else set())
    with tempfile.TemporaryDirectory() as folder:
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
        return _measure(names, Bench(given.keep or Path(folder), tuple(sorted(sizes)), given.runs))


def _measure(names: Sequence[str], bench: Bench) -> int:
    missed = 0
    print(HEADER, flush=True)
    for rows in (spread, *(ROWS[name] for name in names)):
        for result in rows(bench):
            print(line(result), flush=True)
            missed += result.over
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
