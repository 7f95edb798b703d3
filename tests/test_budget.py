"""The size of the package stays within its budget; raising a number takes a commit of its own with a reason."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent / "stance"
FILES = sorted(PACKAGE.rglob("*.py"))

LINES = 38_700
"""Of code: without blank lines, comments and docstrings."""

MODULES = 175
TOP_MODULES = 16
PARAMETERS = 8
ODD_DOCSTRINGS = 0.02
"""Share of docstrings whose first line does not begin with a verb and its object."""

ODD = re.compile(r"^(Give|Tell|Say|What|Whom|Whose|Which)\b|\b(what|whom|whose)\b")

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def code_lines(source: str) -> int:
    statements = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Expr))
    texts = (s.value for s in statements if isinstance(s.value, ast.Constant) and isinstance(s.value.value, str))
    documentation = {line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1)}
    tokens = [each for each in tokenize.generate_tokens(io.StringIO(source).readline) if each.type not in LAYOUT]
    return len({line for each in tokens for line in range(each.start[0], each.end[0] + 1)} - documentation)


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, kinds):
                yield str(path.relative_to(PACKAGE)), node


def test_lines_of_code() -> None:
    assert sum(code_lines(path.read_text(encoding="utf-8")) for path in FILES) <= LINES


def test_modules() -> None:
    assert len(FILES) <= MODULES
    assert len(list(PACKAGE.glob("*.py"))) <= TOP_MODULES


def test_parameters() -> None:
    functions = nodes(ast.FunctionDef, ast.AsyncFunctionDef)
    counts = {f"{path}: {each.name}": parameters(each.args) for path, each in functions}
    assert {name: count for name, count in counts.items() if count > PARAMETERS} == {}


def parameters(arguments: ast.arguments) -> int:
    return len(arguments.posonlyargs + arguments.args + arguments.kwonlyargs)


def test_docstrings_begin_with_a_verb() -> None:
    documented = nodes(ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    lines = [text.splitlines()[0] for _, node in documented if (text := ast.get_docstring(node))]
    odd = [line for line in lines if ODD.search(line)]
    assert len(odd) <= ODD_DOCSTRINGS * len(lines), odd
