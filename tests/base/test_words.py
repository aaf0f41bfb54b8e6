import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from program import run

from clientctl.base import words
from clientctl.base.words import count, say
from clientctl.errors import UsageError


@pytest.fixture
def french(tmp_path: Path) -> Iterator[Path]:
    """Make a small French catalog the one in use; return the folder that it is in."""
    catalog = Catalog(locale="fr")
    catalog.add("no client {name}", "aucun client {name}")
    catalog.add("{a} before {b}", "{b} après {a}")
    catalog.add("open", "ouvert")
    catalog.add("open", "en cours", context="status")
    catalog.add(("{n} row", "{n} rows"), ("{n} ligne", "{n} lignes", "{n} lignes"))  # of a million, too
    file = tmp_path / "fr" / "LC_MESSAGES" / "clientctl.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, catalog)
    words.use("fr", tmp_path)
    yield tmp_path
    words.use("en")


def test_english_is_what_the_code_says() -> None:
    assert say("open", "status") == "open"
    assert say("{} {x", "") == "{} {x"
    assert say("no client {name}", name="{a} {0}") == "no client {a} {0}"
    assert [count(n, "{n} row", "{n} rows") for n in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert count(1, "{name}: {n} row", "{name}: {n} rows", name="{n}") == "{n}: 1 row"


@pytest.mark.usefixtures("french")
def test_another_language_is_looked_up_before_the_values_are_put_in() -> None:
    assert say("no client {name}", name="{b}") == "aucun client {b}"
    assert say("{a} before {b}", a=1, b=2) == "2 après 1"
    assert (say("open"), say("open", "status")) == ("ouvert", "en cours")
    assert [count(n, "{n} row", "{n} rows") for n in (0, 1, 2)] == ["0 ligne", "1 ligne", "2 lignes"]
    assert say("", "status") == ""
    assert say("has no translation") == "has no translation"


@pytest.mark.parametrize("language", ["it", "", "../fr", "fr/LC_MESSAGES"])
def test_a_language_without_a_catalog_is_refused(french: Path, language: str) -> None:
    with pytest.raises(UsageError, match=f"the language '{language}' is not available: there is en, fr"):
        words.use(language, french)
    assert say("open") == "ouvert"


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("--lang", "fr"), {}),
        (("client", "list", "--lang=fr"), {}),
        ((), {"CLIENTCTL_LANG": "fr"}),
        (("--lang", "fr", "--nonsense"), {"CLIENTCTL_LANG": "en"}),
    ],
)
def test_the_language_is_known_before_the_line_is_understood(
    arguments: tuple[str, ...], variables: dict[str, str]
) -> None:
    done = run(*arguments, **variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "clientctl: the language 'fr' is not available: there is en\n"


def test_what_is_typed_comes_before_the_variable() -> None:
    assert run("--version", "--lang", "en", CLIENTCTL_LANG="fr").returncode == 0


def test_english_loads_no_catalog() -> None:
    done = run(program=(sys.executable, "-c", "import clientctl.base.words, sys; print('gettext' in sys.modules)"))
    assert done.stdout == "False\n"
