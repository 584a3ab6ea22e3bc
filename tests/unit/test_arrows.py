"""Imports point one way, and the pure core has no clock, no dice, no network, no file, no log.

The table is that of docs and conventions: `schemas` <- `streams` <- `agents`, the edges know
`schemas` alone, and only the command line knows everything. All imports are read, those within
functions too.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]

ARROWS: Final[Mapping[str, frozenset[str]]] = {
    # package: the packages of the project that it may import
    "schemas": frozenset(),
    "streams": frozenset({"schemas"}),
    "agents": frozenset({"streams", "schemas"}),
    "adapters": frozenset({"schemas"}),
    "console": frozenset({"schemas", "streams"}),
    "policies": frozenset(),
    "infra": frozenset(),
}
LIBRARIES: Final[Mapping[str, frozenset[str]]] = {
    # package: the libraries that it may import, beside the standard one
    "schemas": frozenset({"msgspec"}),
    "streams": frozenset({"msgspec", "yaml", "re2", "ahocorasick_rs", "xxhash", "numpy"}),
    "agents": frozenset({"faust", "mode", "aiokafka", "redis", "prometheus_client", "msgspec"}),
    "adapters": frozenset({"msgspec", "aiohttp", "aiokafka", "redis"}),
}
PROJECT: Final = frozenset({*ARROWS, "banzhang", "tests", "bench", "quality"})

PURE: Final = ("schemas", "streams")
WORLD: Final = frozenset(
    [
        "time",
        "random",
        "secrets",
        "uuid",
        "socket",
        "ssl",
        "http",
        "urllib",
        "requests",
        "asyncio",
        "threading",
        "multiprocessing",
        "subprocess",
        "signal",
        "os",
        "io",
        "pathlib",
        "shutil",
        "tempfile",
        "glob",
        "fileinput",
        "logging",
        "warnings",
        "sys",
        "importlib",
        "argparse",
    ]
)
"""Modules by which a decision could come to depend on anything but the log."""
ACTS: Final = frozenset({"open", "print", "input", "now", "utcnow", "today", "exec", "eval"})
"""Calls that do the same, by a name or as a method: `datetime.now`, `date.today`."""

DATA: Final = {
    "streams/text/lexicon/__init__.py": {"importlib"},
    "streams/text/model/__init__.py": {"importlib"},
    "streams/simulate/texts/__init__.py": {"importlib"},
}
"""Where the package's own data (word lists, sample texts) are read, as a part of the code."""
GENERATOR: Final = "schemas/documents.py"
"""Writes docs/schema when run by a person; imported by nothing that runs."""


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@cache
def tree(path: Path) -> ast.AST:
    return ast.parse(path.read_bytes(), filename=str(path))


def imported(path: Path, root: Path = ROOT) -> Iterator[tuple[int, str]]:
    """Line and full name of each module that is imported, wherever in the file."""
    package = path.relative_to(root).parent.parts
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            head = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            yield node.lineno, ".".join(filter(None, (head, node.module)))
        elif isinstance(node, ast.Call) and called(node) in ("__import__", "import_module"):
            yield node.lineno, "importlib"


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def wrong_arrows(path: Path, root: Path = ROOT) -> list[str]:
    where = path.relative_to(root)
    name = where.parts[0]
    libraries = LIBRARIES.get(name)
    wrong = []
    for line, module in imported(path, root):
        top = module.split(".", maxsplit=1)[0]
        if top in PROJECT:
            right = top == name or top in ARROWS[name]
        else:
            right = top in sys.stdlib_module_names or libraries is None or top in libraries
        if not right:
            wrong.append(f"{where}:{line} imports {module}")
    return wrong


def worldly(path: Path, root: Path = ROOT) -> list[str]:
    where = path.relative_to(root).as_posix()
    allowed = DATA.get(where, set())
    found = [
        f"{where}:{line} imports {module}"
        for line, module in imported(path, root)
        if (top := module.split(".", maxsplit=1)[0]) in WORLD and top not in allowed
    ]
    return found + [
        f"{where}:{node.lineno} calls {called(node)}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called(node) in ACTS
    ]


@pytest.mark.parametrize("package", sorted(ARROWS))
def test_imports_point_the_right_way(package: str) -> None:
    assert [fault for path in modules(package) for fault in wrong_arrows(path)] == []


@pytest.mark.parametrize("package", PURE)
def test_the_pure_core_touches_nothing_of_the_world(package: str) -> None:
    paths = [path for path in modules(package) if path != ROOT / GENERATOR]

    assert [fault for path in paths for fault in worldly(path)] == []


def test_nothing_that_runs_imports_the_generator() -> None:
    importers = [
        path
        for package in (*ARROWS, "banzhang")
        for path in modules(package)
        for _, module in imported(path)
        if module == "schemas.documents"
    ]

    assert importers == []


def test_every_package_has_its_arrows() -> None:
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert there <= PROJECT


@pytest.mark.parametrize(
    ("where", "code", "faults"),
    [
        ("schemas/x.py", "from streams.state import Member", 1),
        ("streams/x.py", "def f():\n    import agents.keeper", 1),
        ("streams/rules/x.py", "from .. import judge", 0),
        ("streams/x.py", "import aiokafka", 1),
        ("adapters/x.py", "from streams import judge", 1),
        ("agents/x.py", "from streams import judge\nimport faust", 0),
        ("schemas/x.py", "from msgspec import Struct\nimport json", 0),
    ],
)
def test_a_wrong_arrow_is_seen(where: str, code: str, faults: int, tmp_path: Path) -> None:
    assert len(wrong_arrows(planted(where, code, tmp_path), tmp_path)) == faults


@pytest.mark.parametrize(
    ("code", "faults"),
    [
        ("import time", 1),
        ("from random import random", 1),
        ("def f():\n    import logging", 1),
        ("x = open('f')", 1),
        ("from datetime import datetime\nx = datetime.now()", 1),
        ("x = __import__('socket')", 1),
        ("from datetime import datetime\nx = datetime.fromtimestamp(1)", 0),
    ],
)
def test_what_is_of_the_world_is_seen(code: str, faults: int, tmp_path: Path) -> None:
    assert len(worldly(planted("streams/x.py", code, tmp_path), tmp_path)) == faults


def planted(where: str, code: str, root: Path) -> Path:
    path = root / where
    path.parent.mkdir(parents=True)
    path.write_text(code)
    return path
