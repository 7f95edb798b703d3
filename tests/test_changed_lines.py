"""The changes whose share is counted that tests catch: what is changed, and what is left as it is."""

import ast
from pathlib import Path

from benchmark_scripts import load_benchmark

changed_lines = load_benchmark("changed_lines")

MODULE = '''"""Say 1 + 1."""

__all__ = ["wait" + "ing"]

def wait(seconds: "int | 2", *, is_long: bool = False) -> "int | 3":
    """Wait 4."""
    if seconds < 5 and not is_long:
        raise ValueError(f"{seconds + 6} is too short")
    print(seconds, file=LOG)
    return sum(é for é in SHARES if é != "ü")
'''

EXPECTED = [
    "if (False):",
    "if (True):",
    "if (seconds < 5 or not is_long):",
    "if (seconds <= 5) and not is_long:",
    "if seconds < (6) and not is_long:",
    "if seconds < 5 and (is_long):",
    "pass",
    "pass",
    "(print(seconds))",
    "(print(file=LOG))",
    "return (None)",
    "return sum(é for é in SHARES if (é == 'ü'))",
]


def test_changes_of_a_module(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(MODULE, encoding="utf-8")
    edits, sources = changed_lines.edits(ast.parse(MODULE)), {Path("module.py"): MODULE}
    changed = [changed_lines.Change(Path("module.py"), *edit, sources).made().splitlines() for edit in edits]
    assert sorted(line.strip() for lines in changed for line in set(lines) - set(MODULE.splitlines())) == sorted(
        EXPECTED
    )
    drawn = changed_lines.draw(tmp_path, 4, 1)
    assert {each.old.lineno for each in drawn} == {7, 8, 9, 10}
    assert [str(each) for each in changed_lines.draw(tmp_path, 4, 1)] == [str(each) for each in drawn]
