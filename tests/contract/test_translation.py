"""All that people read can be translated.

In the language ``xx``, which is made of the texts that `catalogs` finds in the source, each text is ⟦àççéñtéd⟧. A word
that comes out as it stands in the code was not looked up, or not found.
"""

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import catalogs
import corpus
import inprocess
import looking
import pytest
import shell
from catalogs import calls, constant, name_of
from contract import test_help_examples as examples

from clientctl import errors
from clientctl.base import words
from clientctl.cli.framework import app
from clientctl.cli.framework.click import ClickCommand, Context
from clientctl.cli.framework.commands import list_examples
from clientctl.domain.practice import settings

WIDTH = 300
"""Of the terminal: nothing is folded, no column is left out."""

COMMANDS: dict[str, ClickCommand] = {"": app.Root()}
for noun in app.Root().names:
    COMMANDS[noun] = group = app.Root().build(noun)
    COMMANDS.update({f"{noun} {verb}": group.build(verb) for verb in getattr(group, "names", ())})  # type: ignore[attr-defined] - a noun has verbs

UNLISTED = {"mandate request", "completion bash", "completion zsh", "completion fish"}
"""What shows a letter, in the language of the client, or a script."""

DATA = {"import csv", "import xlsx", "import vcard", "db info", "client merge", "field edit"}
"""What shows names in files, of tables and of fields; notes on rows are in machine output too, and stay in English."""

