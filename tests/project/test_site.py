"""The documentation as a site, and the citation."""

import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.cli.verbs import VERBS, load_command

ROOT = Path(__file__).parents[2]


def pages(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.html")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built documentation."""
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package)
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-W", "ignore", "-m", "sphinx", "-q", "-W", "-c", "docs", "-d", str(place / "tree")]
    subprocess.run([*command, ".", str(place / "html")], cwd=ROOT, check=True, timeout=300)  # warnings are errors
    return place / "html"


def test_the_site_has_a_page_for_each_document_and_each_command(site: Path) -> None:
    built = pages(site)
    assert {f"docs/{path.stem}.html" for path in (ROOT / "docs").glob("*.md")} <= set(built)
    for verb in VERBS:
        command: Any = load_command(verb)
        assert f'href="commands/{verb}.html"' in built["docs/python.html"]
        own = built[f"docs/commands/{verb}.html"]
        for option in command.params:
            assert all(f">{name}<" in own for name in option.opts if name.startswith("--")), option.opts
    assert (site / "index.html").is_file()
    assert list(site.glob("_downloads/*/tutorial.ipynb"))


def test_the_site_names_no_place_of_the_machine_that_built_it(site: Path) -> None:
    for name, text in pages(site).items():
        assert str(ROOT) not in text, name
        assert socket.gethostname() not in re.findall(r"[\w.-]+", text), name
        assert not re.findall(r'<(?:script|img)[^>]+src="(?:https?:)?//', text), name  # works offline


def test_the_citation_is_that_of_this_version() -> None:
    yaml = pytest.importorskip("yaml")
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert citation["cff-version"] == "1.2.0"
    assert citation["message"]
    assert citation["title"] == "stance"
    assert citation["authors"] == [{"name": "The stance authors"}]
    assert citation["version"] == project["version"] == stance.__version__
    assert str(citation["date-released"]) == "2026-11-22"
    assert citation["license"] == project["license"]
    assert citation["keywords"] == project["keywords"]
