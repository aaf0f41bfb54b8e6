"""Collect all texts that people read, and write them as a template for translators.

    python tests/support/catalogs.py clientctl.pot

A template is written when it is needed and not kept: every new wording would change it. A translation of it, compiled
with ``pybabel compile``, belongs in ``src/clientctl/locale/fr/LC_MESSAGES/clientctl.mo``.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import write_po

import clientctl
from clientctl.cli.framework import app
from clientctl.cli.framework.click import Context
from clientctl.cli.framework.commands import Command, paragraphs_of

SOURCE = Path(clientctl.__file__).parent
_TITLED = {"field": 1, "computed_field": 1, "Column": 1, "Part": 1, "Card": 0, "OnCard": 3}
"""The functions that are given a title, and the place of it."""
_STATUSES = {"STATES", "STATUSES", "State", "_STATUS"}
"""The constants that hold words of columns of the kind ``status``: a dictionary in its keys."""


class Text(NamedTuple):
    """A text in the source: in English, its plural if it has one, its context, and the place it was found."""

    one: str
    many: str = ""
    context: str = ""
    place: str = ""


def constant(node: ast.AST | None) -> str:
    """Return the text of a constant; nothing for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def calls(tree: ast.AST, *names: str) -> Iterator[ast.Call]:
    """Yield the calls of functions, by their names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in names:
            yield node


def name_of(node: ast.AST) -> str:
    """Return the last part of a name: ``say`` of ``words.say``, and of a subscript that of what it is of."""
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


@cache
def parse(path: Path) -> ast.Module:
    """Parse a file of the source."""
    return ast.parse(path.read_text(encoding="utf-8"))


def _constants(trees: Iterable[ast.Module]) -> dict[str, list[str]]:
    """Return all texts in the constants of modules, by the names of the constants."""
    found: dict[str, list[str]] = {}
    for node in (each for tree in trees for each in tree.body if isinstance(each, ast.Assign | ast.AnnAssign)):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if node.value and name_of(target).isupper():
            texts = filter(None, map(constant, ast.walk(node.value)))
            found.setdefault(name_of(target), []).extend(texts)
    return found


def in_code() -> Iterator[Text]:
    """Yield the texts that stand in the code: messages, titles and statuses."""
    trees = {path: parse(path) for path in sorted(SOURCE.rglob("*.py"))}
    constants = _constants(trees.values())
    own = {path: _constants([tree]) for path, tree in trees.items()}
    for path, tree in trees.items():
        for call in calls(tree, "say", "count", *_TITLED):
            name, place = name_of(call.func), f"{path.relative_to(SOURCE)}:{call.lineno}"
            texts = [constant(argument) for argument in call.args]
            if name == "count" and len(texts) == 3 and texts[1]:  # and not another function of that name
                yield Text(texts[1], texts[2], place=place)
            elif name in _TITLED:
                at = _TITLED[name]
                yield Text(texts[at] if len(texts) > at else "", place=place)
                yield from (Text(constant(each.value), place=place) for each in call.keywords if each.arg == "title")
            elif name == "say" and texts[0]:
                yield Text(texts[0], context=texts[1] if len(texts) > 1 else "", place=place)
            elif name == "say":
                context, name = texts[1] if len(texts) > 1 else "", name_of(call.args[0])
                of_name = own[path].get(name) or constants.get(name, ())
                yield from (Text(each, context=context, place=place) for each in of_name)
        for value in (value for node in ast.walk(tree) if isinstance(node, ast.Dict) for value in node.values):
            if isinstance(value, ast.Tuple) and len(value.elts) == 2 and constant(value.elts[0]):  # a section of a card
                yield Text(constant(value.elts[0]), place=f"{path.relative_to(SOURCE)}:{value.lineno}")
    assigned = [node for tree in trees.values() for node in tree.body if isinstance(node, ast.Assign)]
    for words in (node.value for node in assigned if name_of(node.targets[0]) in _STATUSES):
        each_word = words.keys if isinstance(words, ast.Dict) else ast.walk(words)
        yield from (Text(constant(each), context="status") for each in each_word)


def keys() -> set[str]:
    """Return the keys of all columns, which are the same in every language."""
    trees = map(parse, SOURCE.rglob("*.py"))
    return {constant(call.args[0]) for tree in trees for call in calls(tree, *_TITLED) if call.args}


def in_help() -> Iterator[Text]:
    """Yield the texts of the help of all commands."""
    root = app.Root()
    context = Context(root, help_option_names=["-h", "--help"])  # a command keeps the option it makes of them
    for heading, helps in app.SECTIONS.items():
        yield Text(heading)
        yield from map(Text, helps.values())
    commands = [root, *(root.build(name) for name in root.names)]
    commands += [each.build(verb) for each in commands[1:] if isinstance(each, app.Group) for verb in each.names]
    for command in commands:
        yield from map(Text, paragraphs_of(command.help))
        if isinstance(command, app.Group):
            yield from map(Text, command.helps.values())
        if isinstance(command, Command):
            yield Text(command.heading)
        for parameter in command.get_params(context):
            yield Text(getattr(parameter, "help", None) or "")
    yield from map(Text, ("Arguments", "Options", "Filters", "Common options", "required", "yes", "no"))
    yield from (Text(each, context="status") for each in ("lead", "client", "none"))


def texts() -> list[Text]:
    """List every text once."""
    found: dict[tuple[str, str], Text] = {}
    for text in (*in_code(), *in_help()):
        if re.search("[A-Za-z]", text.one):
            found.setdefault((text.one, text.context), text)
    return list(found.values())


def accent(text: str) -> str:
    """Return a text as ⟦àççéñtéd⟧, with holes, commands and options as they are."""
    kept = re.compile(r"(\{\w*\}|`[^`]*`|(?<!\w)'[^']*'(?!\w)|--?[a-z][\w-]*|\b[A-Z_]{2,}\b|#\w+)")
    pieces = kept.split(text)
    pieces[::2] = [piece.translate(str.maketrans("aeiouAEIOUcn", "àéîöüÀÉÎÖÜçñ")) for piece in pieces[::2]]
    return f"⟦{''.join(pieces)}⟧"


def pseudo_language(folder: Path) -> None:
    """Write the catalog of the language ``xx``, in which every text is accented, below a folder."""
    catalog = Catalog(project="clientctl")
    for text in texts():
        context = text.context or None
        if text.many:
            catalog.add((text.one, text.many), (accent(text.one), accent(text.many)), context=context)
        else:
            catalog.add(text.one, accent(text.one), context=context)
    file = folder / "xx" / "LC_MESSAGES" / "clientctl.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as opened:
        write_mo(opened, catalog)


def write_template(path: Path) -> int:
    """Write a template for translators; return the number of its texts."""
    catalog = Catalog(project="clientctl")
    for text in texts():
        file, _, line = text.place.partition(":")
        places = [(file, int(line))] if line else []
        catalog.add((text.one, text.many) if text.many else text.one, locations=places, context=text.context or None)
    with path.open("wb") as opened:
        write_po(opened, catalog)
    return len(catalog)


if __name__ == "__main__":
    print(write_template(Path(sys.argv[1])))