NOT_TRANSLATED = {"clientctl", "usage", "today", "text", "Home", *["table", "tsv", "csv", "json", "jsonl", "xlsx"]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("locale")
    catalogs.pseudo_language(made)
    return made


@pytest.fixture
def pseudo(folder: Path) -> Iterator[None]:
    words.use("xx", folder)
    yield
    words.use("en")


def plain_words(text: str) -> set[str]:
    """Return the words of a text that would be accented if it had been looked up; commands are none."""
    text = re.sub(
        r"`[^`]*`|(?<!\w)'[^']*'(?!\w)|--?[a-z][\w-]*|\b[A-Z_]{2,}\b|\b[\w.+-]+@[\w.-]+|\S*[\\/]\S*|#\w+", " ", text
    )
    return {word for word in re.findall(r"[^\W\d_]{3,}", text) if word.isascii() and re.search("[aeiouAEIOUcn]", word)}


def names() -> Iterator[str]:
    """Yield what is typed and never translated: commands, values in a metavar, settings, keys of columns."""
    yield from (*COMMANDS, *settings.SETTINGS, *catalogs.keys())
    for command in COMMANDS.values():
        yield from (each.metavar or "" for each in command.params)
        yield from (str(getattr(each, "default", "")) for each in command.params)


KNOWN = {part for name in names() for part in re.split(r"[^a-zA-Z]", name)} | NOT_TRANSLATED


@pytest.mark.usefixtures("pseudo")
def test_all_help_is_translated() -> None:
    assert len(COMMANDS) > 150
    left = {}
    for name, command in COMMANDS.items():
        told, heading, _ = run([*name.split(), "--help"]).out.partition(f"\n{catalogs.accent('Examples')}:\n")
        assert heading or not list_examples(command)
        if found := plain_words(" ".join(told.split())) - KNOWN:
            left[name] = found
    print(*(f"LEFT {a}: {b}" for a, b in left.items()), sep=chr(10))
    assert left == {}


def run(arguments: list[str]) -> inprocess.Result:
    """Run a command on a wide terminal."""
    return inprocess.run_at_width(*arguments, width=WIDTH)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("translated") / "home"
    shell.prepare(made)
    examples.put_files(made)
    examples.type_in(made, *examples.PREPARED.splitlines())
    return made


def lines() -> list[list[str]]:
    """List the first example of each verb, changes as dry runs, and what is wrong in many ways."""
    found = []
    for name, command in COMMANDS.items():
        for line in list_examples(command)[:1]:
            if name not in {"", *UNLISTED} and not isinstance(command, app.Group) and not {"|", ">", "<"} & {*line}:
                options = {
                    option
                    for each in command.get_params(Context(command, help_option_names=["-h", "--help"]))
                    for option in each.opts
                }
                found.append([*shlex.split(line)[1:], *(["--dry-run"] if "--dry-run" in options else [])])
    return found + [shlex.split(line)[1:] for line in corpus.WRONG.splitlines()]


@pytest.mark.usefixtures("pseudo")
def test_what_commands_say_is_translated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setenv("HOME", str(home))
    data = plain_words(inprocess._run(["export", "json", "-"], b"").out + examples.PREPARED)
    left, glued = {}, []
    for line in lines():
        done = run(line)
        typed = plain_words(" ".join(re.split("[= ]", " ".join(line))))
        found = plain_words("\n".join([done.out, *messages(done)])) - KNOWN - data - typed
        if found and " ".join(line[:2]) not in DATA:
            machine = inprocess._run([*line, "--format", "tsv"], b"").out  # what stands in cells is data
            found -= plain_words(machine.replace("\t", " "))
        if found and " ".join(line[:2]) not in DATA:
            left[" ".join(line)] = found
        glued += [each for each in messages(done) if between(each) - SEPARATORS]
    assert (left, glued) == ({}, [])


@pytest.mark.usefixtures("pseudo")
def test_what_is_stored_is_not_translated(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is read in every language, and by scripts: what commands write themselves stays in English."""
    there = Path(shutil.copytree(home, tmp_path / "home"))
    monkeypatch.chdir(there)
    monkeypatch.setenv("HOME", str(there))
    changes = [[word for word in line if word != "--dry-run"] for line in lines()]
    assert run(["package", "sell", "--client", "12", "--plan", "Ten classes", "--paid", "cash"]).status == 0
    refunded = inprocess.run("payment", "list", "--client", "12", "--quiet").lines[-1]
    assert run(["payment", "refund", refunded, "--yes"]).status == 0
    done = [run(line).status for line in changes]
    assert done.count(0) > len(changes) / 2
    (book,) = there.rglob("clients.db")
    stored = [str(row) for rows in looking.dump_file(book).values() for row in rows]
    assert len(stored) > 100
    assert [row for row in stored if "⟦" in row] == []


SEPARATORS = {"; ", ", ", ": ", ". ", " "}
"""What may stand between two texts on a line: all else would be a sentence in pieces."""


def messages(done: inprocess.Result) -> list[str]:
    """Return the lines of a command on standard error, and those of its error."""
    return [*done.err.splitlines(), *([done.error.message, *done.error.details] if done.error else [])]


def between(line: str) -> set[str]:
    """Return what stands between the texts of a line; a text may be in the hole of another."""
    found, depth, end = set(), 0, None
    for at, letter in enumerate(line):
        if letter == "⟦":
            if depth == 0 and end is not None:
                found.add(line[end:at])
            depth += 1
        elif letter == "⟧":
            depth -= 1
            end = at + 1
    return found


def test_what_stands_between_texts_is_found() -> None:
    assert between("C-7: ⟦a ⟦b⟧ x ⟦c⟧⟧") == set()
    assert between("⟦a ⟦b⟧ c⟧; ⟦d⟧ and ⟦e⟧ f") == {"; ", " and "}


ERRORS = {each.__name__ for each in (errors.ClientctlError, *errors.ClientctlError.__subclasses__())}
SPOKEN = {**dict.fromkeys([*ERRORS, "BadParameter", "note", "notify"], 0), "confirm": 1}
"""The functions that are given a sentence, and the place of it."""


def sentences(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what is said in a file, and what a name that is said was bound to."""
    for function in tree.body:
        bound: dict[str, list[ast.expr]] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                bound.setdefault(name_of(node.targets[0]), []).append(node.value)
        for call in calls(function, *SPOKEN):
            said = call.args[SPOKEN[name_of(call.func)] :][: 1 + (name_of(call.func) == "confirm")]
            yield from said
            yield from (each for one in said if isinstance(one, ast.Name) for each in bound.get(one.id, ()))


def is_untranslated(node: ast.expr) -> bool:
    """Return whether a sentence is put together from English words without being looked up."""
    if isinstance(node, ast.IfExp):
        return is_untranslated(node.body) or is_untranslated(node.orelse)
    if isinstance(node, ast.BinOp):
        return is_untranslated(node.left) or is_untranslated(node.right)
    if isinstance(node, ast.Call):
        return name_of(node.func) == "format" and isinstance(node.func, ast.Attribute)
    texts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(re.search("[A-Za-z]{2}", constant(each)) for each in texts)


def test_every_sentence_is_looked_up() -> None:
    files = [(path, catalogs.parse(path)) for path in sorted(catalogs.SOURCE.rglob("*.py"))]
    assert [
        f"{path.relative_to(catalogs.SOURCE)}:{node.lineno}: {ast.unparse(node)}"
        for path, tree in files
        for node in sentences(tree)
        if is_untranslated(node)
    ] == []


DRAWN = {"output/tables.py", "output/card.py", "cli/framework/app.py", "cli/framework/commands.py"}
DRAWN |= {"exchange/tables/xlsx_writer.py", "exchange/tables/xlsx_charts.py", "cli/program/start.py"}
DRAWN.add("cli/clients/client_change.py")
"""The files that show titles and help, and look them up by what they hold; so is done with all statuses."""


def test_a_text_to_look_up_is_written_out_and_its_holes_are_named() -> None:
    wrong, found = [], 0
    for path in sorted(catalogs.SOURCE.rglob("*.py")):
        place = str(path.relative_to(catalogs.SOURCE))
        for call in calls(catalogs.parse(path), "say", "count"):
            if not isinstance(call.func, ast.Name) or (call.func.id == "count" and len(call.args) != 3):
                continue
            found += 1
            given = call.args[1:] if call.func.id == "count" else call.args[:1]
            given_names = {each.arg for each in call.keywords} | ({"n"} if call.func.id == "count" else set())
            for text in given:
                holes = set(re.findall(r"\{(\w+)\}", constant(text)))
                if (
                    constant(text)
                    and None not in given_names
                    and call.keywords
                    and holes | {"n"} != given_names | {"n"}
                ):
                    wrong.append(f"{place}:{call.lineno}: {constant(text)}: {given_names}")
                is_status = len(call.args) == 2 and constant(call.args[1]) == "status"
                if not (constant(text) or name_of(text).isupper() or is_status or place in DRAWN):
                    wrong.append(f"{place}:{call.lineno}: {ast.unparse(text)}")
    assert found > 1000
    assert wrong == []


def test_translators_get_a_template(tmp_path: Path) -> None:
    assert catalogs.write_template(tmp_path / "clientctl.pot") > 2000
    template = (tmp_path / "clientctl.pot").read_text(encoding="utf-8")
    assert 'msgid "{n} row"\nmsgid_plural "{n} rows"\n' in template
    assert 'msgctxt "status"\nmsgid "paid"\n' in template
