"""The size and the density of the package stay within their budget; raising a number takes a commit of its own.

A token is a name, a number, a string or an operator; comments, docstrings and imports do not count. Joining lines or
shortening names saves no token, and parting a dense statement into named steps costs few.
"""

import ast
import bisect
import io
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[2] / "stance"
FILES = sorted(PACKAGE.rglob("*.py"))

TOKENS = 343_320
TOKENS_OF_TESTS = 212_694

MODULES = 337
ONE_IMPORTER = 65
"""Maximum number of modules that one other module alone imports."""

LONGEST_MODULE = 350
"""Maximum lines of code of a module: a longer one has more than one task."""

TOP_MODULES = 12

MEDIAN, NINE_OF_TEN, DENSE, SHARE_OF_DENSE = 14, 28, 40, 0.0165
"""Maximum tokens of half of the statements, and of nine of ten; tokens of a dense statement, and the share of such."""

LEAST = 3
"""Tokens of a statement that is too short to count, such as ``return value``."""

VAGUE_NAMES = 0.005
"""Share of local names that are a participle or a pronoun, instead of the thing that they hold."""

VAGUE = frozenset((
    "found", "own", "each", "given", "known", "shown", "said", "kept", "made", "named", "asked", "seen", "taken",
    "read", "wanted", "held", "rest", "whole", "chosen", "at", "place", "places",
))  # fmt: skip

NOT_CODE = frozenset((
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
))  # fmt: skip
FORMATTED = getattr(tokenize, "FSTRING_START", None), getattr(tokenize, "FSTRING_END", None)
SIMPLE = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Return | ast.Expr | ast.Raise | ast.Assert | ast.Delete
COMPOUND = ast.If | ast.For | ast.While | ast.With | ast.AsyncFor | ast.AsyncWith
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


class Module(NamedTuple):
    """One module, and the places (line, column) of its tokens of code, in order."""

    path: Path
    nodes: list[ast.AST]
    places: list[tuple[int, int]]

    @property
    def name(self) -> str:
        parts = self.path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(parts).removesuffix(".__init__")

    @property
    def lines(self) -> int:
        return len({line for line, _ in self.places})


@cache
def load_module(path: Path) -> Module:
    source = path.read_text(encoding="utf-8")
    nodes = list(ast.walk(ast.parse(source)))
    return Module(path, nodes, list(code_places(source, nodes)))


def code_places(source: str, nodes: list[ast.AST]) -> Iterator[tuple[int, int]]:
    """Yield where tokens of code begin; a formatted string is one token in every release of Python."""
    dropped: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom) or is_docstring(node):
            dropped.update(range(node.lineno, (node.end_lineno or 0) + 1))
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in NOT_CODE and token.start[0] not in dropped and not depth:
            yield token.start
        if FORMATTED[0] is not None:
            depth += (token.type == FORMATTED[0]) - (token.type == FORMATTED[1])


def is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def statement_sizes(module: Module) -> Iterator[int]:
    """Yield the tokens of each simple statement, and of each header of a compound one."""
    for node in module.nodes:
        if isinstance(node, SIMPLE) and not is_docstring(node):
            end = node.end_lineno or 0, node.end_col_offset or 0
        elif isinstance(node, COMPOUND):
            end = node.body[0].lineno, node.body[0].col_offset
        else:
            continue
        begin = node.lineno, node.col_offset
        size = bisect.bisect_left(module.places, end) - bisect.bisect_left(module.places, begin)
        if size > LEAST:
            yield size


MODULES_OF_PACKAGE = [load_module(path) for path in FILES]


def test_tokens_only_fall() -> None:
    """A token that is worth its place takes that of another; to raise a number takes a commit of its own."""
    assert sum(len(module.places) for module in MODULES_OF_PACKAGE) <= TOKENS
    tests = [load_module(path) for path in Path(__file__).parents[1].rglob("*.py")]
    assert sum(len(module.places) for module in tests) <= TOKENS_OF_TESTS


def test_statements_say_one_thing() -> None:
    sizes = sorted(size for module in MODULES_OF_PACKAGE for size in statement_sizes(module))
    assert median(sizes) <= MEDIAN
    assert sizes[len(sizes) * 9 // 10] <= NINE_OF_TEN
    assert sum(size > DENSE for size in sizes) <= SHARE_OF_DENSE * len(sizes)


def test_modules_have_one_task() -> None:
    assert {module.name: module.lines for module in MODULES_OF_PACKAGE if module.lines > LONGEST_MODULE} == {}
    assert len(FILES) <= MODULES
    assert len(list(PACKAGE.glob("*.py"))) <= TOP_MODULES


def test_few_modules_have_one_importer() -> None:
    importers: dict[str, set[str]] = {module.name: set() for module in MODULES_OF_PACKAGE}
    for module in MODULES_OF_PACKAGE:
        for name in imported_names(module):
            importers.setdefault(name, set()).add(module.name)
    alone = [module.name for module in MODULES_OF_PACKAGE if len(importers[module.name] - {module.name}) == 1]
    assert len(alone) <= ONE_IMPORTER, alone


def imported_names(module: Module) -> Iterator[str]:
    for node in module.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_local_names_say_what_they_hold() -> None:
    names = [(module.name, name) for module, node in functions() for name in local_names(node)]
    vague = [f"{path}: {name}" for path, name in names if name in VAGUE]
    assert len(vague) <= VAGUE_NAMES * len(names), vague


def functions() -> Iterator[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for module in MODULES_OF_PACKAGE:
        for node in module.nodes:
            if isinstance(node, FUNCTION):
                yield module, node


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    inside = list(ast.walk(function))
    bound = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return bound | {node.arg for node in inside if isinstance(node, ast.arg)}


def test_no_two_modules_have_a_class_of_one_name() -> None:
    names = Counter(
        node.name for module in MODULES_OF_PACKAGE for node in module.nodes if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        ("import os\nvalue = [name for name in names]  # why\n", [9]),
        ('def f() -> None:\n    """Say why."""\n    return f"{one} and {two}"\n', []),
        ("if first and second:\n    third(1, 2)\n", [5, 6]),
        ("for name in names: print(name)\n", [5, 4]),
    ],
)
def test_tokens_are_counted_as_documented(source: str, sizes: list[int]) -> None:
    nodes = list(ast.walk(ast.parse(source)))
    assert [*statement_sizes(Module(PACKAGE, nodes, list(code_places(source, nodes))))] == sizes
