import importlib.util
import re
from pathlib import Path

import pandas as pd
import pytest

import stance

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(text: str) -> list[tuple[str, ...]]:
    lines = re.findall(r"^\| *(\w+) *\| *(.+?) *\| *(.+?) *\|$", text, re.M)
    return [line for line in lines if "stance/" in line[1]]


def test_every_package_of_the_table_of_stages_is_in_the_tree() -> None:
    stages = table(stance.__doc__ or "")
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
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"


def test_the_public_names_are_those_of_the_contract() -> None:
    names = "StanceError compare evaluate find load_scorer parse report sample score train"
    assert names.split() == stance.__all__ == dir(stance)
    assert all(getattr(stance, name) for name in stance.__all__)


def test_the_picture_of_the_tree_is_that_of_the_imports() -> None:
    """If it is not: ``python docs/tree.py`` draws it anew."""
    pytest.importorskip("grimp")
    spec = importlib.util.spec_from_file_location("tree", ROOT / "docs" / "tree.py")
    assert spec
    assert spec.loader
    tree = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tree)
    assert tree.PICTURE.read_text(encoding="utf-8") == tree.picture()
