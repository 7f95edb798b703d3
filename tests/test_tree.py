"""The tree reads as the data flows: what imports what."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STAGES = ("reading", "parsing", "targets", "language", "scoring", "aggregation", "comparison", "reporting", "labels")
ABOVE = ("stance.documents", "stance.pipeline", "stance.api", "stance.cli", "stance.engines")


def modules() -> dict[str, Path]:
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in (ROOT / "stance").rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in paths.items()}


def statements(node: ast.AST, *, at_once: bool) -> Iterator[ast.AST]:
    """Give what a module runs; ``at_once``: when it is imported, not what waits in functions or is for types alone."""
    for child in ast.iter_child_nodes(node):
        if at_once and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if at_once and isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from statements(child, at_once=at_once)


@cache
def imported(name: str, *, at_once: bool) -> frozenset[tuple[str, str]]:
    """Give the modules of ours that one imports, each with the name that it takes from there."""
    found = set()
    known = modules()
    for node in statements(ast.parse(known[name].read_text(encoding="utf-8")), at_once=at_once):
        if isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                found.add((whole, "") if whole in known else (node.module, alias.name))
        elif isinstance(node, ast.Import):
            found |= {(alias.name, "") for alias in node.names if alias.name in known}
    return frozenset(found)


@pytest.mark.parametrize("at_once", [True, False])
def test_nothing_is_imported_in_a_circle(at_once: bool) -> None:
    """Imports inside functions, and those for types alone, count too where ``at_once`` is false."""
    left = {name: {other for other, _ in imported(name, at_once=at_once)} - {name} for name in modules()}
    while free := {name for name, needs in left.items() if not needs & left.keys()}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left


def test_no_module_takes_what_is_private_to_another() -> None:
    taken = [f"{name}: {other}.{what}" for name in modules() for other, what in imported(name, at_once=False)]
    assert not [each for each in taken if each.rpartition(".")[2].startswith("_") and "__" not in each]


def test_stages_do_not_know_where_they_meet() -> None:
    for name in modules():
        if name.split(".")[1:2] and name.split(".")[1] in STAGES:
            others = {other for other, _ in imported(name, at_once=False)}
            assert not [other for other in others if other.startswith(ABOVE)], name
