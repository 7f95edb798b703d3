"""Count how many of 100 random changes of the code make a test fail.

    pytest --cov=stance --cov-branch --cov-context=test --cov-report= --junitxml=times.xml -o junit_family=xunit1
    python -m research.benchmarks.changed_lines .coverage times.xml [--seed 0] [--changes 100] [--seconds 60] [--jobs 2]

The first needs ``pytest-cov``. Lines are drawn evenly from those that have a change: a turned comparison, a number one
larger, ``and`` for ``or``, a condition that always or never holds, ``None`` returned, an argument or a statement less.
Each is made in a clone of the last commit, where the tests that run the line are run: quick ones first, then others as
long as ``--seconds`` are enough. A failure catches a change, or tests that do not end. Changes that no test caught are
marked as missed; some of them change nothing that anybody could see.
"""

import argparse
import ast
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
QUICK = 3.0
"""Number of seconds that the first tests of a change take together."""

TURNED = {"Lt": "LtE", "Gt": "GtE", "Eq": "NotEq", "In": "NotIn", "Is": "IsNot", "And": "Or", "Add": "Sub"}
"""Operators, and what takes their place; the other way round too."""
TURNED |= {new: old for old, new in TURNED.items()}

LEFT_OUT = ("annotation", "returns")
"""Names of parts of the code that say nothing when it runs."""

Edit = tuple[Any, str]


def edits(node: ast.AST) -> Iterator[Edit]:
    """Yield the changes of a part of the code: what is replaced, by which text."""
    yield from (*changed_operators(node), *changed_steps(node))
    for name, value in ast.iter_fields(node):
        if name not in LEFT_OUT and not isinstance(node, ast.JoinedStr | ast.Raise):  # nor the words of messages
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not is_for_readers(child):
                    yield from edits(child)


def is_for_readers(node: ast.AST) -> bool:
    """Return whether a statement names what is exported, or is for a checker of types."""
    names = (*getattr(node, "targets", ()), node.test if isinstance(node, ast.If) else None)
    return any(isinstance(each, ast.Name) and each.id in ("__all__", "TYPE_CHECKING") for each in names)


def changed_operators(node: Any) -> Iterator[Edit]:
    """Yield the changes of comparisons, sums, numbers and conditions."""
    operator = node.ops[0] if isinstance(node, ast.Compare) else getattr(node, "op", None)
    if turned := TURNED.get(type(operator).__name__):
        copy = ast.parse(f"({ast.unparse(node)})", mode="eval").body if isinstance(node, ast.expr) else ast.Pass()
        if isinstance(copy, ast.Compare):
            copy.ops[0] = getattr(ast, turned)()
        elif isinstance(copy, ast.BoolOp | ast.BinOp):
            copy.op = getattr(ast, turned)()
        yield node, ast.unparse(copy)
    elif isinstance(operator, ast.Not):
        yield node, ast.unparse(node.operand)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node, repr(node.value + 1)
    elif isinstance(node, ast.If | ast.IfExp):
        yield from ((node.test, "True"), (node.test, "False"))


def changed_steps(node: Any) -> Iterator[Edit]:
    """Yield the changes of calls and statements."""
    match node:
        case ast.Return(value=ast.expr()) if ast.unparse(node.value) != "None":
            yield node.value, "None"
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Expr(value=ast.Call() | ast.Await()):
            yield node, "pass"
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield node, "pass"
        case ast.Call() if len(node.args) + len(node.keywords) > 1:
            for given in (*node.args[-1:], *node.keywords):
                value = given.value if isinstance(given, ast.keyword) else given
                if not isinstance(value, ast.JoinedStr | ast.Constant):
                    args, named = ([each for each in part if each is not given] for part in (node.args, node.keywords))
                    yield node, ast.unparse(ast.Call(node.func, args, named))


@dataclass
class Change:
    """A part of a module, and the text that takes its place."""

    path: Path
    old: Any
    new: str
    sources: dict[Path, str]

    def __str__(self) -> str:
        parts = [" ".join(text.split())[:100] for text in (ast.unparse(self.old), self.new)]
        return f"stance/{self.path}:{self.old.lineno}: {' -> '.join(parts)}"

    def made(self) -> str:
        """Return the source with the part replaced, all else as it was."""
        code, old = self.sources[self.path].encode(), self.old
        lines = code.splitlines(keepends=True)
        start, end = (sum(map(len, lines[: number - 1])) for number in (old.lineno, old.end_lineno))
        new = self.new if isinstance(old, ast.stmt) else f"({self.new})"
        return (code[: start + old.col_offset] + new.encode() + code[end + old.end_col_offset :]).decode()

    def names(self) -> set[str]:
        """Return the names that the assignment around the part sets, if there is one."""
        tree, line = ast.parse(self.sources[self.path]), self.old.lineno
        around = [each for each in ast.walk(tree) if isinstance(each, ast.Assign | ast.AnnAssign)]
        around = [each for each in around if each.lineno <= line <= (each.end_lineno or 0)]
        names = [each for outer in around for each in ast.walk(outer) if isinstance(each, ast.Name)]
        return {each.id for each in names if isinstance(each.ctx, ast.Store)}


