"""Most tests see the package as its users do: by the command line, Python, or one function or class of a stage.

Values that inputs and results are made of do not count, nor do the helpers in ``tests/support``, which serve a page or
read an input for many tests.
"""

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
VALUES = re.compile(
    r"stance\.(datamodels|exceptions|limits|log|resources|text_forms|options|cli|api|__main__)\b|stance$"
)
"""Pattern of values, and of what all users use."""

LEAST = 0.65


def entries(node: ast.AST, origins: dict[str, str], own: dict[str, ast.AST], seen: set[str]) -> set[str]:
    """Return what a part of a module uses of the package, itself or by helpers and fixtures of this module."""
    inside = list(ast.walk(node))
    names = {each.id for each in inside if isinstance(each, ast.Name)}
    names |= {each.arg for each in inside if isinstance(each, ast.arg)}
    texts = (each.value for each in inside if isinstance(each, ast.Constant) and isinstance(each.value, str))
    found = {text for text in texts if re.match(r"stance(\.\w+){2,}$", text)}  # what is replaced by its name
    found |= {origin for name, origin in origins.items() if name in names}
    for name in names & own.keys() - seen:
        found |= entries(own[name], origins, own, seen | names)
    return {each for each in found if not VALUES.match(each)}


def test_most_tests_use_one_entry() -> None:
    counts = list[int]()
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        found = {each.asname or each.name: f"{node.module}.{each.name}" for node in imports for each in node.names}
        origins = {name: origin for name, origin in found.items() if re.match(r"stance\b", origin)}
        own = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef | ast.ClassDef)}
        tests = [name for name in own if name.startswith("test_")]
        counts += [len(entries(own[test], origins, own, {test})) for test in tests]
    share = sum(count <= 1 for count in counts) / len(counts)
    assert share >= LEAST, f"{share:.1%} of {len(counts):,} tests"
