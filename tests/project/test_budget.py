"""The size of the package stays within its budget; raising a number takes a commit of its own with a reason."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[2] / "stance"
FILES = sorted(PACKAGE.rglob("*.py"))

LINES = 26_838
"""Of code: without blank lines, comments, docstrings and imports."""

LONGEST_MODULE = 350
"""Of code: a longer module has more than one task."""

TOP_MODULES = 12
FLAGS = 30
"""Parameters that are annotated as ``bool``: each makes two functions of one."""

UNTYPED = 131
"""Uses of the word ``Any``."""

CONSTANTS = 871
"""Names in capitals; each stands in the module that uses it."""

VAGUE_NAMES = 0.005
"""Share of local names that are a participle or a pronoun, instead of the thing that they hold."""

VAGUE = frozenset((
    "found", "own", "each", "given", "known", "shown", "said", "kept", "made", "named", "asked", "seen", "taken",
    "read", "wanted", "held", "rest", "whole", "chosen", "at", "place", "places",
))  # fmt: skip

PARAMETERS = 8
ODD_DOCSTRINGS = 0.0125
"""Share of docstrings whose first line does not begin with a verb and its object."""

ODD = re.compile(r"^(Give|Tell|Say|What|Whom|Whose|Which)\b|\b(what|whom|whose)\b")

ODD_NOTES = 0.005
"""Share of notes below constants that are hard to read."""

ODD_NOTE = re.compile(
    r"\b(so many|so much|rather|none|stands|told|whom|is no|are no)\b|^\s*(Of|From|How|What|Which|Whose|Where)\b"
)


@cache
def walk(source: str) -> list[ast.AST]:
    return [*ast.walk(ast.parse(source))]


@cache
def code_lines(source: str) -> int:
    code = {at for at, line in enumerate(source.splitlines(), 1) if line.strip() and not line.lstrip().startswith("#")}
    tree = walk(source)
    documentation = lines_of_texts(node.value for node in tree if isinstance(node, ast.Expr))
    imports = (range(n.lineno, (n.end_lineno or 0) + 1) for n in tree if isinstance(n, ast.Import | ast.ImportFrom))
    return len((code | lines_of_texts(tree)) - documentation - {*chain(*imports)})


def lines_of_texts(found: Iterable[ast.AST]) -> set[int]:
    texts = [node for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return {line for text in texts for line in range(text.lineno, (text.end_lineno or 0) + 1)}


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    for path in FILES:
        for node in walk(path.read_text(encoding="utf-8")):
            if isinstance(node, kinds):
                yield str(path.relative_to(PACKAGE)), node


def test_lines_of_code() -> None:
    lines = Counter({path: code_lines(path.read_text(encoding="utf-8")) for path in FILES})
    assert lines.total() <= LINES, too_many("lines of code", lines, LINES)


def test_modules_have_one_task() -> None:
    lines = {str(path.relative_to(PACKAGE)): code_lines(path.read_text(encoding="utf-8")) for path in FILES}
    assert {name: count for name, count in lines.items() if count > LONGEST_MODULE} == {}
    assert len(list(PACKAGE.glob("*.py"))) <= TOP_MODULES


def test_local_names_say_what_they_hold() -> None:
    names = [(path, name) for path, node in nodes(ast.FunctionDef, ast.AsyncFunctionDef) for name in local_names(node)]
    vague = [f"{path}: {name}" for path, name in names if name in VAGUE]
    assert len(vague) <= VAGUE_NAMES * len(names), vague


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    inside = list(ast.walk(function))
    bound = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return bound | {node.arg for node in inside if isinstance(node, ast.arg)}


def test_flags_untyped_values_and_constants() -> None:
    arguments = [each.args for _, each in nodes(ast.FunctionDef, ast.AsyncFunctionDef)]
    given = [each for args in arguments for each in args.posonlyargs + args.args + args.kwonlyargs]
    assert sum(isinstance(each.annotation, ast.Name) and each.annotation.id == "bool" for each in given) <= FLAGS
    assert sum(len(re.findall(r"\bAny\b", path.read_text(encoding="utf-8"))) for path in FILES) <= UNTYPED
    assigned = [node for _, node in nodes(ast.Assign, ast.AnnAssign)]
    targets = [name for node in assigned for name in (node.targets if isinstance(node, ast.Assign) else [node.target])]
    assert sum(isinstance(name, ast.Name) and name.id.isupper() for name in targets) <= CONSTANTS


def test_no_two_modules_have_a_class_of_one_name() -> None:
    names = Counter(node.name for _, node in nodes(ast.ClassDef))
    assert [name for name, count in names.items() if count > 1] == []


def too_many(things: str, counts: Counter[Path], ceiling: int) -> str:
    """Return a message that names the parts where most is, and says what to do."""
    parts: Counter[str] = Counter()
    for path, count in counts.items():
        parts[path.relative_to(PACKAGE).parts[0]] += count
    most = ", ".join(f"{name} {count:,}" for name, count in parts.most_common(5))
    return (
        f"{counts.total():,} {things}, the ceiling is {ceiling:,}. Most are in: {most}. "
        "Look there, or where you added code, for two things that do one job. "
        f"If it is worth it, raise the ceiling in {Path(__file__).name} in a commit of its own, with the reason."
    )


def test_notes_of_constants_are_plain() -> None:
    notes = [note for path in FILES for note in notes_of_constants(walk(path.read_text(encoding="utf-8")))]
    odd = [note for note in notes if ODD_NOTE.search(note)]
    assert len(odd) <= ODD_NOTES * len(notes), odd


def notes_of_constants(tree: list[ast.AST]) -> Iterator[str]:
    """Yield the strings that stand below assignments."""
    for node in tree:
        body = getattr(node, "body", None)
        for first, second in pairwise(body if isinstance(body, list) else []):
            if isinstance(first, ast.Assign | ast.AnnAssign) and isinstance(second, ast.Expr):
                note = getattr(second.value, "value", None)
                if isinstance(note, str):
                    yield note


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
