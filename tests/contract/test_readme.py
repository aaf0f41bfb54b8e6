"""The README and the pages in docs/ say what the program does, and CONTRIBUTING.md what the code is."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import readme
import shell
from program import SOURCE

from clientctl.base.listing import FORMATS
from clientctl.cli.framework.app import Root
from clientctl.domain.clients.field_types import TYPES
from clientctl.domain.clients.fields import COLLECTED
from clientctl.domain.memberships.queues import QUEUES
from clientctl.domain.memberships.status import STATUSES
from clientctl.domain.practice.settings import SETTINGS
from clientctl.errors import ClientctlError
from clientctl.exchange.members.senders import SENDERS

README = readme.README.read_text(encoding="utf-8")
CONTRIBUTING = shell.ROOT / "CONTRIBUTING.md"
TEXTS = {str(page.relative_to(shell.ROOT)): page.read_text(encoding="utf-8") for page in (*readme.PAGES, CONTRIBUTING)}
ALL = "\n".join(TEXTS.values())


@pytest.mark.parametrize("page", readme.PAGES, ids=lambda page: page.name)
def test_every_console_block_shows_what_the_program_shows(page: Path) -> None:
    ran = 0
    for step, output, status in readme.run(page):
        where = f"{page.relative_to(shell.ROOT)}:{step.line}: $ {step.command}"
        if not step.shows(output):
            said = "\n".join(step.shown)
            pytest.fail(f"{where}\nshows\n{output}\nand not\n{said}", pytrace=False)
        assert "a fault in clientctl" not in output, where
        assert status == 0 or output.startswith("clientctl: "), f"{where}: exit status {status}"
        ran += 1
    assert ran == len(re.findall(r"^\$ ", page.read_text(encoding="utf-8"), re.MULTILINE))


def test_it_opens_with_the_two_commands() -> None:
    first = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)[0].splitlines()
    assert [line.partition("#")[0].strip() for line in first] == ["sh examples/quickstart.sh", "sh tests/run.sh"]
    assert README.index(first[0]) < README.index("\n## ")


def test_it_is_short() -> None:
    assert README.count("\n") <= 200


def test_they_tell_of_every_command() -> None:
    word = "[a-z]+(?:-[a-z]+)*"
    told = re.findall(rf"clientctl ({word})(?: ({word}))?", ALL)
    assert set(_commands()) - {(noun, "") for noun, _ in told} - set(told) == set()


def test_they_name_every_exit_code_with_the_word_in_json() -> None:
    rows = dict(re.findall(r"^\| (\d+) \|([^|]*)\|", ALL, re.MULTILINE))
    for kind in (ClientctlError, *ClientctlError.__subclasses__()):
        assert f"`{kind.code}`" in rows[str(kind.status)]


@pytest.mark.parametrize("names", [QUEUES, SENDERS, TYPES, COLLECTED, SETTINGS, FORMATS, STATUSES])
def test_they_name_all_that_can_be_chosen(names: Iterable[str]) -> None:
    assert [name for name in names if not re.search(rf"(?<![\w-]){name}(?![\w-])", ALL)] == []


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere_also_where_the_program_is_installed(page: str) -> None:
    """What is installed beside the program is what ``shared-data`` names, under ``share/doc/clientctl``."""
    project = tomllib.loads((shell.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    for link in re.findall(r"\]\(([^)]+)\)", TEXTS[page]):
        path, _, anchor = link.partition("#")
        if path.startswith("https:"):
            continue
        target = ((shell.ROOT / page).parent / path).resolve() if path else shell.ROOT / page
        assert target.exists(), link
        inside = target.relative_to(shell.ROOT)
        assert any(carried.get(str(each)) == f"share/doc/clientctl/{each}" for each in (inside, *inside.parents)), link
        assert not anchor or anchor in _anchors(target.read_text(encoding="utf-8")), link


@pytest.mark.parametrize("page", TEXTS)
def test_the_files_that_are_named_are_there(page: str) -> None:
    """The page for engineers names most by their place in the source; other pages name folders of the reader too."""
    places, first = [shell.ROOT], "docs|examples|tests|src"
    if page == "docs/architecture.md":
        places, first = [shell.ROOT, SOURCE / "clientctl"], r"\w+"
    named = re.findall(rf"`((?:{first})/[\w./-]*|\w+\.(?:md|py))`", TEXTS[page])
    assert [path for path in named if not any((place / path).exists() for place in places)] == []


def _anchors(text: str) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _commands() -> Iterator[tuple[str, str]]:
    root = Root()
    for noun in root.helps:
        for verb in getattr(root.build(noun), "helps", [""]):
            yield noun, verb
