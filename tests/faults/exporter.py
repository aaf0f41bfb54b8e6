"""Export again and again, each time in a process of its own to which something happens.

Arguments: a seed, how often each thing is to happen, what happens (functions below, with commas), the command that
is typed, in which the file is the word that begins with ``x.``: an old one is to be replaced.
Each time a line of JSON goes to stdout: what happened, the exit status, what was said, and the files that are there
then, by name: the ``old`` one, the ``whole`` new one, or one that is ``broken``.
"""

import atexit
import json
import os
import random
import resource
import signal
import sys
import time
from pathlib import Path

from clientctl.__main__ import main
from clientctl.cli.framework.app import run
from clientctl.cli.framework.shared_options import Session

OLD = b"precious"
words = sys.argv[4:]
target = Path(next(word for word in words if word.startswith("x.")))


def killed(at: float) -> None:
    """Send SIGALRM, which nobody handles, some time after the file that will be the new one was opened."""

    def watch(event: str, values: tuple[object, ...]) -> None:
        if event == "open" and str(values[0]).endswith(".tmp"):
            signal.setitimer(signal.ITIMER_REAL, at**3 * lasts)  # early more often: it only writes from here on

    sys.addaudithook(watch)
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)


def interrupted(at: float) -> None:
    number = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP][int(at * 1_000) % 3]
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(number))
    killed(at)


def disk_full(at: float) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(at * len(whole)),) * 2)


def output_full(_at: float) -> None:
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    sys.argv[sys.argv.index(target.name)] = "-"


def reader_gone(_at: float) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    os.dup2(theirs, 1)
    sys.argv[sys.argv.index(target.name)] = "-"


def export(fault: str, at: float) -> tuple[int, str]:
    """Export in another process, to which a fault happens; return its exit status and what it said."""
    said, saying = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(saying, 2)
        sys.argv = ["clientctl", *words, "--force"]
        globals()[fault](at)
        main()
    os.close(saying)
    with os.fdopen(said, encoding="utf-8") as file:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), file.read()


if __name__ == "__main__":
    for _ in range(2):  # the second time, all that it needs is loaded, as it is in the processes that are forked
        began = time.monotonic()
        run([*words, "--force"], Session())
        lasts = time.monotonic() - began
    whole = target.read_bytes()
    kinds = {OLD: "old", whole: "whole"}
    chance = random.Random(int(sys.argv[1]))
    for fault in sys.argv[3].split(",") * int(sys.argv[2]):
        target.write_bytes(OLD)
        status, said = export(fault, chance.random())
        files = {file.name: kinds.get(file.read_bytes(), "broken") for file in Path().iterdir()}
        print(json.dumps({"fault": fault, "status": status, "said": said, "files": files}), flush=True)