def draw(package: Path, number: int, seed: int) -> list[Change]:
    """Draw lines evenly, and one change at each."""
    sources = {path.relative_to(package): path.read_text("utf-8") for path in sorted(package.rglob("*.py"))}
    at: dict[tuple[Path, int], list[Edit]] = {}
    for path, source in sources.items():
        for old, new in edits(ast.parse(source)):
            at.setdefault((path, old.lineno), []).append((old, new))
    chance = random.Random(seed)
    return [Change(path, *chance.choice(at[path, line]), sources) for path, line in chance.sample(sorted(at), number)]


class Tests:
    """Find the tests that run a line, fastest first, in the data of a run."""

    def __init__(self, coverage: Path, times: Path) -> None:
        from coverage import CoverageData  # which no test of the project needs

        self.data = CoverageData(str(coverage))
        self.data.read()
        self.files = {Path(path.rpartition("/stance/")[2]): path for path in self.data.measured_files()}
        cases = {f"{each.get('file')}::{each.get('name')}": each for each in ElementTree.parse(times).iter("testcase")}
        self.seconds = {name: float(each.get("time", 1)) for name, each in cases.items() if not len(each)}

    def of_lines(self, path: Path, lines: Collection[int]) -> set[str]:
        """Return the names of tests that run lines, and "" where imports do."""
        found = self.data.contexts_by_lineno(self.files.get(path, ""))
        contexts = {each for line in lines for each in found.get(line, [])}
        return {re.sub(r"(\||  ?\()(setup|run|call|teardown)\)?$", "", each).rpartition("|")[2] for each in contexts}

    def of_change(self, change: Change) -> list[str]:
        """Return the tests that run a line; if imports alone do, those that run a line with a name that it sets."""
        found, names = self.of_lines(change.path, range(change.old.lineno, change.old.end_lineno + 1)), change.names()
        if found == {""}:
            for path, text in change.sources.items():
                lines = [at for at, line in enumerate(text.splitlines(), 1) if names & set(re.findall(r"\w+", line))]
                found |= self.of_lines(path, lines)
        if found == {""}:
            found |= self.of_lines(change.path, range(1, change.sources[change.path].count("\n") + 1))
        return sorted(found & self.seconds.keys(), key=lambda test: (self.seconds[test], test))


def environment(checkout: Path) -> dict[str, str]:
    """Return the environment of tests of a checkout, which draw the same examples each time."""
    return {**os.environ, "PYTHONPATH": f"{checkout}:{os.environ.get('PYTHONPATH', '')}", "CI": "1"}


def collected(checkout: Path) -> set[str]:
    """Return the names of all tests of a checkout: some of the run may be gone."""
    command = [sys.executable, "-m", "pytest", "-o", "addopts=", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=checkout, env=environment(checkout), stdout=subprocess.PIPE, encoding="utf-8", check=True
    )
    return set(done.stdout.splitlines())


def failure(checkout: Path, tests: list[str], seconds: float) -> str | None:
    """Run tests in a checkout until one fails or the time is over; return its name, "" if none has the fault alone."""
    names, log = checkout / "build.tests", checkout / "build.log"
    names.write_text("\n".join(tests), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"@{names}"]
    with (
        log.open("w") as output,
        subprocess.Popen(
            command, cwd=checkout, env=environment(checkout), stdout=output, start_new_session=True
        ) as run,
    ):
        try:
            if run.wait(seconds) == 0:
                return None
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            return ""
    told = log.read_text(encoding="utf-8", errors="replace")
    return next((test for test in tests if f"\nFAILED {test} - " in told or f"\nFAILED {test}\n" in told), "")


def judge(change: Change, tests: Tests, checkouts: SimpleQueue[Path], seconds: float) -> bool:
    """Make a change in a checkout that is free, and return whether a test fails that passes without it, run alone."""
    checkout, spent = checkouts.get(), 0.0
    parts: tuple[list[str], list[str]] = ([], [])
    for test in tests.of_change(change):
        spent += tests.seconds[test]
        if spent < seconds:
            parts[spent > QUICK].append(test)
    file, source, caught = checkout / "stance" / change.path, change.sources[change.path], False
    for part in parts:
        limit, failed = 60 + 5 * sum(map(tests.seconds.__getitem__, part)), None
        while part and not caught:
            file.write_text(change.made(), encoding="utf-8")
            failed = failure(checkout, part, limit)
            file.write_text(source, encoding="utf-8")
            if failed is None:
                break
            caught = not failed or failure(checkout, [failed], limit) is None
            part[:] = [test for test in part if test != failed]
    checkouts.put(checkout)
    print(f"{'caught' if caught else 'missed'}, {sum(map(len, parts))} tests: {change}", flush=True)
    return caught


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("coverage", type=Path)
    parser.add_argument("times", type=Path)
    for name, default in (("seed", 0), ("changes", 100), ("seconds", 60), ("jobs", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    checkouts: SimpleQueue[Path] = SimpleQueue()
    tests = Tests(given.coverage, given.times)
    with TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        for number in range(given.jobs):
            checkout = Path(folder) / str(number)
            subprocess.run(["git", "clone", "--quiet", str(ROOT), str(checkout)], check=True)
            checkouts.put(checkout)
        names = collected(checkout)
        tests.seconds = {name: seconds for name, seconds in tests.seconds.items() if name in names}
        changes = draw(checkout / "stance", given.changes, given.seed)
        caught = list(pool.map(lambda each: judge(each, tests, checkouts, given.seconds), changes))
    print(f"{sum(caught)} of {len(caught)} changes were caught")


if __name__ == "__main__":
    main()
