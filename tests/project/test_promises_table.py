"""``tests/promises.csv`` lists each promise with its tests, most of which use the program as users do.

A promise is a sentence of the contract, a row of the mission or a command of the documents. A door is the command line,
Python as the documents import it, files, pages, or the window. A row may also say why only the ``inside`` is tested, or
why a promise is ``unkept``.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.tables import rows_of

ROOT = Path(__file__).parents[2]
ROWS = rows_of(ROOT / "tests" / "promises.csv")
DOORS = {"command", "python", "files", "pages", "window"}
LEAST = 0.9
ENTRY = re.compile(
    r"stance$|stance\.(cli|api)\b|tests\.support\.(commands|\w+_pages|browsing|servers)\b|stance\.app\.window\b"
)
"""Pattern of modules by which a test enters: commands, Python, pages and the window."""

DOCUMENTS = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
TEXT = "\n".join(path.read_text(encoding="utf-8") for path in DOCUMENTS)
IMPORTED = re.findall(r"^from (stance\.[\w.]+) import (.+)$", TEXT, re.M)
DOCUMENTED = {f"{module}.{name}" for module, names in IMPORTED for name in names.split(", ") if name.islower()}
"""Words: functions that the documents import."""


@cache
def module_of(path: str) -> tuple[dict[str, ast.AST], dict[str, str]]:
    """Return what a file defines by its names, and the origins of what it imports."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    made: dict[str, ast.AST] = {
        node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    made |= {each.id: node for node in assigned for each in node.targets if isinstance(each, ast.Name)}
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    origins = {each.asname or each.name: f"{node.module}.{each.name}" for node in imports for each in node.names}
    plain = [each.name for node in tree.body if isinstance(node, ast.Import) for each in node.names]
    return made, dict(zip(plain, plain, strict=True)) | origins


def origins_of(path: str, name: str, seen: set[str]) -> Iterator[str]:
    """Yield what a test uses of other modules, itself or by helpers and fixtures."""
    made, origins = module_of(path)
    if name in origins:
        yield origins[name]
        module = f"{origins[name].rpartition('.')[0].replace('.', '/')}.py"
        if module.startswith("tests/") and (ROOT / module).is_file() and f"{module}::{name}" not in seen:
            yield from origins_of(module, origins[name].rpartition(".")[2], seen)
    path = path if name in made or path.endswith("conftest.py") else "tests/conftest.py"
    if f"{path}::{name}" in seen or name not in module_of(path)[0]:
        return
    seen.add(f"{path}::{name}")
    for node in ast.walk(module_of(path)[0][name]):
        if isinstance(node, ast.Constant) and "stance.__main__" in str(node.value):
            yield "stance.cli"
        if isinstance(node, ast.Name | ast.arg):
            yield from origins_of(path, node.id if isinstance(node, ast.Name) else node.arg, seen)


def is_at_a_door(test: str) -> bool:
    path, _, name = test.partition("::")
    origins = {*origins_of(path, name, set())}
    return bool(origins & DOCUMENTED) or any(ENTRY.match(origin) for origin in origins)


def test_each_row_names_tests_and_a_door_or_a_reason() -> None:
    wrong = [row for row in ROWS if row["door"] not in DOORS and not re.match("(inside|unkept): .+", row["door"])]
    assert wrong == []
    untested = {row["promise"] for row in ROWS if not row["tests"]}
    assert untested == {row["promise"] for row in ROWS if row["door"].startswith("unkept")}
    named = {test.partition("::")[::2] for row in ROWS for test in row["tests"].split()}
    assert [(path, name) for path, name in named if name not in module_of(path)[0]] == []


def test_most_promises_are_held_at_a_door() -> None:
    held = [row["door"] in DOORS and any(map(is_at_a_door, row["tests"].split())) for row in ROWS]
    missing = [row["promise"] for row, is_held in zip(ROWS, held, strict=True) if not is_held]
    assert sum(held) / len(ROWS) >= LEAST, missing


def test_each_command_of_the_documents_and_row_of_the_mission_is_listed() -> None:
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", TEXT, re.S)).replace("\\\n", "")
    parts = re.findall(r"(?:^|&& )((?:env/bin/)?(?:stance|make|uvx) .*?)(?=\s*(?:&&|#|$))", blocks, re.M)
    listed = {row["promise"] for row in ROWS}
    assert {" ".join(part.split()) for part in parts} - listed == set()
    tests = {name for name in module_of("tests/test_mission.py")[0] if name.startswith("test_")}
    named = {test.partition("::")[2] for row in ROWS for test in row["tests"].split() if "test_mission" in test}
    assert tests - named == set()
