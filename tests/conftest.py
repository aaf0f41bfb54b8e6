"""What every test can ask for: a database, and the program run in a process of its own.

* ``book``: the path of a fresh database, ``clients.db`` in ``tmp_path``. Its owner is Ana Müller, today is
  2026-03-01. After the test it is verified, unless the test is marked ``damages``.
* ``run``: run one command on that database as a person would. ``run`` alone makes no database.
"""

import gc
import importlib
import os
import pkgutil
import resource
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import forked
import hypothesis
import program
import pytest
import ways_out
from heavy import ASKED, times
from looking import Run, verify
from practice import _grown, _practice, before, copies, do, practice  # noqa: F401 - fixtures
from today import NOW, OWNER, TODAY

import clientctl
from clientctl.domain.session import opened

MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**30:
    # Every commit waits for the disk; a file in memory is the same file, and the suite takes a sixth of the time.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))

# What failed fails again, and what passed passes: random examples are drawn anew only where that is asked for; see
# heavy.py. Hypothesis also draws numbers and texts it reads in our modules: all are loaded, whichever a test has used.
for _module in pkgutil.walk_packages(clientctl.__path__, "clientctl."):
    importlib.import_module(_module.name)
hypothesis.settings.register_profile(
    "clientctl", derandomize=ASKED != "anew", database=None, deadline=None, max_examples=times(40, 100)
)
hypothesis.settings.load_profile("clientctl")

# It needs LibreOffice, which a desk that runs the suite many times a day need not have.
collect_ignore = [] if ASKED else ["cli/files/test_spreadsheets.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "damages: the test damages its `book` on purpose; it is not verified after it")
    config.addinivalue_line(
        "markers", "heavy: the test repeats what it does more often in the heavy part; see heavy.py"
    )


gc.disable()  # until all tests are collected: nothing of them is ever garbage


def pytest_collection_finish() -> None:
    """Let no search for garbage go through what stays to the end."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_itemcollected(item: pytest.Item) -> None:
    if hypothesis.is_hypothesis_test(getattr(item, "obj", None)):
        item.add_marker("heavy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: whoever has done all else would wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("heavy") is None)


_reached: set[str] = set()
_costs: Counter[str] = Counter()
"""The seconds that each function has worked, here and in what it started: a busy machine does not make them more."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    began = _worked()
    try:
        return (yield)
    finally:
        _costs[item.nodeid.partition("[")[0]] += _worked() - began


def _worked() -> float:
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent) + sum(forked.WORKED)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what the whole suite costs, and which ten functions most."""
    if _costs and config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        terminalreporter.write_line(f"{sum(_costs.values()):.0f} s of work in tests; most of all:")
        for name, seconds in _costs.most_common(10):
            terminalreporter.write_line(f"{seconds:7.1f} s  {name}")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the whole suite when no test reaches a message that names a command: its way out may lead nowhere."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["ways_out"] = sorted(ways_out.REACHED)
        session.config.workeroutput["costs"] = dict(_costs)
        return
    asked = session.config.option
    is_whole = session.config.args_source is pytest.Config.ArgsSource.TESTPATHS and not (
        asked.keyword or asked.markexpr or asked.collectonly
    )
    missing = sorted(set(ways_out.list_sentences()) - _reached - ways_out.REACHED)
    if is_whole and missing and not session.testsfailed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        print("\nNo test reaches these messages, whose ways out are not tried:", *missing, sep="\n  ")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over what a worker reached, and what its tests cost."""
    output = getattr(node, "workeroutput", {})
    _reached.update(output.get("ways_out", ()))
    _costs.update(output.get("costs", {}))


@pytest.fixture(scope="session", autouse=True)
def _heeded() -> None:
    program.reset_signals()


@pytest.fixture(autouse=True)
def _settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings, the files and the clock of this machine out of every test."""
    for name in list(os.environ):
        if name.startswith(("CLIENTCTL_", "XDG_")):
            monkeypatch.delenv(name)
    for name, value in _variables(tmp_path).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session")
def _blank(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("blank") / "clients.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIENTCTL_NOW", NOW)
        opened.initialize(path, OWNER, {})
    return path.read_bytes()


@pytest.fixture
def book(tmp_path: Path, _blank: bytes, request: pytest.FixtureRequest) -> Iterator[Path]:
    """Return the path of a database as ``db init`` makes it, and verify it after the test."""
    path = tmp_path / "clients.db"
    path.write_bytes(_blank)
    path.chmod(0o600)
    yield path
    if not request.node.get_closest_marker("damages"):
        verify(path)


@pytest.fixture(scope="module")
def once() -> Callable[[Path, Callable[[], object]], None]:
    """Return ``once(book, fill)``, which fills a database for the first test that asks, and copies that for the others.

    It is for one way to fill it in a file of tests.
    """
    filled: list[bytes] = []

    def fill_once(path: Path, fill: Callable[[], object]) -> None:
        if filled:
            path.write_bytes(filled[0])
        else:
            fill()
            filled.append(path.read_bytes())

    return fill_once


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return ``run(*arguments, db=None, env=None, input="")``, which runs one command to its end.

    It works on ``clients.db`` in ``tmp_path``, where ``book`` is, unless ``db`` names another. ``env``
    adds variables to the few that are set, and takes away those given as None.
    """

    def run_one(
        *arguments: str | bytes | Path,
        db: Path | str | None = None,
        env: dict[str, str | None] | None = None,
        input: str = "",  # noqa: A002 - as subprocess.run calls it
    ) -> subprocess.CompletedProcess[str]:
        variables = {**_variables(tmp_path), "CLIENTCTL_DB": str(db or tmp_path / "clients.db"), **(env or {})}
        return program.run(
            *(os.fspath(each) for each in arguments),
            stdin=input,
            **{name: value for name, value in variables.items() if value is not None},
        )

    return run_one


def _variables(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "CLIENTCTL_TODAY": TODAY, "CLIENTCTL_NOW": NOW}
