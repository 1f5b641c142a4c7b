"""Data flows down: a package imports only from packages above it, and nothing goes in circles."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
ORDER = (
    "errors",
    "names",
    "files",
    "geometry",
    "layers",
    "notation",
    "data",
    "models",
    "training",
    "network",
    "insight",
    "export",
    "studio",
    "recipes",
    "cli",
    "__main__",
)


@dataclass(frozen=True)
class Import:
    """That a module imports another, and whether it does so when it is itself imported."""

    source: str
    target: str
    line: int
    at_once: bool


def module_names(root: Path) -> dict[str, Path]:
    """Every module below root/striate by its dotted name; a package is its __init__."""
    names = {}
    for path in sorted((root / "striate").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        names[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return names


def imports_of(name: str, path: Path, known: set[str]) -> Iterator[Import]:
    """The imports of striate modules in a file, leaving out those for type checking alone."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]

    def walk(node: ast.AST, at_once: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for other in child.orelse:
                    yield from walk(other, at_once)
                continue
            targets: list[str] = []
            line = 0
            if isinstance(child, ast.Import):
                targets, line = [alias.name for alias in child.names], child.lineno
            elif isinstance(child, ast.ImportFrom):
                above = package.split(".")[: len(package.split(".")) - child.level + 1]
                module = ".".join(
                    [*above, child.module or ""] if child.level else [child.module or ""]
                )
                module, line = module.rstrip("."), child.lineno
                # `from package import name` imports the module of that name where there is one.
                targets = [
                    f"{module}.{alias.name}" if f"{module}.{alias.name}" in known else module
                    for alias in child.names
                ]
            for target in targets:
                if target in known:
                    yield Import(name, target, line, at_once)
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from walk(child, at_once and not inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), True)


def all_imports(root: Path) -> list[Import]:
    modules = module_names(root)
    return [
        found for name, path in modules.items() for found in imports_of(name, path, set(modules))
    ]


def upward(root: Path) -> list[str]:
    """The imports of a package further down the list, wherever in the file they stand."""

    def rank(module: str) -> int:
        return ORDER.index(module.split(".")[1])

    return [
        f"{found.source}, line {found.line}, imports {found.target}"
        for found in all_imports(root)
        # The package itself comes before all of them, and exposes them lazily.
        if "striate" not in (found.source, found.target) and rank(found.target) > rank(found.source)
    ]


def circle(root: Path) -> list[str]:
    """Modules that import one another in a circle when they are imported; empty when none do."""
    graph = TopologicalSorter({name: set[str]() for name in module_names(root)})
    for found in all_imports(root):
        if found.at_once:
            graph.add(found.source, found.target)
    try:
        graph.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_every_package_has_its_place() -> None:
    places = {name.split(".")[1] for name in module_names(SOURCE) if "." in name}
    assert places <= set(ORDER)
    assert {"errors", "geometry", "layers"} <= places


def test_no_package_imports_from_below() -> None:
    assert upward(SOURCE) == []


def test_no_modules_import_one_another_in_a_circle() -> None:
    assert circle(SOURCE) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small package of the same form."""
    for name, text in {
        "striate/__init__.py": "from importlib import import_module\n",
        "striate/errors.py": "",
        "striate/geometry/__init__.py": "from striate.geometry.axes import per_axis\n",
        "striate/geometry/axes.py": "import striate.errors\ndef per_axis(): ...\n",
        "striate/layers/__init__.py": "from striate import geometry\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_a_sound_house_passes(house: Path) -> None:
    assert upward(house) == []
    assert circle(house) == []
    assert Import("striate.layers", "striate.geometry", 1, True) in all_imports(house)


@pytest.mark.parametrize(
    "text",
    [
        "from striate.layers import Scale",
        "import striate.layers",
        "from striate import layers",
        "from .. import layers",
        "from ..layers import Scale",
        "def f():\n    from striate.layers import Scale",
        "try:\n    import striate.layers\nexcept ImportError:\n    pass",
    ],
)
def test_an_upward_import_is_found(house: Path, text: str) -> None:
    (house / "striate/geometry/axes.py").write_text(text)
    (problem,) = upward(house)
    assert problem.startswith("striate.geometry.axes, line ")


def test_an_import_for_type_checking_alone_is_none(house: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from striate import layers\n"
    (house / "striate/geometry/axes.py").write_text(text)
    assert upward(house) == []


@pytest.mark.parametrize("text", ["from striate.geometry import Cost", "from . import Cost"])
def test_a_circle_is_found(house: Path, text: str) -> None:
    (house / "striate/geometry/axes.py").write_text(text)
    assert set(circle(house)) == {"striate.geometry", "striate.geometry.axes"}
    (house / "striate/geometry/axes.py").write_text(f"def f():\n    {text}")
    assert circle(house) == []


def imported(code: str) -> set[str]:
    """The modules there are after the code has run in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("code", ["import striate", "import striate.errors", "import striate.cli"])
def test_the_first_import_is_cheap(code: str) -> None:
    assert not {"torch", "numpy", "sklearn", "scipy"} & imported(code)


def test_public_names_come_when_they_are_first_used() -> None:
    modules = imported("import striate; striate.geometry.conv_size((5,), 3)")
    assert "striate.geometry" in modules
    assert "torch" not in modules
