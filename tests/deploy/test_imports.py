"""Who may import whom, read from the source."""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.adapters import ADAPTERS

PROJECT = Path(__file__).parents[2]
# The rooms of deploy/, a folder or a file at its root each, floor by floor: a room imports those of floors below it.
FLOORS = (
    ("adapters", "errors", "frontends"),
    ("machine", "settings"),
    ("site",),
    ("cli", "supervisors"),
    ("bundle",),
    ("checks",),
    ("fleet", "rollout"),
    ("commands",),
    ("__main__",),
)
# And the half that ships: what all adapters share, then each by itself, then what starts one.
SHIPPED = (("options",), ("wsgi",), ("loop", "process"), tuple(ADAPTERS), ("__main__",))
FLOOR = {room: number for number, rooms in enumerate(FLOORS, 1) for room in rooms}
# And what is not for a room that it is above: the half that ships stands alone, and steps do not know who supervises.
APART = {
    "adapters": ("deploy", "yourapplication"),
    "frontends": ("deploy", "yourapplication"),
    "rollout/steps": ("deploy.adapters", "deploy.frontends", "deploy.supervisors.systemd"),
    "supervisors/circus": ("deploy.supervisors.systemd",),
    "supervisors/systemd": ("deploy.supervisors.circus",),
}


def imports(path: Path) -> set[str]:
    """The absolute names of all that a file imports."""
    package = list(path.relative_to(PROJECT).parent.parts)
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*start, *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def sources(folder: str) -> list[Path]:
    return sorted((PROJECT / folder).rglob("*.py"))


@functools.cache
def modules() -> dict[str, Path]:
    """Every module of deploy by its name; a package's is its folder's."""
    return {
        ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sources("deploy")
    }


def room(module: str) -> str:
    return module.split(".")[1]


@functools.cache
def arrows() -> set[tuple[str, str]]:
    """Which module of deploy imports which, of another room."""
    known = modules().keys() - {"deploy"}
    found = set()
    for module in known:
        for name in imports(modules()[module]):
            other = name if name in known else name.rpartition(".")[0]
            if other in known and room(other) != room(module):
                found.add((module, other))
    return found


def test_the_rooms_are_few_and_in_the_table():
    rooms = {room(module) for module in modules() if module != "deploy"}
    assert rooms == FLOOR.keys()
    assert len(rooms) <= 14
    assert len(FLOORS) <= 9


def test_three_files_stand_at_the_root():
    files = {path.name for path in (PROJECT / "deploy").iterdir() if path.is_file()}
    assert files == {"__init__.py", "__main__.py", "errors.py", "README.md"}


def test_no_file_is_longer_than_one_can_read():
    texts = {str(path.relative_to(PROJECT)): path.read_text(encoding="utf-8") for path in sources("deploy")}
    assert {name: lines for name, text in texts.items() if (lines := len(text.splitlines())) > 150} == {}


def test_every_arrow_leads_down():
    """So there is no circle either."""
    found = arrows()
    assert len(found) > 100
    assert [f"{one} imports {other}" for one, other in sorted(found) if FLOOR[room(one)] <= FLOOR[room(other)]] == []


def test_no_floor_is_without_need():
    """Each room stands as low as what it imports lets it."""
    below = {each: {room(other) for one, other in arrows() if room(one) == each} for each in FLOOR}
    assert {each: 1 + max((FLOOR[other] for other in found), default=0) for each, found in below.items()} == FLOOR


def test_every_arrow_in_the_half_that_ships_leads_down():
    """An adapter imports no other, either."""
    floor = {room: number for number, rooms in enumerate(SHIPPED) for room in rooms}
    inside = {name: path for name, path in modules().items() if name.startswith("deploy.adapters.")}
    found = {
        (name.split(".")[2], other.split(".")[2])
        for name, path in inside.items()
        for other in imports(path)
        if other in inside or other.rpartition(".")[0] in inside
    }
    assert {name.split(".")[2] for name in inside} == floor.keys()
    assert [(one, other) for one, other in sorted(found) if one != other and floor[one] <= floor[other]] == []


@pytest.mark.parametrize("folder", APART)
def test_a_folder_keeps_to_its_side(folder):
    own = f"deploy.{folder.replace('/', '.')}"
    broken = [
        f"{path.relative_to(PROJECT)} imports {name}"
        for path in sources(f"deploy/{folder}")
        for name in imports(path)
        if f"{name}.".startswith(tuple(f"{each}." for each in APART[folder])) and not f"{name}.".startswith(f"{own}.")
    ]
    assert sources(f"deploy/{folder}")
    assert broken == []


def test_the_application_knows_nothing_of_deploy():
    assert [
        path for path in sources("yourapplication") for name in imports(path) if f"{name}.".startswith("deploy.")
    ] == []


def test_listing_the_adapters_imports_no_library():
    """A missing library may only matter when its adapter serves: here nothing but the standard library is there."""
    program = "import sys, importlib; sys.path.insert(0, sys.argv[1])\n" + "\n".join(
        f"importlib.import_module({module!r}).requires" for module in ADAPTERS.values()
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", program, str(PROJECT)], check=True)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        pytest.param({"subprocess"}, {"run.py"}, id="commands-are-run-in-one-file"),
        pytest.param({"print"}, {"__main__.py"}, id="main-prints"),
        pytest.param({"environ", "getenv"}, {"__main__.py"}, id="main-reads-the-environment"),
        pytest.param({"exit"}, {"__main__.py"}, id="main-exits"),
    ],
)
def test_the_tool_half_keeps_effects_in_one_place(words, where):
    """In deploy/, but for the serving half, which is a program of its own."""
    broken = []
    for path in sources("deploy"):
        if "adapters" in path.parts or path.name in where:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in words
            used = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (
                (node.value.id == "os" and node.attr in words) or node.value.id in words
                or (node.value.id == "sys" and node.attr in words))  # fmt: skip
            if called or used:
                broken.append(f"{path.relative_to(PROJECT)}:{node.lineno}")
    assert broken == []
