"""Which module imports which: the contracts of pyproject.toml, no cycles, no private names of others."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_contracts_of_imports() -> None:
    """Layers of the package, with the exceptions and their reasons in ``[tool.importlinter]``."""
    linter = pytest.importorskip("importlinter.cli")
    assert linter.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_no_import_cycle() -> None:
    """Imports inside functions, and those for types alone, count too."""
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("stance", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    TopologicalSorter(imports).prepare()  # raises CycleError, which names the modules


def test_no_module_imports_private_names_of_another() -> None:
    private = [
        f"{path.relative_to(ROOT)}: {node.module}.{alias.name}"
        for path in (ROOT / "stance").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("stance")
        for alias in node.names
        if alias.name.startswith("_") and not alias.name.startswith("__")
    ]
    assert not private
