"""The README says what the program does."""

import re
from collections.abc import Iterator

import pytest
import readme
import shell

from clientctl.cli.app import Root
from clientctl.errors import ClientctlError

TEXT = readme.README.read_text(encoding="utf-8")


def test_every_console_block_shows_what_the_program_shows() -> None:
    ran = 0
    for step, output, status in readme.run():
        where = f"README.md:{step.line}: $ {step.command}"
        if not step.shows(output):
            said = "\n".join(step.shown)
            pytest.fail(f"{where}\nshows\n{output}\nand not\n{said}", pytrace=False)
        assert "a fault in clientctl" not in output, where
        assert status == 0 or output.startswith("clientctl: "), f"{where}: exit status {status}"
        ran += 1
    assert ran == len(re.findall(r"^\$ ", TEXT, re.MULTILINE)) > 40


def test_it_opens_with_the_two_commands() -> None:
    first = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)[0].splitlines()
    assert [line.partition("#")[0].strip() for line in first] == ["sh examples/quickstart.sh", "sh tests/run.sh"]
    assert TEXT.index(first[0]) < TEXT.index("\n## ")


def test_it_tells_of_every_command() -> None:
    word = "[a-z]+(?:-[a-z]+)*"
    told = re.findall(rf"clientctl ({word})(?: ({word}))?", TEXT)
    assert set(_commands()) - {(noun, "") for noun, _ in told} - set(told) == set()


def test_it_names_every_exit_code_with_the_word_in_json() -> None:
    rows = dict(re.findall(r"^\| (\d+) \|([^|]*)\|", TEXT, re.MULTILINE))
    for kind in (ClientctlError, *ClientctlError.__subclasses__()):
        assert f"`{kind.code}`" in rows[str(kind.status)]


def test_its_links_lead_somewhere_wherever_it_is_shown() -> None:
    """An index of packages shows it without the files beside it, so these are named and not linked."""
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", TEXT, re.MULTILINE)
    }
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert {link for link in links if not link.startswith("https://")} <= {f"#{anchor}" for anchor in anchors}
    named = re.findall(r"`((?:docs|examples|tests)/[\w./-]+|[A-Z]+\.md|LICENSE)`", TEXT)
    assert len(named) >= 5
    for path in named:
        assert (shell.ROOT / path).exists(), path


def _commands() -> Iterator[tuple[str, str]]:
    root = Root()
    for noun in root.helps:
        for verb in getattr(root.build(noun), "helps", [""]):
            yield noun, verb
