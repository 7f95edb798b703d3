import importlib.util
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

import stance
from stance.datamodels import STANCES, Stance
from stance.store.assignment import read_annotators
from stance.store.items import Answer
from stance.store.labels import LabelStore, open_queues
from tests.support.commands import told
from tests.support.tables import table
from tests.support.tiny_models import quicken_training

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "SECURITY.md"]


def test_every_package_of_the_table_of_stages_is_in_the_tree() -> None:
    lines = re.findall(r"^\| *(\w+) *\| *(.+?) *\| *(.+?) *\|$", stance.__doc__ or "", re.M)
    stages = [line for line in lines if "stance/" in line[1]]
    assert len(stages) >= 8
    assert [
        name for _, names, _ in stages for name in re.findall(r"`([^`]+)`", names) if not (ROOT / name).exists()
    ] == []


def test_readme_names_the_two_commands_that_set_all_up() -> None:
    assert len(README.split()) <= 600
    assert all(f"\n{command} " in README for command in ("make report", "make test", "uvx --from . stance demo"))


def test_the_python_of_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", README, re.S):
        exec(block, names)
    assert (tmp_path / "reports" / "seeds" / "index.html").is_file()
    assert isinstance(names["scores"], pd.DataFrame)
    assert set(names["scores"]["target"]) == {"russia", "us", "nato"}


def test_links_of_documents_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "data" / "README.md"]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_public_names_are_those_of_the_contract() -> None:
    names = "StanceError compare evaluate find load_scorer parse report sample score train verify"
    assert names.split() == stance.__all__ == dir(stance)
    assert all(getattr(stance, name) for name in stance.__all__)


def test_the_picture_of_the_tree_is_that_of_the_imports() -> None:
    """If it is not: ``python docs/tree.py`` draws it anew."""
    pytest.importorskip("grimp")
    tree = script("tree")
    assert tree.PICTURE.read_text(encoding="utf-8") == tree.picture()


def script(name: str) -> ModuleType:
    """Load a script of the docs."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_docs_have_at_most_15_pages_and_25000_words() -> None:
    docs = [page for page in PAGES if page.parent.name == "docs"]
    assert len(docs) <= 15
    assert sum(len(page.read_text(encoding="utf-8").split()) for page in docs) <= 25_000


def sentences(page: Path) -> Iterator[str]:
    """Yield the sentences of a page: without code; a cell of a table and an item of a list end one."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    text = re.sub(r"`[^`]*`", "#", re.sub(r"\]\([^)]*\)", "]", text))
    for part in re.split(r"\n\n|\n(?=\s*(?:[-|#]|\d+\. ))|(?<=[.?!:])\s|\|", text):
        yield " ".join(part.split())


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES[:-1]], ids=lambda page: page.stem)
def test_no_sentence_has_more_than_25_words(page: Path) -> None:
    technical = {"design", "estimation", "figures", "model", "parsing"}
    most = 30 if page.stem in technical else 25
    long = [each for each in sentences(page) if len(re.findall(r"\S*[^\W\d_]\S*", each)) > most]
    assert long == []


ANSWERS = table("docs", "cases")["ANSWERS"]
"""Question -> the page that answers it."""

STOP_WORDS = re.findall(r"\w+", "a and are as at by for from in is it of the to was were what which")
FOR_CONTRIBUTORS = {"design", "parsing", "model", "estimation", "figures", "SECURITY", "CONTRIBUTING", "LABEL_GUIDE"}


def rank(question: str, page: Path) -> tuple[int, str]:
    """Rank a page as the search of Sphinx does with ``docs/scorer.js``; less is better.

    All words are needed, and 15 points are for a word in a heading, else 5. A heading that holds the question gets 20,
    and pages for contributors lose 2. Equal pages come in the order of their titles.
    """
    text = page.read_text(encoding="utf-8").lower()
    title, *headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.S), re.M)
    words = [each for each in re.findall(r"\w+", question.lower()) if each not in STOP_WORDS]
    if not all(word.removesuffix("s") in text for word in words):
        return 0, title
    points = 15 if any(word in each for word in words for each in (title, *headings)) else 5
    points += 20 * any(question.lower() in each and len(question) >= len(each) / 2 for each in headings)
    return -points + 2 * (page.stem in FOR_CONTRIBUTORS), title


@pytest.mark.parametrize("question", ANSWERS)
def test_each_question_is_answered_on_the_first_hit(question: str) -> None:
    others = [ROOT / "CONTRIBUTING.md", ROOT / "data" / "LABEL_GUIDE.md"]
    assert min([*PAGES, *others], key=lambda page: rank(question, page)).stem == ANSWERS[question]


def test_the_notebook_is_the_tutorial() -> None:
    """If it is not: ``python docs/notebook.py`` writes it anew."""
    notebook = script("notebook")
    assert notebook.NOTEBOOK.read_text(encoding="utf-8") == notebook.notebook()


def label_all(store: Path) -> None:
    """Label the drawn comments of a store, as a person would."""
    with LabelStore.write(store, is_shared=True) as opened:
        (annotator,) = open_queues(opened, (), *read_annotators("ann", None))
        for number in range(1_000):
            if (item := opened.next_item(annotator)) is None:
                break
            drawn = opened.item(item)
            assert drawn
            opened.record(annotator, item, [Answer(pair.target, Stance(STANCES[number % 3])) for pair in drawn.pairs])


@pytest.mark.slow
def test_the_tutorial_is_followed_to_the_letter(
    tmp_path: Path, demonstration: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    quicken_training(monkeypatch)  # none of its figures stands in the tutorial
    shown = ""
    for kind, block in re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs/tutorial.md").read_text("utf-8"), re.S):
        if kind == "text":
            missing = [line for line in block.splitlines() if " ".join(line.split()) not in shown]
            assert missing == [], shown
        elif kind == "python":
            exec(block, {})
            shown = " ".join(capsys.readouterr().out.split())
        for command in block.replace("\\\n", "").splitlines() if kind == "sh" else ():
            if command.startswith("stance label "):
                label_all(Path(command.split()[2]))
                continue
            if command == "stance demo":
                shutil.copytree(demonstration / "stance-demo", "stance-demo")
                output = "".join((demonstration / f"{name}.txt").read_text() for name in ("stderr", "stdout"))
                # If not: python docs/picture.py takes the picture of README anew.
                assert f"![{script('picture').title(Path('stance-demo/report'))}]" in README
            else:
                output = told(*shlex.split(command)[1:])
            page = Path("reports/final/comparison.html")
            of_page = re.sub(r"<[^>]+>|[\u2068\u2069]", "", page.read_text("utf-8")) if page.exists() else ""
            shown = " ".join(f"{output} {of_page}".split())
