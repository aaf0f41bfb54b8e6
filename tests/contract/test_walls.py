"""Who may import whom. Every module is parsed and none is run, so a wall stands also where no test goes."""

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "clientctl"

# `base` knows nothing of clients, and `errors` is what everybody raises: what is below is seen from above.
ARROWS = {
    "__init__": set(),
    "errors": set(),
    "base": {"errors"},
    "store": {"base", "errors"},
    "domain": {"store", "base", "errors"},
    "exchange": {"base", "errors"},
    "post": {"store", "base", "errors"},
    "output": {"base", "errors"},
    "cli": {"output", "exchange", "post", "domain", "base", "errors", "__init__"},
    "__main__": {"cli", "output", "base", "errors"},
}

HANDED = {("clientctl.store", "Reader"), ("clientctl.store", "Writer"), ("clientctl.store.erase", "Erased")}
"""All that `cli` names of the store: the domain hands it to a command, which passes it on."""

DOORS = {"clientctl.store", "clientctl.domain.session.drafts", "clientctl.cli.framework.click"}
"""The modules that offer what they import from elsewhere, and are there for that."""

EXTERNAL = {
    "icalendar": {"exchange"},
    "openpyxl": {"exchange"},
    "PIL": {"exchange"},
    "rich": {"output"},
    "typer": {"cli"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
}

DOMAIN = [
    "shared",
    "practice",
    "clients",
    "offers",
    "money",
    "memberships",
    "journal",
    "session",
    "imports",
    "overview",
    "transfer",
    "client_file",
]
"""The rooms of the domain: each imports only from itself and from those above it."""


class Import(NamedTuple):
    """One name that a module imports: the module it is in, and the name (empty for a module)."""

    module: str
    name: str
    at_start: bool

    @property
    def room(self) -> str:
        """The room of ours it is in; empty for others' modules."""
        package, _, rest = self.module.partition(".")
        return (rest.partition(".")[0] or "__init__") if package == "clientctl" else ""


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in sorted(SOURCE.rglob("*.py"))}


def room_of(module: str) -> str:
    return Import(module, "", at_start=True).room


def imports_of(path: Path) -> list[Import]:
    """List what a module imports, at its start or in a function; for types alone, too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        at_start = node in tree.body
        if isinstance(node, ast.Import):
            found += [Import(alias.name, "", at_start) for alias in node.names]
        else:
            assert node.level == 0, f"{path}: a relative import hides the room it goes to"
            module = node.module or ""
            for alias in node.names:
                whole = f"{module}.{alias.name}"
                found.append(Import(whole, "", at_start) if whole in MODULES else Import(module, alias.name, at_start))
    return found


def offered_by(path: Path) -> set[str]:
    """Return the names that a module says are for others, in ``__all__``."""
    return {
        name
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.literal_eval(node.value)
    }


IMPORTS = {module: imports_of(path) for module, path in MODULES.items()}


def test_the_walls_are_about_this_program() -> None:
    assert {room_of(module) for module in MODULES} >= {"base", "store", "domain", "exchange", "output", "cli", "errors"}


def test_a_room_is_entered_only_from_those_that_may() -> None:
    assert [
        f"{module} imports {each.module}:{each.name}"
        for module, imports in IMPORTS.items()
        for each in imports
        if each.room not in {"", room_of(module), *ARROWS[room_of(module)]}
        and not (room_of(module) == "cli" and (each.module, each.name) in HANDED)
    ] == []


def test_no_name_goes_round_a_wall() -> None:
    """What a module imports it does not offer to others; mypy refuses it where ``__all__`` doesn't say so."""
    assert {
        module
        for module, path in MODULES.items()
        if offered_by(path) & {each.name or each.module.rpartition(".")[2] for each in IMPORTS[module]}
    } == DOORS


def test_a_library_is_known_to_its_room_alone() -> None:
    assert [
        f"{module} imports {each.module}"
        for module, imports in IMPORTS.items()
        for each in imports
        if room_of(module) not in EXTERNAL.get(each.module.partition(".")[0], {room_of(module)})
    ] == []


def test_the_private_parts_of_typer_are_behind_one_file() -> None:
    knows = {
        module
        for module in MODULES
        if any(
            each.module.startswith("typer.") or (each.module == "typer" and each.name[:1] == "_")
            for each in IMPORTS[module]
        )
    }
    assert knows == {"clientctl.cli.framework.click"}


def test_cli_starts_with_typer_and_nothing_else_of_others() -> None:
    """Not even through our own: see test_startup for what is loaded in the end."""
    assert [
        f"{module} imports {each.module}"
        for module, imports in IMPORTS.items()
        for each in imports
        if room_of(module) in {"cli", "__main__"}
        and each.at_start
        and each.module.partition(".")[0] not in {*sys.stdlib_module_names, "typer", "clientctl"}
    ] == []


def test_no_module_imports_itself_by_a_detour() -> None:
    graph = {
        module: {each.module for each in imports if each.module in MODULES and each.module != module}
        for module, imports in IMPORTS.items()
    }
    assert len(list(TopologicalSorter(graph).static_order())) == len(MODULES)


def test_every_room_of_the_domain_has_its_place() -> None:
    assert {path.name for path in (SOURCE / "domain").iterdir() if path.is_dir()} - {"__pycache__"} == set(DOMAIN)
    assert {path.name for path in (SOURCE / "domain").glob("*.py")} == {"__init__.py"}


def test_the_domain_imports_upwards_only() -> None:
    assert [
        f"{module} imports {each.module}"
        for module in MODULES
        if module.startswith("clientctl.domain.")
        for each in IMPORTS[module]
        if each.room == "domain" and DOMAIN.index(each.module.split(".")[2]) > DOMAIN.index(module.split(".")[2])
    ] == []


def test_no_file_is_called_as_its_room() -> None:
    assert [module for module in MODULES if module.split(".")[-1] in module.split(".")[:-1]] == []


def test_what_is_typed_as_a_day_is_read_where_the_order_of_day_and_month_is_known() -> None:
    readers = {"parse_day", "parse_moment", "parse_range", "parse_start"}
    callers = {
        module
        for module, path in MODULES.items()
        if re.search(rf"\b(calendar|wall_time)\.({'|'.join(readers)})\b", path.read_text(encoding="utf-8"))
    }
    known = {"clientctl.base.wall_time", "clientctl.domain.practice.typed_days", "clientctl.domain.session.opened"}
    assert callers == known


def test_the_page_for_engineers_lists_the_rooms_of_the_domain_in_this_order() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `domain/(\w+)/` \|", page, re.MULTILINE) == DOMAIN


def test_nothing_names_a_path_of_the_machine_it_was_written_on() -> None:
    foreign = [("/" + name).encode() for name in ("work/", "tmp/v")]
    places = [*ROOT.glob("*.md"), ROOT / "pyproject.toml"]
    places += [
        path for folder in ("src", "tests", "examples", "docs", ".ci", ".github") for path in (ROOT / folder).rglob("*")
    ]
    files = [path for path in places if path.is_file() and path.suffix != ".pyc"]
    assert [path for path in files if any(name in path.read_bytes() for name in foreign)] == []
