import importlib.util
import re
from pathlib import Path

import pytest
import typer

import stance
from stance.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def table(text: str) -> list[tuple[str, ...]]:
    lines = re.findall(r"^\| *(\w+) *\| *(.+?) *\| *(.+?) *\|$", text, re.M)
    return [line for line in lines if "stance/" in line[1]]


def test_the_table_of_stages_is_the_same_in_readme_and_package() -> None:
    assert table(README) == table(stance.__doc__ or "")
    assert len(table(README)) >= 9


def test_every_room_of_the_table_stands_in_the_tree() -> None:
    for _, rooms, _ in table(README):
        for room in re.findall(r"`([^`]+)`", rooms):
            path = ROOT / (room if room.startswith("stance/") else f"stance/{room}")
            assert path.exists(), room


def test_every_module_is_in_the_table_or_named_in_the_text() -> None:
    """A module that no document names is a room that a newcomer does not find."""
    texts = README + "".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md"))
    for path in (ROOT / "stance").glob("*.py"):
        if path.name != "__init__.py":
            assert path.name in texts, path.name


def test_every_command_stands_in_readme() -> None:
    group = typer.main.get_command(app)
    for verb in group.commands:  # type: ignore[attr-defined]
        assert f"`stance {verb}" in README, verb


def test_the_python_of_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    (block,) = re.findall(r"```python\n(.*?)```", README, re.S)
    room: dict[str, object] = {}
    exec(block, room)
    assert (tmp_path / "reports" / "seeds" / "index.html").is_file()
    documents = room["documents"]
    assert isinstance(documents, list)
    assert len(documents) == 5


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
