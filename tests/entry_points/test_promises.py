"""Each promise of SECURITY.md has a test, and figures in documents are those of the reports."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
NO_PROMISE = re.compile(
    "attack|when|command|`stance/|`stance label` and|Trusted:|Everything else may|Models and labels from|Out of scope|"
    "Remaining risk|Where the system cannot|Four digits|A model or label file|Fixed limits|Write to the|More:|"
    "Or with your|Inputs are|The .tutorial|..Report on|..Retrain|The models had not|The weakest|"
    "`stance --help` lists"
)
"""Pattern of beginnings of headings, names of tests, risks and links."""

OTHER_TABLES = re.compile(r"\| (?:metric|stage|limit|what)\b.*\n(?:\|.*\n)+")
"""Pattern of tables of figures, stages and limits, which other tests compare."""


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def promises(text: str) -> Iterator[str]:
    """Yield the bullets, the rows of tables and the sentences of a document."""
    plain = OTHER_TABLES.sub("", re.sub(r"```.*?```", "", text, flags=re.S))
    for part in re.split(r"\n(?=- |\| )|\n\n", plain):
        if part.startswith(("- ", "| ")):
            yield " ".join(part.removeprefix("| ").split())
        elif part.strip() and not part.startswith(("#", "|", "![")):
            yield from re.split(r"(?<=[.:]) (?=[A-Z`])", " ".join(part.split()))


def test_each_line_of_the_security_policy_names_its_test() -> None:
    found = list(promises(text_of("SECURITY.md")))
    assert len(found) > 50
    named = {each: re.findall(r"`(test_\w+\.py)::(test_\w+)`", each) for each in found}
    assert [each for each, tests in named.items() if not (tests or NO_PROMISE.match(each))] == []
    assert sum(NO_PROMISE.match(each) is not None for each in found) < 20
    for file, test in {each for tests in named.values() for each in tests}:
        (path,) = (ROOT / "tests").rglob(file)
        assert re.search(rf"^ *def {test}\(", path.read_text(encoding="utf-8"), re.M), f"{file}::{test}"


def test_each_figure_has_its_command_and_day() -> None:
    rows = re.findall(r"^\| (?!metric|---).*\| ([^|]*) \|$", text_of("docs/figures.md"), re.M)
    assert len(rows) >= 20
    found = [re.fullmatch(r"\d{1,2} \w+ 20\d\d: `((?:python|make|stance) .*)`", row) for row in rows]
    assert [row for row, match in zip(rows, found, strict=True) if not match] == []
    scripts = [re.match(r"python -m (research[\w.]+)", match[1]) for match in found if match]
    modules = [each[1].replace(".", "/") for each in scripts if each]
    assert [
        each for each in modules if not any((ROOT / f"{each}{end}").exists() for end in (".py", "/__main__.py"))
    ] == []


def test_scripts_that_documents_name_are_there() -> None:
    for name in ("README.md", "SECURITY.md", "data/README.md", "docs/figures.md", "docs/estimation.md"):
        scripts = re.findall(r"`((?:research|stance|docs)/[\w./]+\.\w+)`", text_of(name))
        assert [script for script in scripts if not (ROOT / script).exists()] == [], name
