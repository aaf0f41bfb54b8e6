"""The help of every command ends with examples, and they run."""

import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import heavy
import inprocess
import pytest
import samples
import shell
from PIL import Image
from today import NOW, TODAY

from clientctl.cli.framework.app import Root
from clientctl.cli.framework.commands import list_examples

PREPARED = """\
clientctl db init --owner Camille
clientctl import csv members.csv --map Newsletter=ignore --save-mapping monthly
clientctl plan add Yoga
clientctl rate add Yoga Monthly --price 49.90 --every 1m
clientctl label add VIP Famille Nouveau
clientctl label attach ana@example.com --label VIP
clientctl membership add --client ana@example.com --plan Yoga --start 2026-01-31 --for 1y
clientctl staff add Sacha
clientctl site add Paris
clientctl note add ana@example.com 'Tired knee' --type call --label VIP
clientctl task add ana@example.com 'Call' --due yesterday
clientctl task add 12 'Write' --due 2026-03-05
clientctl preference add Newsletter
clientctl preference opt-in ana@example.com --preference Newsletter
clientctl document attach 12 plan.pdf
clientctl client photo ana@example.com portrait.jpg
clientctl field add 'Nom du chien'
clientctl segment save Fidèles --member
clientctl address add ana@example.com --name Home --street '12 rue Oberkampf' --postal-code 75011
clientctl payment-method add 12 card --label Visa --last-four 4242
clientctl plan add 'Ten classes' --kind package
clientctl rate add 'Ten classes' Full --price 120 --sessions 10 --for 6m
clientctl package sell --client ana@example.com --plan 'Ten classes' --start 2026-02-01
clientctl plan add Aqua --collection direct-debit
clientctl service add Massage --length 1h --after 15min --price 60
clientctl rate add Aqua Monthly --price 60
clientctl membership add --client noah@example.org --plan Aqua
"""

BEFORE = {
    "label add": "clientctl label remove VIP --yes; clientctl label remove Nouveau --yes",
    "plan add": "clientctl plan edit Yoga --name Hatha; clientctl plan edit 'Ten classes' --name Ten",
    "plan edit": "clientctl plan edit 'Yoga illimité' --name Hatha",
    "plan restore": "clientctl plan archive Yoga",
    "service add": "clientctl service edit Massage --name Shiatsu",
    "service restore": "clientctl service archive Massage",
    "rate restore": "clientctl rate archive Yoga/Monthly",
    "client restore": "clientctl client archive 12",
    "preference add": "clientctl preference remove Newsletter --yes",
    "task reopen": "clientctl task done 2",
    "staff restore": "clientctl staff archive Sacha",
    "site restore": "clientctl site archive Paris",
    "field add": "clientctl field remove nom_du_chien",
    "field restore": "clientctl field archive nom_du_chien",
    "import json": "clientctl export json practice.json; clientctl db init --db new.db",
    "segment save": "clientctl segment remove Fidèles",
    "client delete": (
        "clientctl label add 'À effacer'; clientctl membership cancel M-10 --now;"
        " clientctl membership cancel M-1 --now; clientctl membership cancel M-31 --now;"
        " clientctl package adjust K-1 -10 --reason gone"
    ),
    "db restore": "clientctl db backup safe.db",
    "mandate activate": "clientctl mandate request M-32",
    "mandate revoke": "clientctl mandate request M-32",
    **dict.fromkeys(
        [f"payment {verb}" for verb in ("show", "fail", "dispute", "void", "refund")],
        "clientctl payment record C-1 --type cash",
    ),
    "credit use": (
        "clientctl credit issue ana@example.com --amount 20; clientctl credit issue ana@example.com --sessions 2"
    ),
    "credit revoke": "; ".join(["clientctl credit issue 12 --amount 5 --refundable"] * 3),
    "redo": "clientctl undo",
    "membership resume": "clientctl membership suspend M-1",
    "membership renew": "clientctl rate add Yoga Yearly --price 499 --every 1y",
    "membership change": "clientctl rate add Yoga Quarterly --price 139 --every 3m",
}
"""What has to have happened for the examples of a command to make sense."""


def commands() -> Iterator[tuple[str, list[str]]]:
    """List every noun, and every verb of each, with the examples in its help."""
    root = Root()
    yield "", list_examples(root)
    for noun in root.helps:
        built = root.build(noun)
        yield noun, list_examples(built)
        for verb in getattr(built, "helps", ()):
            yield f"{noun} {verb}", list_examples(built.build(verb))  # type: ignore[attr-defined] - a noun has verbs


COMMANDS = dict(commands())
VERBS = [name for name in COMMANDS if f"{name} " not in "|".join(COMMANDS) and name]
EXAMPLES = [(name, line) for name, lines in COMMANDS.items() for line in lines]
NOUNS = {name.partition(" ")[0]: name for name in reversed(VERBS)}
ALONE = {line for name in heavy.times(NOUNS.values(), VERBS) for line in COMMANDS[name][:1]}
"""What is run by a process of its own, into which no other command has imported anything: one example of each noun, and
in the heavy part of each verb."""


def type_in(home: Path, *lines: str, **more: str) -> None:
    """Run commands that must succeed, in a home folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        for name, value in {"HOME": str(home), "CLIENTCTL_TODAY": TODAY, "CLIENTCTL_NOW": NOW, **more}.items():
            patch.setenv(name, value)
        for line in lines:
            program, *words = shlex.split(line)
            done = inprocess.run(*words)
            assert (program, done.status) == ("clientctl", 10 if "--exit-code" in line else 0), (line, done)


def put_files(home: Path) -> None:
    """Write the files that the examples use into a home folder."""
    shutil.copy(shell.EXAMPLES / "members.csv", home)
    for name in ("members-fr.csv", "members-fr.xlsx", "contacts-3.0.vcf"):
        samples.write(home, name, samples.people(2026, 40))
    for name in ("plan.pdf", "scan.jpg"):
        shutil.copy(home / "members.csv", home / name)
    Image.new("RGB", (9, 9)).save(home / "portrait.jpg")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home with the database that the examples use; each example gets a copy."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    shell.prepare(home)
    put_files(home)
    type_in(home, *PREPARED.splitlines())
    return home


@pytest.mark.parametrize("name", VERBS)
def test_the_help_of_every_verb_has_examples_of_it(name: str) -> None:
    assert COMMANDS[name]
    assert all(f"clientctl {name}" in line for line in COMMANDS[name])


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_runs(tmp_path: Path, prepared: Path, name: str, line: str) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    if name in BEFORE:
        type_in(home, *BEFORE[name].split("; "))
    more = {"CLIENTCTL_DB": "another.db"} if line == "clientctl db init" else {}
    if line not in ALONE and "|" not in line:
        type_in(home, line, **more)
        return
    done = shell.run(line, home, shell.environment(home, **more))
    assert done.returncode == (10 if "--exit-code" in line else 0), done.stderr


@pytest.mark.parametrize("name", [*COMMANDS, *(f"{noun} ls" for noun in ("client", "label", "plan"))])
def test_help_is_there_for_every_command(name: str) -> None:
    done = inprocess.run(*name.split(), "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"Usage: clientctl {name}".replace(" ls", " list").rstrip())


@pytest.mark.parametrize("name", ["", "client", "client list"])
def test_help_can_be_asked_for_in_one_letter(name: str) -> None:
    assert inprocess.run(*name.split(), "-h") == inprocess.run(*name.split(), "--help")
