"""Start processes from one that has loaded the program: a tenth of the work of a new interpreter.

Each is a process of its own, with its own streams, variables, folder and signals, and ends as any other. What it does
not show is how the interpreter starts: what is imported, and the variables that Python reads only then. A process
with such variables is a new one, as are those of the first command of each noun in `test_help_examples.py`, of
`test_startup.py`, of the examples and of the faults.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_LOADED = (
    *(
        "babel.numbers",
        "dateutil.rrule",
        "email_validator",
        "icalendar",
        "json",
        "openpyxl",
        "phonenumbers",
        "PIL.Image",
    ),
    *("platformdirs", "rapidfuzz", "rich.console", "rich.progress", "rich.table", "sqlite_utils", "zoneinfo"),
)
"""What commands load only when they need it."""

_READ_AT_START = ("LANG", "LC_", "PYTHON")
"""What the names of variables begin with that Python reads when it starts."""

_PATIENCE = 600
"""The seconds after which a program that writes nothing counts as hanging."""

_PIPE = 1 << 16
"""The bytes that a pipe holds before anybody reads them."""


WORKED: list[float] = []
"""The seconds that each process has worked."""


class Process:
    """A process started from the loaded one, which waits for its end."""

    def __init__(self, server: socket.socket) -> None:
        self._server = server.makefile("r")
        self.pid = int(self._server.readline())

    def kill(self) -> None:
        """End the process at once."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for the end of the process; return its status, negative for a signal."""
        with self._server as server:
            status, seconds = server.readline().split()
        WORKED.append(float(seconds))
        return int(status)


def is_possible(words: Sequence[str | bytes], variables: Mapping[str, str], stdin: bytes = b"") -> bool:
    """Return whether a process can be started here: our Python runs a file or a module, and it starts as any."""
    is_ours = words[0] == sys.executable and words[1] != "-c"
    read = [name for name in variables if name.startswith(_READ_AT_START) and name != "PYTHONPATH"]
    return is_ours and not read and len(stdin) <= _PIPE


def start(
    words: Sequence[str | bytes],
    streams: Sequence[int],
    variables: Mapping[str, str],
    cwd: Path | None = None,
    *,
    new_session: bool = False,
) -> Process:
    """Start a program with three streams, which the caller closes here."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        asked = [[*map(os.fsdecode, words[1:])], dict(variables), str(cwd or Path.cwd()), new_session]
        socket.send_fds(_server(variables["PYTHONPATH"]), [b"+"], [*streams, theirs.fileno()])
        ours.sendall(json.dumps(asked).encode() + b"\n")
        return Process(ours)


def run(words: Sequence[str | bytes], variables: Mapping[str, str], stdin: bytes) -> tuple[int, bytes, bytes]:
    """Run a program to its end; return its status, and what it wrote to stdout and stderr."""
    typed, typing = os.pipe()
    os.write(typing, stdin)
    os.close(typing)
    (out, to_out), (err, to_err) = os.pipe(), os.pipe()
    process = start(words, (typed, to_out, to_err), variables)
    for descriptor in (typed, to_out, to_err):
        os.close(descriptor)
    written = {out: b"", err: b""}
    with selectors.DefaultSelector() as open_ones:
        for descriptor in written:
            open_ones.register(descriptor, selectors.EVENT_READ)
        while open_ones.get_map():
            if not (ready := open_ones.select(_PATIENCE)):
                process.kill()
                raise TimeoutError(words)
            for key, _ in ready:
                if part := os.read(key.fd, _PIPE):
                    written[key.fd] += part
                else:
                    open_ones.unregister(key.fd)
                    os.close(key.fd)
    return process.wait(), *written.values()


@functools.cache
def _server(source: str) -> socket.socket:
    """Start the process that loads the program, and ends with this one."""
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": source},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
        )
    atexit.register(server.wait)
    atexit.register(ours.close)  # before that: the server ends then
    return ours


# -- in the process that has loaded the program -------------------------------------------------


def _serve(asking: socket.socket) -> None:
    """Start what is asked for, one after the other; return in each process started, as what it is to run."""
    while (asked := socket.recv_fds(asking, 1, 4))[0]:
        *streams, answer = asked[1]
        with socket.socket(fileno=answer) as answering:
            line = answering.makefile("r").readline()
            if not (child := os.fork()):
                asking.close()
                break
            for stream in streams:
                os.close(stream)
            answering.sendall(b"%d\n" % child)
            _, status, used = os.wait4(child, 0)
            answering.sendall(f"{os.waitstatus_to_exitcode(status)} {used.ru_utime + used.ru_stime}\n".encode())
    else:
        return
    _become(streams, *json.loads(line))


def _become(
    streams: Sequence[int], words: list[str], variables: Mapping[str, str], cwd: str, new_session: bool
) -> None:
    if new_session:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(variables)
    time.tzset()
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        errors = "backslashreplace" if name == "stderr" else "surrogateescape"
        setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", errors=errors, closefd=False))
    sys.orig_argv[1:] = words
    try:
        if words[0] == "-m":
            sys.argv[:] = words[1:]
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            sys.argv[:] = words
            sys.path[0] = str(Path(words[0]).parent)
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        atexit._run_exitfuncs()
        os._exit(end.code)  # to free what the loaded process made takes longer than the command


if __name__ == "__main__":
    import clientctl

    for _module in pkgutil.walk_packages(clientctl.__path__, "clientctl."):
        if _module.name != "clientctl.__main__":
            importlib.import_module(_module.name)
    for _name in _LOADED:
        importlib.import_module(_name)
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as _asking:
        _serve(_asking)
    os._exit(0)
